use core::fmt;
use std::error::Error;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a caller can do about a [`ConnectorError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectorErrorKind {
    /// The other side did not answer, or asked to wait: try again, not before the instant if one is given.
    TryLater(Option<DateTime<Utc>>),
    /// The other side understood and said no: trying again will not help.
    Refused,
    /// The credentials were not accepted: a person must renew them.
    Unauthorized,
    /// The answer does not read: a person must look.
    Unreadable,
}

/// Why an outside system did not do what was asked.
#[derive(Debug)]
pub struct ConnectorError {
    kind: ConnectorErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ConnectorError {
    /// An error of `kind`; the message starts lower-case and names no customer.
    pub fn new(kind: ConnectorErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same, with what caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the caller can do.
    #[must_use]
    pub const fn kind(&self) -> ConnectorErrorKind {
        self.kind
    }
}

impl fmt::Display for ConnectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ConnectorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|s| -> &(dyn Error + 'static) { s.as_ref() })
    }
}

/// A key under which the other side does a thing at most once: the same key again is answered as the first time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(pub String);

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
