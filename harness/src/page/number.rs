//! Figures as a reader in the United States writes them.

/// `12345` as `12,345`.
pub fn count(n: u64) -> String {
    grouped(&n.to_string())
}

/// `-1234.5` as `-1,234.5`, with `places` digits after the point. What is no number is a dash.
pub fn decimal(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.places$}", value.abs());
    let (whole, rest) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let sign = if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "-" } else { "" };
    let rest = rest.map(|rest| format!(".{rest}")).unwrap_or_default();
    format!("{sign}{}{rest}", grouped(whole))
}

/// `-1234.5` as `-$1,235`: dollars, with cents where they are asked for.
pub fn dollars(value: f64, cents: bool) -> String {
    let text = decimal(value, if cents { 2 } else { 0 });
    match text.strip_prefix('-') {
        Some(text) => format!("-${text}"),
        None if value.is_finite() => format!("${text}"),
        None => text,
    }
}

/// `12.34` as `12.3 %`, the two never parted by the end of a line.
pub fn percent(value: f64) -> String {
    format!("{}\u{a0}%", decimal(value, 1))
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
    use super::{count, decimal, dollars, percent};

    #[test]
    fn figures_read_as_they_are_written_in_the_united_states() {
        for (said, expected) in [
            (count(0), "0"),
            (count(999), "999"),
            (count(1_234_567), "1,234,567"),
            (decimal(1234.56, 1), "1,234.6"),
            (decimal(-0.04, 1), "0.0"),
            (decimal(-1234.0, 0), "-1,234"),
            (decimal(f64::NAN, 1), "–"),
            (dollars(1234.5, true), "$1,234.50"),
            (dollars(999.6, false), "$1,000"),
            (dollars(-40.0, false), "-$40"),
            (dollars(f64::INFINITY, false), "–"),
            (percent(12.34), "12.3\u{a0}%"),
        ] {
            assert_eq!(said, expected);
        }
    }
}
