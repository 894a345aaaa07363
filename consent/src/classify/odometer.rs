//! The odometer's reading in a text that tells one.

use fixedops_vocab::Miles;

use super::text::Reduced;
use super::words::Kinds;

/// The reading; not how much is driven, nor a model year, nor an amount.
pub(super) fn read(reduced: &Reduced) -> Option<Miles> {
    let mut best: Option<(u8, u32)> = None;
    for clause in reduced.clauses() {
        let text = |at: usize| clause.get(at).map_or("", |word| reduced.text(word));
        for (at, word) in clause.iter().enumerate() {
            let here = reduced.text(word);
            let next = text(at + 1);
            let before = at.checked_sub(1).map(text).unwrap_or("");
            let spelled = matches!(next, "thousand" | "mil" | "k");
            let digits = here.bytes().all(|byte| byte.is_ascii_digit()) && !here.is_empty();
            let miles = match here.strip_suffix('k') {
                Some(thousands) if word.kinds.has(Kinds::MILES) => {
                    thousands.parse::<u32>().ok().map(|k| k * 1_000)
                }
                _ if digits && spelled && here.len() <= 3 => here.parse::<u32>().ok().map(|k| k * 1_000),
                _ if digits && (4..=6).contains(&here.len()) => here.parse().ok(),
                _ if digits && here.len() == 3 && matches!(next, "miles" | "mi") => here.parse().ok(),
                _ => None,
            };
            let Some(miles) = miles else { continue };
            let after = text(at + 1 + usize::from(spelled));
            let marked = matches!(after, "miles" | "mi" | "mile" | "millas");
            let then = text(at + 1 + usize::from(spelled) + usize::from(marked));
            let then_unit = text(at + 2 + usize::from(spelled) + usize::from(marked));
            // "1000 a month"
            let rate = matches!(then, "a" | "per" | "every" | "each" | "al" | "por")
                && matches!(
                    then_unit,
                    "month" | "week" | "year" | "day" | "mes" | "semana" | "ano" | "yr" | "wk"
                );
            if rate
                || matches!(before, "usd" | "under" | "next" | "every")
                || matches!(then, "service" | "mile")
            {
                continue;
            }
            let year = word.kinds.has(Kinds::YEAR);
            let weight = if marked {
                3
            } else if year {
                1
            } else {
                2
            };
            if best.is_none_or(|(known, _)| weight > known) {
                best = Some((weight, miles));
            }
        }
    }
    best.and_then(|(_, miles)| Miles::from_whole(miles).ok())
}
