//! The groups side by side.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_attribution::lift::{Answer, Lack, LiftRules, Measure};
use fixedops_closed_loop::scorecard::{ScorecardBuilder, ScorecardPolicy};
use fixedops_closed_loop::trial::{Comparison, Side, TrialPolicy, compared};
use fixedops_odometer_core::Model;

use crate::told::{PAID, PLACED, Told, contact};

/// A store in which a share of both groups comes, `more` of a hundred more of those spoken to.
fn a_store(households: u32, more: u32) -> Told {
    let mut told = Told::default();
    let first: DateTime<Utc> = PLACED.parse().unwrap();
    for number in 0..households {
        let (person, household, vehicle) = (format!("p{number}"), format!("h{number}"), format!("v{number}"));
        told.person(&person, &household, &contact(1));
        told.car(&vehicle, &person, 1);
        let (arm, plan) = match number % 4 {
            0 | 1 => ("control", None),
            2 => ("treated", Some("a/1")),
            _ => ("treated", Some("b/1")),
        };
        let at = (first + TimeDelta::hours(i64::from(number))).to_rfc3339();
        told.placed(&household, "mileage_due", arm, plan, &at);
        let comes = 30 + if arm == "treated" { more } else { 0 };
        if number / 4 % 100 < comes {
            let at = first + TimeDelta::hours(i64::from(number)) + TimeDelta::days(20);
            told.order(&format!("R-{number}"), (&vehicle, 1), &at.to_rfc3339(), PAID);
        }
    }
    told
}

#[test]
fn the_groups_are_compared_and_so_is_each_plan() {
    let told = a_store(1_200, 30);
    let as_of = "2027-08-01T00:00:00Z".parse().unwrap();
    let compared = told.trials().compare(as_of, &TrialPolicy::shipped(), &LiftRules::shipped());
    let (a, b) = (Side::Plan("a/1".to_owned()), Side::Plan("b/1".to_owned()));
    let pairs: Vec<_> = compared.iter().map(|c| (&c.one, &c.other, c.placed, c.counted)).collect();
    assert_eq!(
        pairs,
        [
            (&Side::Treated, &Side::Control, (600, 600), (600, 600)),
            (&a, &Side::Control, (300, 600), (300, 600)),
            (&b, &Side::Control, (300, 600), (300, 600)),
            (&a, &b, (300, 300), (300, 300)),
        ]
    );
    let (measure, answer) = &compared[0].answers[0];
    let (Measure::Visits, Answer::Differs(range)) = (measure, answer) else { panic!("{answer:?}") };
    assert!((range.estimate - 0.3).abs() < 1e-9, "{range:?}");
    assert!(matches!(compared[3].answers[0].1, Answer::NoDifferenceYet { .. }), "the plans are alike");
    // Nobody opted out: that cannot be spoken of.
    assert!(matches!(
        compared[0].answers[2].1,
        Answer::CannotSayYet { lack: Lack::Responding { have: 0, need: 30 }, .. }
    ));
}

#[test]
fn before_the_groups_are_large_enough_the_scorecard_says_what_is_missing_and_no_number() {
    let told = a_store(400, 30);
    let policy = ScorecardPolicy::shipped();
    let card = |as_of: &str| {
        let mut builder = ScorecardBuilder::new("main-street".parse().unwrap(), Model::shipped(), &policy);
        // Only what the experiments read: the rest of these events is left out.
        for event in told.0.iter().filter(|event| event.event_type.as_str() == "household_placed") {
            builder.apply(event).unwrap();
        }
        builder.finish(as_of.parse().unwrap(), &policy, None).control
    };
    let early = card("2027-02-20T00:00:00Z");
    assert_eq!(early.placed.value, Some(400.into()));
    assert_eq!(early.left_alone.value, Some(200.into()));
    assert_eq!(early.counted.value, Some(0.into()));
    assert!(early.lift.iter().all(|lift| lift.estimate.is_none() && lift.says.contains("cannot say yet")));
    // A third of the households is counted by then.
    let later = card("2027-05-22T00:00:00Z");
    let visits = &later.lift[0];
    assert_eq!((visits.measure.as_str(), visits.low), ("visits", None));
    let [one, other] = visits.counted;
    let smaller = one.min(other);
    assert!((60..100).contains(&smaller), "{visits:?}");
    let expected =
        format!("the smaller group has {smaller} of the 100 households it needs, at this rate in 1 week");
    assert!(visits.says.contains(&expected), "{}", visits.says);
    assert!(later.note.contains("95 of 100"), "{}", later.note);
}

/// `households` placed one an hour from `day` on under a version of the shares, every `one_in`th left alone; of ten of either
/// side `come` visit.
fn shares(
    told: &mut Told,
    name: &str,
    (program, policy): (&str, &str),
    day: i64,
    (households, one_in, come): (u32, u32, u32),
) {
    let first = PLACED.parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(day);
    for number in 0..households {
        let (person, household, vehicle) =
            (format!("p-{name}{number}"), format!("{name}{number}"), format!("v-{name}{number}"));
        told.person(&person, &household, &contact(1));
        told.car(&vehicle, &person, 1);
        let arm = if number % one_in == 0 { "control" } else { "treated" };
        let at = first + TimeDelta::hours(i64::from(number));
        told.placed_under(&household, (program, policy, 1), (arm, None), &at.to_rfc3339());
        if number / one_in % 10 < come {
            told.order(
                &format!("R-{name}{number}"),
                (&vehicle, 1),
                &(at + TimeDelta::days(20)).to_rfc3339(),
                PAID,
            );
        }
    }
}

