//! Promise 7: one line, one credit; credited dollars never exceed customer-pay dollars; every credit has a receipt
//! that can be recomputed. Whatever the world, the order and the repetition of its records.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

mod world;

use std::collections::{BTreeMap, BTreeSet};

use fixedops_attribution::{
    Assignment, Change, Credit, Delivery, Policy, Reason, RepairOrder, Trigger, assign, chain, reconcile,
    verify_chain,
};
use fixedops_vocab::PayType;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use rust_decimal::Decimal;
use world::{any_world, line, oil, oil_due, order, usd};

fn any_policy() -> impl Strategy<Value = Policy> {
    prop_oneof![Just(Policy::shipped()), Just(Policy::dealermine())]
}

/// What is in force, without the receipts: they remember when they were written.
fn substance(credits: &[Credit]) -> BTreeSet<String> {
    credits.iter().map(|c| format!("{}#{} {} {} {}", c.ro, c.line, c.amount, c.trigger, c.evidence)).collect()
}

/// Applies changes the way a journal's reader does: by receipt.
fn apply(in_force: &mut Vec<Credit>, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Assign(credit) => in_force.push(credit.clone()),
            Change::Reverse(reversal) => {
                let place = in_force.iter().position(|c| c.receipt.id == reversal.receipt).expect("in force");
                assert_eq!(in_force.swap_remove(place).amount, reversal.amount);
            }
        }
    }
}

/// The records, and the same records twice over, in any order down to touches and lines.
fn twice_and_shuffled(
    (triggers, orders): (Vec<Trigger>, Vec<RepairOrder>),
) -> impl Strategy<Value = (Vec<Trigger>, Vec<RepairOrder>, Vec<Trigger>, Vec<RepairOrder>)> {
    let mut turned_triggers = triggers.clone();
    for touches in turned_triggers.iter_mut().map(|trigger| &mut trigger.touches) {
        touches.extend_from_within(..);
        touches.reverse();
    }
    let mut turned_orders = orders.clone();
    for lines in turned_orders.iter_mut().map(|order| &mut order.lines) {
        lines.extend_from_within(..);
        lines.reverse();
    }
    (
        Just(triggers.clone()),
        Just(orders.clone()),
        Just([triggers, turned_triggers].concat()).prop_shuffle(),
        Just([orders, turned_orders].concat()).prop_shuffle(),
    )
}

