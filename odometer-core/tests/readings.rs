//! What people complain about in the mileage of other products (i1 to i25 are the wants collected in the field), and
//! every way in which a reading goes wrong: each has a verdict of its own.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the way to fail")]

use chrono::{DateTime, Duration, Utc};
use fixedops_odometer_core::{
    Model, Posterior, Reading, ReadingColumns, ReadingKind, Reason, Repair, TrackSummary, Verdict,
    WhyUnknown, estimate_columns, judge,
};
use fixedops_vocab::{Basis, DistanceUnit, Miles, RawOdometer};
use proptest::prelude::*;

fn day(number: i64) -> DateTime<Utc> {
    "2024-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::days(number)
}

fn read(on: i64, said: &str) -> Reading {
    Reading::reported(day(on), RawOdometer::parse(said, DistanceUnit::Miles).unwrap())
}

fn in_unit(on: i64, said: &str, unit: DistanceUnit) -> Reading {
    Reading::reported(day(on), RawOdometer::parse(said, unit).unwrap())
}

/// A car of 30 miles a day, read every 40 days from day 0 on.
fn regular(readings: i64) -> Vec<Reading> {
    (0..readings).map(|n| read(n * 40, &(52_417 + n * 1_200).to_string())).collect()
}

fn verdicts(history: &[Reading]) -> Vec<Verdict> {
    judge(history, &Model::shipped()).into_iter().map(|judgement| judgement.verdict).collect()
}

fn fit(history: &[Reading], on: i64) -> Posterior {
    Posterior::fit(history, &[], day(on), &Model::shipped())
}

fn middle(posterior: &Posterior, on: i64) -> f64 {
    posterior.mileage_at(day(on)).value().unwrap().as_f64()
}

fn aside(reason: Reason) -> Verdict {
    Verdict::SetAside(reason)
}

#[test]
fn i1_the_mileage_to_come_is_foretold_with_a_range() {
    let posterior = fit(&regular(8), 280);
    let mileage = posterior.mileage_at(day(340));
    let range = mileage.range().unwrap();
    assert_eq!(mileage.basis(), Basis::Estimated);
    let truth = 52_417.0 + 30.0 * 340.0;
    assert!(range.p10().as_f64() < truth && truth < range.p90().as_f64(), "{mileage}");
}

#[test]
fn i3_a_mistyped_odometer_makes_nothing_past_due() {
    let mut history: Vec<Reading> =
        (0..6).map(|n| read(n * 40, &(191_905 + n * 1_200).to_string())).collect();
    history.push(read(240, "1999105"));
    assert_eq!(verdicts(&history)[6], aside(Reason::BeyondOdometer));
    assert_eq!(fit(&history, 240).last_reading(), Some("197905".parse().unwrap()));
    assert!(fit(&history, 240).probability_at_least("210000".parse().unwrap(), day(240)) < 0.01);
    // Readings close about it say which digit was typed too many.
    history.extend([read(230, "198805"), read(250, "199405")]);
    let meant = Verdict::Repaired { kind: Repair::ExtraDigit, miles: "199105".parse().unwrap() };
    assert_eq!(verdicts(&history)[6], meant);
    assert!((middle(&fit(&history, 250), 240) - 199_105.0).abs() < 1.0);
    history[6] = read(240, "8000000");
    assert_eq!(verdicts(&history)[6], aside(Reason::BeyondOdometer));
}

#[test]
fn i6_a_manual_correction_sticks_and_what_comes_later_is_counted_from_it() {
    let mut history = regular(6);
    history.push(read(205, "31000").of_kind(ReadingKind::ManualCorrection));
    for (on, said) in [(240, "32050"), (280, "33200"), (300, "59500")] {
        history.push(read(on, said));
    }
    let said = verdicts(&history);
    assert_eq!(said[6..9], [Verdict::Accepted; 3]);
    assert!(
        matches!(said[9], Verdict::SetAside(Reason::TooFast)),
        "the old count is no longer believed: {:?}",
        said[9]
    );
    // And what was known before the correction is answered as before.
    assert_eq!(fit(&history, 200).last_reading(), Some("58417".parse().unwrap()));
}

