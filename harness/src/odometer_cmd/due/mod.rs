//! Which services of which vehicle are due, on which visit, and what to ask the driver.

mod answer;
mod cars;
mod countdowns;
mod services;
mod strangers;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use fixedops_odometer_core::{
    Assessment, Baseline, DuePoint, DuePolicy, IntervalRule, Model, OpCodes, Packs, Posterior, Schedule, ask,
    assess_due, bundle,
};

use self::answer::{Answer, HEADER};
use self::cars::Cars;
use self::countdowns::Countdowns;
use self::services::{Done, Services};
use self::strangers::Strangers;
use super::model_file;
use super::readings::Histories;
use crate::outcome::{CommandError, Outcome};
use crate::table::{Output, SetAside, parse_time, printable};

/// Arguments of `due`.
#[derive(clap::Args, Debug)]
pub struct DueArgs {
    /// Readings: vehicle_id,date,odometer,unit[,learned_at]; unit mi, km or m
    #[arg(long)]
    readings: PathBuf,
    /// The maintenance schedule (TOML); several, where each is for certain cars: the closest to a car counts
    #[arg(long, required = true)]
    schedule: Vec<PathBuf>,
    /// Services done: vehicle_id,date,odometer,unit and service, or op_code (or name) read with --op-codes
    /// [,where,record,by]; where is here or elsewhere; service `delivery` is the car's delivery, an empty odometer is
    /// not known
    #[arg(long)]
    services: PathBuf,
    /// Which service an operation code or name stands for (TOML)
    #[arg(long)]
    op_codes: Option<PathBuf>,
    /// What the cars are, to choose their schedule: vehicle_id[,year,make,model,engine]
    #[arg(long)]
    vehicles: Option<PathBuf>,
    /// What the cars say of their next service: vehicle_id,date,service[,odometer,distance_left,unit,days_left,learned_at]
    #[arg(long)]
    countdowns: Option<PathBuf>,
    /// The instant to look at; nothing known later is used
    #[arg(long)]
    at: String,
    /// Probability from which a service counts as due
    #[arg(long, default_value_t = 0.5)]
    level: f64,
    /// A row for every vehicle and service of its schedule
    #[arg(long)]
    out: PathBuf,
    /// Another model than the shipped one (TOML)
    #[arg(long)]
    model: Option<PathBuf>,
    /// Other numbers for visits, asks and countdowns than the shipped ones (TOML)
    #[arg(long)]
    due_policy: Option<PathBuf>,
    /// Stop at the first bad row
    #[arg(long)]
    strict: bool,
}

/// What everything is decided by.
struct Rules {
    model: Model,
    packs: Packs,
    policy: DuePolicy,
    at: DateTime<Utc>,
    level: f64,
}

/// Assesses every service of every vehicle that has a reading, a service or a countdown.
pub fn due(args: &DueArgs) -> Result<Outcome, CommandError> {
    let rules = rules(args)?;
    let op_codes = match &args.op_codes {
        Some(path) => Some(read(path, OpCodes::from_toml)?),
        None => None,
    };

    let mut output = Output::beside(&args.out, &[&args.readings, &args.services], &HEADER)?;
    let mut set_aside = SetAside::new(args.strict);
    let histories = Histories::read(&args.readings, &mut set_aside)?;
    let mut strangers = Strangers::to(&rules.packs);
    let services = Services::read(&args.services, op_codes.as_ref(), &mut strangers, &mut set_aside)?;
    let mut said_strangers = Strangers::to(&rules.packs);
    let cars = match &args.vehicles {
        Some(path) => Cars::read(path, &mut set_aside)?,
        None => Cars::default(),
    };
    let countdowns = match &args.countdowns {
        Some(path) => Countdowns::read(path, &mut said_strangers, &mut set_aside)?,
        None => Countdowns::default(),
    };

    let mut vehicles: BTreeMap<&[u8], Option<&Done>> = BTreeMap::new();
    vehicles.extend(histories.vehicles().into_iter().chain(countdowns.vehicles()).map(|id| (id, None)));
    vehicles.extend(services.iter().map(|(id, done)| (id, Some(done))));
    for (vehicle, done) in vehicles {
        let car = cars.of(vehicle);
        let Some(schedule) = rules.packs.for_car(&car) else {
            eprintln!("vehicle {}: no schedule is for it", printable(vehicle));
            continue;
        };
        let none = Done::default();
        let done = done.unwrap_or(&none);
        let mut readings = histories.of(vehicle);
        readings.extend(done.deliveries());
        let posterior = Posterior::fit(&readings, &[], rules.at, &rules.model);
        for answer in answers(&rules, schedule, done, countdowns.of(vehicle), &posterior) {
            let fields = answer.fields();
            output.row(core::iter::once(vehicle).chain(fields.iter().map(String::as_bytes)))?;
        }
    }
    output.finish()?;
    services.say(&args.services);
    strangers.say(&args.services);
    if let Some(path) = &args.countdowns {
        said_strangers.say(path);
    }
    set_aside.finish();
    Ok(Outcome::Done)
}

