//! `fixedops simulate --inspections`: the inspections of simulated stores, and what experts of known kinds would show first of
//! them, as `fixedops score` reads them.

use std::fmt::Write as _;
use std::path::Path;

use fixedops_world::experts::{Drift, Expert, ExpertKind, Experts, Inspected, Quarter};
use serde::Serialize;

use crate::outcome::{CommandError, Outcome};
use crate::score_cmd::weights_file;
use crate::{page, simulation};

/// What is written.
#[derive(clap::Args, Debug)]
pub struct Judged {
    /// Write inspections and what experts would show first of them, as score validate, fit and drift read them; no loop is
    /// run. Writes OUT/quarter-N/inspections.jsonl, OUT/quarter-N/EXPERT.csv and OUT/EXPERT.toml
    #[arg(long, requires = "out", conflicts_with_all = ["days", "seeds", "faults", "store", "workers", "compare_plans", "fit_scenarios"])]
    pub inspections: bool,
    /// The experts: as_shipped, history_first, cheap_first, strands_first
    #[arg(long, value_delimiter = ',', default_value = "history_first", value_parser = expert, requires = "inspections")]
    experts: Vec<ExpertKind>,
    /// Calendar quarters, from January 2027 on, each with cars of its own
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=40), requires = "inspections")]
    quarters: u32,
    /// How the last quarter has drifted: more_declined, dearer, fewer_flagged, come_later
    #[arg(long, value_parser = drift, requires = "inspections")]
    drift: Option<Drift>,
}

fn expert(word: &str) -> Result<ExpertKind, String> {
    one_of(&ExpertKind::ALL, ExpertKind::as_str, word)
}

fn drift(word: &str) -> Result<Drift, String> {
    one_of(&Drift::ALL, Drift::as_str, word)
}

fn one_of<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, word: &str) -> Result<T, String> {
    all.iter().copied().find(|one| name(*one) == word).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        format!("is none of {}", names.join(", "))
    })
}

/// Whose inspections.
pub struct Stores<'a> {
    /// Seed of every draw.
    pub seed: u64,
    /// How many stores.
    pub rooftops: u32,
    /// Cars of each.
    pub vehicles: u32,
    /// Where the files go.
    pub out: &'a Path,
}

/// A line of the inspections: what `score` reads.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    sheet: &'a fixedops_mpi_score::Sheet,
    history: &'a fixedops_mpi_score::VehicleHistory,
    fit: &'a fixedops_mpi_score::CustomerFit,
}

/// Writes them.
pub fn run(args: &Judged, stores: &Stores<'_>) -> Result<Outcome, CommandError> {
    let shipped = Experts::shipped();
    let mut experts = Vec::new();
    for &kind in &args.experts {
        let expert = shipped.expert(kind).map_err(|error| CommandError::failed(error.to_string()))?;
        experts.push((kind, expert));
    }
    simulation::folder(stores.out)?;
    for (kind, expert) in &experts {
        let weights =
            weights_file::written(expert.weights().table(), "The preference of a simulated expert.");
        page::write(&weights, &stores.out.join(format!("{kind}.toml")))?;
    }
    for number in 0..args.quarters {
        let drift = args.drift.filter(|_| number + 1 == args.quarters);
        let mut inspections = Vec::new();
        for rooftop in 0..stores.rooftops {
            let quarter = Quarter { seed: stores.seed, rooftop, vehicles: stores.vehicles, quarter: number };
            let made = shipped.inspections(&quarter, drift);
            inspections.extend(made.map_err(|error| CommandError::failed(error.to_string()))?);
        }
        let folder = stores.out.join(format!("quarter-{}", number + 1));
        simulation::folder(&folder)?;
        page::write(&lines(&inspections)?, &folder.join("inspections.jsonl"))?;
        for (kind, expert) in &experts {
            let chosen = chosen(*kind, expert, stores.seed, &inspections);
            page::write(&chosen, &folder.join(format!("{kind}.csv")))?;
        }
        let drifted = drift.map_or(String::new(), |drift| format!(", drifted: {}", drift.as_str()));
        println!("{}: {} inspections{drifted}", folder.display(), inspections.len());
    }
    Ok(Outcome::Done)
}

/// The inspections, one JSON object a line.
pub fn lines(inspections: &[Inspected]) -> Result<String, CommandError> {
    let mut text = String::new();
    for Inspected { sheet, history, fit } in inspections {
        let line = serde_json::to_string(&Line { sheet, history, fit })
            .map_err(|error| CommandError::failed(format!("cannot write an inspection as JSON: {error}")))?;
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

/// What an expert would show first of each: `inspection,finding,rank,expert`. The ids of the world need no quotes.
fn chosen(kind: ExpertKind, expert: &Expert, seed: u64, inspections: &[Inspected]) -> String {
    let mut text = "inspection,finding,rank,expert\n".to_owned();
    for inspected in inspections {
        for (rank, finding) in (1..).zip(expert.first(seed, inspected)) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{},{finding},{rank},{kind}", inspected.sheet.inspection.inspection);
        }
    }
    text
}
