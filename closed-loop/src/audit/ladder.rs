//! Customer-pay orders tied back to what was sent before them, by attribution's ladder, interval by interval.
//!
//! An extract knows less than a journal: no booking token, nobody who judged a click. What a touch was about is what its
//! row names; where it names nothing, every service that was coming due or due on that day as far as the records then
//! knew. A touch about no service can explain a visit and earns no line. An order is tied back where a touch was about work
//! on it, and that line earned a credit; a visit for other work after a touch stands apart.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_attribution::intake::{Fault, Intake, Ownership, Row};
use fixedops_attribution::{
    AppointmentFact, Assignment, Delivery, Evidence, Reason, RepairOrder, RoLine, TouchFact, Trigger, assign,
};
use fixedops_odometer_core::Stage;
use fixedops_vocab::{
    AppointmentId, CaseId, Channel, Currency, CustomerId, Money, OwnershipSpan, PayType, RoId, RoLineId,
    RooftopId, TouchId, TouchKey, VehicleId,
};
use rust_decimal::Decimal;

use super::look::Car;
use super::prepare::{Prepared, months_before};
use super::record::ExtractFile;
use super::store::{Appointment, NONE, Order, Touch, index};
use super::tally::{LadderRowTally, LadderTally, Tie};

const DAY: i64 = 86_400;

/// What holds for every car of an extract.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// Orders opened after this are tied back, seconds.
    pub(super) from: i64,
    /// Touches sent after this are looked at.
    pub(super) touches_from: i64,
    /// The extract does not say when an order was closed: all count as closed.
    all_closed: bool,
}

impl Prepared {
    /// From when on orders are tied back: the first touch, but no longer than the policy's months. `None` where there are
    /// no touches.
    pub(super) fn window(&self) -> Option<Window> {
        let last = self.last_day?;
        let touches = self.data.touches_of_vehicles.iter().chain(&self.data.touches_of_people);
        let first = touches.map(|touch| touch.sent).filter(|sent| *sent <= self.end).min()?;
        let from = months_before(last, self.data.policy.ladder.window_months).max(first);
        let days = i64::from(self.ladder_policy.rules().response_days);
        Some(Window {
            from,
            touches_from: from.saturating_sub(days * DAY),
            all_closed: self.lacks(ExtractFile::RepairOrders, "closed"),
        })
    }

    /// Whether a file is there without a column for this field.
    pub(super) fn lacks(&self, file: ExtractFile, field: &str) -> bool {
        let counted = ExtractFile::ALL.iter().zip(&self.data.files).find(|(known, _)| **known == file);
        counted.is_some_and(|(_, counted)| counted.absent_fields.iter().any(|absent| absent == field))
    }

    /// Ties the orders of one car back.
    pub(super) fn ladder(&self, car: &Car<'_>, window: Window, tally: &mut LadderTally) {
        // An id that is none cannot be made of a number; where one is, the car is left out rather than the audit.
        if let Some(found) = self.ladder_of(car, window, tally) {
            self.count_ladder(&found, tally);
        }
    }

