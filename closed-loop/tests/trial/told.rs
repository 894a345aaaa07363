//! Journals written by hand.

use fixedops_closed_loop::trial::{TrialPolicy, Trials, Unit};
use fixedops_connectors_traits::{CommitmentKey, Event, EventHash};
use serde_json::{Value, json};

pub(crate) const PLACED: &str = "2027-02-01T12:00:00Z";

/// A journal in the making; what only the loop reads of its events is left out.
#[derive(Default)]
pub(crate) struct Told(pub(crate) Vec<Event>);

impl Told {
    pub(crate) fn tell(&mut self, at: &str, event_type: &str, data: Value) {
        self.0.push(Event {
            partition: "main-street".parse().unwrap(),
            position: self.0.len() as u64 + 1,
            stream: "any/1".parse().unwrap(),
            version: 1,
            at: at.parse().unwrap(),
            event_type: event_type.parse().unwrap(),
            data,
            hash: EventHash::from_bytes([0; 32]),
        });
    }

    pub(crate) fn person(&mut self, person: &str, household: &str, contact: &str) {
        let data = json!({"contact": contact, "person": person, "household": household});
        self.tell("2026-12-01T00:00:00Z", "contact_linked", data);
    }

    pub(crate) fn car(&mut self, vehicle: &str, owner: &str, span: u32) {
        let data = json!({"vehicle": vehicle, "owner": owner, "span": span});
        self.tell("2026-12-01T00:00:00Z", "vehicle_recorded", data);
    }

    pub(crate) fn order(
        &mut self,
        ro: &str,
        (vehicle, span): (&str, u32),
        opened_at: &str,
        lines: &[(&str, &str)],
    ) {
        let lines: Vec<Value> = lines
            .iter()
            .map(|(pay_type, amount)| json!({"pay_type": pay_type, "amount": amount, "currency": "USD"}))
            .collect();
        let data = json!({"ro": ro, "vehicle": vehicle, "span": span, "opened_at": opened_at, "voided": false, "lines": lines});
        self.tell(opened_at, "ro_closed", data);
    }

    pub(crate) fn placed(&mut self, household: &str, program: &str, arm: &str, plan: Option<&str>, at: &str) {
        self.placed_under(household, (program, "control/test", 1), (arm, plan), at);
    }

    /// Placed under a version of the shares, in a season of 2027.
    pub(crate) fn placed_under(
        &mut self,
        household: &str,
        (program, policy, part): (&str, &str, u32),
        (arm, plan): (&str, Option<&str>),
        at: &str,
    ) {
        let placement = json!({
            "program": program,
            "season": {"year": 2027, "part": part},
            "arm": arm,
            "plan": plan,
            "policy": policy,
        });
        self.tell(at, "household_placed", json!({"household": household, "placement": placement}));
    }

    pub(crate) fn trials(&self) -> Trials {
        let mut trials = Trials::default();
        self.0.iter().for_each(|event| trials.apply(event).unwrap());
        trials
    }

    pub(crate) fn units(&self, as_of: &str) -> Vec<Unit> {
        self.trials().units(as_of.parse().unwrap(), &TrialPolicy::shipped())
    }
}

pub(crate) fn contact(number: u8) -> String {
    let key = CommitmentKey::new([number; 32]);
    key.contact(
        &"main-street".parse().unwrap(),
        &fixedops_vocab::ContactPoint::Phone("+14045550101".parse().unwrap()),
    )
    .to_string()
}

pub(crate) const PAID: &[(&str, &str)] =
    &[("customer_pay", "100.00"), ("warranty", "900.00"), ("customer_pay", "-10.50")];
