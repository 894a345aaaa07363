//! Promise 3 where the mileage, or the history of services, turns out to be another: what was not sent is taken back and
//! may come again, what was sent is never sent again.

use fixedops_closed_loop::{Happened, RoClosed};
use fixedops_odometer_core::ReadingKind;
use fixedops_vocab::PayType;

use crate::judge::{conserved, holds_and_replays};
use crate::story::{ANNA, Line, OIL, Story, at};

const TIRES: Line<'static> = ("2", "ROT", 2_995, PayType::CustomerPay);

/// Anna's car is found due at one in the morning in Atlanta: nothing goes out before eight.
fn waiting() -> Story {
    let mut story = Story::new();
    story.now = at("2026-12-02T06:00:00Z");
    story.anna();
    story.turn();
    assert_eq!(last(&story), "waiting");
    assert!(story.world.carrier.out().is_empty());
    story
}

fn last(story: &Story) -> String {
    story.outcomes().last().expect("an outcome").clone()
}

/// One crossing, and its outcomes without repetitions.
fn course(story: &Story) -> Vec<String> {
    assert_eq!(story.count("threshold_crossed"), 1);
    let mut outcomes = story.outcomes();
    outcomes.dedup();
    outcomes
}

fn outcome_of(story: &Story, service: &str) -> String {
    let outcomes = conserved(&story.events());
    let found: Vec<_> = outcomes.iter().filter(|(crossing, _)| crossing.contains(service)).collect();
    assert_eq!(found.len(), 1, "{service}: {outcomes:?}");
    found[0].1.clone()
}

#[test]
fn p3_a_correction_downward_takes_an_unsent_crossing_back_and_says_why() {
    let mut story = waiting();
    story.corrects("v1", "44500");
    story.turn();
    assert_eq!(course(&story), ["waiting", "withdrawn(mileage_corrected)"]);
    let notes: Vec<String> =
        story.of("vehicle_assessed").iter().map(|event| event.data["note"].to_string()).collect();
    assert!(notes.iter().any(|note| note.contains("oil_service is not due: mileage_corrected")), "{notes:?}");
    story.days(3);
    assert!(story.world.carrier.out().is_empty(), "nothing is said of a service that is not due");
    holds_and_replays(&story.world);
}

#[test]
fn p3_a_crossing_taken_back_waits_again_when_it_is_truly_due_and_goes_out_once() {
    let mut story = waiting();
    story.corrects("v1", "44500");
    story.days(3);
    for (days, miles) in [(20, "45600"), (20, "46700"), (20, "47700")] {
        story.days(days);
        let day = story.now.format("%Y-%m-%d").to_string();
        story.reading("v1", &day, miles);
        story.turn();
    }
    story.days(10);
    assert_eq!(course(&story), ["waiting", "withdrawn(mileage_corrected)", "waiting", "sent"]);
    let again: Vec<_> =
        story.of("crossing_resolved").into_iter().filter(|event| !event.data["again"].is_null()).collect();
    assert_eq!(again.len(), 1, "it says with what it was crossed once more");
    let crossed = &again[0].data["again"];
    assert!(crossed["p"].as_f64().is_some_and(|p| p >= 0.5), "{crossed}");
    assert_ne!(crossed["case"], story.of("threshold_crossed")[0].data["case"], "the old case is over");
    story.days(60);
    assert_eq!(last(&story), "sent");
    holds_and_replays(&story.world);
}

/// FIELD 3.1: after a correction from 10,010 to 9,980 Traccar fires again at 10,020.
#[test]
fn p3_a_sent_crossing_does_not_fire_again_after_a_correction_from_10010_to_9980_and_10020() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-1", "2026-08-03", Some("2500"), &[OIL]);
    for (day, miles) in [("2026-09-02", "4500"), ("2026-10-04", "6500"), ("2026-11-30", "10010")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    assert_eq!(course(&story), ["waiting", "sent"]);
    let before = story.count("touch_sent");
    story.corrects("v1", "9980");
    story.turn();
    story.days(1);
    story.corrects("v1", "10020");
    story.days(90);
    assert_eq!(course(&story), ["waiting", "sent"]);
    let cases = story.of("case_opened").len();
    assert_eq!((before, cases), (1, 1), "no other case was opened");
    holds_and_replays(&story.world);
}

#[test]
fn p3_reminders_of_a_sent_crossing_stop_where_the_service_is_far_from_due() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    assert_eq!(course(&story), ["waiting", "sent"]);
    story.corrects("v1", "41000");
    // Its months are not over either.
    story.days(90);
    assert_eq!(story.count("touch_sent"), 1);
    assert_eq!(story.of("case_closed")[0].data["reason"], "mileage_corrected");
    assert_eq!(course(&story), ["waiting", "sent"]);
    holds_and_replays(&story.world);
}

