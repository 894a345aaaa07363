//! Policies are data: what ships, and what the loader refuses.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use fixedops_mpi_score::{Curve, CurveFault, GatePolicy, Points, Weights};

const WEIGHTS: &str = include_str!("../policies/weights_40_30_30.toml");
const GATE: &str = include_str!("../policies/gate.toml");

#[test]
fn what_ships_is_40_30_30_with_three_above_the_fold() {
    let weights = Weights::shipped();
    let table = weights.table();
    assert_eq!((table.parts.safety, table.parts.history, table.parts.fit), (4_000, 3_000, 3_000));
    assert_eq!((table.above_fold, table.safety_floor), (3, true));
}

#[test]
fn weights_are_refused_with_field_and_reason() {
    for (case, from, to, told) in [
        ("they do not sum", "safety = 4000", "safety = 4001", "parts: weights sum to 10001, not to 10000"),
        ("no fold", "above_fold = 3", "above_fold = 0", "above_fold: is 0"),
        (
            "yellow worse than red",
            "yellow = 5000",
            "yellow = 10001",
            "code: green, yellow and red do not rise",
        ),
        ("a section twice", "name = \"tires\"", "name = \"brakes\"", "section[1] \"brakes\": is there twice"),
        (
            "too dangerous",
            "danger = 9000",
            "danger = 19000",
            "section[3] \"suspension\": danger is above 10000",
        ),
        (
            "limits out of order",
            "caution = 4\nlimit = 2\nmost = 24",
            "caution = 1\nlimit = 2\nmost = 24",
            "limit[0] \"tread\": fresh, caution and limit are not in order, or beyond most",
        ),
        (
            "a limit that is no number",
            "fresh = 10",
            "fresh = nan",
            "limit[0] \"tread\": fresh, caution and limit",
        ),
        (
            "a least that is more than nothing",
            "least = -10",
            "least = 1",
            "\"rotor_above_minimum\": least is above 0",
        ),
        (
            "a least that is no number",
            "least = -10",
            "least = nan",
            "\"rotor_above_minimum\": least is above 0",
        ),
        ("a limit twice", "name = \"pad\"", "name = \"tread\"", "limit[1] \"tread\": is there twice"),
        (
            "a limit from nowhere",
            "confidence = \"medium: no law, set the maker's minimum where it is known\"",
            "confidence = \"\"",
            "limit[1] \"pad\": has no source or no confidence",
        ),
        (
            "older declines count less",
            "[[0, 3000], [90, 7000], [180, 10000]]",
            "[[0, 3000], [90, 2000]]",
            "history.declined: does not rise",
        ),
        (
            "dearer is easier",
            "[[0, 10000], [10000, 5000], [40000, 0]]",
            "[[0, 0], [40000, 10000]]",
            "fit.price: does not fall",
        ),
        (
            "a table that turns",
            "[[0, 0], [2, 6000], [4, 10000]]",
            "[[0, 0], [2, 6000], [4, 5000]]",
            "table both rises and falls",
        ),
        (
            "a field nobody knows",
            "above_fold = 3",
            "above_fold = 3\ncolour = 1",
            "line 6: file: unknown field `colour`",
        ),
        ("no date", "2026-11-01", "soon", "\"soon\" is not a date (YYYY-MM-DD)"),
    ] {
        assert!(WEIGHTS.contains(from), "{from:?} is not in the weights");
        let error = Weights::from_toml(&WEIGHTS.replacen(from, to, 1)).expect_err(case).to_string();
        assert!(error.contains(told), "{case}: {error}");
    }
}

#[test]
fn a_gate_is_refused_with_field_and_reason() {
    for (case, from, to, told) in [
        ("a section twice", "\"tires\"", "\"brakes\"", "sections[1]: \"brakes\" is empty or there twice"),
        ("no name", "code = \"warranty_only\"", "code = \"\"", "exemption[0]: \"\" is empty or there twice"),
        ("nowhere", "places = [\"front\", \"rear\"]", "places = []", "measurement \"pad\": has no place"),
        (
            "bounds that fall",
            "most = 25",
            "most = -1",
            "measurement \"pad\": least and most are not in order",
        ),
        (
            "a section in capitals",
            "\"tires\"",
            "\"Brakes\"",
            "sections[1]: \"Brakes\" is empty or there twice",
        ),
        ("not a number", "photos_red = 1", "photos_red = -1", "line 4: file: invalid value: integer `-1`"),
    ] {
        assert!(GATE.contains(from), "{from:?} is not in the gate");
        let error = GatePolicy::from_toml(&GATE.replacen(from, to, 1)).expect_err(case).to_string();
        assert!(error.contains(told), "{case}: {error}");
    }
    assert_eq!(GatePolicy::shipped().version().as_str(), "mpi_gate/2");
}

#[test]
fn a_table_is_straight_between_its_rows_and_level_outside() {
    let p = |n| Points::new(n).unwrap();
    let falling = Curve::new(vec![(0, p(10_000)), (10, p(5_000)), (40, p(0))]).unwrap();
    for (x, y) in
        [(i64::MIN, 10_000), (0, 10_000), (5, 7_500), (10, 5_000), (25, 2_500), (40, 0), (i64::MAX, 0)]
    {
        assert_eq!(falling.at(x), p(y), "at {x}");
    }
    assert_eq!(Curve::new(vec![]), Err(CurveFault::Empty));
    assert_eq!(Curve::new(vec![(1, p(0)), (1, p(1))]), Err(CurveFault::Order));
    assert_eq!(Curve::new(vec![(1, p(0)), (2, p(2)), (3, p(1))]), Err(CurveFault::Turns));
}
