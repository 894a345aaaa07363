//! A receipt proves its credit to someone who has nothing else.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

mod world;

use fixedops_attribution::{
    Evidence, Policy, Reason, Receipt, ReceiptBody, ReceiptFault, Verifier, assign, verify_chain,
};
use fixedops_vocab::{PayType, RoLineId};
use proptest::prelude::*;
use serde_json::Value;
use world::{any_world, appointment, day, line, oil, oil_due, order, usd};

/// A receipt with every part filled: token, click, reply, a competing claim, a discount.
fn full_receipt() -> Receipt {
    let mut trigger = oil_due("main-street/v1/1/oil_service/3");
    trigger.case = Some("mileage_due/c1".parse().unwrap());
    trigger.touches[0].clicked_at = Some(day(2));
    trigger.touches[0].human_click = Some(97);
    trigger.touches[0].replied_at = Some(day(3));
    let mut booked = appointment(4, 20);
    booked.token = trigger.touches[0].token.clone();
    trigger.appointment = Some(booked);
    let mut order =
        order("north/604411", 20, vec![oil("1"), line("2", "coupon", PayType::CustomerPay, -1_000)]);
    order.lines[0].name = Some("Oil & filter change".to_owned());
    order.lines[0].op_code = Some("LOF5".parse().unwrap());
    let assignment = assign(&[trigger, oil_due("other")], &[order], &Policy::shipped());
    assignment.credits[0].receipt.clone()
}

#[test]
fn the_form_of_version_1_stays_as_it_was() {
    let golden = include_str!("golden/receipt-1.json");
    let receipt: Receipt = serde_json::from_str(golden).unwrap();
    assert_eq!(receipt.verify(), Ok(()));
    assert_eq!(receipt, full_receipt(), "the same facts give the same receipt");
    assert_eq!(serde_json::to_string_pretty(&receipt).unwrap() + "\n", golden);
}

proptest! {
    #[test]
    fn the_hashed_form_is_the_stored_form((triggers, orders) in any_world()) {
        for credit in assign(&triggers, &orders, &Policy::shipped()).credits {
            let stored = serde_json::to_value(&credit.receipt).unwrap();
            let hashed: Value = serde_json::from_slice(&credit.receipt.canonical_json()).unwrap();
            prop_assert_eq!(&stored["body"], &hashed);
            prop_assert_eq!(serde_json::from_value::<Receipt>(stored).unwrap(), credit.receipt);
        }
    }
}

/// Every leaf of the body, changed one at a time, shows.
#[test]
fn whatever_is_changed_shows() {
    let honest = serde_json::to_value(full_receipt()).unwrap();
    let mut changed = 0;
    for pointer in leaves(&honest["body"], "/body") {
        let mut forged = honest.clone();
        let leaf = forged.pointer_mut(&pointer).unwrap();
        *leaf = match leaf.take() {
            Value::Bool(b) => Value::Bool(!b),
            Value::Number(n) => Value::from(n.as_u64().unwrap() + 1),
            Value::Null => Value::from("something"),
            Value::String(text) => Value::from(forged_text(&text)),
            other => panic!("{pointer}: {other} is no leaf"),
        };
        if let Ok(receipt) = serde_json::from_value::<Receipt>(forged) {
            assert_eq!(receipt.verify(), Err(ReceiptFault::IdDiffers), "{pointer}");
            changed += 1;
        }
    }
    assert!(changed > 30, "only {changed} leaves could be changed");
}

fn forged_text(text: &str) -> String {
    match text.parse::<chrono::DateTime<chrono::Utc>>() {
        Ok(at) => (at + chrono::TimeDelta::seconds(1)).to_rfc3339(),
        Err(_) if text.parse::<rust_decimal::Decimal>().is_ok() => "1.23".to_owned(),
        Err(_) => format!("{text}x"),
    }
}

fn leaves(value: &Value, at: &str) -> Vec<String> {
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => {
            map.iter().flat_map(|(k, v)| leaves(v, &format!("{at}/{}", escape(k)))).collect()
        }
        Value::Array(list) => {
            list.iter().enumerate().flat_map(|(i, v)| leaves(v, &format!("{at}/{i}"))).collect()
        }
        _ => vec![at.to_owned()],
    }
}

