//! Whatever is appended, in whatever order: the SQLite journal answers as the reference in memory does.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{
    Batch, Journal, MemoryJournal, NewEvent, PersonFact, PersonStore, StreamId,
};
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_vocab::SellerId;
use futures_lite::future::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};

const SELLERS: [&str; 2] = ["north", "south"];

fn stream(n: usize) -> StreamId {
    StreamId::new("case", n).unwrap()
}

fn noon() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

/// What is tried: to append a batch, or to erase a person.
#[derive(Clone, Debug)]
enum Try {
    /// Seller, and for each event its stream, how far the expected version is off, the wake-up (in seconds; `None` says
    /// nothing, `Some(None)` clears).
    Append(usize, Vec<(usize, i64, Option<Option<i64>>)>),
    Erase(usize, usize),
}

fn any_try() -> impl Strategy<Value = Try> {
    let off = prop_oneof![9 => Just(0), 1 => -1..3_i64];
    let event = (0..4_usize, off, prop::option::of(prop::option::of(-100..100_i64)));
    prop_oneof![
        9 => (0..2_usize, prop::collection::vec(event, 0..5)).prop_map(|(seller, events)| Try::Append(seller, events)),
        1 => (0..2_usize, 0..4_usize).prop_map(|(seller, person)| Try::Erase(seller, person)),
    ]
}

fn batch(journal: &dyn Journal, seller: &SellerId, events: &[(usize, i64, Option<Option<i64>>)]) -> Batch {
    let mut batch = Batch::new(noon());
    for (n, off, wake) in events {
        let version = block_on(journal.head(seller, &stream(*n))).unwrap().version;
        batch.expect(stream(*n), version.saturating_add_signed(*off));
        let mut data = json!({ "n": n, "half": 0.5 });
        if let Some(wake) = wake {
            let at = wake.map(|seconds| (noon() + TimeDelta::milliseconds(seconds * 500)).to_rfc3339());
            data["wake_at"] = at.map_or(Value::Null, Value::from);
        }
        batch.push(stream(*n), NewEvent::new("case_noted", data).unwrap());
        batch.fact(PersonFact { subject: stream(*n), name: "name".to_owned(), value: format!("{wake:?}") });
    }
    batch
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn sqlite_answers_as_memory_does(tries in prop::collection::vec(any_try(), 1..25)) {
        let folder = tempfile::tempdir().unwrap();
        let (memory, sqlite) = (MemoryJournal::new(), SqliteJournal::open(folder.path().join("j.db")).unwrap());
        let sellers = SELLERS.map(|seller| seller.parse::<SellerId>().unwrap());
        for attempt in &tries {
            match attempt {
                Try::Append(seller, events) => {
                    let batch = batch(&memory, &sellers[*seller], events);
                    let one = block_on(memory.append(&sellers[*seller], &batch));
                    let two = block_on(sqlite.append(&sellers[*seller], &batch));
                    let kinds = (one.as_ref().err().map(|e| e.kind()), two.as_ref().err().map(|e| e.kind()));
                    prop_assert_eq!(kinds.0, kinds.1);
                    prop_assert_eq!(one.ok(), two.ok());
                }
                Try::Erase(seller, person) => {
                    let persons = [stream(*person)];
                    let one = block_on(memory.erase(&sellers[*seller], &persons)).unwrap();
                    prop_assert_eq!(one, block_on(sqlite.erase(&sellers[*seller], &persons)).unwrap());
                }
            }
        }
        for seller in &sellers {
            let all = |journal: &dyn Journal| block_on(journal.scan(seller, 0, 1_000)).unwrap();
            prop_assert_eq!(all(&memory), all(&sqlite));
            let due = |journal: &dyn Journal| block_on(journal.due(seller, noon(), 3)).unwrap();
            prop_assert_eq!(due(&memory), due(&sqlite));
            for n in 0..4 {
                let head = |journal: &dyn Journal| block_on(journal.head(seller, &stream(n))).unwrap();
                prop_assert_eq!(head(&memory), head(&sqlite));
                let facts = |persons: &dyn PersonStore| block_on(persons.facts(seller, &stream(n))).unwrap();
                prop_assert_eq!(facts(&memory), facts(&sqlite));
            }
        }
        let partitions = |journal: &dyn Journal| block_on(journal.partitions()).unwrap();
        prop_assert_eq!(partitions(&memory), partitions(&sqlite));
    }
}
