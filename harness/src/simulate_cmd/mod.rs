//! `fixedops simulate`: stores at any number and size, under faults; due dates against the truth over many seeds; the
//! plans of declined work side by side; inspections with what experts would show first.

mod controls;
mod due_dates;
mod inspections;
mod lift;
pub mod plans;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use fixedops_journal_sqlite::SqliteJournal;
use fixedops_odometer_core::Model;
use indicatif::{ProgressBar, ProgressStyle};

use crate::outcome::{CommandError, Outcome};
use crate::simulation::{self, Faults, Files, Lived, RunError, Setting, Shape};

/// What is simulated.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Rooftops, each a seller with a journal partition of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rooftops: u32,
    /// Cars of each rooftop [default: 1200; 150 without --out; 600 with --inspections]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    vehicles: Option<u32>,
    /// Days
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: u32,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds: says how often the due dates' 80 % range held the truth in their worlds; with --out also one run
    /// each, in OUT/seed-N where there are several
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    seeds: Option<u32>,
    /// What goes wrong on purpose: none, all, or some of crash,carrier,repeats,late,dms,journal
    #[arg(long, default_value = "none")]
    faults: Faults,
    /// Where the journal lies: sqlite:PATH; OUT/fixedops.db if not said. Only for one seed
    #[arg(long)]
    store: Option<String>,
    /// Rooftops, or runs of a comparison, simulated at the same time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    workers: u32,
    /// Where the files go; may be left out with --seeds
    #[arg(long)]
    out: Option<PathBuf>,
    /// Switch experiments on: shares left alone and plans side by side, by program (TOML, as attribution's control.toml). Who is
    /// placed where follows from the seed. Needs --out
    #[arg(long, value_name = "C.toml", requires = "out", conflicts_with_all = ["compare_plans", "fit_scenarios", "lift", "inspections"])]
    controls: Option<PathBuf>,
    #[command(flatten)]
    compare: plans::Comparison,
    #[command(flatten)]
    judged: inspections::Judged,
    #[command(flatten)]
    lift: lift::Question,
}

/// Cars of a rooftop that is lived through, and of one that is only looked at.
const LIVED: u32 = 1_200;
const LOOKED_AT: u32 = 150;
/// Of one whose inspections are written.
const INSPECTED: u32 = 600;

/// Runs it.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    if let (true, Some(out)) = (args.judged.inspections, &args.out) {
        let vehicles = args.vehicles.unwrap_or(INSPECTED);
        let stores = inspections::Stores { seed: args.seed, rooftops: args.rooftops, vehicles, out };
        if args.compare.asks_for_more() {
            return Err(CommandError::usage("--plans, --scenarios and --keep-runs are of --compare-plans"));
        }
        return inspections::run(&args.judged, &stores);
    }
    if args.compare.compare_plans || args.compare.fit_scenarios {
        return plans_compared(args);
    }
    if args.lift.lift {
        return lift_measured(args);
    }
    if args.lift.asks_for_more() {
        return Err(CommandError::usage("--control-percent, --program, --least and --judge are of --lift"));
    }
    if args.compare.asks_for_more() {
        return Err(CommandError::usage("--plans, --scenarios and --keep-runs are of --compare-plans"));
    }
    if args.store.is_some() && args.seeds > Some(1) {
        return Err(CommandError::usage("--store holds one run: leave it out, or take one seed"));
    }
    let store = args.store.as_deref().map(database_at).transpose()?;
    let Some(out) = &args.out else { return without_runs(args) };
    let trial = args.controls.as_deref().map(controls::of_file).transpose()?;
    let setting = Setting { trial, ..Setting::shipped() };
    let seeds = args.seeds.unwrap_or(1);
    for number in 0..seeds {
        let seed = args.seed.wrapping_add(u64::from(number));
        let folder = if seeds == 1 { out.clone() } else { out.join(format!("seed-{seed}")) };
        one_seed(args, &setting, seed, &folder, store.as_deref())?;
    }
    args.seeds.map_or(Ok(()), |seeds| due_dates(args, seeds, LIVED))?;
    Ok(Outcome::Done)
}

/// The plans of declined work side by side.
fn plans_compared(args: &Args) -> Result<Outcome, CommandError> {
    if args.store.is_some() || args.rooftops != 1 {
        return Err(CommandError::usage(
            "plans are compared over seeds, each a store of its own: leave --store and --rooftops out",
        ));
    }
    let asked = plans::Asked {
        seed: args.seed,
        seeds: args.seeds.unwrap_or(1),
        vehicles: args.vehicles.unwrap_or(LIVED),
        days: args.days,
        faults: args.faults.clone(),
        workers: args.workers,
        out: args.out.as_deref(),
    };
    plans::run(&args.compare, &asked)
}

