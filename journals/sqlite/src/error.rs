use fixedops_connectors_traits::{JournalError, JournalErrorKind};
use rusqlite::{Error, ErrorCode};

/// What a caller can do about an error of SQLite met while `doing`.
pub(crate) fn journal_error(doing: &str, error: Error) -> JournalError {
    let kind = match &error {
        Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DiskFull => JournalErrorKind::Full,
            ErrorCode::DatabaseCorrupt => JournalErrorKind::Corrupt,
            ErrorCode::NotADatabase => JournalErrorKind::ForeignFormat,
            // Busy, locked, an I/O error, a file that went away or turned read-only: it may come back.
            _ => JournalErrorKind::Unavailable,
        },
        // A column that does not hold what was put in.
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::QueryReturnedNoRows => JournalErrorKind::Corrupt,
        _ => JournalErrorKind::Unavailable,
    };
    JournalError::new(kind, format!("{doing}: {error}")).caused_by(error)
}

/// A stored row that does not read back.
pub(crate) fn corrupt(what: &str, source: impl std::error::Error + Send + Sync + 'static) -> JournalError {
    JournalError::new(JournalErrorKind::Corrupt, format!("{what} does not read back: {source}"))
        .caused_by(source)
}
