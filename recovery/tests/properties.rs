//! What no history can break.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in tests a panic is the way to fail"
)]

mod story;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_recovery::{
    Case, Command, DeclineReason, Event, HandOver, Opening, Phase, Plan, Plans, Target, Tone, Transition,
};
use fixedops_vocab::TouchId;
use proptest::prelude::*;
use story::{day, recall, start};

/// An event as a runner could feed it: outcomes name the touch in flight, or some other touch.
#[derive(Clone, Debug)]
enum Told {
    Outcome(u8, i64, bool),
    Plain(Event),
    Relative(u8, i64),
}

fn told() -> impl Strategy<Value = Told> {
    let plain = prop_oneof![
        8 => Just(Event::Wake),
        1 => Just(Event::AppointmentMissed),
        1 => Just(Event::AppointmentShown),
        1 => Just(Event::Answered),
        1 => Just(Event::OptedOut),
        1 => prop::sample::select(vec![Event::WorkDone, Event::Sold, Event::Withdrawn, Event::HandedToHuman { why: HandOver::Angry }]),
    ];
    prop_oneof![
        4 => plain.prop_map(Told::Plain),
        4 => (0..8_u8, -40..200_i64, prop::bool::weighted(0.9))
            .prop_map(|(kind, days, own)| Told::Outcome(kind, days, own)),
        3 => (0..6_u8, -40..200_i64).prop_map(|(kind, days)| Told::Relative(kind, days)),
    ]
}

fn event(told: &Told, plan: &Plan, case: &Case, now: DateTime<Utc>) -> Event {
    let at = |days: i64| now + TimeDelta::days(days);
    match told {
        Told::Plain(event) => event.clone(),
        Told::Relative(0, days) => Event::Booked { appointment_at: at(*days) },
        Told::Relative(1, days) => Event::DeclinedAgain { at: at(*days) },
        Told::Relative(2, days) => Event::DeferredByCustomer { until: at(*days) },
        Told::Relative(3, _) => Event::DeferredToVisit,
        Told::Relative(4, days) => {
            Event::Projected { target: Target::between(at(*days - 20), at(*days), at(*days + 30)) }
        }
        Told::Relative(_, days) => {
            let reason =
                DeclineReason::ALL[usize::try_from(days.unsigned_abs()).unwrap() % DeclineReason::ALL.len()];
            Event::DeclinedFor { reason }
        }
        Told::Outcome(kind, days, own) => {
            let index = match case.phase() {
                Phase::Sending { touch } | Phase::Calling { touch, .. } if *own => usize::from(touch),
                _ => usize::from(*kind) % plan.touches().len(),
            };
            let touch = plan.touch_in_round(index, case.round()).unwrap();
            match kind {
                0 | 1 => Event::Sent { touch },
                2 => Event::Failed { touch, retry_at: None },
                3 => Event::Failed { touch, retry_at: Some(at(*days)) },
                4 => Event::OutcomeUnknown { touch },
                5 => Event::Deferred { touch, until: at(*days) },
                6 => Event::Suppressed { touch, ends_case: false },
                _ => Event::Withheld { touch },
            }
        }
    }
}

/// How a touch may go on after it was commanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    OnItsWay,
    /// Certainly not sent: it may be commanded again.
    NotSent,
    /// Sent, or nobody knows, or over.
    Spent,
}

struct Run {
    plan: Plan,
    case: Case,
    now: DateTime<Utc>,
    fates: BTreeMap<TouchId, Fate>,
    opted_out: bool,
}

impl Run {
    fn begin(plan: Plan) -> Self {
        let target = Target::between(day(20), day(45), day(80));
        let target = plan.has_target().then_some(target);
        let case = Case::begin(&plan, Opening { target, ..Opening::at(start()) }).case;
        Self { plan, case, now: start(), fates: BTreeMap::new(), opted_out: false }
    }

    fn feed(&mut self, event: &Event) -> Result<(), TestCaseError> {
        let before = self.case.clone();
        let in_flight = match before.phase() {
            Phase::Sending { touch } | Phase::Calling { touch, .. } => {
                self.plan.touch_in_round(usize::from(touch), before.round())
            }
            _ => None,
        };
        let Transition { case, commands } = before.clone().step(&self.plan, event, self.now);
        if case != before
            && let Some(touch) = in_flight
        {
            let again = matches!(event, Event::Deferred { .. } | Event::Failed { retry_at: Some(_), .. });
            self.fates.insert(touch, if again { Fate::NotSent } else { Fate::Spent });
        }
        prop_assert!(!self.opted_out || commands.is_empty(), "a command after an opt-out: {commands:?}");
        self.opted_out |= *event == Event::OptedOut && before.closure().is_none();
        for command in &commands {
            match command {
                Command::Send { touch, .. }
                | Command::SendSafety { touch, .. }
                | Command::CallTask { touch, .. } => {
                    let fate = self.fates.insert(touch.clone(), Fate::OnItsWay);
                    prop_assert!(
                        matches!(fate, None | Some(Fate::NotSent)),
                        "{touch} goes out again: {fate:?}"
                    );
                }
                Command::WithdrawCall { .. } | Command::Close { .. } => {}
            }
        }
        let sending = matches!(case.phase(), Phase::Sending { .. });
        prop_assert_eq!(case.wake_at().is_some(), case.closure().is_none() && !sending);
        self.case = case;
        Ok(())
    }
}