#[test]
fn i12_a_slip_of_the_unit_is_put_right() {
    for (case, said, unit, kind) in [
        ("kilometres as miles", "90500", DistanceUnit::Miles, Repair::KilometresAsMiles),
        ("miles as kilometres", "56235", DistanceUnit::Kilometres, Repair::MilesAsKilometres),
        ("metres as kilometres", "90500000", DistanceUnit::Kilometres, Repair::MetresAsKilometres),
    ] {
        let mut history: Vec<Reading> = (0..7)
            .map(|n| {
                in_unit(
                    n * 40,
                    &format!(
                        "{:.0}",
                        f64::from(52_417 + n as i32 * 1_200)
                            * if unit == DistanceUnit::Miles { 1.0 } else { 1.609_344 }
                    ),
                    unit,
                )
            })
            .collect();
        history[3] = in_unit(120, said, unit);
        let Verdict::Repaired { kind: found, miles } = verdicts(&history)[3] else {
            panic!("{case}: {:?}", verdicts(&history)[3])
        };
        assert_eq!(found, kind, "{case}");
        assert!((miles.as_f64() - 56_017.0).abs() < 300.0, "{case}: {miles}");
    }
}

#[test]
fn i13_an_older_reading_that_comes_late_changes_estimates_from_then_on_and_leaves_when_it_is_withdrawn() {
    let mut history = regular(5);
    history.push(read(200, "60400").learned_at(day(230)));
    let (before, after) = (fit(&history, 229), fit(&history, 231));
    assert_eq!((before.readings_used(), after.readings_used()), (5, 6));
    assert!(middle(&after, 240) > middle(&before, 240) + 1_000.0);
    // Later evidence withdraws the verdict: the next reading shows that it cannot have been.
    history.push(read(240, "59617"));
    history.push(read(280, "60817"));
    assert!(matches!(verdicts(&history)[5], Verdict::SetAside(Reason::TooFast)));
    // And day 231 is answered as it was.
    assert_eq!(fit(&history, 231), after);
}

#[test]
fn i14_an_odometer_that_falls_is_a_verdict_and_no_failure() {
    let mut history = regular(6);
    history[3] = read(120, "51000");
    assert_eq!(verdicts(&history)[3], aside(Reason::Rollback));
}

#[test]
fn a_date_that_nobody_can_have_reached_is_a_verdict() {
    let mut history = regular(6);
    history.push(read(30_000, "70000").learned_at(day(240)));
    history.push(read(241, "59617").learned_at(day(240)));
    let said = verdicts(&history);
    assert_eq!(said[6], aside(Reason::FutureDate));
    assert_eq!(said[7], Verdict::Accepted, "a day ahead is another time zone");
    let before_computers = Reading::reported("1979-12-31T00:00:00Z".parse().unwrap(), history[0].raw);
    assert_eq!(verdicts(&[before_computers]), [aside(Reason::BadDate)]);
}

#[test]
fn i25_an_estimate_widens_while_nothing_is_heard() {
    let posterior = fit(&regular(8), 280);
    let width = |on: i64| {
        let mileage = posterior.mileage_at(day(on));
        let range = mileage.range().unwrap();
        range.p90().as_f64() - range.p10().as_f64()
    };
    let widths: Vec<f64> = [282, 300, 340, 500, 900].map(width).to_vec();
    assert!(widths.is_sorted_by(|a, b| a < b), "{widths:?}");
    assert!(widths[4] > 10.0 * widths[1], "{widths:?}");
    assert_eq!(posterior.mileage_at(day(900)).last_capture(), Some(day(280)));
}

#[test]
fn a_number_carried_over_is_no_reading_and_a_car_that_stood_is_believed() {
    // The same number to the digit after two months of a car that is driven daily, and driven on as ever.
    let mut carried = regular(6);
    carried[3] = read(120, "54817");
    assert_eq!(verdicts(&carried)[3], aside(Reason::StaleRepeat));
    // The newest reading too: nothing speaks for a stand.
    let mut newest = regular(5);
    newest.push(read(230, "57217"));
    assert_eq!(verdicts(&newest)[5], aside(Reason::StaleRepeat));
    // Laid up over the winter: the miles after fit the time after.
    let mut stood = regular(4);
    for (on, miles) in [(240, 56_017), (280, 57_217), (320, 58_417)] {
        stood.push(read(on, &miles.to_string()));
    }
    assert_eq!(verdicts(&stood), vec![Verdict::Accepted; 7]);
    // A device that reports a parked car every day has read every time.
    let mut parked = regular(4);
    parked.extend((1..60).map(|n| read(120 + n, "56017").of_kind(ReadingKind::DeviceOdometer)));
    assert_eq!(verdicts(&parked), vec![Verdict::Accepted; 63]);
}

