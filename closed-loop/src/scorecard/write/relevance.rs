//! How early or late the messages came, against the car's real use, beside a calendar reminder.

use chrono::{DateTime, Months, TimeDelta, Utc};
use fixedops_odometer_core::calendar_months;

use super::mileage::Courses;
use super::pen::{histogram, many, of};
use crate::Unit;
use crate::scorecard::course::{Course, Reached};
use crate::scorecard::facts::Facts;
use crate::scorecard::tally::DueBy;
use crate::scorecard::{Relevance, Timing};

const DAY_EDGES: [i64; 11] = [-180, -90, -60, -30, -14, 0, 14, 30, 60, 90, 180];
const MILE_EDGES: [i64; 11] = [-5_000, -3_000, -2_000, -1_000, -500, 0, 500, 1_000, 2_000, 3_000, 5_000];

/// How far off one kind of message was, each time.
#[derive(Default)]
struct Off {
    days: Vec<f64>,
    miles: Vec<f64>,
}

impl Off {
    fn add(&mut self, course: &Course, due: &DueBy, reached: DateTime<Utc>, at: DateTime<Utc>) {
        self.days.push(days(at - reached));
        self.miles.extend(course.at(at).map(|miles| miles - due.due.as_f64()));
    }
}

fn days(span: TimeDelta) -> f64 {
    // 2^53 seconds is beyond any date chrono can hold.
    #[allow(clippy::cast_precision_loss)]
    let seconds = span.num_seconds() as f64;
    seconds / 86_400.0
}

/// The months in which the average driver drives the interval, counted from the last service; at least one.
fn reminder(due: &DueBy, annual_miles: u32) -> Option<DateTime<Utc>> {
    let interval = due.due.since(due.from_miles?)?;
    due.from.checked_add_months(Months::new(calendar_months(interval, annual_miles)))
}

pub(super) fn section(facts: &Facts<'_>, courses: &Courses<'_>) -> Relevance {
    let policy = &facts.policy.file;
    let backlog_until = facts.from + TimeDelta::hours(i64::from(policy.relevance.backlog_hours));
    let (mut considered, mut backlog, mut reached_by, mut not_reached, mut unknown) = (0_u64, 0, 0, 0, 0);
    let (mut first, mut every, mut calendar) = (Off::default(), Off::default(), Off::default());
    for (_, case) in facts.cases() {
        let crossing = case.crossing.as_ref().and_then(|crossing| facts.tally.crossings.get(crossing));
        let Some((crossing, due)) = crossing.and_then(|crossing| Some((crossing, crossing.due_by()?))) else {
            continue;
        };
        let Some(first_sent) = case.first_sent() else {
            continue;
        };
        considered += 1;
        if crossing.at < backlog_until {
            backlog += 1;
            continue;
        }
        let truth = facts.truth.and_then(|truth| truth.course(&case.vehicle));
        let course = truth.or_else(|| courses.course(&case.vehicle));
        let when = course.map_or(Reached::Unknown, |course| course.reached(due.due.as_f64()));
        let (Some(course), Reached::At(when)) = (course, when) else {
            let count = if when == Reached::NotYet { &mut not_reached } else { &mut unknown };
            *count += 1;
            continue;
        };
        reached_by += 1;
        first.add(course, &due, when, first_sent);
        for sent in case.sent().filter_map(|touch| touch.sent_at) {
            every.add(course, &due, when, sent);
        }
        if let Some(at) = reminder(&due, policy.calendar_reminder.annual_miles) {
            calendar.add(course, &due, when, at);
        }
    }
    let considered_of = || of(considered, "mileage cases whose first message went out");
    let measured_by = if facts.truth.is_some() { "truth" } else { "readings" };
    Relevance {
        measured_by: measured_by.to_owned(),
        considered: facts.total(
            "relevance.considered",
            "Messages about a mile",
            considered,
            "mileage cases whose first message went out",
            "Cases of a crossing by distance of which the mile is known and a message went out. The time leg has no mile to be early or late for.",
        ),
        backlog: facts.count("relevance.backlog", "Due before we were there", backlog, &considered_of(), "Crossings of the first hours of the journal (policy: backlog_hours): due before the loop could have said anything. Not measured."),
        reached: facts.count("relevance.reached", "Mile reached", reached_by, &considered_of(), "Of the others, those whose car had reached the mile by the end, by the straight line between the accepted readings around it (or by the simulated truth)."),
        not_reached: facts.count("relevance.not_reached", "Mile not reached", not_reached, &considered_of(), "Those whose car had not been read at or past the mile by the end: early, but nobody knows yet by how much. Not in the medians."),
        unknown: facts.count("relevance.unknown", "Not known", unknown, &considered_of(), "Those of whose car too little is known."),
        first_touch: timing(facts, "first_touch", "Our first message", &first),
        every_touch: timing(facts, "every_touch", "Every message, reminders too", &every),
        calendar: timing(facts, "calendar", "A calendar reminder", &calendar),
    }
}

fn timing(facts: &Facts<'_>, key: &str, label: &str, off: &Off) -> Timing {
    let policy = &facts.policy.file.relevance;
    let (in_days, in_miles) = (f64::from(policy.tolerance_days), f64::from(policy.tolerance_miles));
    let within =
        |values: &[f64], tolerance: f64| many(values.iter().filter(|value| value.abs() <= tolerance).count());
    let id = |figure: &str| format!("relevance.{key}.{figure}");
    let (by_day, by_mile) =
        ("times the day the mile was reached is known", "times the mileage at the message is known");
    let calendar = &facts.policy.file.calendar_reminder;
    let who = if key == "calendar" {
        format!(
            "Had a reminder been sent on the day the average driver ({} miles a year) drives the interval, in whole months, counted from the last service.",
            calendar.annual_miles
        )
    } else {
        "When the message went out.".to_owned()
    };
    let figure =
        |figure: crate::Figure| if key == "calendar" { figure.from_source(&calendar.source) } else { figure };
    Timing {
        key: key.to_owned(),
        label: label.to_owned(),
        median_days: figure(facts.middle(
            &id("median_days"),
            "Median days after the mile",
            off.days.clone(),
            (Unit::Days, by_day),
            &format!("{who} Days after the car reached the mile; below zero: before it."),
        )),
        median_abs_days: figure(facts.middle(
            &id("median_abs_days"),
            "Median days off",
            off.days.iter().map(|days| days.abs()).collect(),
            (Unit::Days, by_day),
            &format!("{who} Days between it and the day the car reached the mile, whichever way."),
        )),
        median_miles: figure(facts.middle(
            &id("median_miles"),
            "Median miles past the mile",
            off.miles.clone(),
            (Unit::Miles, by_mile),
            &format!("{who} Miles past the mile at which the service is due; below zero: before it."),
        )),
        within_days: figure(facts.rate(
            &id("within_days"),
            &format!("Within {} days", policy.tolerance_days),
            within(&off.days, in_days),
            &of(many(off.days.len()), by_day),
            &format!("{who} Share within the policy's days, either way."),
        )),
        within_miles: figure(facts.rate(
            &id("within_miles"),
            &format!("Within {} miles", policy.tolerance_miles),
            within(&off.miles, in_miles),
            &of(many(off.miles.len()), by_mile),
            &format!("{who} Share within the policy's miles, either way."),
        )),
        days: histogram(Unit::Days, &DAY_EDGES, &off.days),
        miles: histogram(Unit::Miles, &MILE_EDGES, &off.miles),
    }
}
