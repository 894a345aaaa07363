//! What opens a programme besides a crossing and a decline, what ends it, and who takes over.

use chrono::TimeDelta;
use fixedops_closed_loop::{
    DeclinedLine, Happened, Ingested, LineDeclined, LoopErrorKind, Note, NoteTaken, OfferMade, RecallClosed,
    RecallOpened,
};
use fixedops_connectors_traits::{AuthorizationMethod, AuthorizationStatus, Event, UnitKind};
use fixedops_recovery::HandOver;
use fixedops_vocab::{Currency, Money, PayType, TouchKey};

use crate::inspections::{complete, tell};
use crate::judge::holds_and_replays;
use crate::story::{ANNA, Line, OIL, Said, Story, at, id};

pub(crate) const BRAKES: Line<'static> = ("1", "BRKF", 38_900, PayType::CustomerPay);

pub(crate) fn a_store() -> Story {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.linked("anna", "h1", "anna@mail.example");
    story.car("v1", "anna");
    story
}

/// Every case opened, by its id, oldest first.
pub(crate) fn cases(story: &Story) -> Vec<String> {
    story.of("case_opened").iter().map(|event| event.data["case"].as_str().unwrap().to_owned()).collect()
}

/// How the cases of a programme ended, oldest first.
pub(crate) fn endings(story: &Story, program: &str) -> Vec<String> {
    let of = |event: &&Event| {
        let case = event.data["case"].as_str().unwrap();
        case == program || case.starts_with(&format!("{program}/"))
    };
    story
        .of("case_closed")
        .iter()
        .filter(of)
        .map(|event| event.data["closure"].as_str().unwrap().to_owned())
        .collect()
}

/// What went out about a programme, with its words.
pub(crate) fn out(story: &Story, program: &str) -> Vec<(TouchKey, String)> {
    let of = |key: &TouchKey| {
        key.case.as_str() == program || key.case.as_str().starts_with(&format!("{program}/"))
    };
    story.world.carrier.out().into_iter().filter(|out| of(&out.key)).map(|out| (out.key, out.body)).collect()
}

pub(crate) fn declined(
    story: &mut Story,
    ro: &str,
    line: &str,
    op_code: &str,
    name: &str,
    reason: &str,
) -> Ingested {
    let told = LineDeclined {
        key: story.key(),
        vehicle: id("v1"),
        declined: DeclinedLine {
            ro: id(ro),
            line: id(line),
            op_code: Some(id(op_code)),
            service: None,
            name: name.to_owned(),
            price: Some(Money::cents(10_000, Currency::USD)),
            declined_at: story.now,
        },
        reason: reason.to_owned(),
        method: Some(AuthorizationMethod::VerbalPhone),
        finding: None,
        case: None,
    };
    story.tell(Happened::LineDeclined(told))
}

fn notes(story: &mut Story, vehicle: &str, note: Note) -> Ingested {
    let (key, occurred_at) = (story.key(), story.now);
    story.tell(Happened::NoteTaken(NoteTaken {
        key,
        vehicle: id(vehicle),
        note,
        by: "a-2".to_owned(),
        occurred_at,
    }))
}

fn recall(story: &mut Story, vehicle: &str, remedy: bool) -> Ingested {
    let (key, occurred_at) = (story.key(), story.now);
    story.tell(Happened::RecallOpened(RecallOpened {
        key,
        vehicle: id(vehicle),
        campaign: "26V-123".to_owned(),
        name: "driver airbag inflator".to_owned(),
        remedy,
        occurred_at,
    }))
}

fn recall_closed(story: &mut Story, vehicle: &str) -> Ingested {
    let (key, occurred_at) = (story.key(), story.now);
    story.tell(Happened::RecallClosed(RecallClosed {
        key,
        vehicle: id(vehicle),
        campaign: "26V-123".to_owned(),
        occurred_at,
    }))
}

