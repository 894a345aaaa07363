//! A visit as the systems of the store write it: the order, the inspection, the answers, each in its time.

use fixedops_connectors_traits::{
    AuthorizationRecord, AuthorizationStatus, EvidenceMedium, EvidenceRecord, FindingRecord,
    InspectionRecord, MeasurementRecord, RepairOrderLine, RepairOrderRecord,
};
use fixedops_vocab::{
    AppointmentId, Currency, Department, IdError, InspectionCode, InspectionId, Money, PayType, RoId,
    RoLineId,
};

use crate::car::Car;
use crate::clock::{DAY, HOUR, MINUTE, instant, named};
use crate::content::{Content, Fate, Line, Wish, method};
use crate::draw::Draw;
use crate::typo::{Typo, written};
use crate::world::World;

/// Orders of visits we caused are numbered from here on within a car.
pub(crate) const CAUSED: u32 = 500;

/// A visit with all that is written of it.
#[derive(Clone, Debug)]
pub(crate) struct Order<'a> {
    pub(crate) car: &'a Car,
    /// Number of the visit within the car's.
    pub(crate) number: u32,
    pub(crate) wish: Wish,
    pub(crate) content: Content,
    pub(crate) appointment: Option<AppointmentId>,
}

/// What a technician left out of an inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Nothing,
    Photo,
    Measurement,
}

impl Order<'_> {
    /// When the inspection is complete.
    pub(crate) fn inspected_at(&self) -> i64 {
        self.wish.at + whole(self.wish.draw.between(35.0, 80.0, "inspection", 0)) * MINUTE
    }

    /// When the customer says what to do with a line.
    fn answered_at(&self, line: &Line) -> i64 {
        let said = self.wish.draw.between(12.0, 110.0, "answer", 0);
        self.inspected_at() + whole(said) * MINUTE + i64::from(line.number) * 20
    }

    /// When it is closed: some hours later, or the next day where work stays overnight.
    pub(crate) fn closed_at(&self) -> i64 {
        let draw = self.wish.draw;
        let work = whole(draw.between(60.0, 180.0, "work", 0)) * MINUTE;
        let ready = if self.content.inspected { self.inspected_at() + 2 * HOUR } else { self.wish.at } + work;
        if draw.chance(0.08, "overnight", 0) { ready + DAY } else { ready }
    }

    pub(crate) fn left(&self, world: &World) -> Left {
        let (draw, p) = (self.wish.draw, &world.parameters.inspection);
        let faults = self.content.found.iter().any(|found| found.code != InspectionCode::Green);
        if draw.chance(p.incomplete.value, "incomplete", 0) {
            Left::Measurement
        } else if faults && draw.chance(p.photos_skipped.value, "photos", 0) {
            Left::Photo
        } else {
            Left::Nothing
        }
    }

    /// Whether its last requested line stands on an order of its own.
    pub(crate) fn split(&self, world: &World) -> bool {
        let requested = self.requested().count();
        requested >= 2 && self.wish.draw.chance(world.parameters.orders.split.value, "split", 0)
    }

    fn requested(&self) -> impl Iterator<Item = &Line> {
        // The inspection is nobody's wish.
        self.content.lines.iter().filter(|line| line.fate == Fate::Requested && line.pay != PayType::Internal)
    }
}

/// Far inside the range of the cast.
#[allow(clippy::cast_possible_truncation)]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

impl World {
    /// The number of a repair order, as digits: car and visit can be read from it.
    pub(crate) fn order_number(car: u32, visit: u32) -> u64 {
        (u64::from(car) + 1_000) * 1_000 + u64::from(visit)
    }

    /// The id of an order; `suffix` where a visit has several.
    pub(crate) fn ro(&self, order: &Order<'_>, suffix: &str) -> Result<RoId, IdError> {
        let number = Self::order_number(order.car.index, order.number);
        RoId::compose(&self.store.rooftop, &format!("{number}{suffix}"))
    }

    pub(crate) fn inspection_id(order: &Order<'_>) -> Result<InspectionId, IdError> {
        InspectionId::new(format!("I{}", Self::order_number(order.car.index, order.number)))
    }

    /// What the odometer is written as at write-up, and how it is wrong if it is.
    pub(crate) fn write_up(&self, order: &Order<'_>) -> (fixedops_vocab::RawOdometer, Option<Typo>) {
        let at = order.wish.at;
        // Any car but this.
        let further = 1 + order.wish.draw.below(self.cars.len().saturating_sub(1), "other car", 0);
        let other = self.cars.get((order.car.index as usize + further) % self.cars.len().max(1));
        let other = other.map_or(0.0, |other| other.drive.miles(at));
        written(order.car.drive.miles(at), other, &self.parameters.typos, order.wish.draw)
    }

