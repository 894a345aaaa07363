use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use fixedops_odometer_core::{
    DeviceOdometer, Fix, FixFault, Model, Reading, Scale, Track, TrackSummary, Verdict, judge,
};

use super::estimate::rfc3339;
use super::model_file;
use super::readings::Histories;
use super::sort::{Ping, SPILL_BYTES, Sorter};
use crate::outcome::{CommandError, Outcome};
use crate::table::{BadField, Output, Row, Rows, SetAside, parse_time};

/// Arguments of `track`.
#[derive(clap::Args, Debug)]
pub struct TrackArgs {
    /// Fixes: vehicle_id,t,lat,lon[,speed_mps][,accuracy_m][,odometer_m][,device]; any order, repeats allowed
    #[arg(long)]
    pings: PathBuf,
    /// Readings that teach the factor between GPS and dash: vehicle_id,date,odometer,unit
    #[arg(long)]
    readings: Option<PathBuf>,
    /// When the fixes were received; now, if not given. Those dated more than five minutes later (`future_seconds` of
    /// the model) are set aside as `future`, with the odometer they give
    #[arg(long)]
    received_at: Option<String>,
    /// The miles: a row for every vehicle, in order of appearance
    #[arg(long)]
    out: PathBuf,
    /// Another model than the shipped one (TOML)
    #[arg(long)]
    model: Option<PathBuf>,
    /// Stop at the first bad row
    #[arg(long)]
    strict: bool,
}

const OPTIONAL: [&str; 4] = ["speed_mps", "accuracy_m", "odometer_m", "device"];

/// The first nine are the program's contract; after them the fixes set aside by fault, and what else was learned.
const FIRST: [&str; 9] = [
    "vehicle_id",
    "distance_miles",
    "sd_miles",
    "from",
    "to",
    "fixes_used",
    "fixes_set_aside",
    "gap_miles",
    "scale",
];
const LAST: [&str; 3] = ["device_odometer", "scale_sd", "scale_changed_at"];

fn header() -> Vec<&'static str> {
    let faults = FixFault::ALL.iter().map(|fault| fault.as_str());
    FIRST.into_iter().chain(faults).chain(LAST).collect()
}

/// Folds every vehicle's fixes, sorted by time.
pub fn track(args: &TrackArgs) -> Result<Outcome, CommandError> {
    let model = model_file::load(args.model.as_deref())?;
    let received_at = match &args.received_at {
        Some(text) => parse_time(text)
            .map_err(|reason| CommandError::usage(format!("--received-at {text}: {reason}")))?,
        None => std::time::SystemTime::now().into(),
    };
    let inputs: Vec<&Path> = core::iter::once(args.pings.as_path()).chain(args.readings.as_deref()).collect();
    let mut output = Output::beside(&args.out, &inputs, &header())?;
    let mut set_aside = SetAside::new(args.strict);
    let histories = match &args.readings {
        Some(path) => Histories::read(path, &mut set_aside)?,
        None => Histories::default(),
    };
    let disk = |error: std::io::Error| CommandError::failed(format!("cannot sort on disk: {error}"));

    let mut rows = Rows::open(&args.pings, &["vehicle_id", "t", "lat", "lon"], &OPTIONAL)?;
    let mut vehicles: Vec<Box<[u8]>> = Vec::new();
    let mut numbers: HashMap<Box<[u8]>, u32> = HashMap::new();
    let mut sorter = Sorter::new(SPILL_BYTES);
    let mut count = 0;
    while let Some(row) = rows.next_row()? {
        let ping = match ping(&row) {
            Ok(ping) => ping,
            Err(bad) => {
                set_aside.report(&args.pings, row.line(), &bad)?;
                continue;
            }
        };
        let id = row.bytes(0);
        let vehicle = match numbers.get(id) {
            Some(&number) => number,
            None => {
                let number = u32::try_from(vehicles.len())
                    .map_err(|_| CommandError::failed("more than 4,294,967,295 vehicles"))?;
                vehicles.push(id.into());
                numbers.insert(id.into(), number);
                number
            }
        };
        count += 1;
        sorter.push(Ping { vehicle, row: count, ..ping }).map_err(disk)?;
    }

    let mut written = Ok(());
    let mut current: Option<(u32, Drive)> = None;
    let mut write = |number: u32, drive: Drive| {
        if let (Ok(()), Some(id)) = (&written, usize::try_from(number).ok().and_then(|n| vehicles.get(n))) {
            written = drive.write(id, &model, &mut output);
        }
    };
    let each = sorter.each(|ping| {
        if current.as_ref().is_none_or(|(number, _)| *number != ping.vehicle)
            && let Some((number, drive)) = current.take()
        {
            write(number, drive);
        }
        let (_, drive) = current.get_or_insert_with(|| {
            let id = usize::try_from(ping.vehicle).ok().and_then(|n| vehicles.get(n));
            (ping.vehicle, Drive::new(id.map_or(Vec::new(), |id| histories.of(id)), &model))
        });
        drive.fold(&ping, received_at, &model);
    });
    each.map_err(disk)?;
    if let Some((number, drive)) = current {
        write(number, drive);
    }
    written?;
    output.finish()?;
    set_aside.finish();
    Ok(Outcome::Done)
}