#[test]
fn a_delivery_opens_the_first_service_once_and_the_first_visit_wins_it() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.unit("v1", Some("anna"), UnitKind::Retail, Some("2026-11-30"));
    story.unit("v1", Some("anna"), UnitKind::Retail, Some("2026-11-30"));
    assert_eq!(cases(&story), ["first_service/v1/1"]);
    story.days(3);
    assert_eq!(out(&story, "first_service").len(), 1, "on day 2");
    story.order("v1", "R-1", "2026-12-20", Some("900"), &[OIL]);
    story.days(120);
    assert_eq!(endings(&story, "first_service"), ["win"]);
    assert_eq!(out(&story, "first_service").len(), 1);
    holds_and_replays(&story.world);
}

#[test]
fn a_delivery_of_long_ago_a_demonstrator_and_a_car_without_an_owner_open_no_first_service() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.unit("v1", Some("anna"), UnitKind::Retail, Some("2026-06-01"));
    story.unit("v2", Some("anna"), UnitKind::Loaner, Some("2026-11-30"));
    story.unit("v3", None, UnitKind::Retail, Some("2026-11-30"));
    assert_eq!(cases(&story), Vec::<String>::new());
    // Learned of on day 40: only what lies ahead is said.
    story.unit("v4", Some("anna"), UnitKind::Retail, Some("2026-10-22"));
    let planned = story.of("touch_planned");
    assert_eq!(planned.iter().map(|event| event.data["touch"].clone()).collect::<Vec<_>>(), ["day-60-call"]);
    holds_and_replays(&story.world);
}

#[test]
fn a_recall_waits_for_its_remedy_speaks_without_a_price_and_ends_when_it_is_closed_for_the_vin() {
    let mut story = a_store();
    recall(&mut story, "v1", false);
    assert_eq!(cases(&story), ["recall/v1/1/26V-123/no-remedy"]);
    story.days(10);
    recall(&mut story, "v1", true);
    recall(&mut story, "v1", true);
    assert_eq!(endings(&story, "recall"), ["withdrawn"]);
    assert_eq!(cases(&story)[1..], ["recall/v1/1/26V-123/remedy"]);
    story.days(9);
    let said = out(&story, "recall");
    assert_eq!(said.len(), 3, "{said:#?}");
    assert!(said[0].1.contains("The remedy is not available yet"), "{}", said[0].1);
    for (key, body) in &said {
        assert!(body.contains("driver airbag inflator") && body.contains("26V-123"), "{key}: {body}");
        assert!(!body.contains('$') && !body.contains("% off"), "{key}: {body}");
    }
    recall_closed(&mut story, "v1");
    assert_eq!(endings(&story, "recall"), ["withdrawn", "done_elsewhere"], "the car was not here");
    story.days(120);
    assert_eq!(out(&story, "recall").len(), 3);
    holds_and_replays(&story.world);
}

#[test]
fn a_recall_remedied_here_is_won_and_a_new_owner_is_told_of_an_open_one() {
    let mut story = a_store();
    story.owner("ben", "h2", "+14045550188");
    recall(&mut story, "v1", true);
    story.days(2);
    story.car("v1", "ben");
    assert_eq!(endings(&story, "recall"), ["owner_changed"]);
    assert_eq!(cases(&story), ["recall/v1/1/26V-123/remedy", "recall/v1/2/26V-123/remedy"]);
    story.days(3);
    let to_ben = out(&story, "recall/v1/2");
    assert_eq!(to_ben.len(), 1);
    story.order("v1", "R-9", "2026-12-06", None, &[("1", "RECALL", 0, PayType::Warranty)]);
    recall_closed(&mut story, "v1");
    // A telling of before comes in late: the campaign stays closed.
    let late = RecallOpened {
        key: story.key(),
        vehicle: id("v1"),
        campaign: "26V-123".to_owned(),
        name: "driver airbag inflator".to_owned(),
        remedy: true,
        occurred_at: at("2026-12-01T16:00:00Z"),
    };
    story.tell(Happened::RecallOpened(late));
    assert_eq!(endings(&story, "recall"), ["owner_changed", "win"]);
    story.days(130);
    assert_eq!(cases(&story).len(), 2);
    holds_and_replays(&story.world);
}