#[test]
fn readings_of_one_day_in_any_order_and_minutes_apart_are_honest() {
    let minutes = |said: &str, minutes: i64| {
        let raw = RawOdometer::parse(said, DistanceUnit::Miles).unwrap();
        Reading::reported(day(160) + Duration::minutes(minutes), raw)
    };
    let mut history = regular(4);
    history.extend([minutes("57217", 0), minutes("57215", 9), minutes("57218", 300)]);
    history.push(read(200, "58417"));
    assert_eq!(verdicts(&history), vec![Verdict::Accepted; 8]);
    let posterior = fit(&history, 200);
    let now = |at: DateTime<Utc>| posterior.mileage_at(at).value().unwrap();
    assert!(now(day(160)) <= now(day(160) + Duration::minutes(9)), "the odometer does not run back");
}

#[test]
fn a_new_cluster_is_a_new_segment_and_no_row_of_outliers() {
    // Half before and half after: 40,000 miles less from the sixth reading on.
    let mut history = regular(5);
    history.extend((5..9).map(|n| read(n * 40, &(52_417 + n * 1_200 - 40_000).to_string())));
    assert_eq!(verdicts(&history), vec![Verdict::Accepted; 9]);
    let posterior = fit(&history, 320);
    assert!((middle(&posterior, 360) - 23_217.0).abs() < 300.0, "{}", middle(&posterior, 360));
    // Two readings are not enough to say so, however far apart.
    let mut two = regular(5);
    two.extend([read(200, "18417"), read(270, "20517")]);
    assert!(verdicts(&two)[5..].iter().all(|verdict| matches!(verdict, Verdict::SetAside(_))));
    assert!(matches!(verdicts(&history[..7])[6], Verdict::SetAside(_)));
}

#[test]
fn readings_that_agree_with_each_other_and_not_with_the_car_say_whose_they_are() {
    let mut another = regular(9);
    for (on, miles) in [(50, 131_000), (130, 133_900), (210, 136_700)] {
        another.push(read(on, &miles.to_string()));
    }
    assert_eq!(verdicts(&another)[9..], [aside(Reason::OtherVehicle); 3]);
    // Engine hours of a car of about 30 miles an hour.
    let mut hours = regular(9);
    for (on, miles) in [(50, 1_797), (130, 1_877), (210, 1_957)] {
        hours.push(read(on, &miles.to_string()));
    }
    assert_eq!(verdicts(&hours)[9..], [aside(Reason::HourMeter); 3]);
    // The same pace at a count that no hours of this car can have reached.
    let mut slow = regular(9);
    for (on, miles) in [(50, 131_000), (130, 131_080), (210, 131_160)] {
        slow.push(read(on, &miles.to_string()));
    }
    let said = verdicts(&slow);
    assert!(said[9..].iter().all(|verdict| matches!(verdict, Verdict::SetAside(_))));
    assert!(!said.contains(&aside(Reason::HourMeter)), "{said:?}");
}

#[test]
fn a_device_never_outvotes_what_people_read() {
    let mut history = regular(6);
    // Stuck, and it speaks every day.
    history.extend((1..200).map(|n| read(n, "52417").of_kind(ReadingKind::DeviceOdometer)));
    let said = verdicts(&history);
    assert_eq!(said[..6], [Verdict::Accepted; 6]);
    assert_eq!(fit(&history, 200).last_reading(), Some("58417".parse().unwrap()));
    // Where nobody reads, the device is all there is.
    let alone: Vec<Reading> = (0..6)
        .map(|n| read(n * 40, &(52_417 + n * 1_200).to_string()).of_kind(ReadingKind::DeviceOdometer))
        .collect();
    assert_eq!(verdicts(&alone), vec![Verdict::Accepted; 6]);
}

