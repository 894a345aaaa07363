use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_vocab::{Currency, Money, OpCode, OwnershipSpan, RoId, RoLineId, ServiceId, VehicleId};

use super::{AppointmentRow, Batch, BatchError, OrderRow, TouchRow};
use crate::assign::one_by_id;
use crate::{
    Assignment, Evidence, NotCredited, Policy, Reason, RepairOrder, RoLine, Trigger, Visit, assign, judge,
};

/// The credits and visits of [`assign`](crate::assign), without receipts and without a reason for each line that
/// earned nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Deferred {
    /// The credits, by order and line.
    pub credits: Vec<DeferredCredit>,
    /// The orders that answered a trigger, by order.
    pub visits: Vec<Visit>,
    /// Lines of orders that were left out whole, by order and line: voided, open, contradictory.
    pub set_aside: Vec<NotCredited>,
    /// Triggers left out because two records of one id differ.
    pub conflicting_triggers: Vec<String>,
}

/// One line put down to one trigger. Its receipt is the one that [`assign`](crate::assign) writes for it, given the
/// triggers and orders of its vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct DeferredCredit {
    /// The order.
    pub ro: RoId,
    /// Its line.
    pub line: RoLineId,
    /// The dollars.
    pub amount: Money,
    /// The trigger that earned it.
    pub trigger: String,
    /// The rung that ties them.
    pub evidence: Evidence,
    /// How many other triggers claimed the line.
    pub competing: usize,
}

/// [`assign`](crate::assign) for many: the same credits and visits, receipts deferred.
///
/// # Errors
/// [`BatchError::TooMany`] beyond four thousand million triggers, orders or lines; [`BatchError::TooLarge`] beyond 67
/// million cars or 536 million kinds of work.
pub fn assign_deferred(
    triggers: &[Trigger],
    ros: &[RepairOrder],
    policy: &Policy,
) -> Result<Deferred, BatchError> {
    let mut deferred = Deferred::default();
    let (triggers, conflicting) = one_by_id(triggers.iter().map(Trigger::normalized), |t| t.id.clone());
    deferred.conflicting_triggers = conflicting.into_iter().map(|(id, _)| id).collect();
    let (orders, conflicting) = one_by_id(ros.iter().map(RepairOrder::normalized), |ro| ro.ro.clone());
    let mut aside = Assignment::default();
    for order in conflicting.iter().flat_map(|(_, records)| records) {
        aside.leave_out(order, Reason::ConflictingRecords);
    }
    let mut fit = Vec::new();
    for order in orders {
        match judge::unfit(&order, policy.rules()) {
            Some(reason) => aside.leave_out(&order, reason),
            None => fit.push(order),
        }
    }
    deferred.set_aside = aside.not_credited;
    deferred.set_aside.sort_by(|a, b| (&a.ro, &a.line, a.reason).cmp(&(&b.ro, &b.line, b.reason)));

    let numbers = Numbers::of(&triggers, &fit);
    let (odd_triggers, triggers): (Vec<Trigger>, Vec<Trigger>) =
        triggers.into_iter().partition(|t| numbers.odd.contains(&(t.vehicle.clone(), t.owner_span)));
    let (odd_orders, orders): (Vec<RepairOrder>, Vec<RepairOrder>) =
        fit.into_iter().partition(|o| numbers.odd.contains(&(o.vehicle.clone(), o.owner_span)));
    deferred.take(assign(&odd_triggers, &odd_orders, policy));
    numbers.join(&triggers, &orders, policy, &mut deferred)?;

    deferred.credits.sort_by(|a, b| (&a.ro, &a.line).cmp(&(&b.ro, &b.line)));
    deferred.visits.sort_by(|a, b| a.ro.cmp(&b.ro));
    Ok(deferred)
}