#[test]
fn a_complete_inspection_goes_out_within_five_minutes_and_is_settled_by_the_answers() {
    let mut story = a_store();
    story.opens_order("v1", "R-1");
    let record = complete(&story);
    tell(&mut story, &record);
    story.now -= TimeDelta::minutes(10);
    story.turn();
    let sent = &story.of("touch_sent")[0];
    assert!(sent.at - record.completed_at.unwrap() <= TimeDelta::minutes(5));
    let said = out(&story, "inspection_delivery");
    assert!(said[0].1.contains("https://service.example/i?t="), "{}", said[0].1);
    // The one recommended line is answered: no reminder after three quarters of an hour.
    story.now += TimeDelta::minutes(20);
    story.answers("v1", "R-1", AuthorizationStatus::Approved, Said { minutes_ago: 0, ..Said::default() });
    assert_eq!(endings(&story, "inspection_delivery"), Vec::<String>::new(), "wipers are not the brakes");
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    assert_eq!(endings(&story, "inspection_delivery"), ["answered"]);
    story.days(2);
    assert_eq!(out(&story, "inspection_delivery").len(), 1);
    holds_and_replays(&story.world);
}

#[test]
fn an_inspection_that_is_blocked_is_not_shown_and_one_of_a_closed_order_not_reminded_of() {
    let mut story = a_store();
    story.opens_order("v1", "R-1");
    let mut record = complete(&story);
    record.findings[0].photos.clear();
    tell(&mut story, &record);
    assert_eq!(cases(&story), Vec::<String>::new());
    let whole = complete(&story);
    tell(&mut story, &whole);
    story.turn();
    assert_eq!(out(&story, "inspection_delivery").len(), 1);
    story.order("v1", "R-1", "2026-12-01", None, &[BRAKES]);
    assert_eq!(endings(&story, "inspection_delivery"), ["withdrawn"]);
    story.days(2);
    assert_eq!(out(&story, "inspection_delivery").len(), 1);
    holds_and_replays(&story.world);

    // A silence is neither a decline nor a deferral.
    let mut story = a_store();
    story.opens_order("v1", "R-1");
    let whole = complete(&story);
    tell(&mut story, &whole);
    story.days(3);
    assert_eq!(endings(&story, "inspection_delivery"), ["never_answered"]);
    assert_eq!((story.count("line_declined"), story.count("line_deferred")), (0, 0));
    holds_and_replays(&story.world);
}

#[test]
fn an_appointment_is_confirmed_reminded_of_and_when_moved_reminded_of_anew() {
    let mut story = a_store();
    story.books("v1", "A-1", at("2026-12-11T14:30:00Z"), None);
    story.pass(TimeDelta::hours(1));
    let said = out(&story, "appointment_reminder");
    assert_eq!(said.len(), 1);
    assert!(said[0].1.contains("Friday, December 11 at 9:30 AM"), "in the store's time: {}", said[0].1);
    story.days(2);
    story.books("v1", "A-1", at("2026-12-14T14:30:00Z"), None);
    story.pass(TimeDelta::hours(1));
    assert_eq!(cases(&story), ["appointment_reminder/v1/A-1"], "it moved, it is no other");
    assert!(out(&story, "appointment_reminder")[1].1.contains("Monday, December 14"));
    story.days(10);
    story.pass(TimeDelta::hours(22));
    let touches: Vec<_> =
        out(&story, "appointment_reminder").into_iter().map(|(key, _)| key.touch.to_string()).collect();
    assert_eq!(touches, ["confirmed-sms", "confirmed-sms-r2", "two-days-email-r2", "one-day-sms-r2"]);
    story.shows("v1", "A-1");
    assert_eq!(endings(&story, "appointment_reminder"), ["kept"]);
    holds_and_replays(&story.world);
}

