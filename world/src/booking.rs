//! An appointment that follows from a touch, and what becomes of it.

use fixedops_connectors_traits::AppointmentStatus;
use fixedops_vocab::{AppointmentId, IdError, RoId, RoLineId};

use crate::clock::{DAY, HOUR, days, instant, opening};
use crate::content::Content;
use crate::draw::Draw;
use crate::input::{Input, Outreach};
use crate::memory::Caused;
use crate::order::{CAUSED, Order};
use crate::records::source;
use crate::world::World;

/// How an appointment is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Through {
    /// From the link: it carries the token.
    Link,
    /// By the advisor who was written or spoken to: it carries the token of the touch he works on.
    Advisor,
    /// By telephone, out of the blue: nothing tells where it came from.
    Telephone,
}

impl World {
    pub(crate) fn book(
        &mut self,
        index: u32,
        to: &Outreach,
        draw: Draw,
        booked_at: i64,
        through: Through,
    ) -> Result<Vec<Input>, IdError> {
        let (p, zone) = (self.parameters.appointments.clone(), self.store.zone);
        let caused = self.memory.get(&index).map_or(0, |memory| memory.caused.len());
        let number = CAUSED + u32::try_from(caused).unwrap_or(0).min(499);
        let order_number = Self::order_number(index, number);
        let appointment = AppointmentId::new(format!("A{order_number}"))?;
        let wait = days(draw.between(0.8, 8.0, "wait", 0));
        let mut at = opening(zone, booked_at + wait, draw, "slot", 0);
        let cancelled = draw.chance(p.cancelled.value, "cancelled", 0);
        let moved = !cancelled && draw.chance(p.moved.value, "moved", 0);
        let mut steps = vec![(booked_at, at, AppointmentStatus::Scheduled, "set")];
        if moved {
            let when = booked_at + (at - booked_at) / 2;
            at = opening(zone, at + days(draw.between(1.0, 6.0, "moved by", 0)), draw, "new slot", 0);
            steps.push((when, at, AppointmentStatus::Scheduled, "moved"));
        }
        let before = (at - 20 * HOUR).max(booked_at + HOUR).min(at - HOUR / 2);
        let shows = !cancelled && draw.chance(p.shown.value, "shows", 0);
        if cancelled {
            steps.push((before, at, AppointmentStatus::Cancelled, "cancelled"));
        } else {
            if draw.chance(p.confirmed.value, "confirmed", 0) {
                steps.push((before, at, AppointmentStatus::Confirmed, "confirmed"));
            }
            let (when, status, word) = if shows {
                (at, AppointmentStatus::Arrived, "arrived")
            } else {
                (at + 2 * HOUR, AppointmentStatus::NoShow, "missed")
            };
            steps.push((when, at, status, word));
        }
        let operations = self.operations_of(index, to, draw, at);
        let spoken = self.spoken_of(to);
        let key = to.key.clone();
        let caused = Caused { number, key, draw, booked_at, at, shows, spoken, operations, done: Vec::new() };
        self.memory.entry(index).or_default().caused.push(caused);

        let token = (through != Through::Telephone).then_some(to.token.as_str());
        let mut inputs = Vec::new();
        let Some(car) = self.cars.get(index as usize) else {
            return Ok(inputs);
        };
        for (when, starts_at, status, word) in steps {
            let what = self.appointment(car, &appointment, starts_at, status, token, when)?;
            inputs.push(Input::new(instant(when), source::SCHEDULER, format!("{order_number}/{word}"), what));
        }
        if shows && let Some((mut order, _)) = self.order_of(index, number) {
            order.appointment = Some(appointment);
            inputs.extend(self.visit_inputs(&order)?);
            let done: Vec<usize> = order.content.done().collect();
            let caused = self.memory.get_mut(&index).and_then(|memory| memory.caused.last_mut());
            if let Some(caused) = caused {
                caused.done = done;
            }
        }
        Ok(inputs)
    }

    /// What is booked: the services and the declined work the touch spoke of, and oil where it is nearly due anyway.
    fn operations_of(&self, index: u32, to: &Outreach, draw: Draw, at: i64) -> Vec<usize> {
        let operations = &self.parameters.operations;
        let mut booked = Vec::new();
        for service in &to.services {
            booked
                .extend(operations.iter().position(|operation| operation.service.as_ref() == Some(service)));
        }
        let recovered = self.parameters.answers.recovered.value;
        for (n, (ro, line)) in (0..).zip(&to.declined) {
            if draw.chance(recovered, "recovered", n) {
                booked.extend(self.declined_operation(ro, line).map(|(operation, _)| operation));
            }
        }
        if let Some(car) = self.cars.get(index as usize) {
            let wear = self.live(car, at, true, &mut |_, _, _| {});
            if booked.is_empty() || self.oil_used(car, &wear, at) > 0.85 {
                booked.extend(self.operation("LOF"));
            }
        }
        // The inspection comes by itself.
        booked.retain(|operation| self.operation("MPI") != Some(*operation));
        booked.sort_unstable();
        booked.dedup();
        booked
    }

    /// Every operation the touch speaks of: of its services and of its declined lines. Nothing is drawn for it.
    fn spoken_of(&self, to: &Outreach) -> Vec<usize> {
        let operations = self.parameters.operations.iter().enumerate();
        let of_services = operations
            .filter(|(_, operation)| {
                operation.service.as_ref().is_some_and(|done| to.services.contains(done))
            })
            .map(|(number, _)| number);
        let declined = to.declined.iter().filter_map(|(ro, line)| self.declined_operation(ro, line));
        let mut spoken: Vec<usize> = of_services.chain(declined.map(|(operation, _)| operation)).collect();
        spoken.sort_unstable();
        spoken.dedup();
        spoken
    }

    /// A visit by its number within the car, as it was lived, and when it was.
    pub(crate) fn order_of(&self, index: u32, number: u32) -> Option<(Order<'_>, i64)> {
        let car = self.cars.get(index as usize)?;
        let mut found: Option<(Content, i64)> = None;
        self.live(car, self.end + 400 * DAY, number >= CAUSED, &mut |visited, visit, content| {
            if visited == number {
                found = Some((content, visit.at));
            }
        });
        let (content, at) = found?;
        let (wish, booked) = if number >= CAUSED {
            let caused = self.memory.get(&index)?.caused.iter().find(|caused| caused.number == number)?;
            (Self::caused_wish(caused), true)
        } else {
            let visit = car.visits.get(number as usize)?;
            (Self::own_wish(car, number, visit), visit.booked.is_some())
        };
        let id = AppointmentId::new(format!("A{}", Self::order_number(index, number))).ok();
        Some((Order { car, number, wish, content, appointment: id.filter(|_| booked) }, at))
    }

    /// Car and visit of an order's id.
    pub(crate) fn visit_of(&self, ro: &RoId) -> Option<(u32, u32)> {
        let number = ro.as_str().strip_prefix(self.store.rooftop.as_str())?.strip_prefix('/')?;
        let number: u64 = number.trim_end_matches(['S', 'V']).parse().ok()?;
        let car = u32::try_from((number / 1_000).checked_sub(1_000)?).ok()?;
        Some((car, u32::try_from(number % 1_000).ok()?))
    }

    /// The operation of a declined line, and when it was declined.
    pub(crate) fn declined_operation(&self, ro: &RoId, line: &RoLineId) -> Option<(usize, i64)> {
        let (car, visit) = self.visit_of(ro)?;
        let (order, at) = self.order_of(car, visit)?;
        let line = order.content.lines.iter().find(|known| known.number.to_string() == line.as_str())?;
        Some((line.operation, at))
    }
}
