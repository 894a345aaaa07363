//! The audit in sentences.

use rust_decimal::Decimal;

use super::answer::{Audit, OwnWorth, RankedFault};
use super::doubts;
use super::fault::{Cost, FaultKind};
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

pub(super) fn number(count: u64) -> String {
    grouped(Decimal::from(count))
}

fn money(value: Decimal) -> String {
    format!("${}", grouped(value))
}

fn figure<'a>(figures: &'a [Figure], id: &str) -> Option<&'a Figure> {
    figures.iter().find(|figure| figure.id == id)
}

/// Whether a fault says only that a column was not found.
fn missing_is(field: &str, kind: FaultKind) -> bool {
    matches!(
        (field, kind),
        ("vin", FaultKind::VinMissing)
            | ("mileage", FaultKind::MileageMissing)
            | ("customer", FaultKind::CustomerMissing)
    )
}

/// The answers, a sentence each.
pub(super) fn headlines(audit: &Audit) -> Vec<String> {
    let mut said = Vec::new();
    let figures = &audit.vehicles.figures;
    let in_play = figure(figures, "in_play").and_then(|figure| figure.value).unwrap_or_default();
    if in_play.is_zero() {
        said.push(
            "No vehicle is in play: none has a VIN and a repair order that counts in the last years."
                .to_owned(),
        );
        said.push(set_aside(audit));
        return said;
    }
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
            "Tested on the last reading of {} cars of this store, half of the estimates were within {} miles; a flat calendar rule was within {} miles for half.",
            number(ours.median_miles.base.unwrap_or(0)),
            grouped(error),
            grouped(other)
        ));
    }
    said.extend(audit.vehicles.backtest.verdict.clone());
    if let Some(first) =
        audit.intervals.services.iter().find(|standing| standing.service == audit.path.service)
    {
        said.push(format!(
            "{} vehicles in play have {} due, {} of them overdue; {} more are due soon; of {} the records do not say.",
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
            "Most is lost at the step \"{}\": {} vehicles stop there, {} of them paid for a visit all the same, {} did not: {} at this store's own mean visit.",
            step.label,
            number(step.lost),
            number(step.came_anyway),
            number(step.lost.saturating_sub(step.came_anyway)),
            step.dollars.map_or_else(|| "no dollars known".to_owned(), money)
        ));
    }
    said.extend(tied_back(audit));
    let declined = &audit.declined;
    if let (Some(open), [low, .., high]) =
        (figure(&declined.figures, "open_items"), declined.worth.as_slice())
    {
        let items = grouped(open.value.unwrap_or_default());
        let listed = figure(&declined.figures, "open_dollars");
        let priced = listed.and_then(|figure| figure.base).unwrap_or(0);
        said.push(match listed.and_then(|figure| figure.value) {
            _ if items == "0" => "No recommended job stands open in these files.".to_owned(),
            Some(price) if priced > 0 && declined.own_worth.is_some() => format!(
                "{items} recommended jobs are still not done; the {} with a price come to {}. {}",
                number(priced),
                money(price),
                declined.own_worth.as_ref().map(own).unwrap_or_default(),
            ),
            Some(price) if priced > 0 => format!(
                "{items} recommended jobs are still not done; the {} with a price come to {}. Winning back {} to {} % of that would be {} to {}.",
                number(priced),
                money(price),
                low.percent,
                high.percent,
                money(low.by_price),
                money(high.by_price),
            ),
            _ => format!("{items} recommended jobs are still not done; none has a price on record."),
        });
    }
    said.push(set_aside(audit));
    said
}

/// What the open list is worth at the store's own rate.
fn own(worth: &OwnWorth) -> String {
    let [rate, low, high] = &worth.at;
    format!(
        "Of jobs declined earlier this store's own customers had {} % done here within the time of the usual sequence ({} jobs, range {} to {} %): at that rate {}, {} to {}.",
        rate.percent,
        number(worth.base),
        low.percent,
        high.percent,
        money(rate.by_price),
        money(low.by_price),
        money(high.by_price),
    )
}

/// How many orders follow what was sent.
fn tied_back(audit: &Audit) -> Option<String> {
    let ladder = &audit.ladder;
    let all = ladder.all.as_ref()?;
    let value = all.tied.value?;
    let credited = figure(&ladder.figures, "ladder_credited_dollars").and_then(|figure| figure.value);
    let small = if all.tied.small_base { ", a small base" } else { "" };
    let broken =
        if ladder.adds_up { "" } else { " It does not add up: report it as a mistake of the program." };
    Some(format!(
        "{} of {} customer-pay repair orders since the first touch of the last year ({value} %{small}) hold work that a touch before them was about; {} stands on those lines. {} more came after a touch for other work. How many would have come anyway these files cannot tell.{broken}",
        grouped(all.tied.numerator.unwrap_or_default()),
        number(all.orders),
        credited.map_or_else(|| "nothing".to_owned(), money),
        number(all.other_work),
    ))
}

fn set_aside(audit: &Audit) -> String {
    let aside: u64 = audit.read.files.iter().map(|file| file.set_aside).sum();
    let rows: u64 = audit.read.files.iter().map(|file| file.rows).sum();
    format!("{} of {} rows were set aside, each with its reason.", number(aside), number(rows))
}

/// What to fix first: columns that were not found, the biggest leak, then the dearest faults.
pub(super) fn fix_first(audit: &Audit) -> Vec<String> {
    let mut said = Vec::new();
    let without = doubts::without_column(audit);
    if !without.is_empty() {
        let names: Vec<&str> = without.iter().map(|(_, what, _)| *what).collect();
        said.push(format!("Name the headings in the mapping that hold {}.", names.join(", ")));
    }
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
        let missing = number(step.lost.saturating_sub(step.came_anyway));
        let dollars = step.dollars.map_or_else(String::new, |dollars| {
            format!(", {} at the store's own mean visit", money(dollars))
        });
        said.push(format!("{advice}: {missing} vehicles did not come{dollars}."));
    }
    let dear: Vec<&RankedFault> = audit
        .faults
        .iter()
        .filter(|fault| fault.dollars > Decimal::ZERO)
        .filter(|fault| !without.iter().any(|(field, ..)| missing_is(field, fault.kind)))
        .take(3 - said.len().min(3))
        .collect();
    for fault in dear {
        let dollars = money(fault.dollars);
        let stake = match fault.kind.cost() {
            Cost::Rows => format!("with {dollars} of customer-pay work on them, in the whole extract"),
            Cost::Visits => format!(
                "{dollars} if every vehicle in play that gets a wrong reminder by it misses one mean visit"
            ),
            Cost::Amount => format!("{dollars} in all"),
            Cost::Nothing => String::new(),
        };
        let count = number(fault.count);
        said.push(format!("{}: {count} {}, {stake}. {}", fault.label, fault.counted, fault.fix));
    }
    let items = figure(&audit.declined.figures, "open_items").and_then(|figure| figure.value);
    if let Some(items) = items.filter(|items| said.len() < 3 && !items.is_zero()) {
        let items = grouped(items);
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
