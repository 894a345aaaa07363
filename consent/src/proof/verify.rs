use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use fixedops_vocab::chain::{EventHash, event_hash};
use fixedops_vocab::{ContactHash, ContactPoint, SellerId};

use super::bundle::{Bundle, FORMAT, NOTICE, StreamRecord};
use super::story::{Odd, OddKind, Story};
use super::verdict::{BreakKind, Verdict, id_word};
use super::{clearances, drawn_up, followed, grants, private};
use crate::{ContentDigest, RuleBook};

/// Recomputes keyed commitments for a verifier who was given the seller's key.
pub trait Commitments {
    /// The keyed hash of a contact point as a contact of `seller`.
    fn contact(&self, seller: &SellerId, point: &ContactPoint) -> ContactHash;
    /// The keyed digest of the parts of a content.
    fn content(&self, parts: &[&str]) -> ContentDigest;
}

/// Checks a bundle: every link, every one that is broken named.
///
/// `book` is the rule book under which decisions are taken again (those of another version are not). `key` recomputes
/// the keyed commitments, where the verifier was given the key. Nothing is asked of anyone: no network, no clock.
pub fn verify(bundle: &Bundle, book: &RuleBook, key: Option<&dyn Commitments>) -> Verdict {
    let mut verdict = Verdict::default();
    if bundle.computed_digest() != Ok(bundle.digest) {
        verdict.add(BreakKind::BundleDigest, None, None, "the bundle was changed after it was made");
    }
    if bundle.format != FORMAT || bundle.notice != NOTICE {
        verdict.add(BreakKind::Form, None, None, "format or notice are not those of a bundle");
    }
    for stream in &bundle.streams {
        follow(stream, &mut verdict);
    }
    let story = Story::read(bundle.contact, &bundle.streams);
    streams(bundle, &story, &mut verdict);
    odd(&story, &mut verdict);
    links(&story, &mut verdict);
    followed::check(&story, &mut verdict);
    followed::times(bundle, &story, &mut verdict);
    grants::check(&story, &mut verdict);
    clearances::check(bundle, &story, book, &mut verdict);
    private::check(bundle, &story, key, &mut verdict);
    drawn_up::check(bundle, &story, book, &mut verdict);
    verdict.clearances = story.cleared.len();
    verdict
}

/// The chain of one stream.
fn follow(record: &StreamRecord, verdict: &mut Verdict) {
    let name = Some(record.stream.as_str());
    let (mut version, mut hash, mut at) = (0_u64, EventHash::ZERO, DateTime::<Utc>::MIN_UTC);
    for event in &record.events {
        let here = Some(event.version);
        let expected = version.saturating_add(1);
        if event.version > expected {
            verdict.add(
                BreakKind::VersionGap,
                name,
                here,
                format!("version {expected} is missing before it"),
            );
        } else if event.version < expected {
            verdict.add(BreakKind::VersionTwice, name, here, format!("comes after version {version}"));
        }
        let computed =
            event_hash(hash, &record.stream, event.version, event.at, &event.event_type, &event.data);
        if computed.ok() != Some(event.hash) {
            verdict.add(
                BreakKind::ChainMismatch,
                name,
                here,
                format!(
                    "its hash does not follow: {} or what stands before it was changed",
                    event_word(&event.event_type)
                ),
            );
        }
        if event.at < at {
            verdict.add(BreakKind::TimeBackwards, name, here, "was recorded before the event it follows");
        }
        (version, hash, at) = (event.version, event.hash, event.at);
        verdict.events += 1;
    }
    if (version, hash) != (record.head_version, record.head_hash) {
        let what = format!(
            "the stream ends at version {version}, its head is stated as version {} ({})",
            record.head_version, record.head_hash
        );
        verdict.add(BreakKind::Truncated, name, None, what);
    }
}

fn event_word(event_type: &str) -> String {
    format!("this {}", id_word(event_type))
}

/// Every stream that is named is there, once, and no other.
fn streams(bundle: &Bundle, story: &Story, verdict: &mut Verdict) {
    let named = story.streams();
    let mut seen = BTreeSet::new();
    for record in &bundle.streams {
        let name = record.stream.as_str();
        if !seen.insert(name) {
            verdict.add(BreakKind::StreamForeign, Some(name), None, "is in the bundle twice");
        } else if !named.contains(name) {
            verdict.add(BreakKind::StreamForeign, Some(name), None, "no event of this contact names it");
        }
    }
    for name in named.iter().filter(|name| !seen.contains(name.as_str())) {
        // A household or person who was never written to has no stream of his own yet.
        let empty = !name.starts_with("contact/") && !must_exist(story, name);
        if !empty {
            verdict.add(
                BreakKind::StreamAbsent,
                Some(name),
                None,
                "is named by this contact's events and not in the bundle",
            );
        }
    }
    if !bundle.streams.iter().any(|record| record.stream == format!("contact/{}", bundle.contact)) {
        verdict.add(
            BreakKind::OtherContact,
            None,
            None,
            "the bundle's contact hash is not that of the stream it holds",
        );
    }
}

fn must_exist(story: &Story, name: &str) -> bool {
    let linked = story.links.iter().any(|linked| name == format!("person/{}", linked.data.person));
    let read = story.cleared.iter().any(|cleared| {
        name == format!("person/{}", cleared.data.person)
            || name == format!("household/{}", cleared.data.household)
    });
    linked || read
}

/// Whoever a contact was linked to has it in his stream, since the same moment.
fn links(story: &Story, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    for linked in &story.links {
        let stream = format!("person/{}", linked.data.person);
        let same = story.added.iter().any(|added| {
            added.stream == stream
                && added.told.at == linked.at
                && added.told.data.contact == story.contact
                && added.told.data.medium == linked.data.medium
                && added.told.data.household == linked.data.household
        });
        if !same {
            let what = "was linked to a person and a household, and the person's stream does not say so";
            verdict.add(BreakKind::OtherContact, Some(&own), Some(linked.version), what);
        }
    }
}

fn odd(story: &Story, verdict: &mut Verdict) {
    for Odd { stream, version, event_type, what } in &story.odd {
        let (kind, says) = match what {
            OddKind::Unreadable => (BreakKind::EventUnreadable, "its data do not read"),
            OddKind::UnknownLabel => (BreakKind::EventUnreadable, "it is read as something nobody knows"),
            OddKind::UnknownType => (
                BreakKind::EventUnreadable,
                "no such event stands in a stream of this kind, as far as is known here",
            ),
            OddKind::OtherContact => (BreakKind::OtherContact, "names another contact"),
            OddKind::NotCleared => (BreakKind::SendWithoutClearance, "no open clearance stands before it"),
            OddKind::SentTwice => (BreakKind::SentTwice, "this touch went out before"),
            OddKind::ReportOfNothing => {
                (BreakKind::ReportOfNothing, "reports on a touch that nobody cleared")
            }
            OddKind::ReleaseOfNothing => (BreakKind::NotCounted, "gives back what nobody had used"),
        };
        verdict.add(kind, Some(stream), Some(*version), format!("{}: {says}", event_word(event_type)));
    }
}
