//! `fixedops demo`: a seeded store, the whole loop, on an embedded SQLite database.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};

use crate::outcome::{CommandError, Outcome};
use crate::simulation::{self, Faults, Files, Shape};

/// What the demo is made of.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where the run lies: made if it is not there, gone on with if it is unfinished
    #[arg(long, default_value = "fixedops-demo")]
    out: PathBuf,
    /// Cars
    #[arg(long, default_value_t = 1_200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
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
    simulation::folder(&args.out)?;
    let shape = Shape {
        seed: args.seed,
        rooftop: 0,
        rooftops: 1,
        vehicles: args.vehicles,
        days: args.days,
        faults: Faults::none(),
    };
    let database = args.out.join("fixedops.db");
    let store = simulation::open(&database, std::slice::from_ref(&shape))?;
    let bar = ProgressBar::new(u64::from(args.days));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} day {pos} of {len}") {
        bar.set_style(style);
    }
    let start = shape.world().start();
    let lived = simulation::live(&shape, &store, &args.out, |now| {
        bar.set_position(u64::try_from((now - start).num_days()).unwrap_or(0));
    })
    .map_err(simulation::broken)?;
    bar.finish_and_clear();
    simulation::tell_refused(&lived);
    for card in Files::new(&args.out, database.clone(), store).write(&[lived])? {
        for sentence in card.headlines() {
            println!("{sentence}");
        }
    }
    println!("\nThe scorecard is {}", args.out.join("scorecard.html").display());
    println!("The store is {}, its journal {}", database.display(), args.out.join("journal.jsonl").display());
    Ok(Outcome::Done)
}
