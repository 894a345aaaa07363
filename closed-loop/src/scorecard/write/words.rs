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
    let adds_up =
        if card.crossings.adds_up { "It adds up." } else { "It does not add up: the journal is broken." };
    said.push(format!(
        "{} thresholds crossed: {}. {adds_up}",
        shown(&card.crossings.total),
        rows(&card.crossings.by_outcome.rows)
    ));
    let messages = &card.messages;
    said.push(format!(
        "{} messages sent, {} reported delivered; a person followed or answered {}. {} contact points opted out, {}; {} messages were suppressed.",
        shown(&messages.sent),
        shown(&messages.delivered),
        share(&messages.response_rate),
        shown(&messages.opted_out),
        share(&messages.opt_out_rate),
        shown(&messages.suppressed),
    ));
    let step = |key: &str| {
        let found = card.funnel.total.steps.iter().find(|step| step.key == key);
        found.map_or_else(|| "none".to_owned(), |step| shown(&step.figure))
    };
    said.push(format!(
        "Of {} cases {} were contacted; an appointment followed in {}, the customer came in {}, and {} earned a credit. Of these appointments whose day has come {} were kept.",
        step("cases"),
        step("sent"),
        step("booked"),
        step("shown"),
        step("repair_order"),
        share(&card.funnel.total.show_rate),
    ));
    let credit = &card.attribution;
    said.push(format!(
        "{} lines credited, {}. The {} visits they stand on came to {} customer pay, {} a visit{}; the benchmark is {} ({}).",
        shown(&credit.credited_lines),
        shown(&credit.credited_amount),
        shown(&credit.credited_visits),
        shown(&credit.visit_amount),
        shown(&credit.mean_visit),
        small(&credit.mean_visit),
        shown(&credit.benchmark),
        credit.benchmark.source.as_deref().unwrap_or("no source"),
    ));
    let declined = &card.declined;
    said.push(format!(
        "{} lines declined, {}; {} contacted, {} booked, {} completed with a credit: {} recovered, {} of the lines.",
        shown(&declined.lines),
        shown(&declined.amount),
        shown(&declined.contacted),
        shown(&declined.booked),
        shown(&declined.completed),
        shown(&declined.recovered_amount),
        share(&declined.recovery_rate),
    ));
    if card.inspections.told {
        said.push(format!(
            "Inspections were complete on {} of the retail orders closed; exemptions are not counted.",
            share(&card.inspections.completion_rate)
        ));
    }
    said.push(format!(
        "{} of the owners can be reached by telephone with consent that can be proven.",
        share(&card.reach.provable)
    ));
    let mileage = &card.mileage.against_readings;
    said.push(format!(
        "Half of the mileages said the day before a reading were within {} miles of it{}; the 80 % range held {}.",
        shown(&mileage.median_abs_error),
        small(&mileage.median_abs_error),
        share(&mileage.coverage),
    ));
    let relevance = &card.relevance;
    said.push(format!(
        "Half of our first messages came within {} days of the day the car reached its mile{}; half of the calendar reminders would have come within {} days{}.",
        shown(&relevance.first_touch.median_abs_days),
        small(&relevance.first_touch.median_abs_days),
        shown(&relevance.calendar.median_abs_days),
        small(&relevance.calendar.median_abs_days),
    ));
    said
}

/// Targets that are missed on a base that is not small, and where to look first.
pub(super) fn hints(card: &Scorecard) -> Vec<Hint> {
    let worst = |rows: &[crate::scorecard::StaffRow]| {
        let enough = rows.iter().filter(|row| !row.small_base && row.percent_passed.is_some());
        let worst = enough.min_by_key(|row| row.percent_passed);
        worst.map_or_else(String::new, |row| {
            let percent = row.percent_passed.unwrap_or_default();
            format!(" Lowest: {} with {percent} % of {} inspections.", row.who, row.inspected)
        })
    };
    let most = |rows: &[Row]| {
        let most = rows.iter().max_by_key(|row| row.count);
        most.map_or_else(String::new, |row| format!(" Most often: {} ({}).", row.label, row.count))
    };
    let candidates = [
        (
            &card.store.show_rate,
            format!(
                "Look at what became of the appointments that were missed.{}",
                most(&card.store.appointments.rows)
            ),
        ),
        (
            &card.inspections.completion_rate,
            format!(
                "Look at what the gate found missing, by technician.{}",
                worst(&card.inspections.by_technician)
            ),
        ),
        (
            &card.inspections.acceptance,
            format!("Look at why work is declined.{}", most(&card.declined.by_reason.rows)),
        ),
        (
            &card.declined.recovery_rate,
            format!(
                "Look at why declined work was not followed up: {} of {} lines were contacted.",
                shown(&card.declined.contacted),
                shown(&card.declined.lines)
            ),
        ),
        (
            &card.messages.response_rate,
            format!("Look at who is written to, and when.{}", most(&card.messages.suppressed_by_reason.rows)),
        ),
        (
            &card.mileage.against_readings.coverage,
            "Look at the vehicles whose last capture is old: a fresh reading narrows the range.".to_owned(),
        ),
    ];
    let missed = |figure: &Figure| {
        !figure.small_base && figure.value.zip(figure.target).is_some_and(|(value, target)| value < target)
    };
    candidates
        .into_iter()
        .filter(|(figure, _)| missed(figure))
        .map(|(figure, words)| Hint {
            figure: figure.id.clone(),
            words: format!(
                "{}: {}, the target is {} %. {words}",
                figure.label,
                share(figure),
                figure.target.unwrap_or_default()
            ),
        })
        .collect()
}

fn rows(rows: &[Row]) -> String {
    let some: Vec<String> =
        rows.iter().filter(|row| row.count > 0).map(|row| format!("{} {}", row.count, row.label)).collect();
    if some.is_empty() { "none".to_owned() } else { some.join(", ") }
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
    let of = figure.numerator.unwrap_or_default().normalize();
    let base = figure.base.unwrap_or_default();
    match figure.value {
        Some(value) if figure.small_base => format!("{value} % ({of} of {base}, a small base)"),
        Some(value) => format!("{value} % ({of} of {base})"),
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
