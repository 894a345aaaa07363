//! What owners do without us: every oil service, here or elsewhere, and whatever else brings them.

use fixedops_connectors_traits::UnitKind;

use crate::car::{Car, Habit};
use crate::clock::{DAY, HOUR, YEAR, days, named, opening};
use crate::world::World;

/// Why a car comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a visit has one of these reasons")]
pub enum Why {
    /// The owner has his oil changed when and where he does.
    Oil,
    /// Something broke.
    Repair,
    /// Something broke that is under warranty.
    Warranty,
    /// A recall letter of the maker.
    Recall,
    /// What was done was not right.
    Comeback,
    /// A touch of ours.
    Touch,
}

/// A visit that an owner makes without us.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Visit {
    pub(crate) at: i64,
    pub(crate) why: Why,
    /// Here or somewhere else.
    pub(crate) here: bool,
    /// When he set an appointment, if he did.
    pub(crate) booked: Option<i64>,
    /// To when he had set one before that and did not come.
    pub(crate) missed: Option<i64>,
}

/// Days past the run that are still thought out: what would have happened is asked for touches of the last day.
const AFTER: i64 = 200 * DAY;

impl World {
    /// All visits of a car's life, in the order of time, up to some time after the run.
    pub(crate) fn visits(&self, car: &Car) -> Vec<Visit> {
        if matches!(car.unit, UnitKind::Stock | UnitKind::Loaner | UnitKind::Wholesale) {
            return Vec::new();
        }
        let until = (self.end + AFTER).min(car.sold.unwrap_or(i64::MAX));
        let mut visits = self.oil_services(car, until);
        self.other_visits(car, until, &mut visits);
        let comebacks: Vec<Visit> = visits
            .iter()
            .filter(|visit| visit.here)
            .filter(|visit| {
                let share = self.parameters.visits.comeback.value;
                car.draw.chance(share, "comeback", named(visit.at))
            })
            .map(|visit| {
                let after = days(car.draw.between(2.0, 10.0, "comeback after", named(visit.at)));
                let at = opening(self.store.zone, visit.at + after, car.draw, "comeback at", named(visit.at));
                Visit { at, why: Why::Comeback, here: true, booked: None, missed: None }
            })
            .collect();
        visits.extend(comebacks);
        visits.sort_by_key(|visit| (visit.at, visit.why as u8));
        // One visit at a time: who is to come again within two days comes two days later.
        let mut last = i64::MIN / 2;
        for visit in &mut visits {
            if visit.at < last + 2 * DAY {
                visit.at = opening(self.store.zone, last + 2 * DAY, car.draw, "shifted", named(last));
            }
            last = visit.at;
        }
        for visit in &mut visits {
            let n = named(visit.at);
            let booked = visit.here && visit.why != Why::Comeback;
            if booked && car.draw.chance(self.parameters.owners.booked_first.value, "booked first", n) {
                let ahead = days(car.draw.between(0.7, 9.0, "booked ahead", n));
                // Between the last visit and this one.
                let booked = (visit.at - ahead).max(car.delivered);
                visit.booked = Some(booked);
                // Of appointments so many are kept: for each that is, so many are not.
                let shown = self.parameters.appointments.shown.value;
                if car.draw.chance((1.0 - shown) / shown.max(0.5), "missed first", n) {
                    let before = days(car.draw.between(0.5, 3.0, "missed at", n));
                    visit.missed =
                        Some(opening(self.store.zone, booked - before, car.draw, "missed slot", n) - DAY)
                            .filter(|missed| *missed > car.delivered + 3 * DAY);
                    visit.booked =
                        visit.missed.map_or(visit.booked, |missed| Some(booked.max(missed + 3 * HOUR)));
                }
            }
        }
        visits.retain(|visit| visit.at < until);
        visits
    }

    /// Oil, from delivery on: each counts from the last, wherever that was.
    fn oil_services(&self, car: &Car, until: i64) -> Vec<Visit> {
        let (oil, owners) = (&self.parameters.oil, &self.parameters.owners);
        let here_share = match car.habit {
            Habit::Loyal => owners.loyal_here.value,
            Habit::Late => owners.late_here.value,
            Habit::Elsewhere => owners.elsewhere_here.value,
            Habit::Never => owners.never_here.value,
        };
        let mut visits = Vec::new();
        let (mut last, mut miles) = (car.delivered, car.drive.miles(car.delivered));
        for cycle in 0..400_u64 {
            let noise = car.draw.unit("oil when", cycle);
            let factor = match car.habit {
                Habit::Loyal => libm::exp(0.07 * car.draw.normal("oil when", cycle)).clamp(0.8, 1.3),
                Habit::Late => 1.15 + 0.55 * noise,
                Habit::Elsewhere => 0.95 + 0.35 * noise,
                Habit::Never => 1.7 + 1.3 * noise,
            };
            let by_time = last + days(oil.months.value * YEAR / 12.0 * factor);
            let by_miles = car.drive.when(miles + oil.miles.value * factor, last);
            let due = by_miles.map_or(by_time, |at| at.min(by_time)).max(last + 2 * DAY);
            if due >= until {
                break;
            }
            let here = car.draw.chance(here_share, "oil here", cycle);
            let at = opening(self.store.zone, due, car.draw, "oil at", cycle);
            visits.push(Visit { at, why: Why::Oil, here, booked: None, missed: None });
            last = at;
            miles = car.drive.miles(at);
        }
        visits
    }

    /// What else brings a car, year by year of its life.
    fn other_visits(&self, car: &Car, until: i64, visits: &mut Vec<Visit>) {
        let p = &self.parameters.visits;
        for year in 0..40_u32 {
            let begin = car.delivered + days(f64::from(year) * YEAR);
            if begin >= until {
                break;
            }
            for (share, why, name) in [
                (&p.repair, Why::Repair, "repair"),
                (&p.warranty, Why::Warranty, "warranty"),
                (&p.recall, Why::Recall, "recall"),
            ] {
                let under_warranty = why != Why::Warranty || year < 3;
                if under_warranty && car.draw.chance(share.value, name, u64::from(year)) {
                    let when = begin + days(car.draw.between(0.06, 1.0, name, !u64::from(year)) * YEAR);
                    let at = opening(self.store.zone, when, car.draw, name, u64::from(year) + 1_000);
                    visits.push(Visit { at, why, here: true, booked: None, missed: None });
                }
            }
        }
    }
}
