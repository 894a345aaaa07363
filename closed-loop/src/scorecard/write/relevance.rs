//! How early or late the messages came, against the car's real use, beside a calendar reminder.

use chrono::{DateTime, Months, TimeDelta, Utc};
use fixedops_attribution::relevance::RelevanceRules;
use fixedops_odometer_core::calendar_months;

use super::mileage::Courses;
use super::pen::{histogram, many, of};
use crate::Unit;
use crate::scorecard::course::{Course, Reached};
use crate::scorecard::facts::Facts;
use crate::scorecard::tally::{CaseTally, Crossing, DueBy, Timed};
use crate::scorecard::{CalendarPlan, Relevance, Timing};

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

/// Cases of one kind of timing, and how far off their messages were.
#[derive(Default)]
struct Measured {
    considered: u64,
    backlog: u64,
    reached: u64,
    not_reached: u64,
    unknown: u64,
    first: Off,
    every: Off,
}

/// A case whose mile was reached: what every kind of reminder is held against.
struct Mark<'c> {
    course: &'c Course,
    due: DueBy,
    reached: DateTime<Utc>,
}

impl Measured {
    /// Takes in a case whose first message went out. Its mark, where it is measured.
    fn add<'c>(
        &mut self,
        (facts, courses): (&'c Facts<'_>, &'c Courses<'_>),
        case: &CaseTally,
        crossing: &Crossing,
        due: Option<DueBy>,
    ) -> Option<Mark<'c>> {
        let first_sent = case.first_sent()?;
        self.considered += 1;
        let backlog = TimeDelta::hours(i64::from(facts.policy.file.relevance.backlog_hours));
        if crossing.at < facts.from + backlog {
            self.backlog += 1;
            return None;
        }
        let truth = facts.truth.and_then(|truth| truth.course(&case.vehicle));
        let course = truth.or_else(|| courses.course(&case.vehicle));
        let known = course.zip(due);
        let when = known.map_or(Reached::Unknown, |(course, due)| course.reached(due.due.as_f64()));
        let (Some((course, due)), Reached::At(reached)) = (known, when) else {
            let count = if when == Reached::NotYet { &mut self.not_reached } else { &mut self.unknown };
            *count += 1;
            return None;
        };
        self.reached += 1;
        self.first.add(course, &due, reached, first_sent);
        for sent in case.sent().filter_map(|touch| touch.sent_at) {
            self.every.add(course, &due, reached, sent);
        }
        Some(Mark { course, due, reached })
    }
}

pub(super) fn section(
    facts: &Facts<'_>,
    courses: &Courses<'_>,
    rules: &RelevanceRules,
    timed: &Timed,
) -> Relevance {
    let annual_miles = facts.policy.file.calendar_reminder.annual_miles;
    let (mut mileage, mut by_calendar, mut calendar) =
        (Measured::default(), Measured::default(), Off::default());
    for (_, case) in facts.cases() {
        let crossing = case.crossing.as_ref().and_then(|crossing| facts.tally.crossings.get(crossing));
        let Some(crossing) = crossing else { continue };
        if let Some(due) = crossing.due_by() {
            let mark = mileage.add((facts, courses), case, crossing, Some(due));
            let reminded = mark.and_then(|mark| Some((reminder(&mark.due, annual_miles)?, mark)));
            if let Some((at, mark)) = reminded {
                calendar.add(mark.course, &mark.due, mark.reached, at);
            }
        } else if timed.by_calendar(crossing) {
            let car = facts.tally.cars.get(&case.vehicle);
            let due = car.and_then(|car| timed.due_by(crossing, car));
            by_calendar.add((facts, courses), case, crossing, due);
        }
    }
    let considered_of = || of(mileage.considered, "mileage cases whose first message went out");
    let measured_by = if facts.truth.is_some() { "truth" } else { "readings" };
    Relevance {
        measured_by: measured_by.to_owned(),
        considered: facts.total(
            "relevance.considered",
            "Messages about a mile",
            mileage.considered,
            "mileage cases whose first message went out",
            "Cases of a crossing by distance of which the mile is known and a message went out. The time leg has no mile to be early or late for.",
        ),
        backlog: facts.count("relevance.backlog", "Due before we were there", mileage.backlog, &considered_of(), "Crossings of the first hours of the journal (policy: backlog_hours): due before the loop could have said anything. Not measured."),
        reached: facts.count("relevance.reached", "Mile reached", mileage.reached, &considered_of(), "Of the others, those whose car had reached the mile by the end, by the straight line between the accepted readings around it (or by the simulated truth)."),
        not_reached: facts.count("relevance.not_reached", "Mile not reached", mileage.not_reached, &considered_of(), "Those whose car had not been read at or past the mile by the end: early, but nobody knows yet by how much. Not in the medians."),
        unknown: facts.count("relevance.unknown", "Not known", mileage.unknown, &considered_of(), "Those of whose car too little is known."),
        first_touch: timing(facts, rules, "first_touch", "Our first message", &mileage.first),
        every_touch: timing(facts, rules, "every_touch", "Every message, reminders too", &mileage.every),
        calendar: timing(facts, rules, "calendar", "A calendar reminder", &calendar),
        calendar_plan: (by_calendar.considered > 0).then(|| calendar_plan(facts, rules, &by_calendar)),
    }
}

