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
        prop_assert_eq!(card.crossings.by_reason.base, u64::try_from(without.count()).unwrap());
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
