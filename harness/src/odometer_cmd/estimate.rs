use std::path::PathBuf;

use chrono::{DateTime, Utc};
use fixedops_odometer_core::{Model, Posterior, Reading};

use super::{model_file, readings::Histories};
use crate::outcome::{CommandError, Outcome};
use crate::table::{BadField, Output, Row, Rows, SetAside, parse_time};

/// Arguments of `estimate`.
#[derive(clap::Args, Debug)]
pub struct EstimateArgs {
    /// Readings: vehicle_id,date,odometer,unit[,learned_at]; unit mi, km or m
    #[arg(long)]
    readings: PathBuf,
    /// Queries: vehicle_id,as_of,at; only what was read and learned by as_of is used
    #[arg(long)]
    queries: PathBuf,
    /// The answers: a row for every query, in order
    #[arg(long)]
    out: PathBuf,
    /// Another model than the shipped one (TOML)
    #[arg(long)]
    model: Option<PathBuf>,
    /// Stop at the first bad row
    #[arg(long)]
    strict: bool,
}

const HEADER: [&str; 10] = [
    "vehicle_id",
    "as_of",
    "at",
    "p10",
    "p50",
    "p90",
    "basis",
    "last_reading_at",
    "readings_used",
    "readings_set_aside",
];

/// Answers every query.
pub fn estimate(args: &EstimateArgs) -> Result<Outcome, CommandError> {
    let model = model_file::load(args.model.as_deref())?;
    let mut set_aside = SetAside::new(args.strict);
    let mut queries = Rows::open(&args.queries, &["vehicle_id", "as_of", "at"], &[])?;
    let mut output = Output::beside(&args.out, &[&args.readings, &args.queries], &HEADER)?;
    let histories = Histories::read(&args.readings, &mut set_aside)?;
    let mut asked: Option<Asked> = None;
    while let Some(row) = queries.next_row()? {
        let answer = match query(&row) {
            Ok((vehicle, as_of, at)) => {
                let asked = Asked::again(&mut asked, vehicle, as_of, &histories, &model);
                Answer::of(&asked.posterior, at)
            }
            Err(bad) => {
                set_aside.report(&args.queries, row.line(), &bad)?;
                Answer::unreadable()
            }
        };
        let echo = [row.bytes(0), row.bytes(1), row.bytes(2)];
        output.row(echo.into_iter().chain(answer.0.iter().map(String::as_bytes)))?;
    }
    output.finish()?;
    set_aside.finish();
    Ok(Outcome::Done)
}

/// Vehicle, `as_of` and `at`.
type Query<'a> = (&'a [u8], DateTime<Utc>, DateTime<Utc>);

fn query<'a>(row: &Row<'a>) -> Result<Query<'a>, BadField> {
    let time = |column| parse_time(row.required(column)?).map_err(|reason| row.bad(column, reason));
    Ok((row.id(0)?, time(1)?, time(2)?))
}

/// The vehicle asked about last: questions often come in runs.
struct Asked {
    vehicle: Box<[u8]>,
    history: Vec<Reading>,
    as_of: DateTime<Utc>,
    posterior: Posterior,
}

impl Asked {
    fn again<'s>(
        last: &'s mut Option<Self>,
        vehicle: &[u8],
        as_of: DateTime<Utc>,
        histories: &Histories,
        model: &Model,
    ) -> &'s Self {
        let same_vehicle = last.take_if(|asked| asked.vehicle.as_ref() == vehicle);
        let asked = match same_vehicle {
            Some(asked) if asked.as_of == as_of => asked,
            other => {
                let history = other.map_or_else(|| histories.of(vehicle), |asked| asked.history);
                let posterior = Posterior::fit(&history, &[], as_of, model);
                Self { vehicle: vehicle.into(), history, as_of, posterior }
            }
        };
        last.insert(asked)
    }
}

/// The columns after the echoed ones.
struct Answer([String; 7]);

impl Answer {
    fn of(posterior: &Posterior, at: DateTime<Utc>) -> Self {
        let mileage = posterior.mileage_at(at);
        let miles = |pick: fn(&fixedops_vocab::MilesRange) -> fixedops_vocab::Miles| {
            mileage.range().as_ref().map_or(String::new(), |range| pick(range).to_string())
        };
        Self([
            miles(fixedops_vocab::MilesRange::p10),
            miles(fixedops_vocab::MilesRange::p50),
            miles(fixedops_vocab::MilesRange::p90),
            mileage.basis().to_string(),
            posterior.last_reading_at().map_or(String::new(), rfc3339),
            posterior.readings_used().to_string(),
            posterior.readings_set_aside().to_string(),
        ])
    }

    fn unreadable() -> Self {
        let empty = String::new;
        Self([empty(), empty(), empty(), "unknown".to_owned(), empty(), "0".to_owned(), "0".to_owned()])
    }
}

/// `2026-03-02T15:04:05Z`.
pub fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}
