use core::fmt;
use std::error::Error;

use fixedops_connectors_traits::{Event, JournalError, JournalErrorKind};

/// What a caller can do about a [`LoopError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoopErrorKind {
    /// The journal did not do it: see its own kind.
    Journal(JournalErrorKind),
    /// Other writers were first again and again: try later.
    Contended,
    /// An event does not read back: a person must look.
    Corrupt,
    /// The input cannot be taken: its caller must put it right. Nothing was written.
    Refused,
}

/// Why the loop could not do its work. Names streams and positions, never a customer.
#[derive(Debug)]
pub struct LoopError {
    kind: LoopErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl LoopError {
    pub(crate) fn new(kind: LoopErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(LoopErrorKind::Refused, message)
    }

    pub(crate) fn unwritable(error: impl Error + Send + Sync + 'static) -> Self {
        Self {
            kind: LoopErrorKind::Refused,
            message: format!("value has no form in the journal: {error}"),
            source: Some(error.into()),
        }
    }

    pub(crate) fn unreadable(event: &Event, error: &serde_json::Error) -> Self {
        let Event { partition, position, stream, event_type, .. } = event;
        Self::new(
            LoopErrorKind::Corrupt,
            format!("{event_type} in {stream} at position {position} of {partition} does not read: {error}"),
        )
    }

    /// What the caller can do.
    #[must_use]
    pub const fn kind(&self) -> LoopErrorKind {
        self.kind
    }

    /// Whether another writer was first, so that the same may be tried again on what now stands.
    pub(crate) fn is_conflict(&self) -> bool {
        self.kind == LoopErrorKind::Journal(JournalErrorKind::Conflict)
    }
}

impl fmt::Display for LoopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for LoopError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|s| -> &(dyn Error + 'static) { s.as_ref() })
    }
}

impl From<JournalError> for LoopError {
    fn from(error: JournalError) -> Self {
        Self {
            kind: LoopErrorKind::Journal(error.kind()),
            message: error.to_string(),
            source: Some(error.into()),
        }
    }
}
