//! Who is left alone: stable, by household, and never for a recall.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use std::collections::BTreeMap;

use fixedops_attribution::{Arm, ControlKey, Controls, ControlsError, Placement, Share};
use proptest::prelude::*;

const SHIPPED: &str = include_str!("../policies/control.toml");

fn place(controls: &Controls, key: u8, seller: &str, household: &str, program: &str, on: &str) -> Placement {
    let programme = controls.withholdable(&program.parse().unwrap()).unwrap();
    let season = controls.season(on.parse().unwrap());
    controls.place(
        &ControlKey::new([key; 32]),
        &seller.parse().unwrap(),
        &household.parse().unwrap(),
        programme,
        season,
    )
}

fn shares(control_percent: u8, plans: &[(&str, u8)]) -> Result<Controls, ControlsError> {
    let plans: BTreeMap<String, u8> =
        plans.iter().map(|(plan, weight)| ((*plan).to_owned(), *weight)).collect();
    let share = Share { program: "mileage_due".parse().unwrap(), control_percent, plans };
    Controls::new("test/1".parse().unwrap(), 6, [share])
}

/// Kept as numbers: another machine, another build, another year must say the same.
#[test]
fn the_places_of_version_1_stay_as_they_were() {
    let controls = Controls::shipped();
    let left_alone: Vec<usize> = (0..60)
        .filter(|n| {
            let household = format!("h-{n}");
            place(&controls, 7, "main-street", &household, "mileage_due", "2026-03-02").arm == Arm::Control
        })
        .collect();
    assert_eq!(left_alone, PLACED);
}

/// Found apart from the crate, with Python's hmac.
const PLACED: [usize; 11] = [7, 9, 12, 14, 18, 19, 24, 30, 32, 41, 51];

#[test]
fn every_part_of_the_name_moves_the_place() {
    let controls = shares(50, &[]).unwrap();
    let arms = |key, seller: &str, on: &str| -> Vec<Arm> {
        (0..64).map(|n| place(&controls, key, seller, &format!("h-{n}"), "mileage_due", on).arm).collect()
    };
    let first = arms(1, "main-street", "2026-03-02");
    assert_eq!(arms(1, "main-street", "2026-06-30"), first, "one season, one place");
    assert_ne!(arms(1, "main-street", "2026-07-01"), first, "another season");
    assert_ne!(arms(1, "elsewhere", "2026-03-02"), first, "another seller");
    assert_ne!(arms(2, "main-street", "2026-03-02"), first, "another key");
}

#[test]
fn the_share_is_what_the_file_says() {
    for percent in [0, 5, 10, 25, 50] {
        let controls = shares(percent, &[]).unwrap();
        let left_alone = (0..20_000)
            .filter(|n| {
                let household = format!("h-{n}");
                place(&controls, 7, "main-street", &household, "mileage_due", "2026-03-02").arm
                    == Arm::Control
            })
            .count() as f64;
        let expected = 200.0 * f64::from(percent);
        // Five standard deviations of a binomial count.
        let slack = 5.0 * (expected * (1.0 - f64::from(percent) / 100.0)).sqrt();
        assert!((left_alone - expected).abs() <= slack, "{percent}: {left_alone}");
    }
}

#[test]
fn plans_are_tried_side_by_side_among_those_spoken_to() {
    let controls = shares(20, &[("plan_1", 50), ("plan_2", 30), ("plan_3", 20)]).unwrap();
    let mut seen: BTreeMap<Option<String>, u32> = BTreeMap::new();
    for n in 0..20_000 {
        let placed = place(&controls, 7, "main-street", &format!("h-{n}"), "mileage_due", "2026-03-02");
        assert_eq!(placed.plan.is_none(), placed.arm == Arm::Control);
        *seen.entry(placed.plan).or_default() += 1;
    }
    let near = |plan: Option<&str>, expected: f64| {
        let count = f64::from(seen[&plan.map(str::to_owned)]);
        assert!((count - expected).abs() < 5.0 * expected.sqrt(), "{plan:?}: {count}");
    };
    near(None, 4_000.0);
    near(Some("plan_1"), 8_000.0);
    near(Some("plan_2"), 4_800.0);
    near(Some("plan_3"), 3_200.0);
}

#[test]
fn a_recall_is_never_withheld() {
    let shipped = Controls::shipped();
    for program in ["recall", "recall_without_remedy", "safety_notice", "appointment_reminder"] {
        assert!(shipped.withholdable(&program.parse().unwrap()).is_none(), "{program}");
    }
    for program in ["recall", "Recall_without_remedy", "safety_notice", "winter_Safety", "airbag_recall"] {
        let text = SHIPPED.replace("\"mileage_due\"", &format!("\"{program}\""));
        let refused = Controls::from_toml(&text).unwrap_err();
        assert!(matches!(refused, ControlsError::NeverWithheld(_)), "{program}: {refused}");
    }
}

#[test]
fn bad_shares_are_refused_with_their_place() {
    for (case, from, to, place) in [
        ("more than half", "control_percent = 20", "control_percent = 51", "seasonal_offer: 51"),
        ("twice", "\"first_service\"", "\"mileage_due\"", "mileage_due: named twice"),
        ("no source", "\"decision of this project: one in ten\"", "\" \"", "mileage_due: the source"),
        (
            "no month",
            "[[programme]]",
            "[first_month]\nvalue = 13\nsource = \"s\"\n[[programme]]",
            "first_month: 13",
        ),
        (
            "no source of the month",
            "[[programme]]",
            "[first_month]\nvalue = 3\nsource = \"\"\n[[programme]]",
            "first_month: the source",
        ),
        ("a season of five months", "value = 6", "value = 5", "season_months: 5"),
        ("weights of 90", "control_percent = 10", "control_percent = 10\nplans = { a = 40, b = 50 }", "100"),
        ("an unknown key", "control_percent", "controll_percent", "controll_percent"),
    ] {
        let error = Controls::from_toml(&SHIPPED.replacen(from, to, 1)).expect_err(case).to_string();
        assert!(error.contains(place), "{case}: {error}");
    }
}

#[test]
fn a_year_of_seasons_begins_in_any_month() {
    let from = |month| Controls::shipped().beginning_in(month);
    for (month, date, season) in [
        (1, "2026-12-31", "2026/2"),
        (7, "2026-06-30", "2025/2"),
        (7, "2026-07-01", "2026/1"),
        (12, "2026-12-01", "2026/1"),
        (12, "2027-05-31", "2026/1"),
        (12, "2027-06-01", "2026/2"),
    ] {
        let told = from(month).unwrap().season(date.parse().unwrap()).to_string();
        assert_eq!(told, season, "from month {month}, {date}");
    }
    assert_eq!(from(0), Err(ControlsError::FirstMonth(0)));
    assert_eq!(from(13), Err(ControlsError::FirstMonth(13)));
}

proptest! {
    /// Who is left alone at a small share is left alone at a larger one.
    #[test]
    fn a_larger_share_moves_nobody_out_of_control(household in "[a-z0-9]{1,12}", small in 0..=50_u8, more in 0..=50_u8) {
        let large = small.max(more);
        let at = |percent| {
            place(&shares(percent, &[]).unwrap(), 3, "main-street", &household, "mileage_due", "2026-03-02").arm
        };
        prop_assert!(at(small) == Arm::Treated || at(large) == Arm::Control);
    }
}