#[test]
fn news_of_one_appointment_does_not_move_the_reminder_of_another() {
    let mut story = a_store();
    story.books("v1", "A-1", at("2026-12-11T14:30:00Z"), None);
    story.books("v1", "A-2", at("2027-02-03T14:30:00Z"), None);
    story.days(1);
    story.shows("v1", "A-1");
    assert_eq!(endings(&story, "appointment_reminder"), ["kept"]);
    let planned: Vec<_> =
        out(&story, "appointment_reminder").into_iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(planned.len(), 2, "each confirmed once: {planned:?}");
    story.days(70);
    let said = out(&story, "appointment_reminder/v1/A-2");
    assert_eq!(said.len(), 3, "{said:#?}");
    holds_and_replays(&story.world);
}

#[test]
fn who_did_not_come_is_asked_for_another_day_and_who_called_off_is_not() {
    let mut story = a_store();
    story.books("v1", "A-1", at("2026-12-03T15:00:00Z"), None);
    story.days(2);
    story.now += TimeDelta::hours(1);
    story.misses("v1", "A-1");
    assert_eq!(endings(&story, "appointment_reminder"), ["missed"]);
    assert!(cases(&story).contains(&"no_show_follow_up/v1/A-1".to_owned()));
    story.pass(TimeDelta::hours(4));
    let said = out(&story, "no_show_follow_up");
    assert_eq!(said.len(), 1);
    assert!(said[0].1.contains("Thursday, December 3 at 10:00 AM"), "{}", said[0].1);
    // Booked anew: nothing more is said until he comes.
    story.books("v1", "A-2", at("2026-12-08T15:00:00Z"), None);
    story.days(5);
    assert_eq!(out(&story, "no_show_follow_up").len(), 1);
    story.shows("v1", "A-2");
    story.order("v1", "R-1", "2026-12-08", None, &[OIL]);
    assert_eq!(endings(&story, "no_show_follow_up"), ["win"]);
    holds_and_replays(&story.world);
}

#[test]
fn a_persons_click_without_a_booking_becomes_one_call_and_a_scanners_does_not() {
    let mut story = Story::new();
    story.anna();
    story.days(1);
    let touch = story.first_touch();
    story.clicks(&touch, 5);
    assert_eq!(cases(&story).len(), 1, "a scanner opened it");
    story.clicks(&touch, 95);
    story.clicks(&touch, 95);
    let lead = format!("click_follow_up/{}", touch.case);
    assert_eq!(cases(&story)[1..], *std::slice::from_ref(&lead));
    let opened = &story.of("case_opened")[1].data;
    assert_eq!(opened["services"][0], "oil_service", "the lead says why");
    story.days(1);
    let asked: Vec<_> = story
        .events()
        .into_iter()
        .filter(|event| ["call_task_opened", "touch_suppressed"].contains(&event.event_type.as_str()))
        .filter(|event| event.data["case"] == lead.as_str())
        .collect();
    assert_eq!(asked.len(), 1, "one call is put on the list, or consent says why not: {asked:#?}");
    holds_and_replays(&story.world);

    // Who books is no lead.
    let mut story = Story::new();
    story.anna();
    story.days(1);
    let touch = story.first_touch();
    story.books("v1", "A-1", story.now + TimeDelta::days(5), Some(touch.clone()));
    story.clicks(&touch, 95);
    assert!(!cases(&story).iter().any(|case| case.starts_with("click_follow_up/")));
    holds_and_replays(&story.world);
}

