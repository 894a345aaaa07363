//! The cars: what they are, who owns them, how they are driven, what their owners do by themselves.

use fixedops_connectors_traits::{UnitKind, VehicleRecord};
use fixedops_vocab::{IdError, VehicleId};

use crate::clock::{YEAR, date, days, instant, named};
use crate::draw::Draw;
use crate::drive::{Drive, Pace};
use crate::parameters::{Driving, Parameters};
use crate::visit::Visit;
use crate::world::World;

/// Where an owner has his oil changed, and how promptly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "an owner is one of these four")]
pub enum Habit {
    /// Here, when it is due.
    Loyal,
    /// Mostly here, well after it is due.
    Late,
    /// Somewhere else as a rule.
    Elsewhere,
    /// Hardly ever.
    Never,
}

/// A change in how a car is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a change is one of these three")]
pub enum Change {
    /// Another job, another home.
    NewHabit,
    /// Another driver of the family.
    NewDriver,
    /// It stands still for a while.
    Idle,
}

/// A car and its truth.
#[derive(Clone, Debug)]
pub(crate) struct Car {
    pub(crate) index: u32,
    pub(crate) draw: Draw,
    pub(crate) unit: UnitKind,
    pub(crate) owner: Option<u32>,
    /// When it was delivered new.
    pub(crate) delivered: i64,
    /// Repair orders of before are not in the DMS.
    pub(crate) known: i64,
    /// When its owner sells it.
    pub(crate) sold: Option<i64>,
    /// Whether the store takes it in trade, and so knows.
    pub(crate) traded: bool,
    pub(crate) habit: Habit,
    pub(crate) drive: Drive,
    pub(crate) changes: Vec<(i64, Change)>,
    pub(crate) reports_odometer: bool,
    pub(crate) reports_position: bool,
    /// All that its owner does without us, in the order of time.
    pub(crate) visits: Vec<Visit>,
}

impl Car {
    /// Car number `index`, without owner and visits.
    pub(crate) fn new(world: &World, index: u32) -> Self {
        let (p, start, run) = (&world.parameters, world.start, world.days);
        let draw = world.draw.under("car", u64::from(index));
        let unit = unit(p, draw);
        let retail = unit == UnitKind::Retail;
        // From delivered in the first weeks of the run to ten years old, more of the young.
        let age = match unit {
            UnitKind::Stock => draw.between(0.0, 0.4, "age", 0),
            UnitKind::Loaner => draw.between(0.2, 1.5, "age", 0),
            _ => 10.0 * libm::pow(draw.unit("age", 0), 1.2) - if retail { 0.2 } else { 0.0 },
        };
        let delivered = start - days(age * YEAR);
        let history = p.visits.history_years.value + draw.between(-1.4, 1.4, "history", 0);
        let known = delivered.max(start - days(history.clamp(0.3, 5.0) * YEAR));
        let spread = p.driving.yearly_miles_spread.value;
        let yearly = (p.driving.yearly_miles.value * libm::exp(spread * draw.normal("miles", 0)))
            .clamp(1_500.0, 60_000.0);
        let rate = if unit == UnitKind::Stock { 0.05 } else { yearly / YEAR };
        let mut drive = Drive::new(
            draw.under("drive", 0),
            world.store.zone,
            pace(p, draw),
            delivered,
            draw.between(4.0, 60.0, "delivery miles", 0),
            rate,
        );
        let end = start + days(f64::from(run));
        let mut changes = changes(p, draw, delivered, end);
        changes.sort_by_key(|(at, change, _)| (*at, *change as u8));
        for (at, change, length) in &changes {
            let rate = drive.last_rate();
            match change {
                Change::Idle => {
                    drive.change(*at, rate * 0.02);
                    drive.change(*at + length, rate);
                }
                Change::NewHabit | Change::NewDriver => {
                    let factor = libm::exp(0.45 * draw.normal("new rate", named(*at)));
                    drive.change(*at, (rate * factor).clamp(3.0, 160.0));
                }
            }
        }
        let sells = p.owners.sold.value * f64::from(run) / YEAR;
        let sold = (retail && draw.chance(sells, "sold", 0))
            .then(|| start + days(draw.between(0.0, f64::from(run), "sold when", 0)))
            .filter(|sold| *sold > delivered + days(60.0));
        let habit = match draw.unit("habit", 0) {
            _ if matches!(unit, UnitKind::Fleet | UnitKind::Employee) => Habit::Loyal,
            drawn if drawn < p.owners.loyal.value => Habit::Loyal,
            drawn if drawn < p.owners.loyal.value + p.owners.late.value => Habit::Late,
            drawn if drawn < p.owners.loyal.value + p.owners.late.value + p.owners.elsewhere.value => {
                Habit::Elsewhere
            }
            _ => Habit::Never,
        };
        Self {
            index,
            draw,
            unit,
            owner: None,
            delivered,
            known,
            sold,
            traded: draw.chance(p.owners.traded_in.value, "traded", 0),
            habit,
            drive,
            changes: changes.into_iter().map(|(at, change, _)| (at, change)).collect(),
            reports_odometer: retail && draw.chance(p.devices.odometer.value, "reports odometer", 0),
            reports_position: retail && draw.chance(p.devices.gps.value, "reports position", 0),
            visits: Vec::new(),
        }
    }

