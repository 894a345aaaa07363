use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use fixedops_odometer_core::{
    Baseline, DuePolicy, IntervalRule, OpCodes, Operation, OriginKind, Reading, ReadingKind,
};
use fixedops_vocab::{DistanceUnit, Miles, OpCode, RawOdometer, ServiceId};

use super::strangers::Strangers;
use crate::outcome::CommandError;
use crate::table::{BadField, Row, Rows, SetAside, parse_time};

/// The word for the car's delivery among services.
const DELIVERY: &str = "delivery";
/// Columns that must be there, and columns that may be; their places in [`Row`].
const REQUIRED: [&str; 4] = ["vehicle_id", "date", "odometer", "unit"];
const OPTIONAL: [&str; 6] = ["service", "op_code", "name", "where", "record", "by"];
const SERVICE: usize = 4;
const OP_CODE: usize = 5;
const NAME: usize = 6;
const WHERE: usize = 7;
const RECORD: usize = 8;
const BY: usize = 9;

/// The services of every vehicle, and how many rows were no service of anybody's schedule.
#[derive(Default)]
pub(super) struct Services {
    done: BTreeMap<Box<[u8]>, Done>,
    excluded: u64,
    unmapped: u64,
}

/// What was done on one vehicle.
#[derive(Default)]
pub(super) struct Done {
    services: Vec<Service>,
    deliveries: Vec<Service>,
}

/// One service, or a delivery.
struct Service {
    at: DateTime<Utc>,
    odometer: Option<(RawOdometer, Miles)>,
    service: Option<ServiceId>,
    kind: OriginKind,
    record: Option<Box<str>>,
    by: Option<Box<str>>,
}

/// What a row is.
enum Line {
    Service(Service),
    Excluded,
    Unmapped,
}

impl Services {
    pub(super) fn read(
        path: &Path,
        op_codes: Option<&OpCodes>,
        strangers: &mut Strangers<'_>,
        set_aside: &mut SetAside,
    ) -> Result<Self, CommandError> {
        let mut rows = Rows::open(path, &REQUIRED, &OPTIONAL)?;
        if ![SERVICE, OP_CODE, NAME].iter().any(|column| rows.has(*column)) {
            // As for every other column: what is missing, and what was found.
            Rows::open(path, &[OPTIONAL[0]], &[])?;
        }
        if !rows.has(SERVICE) && op_codes.is_none() {
            let shown = path.display();
            return Err(CommandError::usage(format!(
                "{shown} names operations and no services: say with --op-codes what they stand for"
            )));
        }
        let mut all = Self::default();
        while let Some(row) = rows.next_row()? {
            match line(&row, op_codes) {
                Ok((vehicle, line)) => {
                    if let Line::Service(Service { service: Some(service), .. }) = &line {
                        strangers.note(service, row.line());
                    }
                    let done = all.done.entry(vehicle.into()).or_default();
                    match line {
                        Line::Service(service) if service.service.is_none() => done.deliveries.push(service),
                        Line::Service(service) => done.services.push(service),
                        Line::Excluded => all.excluded += 1,
                        Line::Unmapped => all.unmapped += 1,
                    }
                }
                Err(bad) => set_aside.report(path, row.line(), &bad)?,
            }
        }
        Ok(all)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &Done)> {
        self.done.iter().map(|(vehicle, done)| (vehicle.as_ref(), done))
    }

    /// Says on standard error what was read and counts for nothing.
    pub(super) fn say(&self, path: &Path) {
        if self.excluded + self.unmapped > 0 {
            let (excluded, unmapped) = (self.excluded, self.unmapped);
            eprintln!(
                "{}: operations that reset no interval: {excluded} excluded from look-back, {unmapped} not in the map",
                path.display()
            );
        }
    }
}

impl Done {
    /// The odometer at each delivery, as a reading.
    pub(super) fn deliveries(&self) -> impl Iterator<Item = Reading> {
        self.deliveries.iter().filter_map(|delivery| {
            let (raw, _) = delivery.odometer?;
            Some(Reading::reported(delivery.at, raw).of_kind(ReadingKind::Delivery))
        })
    }

