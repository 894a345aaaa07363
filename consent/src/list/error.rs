use chrono::NaiveDate;

use super::ListKind;

/// Why a stored list, or a stored list of changes, was refused. Nothing is answered from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// The bytes do not begin as one of ours: another file, or one that went through a text transfer.
    #[error("not a list: it begins with other bytes")]
    NotAList,
    /// Written by another version of this format.
    #[error("format version {found}; this program reads version {known}")]
    Version {
        /// Version in the file.
        found: u16,
        /// The version read here.
        known: u16,
    },
    /// The file ends too early.
    #[error("truncated: {have} bytes of {needed}")]
    Truncated {
        /// Bytes there are.
        have: u64,
        /// Bytes the header speaks of.
        needed: u64,
    },
    /// There is something behind the end.
    #[error("{extra} bytes too many behind the {needed} of the list")]
    TooLong {
        /// Bytes behind the end.
        extra: u64,
        /// Bytes the header speaks of.
        needed: u64,
    },
    /// A checksum is not that of the bytes: a bit was lost on the way.
    #[error("corrupt: the checksum of the {part} is {found:08x}, not {stored:08x}")]
    Checksum {
        /// What it covers: `header` or `body`.
        part: &'static str,
        /// That of the bytes.
        found: u32,
        /// The one that was written.
        stored: u32,
    },
    /// The checksums hold, and yet the content is no list: it was written by something else.
    #[error("corrupt: {field} is {value}")]
    Content {
        /// What contradicts the rest.
        field: &'static str,
        /// Its value, or its place.
        value: u64,
    },
    /// Another list than the one that was asked for.
    #[error("kind is {found}, not {expected}")]
    Kind {
        /// Kind of the list.
        found: ListKind,
        /// The kind asked for.
        expected: ListKind,
    },
    /// The list is older than the caller allows.
    #[error("stale: as of {as_of} it is {age_days} days old on {today}, more than {max_age_days}")]
    Stale {
        /// The list's date.
        as_of: NaiveDate,
        /// The day it was to be used.
        today: NaiveDate,
        /// Days between the two.
        age_days: u32,
        /// Days allowed.
        max_age_days: u32,
    },
    /// The list's date lies ahead.
    #[error("dated ahead: as of {as_of}, and today is {today}")]
    Future {
        /// The list's date.
        as_of: NaiveDate,
        /// The day it was to be used.
        today: NaiveDate,
    },
}
