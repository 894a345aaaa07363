//! A simulated store written out as a DMS would: what `fixedops audit` reads.

mod records;
mod run;
mod write;

use std::path::PathBuf;

pub use records::{Extract, TouchSent};

use crate::outcome::{CommandError, Outcome};

/// Arguments of `extract`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where the files go
    #[arg(long)]
    out: PathBuf,
    /// Cars of the store
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    vehicles: u32,
    /// Days the store runs; years of history lie before them
    #[arg(long, default_value_t = 150, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// Another seed is another store
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Writes a simulated store's extract.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let extract = run::run(args.seed, args.vehicles, args.days)
        .map_err(|error| CommandError::failed(format!("the world made an id that is none: {error}")))?;
    extract.write(&args.out)?;
    println!("{}", args.out.display());
    Ok(Outcome::Done)
}
