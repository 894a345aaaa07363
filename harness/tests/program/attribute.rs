//! `fixedops attribute`.

use fixedops_attribution::{
    Change, Delivery, Department, Policy, Receipt, RepairOrder, RoLine, TouchFact, Trigger, assign, chain,
    reconcile,
};
use fixedops_vocab::{Channel, OwnershipSpan, PayType, TouchKey};
use serde_json::Value;

use crate::Desk;

/// The receipts of three credits, chained: one oil service on each of three vehicles.
fn receipts() -> Vec<Receipt> {
    let (mut triggers, mut orders) = (Vec::new(), Vec::new());
    for vehicle in ["v1", "v2", "v3"] {
        let opened = "2026-03-02T15:00:00Z".parse().unwrap();
        let mut due = Trigger::new(
            format!("main-street/{vehicle}/1/oil_service/3"),
            vehicle.parse().unwrap(),
            OwnershipSpan(1),
            opened,
        );
        due.service = Some("oil_service".parse().unwrap());
        due.touches.push(TouchFact {
            sent_at: "2026-03-03T15:00:00Z".parse().unwrap(),
            key: TouchKey {
                case: format!("mileage_due/{vehicle}").parse().unwrap(),
                touch: "1".parse().unwrap(),
            },
            channel: Channel::Sms,
            delivery: Delivery::Delivered,
            token: None,
            clicked_at: None,
            human_click: None,
            replied_at: None,
        });
        triggers.push(due);
        orders.push(RepairOrder {
            ro: format!("north/{vehicle}").parse().unwrap(),
            vehicle: vehicle.parse().unwrap(),
            owner_span: OwnershipSpan(1),
            opened_at: "2026-03-12T13:30:00Z".parse().unwrap(),
            closed_at: Some("2026-03-12T17:00:00Z".parse().unwrap()),
            voided: false,
            department: Department::Service,
            initiated_from: None,
            lines: vec![RoLine {
                line: "1".parse().unwrap(),
                op_code: None,
                service: Some("oil_service".parse().unwrap()),
                name: None,
                pay_type: PayType::CustomerPay,
                amount: "89.95 USD".parse().unwrap(),
            }],
        });
    }
    let wanted = assign(&triggers, &orders, &Policy::shipped());
    let (changes, _) = chain(reconcile(&[], &wanted), None);
    let receipt = |change| match change {
        Change::Assign(credit) => credit.receipt,
        Change::Reverse(_) => panic!("nothing to reverse"),
    };
    changes.into_iter().map(receipt).collect()
}

fn lines(values: &[Value]) -> String {
    values.iter().map(|value| format!("{value}\n")).collect()
}

fn values() -> Vec<Value> {
    receipts().iter().map(|receipt| serde_json::to_value(receipt).unwrap()).collect()
}

#[test]
fn receipts_are_verified_with_nothing_but_themselves() {
    let values = values();
    let desk = Desk::with(&[("r.jsonl", &lines(&values)), ("none.jsonl", "\n")]);
    let said = desk.done("attribute verify r.jsonl");
    assert!(said.out.starts_with("3 receipts in 1 chains: each follows"), "{said:?}");
    assert!(said.out.contains(values[2]["id"].as_str().unwrap()), "{said:?}");
    assert!(said.err.is_empty());
    assert!(desk.done("attribute verify none.jsonl").out.starts_with("0 receipts in 0 chains"));
}

