//! What users of other trackers ask for, by the number of the complaint.

use chrono::{Duration, TimeDelta};
use fixedops_odometer_core::{Fix, FixFault, Model, Track};

use crate::road::{folded, miles_north, north, parked, received, second, start};

#[test]
fn i8_a_parked_car_gathers_no_miles() {
    for (case, every, metres) in
        [("a fix a second", 1, 8.0), ("every five seconds", 5, 8.0), ("every minute", 60, 8.0)]
    {
        let night = folded(parked(0, 8_640, every, 41.9, -87.6, metres));
        assert!(night.distance_miles < 0.05, "{case}: {}", night.distance_miles);
        assert_eq!(night.fixes_used, 8_640, "{case}");
    }
    // Deep between houses it wanders much further, and says so.
    let known = parked(0, 8_640, 5, 41.9, -87.6, 30.0).into_iter();
    let known = known.map(|fix| Fix { accuracy_m: Some(40.0), ..fix });
    assert!(folded(known).distance_miles < 0.05);
}

#[test]
fn i8_the_drive_before_the_night_and_the_one_after_count() {
    let home = north(600);
    let mut fixes: Vec<Fix> = (0..=600).map(north).collect();
    fixes.extend(parked(601, 1_000, 30, home.lat, home.lon, 8.0));
    fixes.extend((0..=600).map(|n| Fix { at: second(40_000 + i64::from(n)), ..north(600 + n) }));
    let miles = folded(fixes).distance_miles;
    assert!((miles - miles_north(1_200)).abs() < 0.06, "{miles}");
}

#[test]
fn i9_the_first_fix_from_the_factory_does_not_poison_the_total() {
    let drive = || (1..121).map(north);
    for (case, before, fault) in [
        ("a second before", second(0), FixFault::Thrown),
        ("weeks before, when it was made", start() - Duration::days(30), FixFault::Unconfirmed),
        ("a factory date", "1999-08-22T00:00:00Z".parse().unwrap(), FixFault::Unconfirmed),
    ] {
        // Shenzhen.
        let summary = folded(core::iter::once(Fix::new(before, 22.5, 114.1)).chain(drive()));
        assert!((summary.distance_miles - miles_north(119)).abs() < 0.01, "{case}: {summary:?}");
        assert_eq!((summary.fixes_used, summary.from), (120, Some(second(1))), "{case}");
        assert_eq!((summary.count(fault), summary.fixes_set_aside()), (1, 1), "{case}");
    }
    // Tried out there for an hour, then shipped.
    let tried = (0..600).map(|n| Fix::new(start() - Duration::days(30) + Duration::seconds(n), 22.5, 114.1));
    let summary = folded(tried.chain(drive()));
    assert!((summary.distance_miles - miles_north(119)).abs() < 0.01, "{summary:?}");
    assert!(summary.gap_miles == 0.0);
}

#[test]
fn i10_fixes_out_of_order_give_the_same_miles_and_never_fewer_than_none() {
    let straight = folded((0..600).map(north));
    // Turned round in blocks of six: the most that the window puts right.
    let blocks = (0..100).flat_map(|block| (0..6).rev().map(move |n| north(block * 6 + n)));
    assert_eq!(folded(blocks), straight);
    // Wholly backwards: what is too old is late, and nothing is taken off.
    let backwards = folded((0..600).rev().map(north));
    assert!(backwards.distance_miles >= 0.0 && backwards.distance_miles <= straight.distance_miles);
    assert_eq!(backwards.fixes_used + u64::from(backwards.count(FixFault::Late)), 600);
}

#[test]
fn i25_a_feed_that_stopped_says_for_how_long() {
    let model = Model::shipped();
    let mut track = Track::new();
    assert_eq!(track.summary(&model).silent_for(received()), None, "it never spoke");
    track.fold_batch((0..60).map(north), received(), &model);
    let summary = track.summary(&model);
    assert_eq!(summary.silent_for(second(59) + TimeDelta::days(9)), Some(TimeDelta::days(9)));
    assert_eq!(summary.silent_for(second(0)), Some(TimeDelta::zero()), "asked about a time before");
}
