//! The factor from GPS to dash.

use chrono::{DateTime, Duration, Utc};
use fixedops_odometer_core::{Model, Scale};
use proptest::prelude::*;

use crate::road::{noise, start};

fn month(number: usize) -> DateTime<Utc> {
    start() + Duration::days(30 * i64::try_from(number).unwrap())
}

/// Learns from brackets of 600 GPS miles, one a month, each with the noise of readings and roads.
fn learned(ratios: impl IntoIterator<Item = f64>) -> Scale {
    let model = Model::shipped();
    let mut scale = Scale::prior(&model);
    for (n, ratio) in ratios.into_iter().enumerate() {
        let dash = 600.0 * (ratio + 0.003 * noise(i32::try_from(n).unwrap()));
        scale.learn_from(month(n), dash, 600.0, 3.0, &model);
    }
    scale
}

#[test]
fn i7_each_car_has_a_factor_of_its_own_and_it_is_learned() {
    for ratio in [0.955, 0.985, 1.0, 1.02, 1.06] {
        let after_one = learned([ratio]);
        assert!((after_one.factor() - ratio).abs() < 0.012, "{ratio}: {after_one:?}");
        let scale = learned([ratio; 12]);
        assert!((scale.factor() - ratio).abs() < 0.002, "{ratio}: {}", scale.factor());
        assert!(scale.sd() < 0.003, "{ratio}: {}", scale.sd());
        assert_eq!(scale.changed_at(), None, "{ratio}");
    }
    let model = Model::shipped();
    assert!((Scale::prior(&model).sd() - 0.016).abs() < 1e-12);
}

#[test]
fn i7_after_new_tyres_the_factor_follows_within_two_brackets() {
    for (case, before, after) in
        [("smaller", 1.01, 0.985), ("larger", 0.99, 1.02), ("another car's tracker", 1.0, 1.08)]
    {
        for years in [2, 4, 20] {
            let old = core::iter::repeat_n(before, years);
            let scale = learned(old.chain([after, after]));
            assert!((scale.factor() - after).abs() < 0.005, "{case} after {years}: {}", scale.factor());
            assert_eq!(scale.changed_at(), Some(month(years)), "{case} after {years}");
        }
    }
}

#[test]
fn i7_a_small_change_is_found_in_a_few_more() {
    let scale = learned(core::iter::repeat_n(1.0, 12).chain([1.014; 6]));
    assert!((scale.factor() - 1.014).abs() < 0.003, "{}", scale.factor());
    assert!(scale.changed_at().is_some_and(|at| (at - month(12)).num_days().abs() <= 60), "{scale:?}");
}

#[test]
fn a_single_wild_bracket_changes_nothing_for_good() {
    for wild in [0.90, 0.95, 1.05, 1.10] {
        let calm = || core::iter::repeat_n(1.01, 8);
        let at_once = learned(calm().chain([wild]));
        assert!((at_once.factor() - 1.01).abs() < 0.004, "{wild}: {}", at_once.factor());
        let later = learned(calm().chain([wild]).chain(calm()));
        assert!((later.factor() - 1.01).abs() < 0.002, "{wild}: {}", later.factor());
        assert_eq!((at_once.changed_at(), later.changed_at()), (None, None), "{wild}");
        // A reading mistyped between two brackets is wrong in both, and both ways.
        let both = learned(calm().chain([wild, 2.02 - wild]).chain([1.01]));
        assert_eq!(both.changed_at(), None, "{wild}");
        assert!((both.factor() - 1.01).abs() < 0.004, "{wild}: {}", both.factor());
    }
}

#[test]
fn what_no_dash_can_have_shown_teaches_nothing() {
    let model = Model::shipped();
    let scale = learned([1.02; 3]);
    for (dash, gps, sd) in [
        (1_609.0, 1_000.0, 3.0),
        (1.0, 1_000.0, 3.0),
        (0.0, 0.0, 0.0),
        (100.0, 0.0, 1.0),
        (-100.0, -100.0, 1.0),
        (f64::NAN, 100.0, 1.0),
        (100.0, f64::INFINITY, 1.0),
        (100.0, 100.0, f64::NAN),
    ] {
        let mut same = scale;
        same.learn(dash, gps, sd, &model);
        assert_eq!(same, scale, "{dash} {gps} {sd}");
    }
}

#[test]
fn no_stored_scale_lets_in_what_cannot_be() {
    let stored = serde_json::to_value(learned([1.02; 9])).unwrap();
    assert!(serde_json::from_value::<Scale>(stored.clone()).is_ok());
    let bracket = |ratio: f64, variance: f64| serde_json::json!({ "ratio": ratio, "variance": variance });
    for (pointer, bad) in [
        ("/factor", serde_json::json!(0.0)),
        ("/variance", serde_json::json!(-1.0)),
        ("/before_factor", serde_json::json!(-1.0)),
        ("/before_variance", serde_json::json!(-1e-9)),
        ("/changed_at_ms", serde_json::json!(i64::MAX)),
        ("/recent/0", bracket(0.0, 1e-5)),
        ("/recent/0", bracket(1.0, 0.0)),
        ("/recent", serde_json::Value::Array(vec![bracket(1.0, 1e-5); 7])),
    ] {
        let mut changed = stored.clone();
        match changed.pointer_mut(pointer) {
            Some(place) => *place = bad,
            None => changed["changed_at_ms"] = bad,
        }
        assert!(serde_json::from_value::<Scale>(changed).is_err(), "{pointer}");
    }
}

proptest! {
    #[test]
    fn a_scale_stays_within_what_a_dash_may_show_and_is_read_back(
        brackets in prop::collection::vec((0.5..1.6_f64, 0.1..5_000.0_f64, 0.0..500.0_f64), 0..40),
    ) {
        let model = Model::shipped();
        let mut scale = Scale::prior(&model);
        for (ratio, miles, sd) in brackets {
            scale.learn(ratio * miles, miles, sd, &model);
            prop_assert!((scale.factor() - 1.0).abs() <= 0.13 + 1e-9, "{}", scale.factor());
            prop_assert!(scale.sd().is_finite() && scale.sd() > 0.0);
        }
        let back: Scale = serde_json::from_str(&serde_json::to_string(&scale).unwrap()).unwrap();
        prop_assert!((back.factor() - scale.factor()).abs() < 1e-12 && back.changed_at() == scale.changed_at());
    }
}

#[test]
fn miles_whose_squares_are_no_numbers_teach_nothing() {
    let model = Model::shipped();
    for (dash, gps, sd) in [(1e200, 1e200, 1e200), (1e-300, 1e-300, 1.0)] {
        let mut scale = Scale::prior(&model);
        scale.learn(dash, gps, sd, &model);
        assert_eq!(scale, Scale::prior(&model), "{dash}");
    }
}
