//! Promise 7: a line has at most one credit in force, never above what the customer paid, and each has its receipt.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use fixedops_attribution::{Receipt, verify_chain};
use fixedops_closed_loop::{Happened, RoClosed};
use fixedops_connectors_traits::Event;
use fixedops_vocab::{PayType, RoLineId};
use rust_decimal::Decimal;

use crate::judge::holds_and_replays;
use crate::story::{ANNA, BEN, Line, OIL, Story, id};

/// Anna was told of oil and tires, booked from the link and came; the order is still to be closed.
fn visited() -> Story {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "H-1", "2026-08-03", Some("40000"), &[OIL, ("2", "ROT", 2_995, PayType::CustomerPay)]);
    for (day, miles) in [("2026-09-02", "42000"), ("2026-10-04", "44000"), ("2026-11-30", "47600")] {
        story.reading("v1", day, miles);
    }
    story.turn();
    let touch = story.first_touch();
    story.now += TimeDelta::minutes(12);
    let starts_at = story.now + TimeDelta::days(1);
    story.books("v1", "A-1", starts_at, Some(touch));
    story.days(1);
    story.shows("v1", "A-1");
    story
}

/// The order of the visit is closed, or closed again, with these lines.
fn closes(story: &mut Story, voided: bool, lines: &[Line<'_>]) -> RoClosed {
    let mut closed = story.closing("v1", "R-1", "2026-12-02", Some("47700"), lines);
    closed.initiated_from = Some(id("A-1"));
    closed.voided = voided;
    story.now += TimeDelta::hours(2);
    story.tell(Happened::RoClosed(closed.clone()));
    story.turn();
    closed
}

/// Credits in force by line, checked on the way: one at a time, each receipt verifies and follows the one before it.
fn in_force(events: &[Event]) -> BTreeMap<RoLineId, (Decimal, Receipt)> {
    let mut credits = BTreeMap::new();
    let mut receipts: Vec<Receipt> = Vec::new();
    for event in events.iter().filter(|event| event.stream.as_str() == "ro/R-1") {
        match Happened::read(event).unwrap().unwrap() {
            Happened::CreditAssigned(assigned) => {
                assigned.credit.receipt.verify().unwrap();
                assert_eq!(assigned.receipt, assigned.credit.receipt.id.to_string());
                assert_eq!(assigned.money, assigned.credit.receipt.body.amount);
                receipts.push(assigned.credit.receipt.clone());
                let credit = (assigned.money.amount(), assigned.credit.receipt);
                assert_eq!(
                    credits.insert(assigned.line.clone(), credit),
                    None,
                    "{} has two credits",
                    assigned.line
                );
            }
            Happened::CreditReversed(reversed) => {
                let (money, receipt): (Decimal, Receipt) =
                    credits.remove(&reversed.line).expect("it was in force");
                assert_eq!((money, receipt.id.to_string()), (reversed.money.amount(), reversed.receipt));
            }
            _ => {}
        }
    }
    verify_chain(None, &receipts).expect("each receipt names the one before it");
    credits
}

fn amounts(story: &Story) -> BTreeMap<String, String> {
    let credits = in_force(&story.events());
    credits.into_iter().map(|(line, (amount, _))| (line.to_string(), amount.to_string())).collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(line, amount)| ((*line).to_owned(), (*amount).to_owned())).collect()
}

#[test]
fn p7_one_line_one_credit_and_only_customer_pay() {
    let mut story = visited();
    let lines: &[Line<'_>] = &[
        OIL,
        ("2", "ROT", 2_995, PayType::CustomerPay),
        ("3", "LOF", 4_000, PayType::Warranty),
        ("4", "ROT", 1_000, PayType::Internal),
        ("5", "COOL", 19_900, PayType::CustomerPay),
    ];
    let closed = closes(&mut story, false, lines);
    let credited = amounts(&story);
    assert_eq!(credited.get("1").map(String::as_str), Some("89.95"), "{credited:?}");
    assert!(!credited.contains_key("3") && !credited.contains_key("4"), "the customer did not pay for these");
    let paid: Decimal =
        closed.lines.iter().filter(|l| l.pay_type == PayType::CustomerPay).map(|l| l.money.amount()).sum();
    let total: Decimal = in_force(&story.events()).values().map(|(amount, _)| *amount).sum();
    assert!(total <= paid, "{total} credited of {paid} paid");
    let attributed = story.of("ro_attributed");
    let visit = &attributed.iter().rfind(|event| event.data["ro"] == "R-1").unwrap().data["visit"];
    assert_eq!(visit["amount"], "318.90", "the visit is all customer-pay lines, shown apart");
    holds_and_replays(&story.world);
}

