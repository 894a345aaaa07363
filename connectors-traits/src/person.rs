use core::fmt;
use std::collections::BTreeMap;

use async_trait::async_trait;
use fixedops_vocab::SellerId;

use crate::{JournalError, StreamId};

/// A fact about a person: his name, his number, what he wrote. Saved with the batch that speaks of it, kept apart
/// from the events, erasable.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonFact {
    /// The stream whose person it is about (`person/...`, `contact/...`).
    pub subject: StreamId,
    /// What it is: `first_name`, `phone`, `reply/<id>`, ...
    pub name: String,
    /// The value. Customer data.
    pub value: String,
}

impl fmt::Debug for PersonFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonFact({} {}: ***)", self.subject, self.name)
    }
}

/// Where names, numbers, addresses and message texts lie.
///
/// # Contract
///
/// - **Atomic**: facts come in with [`crate::Batch::fact`] and are there if and only if the batch's events are.
/// - **Last wins**: a fact of the same subject and name replaces the earlier one.
/// - **Apart**: facts of one partition or subject are never seen under another.
/// - **Erased**: after `erase` returned `Ok`, no fact of those subjects is left, and the journal is as it was: the
///   chain verifies, the keyed hashes still deny.
#[async_trait]
pub trait PersonStore: Send + Sync {
    /// Every fact about `subject`, by name. Empty if there is none.
    async fn facts(
        &self,
        partition: &SellerId,
        subject: &StreamId,
    ) -> Result<BTreeMap<String, String>, JournalError>;

    /// Erases every fact about `subjects`, all or none, and says how many there were.
    async fn erase(&self, partition: &SellerId, subjects: &[StreamId]) -> Result<u64, JournalError>;
}
