//! The scorecard in sentences.

use rust_decimal::Decimal;

use crate::scorecard::{Hint, Row, Scorecard};
use crate::{Figure, Unit};

/// What a reader should know first.
pub(super) fn headlines(card: &Scorecard) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(simulated) = &card.header.simulated {
        said.push(format!(
            "This is a simulated store: {} vehicles over {} days, seed {}.",
            simulated.vehicles, simulated.days, simulated.seed
        ));
    }
    let credit = &card.attribution;
    let zero = |figure: &Figure| figure.value.is_none_or(|value| value.is_zero());
    let came_anyway_unknown = zero(&card.control.crossings) && zero(&card.control.touches);
    let benchmark = credit.benchmark.source.as_deref().unwrap_or("no source");
    said.push(format!(
        "{} stands on {} repair-order lines that follow from a message of ours. The {} visits they are part of came to {} customer pay, {} a visit{}; the store's other customer-pay orders average {}; the benchmark is {} ({}).{}",
        shown(&credit.credited_amount),
        shown(&credit.credited_lines),
        shown(&credit.credited_visits),
        shown(&credit.visit_amount),
        shown(&credit.mean_visit),
        small(&credit.mean_visit),
        shown(&credit.mean_other_order),
        shown(&credit.benchmark),
        // What follows the first part are other years' figures; they stand with the definition.
        benchmark.split(';').next().unwrap_or(benchmark),
        if came_anyway_unknown { " How many would have come anyway is not known: nothing was held back for comparison." } else { "" },
    ));
    let declined = &card.declined;
    let older = match &declined.taken_over.value {
        Some(lines) if !lines.is_zero() => {
            format!(
                " {} older lines that came with the store's records are not in this.",
                shown(&declined.taken_over)
            )
        }
        _ => String::new(),
    };
    if zero(&declined.lines) {
        said.push(format!("No work was declined in the period.{older}"));
    } else {
        said.push(format!(
        "Of {} declined lines ({}) {} were followed up and {} came back with a credit: {} of the lines, {}.{older}",
        shown(&declined.lines),
        shown(&declined.amount),
        shown(&declined.contacted),
        shown(&declined.completed),
        share(&declined.recovery_rate),
        shown(&declined.recovered_amount),
    ));
    }
    let came = &card.crossings;
    let adds_up = if came.adds_up { "" } else { " It does not add up: the journal is broken." };
    said.push(format!(
        "{} services came due: {}.{adds_up}",
        shown(&came.total),
        outcomes(&came.by_outcome.rows, &came.by_reason.rows)
    ));
    let messages = &card.messages;
    let unsent = if messages.suppressed_by_reason.rows.is_empty() {
        String::new()
    } else {
        format!(
            " {} planned messages were not sent{}.",
            shown(&messages.suppressed),
            most(&messages.suppressed_by_reason.rows, &[])
                .map(|row| format!(", most often: {} ({})", row.label, grouped(row.count.into())))
                .unwrap_or_default()
        )
    };
    said.push(format!(
        "{} messages went out; {} were followed or answered by a person. {} of the telephone numbers and mailboxes written to opted out.{unsent}",
        shown(&messages.sent),
        share(&messages.response_rate),
        share(&messages.opt_out_rate),
    ));
    let step = |key: &str| {
        let found = card.funnel.total.steps.iter().find(|step| step.key == key);
        found.map_or_else(|| "none".to_owned(), |step| shown(&step.figure))
    };
    said.push(format!(
        "Of {} cases (one car, one reason to write) {} were contacted; an appointment followed in {}, the customer came in {}, and {} ended in a credited repair order. Of the appointments that followed, {} were kept.",
        step("cases"),
        step("sent"),
        step("booked"),
        step("shown"),
        step("repair_order"),
        share(&card.funnel.total.show_rate),
    ));
    if card.inspections.told {
        said.push(format!(
            "Inspections were complete on {} of the retail orders closed; an exemption does not count as complete.",
            share(&card.inspections.completion_rate)
        ));
    }
    said.push(format!(
        "{} of the owners can be reached by telephone with consent that can be proven.",
        share(&card.reach.provable)
    ));
    let mileage = &card.mileage.against_readings;
    said.push(format!(
        "Half of the mileages estimated the day before a reading were within {} miles of it{}; the range that is to hold 80% of them held {}.",
        shown(&mileage.median_abs_error),
        small(&mileage.median_abs_error),
        share(&mileage.coverage),
    ));
    let relevance = &card.relevance;
    if relevance.first_touch.median_abs_days.value.is_some() {
        said.push(format!(
        "Half of our first messages came within {} days of the day the car reached its mile{}; half of the calendar reminders would have come within {} days{}.",
        shown(&relevance.first_touch.median_abs_days),
        small(&relevance.first_touch.median_abs_days),
        shown(&relevance.calendar.median_abs_days),
        small(&relevance.calendar.median_abs_days),
    ));
    }
    said
}

