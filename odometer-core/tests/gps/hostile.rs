//! What a broken or hostile sender can send.

use chrono::{DateTime, Duration, Utc};
use fixedops_odometer_core::{Fix, FixFault, Model, Track};
use proptest::prelude::*;

use crate::road::{folded, miles_north, north, received, second, start};

#[test]
fn each_fix_that_cannot_be_has_its_word() {
    let at = second(0);
    let long_ago = "1979-12-31T23:59:59Z".parse().unwrap();
    for (case, fix, fault) in [
        ("no latitude", Fix::new(at, f64::NAN, 1.0), FixFault::Invalid),
        ("no longitude", Fix::new(at, 1.0, f64::NAN), FixFault::Invalid),
        ("endlessly north", Fix::new(at, f64::INFINITY, 1.0), FixFault::Invalid),
        ("endlessly west", Fix::new(at, 1.0, f64::NEG_INFINITY), FixFault::Invalid),
        ("beyond the pole", Fix::new(at, 90.000_1, 1.0), FixFault::Invalid),
        ("more than once round", Fix::new(at, 1.0, -180.000_1), FixFault::Invalid),
        ("the point where nobody is", Fix::new(at, 0.0, 0.0), FixFault::Invalid),
        ("and its other side", Fix::new(at, -0.0, 0.0), FixFault::Invalid),
        ("before there was GPS", Fix::new(long_ago, 41.0, -87.6), FixFault::Invalid),
        ("the first of all times", Fix::new(DateTime::<Utc>::MIN_UTC, 41.0, -87.6), FixFault::Invalid),
        ("the last of all times", Fix::new(DateTime::<Utc>::MAX_UTC, 41.0, -87.6), FixFault::Future),
        ("a guess", Fix { accuracy_m: Some(5_000.0), ..north(0) }, FixFault::Inaccurate),
        ("no idea how good", Fix { accuracy_m: Some(f64::NAN), ..north(0) }, FixFault::Inaccurate),
        ("endlessly bad", Fix { accuracy_m: Some(f64::INFINITY), ..north(0) }, FixFault::Inaccurate),
    ] {
        let summary = folded([fix]);
        assert_eq!((summary.count(fault), summary.fixes_set_aside()), (1, 1), "{case}: {summary:?}");
        assert_eq!((summary.fixes_used, summary.from), (0, None), "{case}");
    }
    // Senders write -1 for "not known"; so does a speed that is no number.
    for (accuracy_m, speed_mps) in
        [(Some(-1.0), Some(-1.0)), (None, Some(f64::NAN)), (Some(0.0), Some(1e300))]
    {
        let summary = folded((0..60).map(|n| Fix { accuracy_m, speed_mps, ..north(n) }));
        assert_eq!(summary.fixes_used, 60);
        assert!((summary.distance_miles - miles_north(59)).abs() < 0.01, "{summary:?}");
    }
}

#[test]
fn the_poles_and_the_ends_of_the_globe_are_places_too() {
    for (lat, lon) in [(90.0, 0.0), (-90.0, 180.0), (90.0, -180.0), (0.0, 180.0), (1e-7, 0.0)] {
        assert_eq!(folded([Fix::new(second(0), lat, lon)]).fixes_used, 1, "{lat} {lon}");
    }
}

#[test]
fn a_fix_from_the_future_is_set_aside_and_no_true_one_is_late_for_it() {
    let (mut track, model) = (Track::new(), Model::shipped());
    for n in 0..600 {
        let now = second(n.into());
        track.fold(north(n), now, &model);
        if n % 50 == 0 {
            // A clock that is a year, a day, six minutes ahead.
            for ahead in [Duration::days(365), Duration::days(1), Duration::minutes(6)] {
                track.fold(Fix { at: now + ahead, ..north(n) }, now, &model);
            }
        }
    }
    let summary = track.summary(&model);
    assert_eq!((summary.count(FixFault::Future), summary.count(FixFault::Late)), (36, 0), "{summary:?}");
    assert_eq!((summary.fixes_used, summary.to), (600, Some(second(599))));
    assert!((summary.distance_miles - miles_north(599)).abs() < 0.02);
}

#[test]
fn clocks_may_differ_by_a_little() {
    let (mut track, model) = (Track::new(), Model::shipped());
    track.fold(Fix { at: start() + Duration::seconds(299), ..north(0) }, start(), &model);
    assert_eq!(track.summary(&model).fixes_used, 1);
}

#[test]
fn a_car_parked_on_the_antimeridian_does_not_travel() {
    let across = |n: i32| if n % 3 == 0 { -179.999_98 } else { 179.999_98 };
    let summary = folded((0..3_600).map(|n| Fix::new(second(n.into()), -16.8, across(n))));
    assert!(summary.distance_miles < 0.01, "{}", summary.distance_miles);
    assert_eq!(summary.fixes_used, 3_600);
}

