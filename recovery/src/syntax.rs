//! The part of Jinja's syntax that templates may use: a field printed as it is, and conditions of fields.

use std::collections::BTreeSet;

use crate::{FIELDS, TemplateFault};

/// What a text is made of.
#[derive(Default)]
pub(crate) struct Words {
    /// Every field it uses, in conditions too.
    pub(crate) fields: BTreeSet<&'static str>,
    /// Fields that are printed whatever the values of others are.
    pub(crate) always: BTreeSet<&'static str>,
    /// The text outside every condition; a space stands for whatever is printed between.
    pub(crate) plain: String,
}

/// Reads a text.
pub(crate) fn read(text: &str) -> Result<Words, TemplateFault> {
    let mut words = Words::default();
    // One entry for each open condition: whether its else was seen.
    let mut open: Vec<bool> = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = next_mark(rest) {
        if open.is_empty() {
            words.plain.push_str(before);
            words.plain.push(' ');
        }
        let (close, inside) = match after {
            _ if after.starts_with("{#") => return Err(TemplateFault::Comment),
            _ if after.starts_with("{{") => ("}}", after.strip_prefix("{{")),
            _ => ("%}", after.strip_prefix("{%")),
        };
        let (expression, later) =
            inside.and_then(|inside| inside.split_once(close)).ok_or(TemplateFault::NotClosed)?;
        // A sign next to the brace takes white space away, nothing else.
        let expression = expression.trim_start_matches(['-', '+']).trim_end_matches(['-', '+']);
        if close == "}}" {
            let name = field(expression.trim(), expression)?;
            words.fields.insert(name);
            if open.is_empty() {
                words.always.insert(name);
            }
        } else {
            statement(expression, &mut open, &mut words)?;
        }
        rest = later;
    }
    if open.is_empty() {
        words.plain.push_str(rest)
    } else {
        return Err(TemplateFault::NotClosed);
    }
    Ok(words)
}

/// The text before the first mark, and the text from it on.
fn next_mark(text: &str) -> Option<(&str, &str)> {
    let place = ["{{", "{%", "{#"].into_iter().filter_map(|mark| text.find(mark)).min()?;
    text.split_at_checked(place)
}

fn statement(expression: &str, open: &mut Vec<bool>, words: &mut Words) -> Result<(), TemplateFault> {
    let mut parts = expression.split_whitespace();
    let keyword = parts.next().unwrap_or_default();
    match keyword {
        "if" => open.push(false),
        "elif" if open.last() == Some(&false) => {}
        "else" if open.last() == Some(&false) => {
            if let Some(seen) = open.last_mut() {
                *seen = true;
            }
        }
        "endif" if !open.is_empty() => drop(open.pop()),
        "elif" | "else" | "endif" => return Err(TemplateFault::NotClosed),
        _ => return Err(TemplateFault::Expression(expression.trim().to_owned())),
    }
    if matches!(keyword, "if" | "elif") {
        condition(parts, expression, words)
    } else if parts.next().is_some() {
        Err(TemplateFault::Expression(expression.trim().to_owned()))
    } else {
        Ok(())
    }
}

/// Fields with `not` before and `and` or `or` between them.
fn condition<'t>(
    parts: impl Iterator<Item = &'t str>,
    expression: &str,
    words: &mut Words,
) -> Result<(), TemplateFault> {
    let mut wants_field = true;
    for part in parts {
        match (wants_field, part) {
            (true, "not") => {}
            (false, "and" | "or") => wants_field = true,
            (true, name) => {
                words.fields.insert(field(name, expression)?);
                wants_field = false;
            }
            (false, _) => return Err(TemplateFault::Expression(expression.trim().to_owned())),
        }
    }
    if wants_field { Err(TemplateFault::Expression(expression.trim().to_owned())) } else { Ok(()) }
}

fn field(name: &str, expression: &str) -> Result<&'static str, TemplateFault> {
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match FIELDS.iter().find(|&&field| field == name) {
        Some(&field) => Ok(field),
        None if is_name => Err(TemplateFault::UnknownField(name.to_owned())),
        None => Err(TemplateFault::Expression(expression.trim().to_owned())),
    }
}