#[test]
fn the_driver_is_asked_once_where_a_reading_would_decide_and_his_answer_is_a_reading() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-1", "2026-08-03", Some("40000"), &[OIL]);
    for (day, miles) in [("2026-08-20", "41600"), ("2026-09-20", "42200"), ("2026-10-25", "44800")] {
        story.reading("v1", day, miles);
    }
    while story.count("case_opened") == 0 {
        story.days(1);
        assert!(story.now < at("2027-03-01T00:00:00Z"), "the doubt comes");
    }
    assert!(cases(&story)[0].starts_with("mileage_ask/v1/1"), "{:?}", cases(&story));
    story.pass(TimeDelta::hours(12));
    let asked = out(&story, "mileage_ask");
    assert_eq!(asked.len(), 1);
    story.replies(ANNA, Some(asked[0].0.clone()), "mileage_report");
    let read = story.of("reading_recorded");
    let told = &read[read.len() - 1].data;
    let odometer = serde_json::json!({"thousandths": 48_900_000, "unit": "mi"});
    assert_eq!((&told["source"], &told["odometer"]), (&"reply".into(), &odometer));
    assert_eq!(endings(&story, "mileage_ask"), ["answered"]);
    story.days(60);
    assert_eq!(out(&story, "mileage_ask").len(), 1, "he is left alone for a quarter");
    holds_and_replays(&story.world);
}

#[test]
fn an_offer_is_made_once_and_only_by_a_programme_of_offers() {
    let mut story = a_store();
    let offer = |story: &mut Story, program: &str, ends_on: &str| OfferMade {
        key: story.key(),
        vehicle: id("v1"),
        offer: "winter-26".to_owned(),
        program: id(program),
        name: "winter tire set".to_owned(),
        op_codes: Vec::new(),
        ends_on: Some(id(ends_on)),
        occurred_at: story.now,
    };
    let wrong = offer(&mut story, "declined_recovery", "2026-12-31");
    let inbound = fixedops_closed_loop::Inbound::new(Happened::OfferMade(wrong), Vec::new()).unwrap();
    assert_eq!(story.offer(inbound).unwrap_err().kind(), LoopErrorKind::Refused);
    for _ in 0..2 {
        let made = offer(&mut story, "tire_offer", "2026-12-31");
        story.tell(Happened::OfferMade(made));
    }
    assert_eq!(cases(&story), ["tire_offer/v1/1/winter-26"]);
    let over = OfferMade { offer: "fall-26".to_owned(), ..offer(&mut story, "tire_offer", "2026-11-30") };
    story.tell(Happened::OfferMade(over));
    assert_eq!(cases(&story).len(), 1, "it is over");
    story.days(13);
    let said = out(&story, "tire_offer");
    assert!(!said.is_empty());
    assert!(said[0].1.contains("winter tire set") && said[0].1.contains("December 31"), "{}", said[0].1);
    holds_and_replays(&story.world);
}

#[test]
fn an_advisors_note_ends_what_it_must_and_a_visit_corrects_it() {
    let mut story = a_store();
    story.owner("ben", "h1", "+14045550177");
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    notes(&mut story, "v1", Note::Sold);
    assert_eq!(endings(&story, "declined_recovery"), ["sold"]);
    declined(&mut story, "R-2", "2", "CAF", "cabin air filter", "price");
    recall(&mut story, "v1", true);
    assert_eq!(cases(&story).len(), 1, "nobody is written to about a car that was sold");
    story.days(5);
    story.opens_order("v1", "R-3");
    declined(&mut story, "R-3", "2", "CAF", "cabin air filter", "price");
    assert_eq!(
        cases(&story)[1..],
        ["recall/v1/1/26V-123/remedy", "declined_recovery/R-3"],
        "who comes in has not sold it"
    );
    holds_and_replays(&story.world);

    let mut story = a_store();
    story.car("v2", "anna");
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    recall(&mut story, "v2", true);
    notes(&mut story, "v1", Note::Deceased);
    assert_eq!(endings(&story, "declined_recovery"), ["deceased"]);
    assert_eq!(endings(&story, "recall"), ["deceased"], "on every vehicle of his");
    story.days(3);
    story.opens_order("v1", "R-2");
    declined(&mut story, "R-2", "2", "CAF", "cabin air filter", "price");
    assert_eq!(cases(&story).len(), 2);
    story.owner("ben", "h2", "+14045550177");
    story.car("v1", "ben");
    declined(&mut story, "R-3", "2", "CAF", "cabin air filter", "price");
    assert_eq!(cases(&story)[2..], ["declined_recovery/R-3"], "another owner is another");
    holds_and_replays(&story.world);

    let mut story = a_store();
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    recall(&mut story, "v1", true);
    notes(&mut story, "v1", Note::HandedToHuman { why: HandOver::Complex });
    assert_eq!(endings(&story, "declined_recovery"), ["handed_to_human"]);
    assert_eq!(endings(&story, "recall"), Vec::<String>::new(), "a recall goes on");
    let elsewhere = Note::DoneElsewhere { ro: id("R-2"), line: id("2") };
    declined(&mut story, "R-2", "2", "CAF", "cabin air filter", "price");
    notes(&mut story, "v1", elsewhere);
    assert_eq!(endings(&story, "declined_recovery"), ["handed_to_human", "done_elsewhere"]);
    holds_and_replays(&story.world);
}

