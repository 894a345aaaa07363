use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use fixedops_connectors_traits::{JournalError, JournalErrorKind};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::SqliteJournal;
use crate::error::journal_error;

/// What the file says it is, in SQLite's `application_id`: "FxOp".
const APPLICATION_ID: i32 = 0x4678_4F70;
/// The format of the tables, in SQLite's `user_version`.
const FORMAT: i32 = 1;
/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long an opening rests that found the file busy.
const OPEN_AGAIN: Duration = Duration::from_millis(10);

/// Pages of 4 KiB that the log holds before it is folded into the file: the same page is then written once for many
/// batches, and the log stays at 16 MiB.
const LOG_PAGES: i32 = 4_000;

/// The tables of format 1. Events are only ever inserted; everything in `stream` can be rebuilt from them.
const TABLES: &str = include_str!("tables.sql");

impl SqliteJournal {
    /// Opens the journal at `path`; makes one where there is nothing.
    ///
    /// # Errors
    /// [`JournalErrorKind::ForeignFormat`] where the file is of a newer format or no journal (it is left as it is),
    /// [`JournalErrorKind::Unavailable`] where it cannot be opened, [`JournalErrorKind::Full`] where it cannot grow.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        Self::open_with(path.as_ref(), OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Opens the journal at `path`, which must be there.
    ///
    /// # Errors
    /// As [`SqliteJournal::open`], and [`JournalErrorKind::Unavailable`] where there is no file.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let path = path.as_ref();
        if !path.exists() {
            let message = format!("no journal at {}", path.display());
            return Err(JournalError::new(JournalErrorKind::Unavailable, message));
        }
        Self::open_with(path, OpenFlags::empty())
    }

    /// SQLite's own patience does not cover the moment in which another process makes the file or turns its log on:
    /// there it says "busy" at once, and the opening begins anew.
    fn open_with(path: &Path, create: OpenFlags) -> Result<Self, JournalError> {
        let mut waited = Duration::ZERO;
        loop {
            match Self::open_once(path, create) {
                Err(error) if is_busy(&error) && waited < PATIENCE => {
                    std::thread::sleep(OPEN_AGAIN);
                    waited += OPEN_AGAIN;
                }
                answer => return answer,
            }
        }
    }

    fn open_once(path: &Path, create: OpenFlags) -> Result<Self, JournalError> {
        check_header(path)?;
        let doing = format!("opening {}", path.display());
        let connection = connect(path, create).map_err(|error| journal_error(&doing, error))?;
        let mut connection = admit(connection, path, &doing)?;
        prepare(&mut connection).map_err(|error| journal_error(&doing, error))?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }
}

fn is_busy(error: &JournalError) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<rusqlite::Error>());
    cause.and_then(rusqlite::Error::sqlite_error_code) == Some(rusqlite::ErrorCode::DatabaseBusy)
}

/// Looks at the first 100 bytes before SQLite does, so that a foreign file is not touched at all.
fn check_header(path: &Path) -> Result<(), JournalError> {
    let mut header = [0; 100];
    let unavailable = |error: io::Error| {
        let message = format!("opening {}: {error}", path.display());
        JournalError::new(JournalErrorKind::Unavailable, message).caused_by(error)
    };
    let read = match File::open(path) {
        Ok(mut file) => fill(&mut file, &mut header).map_err(unavailable)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(unavailable(error)),
    };
    match read {
        0 => Ok(()),
        100 if header.starts_with(b"SQLite format 3\0") => {
            let [.., v0, v1, v2, v3, _, _, _, _, a0, a1, a2, a3] =
                header.first_chunk::<72>().unwrap_or(&[0; 72]);
            judge(path, i32::from_be_bytes([*a0, *a1, *a2, *a3]), i32::from_be_bytes([*v0, *v1, *v2, *v3]))
        }
        _ => Err(foreign(path, "is not a SQLite file")),
    }
}

fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn judge(path: &Path, application_id: i32, format: i32) -> Result<(), JournalError> {
    if application_id != APPLICATION_ID {
        return Err(foreign(path, "is a SQLite file of another program"));
    }
    if format != FORMAT {
        let is = format!("has format {format}, and this version reads format {FORMAT}");
        return Err(foreign(path, &is));
    }
    Ok(())
}

fn foreign(path: &Path, is: &str) -> JournalError {
    let message = format!("{} {is}; it was left as it is", path.display());
    JournalError::new(JournalErrorKind::ForeignFormat, message)
}

fn connect(path: &Path, create: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // Until the format is known, closing must not fold the write-ahead log into the file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(connection)
}

/// Reads format and owner again through SQLite (a log beside the file may know better than its header), and makes
/// the tables in an empty file.
fn admit(mut connection: Connection, path: &Path, doing: &str) -> Result<Connection, JournalError> {
    let failed = |error| journal_error(doing, error);
    // One look, not three: another process may be making the tables right now.
    let look = connection.transaction().map_err(failed)?;
    let (id, format, tables) = identity(&look).map_err(failed)?;
    drop(look);
    if (id, format, tables) != (0, 0, 0) {
        judge(path, id, format)?;
        return Ok(connection);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(failed)?;
    // Another process may have been first.
    let (id, format, tables) = identity(&transaction).map_err(failed)?;
    if (id, format, tables) == (0, 0, 0) {
        transaction.execute_batch(TABLES).map_err(failed)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
        transaction.pragma_update(None, "user_version", FORMAT).map_err(failed)?;
        transaction.commit().map_err(failed)?;
    } else {
        drop(transaction);
        judge(path, id, format)?;
    }
    Ok(connection)
}

fn identity(connection: &Connection) -> rusqlite::Result<(i32, i32, i64)> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    Ok((pragma("application_id")?, pragma("user_version")?, tables))
}

/// How it is run: a write-ahead log, synced at every commit, erased rows overwritten.
fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        let message = "this file system cannot hold a write-ahead log".to_owned();
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
            Some(message),
        ));
    }
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", LOG_PAGES, |_| Ok(()))?;
    // A statement is planned once. Without this SQLite plans every `LIMIT ?` anew at each call, which was a fifth of
    // all work of a run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}
