//! The one form of a receipt that is hashed. Written out by hand, so that no change of a field or a feature moves a
//! hash unseen; a test compares it with what serde writes, and a golden file keeps version 1.

use chrono::{DateTime, SecondsFormat, Utc};
use fixedops_vocab::{Money, OpCode, ServiceId};
use serde_json::{Value, json};

use crate::policy::Rules;
use crate::receipt::ReceiptBody;
use crate::trigger::{AppointmentFact, TouchFact};
use crate::{Claim, Policy, RepairOrder, RoLine, Trigger};

/// Canonical JSON (RFC 8785) of a receipt's body.
pub(crate) fn bytes(receipt: &ReceiptBody) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(&body(receipt))
        .expect("text keys, text values and whole numbers are always canonical JSON")
}

fn body(receipt: &ReceiptBody) -> Value {
    json!({
        "previous": receipt.previous.map(|id| id.to_string()),
        "policy": policy(&receipt.policy),
        "trigger": trigger(&receipt.trigger),
        "ro": order(&receipt.ro),
        "line": receipt.line.as_str(),
        "evidence": receipt.evidence.as_str(),
        "credited_before": money(receipt.credited_before),
        "amount": money(receipt.amount),
        "competing": receipt.competing.iter().map(claim).collect::<Vec<_>>(),
    })
}

fn policy(policy: &Policy) -> Value {
    json!({ "version": policy.version().as_str(), "rules": rules(policy.rules()) })
}

fn rules(rules: &Rules) -> Value {
    json!({
        "rungs": rules.rungs.iter().map(|rung| rung.as_str()).collect::<Vec<_>>(),
        "response_days": rules.response_days,
        "booking_days": rules.booking_days,
        "appointment_days": rules.appointment_days,
        "initiation": rules.initiation.as_str(),
        "human_click_percent": rules.human_click_percent,
        "split_ro_hours": rules.split_ro_hours,
        "match_names": rules.match_names,
        "excluded_departments": rules.excluded_departments.iter().map(|d| d.as_str()).collect::<Vec<_>>(),
        "booked_tie": rules.booked_tie.as_str(),
        "response_tie": rules.response_tie.as_str(),
    })
}

fn trigger(trigger: &Trigger) -> Value {
    let mut value = json!({
        "id": trigger.id,
        "case": trigger.case.as_ref().map(|case| case.as_str()),
        "vehicle": trigger.vehicle.as_str(),
        "owner_span": trigger.owner_span.0,
        "service": trigger.service.as_ref().map(ServiceId::as_str),
        "op_codes": trigger.op_codes.iter().map(OpCode::as_str).collect::<Vec<_>>(),
        "names": trigger.names,
        "opened_at": instant(trigger.opened_at),
        "touches": trigger.touches.iter().map(touch).collect::<Vec<_>>(),
        "appointment": trigger.appointment.as_ref().map(appointment),
        "proofs": trigger.proofs,
    });
    // Not there in receipts written before they were known, and so not there where they are not known.
    if let (false, Some(fields)) = (trigger.other_services.is_empty(), value.as_object_mut()) {
        let others = trigger.other_services.iter().map(|service| Value::from(service.as_str())).collect();
        fields.insert("other_services".to_owned(), others);
    }
    if let (false, Some(fields)) = (trigger.other_appointments.is_empty(), value.as_object_mut()) {
        let others = trigger.other_appointments.iter().map(appointment).collect();
        fields.insert("other_appointments".to_owned(), others);
    }
    if let (Some(declined), Some(fields)) = (&trigger.declined, value.as_object_mut()) {
        let offered = json!({
            "ro": declined.ro.as_str(),
            "line": declined.line.as_str(),
            "price": declined.price.map(money),
        });
        fields.insert("declined".to_owned(), offered);
    }
    value
}

fn touch(touch: &TouchFact) -> Value {
    json!({
        "sent_at": instant(touch.sent_at),
        "key": { "case": touch.key.case.as_str(), "touch": touch.key.touch.as_str() },
        "channel": touch.channel.as_str(),
        "delivery": touch.delivery.as_str(),
        "token": touch.token,
        "clicked_at": touch.clicked_at.map(instant),
        "human_click": touch.human_click,
        "replied_at": touch.replied_at.map(instant),
    })
}

fn appointment(appointment: &AppointmentFact) -> Value {
    json!({
        "id": appointment.id.as_str(),
        "set_at": instant(appointment.set_at),
        "at": instant(appointment.at),
        "token": appointment.token,
    })
}

fn order(order: &RepairOrder) -> Value {
    json!({
        "ro": order.ro.as_str(),
        "vehicle": order.vehicle.as_str(),
        "owner_span": order.owner_span.0,
        "opened_at": instant(order.opened_at),
        "closed_at": order.closed_at.map(instant),
        "voided": order.voided,
        "department": order.department.as_str(),
        "initiated_from": order.initiated_from.as_ref().map(|id| id.as_str()),
        "lines": order.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

fn line(line: &RoLine) -> Value {
    json!({
        "line": line.line.as_str(),
        "op_code": line.op_code.as_ref().map(OpCode::as_str),
        "service": line.service.as_ref().map(ServiceId::as_str),
        "name": line.name,
        "pay_type": line.pay_type.as_str(),
        "amount": money(line.amount),
    })
}

fn claim(claim: &Claim) -> Value {
    json!({
        "trigger": claim.trigger,
        "evidence": claim.evidence.as_str(),
        "touched_at": instant(claim.touched_at),
        "opened_at": instant(claim.opened_at),
    })
}

fn money(money: Money) -> Value {
    json!({ "amount": money.amount().to_string(), "currency": money.currency().as_str() })
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