#[test]
fn a_message_cannot_answer_anger_a_price_or_two_cars_at_once_and_a_person_does() {
    let due = |story: &mut Story| {
        story.owner("anna", "h1", ANNA);
        story.due_car("v1", "anna");
        story.days(1);
        story.first_touch()
    };
    for (said, ended) in [
        ("angry", Some("handed_to_human")),
        ("price_objection", Some("handed_to_human")),
        ("call_me", Some("handed_to_human")),
        ("multi_intent", Some("handed_to_human")),
        ("approve_all", None),
        ("none", None),
    ] {
        let mut story = Story::new();
        let touch = due(&mut story);
        story.replies(ANNA, Some(touch), said);
        let ends: Vec<String> = ended.into_iter().map(str::to_owned).collect();
        assert_eq!(endings(&story, "mileage_due"), ends, "{said}");
        holds_and_replays(&story.world);
    }
    // Anger is about the store, not about one car.
    let mut story = Story::new();
    let touch = due(&mut story);
    story.car("v2", "anna");
    let (key, occurred_at) = (story.key(), story.now);
    story.tell(Happened::LineDeclined(LineDeclined {
        key,
        vehicle: id("v2"),
        declined: DeclinedLine {
            ro: id("R-7"),
            line: id("1"),
            op_code: Some(id("CAF")),
            service: None,
            name: "cabin air filter".to_owned(),
            price: None,
            declined_at: occurred_at,
        },
        reason: "price".to_owned(),
        method: None,
        finding: None,
        case: None,
    }));
    story.replies(ANNA, Some(touch), "angry");
    assert_eq!(endings(&story, "declined_recovery"), ["handed_to_human"]);
    holds_and_replays(&story.world);

    // A yes that may be about either of two cars.
    let mut story = Story::new();
    let touch = due(&mut story);
    story.car("v2", "anna");
    story.books("v2", "A-1", story.now + TimeDelta::days(9), None);
    story.pass(TimeDelta::hours(1));
    assert_eq!(out(&story, "appointment_reminder").len(), 1);
    story.replies(ANNA, Some(touch), "approve_all");
    assert_eq!(endings(&story, "mileage_due"), ["handed_to_human"]);
    assert_eq!(endings(&story, "appointment_reminder"), Vec::<String>::new());
    holds_and_replays(&story.world);
}

