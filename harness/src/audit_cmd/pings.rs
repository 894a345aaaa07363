//! `pings.csv`: the miles GPS saw since the last reading of each vehicle.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveTime, Utc};
use fixedops_closed_loop::audit::{ExtractFile, FaultKind};
use fixedops_odometer_core::{Fix, Model, Track};

use super::mapping::PingField as Field;
use super::read::{Reader, open};
use super::sheet::{Aside, SheetRow};
use crate::odometer_cmd::sort::{Ping, SPILL_BYTES, Sorter};
use crate::outcome::CommandError;
use crate::table::parse_time;

const FILE: ExtractFile = ExtractFile::Pings;

/// Reads the fixes, in any order, and folds those after the last reading of each vehicle.
pub fn read(reader: &mut Reader<'_>, model: &Model) -> Result<(), CommandError> {
    let mapping = reader.mapping;
    let required = ["vin", "at", "latitude", "longitude"];
    let Some((mut sheet, path)) = open(reader, FILE, &mapping.pings.all(), &required)? else {
        return Ok(());
    };
    let disk = |error: std::io::Error| CommandError::failed(format!("cannot sort on disk: {error}"));
    let mut vins: Vec<String> = Vec::new();
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut sorter = Sorter::new(SPILL_BYTES);
    let mut faults = Vec::new();
    let mut count = 0;
    while let Some(row) = sheet.next_row()? {
        faults.clear();
        let line = row.line();
        let (vin, ping) = match row.check(&mut faults).and_then(|()| ping(&row)) {
            Ok(read) => read,
            Err(aside) => {
                reader.aside(FILE, &path, line, &aside, None)?;
                continue;
            }
        };
        let told = reader.builder.ping_row(line, &vin);
        if told.is_some() {
            reader.told(&path, told)?;
            continue;
        }
        let number = match numbers.get(vin.as_str()) {
            Some(number) => *number,
            None => {
                let number = u32::try_from(vins.len())
                    .map_err(|_| CommandError::failed("more than 4,294,967,295 vehicles"))?;
                vins.push(vin.clone());
                numbers.insert(vin, number);
                number
            }
        };
        let at = DateTime::from_timestamp_millis(ping.ms).unwrap_or_default();
        let civil = reader.dates.civil(at);
        count += 1;
        let ms = civil.and_utc().timestamp_millis();
        sorter.push(Ping { vehicle: number, ms, row: count, ..ping }).map_err(disk)?;
    }
    let mut current: Option<(u32, Track)> = None;
    let mut done: Vec<(u32, Track)> = Vec::new();
    let since: Vec<Option<i64>> = vins
        .iter()
        .map(|vin| reader.builder.last_reading(vin).map(|at| at.and_utc().timestamp_millis()))
        .collect();
    let after_reading = |ping: &Ping| {
        let place = usize::try_from(ping.vehicle).ok();
        let since = place.and_then(|place| since.get(place)).copied().flatten();
        since.is_none_or(|since| ping.ms >= since)
    };
    // What is dated after the extract was made is in the future; times here are the store's own.
    let made = mapping.extract_date.and_then(|date| date.checked_add_days(Days::new(1)));
    let received_at = made.map_or(DateTime::<Utc>::MAX_UTC, |day| day.and_time(NaiveTime::MIN).and_utc());
    let each = sorter.each(|ping| {
        if !after_reading(&ping) {
            return;
        }
        if current.as_ref().is_none_or(|(number, _)| *number != ping.vehicle) {
            done.extend(current.take());
        }
        let (_, track) = current.get_or_insert_with(|| (ping.vehicle, Track::new()));
        let given = |value: f32| (!value.is_nan()).then(|| f64::from(value));
        if let Some(at) = DateTime::from_timestamp_millis(ping.ms) {
            let (speed_mps, accuracy_m) = (given(ping.speed), given(ping.accuracy));
            let fix = Fix { speed_mps, accuracy_m, ..Fix::new(at, ping.lat, ping.lon) };
            track.fold(fix, received_at, model);
        }
    });
    each.map_err(disk)?;
    done.extend(current);
    for (number, track) in done {
        if let Some(vin) = usize::try_from(number).ok().and_then(|number| vins.get(number)) {
            reader.builder.track(vin, track.summary(model));
        }
    }
    Ok(())
}

fn ping(row: &SheetRow<'_>) -> Result<(String, Ping), Aside> {
    let missing = |field: Field| (FaultKind::ValueUnreadable, row.bad(field, "empty"));
    let vin = row.text(Field::vin).ok_or((FaultKind::NoSubject, row.bad(Field::vin, "empty")))?;
    let at = row.text(Field::at).ok_or((FaultKind::DateMissing, row.bad(Field::at, "empty")))?;
    let at = parse_time(&at).map_err(|reason| (FaultKind::DateUnreadable, row.bad(Field::at, reason)))?;
    let number = |field: Field, most: f64| -> Result<f64, Aside> {
        let text = row.text(field).ok_or_else(|| missing(field))?;
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite() && value.abs() <= most);
        value.ok_or_else(|| (FaultKind::ValueUnreadable, row.bad(field, "no number that can be")))
    };
    // A speed or accuracy that is no number, or below zero, is no value.
    #[allow(clippy::cast_possible_truncation)]
    let optional = |field: Field| {
        let value = row.text(field).and_then(|text| text.parse::<f64>().ok());
        value.filter(|value| (0.0..=1e6).contains(value)).map_or(f32::NAN, |value| value as f32)
    };
    let ping = Ping {
        vehicle: 0,
        ms: at.timestamp_millis(),
        row: 0,
        lat: number(Field::latitude, 90.0)?,
        lon: number(Field::longitude, 180.0)?,
        speed: optional(Field::speed),
        accuracy: optional(Field::accuracy),
        odometer: f64::NAN,
        device: None,
    };
    Ok((vin.trim().to_ascii_uppercase(), ping))
}
