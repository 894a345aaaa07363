//! Inputs that a hostile or broken sender can send, and what must stay true.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the way to fail")]

use chrono::{DateTime, Duration, Utc};
use fixedops_odometer_core::{
    Baseline, Leg, Model, Posterior, Reading, ReadingKind, Schedule, Stage, TrackSummary, Verdict, assess,
    judge,
};
use fixedops_vocab::{Basis, DistanceUnit, Miles, RawOdometer, ServiceId};

fn day(number: i64) -> DateTime<Utc> {
    "2025-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::days(number)
}

fn miles(whole: u32) -> Miles {
    Miles::from_whole(whole).unwrap()
}

fn read(on: i64, miles: i64) -> Reading {
    Reading::reported(day(on), RawOdometer::parse(&miles.to_string(), DistanceUnit::Miles).unwrap())
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
    let base = |done: u32| Baseline::here(day(0), Some(miles(done)), 1);
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
    let said = judge(&half_junk, &model);
    let kept = said.iter().step_by(2).filter(|judgement| judgement.verdict == Verdict::Accepted).count();
    assert!(kept > 1_990, "{kept} of 2000 good ones among as much junk");
    // As many corrections as readings: each begins a line of its own, and the work stays linear.
    let corrected: Vec<Reading> = (0..40_000)
        .map(|n| match n % 2 {
            0 => read(n, 41_000 + n * 10).of_kind(ReadingKind::ManualCorrection),
            _ if n % 4 == 1 => read(n, 900_000),
            _ => read(n, 8_000_000),
        })
        .collect();
    let said = judge(&corrected, &model);
    assert!(said.iter().step_by(2).all(|judgement| judgement.verdict == Verdict::Accepted));
    assert!(said.iter().skip(1).step_by(2).all(|judgement| judgement.verdict != Verdict::Accepted));
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
        let base = Baseline::here(done.parse().unwrap(), None, 1);
        let assessment = assess(oil, &base, &nothing, done.parse().unwrap(), 0.5);
        assert_eq!(assessment.due_by, due.map(|due| due.parse().unwrap()), "{case}");
        assert_eq!(assessment.next_look, assessment.due_by, "{case}");
        let due = assessment.due_by.unwrap();
        assert!(assess(oil, &base, &nothing, due, 0.5).crossed, "{case}");
        assert!(!assess(oil, &base, &nothing, due - Duration::seconds(1), 0.5).crossed, "{case}");
    }
    // Where the calendar itself ends there is no time leg, and nothing panics.
    for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let base = Baseline::here(at, Some(Miles::MAX), u32::MAX);
        for now in [DateTime::<Utc>::MIN_UTC, day(0), DateTime::<Utc>::MAX_UTC] {
            let assessment = assess(oil, &base, &nothing, now, f64::NAN);
            assert!(assessment.stage == Stage::Unknown || assessment.due_by.is_some());
        }
    }
}
