//! Promise 7, what a credit hangs on: which cases can earn one, through which appointment, of which vehicle, under which consent.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use fixedops_attribution::Evidence;
use fixedops_closed_loop::{
    AppointmentSet, AppointmentShown, CreditAssigned, Happened, LinkOpened, Note, NoteTaken, OfferMade,
    RoClosed,
};
use fixedops_connectors_traits::{AuthorizationStatus, Event, UnitKind};
use fixedops_vocab::{Department, OwnershipSpan, PayType, TouchKey};

use crate::judge::holds_and_replays;
use crate::story::{ANNA, BEN, OIL, Said, Story, id};

/// The credits that were assigned, as they were.
fn credits(story: &Story) -> Vec<CreditAssigned> {
    let read = |event: &Event| match Happened::read(event).unwrap() {
        Some(Happened::CreditAssigned(assigned)) => assigned,
        other => panic!("a credit: {other:?}"),
    };
    story.of("credit_assigned").iter().map(read).collect()
}

/// Order, line, dollars and trigger of the credits in force, sorted.
fn in_force(story: &Story) -> Vec<(String, String, String, String)> {
    let mut known = Vec::new();
    for event in story.events() {
        let text = |key: &str| event.data[key].as_str().unwrap().to_owned();
        match event.event_type.as_str() {
            "credit_assigned" => known.push((text("ro"), text("line"), text("amount"), text("trigger"))),
            "credit_reversed" => known.retain(|(ro, line, ..)| (ro, line) != (&text("ro"), &text("line"))),
            _ => {}
        }
    }
    known.sort();
    known
}

fn today(story: &Story) -> String {
    story.now.format("%Y-%m-%d").to_string()
}

fn of_today(story: &mut Story, vehicle: &str, ro: &str) -> RoClosed {
    let day = today(story);
    story.closing(vehicle, ro, &day, Some("47900"), &[OIL])
}

#[test]
fn p7_of_two_bookings_by_one_link_each_stands_for_its_own_visit() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    let touch = story.first_touch();
    story.days(2);
    story.books("v1", "A-1", story.now + TimeDelta::days(1), Some(touch.clone()));
    story.days(1);
    story.shows("v1", "A-1");
    let closed = RoClosed { initiated_from: Some(id("A-1")), ..of_today(&mut story, "v1", "R-1") };
    story.tell(Happened::RoClosed(closed));
    story.days(1);
    // The link still works: the next visit is booked by it.
    story.books("v1", "A-2", story.now + TimeDelta::days(40), Some(touch));
    story.days(40);
    story.shows("v1", "A-2");
    let again = RoClosed { initiated_from: Some(id("A-2")), ..of_today(&mut story, "v1", "R-2") };
    story.tell(Happened::RoClosed(again));
    story.days(1);
    let [credit] = &credits(&story)[..] else { panic!("one credit: {:?}", in_force(&story)) };
    assert_eq!((credit.ro.as_str(), credit.credit.evidence), ("R-1", Evidence::AppointmentToken));
    holds_and_replays(&story.world);
}

#[test]
fn p7_who_missed_the_first_appointment_and_came_on_the_second_was_booked_by_the_link() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    let touch = story.first_touch();
    story.days(2);
    story.books("v1", "A-1", story.now + TimeDelta::days(1), Some(touch.clone()));
    story.days(1);
    story.misses("v1", "A-1");
    story.books("v1", "A-2", story.now + TimeDelta::days(1), Some(touch));
    // A third one, which nobody keeps.
    story.books("v1", "A-3", story.now + TimeDelta::days(50), None);
    story.days(1);
    let closed = RoClosed { initiated_from: Some(id("A-2")), ..of_today(&mut story, "v1", "R-1") };
    story.tell(Happened::RoClosed(closed));
    story.days(1);
    let [credit] = &credits(&story)[..] else { panic!("one credit") };
    assert_eq!(credit.credit.evidence, Evidence::AppointmentToken);
    let told = &credit.credit.receipt.body.trigger;
    let booked = told.appointment.iter().chain(&told.other_appointments).map(|made| made.id.as_str());
    assert_eq!(booked.collect::<Vec<_>>(), ["A-2", "A-3"], "the one he missed brought nobody");
    credit.credit.receipt.verify().unwrap();
    holds_and_replays(&story.world);
}

