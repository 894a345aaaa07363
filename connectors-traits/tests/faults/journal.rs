use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{
    Batch, Event, EventHash, Head, Journal, JournalError, JournalErrorKind, MemoryJournal, NewEvent,
    PersonStore, Recorded, StreamId, WAKE_AT, Wake,
};
use fixedops_vocab::SellerId;
use futures_lite::future::yield_now;
use serde_json::{Value, json};

/// What a store does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    WritesHalf,
    LastWriterWins,
    IgnoresReads,
    LooksBeforeItLocks,
    Unchecked,
    CountsRefused,
    SharedTimers,
    Unchained,
    OwnClock,
    Rounds,
    NeverClears,
    ForgetsTimers,
    WakesByName,
    Unbounded,
    ScansInclusive,
    ListsGhosts,
    FactsFirst,
    FirstFactWins,
    SharedFacts,
    ErasesNothing,
    ErasesEvents,
}

/// The in-memory journal with one fault.
pub(crate) struct Careless {
    inner: Arc<MemoryJournal>,
    fault: Fault,
    /// Partitions that somebody asked for.
    asked: Mutex<Vec<SellerId>>,
    erased: AtomicBool,
}

impl Careless {
    pub(crate) fn new(fault: Fault) -> Self {
        Self::over(Arc::new(MemoryJournal::new()), fault)
    }

    pub(crate) fn over(inner: Arc<MemoryJournal>, fault: Fault) -> Self {
        Self { inner, fault, asked: Mutex::default(), erased: AtomicBool::new(false) }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn limit(&self, limit: usize) -> usize {
        if self.is(Fault::Unbounded) { usize::MAX } else { limit }
    }

    fn seen(&self, mut events: Vec<Event>) -> Vec<Event> {
        if self.is(Fault::Unchained) {
            events.iter_mut().filter(|e| e.version > 1).for_each(|e| e.hash = EventHash::ZERO);
        }
        if self.is(Fault::ErasesEvents) && self.erased.load(Ordering::Relaxed) {
            events.clear();
        }
        events
    }

    /// The batch as the fault understands it.
    async fn misread(&self, partition: &SellerId, batch: &Batch) -> Batch {
        let at = match self.inner.last(partition).await.unwrap() {
            Some(last) if self.is(Fault::OwnClock) => last.at.max(batch.at()),
            _ => batch.at(),
        };
        let mut misread = Batch::new(at);
        for (stream, version) in batch.expected() {
            let written = batch.events().iter().any(|(name, _)| name == stream);
            let found = self.inner.head(partition, stream).await.unwrap().version;
            match self.fault {
                Fault::LastWriterWins => misread.expect(stream.clone(), found),
                Fault::IgnoresReads if !written => &mut misread,
                _ => misread.expect(stream.clone(), *version),
            };
        }
        for (stream, event) in batch.events() {
            misread.push(stream.clone(), self.misread_event(event));
        }
        for fact in batch.facts() {
            let first = batch.facts().iter().find(|f| (&f.subject, &f.name) == (&fact.subject, &fact.name));
            misread.fact(if self.is(Fault::FirstFactWins) { first.unwrap().clone() } else { fact.clone() });
        }
        misread
    }

    fn misread_event(&self, event: &NewEvent) -> NewEvent {
        let mut event = event.clone();
        if self.is(Fault::Rounds) {
            round(&mut event.data);
        }
        if let Some(data) = event.data.as_object_mut() {
            match self.fault {
                Fault::NeverClears if data.get(WAKE_AT) == Some(&Value::Null) => drop(data.remove(WAKE_AT)),
                Fault::ForgetsTimers => drop(data.entry(WAKE_AT).or_insert(Value::Null)),
                _ => {}
            }
        }
        event
    }

    /// What the fault still writes of a batch that was refused.
    async fn leftover(&self, partition: &SellerId, batch: &Batch) {
        let mut left = Batch::new(batch.at());
        if self.is(Fault::WritesHalf) {
            for (stream, event) in batch.events() {
                let found = self.inner.head(partition, stream).await.unwrap().version;
                if batch.expected().get(stream) == Some(&found) {
                    left.expect(stream.clone(), found).push(stream.clone(), event.clone());
                }
            }
        }
        if matches!(self.fault, Fault::CountsRefused | Fault::FactsFirst) {
            let lost = StreamId::new("case", "lost").unwrap();
            let version = self.inner.head(partition, &lost).await.unwrap().version;
            left.expect(lost.clone(), version).push(lost, NewEvent::new("lost", json!({})).unwrap());
            if self.is(Fault::FactsFirst) {
                for fact in batch.facts() {
                    left.fact(fact.clone());
                }
            }
        }
        let _ = self.inner.append(partition, &left).await;
    }
}

/// Through single precision and back, as a careless column type would.
fn round(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => *value = json!(number.as_f64().unwrap() as f32),
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Object(map) => map.values_mut().for_each(round),
        _ => {}
    }
}

