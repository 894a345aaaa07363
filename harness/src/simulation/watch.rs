//! A journal that remembers what was appended, for the world to answer to.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use fixedops_connectors_traits::{Batch, Event, Journal, JournalError, Recorded};
use fixedops_vocab::SellerId;

use super::layer::{Layer, OnAppend};

/// A journal that is watched.
pub type Watched = Layer<Watch>;

/// Keeps the events of one partition until they are taken.
pub struct Watch {
    partition: SellerId,
    appended: Mutex<Vec<Event>>,
}

impl Watch {
    /// Watches `partition`.
    pub fn new(partition: SellerId) -> Self {
        Self { partition, appended: Mutex::default() }
    }

    /// What was appended since this was asked last.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.appended.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl OnAppend for Watch {
    async fn append(
        &self,
        inner: &dyn Journal,
        partition: &SellerId,
        batch: &Batch,
    ) -> Result<Recorded, JournalError> {
        let recorded = inner.append(partition, batch).await?;
        if *partition == self.partition {
            let mut appended = self.appended.lock().unwrap_or_else(PoisonError::into_inner);
            appended.extend(recorded.events.iter().cloned());
        }
        Ok(recorded)
    }
}
