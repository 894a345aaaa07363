//! Commands of the journal room. main.rs calls `run(Command)`: keep these two names, fill in the variants.

mod asked;
mod export;
mod import;
mod input;
mod read;
mod repair;
mod replay;
mod store;
mod verify;

use std::path::PathBuf;

use crate::outcome::{CommandError, Outcome};

pub use asked::Asked;
pub use export::write as export;
pub use read::{each_event, one_seller};
pub use store::open_existing;
pub use verify::{is_store, run as verify};

/// What can be asked.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Write a store's journal to a file, one event a line
    Export {
        /// The store: a path, or sqlite:PATH
        store: String,
        /// The file; it appears whole or not at all
        #[arg(long)]
        out: PathBuf,
    },
    /// Bring a journal file into a store that is empty or holds the same history; nothing is overwritten
    Import {
        /// The file
        file: PathBuf,
        /// The store: a path, or sqlite:PATH; made where there is none
        #[arg(long)]
        store: String,
    },
    /// Check the chain and the promises of a journal; exit 1 where something is broken
    Verify {
        /// A journal file, or a store: a path, or sqlite:PATH
        journal: String,
    },
    /// Decide a journal again from its own events and compare, byte for byte; exit 1 at the first difference
    Replay {
        /// The file
        file: PathBuf,
        /// The shares it was decided by, where they are not the shipped ones (TOML)
        #[arg(long, value_name = "C.toml")]
        controls: Option<PathBuf>,
    },
    /// Say what is broken in a journal file and how much of it is good
    Repair {
        /// The file; it is not changed
        file: PathBuf,
        /// Change nothing (the only way there is)
        #[arg(long)]
        dry_run: bool,
    },
}

/// Does it.
pub fn run(command: Command) -> Result<Outcome, CommandError> {
    match command {
        Command::Export { store, out } => export::run(&store, &out),
        Command::Import { file, store } => import::run(&file, &store),
        Command::Verify { journal } => verify::run(&journal),
        Command::Replay { file, controls } => replay::run(&file, controls.as_deref()),
        Command::Repair { file, dry_run: true } => repair::run(&file),
        Command::Repair { dry_run: false, .. } => Err(CommandError::usage(
            "a journal is never changed by this program: say --dry-run to see what is broken and what is good",
        )),
    }
}
