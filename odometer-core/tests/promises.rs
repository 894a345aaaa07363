//! What no history can break.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the way to fail")]

use chrono::{DateTime, Duration, Utc};
use fixedops_odometer_core::{
    Baseline, Fix, Leg, Model, Posterior, Reading, ReadingKind, Reason, Repair, Schedule, Stage, Track,
    Verdict, assess, judge,
};
use fixedops_vocab::{Basis, DistanceUnit, Miles, RawOdometer, ServiceId};
use proptest::prelude::*;

fn day(number: i64) -> DateTime<Utc> {
    "2025-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::days(number)
}

fn read(on: i64, miles: &str) -> Reading {
    Reading::reported(day(on), RawOdometer::parse(miles, DistanceUnit::Miles).unwrap())
}

/// A car that does 30 miles a day, read every 30 days, with one reading said otherwise.
fn history_with(place: usize, said: &str) -> Vec<Reading> {
    let mut history: Vec<Reading> = (0..8).map(|n| read(n * 30, &(52_417 + n * 903).to_string())).collect();
    history[place] = read(30 * i64::try_from(place).unwrap(), said);
    history
}

fn repaired(kind: Repair, miles: &str) -> Verdict {
    Verdict::Repaired { kind, miles: miles.parse().unwrap() }
}

#[test]
fn each_slip_gets_its_verdict() {
    for (case, said, expected) in [
        ("as it was", "55126", Verdict::Accepted),
        ("nobody looked", "0", Verdict::SetAside(Reason::Zero)),
        ("typed to get past", "111111", Verdict::SetAside(Reason::Placeholder)),
        ("a trip counter", "174", Verdict::SetAside(Reason::Rollback)),
        ("another car's", "148377", Verdict::SetAside(Reason::TooFast)),
        ("below zero", "-55126", Verdict::SetAside(Reason::Negative)),
        ("eight digits", "55126000", Verdict::SetAside(Reason::BeyondOdometer)),
        ("kilometres as miles", "88717", repaired(Repair::KilometresAsMiles, "55126.2")),
        ("a number from nowhere", "15526", Verdict::SetAside(Reason::Rollback)),
        ("leading digit dropped", "5126", repaired(Repair::DroppedDigit, "55126")),
        (
            "a leading digit wrong, which another car may as well have shown",
            "95126",
            Verdict::SetAside(Reason::TooFast),
        ),
        ("tenths without their point", "551260", repaired(Repair::TenthsAsMiles, "55126")),
    ] {
        let verdicts = judge(&history_with(3, said), &Model::shipped());
        assert_eq!(verdicts[3].verdict, expected, "{case}");
        let others = verdicts.iter().enumerate().filter(|(place, _)| *place != 3);
        assert!(others.into_iter().all(|(_, j)| j.verdict == Verdict::Accepted), "{case}: {verdicts:?}");
    }
}

#[test]
fn a_repair_is_made_only_where_one_fits() {
    // An inserted digit near the end may be any of several; so may tenths without their point.
    let verdicts = judge(&history_with(3, "551726"), &Model::shipped());
    assert_eq!(verdicts[3].verdict, Verdict::SetAside(Reason::TooFast));
}

#[test]
fn a_manual_correction_stands_and_what_follows_is_counted_from_it() {
    let mut history = history_with(3, "55126");
    history.push(read(215, "31000").of_kind(ReadingKind::ManualCorrection));
    history.push(read(245, "31900"));
    let verdicts = judge(&history, &Model::shipped());
    assert!(verdicts.iter().all(|judgement| judgement.verdict == Verdict::Accepted), "{verdicts:?}");
    let posterior = Posterior::fit(&history, &[], day(245), &Model::shipped());
    assert_eq!(posterior.last_reading(), Some("31900".parse().unwrap()));
}

#[test]
fn a_five_digit_odometer_that_passed_its_end_goes_on() {
    let history: Vec<Reading> =
        (0..8).map(|n| read(n * 30, &((97_000 + n * 903) % 100_000).to_string())).collect();
    let verdicts = judge(&history, &Model::shipped());
    assert_eq!(verdicts[7].verdict, repaired(Repair::Rollover, "103321"));
}

#[test]
fn a_history_that_is_mostly_wrong_ends_in_unknown() {
    let history: Vec<Reading> = [50_000, 9_000, 150_000, 3, 90_000, 20_000, 110_000, 700]
        .iter()
        .enumerate()
        .map(|(place, miles): (usize, &u32)| read(i64::try_from(place).unwrap() * 3, &miles.to_string()))
        .collect();
    let posterior = Posterior::fit(&history, &[], day(30), &Model::shipped());
    assert_eq!((posterior.readings_used(), posterior.readings_set_aside()), (0, 8));
    assert_eq!(posterior.mileage_at(day(30)).basis(), Basis::Unknown);
}

#[test]
fn p1_one_reading_and_a_calendar_is_unknown_and_fires_no_distance_leg() {
    let posterior = Posterior::fit(&[read(0, "41000")], &[], day(400), &Model::shipped());
    assert!(!posterior.habit_learned());
    assert_eq!(posterior.mileage_at(day(0)).basis(), Basis::Read);
    assert_eq!(posterior.mileage_at(day(400)).basis(), Basis::Unknown);
    assert!(posterior.probability_at_least("45000".parse().unwrap(), day(4_000)) == 0.0);

    let schedule = Schedule::shipped();
    let oil = schedule.rule(&ServiceId::new("oil_service").unwrap()).unwrap();
    let base = Baseline::here(day(0), Some("41000".parse().unwrap()), 1);
    let before = assess(oil, &base, &posterior, day(300), 0.5);
    assert_eq!((before.crossed, before.p_due, before.next_look), (false, None, before.due_by));

    let after = assess(oil, &base, &posterior, day(366), 0.5);
    assert_eq!((after.crossed, after.leg, after.stage), (true, Some(Leg::Time), Stage::Due));
    assert!(!after.reason.contains(" mi"), "the time leg prints no mileage: {}", after.reason);
}