#[test]
fn an_inspection_that_leaves_nothing_to_answer_asks_for_no_word() {
    // All green.
    let mut story = a_store();
    story.opens_order("v1", "R-1");
    let mut record = complete(&story);
    record.findings[0].code = fixedops_vocab::InspectionCode::Green;
    tell(&mut story, &record);
    assert_eq!(cases(&story), Vec::<String>::new());
    holds_and_replays(&story.world);
    // Answered at the counter before the tablet was synchronised.
    let mut story = a_store();
    story.opens_order("v1", "R-1");
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    let record = complete(&story);
    tell(&mut story, &record);
    assert_eq!(cases(&story), ["declined_recovery/R-1"]);
    holds_and_replays(&story.world);
    // Told after the order was closed.
    let mut story = a_store();
    story.order("v1", "R-1", "2026-12-01", None, &[OIL]);
    let record = complete(&story);
    tell(&mut story, &record);
    assert_eq!(cases(&story), Vec::<String>::new());
    holds_and_replays(&story.world);
}

#[test]
fn a_booking_pauses_neither_a_recall_nor_the_inspection_of_today_unless_it_is_theirs() {
    let mut story = a_store();
    recall(&mut story, "v1", true);
    story.books("v1", "A-1", at("2027-02-20T15:00:00Z"), None);
    story.days(8);
    assert_eq!(out(&story, "recall").len(), 2, "a booking for tires is none for the airbag");
    let token = out(&story, "recall")[0].0.clone();
    story.books("v1", "A-2", at("2027-02-21T15:00:00Z"), Some(token));
    story.days(40);
    assert_eq!(out(&story, "recall").len(), 2);
    holds_and_replays(&story.world);
}

#[test]
fn a_click_on_what_is_over_opens_no_lead() {
    let mut story = Story::new();
    story.anna();
    story.days(1);
    let touch = story.first_touch();
    story.order("v1", "R-1", "2026-12-02", Some("47700"), &[OIL]);
    story.turn();
    assert_eq!(endings(&story, "mileage_due"), ["win"]);
    story.clicks(&touch, 95);
    assert_eq!(cases(&story).len(), 1);
    holds_and_replays(&story.world);
}

#[test]
fn a_late_note_about_a_former_owner_is_not_about_the_new_one() {
    let mut story = a_store();
    story.owner("ben", "h2", "+14045550188");
    story.days(2);
    story.car("v1", "ben");
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    let (key, occurred_at) = (story.key(), at("2026-12-01T16:00:00Z"));
    let (vehicle, by) = (id("v1"), "a-2".to_owned());
    story.tell(Happened::NoteTaken(NoteTaken { key, vehicle, note: Note::Deceased, by, occurred_at }));
    assert_eq!(endings(&story, "declined_recovery"), Vec::<String>::new());
    story.days(31);
    assert_eq!(out(&story, "declined_recovery").len(), 1);
    holds_and_replays(&story.world);
}

#[test]
fn one_number_of_two_systems_is_two_appointments() {
    let mut story = a_store();
    story.car("v2", "anna");
    story.books("v1", "A-1", at("2026-12-11T14:30:00Z"), None);
    story.books("v2", "A-1", at("2026-12-12T14:30:00Z"), None);
    assert_eq!(cases(&story), ["appointment_reminder/v1/A-1", "appointment_reminder/v2/A-1"]);
    story.days(12);
    holds_and_replays(&story.world);
}

#[test]
fn an_opt_out_of_marketing_does_not_end_a_recall() {
    let mut story = a_store();
    recall(&mut story, "v1", true);
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    story.days(2);
    story.revokes(ANNA, fixedops_vocab::Scope::Marketing);
    story.turn();
    assert_eq!(endings(&story, "recall"), Vec::<String>::new());
    assert_eq!(endings(&story, "declined_recovery"), ["opted_out"]);
    holds_and_replays(&story.world);
}

#[test]
fn a_recall_that_was_closed_by_mistake_or_by_a_wrong_note_is_spoken_of_again() {
    let mut story = a_store();
    recall(&mut story, "v1", true);
    story.days(1);
    recall_closed(&mut story, "v1");
    story.days(1);
    recall(&mut story, "v1", true);
    assert_eq!(cases(&story).len(), 2, "open again");
    recall(&mut story, "v1", true);
    assert_eq!(cases(&story).len(), 2, "told again");
    notes(&mut story, "v1", Note::Sold);
    assert_eq!(endings(&story, "recall"), ["done_elsewhere", "sold"]);
    story.days(1);
    story.opens_order("v1", "R-1");
    assert_eq!(cases(&story).len(), 3, "who comes in has not sold it, and the airbag is still open");
    holds_and_replays(&story.world);
}

