//! What the world really did: for grading what the loop believed.

use chrono::{DateTime, NaiveDate, Utc};
use fixedops_connectors_traits::UnitKind;
use fixedops_vocab::{Miles, OpCode, RoId, RooftopId, SellerId, TouchKey, VehicleId};
use serde::Serialize;

use crate::car::{Car, Change, Habit};
use crate::clock::{DAY, YEAR, date, days, instant};
use crate::input::PingBatch;
use crate::order::{CAUSED, Order};
use crate::typo::Typo;
use crate::visit::{Visit, Why};
use crate::world::{VERSION, World};

/// Everything true of a run. Miles are in tenths.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// Which world.
    pub world: &'static str,
    /// Version of the parameters.
    pub parameters: String,
    /// Seed of every draw.
    pub seed: u64,
    /// The seller.
    pub seller: SellerId,
    /// The rooftop.
    pub rooftop: RooftopId,
    /// When the run began.
    pub start: DateTime<Utc>,
    /// When it ended.
    pub end: DateTime<Utc>,
    /// Every vehicle.
    pub vehicles: Vec<VehicleTruth>,
    /// Why each repair order of the run came.
    pub orders: Vec<OrderTruth>,
    /// Every touch as it met its customer.
    pub touches: Vec<TouchTruth>,
    /// Readings that were mistyped, those of the import too.
    pub readings: Vec<ReadingTruth>,
    /// Position reports that were thrown off the road.
    pub thrown: Vec<ThrownTruth>,
}

/// What is true of a vehicle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VehicleTruth {
    /// Which.
    pub vehicle: VehicleId,
    /// What kind of unit.
    pub unit: UnitKind,
    /// When it was delivered.
    pub delivered: DateTime<Utc>,
    /// Where its owner has his oil changed.
    pub habit: Habit,
    /// When it was sold, if it was, and whether the store knows.
    pub sold: Option<(DateTime<Utc>, bool)>,
    /// How its use changed over its life.
    pub changes: Vec<ChangeTruth>,
    /// What the odometer showed at the start, every week, and at the end: days since the start, tenths.
    pub odometer: Vec<(i64, i64)>,
    /// Every visit its owner would have made without us since the import begins, to half a year after the end.
    pub own: Vec<OwnTruth>,
    /// Every oil interval that began before the end: as the owner would have had it done without us.
    pub oil: Vec<OilTruth>,
}

/// A change of use.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeTruth {
    /// From when.
    pub at: DateTime<Utc>,
    /// What.
    pub change: Change,
}

/// A visit without us.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OwnTruth {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether here.
    pub here: bool,
    /// Why.
    pub why: Why,
    /// When he would have set an appointment, if he would.
    pub booked: Option<DateTime<Utc>>,
    /// Whether something we caused took its place.
    pub moot: bool,
}

/// An oil interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OilTruth {
    /// From which instant it counts, and at how many tenths.
    pub from: (DateTime<Utc>, i64),
    /// Tenths at which it is due.
    pub due: i64,
    /// The day these are on the odometer; None within forty years.
    pub due_on_miles: Option<NaiveDate>,
    /// The day the months are over.
    pub due_on_months: NaiveDate,
    /// When it is done, if it is.
    pub done: Option<DateTime<Utc>>,
    /// Whether here.
    pub here: bool,
}

/// Why a repair order came.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrderTruth {
    /// The order.
    pub ro: RoId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: Why,
    /// The touch that led to it.
    pub touch: Option<TouchKey>,
    /// The work that touch spoke of, by its code, whether it was done or not; empty where no touch led to the order.
    pub spoken: Vec<OpCode>,
    /// When he would have come here anyway, if he would within half a year.
    pub otherwise: Option<DateTime<Utc>>,
}

/// A touch as it met its customer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TouchTruth {
    /// The touch.
    pub key: TouchKey,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// When it went out.
    pub at: DateTime<Utc>,
    /// What the odometer showed, in tenths.
    pub odometer: i64,
    /// Share of the true oil interval used up.
    pub oil_used: f64,
    /// How much of the full response was left, of relevance and fatigue; in a scenario of recovery, times its factor.
    pub response: f64,
}

/// A mistyped reading.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadingTruth {
    /// The order it stands on; a second order of the same visit (its number ends in S or V) carries the same.
    pub ro: RoId,
    /// How it is wrong.
    pub typo: Typo,
    /// What was written, in whole miles.
    pub written: i64,
    /// What the dash showed, in tenths.
    pub odometer: i64,
}

/// Fixes of a day that were thrown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThrownTruth {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// When each was taken.
    pub at: Vec<DateTime<Utc>>,
}

/// Tenths of a mile.
fn tenths(miles: f64) -> i64 {
    // A dash counts to six digits: far inside the range.
    #[allow(clippy::cast_possible_truncation)]
    let tenths = (miles * 10.0).floor() as i64;
    tenths
}

impl World {
    /// What really happened, as far as the world was told of touches.
    #[must_use]
    pub fn truth(&self) -> Truth {
        let mut truth = Truth {
            world: VERSION,
            parameters: self.parameters.version.clone(),
            seed: self.seed,
            seller: self.seller(),
            rooftop: self.rooftop(),
            start: self.start(),
            end: self.end(),
            vehicles: Vec::new(),
            orders: Vec::new(),
            touches: Vec::new(),
            readings: Vec::new(),
            thrown: Vec::new(),
        };
        for car in &self.cars {
            // Ids of this world are ids: it made them for its inputs.
            if let Ok(vehicle) = self.vehicle_id(car.index) {
                truth.vehicles.push(self.vehicle_truth(car, vehicle.clone()));
                self.order_truth(car, &vehicle, &mut truth);
                truth.thrown.extend(self.thrown_truth(car, &vehicle));
            }
        }
        truth
    }

