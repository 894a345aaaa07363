//! Spelling tolerance for the words that must not be missed, and words run together.

use super::grammar::Grammar;
use super::words::WordId;

/// A word looked for behind a misspelling.
#[derive(Debug)]
pub(super) struct Target {
    text: Box<str>,
    id: WordId,
    /// How many slips are forgiven.
    tolerance: usize,
    letters: u32,
}

impl Target {
    pub(super) fn new(text: &str, id: WordId, tolerance: usize) -> Self {
        Self { text: text.into(), id, tolerance, letters: letters(text) }
    }
}

/// Which letters a word holds, as bits.
fn letters(text: &str) -> u32 {
    text.bytes().filter(u8::is_ascii_lowercase).fold(0, |letters, byte| letters | 1 << (byte - b'a'))
}

/// The key word behind an unknown one. In a longer text the short ones are left alone: there they are likely other
/// words.
pub(super) fn behind(text: &str, few: bool, grammar: &Grammar) -> Option<WordId> {
    if !(4..=16).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let own = letters(text);
    grammar
        .targets
        .iter()
        .find(|target| {
            let short = target.text.len() <= 5;
            (few || !short)
                && text.len().abs_diff(target.text.len()) <= target.tolerance
                && (own ^ target.letters).count_ones() as usize <= 2 * target.tolerance
                && (!short || text.bytes().next() == target.text.bytes().next())
                && distance(text, &target.text) <= target.tolerance
        })
        .map(|target| target.id)
}

/// The words of a run of letters without spaces (`stoptexting`), if all are of those that are run together and the
/// first is one that matters.
pub(super) fn parts(text: &str, grammar: &Grammar) -> Option<Vec<WordId>> {
    if !(6..=32).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    // For every place the words that lead there; the longest word first.
    let mut reached: Vec<Option<Vec<WordId>>> = vec![None; text.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = Some(vec![]);
    }
    for at in 0..text.len() {
        let Some(so_far) = reached.get(at).cloned().flatten().filter(|words| words.len() < 6) else {
            continue;
        };
        for end in at + 2..=text.len().min(at + 12) {
            let id = text.get(at..end).map_or(WordId::UNKNOWN, |word| {
                let short = grammar.words.written_out(word).and_then(|long| long.first());
                short.copied().unwrap_or_else(|| grammar.words.id(word))
            });
            let fits = if at == 0 { grammar.may_begin_run(id) } else { grammar.may_run_together(id) };
            if fits && let Some(free @ None) = reached.get_mut(end) {
                *free = Some(so_far.iter().copied().chain([id]).collect());
            }
        }
    }
    reached.pop().flatten().filter(|words| words.len() >= 2)
}

/// Letters added, left out, changed, or swapped with the next (restricted Damerau-Levenshtein distance).
fn distance(a: &str, b: &str) -> usize {
    const MOST: usize = 20;
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if b.len() >= MOST {
        return usize::MAX;
    }
    let mut before = [0_usize; MOST];
    let mut last = [0_usize; MOST];
    let mut row = [0_usize; MOST];
    for (j, cell) in last.iter_mut().enumerate() {
        *cell = j;
    }
    let at = |row: &[usize; MOST], k: usize| row.get(k).copied().unwrap_or(usize::MAX / 2);
    for (i, x) in a.iter().enumerate() {
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, y) in b.iter().enumerate() {
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = best;
            }
        }
        before = core::mem::replace(&mut last, row);
    }
    at(&last, b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_a_slip_and_a_gap_count_one_each() {
        for (a, b, expected) in [
            ("stop", "stop", 0),
            ("sotp", "stop", 1),
            ("qiut", "quit", 1),
            ("stp", "stop", 1),
            ("shop", "stop", 1),
            ("", "stop", 4),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn words_run_together_are_read_apart_and_others_left_alone() {
        let grammar = &*super::super::grammar::GRAMMAR;
        let read = |text: &str| {
            parts(text, grammar)
                .map(|ids| ids.iter().map(|id| grammar.words.text(*id)).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(read("stoptextingme").as_deref(), Some("stop texting me"));
        assert_eq!(read("removeme").as_deref(), Some("remove me"));
        assert_eq!(read("leavemealone").as_deref(), Some("leave me alone"));
        for other in ["stopwatch", "removal", "quitter", "textile", "nonstop", "callus", "wrongly"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
