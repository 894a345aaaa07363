use std::fs;
use std::process::Stdio;
use std::time::Instant;

use crate::Desk;

const CALL: &str = "demo --vehicles 3 --days 60 --out";

#[test]
fn the_same_seed_is_the_same_journal_byte_for_byte_and_another_seed_another() {
    let desk = Desk::new();
    let one = desk.done(&format!("{CALL} one"));
    let two = desk.done(&format!("{CALL} a/folder/two --seed 1"));
    assert!(desk.bytes("one/journal.jsonl") == desk.bytes("a/folder/two/journal.jsonl"));
    let story = |said: &str| said.split("\nThe scorecard is").next().unwrap().to_owned();
    assert_eq!(story(&one.out), story(&two.out));
    desk.done(&format!("{CALL} three --seed 2"));
    assert!(desk.bytes("one/journal.jsonl") != desk.bytes("three/journal.jsonl"));
    for folder in ["one", "three"] {
        desk.done(&format!("journal verify {folder}/journal.jsonl"));
        desk.done(&format!("journal replay {folder}/journal.jsonl"));
    }
}

#[test]
fn a_finished_run_is_left_as_it_is_and_what_is_missing_is_written_again() {
    let desk = Desk::new();
    let first = desk.done(&format!("{CALL} d"));
    let names = ["fixedops.db", "journal.jsonl", "truth.json", "scorecard.json", "scorecard.html"];
    let bytes = || names.map(|name| desk.bytes(&format!("d/{name}")));
    let whole = bytes();
    // The store itself is never missing: without it there is no run. The carrier's book is begun again, empty.
    for missing in [None, Some("carrier-main-street-motors.jsonl")]
        .into_iter()
        .chain(names.map(Some).into_iter().skip(1))
    {
        if let Some(missing) = missing {
            fs::remove_file(desk.path(&format!("d/{missing}"))).unwrap();
        }
        let said = desk.done(&format!("{CALL} d"));
        assert_eq!(said.out, first.out, "{missing:?}");
        assert!(bytes() == whole, "{missing:?}");
    }
    // What lies there under this name is not made sure of, only that it is there: it is left.
    desk.put("d/journal.jsonl", "mine");
    desk.done(&format!("{CALL} d"));
    assert_eq!(desk.read("d/journal.jsonl"), "mine");
}

#[test]
fn another_seed_size_or_world_is_refused_and_untouched() {
    use fixedops_connectors_traits::{Batch, Journal, NewEvent, StreamId};
    use fixedops_journal_sqlite::SqliteJournal;
    use futures_lite::future::block_on;
    use serde_json::json;

    let desk = Desk::new();
    desk.done(&format!("{CALL} d"));
    // A run of an older program, and a journal that is of no demo.
    for (folder, stream, name, kind, data) in [
        (
            "older",
            "simulation",
            "run",
            "simulation_started",
            json!({ "days": 60, "key": "started", "seed": 1, "vehicles": 3, "world": "demo-world/0" }),
        ),
        ("store", "vehicle", "v1", "reading_noted", json!({ "key": "1" })),
    ] {
        fs::create_dir(desk.path(folder)).unwrap();
        let store = SqliteJournal::open(desk.path(&format!("{folder}/fixedops.db"))).unwrap();
        let stream = StreamId::new(stream, name).unwrap();
        let mut batch = Batch::new("2026-12-01T14:00:00Z".parse().unwrap());
        batch.expect(stream.clone(), 0).push(stream, NewEvent::new(kind, data).unwrap());
        block_on(store.append(&"main-street-motors".parse().unwrap(), &batch)).unwrap();
    }
    for (case, call, says) in [
        ("another seed", "demo --vehicles 3 --days 60 --seed 2 --out d", "seed 1"),
        ("more vehicles", "demo --vehicles 4 --days 60 --out d", "3 vehicles"),
        ("more days", "demo --vehicles 3 --days 61 --out d", "60 days"),
        ("an older world", "demo --vehicles 3 --days 60 --out older", "demo-world/0"),
        ("no demo at all", "demo --vehicles 3 --days 60 --out store", "not of a simulated store"),
    ] {
        let folder = call.rsplit(' ').next().unwrap();
        let store = desk.bytes(&format!("{folder}/fixedops.db"));
        desk.refused(case, call, 2, &[says]);
        assert!(desk.bytes(&format!("{folder}/fixedops.db")) == store, "{case}: the store was changed");
        assert_eq!(desk.path(&format!("{folder}/journal.jsonl")).exists(), folder == "d", "{case}");
    }
}

#[test]
fn killed_at_any_moment_the_journal_is_a_beginning_and_the_run_ends_as_if_undisturbed() {
    let desk = Desk::new();
    let began = Instant::now();
    desk.done("demo --vehicles 10 --days 120 --out whole");
    let whole = desk.bytes("whole/journal.jsonl");
    // Spread over as long as a run takes here, whatever the machine.
    let step = began.elapsed() / 15;

    let (mut before, mut midway) = (0, 0);
    for kill in 1..=15_u32 {
        let call = "demo --vehicles 10 --days 120 --out cut";
        let mut child =
            desk.command().args(call.split(' ')).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Ever later: what it takes to begin at all differs from machine to machine.
        std::thread::sleep(step * kill);
        child.kill().unwrap();
        child.wait().unwrap();
        if !desk.path("cut/fixedops.db").exists() {
            continue;
        }
        desk.done("journal export cut/fixedops.db --out part.jsonl");
        let part = desk.bytes("part.jsonl");
        assert!(whole.starts_with(&part), "kill {kill}: what is there is no beginning of the whole");
        assert!(
            part.len() >= before,
            "kill {kill}: the journal shrank from {before} to {} bytes",
            part.len()
        );
        assert!(part.is_empty() || part.ends_with(b"\n"));
        midway += u32::from(!part.is_empty() && part.len() < whole.len());
        before = part.len();
    }
    assert!(midway > 0, "no kill met a run at work");
    desk.done("demo --vehicles 10 --days 120 --out cut");
    assert!(desk.bytes("cut/journal.jsonl") == whole);
    desk.done("journal replay cut/journal.jsonl");
}