#[test]
fn a_card_used_for_several_cars_ends_in_unknown_with_the_reason() {
    let pool: Vec<Reading> = [50_000, 9_000, 150_000, 3, 90_000, 20_000, 110_000, 700]
        .iter()
        .zip(0..)
        .map(|(miles, n): (&u32, i64)| read(n * 3, &miles.to_string()))
        .collect();
    let posterior = fit(&pool, 30);
    assert_eq!(posterior.why_unknown(day(30)), Some(WhyUnknown::NoCommonLine));
    for (case, history, on, why) in [
        ("nothing", vec![], 5, Some(WhyUnknown::NoReading)),
        ("nothing that counts", vec![read(0, "-5")], 5, Some(WhyUnknown::NoneCounts)),
        ("one reading", vec![read(0, "5")], 50, Some(WhyUnknown::NoHabit)),
        ("before the first", regular(5), -50, Some(WhyUnknown::BeforeFirstReading)),
        ("a history", regular(5), 200, None),
    ] {
        let known_by = on.max(160);
        assert_eq!(fit(&history, known_by).why_unknown(day(on)), why, "{case}");
    }
}

#[test]
fn one_reading_shows_what_most_cars_do_and_fires_nothing() {
    let posterior = fit(&[read(0, "41000")], 200);
    let range = posterior.population_range(day(200)).unwrap();
    assert!(range.p10() > "41000".parse::<Miles>().unwrap() && range.p90().as_f64() > 44_000.0);
    assert_eq!(posterior.mileage_at(day(200)).basis(), Basis::Unknown);
    assert!(posterior.probability_at_least(range.p10(), day(200)) == 0.0);
}

#[test]
fn gps_between_readings_teaches_the_factor_and_carries_the_next_estimate() {
    let model = Model::shipped();
    // The dash counts 3 % more than the GPS, between every two readings.
    let history = regular(6);
    let mut tracks: Vec<TrackSummary> = (0..5)
        .map(|n| TrackSummary {
            from: Some(day(n * 40)),
            to: Some(day(n * 40 + 40)),
            distance_miles: 1_200.0 / 1.03,
            sd_miles: 2.0,
            ..TrackSummary::default()
        })
        .collect();
    tracks.push(TrackSummary {
        from: Some(day(200)),
        to: Some(day(300)),
        distance_miles: 5_000.0,
        sd_miles: 4.0,
        ..TrackSummary::default()
    });
    let posterior = Posterior::fit(&history, &tracks, day(301), &model);
    assert!((posterior.scale().factor() - 1.03).abs() < 0.004, "{}", posterior.scale().factor());
    let mileage = posterior.mileage_at(day(301));
    assert_eq!(mileage.basis(), Basis::Gps);
    let range = mileage.range().unwrap();
    assert!((range.p50().as_f64() - 58_417.0 - 5_150.0).abs() < 60.0, "{mileage}");
    let without = Posterior::fit(&history, &tracks[5..], day(301), &model).mileage_at(day(301));
    let width = |range: fixedops_vocab::MilesRange| range.p90().as_f64() - range.p10().as_f64();
    assert!(width(range) < 0.8 * width(without.range().unwrap()), "{mileage} {without}");
    // The order in which the tracks are handed over changes nothing; a repeated one counts once.
    tracks.reverse();
    tracks.push(tracks[2]);
    assert_eq!(Posterior::fit(&history, &tracks, day(301), &model), posterior);
}