    /// The last of these services known at `at`, or the delivery.
    pub(super) fn baseline(
        &self,
        rule: &IntervalRule,
        at: DateTime<Utc>,
        policy: &DuePolicy,
    ) -> Option<Baseline> {
        let known = || {
            self.services.iter().filter(|done| done.at <= at && done.service.as_ref() == Some(&rule.service))
        };
        let delivery = self
            .deliveries
            .iter()
            .filter(|delivery| delivery.at <= at)
            .max_by_key(|delivery| delivery.order())
            .map(|delivery| delivery.told(Baseline::delivered(delivery.at, delivery.miles(), policy)));
        let Some(last) = known().max_by_key(|done| done.order()) else { return delivery };
        let cycle = u32::try_from(known().count()).unwrap_or(u32::MAX);
        let mut baseline = last.told(Baseline::imported(last.at, last.miles(), cycle));
        baseline.origin.kind = last.kind;
        // A fixed grid of the calendar begins with the new car, else with the first of these services.
        let first = known().map(|done| done.at).min().filter(|_| rule.first_months.is_none());
        baseline.grid_from = delivery.and_then(|delivery| delivery.grid_from).or(first);
        Some(baseline)
    }
}

impl Service {
    fn miles(&self) -> Option<Miles> {
        self.odometer.map(|(_, miles)| miles)
    }

    fn order(&self) -> (DateTime<Utc>, Option<Miles>) {
        (self.at, self.miles())
    }

    /// The baseline with who says so.
    fn told(&self, mut baseline: Baseline) -> Baseline {
        baseline.origin.record = self.record.as_deref().map(str::to_owned);
        baseline.origin.by = self.by.as_deref().map(str::to_owned);
        baseline
    }
}

fn line<'a>(row: &Row<'a>, op_codes: Option<&OpCodes>) -> Result<(&'a [u8], Line), BadField> {
    let vehicle = row.id(0)?;
    let at = parse_time(row.required(1)?).map_err(|reason| row.bad(1, reason))?;
    let odometer = match row.text(2)? {
        Some(number) => {
            let unit: DistanceUnit =
                row.required(3)?.parse().map_err(|error| row.bad(3, format!("{error}")))?;
            let raw = RawOdometer::parse(number, unit).map_err(|error| row.bad(2, format!("{error}")))?;
            let miles = raw.to_miles().ok_or_else(|| row.bad(2, "outside 0 to 999,999.9 miles"))?;
            Some((raw, miles))
        }
        None => None,
    };
    let kind = match row.text(WHERE)? {
        None => OriginKind::Import,
        Some("here") => OriginKind::ServiceHere,
        Some("elsewhere") => OriginKind::ServiceElsewhere,
        Some(_) => return Err(row.bad(WHERE, "neither here nor elsewhere")),
    };
    let service = match (row.text(SERVICE)?, op_codes) {
        (Some(DELIVERY), _) => None,
        (Some(name), map) => match (ServiceId::new(name), map) {
            (Ok(service), _) => Some(service),
            // Beside a map it is one more operation that the map does not know.
            (Err(_), Some(_)) => return Ok((vehicle, Line::Unmapped)),
            (Err(error), None) => return Err(row.bad(SERVICE, format!("{error}"))),
        },
        (None, None) => return Err(row.bad(SERVICE, "empty")),
        (None, Some(map)) => match operation(row, map)? {
            Operation::Service(service) => Some(service.clone()),
            Operation::Excluded(_) => return Ok((vehicle, Line::Excluded)),
            Operation::Unmapped => return Ok((vehicle, Line::Unmapped)),
        },
    };
    let text = |column| row.text(column).map(|text| text.map(Into::into));
    let service = Service { at, odometer, service, kind, record: text(RECORD)?, by: text(BY)? };
    Ok((vehicle, Line::Service(service)))
}

fn operation<'m>(row: &Row<'_>, map: &'m OpCodes) -> Result<Operation<'m>, BadField> {
    let (code, name) = (row.text(OP_CODE)?, row.text(NAME)?);
    if code.is_none() && name.is_none() {
        return Err(row.bad(OP_CODE, "empty, and so is the name"));
    }
    let code = code.map(OpCode::new).transpose().map_err(|error| row.bad(OP_CODE, format!("{error}")))?;
    Ok(map.operation(code.as_ref(), name))
}