/// A click without a booking is followed up by a call of its own case, which books.
#[test]
fn p7_an_appointment_that_the_follow_up_of_a_click_made_is_the_doing_of_what_was_clicked() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    let touch = story.first_touch();
    story.days(1);
    story.clicks(&touch, 95);
    story.days(1);
    let called = TouchKey {
        case: id(&format!("click_follow_up/{}", touch.case)),
        touch: id(story.of("call_task_opened")[0].data["touch"].as_str().unwrap()),
    };
    story.books("v1", "A-1", story.now + TimeDelta::days(1), Some(called));
    story.days(1);
    let closed = RoClosed { initiated_from: Some(id("A-1")), ..of_today(&mut story, "v1", "R-1") };
    story.tell(Happened::RoClosed(closed));
    story.days(1);
    let [credit] = &credits(&story)[..] else { panic!("one credit: {:?}", in_force(&story)) };
    assert!(credit.credit.evidence <= Evidence::ClickThenBooking, "{:?}", credit.credit.evidence);
    assert_eq!(credit.credit.receipt.body.trigger.case, Some(touch.case));
    holds_and_replays(&story.world);
}

#[test]
fn p7_the_receipt_names_the_consent_that_stood_when_the_touch_was_cleared() {
    let mut story = Story::new();
    story.anna();
    let first = story.of("consent_granted").pop().unwrap();
    story.turn();
    story.days(1);
    // Given anew after the message: not what it rested on.
    story.consents(ANNA, "2026-12-02T00:00:00Z");
    let closed = of_today(&mut story, "v1", "R-1");
    story.tell(Happened::RoClosed(closed));
    story.days(1);
    let [credit] = &credits(&story)[..] else { panic!("one credit") };
    let proofs = &credit.credit.receipt.body.trigger.proofs;
    let consents: Vec<_> = proofs.iter().filter(|(name, _)| name.starts_with("consent")).collect();
    assert_eq!(consents, [(&"consent/day-0-sms".to_owned(), &first.hash.to_string())]);
    assert_eq!(story.count("consent_granted"), 2);
    let cleared = story.of("touch_cleared").remove(0);
    assert_eq!(proofs["clearance/day-0-sms"], cleared.hash.to_string());
    holds_and_replays(&story.world);
}

/// A first service, an offer with its codes and a missed appointment ask for work too.
#[test]
fn p7_a_first_service_and_an_offer_earn_the_lines_they_asked_for_and_no_others() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.unit("v1", Some("anna"), UnitKind::Retail, Some("2026-11-30"));
    let key = story.key();
    story.tell(Happened::OfferMade(OfferMade {
        key,
        vehicle: id("v1"),
        offer: "winter-26".to_owned(),
        program: id("tire_offer"),
        name: "winter tire set".to_owned(),
        op_codes: vec![id("TIRE4")],
        ends_on: Some(id("2027-03-31")),
        occurred_at: story.now,
    }));
    story.days(20);
    let sent: BTreeSet<_> = story
        .of("touch_sent")
        .iter()
        .map(|event| event.data["program"].as_str().unwrap().to_owned())
        .collect();
    assert!(sent.contains("first_service") && sent.contains("tire_offer"), "{sent:?}");
    let tires = ("2", "TIRE4", 80_000, PayType::CustomerPay);
    let wipers = ("3", "WIPER", 4_000, PayType::CustomerPay);
    let day = today(&story);
    story.order("v1", "R-1", &day, Some("4900"), &[OIL, tires, wipers]);
    story.days(1);
    let found: Vec<_> = in_force(&story).into_iter().map(|(_, line, _, trigger)| (line, trigger)).collect();
    let cases = story.of("case_opened");
    let case = |program: &str| {
        let of = cases.iter().find(|event| event.data["program"] == program).unwrap();
        of.data["case"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        found,
        [("1".to_owned(), case("first_service")), ("2".to_owned(), case("tire_offer"))],
        "nobody asked for wipers"
    );
    let closed: Vec<_> = story.of("case_closed");
    assert!(closed.iter().any(|event| event.data["closure"] == "win"), "{closed:?}");
    holds_and_replays(&story.world);
}