/// The messages of a plan that is timed by the calendar, held against the mile all the same.
fn calendar_plan(facts: &Facts<'_>, rules: &RelevanceRules, measured: &Measured) -> CalendarPlan {
    let label = "cases timed by the calendar whose first message went out";
    let all = || of(measured.considered, label);
    CalendarPlan {
        considered: facts.total(
            "relevance.calendar_plan_considered",
            "Messages on a calendar plan",
            measured.considered,
            label,
            "Cases of a crossing on a plan that is timed by the calendar, of which a message went out. They are held against the mile at which the interval of the schedule ends, counted from the odometer at the same service or delivery.",
        ),
        backlog: facts.count("relevance.calendar_plan_backlog", "Due before we were there, on a calendar plan", measured.backlog, &all(), "Of these, crossings of the first hours of the journal (policy: backlog_hours). Not measured."),
        reached: facts.count("relevance.calendar_plan_reached", "Mile reached, on a calendar plan", measured.reached, &all(), "Of the others, those whose car had reached the mile by the end."),
        not_reached: facts.count("relevance.calendar_plan_not_reached", "Mile not reached, on a calendar plan", measured.not_reached, &all(), "Those whose car had not been read at or past the mile by the end: early, by an amount nobody knows yet. Not in the medians."),
        unknown: facts.count("relevance.calendar_plan_unknown", "Not known, on a calendar plan", measured.unknown, &all(), "Those whose mile is not known (an interval without miles, no odometer to count from), or of whose car too little is."),
        first_touch: timing(facts, rules, "calendar_plan_first", "First message on a calendar plan", &measured.first),
        every_touch: timing(facts, rules, "calendar_plan_every", "Every message on a calendar plan", &measured.every),
    }
}

fn timing(facts: &Facts<'_>, rules: &RelevanceRules, key: &str, label: &str, off: &Off) -> Timing {
    let (in_days, in_miles) = (f64::from(rules.on_time_days), f64::from(rules.on_time_miles));
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
            &format!("Within {} days", rules.on_time_days),
            within(&off.days, in_days),
            &of(many(off.days.len()), by_day),
            &format!("{who} Share within the policy's days, either way."),
        )),
        within_miles: figure(facts.rate(
            &id("within_miles"),
            &format!("Within {} miles", rules.on_time_miles),
            within(&off.miles, in_miles),
            &of(many(off.miles.len()), by_mile),
            &format!("{who} Share within the policy's miles, either way."),
        )),
        days: histogram(Unit::Days, &DAY_EDGES, &off.days),
        miles: histogram(Unit::Miles, &MILE_EDGES, &off.miles),
    }
}
