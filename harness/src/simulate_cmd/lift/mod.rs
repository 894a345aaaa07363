//! `fixedops simulate --lift`: what the range of an experiment says each day, beside what is true of the simulated world; and
//! the credits beside why each order came.

mod bars;
mod credits;
mod looks;
mod report;

use fixedops_attribution::Controls;
use fixedops_attribution::lift::LiftRules;
use fixedops_closed_loop::trial::{TrialPolicy, Trials};
use fixedops_connectors_traits::{Event, Journal as _};
use fixedops_vocab::ProgramId;
use fixedops_world::Truth;
use futures_lite::future::block_on;
use indicatif::{ProgressBar, ProgressStyle};

use super::plans::each;
use crate::outcome::{CommandError, Outcome};
use crate::simulation::{self, Faults, Setting, Shape, Trial};
use bars::Bars;
use credits::Credits;
use looks::Looks;
use report::Report;

/// What is asked.
#[derive(clap::Args, Debug)]
pub struct Question {
    /// Leave some households alone in a program, in stores whose truth is known: how often the range of the difference misses
    /// it at any daily look, how wide it is, and how the credits compare with why each order came. Each world is lived through
    /// twice, the second time with the groups exchanged
    #[arg(long, conflicts_with_all = ["compare_plans", "fit_scenarios"])]
    pub lift: bool,
    /// Percent of the households left alone [default: 50]
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=50))]
    control_percent: Option<u8>,
    /// The program [default: mileage_due]
    #[arg(long)]
    program: Option<String>,
    /// Households in each group, and of them with a figure other than zero, before a number is shown [default: as the rules
    /// have it, 100 and 30]. With fewer a range promises nothing; for looking at small stores
    #[arg(long, value_parser = clap::value_parser!(u64).range(2..=100_000))]
    least: Option<u64>,
    /// Exit 1 where a bar is not reached, however few the stores are [default: from 20 stores on]
    #[arg(long)]
    judge: bool,
}

impl Question {
    /// Whether something is said that only this takes.
    pub const fn asks_for_more(&self) -> bool {
        self.control_percent.is_some() || self.program.is_some() || self.least.is_some() || self.judge
    }
}

/// The worlds.
#[derive(Clone, Debug)]
pub struct Worlds {
    /// The first seed.
    pub seed: u64,
    /// How many.
    pub seeds: u32,
    /// Cars of each.
    pub vehicles: u32,
    /// Days of each.
    pub days: u32,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Worlds at the same time.
    pub workers: u32,
}

/// Households planned for each hundred cars: fixed before any world was looked at, from the intervals that come due in the
/// time.
const PLANNED_FOR_100_CARS: u64 = 40;
/// Events read from a store at a time.
const PAGE: usize = 1_000;

/// Measures and says it: a table, and a line of JSON.
pub fn run(question: &Question, worlds: &Worlds) -> Result<Outcome, CommandError> {
    let program = question.program.as_deref().unwrap_or("mileage_due");
    let percent = question.control_percent.unwrap_or(50);
    let controls = controls(program, percent)?;
    let bars = Bars::shipped().map_err(|error| CommandError::failed(format!("bars.toml: {error}")))?;
    let planned = (u64::from(worlds.vehicles) * PLANNED_FOR_100_CARS / 100).max(2);
    let policy = TrialPolicy::shipped().planning(planned);
    let mut rules = LiftRules::shipped();
    if let Some(least) = question.least {
        (rules.minimum_households, rules.minimum_responding) = (least, least);
    }
    let study = Study { program, worlds, controls, planned, policy, rules };
    let seeds: Vec<u64> =
        (0..u64::from(worlds.seeds)).map(|number| worlds.seed.wrapping_add(number)).collect();
    let bar = ProgressBar::new(u64::from(worlds.seeds));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} world {pos} of {len} {eta}") {
        bar.set_style(style);
    }
    let measured = each(&seeds, worlds.workers, |seed| {
        let measured = study.of(*seed)?;
        bar.inc(1);
        Ok(measured)
    })?;
    bar.finish_and_clear();
    let report = Report::of(&study, percent, &measured, &bars, question.judge);
    println!("{}", report.to_string().trim_end());
    let json = serde_json::to_string(&report)
        .map_err(|error| CommandError::failed(format!("cannot write the report: {error}")))?;
    println!("{json}");
    Ok(if report.failed() { Outcome::Failed } else { Outcome::Done })
}

