//! One line that two triggers claim, by hand.

use fixedops_attribution::{
    Delivery, Department, Policy, RepairOrder, RoLine, TouchFact, Trigger, View, assign,
};
use fixedops_connectors_traits::{Event, EventHash};
use fixedops_vocab::{Channel, OwnershipSpan, PayType, TouchKey};
use serde_json::{Value, json};

use super::account::Account;
use super::ledger::Ledger;

/// A trigger of an oil service, with a touch on a day of March.
fn trigger(id: &str, day: u32) -> Trigger {
    let opened = "2026-03-01T15:00:00Z".parse().unwrap();
    let mut due = Trigger::new(id, "v1".parse().unwrap(), OwnershipSpan(1), opened);
    due.service = Some("oil_service".parse().unwrap());
    due.case = Some(format!("mileage_due/{id}").parse().unwrap());
    due.touches.push(TouchFact {
        sent_at: format!("2026-03-{day:02}T15:00:00Z").parse().unwrap(),
        key: TouchKey { case: format!("mileage_due/{id}").parse().unwrap(), touch: "1".parse().unwrap() },
        channel: Channel::Sms,
        delivery: Delivery::Delivered,
        token: None,
        clicked_at: None,
        human_click: None,
        replied_at: None,
    });
    due
}

/// The journal of one credit: the later touch has it.
fn assigned() -> Vec<(&'static str, Value)> {
    let order = RepairOrder {
        ro: "north/1".parse().unwrap(),
        vehicle: "v1".parse().unwrap(),
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
    };
    let wanted = assign(&[trigger("early", 3), trigger("late", 5)], &[order], &Policy::shipped());
    let [credit] = wanted.credits.as_slice() else { panic!("{wanted:?}") };
    assert_eq!((credit.trigger.as_str(), credit.competing.len()), ("late", 1));
    let data = json!({ "ro": "north/1", "line": "1", "amount": "89.95", "currency": "USD", "trigger": "late",
        "receipt": credit.receipt.id, "credit": credit });
    vec![("credit_assigned", data)]
}

fn reversed() -> (&'static str, Value) {
    let data = json!({ "ro": "north/1", "line": "1", "amount": "89.95", "currency": "USD", "receipt": "r",
        "reason": "voided" });
    ("credit_reversed", data)
}

fn ledger(told: impl IntoIterator<Item = (&'static str, Value)>) -> Ledger {
    let mut ledger = Ledger::default();
    for (position, (event_type, data)) in (1..).zip(told) {
        let event = Event {
            partition: "main-street".parse().unwrap(),
            position,
            stream: "ro/north/1".parse().unwrap(),
            version: position,
            at: "2026-03-12T17:00:00Z".parse().unwrap(),
            event_type: event_type.parse().unwrap(),
            data,
            hash: EventHash::from_bytes([0; 32]),
        };
        ledger.apply(&event).unwrap();
    }
    ledger
}

fn account(ledger: &Ledger, view: Option<View>) -> Value {
    serde_json::to_value(Account::of(&"main-street".parse().unwrap(), ledger, view).unwrap()).unwrap()
}

#[test]
fn a_line_that_two_claim_goes_to_the_one_the_view_names_and_keeps_its_cents() {
    let ledger = ledger(assigned());
    for (view, shares) in [
        (None, vec![("late", "89.95")]),
        (Some(View::LastTouch), vec![("late", "89.95")]),
        (Some(View::FirstTouch), vec![("early", "89.95")]),
        // The odd cent goes to the best claim.
        (Some(View::EvenSplit), vec![("late", "44.98"), ("early", "44.97")]),
    ] {
        let account = account(&ledger, view);
        let found: Vec<_> = account["shares"]
            .as_array()
            .unwrap()
            .iter()
            .map(|share| (share["trigger"].as_str().unwrap(), share["amount"]["amount"].as_str().unwrap()))
            .collect();
        assert_eq!(found, shares, "{view:?}");
        assert_eq!((&account["credits"], &account["total"]["USD"]), (&json!(1), &json!("89.95")));
        // The other one earned nothing, so no receipt holds it; asked for, it stands with the touch of its claim.
        assert_eq!(account["claimants_by_one_touch"], u64::from(view.is_some()));
    }
}

#[test]
fn a_credit_that_was_taken_back_is_in_no_account() {
    let ledger = ledger(assigned().into_iter().chain([reversed()]));
    let account = account(&ledger, None);
    assert_eq!(
        (&account["credits"], &account["total"], &account["shares"]),
        (&json!(0), &json!({}), &json!([]))
    );
    assert_eq!(account["by_trigger"], json!([]));
}