proptest! {
    #[test]
    fn credited_dollars_never_exceed_customer_pay_dollars((triggers, orders) in any_world(), policy in any_policy()) {
        let assignment = assign(&triggers, &orders, &policy);
        let mut credited = BTreeMap::new();
        for credit in &assignment.credits {
            let order = orders.iter().find(|order| order.ro == credit.ro).unwrap();
            let line = order.lines.iter().find(|line| line.line == credit.line).unwrap();
            prop_assert_eq!(line.pay_type, PayType::CustomerPay);
            prop_assert_eq!(credit.amount.currency(), line.amount.currency());
            prop_assert!(credit.amount.amount() > Decimal::ZERO && credit.amount.amount() <= line.amount.amount());
            *credited.entry((&credit.ro, credit.amount.currency())).or_insert(Decimal::ZERO) += credit.amount.amount();
        }
        for ((ro, currency), sum) in credited {
            let order = orders.iter().find(|order| order.ro == *ro).unwrap().normalized();
            let paid: Decimal = order
                .lines
                .iter()
                .filter(|line| line.pay_type == PayType::CustomerPay && line.amount.currency() == currency)
                .map(|line| line.amount.amount())
                .sum();
            prop_assert!(sum <= paid, "{ro}: {sum} credited, {paid} paid");
        }
    }

    #[test]
    fn every_line_is_credited_once_or_named_with_its_reason((triggers, orders) in any_world(), policy in any_policy()) {
        let assignment = assign(&triggers, &orders, &policy);
        let credited: BTreeSet<_> = assignment.credits.iter().map(|c| (&c.ro, &c.line)).collect();
        prop_assert_eq!(credited.len(), assignment.credits.len(), "a line has two credits");
        let others: BTreeSet<_> = assignment.not_credited.iter().map(|l| (&l.ro, &l.line)).collect();
        prop_assert!(credited.is_disjoint(&others));
        let all: BTreeSet<_> = orders.iter().flat_map(|o| o.lines.iter().map(|l| (&o.ro, &l.line))).collect();
        prop_assert_eq!(credited.union(&others).copied().collect::<BTreeSet<_>>(), all);
    }

    /// Checked here without the crate's own rules, from what a service manager would demand.
    #[test]
    fn no_credit_without_a_touch_that_arrived_before_the_write_up(
        (triggers, orders) in any_world(), policy in any_policy(),
    ) {
        for credit in assign(&triggers, &orders, &policy).credits {
            let trigger = triggers.iter().find(|trigger| trigger.id == credit.trigger).unwrap();
            let order = orders.iter().find(|order| order.ro == credit.ro).unwrap();
            prop_assert_eq!((&trigger.vehicle, trigger.owner_span), (&order.vehicle, order.owner_span));
            prop_assert!(!order.voided && order.closed_at.is_some());
            let before = |t: &fixedops_attribution::TouchFact| {
                t.delivery != Delivery::Failed && t.sent_at < order.opened_at && t.sent_at >= trigger.opened_at
            };
            prop_assert!(trigger.touches.iter().any(before));
        }
    }

    #[test]
    fn neither_order_nor_repetition_of_the_records_matters(
        (triggers, orders, triggers_again, orders_again) in any_world().prop_flat_map(twice_and_shuffled),
        policy in any_policy(),
    ) {
        prop_assert_eq!(
            assign(&triggers_again, &orders_again, &policy),
            assign(&triggers, &orders, &policy)
        );
    }

    #[test]
    fn every_receipt_recomputes((triggers, orders) in any_world(), policy in any_policy()) {
        let assignment = assign(&triggers, &orders, &policy);
        for credit in &assignment.credits {
            prop_assert_eq!(credit.receipt.verify(), Ok(()));
            prop_assert_eq!(&credit.receipt.body.trigger.id, &credit.trigger);
            prop_assert_eq!((&credit.receipt.body.ro.ro, &credit.receipt.body.line), (&credit.ro, &credit.line));
            prop_assert_eq!((credit.receipt.body.amount, credit.receipt.body.evidence), (credit.amount, credit.evidence));
        }
    }

    /// Records arrive one by one, in any order, and after each the credits are brought up to date.
    #[test]
    fn the_credits_in_force_do_not_depend_on_the_order_of_arrival(
        (triggers, orders) in any_world(),
        policy in any_policy(),
        backwards: bool,
    ) {
        let mut in_force = Vec::new();
        let mut head = None;
        let mut receipts = Vec::new();
        let steps = triggers.len() + orders.len();
        for step in 1..=steps {
            // Forwards: all triggers, then order by order. Backwards: the late ones first, triggers last.
            let (known_triggers, known_orders): (Vec<_>, Vec<_>) = if backwards {
                let orders_known = step.min(orders.len());
                (
                    triggers.iter().rev().take(step - orders_known).cloned().collect(),
                    orders.iter().rev().take(orders_known).cloned().collect(),
                )
            } else {
                let triggers_known = step.min(triggers.len());
                (
                    triggers.iter().take(triggers_known).cloned().collect(),
                    orders.iter().take(step - triggers_known).cloned().collect(),
                )
            };
            let wanted = assign(&known_triggers, &known_orders, &policy);
            let (changes, next) = chain(reconcile(&in_force, &wanted), head);
            head = next;
            apply(&mut in_force, &changes);
            receipts.extend(changes.into_iter().filter_map(|change| match change {
                Change::Assign(credit) => Some(credit.receipt),
                Change::Reverse(_) => None,
            }));
            prop_assert_eq!(substance(&in_force), substance(&wanted.credits), "after step {}", step);
            prop_assert!(reconcile(&in_force, &wanted).is_empty(), "nothing is left to change");
        }
        prop_assert_eq!(substance(&in_force), substance(&assign(&triggers, &orders, &policy).credits));
        prop_assert_eq!(verify_chain(None, &receipts), Ok(head));
    }
}

