//! The plans of the declined-work programme, side by side.

use serde_json::json;

use crate::hand::{CONTACT, Hand, line};

const END: &str = "2026-08-01T12:00:00Z";

/// A case of one declined line, on a version of the plan.
fn case(hand: &mut Hand, at: &str, case: &str, plan: &str) {
    let data = json!({ "case": case, "program": "declined_recovery", "plan": plan, "vehicle": "v1", "span": 1,
        "person": "c1", "crossing": null, "services": [], "declined": [{}] });
    hand.tell(at, &format!("case/{case}"), "case_opened", data);
}

fn call(hand: &mut Hand, at: &str, case: &str, touch: &str) {
    let data = json!({ "case": case, "touch": touch, "purpose": "marketing", "with_slot": true });
    hand.tell(at, &format!("case/{case}"), "call_task_opened", data);
}

fn revoked(hand: &mut Hand, at: &str, key: &str, source: &str) {
    let data = json!({ "key": key, "contact": CONTACT, "scope": "number", "occurred_at": at, "source": source,
        "vehicle": null });
    hand.tell(at, &format!("contact/{CONTACT}"), "consent_revoked", data);
}

#[test]
fn each_version_of_a_plan_has_its_cases_touches_opt_outs_and_dollars() {
    let mut hand = Hand::new();
    let linked = json!({ "key": "l", "contact": CONTACT, "person": "c1", "household": "h1", "medium": "phone",
        "recipient": { "area_code": "404", "candidate_zones": [], "line_type": null, "nanp": true, "states": ["GA"],
        "zip": null } });
    hand.tell("2026-06-01T12:00:01Z", &format!("contact/{CONTACT}"), "contact_linked", linked);
    for (name, plan) in [("a", "cold/2"), ("b", "cold/2"), ("c", "warm/1")] {
        case(&mut hand, "2026-06-02T12:00:00Z", name, plan);
    }
    // Of another programme: in no row.
    hand.case("2026-06-02T12:00:00Z", "oil", "mileage_due", None, json!([]));
    hand.sent("2026-06-03T12:00:00Z", "oil", "day-0");
    hand.sent("2026-06-03T13:00:00Z", "c", "hour-24");
    // The flag of the DMS and a number that was never his are no answers; the text was the last to write.
    revoked(&mut hand, "2026-06-03T14:00:00Z", "k1", "dms_flag");
    revoked(&mut hand, "2026-06-03T14:00:00Z", "k2", "wrong_number");
    revoked(&mut hand, "2026-06-03T14:00:00Z", "k3", "reply");
    // What was said once is one opt-out, on however many contact points.
    revoked(&mut hand, "2026-06-03T14:00:00Z", "k3", "reply");
    hand.sent("2026-07-03T12:00:00Z", "a", "day-30");
    hand.touch(
        "2026-07-04T12:00:00Z",
        "touch_sent",
        "a",
        "day-60",
        json!({ "channel": "email", "provider_id": "p", "crossed_revocation": false }),
    );
    call(&mut hand, "2026-07-05T12:00:00Z", "b", "day-90");
    // Put on the list again: still one call.
    call(&mut hand, "2026-07-06T12:00:00Z", "b", "day-90");
    revoked(&mut hand, "2026-07-06T13:00:00Z", "k4", "call");
    let lines = json!([line("1", "BRK", "customer_pay", "290.00")]);
    hand.order("ro9", "2026-07-10T10:00:00Z", "2026-07-10T12:00:00Z", lines);
    let credit = json!({ "ro": "ro9", "line": "1", "amount": "290.00", "currency": "USD", "trigger": "a",
        "receipt": "r", "credit": { "evidence": "appointment_token" } });
    hand.tell("2026-07-10T12:00:00Z", "ro/ro9", "credit_assigned", credit);

    let by_plan = hand.card(END).declined.by_plan;
    assert!(!by_plan.definition.is_empty());
    let rows: Vec<_> = by_plan
        .rows
        .iter()
        .map(|row| {
            let counts =
                [row.cases, row.contacted, row.texts, row.emails, row.calls, row.opt_outs, row.recovered];
            (row.plan.as_str(), counts, row.recovered_amount.to_string())
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("cold/2", [2, 2, 1, 1, 1, 1, 1], "290.00".to_owned()),
            ("warm/1", [1, 1, 1, 0, 0, 1, 0], "0".to_owned()),
        ]
    );
    let of = |n: usize| {
        let row = &by_plan.rows[n];
        let text = |value: Option<rust_decimal::Decimal>| value.map(|value| value.to_string());
        [row.percent_recovered, row.opt_outs_per_1000, row.touches_per_recovered].map(text)
    };
    assert_eq!(of(0), [Some("50.0".to_owned()), Some("333.33".to_owned()), Some("3.00".to_owned())]);
    assert_eq!(of(1), [Some("0.0".to_owned()), Some("1000.00".to_owned()), None], "no rate of nothing");
    assert!(by_plan.rows.iter().all(|row| row.small_base));
    assert!(Hand::new().card(END).declined.by_plan.rows.is_empty());
}
