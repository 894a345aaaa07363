//! Words and bars that every page uses.

use fixedops_closed_loop::{Figure as Counted, Unit};

use super::chart::{Bar, Bars, Fill};
use super::{Chart, PageError, figure, number};

/// `by_hand` as `By hand`.
pub fn spoken(key: &str) -> String {
    sentence(&key.replace('_', " "))
}

/// The same words, the first letter large.
pub fn sentence(words: &str) -> String {
    match words {
        "sms" => return "Text message".to_owned(),
        "gps" => return "GPS".to_owned(),
        "email" => return "E-mail".to_owned(),
        _ => {}
    }
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A month `2026-03` as `Mar 2026`; what is no month stays.
pub fn month(key: &str) -> String {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    key.split_once('-')
        .and_then(|(year, month)| {
            let name = NAMES.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
            Some(format!("{name} {year}"))
        })
        .unwrap_or_else(|| key.to_owned())
}

/// Bars with their words.
pub fn bars_chart(
    id: &str,
    title: &str,
    caption: String,
    bars: Vec<Bar>,
    full: Option<f64>,
    mark: Option<(f64, String)>,
) -> Result<Chart, PageError> {
    let description = bars.iter().map(|bar| format!("{}: {}", bar.label, bar.number)).collect::<Vec<_>>();
    let marked = mark.as_ref().map(|(_, words)| format!("; {words}")).unwrap_or_default();
    let description = format!("{}{marked}.", description.join("; "));
    let svg = Bars { id: id.to_owned(), title: title.to_owned(), description, bars, full, mark }.draw()?;
    Ok(Chart { svg, title: title.to_owned(), caption })
}

/// A bar as long as the figure's count, for charts of counts: of a share, what it counted.
pub fn count_bar(counted: &Counted, fill: Fill) -> Bar {
    let bar = bar(counted, fill);
    match (counted.unit, counted.numerator, counted.denominator) {
        (Unit::Percent, Some(n), None) => Bar {
            value: number::length(n),
            number: format!("{} ({})", number::decimal(n, 0), bar.number),
            ..bar
        },
        _ => bar,
    }
}

/// A bar as long as the figure's value.
pub fn bar(counted: &Counted, fill: Fill) -> Bar {
    let small = if counted.small_base && counted.value.is_some() { " · small base" } else { "" };
    Bar {
        label: counted.label.clone(),
        value: counted.value.map(number::length).unwrap_or_default(),
        number: format!("{}{small}", figure::value(counted)),
        fill,
    }
}

/// The value alone.
pub fn plain(counted: &Counted) -> String {
    figure::value(counted)
}

/// The value, with a star over a small base.
pub fn marked(counted: &Counted) -> String {
    match counted.value {
        None => "–".to_owned(),
        Some(_) if counted.small_base => format!("{}*", plain(counted)),
        Some(_) => plain(counted),
    }
}
