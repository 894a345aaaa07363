//! Relevance stands twice: in the plan of a sequence, which the loop asks, and in consent's rule book, for those who use
//! that crate alone. The two say the same of every shipped plan.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the way to fail")]

use fixedops_closed_loop::Policies;
use fixedops_consent::{
    ContactFacts, ContentDigest, Effect, ReadVersions, Request, RuleBook, VehicleFact, decide,
};
use fixedops_recovery::{Fact, Relevance};
use fixedops_vocab::{CaseId, Channel, ContactHash, ProgramId, Purpose, TouchId, TouchKey};

/// What the rule book does to a touch of the programme: the effect under the fact's own rule.
fn by_the_book(book: &RuleBook, program: &ProgramId, fact: VehicleFact, rule: &str) -> Relevance {
    let mut facts = ContactFacts::default();
    facts.facts.vehicle_facts.push(fact);
    let request = Request {
        contact: ContactHash::from_bytes([7; 32]),
        channel: Channel::Sms,
        purpose: Purpose::Marketing,
        digest: ContentDigest::from_bytes([8; 32]),
        versions: ReadVersions::default(),
        key: TouchKey { case: CaseId::new("case").unwrap(), touch: TouchId::new("1").unwrap() },
        program: program.clone(),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    };
    let decided = decide(&facts, &request, "2026-11-24T17:00:00Z".parse().unwrap(), book);
    match decided.finding(rule).map(|finding| finding.effect) {
        Some(Effect::Blocks) => Relevance::Skip,
        Some(Effect::Defers) => Relevance::Wait,
        _ => Relevance::Go,
    }
}

#[test]
fn the_rule_book_and_every_shipped_plan_hold_the_same_facts_relevant() {
    let policies = Policies::shipped();
    let mut compared = 0;
    for plan in policies.plans.iter() {
        for (fact, same, rule) in [
            (Fact::Booked, VehicleFact::Booked, "HOUSE-RELEVANCE-BOOKED"),
            (Fact::RecentlyServiced, VehicleFact::RecentlyServiced, "HOUSE-RELEVANCE-SERVICED"),
            (Fact::RoOpen, VehicleFact::RoOpen, "HOUSE-RELEVANCE-RO-OPEN"),
        ] {
            let book = by_the_book(&policies.rule_book, plan.program(), same, rule);
            assert_eq!(plan.relevance().of(fact), book, "{} {fact:?}", plan.program());
            compared += 1;
        }
    }
    assert!(compared >= 6, "{compared}");
}
