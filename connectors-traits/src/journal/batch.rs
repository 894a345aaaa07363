use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, SubsecRound, Utc};
use fixedops_vocab::IdError;
use fixedops_vocab::chain::LARGEST_NUMBER;
use serde_json::Value;

use super::event::{EventType, StreamId, WAKE_AT};
use crate::PersonFact;

/// Deeper data would not read back: JSON parsers stop somewhere (`serde_json` at 128).
const DEEPEST: u32 = 64;

/// A fact to be appended.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// What happened.
    pub event_type: EventType,
    /// The particulars: a JSON object.
    pub data: Value,
}

impl NewEvent {
    /// A fact of type `event_type`.
    ///
    /// # Errors
    /// [`IdError`] where the type is not snake_case.
    pub fn new(event_type: &str, data: Value) -> Result<Self, IdError> {
        Ok(Self { event_type: event_type.parse()?, data })
    }
}

/// Events over several streams of one partition that are appended together or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    at: DateTime<Utc>,
    expected: BTreeMap<StreamId, u64>,
    events: Vec<(StreamId, NewEvent)>,
    facts: Vec<PersonFact>,
}

impl Batch {
    /// An empty batch, recorded at `at` (cut to the millisecond).
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        Self { at: at.trunc_subsecs(3), expected: BTreeMap::new(), events: Vec::new(), facts: Vec::new() }
    }

    /// Says that `stream` must stand at `version` (0: does not exist yet). A stream that is only read is guarded too.
    pub fn expect(&mut self, stream: StreamId, version: u64) -> &mut Self {
        self.expected.insert(stream, version);
        self
    }

    /// Adds an event to the end of `stream`, which must be expected too.
    pub fn push(&mut self, stream: StreamId, event: NewEvent) -> &mut Self {
        self.events.push((stream, event));
        self
    }

    /// Adds a fact about a person, saved with the events and apart from them.
    pub fn fact(&mut self, fact: PersonFact) -> &mut Self {
        self.facts.push(fact);
        self
    }

    /// When it is recorded.
    #[must_use]
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// The version each stream must stand at.
    #[must_use]
    pub const fn expected(&self) -> &BTreeMap<StreamId, u64> {
        &self.expected
    }

    /// The events, in order.
    #[must_use]
    pub fn events(&self) -> &[(StreamId, NewEvent)] {
        &self.events
    }

    /// The facts about persons.
    #[must_use]
    pub fn facts(&self) -> &[PersonFact] {
        &self.facts
    }

    /// Checks what every journal refuses.
    ///
    /// # Errors
    /// The first [`BatchFault`] found.
    pub fn check(&self) -> Result<(), BatchFault> {
        if self.events.is_empty() {
            return Err(BatchFault::Empty);
        }
        if !(1970..=9999).contains(&self.at.year()) {
            return Err(BatchFault::Instant);
        }
        let written: BTreeSet<&StreamId> = self.events.iter().map(|(stream, _)| stream).collect();
        if let Some(stream) = written.into_iter().find(|stream| !self.expected.contains_key(*stream)) {
            return Err(BatchFault::NotExpected(stream.clone()));
        }
        for (stream, event) in &self.events {
            let fault = |reason| BatchFault::Data {
                stream: stream.clone(),
                event_type: event.event_type.clone(),
                reason,
            };
            let Value::Object(data) = &event.data else {
                return Err(fault("is not an object"));
            };
            if !depth_fits(&event.data, DEEPEST) {
                return Err(fault("is nested deeper than 64 levels"));
            }
            if !numbers_fit(&event.data) {
                return Err(fault("holds a number beyond 2^53"));
            }
            wake_in(data.get(WAKE_AT))
                .map_err(|()| fault("has a wake_at that is neither null nor an instant"))?;
        }
        Ok(())
    }
}

/// What the [`WAKE_AT`] of an event says: nothing, clear it, or set it.
pub(crate) fn wake_in(value: Option<&Value>) -> Result<Option<Option<DateTime<Utc>>>, ()> {
    match value {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(text)) => match DateTime::parse_from_rfc3339(text) {
            Ok(at) => Ok(Some(Some(at.with_timezone(&Utc)))),
            Err(_) => Err(()),
        },
        Some(_) => Err(()),
    }
}

fn numbers_fit(value: &Value) -> bool {
    match value {
        Value::Number(n) => match (n.as_u64(), n.as_i64()) {
            (Some(unsigned), _) => unsigned <= LARGEST_NUMBER,
            (None, Some(signed)) => signed.unsigned_abs() <= LARGEST_NUMBER,
            (None, None) => n.as_f64().is_some_and(|float| float.abs() <= LARGEST_NUMBER as f64),
        },
        Value::Array(items) => items.iter().all(numbers_fit),
        Value::Object(map) => map.values().all(numbers_fit),
        _ => true,
    }
}

/// Whether arrays and objects are nested at most `levels` deep. Stops at the first that is deeper.
fn depth_fits(value: &Value, levels: u32) -> bool {
    match value {
        Value::Array(items) => levels > 0 && items.iter().all(|item| depth_fits(item, levels - 1)),
        Value::Object(map) => levels > 0 && map.values().all(|item| depth_fits(item, levels - 1)),
        _ => true,
    }
}

impl Event {
    /// What this event does to the wake-up of its stream: nothing, clear it, or set it.
    #[must_use]
    pub fn wake_change(&self) -> Option<Option<DateTime<Utc>>> {
        wake_in(self.data.get(WAKE_AT)).unwrap_or(None)
    }
}

use super::event::Event;

/// Why a batch is refused by every journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchFault {
    /// No event at all.
    #[error("batch holds no event")]
    Empty,
    /// `at` outside the years 1970 to 9999.
    #[error("batch is recorded outside the years 1970 to 9999")]
    Instant,
    /// A stream is written without saying where it must stand.
    #[error("stream {0} is written but not expected at a version")]
    NotExpected(StreamId),
    /// The data of an event breaks a rule.
    #[error("data of {event_type} in {stream} {reason}")]
    Data {
        /// The stream.
        stream: StreamId,
        /// The type of the event.
        event_type: EventType,
        /// What is wrong with it.
        reason: &'static str,
    },
}
