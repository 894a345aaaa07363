//! What a store knows of a car at an instant: nothing that came in later.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{DmsChange, UnitKind};
use fixedops_odometer_core::{Baseline, Model, Reading, ReadingKind, Verdict, judge};
use fixedops_vocab::{DistanceUnit, IdError, Miles, RawOdometer, RoId, VehicleId};
use fixedops_world::{Input, What, World};

/// The operation that is an oil service in the simulated store.
const OIL: &str = "LOF";

/// All that ever comes in about a car, each with the instant at which it does.
#[derive(Default)]
pub struct Records {
    /// From when the store knows it for a customer's car.
    customers_from: Option<DateTime<Utc>>,
    /// When it was delivered, where the store knows, and since when it does.
    delivered: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Readings, and the order each stands on.
    readings: Vec<(Reading, Option<RoId>)>,
    /// Oil services: since when each is known, on which order, and when it was done.
    oil: Vec<(DateTime<Utc>, RoId, DateTime<Utc>)>,
    /// Orders written by mistake, and since when that is known.
    voided: Vec<(DateTime<Utc>, RoId)>,
}

/// What was known of a car at a look.
#[derive(Debug, PartialEq)]
pub struct Known {
    /// Its readings.
    pub readings: Vec<Reading>,
    /// Those that count, put right where they could be, in the order of time.
    pub accepted: Vec<(DateTime<Utc>, f64)>,
    /// From where the next oil service counts.
    pub baseline: Option<Baseline>,
}

/// The customers' cars of a world.
pub fn records(world: &World) -> Result<BTreeMap<VehicleId, Records>, IdError> {
    Ok(records_of(world.inputs()?))
}

fn records_of(inputs: Vec<Input>) -> BTreeMap<VehicleId, Records> {
    let mut cars: BTreeMap<VehicleId, Records> = BTreeMap::new();
    for input in inputs {
        // An owner's own visits all happen: nobody is reached in these worlds.
        match input.what {
            What::Dms(DmsChange::Vehicle(record)) if record.unit == UnitKind::Retail => {
                let car = cars.entry(record.vehicle).or_default();
                car.customers_from.get_or_insert(input.at);
                let noon = record.delivered_on.and_then(|day| day.and_hms_opt(12, 0, 0));
                car.delivered = car.delivered.or(noon.map(|noon| (noon.and_utc(), input.at)));
            }
            What::Dms(DmsChange::RepairOrder(record)) => {
                let car = cars.entry(record.vehicle).or_default();
                if record.voided {
                    car.voided.push((input.at, record.ro));
                    continue;
                }
                if let Some(raw) = record.odometer_in
                    && !car.readings.iter().any(|(_, ro)| ro.as_ref() == Some(&record.ro))
                {
                    let reading = Reading::reported(record.opened_at, raw).learned_at(input.at);
                    car.readings.push((reading, Some(record.ro.clone())));
                }
                let oil = record.closed_at.is_some()
                    && record
                        .lines
                        .iter()
                        .any(|line| line.op_code.as_ref().is_some_and(|code| code.as_str() == OIL));
                if oil && !car.oil.iter().any(|(_, ro, _)| *ro == record.ro) {
                    car.oil.push((input.at, record.ro, record.opened_at));
                }
            }
            What::Device { vehicle, odometer, read_at } => {
                let reading = Reading::reported(read_at, odometer).learned_at(input.at);
                let reading = reading.of_kind(ReadingKind::DeviceOdometer);
                let car = cars.entry(vehicle).or_default();
                if !car.readings.iter().any(|(known, _)| known.read_at == read_at && known.raw == odometer) {
                    car.readings.push((reading, None));
                }
            }
            _ => {}
        }
    }
    cars.retain(|_, car| car.customers_from.is_some());
    cars
}

