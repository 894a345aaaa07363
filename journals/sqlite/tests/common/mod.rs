//! What several tests need.

use std::path::Path;

use fixedops_connectors_traits::file::Chain;
use fixedops_connectors_traits::{Batch, Event, Journal, NewEvent, StreamId};
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_vocab::SellerId;
use futures_lite::future::block_on;
use serde_json::json;

pub(crate) fn seller() -> SellerId {
    "north".parse().unwrap()
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new("case", name).unwrap()
}

/// A batch of `size` events at the end of `name`, which stands at `version`.
pub(crate) fn batch(name: &str, version: u64, size: u64) -> Batch {
    let mut batch = Batch::new("2026-03-02T15:00:00Z".parse().unwrap());
    batch.expect(stream(name), version);
    for n in 0..size {
        let data = json!({ "n": n, "of": size, "text": "x".repeat(200) });
        batch.push(stream(name), NewEvent::new("case_noted", data).unwrap());
    }
    batch
}

/// Every event of the journal at `path`, after its chain was checked.
#[allow(dead_code, reason = "not every test file reads")]
pub(crate) fn checked(path: &Path) -> Vec<Event> {
    let journal = SqliteJournal::open_existing(path).unwrap();
    let events = block_on(journal.scan(&seller(), 0, usize::MAX)).unwrap();
    let mut chain = Chain::new();
    events.iter().for_each(|event| chain.follow(event).unwrap());
    events
}

/// The names and bytes of all files in a folder.
#[allow(dead_code, reason = "not every test file looks")]
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}
