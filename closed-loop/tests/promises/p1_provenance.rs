//! Promise 1: every mile shown says what it is, and a flat calendar guess never fires.

use fixedops_connectors_traits::UnitKind;
use serde_json::Value;

use crate::judge::holds_and_replays;
use crate::story::{ANNA, OIL, Story};

#[test]
fn p1_a_crossing_by_time_carries_no_mileage_and_its_message_shows_none() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    // Delivered a year ago, and nobody ever read its odometer: only the months can speak.
    story.unit("v1", Some("anna"), UnitKind::Retail, Some("2025-12-01"));
    story.turn();

    let crossed = story.of("threshold_crossed");
    assert!(!crossed.is_empty(), "the months are over");
    for crossing in &crossed {
        assert_eq!(crossing.data["leg"], "time");
        for key in ["basis", "p", "mileage", "due_miles", "counted_from_miles"] {
            assert_eq!(crossing.data.get(key), Some(&Value::Null), "{key} of a crossing by time");
        }
        assert_eq!(crossing.data["counted_from"], "2025-12-01T00:00:00Z", "the day of delivery");
        assert!(crossing.data["due_on"].as_str().is_some_and(|day| day <= "2026-12-01"), "{crossing:?}");
    }
    let out = story.world.carrier.out();
    assert_eq!(out.len(), 1, "one message for the crossings of one car");
    assert_no_miles(&out[0].body);
    holds_and_replays(&story.world);
}

#[test]
fn p1_a_car_read_today_but_due_by_time_shows_no_mileage_either() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.unit("v1", Some("anna"), UnitKind::Retail, Some("2025-12-01"));
    // Far below the interval: the months speak although the miles are known to the mile.
    story.reading("v1", "2026-11-30", "3100");
    story.turn();

    let out = story.world.carrier.out();
    assert_eq!(out.len(), 1);
    assert_no_miles(&out[0].body);
    assert!(!out[0].body.contains("3,1") && !out[0].body.contains("310"), "{}", out[0].body);
    holds_and_replays(&story.world);
}

fn assert_no_miles(body: &str) {
    // The telephone of the store has digits too; what must not stand there is a number of miles.
    let lower = body.to_lowercase();
    for word in [" mi ", " mi.", " mi,", " mi)", "(read", "estimated", "gps"] {
        assert!(!lower.contains(word), "{word:?} in: {body}");
    }
}

#[test]
fn p1_a_message_of_a_crossing_by_miles_says_where_the_miles_come_from() {
    let mut story = Story::new();
    story.anna();
    story.turn();

    let crossed = &story.of("threshold_crossed")[0];
    assert_eq!(crossed.data["leg"], "distance");
    let basis = crossed.data["basis"].as_str().unwrap();
    assert!(["read", "gps", "estimated"].contains(&basis), "{basis}");
    assert!(crossed.data["p"].as_f64().unwrap() >= 0.5);
    // Where it fell due, and from where that was counted, so that anyone can say later how early or late it came.
    let miles = |key: &str| crossed.data[key].as_str().unwrap().parse::<f64>().unwrap();
    assert!(miles("due_miles") > miles("counted_from_miles"), "{crossed:?}");
    assert!(crossed.data["counted_from"].as_str().is_some_and(|at| at.starts_with("2026-")), "{crossed:?}");
    let body = &story.world.carrier.out()[0].body;
    let label = body.split_once(" mi (").expect("miles and what they are").1;
    assert!(["read 2026", "GPS", "estimated"].iter().any(|word| label.contains(word)), "{body}");
    holds_and_replays(&story.world);
}

/// One reading and no habit: any rate would be a guess from the calendar. It never fires, however long one waits.
#[test]
fn p1_one_reading_and_no_habit_never_crosses_by_miles() {
    for miles in ["40000", "47000", "47499"] {
        let mut story = Story::new();
        story.owner("anna", "h1", ANNA);
        story.car("v1", "anna");
        // The service at 40,000 was told without its odometer: what is read once, later, is all that is known.
        story.order("v1", "H-1", "2026-08-03", None, &[OIL]);
        story.reading("v1", "2026-11-30", miles);
        story.days(240);
        assert_eq!(story.count("threshold_crossed"), 0, "{miles}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn p1_a_service_done_at_the_only_reading_crosses_by_its_months_not_by_guessed_miles() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-1", "2026-08-03", Some("40000"), &[OIL]);
    story.days(400);
    let legs: Vec<_> = story.of("threshold_crossed").iter().map(|event| event.data["leg"].clone()).collect();
    assert_eq!(legs, ["time"]);
    holds_and_replays(&story.world);
}
