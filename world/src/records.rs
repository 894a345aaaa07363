//! What comes in of a visit, and what is dirty about it: late, twice, opened again, written by mistake.

use fixedops_connectors_traits::{AppointmentRecord, AppointmentStatus, DmsChange, RepairOrderRecord};
use fixedops_vocab::{AppointmentId, Channel, IdError};

use crate::car::Car;
use crate::clock::{DAY, HOUR, MINUTE, days, instant};
use crate::input::{ConsentSigned, Input, What};
use crate::order::{Order, Part};
use crate::person::Signed;
use crate::world::World;

/// Sources, in the order in which inputs of one instant come in.
pub(crate) mod source {
    pub(crate) const CUSTOMERS: &str = "a-dms-customers";
    pub(crate) const CONSENTS: &str = "b-consents";
    pub(crate) const VEHICLES: &str = "c-dms-vehicles";
    pub(crate) const ORDERS: &str = "d-dms-orders";
    pub(crate) const TELEMATICS: &str = "e-telematics";
    pub(crate) const CARRIER: &str = "f-carrier";
    pub(crate) const CLICKS: &str = "g-clicks";
    pub(crate) const SCANNERS: &str = "g-link-scanner";
    pub(crate) const REPLIES: &str = "h-replies";
    pub(crate) const SCHEDULER: &str = "i-scheduler";
    pub(crate) const TABLET: &str = "j-tablet";
    pub(crate) const ANSWERS: &str = "k-authorizations";
    pub(crate) const CALLS: &str = "l-calls";
}

impl World {
    /// All that comes in of a visit in the run: opened, inspected, answered, closed, and what goes wrong with it.
    pub(crate) fn visit_inputs(&self, order: &Order<'_>) -> Result<Vec<Input>, IdError> {
        let (draw, p) = (order.wish.draw, &self.parameters.orders);
        let number = Self::order_number(order.car.index, order.number);
        let mut inputs = Vec::new();
        let mut push = |at: i64, source, id: String, what| {
            inputs.push(Input::new(instant(at), source, id, what));
        };
        let dms = |record: RepairOrderRecord| What::Dms(DmsChange::RepairOrder(record));

        push(
            order.wish.at,
            source::ORDERS,
            format!("{number}/opened"),
            dms(self.record(order, false, Part::First, 0)?),
        );
        if draw.chance(p.voided.value, "voided", 0) {
            // Written by mistake beside the right one, and voided a quarter of an hour later.
            let mistake = RepairOrderRecord {
                ro: self.ro(order, "V")?,
                voided: true,
                changed_at: instant(order.wish.at + 17 * MINUTE),
                ..self.record(order, false, Part::First, 0)?
            };
            push(order.wish.at + 17 * MINUTE, source::ORDERS, format!("{number}V/voided"), dms(mistake));
        }
        if order.content.inspected {
            let at = order.inspected_at();
            let inspection = self.inspection(order, order.left(self), at)?;
            push(at, source::TABLET, format!("{number}/inspection"), What::Inspection(inspection));
            for answer in self.authorizations(order)? {
                let id = format!("{number}/{}", answer.line);
                push(answer.answered_at.timestamp(), source::ANSWERS, id, What::Authorization(answer));
            }
        }
        self.closings(order, number, &mut push)?;
        if order.split(self) {
            let record = self.record(order, true, Part::Split, 0)?;
            push(order.closed_at(), source::ORDERS, format!("{number}S/closed"), dms(record));
        }
        if let Some(consent) = self.signs(order)? {
            let at = consent.given_at.timestamp();
            push(at, source::CONSENTS, format!("{number}/signed"), What::Consent(consent));
        }
        for input in inputs.iter_mut().filter(|input| input.source == source::ORDERS) {
            // A DMS that is down writes afterwards, in the order of the day.
            if let Some(until) = self.dms_up(input.at) {
                let waited = input.at.timestamp().rem_euclid(DAY) / MINUTE;
                input.at = instant(until.timestamp() + waited);
            }
        }
        Ok(inputs)
    }

    fn closings(
        &self,
        order: &Order<'_>,
        number: u64,
        push: &mut dyn FnMut(i64, &'static str, String, What),
    ) -> Result<(), IdError> {
        let (draw, p) = (order.wish.draw, &self.parameters.orders);
        let dms = |record: RepairOrderRecord| What::Dms(DmsChange::RepairOrder(record));
        let closed_at = order.closed_at();
        let mut record = self.record(order, true, Part::First, 0)?;
        let mut comes_at = closed_at;
        if draw.chance(p.back_dated.value, "back-dated", 0) {
            // Written days later, with the day it should have been closed on.
            comes_at += DAY + days(draw.between(0.1, 4.0, "back-dated by", 0));
            record.changed_at = instant(comes_at);
        } else if draw.chance(p.late.value, "late", 0) {
            // Written in time, and late on its way.
            comes_at += days(draw.between(0.5, 3.0, "late by", 0));
        }
        if draw.chance(p.repeated.value, "repeated", 0) {
            let again = comes_at + days(draw.between(0.01, 2.0, "repeated after", 0));
            push(again, source::ORDERS, format!("{number}/again"), dms(record.clone()));
        }
        push(comes_at, source::ORDERS, format!("{number}/closed"), dms(record.clone()));
        if draw.chance(p.reopened.value, "reopened", 0) {
            let opened = comes_at + 20 * HOUR;
            let mut reopened = record;
            reopened.closed_at = None;
            reopened.changed_at = instant(opened);
            push(opened, source::ORDERS, format!("{number}/reopened"), dms(reopened));
            let cents = [-2_000, -1_500, 1_250, 3_500];
            let change = draw.pick(&cents, "changed by", 0).copied().unwrap_or(-2_000);
            let mut closed = self.record(order, true, Part::First, change)?;
            closed.changed_at = instant(opened + 2 * HOUR);
            closed.closed_at = Some(closed.changed_at);
            push(opened + 2 * HOUR, source::ORDERS, format!("{number}/reclosed"), dms(closed));
        }
        Ok(())
    }

    /// A consent signed at the counter by one who had not signed before.
    fn signs(&self, order: &Order<'_>) -> Result<Option<ConsentSigned>, IdError> {
        let Some(owner) = order.car.owner.filter(|owner| self.signed(*owner) != Signed::Written) else {
            return Ok(None);
        };
        let share = self.parameters.people.signs_at_visit.value;
        if !order.wish.draw.chance(share, "signs", 0) {
            return Ok(None);
        }
        self.consent(owner, true, order.wish.at + 6 * MINUTE).map(Some)
    }

    pub(crate) fn consent(&self, person: u32, written: bool, at: i64) -> Result<ConsentSigned, IdError> {
        let channels = vec![Channel::Sms, Channel::Mms];
        Ok(ConsentSigned { customer: self.customer_id(person)?, written, channels, given_at: instant(at) })
    }

    /// An appointment as the scheduler writes it.
    pub(crate) fn appointment(
        &self,
        car: &Car,
        appointment: &AppointmentId,
        starts_at: i64,
        status: AppointmentStatus,
        token: Option<&str>,
        changed_at: i64,
    ) -> Result<What, IdError> {
        Ok(What::Dms(DmsChange::Appointment(AppointmentRecord {
            appointment: appointment.clone(),
            rooftop: self.store.rooftop.clone(),
            vehicle: self.vehicle_id(car.index)?,
            customer: car.owner.map(|owner| self.customer_id(owner)).transpose()?,
            starts_at: instant(starts_at),
            status,
            token: token.map(str::to_owned),
            changed_at: instant(changed_at),
        })))
    }
}
