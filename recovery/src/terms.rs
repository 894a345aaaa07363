//! How words that come from elsewhere are said in another language.

use std::collections::BTreeMap;

/// Terms by the first letter of what they look for, longest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms(BTreeMap<u8, Vec<Term>>);

#[derive(Clone, Debug)]
struct Term {
    /// What is looked for; where it ends in a number, what stands before that.
    seen: String,
    with_number: bool,
    said: String,
}

/// Where the number of a term goes.
const NUMBER: &str = "{n}";

impl Terms {
    pub(crate) fn new<'t>(terms: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let mut all = Self::default();
        for (seen, said) in terms {
            let (seen, with_number) = match seen.strip_suffix(NUMBER) {
                Some(before) => (before, true),
                None => (seen, false),
            };
            if let Some(first) = seen.bytes().next() {
                let term = Term { seen: seen.to_owned(), with_number, said: said.to_owned() };
                all.0.entry(first.to_ascii_lowercase()).or_default().push(term);
            }
        }
        for terms in all.0.values_mut() {
            terms.sort_by_key(|term| core::cmp::Reverse(term.seen.len()));
        }
        all
    }

    /// `value` with every word said in the other language; `None` where a word is not known, because half a
    /// translation reads worse than none.
    pub(crate) fn say(&self, value: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut said = String::with_capacity(value.len() + 16);
        let mut rest = value;
        while let Some(c) = rest.chars().next() {
            if !c.is_alphabetic() {
                // A run of digits, signs and spaces is the same in both.
                let end = rest.find(char::is_alphabetic).unwrap_or(rest.len());
                let (same, later) = rest.split_at_checked(end)?;
                said.push_str(same);
                rest = later;
                continue;
            }
            let first = rest.bytes().next()?.to_ascii_lowercase();
            rest = self.0.get(&first)?.iter().find_map(|term| term.take(rest, &mut said))?;
        }
        Some(said)
    }
}

impl Term {
    /// Says the term if `text` begins with it; what comes after.
    fn take<'t>(&self, text: &'t str, said: &mut String) -> Option<&'t str> {
        let (head, rest) = text.split_at_checked(self.seen.len())?;
        if !head.eq_ignore_ascii_case(&self.seen) {
            return None;
        }
        if self.with_number {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (number, rest) = rest.split_at_checked(end)?;
            if number.is_empty() {
                return None;
            }
            match self.said.split_once(NUMBER) {
                Some((before, after)) => said.extend([before, number, after]),
                None => said.push_str(&self.said),
            }
            return Some(rest);
        }
        if rest.starts_with(char::is_alphanumeric) {
            return None;
        }
        said.push_str(&self.said);
        Some(rest)
    }
}
