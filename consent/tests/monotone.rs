//! More against a message never helps it: over the vectors at any hour of a year, an opt-out, another plausible state, one
//! more earlier message, a list, a fact about the vehicle or a missing consent never turns no into yes, nor brings it forward.

#![cfg(feature = "decide")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_consent::{
    ContactFacts, ContentDigest, Decision, Means, ReadVersions, Request, Revocation, RndAnswer, RuleBook,
    Solicitation, VehicleFact, decide,
};
use fixedops_vocab::{CaseId, Channel, ContactHash, ProgramId, Purpose, Scope, TouchId, TouchKey};
use proptest::prelude::*;
use serde::Deserialize;

static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::shipped);

#[derive(Clone, Deserialize)]
struct Vector {
    now: DateTime<Utc>,
    message: Message,
    #[serde(flatten)]
    facts: ContactFacts,
}

#[derive(Clone, Copy, Deserialize)]
struct Message {
    channel: Channel,
    purpose: Purpose,
}

static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(|| {
    include_str!("../testdata/scenarios.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
});

fn request(message: Message) -> Request {
    Request {
        contact: ContactHash::from_bytes([7; 32]),
        channel: message.channel,
        purpose: message.purpose,
        digest: ContentDigest::from_bytes([8; 32]),
        versions: ReadVersions::default(),
        key: TouchKey { case: CaseId::new("case").unwrap(), touch: TouchId::new("1").unwrap() },
        program: ProgramId::new("mileage_due").unwrap(),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    }
}

/// When it may go at the earliest: now, later, or never.
fn earliest(vector: &Vector, now: DateTime<Utc>) -> DateTime<Utc> {
    match decide(&vector.facts, &request(vector.message), now, &BOOK).decision {
        Decision::Allow(_) => now,
        Decision::Defer(until) => until,
        Decision::Deny => DateTime::<Utc>::MAX_UTC,
    }
}

/// Something against the message.
#[derive(Clone, Copy, Debug)]
enum Against {
    OptOut(Scope, Means),
    State(&'static str),
    Sent(i64),
    NationalList,
    StateList,
    OurList,
    Reassigned,
    CarrierBlock,
    NoConsent,
    Offer,
    Emergency,
    Held,
    Vehicle(VehicleFact),
    Foreign,
}

fn against() -> impl Strategy<Value = Against> {
    let scope = prop::sample::select(Scope::ALL.to_vec());
    let means = prop::sample::select(vec![
        Means::Sms,
        Means::Email,
        Means::InPerson,
        Means::Voice,
        Means::Web,
        Means::Other,
    ]);
    prop_oneof![
        (scope, means).prop_map(|(scope, means)| Against::OptOut(scope, means)),
        prop::sample::select(vec!["AL", "RI", "UT", "TX", "FL", "CT", "KY", "PA", "VA", "AZ", "GA"])
            .prop_map(Against::State),
        (0_i64..90_000).prop_map(Against::Sent),
        prop::sample::select(vec![
            Against::NationalList,
            Against::StateList,
            Against::OurList,
            Against::Reassigned,
            Against::CarrierBlock,
            Against::NoConsent,
            Against::Offer,
            Against::Emergency,
            Against::Held,
            Against::Foreign,
        ]),
        prop::sample::select(VehicleFact::ALL.to_vec()).prop_map(Against::Vehicle),
    ]
}

fn put(vector: &mut Vector, against: Against, now: DateTime<Utc>) {
    let facts = &mut vector.facts;
    match against {
        Against::OptOut(scope, means) => facts.revocations.push(Revocation {
            received_at: now,
            channel: means,
            text: Some("STOP".to_owned()),
            per_se: None,
            scope: Some(scope),
            vehicle: None,
            purposes: vec![],
        }),
        Against::State(state) => {
            if !facts.recipient.states.is_empty() {
                facts.recipient.states.push(state.to_owned());
            }
        }
        Against::Sent(seconds) => facts.history.push(Solicitation::at(now - TimeDelta::seconds(seconds))),
        Against::NationalList => facts.dnc.national = Some(true),
        Against::StateList => facts.dnc.state = Some(true),
        Against::OurList => {
            facts.dnc.internal = Some(true);
            facts.dnc.internal_on = Some(now.date_naive());
        }
        Against::Reassigned => {
            if let Some(rnd) = &mut facts.facts.rnd {
                rnd.result = RndAnswer::Yes;
            }
        }
        Against::CarrierBlock => facts.facts.carrier_block = Some("21610".to_owned()),
        Against::NoConsent => facts.consents.clear(),
        Against::Offer => facts.facts.contains_offer = Some(true),
        Against::Emergency => facts.facts.declared_emergency = vec!["NY".to_owned(), "LA".to_owned()],
        Against::Held => facts.facts.held_since = Some(now),
        Against::Vehicle(fact) => facts.facts.vehicle_facts.push(fact),
        Against::Foreign => facts.recipient.nanp = Some(false),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn more_against_a_message_never_helps_it(
        which in 0_usize..80,
        hours in 0_i64..8_760,
        reasons in prop::collection::vec(against(), 1..4),
    ) {
        let vector = VECTORS[which].clone();
        // A confirmation needs an opt-out to confirm, and a reply is told from solicitations by what came before.
        prop_assume!(vector.message.purpose != Purpose::RevocationConfirmation);
        let now = vector.now + TimeDelta::hours(hours);
        let before = earliest(&vector, now);
        let mut worse = vector.clone();
        for reason in &reasons {
            put(&mut worse, *reason, now);
        }
        let after = earliest(&worse, now);
        prop_assert!(before <= after, "{reasons:?} at {now}: {before} became {after}: {:?}", worse.facts);
    }

    #[test]
    fn nothing_that_needs_consent_goes_after_a_stop_of_the_same_second_or_before(
        which in 0_usize..80,
        hours in 0_i64..8_760,
        ago in 0_i64..400,
    ) {
        let mut vector = VECTORS[which].clone();
        let now = vector.now + TimeDelta::hours(hours);
        prop_assume!(vector.facts.consents.iter().all(|c| c.given_at <= now - TimeDelta::days(ago)));
        vector.message.purpose = Purpose::Marketing;
        let stop = now - TimeDelta::days(ago);
        put(&mut vector, Against::OptOut(Scope::All, Means::Sms), stop);
        prop_assert_eq!(earliest(&vector, now), DateTime::<Utc>::MAX_UTC);
    }
}
