use core::fmt;
use core::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::canonical_json;
use crate::ContactHash;

/// The hash of an event, which holds its stream together: 32 bytes, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventHash([u8; 32]);

impl EventHash {
    /// What stands before the first event of a stream.
    pub const ZERO: Self = Self([0; 32]);

    /// From 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hash is not 64 lower-case hexadecimal digits")]
pub struct EventHashError;

impl FromStr for EventHash {
    type Err = EventHashError;
    fn from_str(text: &str) -> Result<Self, EventHashError> {
        // The same form as a contact hash, whose parser is strict.
        text.parse::<ContactHash>().map(|h| Self(*h.as_bytes())).map_err(|_| EventHashError)
    }
}

impl TryFrom<String> for EventHash {
    type Error = EventHashError;
    fn try_from(text: String) -> Result<Self, EventHashError> {
        text.parse()
    }
}

impl From<EventHash> for String {
    fn from(hash: EventHash) -> Self {
        hash.to_string()
    }
}

/// The hash of an event: SHA-256 over the 32 bytes of the hash before it in its stream, then the canonical JSON
/// (RFC 8785) of `{"at","data","stream","type","version"}`. `at` is cut to the millisecond.
///
/// ```
/// use fixedops_vocab::chain::{EventHash, event_hash};
/// let data = serde_json::json!({"miles": "48250.3", "occurred_at": "2026-03-02T14:58:11.000Z", "source": "repair_order"});
/// let at = "2026-03-02T15:00:00Z".parse()?;
/// let hash = event_hash(EventHash::ZERO, "vehicle/v17", 1, at, "reading_recorded", &data)?;
/// // Computed without this crate: the worked example of docs/journal.md.
/// assert_eq!(hash.to_string(), "3a006ed0f47524ebc7877bb10072804eb1fb08f9e5a6c173a74fcad9d942ad6d");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The serializer's error for data that has no canonical form.
pub fn event_hash(
    previous: EventHash,
    stream: &str,
    version: u64,
    at: DateTime<Utc>,
    event_type: &str,
    data: &Value,
) -> Result<EventHash, serde_json::Error> {
    Ok(event_hash_of_text(previous, stream, version, at, event_type, &canonical_json(data)?))
}

/// [`event_hash`] for data that is canonical already.
#[must_use]
pub fn event_hash_of_text(
    previous: EventHash,
    stream: &str,
    version: u64,
    at: DateTime<Utc>,
    event_type: &str,
    data: &str,
) -> EventHash {
    // `Value` writes a text as JSON does, with its quotes and escapes.
    let (stream, event_type, at) = (Value::from(stream), Value::from(event_type), instant_text(at));
    let mut hasher = Sha256::new();
    hasher.update(previous.0);
    // The five keys in the order that RFC 8785 sorts them.
    hasher.update(format!("{{\"at\":\"{at}\",\"data\":"));
    hasher.update(data);
    hasher.update(format!(",\"stream\":{stream},\"type\":{event_type},\"version\":{version}}}"));
    EventHash(hasher.finalize().into())
}

/// An instant as events write it: UTC, milliseconds, `Z`.
#[must_use]
pub fn instant_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
