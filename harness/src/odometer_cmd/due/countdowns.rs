use std::collections::BTreeMap;
use std::path::Path;

use chrono::Datelike;
use fixedops_odometer_core::Countdown;
use fixedops_vocab::{DistanceUnit, RawOdometer, ServiceId};

use super::strangers::Strangers;
use crate::outcome::CommandError;
use crate::table::{BadField, Row, Rows, SetAside, parse_time};

const ODOMETER: usize = 3;
const DISTANCE: usize = 4;
const UNIT: usize = 5;
const DAYS: usize = 6;
const LEARNED: usize = 7;

/// No counter of a car counts further than this; what does is a slip of the pen.
const MOST_MILES: f64 = 100_000.0;
const MOST_DAYS: i32 = 3_650;
/// Before this year no car told its next service.
const FIRST_YEAR: i32 = 1980;

/// What the cars say of their next service.
#[derive(Default)]
pub(super) struct Countdowns(BTreeMap<Box<[u8]>, Vec<Countdown>>);

impl Countdowns {
    pub(super) fn read(
        path: &Path,
        strangers: &mut Strangers<'_>,
        set_aside: &mut SetAside,
    ) -> Result<Self, CommandError> {
        let optional = ["odometer", "distance_left", "unit", "days_left", "learned_at"];
        let mut rows = Rows::open(path, &["vehicle_id", "date", "service"], &optional)?;
        let mut all: BTreeMap<Box<[u8]>, Vec<Countdown>> = BTreeMap::new();
        while let Some(row) = rows.next_row()? {
            match countdown(&row) {
                Ok((vehicle, said)) => {
                    strangers.note(&said.service, row.line());
                    all.entry(vehicle.into()).or_default().push(said);
                }
                Err(bad) => set_aside.report(path, row.line(), &bad)?,
            }
        }
        Ok(Self(all))
    }

    pub(super) fn vehicles(&self) -> impl Iterator<Item = &[u8]> {
        self.0.keys().map(AsRef::as_ref)
    }

    pub(super) fn of(&self, vehicle: &[u8]) -> &[Countdown] {
        self.0.get(vehicle).map_or(&[], Vec::as_slice)
    }
}

fn countdown<'a>(row: &Row<'a>) -> Result<(&'a [u8], Countdown), BadField> {
    let read_at = parse_time(row.required(1)?).map_err(|reason| row.bad(1, reason))?;
    if read_at.year() < FIRST_YEAR {
        return Err(row.bad(1, format!("before {FIRST_YEAR}")));
    }
    let service = ServiceId::new(row.required(2)?).map_err(|error| row.bad(2, format!("{error}")))?;
    let distance = |column: usize| -> Result<Option<RawOdometer>, BadField> {
        let Some(number) = row.text(column)? else { return Ok(None) };
        let unit: DistanceUnit =
            row.required(UNIT)?.parse().map_err(|error| row.bad(UNIT, format!("{error}")))?;
        RawOdometer::parse(number, unit).map(Some).map_err(|error| row.bad(column, format!("{error}")))
    };
    let odometer = match distance(ODOMETER)? {
        Some(raw) => Some(raw.to_miles().ok_or_else(|| row.bad(ODOMETER, "outside 0 to 999,999.9 miles"))?),
        None => None,
    };
    let distance_left = distance(DISTANCE)?;
    if distance_left.is_some_and(|left| left.miles_f64().abs() > MOST_MILES) {
        return Err(row.bad(DISTANCE, "outside -100,000 to 100,000 miles"));
    }
    let days_left = match row.text(DAYS)? {
        Some(text) => match text.parse() {
            Ok(days) if (-MOST_DAYS..=MOST_DAYS).contains(&days) => Some(days),
            Ok(_) => return Err(row.bad(DAYS, "outside -3,650 to 3,650 days")),
            Err(_) => return Err(row.bad(DAYS, "not a whole number of days")),
        },
        None => None,
    };
    if distance_left.is_none() && days_left.is_none() {
        return Err(row.bad(DISTANCE, "empty, and so is days_left"));
    }
    let learned_at = match row.text(LEARNED)? {
        Some(text) => parse_time(text).map_err(|reason| row.bad(LEARNED, reason))?,
        None => read_at,
    };
    let said = Countdown { read_at, learned_at, service, odometer, distance_left, days_left };
    if odometer.is_some() && distance_left.is_some() && said.due_miles(None).is_none() {
        return Err(row.bad(DISTANCE, "with that odometer due outside 0 to 999,999.9 miles"));
    }
    Ok((row.id(0)?, said))
}
