//! A journal decided again from its own events: the same decisions, byte for byte, or the first difference.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use fixedops_attribution::Placement;
use fixedops_connectors_traits::{
    BookingRequest, ConnectorError, ConnectorErrorKind, DmsWriter, Event, Journal, KnownOutcome,
    MemoryJournal, ProviderMessageId, RefusalKind, Scheduler, SendOutcome, Slot, SlotQuery, WriteBack,
    WriteBackOutcome,
};
use fixedops_consent::{Clearance, ContentDigest};
use fixedops_vocab::{AppointmentId, HouseholdId, ProgramId, SellerId, TouchKey};

use crate::engine::RecordedPlaces;
use crate::{
    Alarm, Courier, Draft, Engine, Happened, HouseholdPlaced, Inbound, Ingested, LoopError, Policies,
    TouchOrder, Undeliverable,
};

/// What a replay came to.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "it is the same or it is not")]
pub enum Replayed {
    /// Every event was decided again, with the same hash. `cut` says that the loop had more to write where the record
    /// ends: the record is the beginning of a run that was interrupted.
    Same {
        /// Events compared.
        events: usize,
        /// Whether the record ends in the middle of something.
        cut: bool,
    },
    /// The first event that is not the same.
    Different(Box<Difference>),
}

/// Where a replay and its record part.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The position in the partition.
    pub position: u64,
    /// What stands in the record.
    pub recorded: Option<Event>,
    /// What the loop writes; None where it does nothing.
    pub replayed: Option<Event>,
}

/// Decides the events of one partition again, from position 1: what came from outside is taken from the record, what
/// the loop decided is decided anew and compared, with its hash.
///
/// What lies outside the journal is answered from the record: the words of a message by their digest, the transport by
/// what became of the touch, the DMS by what became of the write-back.
///
/// # Errors
/// [`LoopError`] where an event does not read, or the loop cannot work on what it reads.
pub async fn replay(
    seller: &SellerId,
    recorded: Vec<Event>,
    policies: Arc<Policies>,
) -> Result<Replayed, LoopError> {
    let record = Arc::new(Record::new(recorded)?);
    let journal = Arc::new(MemoryJournal::new());
    let engine = Engine::new(
        seller.clone(),
        Arc::clone(&journal) as Arc<dyn Journal>,
        Arc::new(Recorded(Arc::clone(&record))),
        Arc::new(Recorded(Arc::clone(&record))),
        policies,
    )
    .with_scheduler(Arc::new(Recorded(Arc::clone(&record))))
    .with_recorded_places(Arc::clone(&record) as Arc<dyn RecordedPlaces>);
    let mut matched = 0;
    while let Some(event) = record.events.get(matched) {
        record.cursor.store(matched, Ordering::Relaxed);
        if !offer(&engine, event).await? {
            return Ok(different(matched, Some(event), None));
        }
        let after = u64::try_from(matched).unwrap_or(u64::MAX);
        let written = journal.scan(seller, after, usize::MAX).await?;
        if written.is_empty() {
            return Ok(different(matched, Some(event), None));
        }
        for replayed in written {
            match record.events.get(matched) {
                Some(recorded) if *recorded == replayed => matched += 1,
                Some(recorded) => return Ok(different(matched, Some(recorded), Some(replayed))),
                None => return Ok(Replayed::Same { events: matched, cut: true }),
            }
        }
    }
    Ok(Replayed::Same { events: matched, cut: false })
}

fn different(matched: usize, recorded: Option<&Event>, replayed: Option<Event>) -> Replayed {
    let position = u64::try_from(matched).unwrap_or(u64::MAX).saturating_add(1);
    Replayed::Different(Box::new(Difference { position, recorded: recorded.cloned(), replayed }))
}

/// Does what the run did when it wrote `event`; false where the loop would do nothing.
async fn offer(engine: &Engine, event: &Event) -> Result<bool, LoopError> {
    if let Some(inbound) = Inbound::from_event(event)? {
        return Ok(engine.ingest(&inbound, event.at).await? == Ingested::Recorded);
    }
    match engine.next_wake().await? {
        Some(wake) if wake.at <= event.at => engine.wake(&wake, event.at).await.map(|()| true),
        // A run that was interrupted settles first when it goes on.
        Some(_) => Ok(engine.settle(event.at).await? > 0),
        None => Ok(false),
    }
}