#[test]
fn p7_what_the_body_shop_wrote_is_nobodys_doing() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    story.days(5);
    let closed = RoClosed { department: Department::BodyShop, ..of_today(&mut story, "v1", "R-1") };
    story.tell(Happened::RoClosed(closed));
    story.days(1);
    assert_eq!(in_force(&story), []);
    let attributed = story.of("ro_attributed").pop().unwrap();
    assert_eq!(attributed.data["not_credited"], serde_json::json!([["1", "excluded_department"]]));
    holds_and_replays(&story.world);
}

/// R-1 was written up on the wrong car, and earned there what R-2 would have earned.
#[test]
fn p7_an_order_that_is_another_vehicles_takes_its_visit_and_credits_with_it() {
    let mut story = Story::new();
    story.anna();
    story.due_car("v2", "anna");
    story.turn();
    story.days(20);
    let wrong = of_today(&mut story, "v1", "R-1");
    story.tell(Happened::RoClosed(wrong.clone()));
    story.days(1);
    story.days(2);
    let second = of_today(&mut story, "v1", "R-2");
    story.tell(Happened::RoClosed(second));
    story.days(1);
    let orders = |story: &Story| -> Vec<String> {
        in_force(story)
            .into_iter()
            .map(|(ro, _, _, trigger)| format!("{ro} {}", trigger.split('/').nth(1).unwrap()))
            .collect()
    };
    assert_eq!(orders(&story), ["R-1 v1"]);

    let right = RoClosed { key: story.key(), vehicle: id("v2"), span: OwnershipSpan(1), ..wrong };
    story.tell(Happened::RoClosed(right));
    story.days(1);
    assert_eq!(orders(&story), ["R-1 v2", "R-2 v1"], "each car's order is credited to what was said of it");
    let [moved] = &story.of("visit_moved")[..] else { panic!("told once") };
    assert_eq!((moved.stream.as_str(), &moved.data["to"]), ("vehicle/v1", &"v2".into()));
    holds_and_replays(&story.world);
    // Told the other way round it ends the same.
    let mut other = Story::new();
    other.anna();
    other.due_car("v2", "anna");
    other.turn();
    other.days(20);
    let right = of_today(&mut other, "v2", "R-1");
    other.tell(Happened::RoClosed(right));
    other.days(3);
    let second = of_today(&mut other, "v1", "R-2");
    other.tell(Happened::RoClosed(second));
    other.days(1);
    assert_eq!(orders(&other), orders(&story));
}

/// What is told late of a touch moves the credit as if it had been told in time.
#[test]
fn p7_a_click_a_failure_and_a_booking_that_are_told_late_are_looked_at_once_more() {
    // What is told, the reason it names, and the rung in force at the end, if any.
    type Late = fn(&mut Story, &TouchKey);
    let cases: [(&str, Late, Option<Evidence>); 4] = [
        ("delivery_reported", |story, touch| story.delivered(ANNA, touch, false), None),
        (
            "appointment_set",
            |story, touch| {
                let set = AppointmentSet {
                    key: story.key(),
                    appointment: id("A-1"),
                    vehicle: id("v1"),
                    starts_at: story.now - TimeDelta::days(2),
                    touch: Some(touch.clone()),
                    occurred_at: story.now - TimeDelta::days(4),
                };
                story.tell(Happened::AppointmentSet(set));
            },
            Some(Evidence::AppointmentToken),
        ),
        (
            "link_opened",
            |story, touch| {
                let opened = LinkOpened {
                    key: story.key(),
                    case: touch.case.clone(),
                    touch: touch.touch.clone(),
                    human_percent: 95,
                    signs: Vec::new(),
                    judged_by: None,
                    occurred_at: story.now - TimeDelta::days(5),
                };
                story.tell(Happened::LinkOpened(opened));
            },
            Some(Evidence::OpCodeGroupInWindow),
        ),
        // What comes after the write-up changes nothing.
        ("", |story, touch| story.clicks(touch, 95), Some(Evidence::OpCodeGroupInWindow)),
    ];
    for (why, late, rung) in cases {
        let mut story = Story::new();
        story.anna();
        story.turn();
        let touch = story.first_touch();
        story.days(5);
        let closed = of_today(&mut story, "v1", "R-1");
        story.tell(Happened::RoClosed(closed));
        story.days(2);
        assert_eq!(credits(&story).len(), 1);
        late(&mut story, &touch);
        story.turn();
        let looked: Vec<_> =
            story.of("attribution_due").iter().map(|event| event.data["why"].clone()).collect();
        assert_eq!(looked, if why.is_empty() { vec![] } else { vec![serde_json::json!(why)] });
        assert_eq!(in_force(&story).len(), usize::from(rung.is_some()), "{why}");
        let last = credits(&story).pop().filter(|_| rung.is_some()).map(|credit| credit.credit.evidence);
        assert_eq!(last, rung, "{why}");
        let due = story.of("ro_attributed").len();
        story.days(2);
        assert_eq!(story.count("ro_attributed"), due, "once is enough: {why}");
        holds_and_replays(&story.world);
    }
}

