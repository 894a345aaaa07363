//! How early or late a touch came, by kind of timing.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_attribution::relevance::{RelevanceRules, Spread, TimedTouch, Timing, relevance};
use fixedops_vocab::{Miles, TouchKey};
use proptest::prelude::*;

fn noon(day: i64) -> DateTime<Utc> {
    "2026-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(day)
}

/// A touch on day 100 for a service due at 35,000 miles.
fn touch(id: u32, timing: Timing, crossed: Option<i64>, odometer: Option<u32>) -> TimedTouch {
    TimedTouch {
        key: TouchKey { case: "mileage_due/c".parse().unwrap(), touch: id.to_string().parse().unwrap() },
        timing,
        sent_at: noon(100),
        odometer: odometer.map(|miles| Miles::from_whole(miles).unwrap()),
        due: Miles::from_whole(35_000).unwrap(),
        crossed_at: crossed.map(noon),
    }
}

#[test]
fn the_limit_itself_is_on_time_and_a_day_more_is_not() {
    for (case, crossed, early, on_time, late) in [
        ("a month early", 130, 0, 1, 0),
        ("a day more", 131, 1, 0, 0),
        ("on the day", 100, 0, 1, 0),
        ("a month late", 70, 0, 1, 0),
        ("a day later", 69, 0, 0, 1),
    ] {
        let touches = [touch(1, Timing::Mileage, Some(crossed), None)];
        let days = &relevance(&touches, &RelevanceRules::shipped())[&Timing::Mileage].days;
        assert_eq!((days.early, days.on_time, days.late), (early, on_time, late), "{case}");
    }
}

#[test]
fn both_kinds_stand_side_by_side() {
    let mut touches = Vec::new();
    for n in 0..10 {
        touches.push(touch(n, Timing::Mileage, Some(100 + i64::from(n)), Some(34_900 + n)));
        touches.push(touch(100 + n, Timing::Calendar, Some(20 * i64::from(n)), Some(32_000 + 600 * n)));
    }
    touches.push(touch(200, Timing::Calendar, None, None));
    // The same touch twice counts once.
    touches.push(touch(200, Timing::Calendar, None, None));
    let answer = relevance(&touches, &RelevanceRules::shipped());
    let mileage = &answer[&Timing::Mileage];
    assert_eq!((mileage.touches, mileage.days.on_time), (10, 10));
    assert_eq!(mileage.days.p10_p50_p90, Some([-9, -5, -1]));
    assert_eq!(mileage.tenths_of_miles.p10_p50_p90, Some([-1_000, -960, -920]));
    let calendar = &answer[&Timing::Calendar];
    assert_eq!(calendar.touches, 11);
    let expected = Spread {
        early: 3,
        on_time: 3,
        late: 4,
        unknown: 1,
        p10_p50_p90: Some([-80, 0, 80]),
        middle_distance: Some(40),
    };
    assert_eq!(calendar.days, expected);
    assert_eq!((calendar.tenths_of_miles.early, calendar.tenths_of_miles.late), (5, 4));
}

#[test]
fn nothing_known_is_no_figure() {
    let answer = relevance(&[touch(1, Timing::Calendar, None, None)], &RelevanceRules::shipped());
    assert_eq!(answer[&Timing::Calendar].days.p10_p50_p90, None);
    assert_eq!(answer[&Timing::Calendar].days.middle_distance, None);
    assert!(relevance(&[], &RelevanceRules::shipped()).is_empty());
}

#[test]
fn bad_rules_are_refused_with_their_place() {
    let shipped = include_str!("../policies/relevance.toml");
    for (case, from, to, place) in [
        (
            "no source",
            "source = \"decision of this project: a month",
            "source = \" \" # a month",
            "on_time_days",
        ),
        ("less than nothing", "value = 500", "value = -1", "line"),
        ("an unknown rule", "[on_time_miles]", "[on_time_yards]", "on_time_yards"),
    ] {
        assert!(shipped.contains(from), "{case}");
        let error = RelevanceRules::from_toml(&shipped.replacen(from, to, 1)).expect_err(case).to_string();
        assert!(error.contains(place), "{case}: {error}");
    }
}

proptest! {
    #[test]
    fn it_adds_up_in_any_order(
        touches in prop::collection::vec((any::<bool>(), prop::option::of(0..300_i64), prop::option::of(0..90_000_u32)), 0..40),
    ) {
        let touches: Vec<TimedTouch> = (0..)
            .zip(touches)
            .map(|(id, (mileage, crossed, odometer))| {
                touch(id, if mileage { Timing::Mileage } else { Timing::Calendar }, crossed, odometer)
            })
            .collect();
        let answer = relevance(&touches, &RelevanceRules::shipped());
        prop_assert_eq!(answer.values().map(|kind| kind.touches).sum::<u64>(), touches.len() as u64);
        for kind in answer.values() {
            for spread in [&kind.days, &kind.tenths_of_miles] {
                prop_assert_eq!(spread.early + spread.on_time + spread.late + spread.unknown, kind.touches);
            }
        }
        let mut turned = touches;
        turned.reverse();
        prop_assert_eq!(relevance(&turned, &RelevanceRules::shipped()), answer);
    }
}
