//! Every reachable state of every shipped plan, under every event, on every day from 0 to 130.
//!
//! The machine knows only differences of time, so two states that differ by a shift of the whole calendar are one.
//! The walk keeps one of each: the phase, with its alarm as a distance from now, the age of the timetable, the target,
//! the rest, and whether a newer decline could still come today. Days go up to 130 after the case (or its last round)
//! opened; between them the walk also stands at every alarm of a plan that counts in minutes. The last day is every plan's
//! last day too: of a plan with a longer horizon (a recall without its remedy, a year) only the first 130 are walked.
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
use fixedops_recovery::{
    Case, Closure, Command, DeclineReason, Event, Follows, HandOver, Opening, Phase, Plan, Plans,
    ReasonAnswer, Silence, Target,
};
use fixedops_vocab::TouchId;
use story::start;

const LAST_DAY: i64 = 130;

/// A state without its place in the calendar.
type Shape = (Phase, i64, i64, i64, bool, bool);

/// What it is at `now`, as if `now` were the first instant there is.
fn shape(plan: &Plan, case: &Case, now: DateTime<Utc>) -> Shape {
    let shift = |at: DateTime<Utc>| DateTime::UNIX_EPOCH + (at - now);
    let phase = match case.phase() {
        Phase::Waiting { next, wake_at, wait } => Phase::Waiting { next, wake_at: shift(wake_at), wait },
        Phase::Deferred { next, wake_at, to_visit } => {
            Phase::Deferred { next, wake_at: shift(wake_at), to_visit }
        }
        Phase::Calling { touch, wake_at } => Phase::Calling { touch, wake_at: shift(wake_at) },
        Phase::Booked { next, wake_at } => Phase::Booked { next, wake_at: shift(wake_at) },
        Phase::Visiting { next, wake_at } => Phase::Visiting { next, wake_at: shift(wake_at) },
        Phase::Sending { .. } | Phase::Closed { .. } => case.phase(),
    };
    let target = if plan.has_target() { case.target() } else { Target::at(now) };
    (
        phase,
        (now - case.anchor()).num_minutes(),
        (target.early - now).num_minutes(),
        (target.late - now).num_minutes(),
        case.opened_at() < now,
        case.round() > 1,
    )
}

