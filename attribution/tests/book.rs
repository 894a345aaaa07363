//! Crediting one record at a time gives what crediting all of them gives.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

mod world;

use std::collections::BTreeMap;

use fixedops_attribution::batch::{DeferredCredit, assign_deferred};
use fixedops_attribution::{Book, BookChange, Change, Policy, RepairOrder, Trigger, assign, reconcile};
use proptest::prelude::*;
use world::{any_world, oil, oil_due, order, text, usd};

#[derive(Clone, Debug)]
enum Record {
    Trigger(Box<Trigger>),
    Order(RepairOrder),
}

/// The records of a world in any order; those of one id replace one another.
fn any_arrivals() -> impl Strategy<Value = Vec<Record>> {
    any_world().prop_flat_map(|(triggers, orders)| {
        let triggers = triggers.into_iter().map(|trigger| Record::Trigger(Box::new(trigger)));
        let records: Vec<Record> = triggers.chain(orders.into_iter().map(Record::Order)).collect();
        Just(records).prop_shuffle()
    })
}

/// The credits that the changes leave, by line; the same line is never assigned twice.
fn follow(in_force: &mut BTreeMap<(String, String), DeferredCredit>, changes: Vec<BookChange>) {
    for change in changes {
        match change {
            BookChange::Assigned(credit) => {
                let line = (credit.ro.to_string(), credit.line.to_string());
                assert!(in_force.insert(line, credit).is_none(), "a line with two credits");
            }
            BookChange::Reversed { ro, line, amount, trigger, .. } => {
                let credit = in_force.remove(&(ro.to_string(), line.to_string())).expect("in force");
                assert_eq!((credit.amount, credit.trigger), (amount, trigger));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn one_by_one_is_all_at_once(records in any_arrivals(), ours: bool) {
        let policy = if ours { Policy::shipped() } else { Policy::dealermine() };
        let mut book = Book::new(policy.clone());
        let mut followed = BTreeMap::new();
        let (mut triggers, mut orders) = (BTreeMap::new(), BTreeMap::new());
        for record in records {
            let changes = match record {
                Record::Trigger(trigger) => {
                    triggers.insert(trigger.id.clone(), (*trigger).clone());
                    book.trigger(*trigger)
                }
                Record::Order(order) => {
                    orders.insert(order.ro.clone(), order.clone());
                    book.order(order)
                }
            };
            follow(&mut followed, changes);
            let triggers: Vec<_> = triggers.values().cloned().collect();
            let orders: Vec<_> = orders.values().cloned().collect();
            let mut in_force: Vec<_> = book.in_force().collect();
            in_force.sort_by(|a, b| (&a.ro, &a.line).cmp(&(&b.ro, &b.line)));
            prop_assert_eq!(&in_force, &assign_deferred(&triggers, &orders, &policy).unwrap().credits);
            let substance = |c: &DeferredCredit| (c.amount, c.trigger.clone(), c.evidence);
            let mut changed: Vec<_> = followed.values().collect();
            changed.sort_by(|a, b| (&a.ro, &a.line).cmp(&(&b.ro, &b.line)));
            prop_assert!(changed.into_iter().map(substance).eq(in_force.iter().map(substance)));
            for credit in assign(&triggers, &orders, &policy).credits {
                prop_assert_eq!(book.receipt(&credit.ro, &credit.line), Some(credit.receipt));
            }
        }
    }
}

/// The reasons of a book are those of `reconcile`.
#[test]
fn what_changes_says_why_in_the_same_words() {
    type Later = (&'static str, fn(&mut Trigger, &mut RepairOrder));
    let table: [Later; 8] = [
        ("nothing", |_, _| {}),
        ("voided", |_, o| o.voided = true),
        ("re-opened", |_, o| o.closed_at = None),
        ("the line is gone", |_, o| o.lines.clear()),
        ("a line twice", |_, o| {
            o.lines.push(world::line("1", "oil_service", fixedops_vocab::PayType::CustomerPay, 1))
        }),
        ("the price changed", |_, o| o.lines[0].amount = usd(5_000)),
        ("warranty after all", |_, o| o.lines[0].pay_type = fixedops_vocab::PayType::Warranty),
        ("back-dated before the text", |_, o| o.opened_at = world::day(0)),
    ];
    for (case, later) in table {
        let (mut trigger, mut order) = (oil_due("a"), order("1", 20, vec![oil("1")]));
        let policy = Policy::shipped();
        let mut book = Book::new(policy.clone());
        book.trigger(trigger.clone());
        book.order(order.clone());
        let in_force = assign(&[trigger.clone()], &[order.clone()], &policy).credits;
        later(&mut trigger, &mut order);
        let wanted = assign(&[trigger.clone()], &[order.clone()], &policy);
        let expected: Vec<String> = reconcile(&in_force, &wanted)
            .iter()
            .map(|change| match change {
                Change::Assign(credit) => format!("assign {}", credit.amount),
                Change::Reverse(reversal) => format!("reverse {}: {}", reversal.amount, reversal.reason),
            })
            .collect();
        let mut changes = book.trigger(trigger);
        changes.extend(book.order(order));
        let said: Vec<String> = changes
            .iter()
            .map(|change| match change {
                BookChange::Assigned(credit) => format!("assign {}", credit.amount),
                BookChange::Reversed { amount, reason, .. } => format!("reverse {amount}: {reason}"),
            })
            .collect();
        assert_eq!(said, expected, "{case}");
    }
}

#[test]
fn an_order_whose_vehicle_was_wrong_moves() {
    let mut book = Book::new(Policy::shipped());
    book.trigger(oil_due("a"));
    let wrong = order("1", 20, vec![oil("1")]);
    assert_eq!(book.order(wrong.clone()).len(), 1);
    let right = RepairOrder { vehicle: "v2".parse().unwrap(), ..wrong };
    let changes = book.order(right);
    assert!(
        matches!(&changes[..], [BookChange::Reversed { reason, .. }] if reason.to_string() == "line_gone")
    );
    let mut theirs = oil_due("b");
    theirs.vehicle = "v2".parse().unwrap();
    theirs.touches = vec![text("b", 2)];
    assert!(matches!(&book.trigger(theirs)[..], [BookChange::Assigned(credit)] if credit.trigger == "b"));
    assert_eq!(book.in_force().count(), 1);
}
