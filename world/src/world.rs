//! The world: one store, its cars and their owners, and what we have done to them so far.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use fixedops_connectors_traits::UnitKind;
use fixedops_vocab::{OpCode, RooftopId, SellerId, TouchKey, VehicleId};

use crate::car::Car;
use crate::clock::{DAY, days, instant};
use crate::content::{Content, Wear, Wish};
use crate::draw::Draw;
use crate::input::{Input, What};
use crate::memory::{Caused, Memory};
use crate::parameters::{Parameters, StoreSeat};
use crate::replies::Replies;
use crate::store::{StoreProfile, down_until};
use crate::visit::{Visit, Why};

/// Named in the journal of a run: another world makes another journal.
pub const VERSION: &str = "store-world/4";

/// Names the draws: people, cars and lives are still those of version 2, only their answers changed.
const DRAWS: &str = "store-world/2";

/// A simulated store.
///
/// Everything is a function of parameters, seed and rooftop, and of the touches it was told of, in the order it was
/// told: asked again, the world says the same.
///
/// ```
/// use fixedops_world::{Parameters, World};
/// let world = World::new(Parameters::shipped(), 1, 0, 20, 30);
/// let inputs = world.inputs()?;
/// assert!(inputs.is_sorted_by_key(|input| (input.at, input.source, input.id.clone())));
/// assert_eq!(inputs, World::new(Parameters::shipped(), 1, 0, 20, 30).inputs()?);
/// # Ok::<(), fixedops_vocab::IdError>(())
/// ```
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) parameters: Parameters,
    pub(crate) replies: Replies,
    pub(crate) seed: u64,
    pub(crate) rooftop_number: u32,
    pub(crate) draw: Draw,
    pub(crate) seat: StoreSeat,
    pub(crate) store: StoreProfile,
    pub(crate) areas: Vec<u16>,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) days: u32,
    pub(crate) people: u32,
    pub(crate) cars: Vec<Car>,
    pub(crate) memory: BTreeMap<u32, Memory>,
    pub(crate) touched: BTreeSet<TouchKey>,
    /// When each person heard from us.
    pub(crate) heard: BTreeMap<u32, Vec<i64>>,
}

impl World {
    /// The store number `rooftop` (from 0) with `vehicles` cars, for `days` days.
    ///
    /// Stores differ in name, state and zone as the parameters list them; past the last the list begins again with
    /// branches.
    #[must_use]
    pub fn new(parameters: Parameters, seed: u64, rooftop: u32, vehicles: u32, days: u32) -> Self {
        let stores = parameters.stores.len().max(1);
        let (place, round) = (rooftop as usize % stores, rooftop as usize / stores);
        let fallback = || Parameters::shipped().stores.into_iter().next();
        #[allow(clippy::unwrap_used, reason = "checked parameters have a store, and the shipped ones do")]
        let seat = parameters.stores.get(place).cloned().or_else(fallback).unwrap();
        let start = NaiveDate::from_ymd_opt(2026, 12, 1)
            .and_then(|date| date.and_hms_opt(14, 0, 0))
            .unwrap_or_default()
            .and_utc()
            .timestamp();
        let mut world = Self {
            store: StoreProfile::new(&seat, round),
            draw: Draw::new(DRAWS, seed, rooftop),
            replies: Replies::shipped(),
            parameters,
            seed,
            rooftop_number: rooftop,
            seat,
            areas: Vec::new(),
            start,
            end: start + i64::from(days) * DAY,
            days,
            people: 0,
            cars: Vec::new(),
            memory: BTreeMap::new(),
            touched: BTreeSet::new(),
            heard: BTreeMap::new(),
        };
        world.settle(vehicles);
        world
    }

    /// Gives every car its owner and its life.
    fn settle(&mut self, vehicles: u32) {
        let mut cars = Vec::with_capacity(vehicles as usize);
        // The retail car before, if its owner may own this one too.
        let mut before: Option<u32> = None;
        for index in 0..vehicles {
            let mut car = Car::new(self, index);
            car.owner = match car.unit {
                UnitKind::Stock | UnitKind::Loaner | UnitKind::Wholesale => None,
                UnitKind::Fleet | UnitKind::Employee => Some(self.newcomer()),
                UnitKind::Retail => {
                    let second = self.parameters.people.second_car.value;
                    let shares = car.draw.chance(second, "second car", 0);
                    match before.take().filter(|_| shares) {
                        Some(owner) => Some(owner),
                        None => {
                            before = Some(self.newcomer());
                            before
                        }
                    }
                }
            };
            car.visits = self.visits(&car);
            cars.push(car);
        }
        self.cars = cars;
        self.areas = self.area_codes();
    }

    fn newcomer(&mut self) -> u32 {
        let number = self.people;
        self.people += 1;
        number
    }

