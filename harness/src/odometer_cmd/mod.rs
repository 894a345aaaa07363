//! Commands of the odometer room. main.rs calls `run(Command)`: keep these two names, fill in the variants.

use crate::outcome::{CommandError, Outcome};

/// What can be asked.
#[derive(clap::Subcommand, Debug)]
pub enum Command {}

/// Does it.
pub fn run(command: Command) -> Result<Outcome, CommandError> {
    match command {}
}
