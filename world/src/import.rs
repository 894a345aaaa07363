//! All that happens without us: the first day's import, deliveries, own visits, devices.

use fixedops_connectors_traits::{AppointmentStatus, DmsChange, RepairOrderRecord, UnitKind};
use fixedops_vocab::{AppointmentId, IdError};

use crate::car::Car;
use crate::clock::{DAY, HOUR, MINUTE, instant, on_day};
use crate::content::Content;
use crate::input::{Input, OwnVisit, What};
use crate::order::{Order, Part};
use crate::person::Signed;
use crate::records::source;
use crate::visit::Visit;
use crate::world::World;

impl World {
    /// Everything that happens without us, in order: what the DMS holds on the first day, then what comes in.
    /// Independent of what the world was told of touches; ask [`World::take`] when an input's time has come.
    ///
    /// # Errors
    /// [`IdError`] where a parameter makes an id that is none.
    pub fn inputs(&self) -> Result<Vec<Input>, IdError> {
        let mut inputs = Vec::new();
        self.people_inputs(&mut inputs)?;
        for car in &self.cars {
            self.car_inputs(car, &mut inputs)?;
            self.device_inputs(car, &mut inputs)?;
        }
        inputs.retain(|input| input.at <= self.end());
        inputs.sort_by(|a, b| (a.at, a.source, &a.id).cmp(&(b.at, b.source, &b.id)));
        Ok(inputs)
    }

    /// When a car comes into the DMS as far as we see: on the first day, or on the day it is delivered.
    fn recorded_at(&self, car: &Car) -> i64 {
        if car.delivered < self.start {
            self.start
        } else {
            on_day(self.store.zone, car.delivered, 15.0).max(self.start)
        }
    }

    fn people_inputs(&self, inputs: &mut Vec<Input>) -> Result<(), IdError> {
        let mut owned: Vec<Vec<&Car>> = vec![Vec::new(); self.people as usize];
        for car in &self.cars {
            if let Some(cars) = car.owner.and_then(|owner| owned.get_mut(owner as usize)) {
                cars.push(car);
            }
        }
        for (person, cars) in (0..).zip(&owned) {
            // He is first known with his first car.
            let at = cars.iter().map(|car| self.recorded_at(car)).min().unwrap_or(self.start);
            let what = What::Dms(DmsChange::Customer(self.customer(person, instant(at))?));
            inputs.push(Input::new(instant(at), source::CUSTOMERS, format!("{person:06}"), what));
            let signed = self.signed(person);
            if signed == Signed::Nothing {
                continue;
            }
            // At his last visit before, or when he took delivery.
            let visits = cars.iter().flat_map(|car| &car.visits);
            let visits = visits.filter(|visit| visit.here && visit.at < self.start).map(|visit| visit.at);
            let deliveries = cars.iter().map(|car| car.delivered.min(at));
            let given = visits.chain(deliveries).max().unwrap_or(at) + 5 * MINUTE;
            let consent = self.consent(person, signed == Signed::Written, given)?;
            let comes = instant(at.max(given));
            inputs.push(Input::new(comes, source::CONSENTS, format!("{person:06}"), What::Consent(consent)));
        }
        Ok(())
    }

    fn car_inputs(&self, car: &Car, inputs: &mut Vec<Input>) -> Result<(), IdError> {
        let at = self.recorded_at(car);
        let vehicle = |owner, unit, at| -> Result<What, IdError> {
            Ok(What::Dms(DmsChange::Vehicle(self.vehicle(car, owner, unit, at)?)))
        };
        let id = format!("{:06}", car.index);
        inputs.push(Input::new(instant(at), source::VEHICLES, id.clone(), vehicle(car.owner, car.unit, at)?));
        if let Some(sold) = car.sold.filter(|_| car.traded) {
            let at = on_day(self.store.zone, sold, 17.0).max(self.start);
            let what = vehicle(None, UnitKind::Stock, at)?;
            inputs.push(Input::new(instant(at), source::VEHICLES, format!("{id}/traded"), what));
        }
        let mut wrong = None;
        self.live(car, self.end, false, &mut |number, visit, content| {
            if visit.at >= car.known
                && let Err(error) = self.own_inputs(car, number, visit, content, inputs)
            {
                wrong = Some(error);
            }
        });
        wrong.map_or(Ok(()), Err)
    }

    fn own_inputs(
        &self,
        car: &Car,
        number: u32,
        visit: &Visit,
        content: Content,
        inputs: &mut Vec<Input>,
    ) -> Result<(), IdError> {
        let wish = Self::own_wish(car, number, visit);
        let order_number = Self::order_number(car.index, number);
        let appointment = visit.booked.map(|_| AppointmentId::new(format!("A{order_number}"))).transpose()?;
        let order = Order { car, number, wish, content, appointment };
        if order.closed_at() < self.start {
            return self.history(&order, order_number, inputs);
        }
        let mut own = self.visit_inputs(&order)?;
        if let (Some(booked), Some(appointment)) = (visit.booked, &order.appointment) {
            let missed = AppointmentId::new(format!("A{order_number}M"))?;
            let mut push = |of: &AppointmentId, starts, status, at: i64, word: &str| -> Result<(), IdError> {
                let what = self.appointment(car, of, starts, status, None, at)?;
                own.push(Input::new(instant(at), source::SCHEDULER, format!("{order_number}/{word}"), what));
                Ok(())
            };
            if let Some(first) = visit.missed {
                // He had set one before, did not come to it, and set this one when he was called.
                push(&missed, first, AppointmentStatus::Scheduled, first - 2 * DAY, "missed/set")?;
                push(&missed, first, AppointmentStatus::NoShow, first + 2 * HOUR, "missed")?;
            }
            push(appointment, visit.at, AppointmentStatus::Scheduled, booked, "set")?;
            push(appointment, visit.at, AppointmentStatus::Arrived, visit.at, "arrived")?;
        }
        for mut input in own {
            // What was written before the first day comes with the import.
            input.at = input.at.max(self.start());
            input.own = Some(OwnVisit { car: car.index, number });
            inputs.push(input);
        }
        Ok(())
    }

    /// An order of before the first day, as the import holds it.
    fn history(&self, order: &Order<'_>, number: u64, inputs: &mut Vec<Input>) -> Result<(), IdError> {
        let mut push = |id: String, record: RepairOrderRecord| {
            let what = What::Dms(DmsChange::RepairOrder(record));
            inputs.push(Input::new(self.start(), source::ORDERS, id, what));
        };
        push(format!("{number}/import"), self.record(order, true, Part::First, 0)?);
        if order.split(self) {
            push(format!("{number}S/import"), self.record(order, true, Part::Split, 0)?);
        }
        if order.wish.draw.chance(self.parameters.orders.voided.value, "voided", 0) {
            let mistake = RepairOrderRecord {
                ro: self.ro(order, "V")?,
                voided: true,
                changed_at: instant(order.wish.at + 17 * MINUTE),
                ..self.record(order, false, Part::First, 0)?
            };
            push(format!("{number}V/import"), mistake);
        }
        Ok(())
    }

    /// Whether an appointment of the owner's own, or a visit he is about to make, is ahead at `at`.
    pub(crate) fn own_ahead(&self, car: &Car, at: i64) -> bool {
        car.visits.iter().filter(|visit| visit.here).any(|visit| {
            let set = visit.booked.is_some_and(|booked| booked <= at);
            let there = visit.at <= at && at < visit.at + 10 * HOUR;
            !self.moot(car.index, visit) && ((set && at < visit.at && visit.at < at + 40 * DAY) || there)
        })
    }
}