/// The record, and how far the replay has come in it.
struct Record {
    events: Vec<Event>,
    cursor: AtomicUsize,
    /// Places of the events of a touch.
    touches: BTreeMap<TouchKey, Vec<(usize, Happened)>>,
    /// Places of calls, and the slot each offers.
    calls: Vec<(usize, Option<DateTime<Utc>>)>,
    /// Where households were placed, and when.
    placed: BTreeMap<(HouseholdId, ProgramId, DateTime<Utc>), Placement>,
    /// Places of the events of a write-back.
    write_backs: BTreeMap<String, Vec<(usize, Happened)>>,
}

impl Record {
    fn new(events: Vec<Event>) -> Result<Self, LoopError> {
        let mut touches: BTreeMap<TouchKey, Vec<(usize, Happened)>> = BTreeMap::new();
        let mut write_backs: BTreeMap<String, Vec<(usize, Happened)>> = BTreeMap::new();
        let mut calls = Vec::new();
        let mut placed = BTreeMap::new();
        for (place, event) in events.iter().enumerate() {
            let Some(happened) = Happened::read(event)? else {
                continue;
            };
            if let Happened::CallTaskOpened(task) = &happened {
                calls.push((place, task.slot));
            }
            if let Happened::HouseholdPlaced(HouseholdPlaced { household, placement }) = &happened {
                let key = (household.clone(), placement.program.clone(), event.at);
                placed.insert(key, placement.clone());
            }
            let about = match &happened {
                Happened::TouchCleared(x) => Some(&x.about),
                Happened::TouchSuppressed(x) => Some(&x.about),
                Happened::TouchDeferred(x) => Some(&x.about),
                Happened::TouchWithheld(x) => Some(&x.about),
                Happened::TouchSent(x) => Some(&x.about),
                Happened::TouchFailed(x) => Some(&x.about),
                Happened::TouchOutcomeUnknown(x) => Some(&x.about),
                _ => None,
            };
            if let Some(key) = about.map(crate::TouchAbout::key) {
                touches.entry(key).or_default().push((place, happened));
                continue;
            }
            let key = match &happened {
                Happened::WriteBackDelayed(x) => &x.key,
                Happened::WriteBackConfirmed(x) => &x.key,
                Happened::WriteBackParked(x) => &x.key,
                _ => continue,
            };
            write_backs.entry(key.clone()).or_default().push((place, happened));
        }
        Ok(Self { events, cursor: AtomicUsize::new(0), touches, calls, placed, write_backs })
    }

    /// Events of a touch from where the replay is, in order.
    fn ahead(&self, key: &TouchKey) -> impl Iterator<Item = (usize, &Happened)> {
        let cursor = self.cursor.load(Ordering::Relaxed);
        let all = self.touches.get(key).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(move |(place, _)| *place >= cursor).map(|(place, happened)| (*place, happened))
    }

    fn digest(&self, key: &TouchKey) -> ContentDigest {
        let of = |happened: &Happened| match happened {
            Happened::TouchCleared(cleared) => Some(cleared.digest),
            _ => None,
        };
        let behind = || {
            let all = self.touches.get(key).map(Vec::as_slice).unwrap_or_default();
            all.iter().rev().find_map(|(_, happened)| of(happened))
        };
        self.ahead(key)
            .find_map(|(_, happened)| of(happened))
            .or_else(behind)
            .unwrap_or_else(|| ContentDigest::from_bytes([0; 32]))
    }
}

impl RecordedPlaces for Record {
    fn placed(&self, household: &HouseholdId, program: &ProgramId, at: DateTime<Utc>) -> Option<Placement> {
        self.placed.get(&(household.clone(), program.clone(), at)).cloned()
    }
}

/// The outside world, as the record tells it.
struct Recorded(Arc<Record>);

fn refusal(reason: &str) -> RefusalKind {
    serde_json::from_value(serde_json::Value::String(reason.to_owned())).unwrap_or(RefusalKind::Other)
}

