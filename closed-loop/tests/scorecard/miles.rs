//! Accuracy and relevance on cars whose every mile is known.

use fixedops_closed_loop::scorecard::TrueOdometers;
use serde_json::json;

use crate::hand::{Hand, instant, is, of};

const END: &str = "2026-12-31T00:00:00Z";

/// A car that drives 50 miles every day, read every fortnight, history and period.
fn steady() -> Hand {
    let mut hand = Hand::new();
    let first = instant("2025-06-01T12:00:00Z");
    for number in 0..42 {
        let at = first + chrono::TimeDelta::days(14 * number);
        let miles = u32::try_from(1_000 + number * 700).unwrap();
        hand.reading(&at.format("%Y-%m-%dT%H:%M:%SZ").to_string(), miles);
    }
    hand
}

#[test]
fn a_steady_car_is_said_right_and_only_readings_of_the_period_are_held_against_it() {
    let card = steady().card(END).mileage;
    let all = &card.against_readings;
    // The journal begins on 1 June 2026; what was imported then is known from then on. The first readings after it are
    // asked for on the day before each.
    let (said, asked) = of(&all.said);
    assert_eq!((said.as_str(), asked), ("15", 15));
    let error: f64 = of(&all.median_abs_error).0.parse().unwrap();
    assert!(error < 60.0, "off by {error} miles");
    assert_eq!(of(&all.coverage), is("100.0", 15));
    assert_eq!(card.readings.rows[0].count, 42);
    let by_age: u64 = card.by_age.iter().map(|row| of(&row.said).1).sum();
    assert_eq!(by_age, asked, "every age is in one row");
    assert!(card.against_truth.is_none());
}

/// A car that drives 25 miles a day from 5,000 miles on 1 January 2026.
fn slow(hand: &mut Hand) {
    for (at, miles) in
        [("2026-01-01T00:00:00Z", 5_000), ("2026-05-01T00:00:00Z", 8_000), ("2026-08-29T00:00:00Z", 11_000)]
    {
        hand.reading(at, miles);
    }
}

#[test]
fn a_message_is_held_against_the_day_the_car_really_reached_its_mile_beside_a_calendar_reminder() {
    let mut hand = Hand::new();
    slow(&mut hand);
    // 25 miles a day: 10,000 is reached on 20 July. The message comes ten days before, at 9,750.
    hand.crossing("2026-07-09T00:00:00Z", "x1", json!({ "outcome": "sent" }));
    hand.sent("2026-07-10T00:00:00Z", "case-x1", "first");
    hand.sent("2026-07-30T00:00:00Z", "case-x1", "second");
    let card = hand.card(END).relevance;
    assert_eq!(
        (of(&card.considered), of(&card.reached), of(&card.backlog)),
        (is("1", 1), is("1", 1), is("0", 1))
    );
    assert_eq!(
        (of(&card.first_touch.median_days), of(&card.first_touch.median_miles)),
        (is("-10.0", 1), is("-250.0", 1))
    );
    assert_eq!(of(&card.every_touch.median_days), is("0.0", 2), "ten days before and ten after");
    // 5,000 miles at 13,476 a year: four months after 1 January is 1 May, at 8,000 miles, eighty days before.
    assert_eq!(
        (of(&card.calendar.median_days), of(&card.calendar.median_miles)),
        (is("-80.0", 1), is("-2000.0", 1))
    );
    assert_eq!(
        (of(&card.first_touch.within_days), of(&card.calendar.within_days)),
        (is("100.0", 1), is("0.0", 1))
    );
    assert_eq!(
        card.calendar
            .days
            .bins
            .iter()
            .filter(|bin| bin.count > 0)
            .map(|bin| (bin.from, bin.to))
            .collect::<Vec<_>>(),
        [(Some(-90), Some(-60))]
    );
    assert!(card.calendar.median_days.source.unwrap().contains("13,476"));
}

#[test]
fn a_mile_that_was_not_reached_and_a_backlog_are_counted_apart() {
    let mut hand = Hand::new();
    slow(&mut hand);
    hand.events.truncate(3);
    hand.crossing("2026-07-09T00:00:00Z", "x1", json!({ "outcome": "sent" }));
    hand.sent("2026-07-10T00:00:00Z", "case-x1", "first");
    hand.crossing(crate::hand::START, "x2", json!({ "outcome": "sent" }));
    hand.sent("2026-06-02T00:00:00Z", "case-x2", "first");
    let card = hand.card(END).relevance;
    assert_eq!(
        (of(&card.considered), of(&card.not_reached), of(&card.backlog)),
        (is("2", 2), is("1", 2), is("1", 2))
    );
    assert_eq!(of(&card.first_touch.median_days), is("null", 0));

    // With the truth of a simulated world the mile is known.
    let mut truth = TrueOdometers::default();
    for (at, miles) in [
        ("2026-05-01T00:00:00Z", 8_000.0),
        ("2026-07-10T00:00:00Z", 10_000.0),
        ("2026-08-29T00:00:00Z", 11_000.0),
    ] {
        truth.push("v1".parse().unwrap(), instant(at), miles);
    }
    let card = hand.card_with(END, Some(&truth));
    assert_eq!(
        (card.relevance.measured_by.as_str(), of(&card.relevance.first_touch.median_days)),
        ("truth", is("0.0", 1))
    );
    assert!(card.mileage.against_truth.is_some());
}
