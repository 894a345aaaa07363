//! The grammar as data: patterns over words, each with what it says and what it revokes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use fixedops_vocab::Scope;

use super::text::Word;
use super::{ReplyLabel, ReplyScope};

/// Most words that `*` stands for.
const GAP: usize = 3;

/// The grammar that ships with this crate.
pub(super) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    Grammar::read(include_str!("../../rules/replies.txt")).expect("a test reads the shipped grammar")
});

#[derive(Debug)]
pub(super) struct Grammar {
    pub(super) patterns: Vec<Pattern>,
    fill: BTreeSet<String>,
    /// Words that may stand between any two words of a pattern.
    skip: BTreeSet<String>,
    /// Every word the grammar knows: what it knows is neither a name nor a misspelling.
    pub(super) words: BTreeSet<String>,
}

/// One line of the grammar.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What a text that holds it says; `None` guards words against being read otherwise.
    pub(super) label: Option<ReplyLabel>,
    pub(super) scope: ReplyScope,
    /// Holds for the whole text only.
    whole: bool,
    elements: Vec<Element>,
}

/// When a pattern has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It reads the whole text, and revokes or holds something.
    Whole,
    /// A guard.
    Guard,
    /// Everything else.
    Other,
}

impl Pattern {
    pub(super) fn turn(&self) -> Turn {
        match self.label {
            Some(_) if self.whole && self.scope != ReplyScope::None => Turn::Whole,
            None => Turn::Guard,
            Some(_) => Turn::Other,
        }
    }
}

#[derive(Debug)]
enum Element {
    One { of: Vec<Atom>, optional: bool },
    Gap,
    Start,
    End,
}

#[derive(Debug)]
enum Atom {
    Words(BTreeSet<String>),
    Number,
    Time,
    Miles,
    Year,
    Name,
    Ing,
    Start,
    End,
}