    fn ladder_of<'a>(&self, car: &Car<'a>, window: Window, tally: &mut LadderTally) -> Option<Found<'a>> {
        let vehicle = VehicleId::new(format!("v{}", car.number)).ok()?;
        let owners = Owners::of(car, &vehicle)?;
        tally.cars_of_several += u64::from(owners.spans.len() > 1);
        let inside = |order: &&&Order| order.opened > window.from && order.opened <= self.end;
        let orders: Vec<&'a Order> = car.orders.iter().filter(inside).copied().collect();
        let mut rows = Vec::with_capacity(orders.len());
        for order in &orders {
            rows.push(self.row(order, &vehicle, window, tally)?);
        }
        let intake = Intake::of(rows, &owners.spans);
        for (place, fault) in &intake.set_aside {
            if orders.get(*place).is_some_and(|order| is_paid(order)) {
                let of_fault = match fault {
                    Fault::OwnerUnknown | Fault::OtherCustomer => &mut tally.owner_unknown,
                    _ => &mut tally.unreadable,
                };
                *of_fault += 1;
            }
        }
        let triggers = self.triggers(car, &vehicle, &owners, window, tally)?;
        let assignment = assign(&triggers, &intake.orders, &self.ladder_policy);
        tally.add_totals(&assignment, &intake.orders);
        let by_id = orders.into_iter().filter_map(|order| Some((ro_of(order)?, order))).collect();
        Some(Found { assignment, orders: intake.orders, by_id })
    }

    fn row(
        &self,
        order: &Order,
        vehicle: &VehicleId,
        window: Window,
        tally: &mut LadderTally,
    ) -> Option<Row> {
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0);
        let mut lines = Vec::new();
        for (place, done) in self.data.chain(order.last_line).filter(|done| !done.declined).enumerate() {
            let (Some(pay_type), Some(cents)) = (done.pay_type, done.cents) else {
                tally.lines_unknown += 1;
                continue;
            };
            let service = self.services.get(index(done.code)).copied().flatten();
            lines.push(RoLine {
                line: RoLineId::new(place.to_string()).ok()?,
                op_code: None,
                service: service.and_then(|place| Some(self.schedule.rules().get(place)?.service.clone())),
                name: None,
                pay_type,
                amount: Money::cents(cents, Currency::USD),
            });
        }
        lines.extend(discount(order, &lines));
        let closed = if window.all_closed || order.is_closed { at(order.closed) } else { None };
        Some(Row {
            rooftop: Some(RooftopId::new(ROOFTOP).ok()?),
            number: order.line.to_string(),
            vehicle: Some(vehicle.clone()),
            customer: customer(order.customer),
            opened_at: at(order.opened),
            closed_at: closed,
            voided: false,
            department: order.department,
            initiated_from: self
                .made_of(order.vehicle)
                .find(|(_, made)| made.order == order.line && made.order != NONE)
                .and_then(|(place, _)| appointment(place)),
            lines,
        })
    }

    /// The appointments of a vehicle, each with its place.
    fn made_of(&self, vehicle: u32) -> impl Iterator<Item = (usize, &Appointment)> {
        let made = &self.data.appointments;
        let begin = made.partition_point(|appointment| appointment.vehicle < vehicle);
        let all = made.iter().enumerate().skip(begin);
        all.take_while(move |(_, appointment)| appointment.vehicle == vehicle)
    }

    /// What was sent about a car, as triggers: for each service, and each time it was done, those between two.
    fn triggers(
        &self,
        car: &Car<'_>,
        vehicle: &VehicleId,
        owners: &Owners,
        window: Window,
        tally: &mut LadderTally,
    ) -> Option<Vec<Trigger>> {
        let number = u32::try_from(car.number).unwrap_or(NONE);
        let inside = |touch: &&Touch| touch.sent > window.touches_from && touch.sent <= self.end;
        let of_car = touches_of(&self.data.touches_of_vehicles, number).filter(inside);
        let of_owner = car.owner_number.map(|owner| touches_of(&self.data.touches_of_people, owner));
        let of_owner = of_owner.into_iter().flatten().filter(inside);
        let mut touches: Vec<(&Touch, bool)> = of_car.map(|touch| (touch, false)).collect();
        touches.extend(of_owner.map(|touch| (touch, true)));
        touches.sort_unstable_by_key(|(touch, by_person)| (touch.sent, *by_person, touch.replied));
        let mut triggers: BTreeMap<(Option<usize>, usize, u32), Trigger> = BTreeMap::new();
        for (place, (touch, by_person)) in touches.into_iter().enumerate() {
            let sent_at = DateTime::from_timestamp(touch.sent, 0)?;
            let about = self.about(car, touch, sent_at, tally);
            tally.touches += 1;
            tally.touches_by_person += u64::from(by_person);
            let span = owners.at(sent_at);
            let about = if about.is_empty() { vec![None] } else { about.into_iter().map(Some).collect() };
            for service in about {
                let done = self.done_by(car, service, touch.sent);
                let key = (service, done, span.0);
                let trigger = match triggers.entry(key) {
                    std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::btree_map::Entry::Vacant(free) => {
                        let name = service.map_or_else(|| "visit".to_owned(), |place| place.to_string());
                        let id = format!("{name}/{done}/{}", span.0);
                        let mut trigger = Trigger::new(id, vehicle.clone(), span, sent_at);
                        trigger.service =
                            service.and_then(|place| Some(self.schedule.rules().get(place)?.service.clone()));
                        let mut booked = self.booked_after(number, touch.sent).into_iter();
                        trigger.appointment = booked.next();
                        trigger.other_appointments = booked.collect();
                        free.insert(trigger)
                    }
                };
                trigger.touches.push(TouchFact {
                    sent_at,
                    key: TouchKey {
                        case: CaseId::new(trigger.id.clone()).ok()?,
                        touch: TouchId::new(place.to_string()).ok()?,
                    },
                    // Judging does not ask for the channel.
                    channel: Channel::Sms,
                    delivery: Delivery::NotReported,
                    token: None,
                    clicked_at: None,
                    human_click: None,
                    replied_at: touch.replied.and_then(|at| DateTime::from_timestamp(at, 0)),
                });
            }
        }
        for (service, ..) in triggers.keys() {
            *tally.triggers.entry(*service).or_default() += 1;
        }
        Some(triggers.into_values().collect())
    }

    /// The services a touch was about, by their place in the schedule.
    fn about(
        &self,
        car: &Car<'_>,
        touch: &Touch,
        sent_at: DateTime<Utc>,
        tally: &mut LadderTally,
    ) -> Vec<usize> {
        if let Some(name) = touch.service {
            if let Some(named) = self.named.get(index(name)).copied().flatten() {
                tally.touches_named += 1;
                return vec![named];
            }
            tally.touches_misnamed += 1;
        }
        let posterior = self.posterior(car, sent_at);
        let due = (0..self.schedule.rules().len())
            .filter(|place| self.stage(car, *place, &posterior, sent_at, sent_at) >= Stage::Soon);
        let due: Vec<usize> = due.collect();
        tally.touches_due += u64::from(!due.is_empty());
        due
    }

    /// How often a service was done by then; of no service, how often the car was here.
    fn done_by(&self, car: &Car<'_>, service: Option<usize>, by: i64) -> usize {
        let done = |order: &&&Order| {
            order.opened <= by
                && service.is_none_or(|service| {
                    self.data.chain(order.last_line).any(|operation| {
                        let what = self.services.get(index(operation.code)).copied().flatten();
                        !operation.declined && what == Some(service)
                    })
                })
        };
        car.orders.iter().filter(done).count()
    }

    /// The appointments made after an instant and not called off or missed, where the extract says when they were made.
    fn booked_after(&self, vehicle: u32, sent: i64) -> Vec<AppointmentFact> {
        let kept = self.made_of(vehicle).filter(|(_, made)| {
            made.made_known && !made.cancelled && made.arrived != Some(false) && made.made > sent
        });
        let mut kept: Vec<_> = kept.collect();
        kept.sort_by_key(|(place, made)| (made.made, *place));
        let facts = kept.into_iter().filter_map(|(place, made)| {
            Some(AppointmentFact {
                id: appointment(place)?,
                set_at: DateTime::from_timestamp(made.made, 0)?,
                at: DateTime::from_timestamp(made.starts, 0)?,
                token: None,
            })
        });
        facts.collect()
    }

    fn count_ladder(&self, found: &Found<'_>, tally: &mut LadderTally) {
        let credits: BTreeMap<(&RoId, &RoLineId), (Evidence, Decimal)> = found
            .assignment
            .credits
            .iter()
            .map(|credit| ((&credit.ro, &credit.line), (credit.evidence, credit.amount.amount())))
            .collect();
        let why: BTreeMap<(&RoId, &RoLineId), Reason> =
            found.assignment.not_credited.iter().map(|line| ((&line.ro, &line.line), line.reason)).collect();
        let visits: BTreeSet<&RoId> = found.assignment.visits.iter().map(|visit| &visit.ro).collect();
        for order in &found.orders {
            let Some(known) = found.by_id.get(&order.ro).filter(|known| is_paid(known)) else { continue };
            let dollars = Decimal::new(known.customer_pay.unwrap_or(0), 2);
            if self.ladder_policy.rules().excluded_departments.contains(&order.department) {
                tally.excluded.0 += 1;
                tally.excluded.1 = tally.excluded.1.saturating_add(dollars);
                continue;
            }
            let paid: Vec<&RoLine> = order
                .lines
                .iter()
                .filter(|line| line.pay_type == PayType::CustomerPay && line.amount.amount() > Decimal::ZERO)
                .collect();
            let reason = |lines: &[&RoLine]| {
                let reasons = lines.iter().filter_map(|line| why.get(&(&order.ro, &line.line)).copied());
                reasons.min().unwrap_or(Reason::NoTrigger)
            };
            // A visit without a credited line was for other work than what was written about.
            let came = |lines: &[&RoLine]| {
                if visits.contains(&order.ro) { Tie::OtherWork } else { Tie::Not(reason(lines)) }
            };
            let mut any = false;
            for (place, rule) in self.schedule.rules().iter().enumerate() {
                let lines: Vec<&RoLine> = paid
                    .iter()
                    .filter(|line| line.service.as_ref() == Some(&rule.service))
                    .copied()
                    .collect();
                if lines.is_empty() {
                    continue;
                }
                any = true;
                let charged = lines.iter().map(|line| line.amount.amount());
                let earned = lines.iter().filter_map(|line| credits.get(&(&order.ro, &line.line)));
                let evidence = earned.clone().map(|(evidence, _)| *evidence).min();
                let row = tally.rows.entry(Some(place)).or_default();
                let tie = evidence.map_or_else(|| Tie::Not(reason(&lines)), Tie::Work);
                row.add(tie, charged.fold(Decimal::ZERO, Decimal::saturating_add));
                row.credited = earned.fold(row.credited, |sum, (_, amount)| sum.saturating_add(*amount));
            }
            if !any {
                tally.rows.entry(None).or_default().add(came(&paid), dollars);
            }
            let credited = paid.iter().filter_map(|line| credits.get(&(&order.ro, &line.line)));
            let evidence = credited.clone().map(|(evidence, _)| *evidence).min();
            tally.all.credited =
                credited.fold(tally.all.credited, |sum, (_, amount)| sum.saturating_add(*amount));
            tally.all.add(evidence.map_or_else(|| came(&paid), Tie::Work), dollars);
        }
    }
}

