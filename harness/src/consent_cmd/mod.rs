//! Commands of the consent room.

mod classify;
mod decide;
mod list;
mod proof;
mod verify;

pub use classify::ClassifyArgs;
pub use decide::DecideArgs;
pub use proof::ProofArgs;
pub use verify::VerifyArgs;

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
    /// Make the proof bundle of one number: streams, consents, messages with their decisions; a file and a page
    ///
    /// The bundle is checked as `consent verify` does, with the same exit status.
    Proof(ProofArgs),
    /// Check a proof bundle, or every contact of a store, offline; every broken link is named, exit 1
    ///
    /// Exit 0: every link holds. 1: a link is broken, or the file is no bundle. 2: the call was wrong. 3: every link that was
    /// looked at holds, and decisions were taken under another rule book than this program's, so that they could not be
    /// taken again: not fully checked. What was not checked for want of the key is said, and changes no exit status.
    Verify(VerifyArgs),
}

/// Does it.
pub fn run(command: Command) -> Result<Outcome, CommandError> {
    match command {
        Command::Decide(args) => decide::decide(&args),
        Command::Classify(args) => classify::classify(&args),
        Command::List(command) => list::run(command),
        Command::Proof(args) => proof::proof(&args),
        Command::Verify(args) => verify::verify(&args),
    }
}
