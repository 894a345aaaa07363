use std::path::Path;

use fixedops_connectors_traits::JournalError;
use fixedops_journal_sqlite::SqliteJournal;

use crate::outcome::CommandError;

/// The path of a store as it is given on the command line: a path, or sqlite:PATH.
pub fn path(store: &str) -> Result<&Path, CommandError> {
    if store.starts_with("postgres:") || store.starts_with("postgresql:") {
        return Err(CommandError::usage(
            "stores on PostgreSQL are not there yet: give a path, or sqlite:PATH",
        ));
    }
    match store.strip_prefix("sqlite:").unwrap_or(store) {
        "" => Err(CommandError::usage("the store is empty: give a path, or sqlite:PATH")),
        path => Ok(Path::new(path)),
    }
}

/// Opens a store that must be there.
pub fn open_existing(store: &str) -> Result<SqliteJournal, CommandError> {
    SqliteJournal::open_existing(path(store)?).map_err(failed)
}

/// Opens a store; makes one where there is none.
pub fn open(store: &str) -> Result<SqliteJournal, CommandError> {
    SqliteJournal::open(path(store)?).map_err(failed)
}

fn failed(error: JournalError) -> CommandError {
    CommandError::failed(error.to_string())
}
