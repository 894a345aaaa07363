//! Declined work: matched by name or code, in part or in full, at another price, and back to its original order.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

mod world;

use fixedops_attribution::{
    Credit, DeclinedLine, Outcome, Policy, Receipt, RepairOrder, Trigger, assign, by_original, recovered,
};
use fixedops_vocab::{Money, PayType};
use world::{day, line, oil_due, order, text, usd};

/// Front brakes, declined on order 1 for 410.00 USD, written in words.
fn brakes_declined(id: &str, ro_line: &str) -> Trigger {
    let mut trigger = oil_due(id);
    trigger.service = None;
    trigger.op_codes.clear();
    trigger.names = ["Front brake pads & rotors".to_owned()].into();
    trigger.declined = Some(DeclinedLine {
        ro: "north/1".parse().unwrap(),
        line: ro_line.parse().unwrap(),
        price: Some(usd(41_000)),
    });
    trigger
}

fn sold(ro: &str, on: i64, cents: i32) -> RepairOrder {
    let mut line = line("1", "brakes", PayType::CustomerPay, cents);
    line.service = None;
    line.name = Some("FRONT BRAKE PADS / ROTORS".to_owned());
    order(ro, on, vec![line])
}

fn credits(triggers: &[Trigger], orders: &[RepairOrder]) -> Vec<Credit> {
    assign(triggers, orders, &Policy::shipped()).credits
}

#[test]
fn in_full_in_part_and_at_another_price() {
    type Story = (&'static str, fn(&mut Trigger, &mut RepairOrder), Outcome, Option<i32>);
    let table: [Story; 7] = [
        ("the price of then", |_, _| {}, Outcome::InFull, Some(0)),
        ("dearer since", |_, o| o.lines[0].amount = usd(45_500), Outcome::InFull, Some(4_500)),
        ("cheaper, or a part of it", |_, o| o.lines[0].amount = usd(20_500), Outcome::InPart, Some(-20_500)),
        ("never priced", |t, _| t.declined.as_mut().unwrap().price = None, Outcome::NotPriced, None),
        (
            "priced in another currency",
            |t, _| t.declined.as_mut().unwrap().price = Some(Money::cents(1, "CAD".parse().unwrap())),
            Outcome::NotPriced,
            None,
        ),
        (
            "under warranty after all",
            |_, o| o.lines[0].pay_type = PayType::Warranty,
            Outcome::NotRecovered,
            None,
        ),
        ("other words", |_, o| o.lines[0].name = Some("Rear brakes".to_owned()), Outcome::NotRecovered, None),
    ];
    for (case, change, outcome, difference) in table {
        let (mut trigger, mut order) = (brakes_declined("d1", "3"), sold("north/2", 20, 41_000));
        change(&mut trigger, &mut order);
        let recoveries = recovered(&[trigger.clone()], &credits(&[trigger], &[order]));
        assert_eq!(recoveries.len(), 1, "{case}");
        assert_eq!(
            (recoveries[0].outcome, recoveries[0].difference),
            (outcome, difference.map(usd)),
            "{case}"
        );
    }
}

#[test]
fn an_order_split_in_two_recovers_once_and_goes_back_to_the_original() {
    let trigger = brakes_declined("d1", "3");
    // Pads on one order, rotors on the other, opened an hour later.
    let (pads, mut rotors) = (sold("north/2", 20, 20_000), sold("north/3", 20, 21_000));
    rotors.opened_at = day(20) + chrono::TimeDelta::hours(1);
    rotors.closed_at = Some(rotors.opened_at);
    let mut other = brakes_declined("d2", "4");
    other.names = ["Cabin filter".to_owned()].into();
    other.declined.as_mut().unwrap().price = None;
    let triggers = [trigger, other, oil_due("no decline")];
    let recoveries = recovered(&triggers, &credits(&triggers, &[pads, rotors]));
    assert_eq!(recoveries.len(), 2);
    assert_eq!(recoveries[0].sold.len(), 2);
    assert_eq!((recoveries[0].outcome, recoveries[0].difference), (Outcome::InFull, Some(usd(0))));

    let original = &by_original(&recoveries)[&"north/1".parse().unwrap()];
    assert_eq!((original.declined, original.recovered, original.not_priced), (2, 1, 1));
    assert_eq!((&original.asked[..], &original.credited[..]), (&[usd(41_000)][..], &[usd(41_000)][..]));
}

#[test]
fn a_second_decline_of_the_same_work_does_not_recover_it_twice() {
    let (first, mut second) = (brakes_declined("d1", "3"), brakes_declined("d2", "7"));
    second.touches = vec![text("d2", 8)];
    let triggers = [first, second];
    let credits = credits(&triggers, &[sold("north/2", 20, 41_000)]);
    let recoveries = recovered(&triggers, &credits);
    let outcomes: Vec<_> = recoveries.iter().map(|recovery| recovery.outcome).collect();
    assert_eq!(outcomes, [Outcome::NotRecovered, Outcome::InFull]);
    assert_eq!(credits[0].competing[0].trigger, "d1");
}

/// The form of a receipt for declined work: what it says of the decline is under its hash.
#[test]
fn the_receipt_holds_the_decline() {
    let trigger = brakes_declined("d1", "3");
    let receipt = &credits(&[trigger], &[sold("north/2", 20, 41_000)])[0].receipt;
    let golden = include_str!("golden/receipt-2.json");
    let kept: Receipt = serde_json::from_str(golden).unwrap();
    assert_eq!(kept.verify(), Ok(()));
    assert_eq!(&kept, receipt);
    let mut forged = kept;
    forged.body.trigger.declined.as_mut().unwrap().price = Some(usd(1));
    assert!(forged.verify().is_err());
    let hashed: serde_json::Value = serde_json::from_slice(&receipt.canonical_json()).unwrap();
    assert_eq!(serde_json::to_value(receipt).unwrap()["body"], hashed, "the hashed form is the stored form");
}
