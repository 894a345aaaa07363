use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_vocab::{ContactHash, ProgramId, TouchKey};

use crate::{Consent, ContactFacts, FindingRecord, ReadVersions, Revocation};

/// One entry of a contact's consent ledger. No entry holds a number, an address or a message text of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerEntry {
    /// A consent was given.
    Granted(Consent),
    /// A revocation was received.
    Revoked(Revocation),
    /// A message was cleared: the touch, its programme, and every finding of the decision.
    Cleared {
        /// The touch.
        key: TouchKey,
        /// Its programme.
        program: ProgramId,
        /// What was found.
        findings: Vec<FindingRecord>,
    },
}

/// Where consents and revocations are kept.
///
/// # Contract
///
/// - `facts` returns everything appended so far that bears on the contact, with the versions it was read at.
/// - `append` adds the entry if and only if all three versions are still those; otherwise it changes nothing and fails
///   with [`LedgerErrorKind::Conflict`]: read and decide anew.
/// - An append that returned `Ok` survives a restart, and no entry is ever changed or removed.
#[async_trait]
pub trait ConsentLedger: Send + Sync {
    /// What is known about a contact, and the versions it was read at.
    async fn facts(&self, contact: ContactHash) -> Result<(ContactFacts, ReadVersions), LedgerError>;

    /// Appends one entry at `at`, provided that nothing has moved since `read`.
    async fn append(
        &self,
        contact: ContactHash,
        entry: LedgerEntry,
        read: ReadVersions,
        at: DateTime<Utc>,
    ) -> Result<(), LedgerError>;
}

/// What a caller can do about a [`LedgerError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerErrorKind {
    /// Something was appended in between: read and decide anew.
    Conflict,
    /// The store did not answer: try later.
    Unavailable,
    /// A stored entry does not read back: a person must look.
    Corrupt,
}

/// Why a ledger could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("consent ledger: {kind:?}")]
pub struct LedgerError {
    kind: LedgerErrorKind,
    source: Option<Box<dyn core::error::Error + Send + Sync>>,
}

impl LedgerError {
    /// An error of that kind, with what caused it.
    #[must_use]
    pub fn new(kind: LedgerErrorKind, source: Option<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        Self { kind, source }
    }
    /// What to do about it.
    #[must_use]
    pub const fn kind(&self) -> LedgerErrorKind {
        self.kind
    }
}
