//! The storage contract of this subject, for those who use the crate alone.
//!
//! Nothing here reaches a customer: the outbound side is the [`Command`](crate::Command)s of a saved
//! [`Transition`], and no contact point passes this door.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_vocab::CaseId;

use crate::{Case, Transition};

/// How often a stored case was saved: 0 for one that is not there yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a count")]
pub struct Version(pub u64);

impl Version {
    /// Of a case that is not there yet.
    pub const NONE: Self = Self(0);
}

/// Durable home for cases and what they command.
///
/// # Contract
///
/// - `save` writes if and only if `expected` is the stored version; otherwise it changes nothing and fails with
///   [`StoreErrorKind::Conflict`].
/// - The case and the commands of a transition are saved together or not at all; commands come out of the store's
///   outbox in the order they went in.
/// - `due` returns every open case whose alarm is at or before `now`, soonest first, ties by id, and never more than
///   `limit`.
/// - A save that returned `Ok` survives a restart.
#[async_trait]
pub trait CaseStore: Send + Sync {
    /// Reads a case and its version; `None` where there is none.
    async fn load(&self, id: &CaseId) -> Result<Option<(Case, Version)>, StoreError>;

    /// Writes a transition over version `expected` and returns the new version.
    async fn save(
        &self,
        id: &CaseId,
        transition: &Transition,
        expected: Version,
    ) -> Result<Version, StoreError>;

    /// Lists cases whose alarm has passed.
    async fn due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<CaseId>, StoreError>;
}

/// What a caller can do about a [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Another writer got there first: load, step and save again.
    Conflict,
    /// The backend did not answer: try later.
    Unavailable,
    /// A stored case does not read back: a person must look.
    Corrupt,
}

impl core::fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Conflict => "another writer got there first",
            Self::Unavailable => "the store did not answer",
            Self::Corrupt => "a stored case does not read back",
        })
    }
}

/// A failure of a [`CaseStore`].
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
