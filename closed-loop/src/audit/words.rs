//! The audit in sentences.

use rust_decimal::Decimal;

use super::answer::{Audit, RankedFault};
use crate::Figure;

/// Whole numbers with thousands commas.
fn grouped(value: Decimal) -> String {
    let text = value.round().abs().to_string();
    let mut out = String::new();
    for (place, digit) in text.chars().enumerate() {
        if place > 0 && (text.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if value.round().is_sign_negative() && !value.round().is_zero() { format!("-{out}") } else { out }
}

fn number(count: u64) -> String {
    grouped(Decimal::from(count))
}

fn money(value: Decimal) -> String {
    format!("${}", grouped(value))
}

fn figure<'a>(figures: &'a [Figure], id: &str) -> Option<&'a Figure> {
    figures.iter().find(|figure| figure.id == id)
}

fn value(figures: &[Figure], id: &str) -> String {
    figure(figures, id).and_then(|figure| figure.value).map_or("no".to_owned(), |value| value.to_string())
}

/// The answers, a sentence each.
pub(super) fn headlines(audit: &Audit) -> Vec<String> {
    let mut said = Vec::new();
    let figures = &audit.vehicles.figures;
    let in_play = figure(figures, "in_play").and_then(|figure| figure.value).unwrap_or_default();
    if let Some(usable) = figure(figures, "usable_mileage") {
        said.push(format!(
            "{} of {} vehicles in play ({} %) have a usable mileage.",
            grouped(usable.numerator.unwrap_or_default()),
            grouped(in_play),
            usable.value.unwrap_or_default()
        ));
    }
    let ours = audit.vehicles.backtest.rules.first();
    let flat = audit.vehicles.backtest.rules.iter().find(|rule| rule.id == "flat");
    if let (Some(ours), Some(flat)) = (ours, flat)
        && let (Some(error), Some(other)) = (ours.median_miles.value, flat.median_miles.value)
    {
        said.push(format!(
            "Tested on {} cars of this store, half of the estimates were within {} miles; a flat calendar rule, within {} miles.",
            number(ours.median_miles.base.unwrap_or(0)),
            grouped(error),
            grouped(other)
        ));
    }
    if let Some(first) =
        audit.intervals.services.iter().find(|standing| standing.service == audit.path.service)
    {
        said.push(format!(
            "{} vehicles in play have {} due, {} of them overdue; {} more are due soon; of {} nothing can be said.",
            number(first.due + first.overdue),
            first.service.as_str().replace('_', " "),
            number(first.overdue),
            number(first.soon),
            number(first.unknown)
        ));
    }
    if let Some(note) = &audit.reach.note {
        said.push(note.clone());
    } else if let Some(reach) = figure(&audit.reach.figures, "provable_text") {
        said.push(format!(
            "{} of {} vehicles in play ({} %) have an owner who may be texted with provable written consent.",
            grouped(reach.numerator.unwrap_or_default()),
            grouped(in_play),
            reach.value.unwrap_or_default()
        ));
    }
    let leak = audit.path.biggest_leak.as_deref();
    if let Some(step) = audit.path.steps.iter().find(|step| Some(step.id.as_str()) == leak) {
        said.push(format!(
            "The path breaks most at \"{}\": {} vehicles lost, {} of them not seen all the same, {} at the store's own mean visit.",
            step.label,
            number(step.lost),
            number(step.lost.saturating_sub(step.came_anyway)),
            money(step.dollars)
        ));
    }
    let declined = &audit.declined;
    if let (Some(open), [low, .., high]) =
        (figure(&declined.figures, "open_items"), declined.worth.as_slice())
    {
        let price =
            figure(&declined.figures, "open_dollars").and_then(|figure| figure.value).unwrap_or_default();
        said.push(format!(
            "{} recommended items were not done, {} of them priced work; {} to {} at {} to {} % recovery.",
            grouped(open.value.unwrap_or_default()),
            money(price),
            money(low.by_price),
            money(high.by_price),
            low.percent,
            high.percent
        ));
    }
    let aside: u64 = audit.read.files.iter().map(|file| file.set_aside).sum();
    let rows: u64 = audit.read.files.iter().map(|file| file.rows).sum();
    said.push(format!("{} of {} rows were set aside, each with its reason.", number(aside), number(rows)));
    said
}

/// What to put right first: the biggest leak, then the dearest faults.
pub(super) fn fix_first(audit: &Audit) -> Vec<String> {
    let mut said = Vec::new();
    let leak = audit.path.biggest_leak.as_deref();
    if let Some(step) = audit.path.steps.iter().find(|step| Some(step.id.as_str()) == leak) {
        let advice = match step.id.as_str() {
            "usable_mileage" => "Take the mileage at every write-up and ask quiet owners for a reading",
            "last_service_known" => {
                "Map the store's operation codes to services, so that the last one is known"
            }
            "provable_consent" => {
                "Ask for written consent to texts at every write-up, and keep its date and its text"
            }
            "touched" => "Contact the owners who are due and may be contacted",
            "booked" => "Give every message a way into the store's own scheduler",
            _ => "Confirm appointments and look at what is sold at the write-up",
        };
        said.push(format!("{advice}: {} lies there.", money(step.dollars)));
    }
    let dear: Vec<&RankedFault> = audit
        .faults
        .iter()
        .filter(|fault| fault.dollars > Decimal::ZERO)
        .take(3 - said.len().min(3))
        .collect();
    for fault in dear {
        said.push(format!(
            "{} ({} {}, {}): {}",
            fault.label,
            number(fault.count),
            fault.counted,
            money(fault.dollars),
            fault.fix
        ));
    }
    if said.len() < 3 {
        let items = value(&audit.declined.figures, "open_items");
        said.push(format!("Work the declined list, the newest first: {items} open items."));
    }
    if said.len() < 3 {
        let absent = audit.read.files.iter().filter(|file| !file.present);
        let names: Vec<String> = absent.map(|file| file.file.file_name()).collect();
        said.push(match names.as_slice() {
            [] => "Run this audit again in a month and compare.".to_owned(),
            names => format!("Export what is missing: {}.", names.join(", ")),
        });
    }
    said.truncate(3);
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_as_a_us_reader_expects() {
        for (value, text) in [("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.5", "-1,234,568")] {
            assert_eq!(grouped(value.parse().unwrap()), text, "{value}");
        }
    }
}
