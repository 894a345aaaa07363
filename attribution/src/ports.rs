//! The storage contract of this subject, for those who use the crate alone.
//!
//! Nothing here reaches a customer: credits name orders, lines and triggers, and no contact point passes this door.

use async_trait::async_trait;
use fixedops_vocab::VehicleId;

use crate::{Change, Credit, ReceiptId};

/// How often a ledger was appended to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a count")]
pub struct Version(pub u64);

/// The credits of one vehicle that are in force, and where the ledger stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by every store, field by field")]
pub struct InForce {
    /// Assigned and not reversed, in the order they were assigned.
    pub credits: Vec<Credit>,
    /// The last receipt of the ledger, of whatever vehicle: what [`chain`](crate::chain) goes on from.
    pub head: Option<ReceiptId>,
    /// The version to append over.
    pub version: Version,
}

/// Durable home for credits and their receipts: one ledger, one chain.
///
/// # Contract
///
/// - `append` writes if and only if `expected` is the version of the whole ledger; otherwise it changes nothing and
///   fails with [`LedgerErrorKind::Conflict`]: so two writers never credit one line.
/// - The changes of one append are kept together or not at all, in the order given.
/// - The first assigned credit of an append names the ledger's head as the receipt before its own, each further one
///   the credit before it; otherwise nothing is changed and it fails with [`LedgerErrorKind::BrokenChain`].
/// - `in_force` holds every credit of the vehicle that was assigned and not reversed since, and no other.
/// - Receipts are never lost: `receipts` returns all of them, reversed ones too, in the order of their chain.
/// - An append that returned `Ok` survives a restart.
#[async_trait]
pub trait CreditLedger: Send + Sync {
    /// Reads what is in force for a vehicle.
    async fn in_force(&self, vehicle: &VehicleId) -> Result<InForce, LedgerError>;

    /// Appends changes that [`chain`](crate::chain) has put behind the head, and returns the new version.
    async fn append(&self, changes: &[Change], expected: Version) -> Result<Version, LedgerError>;

    /// Reads all receipts, for [`verify_chain`](crate::verify_chain).
    async fn receipts(&self) -> Result<Vec<crate::Receipt>, LedgerError>;
}

/// What a caller can do about a [`LedgerError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerErrorKind {
    /// Another writer got there first: read, assign, reconcile and append again.
    Conflict,
    /// The changes were not chained behind the ledger's head: chain them.
    BrokenChain,
    /// The backend did not answer: try later.
    Unavailable,
    /// What is stored does not read back: a person must look.
    Corrupt,
}

impl core::fmt::Display for LedgerErrorKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Conflict => "another writer got there first",
            Self::BrokenChain => "a receipt does not name the one before it",
            Self::Unavailable => "the ledger did not answer",
            Self::Corrupt => "what is stored does not read back",
        })
    }
}

/// A failure of a [`CreditLedger`].
#[derive(Debug, thiserror::Error)]
#[error("{kind}")]
pub struct LedgerError {
    kind: LedgerErrorKind,
    #[source]
    source: Option<Box<dyn core::error::Error + Send + Sync>>,
}

impl LedgerError {
    /// A failure of that kind.
    #[must_use]
    pub const fn new(kind: LedgerErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// A failure of that kind, and what it came from.
    #[must_use]
    pub fn with_source(
        kind: LedgerErrorKind,
        source: impl Into<Box<dyn core::error::Error + Send + Sync>>,
    ) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> LedgerErrorKind {
        self.kind
    }
}
