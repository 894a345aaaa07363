//! The decision vectors of `testdata/scenarios.jsonl`: outcome, time and named rules, each by its id.

#![cfg(all(feature = "decide", feature = "classify"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use chrono::{DateTime, Utc};
use fixedops_consent::{
    ContactFacts, ContentDigest, Decision, Effect, ReadVersions, Request, RuleBook, decide,
};
use fixedops_vocab::{CaseId, Channel, ContactHash, ProgramId, Purpose, TouchId, TouchKey};
use serde::Deserialize;

/// Vectors that do not pass, each with the reason. One that starts to pass fails the test: take it off.
const KNOWN_GAPS: &[(&str, &str)] = &[];

#[derive(Deserialize)]
struct Scenario {
    id: String,
    title: String,
    now: DateTime<Utc>,
    message: Message,
    #[serde(flatten)]
    facts: ContactFacts,
    expect: Expect,
}

#[derive(Deserialize)]
struct Message {
    channel: Channel,
    purpose: Purpose,
}

#[derive(Deserialize)]
struct Expect {
    outcome: String,
    until: Option<DateTime<Utc>>,
    rules: Vec<String>,
}

fn request(message: &Message) -> Request {
    Request {
        contact: ContactHash::from_bytes([7; 32]),
        channel: message.channel,
        purpose: message.purpose,
        digest: ContentDigest::from_bytes([8; 32]),
        versions: ReadVersions::default(),
        key: TouchKey { case: CaseId::new("case").unwrap(), touch: TouchId::new("1").unwrap() },
        program: ProgramId::new("vector").unwrap(),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    }
}

/// What is wrong with the decision on one vector; nothing if it is right.
fn wrong(scenario: &Scenario, book: &RuleBook) -> Option<String> {
    let decided = decide(&scenario.facts, &request(&scenario.message), scenario.now, book);
    let until = match &decided.decision {
        Decision::Defer(until) => Some(*until),
        _ => None,
    };
    let named: Vec<(&str, Effect)> =
        decided.findings.iter().map(|f| (f.rule.id.as_str(), f.effect)).collect();
    let expected = |effect| {
        named.iter().any(|(rule, e)| *e == effect && scenario.expect.rules.iter().any(|r| r == rule))
    };
    let decides = match scenario.expect.outcome.as_str() {
        "deny" => expected(Effect::Blocks),
        "defer" => expected(Effect::Defers),
        _ => named.iter().all(|(_, effect)| *effect < Effect::Defers),
    };
    let all_named = scenario.expect.rules.iter().all(|rule| named.iter().any(|(id, _)| id == rule));
    let right = decided.decision.as_str() == scenario.expect.outcome
        && until == scenario.expect.until
        && all_named
        && decides;
    (!right).then(|| {
        format!(
            "{} {}: expected {} {:?} {:?}; got {} {until:?} {named:?}",
            scenario.id,
            scenario.title,
            scenario.expect.outcome,
            scenario.expect.until,
            scenario.expect.rules,
            decided.decision.as_str(),
        )
    })
}

#[test]
fn every_vector_is_decided_as_expected() {
    let book = RuleBook::shipped();
    let text = include_str!("../testdata/scenarios.jsonl");
    let scenarios: Vec<Scenario> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(scenarios.len(), 80);

    let mut surprises = vec![];
    for scenario in &scenarios {
        let gap = KNOWN_GAPS.iter().any(|(id, _)| *id == scenario.id);
        match (wrong(scenario, &book), gap) {
            (Some(_), true) | (None, false) => {}
            (Some(wrong), false) => surprises.push(wrong),
            (None, true) => surprises.push(format!("{} passes now: take it off the known gaps", scenario.id)),
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}
