//! Figures as a reader in the United States writes them.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// `12345` as `12,345`.
pub fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// `-1234.5` as `-1,234.5`, with `places` digits after the point.
pub fn decimal(value: Decimal, places: u32) -> String {
    let mut value = value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
    value.rescale(places);
    let text = value.abs().to_string();
    let (whole, rest) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let sign = if value.is_sign_negative() && !value.is_zero() { "-" } else { "" };
    let rest = rest.map(|rest| format!(".{rest}")).unwrap_or_default();
    format!("{sign}{}{rest}", grouped(whole))
}

/// `-1234.5` as `-$1,235`; an amount under ten dollars with its cents.
pub fn dollars(value: Decimal) -> String {
    let text = decimal(value, if value.abs() < Decimal::TEN && !value.is_integer() { 2 } else { 0 });
    text.strip_prefix('-').map_or_else(|| format!("${text}"), |text| format!("-${text}"))
}

/// `12.34` as `12.3%`.
pub fn percent(value: Decimal) -> String {
    format!("{}%", decimal(value, 1))
}

/// For a scale: `1500` as `1,500`.
pub fn tick(value: f64) -> String {
    decimal(Decimal::try_from(value).unwrap_or_default(), u32::from(value.fract() != 0.0))
}

/// For a scale of dollars: `1500` as `$1,500`.
pub fn dollar_tick(value: f64) -> String {
    dollars(Decimal::try_from(value).unwrap_or_default())
}

/// For a scale of percent.
pub fn percent_tick(value: f64) -> String {
    format!("{}%", tick(value))
}

/// Whether a cell of a table holds a figure, or says that there is none: it stands at the right, words at the left.
pub fn is_one(cell: &str) -> bool {
    let mut letters = cell.trim_start_matches(['-', '$']).chars();
    let first = letters.next();
    matches!(cell, "–" | "not known" | "none yet")
        || (first.is_some_and(|first| first.is_ascii_digit())
            && cell.chars().count() <= 20
            && !cell.contains(", "))
}

/// Counts in all.
pub fn sum(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

/// Dollars in all.
pub fn sum_of_dollars(amounts: impl Iterator<Item = Decimal>) -> Decimal {
    amounts.fold(Decimal::ZERO, Decimal::saturating_add)
}

/// The length of a bar.
pub fn length(value: Decimal) -> f64 {
    value.to_f64().unwrap_or_default()
}

fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::{Decimal, count, decimal, dollar_tick, dollars, percent, percent_tick, tick};

    #[test]
    fn figures_stand_at_the_right_and_words_at_the_left() {
        for (cell, figure) in [
            ("1,234", true),
            ("-$40", true),
            ("12.3%*", true),
            ("-3.5\u{a0}days", true),
            ("–", true),
            ("not known", true),
            ("23 rows", true),
            ("", false),
            ("-", false),
            ("Oil service", false),
            ("5 cars of this store, at most", false),
        ] {
            assert_eq!(super::is_one(cell), figure, "{cell}");
        }
    }

    #[test]
    fn figures_read_as_they_are_written_in_the_united_states() {
        let of = |text: &str| text.parse::<Decimal>().unwrap();
        for (said, expected) in [
            (count(0), "0"),
            (count(999), "999"),
            (count(1_234_567), "1,234,567"),
            (decimal(of("1234.56"), 1), "1,234.6"),
            (decimal(of("-0.04"), 1), "0.0"),
            (decimal(of("-1234"), 0), "-1,234"),
            (decimal(Decimal::MAX, 0), "79,228,162,514,264,337,593,543,950,335"),
            (dollars(of("1234.5")), "$1,235"),
            (dollars(of("999.6")), "$1,000"),
            (dollars(of("-40")), "-$40"),
            (dollars(of("4.5")), "$4.50"),
            (dollars(of("-0.00")), "$0"),
            (percent(of("12.34")), "12.3%"),
            (tick(1500.0), "1,500"),
            (tick(0.5), "0.5"),
            (tick(f64::NAN), "0.0"),
            (dollar_tick(2500.0), "$2,500"),
            (percent_tick(7.5), "7.5%"),
        ] {
            assert_eq!(said, expected);
        }
    }
}
