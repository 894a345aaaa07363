//! `fixedops simulate --compare-plans`: the plans of declined work side by side, on the same simulated worlds.

mod arms;
mod count;
mod fit;
mod report;

use std::path::Path;

use fixedops_recovery::{Plans, Trigger};
use fixedops_vocab::PolicyVersion;
use fixedops_world::Parameters;
use indicatif::{ProgressBar, ProgressStyle};

use crate::outcome::{CommandError, Outcome};
use crate::page;
use crate::simulation::{self, DECLINED_RECOVERY, FollowUp};
pub use arms::each;
use arms::{Arm, Worlds};
use count::Counted;
use fit::{Fit, Fitted};
pub use report::{Compared, Measured, Report};

/// What is compared.
#[derive(clap::Args, Debug)]
pub struct Comparison {
    /// Run every plan of declined work in every scenario of recovery on the same worlds, and once without a message about
    /// it; writes OUT/plans.json and OUT/plans.html. What is counted already is not run again
    #[arg(long)]
    pub compare_plans: bool,
    /// Find how strongly customers must respond for each scenario: the share of the declined lines that the first plan brings
    /// back and that would not have come by themselves
    #[arg(long, conflicts_with_all = ["compare_plans", "out", "keep_runs"])]
    pub fit_scenarios: bool,
    /// The plans, by name or version, the first the one others are compared with
    /// [default: declined_recovery_30_60_90_120,declined_recovery_warm,wear_timed_recovery]
    #[arg(long, value_delimiter = ',')]
    plans: Vec<String>,
    /// Scenarios of recovery, in percent of the declined lines that the standard plan brings back [default: 6,12,20]
    #[arg(long, value_delimiter = ',')]
    scenarios: Vec<u32>,
    /// Keep the store, journal and scorecard of each run in OUT/runs
    #[arg(long)]
    keep_runs: bool,
}

/// What is compared where nothing is said.
const PLANS: [&str; 3] = ["declined_recovery_30_60_90_120", "declined_recovery_warm", "wear_timed_recovery"];
const SCENARIOS: [u32; 3] = [6, 12, 20];

impl Comparison {
    /// Whether something is said that only a comparison takes.
    pub const fn asks_for_more(&self) -> bool {
        !self.plans.is_empty() || !self.scenarios.is_empty() || self.keep_runs
    }

    fn plans(&self) -> Vec<String> {
        if self.plans.is_empty() { PLANS.map(str::to_owned).into() } else { self.plans.clone() }
    }

    fn scenarios(&self) -> Vec<u32> {
        if self.scenarios.is_empty() { SCENARIOS.into() } else { self.scenarios.clone() }
    }
}

/// The worlds all runs share.
pub struct Asked<'a> {
    /// The first seed.
    pub seed: u64,
    /// How many.
    pub seeds: u32,
    /// Cars of each.
    pub vehicles: u32,
    /// Days of each.
    pub days: u32,
    /// What goes wrong on purpose.
    pub faults: simulation::Faults,
    /// Runs at the same time.
    pub workers: u32,
    /// Where the files go.
    pub out: Option<&'a Path>,
}

impl Asked<'_> {
    fn seeds(&self) -> Vec<u64> {
        (0..self.seeds).map(|number| self.seed.wrapping_add(u64::from(number))).collect()
    }

    fn worlds(&self) -> Worlds {
        Worlds { vehicles: self.vehicles, days: self.days, faults: self.faults.clone() }
    }
}

/// Compares, or fits.
pub fn run(args: &Comparison, asked: &Asked<'_>) -> Result<Outcome, CommandError> {
    let plans = plans(&args.plans())?;
    if args.fit_scenarios { fitted(args, asked, &plans) } else { compare(args, asked, &plans) }
}