#[test]
fn p7_a_discount_line_keeps_the_credit_below_what_was_paid() {
    let mut story = visited();
    closes(&mut story, false, &[OIL, ("2", "DISC", -5_000, PayType::CustomerPay)]);
    let total: Decimal = in_force(&story.events()).values().map(|(amount, _)| *amount).sum();
    assert!(total <= Decimal::new(3_995, 2), "{total} credited of 39.95 paid");
    holds_and_replays(&story.world);
}

#[test]
fn p7_an_order_closed_again_reverses_and_assigns_anew() {
    let mut story = visited();
    closes(&mut story, false, &[OIL]);
    assert_eq!(amounts(&story), map(&[("1", "89.95")]));

    // The amount was put right.
    closes(&mut story, false, &[("1", "LOF", 7_995, PayType::CustomerPay)]);
    assert_eq!(amounts(&story), map(&[("1", "79.95")]));
    assert_eq!(story.count("credit_reversed"), 1);

    // The line turned out to be the maker's to pay.
    closes(&mut story, false, &[("1", "LOF", 7_995, PayType::Warranty)]);
    assert_eq!(amounts(&story), map(&[]));

    // And the customer's after all; then the order was voided.
    closes(&mut story, false, &[OIL]);
    assert_eq!(amounts(&story), map(&[("1", "89.95")]));
    closes(&mut story, true, &[OIL]);
    assert_eq!(amounts(&story), map(&[]));
    assert_eq!((story.count("credit_assigned"), story.count("credit_reversed")), (3, 3));
    holds_and_replays(&story.world);
}

#[test]
fn p7_closed_again_with_the_same_lines_nothing_changes() {
    let mut story = visited();
    closes(&mut story, false, &[OIL]);
    closes(&mut story, false, &[OIL]);
    assert_eq!((story.count("credit_assigned"), story.count("credit_reversed")), (1, 0));
    holds_and_replays(&story.world);
}

/// Nobody was told of anything: the visit is his own.
#[test]
fn p7_a_visit_that_nothing_led_to_earns_nothing() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.car("v1", "anna");
    story.order("v1", "R-1", "2026-12-01", Some("47600"), &[OIL]);
    story.turn();
    assert_eq!(story.count("credit_assigned"), 0);
    assert_eq!(story.count("ro_attributed"), 1);
    holds_and_replays(&story.world);
}

#[test]
fn p7_a_receipt_in_which_anything_was_changed_does_not_verify() {
    let mut story = visited();
    closes(&mut story, false, &[OIL]);
    let (_, receipt) = in_force(&story.events()).into_values().next().unwrap();
    let mut dearer = receipt.clone();
    dearer.body.amount = fixedops_vocab::Money::cents(18_995, dearer.body.amount.currency());
    assert!(dearer.verify().is_err());
    // Even with an id that fits, it does not follow from its facts.
    assert!(Receipt::new(*dearer.body).verify().is_err());
}

/// An order that is voided did no work: the interval counts from the service before it.
#[test]
fn p7_a_voided_order_did_no_service() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    let crossings = story.count("threshold_crossed");
    story.days(2);
    story.order("v1", "R-1", "2026-12-03", Some("47800"), &[OIL]);
    story.days(1);
    let mut voided = story.closing("v1", "R-1", "2026-12-03", Some("47800"), &[OIL]);
    voided.voided = true;
    story.tell(Happened::RoClosed(voided));
    let stream = fixedops_closed_loop::streams::vehicle(&id("v1")).unwrap();
    let done = story.events().iter().filter(|e| e.stream == stream).fold(0, |done, event| {
        match (event.event_type.as_str(), event.data["ro"].as_str()) {
            ("service_recorded", Some("R-1")) => done + 1,
            ("visit_noted", Some("R-1")) => 0,
            _ => done,
        }
    });
    assert_eq!(done, 0, "the last word on the order names no service");
    // So the same service is due still, not in 7,500 miles: no further crossing of the cycle that was told already.
    story.days(30);
    assert_eq!(story.count("threshold_crossed"), crossings);
    holds_and_replays(&story.world);
}

/// An order that was opened before the car changed hands, and is told of late, is the former owner's.
#[test]
fn p7_a_late_order_belongs_to_who_owned_the_car_when_it_was_opened() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    let opened = story.now.format("%Y-%m-%d").to_string();
    story.days(5);
    story.owner("ben", "h2", BEN);
    story.car("v1", "ben");
    story.days(1);
    let today = story.now.format("%Y-%m-%d").to_string();
    let spans: Vec<u64> = [("R-1", opened), ("R-2", today)]
        .map(|(ro, day)| {
            story.pass(chrono::TimeDelta::hours(3));
            story.order("v1", ro, &day, Some("47900"), &[OIL]);
            let closed = story.of("ro_closed");
            closed.last().unwrap().data["span"].as_u64().unwrap()
        })
        .to_vec();
    assert_eq!(spans, [1, 2]);
    holds_and_replays(&story.world);
}
