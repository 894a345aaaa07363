//! The program as people call it: what it writes, what it says, its exit status, and what it leaves alone.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "in tests a panic is the way to fail"
)]

mod attribute;
mod audit;
mod backtest;
mod bad_input;
mod calls;
mod clean;
mod clicks;
mod consent_proof;
mod controls;
mod demo;
mod due;
mod due_dates;
mod estimate;
mod extract;
mod inspection;
mod journal_faults;
mod lift;
mod lists;
mod memory;
mod plans;
mod plans_compared;
mod privacy;
mod samples;
mod score;
mod scorecard_recount;
mod simulate;
mod track;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A folder of one test, in which the program runs.
struct Desk(TempDir);

/// How a call went.
#[derive(Debug)]
struct Said {
    status: i32,
    out: String,
    err: String,
}

impl Said {
    /// The last line on standard error.
    fn last(&self) -> &str {
        self.err.lines().last().unwrap_or_default()
    }
}

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A desk with these files.
    fn with(files: &[(&str, &str)]) -> Self {
        let desk = Self::new();
        for (name, text) in files {
            desk.put(name, text);
        }
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Names of the files here, in order.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fixedops"));
        command.current_dir(self.0.path());
        command
    }

    /// Runs the program; the words of the call are parted by single spaces. It must end by itself, not in a panic.
    fn run(&self, call: &str) -> Said {
        let output = self.command().args(call.split(' ')).output().unwrap();
        let said = Said {
            status: output.status.code().unwrap_or_else(|| panic!("{call} was ended by a signal")),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!((0..=3).contains(&said.status) && !said.err.contains("panicked"), "{call}: {said:?}");
        said
    }

    /// Runs a call that must succeed.
    fn done(&self, call: &str) -> Said {
        let said = self.run(call);
        assert_eq!(said.status, 0, "{call}: {said:?}");
        said
    }

    /// Runs a call that must end with this status and say these words on standard error.
    fn refused(&self, case: &str, call: &str, status: i32, says: &[&str]) {
        let said = self.run(call);
        assert_eq!(said.status, status, "{case}: {said:?}");
        for words in says {
            assert!(said.err.contains(words), "{case}: {words:?} is not in {:?}", said.err);
        }
    }
}

/// The rows of a CSV file behind its header, which must be `header`.
fn rows(path: &Path, header: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    let mut rows: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    assert_eq!(rows.remove(0).join(","), header);
    rows
}

/// A mileage, which must have one decimal.
fn miles(text: &str) -> f64 {
    let (_, decimals) = text.split_once('.').unwrap_or_else(|| panic!("{text:?} has no decimal"));
    assert_eq!(decimals.len(), 1, "{text:?}");
    text.parse().unwrap()
}
