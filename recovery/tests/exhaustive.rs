//! Every reachable state of both shipped plans, under every event, on every day from 0 to 130.
//!
//! The machine knows only differences of time, so two states that differ by a shift of the whole calendar are one.
//! The walk keeps one of each: the phase, with its alarm as days from now, the age of the timetable in days, and
//! whether a newer decline could still come today. Days go up to 130 after the case (or its last restart) opened.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in tests a panic is the way to fail"
)]

mod story;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_recovery::{Case, Command, Event, Phase, Plan};
use fixedops_vocab::TouchId;
use story::{declined, mileage_due, start};

const LAST_DAY: i64 = 130;

/// A state without its place in the calendar.
type Shape = (Phase, i64, bool, bool);

/// What it is at `now`, as if `now` were the first instant there is.
fn shape(case: &Case, now: DateTime<Utc>) -> Shape {
    let shift = |at: DateTime<Utc>| DateTime::UNIX_EPOCH + (at - now);
    let phase = match case.phase() {
        Phase::Waiting { next, wake_at, wait } => Phase::Waiting { next, wake_at: shift(wake_at), wait },
        Phase::Calling { touch, wake_at } => Phase::Calling { touch, wake_at: shift(wake_at) },
        Phase::Booked { next, wake_at } => Phase::Booked { next, wake_at: shift(wake_at) },
        Phase::Visiting { next, wake_at } => Phase::Visiting { next, wake_at: shift(wake_at) },
        Phase::Sending { .. } | Phase::Closed { .. } => case.phase(),
    };
    (phase, (now - case.anchor()).num_minutes(), case.opened_at() < now, case.round() > 1)
}

/// The phase alone, as a word and the touch it stands at.
fn name(phase: Phase) -> (&'static str, u8) {
    match phase {
        Phase::Waiting { next, .. } => ("waiting", next),
        Phase::Sending { touch } | Phase::Calling { touch, .. } => ("on its way", touch),
        Phase::Booked { next, .. } => ("booked", next),
        Phase::Visiting { next, .. } => ("visiting", next),
        Phase::Closed { closure } => ("closed", closure as u8),
    }
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
    let told = || format!("{event:?} in {:?} gave {:?}, {commands:?}", before.phase(), after.phase());

    let sending = matches!(after.phase(), Phase::Sending { .. });
    assert_eq!(after.wake_at().is_some(), after.closure().is_none() && !sending, "alarm: {}", told());
    if before.closure().is_some() {
        assert!(after == before && commands.is_empty(), "the closed stay closed: {}", told());
    }
    let closes = commands.iter().filter(|c| matches!(c, Command::Close { .. })).count();
    let closed_now = before.closure().is_none() && after.closure().is_some();
    assert_eq!(closes, usize::from(closed_now), "one close for one closing: {}", told());
    if closed_now {
        assert!(matches!(commands.last(), Some(Command::Close { .. })), "close comes last: {}", told());
    }
    if *event == Event::OptedOut {
        assert!(after.closure().is_some(), "an opt-out ends it: {}", told());
    }
    if *event == Event::Wake && before.wake_at().is_some_and(|at| now < at) {
        assert!(after == before && commands.is_empty(), "an early wake does nothing: {}", told());
    }
    if *event == Event::Wake && before.wake_at().is_some_and(|at| now >= at) {
        assert_ne!(after, before, "a late wake moves: {}", told());
    }
    let speaks = |c: &&Command| !matches!(c, Command::Close { .. } | Command::WithdrawCall { .. });
    let spoken: Vec<_> = commands.iter().filter(speaks).collect();
    assert!(spoken.len() <= 1, "never a backlog: {}", told());
    assert!(spoken.is_empty() || *event == Event::Wake, "only an alarm speaks: {}", told());
    assert!(spoken.is_empty() || after.closure().is_none(), "nothing is said at the end: {}", told());
    moved.case
}

/// Walks from the opened case, one event or one day at a time; returns the number of states and of steps.
fn walk(plan: &Plan) -> (usize, usize) {
    let mut seen: BTreeMap<Shape, i64> = BTreeMap::new();
    let mut steps = 0;
    // By the day since the case opened, the earliest first: so each state is met with the most days to go.
    let mut ahead = BTreeMap::from([(0, vec![(Case::open(plan, start()).case, start())])]);
    while let Some(mut earliest) = ahead.first_entry() {
        let day = *earliest.key();
        let Some((case, now)) = earliest.get_mut().pop() else {
            earliest.remove();
            continue;
        };
        let first = seen.entry(shape(&case, now)).or_insert(i64::MAX);
        if *first <= day {
            continue;
        }
        *first = day;
        for event in events(&in_flight(plan, &case), now) {
            steps += 1;
            let after = check(plan, &case, &event, now);
            if after != case {
                let day = (now - after.opened_at()).num_days();
                ahead.entry(day).or_default().push((after, now));
            }
        }
        let tomorrow = now + TimeDelta::days(1);
        if case.closure().is_none() && day < LAST_DAY {
            ahead.entry(day + 1).or_default().push((case, tomorrow));
        }
    }
    // Every touch waited for, on its way, booked over, visited over; and all ten ends.
    let names: BTreeSet<_> = seen.keys().map(|(phase, ..)| name(*phase)).collect();
    let count = |word| names.iter().filter(|(name, _)| *name == word).count();
    let touches = plan.touches().len();
    let found = ["waiting", "on its way", "booked", "visiting", "closed"].map(count);
    assert_eq!(found, [touches + 1, touches, touches + 1, touches + 1, 10], "{names:?}");
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
