//! What is not a journal of this format is refused and left as it is, to the byte.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod common;

use std::path::Path;

use common::{batch, files, seller};
use fixedops_connectors_traits::{Journal, JournalErrorKind};
use fixedops_journal_sqlite::SqliteJournal;
use futures_lite::future::block_on;
use rusqlite::Connection;

/// Opens the file both ways, expects a refusal that says `says`, and no byte of the folder changed.
fn refused_untouched(folder: &Path, says: &str) {
    let before = files(folder);
    let path = folder.join("j.db");
    for opened in [SqliteJournal::open(&path), SqliteJournal::open_existing(&path)] {
        let refused = opened.unwrap_err();
        assert_eq!(refused.kind(), JournalErrorKind::ForeignFormat, "{refused}");
        assert!(refused.to_string().contains(says), "{refused}");
        assert_eq!(files(folder), before, "a refused file was touched");
    }
}

#[test]
fn a_file_that_is_not_sqlite_is_refused() {
    for content in [&b"{\"partition\":\"north\"}\n"[..], b"x", &[0; 4096]] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("j.db"), content).unwrap();
        refused_untouched(folder.path(), "is not a SQLite file");
    }
}

#[test]
fn a_sqlite_file_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let other = Connection::open(folder.path().join("j.db")).unwrap();
    other.execute_batch("CREATE TABLE customers (name TEXT)").unwrap();
    drop(other);
    refused_untouched(folder.path(), "of another program");
}

#[test]
fn a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(SqliteJournal::open(folder.path().join("j.db")).unwrap());
    let newer = Connection::open(folder.path().join("j.db")).unwrap();
    newer.pragma_update(None, "user_version", 2).unwrap();
    drop(newer);
    refused_untouched(folder.path(), "has format 2, and this version reads format 1");
}

#[test]
fn a_newer_format_that_stands_only_in_the_log_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j.db");
    drop(SqliteJournal::open(&path).unwrap());
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 2).unwrap();
    // As after a power cut: the header still says 1, the log says 2.
    let crashed = tempfile::tempdir().unwrap();
    for (name, bytes) in files(folder.path()) {
        if !name.ends_with("-shm") {
            std::fs::write(crashed.path().join(name), bytes).unwrap();
        }
    }
    let log_and_file = |files: Vec<(String, Vec<u8>)>| -> Vec<_> {
        files.into_iter().filter(|(name, _)| !name.ends_with("-shm")).collect()
    };
    let before = log_and_file(files(crashed.path()));
    assert_eq!(before.len(), 2, "a file and its log");
    let refused = SqliteJournal::open(crashed.path().join("j.db")).unwrap_err();
    assert_eq!(refused.kind(), JournalErrorKind::ForeignFormat, "{refused}");
    assert_eq!(log_and_file(files(crashed.path())), before, "a refused file or its log was touched");
}

#[test]
fn an_empty_file_becomes_a_journal_and_a_missing_one_only_where_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j.db");
    let missing = SqliteJournal::open_existing(&path).unwrap_err();
    assert_eq!(missing.kind(), JournalErrorKind::Unavailable);
    assert!(files(folder.path()).is_empty(), "asking for a journal made one");

    std::fs::write(&path, b"").unwrap();
    let journal = SqliteJournal::open(&path).unwrap();
    assert!(block_on(journal.append(&seller(), &batch("a", 0, 1))).is_ok());
}

#[test]
fn a_folder_that_is_not_there_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let refused = SqliteJournal::open(folder.path().join("none").join("j.db")).unwrap_err();
    assert_eq!(refused.kind(), JournalErrorKind::Unavailable);
}

#[test]
fn events_cannot_be_changed_or_deleted_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j.db");
    let journal = SqliteJournal::open(&path).unwrap();
    block_on(journal.append(&seller(), &batch("a", 0, 1))).unwrap();
    let by_hand = Connection::open(&path).unwrap();
    for sql in ["UPDATE event SET type = 'x'", "DELETE FROM event"] {
        let refused = by_hand.execute(sql, ()).unwrap_err();
        assert!(refused.to_string().contains("an event is never"), "{refused}");
    }
}

#[test]
fn a_row_that_does_not_read_back_is_corrupt_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j.db");
    let journal = SqliteJournal::open(&path).unwrap();
    block_on(journal.append(&seller(), &batch("a", 0, 2))).unwrap();
    let by_hand = Connection::open(&path).unwrap();
    by_hand
        .execute_batch("DROP TRIGGER event_is_never_changed; UPDATE event SET data = '{' WHERE position = 2")
        .unwrap();
    let refused = block_on(journal.scan(&seller(), 0, 10)).unwrap_err();
    assert_eq!(refused.kind(), JournalErrorKind::Corrupt);
    assert!(refused.to_string().contains("position 2 of north"), "{refused}");
}
