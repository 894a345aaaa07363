//! Every reachable state of both shipped plans, under every event, on every day from 0 to 130.
//!
//! The machine knows only differences of time, so two states that differ by a shift of the whole calendar are one.
//! The walk keeps one of each: the phase, with its alarm as days from now, the age of the timetable in days, and
//! whether a newer decline could still come today. Days go up to 130 after the case (or its last restart) opened.

mod story;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_recovery::{Case, Command, Event, Phase, Plan};
use fixedops_vocab::TouchId;
use story::{declined, mileage_due, start};

const LAST_DAY: i64 = 130;

fn days_from(now: DateTime<Utc>, at: DateTime<Utc>) -> i64 {
    (at - now).num_minutes()
}

/// A state without its place in the calendar.
fn shape(case: &Case, anchor_age: i64, now: DateTime<Utc>) -> String {
    let alarm = case.wake_at().map(|at| days_from(now, at));
    let phase = match case.phase() {
        Phase::Waiting { next, wait, .. } => format!("waiting {next} {wait:?}"),
        Phase::Sending { touch } => format!("sending {touch}"),
        Phase::Calling { touch, .. } => format!("calling {touch}"),
        Phase::Booked { next, .. } => format!("booked {next}"),
        Phase::Visiting { next, .. } => format!("visiting {next}"),
        Phase::Closed { closure } => format!("closed {closure}"),
    };
    format!("{phase} {alarm:?} {anchor_age} {} {}", case.opened_at() < now, case.round() > 1)
}

/// The day 0 of the timetable, as the stored form tells it.
fn anchor(case: &Case) -> DateTime<Utc> {
    let stored = serde_json::to_value(case).unwrap();
    stored["anchor"].as_str().unwrap().parse().unwrap()
}

fn in_flight(plan: &Plan, case: &Case) -> TouchId {
    match case.phase() {
        Phase::Sending { touch } | Phase::Calling { touch, .. } => {
            plan.touch_in_round(usize::from(touch), case.round()).unwrap()
        }
        _ => "no-such-touch".parse().unwrap(),
    }
}

fn events(touch: &TouchId, now: DateTime<Utc>) -> Vec<Event> {
    let t = || touch.clone();
    let days = |n| now + TimeDelta::days(n);
    vec![
        Event::Wake,
        Event::Sent { touch: t() },
        Event::Failed { touch: t(), retry_at: None },
        Event::Failed { touch: t(), retry_at: Some(days(1)) },
        Event::OutcomeUnknown { touch: t() },
        Event::Deferred { touch: t(), until: days(2) },
        Event::Suppressed { touch: t(), ends_case: false },
        Event::Suppressed { touch: t(), ends_case: true },
        Event::Withheld { touch: t() },
        Event::Booked { appointment_at: days(4) },
        Event::AppointmentMissed,
        Event::AppointmentShown,
        Event::WorkDone,
        Event::ItemDone { line: "1".parse().unwrap() },
        Event::DoneElsewhere,
        Event::OptedOut,
        Event::Sold,
        Event::OwnerChanged,
        Event::Deceased,
        Event::HandedToHuman,
        Event::DeclinedAgain { at: now },
        Event::DeferredByCustomer { until: days(14) },
        Event::Answered,
        Event::Withdrawn,
    ]
}

/// What must hold of any step, from any state.
fn check(plan: &Plan, before: &Case, event: &Event, now: DateTime<Utc>) -> Case {
    let moved = before.clone().step(plan, event, now);
    let (after, commands) = (&moved.case, &moved.commands);
    let told = format!("{event:?} in {:?} gave {:?}, {commands:?}", before.phase(), after.phase());

    let sending = matches!(after.phase(), Phase::Sending { .. });
    assert_eq!(after.wake_at().is_some(), after.closure().is_none() && !sending, "alarm: {told}");
    if before.closure().is_some() {
        assert!(after == before && commands.is_empty(), "the closed stay closed: {told}");
    }
    let closes = commands.iter().filter(|c| matches!(c, Command::Close { .. })).count();
    let closed_now = before.closure().is_none() && after.closure().is_some();
    assert_eq!(closes, usize::from(closed_now), "one close for one closing: {told}");
    if closed_now {
        assert!(matches!(commands.last(), Some(Command::Close { .. })), "close comes last: {told}");
    }
    if *event == Event::OptedOut {
        assert!(after.closure().is_some(), "an opt-out ends it: {told}");
    }
    if *event == Event::Wake && before.wake_at().is_some_and(|at| now < at) {
        assert!(after == before && commands.is_empty(), "an early wake does nothing: {told}");
    }
    if *event == Event::Wake && before.wake_at().is_some_and(|at| now >= at) {
        assert_ne!(after, before, "a late wake moves: {told}");
    }
    let speaks = |c: &&Command| !matches!(c, Command::Close { .. } | Command::WithdrawCall { .. });
    let spoken: Vec<_> = commands.iter().filter(speaks).collect();
    assert!(spoken.len() <= 1, "never a backlog: {told}");
    assert!(spoken.is_empty() || *event == Event::Wake, "only an alarm speaks: {told}");
    assert!(spoken.is_empty() || after.closure().is_none(), "nothing is said at the end: {told}");
    let stored = serde_json::to_string(after).unwrap();
    assert_eq!(serde_json::from_str::<Case>(&stored).unwrap(), *after, "stored and read back: {told}");
    moved.case
}

/// Walks from the opened case, one event or one day at a time; returns the number of states and of steps.
fn walk(plan: &Plan) -> (usize, usize) {
    let mut seen = BTreeSet::new();
    let mut phases = BTreeSet::new();
    let mut steps = 0;
    let mut open = vec![(Case::open(plan, start()).case, start())];
    while let Some((case, now)) = open.pop() {
        let age = days_from(anchor(&case), now);
        if !seen.insert(shape(&case, age, now)) {
            continue;
        }
        phases.insert(shape(&case, 0, now).split(' ').take(2).collect::<Vec<_>>().join(" "));
        for event in events(&in_flight(plan, &case), now) {
            steps += 1;
            open.push((check(plan, &case, &event, now), now));
        }
        let tomorrow = now + TimeDelta::days(1);
        let day = (tomorrow - case.opened_at()).num_days();
        if case.closure().is_none() && day <= LAST_DAY {
            open.push((case, tomorrow));
        }
    }
    // Every touch waited for, sent (or called), booked over, visited over; and all ten ends.
    let touches = plan.touches().len();
    assert_eq!(phases.iter().filter(|phase| phase.starts_with("closed")).count(), 10, "{phases:?}");
    assert_eq!(phases.iter().filter(|phase| phase.starts_with("waiting")).count(), touches + 1, "{phases:?}");
    let on_its_way =
        phases.iter().filter(|phase| phase.starts_with("sending") || phase.starts_with("calling"));
    assert_eq!(on_its_way.count(), touches, "{phases:?}");
    assert_eq!(phases.iter().filter(|phase| phase.starts_with("booked")).count(), touches + 1, "{phases:?}");
    assert_eq!(
        phases.iter().filter(|phase| phase.starts_with("visiting")).count(),
        touches + 1,
        "{phases:?}"
    );
    (seen.len(), steps)
}

#[test]
fn every_reachable_state_of_mileage_due_has_an_answer_for_every_event_on_every_day() {
    let (states, steps) = walk(&mileage_due());
    println!("mileage_due: {states} states, {steps} steps");
}

#[test]
fn every_reachable_state_of_declined_recovery_has_an_answer_for_every_event_on_every_day() {
    let (states, steps) = walk(&declined());
    println!("declined_recovery: {states} states, {steps} steps");
}