impl Deferred {
    fn take(&mut self, assignment: Assignment) {
        self.visits.extend(assignment.visits);
        self.credits.extend(assignment.credits.into_iter().map(|credit| DeferredCredit {
            ro: credit.ro,
            line: credit.line,
            amount: credit.amount,
            trigger: credit.trigger,
            evidence: credit.evidence,
            competing: credit.competing.len(),
        }));
    }
}

type Car = (VehicleId, OwnershipSpan);

/// What decides whether a line is linked: the work of a line, or all that a trigger asks for.
type Work<'a> = (Option<&'a ServiceId>, Option<&'a OpCode>, Option<String>);
type Ask<'a> = (Option<&'a ServiceId>, &'a BTreeSet<ServiceId>, &'a BTreeSet<OpCode>, BTreeSet<String>);

/// Which cars fit the columns.
struct Numbers {
    currency: Option<Currency>,
    odd: BTreeSet<Car>,
}

impl Numbers {
    fn of(triggers: &[Trigger], orders: &[RepairOrder]) -> Self {
        let currency = orders.iter().flat_map(|o| &o.lines).map(|line| line.amount.currency()).next();
        let odd_triggers = triggers
            .iter()
            .filter(|trigger| {
                // A row has room for one appointment.
                !trigger.other_appointments.is_empty()
                    || trigger_instants(trigger).any(|at| seconds(at).is_none())
            })
            .map(|trigger| (trigger.vehicle.clone(), trigger.owner_span));
        let odd_orders = orders
            .iter()
            .filter(|order| {
                let odd = |line: &RoLine| Some(line.amount.currency()) != currency || cents(line).is_none();
                seconds(order.opened_at).is_none() || order.lines.is_empty() || order.lines.iter().any(odd)
            })
            .map(|order| (order.vehicle.clone(), order.owner_span));
        Self { currency, odd: odd_triggers.chain(odd_orders).collect() }
    }

    fn join(
        &self,
        triggers: &[Trigger],
        orders: &[RepairOrder],
        policy: &Policy,
        deferred: &mut Deferred,
    ) -> Result<(), BatchError> {
        let Some(currency) = self.currency else { return Ok(()) };
        let mut batch = Batch::new(policy);
        let (mut cars, mut tokens, mut appointments) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (mut asks, mut works) = (BTreeMap::new(), BTreeMap::new());

        for trigger in triggers {
            let ask: Ask<'_> = (
                trigger.service.as_ref(),
                &trigger.other_services,
                &trigger.op_codes,
                trigger.names.iter().map(|n| judge::words_of(n)).collect(),
            );
            let touches: Vec<TouchRow> = trigger
                .touches
                .iter()
                .filter_map(|touch| {
                    Some(TouchRow {
                        sent: seconds(touch.sent_at)?,
                        delivery: touch.delivery,
                        token: touch.token.as_deref().map(|token| number(&mut tokens, token)),
                        clicked: touch.clicked_at.and_then(seconds),
                        human_click: touch.human_click,
                        replied: touch.replied_at.and_then(seconds),
                    })
                })
                .collect();
            let appointment = trigger.appointment.as_ref().and_then(|appointment| {
                Some(AppointmentRow {
                    id: number(&mut appointments, &appointment.id),
                    set: seconds(appointment.set_at)?,
                    at: seconds(appointment.at)?,
                    token: appointment.token.as_deref().map(|token| number(&mut tokens, token)),
                })
            });
            let car = number(&mut cars, (&trigger.vehicle, trigger.owner_span));
            let opened = seconds(trigger.opened_at).unwrap_or_default();
            batch.trigger(car, opened, number(&mut asks, ask), &touches, appointment)?;
        }
        for order in orders {
            batch.order(OrderRow {
                car: number(&mut cars, (&order.vehicle, order.owner_span)),
                opened: seconds(order.opened_at).unwrap_or_default(),
                initiated_from: order.initiated_from.as_ref().map(|id| number(&mut appointments, id)),
            })?;
            for line in &order.lines {
                let name = line.name.as_deref().map(judge::words_of).filter(|name| !name.is_empty());
                let work: Work<'_> = (line.service.as_ref(), line.op_code.as_ref(), name);
                let pays = line.pay_type == fixedops_vocab::PayType::CustomerPay;
                batch.line(number(&mut works, work), pays, cents(line).unwrap_or_default())?;
            }
        }
        link(&mut batch, &asks, &works, policy);

