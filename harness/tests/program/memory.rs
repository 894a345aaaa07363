//! However large a file or one of its rows is, memory stays within a bound.
//!
//! The bound is on the address space, which is more than what is resident: the program, its libraries and its stacks
//! are in it. Above it an allocation fails and the program ends by a signal, which fails the test.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use crate::Desk;

/// Bytes of the large files; the bounds below are far less, but for what `track` may hold before it sorts on disk.
const LARGE: u64 = 150 << 20;
/// For what is read and let go of.
const STREAMING_KIB: u64 = 96 << 10;
/// `track` holds 256 MiB of fixes before it sorts on disk.
const TRACK_KIB: u64 = (256 << 10) + STREAMING_KIB;

/// Runs a call within so much address space; status, last line on standard error, and bytes there.
fn within(kib: u64, desk: &Desk, call: &str) -> (Option<i32>, String, usize) {
    let program = env!("CARGO_BIN_EXE_fixedops");
    let script = format!("ulimit -v {kib}; exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .current_dir(desk.0.path())
        .args(["-c", &script, program])
        .args(call.split(' '))
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.signal(),
        None,
        "{call}: more than {kib} KiB: {}",
        err.lines().last().unwrap_or_default()
    );
    (output.status.code(), err.lines().last().unwrap_or_default().to_owned(), err.len())
}

/// A file that begins with `head` and goes on with what `next` writes until it is large.
fn large(desk: &Desk, name: &str, head: &str, mut next: impl FnMut(&mut Vec<u8>)) {
    let mut file = BufWriter::new(File::create(desk.path(name)).unwrap());
    file.write_all(head.as_bytes()).unwrap();
    let (mut written, mut chunk) = (0, Vec::new());
    while written < LARGE {
        chunk.clear();
        next(&mut chunk);
        file.write_all(&chunk).unwrap();
        written += chunk.len() as u64;
    }
    file.flush().unwrap();
}

const READINGS: &str = "vehicle_id,date,odometer,unit\nA,2026-01-01,10000,mi\nA,2026-02-01,11000,mi\n";

#[test]
fn questions_are_answered_one_by_one() {
    let desk = Desk::with(&[("r.csv", READINGS)]);
    // Few of them, wide: what is ignored is not held either.
    let rest = "x".repeat(10_000);
    large(&desk, "q.csv", "vehicle_id,as_of,at,rest\n", |chunk| {
        writeln!(chunk, "A,2026-03-01,2026-03-01,{rest}").unwrap();
    });
    let (status, last, _) =
        within(STREAMING_KIB, &desk, "estimate --readings r.csv --queries q.csv --out o.csv");
    assert_eq!((status, last.as_str()), (Some(0), "set aside: 0"));
}

#[test]
fn fixes_are_folded_in_bounded_memory() {
    let desk = Desk::new();
    let (mut fix, rest) = (0_u32, "x".repeat(200));
    large(&desk, "p.csv", "vehicle_id,t,lat,lon,rest\n", |chunk| {
        fix += 1;
        let (car, second) = (fix % 50, fix / 50);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        writeln!(chunk, "V{car},2026-06-01T{hour:02}:{minute:02}:{second:02}Z,33.75{car:02},-84.39,{rest}")
            .unwrap();
    });
    let (status, last, _) = within(TRACK_KIB, &desk, "track --pings p.csv --out o.csv");
    assert_eq!((status, last.as_str()), (Some(0), "set aside: 0"));
    assert_eq!(desk.read("o.csv").lines().count(), 51);
}

#[test]
fn one_row_without_an_end_is_set_aside_in_bounded_memory() {
    let block = vec![b'7'; 1 << 20];
    for (case, begins) in [("a field", "A,2026-01-15,"), ("a quoted field", "A,\"2026-01-15,")] {
        let desk = Desk::new();
        large(&desk, "x.csv", &format!("{READINGS}{begins}"), |chunk| chunk.extend_from_slice(&block));
        let mut file = File::options().append(true).open(desk.path("x.csv")).unwrap();
        file.write_all(b"\nA,2026-03-01,12000,mi\n").unwrap();
        let (status, last, length) = within(STREAMING_KIB, &desk, "clean --readings x.csv --out o.csv");
        assert_eq!((status, last), (Some(0), "set aside: 1".to_owned()), "{case}");
        assert!(length < 1_000, "{case}: the row is not printed whole");
        let found = desk.read("o.csv");
        let lines: Vec<&str> = found.lines().collect();
        assert!(lines[3].contains(",set_aside,unreadable: row,"), "{case}: {found}");
        assert!(lines[4].starts_with("A,2026-03-01,12000,mi,accepted,"), "{case}: {found}");
    }
}

#[test]
fn a_quote_left_open_at_the_top_of_a_large_file_costs_one_row() {
    let desk = Desk::new();
    large(&desk, "p.csv", "vehicle_id,t,lat,lon,rest\n\"A,2026-06-01,33.75,-84.39\n", {
        let line = format!("A,2026-06-01T10:00:00Z,33.75,-84.39,{}\n", "x".repeat(2_000));
        move |chunk| chunk.extend_from_slice(line.as_bytes())
    });
    let (status, last, _) = within(TRACK_KIB, &desk, "track --pings p.csv --out o.csv");
    assert_eq!((status, last.as_str()), (Some(0), "set aside: 1"));
    assert_eq!(desk.read("o.csv").lines().count(), 2);
}

#[test]
fn a_journal_line_without_an_end_is_named_in_bounded_memory() {
    let desk = Desk::new();
    let block = vec![b'7'; 1 << 20];
    large(&desk, "j.jsonl", "{\"partition\":\"", |chunk| chunk.extend_from_slice(&block));
    for call in
        ["verify j.jsonl", "import j.jsonl --store s.db", "replay j.jsonl", "repair --dry-run j.jsonl"]
    {
        let (status, last, length) = within(STREAMING_KIB, &desk, &format!("journal {call}"));
        if call.starts_with("repair") {
            assert_eq!(status, Some(0), "{call}: {last}");
        } else {
            assert_eq!(status, Some(1), "{call}");
            assert!(last.contains("line 1: longer than 16 MiB") && length < 1_000, "{call}: {last}");
        }
    }
}
