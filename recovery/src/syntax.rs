//! The part of Jinja's syntax that templates may use: a field printed as it is or with words in its stead, and
//! conditions of fields.

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
    /// Whether the dealership is printed before the first sentence ends.
    pub(crate) named_first: bool,
    /// Whether a sentence has ended in what was read so far.
    ended: bool,
    /// Fields printed where nothing says that they are known.
    bare: Vec<&'static str>,
}

/// One open condition.
struct Open {
    /// Whether its else was seen.
    last: bool,
    /// The fields that are known in the branch being read.
    known: Vec<&'static str>,
}

/// Reads a text.
pub(crate) fn read(text: &str) -> Result<Words, TemplateFault> {
    let mut words = Words::default();
    let mut open: Vec<Open> = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = next_mark(rest) {
        literal(before, &open, &mut words);
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
            printed(expression, &open, &mut words)?;
        } else {
            statement(expression, &mut open, &mut words)?;
        }
        rest = later;
    }
    if !open.is_empty() {
        return Err(TemplateFault::NotClosed);
    }
    words.plain.push_str(rest);
    match words.bare.iter().find(|field| !words.always.contains(*field)) {
        Some(field) => Err(TemplateFault::NotGuarded(field)),
        None => Ok(words),
    }
}

/// The text before the first mark, and the text from it on.
fn next_mark(text: &str) -> Option<(&str, &str)> {
    let place = ["{{", "{%", "{#"].into_iter().filter_map(|mark| text.find(mark)).min()?;
    text.split_at_checked(place)
}

fn literal(text: &str, open: &[Open], words: &mut Words) {
    if open.is_empty() {
        words.plain.push_str(text);
        words.plain.push(' ');
    }
    words.ended |= text.contains(['.', '?', '!', '\n']);
}

/// A field as it is, or `field or "words in its stead"`.
fn printed(expression: &str, open: &[Open], words: &mut Words) -> Result<(), TemplateFault> {
    let refuse = || TemplateFault::Expression(expression.trim().to_owned());
    if let Some((name, stead)) = expression.trim().split_once(" or ") {
        words.fields.insert(field(name.trim(), expression)?);
        let stead =
            stead.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"')).ok_or_else(refuse)?;
        // A backslash would be an escape to the engine, and an empty stead a blank in the sentence.
        return if stead.trim().is_empty() || stead.contains(['"', '\\']) { Err(refuse()) } else { Ok(()) };
    }
    let name = field(expression.trim(), expression)?;
    words.fields.insert(name);
    if open.is_empty() {
        words.always.insert(name);
        words.named_first |= name == "dealer_name" && !words.ended;
    } else if !open.iter().any(|branch| branch.known.contains(&name)) {
        words.bare.push(name);
    }
    Ok(())
}

fn statement(expression: &str, open: &mut Vec<Open>, words: &mut Words) -> Result<(), TemplateFault> {
    let mut parts = expression.split_whitespace();
    let keyword = parts.next().unwrap_or_default();
    match (keyword, open.last_mut()) {
        ("if", _) => {
            let known = condition(parts, expression, words)?;
            open.push(Open { last: false, known });
            return Ok(());
        }
        ("elif", Some(branch)) if !branch.last => {
            branch.known = condition(parts, expression, words)?;
            return Ok(());
        }
        ("else", Some(branch)) if !branch.last => {
            branch.last = true;
            branch.known.clear();
        }
        ("endif", Some(_)) => drop(open.pop()),
        ("elif" | "else" | "endif", _) => return Err(TemplateFault::NotClosed),
        _ => return Err(TemplateFault::Expression(expression.trim().to_owned())),
    }
    if parts.next().is_some() { Err(TemplateFault::Expression(expression.trim().to_owned())) } else { Ok(()) }
}

/// Fields with `not` before and `and` or `or` between them; the fields that are known where it holds.
fn condition<'t>(
    parts: impl Iterator<Item = &'t str>,
    expression: &str,
    words: &mut Words,
) -> Result<Vec<&'static str>, TemplateFault> {
    let (mut wants_field, mut negated, mut either) = (true, false, false);
    let mut known = Vec::new();
    for part in parts {
        match (wants_field, part) {
            (true, "not") => negated = !negated,
            (false, "and") => wants_field = true,
            (false, "or") => (wants_field, either) = (true, true),
            (true, name) => {
                let name = field(name, expression)?;
                words.fields.insert(name);
                if !negated {
                    known.push(name);
                }
                (wants_field, negated) = (false, false);
            }
            (false, _) => return Err(TemplateFault::Expression(expression.trim().to_owned())),
        }
    }
    if wants_field {
        return Err(TemplateFault::Expression(expression.trim().to_owned()));
    }
    // Where one of several is enough, none is certain.
    Ok(if either { Vec::new() } else { known })
}

fn field(name: &str, expression: &str) -> Result<&'static str, TemplateFault> {
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match FIELDS.iter().find(|&&field| field == name) {
        Some(&field) => Ok(field),
        None if is_name => Err(TemplateFault::UnknownField(name.to_owned())),
        None => Err(TemplateFault::Expression(expression.trim().to_owned())),
    }
}
