//! From the credits in force to those wanted.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

mod world;

use fixedops_attribution::{
    Change, Credit, Policy, Reason, RepairOrder, ReversalReason, Trigger, assign, reconcile,
};
use world::{appointment, oil, oil_due, order, text, usd};

fn credits(triggers: &[Trigger], orders: &[RepairOrder]) -> Vec<Credit> {
    assign(triggers, orders, &Policy::shipped()).credits
}

/// The steps, in words.
fn steps(changes: &[Change]) -> Vec<String> {
    changes
        .iter()
        .map(|change| match change {
            Change::Assign(credit) => format!("assign {} to {}", credit.amount, credit.trigger),
            Change::Reverse(reversal) => format!("reverse {}: {}", reversal.amount, reversal.reason),
        })
        .collect()
}

#[test]
fn what_comes_later_reverses_and_assigns_with_a_reason() {
    type Later = (&'static str, fn(&mut Vec<Trigger>, &mut Vec<RepairOrder>), &'static [&'static str]);
    let table: [Later; 9] = [
        ("nothing new", |_, _| {}, &[]),
        ("voided", |_, o| o[0].voided = true, &["reverse 89.95 USD: voided"]),
        ("re-opened", |_, o| o[0].closed_at = None, &["reverse 89.95 USD: still_open"]),
        ("the order is gone", |_, o| o.clear(), &["reverse 89.95 USD: line_gone"]),
        (
            "the price changed",
            |_, o| o[0].lines[0].amount = usd(5_000),
            &["reverse 89.95 USD: amount_changed", "assign 50.00 USD to a"],
        ),
        (
            "a better claim turns up",
            |t, _| {
                let mut late = oil_due("b");
                late.touches.push(text("b", 9));
                t.push(late);
            },
            &["reverse 89.95 USD: better_claim", "assign 89.95 USD to b"],
        ),
        (
            "a weaker claim turns up",
            |t, _| {
                t.push({
                    let mut b = oil_due("b");
                    b.opened_at = world::day(1);
                    b
                })
            },
            &[],
        ),
        (
            "the token turns up",
            |t, _| {
                t[0].appointment = Some(appointment(2, 20));
                if let Some(booked) = &mut t[0].appointment {
                    booked.token = Some("token-a".to_owned());
                }
            },
            &["reverse 89.95 USD: evidence_changed", "assign 89.95 USD to a"],
        ),
        ("another touch of the same trigger", |t, _| t[0].touches.push(text("a", 9)), &[]),
    ];
    for (case, later, expected) in table {
        let (mut triggers, mut orders) = (vec![oil_due("a")], vec![order("1", 20, vec![oil("1")])]);
        let in_force = credits(&triggers, &orders);
        later(&mut triggers, &mut orders);
        let wanted = assign(&triggers, &orders, &Policy::shipped());
        assert_eq!(steps(&reconcile(&in_force, &wanted)), expected, "{case}");
    }
}

#[test]
fn a_line_credited_twice_by_mistake_is_put_right() {
    let (triggers, orders) = ([oil_due("a")], [order("1", 20, vec![oil("1")])]);
    let wanted = assign(&triggers, &orders, &Policy::shipped());
    let credit = wanted.credits[0].clone();
    let mut again = credit.clone();
    again.receipt = credit.receipt.clone().after(Some(credit.receipt.id));

    let one_way = reconcile(&[credit.clone(), again.clone()], &wanted);
    assert_eq!(steps(&one_way), ["reverse 89.95 USD: credited_twice"]);
    assert_eq!(reconcile(&[again, credit], &wanted), one_way, "the same one stays");
}

#[test]
fn another_version_of_the_rules_that_changes_nothing_rewrites_nothing() {
    let policy = Policy::shipped();
    let next = Policy::new("fixedops-attribution/2".parse().unwrap(), policy.rules().clone()).unwrap();
    let (triggers, orders) = ([oil_due("a")], [order("1", 20, vec![oil("1")])]);
    let in_force = assign(&triggers, &orders, &policy).credits;
    assert!(reconcile(&in_force, &assign(&triggers, &orders, &next)).is_empty());
}

#[test]
fn a_reversal_says_its_reason_in_the_words_of_the_line() {
    assert_eq!(ReversalReason::NotCredited(Reason::Voided).to_string(), "voided");
}