#[async_trait]
impl Courier for Recorded {
    async fn draft(&self, order: &TouchOrder) -> Result<Draft, Undeliverable> {
        if let Some((_, Happened::TouchSuppressed(suppressed))) = self.0.ahead(&order.key).next() {
            match suppressed.reason.as_str() {
                "forgotten" => return Err(Undeliverable::Forgotten),
                "no_words" => return Err(Undeliverable::Words(String::new())),
                _ => {}
            }
        }
        Ok(Draft { digest: self.0.digest(&order.key), message: None })
    }

    async fn dispatch(&self, clearance: Clearance, _: Draft, now: DateTime<Utc>) -> Option<SendOutcome> {
        let key = clearance.key().clone();
        self.0.ahead(&key).find_map(|(place, happened)| {
            let at_once = self.0.events.get(place).is_some_and(|event| event.at == now);
            match happened {
                _ if !at_once => None,
                Happened::TouchSent(sent) => {
                    Some(SendOutcome::Accepted(ProviderMessageId(sent.provider_id.clone())))
                }
                Happened::TouchFailed(failed) => {
                    Some(SendOutcome::Refused { kind: refusal(&failed.reason), retry_at: failed.retry_at })
                }
                Happened::TouchOutcomeUnknown(_) => Some(SendOutcome::Unknown),
                _ => None,
            }
        })
    }

    async fn outcome(&self, key: &TouchKey) -> KnownOutcome {
        match self.0.ahead(key).next() {
            Some((_, Happened::TouchSent(sent))) => {
                KnownOutcome::Accepted(ProviderMessageId(sent.provider_id.clone()))
            }
            Some((_, Happened::TouchFailed(failed))) if failed.reason == "never_seen" => {
                KnownOutcome::NeverSeen
            }
            Some((_, Happened::TouchFailed(failed))) if failed.reason == "case_closed" => {
                KnownOutcome::NeverSeen
            }
            Some((_, Happened::TouchFailed(failed))) => {
                KnownOutcome::Refused { kind: refusal(&failed.reason), retry_at: failed.retry_at }
            }
            Some((_, Happened::TouchOutcomeUnknown(_))) => KnownOutcome::CannotSay,
            _ => KnownOutcome::NeverSeen,
        }
    }
}

#[async_trait]
impl Scheduler for Recorded {
    /// The slot that the next call of the record offers: it is the one that is being put on the list, where it is.
    async fn slots(&self, _: &SlotQuery) -> Result<Vec<Slot>, ConnectorError> {
        let cursor = self.0.cursor.load(Ordering::Relaxed);
        let ahead = self.0.calls.iter().find(|(place, _)| *place >= cursor);
        Ok(ahead
            .and_then(|(_, slot)| *slot)
            .into_iter()
            .map(|at| Slot { id: String::new(), starts_at: at })
            .collect())
    }

    async fn book(&self, _: &BookingRequest) -> Result<AppointmentId, ConnectorError> {
        Err(ConnectorError::new(ConnectorErrorKind::Refused, "a replay books nothing"))
    }
}

#[async_trait]
impl DmsWriter for Recorded {
    async fn write_back(&self, write_back: &WriteBack) -> Result<WriteBackOutcome, ConnectorError> {
        let cursor = self.0.cursor.load(Ordering::Relaxed);
        let all = self.0.write_backs.get(&write_back.key.0).map(Vec::as_slice).unwrap_or_default();
        match all.iter().find(|(place, _)| *place >= cursor).map(|(_, happened)| happened) {
            Some(Happened::WriteBackConfirmed(_)) => Ok(WriteBackOutcome::Confirmed),
            Some(Happened::WriteBackParked(parked)) => Ok(WriteBackOutcome::Rejected(parked.reason.clone())),
            Some(Happened::WriteBackDelayed(delayed)) => {
                let at = match delayed.wake_at {
                    Alarm::At(at) => Some(at),
                    Alarm::Keep | Alarm::Clear => None,
                };
                Err(ConnectorError::new(ConnectorErrorKind::TryLater(at), delayed.reason.clone()))
            }
            _ => Err(ConnectorError::new(ConnectorErrorKind::TryLater(None), "not in the record")),
        }
    }
}
