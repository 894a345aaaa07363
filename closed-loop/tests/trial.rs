//! Experiments read from a journal: who counts, for how long, and by what.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_attribution::Arm;
use fixedops_attribution::lift::{Answer, Lack, LiftRules, Measure};
use fixedops_closed_loop::scorecard::{ScorecardBuilder, ScorecardPolicy};
use fixedops_closed_loop::trial::{Side, TrialPolicy, Trials, Unit};
use fixedops_connectors_traits::{CommitmentKey, Event, EventHash};
use fixedops_odometer_core::Model;
use serde_json::{Value, json};

const PLACED: &str = "2027-02-01T12:00:00Z";

/// A journal in the making; what only the loop reads of its events is left out.
#[derive(Default)]
struct Told(Vec<Event>);

impl Told {
    fn tell(&mut self, at: &str, event_type: &str, data: Value) {
        self.0.push(Event {
            partition: "main-street".parse().unwrap(),
            position: self.0.len() as u64 + 1,
            stream: "any/1".parse().unwrap(),
            version: 1,
            at: at.parse().unwrap(),
            event_type: event_type.parse().unwrap(),
            data,
            hash: EventHash::from_bytes([0; 32]),
        });
    }

    fn person(&mut self, person: &str, household: &str, contact: &str) {
        let data = json!({"contact": contact, "person": person, "household": household});
        self.tell("2026-12-01T00:00:00Z", "contact_linked", data);
    }

    fn car(&mut self, vehicle: &str, owner: &str, span: u32) {
        let data = json!({"vehicle": vehicle, "owner": owner, "span": span});
        self.tell("2026-12-01T00:00:00Z", "vehicle_recorded", data);
    }

    fn order(&mut self, ro: &str, (vehicle, span): (&str, u32), opened_at: &str, lines: &[(&str, &str)]) {
        let lines: Vec<Value> = lines
            .iter()
            .map(|(pay_type, amount)| json!({"pay_type": pay_type, "amount": amount, "currency": "USD"}))
            .collect();
        let data = json!({"ro": ro, "vehicle": vehicle, "span": span, "opened_at": opened_at, "voided": false, "lines": lines});
        self.tell(opened_at, "ro_closed", data);
    }

    fn placed(&mut self, household: &str, program: &str, arm: &str, plan: Option<&str>, at: &str) {
        let placement = json!({
            "program": program,
            "season": {"year": 2027, "part": 1},
            "arm": arm,
            "plan": plan,
            "policy": "control/test",
        });
        self.tell(at, "household_placed", json!({"household": household, "placement": placement}));
    }

    fn trials(&self) -> Trials {
        let mut trials = Trials::default();
        self.0.iter().for_each(|event| trials.apply(event).unwrap());
        trials
    }

    fn units(&self, as_of: &str) -> Vec<Unit> {
        self.trials().units(as_of.parse().unwrap(), &TrialPolicy::shipped())
    }
}

fn contact(number: u8) -> String {
    let key = CommitmentKey::new([number; 32]);
    key.contact(
        &"main-street".parse().unwrap(),
        &fixedops_vocab::ContactPoint::Phone("+14045550101".parse().unwrap()),
    )
    .to_string()
}

/// A household of two persons and two cars, placed on the first of February.
fn a_household() -> Told {
    let mut told = Told::default();
    told.person("anna", "h1", &contact(1));
    told.person("ben", "h1", &contact(2));
    told.person("carl", "h2", &contact(3));
    told.car("v1", "anna", 1);
    told.car("v2", "ben", 1);
    told.car("v3", "carl", 1);
    told.placed("h1", "mileage_due", "treated", None, PLACED);
    told
}

const PAID: &[(&str, &str)] =
    &[("customer_pay", "100.00"), ("warranty", "900.00"), ("customer_pay", "-10.50")];

#[test]
fn a_household_is_counted_by_all_its_cars_in_its_own_days_and_no_others() {
    let mut told = a_household();
    for (ro, vehicle, opened_at) in [
        ("B-0", "v1", "2026-01-20T12:00:00Z"),
        ("B-1", "v1", "2026-02-20T12:00:00Z"),
        ("B-2", "v2", "2027-02-01T11:59:59Z"),
        ("A-1", "v1", "2027-02-01T12:00:00Z"),
        ("A-2", "v2", "2027-05-02T11:59:59Z"),
        ("A-3", "v2", "2027-05-02T12:00:00Z"),
        ("C-1", "v3", "2027-03-01T12:00:00Z"),
    ] {
        told.order(ro, (vehicle, 1), opened_at, PAID);
    }
    let [unit] = &told.units("2027-05-16T12:00:00Z")[..] else { panic!("one household") };
    // B-0 is older than a year, A-2 is of the last second, A-3 a second late and another visit's part or not: not counted.
    assert_eq!(unit.figures, Some([(2, 2), (17_900, 17_900), (0, 0)]));
    assert_eq!((unit.arm, unit.household.expose()), (Arm::Treated, "h1"));
    let [early] = &told.units("2027-05-16T11:59:59Z")[..] else { panic!("one household") };
    assert_eq!(early.figures, None, "its days are not over");
}

