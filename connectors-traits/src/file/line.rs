use chrono::{DateTime, Utc};
use fixedops_vocab::SellerId;
use serde::Deserialize;
use serde_json::Value;

use super::FaultKind;
use crate::{Event, EventHash, EventType, StreamId, canonical_json, instant_text};

/// Writes an event as its line, without the line feed.
///
/// # Errors
/// The serializer's error for data that have no canonical form.
pub fn encode_line(event: &Event) -> Result<String, serde_json::Error> {
    let Event { partition, position, stream, version, at, event_type, data, hash } = event;
    // `Value` writes a text as JSON does: the ids hold no control characters, but may hold quotes.
    let (partition, stream) = (Value::from(partition.as_str()), Value::from(stream.as_str()));
    let (at, data) = (instant_text(*at), canonical_json(data)?);
    Ok(format!(
        r#"{{"partition":{partition},"position":{position},"stream":{stream},"version":{version},"at":"{at}","type":"{event_type}","data":{data},"hash":"{hash}"}}"#
    ))
}

/// Why a line is not an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LineFault {
    /// [`FaultKind::BrokenLine`], [`FaultKind::NotCanonical`] or [`FaultKind::NewerFormat`].
    pub kind: FaultKind,
    /// What is wrong, in words.
    pub message: String,
}

impl LineFault {
    pub(super) fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    partition: SellerId,
    position: u64,
    stream: StreamId,
    version: u64,
    at: DateTime<Utc>,
    #[serde(rename = "type")]
    event_type: EventType,
    data: Value,
    hash: EventHash,
}

/// Reads an event from its line, without the line feed. The hash is read, not checked.
///
/// # Errors
/// [`LineFault`] for anything but the one form in which [`encode_line`] writes the event.
pub fn decode_line(text: &str) -> Result<Event, LineFault> {
    let line: Line = serde_json::from_str(text).map_err(|error| unreadable(text, &error))?;
    let Line { partition, position, stream, version, at, event_type, data, hash } = line;
    if !data.is_object() {
        return Err(LineFault::new(FaultKind::BrokenLine, "data is not an object"));
    }
    let event = Event { partition, position, stream, version, at, event_type, data, hash };
    match encode_line(&event) {
        Ok(canonical) if canonical == text => Ok(event),
        _ => Err(LineFault::new(FaultKind::NotCanonical, "the event is not written in its one form")),
    }
}

fn unreadable(text: &str, error: &serde_json::Error) -> LineFault {
    let value = serde_json::from_str::<Value>(text).ok();
    if let Some(format) = value.as_ref().and_then(|value| value.get("format")).and_then(Value::as_u64)
        && format > 1
    {
        let message = format!("format {format} is newer than this version, which reads format 1");
        return LineFault::new(FaultKind::NewerFormat, message);
    }
    if text.trim().is_empty() {
        return LineFault::new(FaultKind::BrokenLine, "the line is empty");
    }
    let reason: String = error.to_string().chars().take(200).collect();
    // The parser counts lines within this one line: only its column says something.
    LineFault::new(
        FaultKind::BrokenLine,
        format!("not an event: {}", reason.replace("at line 1 column", "at column")),
    )
}