impl Grammar {
    /// Reads the text form.
    ///
    /// # Errors
    /// A sentence that names line and reason.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut classes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut patterns = vec![];
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |reason: &str| format!("line {number}: {reason}: {line}");
            if let Some((name, words)) = line.strip_prefix('@').and_then(|line| line.split_once(" = ")) {
                classes.insert(name.to_owned(), words.split_whitespace().map(str::to_owned).collect());
                continue;
            }
            let (head, body) = line.split_once(": ").ok_or_else(|| wrong("neither class nor pattern"))?;
            let (label, scope) = head.split_once(' ').ok_or_else(|| wrong("no scope"))?;
            let label = match label {
                "none" => None,
                word => Some(
                    *ReplyLabel::ALL
                        .iter()
                        .find(|l| l.as_str() == word)
                        .ok_or_else(|| wrong("no such label"))?,
                ),
            };
            let scope = match scope {
                "none" => ReplyScope::None,
                "clarify" => ReplyScope::Clarify,
                word => ReplyScope::Suppress(word.parse::<Scope>().map_err(|_| wrong("no such scope"))?),
            };
            let elements: Result<Vec<Element>, String> = body
                .split_whitespace()
                .map(|word| element(word, &classes).map_err(|reason| wrong(&reason)))
                .collect();
            let whole = body.starts_with("^^") && body.ends_with("$$");
            patterns.push(Pattern { label, scope, whole, elements: elements? });
        }
        let mut words: BTreeSet<String> = classes.values().flatten().cloned().collect();
        for element in patterns.iter().flat_map(|pattern| &pattern.elements) {
            if let Element::One { of, .. } = element {
                for atom in of {
                    if let Atom::Words(some) = atom {
                        words.extend(some.iter().cloned());
                    }
                }
            }
        }
        let mut class = |name| classes.remove(name).unwrap_or_default().into_iter().collect();
        Ok(Self { patterns, fill: class("fill"), skip: class("skip"), words })
    }

    /// Whether a word says nothing of its own.
    pub(super) fn is_fill(&self, word: &Word) -> bool {
        self.fill.contains(&word.text) || matches!(word.text.as_str(), "rage" | "usd")
    }

    /// Where in the clause the pattern first holds, as a range of words.
    pub(super) fn find(
        &self,
        pattern: &Pattern,
        clause: &[Word],
        alone: bool,
    ) -> Option<core::ops::Range<usize>> {
        if pattern.whole && !alone {
            return None;
        }
        (0..=clause.len()).find_map(|start| {
            let end = self.step(&pattern.elements, clause, start, false)?;
            (start < end).then_some(start..end)
        })
    }

    /// Where the elements end if they hold from `at` on; `within` once a word was taken.
    fn step(&self, elements: &[Element], clause: &[Word], at: usize, within: bool) -> Option<usize> {
        let Some((element, rest)) = elements.split_first() else { return Some(at) };
        match element {
            Element::Start => {
                let before = clause.get(..at)?;
                before.iter().all(|word| self.is_fill(word)).then(|| self.step(rest, clause, at, within))?
            }
            Element::End => self.at_end(clause, at).then(|| self.step(rest, clause, at, within))?,
            Element::Gap => {
                (at..=(at + GAP).min(clause.len())).find_map(|next| self.step(rest, clause, next, within))
            }
            Element::One { of, optional } => {
                let taken = of.iter().find_map(|atom| match atom {
                    Atom::Start => (at == 0).then(|| self.step(rest, clause, at, within))?,
                    Atom::End => self.at_end(clause, at).then(|| self.step(rest, clause, at, within))?,
                    _ => {
                        let word = clause.get(at)?;
                        self.is(atom, word).then(|| self.step(rest, clause, at + 1, true))?
                    }
                });
                let skips = within && clause.get(at).is_some_and(|word| self.skip.contains(&word.text));
                taken
                    .or_else(|| skips.then(|| self.step(elements, clause, at + 1, within))?)
                    .or_else(|| optional.then(|| self.step(rest, clause, at, within))?)
            }
        }
    }

    fn at_end(&self, clause: &[Word], at: usize) -> bool {
        clause
            .get(at..)
            .is_some_and(|after| after.iter().all(|word| self.is_fill(word) || word.text == "qmark"))
    }

    fn is(&self, atom: &Atom, word: &Word) -> bool {
        let text = word.text.as_str();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match atom {
            Atom::Words(words) => words.contains(text),
            Atom::Number => digits(text) && text.len() <= 4,
            Atom::Time => {
                let bare = text.trim_end_matches("am").trim_end_matches("pm");
                let (hour, minute) = bare.split_once(':').unwrap_or((bare, "00"));
                let marked = bare.len() < text.len() || bare.contains(':');
                digits(hour)
                    && hour.len() <= 2
                    && digits(minute)
                    && minute.len() == 2
                    && (marked || hour.parse::<u32>().is_ok_and(|hour| (1..=12).contains(&hour)))
            }
            Atom::Miles => {
                text.strip_suffix('k').is_some_and(|thousands| digits(thousands) && thousands.len() <= 3)
                    || (digits(text) && (4..=6).contains(&text.len()))
            }
            Atom::Year => {
                text.len() == 4 && digits(text) && (text.starts_with("19") || text.starts_with("20"))
            }
            Atom::Name => {
                word.capital && text.len() >= 3 && !self.words.contains(text)
                    || (word.capital
                        && text
                            .strip_suffix('s')
                            .is_some_and(|name| name.len() >= 3 && !self.words.contains(text)))
            }
            Atom::Ing => text.len() > 4 && text.ends_with("ing"),
            Atom::Start | Atom::End => false,
        }
    }
}

fn element(word: &str, classes: &BTreeMap<String, Vec<String>>) -> Result<Element, String> {
    match word {
        "*" => return Ok(Element::Gap),
        "^" | "^^" => return Ok(Element::Start),
        "$" | "$$" => return Ok(Element::End),
        _ => {}
    }
    let (body, optional) = word.strip_suffix('?').map_or((word, false), |body| (body, true));
    let mut words = BTreeSet::new();
    let mut of = vec![];
    for part in body.split('|') {
        match part {
            "" => return Err("an empty alternative".to_owned()),
            "$" => of.push(Atom::End),
            "^" => of.push(Atom::Start),
            "%number" => of.push(Atom::Number),
            "%item" => {
                of.push(Atom::Number);
                words.insert("#".to_owned());
            }
            "%time" => of.push(Atom::Time),
            "%miles" => of.push(Atom::Miles),
            "%year" => of.push(Atom::Year),
            "%name" => of.push(Atom::Name),
            "%ing" => of.push(Atom::Ing),
            kind if kind.starts_with('%') => return Err(format!("no such kind {kind}")),
            part => match part.strip_prefix('@') {
                Some(class) => {
                    let class = classes.get(class).ok_or_else(|| format!("no such class @{class}"))?;
                    words.extend(class.iter().cloned());
                }
                None => {
                    words.insert(part.to_owned());
                }
            },
        }
    }
    if !words.is_empty() {
        of.insert(0, Atom::Words(words));
    }
    Ok(Element::One { of, optional })
}