fn ping(row: &Row<'_>) -> Result<Ping, BadField> {
    row.id(0)?;
    let at = parse_time(row.required(1)?).map_err(|reason| row.bad(1, reason))?;
    let number = |column: usize, text: &str, most: f64| match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value.abs() <= most => Ok(value),
        Ok(_) => Err(row.bad(column, format!("outside -{most} to {most}"))),
        Err(_) => Err(row.bad(column, "not a number")),
    };
    let coordinate = |column: usize, most: f64| number(column, row.required(column)?, most);
    // A speed or accuracy below zero is no value; receivers send -1 for "not known".
    let optional = |column: usize| {
        let value = row.text(column)?.map(|text| number(column, text, 1e6)).transpose()?;
        #[allow(clippy::cast_possible_truncation)]
        Ok::<f32, BadField>(value.filter(|value| *value >= 0.0).map_or(f32::NAN, |value| value as f32))
    };
    let device = row.text(7)?.map(|text| match text.parse() {
        Ok(number @ 0..=254) => Ok(number),
        _ => Err(row.bad(7, "not a number from 0 to 254")),
    });
    // Whatever else the device says of its odometer is judged, not refused.
    let odometer = row.text(6)?.map(|text| text.parse().map_err(|_| row.bad(6, "not a number")));
    Ok(Ping {
        vehicle: 0,
        ms: at.timestamp_millis(),
        row: 0,
        odometer: odometer.transpose()?.unwrap_or(f64::NAN),
        device: device.transpose()?,
        lat: coordinate(2, 90.0)?,
        lon: coordinate(3, 180.0)?,
        speed: optional(4)?,
        accuracy: optional(5)?,
    })
}

/// Whether a date after the receipt lies within what clocks may differ by: as a track says it of a fix without fault.
fn forgiven(at: DateTime<Utc>, received_at: DateTime<Utc>, model: &Model) -> bool {
    let mut track = Track::new();
    track.fold(Fix::new(at, 1.0, 1.0), received_at, model);
    track.summary(model).fixes_set_aside() == 0
}

/// One vehicle's fixes and readings, side by side in time.
struct Drive {
    track: Track,
    /// Readings that count and lie ahead, latest first.
    ahead: Vec<(DateTime<Utc>, f64)>,
    /// The last reading passed: when, its miles, and the track then.
    passed: Option<(DateTime<Utc>, f64, TrackSummary)>,
    scale: Scale,
    /// The odometer of the first device that gave one, and which that is.
    device: Option<(Option<u8>, DeviceOdometer)>,
}

impl Drive {
    fn new(readings: Vec<Reading>, model: &Model) -> Self {
        let mut ahead: Vec<(DateTime<Utc>, f64)> = readings
            .iter()
            .zip(judge(&readings, model))
            .filter_map(|(reading, judgement)| match judgement.verdict {
                Verdict::Accepted => reading.raw.to_miles().map(|miles| (reading.read_at, miles.as_f64())),
                Verdict::Repaired { miles, .. } => Some((reading.read_at, miles.as_f64())),
                Verdict::SetAside(_) => None,
            })
            .collect();
        ahead.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)));
        Self { track: Track::new(), ahead, passed: None, scale: Scale::prior(model), device: None }
    }

    fn fold(&mut self, ping: &Ping, received_at: DateTime<Utc>, model: &Model) {
        let Some(at) = DateTime::from_timestamp_millis(ping.ms) else { return };
        while let Some((read_at, miles)) = self.ahead.pop_if(|(read_at, _)| *read_at < at) {
            self.pass(read_at, miles, model);
        }
        let given = |value: f32| (!value.is_nan()).then(|| f64::from(value));
        let fix = Fix {
            at,
            lat: ping.lat,
            lon: ping.lon,
            speed_mps: given(ping.speed),
            accuracy_m: given(ping.accuracy),
            device: ping.device,
        };
        self.track.fold(fix, received_at, model);
        if !ping.odometer.is_nan() && (at <= received_at || forgiven(at, received_at, model)) {
            let (of, device) = self.device.get_or_insert_with(|| (ping.device, DeviceOdometer::new()));
            if *of == ping.device {
                device.note(ping.odometer, &self.track.summary(model), model);
            }
        }
    }

    fn pass(&mut self, read_at: DateTime<Utc>, miles: f64, model: &Model) {
        let now = self.track.summary(model);
        // Only what lies between two readings, with fixes before the first of them, teaches anything.
        if let Some((from, before, then)) = self.passed {
            let (gps_miles, gps_sd) = now.since(&then, model);
            self.scale.learn_from(from, miles - before, gps_miles, gps_sd, model);
        }
        self.passed = (now.fixes_used > 0).then_some((read_at, miles, now));
    }

    fn write(mut self, id: &[u8], model: &Model, output: &mut Output) -> Result<(), CommandError> {
        // A reading taken where the drive ended.
        let end = self.track.summary(model);
        let soon = end.to.map(|to| to + chrono::Duration::hours(1));
        while let Some((read_at, miles)) = self.ahead.pop_if(|(read_at, _)| Some(*read_at) <= soon) {
            self.pass(read_at, miles, model);
        }
        let time = |at: Option<DateTime<Utc>>| at.map_or(String::new(), rfc3339);
        let mut fields = vec![
            format!("{:.3}", end.distance_miles),
            format!("{:.3}", end.sd_miles),
            time(end.from),
            time(end.to),
            end.fixes_used.to_string(),
            end.fixes_set_aside().to_string(),
            format!("{:.3}", end.gap_miles),
            format!("{:.4}", self.scale.factor()),
        ];
        fields.extend(end.set_aside.iter().map(u32::to_string));
        fields.push(self.device.map_or(String::new(), |(_, device)| device.verdict().to_string()));
        fields.push(format!("{:.4}", self.scale.sd()));
        fields.push(time(self.scale.changed_at()));
        output.row(core::iter::once(id).chain(fields.iter().map(String::as_bytes)))
    }
}