fn treated_and_control(told: &Told, program: &str) -> Comparison {
    let as_of = "2028-02-01T00:00:00Z".parse().unwrap();
    let all = told.trials().compare(as_of, &TrialPolicy::shipped(), &LiftRules::shipped());
    let wanted =
        |c: &Comparison| (c.program.as_str(), &c.one, &c.other) == (program, &Side::Treated, &Side::Control);
    all.into_iter().find(wanted).unwrap()
}

fn visits_more(compared: &Comparison) -> f64 {
    match compared.answers[0] {
        (Measure::Visits, Answer::Differs(range) | Answer::NoDifferenceYet { range, .. }) => range.estimate,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn only_households_of_the_last_shares_are_compared_since_others_are_of_other_months() {
    // In spring, with half left alone, six of ten come; in autumn, with a tenth left alone, four of ten. Messages do nothing
    // in either: both together would say that they keep ten of a hundred away.
    let (first, second) = ("control/b-first", "control/a-second");
    let mut told = Told::default();
    // The later households are the earlier ones by name, and so are the shares.
    shares(&mut told, "y", ("mileage_due", first), 0, (400, 2, 6));
    shares(&mut told, "x", ("declined_recovery", first), 0, (400, 2, 6));
    shares(&mut told, "h", ("mileage_due", second), 150, (1_000, 10, 4));
    let compared_now = treated_and_control(&told, "mileage_due");
    assert_eq!(compared_now.policy.as_str(), second);
    assert_eq!(
        (compared_now.earlier, compared_now.placed, compared_now.counted),
        (400, (900, 100), (900, 100))
    );
    assert!(visits_more(&compared_now).abs() < 1e-9, "{compared_now:?}");
    // What another programme changed changes nothing here.
    let other = treated_and_control(&told, "declined_recovery");
    assert_eq!((other.policy.as_str(), other.earlier, other.placed), (first, 0, (200, 200)));
    let units = told.units("2028-02-01T00:00:00Z");
    assert_eq!(compared(&units).count(), 1_000 + 400);
}

#[test]
fn plans_that_were_tried_under_earlier_shares_are_no_group_any_more() {
    let mut told = a_store(40, 0);
    told.placed_under(
        "late",
        ("mileage_due", "control/next", 2),
        ("treated", Some("c/1")),
        "2027-09-01T00:00:00Z",
    );
    let as_of = "2028-02-01T00:00:00Z".parse().unwrap();
    let all = told.trials().compare(as_of, &TrialPolicy::shipped(), &LiftRules::shipped());
    assert!(all.is_empty(), "one plan has nothing beside it: {all:?}");
    told.placed_under("later", ("mileage_due", "control/next", 2), ("control", None), "2027-09-02T00:00:00Z");
    let all = told.trials().compare(as_of, &TrialPolicy::shipped(), &LiftRules::shipped());
    let pairs: Vec<_> = all.iter().map(|c| (&c.one, &c.other, c.placed, c.earlier)).collect();
    let c = Side::Plan("c/1".to_owned());
    assert_eq!(pairs, [(&Side::Treated, &Side::Control, (1, 1), 40), (&c, &Side::Control, (1, 1), 40)]);
}

#[test]
fn a_plan_that_began_later_is_reckoned_at_its_own_rate() {
    // One household a day is left alone and one is on plan a; a hundred days later two a day on plan b.
    let first: DateTime<Utc> = PLACED.parse().unwrap();
    let mut told = Told::default();
    let mut placed: Vec<(DateTime<Utc>, &str, Option<&str>)> = Vec::new();
    for day in 0..150 {
        placed.push((first + TimeDelta::days(day), "control", None));
        placed.push((first + TimeDelta::days(day), "treated", Some("a/1")));
    }
    placed
        .extend((0..100).map(|half| {
            (first + TimeDelta::days(100) + TimeDelta::hours(12 * half), "treated", Some("b/1"))
        }));
    placed.sort_by_key(|(at, ..)| *at);
    for (number, (at, arm, plan)) in placed.into_iter().enumerate() {
        told.placed(&format!("h{number}"), "mileage_due", arm, plan, &at.to_rfc3339());
    }
    // 24 days and 21 hours after the first of plan b is counted fifty are: two a day, and fifty more in 25 days.
    let as_of = first + TimeDelta::days(100 + 90 + 14 + 24) + TimeDelta::hours(21);
    let all = told.trials().compare(as_of, &TrialPolicy::shipped(), &LiftRules::shipped());
    let (a, b) = (Side::Plan("a/1".to_owned()), Side::Plan("b/1".to_owned()));
    for (one, other) in [(&b, &Side::Control), (&a, &b)] {
        let pair = all.iter().find(|c| (&c.one, &c.other) == (one, other)).unwrap();
        let expected =
            Answer::CannotSayYet { lack: Lack::Households { have: 50, need: 100 }, weeks: Some(4) };
        assert_eq!(pair.answers[0].1, expected, "{one:?} and {other:?}");
    }
}
