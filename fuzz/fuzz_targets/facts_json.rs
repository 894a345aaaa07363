//! Facts of a contact as JSON at any time: refused, or decided; `callable` is of one mind with the decision, and what is
//! deferred is open at the instant named, as far as facts go that time does not change.
#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use fixedops_consent::{
    Callable, ContactFacts, ContentDigest, Decision, ReadVersions, Request, RuleBook, callable, decide,
};
use fixedops_vocab::{Channel, ContactHash, Purpose, TouchKey};
use libfuzzer_sys::fuzz_target;

static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::shipped);

// Channel, purpose, eight bytes of time, then the facts.
fuzz_target!(|input: &[u8]| {
    let Some((&[channel, purpose, ref time @ ..], json)) = input.split_first_chunk::<10>() else { return };
    let second = i64::from_le_bytes(*time);
    let Ok(facts) = serde_json::from_slice::<ContactFacts>(json) else { return };
    let Some(now) = DateTime::from_timestamp(second, 0) else { return };
    let request = Request {
        contact: ContactHash::from_bytes([7; 32]),
        channel: Channel::ALL[usize::from(channel) % Channel::ALL.len()],
        purpose: Purpose::ALL[usize::from(purpose) % Purpose::ALL.len()],
        digest: ContentDigest::from_bytes([8; 32]),
        versions: ReadVersions::default(),
        key: TouchKey { case: "case".parse().expect("an id"), touch: "1".parse().expect("an id") },
        program: "mileage_due".parse().expect("an id"),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    };
    let decided = decide(&facts, &request, now, &BOOK);
    let (answer, findings) = callable(&facts, &request, now, &BOOK);
    assert_eq!(findings, decided.findings);
    match (decided.decision, answer) {
        (Decision::Allow(_), Callable::Now { until }) => assert!(until.is_none_or(|until| until > now)),
        (Decision::Deny, Callable::Never) => {}
        (Decision::Defer(until), Callable::From(from)) => assert!(until == from && until > now),
        (decision, answer) => panic!("{} and {answer:?}", decision.as_str()),
    }
});