#[test]
fn the_first_receipt_that_does_not_hold_is_named() {
    type Forgery = (&'static str, fn(&mut Vec<Value>), usize, &'static str);
    let table: [Forgery; 8] = [
        ("more dollars", |r| r[1]["body"]["amount"]["amount"] = "99.95".into(), 2, "not the hash"),
        ("another order", |r| r[2]["body"]["ro"]["ro"] = "south/1".into(), 3, "not the hash"),
        ("one left out", |r| drop(r.remove(1)), 2, "does not name the receipt before it"),
        ("two changed places", |r| r.swap(1, 2), 2, "does not name the receipt before it"),
        ("told twice", |r| r.push(r[1].clone()), 4, "does not name the receipt before it"),
        ("a word beside it", |r| r[0]["body"]["paid"] = true.into(), 1, "not under its hash"),
        ("a word deeper", |r| r[1]["body"]["ro"]["approved_by"] = "Ann".into(), 2, "not under its hash"),
        (
            "a field gone",
            |r| drop(r[1]["body"].as_object_mut().unwrap().remove("policy")),
            2,
            "missing field",
        ),
    ];
    for (case, forge, line, words) in table {
        let mut values = values();
        forge(&mut values);
        let desk = Desk::with(&[("r.jsonl", &lines(&values))]);
        let id = values[line - 1]["id"].as_str().unwrap();
        desk.refused(case, "attribute verify r.jsonl", 1, &[words, id]);
        let said = desk.run("attribute verify r.jsonl");
        assert!(said.err.contains(&format!("r.jsonl:{line}: receipt {id}")), "{case}: {said:?}");
        assert!(said.out.starts_with(&format!("{} receipts before it hold", line - 1)), "{case}: {said:?}");
    }
}

/// A forger who hashes anew, and chains anew, is found out by the facts.
#[test]
fn a_new_hash_does_not_make_a_false_credit_true() {
    let mut receipts = receipts();
    let mut body = *receipts[1].body.clone();
    body.ro.lines[0].pay_type = PayType::Warranty;
    receipts[1] = Receipt::new(body);
    receipts[2] = receipts[2].clone().after(Some(receipts[1].id));
    let values: Vec<Value> = receipts.iter().map(|receipt| serde_json::to_value(receipt).unwrap()).collect();
    let desk = Desk::with(&[("r.jsonl", &lines(&values))]);
    desk.refused("a warranty line", "attribute verify r.jsonl", 1, &["r.jsonl:2", "not_customer_pay"]);
}

#[test]
fn what_is_no_receipt_is_refused_with_its_line() {
    let good = lines(&values());
    for (case, text, words) in [
        ("no JSON", "{\n".to_owned(), "bad.jsonl:1: not a receipt"),
        ("cut off", format!("{good}{}", &good[..400]), "bad.jsonl:4: not a receipt"),
        ("another object", "{\"a\":1}\n".to_owned(), "bad.jsonl:1: receipt without id"),
        ("a number", "7\n".to_owned(), "bad.jsonl:1: receipt without id"),
        (
            "a credit without receipt",
            "{\"type\":\"credit_assigned\"}\n".to_owned(),
            "bad.jsonl:1: a credit without",
        ),
    ] {
        let desk = Desk::with(&[("bad.jsonl", &text)]);
        desk.refused(case, "attribute verify bad.jsonl", 1, &[words]);
    }
    let desk = Desk::new();
    desk.put("bytes.jsonl", [0xff, 0xfe, 0x0a]);
    desk.refused("no text", "attribute verify bytes.jsonl", 1, &["bytes.jsonl:1"]);
    desk.refused("no file", "attribute verify gone.jsonl", 1, &["gone.jsonl"]);
}

/// The journal of a store that ran holds the receipts of its credits.
#[test]
fn the_receipts_of_a_journal_are_verified_too() {
    let desk = Desk::new();
    desk.done("demo --vehicles 60 --days 200 --seed 3 --out d");
    let journal = desk.read("d/journal.jsonl");
    let credits = journal.lines().filter(|line| line.contains("\"type\":\"credit_assigned\"")).count();
    assert!(credits > 0, "the store earned nothing");
    let said = desk.done("attribute verify d/journal.jsonl");
    assert!(said.out.starts_with(&format!("{credits} receipts in ")), "{said:?}");
    let place = journal.lines().position(|line| line.contains("\"type\":\"credit_assigned\"")).unwrap();
    let forged: Vec<String> = journal
        .lines()
        .map(str::to_owned)
        .enumerate()
        .map(
            |(at, line)| {
                if at == place { line.replacen("\"customer_pay\"", "\"warranty\"", 1) } else { line }
            },
        )
        .collect();
    desk.put("forged.jsonl", forged.join("\n"));
    desk.refused("forged", "attribute verify forged.jsonl", 1, &[&format!("forged.jsonl:{}", place + 1)]);
}
