//! Promise 3 on the scorecard: whatever happens to crossings, they add up.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::hand::Hand;

fn outcome() -> impl Strategy<Value = Value> {
    let reason = prop::sample::select(vec!["booked", "no_contact", "opted_out"]);
    prop_oneof![
        Just(json!({ "outcome": "sent" })),
        Just(json!({ "outcome": "control" })),
        Just(json!({ "outcome": "waiting", "until": null })),
        reason.clone().prop_map(|reason| json!({ "outcome": "suppressed", "reason": reason })),
        reason.clone().prop_map(|reason| json!({ "outcome": "failed", "reason": reason })),
        reason.prop_map(|reason| json!({ "outcome": "withdrawn", "reason": reason })),
        (0..20_u32).prop_map(|other| json!({ "outcome": "bundled", "into": format!("x{other}") })),
    ]
}

proptest! {
    #[test]
    fn p3_whatever_becomes_of_crossings_every_table_adds_up_to_their_number(
        changes in prop::collection::vec((0..20_u32, 0..90_i64, outcome()), 0..60)
    ) {
        let mut hand = Hand::new();
        let mut known = std::collections::BTreeMap::new();
        for (number, day, outcome) in changes {
            let at = (crate::hand::instant(crate::hand::START) + chrono::TimeDelta::days(day)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
            let id = format!("x{number}");
            if known.insert(number, outcome["outcome"].as_str().unwrap().to_owned()).is_none() {
                hand.crossing(&at, &id, outcome);
            } else {
                hand.resolved(&at, &id, outcome);
            }
        }
        let card = hand.card("2026-12-31T00:00:00Z");
        let number = u64::try_from(known.len()).unwrap();
        prop_assert!(card.crossings.adds_up);
        prop_assert_eq!(card.crossings.by_outcome.base, number);
        for row in &card.crossings.by_outcome.rows {
            let really = known.values().filter(|outcome| **outcome == row.key).count();
            prop_assert_eq!(row.count, u64::try_from(really).unwrap(), "{}", row.key);
        }
        let without = known.values().filter(|word| ["suppressed", "failed", "withdrawn"].contains(&word.as_str()));
        let rows = &card.crossings.by_reason.rows;
        let bundled: u64 = rows.iter().filter(|row| row.key.starts_with("bundled: ")).map(|row| row.count).sum();
        let all = known.values().filter(|word| *word == "bundled").count();
        prop_assert!(bundled <= u64::try_from(all).unwrap());
        prop_assert_eq!(card.crossings.by_reason.base, u64::try_from(without.count()).unwrap() + bundled);
        prop_assert!(card.crossings.by_reason.adds_up);
        let programs: u64 = card.funnel.programs.iter().map(|funnel| funnel.steps[1].through).sum();
        prop_assert_eq!(programs, card.funnel.total.steps[1].through);
    }
}

#[test]
fn a_crossing_without_an_outcome_shows() {
    let mut hand = Hand::new();
    hand.crossing(crate::hand::START, "x1", json!({ "outcome": "sent" }));
    hand.events.retain(|event| event.event_type.as_str() != "crossing_resolved");
    let card = hand.card("2026-12-31T00:00:00Z");
    assert!(!card.crossings.adds_up, "one crossing is in no outcome");
    assert!(card.headlines().iter().any(|words| words.contains("does not add up")), "{:?}", card.headlines);
}

#[test]
fn a_bundled_crossing_counts_as_told_only_where_the_one_it_goes_with_was_sent() {
    let mut hand = Hand::new();
    let leads = [
        ("sent", json!({ "outcome": "sent" })),
        ("gone", json!({ "outcome": "withdrawn", "reason": "serviced" })),
        ("held", json!({ "outcome": "suppressed", "reason": "no_contact" })),
        ("open", json!({ "outcome": "waiting", "until": null })),
    ];
    for (id, outcome) in leads {
        hand.crossing(crate::hand::START, id, outcome);
        let goes_with = json!({ "outcome": "bundled", "into": id });
        hand.crossing(crate::hand::START, &format!("with-{id}"), goes_with);
    }
    hand.crossing(crate::hand::START, "deep", json!({ "outcome": "bundled", "into": "with-sent" }));
    let card = hand.card("2026-12-31T00:00:00Z");
    assert!(card.crossings.adds_up && card.crossings.by_reason.adds_up);
    let rows: Vec<_> =
        card.crossings.by_reason.rows.iter().map(|row| (row.key.as_str(), row.count)).collect();
    for reason in ["bundled: lead_withdrawn", "bundled: lead_suppressed", "bundled: lead_waiting"] {
        assert!(rows.contains(&(reason, 1)), "{rows:?}");
    }
    let says = card.headlines().join(" ");
    assert!(
        says.contains("2 were told together with another service of the car, 3 go with another service"),
        "{says}"
    );
    for part in ["1 with one still to come", "1 with one that was suppressed", "1 with one no longer due"] {
        assert!(says.contains(part), "{says}");
    }
}