#[test]
fn the_worlds_of_these_tests_do_earn_credits() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let credits: usize = (0..200)
        .map(|_| {
            let (triggers, orders) = any_world().new_tree(&mut runner).unwrap().current();
            assign(&triggers, &orders, &Policy::shipped()).credits.len()
        })
        .sum();
    assert!(credits > 100, "{credits} credits in 200 worlds: the properties above would prove little");
}

#[test]
fn two_triggers_for_one_line_earn_one_credit() {
    let assignment =
        assign(&[oil_due("a"), oil_due("b")], &[order("1", 20, vec![oil("1")])], &Policy::shipped());
    assert_eq!(assignment.credits.len(), 1);
    assert_eq!(assignment.credits[0].competing.len(), 1);
}

#[test]
fn discounts_on_the_order_come_off_the_credit() {
    let discount = |cents| line("9", "coupon", PayType::CustomerPay, cents);
    for (case, cents, expected) in [
        ("a small one eats the last credit", -10_000, vec![usd(8_995), usd(8_995 - 1_005)]),
        ("half the order", -17_000, vec![usd(8_995), usd(990 + 1_000 - 1_000)]),
        ("the whole order", -26_985, vec![]),
    ] {
        let other = line("0", "battery", PayType::CustomerPay, 8_995);
        let lines = vec![oil("1"), oil("2"), other, discount(cents)];
        let assignment = assign(&[oil_due("a")], &[order("1", 20, lines)], &Policy::shipped());
        let amounts: Vec<_> = assignment.credits.iter().map(|credit| credit.amount).collect();
        assert_eq!(amounts, expected, "{case}");
    }
}

#[test]
fn where_discounts_leave_too_little_the_strongest_evidence_is_paid_first() {
    let mut booked = oil_due("booked");
    booked.service = Some(world::service("brake_pads_front"));
    booked.appointment = Some(fixedops_attribution::AppointmentFact {
        token: Some("token-booked".to_owned()),
        ..world::appointment(2, 20)
    });
    let brakes = line("2", "brake_pads_front", PayType::CustomerPay, 40_000);
    let lines = vec![oil("1"), brakes, line("3", "coupon", PayType::CustomerPay, -8_995)];
    let assignment = assign(&[oil_due("a"), booked], &[order("1", 20, lines)], &Policy::shipped());

    let credited: Vec<_> = assignment.credits.iter().map(|c| (c.trigger.as_str(), c.amount)).collect();
    assert_eq!(credited, [("booked", usd(40_000))]);
    let coupon_and_oil: Vec<_> = assignment.not_credited.iter().map(|line| line.reason).collect();
    assert_eq!(coupon_and_oil, [Reason::DiscountedAway, Reason::NotPositive]);
}

#[test]
fn records_that_contradict_each_other_are_left_out_by_name() {
    let mut dearer = order("1", 20, vec![oil("1")]);
    dearer.lines[0].amount = usd(1);
    let assignment =
        assign(&[oil_due("a")], &[order("1", 20, vec![oil("1")]), dearer.clone()], &Policy::shipped());
    assert!(assignment.credits.is_empty());
    assert!(assignment.not_credited.iter().all(|line| line.reason == Reason::ConflictingRecords));

    let twice = order("1", 20, vec![oil("1"), dearer.lines[0].clone()]);
    let assignment = assign(&[oil_due("a")], &[twice], &Policy::shipped());
    assert_eq!(assignment.not_credited[0].reason, Reason::ConflictingRecords);

    let mut other = oil_due("a");
    other.touches.clear();
    let assignment = assign(&[oil_due("a"), other], &[order("1", 20, vec![oil("1")])], &Policy::shipped());
    assert_eq!(assignment.conflicting_triggers, ["a"]);
    assert_eq!(assignment.not_credited[0].reason, Reason::NoTrigger);
}

#[test]
fn nothing_in_is_nothing_out() {
    assert_eq!(assign(&[], &[], &Policy::shipped()), Assignment::default());
}