#[async_trait]
impl Journal for Careless {
    async fn append(&self, partition: &SellerId, batch: &Batch) -> Result<Recorded, JournalError> {
        self.asked.lock().unwrap().push(partition.clone());
        if self.is(Fault::Unchecked) && batch.check().is_err() {
            return Ok(Recorded { events: vec![] });
        }
        if self.is(Fault::LooksBeforeItLocks) {
            for (stream, version) in batch.expected() {
                let found = self.inner.head(partition, stream).await?.version;
                if found != *version {
                    return Err(JournalError::conflict(stream, *version, found));
                }
            }
            yield_now().await;
            let mut now = Batch::new(batch.at());
            for stream in batch.expected().keys() {
                now.expect(stream.clone(), self.inner.head(partition, stream).await?.version);
            }
            for (stream, event) in batch.events() {
                now.push(stream.clone(), event.clone());
            }
            return self.inner.append(partition, &now).await;
        }
        let appended = match batch.check() {
            Ok(()) => self.inner.append(partition, &self.misread(partition, batch).await).await,
            Err(_) => self.inner.append(partition, batch).await,
        };
        if appended.as_ref().is_err_and(|error| error.kind() == JournalErrorKind::Conflict) {
            self.leftover(partition, batch).await;
        }
        appended.map(|recorded| Recorded { events: self.seen(recorded.events) })
    }

    async fn head(&self, partition: &SellerId, stream: &StreamId) -> Result<Head, JournalError> {
        self.inner.head(partition, stream).await
    }

    async fn read(
        &self,
        partition: &SellerId,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, JournalError> {
        Ok(self.seen(self.inner.read(partition, stream, after, self.limit(limit)).await?))
    }

    async fn scan(&self, partition: &SellerId, after: u64, limit: usize) -> Result<Vec<Event>, JournalError> {
        let after = if self.is(Fault::ScansInclusive) { after.saturating_sub(1) } else { after };
        Ok(self.seen(self.inner.scan(partition, after, self.limit(limit)).await?))
    }

    async fn due(
        &self,
        partition: &SellerId,
        until: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Wake>, JournalError> {
        let mut due = self.inner.due(partition, until, self.limit(limit)).await?;
        if self.is(Fault::SharedTimers) {
            due.clear();
            for partition in self.inner.partitions().await? {
                due.extend(self.inner.due(&partition, until, limit).await?);
            }
        }
        if self.is(Fault::WakesByName) {
            due.sort_by(|one, two| one.stream.cmp(&two.stream));
        }
        Ok(due)
    }

    async fn last(&self, partition: &SellerId) -> Result<Option<Event>, JournalError> {
        self.inner.last(partition).await
    }

    async fn partitions(&self) -> Result<Vec<SellerId>, JournalError> {
        let mut partitions = self.inner.partitions().await?;
        if self.is(Fault::ListsGhosts) {
            partitions.extend(self.asked.lock().unwrap().clone());
        }
        Ok(partitions)
    }
}

#[async_trait]
impl PersonStore for Careless {
    async fn facts(
        &self,
        partition: &SellerId,
        subject: &StreamId,
    ) -> Result<BTreeMap<String, String>, JournalError> {
        let mut facts = self.inner.facts(partition, subject).await?;
        if self.is(Fault::SharedFacts) {
            for partition in self.inner.partitions().await? {
                facts.extend(self.inner.facts(&partition, subject).await?);
            }
        }
        Ok(facts)
    }

    async fn erase(&self, partition: &SellerId, subjects: &[StreamId]) -> Result<u64, JournalError> {
        self.erased.store(true, Ordering::Relaxed);
        if !self.is(Fault::ErasesNothing) {
            return self.inner.erase(partition, subjects).await;
        }
        let mut said = 0;
        for subject in subjects {
            said += self.inner.facts(partition, subject).await?.len() as u64;
        }
        Ok(said)
    }
}
