//! The ladder and the windows, rule by rule.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

mod world;

use chrono::TimeDelta;
use fixedops_attribution::{
    AppointmentFact, Assignment, Delivery, Department, Evidence, Policy, Reason, RepairOrder, Trigger, assign,
};
use fixedops_vocab::{OpCode, OwnershipSpan, PayType};
use world::{appointment, appointment_id, day, line, oil, oil_due, order, service, text};

/// What one trigger earns of one order with one oil line: the rung, or the reason.
fn outcome(trigger: &Trigger, order: &RepairOrder, policy: &Policy) -> Result<Evidence, Reason> {
    let Assignment { credits, not_credited, .. } =
        assign(std::slice::from_ref(trigger), std::slice::from_ref(order), policy);
    match (credits.as_slice(), not_credited.as_slice()) {
        ([credit], []) => Ok(credit.evidence),
        ([], [line]) => Err(line.reason),
        other => panic!("one line, one answer: {other:?}"),
    }
}

type Story = (&'static str, fn(&mut Trigger, &mut RepairOrder), Result<Evidence, Reason>);

fn told(stories: &[Story], policy: &Policy) {
    for (case, change, expected) in stories {
        // Told on day 1, came on day 20.
        let (mut trigger, mut order) = (oil_due("c1"), order("604411", 20, vec![oil("1")]));
        change(&mut trigger, &mut order);
        assert_eq!(outcome(&trigger, &order, policy), *expected, "{case}");
    }
}

fn booked_with_token(trigger: &mut Trigger) {
    trigger.appointment = Some(appointment(2, 20));
    if let Some(appointment) = &mut trigger.appointment {
        appointment.token = Some("token-c1".to_owned());
    }
}

#[test]
fn each_rung_needs_its_own_evidence() {
    told(
        &[
            ("linked work within 90 days of a text", |_, _| {}, Ok(Evidence::OpCodeGroupInWindow)),
            (
                "the appointment carries our token",
                |t, _| booked_with_token(t),
                Ok(Evidence::AppointmentToken),
            ),
            (
                "a token nobody sent is no token",
                |t, _| {
                    booked_with_token(t);
                    t.touches[0].token = Some("another".to_owned());
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "no token on either side is no match",
                |t, _| {
                    t.touches[0].token = None;
                    t.appointment = Some(appointment(2, 20));
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "the DMS says which appointment it was made from",
                |t, o| {
                    t.appointment = Some(appointment(2, 20));
                    o.initiated_from = Some(appointment_id("a1"));
                },
                Ok(Evidence::InitiatedFromAppointment),
            ),
            (
                "the order was made from somebody else's appointment",
                |t, o| {
                    booked_with_token(t);
                    o.initiated_from = Some(appointment_id("a2"));
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "a person clicked, then booked",
                |t, _| {
                    t.touches[0].clicked_at = Some(day(2));
                    t.touches[0].human_click = Some(90);
                    t.appointment = Some(appointment(3, 20));
                },
                Ok(Evidence::ClickThenBooking),
            ),
            (
                "a scanner clicked, then someone booked",
                |t, _| {
                    t.touches[0].clicked_at = Some(day(2));
                    t.touches[0].human_click = Some(10);
                    t.appointment = Some(appointment(3, 20));
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "a click that nobody judged is no evidence",
                |t, _| {
                    t.touches[0].clicked_at = Some(day(2));
                    t.appointment = Some(appointment(3, 20));
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "booked first, clicked afterwards",
                |t, _| {
                    t.touches[0].clicked_at = Some(day(4));
                    t.touches[0].human_click = Some(90);
                    t.appointment = Some(appointment(3, 20));
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "clicked before the text was sent: not this text's link",
                |t, _| {
                    t.touches[0].clicked_at = Some(day(0));
                    t.touches[0].human_click = Some(90);
                    t.appointment = Some(appointment(3, 20));
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "answered before the text was sent: not an answer to it",
                |t, _| {
                    t.touches[0].replied_at = Some(day(0));
                    t.appointment = Some(appointment(3, 20));
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "booked while the car was there already",
                |t, o| {
                    booked_with_token(t);
                    t.appointment = t
                        .appointment
                        .take()
                        .map(|a| fixedops_attribution::AppointmentFact { set_at: o.opened_at, ..a });
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "answered, then booked",
                |t, _| {
                    t.touches[0].replied_at = Some(day(2));
                    t.appointment = Some(appointment(3, 20));
                },
                Ok(Evidence::ReplyThenBooking),
            ),
            (
                "clicked and answered: the stronger rung counts",
                |t, _| {
                    t.touches[0].clicked_at = Some(day(2));
                    t.touches[0].human_click = Some(50);
                    t.touches[0].replied_at = Some(day(2));
                    t.appointment = Some(appointment(3, 20));
                },
                Ok(Evidence::ClickThenBooking),
            ),
            (
                "booked before the text went out",
                |t, _| {
                    t.opened_at = day(-5);
                    booked_with_token(t);
                    t.appointment = t
                        .appointment
                        .take()
                        .map(|a| fixedops_attribution::AppointmentFact { set_at: day(0), ..a });
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
        ],
        &Policy::shipped(),
    );
}

#[test]
fn windows_are_closed_at_their_last_instant() {
    told(
        &[
            ("day 90 after the text", |_, o| move_to(o, 91), Ok(Evidence::OpCodeGroupInWindow)),
            (
                "a second past day 90",
                |_, o| {
                    move_to(o, 91);
                    o.opened_at += TimeDelta::seconds(1);
                },
                Err(Reason::OutOfWindow),
            ),
            (
                "five days early",
                |t, _| {
                    booked_with_token(t);
                    t.appointment = t.appointment.take().map(|a| at_day(a, 25));
                },
                Ok(Evidence::AppointmentToken),
            ),
            (
                "six days early",
                |t, _| {
                    booked_with_token(t);
                    t.appointment = t.appointment.take().map(|a| at_day(a, 26));
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "five days late",
                |t, _| {
                    booked_with_token(t);
                    t.appointment = t.appointment.take().map(|a| at_day(a, 15));
                },
                Ok(Evidence::AppointmentToken),
            ),
            (
                "six days late",
                |t, _| {
                    booked_with_token(t);
                    t.appointment = t.appointment.take().map(|a| at_day(a, 14));
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "booked in time for long after the 90 days",
                |t, o| {
                    booked_with_token(t);
                    t.appointment = t.appointment.take().map(|a| at_day(a, 150));
                    move_to(o, 150);
                },
                Ok(Evidence::AppointmentToken),
            ),
            (
                "made from an appointment that was set 91 days after the text",
                |t, o| {
                    t.appointment = Some(appointment(92, 95));
                    o.initiated_from = Some(appointment_id("a1"));
                    move_to(o, 95);
                },
                Err(Reason::OutOfWindow),
            ),
            (
                "booked a month and a day after the click",
                |t, o| {
                    t.touches[0].clicked_at = Some(day(2));
                    t.touches[0].human_click = Some(90);
                    t.appointment = Some(appointment(33, 40));
                    move_to(o, 40);
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
        ],
        &Policy::shipped(),
    );
}

#[test]
fn what_brought_nobody_in_earns_nothing() {
    told(
        &[
            (
                "texted after the write-up",
                |t, _| t.touches = vec![text("c1", 21)],
                Err(Reason::TouchedAfterOpening),
            ),
            (
                "texted at the write-up",
                |t, _| t.touches = vec![text("c1", 20)],
                Err(Reason::TouchedAfterOpening),
            ),
            ("never texted", |t, _| t.touches.clear(), Err(Reason::NoTouch)),
            ("the text failed", |t, _| t.touches[0].delivery = Delivery::Failed, Err(Reason::NoTouch)),
            (
                "nothing reported is not a failure",
                |t, _| t.touches[0].delivery = Delivery::NotReported,
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            ("a text older than the trigger", |t, _| t.opened_at = day(2), Err(Reason::NoTouch)),
            ("the next owner pays", |_, o| o.owner_span = OwnershipSpan(2), Err(Reason::OtherOwner)),
            ("another vehicle", |t, _| t.vehicle = "v2".parse().unwrap(), Err(Reason::NoTrigger)),
            ("voided", |_, o| o.voided = true, Err(Reason::Voided)),
            ("still open", |_, o| o.closed_at = None, Err(Reason::StillOpen)),
            ("closes before it opens", |_, o| o.closed_at = Some(day(19)), Err(Reason::ClosedBeforeOpened)),
            ("the body shop", |_, o| o.department = Department::BodyShop, Err(Reason::ExcludedDepartment)),
            ("warranty", |_, o| o.lines[0].pay_type = PayType::Warranty, Err(Reason::NotCustomerPay)),
            ("internal", |_, o| o.lines[0].pay_type = PayType::Internal, Err(Reason::NotCustomerPay)),
            ("free of charge", |_, o| o.lines[0].amount = world::usd(0), Err(Reason::NotPositive)),
            ("a return", |_, o| o.lines[0].amount = world::usd(-100), Err(Reason::NotPositive)),
            ("other work", |_, o| o.lines[0].service = Some(service("battery")), Err(Reason::NotLinked)),
        ],
        &Policy::shipped(),
    );
}

#[test]
fn a_line_is_linked_by_service_by_op_code_or_by_its_words() {
    told(
        &[
            (
                "by op code",
                |_, o| {
                    o.lines[0].service = None;
                    o.lines[0].op_code = Some(OpCode::new("lof5").unwrap());
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "by its words, however typed",
                |_, o| {
                    o.lines[0].service = None;
                    o.lines[0].name = Some("OIL  FILTER, CHANGE".to_owned());
                },
                Ok(Evidence::OpCodeGroupInWindow),
            ),
            (
                "no words are no match",
                |t, o| {
                    t.names.insert("--".to_owned());
                    o.lines[0].service = None;
                    o.lines[0].name = Some("  ".to_owned());
                },
                Err(Reason::NotLinked),
            ),
            (
                "two unmapped services are not one service",
                |t, o| {
                    t.service = None;
                    o.lines[0].service = None;
                },
                Err(Reason::NotLinked),
            ),
        ],
        &Policy::shipped(),
    );
}

#[test]
fn dealermines_rules_know_bookings_and_op_codes_only() {
    told(
        &[
            ("an appointment within 5 days is a booking", |t, _| t.appointment = Some(appointment(2, 20)), {
                Ok(Evidence::InitiatedFromAppointment)
            }),
            (
                "a token is not in the rules",
                |t, _| booked_with_token(t),
                Ok(Evidence::InitiatedFromAppointment),
            ),
            (
                "words are not in the rules",
                |_, o| {
                    o.lines[0].service = None;
                    o.lines[0].name = Some("Oil & filter change".to_owned());
                },
                Err(Reason::NotLinked),
            ),
            ("the body shop", |_, o| o.department = Department::BodyShop, Err(Reason::ExcludedDepartment)),
            ("internal lines stay uncredited", |_, o| o.lines[0].pay_type = PayType::Internal, {
                Err(Reason::NotCustomerPay)
            }),
        ],
        &Policy::dealermine(),
    );
}

#[test]
fn of_two_orders_dealermine_takes_the_one_with_most_matching_lines_and_we_take_a_split_visit_whole() {
    let trigger = oil_due("c1");
    let one_line = order("1", 20, vec![oil("1")]);
    let two_lines = order("2", 20, vec![oil("1"), oil("2")]);
    let orders = [one_line, two_lines];

    let credited = |policy: &Policy| {
        let assignment = assign(std::slice::from_ref(&trigger), &orders, policy);
        assignment.credits.iter().map(|c| format!("{}#{}", c.ro, c.line)).collect::<Vec<_>>()
    };
    assert_eq!(credited(&Policy::dealermine()), ["2#1", "2#2"]);
    assert_eq!(credited(&Policy::shipped()), ["1#1", "2#1", "2#2"]);
}

#[test]
fn a_trigger_is_answered_once() {
    let trigger = oil_due("c1");
    let orders = [order("1", 20, vec![oil("1")]), order("2", 60, vec![oil("1")])];
    let assignment = assign(&[trigger], &orders, &Policy::shipped());

    assert_eq!(assignment.credits.len(), 1);
    assert_eq!(assignment.credits[0].ro.as_str(), "1");
    assert_eq!(assignment.not_credited[0].reason, Reason::AnsweredElsewhere);
    assert_eq!(assignment.visits.len(), 1);
}

/// The orders that earn a credit, under our own policy.
fn credited(triggers: &[Trigger], orders: &[RepairOrder]) -> Vec<String> {
    let mut ros: Vec<String> =
        assign(triggers, orders, &Policy::shipped()).credits.iter().map(|c| c.ro.to_string()).collect();
    ros.dedup();
    ros
}

#[test]
fn orders_within_a_day_of_the_first_are_one_visit() {
    let first = order("1", 20, vec![oil("1")]);
    let mut second = order("2", 21, vec![oil("1")]);
    assert_eq!(credited(&[oil_due("c1")], &[first.clone(), second.clone()]), ["1", "2"]);

    second.opened_at += TimeDelta::seconds(1);
    assert_eq!(credited(&[oil_due("c1")], &[first, second]), ["1"]);
}

#[test]
fn two_owners_never_share_a_visit() {
    let mut trigger = oil_due("c1");
    trigger.owner_span = OwnershipSpan(2);
    let of_second = |ro, on| RepairOrder { owner_span: OwnershipSpan(2), ..order(ro, on, vec![oil("1")]) };
    let orders = [order("1", 50, vec![oil("1")]), of_second("2", 20), of_second("3", 40)];
    assert_eq!(credited(&[trigger], &orders), ["2"]);
}

#[test]
fn linked_work_answers_a_trigger_before_a_booked_visit_for_other_work() {
    let mut trigger = oil_due("c1");
    booked_with_token(&mut trigger);
    let booked = order("1", 20, vec![line("1", "battery", PayType::CustomerPay, 20_000)]);
    assert_eq!(credited(&[trigger], &[booked, order("2", 30, vec![oil("1")])]), ["2"]);
}

#[test]
fn a_visit_in_parts_counts_all_its_lines_and_its_best_evidence() {
    let parts = [order("2", 20, vec![oil("1")]), order("3", 20, vec![oil("1")])];
    let earlier = order("1", 10, vec![oil("1")]);
    assert_eq!(credited(&[oil_due("c1")], &[&[earlier][..], &parts].concat()), ["2", "3"], "most lines");

    let mut trigger = oil_due("c1");
    booked_with_token(&mut trigger);
    let elsewhere = |order: RepairOrder| RepairOrder { initiated_from: Some(appointment_id("a2")), ..order };
    let [walked_in, booked] = parts;
    let more_lines = elsewhere(order("1", 10, vec![oil("1"), oil("2"), oil("3")]));
    assert_eq!(
        credited(&[trigger], &[more_lines, elsewhere(walked_in), booked]),
        ["2", "3"],
        "best evidence"
    );
}

#[test]
fn the_visit_is_every_customer_pay_dollar_and_the_credit_is_the_linked_line() {
    let lines = vec![
        oil("1"),
        line("2", "brake_pads_front", PayType::CustomerPay, 41_000),
        line("3", "battery", PayType::Warranty, 20_000),
        line("4", "coupon", PayType::CustomerPay, -1_000),
    ];
    let assignment = assign(&[oil_due("c1")], &[order("1", 20, lines)], &Policy::shipped());

    assert_eq!(assignment.credits.len(), 1);
    assert_eq!(assignment.credits[0].amount, world::usd(8_995));
    assert_eq!(assignment.visits[0].customer_pay, [world::usd(8_995 + 41_000 - 1_000)]);
}

#[test]
fn a_visit_for_other_work_is_shown_and_never_credited() {
    let other = order("1", 20, vec![line("1", "battery", PayType::CustomerPay, 20_000)]);
    let assignment = assign(&[oil_due("c1")], std::slice::from_ref(&other), &Policy::shipped());
    assert!(assignment.credits.is_empty());
    assert_eq!(assignment.visits[0].evidence, Evidence::VisitOnly);

    let dealermine = assign(&[oil_due("c1")], &[other], &Policy::dealermine());
    assert!(dealermine.visits.is_empty(), "the rung is not in the policy");
}

#[test]
fn equal_claims_are_settled_by_the_last_touch_and_the_loser_is_listed() {
    let early = oil_due("early");
    let mut late = oil_due("late");
    late.touches.push(text("late", 10));
    let assignment = assign(&[early, late], &[order("1", 20, vec![oil("1")])], &Policy::shipped());

    let credit = &assignment.credits[0];
    assert_eq!(credit.trigger, "late");
    assert_eq!(credit.competing.iter().map(|c| c.trigger.as_str()).collect::<Vec<_>>(), ["early"]);
}

#[test]
fn a_tie_of_touches_goes_to_the_older_trigger_then_to_the_lesser_id() {
    let winner = |a: &Trigger, b: &Trigger| {
        let triggers = [a.clone(), b.clone()];
        let assignment = assign(&triggers, &[order("1", 20, vec![oil("1")])], &Policy::shipped());
        assert_eq!(assignment.credits[0].receipt.verify(), Ok(()));
        assignment.credits[0].trigger.clone()
    };
    let (a, mut b) = (oil_due("a"), oil_due("b"));
    assert_eq!(winner(&a, &b), "a");
    b.opened_at -= TimeDelta::days(1);
    assert_eq!(winner(&a, &b), "b");
}

#[test]
fn dealermine_credits_the_original_booker_and_the_last_contact() {
    let (early, mut late) = (oil_due("early"), oil_due("late"));
    late.touches = vec![text("late", 10)];
    let winner = |triggers: &[Trigger]| {
        let assignment = assign(triggers, &[order("1", 20, vec![oil("1")])], &Policy::dealermine());
        assignment.credits[0].trigger.clone()
    };
    assert_eq!(winner(&[early.clone(), late.clone()]), "late");
    let book = |trigger: Trigger| Trigger { appointment: Some(appointment(12, 20)), ..trigger };
    assert_eq!(winner(&[book(early), book(late)]), "early");
}

#[test]
fn of_several_appointments_each_stands_for_its_own_order() {
    let mut trigger = oil_due("c1");
    booked_with_token(&mut trigger);
    let first = trigger.appointment.clone().unwrap();
    // Booked again by the same link for day 70, and once more by telephone for the day of the first.
    let again = AppointmentFact { id: appointment_id("a2"), set_at: day(21), at: day(70), ..first.clone() };
    let by_phone = AppointmentFact { id: appointment_id("a3"), token: None, ..first.clone() };
    let kept = order("1", 20, vec![oil("1")]);
    for others in [[&first, &again, &by_phone], [&by_phone, &again, &first], [&again, &first, &by_phone]] {
        let [appointment, other, third] = others;
        trigger.appointment = Some(appointment.clone());
        trigger.other_appointments = vec![other.clone(), third.clone(), other.clone()];
        assert_eq!(outcome(&trigger, &kept, &Policy::shipped()), Ok(Evidence::AppointmentToken));
        let assigned = assign(&[trigger.clone()], std::slice::from_ref(&kept), &Policy::shipped());
        let held = &assigned.credits[0].receipt.body.trigger;
        let ids = held.appointment.iter().chain(&held.other_appointments).map(|held| held.id.as_str());
        assert_eq!(ids.collect::<Vec<_>>(), ["a1", "a3", "a2"], "in the order of making, each once");
    }
    // Missed the first and came on the second.
    let late = order("2", 70, vec![oil("1")]);
    assert_eq!(outcome(&trigger, &late, &Policy::shipped()), Ok(Evidence::AppointmentToken));
    trigger.other_appointments.clear();
    trigger.appointment = Some(first);
    assert_eq!(outcome(&trigger, &late, &Policy::shipped()), Ok(Evidence::OpCodeGroupInWindow));
}

#[test]
fn stronger_evidence_beats_a_later_touch() {
    let mut booked = oil_due("c1");
    booked_with_token(&mut booked);
    let mut late = oil_due("late");
    late.touches.push(text("late", 10));
    let assignment = assign(&[late, booked], &[order("1", 20, vec![oil("1")])], &Policy::shipped());
    assert_eq!(assignment.credits[0].trigger, "c1");
}

fn move_to(order: &mut RepairOrder, on: i64) {
    order.opened_at = day(on);
    order.closed_at = Some(day(on + 1));
}

fn at_day(
    appointment: fixedops_attribution::AppointmentFact,
    on: i64,
) -> fixedops_attribution::AppointmentFact {
    fixedops_attribution::AppointmentFact { at: day(on), ..appointment }
}