    /// When it begins: a Tuesday morning, after the shipped plans are in force.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        instant(self.start)
    }

    /// When it ends.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        instant(self.end)
    }

    /// In whose name the store writes.
    #[must_use]
    pub fn seller(&self) -> SellerId {
        self.store.seller.clone()
    }

    /// The rooftop.
    #[must_use]
    pub fn rooftop(&self) -> RooftopId {
        self.store.rooftop.clone()
    }

    /// The store as messages name it.
    #[must_use]
    pub fn store(&self) -> StoreProfile {
        self.store.clone()
    }

    /// The parameters.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// None where the DMS answers at `at`; otherwise until when it is down.
    #[must_use]
    pub fn dms_up(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        down_until(&self.parameters, self.draw.under("dms", 0), self.store.zone, at)
    }

    /// After how many characters the DMS cuts a note.
    #[must_use]
    pub fn note_limit(&self) -> usize {
        // Checked: a small number, zero or more.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let limit = self.parameters.dms.note_limit.value as usize;
        limit
    }

    /// Whether `input` still happens when its time has come: a visit of the owner's own does not where one that we
    /// caused took its place, and nothing is found worn that such a visit renewed.
    #[must_use]
    pub fn take(&self, input: &Input) -> bool {
        let Some(own) = input.own else {
            return true;
        };
        let Some(visit) = self.cars.get(own.car as usize).and_then(|car| car.visits.get(own.number as usize))
        else {
            return true;
        };
        if self.moot(own.car, visit) {
            return false;
        }
        let renewed = |op_code: &OpCode| {
            let caused = self.memory.get(&own.car).into_iter().flat_map(|memory| &memory.caused);
            let mut done =
                caused.filter(|caused| caused.shows && caused.at < visit.at).flat_map(|caused| &caused.done);
            let operations = &self.parameters.operations;
            done.any(|done| operations.get(*done).is_some_and(|operation| operation.op_code == *op_code))
        };
        match &input.what {
            What::Inspection(inspection) => {
                !inspection.findings.iter().any(|finding| finding.op_code.as_ref().is_some_and(renewed))
            }
            What::Authorization(answer) => !answer.op_code.as_ref().is_some_and(renewed),
            _ => true,
        }
    }

    /// Whether a visit we caused takes the place of the owner's own.
    pub(crate) fn moot(&self, car: u32, visit: &Visit) -> bool {
        // Oil just done is not done again for four months; with anything else he was here a week ago.
        let rest = if visit.why == Why::Oil { days(120.0) } else { days(7.0) };
        let caused = self.memory.get(&car).map_or(&[][..], |memory| &memory.caused);
        caused
            .iter()
            .any(|caused| caused.shows && caused.booked_at <= visit.at && visit.at < caused.at + rest)
    }

    /// What a car comes for when its owner comes by himself.
    pub(crate) fn own_wish(car: &Car, number: u32, visit: &Visit) -> Wish {
        let draw = car.draw.under("visit", u64::from(number));
        Wish { at: visit.at, why: visit.why, draw, booked: Vec::new() }
    }

    /// Lives through a car's visits up to `until`: its owner's own, and with `caused` those we caused, without what
    /// they made moot. `see` is shown each visit here with what was done; the wear is as at `until`.
    pub(crate) fn live(
        &self,
        car: &Car,
        until: i64,
        caused: bool,
        see: &mut dyn FnMut(u32, &Visit, Content),
    ) -> Wear {
        let mut wear = self.new_wear(car);
        let ours = self.memory.get(&car.index).map_or(&[][..], |memory| &memory.caused);
        let mut ours: Vec<&Caused> = ours.iter().filter(|visit| caused && visit.shows).collect();
        ours.sort_by_key(|caused| (caused.at, caused.number));
        let mut ours = ours.into_iter().peekable();
        let mut come = |before: i64, wear: &mut Wear, see: &mut dyn FnMut(u32, &Visit, Content)| {
            while let Some(caused) = ours.next_if(|caused| caused.at < before) {
                let visit = Visit {
                    at: caused.at,
                    why: Why::Touch,
                    here: true,
                    booked: Some(caused.booked_at),
                    missed: None,
                };
                let content = self.content(car, &Self::caused_wish(caused), wear);
                see(caused.number, &visit, content);
            }
        };
        for (number, visit) in (0..).zip(&car.visits) {
            if visit.at >= until {
                break;
            }
            come(visit.at, &mut wear, see);
            if caused && self.moot(car.index, visit) {
                continue;
            }
            if visit.here {
                let content = self.content(car, &Self::own_wish(car, number, visit), &mut wear);
                see(number, visit, content);
            } else {
                self.elsewhere(car, visit.at, &mut wear);
            }
        }
        come(until, &mut wear, see);
        wear
    }

    /// What a car comes for when we made it come.
    pub(crate) fn caused_wish(caused: &Caused) -> Wish {
        Wish { at: caused.at, why: Why::Touch, draw: caused.draw, booked: caused.operations.clone() }
    }

    pub(crate) fn car_of(&self, vehicle: &VehicleId) -> Option<&Car> {
        let number = vehicle.as_str().strip_prefix(&format!("v{:02}", self.rooftop_number))?;
        let index: usize = number.parse().ok()?;
        self.cars.get(index).filter(|car| self.vehicle_id(car.index).as_ref() == Ok(vehicle))
    }
}
