use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::{ConnectorError, DmsWriter, IdempotencyKey, WriteBack, WriteBackOutcome};

/// A DMS that takes every write-back and keeps it, each key once.
#[derive(Debug, Default)]
pub struct MemoryWriter {
    written: Mutex<BTreeMap<IdempotencyKey, WriteBack>>,
}

impl MemoryWriter {
    /// A DMS to which nothing was written.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written, by key.
    #[must_use]
    pub fn written(&self) -> BTreeMap<IdempotencyKey, WriteBack> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IdempotencyKey, WriteBack>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl DmsWriter for MemoryWriter {
    async fn write_back(&self, write_back: &WriteBack) -> Result<WriteBackOutcome, ConnectorError> {
        self.lock().entry(write_back.key.clone()).or_insert_with(|| write_back.clone());
        Ok(WriteBackOutcome::Confirmed)
    }
}