        let joined = batch.join();
        let at_line = |line: u32| {
            let place = batch.order_of(line);
            let first = batch.order_first.get(place).copied().unwrap_or_default();
            orders.get(place).and_then(|order| Some((order, order.lines.get((line - first) as usize)?)))
        };
        for credit in &joined.credits {
            if let (Some((order, line)), Some(trigger)) =
                (at_line(credit.line), triggers.get(credit.trigger as usize))
            {
                deferred.credits.push(DeferredCredit {
                    ro: order.ro.clone(),
                    line: line.line.clone(),
                    amount: Money::cents(credit.cents, currency),
                    trigger: trigger.id.clone(),
                    evidence: credit.evidence,
                    competing: credit.competing.into(),
                });
            }
        }
        for visit in &joined.visits {
            if let (Some((order, _)), Some(trigger)) =
                (at_line(visit.first_line), triggers.get(visit.trigger as usize))
            {
                deferred.visits.push(Visit::of(order, trigger.id.clone(), visit.evidence));
            }
        }
        Ok(())
    }
}

/// Links every ask with the works it names: by service, by op code, by words.
fn link(batch: &mut Batch, asks: &BTreeMap<Ask<'_>, u32>, works: &BTreeMap<Work<'_>, u32>, policy: &Policy) {
    let mut by_service: BTreeMap<&ServiceId, Vec<u32>> = BTreeMap::new();
    let mut by_code: BTreeMap<&OpCode, Vec<u32>> = BTreeMap::new();
    let mut by_name: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for ((service, code, name), work) in works {
        if let Some(service) = service {
            by_service.entry(service).or_default().push(*work);
        }
        if let Some(code) = code {
            by_code.entry(code).or_default().push(*work);
        }
        if let Some(name) = name.as_deref().filter(|_| policy.rules().match_names) {
            by_name.entry(name).or_default().push(*work);
        }
    }
    for ((service, others, codes, names), ask) in asks {
        let named = service
            .iter()
            .copied()
            .chain(others.iter())
            .filter_map(|service| by_service.get(service))
            .chain(codes.iter().filter_map(|code| by_code.get(code)))
            .chain(names.iter().filter_map(|name| by_name.get(name.as_str())))
            .flatten();
        for work in named {
            batch.link(*ask, *work);
        }
    }
}

/// The number of `key`: the next one, where it is new.
fn number<K: Ord>(numbers: &mut BTreeMap<K, u32>, key: K) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(key).or_insert(next)
}

fn trigger_instants(trigger: &Trigger) -> impl Iterator<Item = DateTime<Utc>> {
    let touches = trigger
        .touches
        .iter()
        .flat_map(|touch| [Some(touch.sent_at), touch.clicked_at, touch.replied_at].into_iter().flatten());
    let appointments = trigger.appointments().flat_map(|appointment| [appointment.set_at, appointment.at]);
    touches.chain(appointments).chain([trigger.opened_at])
}

/// Whole seconds after 1970 that fit a column; `None` for any other instant.
fn seconds(at: DateTime<Utc>) -> Option<u32> {
    u32::try_from(at.timestamp()).ok().filter(|seconds| *seconds > 0 && at.timestamp_subsec_nanos() == 0)
}

fn cents(line: &RoLine) -> Option<i32> {
    // Money is kept with two decimals.
    i32::try_from(line.amount.amount().mantissa()).ok().filter(|_| line.amount.amount().scale() == 2)
}
