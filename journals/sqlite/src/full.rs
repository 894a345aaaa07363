//! A file that may not grow: what a full disk looks like to SQLite, without a disk.

use fixedops_connectors_traits::{Batch, Journal as _, JournalErrorKind, NewEvent, StreamId};
use fixedops_vocab::SellerId;
use futures_lite::future::block_on;
use serde_json::json;

use crate::SqliteJournal;

fn batch(version: u64) -> Batch {
    let mut batch = Batch::new("2026-03-02T15:00:00Z".parse().unwrap());
    let stream = StreamId::new("case", "a").unwrap();
    batch.expect(stream.clone(), version);
    for n in 0..20 {
        let data = json!({ "n": n, "text": "x".repeat(1_000) });
        batch.push(stream.clone(), NewEvent::new("case_noted", data).unwrap());
    }
    batch
}

#[test]
fn a_journal_that_cannot_grow_is_full_keeps_what_it_has_and_goes_on_with_room() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(folder.path().join("j.db")).unwrap();
    let seller: SellerId = "north".parse().unwrap();
    let allow = |pages: i64| {
        let connection = journal.connection();
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    };
    allow(60);
    let mut version = 0;
    let refused = loop {
        match block_on(journal.append(&seller, &batch(version))) {
            Ok(_) => version += 20,
            Err(error) => break error,
        }
        assert!(version < 10_000, "60 pages cannot hold this");
    };
    assert_eq!(refused.kind(), JournalErrorKind::Full, "{refused}");
    assert!(version > 0, "nothing fitted at all");

    let events = block_on(journal.scan(&seller, 0, usize::MAX)).unwrap();
    assert_eq!(events.len() as u64, version, "a part of the refused batch is there, or more is gone");
    allow(10_000);
    block_on(journal.append(&seller, &batch(version))).unwrap();
}
