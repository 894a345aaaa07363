//! Inputs that a hostile or broken sender can send, and what must stay true.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the way to fail")]

use chrono::{DateTime, Duration, Utc};
use fixedops_odometer_core::{
    Baseline, Fix, Leg, Model, Posterior, Reading, ReadingKind, Scale, Schedule, Stage, Track, TrackSummary,
    Verdict, assess, judge,
};
use fixedops_vocab::{Basis, DistanceUnit, Miles, RawOdometer, ServiceId};

fn day(number: i64) -> DateTime<Utc> {
    "2025-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::days(number)
}

fn second(number: i64) -> DateTime<Utc> {
    day(0) + Duration::seconds(number)
}

fn miles(whole: u32) -> Miles {
    Miles::from_whole(whole).unwrap()
}

fn read(on: i64, miles: i64) -> Reading {
    Reading::reported(day(on), RawOdometer::parse(&miles.to_string(), DistanceUnit::Miles).unwrap())
}

fn thrown(summary: &TrackSummary) -> u32 {
    *summary.set_aside.last().unwrap()
}

#[test]
fn a_car_parked_on_the_antimeridian_does_not_travel() {
    let model = Model::shipped();
    let mut track = Track::new();
    for n in 0..3_600 {
        let lon = if n % 3 == 0 { -179.999_98 } else { 179.999_98 };
        track.fold(Fix::new(second(n), -16.8, lon), &model);
    }
    let summary = track.summary(&model);
    assert!(summary.distance_miles < 0.01, "{}", summary.distance_miles);
    assert_eq!(summary.fixes_used, 3_600);
}

#[test]
fn a_drive_across_the_antimeridian_or_near_a_pole_is_as_long_as_any() {
    let model = Model::shipped();
    for (case, lat, lon) in [("antimeridian", 0.0, 179.99), ("near a pole", 89.9, 10.0), ("home", 0.0, 10.0)]
    {
        let mut track = Track::new();
        for n in 0..200_i32 {
            let east = lon + f64::from(n) * 1e-4 / f64::cos(f64::to_radians(lat));
            let lon = if east > 180.0 { east - 360.0 } else { east };
            track.fold(Fix::new(second(n.into()), lat, lon), &model);
        }
        let summary = track.summary(&model);
        assert!((summary.distance_miles - 1.376).abs() < 0.03, "{case}: {}", summary.distance_miles);
    }
}

#[test]
fn a_thrown_first_fix_does_not_count_and_the_drive_does() {
    let model = Model::shipped();
    let mut track = Track::new();
    track.fold(Fix::new(second(0), 10.0, 10.0), &model);
    track.fold_batch(
        (1..121_i32).map(|n| Fix::new(second(n.into()), 41.0 + f64::from(n) * 2e-4, -87.6)),
        &model,
    );
    let summary = track.summary(&model);
    assert!((summary.distance_miles - 1.643).abs() < 0.02, "{}", summary.distance_miles);
    assert_eq!((thrown(&summary), summary.fixes_used, summary.from), (1, 120, Some(second(1))));
}

#[test]
fn a_million_fixes_at_one_time_are_one_fix() {
    let model = Model::shipped();
    let mut track = Track::new();
    for n in 0..1_000_000_i32 {
        track.fold(Fix::new(second(0), 41.0 + f64::from(n % 1_000) * 1e-3, -87.6), &model);
    }
    let summary = track.summary(&model);
    assert_eq!((summary.fixes_used, summary.fixes_set_aside()), (1, 999_999));
    assert!(summary.distance_miles == 0.0);
}

#[test]
fn a_clock_that_goes_back_sets_fixes_aside_as_late_and_counts_no_mile_twice() {
    let model = Model::shipped();
    let fix = |n: i32| Fix::new(second(n.into()), 41.0 + f64::from(n) * 2e-4, -87.6);
    let mut track = Track::new();
    track.fold_batch((0..600).map(fix), &model);
    let once = track.summary(&model);
    track.fold_batch((0..580).map(fix), &model);
    let twice = track.summary(&model);
    assert!((once.distance_miles - twice.distance_miles).abs() < 1e-9);
    assert_eq!(twice.fixes_set_aside(), 580);
}