/// FIELD 3.1: six periods jumped at once are one event of that service, not none and not six.
#[test]
fn p3_six_intervals_jumped_at_once_are_one_crossing_and_two_services_are_two() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-1", "2024-08-03", Some("2000"), &[OIL, TIRES]);
    for (day, miles) in [("2024-10-02", "6000"), ("2026-11-30", "50000")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    assert_eq!(story.count("threshold_crossed"), 2, "{:?}", story.outcomes());
    let outcomes = conserved(&story.events());
    assert_eq!(outcomes.values().filter(|outcome| *outcome == "sent").count(), 1);
    assert_eq!(outcomes.values().filter(|outcome| *outcome == "bundled").count(), 1);
    story.order("v1", "R-1", "2026-12-03", Some("50100"), &[OIL, TIRES]);
    story.days(20);
    assert_eq!(story.count("threshold_crossed"), 2, "nothing is left over of the intervals that were missed");
    holds_and_replays(&story.world);
}

#[test]
fn p3_a_bundled_service_that_is_not_due_is_taken_out_of_the_message() {
    let mut story = Story::new();
    story.now = at("2026-12-02T06:00:00Z");
    // A matter of safety, by its months: it leads, and the oil is bundled into it.
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-0", "2023-12-01", None, &[("1", "BRKF", 14_900, PayType::CustomerPay)]);
    story.order("v1", "H-1", "2026-08-03", Some("40000"), &[OIL]);
    for (day, miles) in [("2026-09-02", "42000"), ("2026-10-04", "44000"), ("2026-11-30", "47600")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    assert_eq!(
        (outcome_of(&story, "brake_fluid"), outcome_of(&story, "oil_service")),
        ("waiting".to_owned(), "bundled".to_owned())
    );
    story.corrects("v1", "44500");
    story.days(1);
    assert_eq!(outcome_of(&story, "oil_service"), "withdrawn");
    assert_eq!(outcome_of(&story, "brake_fluid"), "sent");
    let body = &story.world.carrier.out()[0].body;
    assert!(body.contains("brake fluid") && !body.contains("oil service"), "{body}");
    holds_and_replays(&story.world);
}

#[test]
fn p3_what_was_bundled_into_a_crossing_that_is_taken_back_speaks_for_itself() {
    let mut story = Story::new();
    story.now = at("2026-12-02T06:00:00Z");
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    // The tires are due by their months, the oil by its miles.
    story.order("v1", "H-0", "2025-12-01", None, &[TIRES]);
    story.order("v1", "H-1", "2026-08-03", Some("40000"), &[OIL]);
    for (day, miles) in [("2026-09-02", "42000"), ("2026-10-04", "44000"), ("2026-11-30", "47600")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    assert_eq!(
        (outcome_of(&story, "oil_service"), outcome_of(&story, "tire_rotation")),
        ("waiting".to_owned(), "bundled".to_owned())
    );
    story.corrects("v1", "44500");
    story.days(1);
    assert_eq!(outcome_of(&story, "oil_service"), "withdrawn");
    assert_eq!(outcome_of(&story, "tire_rotation"), "sent");
    let body = &story.world.carrier.out()[0].body;
    assert!(body.contains("tire rotation") && !body.contains("oil service"), "{body}");
    assert_eq!(story.world.carrier.out().len(), 1);
    holds_and_replays(&story.world);
}

/// The oil leads by its miles, the tires are bundled by their months; nothing went out yet.
fn oil_leads_tires() -> Story {
    let mut story = Story::new();
    story.now = at("2026-12-02T06:00:00Z");
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-0", "2025-12-01", None, &[TIRES]);
    story.order("v1", "H-1", "2026-08-03", Some("40000"), &[OIL]);
    for (day, miles) in [("2026-09-02", "42000"), ("2026-10-04", "44000"), ("2026-11-30", "47600")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    assert_eq!(
        (outcome_of(&story, "oil_service"), outcome_of(&story, "tire_rotation")),
        ("waiting".to_owned(), "bundled".to_owned())
    );
    story
}

/// The car is in the shop before anything goes out.
fn done_early(story: &mut Story, lines: &[Line<'static>]) {
    let at_night = at("2026-12-02T06:30:00Z");
    story.now = at("2026-12-02T07:00:00Z");
    let done = story.closing("v1", "R-1", "2026-12-02", Some("47650"), lines);
    story.tell(Happened::RoClosed(RoClosed { opened_at: at_night, occurred_at: at_night, ..done }));
    story.turn();
}

#[test]
fn p3_what_was_bundled_into_a_crossing_whose_service_was_done_speaks_for_itself() {
    let mut story = oil_leads_tires();
    done_early(&mut story, &[OIL]);
    assert_eq!(
        (outcome_of(&story, "oil_service"), outcome_of(&story, "tire_rotation")),
        ("withdrawn".to_owned(), "waiting".to_owned())
    );
    story.days(1);
    assert_eq!(outcome_of(&story, "tire_rotation"), "sent");
    let out = story.world.carrier.out();
    assert_eq!(out.len(), 1);
    assert!(out[0].body.contains("tire rotation") && !out[0].body.contains("oil service"), "{}", out[0].body);
    holds_and_replays(&story.world);
}

#[test]
fn p3_what_was_bundled_and_done_at_the_same_visit_is_taken_back_with_the_one_it_goes_with() {
    let mut story = oil_leads_tires();
    done_early(&mut story, &[OIL, TIRES]);
    let withdrawn = story.outcomes().into_iter().filter(|outcome| outcome == "withdrawn(serviced)").count();
    assert_eq!(withdrawn, 2, "{:?}", story.outcomes());
    story.days(3);
    assert!(story.world.carrier.out().is_empty());
    holds_and_replays(&story.world);
}

#[test]
fn p3_a_service_that_was_done_before_it_came_due_and_is_told_late_takes_the_crossing_back() {
    let mut story = waiting();
    story.order("v1", "H-9", "2026-11-20", Some("46900"), &[OIL]);
    story.days(2);
    assert_eq!(course(&story), ["waiting", "withdrawn(serviced)"]);
    assert!(story.world.carrier.out().is_empty());
    holds_and_replays(&story.world);
}

#[test]
fn p3_reminders_stop_where_it_is_told_late_that_the_service_was_done_before() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    assert_eq!(course(&story), ["waiting", "sent"]);
    story.order("v1", "H-9", "2026-11-20", Some("46900"), &[OIL]);
    story.days(60);
    assert_eq!(
        (course(&story), story.count("touch_sent")),
        (vec!["waiting".to_owned(), "sent".to_owned()], 1)
    );
    assert_eq!(story.of("case_closed")[0].data["reason"], "serviced");
    holds_and_replays(&story.world);
}

#[test]
fn p3_an_older_order_told_late_makes_no_second_crossing_of_a_sent_one() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    assert_eq!(course(&story), ["waiting", "sent"]);
    story.order("v1", "H-0", "2025-08-03", Some("30000"), &[OIL]);
    story.days(30);
    assert_eq!(course(&story), ["waiting", "sent"]);
    // The next interval is another crossing all the same.
    story.order("v1", "R-1", "2027-01-05", Some("49500"), &[OIL]);
    story.reading("v1", "2027-05-20", "57400");
    story.days(160);
    let crossed = story.of("threshold_crossed");
    let cycles: Vec<_> = crossed.iter().map(|event| event.data["cycle"].as_u64()).collect();
    assert_eq!(cycles, [Some(2), Some(4)], "{:?}", story.outcomes());
    holds_and_replays(&story.world);
}

#[test]
fn p3_a_service_on_an_order_that_is_voided_was_not_done() {
    let mut story = waiting();
    let done = story.closing("v1", "R-1", "2026-12-01", Some("47650"), &[OIL]);
    let key = story.key();
    story.tell(Happened::RoClosed(done.clone()));
    story.turn();
    assert_eq!(last(&story), "withdrawn(serviced)");
    story.tell(Happened::RoClosed(RoClosed { key, voided: true, lines: Vec::new(), ..done }));
    story.days(20);
    assert_eq!(course(&story), ["waiting", "withdrawn(serviced)", "waiting", "sent"]);
    holds_and_replays(&story.world);
}

/// i16: a used car counts from the odometer at its delivery.
#[test]
fn p3_i16_a_used_car_counts_from_what_its_odometer_showed_at_delivery() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.reads_as(ReadingKind::Delivery, "v1", "2026-06-01T16:00:00Z", "31000");
    for (day, miles) in [("2026-08-01", "33600"), ("2026-10-01", "36200"), ("2026-11-30", "38700")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    let crossed = story.of("threshold_crossed");
    let oil = crossed.iter().find(|event| event.data["service"] == "oil_service").expect("it is due");
    assert_eq!(
        (oil.data["due_miles"].as_str(), oil.data["counted_from_miles"].as_str()),
        (Some("38500.0"), Some("31000.0"))
    );
    assert!(
        oil.data["reason"].as_str().unwrap().contains("counted from delivery (used) on 2026-06-01"),
        "{oil:?}"
    );
    holds_and_replays(&story.world);
}

/// FIELD 3.7 and i19: a tyre repair is not the last tyre service, and the words of a line count where its code says
/// nothing.
#[test]
fn p3_i19_an_excluded_operation_resets_no_interval() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-0", "2025-11-20", Some("30000"), &[TIRES]);
    story.order("v1", "H-1", "2026-11-20", Some("36000"), &[("1", "TIREREP", 3_000, PayType::CustomerPay)]);
    story.turn();
    let crossed = story.of("threshold_crossed");
    assert_eq!(crossed.len(), 1);
    assert_eq!(crossed[0].data["counted_from"], "2025-11-20T16:00:00Z");
    assert!(crossed[0].data["reason"].as_str().unwrap().contains("(record H-0)"), "{:?}", crossed[0]);
    holds_and_replays(&story.world);
}
