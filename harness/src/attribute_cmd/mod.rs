//! Commands of attribution. main.rs calls `run(Command)`.

mod credits;
mod verify;

use std::path::PathBuf;

use crate::outcome::{CommandError, Outcome};

/// What can be asked.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// List the credits in force, by program and by trigger, and what became of declined work, by the order it was declined on
    Credits(credits::Args),
    /// Recompute each receipt from its own facts and rules, and check the chain; exit 1 at the first that does not hold
    Verify {
        /// Receipts, one JSON object a line; or a journal file, whose credits hold their receipts
        receipts: PathBuf,
    },
}

/// Does it.
pub fn run(command: Command) -> Result<Outcome, CommandError> {
    match command {
        Command::Credits(args) => credits::run(&args),
        Command::Verify { receipts } => verify::run(&receipts),
    }
}
