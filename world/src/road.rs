//! What devices in cars report: odometers now and then, positions on the way. Late, twice, with holes, off the road.

use fixedops_connectors_traits::PingRecord;
use fixedops_vocab::{DistanceUnit, IdError, RawOdometer, VehicleId};

use crate::car::Car;
use crate::clock::{DAY, HOUR, YEAR, days, instant, named, on_day};
use crate::draw::Draw;
use crate::input::{Input, PingBatch, What};
use crate::records::source;
use crate::world::World;

/// A position report, and whether it was thrown off the road.
pub(crate) struct Fix {
    pub(crate) ping: PingRecord,
    pub(crate) thrown: bool,
}

/// Metres of a degree of latitude on the mean sphere (radius 6,371,009 m).
const DEGREE: f64 = 111_195.1;
const MILE: f64 = 1_609.344;

impl World {
    pub(crate) fn device_inputs(&self, car: &Car, inputs: &mut Vec<Input>) -> Result<(), IdError> {
        if !car.reports_odometer && !car.reports_position {
            return Ok(());
        }
        let vehicle = self.vehicle_id(car.index)?;
        for day in 0..self.days {
            let n = u64::from(day);
            let evening = on_day(self.store.zone, self.start + i64::from(day) * DAY, 23.0);
            if evening < car.delivered || car.is_sold(evening) || self.is_silent(car, evening) {
                continue;
            }
            let every = self.parameters.devices.odometer_every_days.value;
            if car.reports_odometer && car.draw.chance(1.0 / every, "reports today", n) {
                let odometer = device_odometer(car, evening);
                let what = What::Device { vehicle: vehicle.clone(), odometer, read_at: instant(evening) };
                self.batch(car, day, evening, "odometer", &what, inputs);
            }
            if car.reports_position {
                let what = What::Pings { vehicle: vehicle.clone(), batch: PingBatch { day, part: 0 } };
                self.batch(car, day, evening, "pings", &what, inputs);
            }
        }
        Ok(())
    }

    /// A batch comes in its evening, or days late; some come again.
    fn batch(&self, car: &Car, day: u32, evening: i64, kind: &str, what: &What, inputs: &mut Vec<Input>) {
        let (p, draw) = (&self.parameters.devices, car.draw.under(kind, u64::from(day)));
        let late = draw.chance(p.late.value, "late", 0);
        let comes = if late { evening + days(draw.between(0.3, 4.0, "late by", 0)) } else { evening };
        let id = format!("{:06}/{day:04}/{kind}", car.index);
        inputs.push(Input::new(instant(comes), source::TELEMATICS, id.clone(), what.clone()));
        if draw.chance(p.repeated.value, "repeated", 0) {
            let again = comes + days(draw.between(0.05, 2.0, "again after", 0));
            inputs.push(Input::new(instant(again), source::TELEMATICS, format!("{id}/again"), what.clone()));
        }
    }

    /// Whether a device says nothing for weeks.
    pub(crate) fn is_silent(&self, car: &Car, at: i64) -> bool {
        let year = (at - self.start).div_euclid(days(YEAR));
        let n = named(year);
        if !car.draw.chance(self.parameters.devices.silent.value, "silent", n) {
            return false;
        }
        let from = self.start + days(YEAR) * year + days(car.draw.between(0.0, 140.0, "silent from", n));
        (from..from + days(car.draw.between(10.0, 40.0, "silent for", n))).contains(&at)
    }

    /// The position reports of a batch, as the device sends them: in the order taken, with holes and thrown fixes.
    /// None of a car that does not report.
    #[must_use]
    pub fn pings(&self, vehicle: &VehicleId, batch: PingBatch) -> Vec<PingRecord> {
        let car = self.car_of(vehicle).filter(|car| car.reports_position);
        car.map_or_else(Vec::new, |car| {
            self.fixes(car, vehicle, batch).into_iter().map(|fix| fix.ping).collect()
        })
    }

