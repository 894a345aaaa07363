//! `fixedops demo`: a seeded store, the whole loop, on an embedded SQLite database.

mod carrier;
mod draw;
mod drive;
mod report;
mod scorecard;
#[cfg(test)]
mod tests;
mod world;

use std::path::PathBuf;
use std::sync::Arc;

use futures_lite::future::block_on;
use indicatif::{ProgressBar, ProgressStyle};

use crate::journal_cmd;
use crate::outcome::{CommandError, Outcome};
use crate::page;
use carrier::{Carrier, Dms};
use draw::Draw;
use drive::{Run, RunError, Size};
use fixedops_closed_loop::Policies;
use fixedops_connectors_traits::JournalErrorKind;
use fixedops_journal_sqlite::SqliteJournal;

/// What the demo is made of.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where the run lies: made if it is not there, gone on with if it is unfinished
    #[arg(long, default_value = "fixedops-demo")]
    out: PathBuf,
    /// Cars
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    vehicles: u32,
    /// Days
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// Seed of every draw: the same seed makes the same journal, byte for byte
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs it.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let failed = |what: &str, error: &dyn std::error::Error| CommandError::failed(format!("{what}: {error}"));
    std::fs::create_dir_all(&args.out)
        .map_err(|error| CommandError::failed(format!("cannot make {}: {error}", args.out.display())))?;
    let database = args.out.join("fixedops.db");
    let store = SqliteJournal::open(&database).map_err(|error| match error.kind() {
        // Another version's store, or no store at all: the call was wrong, and nothing was touched.
        JournalErrorKind::ForeignFormat => CommandError::usage(error.to_string()),
        _ => failed("cannot open the store", &error),
    })?;
    let store = Arc::new(store);
    let size = Size { seed: args.seed, vehicles: args.vehicles, days: args.days };
    block_on(Run::refuse_foreign(size, store.as_ref())).map_err(broken)?;
    let carrier = Carrier::open(&args.out.join("carrier.jsonl"), Draw(args.seed))
        .map_err(|error| failed("cannot open the carrier's book", &error))?;
    let mut run = Run::new(size, store.clone(), store.clone(), Arc::new(carrier), Arc::new(Dms::default()))
        .map_err(broken)?;
    let bar = ProgressBar::new(u64::from(args.days));
    bar.set_style(
        ProgressStyle::with_template("{bar:40} day {pos} of {len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let start = world::World::new(args.seed, args.vehicles, args.days).start();
    block_on(run.finish(|now| {
        bar.set_position(u64::try_from((now - start).num_days()).unwrap_or(0));
    }))
    .map_err(broken)?;
    bar.finish_and_clear();
    let journal = args.out.join("journal.jsonl");
    if !journal.exists() {
        journal_cmd::export(&database.display().to_string(), &journal)?;
    }
    let text = block_on(report::report(store.as_ref(), run.seller())).map_err(broken)?;
    print!("{text}");
    let model = Policies::shipped().model;
    let card = block_on(scorecard::of(store.as_ref(), run.seller(), model)).map_err(broken)?;
    let scorecard = args.out.join("scorecard.json");
    if !scorecard.exists() {
        scorecard::write(&card, &scorecard)?;
    }
    let on_a_page = args.out.join("scorecard.html");
    if !on_a_page.exists() {
        let html = page::scorecard(&card).map_err(|error| failed("cannot write the scorecard", &error))?;
        page::write(&html, &on_a_page)?;
    }
    println!();
    for sentence in card.headlines() {
        println!("{sentence}");
    }
    println!(
        "\nThe store is {}, its journal {}, its scorecard {} (and {}).",
        database.display(),
        journal.display(),
        on_a_page.display(),
        scorecard.display()
    );
    Ok(Outcome::Done)
}

fn broken(error: RunError) -> CommandError {
    match error {
        RunError::Foreign(message) => CommandError::usage(message),
        other => CommandError::failed(other.to_string()),
    }
}