    /// When a car truly shows `miles` for the first time: of the road as it will be driven, past the end of the run and
    /// whoever owns the car then. None for a car that is not of this store, and past forty years.
    #[must_use]
    pub fn reaches(&self, vehicle: &VehicleId, miles: Miles) -> Option<DateTime<Utc>> {
        let car = self.car_of(vehicle)?;
        car.drive.when(miles.as_f64(), car.delivered).map(instant)
    }

    fn vehicle_truth(&self, car: &Car, vehicle: VehicleId) -> VehicleTruth {
        let whole = i64::from(self.days);
        let marks = (0..=whole).step_by(7).chain((whole % 7 != 0).then_some(whole));
        let odometer = marks.map(|day| (day, tenths(car.drive.miles(self.start + day * DAY)))).collect();
        let own = car
            .visits
            .iter()
            .filter(|visit| visit.at >= car.known)
            .map(|visit| OwnTruth {
                at: instant(visit.at),
                here: visit.here,
                why: visit.why,
                booked: visit.booked.map(instant),
                moot: self.moot(car.index, visit),
            })
            .collect();
        VehicleTruth {
            vehicle,
            unit: car.unit,
            delivered: instant(car.delivered),
            habit: car.habit,
            sold: car.sold.map(|sold| (instant(sold), car.traded)),
            changes: car
                .changes
                .iter()
                .map(|(at, change)| ChangeTruth { at: instant(*at), change: *change })
                .collect(),
            odometer,
            own,
            oil: self.oil_truth(car),
        }
    }

    fn oil_truth(&self, car: &Car) -> Vec<OilTruth> {
        let services = car.visits.iter().filter(|visit| visit.why == Why::Oil);
        let mut intervals = Vec::new();
        let mut from = car.delivered;
        for done in services.map(Some).chain([None]) {
            let miles = car.drive.miles(from);
            let due = miles + self.parameters.oil.miles.value;
            let ends = done.map_or(i64::MAX, |done| done.at);
            if ends >= car.known && from < self.end && !car.visits.is_empty() {
                let zone = self.store.zone;
                intervals.push(OilTruth {
                    from: (instant(from), tenths(miles)),
                    due: tenths(due),
                    due_on_miles: car.drive.when(due, from).map(|at| date(zone, at)),
                    due_on_months: date(zone, from + days(self.parameters.oil.months.value * YEAR / 12.0)),
                    done: done.map(|done| instant(done.at)),
                    here: done.is_some_and(|done| done.here),
                });
            }
            from = done.map_or(from, |done| done.at);
        }
        intervals
    }

    fn order_truth(&self, car: &Car, vehicle: &VehicleId, truth: &mut Truth) {
        let memory = self.memory.get(&car.index);
        self.live(car, self.end, true, &mut |number, visit, content| {
            let wish =
                match memory.and_then(|memory| memory.caused.iter().find(|caused| caused.number == number)) {
                    Some(caused) => Self::caused_wish(caused),
                    None => Self::own_wish(car, number, visit),
                };
            let order = Order { car, number, wish, content, appointment: None };
            let Ok(ro) = self.ro(&order, "") else {
                return;
            };
            if visit.at < car.known {
                return;
            }
            let (written, typo) = self.write_up(&order);
            if let Some(typo) = typo {
                truth.readings.push(ReadingTruth {
                    ro: ro.clone(),
                    typo,
                    written: written.thousandths() / 1_000,
                    odometer: tenths(car.drive.miles(visit.at)),
                });
            }
            if order.closed_at() >= self.start {
                truth.orders.push(self.why(car, vehicle, number, visit, ro));
            }
        });
        for touched in memory.iter().flat_map(|memory| &memory.touched) {
            truth.touches.push(TouchTruth {
                key: touched.key.clone(),
                vehicle: vehicle.clone(),
                at: instant(touched.at),
                odometer: tenths(touched.miles),
                oil_used: touched.oil_used,
                response: touched.response,
            });
        }
    }

    fn why(&self, car: &Car, vehicle: &VehicleId, number: u32, visit: &Visit, ro: RoId) -> OrderTruth {
        let caused = self.memory.get(&car.index).into_iter().flat_map(|memory| &memory.caused);
        let caused = caused.into_iter().find(|caused| number >= CAUSED && caused.number == number);
        let otherwise = caused.and_then(|caused| {
            let half_a_year = caused.booked_at..caused.booked_at + 183 * DAY;
            car.visits.iter().find(|own| own.here && half_a_year.contains(&own.at))
        });
        OrderTruth {
            ro,
            vehicle: vehicle.clone(),
            at: instant(visit.at),
            why: visit.why,
            touch: caused.map(|caused| caused.key.clone()),
            spoken: caused.map_or_else(Vec::new, |caused| self.codes(&caused.spoken)),
            otherwise: otherwise.map(|own| instant(own.at)),
        }
    }

    fn codes(&self, operations: &[usize]) -> Vec<OpCode> {
        let known = operations.iter().filter_map(|number| self.parameters.operations.get(*number));
        known.map(|operation| operation.op_code.clone()).collect()
    }

    fn thrown_truth(&self, car: &Car, vehicle: &VehicleId) -> Option<ThrownTruth> {
        if !car.reports_position {
            return None;
        }
        let mut at = Vec::new();
        for day in 0..self.days {
            let fixes = self.fixes(car, vehicle, PingBatch { day, part: 0 });
            at.extend(fixes.into_iter().filter(|fix| fix.thrown).map(|fix| fix.ping.at));
        }
        Some(ThrownTruth { vehicle: vehicle.clone(), at })
    }
}
