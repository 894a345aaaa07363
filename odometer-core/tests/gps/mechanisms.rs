//! What each part of a track does.

use chrono::Duration;
use fixedops_odometer_core::{Fix, FixFault, Model, Track};

use crate::road::{folded, miles_north, noise, north, parked, received, second};

#[test]
fn a_fix_thrown_after_a_long_stop_is_set_aside() {
    let mut fixes = parked(0, 1_440, 5, 41.0, -87.6, 3.0);
    fixes.push(Fix::new(second(7_201), 42.8, -87.6));
    fixes.push(Fix::new(second(7_202), 41.0, -87.6));
    let summary = folded(fixes);
    assert!(summary.distance_miles < 0.02, "{}", summary.distance_miles);
    assert_eq!((summary.count(FixFault::Thrown), summary.fixes_set_aside()), (1, 1));
}

#[test]
fn one_fix_in_fifty_thrown_changes_nothing() {
    let clean = folded((0..600).map(north));
    let thrown = folded(
        (0..600).map(|n| Fix { lat: north(n).lat + if n % 50 == 25 { 1.8 } else { 0.0 }, ..north(n) }),
    );
    assert_eq!(thrown.count(FixFault::Thrown), 12);
    assert!((thrown.distance_miles - clean.distance_miles).abs() < 0.001, "{thrown:?}");
}

#[test]
fn three_fixes_that_agree_are_the_car_and_the_way_there_is_not_counted() {
    // Carried by a truck while the receiver slept a minute.
    let away = |n: i32| Fix { at: second(660 + i64::from(n)), lat: north(n).lat + 3.0, ..north(n) };
    let summary = folded((0..600).map(north).chain((0..600).map(away)));
    assert_eq!(summary.fixes_set_aside(), 0);
    assert!((summary.distance_miles - miles_north(599 + 597)).abs() < 0.05, "{summary:?}");
}

#[test]
fn a_receiver_that_repeats_its_position_and_then_jumps_is_no_thrower() {
    // Ten seconds at one place by its word, at 31 m/s.
    let held = |n: i32| Fix { lat: 41.0 + f64::from(n - n % 10) * 2.8e-4, ..north(n) };
    let summary = folded((0..600).map(held));
    assert_eq!(summary.fixes_set_aside(), 0);
    assert!((summary.distance_miles - miles_north(590) * 1.4).abs() < 0.05, "{summary:?}");
    // Beyond half a minute a position that stands is a word: the car stood.
    let stood = (0..600).map(|n| Fix { lat: 41.0, ..north(n) });
    let summary =
        folded(stood.chain([Fix::new(second(600), 41.05, -87.6), Fix::new(second(601), 41.0, -87.6)]));
    assert_eq!(summary.count(FixFault::Thrown), 1, "5.6 km in a second after standing");
    assert!(summary.distance_miles < 0.01, "{summary:?}");
}

#[test]
fn two_receivers_in_a_car_do_not_zigzag() {
    // Side by side, four metres apart and each with its own error, at the same seconds.
    let left = |n: i32| Fix { device: Some(1), ..north(n) };
    let right = |n: i32| Fix { device: Some(2), lon: -87.6 + 5e-4 * noise(n), ..north(n) };
    let alone = folded((0..600).map(left));
    let both = folded((0..600).flat_map(|n| [left(n), right(n)]));
    assert!((both.distance_miles - alone.distance_miles).abs() < 1e-9, "{both:?}");
    assert_eq!((both.fixes_used, both.count(FixFault::OtherDevice)), (600, 600));
    let swapped = folded((0..600).flat_map(|n| [right(n), left(n)]));
    assert_eq!((swapped.fixes_used, swapped.count(FixFault::OtherDevice)), (600, 600));
}

#[test]
fn the_second_receiver_takes_over_where_the_first_falls_silent() {
    let of = |device: u8| move |n: i32| Fix { device: Some(device), ..north(n) };
    let summary = folded((0..600).map(of(1)).chain((600..3_000).map(of(2))));
    assert_eq!(summary.count(FixFault::OtherDevice), 599, "for ten minutes it might come back");
    assert!((summary.distance_miles - miles_north(2_999)).abs() < 0.06 * miles_north(600), "{summary:?}");
    assert!(summary.gap_miles > 0.0);
}