/// What was found of one car.
struct Found<'a> {
    assignment: Assignment,
    orders: Vec<RepairOrder>,
    by_id: BTreeMap<RoId, &'a Order>,
}

/// An extract's orders of one car are told apart by their line in the file.
const ROOFTOP: &str = "extract";

fn ro_of(order: &Order) -> Option<RoId> {
    RoId::compose(&RooftopId::new(ROOFTOP).ok()?, &order.line.to_string()).ok()
}

fn customer(number: u32) -> Option<CustomerId> {
    if number == NONE { None } else { CustomerId::new(number.to_string()).ok() }
}

fn appointment(place: usize) -> Option<AppointmentId> {
    AppointmentId::new(place.to_string()).ok()
}

/// What the customer paid less than his lines add up to, as a line of its own: no line earns what nobody paid.
fn discount(order: &Order, lines: &[RoLine]) -> Option<RoLine> {
    let charged = lines.iter().filter(|line| line.pay_type == PayType::CustomerPay);
    let charged = charged.fold(Decimal::ZERO, |sum, line| sum.saturating_add(line.amount.amount()));
    let less = Decimal::new(order.customer_pay?, 2).saturating_sub(charged);
    let amount = Money::new(less, Currency::USD).ok().filter(|_| less < Decimal::ZERO)?;
    Some(RoLine {
        line: RoLineId::new("discount").ok()?,
        op_code: None,
        service: None,
        name: None,
        pay_type: PayType::CustomerPay,
        amount,
    })
}