/// The phase alone, as a word and the touch it stands at.
fn name(phase: Phase) -> (&'static str, u8) {
    match phase {
        Phase::Waiting { next, .. } => ("waiting", next),
        Phase::Deferred { next, .. } => ("deferred", next),
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

fn events(plan: &Plan, touch: &TouchId, now: DateTime<Utc>) -> Vec<Event> {
    let t = || touch.clone();
    let days = |n| now + TimeDelta::days(n);
    let mut events = vec![
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
        Event::ItemDoneElsewhere { line: "2".parse().unwrap() },
        Event::ItemMoved { line: "2".parse().unwrap() },
        Event::DeclinedAlso { line: "3".parse().unwrap() },
        Event::DoneElsewhere,
        Event::OptedOut,
        Event::Sold,
        Event::OwnerChanged,
        Event::Deceased,
        Event::HandedToHuman { why: HandOver::Complex },
        Event::DeclinedAgain { at: now },
        Event::DeferredByCustomer { until: days(14) },
        Event::DeferredToVisit,
        Event::Answered,
        Event::Settled,
        Event::Withdrawn,
    ];
    events.extend(DeclineReason::ALL.iter().map(|reason| Event::DeclinedFor { reason: *reason }));
    if plan.has_target() {
        events.push(Event::Projected { target: Target::between(days(10), days(30), days(60)) });
    }
    events
}

/// Whether an event moves the whole timetable.
fn moves_days(plan: &Plan, event: &Event) -> bool {
    match event {
        Event::DeferredByCustomer { .. } | Event::DeclinedAgain { .. } | Event::Projected { .. } => true,
        Event::Booked { .. } => plan.follows() == Follows::Appointment,
        _ => false,
    }
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

/// Walks from the opened case, one event, one alarm or one day at a time; returns the number of states and of steps.
fn walk(plan: &Plan) -> (usize, usize) {
    let mut seen: BTreeMap<(Shape, bool), i64> = BTreeMap::new();
    let mut steps = 0;
    let days = |n| start() + TimeDelta::days(n);
    let target = plan.has_target().then(|| Target::between(days(20), days(40), days(70)));
    let lines = vec!["1".parse().unwrap(), "2".parse().unwrap()];
    let opened = Case::begin(plan, Opening { target, lines, ..Opening::at(start()) }).case;
    // By the day since the case opened, the earliest first: so each state is met with the most days to go.
    let mut ahead = BTreeMap::from([(0, vec![(opened, start(), false)])]);
    while let Some(mut earliest) = ahead.first_entry() {
        let day = *earliest.key();
        let Some((case, now, moved)) = earliest.get_mut().pop() else {
            earliest.remove();
            continue;
        };
        let first = seen.entry((shape(plan, &case, now), moved && plan.has_target())).or_insert(i64::MAX);
        if *first <= day {
            continue;
        }
        *first = day;
        // Of a plan timed by a target the timetable is moved once in a life, on every 30th day: any day, and any number of
        // times, would give a state for every pair of days.
        let moves = !plan.has_target() || (day % 30 == 0 && !moved);
        for event in
            events(plan, &in_flight(plan, &case), now).into_iter().filter(|e| moves || !moves_days(plan, e))
        {
            steps += 1;
            let after = check(plan, &case, &event, now);
            if after != case {
                let day = (now - after.opened_at()).num_days();
                ahead.entry(day).or_default().push((after, now, moved || moves_days(plan, &event)));
            }
        }
        if case.closure().is_some() || day >= LAST_DAY {
            continue;
        }
        // And it is looked at on every fifth day, and at each of its alarms.
        let stride = if plan.has_target() { 5 } else { 1 };
        let tomorrow = now + TimeDelta::days(stride);
        // Alarms in between.
        if let Some(at) = case.wake_at().filter(|at| now < *at && *at < tomorrow) {
            let day = (at - case.opened_at()).num_days();
            ahead.entry(day).or_default().push((case.clone(), at, moved));
        }
        ahead.entry(day + stride).or_default().push((case, tomorrow, moved));
    }
    let names: BTreeSet<_> = seen.keys().map(|((phase, ..), _)| name(*phase)).collect();
    let count = |word| names.iter().filter(|(name, _)| *name == word).count();
    let touches = plan.touches().len();
    // Every touch waited for, on its way, booked over, visited over, put off.
    let follows = plan.follows() == Follows::Appointment;
    let paused = if follows { 0 } else { touches + 1 };
    // A timetable that moved may leave a touch behind the end.
    assert!((touches..=touches + 1).contains(&count("waiting")), "{names:?}");
    assert_eq!(count("on its way"), touches, "{names:?}");
    assert_eq!([count("booked"), count("visiting")], [paused, paused], "{names:?}");
    assert!((touches..=touches + 1).contains(&count("deferred")), "{names:?}");
    // And every end the plan has.
    let closed: BTreeSet<u8> =
        names.iter().filter(|(name, _)| *name == "closed").map(|(_, end)| *end).collect();
    let silent = match plan.silence() {
        Silence::Lapses => Closure::Lapsed,
        Silence::IsNoAnswer => Closure::NeverAnswered,
    };
    let within = plan.horizon() <= chrono::Days::new(LAST_DAY.unsigned_abs());
    let expected: BTreeSet<u8> = Closure::ALL
        .iter()
        .filter(|closure| match closure {
            Closure::Lapsed | Closure::NeverAnswered => **closure == silent && within,
            Closure::Kept | Closure::Missed => follows,
            _ => true,
        })
        .map(|closure| *closure as u8)
        .collect();
    assert!(expected.is_subset(&closed), "{:?}: {expected:?} {closed:?}", plan.version());
    let never = if silent == Closure::Lapsed { Closure::NeverAnswered } else { Closure::Lapsed };
    assert!(!closed.contains(&(never as u8)), "{}", plan.version());
    (seen.len(), steps)
}

#[test]
fn every_reachable_state_of_every_shipped_plan_has_an_answer_for_every_event_on_every_day() {
    let plans = Plans::shipped();
    let walked: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<&Plan> = plans.iter().collect();
        let halves: Vec<_> = [0, 1]
            .map(|half| {
                let own: Vec<&Plan> = all.iter().skip(half).step_by(2).copied().collect();
                scope.spawn(move || {
                    own.iter().map(|plan| (plan.version().clone(), walk(plan))).collect::<Vec<_>>()
                })
            })
            .into();
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert_eq!(walked.len(), plans.iter().count());
    let (mut states, mut steps) = (0, 0);
    for (version, (found, taken)) in &walked {
        println!("{version}: {found} states, {taken} steps");
        states += found;
        steps += taken;
    }
    println!("{} plans: {states} states, {steps} steps", walked.len());
}

/// What a reason to decline does is the plan's word, and each answer does what its name says.
#[test]
fn every_reason_to_decline_has_its_answer_in_every_plan() {
    for plan in Plans::shipped().iter() {
        let case = Case::open(plan, start()).case;
        let waits = case.wake_at().unwrap();
        for reason in DeclineReason::ALL.iter().copied() {
            let after = case.clone().step(plan, &Event::DeclinedFor { reason }, start()).case;
            let told = format!("{} {reason}", plan.version());
            match plan.reasons().answer(reason) {
                ReasonAnswer::GoOn => assert_eq!(after, case, "{told}"),
                ReasonAnswer::DoneElsewhere => {
                    assert_eq!(after.closure(), Some(Closure::DoneElsewhere), "{told}")
                }
                ReasonAnswer::HandOver => assert_eq!(after.closure(), Some(Closure::HandedToHuman), "{told}"),
                ReasonAnswer::Wait => {
                    let rest = start() + TimeDelta::days(i64::from(plan.reasons().wait_days));
                    assert_eq!(after.wake_at(), Some(waits.max(rest).min(case.ends_at(plan))), "{told}");
                }
            }
        }
    }
}