/// A forger who hashes anew must also make the facts bear the credit.
#[test]
fn a_new_hash_does_not_make_a_false_credit_true() {
    type Forgery = (&'static str, fn(&mut ReceiptBody), ReceiptFault);
    let forgeries: [Forgery; 14] = [
        ("more dollars", |b| b.amount = usd(9_000), ReceiptFault::AmountDiffers),
        ("the discount forgotten", |b| b.amount = usd(8_995), ReceiptFault::AmountDiffers),
        (
            "less than nothing taken before",
            |b| {
                b.credited_before = usd(-1_000);
                b.amount = usd(8_995);
            },
            ReceiptFault::AmountDiffers,
        ),
        (
            "taken before in another currency",
            |b| b.credited_before = "0.00 CAD".parse().unwrap(),
            ReceiptFault::AmountDiffers,
        ),
        (
            "another vehicle",
            |b| b.trigger.vehicle = "v2".parse().unwrap(),
            ReceiptFault::NotCreditable(Reason::NoTrigger),
        ),
        ("another line", |b| b.line = RoLineId::new("7").unwrap(), ReceiptFault::NoSuchLine),
        (
            "the line repeated to outweigh the discount",
            |b| {
                let mut again = b.ro.lines[0].clone();
                again.amount = usd(8_996);
                b.ro.lines.push(again);
            },
            ReceiptFault::NotCreditable(Reason::ConflictingRecords),
        ),
        (
            "a warranty line",
            |b| b.ro.lines[0].pay_type = PayType::Warranty,
            ReceiptFault::NotCreditable(Reason::NotCustomerPay),
        ),
        ("a voided order", |b| b.ro.voided = true, ReceiptFault::NotCreditable(Reason::Voided)),
        (
            "a text after the write-up",
            |b| b.trigger.touches[0].sent_at = day(21),
            ReceiptFault::NotCreditable(Reason::TouchedAfterOpening),
        ),
        ("another owner", |b| b.trigger.owner_span.0 += 1, ReceiptFault::NotCreditable(Reason::OtherOwner)),
        (
            "other work",
            |b| {
                b.trigger.service = None;
                b.trigger.op_codes.clear();
                b.trigger.names.clear();
            },
            ReceiptFault::NotCreditable(Reason::NotLinked),
        ),
        (
            "a rung too high",
            |b| b.trigger.touches[0].token = None,
            ReceiptFault::EvidenceDiffers { found: Evidence::ClickThenBooking },
        ),
        (
            "the better claim of another",
            |b| {
                b.competing[0].evidence = Evidence::AppointmentToken;
                b.competing[0].touched_at = day(2);
            },
            ReceiptFault::BetterClaim,
        ),
    ];
    for (case, forge, expected) in forgeries {
        let mut body = *full_receipt().body;
        forge(&mut body);
        assert_eq!(Receipt::new(body).verify(), Err(expected), "{case}");
    }
}

#[test]
fn a_chain_names_the_first_receipt_that_does_not_fit() {
    let first = full_receipt();
    let second = full_receipt().after(Some(first.id));
    assert_ne!(first.id, second.id);
    assert_eq!(verify_chain(None, [&first, &second]), Ok(Some(second.id)));
    assert_eq!(verify_chain(None, [&second]), Err((0, ReceiptFault::BrokenChain)));
    assert_eq!(verify_chain(None, [&first, &first]), Err((1, ReceiptFault::BrokenChain)));

    let mut bad = second.clone();
    bad.body.amount = usd(1);
    assert_eq!(verify_chain(None, [&first, &bad]), Err((1, ReceiptFault::IdDiffers)));
}

#[test]
fn chains_side_by_side_are_verified_together() {
    let a = full_receipt();
    let mut body = *a.body.clone();
    body.trigger.proofs.insert("odometer".to_owned(), "read".to_owned());
    let b = Receipt::new(body);
    let (after_a, after_b) = (b.clone().after(Some(a.id)), a.clone().after(Some(b.id)));
    let verified = |receipts: &[&Receipt]| {
        let mut verifier = Verifier::default();
        for (place, receipt) in receipts.iter().enumerate() {
            verifier.receipt(receipt).map_err(|fault| (place, fault))?;
        }
        assert_eq!(verifier.receipts(), receipts.len() as u64);
        Ok(verifier.heads().count())
    };
    assert_eq!(verified(&[]), Ok(0));
    assert_eq!(verified(&[&a, &b, &after_b, &after_a]), Ok(2));
    for (case, receipts, place) in [
        ("a receipt left out", &[&a, &after_b][..], 1),
        ("told twice", &[&a, &b, &a], 2),
        ("a beginning told again later", &[&a, &after_a, &a], 2),
        ("a fork", &[&a, &after_a, &b.clone().after(Some(a.id))], 2),
        ("out of order", &[&after_a, &a], 0),
    ] {
        assert_eq!(verified(receipts), Err((place, ReceiptFault::BrokenChain)), "{case}");
    }
}