/// Whether a customer paid for any of it.
pub(super) fn is_paid(order: &Order) -> bool {
    order.customer_pay.is_some_and(|cents| cents > 0)
}

fn touches_of(touches: &[Touch], subject: u32) -> impl Iterator<Item = &Touch> {
    let begin = touches.partition_point(|touch| touch.subject < subject);
    touches.iter().skip(begin).take_while(move |touch| touch.subject == subject)
}

/// Who owned a car and when, as its orders tell: from the first order of a customer to the first of another.
struct Owners {
    spans: Vec<Ownership>,
}

impl Owners {
    fn of(car: &Car<'_>, vehicle: &VehicleId) -> Option<Self> {
        let mut runs: Vec<(u32, i64)> = Vec::new();
        for order in car.orders.iter().filter(|order| order.customer != NONE) {
            if runs.last().is_none_or(|(known, _)| *known != order.customer) {
                runs.push((order.customer, order.opened));
            }
        }
        if let (true, Some(owner)) = (runs.is_empty(), car.owner_number) {
            runs.push((owner, 0));
        }
        let mut spans = Vec::with_capacity(runs.len());
        for (place, (owner, from)) in runs.iter().enumerate() {
            let from =
                if place == 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::from_timestamp(*from, 0)? };
            let until = runs.get(place + 1).and_then(|(_, at)| DateTime::from_timestamp(*at, 0));
            spans.push(Ownership {
                vehicle: vehicle.clone(),
                span: OwnershipSpan(u32::try_from(place + 1).ok()?),
                customers: customer(*owner).into_iter().collect(),
                from,
                until,
            });
        }
        Some(Self { spans })
    }

    fn at(&self, at: DateTime<Utc>) -> OwnershipSpan {
        let begun = self.spans.iter().rfind(|span| span.from <= at);
        begun.map_or(OwnershipSpan(1), |span| span.span)
    }
}

impl LadderRowTally {
    fn add(&mut self, tie: Tie, dollars: Decimal) {
        self.orders += 1;
        self.dollars = self.dollars.saturating_add(dollars);
        match tie {
            Tie::Work(evidence) => {
                let rung = self.by_rung.entry(evidence).or_default();
                rung.0 += 1;
                rung.1 = rung.1.saturating_add(dollars);
            }
            Tie::OtherWork => {
                self.other_work.0 += 1;
                self.other_work.1 = self.other_work.1.saturating_add(dollars);
            }
            Tie::Not(reason) => *self.why_not.entry(reason).or_default() += 1,
        }
    }
}