proptest! {
    /// The columns say what a posterior says, to the bit, whatever they hold.
    #[test]
    fn columns_and_posteriors_agree(
        vehicles in prop::collection::vec(prop::collection::vec((0..2_500_i64, 0..80_i64, -2_000..2_000_i64, 0..12_u8), 0..16), 0..6),
        on in 0..3_000_i64,
    ) {
        let model = Model::shipped();
        let (mut starts, mut read_at, mut thousandths) = (vec![0], Vec::new(), Vec::new());
        let mut expected = Vec::new();
        for vehicle in vehicles {
            let mut history = Vec::new();
            for (n, rate, off, slip) in vehicle {
                let number = (20_000 + n * rate + off) * 1_000;
                let number = match slip { 0 => number * 10, 1 => number / 7, 2 => -number, _ => number };
                read_at.push(day(n).timestamp());
                thousandths.push(number);
                history.push(Reading::reported(day(n), RawOdometer::new(number, DistanceUnit::Kilometres)));
            }
            starts.push(read_at.len());
            let posterior = Posterior::fit(&history, &[], day(on), &model);
            expected.push((posterior.mileage_at(day(on + 60)), posterior.readings_used(), posterior.readings_set_aside()));
        }
        let columns =
            ReadingColumns { starts: &starts, read_at: &read_at, thousandths: &thousandths, unit: DistanceUnit::Kilometres };
        let said = estimate_columns(&columns, day(on), day(on + 60), &model).unwrap();
        let said: Vec<_> = said.iter().map(|e| (e.mileage, e.used as usize, e.set_aside as usize)).collect();
        prop_assert_eq!(said, expected);
    }
}

#[test]
fn columns_that_do_not_fit_together_are_refused_by_name() {
    let model = Model::shipped();
    let refused = |starts: &[usize], read_at: &[i64], thousandths: &[i64]| {
        let columns = ReadingColumns { starts, read_at, thousandths, unit: DistanceUnit::Miles };
        estimate_columns(&columns, day(0), day(0), &model).unwrap_err().to_string()
    };
    assert_eq!(refused(&[0, 2], &[1, 2], &[3]), "2 times for 1 numbers");
    assert!(refused(&[0, 1, 3], &[1, 2], &[1, 2]).contains("vehicle 1"));
    assert!(refused(&[0, 2, 1], &[1, 2], &[1, 2]).contains("vehicle 1"));
    // Times that no date can hold are verdicts, not failures.
    let columns = ReadingColumns {
        starts: &[0, 2],
        read_at: &[i64::MIN, i64::MAX],
        thousandths: &[i64::MIN, i64::MAX],
        unit: DistanceUnit::Miles,
    };
    let said = estimate_columns(&columns, day(0), day(0), &model).unwrap();
    assert_eq!((said[0].used, said[0].set_aside), (0, 1));
}

#[test]
fn one_slip_of_a_person_does_not_overrule_a_year_of_a_device() {
    let device = |n: i64, miles: i64| read(n, &miles.to_string()).of_kind(ReadingKind::DeviceOdometer);
    for typed in ["470000", "4700", "77000"] {
        let mut history: Vec<Reading> = (0..365).map(|n| device(n, 41_000 + n * 10)).collect();
        history.push(read(365, typed));
        assert!(
            matches!(verdicts(&history)[365], Verdict::SetAside(_) | Verdict::Repaired { .. }),
            "{typed}"
        );
        let last = fit(&history, 365).last_reading().unwrap().as_f64();
        assert!((44_000.0..45_000.0).contains(&last), "{typed}: {last}");
    }
    // A rollover that the device saw is kept when one honest reading or a correction stands beside it.
    for kind in [ReadingKind::Reported, ReadingKind::ManualCorrection] {
        let mut history: Vec<Reading> = (1..365).map(|n| device(n, (95_000 + n * 30) % 100_000)).collect();
        history.push(read(0, "94990").of_kind(kind));
        let last = fit(&history, 365).last_reading().unwrap().as_f64();
        assert!((last - 105_920.0).abs() < 1.0, "{kind:?}: {last}");
    }
}

#[test]
fn a_reading_stands_a_day_before_it_and_nothing_is_known_earlier() {
    let history = [read(0, "40000"), read(60, "45000")];
    let posterior = fit(&history, 60);
    let at = |hours: i64| posterior.mileage_at(day(0) + Duration::hours(hours));
    assert_eq!((at(-4).basis(), at(-4).value()), (Basis::Read, Some("40000".parse().unwrap())));
    assert_eq!(at(-4).last_capture(), Some(day(0)));
    assert_eq!(at(-30).basis(), Basis::Unknown);
}

