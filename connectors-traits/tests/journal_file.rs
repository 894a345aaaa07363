//! The journal file: one form, every fault named with its line, nothing panics.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use std::io::BufReader;

use fixedops_connectors_traits::file::{
    FaultKind, FileFault, JournalReader, TransferError, decode_line, encode_line, export, import, verify,
};
use fixedops_connectors_traits::{Batch, Event, Journal, MemoryJournal, NewEvent, StreamId};
use fixedops_vocab::SellerId;
use futures_lite::future::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Written by a few lines of Python (hashlib and json), not by this crate: see docs/journal.md.
const WORKED_EXAMPLE: &str = include_str!("../testdata/worked_example.jsonl");

fn lines() -> Vec<&'static str> {
    WORKED_EXAMPLE.lines().collect()
}

fn fault_of(text: impl AsRef<[u8]>) -> FileFault {
    verify(text.as_ref()).unwrap_err()
}

#[test]
fn a_journal_that_a_stranger_computed_verifies() {
    let found = verify(WORKED_EXAMPLE.as_bytes()).unwrap();
    assert_eq!((found.events, found.breach_count), (3, 0), "{:?}", found.breaches);
}

#[test]
fn a_line_has_one_form_and_reads_back() {
    for line in lines() {
        assert_eq!(encode_line(&decode_line(line).unwrap()).unwrap(), line);
    }
}

