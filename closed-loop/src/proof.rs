//! What a proof bundle is made of, gathered from a journal and a person store.

use std::collections::BTreeSet;

use fixedops_connectors_traits::{
    CommitmentKey, Event, Head, Journal, JournalErrorKind, PersonStore, StreamId,
};
use fixedops_consent::ContentDigest;
use fixedops_consent::proof::{Commitments, Contents, EventRecord, PointShown, PrivateFact, StreamRecord};
use fixedops_vocab::{ContactHash, ContactPoint, SellerId};

use crate::error::LoopErrorKind;
use crate::{Happened, LoopError, fact, streams};

/// Events read at once.
const PAGE: usize = 1_000;
/// How often the streams are read again because the store went on meanwhile.
const ATTEMPTS: usize = 8;

/// Gathers the streams of a contact, of the persons and households behind it, and what the person store has about them:
/// what [`fixedops_consent::proof::Bundle::new`] takes. All streams are read as of one moment; where the store goes on
/// meanwhile they are read again.
///
/// # Errors
/// [`LoopErrorKind::Refused`] where there is no such contact; [`LoopErrorKind::Contended`] where the store never stood
/// still; else the journal's.
pub async fn gather(
    journal: &dyn Journal,
    persons: &dyn PersonStore,
    seller: &SellerId,
    contact: ContactHash,
) -> Result<Contents, LoopError> {
    for _ in 0..ATTEMPTS {
        if let Some(contents) = gather_once(journal, persons, seller, contact).await? {
            return Ok(contents);
        }
    }
    Err(LoopError::new(LoopErrorKind::Contended, format!("the journal of {seller} went on all the time")))
}

async fn gather_once(
    journal: &dyn Journal,
    persons: &dyn PersonStore,
    seller: &SellerId,
    contact: ContactHash,
) -> Result<Option<Contents>, LoopError> {
    let own = streams::contact(contact)?;
    let events = read(journal, seller, &own).await?;
    if events.is_empty() {
        return Err(LoopError::refused("there is no such contact in this store"));
    }
    let mut wanted = BTreeSet::new();
    for event in &events {
        // What does not read is no reason to leave the bundle unmade: verification names it.
        match Happened::read(event) {
            Ok(Some(Happened::ContactLinked(linked))) => {
                wanted.insert(streams::person(&linked.person)?);
                wanted.insert(streams::household(&linked.household)?);
            }
            Ok(Some(Happened::TouchCleared(cleared))) => {
                wanted.insert(streams::person(&cleared.person)?);
                wanted.insert(streams::household(&cleared.household)?);
            }
            _ => {}
        }
    }
    let mut found = vec![(own.clone(), events)];
    for stream in wanted {
        let events = read(journal, seller, &stream).await?;
        if !events.is_empty() {
            found.push((stream, events));
        }
    }
    let (mut records, mut private) = (Vec::new(), Vec::new());
    for (stream, events) in found {
        let Head { version, hash, .. } = journal.head(seller, &stream).await?;
        if events.last().is_none_or(|last| last.version != version) {
            return Ok(None);
        }
        if stream.kind() != "household" {
            let facts = persons.facts(seller, &stream).await?;
            // Of the person his name; why he declined a repair is nobody's business here.
            let wanted = |name: &str| stream == own || name == fact::FIRST_NAME;
            private.extend(
                facts.into_iter().filter(|(name, _)| wanted(name)).map(|(name, value)| PrivateFact {
                    subject: stream.as_str().to_owned(),
                    name,
                    value,
                }),
            );
        }
        records.push(StreamRecord {
            stream: stream.as_str().to_owned(),
            head_version: version,
            head_hash: hash,
            events: events.into_iter().map(record).collect(),
        });
    }
    let stored = |name: &str| {
        let of_contact = private.iter().find(|fact| fact.subject == own.as_str() && fact.name == name);
        of_contact.map(|fact| PointShown::InClear { medium: name.to_owned(), value: fact.value.clone() })
    };
    let point = stored(fact::PHONE).or_else(|| stored(fact::EMAIL)).unwrap_or(PointShown::NotOnFile);
    Ok(Some(Contents { seller: seller.clone(), contact, point, streams: records, private }))
}

async fn read(journal: &dyn Journal, seller: &SellerId, stream: &StreamId) -> Result<Vec<Event>, LoopError> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |last| last.version);
        let page = journal.read(seller, stream, after, PAGE).await?;
        if page.is_empty() {
            return Ok(events);
        }
        // A store that gives the same events again is broken; it must not be asked for ever.
        if page.last().is_some_and(|last| last.version <= after) {
            let message = format!("stream {stream} is not read in order");
            return Err(LoopError::new(LoopErrorKind::Journal(JournalErrorKind::Corrupt), message));
        }
        events.extend(page);
    }
}

fn record(event: Event) -> EventRecord {
    let Event { version, at, event_type, data, hash, .. } = event;
    EventRecord { version, at, event_type: event_type.as_str().to_owned(), data, hash }
}

/// Every contact of a seller, in order of its hash.
///
/// # Errors
/// The journal's.
pub async fn contacts(journal: &dyn Journal, seller: &SellerId) -> Result<Vec<ContactHash>, LoopError> {
    let (mut found, mut after) = (BTreeSet::new(), 0);
    loop {
        let page = journal.scan(seller, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        let streams = page.iter().map(|event| &event.stream).filter(|stream| stream.kind() == "contact");
        found.extend(streams.filter_map(|stream| stream.id().parse::<ContactHash>().ok()));
    }
    Ok(found.into_iter().collect())
}

/// A seller's key, as a verifier uses it.
#[derive(Clone, Debug)]
pub struct Keyed(pub CommitmentKey);

impl Commitments for Keyed {
    fn contact(&self, seller: &SellerId, point: &ContactPoint) -> ContactHash {
        self.0.contact(seller, point)
    }
    fn content(&self, parts: &[&str]) -> ContentDigest {
        self.0.content(parts)
    }
}
