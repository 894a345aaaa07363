//! The contract of the journal.

mod batch;
mod error;
mod event;
mod hash;
mod seal;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_vocab::SellerId;

pub use batch::{Batch, BatchFault, NewEvent};
pub use error::{JournalError, JournalErrorKind};
pub use event::{Event, EventType, StreamId, WAKE_AT};
pub use fixedops_vocab::chain::{EventHash, EventHashError, canonical_json, instant_text};
pub use hash::chain_hash;
pub(crate) use hash::hash_of_text;
pub use seal::{Sealed, SealedEvent};

/// Where a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Version of its last event; 0 for a stream that does not exist.
    pub version: u64,
    /// Hash of its last event; 32 zero bytes for a stream that does not exist.
    pub hash: EventHash,
    /// Its wake-up, if one is set.
    pub wake_at: Option<DateTime<Utc>>,
}

/// A wake-up that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wake {
    /// The stream to wake.
    pub stream: StreamId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What an append wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The events as they now stand, in the order of the batch.
    pub events: Vec<Event>,
}

/// The only truth: an append-only log of events, partitioned by seller, each event in one stream.
///
/// # Contract
///
/// - **Atomic**: of a batch, every event, wake-up and person fact is there, or none.
/// - **Guarded**: a batch is written if and only if every stream it names, written or only read, stands at the
///   version the batch expects; otherwise nothing changes and the error's kind is
///   [`JournalErrorKind::Conflict`]. Of two batches that expect the same version of a stream, one is refused.
/// - **Checked**: a batch that [`Batch::check`] finds fault with is refused ([`JournalErrorKind::Refused`]) and
///   changes nothing.
/// - **Gapless**: within a partition positions are 1, 2, 3, ... in the order of appending; within a stream versions
///   are. A refused batch uses up none. Partitions do not see each other.
/// - **Chained**: the hash of an event is [`chain_hash`] over the hash before it in its stream.
/// - **Faithful**: what is read is what was appended: type, `at` to the millisecond as the caller gave it, and data as
///   canonical JSON has them (2.0 reads as 2). A journal has no clock.
/// - **Wakes**: the wake-up of a stream is the [`WAKE_AT`] of its last event that has the key; `null` clears it.
///   `due` lists those at or before `until`, soonest first, ties by stream, never more than `limit`.
/// - **Ordered**: `read` gives the events of a stream after a version, oldest first; `scan` those of a partition
///   after a position; both never more than `limit`, and always some if there are any and `limit` is not 0.
/// - **Durable** (where the store claims it): an append that returned `Ok` survives a restart, with everything
///   before it; one that returned an error other than [`JournalErrorKind::Unavailable`] left no trace.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Appends `batch` to `partition`.
    async fn append(&self, partition: &SellerId, batch: &Batch) -> Result<Recorded, JournalError>;

    /// Where `stream` stands.
    async fn head(&self, partition: &SellerId, stream: &StreamId) -> Result<Head, JournalError>;

    /// Events of `stream` with versions greater than `after`.
    async fn read(
        &self,
        partition: &SellerId,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, JournalError>;

    /// Events of `partition` with positions greater than `after`.
    async fn scan(&self, partition: &SellerId, after: u64, limit: usize) -> Result<Vec<Event>, JournalError>;

    /// Wake-ups of `partition` at or before `until`.
    async fn due(
        &self,
        partition: &SellerId,
        until: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Wake>, JournalError>;

    /// The last event of `partition`.
    async fn last(&self, partition: &SellerId) -> Result<Option<Event>, JournalError>;

    /// Every partition that has an event, in order.
    async fn partitions(&self) -> Result<Vec<SellerId>, JournalError>;
}
