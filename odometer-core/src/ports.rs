//! The storage contracts of this subject, for those who use the crate alone.
//!
//! Nothing here reaches a customer: a crossing is announced by vehicle, service and cycle, and no contact point passes
//! these doors.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_vocab::VehicleId;

use crate::{Assessment, Reading, Track};

/// How often a stored track was saved: 0 for one that is not there yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a count")]
pub struct Version(pub u64);

impl Version {
    /// Of a track that is not there yet.
    pub const NONE: Self = Self(0);
}

/// Durable home for readings. They are never changed or deleted: what is thought of them is judged anew.
///
/// # Contract
///
/// - A reading recorded twice (equal in every field) is there once.
/// - `known_at` returns every reading of the vehicle for which [`Reading::known_at`] holds, and no other, in the order
///   of [`Reading`] (by `read_at`, then `learned_at`).
/// - A record that returned `Ok` survives a restart.
#[async_trait]
pub trait ReadingLog: Send + Sync {
    /// Keeps a reading.
    async fn record(&self, vehicle: &VehicleId, reading: Reading) -> Result<(), StoreError>;

    /// What was known of a vehicle at `as_of`.
    async fn known_at(&self, vehicle: &VehicleId, as_of: DateTime<Utc>) -> Result<Vec<Reading>, StoreError>;
}

/// Durable home for track states.
///
/// # Contract
///
/// - `save` writes if and only if `expected` is the stored version; otherwise it changes nothing and fails with
///   [`StoreErrorKind::Conflict`]: so a batch of fixes folded twice counts once.
/// - `load` returns the track of the last successful save, equal in every bit.
/// - A save that returned `Ok` survives a restart: only then is the batch acknowledged.
#[async_trait]
pub trait TrackStore: Send + Sync {
    /// Reads a track and its version; `None` where there is none.
    async fn load(&self, vehicle: &VehicleId) -> Result<Option<(Track, Version)>, StoreError>;

    /// Writes a track over version `expected` and returns the new version.
    async fn save(
        &self,
        vehicle: &VehicleId,
        track: &Track,
        expected: Version,
    ) -> Result<Version, StoreError>;
}

/// Where crossings go: the work list, the case engine.
///
/// # Contract
///
/// - Its key is (vehicle, service, cycle): announcing the same crossing again changes nothing, whatever else the
///   assessment says.
/// - An assessment that has not crossed changes nothing.
#[async_trait]
pub trait CrossingSink: Send + Sync {
    /// Announces a crossing.
    async fn announce(&self, vehicle: &VehicleId, crossing: &Assessment) -> Result<(), StoreError>;
}

/// What a caller can do about a [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Another writer got there first: load, fold and save again.
    Conflict,
    /// The backend did not answer: try later.
    Unavailable,
    /// What is stored does not read back: a person must look.
    Corrupt,
}

impl core::fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Conflict => "another writer got there first",
            Self::Unavailable => "the store did not answer",
            Self::Corrupt => "what is stored does not read back",
        })
    }
}

/// A failure of a port.
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct StoreError {
    kind: StoreErrorKind,
    #[source]
    source: Option<Box<dyn core::error::Error + Send + Sync>>,
}

impl StoreError {
    /// A failure of that kind.
    #[must_use]
    pub const fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// A failure of that kind, and what it came from.
    #[must_use]
    pub fn with_source(
        kind: StoreErrorKind,
        source: impl Into<Box<dyn core::error::Error + Send + Sync>>,
    ) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}
