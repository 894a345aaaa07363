//! The journal commands as people call them: exit status, what they say, and that nothing is overwritten.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use fixedops_connectors_traits::{Batch, Journal, NewEvent, StreamId};
use fixedops_journal_sqlite::SqliteJournal;
use futures_lite::future::block_on;
use serde_json::json;
use tempfile::TempDir;

/// What a call gave: exit status, standard output, standard error.
fn journal(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let program = env!("CARGO_BIN_EXE_fixedops");
    let output = Command::new(program).current_dir(folder).arg("journal").args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with a store `s.db` of 30 events and its export `j.jsonl`.
fn stored() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteJournal::open(folder.path().join("s.db")).unwrap();
    let (seller, stream) = ("main-street".parse().unwrap(), StreamId::new("vehicle", "v17").unwrap());
    for version in 0..30 {
        let mut batch = Batch::new("2026-03-02T15:00:00Z".parse().unwrap());
        let event = NewEvent::new("reading_recorded", json!({ "miles": format!("{version}.0") })).unwrap();
        batch.expect(stream.clone(), version).push(stream.clone(), event);
        block_on(store.append(&seller, &batch)).unwrap();
    }
    drop(store);
    let (status, said, _) = journal(folder.path(), &["export", "s.db", "--out", "j.jsonl"]);
    assert_eq!((status, said.as_str()), (0, "30 events written to j.jsonl\n"));
    folder
}

#[test]
fn a_journal_goes_out_and_comes_back_as_the_same_bytes() {
    let folder = stored();
    let folder = folder.path();
    for place in ["j.jsonl", "s.db", "sqlite:s.db"] {
        let (status, said, _) = journal(folder, &["verify", place]);
        assert_eq!(status, 0, "{place}");
        assert!(said.starts_with("30 events in 1 partitions: the chain holds\n"), "{place}: {said}");
    }
    for (case, says) in [("first", "30 events imported, 0 were"), ("again", "0 events imported, 30 were")] {
        let (status, said, _) = journal(folder, &["import", "j.jsonl", "--store", "sqlite:t.db"]);
        assert!(status == 0 && said.starts_with(says), "{case}: {said}");
    }
    assert_eq!(journal(folder, &["export", "t.db", "--out", "k.jsonl"]).0, 0);
    assert_eq!(fs::read(folder.join("j.jsonl")).unwrap(), fs::read(folder.join("k.jsonl")).unwrap());
}

#[test]
fn a_broken_journal_is_named_with_its_place_and_never_changed() {
    let folder = stored();
    let folder = folder.path();
    let good = fs::read_to_string(folder.join("j.jsonl")).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let without = |left_out: usize| {
        let kept = lines.iter().enumerate().filter(|(n, _)| *n != left_out);
        kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    for (case, text, says) in [
        ("a gap", without(9), "line 10 (position 11 of main-street): position 11 leaves a gap: expected 10"),
        (
            "a changed event",
            good.replace("\"9.0\"", "\"9.1\""),
            "line 10 (position 10 of main-street): the chain of",
        ),
        ("a broken line", good.replace("\"9.0\"", "9.0\""), "line 10: not an event"),
        ("cut off", good.get(..good.len() - 5).unwrap().to_owned(), "line 30: cut off"),
        ("a newer format", format!("{{\"format\":2}}\n{good}"), "line 1: format 2 is newer"),
    ] {
        fs::write(folder.join("b.jsonl"), &text).unwrap();
        let (status, _, complaint) = journal(folder, &["verify", "b.jsonl"]);
        assert!(status == 1 && complaint.contains(says), "verify {case}: {complaint}");
        let (status, _, complaint) = journal(folder, &["import", "b.jsonl", "--store", "new.db"]);
        assert!(status == 1 && complaint.contains(says), "import {case}: {complaint}");
        let (status, said, _) = journal(folder, &["verify", "new.db"]);
        assert!(status == 0 && said.starts_with("0 events"), "{case}: something was imported: {said}");
        let (status, said, _) = journal(folder, &["repair", "--dry-run", "b.jsonl"]);
        assert!(status == 0 && said.contains(says), "repair {case}: {said}");
        assert_eq!(fs::read_to_string(folder.join("b.jsonl")).unwrap(), text, "{case}: the file was changed");
    }
}

#[test]
fn repair_says_how_much_is_good() {
    let folder = stored();
    let good = fs::read_to_string(folder.path().join("j.jsonl")).unwrap();
    fs::write(folder.path().join("b.jsonl"), good.replace("\"9.0\"", "\"9.1\"")).unwrap();
    let bytes: usize = good.lines().take(9).map(|line| line.len() + 1).sum();
    let (_, said, _) = journal(folder.path(), &["repair", "--dry-run", "b.jsonl"]);
    assert!(
        said.contains(&format!("good: 9 lines before it, {bytes} bytes\nnot judged: 20 lines")),
        "{said}"
    );
}

#[test]
fn a_broken_promise_is_exit_1_and_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteJournal::open(folder.path().join("s.db")).unwrap();
    let stream = StreamId::new("contact", "ab").unwrap();
    let mut batch = Batch::new("2026-03-02T15:00:00Z".parse().unwrap());
    let event = NewEvent::new("touch_sent", json!({ "case": "c", "touch": "1" })).unwrap();
    batch.expect(stream.clone(), 0).push(stream, event);
    block_on(store.append(&"main-street".parse().unwrap(), &batch)).unwrap();
    drop(store);
    let (status, _, complaint) = journal(folder.path(), &["verify", "s.db"]);
    assert_eq!(status, 1);
    assert!(complaint.contains("sent without having been cleared (promise 4)"), "{complaint}");
}

#[test]
fn a_store_with_another_history_and_files_of_others_are_left_alone() {
    let folder = stored();
    let folder = folder.path();
    let other = SqliteJournal::open(folder.join("other.db")).unwrap();
    let stream = StreamId::new("vehicle", "v1").unwrap();
    let mut batch = Batch::new("2026-03-02T15:00:00Z".parse().unwrap());
    batch.expect(stream.clone(), 0).push(stream, NewEvent::new("case_noted", json!({})).unwrap());
    block_on(other.append(&"main-street".parse().unwrap(), &batch)).unwrap();
    drop(other);
    let (status, _, complaint) = journal(folder, &["import", "j.jsonl", "--store", "other.db"]);
    assert!(
        status == 1 && complaint.contains("position 1 of main-street: nothing was overwritten"),
        "{complaint}"
    );

    for (case, args, status, says) in [
        ("a journal file for a store", vec!["export", "j.jsonl", "--out", "x"], 1, "is not a SQLite file"),
        ("no such store", vec!["export", "none.db", "--out", "x"], 1, "no journal at none.db"),
        ("no such file", vec!["verify", "none.jsonl"], 1, "none.jsonl"),
        ("a store to write over", vec!["export", "s.db", "--out", "s.db"], 2, "is a store"),
        (
            "a store that is not there yet",
            vec!["import", "j.jsonl", "--store", "postgres://x"],
            2,
            "not there yet",
        ),
        ("a repair that repairs", vec!["repair", "j.jsonl"], 2, "--dry-run"),
        ("no file to import", vec!["import", "none.jsonl", "--store", "made.db"], 1, "none.jsonl"),
    ] {
        let (found, _, complaint) = journal(folder, &args);
        assert!(found == status && complaint.contains(says), "{case}: {found} {complaint}");
    }
    assert!(
        !folder.join("made.db").exists() && !folder.join("none.db").exists() && !folder.join("x").exists()
    );
}
