//! Accuracy and relevance on cars whose every mile is known.

use fixedops_attribution::relevance::RelevanceRules;
use fixedops_closed_loop::scorecard::{ScorecardBuilder, ScorecardPolicy, TrueOdometers};
use fixedops_odometer_core::Model;
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

/// A crossing that the calendar timed: no mile stands in it.
fn calendar_crossing(hand: &mut Hand, at: &str, crossing: &str, counted_from: &str, plan: &str) {
    let case = format!("case-{crossing}");
    let crossed = json!({ "crossing": crossing, "vehicle": "v1", "span": 1, "service": "oil_service", "cycle": 2,
        "leg": "time", "basis": null, "p": null, "mileage": null, "due_miles": null, "due_on": null,
        "counted_from": counted_from, "counted_from_miles": null, "reason": "due", "policies": [plan], "case": case });
    hand.tell(at, "vehicle/v1", "threshold_crossed", crossed);
    hand.resolved(at, crossing, json!({ "outcome": "sent" }));
    hand.case(at, &case, "mileage_due", Some(crossing), json!([]));
}

#[test]
fn a_message_on_a_calendar_plan_is_held_against_the_mile_that_no_event_names() {
    let mut hand = Hand::new();
    slow(&mut hand);
    // The oil service at 2,500 miles; 7,500 on is 10,000, reached on 20 July at 25 miles a day.
    let done = json!({ "service": "oil_service", "ro": "north/1", "odometer": { "thousandths": 2_500_000, "unit": "mi" },
        "occurred_at": "2025-12-01T12:00:00Z" });
    hand.tell(crate::hand::START, "vehicle/v1", "service_recorded", done);
    let plan = "mileage_due_calendar/1";
    calendar_crossing(&mut hand, "2026-06-28T00:00:00Z", "c1", "2025-12-01T12:00:00Z", plan);
    hand.sent("2026-06-30T00:00:00Z", "case-c1", "first");
    hand.sent("2026-08-09T00:00:00Z", "case-c1", "second");
    // Counted from a service of which nobody wrote down the odometer; and months over first on a plan that use times.
    calendar_crossing(&mut hand, "2026-06-28T00:00:00Z", "c2", "2025-11-01T12:00:00Z", plan);
    hand.sent("2026-06-30T00:00:00Z", "case-c2", "first");
    calendar_crossing(&mut hand, "2026-06-28T00:00:00Z", "c3", "2025-12-01T12:00:00Z", "mileage_due/2");
    hand.sent("2026-06-30T00:00:00Z", "case-c3", "first");
    let card = hand.card(END).relevance;
    assert_eq!(of(&card.considered), is("0", 0), "a mile was foretold in none of them");
    let on_plan = card.calendar_plan.unwrap();
    assert_eq!(
        (of(&on_plan.considered), of(&on_plan.reached), of(&on_plan.unknown), of(&on_plan.backlog)),
        (is("2", 2), is("1", 2), is("1", 2), is("0", 2))
    );
    // Twenty days and 500 miles early; the second twenty days late.
    let first = on_plan.first_touch;
    assert_eq!((of(&first.median_days), of(&first.median_miles)), (is("-20.0", 1), is("-500.0", 1)));
    assert_eq!((of(&first.within_days), of(&first.within_miles)), (is("100.0", 1), is("100.0", 1)));
    assert_eq!(of(&on_plan.every_touch.median_abs_days), is("20.0", 2));
}

#[test]
fn what_is_on_time_is_what_attribution_says() {
    let mut hand = Hand::new();
    slow(&mut hand);
    hand.crossing("2026-07-09T00:00:00Z", "x1", json!({ "outcome": "sent" }));
    hand.sent("2026-07-10T00:00:00Z", "case-x1", "first");
    let policy = ScorecardPolicy::shipped();
    let within = |rules: RelevanceRules| {
        let mut builder =
            ScorecardBuilder::new("north".parse().unwrap(), Model::shipped(), &policy).on_time(rules);
        hand.events.iter().for_each(|event| builder.apply(event).unwrap());
        let first = builder.finish(instant(END), &policy, None).relevance.first_touch;
        (first.within_days.label, first.within_days.numerator, first.within_miles.numerator)
    };
    let shipped = RelevanceRules::shipped();
    assert_eq!(within(shipped.clone()).0, format!("Within {} days", shipped.on_time_days));
    // Ten days and 250 miles early.
    let narrow = RelevanceRules { on_time_days: 9, on_time_miles: 249, ..shipped.clone() };
    let (label, days, miles) = within(narrow);
    assert_eq!(
        (label.as_str(), within(shipped.clone()).1 > days, within(shipped).2 > miles),
        ("Within 9 days", true, true)
    );
}
