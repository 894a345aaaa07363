//! The program's odometer commands, compiled in as they stand and called on files.

use std::path::Path;

use clap::Parser;

/// A call of one command.
#[derive(Parser)]
struct Call {
    #[command(subcommand)]
    command: crate::odometer_cmd::Command,
}

/// Calls a command in a folder of its own in which `name` holds `bytes`; words are parted by single spaces. A bad row is
/// no failure, a file that is none may be. Returns what was written by the calls that went well.
pub fn call(name: &str, bytes: &[u8], calls: &[&str]) -> Vec<Vec<u8>> {
    let mut written = Vec::new();
    let Ok(folder) = tempfile::tempdir() else { return written };
    let path = |word: &str| folder.path().join(word).display().to_string();
    if std::fs::write(folder.path().join(name), bytes).is_err() {
        return written;
    }
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../harness/samples");
    for call in calls {
        let words = call.split(' ').map(|word| match word.strip_prefix("sample/") {
            Some(sample) => samples.join(sample).display().to_string(),
            None if word == name || word == "out.csv" => path(word),
            None => word.to_owned(),
        });
        let call =
            Call::try_parse_from(core::iter::once("fixedops".to_owned()).chain(words)).expect("a right call");
        if crate::odometer_cmd::run(call.command).is_ok() {
            let out = std::fs::read(folder.path().join("out.csv")).expect("a result");
            assert!(out.ends_with(b"\n"), "a result is whole");
            written.push(out);
        }
    }
    written
}