fn compare(args: &Comparison, asked: &Asked<'_>, plans: &[PolicyVersion]) -> Result<Outcome, CommandError> {
    let Some(out) = asked.out else {
        return Err(CommandError::usage("--compare-plans writes files: --out DIR says where"));
    };
    let scenarios = scenarios(&args.scenarios())?;
    simulation::folder(out)?;
    let mut arms = vec![Arm { scenario: None, plan: None }];
    for scenario in scenarios {
        arms.extend(plans.iter().map(|plan| Arm { scenario: Some(scenario), plan: Some(plan.clone()) }));
    }
    let (worlds, seeds) = (asked.worlds(), asked.seeds());
    let jobs: Vec<(&Arm, u64)> =
        arms.iter().flat_map(|arm| seeds.iter().map(move |seed| (arm, *seed))).collect();
    let bar = ProgressBar::new(u64::try_from(jobs.len()).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} run {pos} of {len} {eta}") {
        bar.set_style(style);
    }
    let runs = out.join("runs");
    let counted = each(&jobs, asked.workers, |(arm, seed)| {
        let setting = arm.setting().ok_or_else(|| CommandError::usage("no such scenario"))?;
        let counted = worlds.count(*seed, arm, &setting, &runs, args.keep_runs)?;
        bar.inc(1);
        Ok(counted)
    })?;
    bar.finish_and_clear();
    let mut counted = arms.into_iter().zip(counted.chunks(seeds.len().max(1)).map(<[Counted]>::to_vec));
    let none = counted.next().map(|(_, none)| none).unwrap_or_default();
    let made = report::Made {
        world: fixedops_world::VERSION.to_owned(),
        parameters: Parameters::shipped().version,
        vehicles: worlds.vehicles,
        days: worlds.days,
        follow_days: worlds.follow_days(),
        first_seed: asked.seed,
        seeds: asked.seeds,
        faults: worlds.faults.names(),
    };
    let report = Report::of(made, none, counted.collect());
    let json = serde_json::to_string_pretty(&report)
        .map_err(|error| CommandError::failed(format!("cannot write the comparison: {error}")))?;
    page::write(&format!("{json}\n"), &out.join("plans.json"))?;
    let html = page::plans(&report)
        .map_err(|error| CommandError::failed(format!("cannot write the comparison: {error}")))?;
    page::write(&html, &out.join("plans.html"))?;
    say(&report);
    Ok(Outcome::Done)
}

/// The table for a terminal.
fn say(report: &Report) {
    let made = &report.made;
    println!(
        "{} stores of {} vehicles over {} days, from seed {}; each declined line is looked at for {} days",
        made.seeds, made.vehicles, made.days, made.first_seed, made.follow_days
    );
    for scenario in report.scenarios() {
        println!("\nscenario {scenario} %");
        println!(
            "{:<34} {:>6} {:>9} {:>9} {:>9} {:>22} {:>9} {:>22} {:>6} {:>7} {:>6} {:>7} {:>8} {:>9}",
            "plan",
            "lines",
            "dollars",
            "contacted",
            "recovered",
            "% (90 % interval)",
            "dollars",
            "done here beyond none",
            "texts",
            "e-mails",
            "calls",
            "each",
            "opt-outs",
            "per 1,000"
        );
        for arm in report.arms_of(scenario) {
            let value = |id: &str| arm.get(id).map_or_else(|| "-".to_owned(), bare);
            let spread = |id: &str| arm.get(id).map_or_else(|| "-".to_owned(), with_interval);
            let recovered = arm.get("recovered").and_then(|measured| measured.figure.numerator);
            println!(
                "{:<34} {:>6} {:>9} {:>8}% {:>9} {:>22} {:>9} {:>22} {:>6} {:>7} {:>6} {:>7} {:>8} {:>9}",
                arm.name(),
                value("lines"),
                value("dollars"),
                value("contacted"),
                recovered.map_or_else(|| "-".to_owned(), |n| n.normalize().to_string()),
                spread("recovered"),
                value("recovered_dollars"),
                spread("over_none"),
                value("texts"),
                value("emails"),
                value("calls"),
                value("touches_per_recovered"),
                value("opt_outs"),
                value("opt_outs_per_1000")
            );
        }
    }
    println!("\n{}", report.rests_on);
}