#[test]
fn every_fault_is_named_with_its_line() {
    let [one, two, three] = lines().try_into().unwrap();
    let join = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let changed = two.replace("0.93", "0.94");
    let newer = r#"{"format":2,"partition":"main-street"}"#;
    let other_partition = one.replace("main-street", "a-street");
    let spaced = two.replace(":2,", ": 2,");
    let reordered = r#"{"position":1,"partition":"main-street"}"#;
    let extra = one.replace(r#""hash""#, r#""extra":1,"hash""#);
    let offset = two.replace("250Z", "250+00:00");
    let wrong_version = two.replace(r#""version":2"#, r#""version":3"#);
    let bad_hash = one.replace(r#""hash":""#, r#""hash":"zz"#);
    for (case, text, kind, line, says) in [
        ("a missing event", join(&[one, three]), FaultKind::Gap, 2, "expected 2"),
        ("a missing beginning", join(&[two, three]), FaultKind::Gap, 1, "expected 1"),
        ("an event twice", join(&[one, two, two]), FaultKind::Duplicate, 3, "expected 3"),
        ("a changed event", join(&[one, &changed, three]), FaultKind::BrokenChain, 2, "version 2"),
        ("a version left out", join(&[one, &wrong_version]), FaultKind::WrongVersion, 2, "version 3"),
        ("a partition out of order", join(&[one, &other_partition]), FaultKind::OutOfOrder, 2, "a-street"),
        ("a newer format", join(&[newer, one]), FaultKind::NewerFormat, 1, "format 2"),
        ("a newer format further on", join(&[one, newer]), FaultKind::NewerFormat, 2, "format 2"),
        ("white space", join(&[one, &spaced]), FaultKind::NotCanonical, 2, "one form"),
        ("another way to write UTC", join(&[one, &offset]), FaultKind::NotCanonical, 2, "one form"),
        ("keys missing", join(&[reordered]), FaultKind::BrokenLine, 1, "missing field"),
        ("a key too many", join(&[&extra]), FaultKind::BrokenLine, 1, "extra"),
        ("a hash that is none", join(&[&bad_hash]), FaultKind::BrokenLine, 1, "hash"),
        ("an empty line", join(&[one, "", two]), FaultKind::BrokenLine, 2, "empty"),
        ("not JSON", join(&["hello"]), FaultKind::BrokenLine, 1, "not an event"),
        ("CR LF", WORKED_EXAMPLE.replace('\n', "\r\n"), FaultKind::NotCanonical, 1, "CR LF"),
        (
            "a byte order mark",
            format!("\u{feff}{WORKED_EXAMPLE}"),
            FaultKind::NotCanonical,
            1,
            "byte order mark",
        ),
        ("cut off", WORKED_EXAMPLE.trim_end().to_owned(), FaultKind::BrokenLine, 3, "cut off"),
    ] {
        let fault = fault_of(&text);
        assert_eq!((fault.kind(), fault.line()), (kind, line), "{case}: {fault}");
        assert!(fault.to_string().contains(says), "{case}: {fault}");
    }
    assert_eq!(fault_of(b"\xff\xfe\n").kind(), FaultKind::BrokenLine);
    assert_eq!(fault_of("[".repeat(200_000) + "\n").kind(), FaultKind::BrokenLine);
}

#[test]
fn a_fault_names_partition_and_position_where_the_line_reads() {
    let [one, _, three] = lines().try_into().unwrap();
    let fault = fault_of(format!("{one}\n{three}\n"));
    assert_eq!(fault.partition().map(SellerId::as_str), Some("main-street"));
    assert_eq!(fault.to_string(), "line 2 (position 3 of main-street): position 3 leaves a gap: expected 2");
}

#[test]
fn the_reader_knows_how_much_is_good_and_stops_at_the_fault() {
    let [one, two, three] = lines().try_into().unwrap();
    let text = format!("{one}\n{two}\nbroken\n{three}\n");
    let mut reader = JournalReader::new(text.as_bytes());
    assert_eq!(reader.by_ref().filter(Result::is_ok).count(), 2);
    assert_eq!(reader.good_bytes(), (one.len() + two.len() + 2) as u64);
    assert!(reader.next().is_none());
}

#[test]
fn a_line_without_end_does_not_fill_the_memory() {
    let endless = BufReader::new(std::io::repeat(b'x'));
    let fault = verify(endless).unwrap_err();
    assert_eq!(fault.to_string(), "line 1: longer than 16 MiB");
}

#[test]
fn an_empty_file_is_an_empty_journal() {
    assert_eq!(verify(&b""[..]).unwrap().events, 0);
}

async fn filled(histories: &[(&str, u64)]) -> MemoryJournal {
    let journal = MemoryJournal::new();
    for (seller, events) in histories {
        let (seller, stream) = (seller.parse().unwrap(), StreamId::new("vehicle", "v\"17").unwrap());
        for version in 0..*events {
            let mut batch = Batch::new("2026-03-02T15:00:00.5Z".parse().unwrap());
            batch.expect(stream.clone(), version);
            batch.push(
                stream.clone(),
                NewEvent::new("case_noted", json!({ "n": version, "é": 0.1 })).unwrap(),
            );
            journal.append(&seller, &batch).await.unwrap();
        }
    }
    journal
}

fn exported(journal: &dyn Journal) -> String {
    let mut out = Vec::new();
    block_on(export(journal, &mut out)).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_is_exported_verifies_and_comes_back_the_same() {
    let journal = block_on(filled(&[("north", 1_500), ("a-south", 3)]));
    let text = exported(&journal);
    assert_eq!(verify(text.as_bytes()).unwrap().events, 1_503);

    let store = MemoryJournal::new();
    let imported = block_on(import(&store, || Ok(text.as_bytes()))).unwrap();
    assert_eq!((imported.present, imported.appended), (0, 1_503));
    assert_eq!(exported(&store), text);
    let again = block_on(import(&store, || Ok(text.as_bytes()))).unwrap();
    assert_eq!((again.present, again.appended), (1_503, 0));
}

#[test]
fn an_import_goes_on_where_a_store_ends_and_overwrites_nothing() {
    let whole = exported(&block_on(filled(&[("north", 5)])));
    let begun = block_on(filled(&[("north", 2)]));
    let imported = block_on(import(&begun, || Ok(whole.as_bytes()))).unwrap();
    assert_eq!((imported.present, imported.appended), (2, 3));

    let longer = block_on(filled(&[("north", 9)]));
    let imported = block_on(import(&longer, || Ok(whole.as_bytes()))).unwrap();
    assert_eq!((imported.present, imported.appended), (5, 0));

    let other = MemoryJournal::new();
    let mut batch = Batch::new("2026-03-02T15:00:00Z".parse().unwrap());
    let stream = StreamId::new("vehicle", "v1").unwrap();
    batch.expect(stream.clone(), 0).push(stream, NewEvent::new("case_noted", json!({})).unwrap());
    block_on(other.append(&"north".parse().unwrap(), &batch)).unwrap();
    let before = exported(&other);
    let refused = block_on(import(&other, || Ok(whole.as_bytes()))).unwrap_err();
    assert!(matches!(refused, TransferError::Differs { position: 1, .. }), "{refused}");
    assert_eq!(exported(&other), before);
}

#[test]
fn a_broken_file_imports_nothing() {
    let broken = exported(&block_on(filled(&[("north", 5)]))).replace(r#""n":4"#, r#""n":5"#);
    let store = MemoryJournal::new();
    let refused = block_on(import(&store, || Ok(broken.as_bytes()))).unwrap_err();
    assert!(matches!(refused, TransferError::Fault(_)), "{refused}");
    assert_eq!(exported(&store), "");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_992_i64..=9_007_199_254_740_992).prop_map(Value::from),
        any::<f64>().prop_filter("in range", |f| f.abs() <= 9_007_199_254_740_992.0).prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[^w].*", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever data an event holds, its line reads back as the same event, and the chain over it verifies.
    #[test]
    fn every_event_survives_the_file(data in prop::collection::vec(any_json(), 1..5)) {
        let journal = MemoryJournal::new();
        let (seller, stream): (SellerId, _) = ("north".parse().unwrap(), StreamId::new("case", "c").unwrap());
        for (version, data) in (0..).zip(data) {
            let mut batch = Batch::new("2026-03-02T15:00:00Z".parse().unwrap());
            let event = NewEvent::new("case_noted", json!({ "any": data })).unwrap();
            batch.expect(stream.clone(), version).push(stream.clone(), event);
            block_on(journal.append(&seller, &batch)).unwrap();
        }
        let text = exported(&journal);
        prop_assert!(verify(text.as_bytes()).is_ok());
        let read: Vec<Event> = JournalReader::new(text.as_bytes()).map(Result::unwrap).collect();
        prop_assert_eq!(read, block_on(journal.scan(&seller, 0, 100)).unwrap());
    }

    /// Any bytes give events or a fault, and every changed byte of a good journal is noticed.
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = verify(&bytes[..]);
    }

    #[test]
    fn every_changed_byte_is_noticed(at in 0..WORKED_EXAMPLE.len(), byte: u8) {
        let mut changed = WORKED_EXAMPLE.as_bytes().to_vec();
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        // The partition is no part of a hash, but then the next line begins a partition at position 2: a gap.
        prop_assert!(verify(&changed[..]).is_err());
    }
}