#[test]
fn p2_what_is_learned_late_changes_estimates_from_then_on_and_never_before() {
    let mut history = history_with(3, "55126");
    let before = Posterior::fit(&history, &[], day(215), &Model::shipped());
    history.push(read(212, "60000").learned_at(day(230)));
    assert_eq!(Posterior::fit(&history, &[], day(215), &Model::shipped()), before);
    assert_ne!(Posterior::fit(&history, &[], day(231), &Model::shipped()), before);
}

#[test]
fn the_next_look_is_the_first_second_at_which_the_service_is_due() {
    let posterior = Posterior::fit(&history_with(3, "55126"), &[], day(211), &Model::shipped());
    let schedule = Schedule::shipped();
    let oil = schedule.rule(&ServiceId::new("oil_service").unwrap()).unwrap();
    let base = Baseline::here(day(180), Some("57835".parse().unwrap()), 2);
    let look = assess(oil, &base, &posterior, day(211), 0.8).next_look.unwrap();
    assert!(!assess(oil, &base, &posterior, look - Duration::seconds(1), 0.8).crossed);
    assert!(assess(oil, &base, &posterior, look, 0.8).crossed);
}

fn any_reading() -> impl Strategy<Value = Reading> {
    let number = prop_oneof![4 => 0..200_000_000_i64, 1 => any::<i64>().prop_map(|n| n / 10_000)];
    let unit =
        prop_oneof![Just(DistanceUnit::Miles), Just(DistanceUnit::Kilometres), Just(DistanceUnit::Metres)];
    let kind = prop_oneof![
        8 => Just(ReadingKind::Reported),
        1 => Just(ReadingKind::ManualCorrection),
        1 => Just(ReadingKind::Delivery),
        1 => Just(ReadingKind::DeviceOdometer),
    ];
    (-20_000..2_000_i64, 0..50_i64, number, unit, kind).prop_map(|(on, late, number, unit, kind)| {
        Reading::reported(day(on), RawOdometer::new(number, unit)).learned_at(day(on + late)).of_kind(kind)
    })
}

proptest! {
    #[test]
    fn every_reading_gets_a_verdict_whatever_the_order(history in prop::collection::vec(any_reading(), 0..40)) {
        let model = Model::shipped();
        let verdicts = judge(&history, &model);
        prop_assert_eq!(verdicts.len(), history.len());
        let mut pairs: Vec<_> = history.iter().copied().zip(verdicts).collect();
        let backwards: Vec<Reading> = history.iter().rev().copied().collect();
        let mut again: Vec<_> = backwards.iter().copied().zip(judge(&backwards, &model)).collect();
        pairs.sort_by_key(|(reading, judgement)| (*reading, format!("{judgement:?}")));
        again.sort_by_key(|(reading, judgement)| (*reading, format!("{judgement:?}")));
        prop_assert_eq!(pairs, again);
    }

    #[test]
    fn used_and_set_aside_are_all_that_was_known(history in prop::collection::vec(any_reading(), 0..30), on in 0..2_000_i64) {
        let posterior = Posterior::fit(&history, &[], day(on), &Model::shipped());
        let known = history.iter().filter(|reading| reading.known_at(day(on))).count();
        prop_assert_eq!(posterior.readings_used() + posterior.readings_set_aside(), known);
    }

    #[test]
    fn probability_never_falls_with_time_nor_rises_with_miles(
        gains in prop::collection::vec((1..200_i64, 0..9_000_u32), 1..12), miles in 0..200_000_u32, ahead in 0..900_i64, more in 0..400_i64,
    ) {
        let mut history = Vec::new();
        let (mut on, mut shown) = (0, 20_000);
        for (days, gain) in gains {
            on += days;
            shown += gain;
            history.push(read(on, &shown.to_string()));
        }
        let posterior = Posterior::fit(&history, &[], day(on), &Model::shipped());
        let miles = Miles::from_whole(miles).unwrap();
        let now = posterior.probability_at_least(miles, day(ahead));
        prop_assert!((0.0..=1.0).contains(&now));
        prop_assert!(posterior.probability_at_least(miles, day(ahead + more)) >= now - 1e-12);
        let further = miles.checked_add(Miles::from_whole(500).unwrap()).unwrap();
        prop_assert!(posterior.probability_at_least(further, day(ahead)) <= now + 1e-12);
    }
}

#[test]
fn miles_tracked_since_the_last_reading_carry_the_odometer_on() {
    let model = Model::shipped();
    let mut track = Track::new();
    track.fold_batch(
        (0..1_000_u32).map(|n| {
            Fix::new(day(1) + Duration::seconds(i64::from(n) * 5), 41.0 + f64::from(n) * 0.001, -87.6)
        }),
        day(3),
        &model,
    );
    let summary = track.summary(&model);
    let posterior = Posterior::fit(
        &[read(0, "41000"), read(1, "41020")],
        core::slice::from_ref(&summary),
        day(3),
        &model,
    );
    let mileage = posterior.mileage_at(day(3));
    assert_eq!(mileage.basis(), Basis::Gps);
    let value = mileage.value().unwrap().as_f64();
    assert!((value - 41_020.0 - summary.distance_miles).abs() < 60.0, "{value}");
}