    /// A day of a car: out in the morning, back in the evening, parked at home in between and at night.
    pub(crate) fn fixes(&self, car: &Car, vehicle: &VehicleId, batch: PingBatch) -> Vec<Fix> {
        let zone = self.store.zone;
        let noon = self.start + i64::from(batch.day) * DAY;
        let draw = car.draw.under("fixes", u64::from(batch.day));
        let p = &self.parameters.devices;
        let today = car.drive.miles(on_day(zone, noon, 20.5)) - car.drive.miles(on_day(zone, noon, 6.5));
        // What the dash counts differs from the road by a factor of the car.
        let metres = today.max(0.0) * MILE / dash_scale(car.draw);
        let road = Road::new(self, car);
        let mut fixes = Vec::new();
        let mut take = |at: i64, place: f64, speed: f64, noise: f64| {
            let n = named(at);
            let thrown = draw.chance(p.thrown.value, "thrown", n);
            let off = if thrown { draw.between(4_000.0, 40_000.0, "thrown by", n) } else { 0.0 };
            let (latitude, longitude) =
                road.at(place + noise * draw.normal("along", n), off + noise * draw.normal("across", n));
            let ping = PingRecord {
                vehicle: vehicle.clone(),
                device: None,
                at: instant(at),
                latitude,
                longitude,
                speed: Some((speed * 10.0).round() / 10.0),
                accuracy: Some((draw.between(3.0, 12.0, "accuracy", n) * 10.0).round() / 10.0),
                odometer: None,
            };
            fixes.push(Fix { ping, thrown });
        };
        // Parked: a sign of life every hour; on some days it seems to wander.
        let wanders = draw.chance(p.drift.value, "drift", 0);
        for hour in 0..6_i64 {
            let at = on_day(zone, noon, 0.5) + hour * HOUR;
            take(at, 0.0, 0.0, if wanders { 35.0 } else { 2.0 });
        }
        if metres > 200.0 {
            let gap = draw.chance(p.gap.value, "gap", 0).then(|| draw.between(0.1, 0.7, "gap from", 0));
            // Two legs, each as fast as a longer drive is.
            let leg = metres / 2.0;
            let speed = (8.0 + leg / 2_500.0).clamp(8.0, 30.0) * draw.between(0.9, 1.1, "speed", 0);
            for (number, hour) in [(0_u32, 7.3), (1, 14.5)] {
                let begin = on_day(zone, noon, hour + draw.between(0.0, 1.2, "leaves", u64::from(number)));
                let every = 30 + 5 * i64::try_from(draw.below(7, "every", 0)).unwrap_or(0);
                let lasts = days(leg / speed / 86_400.0).max(1);
                let mut since = 0;
                loop {
                    let part = crate::clock::in_days(since) / crate::clock::in_days(lasts);
                    let there = if number == 0 { part * leg } else { leg - part * leg };
                    let hole = gap.is_some_and(|from| number == 0 && (from..from + 0.2).contains(&part));
                    if !hole {
                        take(begin + since, there, speed, 2.0);
                    }
                    if since >= lasts {
                        break;
                    }
                    since = (since + every).min(lasts);
                }
            }
        }
        fixes.sort_by_key(|fix| fix.ping.at);
        fixes
    }
}

/// What the device reads off the dash, in its own unit.
fn device_odometer(car: &Car, at: i64) -> RawOdometer {
    let miles = car.drive.miles(at);
    let (unit, per_mile) = match car.draw.below(3, "device unit", 0) {
        0 => (DistanceUnit::Miles, 1.0),
        1 => (DistanceUnit::Kilometres, MILE / 1_000.0),
        _ => (DistanceUnit::Metres, MILE),
    };
    // Tenths of the unit; a car's life in thousandths of a metre is far inside the range.
    #[allow(clippy::cast_possible_truncation)]
    let tenths = (miles * per_mile * 10.0).floor() as i64;
    RawOdometer::new(tenths * 100, unit)
}

/// How much more a dash counts than the road is long: 1.6 % is usual (Smartrak).
pub(crate) fn dash_scale(draw: Draw) -> f64 {
    (1.0 + 0.016 * draw.normal("dash scale", 0)).clamp(0.95, 1.05)
}

/// A straight road from a home near the store.
struct Road {
    latitude: f64,
    longitude: f64,
    north: f64,
    east: f64,
}

impl Road {
    fn new(world: &World, car: &Car) -> Self {
        let near = |name| car.draw.between(-0.15, 0.15, name, 0);
        let heading = car.draw.between(0.0, core::f64::consts::TAU, "heading", 0);
        Self {
            latitude: world.seat.latitude + near("home north"),
            longitude: world.seat.longitude + near("home east"),
            north: libm::cos(heading),
            east: libm::sin(heading),
        }
    }

    /// So many metres along it, and across.
    fn at(&self, along: f64, across: f64) -> (f64, f64) {
        let north = self.north * along - self.east * across;
        let east = self.east * along + self.north * across;
        let latitude = self.latitude + north / DEGREE;
        let narrow = libm::cos((self.latitude + latitude) / 2.0 * core::f64::consts::PI / 180.0);
        let six = |degrees: f64| (degrees * 1e6).round() / 1e6;
        (six(latitude), six(self.longitude + east / DEGREE / narrow))
    }
}