#[test]
fn no_probability_falls_with_time_where_gps_has_carried_the_odometer_on() {
    let model = Model::shipped();
    let tracked = TrackSummary {
        from: Some(day(61)),
        to: Some(day(65)),
        distance_miles: 200.0,
        sd_miles: 1.0,
        ..TrackSummary::default()
    };
    let two = [read(0, 40_000), read(60, 41_800)];
    for (case, readings) in [("habit", &two[..]), ("no habit", &two[1..])] {
        let posterior = Posterior::fit(readings, core::slice::from_ref(&tracked), day(65), &model);
        for target in (41_790..42_400).step_by(10) {
            let mut before = 0.0;
            for hours in 0..600 {
                let p = posterior.probability_at_least(miles(target), day(60) + Duration::hours(hours));
                assert!(p >= before - 1e-12, "{case}: {target} after {hours} h: {p} < {before}");
                before = p;
            }
        }
    }
}

#[test]
fn p1_gps_miles_may_cross_without_a_habit_and_the_calendar_after_them_may_not() {
    let model = Model::shipped();
    let tracked = TrackSummary {
        from: Some(day(1)),
        to: Some(day(90)),
        distance_miles: 6_000.0,
        sd_miles: 20.0,
        ..TrackSummary::default()
    };
    let posterior = Posterior::fit(&[read(0, 41_000)], core::slice::from_ref(&tracked), day(90), &model);
    assert_eq!(posterior.mileage_at(day(90)).basis(), Basis::Gps);
    // No fix and no reading for months: what is shown is not tracked, and without a habit not known.
    assert_eq!(posterior.mileage_at(day(200)).basis(), Basis::Unknown);
    let later = posterior.probability_at_least(miles(49_000), day(4_000));
    assert!(later == posterior.probability_at_least(miles(49_000), day(90)), "{later}");

    let schedule = Schedule::shipped();
    let oil = schedule.rule(&ServiceId::new("oil_service").unwrap()).unwrap();
    let base = |done: u32| Baseline { done_at: day(0), miles: Some(miles(done)), cycle: 1 };
    let driven = assess(oil, &base(39_000), &posterior, day(91), 0.8);
    assert_eq!((driven.crossed, driven.leg), (true, Some(Leg::Distance)), "{}", driven.reason);
    let guessed = assess(oil, &base(41_000), &posterior, day(300), 0.8);
    assert!(!guessed.crossed, "{}", guessed.reason);
}

#[test]
fn miles_tracked_since_the_last_reading_are_not_those_before_a_new_cluster() {
    let model = Model::shipped();
    let tracked = TrackSummary {
        from: Some(day(200)),
        to: Some(day(210)),
        distance_miles: 500.0,
        sd_miles: 5.0,
        ..TrackSummary::default()
    };
    let readings = [read(0, 90_000), read(60, 91_800), read(199, 10).of_kind(ReadingKind::ManualCorrection)];
    let without = Posterior::fit(&readings, &[], day(210), &model);
    let with = Posterior::fit(&readings, core::slice::from_ref(&tracked), day(210), &model);
    assert_eq!(without.mileage_at(day(120)), with.mileage_at(day(120)));
}

#[test]
fn a_track_that_is_no_number_teaches_nothing() {
    let model = Model::shipped();
    let readings = [read(0, 40_000), read(60, 41_800)];
    let plain = Posterior::fit(&readings, &[], day(80), &model);
    for (distance_miles, sd_miles) in
        [(f64::NAN, 1.0), (-5_000.0, 1.0), (f64::INFINITY, 1.0), (10.0, f64::NAN), (10.0, -1.0)]
    {
        let track = TrackSummary {
            from: Some(day(61)),
            to: Some(day(65)),
            distance_miles,
            sd_miles,
            ..TrackSummary::default()
        };
        assert_eq!(
            Posterior::fit(&readings, core::slice::from_ref(&track), day(80), &model),
            plain,
            "{distance_miles}"
        );
    }
}

#[test]
fn a_manual_correction_stands_whatever_is_read_after_it() {
    let mut history = vec![read(0, 31_000).of_kind(ReadingKind::ManualCorrection)];
    let junk = [9_000, 250_000, 700, 150_000, 90_000, 3, 222_222, 12];
    history.extend((1..).zip(junk).map(|(n, shown)| read(n, shown)));
    let verdicts = judge(&history, &Model::shipped());
    assert_eq!(verdicts[0].verdict, Verdict::Accepted, "{verdicts:?}");
    let posterior = Posterior::fit(&history, &[], day(20), &Model::shipped());
    assert_eq!(posterior.last_reading(), Some(miles(31_000)));
}

