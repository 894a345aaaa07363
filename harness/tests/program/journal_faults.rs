//! A journal of the demo with every fault it can have: the place is named, and nothing is overwritten.

use std::sync::LazyLock;

use crate::Desk;

/// The journal of a small demo, and its store.
static DEMO: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let desk = Desk::new();
    desk.done("demo --out d --vehicles 3 --days 60");
    (desk.bytes("d/journal.jsonl"), desk.bytes("d/fixedops.db"))
});

/// A desk with the journal `j.jsonl` and its store `s.db`.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("j.jsonl", &DEMO.0);
    desk.put("s.db", &DEMO.1);
    desk
}

fn lines() -> Vec<Vec<u8>> {
    DEMO.0.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn replaced(line: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(line.to_vec()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1).into_bytes()
}

#[test]
fn the_journal_of_a_demo_is_whole_in_every_form() {
    let desk = desk();
    for place in ["j.jsonl", "s.db", "sqlite:s.db"] {
        let said = desk.done(&format!("journal verify {place}"));
        assert!(said.out.contains("every promise that a journal can show is kept"), "{place}: {said:?}");
    }
    let said = desk.done("journal replay j.jsonl");
    assert!(said.out.contains("every hash the same"), "{said:?}");
    assert!(desk.done("journal repair --dry-run j.jsonl").out.starts_with("nothing is broken"));
    desk.done("journal import j.jsonl --store t.db");
    for store in ["s.db", "t.db"] {
        desk.done(&format!("journal export {store} --out k.jsonl"));
        assert!(desk.bytes("k.jsonl") == DEMO.0, "{store}");
    }
}

#[test]
fn every_fault_is_named_by_its_place_and_nothing_is_overwritten() {
    let (good, all) = (lines(), lines().len());
    let with = |place: usize, line: Vec<u8>| {
        let mut lines = good.clone();
        lines[place] = line;
        lines.concat()
    };
    let last = |lines: &[Vec<u8>], cut: usize| {
        let mut bytes = lines.concat();
        bytes.truncate(bytes.len() - cut);
        bytes
    };
    let mut gap = good.clone();
    gap.remove(40);
    let mut twice = good.clone();
    twice.insert(41, good[40].clone());
    let mut swapped = good.clone();
    swapped.swap(40, 41);
    let mut backwards = good.clone();
    backwards.reverse();
    for (case, bytes, says) in [
        (
            "a gap",
            gap.concat(),
            "line 41 (position 42 of main-street-motors): position 42 leaves a gap".to_owned(),
        ),
        ("a line twice", twice.concat(), "line 42 (position 41 of main-street-motors)".to_owned()),
        ("two lines swapped", swapped.concat(), "line 41 (position 42 of main-street-motors)".to_owned()),
        ("backwards", backwards.concat(), format!("line 1 (position {all} of main-street-motors)")),
        ("a broken line", with(40, replaced(&good[40], "{\"", "{")), "line 41: not an event".to_owned()),
        ("an empty line", with(40, b"\n".to_vec()), "line 41: ".to_owned()),
        (
            "a key too many",
            with(40, replaced(&good[40], "{\"partition\"", "{\"more\":1,\"partition\"")),
            "line 41: ".to_owned(),
        ),
        (
            "a changed event",
            with(40, replaced(&good[40], "\"data\":{", "\"data\":{\"also\":1,")),
            "line 41 ".to_owned(),
        ),
        (
            "another hash",
            with(40, replaced(&good[40], "\"hash\":\"", "\"hash\":\"0")),
            "line 41: ".to_owned(),
        ),
        ("the last line cut", last(&good, 10), format!("line {all}: cut off")),
        ("the last line end cut", last(&good, 1), format!("line {all}: cut off")),
        ("CR LF", with(40, replaced(&good[40], "\n", "\r\n")), "line 41: ends in CR LF".to_owned()),
        (
            "a newer format on top",
            [b"{\"format\":2}\n".to_vec(), good.concat()].concat(),
            "line 1: format 2 is newer".to_owned(),
        ),
        (
            "a newer format on a line",
            with(40, replaced(&good[40], "{\"partition\"", "{\"format\":2,\"partition\"")),
            "line 41: format 2 is newer".to_owned(),
        ),
        (
            "not UTF-8",
            with(40, [b"\xff".to_vec(), good[40].clone()].concat()),
            "line 41: not UTF-8".to_owned(),
        ),
        (
            "a byte order mark",
            [b"\xef\xbb\xbf".to_vec(), good.concat()].concat(),
            "line 1: begins with a byte order mark".to_owned(),
        ),
    ] {
        let desk = desk();
        desk.put("b.jsonl", &bytes);
        for command in [
            "verify b.jsonl",
            "import b.jsonl --store new.db",
            "import b.jsonl --store s.db",
            "replay b.jsonl",
        ] {
            desk.refused(&format!("{case}: {command}"), &format!("journal {command}"), 1, &[&says]);
        }
        let said = desk.done("journal repair --dry-run b.jsonl");
        assert!(said.out.contains(&says) && said.out.contains("nothing was changed"), "{case}: {said:?}");
        assert!(desk.bytes("b.jsonl") == bytes, "{case}: the file was changed");
        assert!(desk.bytes("s.db") == DEMO.1, "{case}: the store was changed");
        assert!(
            desk.done("journal verify new.db").out.starts_with("0 events"),
            "{case}: a part was imported"
        );
    }
}

#[test]
fn an_empty_journal_is_whole_and_an_empty_or_unfinished_store_is_exported() {
    let desk = desk();
    desk.put("empty.jsonl", "");
    assert!(desk.done("journal verify empty.jsonl").out.starts_with("0 events"));
    desk.done("journal replay empty.jsonl");
    desk.done("journal import empty.jsonl --store empty.db");
    desk.done("journal export empty.db --out out.jsonl");
    assert_eq!(desk.bytes("out.jsonl"), b"");

    let half: Vec<u8> = lines()[..100].concat();
    desk.put("half.jsonl", &half);
    desk.done("journal import half.jsonl --store half.db");
    desk.done("journal export half.db --out out.jsonl");
    assert!(desk.bytes("out.jsonl") == half);
    // The rest may follow; what is there is not taken twice.
    let said = desk.done("journal import j.jsonl --store half.db");
    assert!(said.out.ends_with("100 were there already\n"), "{said:?}");
    desk.done("journal export half.db --out out.jsonl");
    assert!(desk.bytes("out.jsonl") == DEMO.0);
    // And a shorter one takes nothing away.
    desk.done("journal import half.jsonl --store half.db");
    desk.done("journal export half.db --out out.jsonl");
    assert!(desk.bytes("out.jsonl") == DEMO.0);
}

#[test]
fn another_history_is_not_imported_over_a_store() {
    let desk = desk();
    desk.done("demo --out other --vehicles 3 --days 60 --seed 2");
    let call = "journal import other/journal.jsonl --store s.db";
    desk.refused(
        "another history",
        call,
        1,
        &["s.db: ", "position 1 of main-street-motors", "nothing was overwritten"],
    );
    desk.done("journal export s.db --out out.jsonl");
    assert!(desk.bytes("out.jsonl") == DEMO.0);
}

#[test]
fn a_store_of_a_newer_format_is_refused_and_untouched() {
    let desk = desk();
    // SQLite keeps user_version, our format, at byte 60 of the file.
    let mut newer = DEMO.1.clone();
    newer[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    for (call, status) in [
        ("journal verify n/fixedops.db", 1),
        ("journal export n/fixedops.db --out out.jsonl", 1),
        ("journal import j.jsonl --store n/fixedops.db", 1),
        // Another version of the run is there: the call was wrong.
        ("demo --out n --vehicles 3 --days 60", 2),
    ] {
        std::fs::create_dir_all(desk.path("n")).unwrap();
        desk.put("n/fixedops.db", &newer);
        desk.refused(call, call, status, &["format 9999", "left as it is"]);
        assert!(desk.bytes("n/fixedops.db") == newer, "{call}");
        assert!(!desk.path("out.jsonl").exists(), "{call}");
    }
}

#[test]
fn a_decision_that_was_forged_with_a_right_chain_is_found_by_replay() {
    use fixedops_connectors_traits::file::{decode_line, encode_line};
    use fixedops_connectors_traits::{Batch, Journal, NewEvent};
    use fixedops_journal_sqlite::SqliteJournal;
    use futures_lite::future::block_on;

    // The whole journal written again, chain and all, with another probability in one decision.
    let desk = desk();
    let store = SqliteJournal::open(desk.path("forged.db")).unwrap();
    let mut forged = 0;
    for line in lines() {
        let text = String::from_utf8(line).unwrap();
        let event = decode_line(text.trim_end()).unwrap();
        assert_eq!(encode_line(&event).unwrap(), text.trim_end());
        let mut data = event.data.clone();
        if event.event_type.as_str() == "threshold_crossed" && forged == 0 {
            data["p"] = 0.001.into();
            forged = event.position;
        }
        let mut batch = Batch::new(event.at);
        batch.expect(event.stream.clone(), event.version - 1);
        batch.push(event.stream.clone(), NewEvent::new(event.event_type.as_str(), data).unwrap());
        block_on(store.append(&event.partition, &batch)).unwrap();
    }
    drop(store);
    desk.done("journal export forged.db --out forged.jsonl");
    let said = desk.run("journal replay forged.jsonl");
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.out.contains(&format!("differs at position {forged}\n")), "{said:?}");
}
