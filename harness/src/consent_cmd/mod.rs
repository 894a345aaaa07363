//! Commands of the consent room.

mod classify;
mod decide;
mod list;

pub use classify::ClassifyArgs;
pub use decide::DecideArgs;

use crate::outcome::{CommandError, Outcome};

/// What can be asked.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Decide scenarios: may this message go to this person now, with every rule that bears on it
    Decide(DecideArgs),
    /// Read inbound replies: what they say and what they revoke
    Classify(ClassifyArgs),
    /// Do-not-call lists: build, bring up to date, check numbers against, verify
    #[command(subcommand)]
    List(list::Command),
}

/// Does it.
pub fn run(command: Command) -> Result<Outcome, CommandError> {
    match command {
        Command::Decide(args) => decide::decide(&args),
        Command::Classify(args) => classify::classify(&args),
        Command::List(command) => list::run(command),
    }
}