#[test]
fn at_the_instant_of_a_reading_the_range_is_the_reading() {
    let history = [read(0, "40000"), read(90, "42000"), read(181, "46000")];
    let posterior = fit(&history, 181);
    let range = posterior.mileage_at(day(90)).range().unwrap();
    assert_eq!((range.p10(), range.p90()), (range.p50(), range.p50()));
    assert!(posterior.probability_at_least("42300".parse().unwrap(), day(90)) < 1e-9);
    let between = posterior.mileage_at(day(135)).range().unwrap();
    assert!(between.p10().as_f64() < 43_950.0 && between.p90().as_f64() > 44_050.0, "{between:?}");
    assert!(between.p10().as_f64() > 42_000.0 && between.p90().as_f64() < 46_000.0, "{between:?}");
}

#[test]
fn without_a_habit_nothing_is_estimated_before_a_correction_either() {
    let history = [read(0, "41000"), read(330, "10000").of_kind(ReadingKind::ManualCorrection)];
    let posterior = fit(&history, 400);
    assert!(!posterior.habit_learned());
    assert_eq!(posterior.mileage_at(day(300)).basis(), Basis::Unknown);
    assert!(posterior.probability_at_least("45000".parse().unwrap(), day(300)) == 0.0);
    assert!((posterior.probability_at_least("41000".parse().unwrap(), day(300)) - 1.0).abs() < 1e-12);
}

#[test]
fn of_two_corrections_of_one_instant_the_later_word_stands() {
    let correction = |said: &str, learned: i64| {
        read(200, said).of_kind(ReadingKind::ManualCorrection).learned_at(day(learned))
    };
    let mut history = regular(5);
    history.extend([correction("41000", 200), correction("14000", 204), read(200, "41060")]);
    assert_eq!(fit(&history, 203).last_reading(), Some("41000".parse().unwrap()));
    assert_eq!(fit(&history, 210).last_reading(), Some("14000".parse().unwrap()));
}

#[test]
fn the_days_between_tracks_are_the_cars_own_and_a_track_over_a_reading_counts_by_its_share() {
    let model = Model::shipped();
    let history: Vec<Reading> = (0..20).map(|n| read(n * 14, &(40_000 + n * 1_400).to_string())).collect();
    let track = |from: f64, to: f64, miles: f64| TrackSummary {
        from: Some(day(0) + Duration::seconds((from * 86_400.0) as i64)),
        to: Some(day(0) + Duration::seconds((to * 86_400.0) as i64)),
        distance_miles: miles,
        sd_miles: 1.0,
        ..TrackSummary::default()
    };
    // Two hours of GPS in two months: the habit, not the population's rate, fills the rest.
    let scarce = [track(267.0, 267.04, 30.0), track(326.0, 326.04, 30.0)];
    let with = Posterior::fit(&history, &scarce, day(328), &model);
    let without = Posterior::fit(&history, &[], day(328), &model);
    assert_eq!(with.mileage_at(day(328)).basis(), Basis::Estimated);
    assert!((middle(&with, 328) - middle(&without, 328)).abs() < 500.0);
    // A track that began ten seconds before the reading carries the odometer on.
    let restarted = [track(265.999_9, 276.0, 900.0)];
    let posterior = Posterior::fit(&history, &restarted, day(276), &model);
    assert!(posterior.is_tracked());
    assert!((middle(&posterior, 276) - 67_500.0).abs() < 30.0, "{}", middle(&posterior, 276));
}

#[test]
fn a_number_typed_to_get_past_the_question_is_believed_only_where_a_later_reading_bears_it_out() {
    assert_eq!(
        verdicts(&[read(0, "41000"), read(40, "42000"), read(300, "111111")])[2],
        aside(Reason::Placeholder)
    );
    let honest = [read(0, "109000"), read(40, "110200"), read(70, "111111"), read(110, "112300")];
    assert_eq!(verdicts(&honest), vec![Verdict::Accepted; 4]);
    assert_eq!(verdicts(&[read(0, "0"), read(300, "41000")])[0], aside(Reason::Zero));
    let delivered = [read(0, "0").of_kind(ReadingKind::Delivery), read(300, "9000")];
    assert_eq!(verdicts(&delivered), vec![Verdict::Accepted; 2]);
}

