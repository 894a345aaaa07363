//! A process killed at any moment leaves a journal that reads, holds everything acknowledged, and holds whole batches.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]
#![allow(clippy::print_stdout, reason = "a child says on its standard output what it has done")]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use common::{batch, checked, seller, stream};
use fixedops_connectors_traits::{Journal, JournalErrorKind};
use fixedops_journal_sqlite::{Durability, SqliteJournal};
use futures_lite::future::block_on;

/// Events of every batch.
const SIZE: u64 = 7;
/// Set for a child: the journal it writes to.
const JOURNAL: &str = "FIXEDOPS_TEST_JOURNAL";

/// This test's own program, which runs only the test of this name, as a child that writes to `path`.
fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]).env(JOURNAL, path).stdout(Stdio::piped());
    command
}

/// Appends batch after batch and says after each where the stream stands.
fn append_until_killed(path: &Path, durability: Durability) {
    let journal = SqliteJournal::open(path).unwrap().with_durability(durability).unwrap();
    let mut version = block_on(journal.head(&seller(), &stream("a"))).unwrap().version;
    loop {
        block_on(journal.append(&seller(), &batch("a", version, SIZE))).unwrap();
        version += SIZE;
        println!("\nacknowledged {version}");
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn a_killed_writer_leaves_whole_batches_and_all_that_was_acknowledged() {
    kill_again_and_again(
        "a_killed_writer_leaves_whole_batches_and_all_that_was_acknowledged",
        Durability::PowerCut,
    );
}

#[test]
fn a_killed_writer_that_does_not_sync_leaves_as_much() {
    kill_again_and_again("a_killed_writer_that_does_not_sync_leaves_as_much", Durability::ProcessEnd);
}

/// `test` is the name of the test that calls it.
fn kill_again_and_again(test: &str, durability: Durability) {
    if let Some(path) = std::env::var_os(JOURNAL) {
        append_until_killed(Path::new(&path), durability);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j.db");
    let mut before = 0;
    for round in 0..15 {
        let mut writer = child(test, &path).spawn().unwrap();
        let mut acknowledged = 0;
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        // The first rounds kill while the file is made; later ones after some batches, at different offsets in one.
        let wanted = if round < 5 { 0 } else { round };
        for _ in 0..wanted {
            let next = lines
                .by_ref()
                .map(Result::unwrap)
                .find_map(|line| line.strip_prefix("acknowledged ")?.parse().ok());
            acknowledged = next.expect("the child writes until it is killed");
        }
        std::thread::sleep(Duration::from_micros(1_500 * round % 7_000));
        writer.kill().unwrap();
        writer.wait().unwrap();
        // What was acknowledged before the kill may still stand in the pipe.
        let rest =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("acknowledged ")?.parse().ok());
        acknowledged = rest.last().unwrap_or(acknowledged);

        if path.exists() {
            let events = checked(&path).len() as u64;
            assert_eq!(events % SIZE, 0, "round {round}: part of a batch is there");
            assert!(events >= acknowledged, "round {round}: {events} events, {acknowledged} acknowledged");
            assert!(events >= before, "round {round}: the journal shrank");
            before = events;
        }
    }
    assert!(before > 0, "no child ever wrote");
}

/// Tries over and over until its share of batches is in, and says how often it met a conflict.
fn append_share(path: &Path) {
    let journal = SqliteJournal::open(path).unwrap();
    let (mut written, mut conflicts) = (0, 0);
    while written < 20 {
        let version = block_on(journal.head(&seller(), &stream("shared"))).unwrap().version;
        match block_on(journal.append(&seller(), &batch("shared", version, SIZE))) {
            Ok(_) => written += 1,
            Err(error) if error.kind() == JournalErrorKind::Conflict => conflicts += 1,
            Err(error) => panic!("{error}"),
        }
    }
    println!("\nconflicts {conflicts}");
}

#[test]
fn writers_in_several_processes_meet_conflicts_and_never_corruption() {
    if let Some(path) = std::env::var_os(JOURNAL) {
        return append_share(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j.db");
    // All of them also race to make the file.
    let test = "writers_in_several_processes_meet_conflicts_and_never_corruption";
    let writers: Vec<_> = (0..4).map(|_| child(test, &path).spawn().unwrap()).collect();
    for writer in writers {
        let output = writer.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(checked(&path).len() as u64, 4 * 20 * SIZE, "batches were lost or written twice");
}

#[test]
fn two_connections_of_one_process_are_two_writers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j.db");
    let (one, two) = (SqliteJournal::open(&path).unwrap(), SqliteJournal::open(&path).unwrap());
    block_on(one.append(&seller(), &batch("a", 0, 1))).unwrap();
    let refused = block_on(two.append(&seller(), &batch("a", 0, 1))).unwrap_err();
    assert_eq!(refused.kind(), JournalErrorKind::Conflict);
    block_on(two.append(&seller(), &batch("a", 1, 1))).unwrap();
    assert_eq!(block_on(one.head(&seller(), &stream("a"))).unwrap().version, 2);
}