#[test]
fn sparse_fixes_of_a_winding_road_are_lengthened_and_those_of_a_straight_one_hardly() {
    // A quarter turn each way every 300 m, at 12 m/s.
    let (mut lat, mut lon, mut heading) = (41.0_f64, -87.6_f64, 0.0_f64);
    let mut road = Vec::new();
    for n in 0..6_000 {
        let turn = if (n / 25) % 2 == 0 { 1.0 } else { -1.0 } * core::f64::consts::FRAC_PI_2 / 25.0;
        heading += turn;
        lat += 12.0 * heading.cos() / 111_061.0;
        lon += 12.0 * heading.sin() / 84_130.0;
        road.push(Fix::new(second(n), lat, lon));
    }
    let miles = 5_999.0 * 12.0 / 1_609.344;
    let dense = folded(road.iter().copied()).distance_miles;
    assert!((dense / miles - 1.0).abs() < 0.01, "{dense}");
    let sparse = folded(road.iter().copied().step_by(30)).distance_miles;
    let chords = 0.93 * miles;
    assert!(sparse > chords && sparse < miles * 1.02, "{sparse} of {miles}");
    let straight = folded((0..6_000).step_by(30).map(north)).distance_miles;
    assert!((straight / miles_north(5_970) - 1.0).abs() < 0.008, "{straight}");
}

#[test]
fn a_tunnel_is_bridged_and_its_miles_are_less_sure() {
    let through = |n: &i32| !(1_000..1_300).contains(n);
    let open = folded((0..2_000).map(north));
    let tunnel = folded((0..2_000).filter(through).map(north));
    let missing = miles_north(301);
    assert!((tunnel.gap_miles / missing - 1.0).abs() < 0.08, "{tunnel:?}");
    assert!((tunnel.distance_miles / open.distance_miles - 1.0).abs() < 0.02);
    assert!(tunnel.sd_miles > open.sd_miles + 0.05 * missing, "{} {}", tunnel.sd_miles, open.sd_miles);
}

#[test]
fn across_a_gap_the_pace_of_the_drive_speaks_for_a_detour_and_a_silent_day_does_not() {
    let gap = |seconds: i64| {
        // Twenty minutes at 50 mph, then found again half a mile on.
        let mut fixes: Vec<Fix> = (0..1_200).map(north).collect();
        let on = |n: i32| Fix { at: second(1_199 + seconds + i64::from(n)), ..north(1_240 + n) };
        fixes.extend((0..600).map(on));
        folded(fixes)
    };
    let (soon, detour, day) = (gap(125), gap(500), gap(86_000));
    let straight = miles_north(41);
    assert!((soon.gap_miles / straight - 1.0) > 0.3, "{}", soon.gap_miles);
    assert!(detour.gap_miles > soon.gap_miles - 1e-9 && detour.gap_miles < 2.0 * straight, "{detour:?}");
    assert!((day.gap_miles / straight - 1.0).abs() < 0.06, "it was parked: {}", day.gap_miles);
    let sd = |summary: fixedops_odometer_core::TrackSummary| summary.sd_miles;
    assert!(sd(day) > sd(folded((0..1_800).map(north))), "and nobody saw it");
}

#[test]
fn the_middle_of_the_wandering_is_where_a_parked_car_is() {
    // It arrives by the worst of its fixes, 18 m off.
    let mut fixes = parked(1, 720, 5, 41.0, -87.6, 7.0);
    fixes.insert(0, Fix::new(second(0), 41.0 + 18.0 / 111_061.0, -87.6));
    let stood = folded(fixes);
    let way = stood.distance_miles * 1_609.344;
    assert!((way - 18.0).abs() < 6.0, "{way}");
}