#[test]
fn long_histories_are_judged_however_they_come() {
    let model = Model::shipped();
    let steady = |n: i64| read(n / 40, 20_000 + n);
    let mut sorted: Vec<Reading> = (0..10_000).map(steady).collect();
    let verdicts = judge(&sorted, &model);
    assert!(verdicts.iter().all(|judgement| judgement.verdict == Verdict::Accepted));
    sorted.reverse();
    let mut backwards = judge(&sorted, &model);
    backwards.reverse();
    assert_eq!(backwards, verdicts);

    let same: Vec<Reading> = (0..10_000).map(|_| read(3, 41_000)).collect();
    assert!(judge(&same, &model).iter().all(|judgement| judgement.verdict == Verdict::Accepted));
    let half_junk: Vec<Reading> = (0..4_000)
        .map(|n| if n % 2 == 0 { steady(n) } else { read(n / 40, (n * 7_919) % 999_000) })
        .collect();
    assert_eq!(judge(&half_junk, &model).len(), half_junk.len());
}

#[test]
fn no_door_of_a_stored_form_lets_in_what_cannot_be() {
    let model = serde_json::to_value(Model::shipped()).unwrap();
    assert!(serde_json::from_value::<Model>(model.clone()).is_ok());
    for (pointer, bad) in [("/judge/reach", 0.0), ("/habit/rate_log_sd", -1.0), ("/track/fastest_mps", 1e9)] {
        let mut changed = model.clone();
        *changed.pointer_mut(pointer).unwrap() = bad.into();
        assert!(serde_json::from_value::<Model>(changed).is_err(), "{pointer}");
    }
    for bad in [r#"{"factor":1.0,"variance":-1.0}"#, r#"{"factor":0.0,"variance":0.1}"#] {
        assert!(serde_json::from_str::<Scale>(bad).is_err(), "{bad}");
    }
    let mut track = Track::new();
    track.fold(Fix::new(second(0), 41.0, -87.6), &Model::shipped());
    let stored = serde_json::to_value(&track).unwrap();
    for (pointer, bad) in [
        ("/waiting", serde_json::json!(7)),
        ("/variance", serde_json::json!(-1.0)),
        ("/metres", serde_json::json!(-1.0)),
        ("/used", serde_json::json!(u64::MAX)),
    ] {
        let mut changed = stored.clone();
        *changed.pointer_mut(pointer).unwrap() = bad;
        assert!(serde_json::from_value::<Track>(changed).is_err(), "{pointer}");
    }
}

#[test]
fn months_end_where_the_calendar_ends_them() {
    let schedule = Schedule::shipped();
    let oil = schedule.rule(&ServiceId::new("oil_service").unwrap()).unwrap();
    let nothing = Posterior::fit(&[], &[], day(0), &Model::shipped());
    for (case, done, due) in [
        (
            "a leap day comes due on the last of February",
            "2024-02-29T10:00:00Z",
            Some("2025-02-28T10:00:00Z"),
        ),
        ("a leap day ahead changes nothing", "2027-02-28T10:00:00Z", Some("2028-02-28T10:00:00Z")),
        ("the end of the year", "2025-12-31T23:59:59Z", Some("2026-12-31T23:59:59Z")),
    ] {
        let base = Baseline { done_at: done.parse().unwrap(), miles: None, cycle: 1 };
        let assessment = assess(oil, &base, &nothing, done.parse().unwrap(), 0.5);
        assert_eq!(assessment.due_by, due.map(|due| due.parse().unwrap()), "{case}");
        assert_eq!(assessment.next_look, assessment.due_by, "{case}");
        let due = assessment.due_by.unwrap();
        assert!(assess(oil, &base, &nothing, due, 0.5).crossed, "{case}");
        assert!(!assess(oil, &base, &nothing, due - Duration::seconds(1), 0.5).crossed, "{case}");
    }
    // Where the calendar itself ends there is no time leg, and nothing panics.
    for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let base = Baseline { done_at: at, miles: Some(Miles::MAX), cycle: u32::MAX };
        for now in [DateTime::<Utc>::MIN_UTC, day(0), DateTime::<Utc>::MAX_UTC] {
            let assessment = assess(oil, &base, &nothing, now, f64::NAN);
            assert!(assessment.stage == Stage::Unknown || assessment.due_by.is_some());
        }
    }
}