#[test]
fn news_of_an_appointment_counts_in_the_order_it_was_true() {
    let set = |story: &mut Story, starts_at: &str, true_at: &str| {
        let key = story.key();
        story.tell(Happened::AppointmentSet(fixedops_closed_loop::AppointmentSet {
            key,
            appointment: id("A-1"),
            vehicle: id("v1"),
            starts_at: at(starts_at),
            touch: None,
            occurred_at: at(true_at),
        }));
    };
    // Moved to the twelfth; that it was set for the eleventh comes in behind.
    let mut story = a_store();
    story.days(1);
    set(&mut story, "2026-12-12T15:00:00Z", "2026-12-02T14:00:00Z");
    set(&mut story, "2026-12-11T15:00:00Z", "2026-12-01T14:00:00Z");
    story.pass(TimeDelta::hours(1));
    let said = out(&story, "appointment_reminder");
    assert!(said.len() == 1 && said[0].1.contains("December 12"), "{said:#?}");
    holds_and_replays(&story.world);
    // Called off before its setting came in.
    let mut story = a_store();
    story.days(2);
    story.misses("v1", "A-1");
    set(&mut story, "2026-12-11T15:00:00Z", "2026-12-01T14:00:00Z");
    assert_eq!(cases(&story), Vec::<String>::new());
    // An edit of one that is over wakes nothing that waits for another.
    let mut story = a_store();
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    story.books("v1", "A-1", story.now + TimeDelta::days(1), None);
    story.days(1);
    story.misses("v1", "A-1");
    story.books("v1", "A-2", story.now + TimeDelta::days(60), None);
    story.misses("v1", "A-1");
    story.days(45);
    assert_eq!(out(&story, "declined_recovery").len(), 0, "it waits for the other one");
    holds_and_replays(&story.world);
}

#[test]
fn an_offer_that_is_over_is_not_made_any_more_and_a_new_owner_may_get_it() {
    let offer = |story: &mut Story| {
        let key = story.key();
        story.tell(Happened::OfferMade(OfferMade {
            key,
            vehicle: id("v1"),
            offer: "winter-26".to_owned(),
            program: id("tire_offer"),
            name: "winter tire set".to_owned(),
            op_codes: Vec::new(),
            ends_on: Some(id("2026-12-06")),
            occurred_at: story.now,
        }));
    };
    let mut story = a_store();
    offer(&mut story);
    story.owner("ben", "h2", "+14045550188");
    story.days(2);
    story.car("v1", "ben");
    offer(&mut story);
    assert_eq!(cases(&story), ["tire_offer/v1/1/winter-26", "tire_offer/v1/2/winter-26"]);
    story.days(20);
    let late = story.world.carrier.out().into_iter().filter(|out| out.key.touch.as_str().contains("12"));
    assert_eq!(late.count(), 0, "day 12 is after its end");
    assert!(story.of("touch_suppressed").iter().any(|event| event.data["reason"] == "offer_over"));
    holds_and_replays(&story.world);
}

#[test]
fn anger_needs_no_touch_and_ends_each_case_once() {
    let mut story = a_store();
    story.owner("ben", "h1", ANNA);
    declined(&mut story, "R-1", "2", "BRKF", "front brake pads", "price");
    story.car("v1", "ben");
    declined(&mut story, "R-2", "2", "CAF", "cabin air filter", "price");
    story.replies(ANNA, None, "angry");
    assert_eq!(endings(&story, "declined_recovery"), ["owner_changed", "handed_to_human"]);
    holds_and_replays(&story.world);
}
