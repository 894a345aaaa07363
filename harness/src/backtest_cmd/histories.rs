//! The histories of a file, in the order of their ids.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use fixedops_odometer_core::Reading;
use fixedops_vocab::{DistanceUnit, RawOdometer};

use super::line::Point;
use crate::outcome::CommandError;
use crate::table::{BadField, Row, Rows, SetAside, parse_time};

/// From when a reading is known.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learned {
    /// As `learned_at` says, where it says something.
    Column,
    /// From when it was read.
    Read,
}

/// All readings of one vehicle, in the order of time.
pub struct History {
    /// They.
    pub readings: Vec<Reading>,
}

impl History {
    /// Reads a file; bad rows are reported and set aside.
    pub fn read(path: &Path, learned: Learned, set_aside: &mut SetAside) -> Result<Vec<Self>, CommandError> {
        let mut rows = Rows::open(path, &["vehicle_id", "date", "odometer", "unit"], &["learned_at"])?;
        let mut all: BTreeMap<Box<[u8]>, Vec<Reading>> = BTreeMap::new();
        while let Some(row) = rows.next_row()? {
            match reading(&row, learned) {
                Ok((vehicle, reading)) => all.entry(vehicle.into()).or_default().push(reading),
                Err(bad) => set_aside.report(path, row.line(), &bad)?,
            }
        }
        let sorted = all.into_values().map(|mut readings| {
            readings.sort();
            Self { readings }
        });
        Ok(sorted.collect())
    }

    /// What the readings known at `as_of` show, for rules that know nothing of readings. What no odometer can show is
    /// left out: any program refuses that when it is typed.
    pub fn points(readings: &[Reading]) -> Vec<Point> {
        let point = |reading: &Reading| {
            let miles = reading.raw.to_miles()?.as_f64();
            Some(Point { day: day(reading.read_at), miles })
        };
        readings.iter().filter_map(point).collect()
    }
}

/// Days since 1970.
pub fn day(at: DateTime<Utc>) -> f64 {
    // Milliseconds of ten thousand years fit a float exactly.
    #[allow(clippy::cast_precision_loss)]
    let milliseconds = at.timestamp_millis() as f64;
    milliseconds / 86_400_000.0
}

fn reading<'a>(row: &Row<'a>, learned: Learned) -> Result<(&'a [u8], Reading), BadField> {
    let vehicle = row.id(0)?;
    let read_at = parse_time(row.required(1)?).map_err(|reason| row.bad(1, reason))?;
    let number = row.required(2)?;
    let unit: DistanceUnit = row.required(3)?.parse().map_err(|error| row.bad(3, format!("{error}")))?;
    let raw = RawOdometer::parse(number, unit).map_err(|error| row.bad(2, format!("{error}")))?;
    let reading = Reading::reported(read_at, raw);
    let reading = match row.text(4)?.filter(|_| learned == Learned::Column) {
        Some(text) => reading.learned_at(parse_time(text).map_err(|reason| row.bad(4, reason))?),
        None => reading,
    };
    Ok((vehicle, reading))
}