#[test]
fn a_speed_of_none_is_standing_whatever_the_position_does() {
    // Within the circle, at a walking pace by its positions, wheels still.
    let creep = |n: i32| Fix { lat: 41.0 + f64::from(n) * 1.2e-5, ..north(n) };
    let known = folded((0..19).map(|n| Fix { speed_mps: Some(0.0), ..creep(n) }));
    let unknown = folded((0..19).map(creep));
    assert!(known.distance_miles == 0.0 && unknown.distance_miles > 0.01, "{known:?} {unknown:?}");
}

#[test]
fn what_all_legs_have_in_common_does_not_shrink_with_their_number() {
    let summary = folded((0..20_000).map(|n| Fix { lat: 41.0 + f64::from(n) * 2e-5, ..north(n * 10) }));
    assert!(summary.sd_miles > 0.004 * summary.distance_miles, "{summary:?}");
}

#[test]
fn a_track_starts_anew_where_it_stands_and_the_miles_go_on() {
    let model = Model::shipped();
    let mut whole = Track::new();
    whole.fold_batch((0..300).map(north), received(), &model);
    let first = whole.summary(&model);
    let mut second_part = whole.restart(&model);
    assert_eq!(second_part.summary(&model).distance_miles, 0.0);
    second_part.fold_batch((300..600).map(north), received(), &model);
    let second_part = second_part.summary(&model);
    let whole = folded((0..600).map(north));
    assert!((first.distance_miles + second_part.distance_miles - whole.distance_miles).abs() < 0.05);
    assert_eq!((second_part.from, second_part.fixes_used), (Some(second(299)), 301));
    // Its first fix needs no confirming: a week later it is a gap, not a factory.
    let mut late = Track::new().restart(&model);
    assert_eq!(late, Track::new());
    late.fold_batch((0..300).map(north), received(), &model);
    let mut late = late.restart(&model);
    late.fold_batch(
        (300..600).map(|n| Fix { at: north(n).at + Duration::days(7), ..north(n) }),
        received(),
        &model,
    );
    assert_eq!(late.summary(&model).count(FixFault::Unconfirmed), 0);
}

#[test]
fn between_two_tracks_that_are_merged_lies_a_gap() {
    let model = Model::shipped();
    let (mut one, mut other) = (Track::new(), Track::new());
    one.fold_batch((0..300).map(north), received(), &model);
    other.fold_batch((600..900).map(north), received(), &model);
    let merged = one.clone().merge(&other, &model).unwrap().summary(&model);
    let apart = one.summary(&model).distance_miles + other.summary(&model).distance_miles;
    assert!((merged.gap_miles / miles_north(301) - 1.0).abs() < 0.08, "{merged:?}");
    assert!((merged.distance_miles - apart - merged.gap_miles).abs() < 1e-6, "{merged:?}");
}

#[test]
fn a_lone_fix_from_the_factory_is_no_more_confirmed_by_a_merge() {
    let model = Model::shipped();
    let factory = Fix::new(north(0).at - chrono::Duration::days(3), 22.5, 114.0);
    let (mut lone, mut drive) = (Track::new(), Track::new());
    lone.fold_batch([factory], received(), &model);
    drive.fold_batch((0..300).map(north), received(), &model);
    let alone = drive.summary(&model);
    let merged = lone.merge(&drive, &model).unwrap().summary(&model);
    assert!((merged.distance_miles - alone.distance_miles).abs() < 1e-9, "{merged:?}");
    assert_eq!(
        (merged.fixes_used, merged.fixes_set_aside()),
        (alone.fixes_used, alone.fixes_set_aside() + 1)
    );
    assert_eq!(merged.from, alone.from);
}

#[test]
fn tracks_that_overlap_are_not_merged() {
    let model = Model::shipped();
    let (mut one, mut other) = (Track::new(), Track::new());
    one.fold_batch((0..300).map(north), received(), &model);
    other.fold_batch((299..600).map(north), received(), &model);
    assert!(one.clone().merge(&other, &model).is_err());
    assert!(other.clone().merge(&one, &model).is_err(), "nor the wrong way round");
    let empty = Track::new();
    assert_eq!(one.clone().merge(&empty, &model).unwrap().summary(&model), one.summary(&model));
    assert_eq!(empty.merge(&one, &model).unwrap().summary(&model), one.summary(&model));
}