fn plans() -> impl Strategy<Value = Plan> {
    let shipped = Plans::shipped();
    let mut plans: Vec<Plan> = shipped.iter().cloned().collect();
    plans.push(recall());
    prop::sample::select(plans)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever arrives, in whatever order, on clocks that jump both ways: no touch goes out twice, only an open case
    /// has an alarm, nothing is commanded after an opt-out.
    #[test]
    fn no_touch_repeats_and_nothing_follows_an_opt_out(
        plan in plans(),
        history in prop::collection::vec((-3..40_i64, told()), 0..60),
    ) {
        let mut run = Run::begin(plan);
        for (days, told) in history {
            run.now += TimeDelta::days(days);
            let event = event(&told, &run.plan, &run.case, run.now);
            run.feed(&event)?;
        }
    }

    /// From wherever a history left it, a case whose sends are settled and whose alarms are answered comes to an end.
    #[test]
    fn every_case_ends(
        plan in plans(),
        history in prop::collection::vec((0..40_i64, told()), 0..30),
        defers in prop::collection::vec(any::<bool>(), 64),
    ) {
        let mut run = Run::begin(plan);
        for (days, told) in history {
            run.now += TimeDelta::days(days);
            let event = event(&told, &run.plan, &run.case, run.now);
            run.feed(&event)?;
        }
        for defer in defers {
            if let Phase::Sending { touch } | Phase::Calling { touch, .. } = run.case.phase() {
                let touch = run.plan.touch_in_round(usize::from(touch), run.case.round()).unwrap();
                let outcome = match defer {
                    true => Event::Deferred { touch, until: run.now + TimeDelta::days(9) },
                    false => Event::Sent { touch },
                };
                run.feed(&outcome)?;
            }
            if let Some(at) = run.case.wake_at() {
                run.now = run.now.max(at);
                run.feed(&Event::Wake)?;
            }
        }
        prop_assert!(run.case.closure().is_some(), "still {:?}", run.case.phase());
    }

    /// Promise 9: the same history gives the same bytes, and a case stored between any two events is none the wiser.
    #[test]
    fn p9_a_replay_with_a_restart_after_every_event_gives_the_same_bytes(
        plan in plans(),
        history in prop::collection::vec((0..40_i64, told()), 0..40),
    ) {
        let (mut kept, mut restarted) = (Run::begin(plan.clone()), Run::begin(plan));
        for (days, told) in history {
            kept.now += TimeDelta::days(days);
            let event = event(&told, &kept.plan, &kept.case, kept.now);
            let read: Event = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
            let stored = serde_json::to_string(&restarted.case).unwrap();
            let live = kept.case.clone().step(&kept.plan, &event, kept.now);
            let replayed = serde_json::from_str::<Case>(&stored).unwrap().step(&restarted.plan, &read, kept.now);
            let bytes = |t: &Transition| (serde_json::to_string(&t.case).unwrap(), serde_json::to_string(&t.commands).unwrap());
            prop_assert_eq!(bytes(&live), bytes(&replayed));
            (kept.case, restarted.case) = (live.case, replayed.case);
        }
    }

    /// Promise 8: no history makes a recall an offer.
    #[test]
    fn p8_a_recall_case_never_commands_an_offer(
        plan in prop::sample::select(Plans::shipped().iter().filter(|plan| plan.tone() == Tone::Safety).cloned().chain([recall()]).collect::<Vec<_>>()),
        history in prop::collection::vec((0..40_i64, told()), 0..60),
    ) {
        let mut run = Run::begin(plan);
        for (days, told) in history {
            run.now += TimeDelta::days(days);
            let event = event(&told, &run.plan, &run.case, run.now);
            let commands = run.case.clone().step(&run.plan, &event, run.now).commands;
            let offers = commands.iter().any(|command| matches!(command, Command::Send { .. }));
            prop_assert!(!offers, "{commands:?}");
            run.feed(&event)?;
        }
    }

    /// Promise 10: whatever stands in a file, reading it ends in a value or an error.
    #[test]
    fn p10_no_text_breaks_a_reader(text in ".{0,200}", cut in 0..3000_usize) {
        let shipped = include_str!("../plans/mileage_due.toml");
        let torn: String = shipped.chars().take(cut).collect::<String>() + &text;
        let _ = (Plan::from_toml(&text), Plan::from_toml(&torn), serde_json::from_str::<Case>(&text));
        let _ = fixedops_recovery::Templates::from_toml(&text);
    }
}

#[test]
fn the_calendar_of_the_stories_is_the_one_of_the_plan() {
    assert_eq!(day(30) - start(), TimeDelta::days(30));
}