/// Whoever answers "STOP", or whose telephone answers by itself, has not answered and then booked.
#[test]
fn p7_an_opt_out_and_an_automatic_answer_are_no_answer_that_a_booking_follows() {
    for (said, rung) in [
        ("none", Evidence::ReplyThenBooking),
        ("sms", Evidence::OpCodeGroupInWindow),
        ("clarify", Evidence::OpCodeGroupInWindow),
        ("auto_reply", Evidence::OpCodeGroupInWindow),
    ] {
        let mut story = Story::new();
        story.anna();
        story.turn();
        let touch = story.first_touch();
        story.days(1);
        story.replies(ANNA, Some(touch), said);
        story.books("v1", "A-1", story.now + TimeDelta::days(2), None);
        story.days(2);
        let closed = of_today(&mut story, "v1", "R-1");
        story.tell(Happened::RoClosed(closed));
        story.days(1);
        let [credit] = &credits(&story)[..] else { panic!("{said}: {:?}", in_force(&story)) };
        assert_eq!(credit.credit.evidence, rung, "{said}");
    }
}

/// The news of one appointment in any order: set with its token, confirmed, and the customer who came.
#[test]
fn p7_an_appointment_is_what_was_told_of_it_in_whatever_order() {
    for sequence in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut story = Story::new();
        story.anna();
        story.turn();
        let touch = story.first_touch();
        story.days(40);
        let (set_at, came_at) = (story.now - TimeDelta::days(38), story.now - TimeDelta::hours(1));
        for news in sequence {
            let set = |key, occurred_at, touch| {
                Happened::AppointmentSet(AppointmentSet {
                    key,
                    appointment: id("A-1"),
                    vehicle: id("v1"),
                    starts_at: came_at,
                    touch,
                    occurred_at,
                })
            };
            let key = story.key();
            let told = match news {
                0 => set(key, set_at, Some(touch.clone())),
                // Confirmed on the day before, without a token: it was made when it was made.
                1 => set(key, came_at - TimeDelta::days(1), None),
                _ => Happened::AppointmentShown(AppointmentShown {
                    key,
                    appointment: id("A-1"),
                    vehicle: id("v1"),
                    touch: None,
                    occurred_at: came_at,
                }),
            };
            story.tell(told);
        }
        let closed = RoClosed { initiated_from: Some(id("A-1")), ..of_today(&mut story, "v1", "R-1") };
        story.tell(Happened::RoClosed(closed));
        story.days(1);
        let [credit] = &credits(&story)[..] else { panic!("{sequence:?}: {:?}", in_force(&story)) };
        assert_eq!(credit.credit.evidence, Evidence::AppointmentToken, "{sequence:?}");
        let made = credit.credit.receipt.body.trigger.appointment.as_ref().unwrap();
        assert_eq!(made.set_at, set_at, "{sequence:?}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn p7_an_appointment_of_which_only_the_end_was_told_was_not_made_after_a_message() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    story.days(4);
    story.shows("v1", "A-1");
    let closed = RoClosed { initiated_from: Some(id("A-1")), ..of_today(&mut story, "v1", "R-1") };
    story.tell(Happened::RoClosed(closed));
    story.days(1);
    let [credit] = &credits(&story)[..] else { panic!("one credit") };
    assert_eq!(credit.credit.evidence, Evidence::OpCodeGroupInWindow);
}

#[test]
fn p7_an_appointment_that_was_called_off_brings_nobody() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    let touch = story.first_touch();
    story.days(2);
    story.books("v1", "A-1", story.now + TimeDelta::days(2), Some(touch));
    story.days(1);
    story.misses("v1", "A-1");
    story.days(2);
    let closed = of_today(&mut story, "v1", "R-1");
    story.tell(Happened::RoClosed(closed));
    story.days(1);
    let [credit] = &credits(&story)[..] else { panic!("one credit") };
    assert_eq!(credit.credit.evidence, Evidence::OpCodeGroupInWindow, "he walked in");
    holds_and_replays(&story.world);
}

