use std::collections::BTreeMap;

use fixedops_vocab::SellerId;

use super::FaultKind;
use crate::{Event, EventHash, StreamId, chain_hash};

/// Follows a journal event by event: partitions in order, positions without gaps, versions and hashes of every stream.
///
/// It keeps version and hash of every stream of the partition it is in, and nothing else.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    partition: Option<SellerId>,
    position: u64,
    streams: BTreeMap<StreamId, (u64, EventHash)>,
}

/// Why an event does not follow from those before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ChainFault {
    /// [`FaultKind::Gap`], `Duplicate`, `OutOfOrder`, `WrongVersion` or `BrokenChain`.
    pub kind: FaultKind,
    /// What is wrong, in words.
    pub message: String,
}

impl ChainFault {
    fn new(kind: FaultKind, message: String) -> Self {
        Self { kind, message }
    }
}

impl Chain {
    /// Before the first event.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next event.
    ///
    /// # Errors
    /// [`ChainFault`] where it does not follow; the chain then stands where it stood.
    pub fn follow(&mut self, event: &Event) -> Result<(), ChainFault> {
        let same = self.partition.as_ref() == Some(&event.partition);
        if let Some(before) = self.partition.as_ref().filter(|before| **before > event.partition) {
            let message = format!("partition {} comes after {before}", event.partition);
            return Err(ChainFault::new(FaultKind::OutOfOrder, message));
        }
        let expected = if same { self.position.saturating_add(1) } else { 1 };
        if event.position != expected {
            let (kind, what) = if event.position < expected {
                (FaultKind::Duplicate, "was there already, or is 0")
            } else {
                (FaultKind::Gap, "leaves a gap")
            };
            let message = format!("position {} {what}: expected {expected}", event.position);
            return Err(ChainFault::new(kind, message));
        }
        let known = if same { self.streams.get(&event.stream) } else { None };
        let (version, hash) = known.copied().unwrap_or((0, EventHash::ZERO));
        if event.version != version.saturating_add(1) {
            let message = format!("version {} of {} follows version {version}", event.version, event.stream);
            return Err(ChainFault::new(FaultKind::WrongVersion, message));
        }
        let sealed = chain_hash(hash, &event.stream, event.version, event.at, &event.event_type, &event.data);
        if sealed.ok() != Some(event.hash) {
            let message = format!(
                "the chain of {} breaks at version {}: the hash does not follow",
                event.stream, event.version
            );
            return Err(ChainFault::new(FaultKind::BrokenChain, message));
        }
        if !same {
            self.partition = Some(event.partition.clone());
            self.streams.clear();
        }
        self.position = event.position;
        self.streams.insert(event.stream.clone(), (event.version, event.hash));
        Ok(())
    }
}
