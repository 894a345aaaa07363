//! Made-up ranges and truths: a miss is seen, and where nothing was said nothing is counted.

use fixedops_connectors_traits::{Event, EventHash};
use serde_json::{Value, json};

use super::*;

fn day(number: i64) -> DateTime<Utc> {
    "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(number)
}

/// One unit and a half to each side of `estimate`; the usual range for one look is 0.98 to each side.
fn about(estimate: f64) -> Answer {
    let (low, high) = (estimate - 1.5, estimate + 1.5);
    Answer::NoDifferenceYet {
        range: Range { estimate, low, high, standard_error: 0.5, taken_out: 0.0 },
        weeks: None,
    }
}

fn nothing(have: u64) -> Answer {
    Answer::CannotSayYet { lack: Lack::Households { have, need: 100 }, weeks: None }
}

fn judged(said: &[(i64, Answer)], effects: &[(i64, i64)]) -> Judged {
    let said = said.iter().map(|(number, answer)| (day(*number), *answer));
    Judged::of(said, effects.iter().map(|(number, effect)| (day(*number), *effect)))
}

#[test]
fn a_truth_within_the_range_at_every_look_is_held() {
    let found = judged(&[(1, about(2.0)), (2, about(3.0))], &[(0, 2), (2, 4)]);
    assert_eq!(
        (found.looks, found.missed, found.missed_whole, found.missed_by_single),
        (2, false, false, false)
    );
    assert_eq!((found.truth, found.last.map(|range| range.estimate)), (Some(3.0), Some(3.0)));
}

#[test]
fn a_truth_that_is_shifted_is_missed() {
    // The mean counted on day 1 is 2, on day 2 it is 3.
    for (case, first, second, missed, by_single) in [
        ("neither", 2.0, 3.0, false, false),
        ("the usual range alone", 2.0, 4.2, false, true),
        ("by more than the range reaches", 2.0, 4.6, true, true),
        ("below it", 2.0, 1.4, true, true),
        ("at an early look that a later one makes good", 0.4, 3.0, true, true),
    ] {
        let found = judged(&[(1, about(first)), (2, about(second))], &[(0, 2), (2, 4)]);
        assert_eq!((found.missed, found.missed_by_single), (missed, by_single), "{case}");
    }
}

#[test]
fn the_truth_of_a_look_is_that_of_the_households_counted_by_then() {
    // On day 1 the mean is 0; over the whole run it is 5.
    let found = judged(&[(1, about(0.0))], &[(0, 0), (3, 10)]);
    assert_eq!((found.missed, found.missed_whole, found.truth), (false, true, Some(5.0)));
    let found = judged(&[(1, about(5.0))], &[(0, 0), (3, 10)]);
    assert_eq!((found.missed, found.missed_whole), (true, false));
}

#[test]
fn looks_without_a_number_miss_nothing_and_say_what_they_lack() {
    let found = judged(&[(1, nothing(3)), (2, nothing(7))], &[(0, 9)]);
    let expected =
        Judged { truth: Some(9.0), lack: Some(Lack::Households { have: 7, need: 100 }), ..Judged::default() };
    assert_eq!(found, expected);
    assert_eq!(judged(&[(1, nothing(0))], &[]).truth, None, "nobody is no truth of zero");
}

/// A life of two households with a car each: `orders` are the days of their visits, `arms` where they were placed.
fn life(arms: [&str; 2], orders: [&[i64]; 2]) -> Vec<Unit> {
    let mut trials = Trials::default();
    let mut position = 0;
    let mut tell = |at: DateTime<Utc>, event_type: &str, data: Value| {
        position += 1;
        let event = Event {
            partition: "main-street".parse().unwrap(),
            position,
            stream: "any/1".parse().unwrap(),
            version: 1,
            at,
            event_type: event_type.parse().unwrap(),
            data,
            hash: EventHash::from_bytes([0; 32]),
        };
        trials.apply(&event).unwrap();
    };
    for ((number, arm), orders) in (1..).zip(arms).zip(orders) {
        let (person, vehicle, household) = (format!("p{number}"), format!("v{number}"), format!("h{number}"));
        tell(
            day(0),
            "contact_linked",
            json!({"contact": format!("{number:064x}"), "person": person, "household": household}),
        );
        tell(day(0), "vehicle_recorded", json!({"vehicle": vehicle, "owner": person, "span": 1}));
        let placement = json!({"program": "mileage_due", "season": {"year": 2027, "part": 1}, "arm": arm,
            "plan": null, "policy": "control/test"});
        tell(day(1), "household_placed", json!({"household": household, "placement": placement}));
        for visit in orders {
            let lines = json!([{"pay_type": "customer_pay", "amount": "100.00", "currency": "USD"}]);
            tell(
                day(*visit),
                "ro_closed",
                json!({"ro": format!("R-{number}-{visit}"), "vehicle": vehicle, "span": 1,
                    "opened_at": day(*visit), "voided": false, "lines": lines}),
            );
        }
    }
    trials.units(day(200), &TrialPolicy::shipped())
}

#[test]
fn what_speaking_made_of_a_household_is_the_difference_of_its_two_lives() {
    let policy = TrialPolicy::shipped();
    let here = life(["treated", "control"], [&[10, 40], &[]]);
    let there = life(["control", "treated"], [&[10], &[20, 30, 50]]);
    let (found, unmatched) = effects(&here, &there, &policy);
    // One visit more where the first was spoken to, three where the second was; a hundred dollars each.
    let by_measure: Vec<_> = found.iter().map(|effect| effect.by_measure).collect();
    assert_eq!((by_measure, unmatched), (vec![[1, 10_000, 0], [3, 30_000, 0]], 0));
    // Counted when the 90 days and the 14 after them are over.
    assert!(found.iter().all(|effect| effect.counted_at == day(1 + 90 + 14)));
    // In whom of the two lives was spoken to makes no difference to it.
    assert_eq!(effects(&there, &here, &policy), (found, 0));
    // A life in which nobody changed sides tells nothing.
    assert_eq!(effects(&here, &here, &policy), (Vec::new(), 2));
}

#[test]
fn a_world_whose_truth_is_shifted_is_a_world_that_was_missed() {
    let policy = TrialPolicy::shipped();
    let here = life(["treated", "control"], [&[10, 40], &[]]);
    let there = life(["control", "treated"], [&[10], &[20, 30, 50]]);
    let look = |estimate| {
        let mut looks = Looks::new(day(0), day(200));
        looks.said.push((day(105), [Some(about(estimate)), Some(nothing(2)), Some(nothing(2))]));
        looks.judge(&here, &there, &policy);
        (looks.counted, looks.judged.map(|judged| (judged.looks, judged.missed)))
    };
    // The truth is two visits for each household.
    assert_eq!(look(2.0), (2, [(1, false), (0, false), (0, false)]));
    assert_eq!(look(3.6), (2, [(1, true), (0, false), (0, false)]));
}