impl Records {
    /// What was known at `at`; None where the car was no customer's then as far as the store knew.
    pub fn known_at(&self, at: DateTime<Utc>, model: &Model) -> Option<Known> {
        self.customers_from.filter(|from| *from <= at)?;
        let voided = |ro: &RoId| self.voided.iter().any(|(known, other)| *known <= at && other == ro);
        let kept = self
            .readings
            .iter()
            .filter(|(reading, ro)| reading.known_at(at) && !ro.as_ref().is_some_and(voided));
        let (mut readings, mut orders): (Vec<Reading>, Vec<Option<&RoId>>) =
            kept.map(|(reading, ro)| (*reading, ro.as_ref())).unzip();
        let delivered = self.delivered.filter(|(_, known)| *known <= at).map(|(delivered, _)| delivered);
        if let Some(delivered) = delivered.filter(|delivered| *delivered <= at) {
            let new = RawOdometer::new(0, DistanceUnit::Miles);
            readings.push(Reading::reported(delivered, new).of_kind(ReadingKind::Delivery));
            orders.push(None);
        }
        let judged = judge(&readings, model);
        let counted = |place: usize| match judged.get(place)?.verdict {
            Verdict::Accepted => readings.get(place)?.raw.to_miles(),
            Verdict::Repaired { miles, .. } => Some(miles),
            Verdict::SetAside(_) => None,
        };
        let mut accepted: Vec<(DateTime<Utc>, f64)> = readings
            .iter()
            .enumerate()
            .filter_map(|(place, reading)| Some((reading.read_at, counted(place)?.as_f64())))
            .collect();
        accepted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let done = self.oil.iter().filter(|(known, ro, _)| *known <= at && !voided(ro));
        let cycle = u32::try_from(done.clone().count()).unwrap_or(u32::MAX);
        let baseline = match done.max_by_key(|(.., done_at)| *done_at) {
            Some((_, ro, done_at)) => {
                let place = orders.iter().position(|order| *order == Some(ro));
                Some(Baseline::here(*done_at, place.and_then(counted), cycle))
            }
            None => delivered.map(|done_at| Baseline::delivered_new(done_at, Some(Miles::ZERO))),
        };
        Some(Known { readings, accepted, baseline })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use fixedops_world::Parameters;

    use super::*;

    #[test]
    fn what_comes_in_later_moves_no_look() {
        let model = Model::shipped();
        let world = World::new(Parameters::shipped(), 3, 0, 60, 90);
        let all = records(&world).unwrap();
        let mut more_comes = 0;
        for day in [0, 20, 45, 89] {
            let at = world.start() + TimeDelta::days(day);
            let mut inputs = world.inputs().unwrap();
            inputs.retain(|input| input.at <= at);
            let then = records_of(inputs);
            for (vehicle, car) in &all {
                let known = then.get(vehicle).and_then(|car| car.known_at(at, &model));
                assert_eq!(car.known_at(at, &model), known, "{vehicle} on day {day}");
                more_comes += usize::from(car.known_at(world.end(), &model) != known);
            }
        }
        assert!(more_comes > 50, "{more_comes}");
    }

    #[test]
    fn a_service_counts_from_an_odometer_of_that_time_however_it_was_typed() {
        let model = Model::shipped();
        let (mut services, mut mistyped, mut far) = (0, 0, 0);
        for seed in 0..12 {
            let world = World::new(Parameters::shipped(), seed, 0, 60, 30);
            for (vehicle, car) in records(&world).unwrap() {
                let known = car.known_at(world.end(), &model).unwrap();
                let Some(Baseline { miles, cycle: 1.., done_at, .. }) = known.baseline else { continue };
                // An odometer that was shown within four months of the service.
                let is_far = |miles: Option<Miles>| {
                    let shown = miles.and_then(|miles| world.reaches(&vehicle, miles));
                    miles.is_some() && shown.is_none_or(|shown| (shown - done_at).num_days().abs() > 120)
                };
                let written = known.readings.iter().find(|reading| reading.read_at == done_at).unwrap();
                services += 1;
                mistyped += u32::from(is_far(written.raw.to_miles()));
                far += u32::from(is_far(miles));
            }
        }
        assert!(services > 200 && mistyped > 3, "{services} {mistyped}");
        assert!(far * 3 < mistyped, "{far} of {mistyped} mistyped odometers are counted from");
    }
}
