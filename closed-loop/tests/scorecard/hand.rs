//! A journal written by hand.

use chrono::{DateTime, Utc};
use fixedops_closed_loop::Figure;
use fixedops_closed_loop::scorecard::{Scorecard, ScorecardBuilder, ScorecardPolicy, TrueOdometers};
use fixedops_connectors_traits::{Event, EventHash};
use fixedops_odometer_core::Model;
use serde_json::{Value, json};

pub(crate) const CONTACT: &str = "75d8f8a73681070211ee9bd2e5e898b769ae2a7339031f94c6aa6a47913d61a8";
/// When the journal begins.
pub(crate) const START: &str = "2026-06-01T12:00:00Z";

#[derive(Default)]
pub(crate) struct Hand {
    pub(crate) events: Vec<Event>,
}

impl Hand {
    /// A journal that began, with one retail vehicle `v1` of owner `c1`.
    pub(crate) fn new() -> Self {
        let mut hand = Self::default();
        hand.vehicle("v1", "c1", "retail");
        hand
    }

    pub(crate) fn tell(&mut self, at: &str, stream: &str, kind: &str, data: Value) -> &mut Self {
        let position = u64::try_from(self.events.len()).unwrap() + 1;
        let mut hash = [0_u8; 32];
        hash[..8].copy_from_slice(&position.to_be_bytes());
        self.events.push(Event {
            partition: "north".parse().unwrap(),
            position,
            stream: stream.parse().unwrap(),
            version: position,
            at: instant(at),
            event_type: kind.parse().unwrap(),
            data,
            hash: EventHash::from_bytes(hash),
        });
        self
    }

    pub(crate) fn vehicle(&mut self, vehicle: &str, owner: &str, unit: &str) -> &mut Self {
        let data = json!({ "key": format!("v/{vehicle}"), "vehicle": vehicle, "rooftop": "north-1", "owner": owner,
            "span": 1, "unit": unit, "name": "2023 Sample", "delivered_on": null });
        self.tell(START, &format!("vehicle/{vehicle}"), "vehicle_recorded", data)
    }

    /// A crossing by distance, due at 10,000 miles, counted from 5,000 on 1 January; with a case of the same name.
    pub(crate) fn crossing(&mut self, at: &str, crossing: &str, outcome: Value) -> &mut Self {
        let case = format!("case-{crossing}");
        let crossed = json!({ "crossing": crossing, "vehicle": "v1", "span": 1, "service": "oil_service", "cycle": 2,
            "leg": "distance", "basis": "estimated", "p": 0.6, "mileage": null, "due_miles": "10000.0",
            "due_on": null, "counted_from": "2026-01-01T00:00:00Z", "counted_from_miles": "5000.0",
            "reason": "due", "policies": [], "case": case });
        self.tell(at, "vehicle/v1", "threshold_crossed", crossed);
        self.resolved(at, crossing, outcome);
        self.case(at, &case, "mileage_due", Some(crossing), json!([]))
    }

    pub(crate) fn resolved(&mut self, at: &str, crossing: &str, mut outcome: Value) -> &mut Self {
        outcome["crossing"] = crossing.into();
        self.tell(at, "vehicle/v1", "crossing_resolved", outcome)
    }

    pub(crate) fn case(
        &mut self,
        at: &str,
        case: &str,
        program: &str,
        crossing: Option<&str>,
        declined: Value,
    ) -> &mut Self {
        let data = json!({ "case": case, "program": program, "plan": "p/1", "vehicle": "v1", "span": 1, "person": "c1",
            "crossing": crossing, "services": [], "declined": declined });
        self.tell(at, &format!("case/{case}"), "case_opened", data)
    }

    /// An event about a touch of a case.
    pub(crate) fn touch(&mut self, at: &str, kind: &str, case: &str, touch: &str, more: Value) -> &mut Self {
        let mut data = json!({ "case": case, "touch": touch, "contact": CONTACT, "channel": "sms",
            "purpose": "marketing", "program": "mileage_due", "subject": "oil", "crossing": null });
        for (key, value) in more.as_object().unwrap() {
            data[key] = value.clone();
        }
        self.tell(at, &format!("contact/{CONTACT}"), kind, data)
    }

    pub(crate) fn sent(&mut self, at: &str, case: &str, touch: &str) -> &mut Self {
        self.touch(at, "touch_sent", case, touch, json!({ "provider_id": "p", "crossed_revocation": false }))
    }

    pub(crate) fn order(&mut self, ro: &str, opened: &str, closed: &str, lines: Value) -> &mut Self {
        let data = json!({ "key": format!("{ro}/{closed}"), "ro": ro, "vehicle": "v1", "span": 1, "opened_at": opened,
            "initiated_from": null, "voided": false, "odometer": null, "lines": lines, "occurred_at": closed });
        self.tell(closed, &format!("ro/{ro}"), "ro_closed", data)
    }

    pub(crate) fn reading(&mut self, at: &str, miles: u32) -> &mut Self {
        let odometer = serde_json::to_value(
            fixedops_vocab::RawOdometer::parse(&miles.to_string(), fixedops_vocab::DistanceUnit::Miles)
                .unwrap(),
        );
        let data = json!({ "key": format!("r/{at}"), "vehicle": "v1", "odometer": odometer.unwrap(),
            "kind": "reported", "occurred_at": at, "source": "repair_order" });
        self.tell(at.max(START), "vehicle/v1", "reading_recorded", data)
    }

    pub(crate) fn card(&self, as_of: &str) -> Scorecard {
        self.card_with(as_of, None)
    }

    pub(crate) fn card_with(&self, as_of: &str, truth: Option<&TrueOdometers>) -> Scorecard {
        let policy = ScorecardPolicy::shipped();
        let mut builder = ScorecardBuilder::new("north".parse().unwrap(), Model::shipped(), &policy);
        for event in &self.events {
            builder.apply(event).unwrap();
        }
        let card = builder.finish(instant(as_of), &policy, truth);
        let json = serde_json::to_string(&card).unwrap();
        assert_eq!(serde_json::from_str::<Scorecard>(&json).unwrap(), card, "a scorecard reads back");
        card
    }
}

pub(crate) fn line(line: &str, op_code: &str, pay: &str, amount: &str) -> Value {
    json!({ "line": line, "op_code": op_code, "service": null, "name": null, "pay_type": pay, "amount": amount, "currency": "USD" })
}

pub(crate) fn instant(at: &str) -> DateTime<Utc> {
    at.parse().unwrap()
}

/// Value and base of a figure, as text.
pub(crate) fn of(figure: &Figure) -> (String, u64) {
    let value = figure.value.map_or_else(|| "null".to_owned(), |value| value.to_string());
    assert!(!figure.definition.is_empty() && figure.base_label.is_some(), "{}", figure.id);
    (value, figure.base.unwrap())
}

pub(crate) fn is(value: &str, base: u64) -> (String, u64) {
    (value.to_owned(), base)
}
