//! The SQLite journal keeps every promise of the contract.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use fixedops_connectors_traits::conformance::Store;
use fixedops_connectors_traits::{durable_journal_conformance, journal_conformance};
use fixedops_journal_sqlite::SqliteJournal;
use futures_lite::future::block_on;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

mod journal {
    use super::*;
    journal_conformance!(SqliteJournal::open(folder().path().join("j.db")).unwrap(), block_on);
}

mod restart {
    use super::*;
    durable_journal_conformance!(
        {
            let folder = folder();
            move || Box::new(SqliteJournal::open(folder.path().join("j.db")).unwrap()) as Box<dyn Store>
        },
        block_on
    );
}