#[test]
fn a_drive_across_the_antimeridian_or_near_a_pole_is_as_long_as_any() {
    for (case, lat, lon) in [
        ("antimeridian", 0.0, 179.99),
        ("near a pole", 89.9, 10.0),
        ("near the other", -89.9, 179.0),
        ("home", 0.0, 10.0),
    ] {
        let summary = folded((0..200_i32).map(|n| {
            let east = lon + f64::from(n) * 1e-4 / f64::cos(f64::to_radians(lat));
            Fix::new(second(n.into()), lat, if east > 180.0 { east - 360.0 } else { east })
        }));
        assert!((summary.distance_miles - 1.376).abs() < 0.03, "{case}: {}", summary.distance_miles);
    }
}

#[test]
fn a_million_fixes_at_one_time_are_one_fix() {
    let at_once = |n: i32| Fix::new(second(0), 41.0 + f64::from(n % 1_000) * 1e-3, -87.6);
    let summary = folded((0..1_000_000).map(at_once));
    assert_eq!((summary.fixes_used, summary.count(FixFault::Repeated)), (1, 999_999));
    assert!(summary.distance_miles == 0.0);
}

#[test]
fn a_clock_that_goes_back_sets_fixes_aside_as_late_and_counts_no_mile_twice() {
    let once = folded((0..600).map(north));
    let twice = folded((0..600).chain(0..580).map(north));
    assert!((once.distance_miles - twice.distance_miles).abs() < 1e-9);
    assert_eq!(twice.count(FixFault::Late), 580);
}

pub(crate) fn any_fix() -> impl Strategy<Value = Fix> {
    let near =
        (-50..50_i32, -50..50_i32).prop_map(|(n, e)| (f64::from(n) * 1e-4 + 41.0, f64::from(e) * 1e-4));
    let place = prop_oneof![
        8 => near,
        1 => (-91.0..91.0_f64, -181.0..181.0_f64),
        1 => (any::<f64>(), any::<f64>()),
    ];
    let when = prop_oneof![
        20 => -400_000..400_000_i64,
        2 => -4_000_000_000..4_000_000_000_i64,
        1 => any::<i32>().prop_map(i64::from),
    ];
    let number =
        prop_oneof![3 => Just(None), 2 => (0.0..60.0_f64).prop_map(Some), 1 => any::<f64>().prop_map(Some)];
    let device = prop_oneof![6 => Just(None), 1 => any::<u8>().prop_map(Some)];
    (when, place, number.clone(), number, device).prop_map(
        |(ms, (lat, lon), speed_mps, accuracy_m, device)| Fix {
            at: start() + Duration::milliseconds(ms),
            lat,
            lon,
            speed_mps,
            accuracy_m,
            device,
        },
    )
}

proptest! {
    #[test]
    fn no_fix_breaks_the_track_and_every_fix_is_counted(fixes in prop::collection::vec(any_fix(), 0..80)) {
        let count = fixes.len() as u64;
        let summary = folded(fixes);
        prop_assert_eq!(summary.fixes_used + summary.fixes_set_aside(), count);
        prop_assert!(summary.distance_miles.is_finite() && summary.distance_miles >= 0.0);
        prop_assert!(summary.sd_miles.is_finite() && summary.sd_miles >= 0.0);
        prop_assert!(summary.gap_miles <= summary.distance_miles * (1.0 + 1e-9));
        prop_assert!(summary.from <= summary.to);
        prop_assert!(summary.to <= Some(received()));
    }

    #[test]
    fn a_drive_folds_to_the_same_miles_shuffled_a_little_and_repeated(swaps in prop::collection::vec(0..36_usize, 0..10)) {
        let mut shuffled: Vec<i32> = (0..40).collect();
        let mut free = 0;
        for place in swaps.into_iter().collect::<std::collections::BTreeSet<_>>() {
            if place >= free && place > 0 {
                shuffled.swap(place, place + 3);
                free = place + 4;
            }
        }
        let straight = folded((0..40).map(north));
        let other = folded(shuffled.iter().flat_map(|&n| [north(n), north(n)]));
        prop_assert_eq!(other.distance_miles, straight.distance_miles);
        prop_assert_eq!(other.fixes_used, straight.fixes_used);
    }

    #[test]
    fn a_track_cut_anywhere_and_merged_is_as_long(cut in 1..599_i32) {
        let model = Model::shipped();
        let (mut one, mut other) = (Track::new(), Track::new());
        one.fold_batch((0..cut).map(north), received(), &model);
        other.fold_batch((cut..600).map(north), received(), &model);
        let merged = one.merge(&other, &model).unwrap().summary(&model);
        let whole = folded((0..600).map(north));
        prop_assert!((merged.distance_miles - whole.distance_miles).abs() < 0.05, "{} {}", merged.distance_miles, whole.distance_miles);
        prop_assert_eq!((merged.fixes_used, merged.from, merged.to), (600, whole.from, whole.to));
    }
}
