//! Spelling tolerance for the words that must not be missed.

use super::grammar::Grammar;
use super::text::Word;

/// Words looked for behind a misspelling, with the shortest text distance they allow.
const TARGETS: &[(&str, usize)] = &[
    ("stop", 1),
    ("quit", 1),
    ("cancel", 1),
    ("remove", 1),
    ("revoke", 1),
    ("unsubscribe", 3),
    ("texting", 1),
    ("messages", 2),
    ("message", 1),
    ("messaging", 2),
    ("calling", 1),
    ("contacting", 2),
    ("contact", 1),
    ("subscribe", 2),
    ("reschedule", 2),
    ("appointment", 2),
    ("confirmed", 2),
    ("harassing", 2),
    ("bothering", 2),
    ("equivocado", 1),
    ("interested", 2),
    ("number", 1),
    ("wrong", 1),
];

/// Words of their own that lie near a target.
const OWN_WORDS: &[&str] = &[
    "step",
    "shop",
    "stoop",
    "atop",
    "stock",
    "stow",
    "slop",
    "stomp",
    "strop",
    "stops",
    "quite",
    "quiet",
    "suit",
    "quilt",
    "quits",
    "quits",
    "unit",
    "quip",
    "cancer",
    "cancels",
    "canceled",
    "remote",
    "removed",
    "remover",
    "removes",
    "revoked",
    "testing",
    "tenting",
    "numb",
    "numbers",
    "falling",
    "balling",
    "polling",
    "pulling",
    "rolling",
    "filling",
    "selling",
    "telling",
    "culling",
    "contract",
    "contacts",
    "compact",
    "massage",
    "massages",
    "messaged",
    "wring",
    "strong",
    "prong",
    "wrongs",
    "lumber",
    "numbered",
    "top",
    "soup",
    "spot",
    "post",
    "stopped",
    "killing",
    "coiling",
    "cooling",
    "hauling",
    "bailing",
    "failing",
    "mailing",
    "sailing",
    "stopping",
    "evoke",
    "move",
    "shot",
    "stoplight",
    "moved",
];

/// Puts misspelled key words right. In a longer text the short ones are left alone: there they are likely other words.
pub(super) fn correct(words: &mut [Word], grammar: &Grammar) {
    let few = words.iter().filter(|word| !grammar.is_fill(word)).count() <= 3;
    for word in words {
        if word.text.len() < 4
            || grammar.words.contains(&word.text)
            || OWN_WORDS.contains(&word.text.as_str())
        {
            continue;
        }
        let found = TARGETS.iter().find(|(target, tolerance)| {
            let short = target.len() <= 5;
            (few || !short)
                && word.text.len().abs_diff(target.len()) <= *tolerance
                && distance(&word.text, target) <= *tolerance
                && (!short || word.text.bytes().next() == target.bytes().next())
        });
        if let Some((target, _)) = found {
            (*target).clone_into(&mut word.text);
        }
    }
}

/// Letters added, left out, changed, or swapped with the next (restricted Damerau-Levenshtein distance).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = vec![];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX - 1);
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = core::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
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
}