/// Targets that are missed on a base that is not small, and where to look first.
pub(super) fn hints(card: &Scorecard) -> Vec<Hint> {
    let worst = |rows: &[crate::scorecard::StaffRow]| {
        let enough = rows.iter().filter(|row| !row.small_base && row.percent_passed.is_some());
        let worst = enough.min_by_key(|row| row.percent_passed);
        worst.map_or_else(String::new, |row| {
            let percent = row.percent_passed.unwrap_or_default();
            format!(" Lowest technician: {} with {percent}% of {} inspections.", row.who, row.inspected)
        })
    };
    let often = |rows: &[Row], but: &[&str]| {
        most(rows, but).map_or_else(String::new, |row| {
            format!(" Most often: {} ({}).", row.label, grouped(row.count.into()))
        })
    };
    let candidates = [
        (
            &card.store.show_rate,
            format!(
                "Look at what became of the appointments that were missed.{}",
                often(&card.store.appointments.rows, &["shown", "set", "cancelled"])
            ),
            &["store.appointments"][..],
        ),
        (
            &card.inspections.completion_rate,
            format!("{}{}", gate(card), worst(&card.inspections.by_technician)),
            &["inspections.inspected", "inspections.exempted"][..],
        ),
        (
            &card.inspections.acceptance,
            format!("Look at why work is declined.{}", often(&card.declined.by_reason.rows, &["not_told", "no_reason_given", "other"])),
            &["declined.by_reason"][..],
        ),
        (
            &card.declined.recovery_rate,
            format!(
                "Look at why declined work was not followed up: {} of {} lines were contacted.",
                shown(&card.declined.contacted),
                shown(&card.declined.lines)
            ),
            &["declined.contacted", "declined.lines"][..],
        ),
        (
            &card.messages.response_rate,
            "Look at who is written to, by which channel and for which program: messages by channel and by program.".to_owned(),
            &["messages.by_channel", "messages.by_program"][..],
        ),
        (
            &card.mileage.against_readings.coverage,
            if card.mileage.against_readings.coverage.value > card.mileage.against_readings.coverage.target {
                "The ranges are wider than they need be: the estimates are better than they claim.".to_owned()
            } else {
                "Look at the vehicles whose last capture is old: a fresh reading narrows the range.".to_owned()
            },
            &["mileage.by_age"][..],
        ),
    ];
    let missed = |figure: &Figure| figure.meets_target() == Some(false);
    candidates
        .into_iter()
        .filter(|(figure, ..)| missed(figure))
        .map(|(figure, words, rests_on)| Hint {
            rests_on: rests_on.iter().map(|id| (*id).to_owned()).collect(),
            figure: figure.id.clone(),
            words: format!(
                "{}: {}, the target is {}%. {words}",
                figure.label,
                share(figure),
                figure.target.unwrap_or_default()
            ),
        })
        .collect()
}

/// The row that counts most, some words left out that explain nothing.
fn most<'a>(rows: &'a [Row], but: &[&str]) -> Option<&'a Row> {
    let telling = rows.iter().filter(|row| row.count > 0 && !but.contains(&row.key.as_str()));
    // Of equals the first.
    telling.rev().max_by_key(|row| row.count)
}

