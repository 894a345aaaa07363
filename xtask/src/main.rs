//! Set-up, tests, scoring and fuzzing of the workspace: `cargo xtask test`, `cargo xtask score`, `cargo xtask fuzz`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod chromium;
mod full_disk;
mod fuzz;
mod lane;
mod score;
mod test;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test    everything that must hold before a change goes in
cargo xtask score   the scoring tools beside this checkout, where there are any
cargo xtask fuzz [--seconds N]   every fuzz target, N seconds each (20)";

/// Seconds for each fuzz target where nobody says.
const FUZZ_SECONDS: u32 = 20;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => test::run(),
        ["score"] => score::run(),
        ["fuzz"] => fuzz::run(FUZZ_SECONDS),
        ["fuzz", "--seconds", seconds] => match seconds.parse() {
            Ok(seconds) => fuzz::run(seconds),
            Err(error) => Err(format!("--seconds {seconds}: {error}")),
        },
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