    fn description(&self, operation: usize) -> Option<String> {
        self.parameters.operations.get(operation).map(|operation| operation.description.clone())
    }

    fn line(&self, line: &Line, cents: i32) -> Result<RepairOrderLine, IdError> {
        Ok(RepairOrderLine {
            line: RoLineId::new(line.number.to_string())?,
            op_code: self
                .parameters
                .operations
                .get(line.operation)
                .map(|operation| operation.op_code.clone()),
            description: self.description(line.operation),
            pay_type: line.pay,
            amount: Money::cents(cents, Currency::USD),
            declined: matches!(line.fate, Fate::Declined { .. }),
        })
    }

    /// The order as it stands when opened (`closed` false) or closed, with what the DMS knows of it. `part` is which
    /// of two orders, where the visit is split.
    pub(crate) fn record(
        &self,
        order: &Order<'_>,
        closed: bool,
        part: Part,
        changed_amount: i32,
    ) -> Result<RepairOrderRecord, IdError> {
        let split = order.split(self);
        let last = order.requested().map(|line| line.number).max();
        let mut lines = Vec::new();
        for line in &order.content.lines {
            let moved = split && Some(line.number) == last;
            let on_it = match line.fate {
                Fate::Requested => true,
                Fate::Approved | Fate::Declined { noted: true } => closed,
                Fate::Declined { noted: false } | Fate::Deferred | Fate::Unanswered => false,
            };
            if on_it && moved == (part == Part::Split) {
                // A changed amount is on the first line.
                let change = if line.number == 1 { changed_amount } else { 0 };
                lines.push(self.line(line, line.cents + change)?);
            }
        }
        let closed_at = order.closed_at();
        Ok(RepairOrderRecord {
            ro: self.ro(order, if part == Part::Split { "S" } else { "" })?,
            rooftop: self.store.rooftop.clone(),
            vehicle: self.vehicle_id(order.car.index)?,
            customer: order.car.owner.map(|owner| self.customer_id(owner)).transpose()?,
            initiated_from: order.appointment.clone(),
            opened_at: instant(order.wish.at),
            closed_at: closed.then(|| instant(closed_at)),
            voided: false,
            department: Department::Service,
            odometer_in: Some(self.write_up(order).0),
            lines,
            changed_at: instant(if closed { closed_at } else { order.wish.at }),
        })
    }

    /// The inspection as a tablet writes it, with what the technician left out.
    pub(crate) fn inspection(
        &self,
        order: &Order<'_>,
        left: Left,
        at: i64,
    ) -> Result<InspectionRecord, IdError> {
        let draw = order.wish.draw;
        let technician = 1 + draw.below(9, "technician", 0);
        let (mut findings, mut evidence) = (Vec::new(), Vec::new());
        let mut left_out = left;
        for (number, found) in order.content.found.iter().enumerate() {
            let Some((operation, law)) = self
                .parameters
                .operations
                .get(found.operation)
                .and_then(|operation| operation.wear.as_ref().map(|law| (operation, law)))
            else {
                continue;
            };
            let places: Vec<Option<String>> = if law.places.is_empty() {
                vec![None]
            } else {
                law.places.iter().cloned().map(Some).collect()
            };
            let mut measurements = Vec::new();
            if let (Some(name), Some(unit)) = (&law.measure, &law.unit) {
                for (nth, place) in places.into_iter().enumerate() {
                    if left_out == Left::Measurement {
                        left_out = Left::Nothing;
                        continue;
                    }
                    // The least of the places is what was found; the others are a little better.
                    let nth = nth as u64 + number as u64 * 8;
                    let more = if nth.is_multiple_of(8) { 0.0 } else { draw.between(0.0, 0.8, "place", nth) };
                    let value = format!("{:.1}", (found.value + more).max(0.0));
                    measurements.push(MeasurementRecord {
                        name: name.clone(),
                        place,
                        value,
                        unit: unit.clone(),
                    });
                }
            }
            let fault = found.code != InspectionCode::Green;
            let mut photos = Vec::new();
            if fault {
                if left_out == Left::Photo {
                    left_out = Left::Nothing;
                } else {
                    let order = Self::order_number(order.car.index, order.number);
                    let href = format!("https://photos.example/{order}/{number}.jpg");
                    evidence.push(self.photo(draw, technician, found.operation, number, href.clone(), at));
                    photos.push(href);
                }
            }
            let line = order.content.lines.iter().find(|line| line.finding == Some(number));
            findings.push(FindingRecord {
                id: (number + 1).to_string(),
                section: law.section.clone(),
                item: law.item.clone(),
                code: found.code,
                measurements,
                photos,
                note: fault.then(|| format!("{} {}", law.item, note(found.code))),
                op_code: line.map(|_| operation.op_code.clone()),
                price: line.map(|line| Money::cents(line.cents, Currency::USD)),
                recall: false,
            });
        }
        let advisor = 1 + draw.below(4, "advisor", 0);
        Ok(InspectionRecord {
            inspection: Self::inspection_id(order)?,
            ro: self.ro(order, "")?,
            vehicle: self.vehicle_id(order.car.index)?,
            completed_at: Some(instant(at)),
            technician: Some((100 + technician).to_string()),
            advisor: Some((10 + advisor).to_string()),
            exemption: None,
            findings,
            vin: None,
            evidence,
            changed_at: instant(at),
        })
    }

