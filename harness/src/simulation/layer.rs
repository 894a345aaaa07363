//! A journal with something between it and whoever appends.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{Batch, Event, Head, Journal, JournalError, Recorded, StreamId, Wake};
use fixedops_vocab::SellerId;

/// What happens at an append.
#[async_trait]
pub trait OnAppend: Send + Sync {
    /// Appends to `inner`, or does not.
    async fn append(
        &self,
        inner: &dyn Journal,
        partition: &SellerId,
        batch: &Batch,
    ) -> Result<Recorded, JournalError>;
}

/// A journal whose appends go through `hook`; everything else is passed on.
pub struct Layer<H> {
    inner: Arc<dyn Journal>,
    /// What is between.
    pub hook: H,
}

impl<H: OnAppend> Layer<H> {
    /// Puts `hook` before `inner`.
    pub fn new(inner: Arc<dyn Journal>, hook: H) -> Self {
        Self { inner, hook }
    }
}

#[async_trait]
impl<H: OnAppend> Journal for Layer<H> {
    async fn append(&self, partition: &SellerId, batch: &Batch) -> Result<Recorded, JournalError> {
        self.hook.append(self.inner.as_ref(), partition, batch).await
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
