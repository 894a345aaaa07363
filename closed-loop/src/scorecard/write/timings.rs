//! How fast, and week by week.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use crate::scorecard::facts::Facts;
use crate::scorecard::tally::Answer;
use crate::scorecard::{Timings, Week};
use crate::{Figure, Unit};

/// More weeks than a drawing can show: beyond twenty years only weeks in which something happened stand there.
const MOST_WEEKS: usize = 1_040;

fn hours(span: TimeDelta) -> f64 {
    // 2^53 seconds is beyond any date chrono can hold.
    #[allow(clippy::cast_precision_loss)]
    let seconds = span.num_seconds() as f64;
    seconds / 3_600.0
}

pub(super) fn section(facts: &Facts<'_>) -> Timings {
    let (mut crossed, mut declined, mut responded, mut booked) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (id, case) in facts.cases() {
        let Some(sent) = case.first_sent() else {
            continue;
        };
        if case.crossing.is_some() {
            crossed.push(hours(sent - case.opened_at) / 24.0);
        }
        if case.about_declined {
            declined.push(hours(sent - case.opened_at) / 24.0);
        }
        responded.extend(case.engaged(facts.human).map(|at| hours(at - sent)));
        booked.extend(
            facts.appointments_of(id).iter().map(|a| a.set_at).min().map(|at| hours(at - sent) / 24.0),
        );
    }
    Timings {
        crossing_to_send: facts.middle("timings.crossing_to_send", "From crossing to first message", crossed, (Unit::Days, "mileage cases whose first message went out"), "The middle of the days from the journalled crossing to the first message of its case."),
        decline_to_send: facts.middle("timings.decline_to_send", "From decline to first message", declined, (Unit::Days, "declined cases whose first message went out"), "The middle of the days from the journalled decline to the first message of its case. The plan sets the day."),
        response_time: facts.middle("timings.response_time", "Response time", responded.clone(), (Unit::Hours, "cases a person followed or answered"), "The middle of the hours from the first message of a case to the first click of a person or the first answer that took nothing back."),
        response_first_third: third(facts, "timings.response_first_third", "Response time of the first third", &responded, 1, "Of those who followed or answered, a third did within these hours of the first message of the case."),
        response_second_third: third(facts, "timings.response_second_third", "Response time of two thirds", &responded, 2, "Of those who followed or answered, two thirds did within these hours of the first message of the case."),
        booking_time: facts.middle("timings.booking_time", "From first message to appointment set", booked, (Unit::Days, "contacted cases an appointment followed"), "The middle of the days from the first message of a case to the setting of its first appointment."),
        weekly: weekly(facts),
    }
}

/// The value up to which so many thirds of the values lie: the least that at least that share does not exceed.
fn third(
    facts: &Facts<'_>,
    id: &str,
    label: &str,
    values: &[f64],
    thirds: usize,
    definition: &str,
) -> Figure {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let place = (values.len() * thirds).div_ceil(3).checked_sub(1);
    let value = place.and_then(|place| values.get(place)).copied().and_then(Decimal::from_f64_retain);
    let base = u64::try_from(values.len()).unwrap_or(u64::MAX);
    Figure::new(id, label, value, Unit::Hours, definition).over(
        None,
        base,
        "cases a person followed or answered",
        facts.small,
    )
}

fn monday(at: DateTime<Utc>) -> NaiveDate {
    let day = at.date_naive();
    day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))).unwrap_or(day)
}

fn blank(week: NaiveDate) -> Week {
    Week {
        week,
        crossings: 0,
        sent: 0,
        booked: 0,
        orders_closed: 0,
        customer_pay_amount: Decimal::ZERO,
        credited_visits: 0,
        visit_amount: Decimal::ZERO,
        declined: 0,
    }
}

fn weekly(facts: &Facts<'_>) -> Vec<Week> {
    let mut weeks: BTreeMap<NaiveDate, Week> = BTreeMap::new();
    if facts.tally.first_at.is_some() {
        let (first, last) = (monday(facts.from), monday(facts.as_of));
        for week in first.iter_weeks().take_while(|week| *week <= last).take(MOST_WEEKS) {
            weeks.insert(week, blank(week));
        }
    }
    let mut note = |at: DateTime<Utc>, what: &dyn Fn(&mut Week)| {
        let week = monday(at);
        what(weeks.entry(week).or_insert_with(|| blank(week)));
    };
    for crossing in facts.tally.crossings.values() {
        note(crossing.at, &|week| week.crossings += 1);
    }
    for (_, case) in facts.cases() {
        for at in case.sent().filter_map(|touch| touch.sent_at) {
            note(at, &|week| week.sent += 1);
        }
    }
    for appointment in facts.our_appointments() {
        note(appointment.set_at, &|week| week.booked += 1);
    }
    for (_, order) in facts.orders() {
        let paid = order.customer_pay(facts.currency).unwrap_or_default();
        if let Some(at) = order.closed_at {
            note(at, &|week| {
                week.orders_closed += 1;
                week.customer_pay_amount = week.customer_pay_amount.saturating_add(paid);
            });
        }
    }
    for visit in facts.visits().values() {
        if let Some(at) = visit.closed_at {
            note(at, &|week| {
                week.credited_visits += 1;
                week.visit_amount = week.visit_amount.saturating_add(visit.amount);
            });
        }
    }
    for (key, line) in &facts.tally.declined {
        if facts.tally.answers.get(key) == Some(&Answer::Declined) && line.declined_at >= facts.from {
            note(line.declined_at, &|week| week.declined += 1);
        }
    }
    weeks.into_values().collect()
}
