//! A journal that remembers what was appended, for the world to answer to.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{Batch, Event, Head, Journal, JournalError, Recorded, StreamId, Wake};
use fixedops_vocab::SellerId;

/// Passes everything on, and keeps the events of one partition until they are taken.
pub struct Watched {
    inner: Arc<dyn Journal>,
    partition: SellerId,
    appended: Mutex<Vec<Event>>,
}

impl Watched {
    /// Watches `partition` of `inner`.
    pub fn new(inner: Arc<dyn Journal>, partition: SellerId) -> Self {
        Self { inner, partition, appended: Mutex::default() }
    }

    /// What was appended since this was asked last.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.appended.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Journal for Watched {
    async fn append(&self, partition: &SellerId, batch: &Batch) -> Result<Recorded, JournalError> {
        let recorded = self.inner.append(partition, batch).await?;
        if *partition == self.partition {
            let mut appended = self.appended.lock().unwrap_or_else(PoisonError::into_inner);
            appended.extend(recorded.events.iter().cloned());
        }
        Ok(recorded)
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
        self.inner.read(partition, stream, after, limit).await
    }

    async fn scan(&self, partition: &SellerId, after: u64, limit: usize) -> Result<Vec<Event>, JournalError> {
        self.inner.scan(partition, after, limit).await
    }

    async fn due(
        &self,
        partition: &SellerId,
        until: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Wake>, JournalError> {
        self.inner.due(partition, until, limit).await
    }

    async fn last(&self, partition: &SellerId) -> Result<Option<Event>, JournalError> {
        self.inner.last(partition).await
    }

    async fn partitions(&self) -> Result<Vec<SellerId>, JournalError> {
        self.inner.partitions().await
    }
}