#[test]
fn what_is_written_up_in_parts_is_one_visit_and_what_is_voided_none() {
    let mut told = a_household();
    told.order("A-1", ("v1", 1), "2027-03-01T12:00:00Z", PAID);
    told.order("A-1S", ("v1", 1), "2027-03-01T13:00:00Z", PAID);
    told.order("A-2", ("v2", 1), "2027-03-01T13:00:00Z", PAID);
    told.order("A-3", ("v1", 1), "2027-03-20T13:00:00Z", PAID);
    told.order("A-4", ("v1", 1), "2027-04-20T13:00:00Z", PAID);
    told.0.last_mut().unwrap().data["voided"] = json!(true);
    let [unit] = &told.units("2027-06-01T00:00:00Z")[..] else { panic!("one household") };
    assert_eq!(unit.figures, Some([(0, 3), (0, 35_800), (0, 0)]));
}

#[test]
fn the_dealers_own_work_on_a_car_and_the_body_shops_are_no_visit() {
    let mut told = a_household();
    told.order("A-1", ("v1", 1), "2027-03-01T12:00:00Z", &[("internal", "400.00")]);
    told.order("A-2", ("v1", 1), "2027-03-10T12:00:00Z", &[("warranty", "400.00"), ("internal", "9.00")]);
    told.order("A-3", ("v1", 1), "2027-03-20T12:00:00Z", PAID);
    told.0.last_mut().unwrap().data["department"] = json!("body_shop");
    let [unit] = &told.units("2027-06-01T00:00:00Z")[..] else { panic!("one household") };
    assert_eq!(unit.figures, Some([(0, 1), (0, 0), (0, 0)]), "the warranty brought him in");
}

#[test]
fn a_household_is_who_was_of_it_when_it_was_placed() {
    let mut told = a_household();
    // Ben moves to Carl, who was placed too; Dora moves in with Anna.
    told.placed("h2", "mileage_due", "control", None, "2027-02-01T13:00:00Z");
    told.person("ben", "h2", &contact(4));
    told.person("dora", "h1", &contact(5));
    told.car("v4", "dora", 1);
    for (ro, vehicle) in [("R-1", "v1"), ("R-2", "v2"), ("R-3", "v3"), ("R-4", "v4")] {
        told.order(ro, (vehicle, 1), "2027-03-01T12:00:00Z", PAID);
    }
    // Placed after he moved, he counts with his new household.
    told.placed("h2", "declined_recovery", "treated", None, "2027-02-10T12:00:00Z");
    told.placed("h1", "declined_recovery", "treated", None, "2027-02-10T12:00:00Z");
    let visits: Vec<_> = told
        .units("2027-09-01T00:00:00Z")
        .iter()
        .map(|unit| format!("{} {} {}", unit.program, unit.household.expose(), unit.figures.unwrap()[0].1))
        .collect();
    assert_eq!(
        visits,
        ["declined_recovery h1 2", "declined_recovery h2 2", "mileage_due h1 2", "mileage_due h2 1"],
        "Anna and Dora, Ben and Carl; Anna and Ben, Carl"
    );
}

#[test]
fn an_owner_of_no_known_household_is_one_by_himself() {
    let mut told = a_household();
    told.car("v9", "erik", 1);
    told.placed("person/erik", "mileage_due", "control", None, PLACED);
    told.order("R-9", ("v9", 1), "2027-03-01T12:00:00Z", PAID);
    // He is told of a household afterwards.
    told.person("erik", "h2", &contact(9));
    told.order("R-10", ("v9", 1), "2027-03-20T12:00:00Z", PAID);
    let units = told.units("2027-09-01T00:00:00Z");
    let erik = units.iter().find(|unit| unit.household.expose() == "person/erik").unwrap();
    assert_eq!(erik.figures.unwrap()[0], (0, 2));
}

#[test]
fn a_car_that_changes_hands_takes_its_orders_with_their_owner() {
    let mut told = a_household();
    told.order("A-1", ("v1", 1), "2027-03-01T12:00:00Z", PAID);
    told.car("v1", "carl", 2);
    told.order("A-2", ("v1", 2), "2027-03-05T12:00:00Z", PAID);
    let [unit] = &told.units("2027-06-01T00:00:00Z")[..] else { panic!("one household") };
    assert_eq!(unit.figures.unwrap()[0], (0, 1));
}

#[test]
fn who_wants_to_hear_no_more_counts_once_and_a_flag_of_the_dms_does_not() {
    for (case, revocations, expected) in [
        ("a reply", &[(1, "reply", "2027-02-20T12:00:00Z")][..], (0, 1)),
        (
            "both of them",
            &[(1, "reply", "2027-02-20T12:00:00Z"), (2, "call", "2027-03-20T12:00:00Z")],
            (0, 1),
        ),
        ("before it was placed", &[(1, "reply", "2027-01-20T12:00:00Z")], (1, 0)),
        ("a flag", &[(1, "dms_flag", "2027-02-20T12:00:00Z")], (0, 0)),
        ("another household", &[(3, "reply", "2027-02-20T12:00:00Z")], (0, 0)),
    ] {
        let mut told = a_household();
        for (number, source, at) in revocations {
            let data = json!({"contact": contact(*number), "occurred_at": at, "source": source});
            told.tell(at, "consent_revoked", data);
        }
        assert_eq!(told.units("2027-06-01T00:00:00Z")[0].figures.unwrap()[2], expected, "{case}");
    }
}

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