/// One answer for every service of the schedule, in its order.
fn answers(
    rules: &Rules,
    schedule: &Schedule,
    done: &Done,
    said: &[fixedops_odometer_core::Countdown],
    posterior: &Posterior,
) -> Vec<Answer> {
    let at = rules.at;
    let assessed: Vec<(&IntervalRule, Option<(Baseline, Assessment)>)> = schedule
        .rules()
        .iter()
        .map(|rule| {
            let known = said.iter().find(|said| said.service == rule.service && said.known_at(at));
            let baseline = done
                .baseline(rule, at, &rules.policy)
                .or_else(|| known.map(|said| Baseline::countdown_only(said.read_at)));
            let found = baseline.map(|baseline| {
                let due = DuePoint::of(rule, &baseline).with_countdowns(
                    rule,
                    &baseline,
                    said,
                    posterior,
                    at,
                    rules.policy.countdown(),
                );
                let assessment = assess_due(rule, &baseline, &due, posterior, at, rules.level);
                (baseline, assessment)
            });
            (rule, found)
        })
        .collect();
    let all: Vec<Assessment> =
        assessed.iter().filter_map(|(_, found)| found.as_ref().map(|(_, found)| found.clone())).collect();
    let visits = bundle(&all, &posterior.mileage_at(at), at, rules.policy.visit());
    assessed
        .into_iter()
        .map(|(rule, found)| {
            let visit = visits
                .iter()
                .zip(1_usize..)
                .find(|(visit, _)| visit.services.contains(&rule.service))
                .map(|(visit, number)| (number, visit.lead.clone(), visit.why));
            let wanted =
                found.as_ref().and_then(|(_, assessment)| ask(assessment, posterior, at, rules.policy.ask()));
            let service = rule.service.clone();
            Answer { service, schedule: schedule.version().clone(), found, visit, ask: wanted, at }
        })
        .collect()
}

fn rules(args: &DueArgs) -> Result<Rules, CommandError> {
    let model = model_file::load(args.model.as_deref())?;
    let at =
        parse_time(&args.at).map_err(|reason| CommandError::usage(format!("--at {}: {reason}", args.at)))?;
    if !(0.01..=0.99).contains(&args.level) {
        return Err(CommandError::usage(format!("--level {}: outside 0.01 to 0.99", args.level)));
    }
    let mut schedules = Vec::new();
    for path in &args.schedule {
        schedules.push(read(path, Schedule::from_toml)?);
    }
    let packs = Packs::new(schedules).map_err(|error| CommandError::failed(error.to_string()))?;
    let policy = match &args.due_policy {
        Some(path) => read(path, DuePolicy::from_toml)?,
        None => DuePolicy::shipped(),
    };
    Ok(Rules { model, packs, policy, at, level: args.level })
}

/// Reads a file of rules.
fn read<T, E: Display>(path: &Path, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, CommandError> {
    let failed = |error: &dyn Display| CommandError::failed(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    parse(&text).map_err(|error| failed(&error))
}