/// The shares of the study: one programme, and one season for the whole run, which begins on a first of December.
fn controls(program: &str, percent: u8) -> Result<Controls, CommandError> {
    let wrong = |error: &dyn core::fmt::Display| CommandError::usage(format!("--program {program}: {error}"));
    let id: ProgramId = program.parse().map_err(|error| wrong(&error))?;
    if Controls::shipped().withholdable(&id).is_none() {
        return Err(wrong(&"nothing is withheld in this program"));
    }
    let text = format!(
        "version = \"fixedops-control/simulated\"\n\
         [season_months]\nvalue = 12\nsource = \"one season for the whole run\"\n\
         [first_month]\nvalue = 12\nsource = \"the simulated world begins on the first of December\"\n\
         [[programme]]\nprogram = \"{program}\"\ncontrol_percent = {percent}\nsource = \"asked for\"\n"
    );
    Controls::from_toml(&text).map_err(|error| wrong(&error))
}

/// What is measured, and by which rules.
struct Study<'a> {
    program: &'a str,
    worlds: &'a Worlds,
    controls: Controls,
    /// Households planned for each world.
    planned: u64,
    policy: TrialPolicy,
    rules: LiftRules,
}

/// One world.
pub struct Measured {
    /// The looks.
    looks: Looks,
    /// The credits.
    credits: credits::Graded,
}

impl Study<'_> {
    fn of(&self, seed: u64) -> Result<Measured, CommandError> {
        let Worlds { vehicles, days, faults, .. } = self.worlds.clone();
        let shape = Shape { seed, rooftop: 0, rooftops: 1, vehicles, days, faults };
        let (start, end) = (shape.world().start(), shape.world().end());
        let mut otherwise = Trials::default();
        self.live(&shape, true, |event| otherwise.apply(event))?;
        let otherwise = otherwise.units(end, &self.policy);

        let mut trials = Trials::default();
        let mut looks = Looks::new(start, end);
        let mut credits = Credits::default();
        let truth = self.live(&shape, false, |event| {
            looks.until(event.at, &trials, &self.policy, &self.rules);
            credits.apply(event)?;
            trials.apply(event)
        })?;
        looks.until(end + chrono::TimeDelta::seconds(1), &trials, &self.policy, &self.rules);
        looks.judge(&trials.units(end, &self.policy), &otherwise, &self.policy);
        Ok(Measured { looks, credits: credits.grade(&truth.orders) })
    }

    /// Lives through a world and reads its journal; its truth.
    fn live(
        &self,
        shape: &Shape,
        mirrored: bool,
        mut read: impl FnMut(&Event) -> Result<(), serde_json::Error>,
    ) -> Result<Truth, CommandError> {
        let failed = |error: &dyn core::fmt::Display| CommandError::failed(error.to_string());
        let folder = tempfile::tempdir().map_err(|error| failed(&error))?;
        let trial = Trial { controls: self.controls.clone(), mirrored, named: None };
        let setting = Setting { trial: Some(trial), ..Setting::shipped() };
        let database = folder.path().join("fixedops.db");
        let store = simulation::open(&database, std::slice::from_ref(shape))?;
        let lived = simulation::live_in(shape, &setting, &store, folder.path(), |_| {})
            .map_err(simulation::broken)?;
        simulation::tell_refused(&lived);
        let mut after = 0;
        loop {
            let page = block_on(store.scan(&lived.seller, after, PAGE)).map_err(|error| failed(&error))?;
            let Some(last) = page.last() else { return Ok(lived.truth) };
            after = last.position;
            for event in &page {
                read(event).map_err(|error| failed(&error))?;
            }
        }
    }
}