    /// Whether it is still its owner's.
    pub(crate) fn is_sold(&self, at: i64) -> bool {
        self.sold.is_some_and(|sold| sold <= at)
    }
}

/// Some drive by the clock, others by whim.
fn pace(p: &Parameters, draw: Draw) -> Pace {
    let Driving { season, uneven, uneven_long, uneven_spread, .. } = &p.driving;
    let own = libm::exp(uneven_spread.value * draw.normal("uneven", 0)).min(3.0);
    Pace { season: season.value, uneven: own * uneven.value, uneven_long: own * uneven_long.value }
}

fn unit(p: &Parameters, draw: Draw) -> UnitKind {
    let mut left = draw.unit("unit", 0);
    [
        (&p.units.stock, UnitKind::Stock),
        (&p.units.loaner, UnitKind::Loaner),
        (&p.units.fleet, UnitKind::Fleet),
        (&p.units.employee, UnitKind::Employee),
    ]
    .into_iter()
    .find(|(share, _)| {
        left -= share.value;
        left < 0.0
    })
    .map_or(UnitKind::Retail, |(_, unit)| unit)
}

/// Changes of a car's life, year by year, and how long each lasts where it ends.
fn changes(p: &Parameters, draw: Draw, from: i64, until: i64) -> Vec<(i64, Change, i64)> {
    let mut changes = Vec::new();
    for year in 0..40_u32 {
        let begin = from + days(f64::from(year) * YEAR);
        if begin >= until {
            break;
        }
        let number = u64::from(year);
        for (share, change, name) in [
            (&p.driving.new_habit, Change::NewHabit, "new habit"),
            (&p.driving.new_driver, Change::NewDriver, "new driver"),
            (&p.driving.idle, Change::Idle, "idle"),
        ] {
            if draw.chance(share.value, name, number) {
                // Idle stretches end within their year, so that no two overlap.
                let at = begin + days(draw.between(0.02, 0.55, name, !number) * YEAR);
                let longest = p.driving.idle_days.value.min(80.0);
                let length = days(draw.between(longest / 3.0, longest * 2.0, "idle for", number));
                changes.push((at, change, length));
            }
        }
    }
    changes
}

impl World {
    /// The id of car `index`.
    pub(crate) fn vehicle_id(&self, index: u32) -> Result<VehicleId, IdError> {
        VehicleId::new(format!("v{:02}{index:05}", self.rooftop_number))
    }

    /// The car as the DMS writes it.
    pub(crate) fn vehicle(
        &self,
        car: &Car,
        owner: Option<u32>,
        unit: UnitKind,
        changed_at: i64,
    ) -> Result<VehicleRecord, IdError> {
        let draw = car.draw;
        let make = draw.pick(&self.parameters.makes, "make", 0);
        let model = make.and_then(|make| draw.pick(&make.models, "model", 0));
        let delivered = date(self.store.zone, car.delivered);
        let conquest = draw.chance(self.parameters.owners.conquest.value, "conquest", 0);
        let stock = matches!(unit, UnitKind::Stock | UnitKind::Loaner);
        Ok(VehicleRecord {
            vehicle: self.vehicle_id(car.index)?,
            vin: crate::vin::vin(&self.parameters, draw, self.rooftop_number, car.index),
            owner: owner.map(|owner| self.customer_id(owner)).transpose()?,
            unit,
            year: u16::try_from(chrono::Datelike::year(&delivered)).ok(),
            make: make.map(|make| make.make.clone()),
            model: model.cloned(),
            delivered_on: (!stock && !conquest).then_some(delivered),
            changed_at: instant(changed_at),
        })
    }
}
