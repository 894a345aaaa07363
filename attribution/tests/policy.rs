//! Policies are data: read at the door, refused with the place.
#![cfg(feature = "serde")]

use fixedops_attribution::{Evidence, Policy, PolicyError, Tie};

const SHIPPED: &str = include_str!("../policies/fixedops.toml");

#[test]
fn both_shipped_policies_read() {
    assert_eq!(Policy::shipped().rules().rungs.len(), Evidence::ALL.len());
    assert_eq!(Policy::dealermine().version().as_str(), "dealermine-documented/1");
    assert_eq!(Policy::dealermine().rules().booked_tie, Tie::FirstTouch);
}

#[test]
fn a_bad_policy_is_refused_with_its_place() {
    for (case, from, to, place) in [
        ("a window of no days", "value = 90", "value = 0", "response_days: 0"),
        ("a window of ten years", "value = 90", "value = 3650", "response_days: 3650"),
        ("more than certain", "value = 50", "value = 101", "human_click_percent: 101"),
        ("a visit of a year", "value = 24", "value = 8760", "split_ro_hours: 8760"),
        (
            "a rule without source",
            "source = \"DealerMine documentation, Response Rate: last contact within 90 days\"",
            "source = \" \"",
            "response_days: the source is empty",
        ),
        ("an unknown rung", "appointment_token", "palm_reading", "palm_reading"),
        ("a missing rule", "[match_names]", "[match_nothing]", "match_nothing"),
        ("text for a number", "value = 90", "value = \"90\"", "line"),
        ("no version", "version = ", "edition = ", "edition"),
    ] {
        assert!(SHIPPED.contains(from), "{case}");
        let error = Policy::from_toml(&SHIPPED.replacen(from, to, 1)).expect_err(case).to_string();
        assert!(error.contains(place), "{case}: {error}");
    }
}

#[test]
fn a_ladder_without_rungs_is_refused() {
    let mut rules = Policy::shipped().rules().clone();
    rules.rungs.clear();
    assert_eq!(Policy::new("none/1".parse().unwrap(), rules), Err(PolicyError::NoRungs));
}

#[test]
fn json_is_a_door_too() {
    let mut json = serde_json::to_value(Policy::shipped()).unwrap();
    assert_eq!(serde_json::from_value::<Policy>(json.clone()).unwrap(), Policy::shipped());
    json["rules"]["response_days"] = 0.into();
    assert!(serde_json::from_value::<Policy>(json).is_err());
}
