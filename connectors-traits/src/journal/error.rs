use core::fmt;
use std::error::Error;

use crate::StreamId;

/// What a caller can do about a [`JournalError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalErrorKind {
    /// Another writer was first: read again, decide again, append again.
    Conflict,
    /// The store did not answer; whether the batch was written is not known: read the heads, then try again.
    Unavailable,
    /// The store has no room. Nothing was written; make room and try again.
    Full,
    /// The batch breaks a rule of [`crate::Batch::check`]: a fault of the caller.
    Refused,
    /// What is stored does not read back: a person must look.
    Corrupt,
    /// The store was written by a newer version of this software, or is not a journal at all. It was left untouched.
    ForeignFormat,
}

/// Why the journal did not do what was asked. Names streams, never a customer.
#[derive(Debug)]
pub struct JournalError {
    kind: JournalErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl JournalError {
    /// An error of `kind`; the message starts lower-case, without a full stop.
    pub fn new(kind: JournalErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// A version that moved.
    #[must_use]
    pub fn conflict(stream: &StreamId, expected: u64, found: u64) -> Self {
        let message = format!("stream {stream} stands at version {found}, not {expected}");
        Self::new(JournalErrorKind::Conflict, message)
    }

    /// The same, with what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the caller can do.
    #[must_use]
    pub const fn kind(&self) -> JournalErrorKind {
        self.kind
    }
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for JournalError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|s| -> &(dyn Error + 'static) { s.as_ref() })
    }
}