/// What keeps orders from a complete inspection: each part that there is, and no part that there is not.
fn gate(card: &Scorecard) -> String {
    let inspections = &card.inspections;
    let orders = shown(&inspections.orders_closed);
    let part = |figure: &Figure, words: &str| {
        let count = figure.value.filter(|count| !count.is_zero())?;
        Some(format!("{} {words}", grouped(count)))
    };
    let parts: Vec<String> = [
        part(&inspections.without, "had no inspection at all"),
        part(&inspections.exempted, "were exempted"),
        part(&inspections.blocked, "were held back by the gate at least once"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        format!(
            "Something was sent in for each of {orders} orders, and the gate has not said that it is complete."
        )
    } else {
        format!("Of {orders} orders {}.", parts.join(", "))
    }
}

/// What became of the crossings, in a row of words.
fn outcomes(rows: &[Row], reasons: &[Row]) -> String {
    let some = rows.iter().filter(|row| row.count > 0).map(|row| {
        let n = grouped(row.count.into());
        match row.key.as_str() {
            "sent" => format!("a message went out for {n}"),
            "waiting" => format!("{n} are still to come"),
            "control" => format!("{n} were held back for comparison"),
            "suppressed" => format!("{n} were suppressed (not allowed, or nobody to reach)"),
            "failed" => format!("{n} could not be brought out"),
            "withdrawn" => format!("{n} were no longer due"),
            "bundled" => bundled(row.count, reasons),
            _ => format!("{n} {}", row.label),
        }
    });
    let some: Vec<String> = some.collect();
    if some.is_empty() { "none".to_owned() } else { some.join(", ") }
}

/// What became of the crossings that go with another service of the car.
fn bundled(count: u64, reasons: &[Row]) -> String {
    let unsaid = || reasons.iter().filter_map(|row| Some((row.key.strip_prefix("bundled: ")?, row.count)));
    let without: u64 = unsaid().map(|(_, count)| count).sum();
    let told = grouped(count.saturating_sub(without).into());
    let told = format!("{told} were told together with another service of the car");
    if without == 0 {
        return told;
    }
    let why = unsaid().map(|(reason, count)| {
        let n = grouped(count.into());
        match reason {
            "lead_waiting" => format!("{n} with one still to come"),
            "lead_control" => format!("{n} with one held back for comparison"),
            "lead_suppressed" => format!("{n} with one that was suppressed"),
            "lead_failed" => format!("{n} with one that could not be brought out"),
            "lead_withdrawn" => format!("{n} with one no longer due"),
            _ => format!("{n} with one the journal does not tell of"),
        }
    });
    let why: Vec<String> = why.collect();
    let without = grouped(without.into());
    format!("{told}, {without} go with another service that no message went out for ({})", why.join("; "))
}

fn small(figure: &Figure) -> String {
    if figure.small_base {
        format!(" (small base: {})", figure.base.unwrap_or_default())
    } else {
        String::new()
    }
}

/// A share with what it is of.
fn share(figure: &Figure) -> String {
    let of = grouped(figure.numerator.unwrap_or_default().normalize());
    let base = grouped(figure.base.unwrap_or_default().into());
    match figure.value {
        Some(value) if figure.small_base => format!("{value}% ({of} of {base}, a small base)"),
        Some(value) => format!("{value}% ({of} of {base})"),
        None => "no share, there is no base".to_owned(),
    }
}

/// A value for a reader.
fn shown(figure: &Figure) -> String {
    match (figure.value, figure.unit) {
        (None, _) => "unknown".to_owned(),
        (Some(value), Unit::Dollars) if value.is_sign_negative() => format!("-${}", grouped(-value)),
        (Some(value), Unit::Dollars) => format!("${}", grouped(value)),
        (Some(value), _) => grouped(value),
    }
}

/// Thousands apart.
fn grouped(value: Decimal) -> String {
    let text = value.to_string();
    let (whole, rest) =
        text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::new();
    let digits = whole.chars().count();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (digits - place) % 3 == 0 && digit.is_ascii_digit() && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    rest.map_or(grouped.clone(), |rest| format!("{grouped}.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (value, text) in [
            ("0", "0"),
            ("999.50", "999.50"),
            ("1000", "1,000"),
            ("-1234567.8", "-1,234,567.8"),
            ("-123", "-123"),
        ] {
            assert_eq!(grouped(value.parse().unwrap()), text);
        }
    }
}