fn bare(measured: &Measured) -> String {
    let Some(value) = measured.figure.value else { return "-".to_owned() };
    if measured.figure.unit == fixedops_closed_loop::Unit::Dollars {
        return value.round().to_string();
    }
    value.to_string()
}

fn with_interval(measured: &Measured) -> String {
    let interval = measured.interval.map(|[low, high]| format!(" ({low} to {high})")).unwrap_or_default();
    format!("{}{interval}", bare(measured))
}

fn fitted(args: &Comparison, asked: &Asked<'_>, plans: &[PolicyVersion]) -> Result<Outcome, CommandError> {
    let Some(plan) = plans.first() else {
        return Err(CommandError::usage("--plans names no plan"));
    };
    let percents = percents(&args.scenarios())?;
    let bar = ProgressBar::no_length();
    let follow_up = FollowUp::On(plan.clone());
    let (worlds, seeds) = (asked.worlds(), asked.seeds());
    let fit = Fit { worlds: &worlds, seeds: &seeds, workers: asked.workers, follow_up: &follow_up };
    let found = fit.of(&percents, || bar.inc(1))?;
    bar.finish_and_clear();
    for Fitted { percent, response, points, counted } in &found {
        println!(
            "scenario {percent} %: response {}: {points:.2} points of the declined lines brought back that would not have come by themselves, {} of {} done here, {} with a credit ({} stores of {} vehicles over {} days, seeds {} on, each line looked at for {} days, plan {plan})",
            f64::from(*response) / 1_000.0,
            counted.came_back,
            counted.lines,
            counted.recovered,
            asked.seeds,
            asked.vehicles,
            asked.days,
            asked.seed,
            worlds.follow_days()
        );
    }
    Ok(Outcome::Done)
}

/// The plans asked for, by name or version.
fn plans(asked: &[String]) -> Result<Vec<PolicyVersion>, CommandError> {
    let shipped = Plans::shipped();
    let mut found: Vec<PolicyVersion> = Vec::new();
    for name in asked {
        // Of several versions the one that is not retired comes first.
        let plan = shipped.iter().find(|plan| {
            let version = plan.version().as_str();
            version == name || version.rsplit_once('/').is_some_and(|(plan, _)| plan == name)
        });
        let Some(plan) = plan else {
            return Err(CommandError::usage(format!("no plan {name} ships: fixedops plan list has them")));
        };
        if plan.program().as_str() != DECLINED_RECOVERY || plan.opened_by() != Trigger::Decline {
            return Err(CommandError::usage(format!("{name} is no plan of declined work")));
        }
        if found.contains(plan.version()) {
            return Err(CommandError::usage(format!("--plans names {name} twice")));
        }
        found.push(plan.version().clone());
    }
    Ok(found)
}

fn percents(asked: &[u32]) -> Result<Vec<u32>, CommandError> {
    let mut seen = Vec::new();
    for percent in asked {
        if !(1..=99).contains(percent) {
            return Err(CommandError::usage(format!("a scenario of {percent} % is none")));
        }
        if seen.contains(percent) {
            return Err(CommandError::usage(format!("--scenarios names {percent} twice")));
        }
        seen.push(*percent);
    }
    Ok(seen)
}

/// The scenarios asked for: each must have been fitted.
fn scenarios(asked: &[u32]) -> Result<Vec<u32>, CommandError> {
    let percents = percents(asked)?;
    let fitted = Parameters::shipped().scenarios;
    for percent in &percents {
        if !fitted.iter().any(|scenario| scenario.percent == *percent) {
            let known: Vec<String> = fitted.iter().map(|scenario| scenario.percent.to_string()).collect();
            return Err(CommandError::usage(format!(
                "no scenario of {percent} % was fitted: there are {}",
                known.join(", ")
            )));
        }
    }
    Ok(percents)
}