#[test]
fn a_number_beyond_the_odometer_is_judged_by_its_own_stretch() {
    let unit = DistanceUnit::Kilometres;
    for later in [5, 320] {
        let mut history: Vec<Reading> =
            (0..6).map(|n| in_unit(n * 10, &(50_000 + n * 3_200).to_string(), unit)).collect();
        history.push(in_unit(60, "69200000", unit));
        history.push(in_unit(61, "20000", unit).of_kind(ReadingKind::ManualCorrection));
        history.extend((0..39).map(|n| in_unit(62 + n, &(20_000 + (n + 1) * later).to_string(), unit)));
        let said = verdicts(&history)[6];
        assert!(
            matches!(said, Verdict::Repaired { kind: Repair::MetresAsKilometres, .. }),
            "{later}: {said:?}"
        );
    }
}

/// A car read every 40 days that drives so many miles in each.
fn driven(gains: &[i64]) -> Vec<Reading> {
    let mut shown = 40_000;
    let mut history = vec![read(0, "40000")];
    for (n, gain) in (1..).zip(gains) {
        shown += gain;
        history.push(read(n * 40, &shown.to_string()));
    }
    history
}

#[test]
fn the_habit_follows_a_lasting_change_leans_to_less_and_widens_for_an_uneven_driver() {
    let rate = |gains: &[i64]| {
        fit(&driven(gains), 40 * i64::try_from(gains.len()).unwrap()).miles_per_day().unwrap()
    };
    // Readings come in busy times: the median to come is some 5 % below the mean of an even driver.
    let even = rate(&[1_200; 12]);
    assert!((28.0..28.7).contains(&even), "{even}");
    // Six hundred days of 20 a day, then four hundred of 60: what foretold better since weighs more.
    let mut changed = [800; 25];
    changed[15..].fill(2_400);
    let now = rate(&changed);
    assert!((52.3..58.0).contains(&now), "{now}");
    // Long ago is forgotten.
    let mut long_ago = [800; 40];
    long_ago[..10].fill(8_000);
    assert!((18.0..22.0).contains(&rate(&long_ago)), "{}", rate(&long_ago));

    let width = |gains: &[i64]| {
        let on = 40 * i64::try_from(gains.len()).unwrap();
        let range = fit(&driven(gains), on).mileage_at(day(on + 60)).range().unwrap();
        range.p90().as_f64() - range.p10().as_f64()
    };
    let uneven: Vec<i64> = (0..12).map(|n| if n % 2 == 0 { 500 } else { 1_900 }).collect();
    assert!(width(&uneven) > 1.8 * width(&[1_200; 12]), "{} {}", width(&uneven), width(&[1_200; 12]));
}

#[test]
fn a_car_of_the_summer_is_foretold_more_miles_in_summer() {
    let mut shown = 10_000.0;
    let history: Vec<Reading> = (0..220)
        .map(|n| {
            let reading = read(n * 20, &format!("{shown:.0}"));
            let july = (core::f64::consts::TAU * (n as f64 * 20.0 + 10.0) / 365.25).cos();
            shown += 20.0 * 30.0 * (1.0 - july / 3.0);
            reading
        })
        .collect();
    // Day 0 is the first of January.
    let ahead = |on: i64| middle(&fit(&history, on), on + 60) - middle(&fit(&history, on), on);
    let (winter, summer) = (ahead(20 * 200 - 20 * 200 % 365 + 340), ahead(20 * 200 - 20 * 200 % 365 + 160));
    assert!(summer > 1.3 * winter, "{summer} {winter}");
}

#[test]
fn gps_over_a_correction_teaches_no_factor() {
    let model = Model::shipped();
    let mut history = regular(4);
    history.push(read(160, "57200").of_kind(ReadingKind::ManualCorrection));
    let over = TrackSummary {
        from: Some(day(121)),
        to: Some(day(160)),
        distance_miles: 1_100.0,
        sd_miles: 2.0,
        ..TrackSummary::default()
    };
    let prior = Posterior::fit(&history, &[], day(170), &model).scale().factor();
    let after = Posterior::fit(&history, &[over], day(170), &model).scale().factor();
    assert!((prior - after).abs() < 1e-12, "{after}");
}
