//! A house policy and a table of ZIP codes: refused with file and reason, or a book that decides.
#![no_main]

use std::sync::LazyLock;

use chrono::DateTime;
use fixedops_consent::{ContactFacts, ContentDigest, ReadVersions, Request, RuleBook, decide};
use fixedops_vocab::{Channel, ContactHash, Purpose, TouchKey};
use libfuzzer_sys::fuzz_target;

static REQUEST: LazyLock<Request> = LazyLock::new(|| Request {
    contact: ContactHash::from_bytes([7; 32]),
    channel: Channel::Sms,
    purpose: Purpose::Marketing,
    digest: ContentDigest::from_bytes([8; 32]),
    versions: ReadVersions::default(),
    key: TouchKey { case: "case".parse().expect("an id"), touch: "1".parse().expect("an id") },
    program: "mileage_due".parse().expect("an id"),
    subject: None,
    vehicle: None,
    contains_offer: false,
    competing: vec![],
});

// Which file, then its text.
fuzz_target!(|input: &[u8]| {
    let Some((&which, text)) = input.split_first() else { return };
    let Ok(text) = core::str::from_utf8(text) else { return };
    // One of the seven files is replaced.
    let files: Vec<(&str, &str)> = (0..)
        .zip(RuleBook::SHIPPED_FILES)
        .map(|(place, (name, shipped))| (*name, if place == which % 7 { text } else { shipped }))
        .collect();
    match RuleBook::from_files(&files) {
        Ok(book) => {
            let facts = ContactFacts::default();
            let _ = decide(&facts, &REQUEST, DateTime::UNIX_EPOCH, &book);
        }
        Err(error) => assert!(!error.file.is_empty() && !error.reason.is_empty()),
    }
});