#[test]
fn p7_an_opening_told_late_does_not_take_a_closed_order_from_its_vehicle() {
    let mut story = Story::new();
    story.anna();
    story.due_car("v2", "anna");
    story.turn();
    story.days(5);
    let closed = of_today(&mut story, "v2", "R-1");
    story.tell(Happened::RoClosed(closed));
    story.days(1);
    let before = in_force(&story);
    assert_eq!(before.len(), 1);
    story.opens_order("v1", "R-1");
    story.days(1);
    assert_eq!((story.count("visit_moved"), in_force(&story)), (0, before));
    holds_and_replays(&story.world);
}

/// The decline was written up on the wrong car with everything else; told anew it is the other car's.
#[test]
fn p7_declined_work_goes_with_its_order_to_the_other_vehicle() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.owner("ben", "h2", BEN);
    story.car("v1", "anna");
    story.car("v2", "ben");
    let day = today(&story);
    for miles in ["40000", "40100"] {
        let wrong = story.closing("v1", "R-1", &day, Some(miles), &[OIL]);
        story.tell(Happened::RoClosed(wrong));
    }
    story.declines("v1", "R-1", "9");
    story.days(2);
    let right = story.closing("v2", "R-1", &day, Some("40100"), &[OIL]);
    story.tell(Happened::RoClosed(right));
    story.declines("v2", "R-1", "9");
    story.days(40);
    let [moved] = &story.of("visit_moved")[..] else { panic!("told once") };
    assert_eq!(moved.data["odometers"].as_array().unwrap().len(), 2, "of both closings");
    let sent: Vec<_> = story.of("touch_sent").iter().map(|event| event.data["case"].clone()).collect();
    let opened = story.of("case_opened");
    let vehicles: Vec<_> = opened.iter().map(|event| event.data["vehicle"].clone()).collect();
    assert_eq!(vehicles, ["v1", "v2"]);
    assert!(!sent.is_empty() && sent.iter().all(|case| *case == opened[1].data["case"]), "{sent:?}");
    let last: Vec<_> = story.of("case_closed").iter().map(|event| event.data["case"].clone()).collect();
    assert_eq!(last, [opened[0].data["case"].clone()], "nothing is left to say of the first car");
    let day = today(&story);
    story.order("v2", "R-2", &day, Some("41000"), &[("1", "BRKF", 14_900, PayType::CustomerPay)]);
    story.days(1);
    let [credit] = &credits(&story)[..] else { panic!("one credit: {:?}", in_force(&story)) };
    assert_eq!((credit.ro.as_str(), credit.credit.receipt.body.trigger.vehicle.as_str()), ("R-2", "v2"));
    holds_and_replays(&story.world);
}

