use std::collections::HashMap;
use std::path::Path;

use chrono::DateTime;
use fixedops_odometer_core::{Reading, ReadingKind};
use fixedops_vocab::{DistanceUnit, RawOdometer};

use crate::outcome::CommandError;
use crate::table::{BadField, Row, Rows, SetAside, parse_time};

/// Columns of a readings file; their places in [`Row`].
pub const REQUIRED: [&str; 4] = ["vehicle_id", "date", "odometer", "unit"];
/// May be there.
pub const OPTIONAL: [&str; 1] = ["learned_at"];

/// Reads one row: the vehicle and the reading.
pub fn reading<'a>(row: &Row<'a>) -> Result<(&'a [u8], Reading), BadField> {
    let vehicle = row.id(0)?;
    let read_at = parse_time(row.required(1)?).map_err(|reason| row.bad(1, reason))?;
    // The unit first: a number is read in its unit. The complaint names the field that is wrong.
    let number = row.required(2)?;
    let unit: DistanceUnit = row.required(3)?.parse().map_err(|error| row.bad(3, format!("{error}")))?;
    let raw = RawOdometer::parse(number, unit).map_err(|error| row.bad(2, format!("{error}")))?;
    let learned_at = match row.text(4)? {
        Some(text) => parse_time(text).map_err(|reason| row.bad(4, reason))?,
        None => read_at,
    };
    Ok((vehicle, Reading { read_at, learned_at, raw, kind: ReadingKind::Reported }))
}

/// A reading in 24 bytes: files of tens of millions are held whole.
#[derive(Clone, Copy)]
pub struct Compact {
    read_ms: i64,
    learned_ms: i64,
    /// Thousandths of the unit times four, plus the unit.
    number: i64,
}

const UNITS: [DistanceUnit; 3] = [DistanceUnit::Miles, DistanceUnit::Kilometres, DistanceUnit::Metres];

impl Compact {
    /// Packs a reported reading; times to the millisecond.
    pub fn of(reading: &Reading) -> Self {
        let unit = UNITS.iter().position(|unit| *unit == reading.raw.unit()).unwrap_or(0);
        Self {
            read_ms: reading.read_at.timestamp_millis(),
            learned_ms: reading.learned_at.timestamp_millis(),
            // At most 10^15 thousandths: four times that fits.
            number: reading.raw.thousandths() * 4 + i64::try_from(unit).unwrap_or(0),
        }
    }

    /// Unpacks it.
    pub fn reading(&self) -> Reading {
        let time = |ms| DateTime::from_timestamp_millis(ms).unwrap_or_default();
        let unit = usize::try_from(self.number.rem_euclid(4)).ok().and_then(|unit| UNITS.get(unit));
        Reading {
            read_at: time(self.read_ms),
            learned_at: time(self.learned_ms),
            raw: RawOdometer::new(self.number.div_euclid(4), unit.copied().unwrap_or(DistanceUnit::Miles)),
            kind: ReadingKind::Reported,
        }
    }
}

/// The readings of each vehicle. Looked up by id only, never walked, so the order of the map reaches no result.
#[derive(Default)]
pub struct Histories {
    places: HashMap<Box<[u8]>, usize>,
    histories: Vec<Vec<Compact>>,
}

impl Histories {
    /// Reads a file; bad rows are reported and set aside.
    pub fn read(path: &Path, set_aside: &mut SetAside) -> Result<Self, CommandError> {
        let mut rows = Rows::open(path, &REQUIRED, &OPTIONAL)?;
        let mut all = Self::default();
        while let Some(row) = rows.next_row()? {
            match reading(&row) {
                Ok((vehicle, reading)) => all.add(vehicle, Compact::of(&reading)),
                Err(bad) => {
                    let line = row.line();
                    set_aside.report(path, line, &bad)?;
                }
            }
        }
        Ok(all)
    }

    fn add(&mut self, vehicle: &[u8], reading: Compact) {
        let place = match self.places.get(vehicle) {
            Some(&place) => place,
            None => {
                self.places.insert(vehicle.into(), self.histories.len());
                self.histories.push(Vec::new());
                self.histories.len() - 1
            }
        };
        if let Some(history) = self.histories.get_mut(place) {
            history.push(reading);
        }
    }

    /// The readings of one vehicle, in the order of the file.
    pub fn of(&self, vehicle: &[u8]) -> Vec<Reading> {
        let history = self.places.get(vehicle).and_then(|&place| self.histories.get(place));
        history.into_iter().flatten().map(Compact::reading).collect()
    }

    /// The vehicles, by id.
    pub fn vehicles(&self) -> Vec<&[u8]> {
        let mut vehicles: Vec<&[u8]> = self.places.keys().map(AsRef::as_ref).collect();
        vehicles.sort_unstable();
        vehicles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_reading_comes_out_as_it_went_in() {
        for (number, unit) in [(-5_i64, UNITS[0]), (48_250_123, UNITS[1]), (1_000_000_000_000_000, UNITS[2])]
        {
            let reading =
                Reading::reported("1999-12-31T23:59:59.5Z".parse().unwrap(), RawOdometer::new(number, unit))
                    .learned_at("2000-01-01T00:00:00Z".parse().unwrap());
            assert_eq!(Compact::of(&reading).reading(), reading);
        }
    }
}
