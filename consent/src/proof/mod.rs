//! The proof bundle: everything a lawyer needs for one contact point, as one JSON file that can be checked offline.
//!
//! A bundle holds whole streams of the journal (the contact's, and those of the persons and households behind it) with
//! their chain hashes from version 1 to the head; what the person store still has about them; and an account of it in
//! plain tables: grants with the words that were shown, revocations with the words that were written, every send with
//! its decision, how long each record is kept. [`verify`] believes none of the tables: it follows the chain, judges each
//! event against those before it, takes the consent decisions anew, draws the account up again and compares.
//!
//! **What a bundle proves.** Nothing in a stream was changed, inserted or left out before its head. Whoever makes the
//! bundle could compute a whole false one: so keep its digest, or the heads, with somebody else ([`Bundle::digest`]).
//!
//! **How the number is bound.** Events know a contact by HMAC-SHA-256 under the seller's key, which is never in a bundle:
//! with it every number of the plan could be tried against the journal. A verifier who is given the key recomputes the
//! hash from the number ([`Commitments`]), and the digests of what the customer wrote; without it the bundle says that
//! this link was not checked. Engineering record, not legal advice.
//!
//! ```
//! use fixedops_consent::RuleBook;
//! use fixedops_consent::proof::{BreakKind, Bundle, Contents, EventRecord, PointShown, StreamRecord, verify};
//! use fixedops_vocab::ContactHash;
//! use fixedops_vocab::chain::{EventHash, event_hash};
//! use serde_json::json;
//!
//! // A stream of one event: an opt-out that came with the dealer's records.
//! let contact = ContactHash::from_bytes([7; 32]);
//! let stream = format!("contact/{contact}");
//! let at = "2026-12-01T15:00:00Z".parse()?;
//! let data = json!({"key": "dms/1", "contact": contact, "scope": "all", "occurred_at": "2026-11-30T09:00:00Z",
//!                   "source": "dms_flag", "vehicle": null});
//! let hash = event_hash(EventHash::ZERO, &stream, 1, at, "consent_revoked", &data)?;
//! let event = EventRecord { version: 1, at, event_type: "consent_revoked".to_owned(), data, hash };
//! let streams = vec![StreamRecord { stream, head_version: 1, head_hash: hash, events: vec![event] }];
//! let (seller, point, private) = ("main-street".parse()?, PointShown::NotOnFile, Vec::new());
//!
//! let book = RuleBook::shipped();
//! let mut bundle = Bundle::new(Contents { seller, contact, point, streams, private }, at, &book)?;
//! assert!(verify(&bundle, &book, None).holds());
//!
//! // Somebody narrows it, and computes the bundle's digest anew:
//! if let Some(event) = bundle.streams.first_mut().and_then(|stream| stream.events.first_mut()) {
//!     event.data["scope"] = json!("calls");
//! }
//! bundle.digest = bundle.computed_digest()?;
//! let verdict = verify(&bundle, &book, None);
//! assert_eq!(verdict.breaks.first().map(|found| (found.kind, found.version)), Some((BreakKind::ChainMismatch, Some(1))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod bundle;
mod clearances;
mod drawn_up;
mod followed;
mod grants;
mod json;
mod private;
mod retake;
mod retention;
mod story;
#[cfg(test)]
mod tests;
mod verdict;
mod verify;

pub use account::{
    Account, DeliveryEntry, ErasureEntry, GrantEntry, LinkEntry, ReplyEntry, RevocationEntry, SendEntry,
    SendOutcome,
};
pub use bundle::{
    Bundle, BundleError, Contents, EventRecord, FORMAT, LocalTime, NOTICE, PlaceEntry, PointShown,
    PrivateFact, StreamRecord,
};
pub use retention::{Retention, RetentionEntry};
pub use story::FindingEntry;
pub use verdict::{Break, BreakKind, Verdict};
pub use verify::{Commitments, verify};
