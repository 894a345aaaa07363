use core::fmt;

use fixedops_vocab::SellerId;

/// What is wrong with a journal file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The file could not be read on.
    Unreadable,
    /// The line is of a newer format: this version must not judge it.
    NewerFormat,
    /// The line is not an event: cut off, not JSON, a key missing or unknown, a value out of its rule.
    BrokenLine,
    /// The line is an event, but not written in its one form.
    NotCanonical,
    /// A position is missing before this line.
    Gap,
    /// The position was there already.
    Duplicate,
    /// The partition was there already, or belongs before another.
    OutOfOrder,
    /// The version does not follow the one before it in the stream.
    WrongVersion,
    /// The hash does not follow from the event and the hash before it in the stream.
    BrokenChain,
}

/// The first thing wrong with a journal file, and where. Every line before it is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFault {
    pub(super) kind: FaultKind,
    pub(super) line: u64,
    pub(super) place: Option<(SellerId, u64)>,
    pub(super) message: String,
}

impl FileFault {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// The line, from 1. The lines before it are good.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The partition of the event, where the line could be read.
    #[must_use]
    pub fn partition(&self) -> Option<&SellerId> {
        self.place.as_ref().map(|(partition, _)| partition)
    }

    /// The position of the event, where the line could be read.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        self.place.as_ref().map(|(_, position)| *position)
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some((partition, position)) = &self.place {
            write!(f, " (position {position} of {partition})")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for FileFault {}
