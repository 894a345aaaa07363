use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_vocab::SellerId;

use crate::{Batch, Event, Head, Journal, JournalError, PersonStore, Recorded, StreamId, Wake};

/// The journal and the person store in memory: the contract and nothing else.
///
/// ```
/// use fixedops_connectors_traits::{Batch, Journal, MemoryJournal, NewEvent, StreamId};
/// # futures_lite::future::block_on(async {
/// let journal = MemoryJournal::new();
/// let seller = "main-street".parse()?;
/// let stream = StreamId::new("vehicle", "v17")?;
///
/// let mut batch = Batch::new("2026-03-02T15:00:00Z".parse()?);
/// batch.expect(stream.clone(), 0);
/// batch.push(stream.clone(), NewEvent::new("reading_recorded", serde_json::json!({"miles": "48250.3"}))?);
/// let recorded = journal.append(&seller, &batch).await?;
///
/// assert_eq!(recorded.events, journal.read(&seller, &stream, 0, 10).await?);
/// // The same batch again expects a stream that does not exist: a conflict, and nothing changes.
/// assert!(journal.append(&seller, &batch).await.is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Default)]
pub struct MemoryJournal {
    partitions: Mutex<BTreeMap<SellerId, Partition>>,
}

#[derive(Default)]
struct Partition {
    events: Vec<Event>,
    streams: BTreeMap<StreamId, Stream>,
    facts: BTreeMap<StreamId, BTreeMap<String, String>>,
}

struct Stream {
    head: Head,
    /// Indices into the partition's events, by version.
    events: Vec<usize>,
}

impl MemoryJournal {
    /// A journal without events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A writer that panics does so before it changes anything, so a poisoned lock still guards whole batches.
    fn partitions(&self) -> MutexGuard<'_, BTreeMap<SellerId, Partition>> {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let partitions = self.partitions();
        let events: usize = partitions.values().map(|partition| partition.events.len()).sum();
        write!(f, "MemoryJournal({} partitions, {events} events)", partitions.len())
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn append(&self, partition: &SellerId, batch: &Batch) -> Result<Recorded, JournalError> {
        let mut partitions = self.partitions();
        let empty = Partition::default();
        let stored = partitions.get(partition).unwrap_or(&empty);
        let heads = batch
            .expected()
            .keys()
            .filter_map(|name| stored.streams.get(name).map(|stream| (name.clone(), stream.head)))
            .collect();
        let sealed = batch.seal(partition, stored.events.len() as u64, &heads)?;

        let stored = partitions.entry(partition.clone()).or_default();
        for (name, head) in &sealed.heads {
            let stream = stored
                .streams
                .entry(name.clone())
                .or_insert_with(|| Stream { head: Head::NONE, events: Vec::new() });
            stream.head = *head;
        }
        let recorded = sealed.into_recorded();
        for event in &recorded.events {
            if let Some(stream) = stored.streams.get_mut(&event.stream) {
                stream.events.push(stored.events.len());
            }
            stored.events.push(event.clone());
        }
        for fact in batch.facts() {
            let facts = stored.facts.entry(fact.subject.clone()).or_default();
            facts.insert(fact.name.clone(), fact.value.clone());
        }
        Ok(recorded)
    }

    async fn head(&self, partition: &SellerId, stream: &StreamId) -> Result<Head, JournalError> {
        let partitions = self.partitions();
        let stream = partitions.get(partition).and_then(|partition| partition.streams.get(stream));
        Ok(stream.map_or(Head::NONE, |stream| stream.head))
    }

    async fn read(
        &self,
        partition: &SellerId,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, JournalError> {
        let partitions = self.partitions();
        let Some(partition) = partitions.get(partition) else { return Ok(Vec::new()) };
        let Some(stream) = partition.streams.get(stream) else { return Ok(Vec::new()) };
        let skipped = usize::try_from(after).unwrap_or(usize::MAX);
        let wanted = stream.events.iter().skip(skipped).take(limit);
        Ok(wanted.filter_map(|&index| partition.events.get(index)).cloned().collect())
    }

    async fn scan(&self, partition: &SellerId, after: u64, limit: usize) -> Result<Vec<Event>, JournalError> {
        let partitions = self.partitions();
        let skipped = usize::try_from(after).unwrap_or(usize::MAX);
        let wanted =
            partitions.get(partition).map(|partition| partition.events.iter().skip(skipped).take(limit));
        Ok(wanted.into_iter().flatten().cloned().collect())
    }

    async fn due(
        &self,
        partition: &SellerId,
        until: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Wake>, JournalError> {
        let partitions = self.partitions();
        let streams = partitions.get(partition).into_iter().flat_map(|partition| &partition.streams);
        let mut due: Vec<Wake> = streams
            .filter_map(|(name, stream)| stream.head.wake_at.map(|at| Wake { stream: name.clone(), at }))
            .filter(|wake| wake.at <= until)
            .collect();
        // The map is in the order of streams and the sort is stable: ties stay by stream.
        due.sort_by_key(|wake| wake.at);
        due.truncate(limit);
        Ok(due)
    }

    async fn last(&self, partition: &SellerId) -> Result<Option<Event>, JournalError> {
        Ok(self.partitions().get(partition).and_then(|partition| partition.events.last()).cloned())
    }

    async fn partitions(&self) -> Result<Vec<SellerId>, JournalError> {
        Ok(self.partitions().keys().cloned().collect())
    }
}

#[async_trait]
impl PersonStore for MemoryJournal {
    async fn facts(
        &self,
        partition: &SellerId,
        subject: &StreamId,
    ) -> Result<BTreeMap<String, String>, JournalError> {
        let partitions = self.partitions();
        let facts = partitions.get(partition).and_then(|partition| partition.facts.get(subject));
        Ok(facts.cloned().unwrap_or_default())
    }

    async fn erase(&self, partition: &SellerId, subjects: &[StreamId]) -> Result<u64, JournalError> {
        let mut partitions = self.partitions();
        let Some(partition) = partitions.get_mut(partition) else { return Ok(0) };
        let erased = subjects.iter().filter_map(|subject| partition.facts.remove(subject));
        Ok(erased.map(|facts| facts.len() as u64).sum())
    }
}
