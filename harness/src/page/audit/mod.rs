//! The audit as a page: where the way from mileage to the paid repair order breaks, and what to fix first.

mod faults;
mod ladder;
mod path;
mod standing;
#[cfg(test)]
mod tests;

use fixedops_closed_loop::Figure as Counted;
use fixedops_closed_loop::audit::{Audit, Share};

use super::chart::{Bar, Fill};
use super::words::{bars_chart, sentence, spoken};
use super::{Chart, Figure, Page, PageError, number};

/// The page of an audit, as one file.
///
/// # Errors
/// [`PageError`] where a chart cannot be drawn or a template is broken: no audit does that.
pub fn audit(audit: &Audit) -> Result<String, PageError> {
    page(audit)?.html()
}

fn page(audit: &Audit) -> Result<Page, PageError> {
    Ok(Page {
        title: "Service audit of a store's own records".to_owned(),
        about: about(audit),
        warning: audit.extract.note.as_deref().map(sentence),
        in_short: audit.headlines.clone(),
        look_first: ("What to fix first".to_owned(), audit.fix_first.clone()),
        key_figures: key_figures(audit),
        small_base_below: 0,
        sections: vec![
            path::section(&audit.path)?,
            ladder::section(&audit.ladder)?,
            standing::vehicles(&audit.vehicles)?,
            standing::intervals(&audit.intervals)?,
            standing::reach(&audit.reach)?,
            standing::declined(&audit.declined)?,
            faults::section(&audit.faults)?,
            standing::measures(&audit.measures),
            faults::read(&audit.read),
        ],
        computed_from: audit
            .policies
            .iter()
            .map(|(name, version)| (spoken(name), version.to_string()))
            .chain([("Mapping".to_owned(), audit.extract.mapping.clone())])
            .collect(),
    })
}

fn about(audit: &Audit) -> Vec<String> {
    let extract = &audit.extract;
    let day = |day: chrono::NaiveDate| day.format("%B %-d, %Y").to_string();
    let period = match (extract.first_day, extract.last_day) {
        (Some(first), Some(last)) => format!("Repair orders from {} to {}. ", day(first), day(last)),
        _ => "No repair order could be used. ".to_owned(),
    };
    vec![
        match extract.last_day {
            Some(_) => format!("{period}The last day is {}.", extract.last_day_how),
            None => period,
        },
        format!(
            "All dates are the store's own ({}). This page holds no name, number or VIN.",
            extract.timezone
        ),
    ]
}

/// What an owner asks first. Each stands in its section too.
fn key_figures(audit: &Audit) -> Vec<Figure> {
    let of = |figures: &[Counted], ids: &[&str]| -> Vec<Figure> {
        ids.iter().filter_map(|id| figures.iter().find(|figure| figure.id == *id)).map(Figure::from).collect()
    };
    let mut key = of(&audit.vehicles.figures, &["in_play", "usable_mileage"]);
    key.extend(audit.vehicles.backtest.coverage.as_ref().map(Figure::from));
    key.extend(of(&audit.reach.figures, &["provable_text", "due_and_provable"]));
    key.extend(of(&audit.path.visit, &["mean_visit"]));
    key.extend(of(&audit.declined.figures, &["open_items", "open_dollars"]));
    key
}

/// Parts of a whole as bars; nothing where there is no whole.
fn shares(
    id: &str,
    title: &str,
    caption: &str,
    shares: &[Share],
    fill: fn(&str) -> Fill,
) -> Result<Option<Chart>, PageError> {
    let base = shares.iter().map(|share| share.base).max().unwrap_or(0);
    if base == 0 {
        return Ok(None);
    }
    let bars = shares.iter().map(|share| Bar {
        label: sentence(&share.label),
        value: share.count as f64,
        number: match rust_decimal::Decimal::from(share.count)
            .checked_mul(rust_decimal::Decimal::ONE_HUNDRED)
            .and_then(|n| n.checked_div(share.base.into()))
        {
            Some(percent) => format!("{} ({})", number::count(share.count), number::percent(percent)),
            None => number::count(share.count),
        },
        fill: fill(&share.id),
    });
    let caption = format!("Of {} vehicles in play. {caption}", number::count(base));
    Ok(Some(bars_chart(id, title, caption, bars.collect(), Some(base as f64), None)?))
}

/// Line numbers of the first few, for who goes and looks.
fn lines(examples: &[u64]) -> String {
    if examples.is_empty() {
        return "–".to_owned();
    }
    let word = if examples.len() == 1 { "line" } else { "lines" };
    let numbers: Vec<String> = examples.iter().map(ToString::to_string).collect();
    format!("{word} {}", numbers.join(", "))
}
