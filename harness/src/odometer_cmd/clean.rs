use std::collections::HashMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use fixedops_odometer_core::{Judgement, Model, Reading, Verdict, judge};

use super::model_file;
use super::readings::{Compact, OPTIONAL, REQUIRED, reading};
use crate::outcome::{CommandError, Outcome};
use crate::table::{Output, Rows, SetAside, parse_time};

/// Arguments of `clean`.
#[derive(clap::Args, Debug)]
pub struct CleanArgs {
    /// Readings: vehicle_id,date,odometer,unit[,learned_at]; unit mi, km or m
    #[arg(long)]
    readings: PathBuf,
    /// The verdicts: a row for every reading, in order
    #[arg(long)]
    out: PathBuf,
    /// Another model than the shipped one (TOML)
    #[arg(long)]
    model: Option<PathBuf>,
    /// When the file was made: a reading dated more than a day later is set aside as `future_date` (default: now)
    #[arg(long)]
    as_of: Option<String>,
    /// Stop at the first unreadable row
    #[arg(long)]
    strict: bool,
}

const HEADER: [&str; 8] =
    ["vehicle_id", "date", "odometer", "unit", "verdict", "reason", "repaired_miles", "confidence"];

/// Judges every row.
pub fn clean(args: &CleanArgs) -> Result<Outcome, CommandError> {
    let model = model_file::load(args.model.as_deref())?;
    let as_of = match &args.as_of {
        Some(text) => {
            parse_time(text).map_err(|reason| CommandError::usage(format!("--as-of {text}: {reason}")))?
        }
        None => DateTime::<Utc>::from(std::time::SystemTime::now()),
    };
    let mut output = Output::beside(&args.out, &[&args.readings], &HEADER)?;
    let mut set_aside = SetAside::new(args.strict);
    let said = judge_all(args, as_of, &model, &mut set_aside)?;

    // The file is read again for its echo: the readings alone are held, not the text.
    let mut rows = Rows::open(&args.readings, &REQUIRED, &OPTIONAL)?;
    let mut verdicts = said.into_iter();
    while let Some(row) = rows.next_row()? {
        let Some(said) = verdicts.next() else {
            return Err(CommandError::failed(format!("{} grew while it was read", args.readings.display())));
        };
        let echo = [row.bytes(0), row.bytes(1), row.bytes(2), row.bytes(3)];
        let (verdict, reason, repaired) = match (said.map(|said| said.verdict), reading(&row)) {
            (Some(Verdict::Accepted), _) => ("accepted", String::new(), String::new()),
            (Some(Verdict::SetAside(reason)), _) => ("set_aside", reason.to_string(), String::new()),
            (Some(Verdict::Repaired { kind, miles }), _) => ("repaired", kind.to_string(), miles.to_string()),
            (None, Err(bad)) => ("set_aside", format!("unreadable: {}", bad.field), String::new()),
            (None, Ok(_)) => {
                let changed = format!("{} changed while it was read", args.readings.display());
                return Err(CommandError::failed(changed));
            }
        };
        let confidence = said.map_or_else(|| "1.000".to_owned(), |said| said.confidence.to_string());
        let answer = [verdict.as_bytes(), reason.as_bytes(), repaired.as_bytes(), confidence.as_bytes()];
        output.row(echo.into_iter().chain(answer))?;
    }
    output.finish()?;
    set_aside.finish();
    Ok(Outcome::Done)
}

/// A verdict for each row, None where it cannot be read.
fn judge_all(
    args: &CleanArgs,
    as_of: DateTime<Utc>,
    model: &Model,
    set_aside: &mut SetAside,
) -> Result<Vec<Option<Judgement>>, CommandError> {
    let mut rows = Rows::open(&args.readings, &REQUIRED, &OPTIONAL)?;
    let mut said: Vec<Option<Judgement>> = Vec::new();
    // The vehicles' places are looked up, never walked; the histories are.
    let mut places: HashMap<Box<[u8]>, usize> = HashMap::new();
    let mut histories: Vec<Vec<(usize, Compact)>> = Vec::new();
    while let Some(row) = rows.next_row()? {
        match reading(&row) {
            Ok((vehicle, reading)) => {
                // Nobody can have heard of it later than the file was made.
                let reading = reading.learned_at(reading.learned_at.min(as_of));
                let place = match places.get(vehicle) {
                    Some(&place) => place,
                    None => {
                        places.insert(vehicle.into(), histories.len());
                        histories.push(Vec::new());
                        histories.len() - 1
                    }
                };
                if let Some(history) = histories.get_mut(place) {
                    history.push((said.len(), Compact::of(&reading)));
                }
            }
            Err(bad) => set_aside.report(&args.readings, row.line(), &bad)?,
        }
        said.push(None);
    }
    for history in histories {
        let readings: Vec<Reading> = history.iter().map(|(_, compact)| compact.reading()).collect();
        for ((row, _), judgement) in history.iter().zip(judge(&readings, model)) {
            if let Some(slot) = said.get_mut(*row) {
                *slot = Some(judgement);
            }
        }
    }
    Ok(said)
}
