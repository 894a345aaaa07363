use std::collections::BTreeMap;

use fixedops_vocab::SellerId;
use fixedops_vocab::chain::as_read_back;

use super::{
    Batch, Event, EventHash, Head, JournalError, JournalErrorKind, Recorded, canonical_json, hash_of_text,
};
use crate::StreamId;

/// An event ready to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct SealedEvent {
    /// The event, its data as they will read back.
    pub event: Event,
    /// Its data as canonical JSON.
    pub data_text: String,
}

/// A batch ready to be stored: what a journal has to write, all of it or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// The events, in the order of the batch.
    pub events: Vec<SealedEvent>,
    /// Where every written stream stands afterwards.
    pub heads: BTreeMap<StreamId, Head>,
}

impl Head {
    /// Where a stream stands that does not exist.
    pub const NONE: Self = Self { version: 0, hash: EventHash::ZERO, wake_at: None };
}

impl Sealed {
    /// The events without their texts.
    #[must_use]
    pub fn into_recorded(self) -> Recorded {
        Recorded { events: self.events.into_iter().map(|sealed| sealed.event).collect() }
    }
}

impl Batch {
    /// Checks the batch, compares the expected versions, and gives every event its position, version and hash.
    ///
    /// For authors of journals: `heads` are the heads of the streams the batch names, read in the transaction that
    /// will write (a stream that is not there stands at [`Head::NONE`]); `last_position` is the last of the
    /// partition, 0 if there is none.
    ///
    /// # Errors
    /// [`JournalErrorKind::Refused`] where [`Batch::check`] finds fault, [`JournalErrorKind::Conflict`] where a
    /// stream stands elsewhere than expected.
    pub fn seal(
        &self,
        partition: &SellerId,
        last_position: u64,
        heads: &BTreeMap<StreamId, Head>,
    ) -> Result<Sealed, JournalError> {
        let refused =
            |fault: &dyn std::fmt::Display| JournalError::new(JournalErrorKind::Refused, fault.to_string());
        self.check().map_err(|fault| refused(&fault))?;
        for (stream, &expected) in self.expected() {
            let found = heads.get(stream).map_or(0, |head| head.version);
            if found != expected {
                return Err(JournalError::conflict(stream, expected, found));
            }
        }
        let mut sealed = Sealed { events: Vec::with_capacity(self.events().len()), heads: BTreeMap::new() };
        for (position, (stream, new)) in (last_position + 1..).zip(self.events()) {
            let head = match sealed.heads.get(stream) {
                Some(head) => *head,
                None => heads.get(stream).copied().unwrap_or(Head::NONE),
            };
            let version = head.version + 1;
            let data_text = canonical_json(&new.data).map_err(|fault| refused(&fault))?;
            let hash = hash_of_text(head.hash, stream, version, self.at(), &new.event_type, &data_text);
            let event = Event {
                partition: partition.clone(),
                position,
                stream: stream.clone(),
                version,
                at: self.at(),
                event_type: new.event_type.clone(),
                data: as_read_back(&new.data),
                hash,
            };
            let wake_at = event.wake_change().unwrap_or(head.wake_at);
            sealed.heads.insert(stream.clone(), Head { version, hash, wake_at });
            sealed.events.push(SealedEvent { event, data_text });
        }
        Ok(sealed)
    }
}