/// What would have come anyway, against the truth.
fn lift_measured(args: &Args) -> Result<Outcome, CommandError> {
    if args.store.is_some() || args.rooftops != 1 || args.out.is_some() || args.compare.asks_for_more() {
        return Err(CommandError::usage(
            "lift is measured over seeds, each a store of its own that leaves no files: leave --store, --rooftops, --out and \
             what is of --compare-plans out",
        ));
    }
    let worlds = lift::Worlds {
        seed: args.seed,
        seeds: args.seeds.unwrap_or(1),
        vehicles: args.vehicles.unwrap_or(LIVED),
        days: args.days,
        faults: args.faults.clone(),
        workers: args.workers,
    };
    lift::run(&args.lift, &worlds)
}

/// Nothing is written, so nothing is run: the worlds are only looked at.
fn without_runs(args: &Args) -> Result<Outcome, CommandError> {
    let Some(seeds) = args.seeds else {
        return Err(CommandError::usage(
            "--out DIR says where the files go; it may be left out only with --seeds N",
        ));
    };
    if args.store.is_some() || !args.faults.names().is_empty() {
        return Err(CommandError::usage(
            "--store and --faults are of runs, and without --out DIR none is made",
        ));
    }
    due_dates(args, seeds, LOOKED_AT)?;
    Ok(Outcome::Done)
}

/// Says how the due dates did against the truth: a line to read, a line of JSON.
fn due_dates(args: &Args, seeds: u32, usual_vehicles: u32) -> Result<(), CommandError> {
    let worlds = due_dates::Worlds {
        seed: args.seed,
        seeds,
        rooftops: args.rooftops,
        vehicles: args.vehicles.unwrap_or(usual_vehicles),
        days: args.days,
        workers: args.workers,
    };
    let report = due_dates::measure(worlds, &Model::shipped())?;
    println!("{report}");
    let json = serde_json::to_string(&report)
        .map_err(|error| CommandError::failed(format!("cannot write the due dates: {error}")))?;
    println!("{json}");
    Ok(())
}

/// Where `--store` puts the database.
fn database_at(store: &str) -> Result<PathBuf, CommandError> {
    match store.strip_prefix("sqlite:") {
        Some("") => Err(CommandError::usage("--store sqlite: names no file")),
        Some(path) => Ok(PathBuf::from(path)),
        None => Err(CommandError::usage(format!("--store {store}: only sqlite:PATH is there so far"))),
    }
}

fn one_seed(
    args: &Args,
    setting: &Setting,
    seed: u64,
    folder: &Path,
    store: Option<&Path>,
) -> Result<(), CommandError> {
    let shapes: Vec<Shape> = (0..args.rooftops)
        .map(|rooftop| Shape {
            seed,
            rooftop,
            rooftops: args.rooftops,
            vehicles: args.vehicles.unwrap_or(LIVED),
            days: args.days,
            faults: args.faults.clone(),
        })
        .collect();
    simulation::folder(folder)?;
    let database = store.map_or_else(|| folder.join("fixedops.db"), Path::to_owned);
    let store = simulation::open_in(&database, &shapes, setting)?;
    let lived = all(&shapes, setting, &store, folder, args.workers)?;
    for store in &lived {
        let lives = store.lives;
        println!("seed {seed}, {}: {lives} {}", store.seller, if lives == 1 { "life" } else { "lives" });
        simulation::tell_refused(store);
    }
    for card in Files::new(folder, database, store).write(&lived)? {
        println!("seed {seed}, {}:", card.header.seller);
        for sentence in card.headlines() {
            println!("  {sentence}");
        }
    }
    Ok(())
}

/// Every rooftop, `workers` at a time; in the order of the rooftops.
fn all(
    shapes: &[Shape],
    setting: &Setting,
    store: &Arc<SqliteJournal>,
    folder: &Path,
    workers: u32,
) -> Result<Vec<Lived>, CommandError> {
    let days: u64 = shapes.iter().map(|shape| u64::from(shape.days)).sum();
    let bar = ProgressBar::new(days);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} store-day {pos} of {len} {eta}") {
        bar.set_style(style);
    }
    let next = AtomicU64::new(0);
    let done: Mutex<Vec<(usize, Result<Lived, RunError>)>> = Mutex::default();
    let work = || {
        loop {
            let number = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX);
            let Some(shape) = shapes.get(number) else { return };
            let start = shape.world().start();
            let mut told = 0;
            let lived = simulation::live_in(shape, setting, store, folder, |now| {
                let day = u64::try_from((now - start).num_days()).unwrap_or(0);
                if day > told {
                    bar.inc(day - told);
                    told = day;
                }
            });
            done.lock().unwrap_or_else(PoisonError::into_inner).push((number, lived));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(work);
        }
        work();
    });
    bar.finish_and_clear();
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, lived)| lived.map_err(simulation::broken)).collect()
}
