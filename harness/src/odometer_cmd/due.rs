use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use fixedops_odometer_core::{Assessment, Baseline, Posterior, Schedule, assess};
use fixedops_vocab::{DistanceUnit, Miles, RawOdometer, ServiceId};

use super::estimate::rfc3339;
use super::model_file;
use super::readings::Histories;
use crate::outcome::{CommandError, Outcome};
use crate::table::{BadField, Output, Row, Rows, SetAside, parse_time};

/// Arguments of `due`.
#[derive(clap::Args, Debug)]
pub struct DueArgs {
    /// Readings: vehicle_id,date,odometer,unit[,learned_at]; unit mi, km or m
    #[arg(long)]
    readings: PathBuf,
    /// The maintenance schedule (TOML)
    #[arg(long)]
    schedule: PathBuf,
    /// Services done: vehicle_id,date,odometer,unit,service; service `delivery` is the car's delivery, an empty
    /// odometer is not known
    #[arg(long)]
    services: PathBuf,
    /// The instant to look at; nothing known later is used
    #[arg(long)]
    at: String,
    /// Probability from which a service counts as due
    #[arg(long, default_value_t = 0.5)]
    level: f64,
    /// A row for every vehicle and service of the schedule
    #[arg(long)]
    out: PathBuf,
    /// Another model than the shipped one (TOML)
    #[arg(long)]
    model: Option<PathBuf>,
    /// Stop at the first bad row
    #[arg(long)]
    strict: bool,
}

const HEADER: [&str; 9] =
    ["vehicle_id", "service", "due_miles", "due_p10", "due_p50", "due_p90", "p_due", "stage", "reason"];

/// One service done: when, at how many miles, what.
type Service = (DateTime<Utc>, Option<Miles>, String);

/// The services of one vehicle.
type Done = Vec<Service>;

/// Assesses every service of every vehicle that has a reading or a service.
pub fn due(args: &DueArgs) -> Result<Outcome, CommandError> {
    let model = model_file::load(args.model.as_deref())?;
    let at =
        parse_time(&args.at).map_err(|reason| CommandError::usage(format!("--at {}: {reason}", args.at)))?;
    if !(0.01..=0.99).contains(&args.level) {
        return Err(CommandError::usage(format!("--level {}: outside 0.01 to 0.99", args.level)));
    }
    let failed =
        |error: &dyn std::error::Error| CommandError::failed(format!("{}: {error}", args.schedule.display()));
    let text = std::fs::read_to_string(&args.schedule).map_err(|error| failed(&error))?;
    let schedule = Schedule::from_toml(&text).map_err(|error| failed(&error))?;

    let mut output = Output::create(&args.out, &HEADER)?;
    let mut set_aside = SetAside::new(args.strict);
    let histories = Histories::read(&args.readings, &mut set_aside)?;
    let mut done: BTreeMap<Box<[u8]>, Done> = BTreeMap::new();
    for vehicle in histories.vehicles() {
        done.insert(vehicle.into(), Vec::new());
    }
    let mut rows = Rows::open(&args.services, &["vehicle_id", "date", "odometer", "unit", "service"], &[])?;
    while let Some(row) = rows.next_row()? {
        match service(&row) {
            Ok((vehicle, service)) => done.entry(vehicle.into()).or_default().push(service),
            Err(bad) => set_aside.report(&args.services, row.line(), &bad)?,
        }
    }

    for (vehicle, services) in &done {
        let posterior = Posterior::fit(&histories.of(vehicle), &[], at, &model);
        for rule in schedule.rules() {
            let assessment = baseline(&rule.service, services, at)
                .map(|base| assess(rule, &base, &posterior, at, args.level));
            let fields = fields(&rule.service, assessment.as_ref());
            output.row(core::iter::once(vehicle.as_ref()).chain(fields.iter().map(String::as_bytes)))?;
        }
    }
    output.finish()?;
    set_aside.finish();
    Ok(Outcome::Done)
}

fn service<'a>(row: &Row<'a>) -> Result<(&'a [u8], Service), BadField> {
    let at = parse_time(row.required(1)?).map_err(|reason| row.bad(1, reason))?;
    let miles = match row.text(2)? {
        Some(number) => {
            let unit: DistanceUnit =
                row.required(3)?.parse().map_err(|error| row.bad(3, format!("{error}")))?;
            let raw = RawOdometer::parse(number, unit).map_err(|error| row.bad(2, format!("{error}")))?;
            Some(raw.to_miles().ok_or_else(|| row.bad(2, "outside 0 to 999,999.9 miles"))?)
        }
        None => None,
    };
    Ok((row.id(0)?, (at, miles, row.required(4)?.to_owned())))
}

/// The last of these services known at `at`, or the delivery.
fn baseline(service: &ServiceId, done: &Done, at: DateTime<Utc>) -> Option<Baseline> {
    let known = || done.iter().filter(|(done_at, ..)| *done_at <= at);
    let last = |name: &str| {
        known().filter(|(.., what)| what == name).max_by_key(|(done_at, miles, _)| (*done_at, *miles))
    };
    let cycle = known().filter(|(.., what)| what == service.as_str()).count();
    last(service.as_str()).or_else(|| last("delivery")).map(|&(done_at, miles, _)| Baseline {
        done_at,
        miles,
        cycle: u32::try_from(cycle).unwrap_or(u32::MAX),
    })
}

fn fields(service: &ServiceId, assessment: Option<&Assessment>) -> [String; 8] {
    let time = |at: Option<DateTime<Utc>>| at.map_or(String::new(), rfc3339);
    match assessment {
        Some(found) => [
            service.to_string(),
            found.due_miles.map_or(String::new(), |miles| miles.to_string()),
            time(found.due_p10),
            time(found.due_p50),
            time(found.due_p90),
            found.p_due.map_or(String::new(), |p| format!("{p:.4}")),
            found.stage.as_str().to_owned(),
            found.reason.clone(),
        ],
        None => [
            service.to_string(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            "unknown".to_owned(),
            "unknown: no known service or delivery to count from".to_owned(),
        ],
    }
}
