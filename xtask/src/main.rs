//! Set-up, tests and scoring of the workspace: `cargo xtask test`, `cargo xtask score`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod chromium;
mod full_disk;
mod lane;
mod score;
mod test;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test    everything that must hold before a change goes in
cargo xtask score   the scoring tools beside this checkout, where there are any";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => test::run(),
        ["score"] => score::run(),
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