/// Declined, then put off to a day: two cases spoke of the one line.
#[test]
fn p7_a_line_that_two_cases_spoke_of_is_one_trigger() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.declines("v1", "R-1", "8");
    story.declines("v1", "R-1", "9");
    story.days(31);
    let told = Said { until: Some("2027-01-20"), ..Said::default() };
    story.answers("v1", "R-1", AuthorizationStatus::Deferred, told);
    story.days(25);
    let programs: BTreeSet<_> = story
        .of("touch_sent")
        .iter()
        .map(|event| event.data["program"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(programs.len(), 2, "{programs:?}");
    let brakes = ("1", "BRKF", 14_900, PayType::CustomerPay);
    for ro in ["R-2", "R-3"] {
        let day = today(&story);
        story.order("v1", ro, &day, None, &[brakes]);
        story.days(3);
    }
    let of_line_9 = in_force(&story).into_iter().filter(|(.., trigger)| trigger.ends_with("#9")).count();
    assert!(of_line_9 <= 1, "{:?}", in_force(&story));
    holds_and_replays(&story.world);
}

/// The car was sold before anybody told: the order names its customer.
#[test]
fn p7_an_order_of_a_customer_who_is_not_of_the_household_is_nobodys_doing() {
    for (customer, household, credited) in [("anna", "h1", 1), ("ben", "h1", 1), ("ben", "h2", 0)] {
        let mut story = Story::new();
        story.anna();
        story.linked("ben", household, "ben@mail.example");
        story.turn();
        story.days(5);
        let closed = RoClosed { customer: Some(id(customer)), ..of_today(&mut story, "v1", "R-1") };
        story.tell(Happened::RoClosed(closed));
        story.days(1);
        assert_eq!(in_force(&story).len(), credited, "{customer} of {household}");
        holds_and_replays(&story.world);
    }
}

/// Nobody is reached by text; a call of the plan books, and carries it.
#[test]
fn p7_a_call_that_an_appointment_carries_earns_what_it_spoke_of() {
    let mut story = Story::new();
    story.linked("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "R-0", "2026-11-30", None, &[OIL]);
    story.declines("v1", "R-1", "9");
    story.days(130);
    let [call, ..] = &story.of("call_task_opened")[..] else { panic!("a call") };
    let text = |key: &str| call.data[key].as_str().unwrap();
    let key = TouchKey { case: id(text("case")), touch: id(text("touch")) };
    for carries in [false, true] {
        let mut story = Story::new();
        story.linked("anna", "h1", ANNA);
        story.car("v1", "anna");
        story.order("v1", "R-0", "2026-11-30", None, &[OIL]);
        story.declines("v1", "R-1", "9");
        let listed = story.now + (call.at - story.now);
        while story.now < listed + TimeDelta::days(1) {
            story.days(1);
        }
        story.books("v1", "A-1", story.now + TimeDelta::days(1), carries.then(|| key.clone()));
        story.days(1);
        let day = today(&story);
        let brakes = ("1", "BRKF", 14_900, PayType::CustomerPay);
        let closed = story.closing("v1", "R-2", &day, None, &[brakes]);
        story.tell(Happened::RoClosed(RoClosed { initiated_from: Some(id("A-1")), ..closed }));
        story.days(1);
        assert_eq!(
            in_force(&story).len(),
            usize::from(carries),
            "a call that nobody tells of proves nothing"
        );
    }
}

/// Revenue is taken back where it was written, though the order it was written to is another vehicle's by then.
#[test]
fn p7_revenue_is_taken_back_from_the_order_it_was_written_to() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.owner("ben", "h2", BEN);
    story.car("v1", "anna");
    story.car("v2", "ben");
    let day = today(&story);
    let wrong = story.closing("v1", "R-1", &day, Some("40000"), &[OIL]);
    story.tell(Happened::RoClosed(wrong));
    story.declines("v1", "R-1", "9");
    story.days(31);
    let day_of_repair = today(&story);
    story.order("v1", "R-2", &day_of_repair, None, &[("1", "BRKF", 14_900, PayType::CustomerPay)]);
    story.days(2);
    let written = |story: &Story, kind: &str| -> Vec<String> {
        let of =
            story.of("write_back_queued").into_iter().filter(|event| event.data.to_string().contains(kind));
        of.map(|event| event.stream.to_string()).collect()
    };
    assert_eq!((in_force(&story).len(), written(&story, "recovered/")), (1, vec!["ro/R-1".to_owned()]));
    let right = story.closing("v2", "R-1", &day, Some("40000"), &[OIL]);
    story.tell(Happened::RoClosed(right));
    story.days(2);
    assert_eq!(in_force(&story), []);
    assert_eq!(written(&story, "reversed/"), ["ro/R-1"], "where the DMS was told of it");
    holds_and_replays(&story.world);
}

/// The car was sold; the buyer comes in before anybody told of him: nobody writes to the seller again.
#[test]
fn p7_an_order_of_the_buyer_does_not_say_that_the_seller_is_back() {
    for (customer, silent) in [("anna", false), ("ben", true)] {
        let mut story = Story::new();
        story.anna();
        story.linked("ben", "h2", BEN);
        let note = NoteTaken {
            key: story.key(),
            vehicle: id("v1"),
            note: Note::Sold,
            by: "7".to_owned(),
            occurred_at: story.now,
        };
        story.tell(Happened::NoteTaken(note));
        story.days(2);
        assert_eq!(story.count("touch_sent"), 0);
        let closed = RoClosed { customer: Some(id(customer)), ..of_today(&mut story, "v1", "R-1") };
        let closed = RoClosed { lines: Vec::new(), ..closed };
        story.tell(Happened::RoClosed(closed));
        story.days(1);
        story.declines("v1", "R-1", "9");
        story.days(40);
        assert_eq!(story.count("touch_sent") == 0, silent, "{customer}");
        holds_and_replays(&story.world);
    }
}
