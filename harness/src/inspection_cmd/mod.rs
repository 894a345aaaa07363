//! Commands of inspections, as a journal has them. main.rs calls `run(Command)`.

mod outside;
mod review;
mod show;

use crate::outcome::{CommandError, Outcome};

/// What can be asked.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// What a customer is shown of an order's inspection, as JSON: ranked, with reasons and wear; recalls apart
    Show(show::Args),
    /// Whether the evidence proves anything, whose exemptions are too many, what technicians are owed
    Review(review::Args),
}

/// Does it.
pub fn run(command: &Command) -> Result<Outcome, CommandError> {
    match command {
        Command::Show(args) => show::run(args),
        Command::Review(args) => review::run(args),
    }
}