    /// What the tablet tells of a photo: of this car, minutes ago; or an old picture out of the technician's own store.
    fn photo(
        &self,
        draw: Draw,
        technician: usize,
        operation: usize,
        number: usize,
        href: String,
        at: i64,
    ) -> EvidenceRecord {
        let (of_visit, stock) = (number as u64, operation as u64);
        let old = draw.chance(self.parameters.inspection.photo_reused.value, "photo reused", of_visit);
        let (looks, taken) = if old {
            let store = self.draw.under("photos of technician", technician as u64);
            (store.word("picture", stock), at - whole(store.between(30.0, 300.0, "age", stock)) * DAY)
        } else {
            (draw.word("picture", of_visit), at - whole(draw.between(1.0, 20.0, "taken", of_visit)) * MINUTE)
        };
        EvidenceRecord {
            finding: Some((number + 1).to_string()),
            medium: EvidenceMedium::Photo,
            href,
            taken_at: Some(instant(taken)),
            vin: None,
            image_hash: Some(format!("{looks:016x}")),
        }
    }

    /// What the customer said to each recommended line; nothing of those he never answered.
    pub(crate) fn authorizations(&self, order: &Order<'_>) -> Result<Vec<AuthorizationRecord>, IdError> {
        let draw = order.wish.draw;
        let mut records = Vec::new();
        for line in order.content.lines.iter().filter(|line| line.finding.is_some()) {
            let n = u64::from(line.number);
            let status = match line.fate {
                Fate::Approved => AuthorizationStatus::Approved,
                Fate::Declined { .. } => AuthorizationStatus::Declined,
                Fate::Deferred => AuthorizationStatus::Deferred,
                Fate::Requested | Fate::Unanswered => continue,
            };
            let reasons = self.parameters.declines.iter().map(|reason| (reason, reason.weight));
            let reason = draw.weighted(reasons, "decline reason", n).and_then(|reason| {
                let words = draw.chance(self.parameters.answers.own_words.value, "own words", n);
                let said = draw.pick(&reason.words, "decline words", n).filter(|_| words);
                Some(said.unwrap_or(&reason.code).clone()).filter(|_| status != AuthorizationStatus::Approved)
            });
            let answered = order.answered_at(line);
            let weeks = 3 + draw.below(10, "deferred by", n);
            // Half of the deferred name a day; the others say "next time".
            let until =
                (status == AuthorizationStatus::Deferred && draw.chance(0.5, "deferred to", n)).then(|| {
                    crate::clock::date(
                        self.store.zone,
                        answered + 7 * DAY * i64::try_from(weeks).unwrap_or(3),
                    )
                });
            records.push(AuthorizationRecord {
                ro: self.ro(order, "")?,
                line: RoLineId::new(line.number.to_string())?,
                vehicle: self.vehicle_id(order.car.index)?,
                finding: line.finding.map(|number| (number + 1).to_string()),
                op_code: self.parameters.operations.get(line.operation).map(|o| o.op_code.clone()),
                description: self.description(line.operation),
                price: Some(Money::cents(line.cents, Currency::USD)),
                status,
                deferred_until: until,
                reason,
                method: method(draw, "method", named(order.wish.at)),
                answered_at: instant(answered),
            });
        }
        Ok(records)
    }
}

/// Which order of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    First,
    Split,
}

const fn note(code: InspectionCode) -> &'static str {
    match code {
        InspectionCode::Green => "in order",
        InspectionCode::Yellow => "will need attention soon",
        InspectionCode::Red => "needs attention now",
    }
}
