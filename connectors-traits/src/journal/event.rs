use core::fmt;
use core::str::FromStr;

use chrono::{DateTime, Utc};
use fixedops_vocab::{IdError, SellerId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::EventHash;

/// The key in an event's data that sets (an RFC 3339 instant) or clears (`null`) the wake-up of its stream.
///
/// The wake-up is part of the event, so the timers can be thrown away and rebuilt from the events alone.
pub const WAKE_AT: &str = "wake_at";

/// The name of a stream: its kind, a slash, and the id of what it is about (`contact/<hash>`, `case/...`).
///
/// Kinds are lower-case words; ids must not hold customer data. `Debug` and `Display` hide the ids of persons and
/// households (and of `dms`, what is written back about a customer), which are their systems' own numbers for them;
/// [`StreamId::as_str`] tells them.
///
/// ```
/// use fixedops_connectors_traits::StreamId;
/// let person = StreamId::new("person", "c-17")?;
/// assert_eq!((person.as_str(), person.to_string().as_str()), ("person/c-17", "person/***"));
/// assert_eq!(StreamId::new("vehicle", "v17")?.to_string(), "vehicle/v17");
/// # Ok::<(), fixedops_vocab::IdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StreamId(String);

impl StreamId {
    /// The stream of `id`, of `kind`.
    ///
    /// # Errors
    /// [`IdError`] where the kind is not lower-case letters and `_`, the id is empty, holds control characters or
    /// white space at an end, or both together are longer than 600 bytes.
    pub fn new(kind: &str, id: impl fmt::Display) -> Result<Self, IdError> {
        format!("{kind}/{id}").parse()
    }

    /// What kind of thing the stream is about.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.0.split_once('/').map_or("", |(kind, _)| kind)
    }

    /// What it is about.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, id)| id)
    }

    /// Kind and id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StreamId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let (kind, id) = text.split_once('/').ok_or(IdError::Empty)?;
        if kind.is_empty() || id.is_empty() {
            return Err(IdError::Empty);
        }
        if text.len() > 600 {
            return Err(IdError::TooLong);
        }
        let kind_fits = kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !kind_fits || id.trim() != id || id.chars().any(char::is_control) {
            return Err(IdError::BadCharacter);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for StreamId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<StreamId> for String {
    fn from(stream: StreamId) -> Self {
        stream.0
    }
}

/// Kinds whose ids are those of customers: shown in the journal, not in errors and logs.
const OF_CUSTOMERS: [&str; 3] = ["person", "household", "dms"];

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if OF_CUSTOMERS.contains(&self.kind()) {
            write!(f, "{}/***", self.kind())
        } else {
            f.write_str(&self.0)
        }
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The type of an event: one to 64 characters of snake_case (`touch_sent`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventType(String);

impl EventType {
    /// The type.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EventType {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        match text.len() {
            0 => Err(IdError::Empty),
            1..=64 if text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') => {
                Ok(Self(text.to_owned()))
            }
            1..=64 => Err(IdError::BadCharacter),
            _ => Err(IdError::TooLong),
        }
    }
}

impl TryFrom<String> for EventType {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<EventType> for String {
    fn from(event_type: EventType) -> Self {
        event_type.0
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One fact, as it stands in the journal. As JSON it is one line of `journal.jsonl`.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The seller whose journal it is in.
    pub partition: SellerId,
    /// Its place in the partition, from 1, without gaps.
    pub position: u64,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream, from 1, without gaps.
    pub version: u64,
    /// When it was recorded, to the millisecond; `data.occurred_at` says when it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub event_type: EventType,
    /// The particulars: a JSON object.
    pub data: Value,
    /// [`super::chain_hash`] over the hash before it in its stream.
    pub hash: EventHash,
}
