use chrono::{DateTime, Utc};
use fixedops_vocab::chain::{EventHash, event_hash, event_hash_of_text};
use serde_json::Value;

use super::event::{EventType, StreamId};

/// The hash of an event: SHA-256 over the 32 bytes of the hash before it in its stream, then the canonical JSON
/// (RFC 8785) of `{"at","data","stream","type","version"}`.
///
/// # Errors
/// The serializer's error for data that has no canonical form.
pub fn chain_hash(
    previous: EventHash,
    stream: &StreamId,
    version: u64,
    at: DateTime<Utc>,
    event_type: &EventType,
    data: &Value,
) -> Result<EventHash, serde_json::Error> {
    event_hash(previous, stream.as_str(), version, at, event_type.as_str(), data)
}

/// The same, for data that is canonical already.
pub(crate) fn hash_of_text(
    previous: EventHash,
    stream: &StreamId,
    version: u64,
    at: DateTime<Utc>,
    event_type: &EventType,
    data: &str,
) -> EventHash {
    event_hash_of_text(previous, stream.as_str(), version, at, event_type.as_str(), data)
}
