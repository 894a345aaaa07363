//! A repair order was closed: which lines did we earn, and into the DMS with it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_attribution::{
    AppointmentFact, Change, Credit, Delivery, ReceiptId, RepairOrder, RoLine, TouchFact, Trigger, assign,
    chain, reconcile,
};
use fixedops_connectors_traits::{IdempotencyKey, StreamId, WriteBack, WriteBackKind, WriteBackTarget};
use fixedops_vocab::{
    CaseId, Channel, OpCode, OwnershipSpan, ProgramId, RoId, RoLineId, ServiceId, TouchKey, VehicleId,
};

use super::Engine;
use super::turn::Turn;
use super::write_back::queued_on_order;
use crate::error::LoopErrorKind;
use crate::fold::Loaded;
use crate::state::{CaseState, ContactState, RepairOrderState, VehicleState};
use crate::{
    Alarm, AttributionDue, CreditAssigned, CreditReversed, DeclinedLine, Happened, LoopError, RoAttributed,
    RoClosed, WriteBackWithdrawn, streams,
};

/// The programme that follows up a click without a booking.
const FOLLOW_UP: &str = "click_follow_up";

impl Engine {
    /// Something that was told later than it happened may move a credit: the orders of the vehicle that were written up after it
    /// and attributed before it was told are looked at once more.
    pub(super) async fn look_again(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        happened_at: DateTime<Utc>,
        why: &str,
    ) -> Result<(), LoopError> {
        turn.guard(vehicle);
        for ro in &vehicle.state.orders {
            let order = self.load::<RepairOrderState>(streams::ro(ro)?).await?;
            turn.guard(&order);
            let Some(closed) = &order.state.closed else { continue };
            if order.state.unattributed || closed.opened_at <= happened_at {
                continue;
            }
            // One look is at all orders of the vehicle.
            let due = AttributionDue { ro: ro.clone(), why: why.to_owned(), wake_at: Alarm::At(turn.now) };
            return turn.push(&order, Happened::AttributionDue(due));
        }
        Ok(())
    }

    /// The same for what was told of a touch of a case.
    pub(super) async fn look_again_at(
        &self,
        turn: &mut Turn<'_>,
        case: &CaseId,
        happened_at: DateTime<Utc>,
        why: &str,
    ) -> Result<(), LoopError> {
        let case = self.load::<CaseState>(streams::case(case)?).await?;
        let Some((_, opened)) = &case.state.opened else { return Ok(()) };
        let vehicle = self.load::<VehicleState>(streams::vehicle(&opened.vehicle)?).await?;
        self.look_again(turn, &vehicle, happened_at, why).await
    }

    /// First the credits, then what is to be written back, one by one, in order.
    pub(super) async fn work_on_order(&self, stream: &StreamId, now: DateTime<Utc>) -> Result<(), LoopError> {
        let order = self.load::<RepairOrderState>(stream.clone()).await?;
        let outbox = &order.state.outbox;
        match (&order.state.closed, outbox.queue.first()) {
            (Some(closed), _) if order.state.unattributed => self.attribute(&order, closed, now).await,
            (_, Some(next)) => self.write_back(&order, outbox, next, now).await,
            (Some(closed), None) => self.attribute(&order, closed, now).await,
            (None, None) => Err(LoopError::new(
                LoopErrorKind::Corrupt,
                format!("stream {stream} has an alarm, no closed order and nothing to write"),
            )),
        }
    }

    /// Credits are an assignment over every order of the vehicle: a late or changed closing may move a credit from one
    /// order to another, and then both are told in one batch.
    async fn attribute(
        &self,
        order: &Loaded<RepairOrderState>,
        closed: &RoClosed,
        now: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        let mut turn = self.turn_at(now);
        let (vehicles, orders) = self.hanging_together(order, closed).await?;
        vehicles.iter().for_each(|vehicle| turn.guard(vehicle));
        let others =
            orders.iter().filter_map(|other| other.state.closed.as_ref().map(|closed| (other, closed)));
        let all: Vec<_> = std::iter::once((order, closed)).chain(others).collect();
        let records: Vec<RepairOrder> = all.iter().map(|(_, closed)| repair_order(closed)).collect();
        let mut triggers = Vec::new();
        for vehicle in &vehicles {
            triggers.extend(self.triggers(&mut turn, vehicle, &records).await?);
        }
        let wanted = assign(&triggers, &records, &self.policies.attribution);
        let in_force: Vec<_> = all
            .iter()
            .flat_map(|(read, _)| read.state.credits.values().map(|known| known.credit.clone()))
            .collect();
        let mut changes: BTreeMap<RoId, Vec<Change>> = BTreeMap::new();
        for change in reconcile(&in_force, &wanted) {
            let ro = match &change {
                Change::Assign(credit) => credit.ro.clone(),
                Change::Reverse(reversal) => reversal.ro.clone(),
            };
            changes.entry(ro).or_default().push(change);
        }
        let mut desks = Desks::default();
        let mut looked_at = Vec::new();
        for (read, other) in all {
            turn.guard(read);
            let changed = changes.remove(&other.ro);
            if changed.is_some() || other.ro == closed.ro {
                looked_at.push((read, other));
            }
            self.journal_changes(&mut turn, &mut desks, read, changed.unwrap_or_default()).await?;
        }
        for (read, other) in looked_at {
            let of_this = wanted.not_credited.iter().filter(|line| line.ro == other.ro);
            let waits = desks.left(&other.ro, &read.state) > 0;
            let attributed = RoAttributed {
                ro: other.ro.clone(),
                policy: self.policies.attribution.version().clone(),
                visit: customer_pay(other),
                not_credited: of_this.map(|line| (line.line.clone(), line.reason.to_string())).collect(),
                wake_at: if waits { Alarm::At(read.state.outbox.next_at(now)) } else { Alarm::Clear },
            };
            turn.push(read, Happened::RoAttributed(attributed))?;
        }
        turn.commit().await?;
        Ok(())
    }

    /// The vehicle of an order with those that it, or another order of theirs, was told of before; and their other orders.
    async fn hanging_together(
        &self,
        order: &Loaded<RepairOrderState>,
        closed: &RoClosed,
    ) -> Result<(Vec<Loaded<VehicleState>>, Vec<Loaded<RepairOrderState>>), LoopError> {
        let (mut vehicles, mut orders) = (Vec::new(), Vec::new());
        let mut known = BTreeSet::from([closed.ro.clone()]);
        let mut waiting: BTreeSet<VehicleId> = order.state.left.clone();
        waiting.insert(closed.vehicle.clone());
        let mut seen = BTreeSet::new();
        while let Some(next) = waiting.pop_first() {
            let vehicle = self.load::<VehicleState>(streams::vehicle(&next)?).await?;
            for ro in vehicle.state.orders.iter().filter(|ro| known.insert((*ro).clone())) {
                let read = self.load::<RepairOrderState>(streams::ro(ro)?).await?;
                waiting.extend(read.state.left.iter().filter(|left| !seen.contains(*left)).cloned());
                orders.push(read);
            }
            seen.insert(next);
            vehicles.push(vehicle);
            waiting.retain(|waiting| !seen.contains(waiting));
        }
        Ok((vehicles, orders))
    }

    /// Journals what changed on one order, and what is to be written back for it.
    async fn journal_changes(
        &self,
        turn: &mut Turn<'_>,
        desks: &mut Desks,
        order: &Loaded<RepairOrderState>,
        changes: Vec<Change>,
    ) -> Result<(), LoopError> {
        let head = order.state.last_receipt.as_ref().and_then(|id| id.parse::<ReceiptId>().ok());
        for change in chain(changes, head).0 {
            match change {
                Change::Assign(credit) => {
                    let target = written_to(&credit).clone();
                    let receipt = credit.receipt.id.to_string();
                    let write_back = WriteBack {
                        key: IdempotencyKey(format!("recovered/{}/{}/{receipt}", credit.ro, credit.line)),
                        kind: WriteBackKind::RecoveredRevenue {
                            sold_on: Some(credit.ro.clone()).filter(|ro| *ro != target),
                            line: credit.line.clone(),
                            amount: credit.amount,
                            receipt: receipt.clone(),
                        },
                        target: WriteBackTarget::RepairOrder(target.clone()),
                    };
                    let assigned = CreditAssigned {
                        ro: credit.ro.clone(),
                        line: credit.line.clone(),
                        money: credit.amount,
                        trigger: credit.trigger.clone(),
                        receipt,
                        credit,
                    };
                    turn.push(order, Happened::CreditAssigned(assigned))?;
                    self.queue_revenue(turn, desks, &target, write_back).await?;
                }
                Change::Reverse(reversal) => {
                    let known = order.state.credits.get(&reversal.line);
                    let target = known.map_or(&reversal.ro, |known| written_to(&known.credit)).clone();
                    let reversed = CreditReversed {
                        ro: reversal.ro,
                        line: reversal.line,
                        money: reversal.amount,
                        receipt: reversal.receipt.to_string(),
                        reason: reversal.reason.to_string(),
                    };
                    turn.push(order, Happened::CreditReversed(reversed.clone()))?;
                    self.take_revenue_back(turn, desks, &target, reversed).await?;
                }
            }
        }
        Ok(())
    }

    /// Revenue that is claimed, to the order it belongs to.
    async fn queue_revenue(
        &self,
        turn: &mut Turn<'_>,
        desks: &mut Desks,
        target: &RoId,
        write_back: WriteBack,
    ) -> Result<(), LoopError> {
        let read = self.load::<RepairOrderState>(streams::ro(target)?).await?;
        desks.add(target);
        turn.push(&read, Happened::WriteBackQueued(queued_on_order(&read.state, write_back, turn.now)))
    }

    /// Revenue that is no longer claimed: taken off the queue where nobody can have seen it, else reversed behind it.
    async fn take_revenue_back(
        &self,
        turn: &mut Turn<'_>,
        desks: &mut Desks,
        target: &RoId,
        reversed: CreditReversed,
    ) -> Result<(), LoopError> {
        let read = self.load::<RepairOrderState>(streams::ro(target)?).await?;
        if let Some(waiting) = read.state.outbox.untried(&reversed.receipt) {
            desks.withdraw(target);
            let asleep = desks.left(target, &read.state) == 0 && !read.state.unattributed;
            let withdrawn = WriteBackWithdrawn {
                key: waiting.key.0.clone(),
                reason: reversed.reason,
                wake_at: if asleep { Alarm::Clear } else { Alarm::Keep },
            };
            return turn.push(&read, Happened::WriteBackWithdrawn(withdrawn));
        }
        if !read.state.outbox.may_stand(&reversed.receipt) {
            // A person took it in hand when it was parked, and the DMS does not know it.
            return Ok(());
        }
        let CreditReversed { ro, line, money, receipt, reason } = reversed;
        let write_back = WriteBack {
            key: IdempotencyKey(format!("reversed/{ro}/{line}/{receipt}")),
            kind: WriteBackKind::RecoveredRevenueReversed {
                sold_on: Some(ro).filter(|ro| ro != target),
                line,
                amount: money,
                receipt,
                reason,
            },
            target: WriteBackTarget::RepairOrder(target.clone()),
        };
        self.queue_revenue(turn, desks, target, write_back).await
    }

    /// Everything about this vehicle that could have earned a line.
    async fn triggers(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        orders: &[RepairOrder],
    ) -> Result<Vec<Trigger>, LoopError> {
        let mut triggers = Vec::new();
        for (id, crossing) in &vehicle.state.crossings {
            let crossed = &crossing.crossed;
            let Some(case) = &crossed.case else {
                // Bundled into another crossing, whose case speaks of this service too.
                continue;
            };
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            let services: Vec<_> =
                case.state.opened.iter().flat_map(|(_, opened)| vehicle.state.services_of(opened)).collect();
            let mut trigger = Trigger::new(id.as_str(), crossed.vehicle.clone(), crossed.span, crossing.at);
            trigger.case.clone_from(&crossed.case);
            trigger.service = Some(crossed.service.clone());
            trigger.other_services = services.iter().cloned().collect();
            trigger.other_services.remove(&crossed.service);
            trigger.op_codes = self.codes_of(&services, orders);
            trigger.proofs.insert("crossing".to_owned(), crossing.hash.clone());
            if let Some(mileage) = &crossed.mileage {
                trigger.proofs.insert("mileage".to_owned(), mileage.to_string());
            }
            self.evidence(turn, &mut trigger, &case, vehicle, orders).await?;
            triggers.push(trigger);
        }
        // A line that several cases spoke of, one after the other, is one trigger: it is recovered once.
        let mut lines: BTreeMap<(&RoId, &RoLineId), Vec<&Declined>> = BTreeMap::new();
        for declined in &vehicle.state.declined {
            lines.entry((&declined.1.ro, &declined.1.line)).or_default().push(declined);
        }
        for cases in lines.into_values() {
            let Some((at, line, first)) = cases.first() else { continue };
            let read = self.load::<CaseState>(streams::case(first)?).await?;
            let Some((_, opened)) = &read.state.opened else { continue };
            // Lines that travel together are earned one by one.
            let id = trigger_of(first.as_str(), line);
            let mut trigger = Trigger::new(&id, opened.vehicle.clone(), opened.span, *at);
            trigger.case = Some(opened.case.clone());
            trigger.service.clone_from(&line.service);
            trigger.op_codes = line.op_code.clone().into_iter().collect();
            trigger.names = std::iter::once(line.name.clone()).collect();
            trigger.declined = Some(fixedops_attribution::DeclinedLine {
                ro: line.ro.clone(),
                line: line.line.clone(),
                price: line.price,
            });
            trigger.proofs.insert("declined_ro".to_owned(), line.ro.to_string());
            self.evidence(turn, &mut trigger, &read, vehicle, orders).await?;
            for (_, _, later) in cases.iter().skip(1) {
                let later = self.load::<CaseState>(streams::case(later)?).await?;
                self.evidence(turn, &mut trigger, &later, vehicle, orders).await?;
            }
            triggers.push(trigger);
        }
        for case in &vehicle.state.cases {
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            let Some((opened_at, opened)) = case.state.opened.as_ref().filter(|(_, opened)| {
                let itself = opened.crossing.is_none() && opened.declined.is_empty();
                itself && self.policies.doors.earns(&opened.program)
            }) else {
                continue;
            };
            let id = opened.case.as_str();
            let mut trigger = Trigger::new(id, opened.vehicle.clone(), opened.span, *opened_at);
            trigger.case = Some(opened.case.clone());
            trigger.service = opened.services.first().cloned();
            trigger.other_services = opened.services.iter().skip(1).cloned().collect();
            trigger.op_codes = self.codes_of(&opened.services, orders);
            trigger.op_codes.extend(vehicle.state.offers.get(&opened.case).into_iter().flatten().cloned());
            self.evidence(turn, &mut trigger, &case, vehicle, orders).await?;
            triggers.push(trigger);
        }
        Ok(triggers)
    }

    /// The dealer's codes for services: those of the map, and those that only a pattern of it covers, as they stand on lines.
    fn codes_of(&self, services: &[ServiceId], orders: &[RepairOrder]) -> BTreeSet<OpCode> {
        let named = services.iter().flat_map(|service| self.policies.op_codes.codes_of(service));
        let lines = orders.iter().flat_map(|order| &order.lines);
        let covered = lines.filter(|line| line.service.as_ref().is_some_and(|done| services.contains(done)));
        named.chain(covered.filter_map(|line| line.op_code.clone())).collect()
    }

    /// The touches of a case, what came of them, and the appointments made since.
    async fn evidence(
        &self,
        turn: &mut Turn<'_>,
        trigger: &mut Trigger,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        orders: &[RepairOrder],
    ) -> Result<(), LoopError> {
        let Some((_, opened)) = &case.state.opened else {
            return Ok(());
        };
        // What comes in meanwhile makes it look again.
        turn.guard(case);
        let person = self.load::<crate::state::PersonState>(streams::person(&opened.person)?).await?;
        let mut contacts = BTreeMap::new();
        for (contact, _) in &person.state.contacts {
            let read = self.load::<ContactState>(streams::contact(*contact)?).await?;
            turn.guard(&read);
            contacts.insert(*contact, read);
        }
        // A click on one of its messages is followed up in a case of its own; what that one sends is sent for this trigger.
        let program = ProgramId::new(FOLLOW_UP).map_err(LoopError::unwritable)?;
        // An id that leaves no room for another has no such case.
        let follow_up = match CaseId::compose(&program, opened.case.as_str()) {
            Ok(follow_up) => Some(self.load::<CaseState>(streams::case(&follow_up)?).await?),
            Err(_) => None,
        };
        follow_up.iter().for_each(|follow_up| turn.guard(follow_up));
        // Of a line that several cases spoke of, the proofs of the others stand under their own names.
        let of_first = trigger.case.as_ref() == Some(&opened.case);
        let own = if of_first { String::new() } else { format!("{}/", opened.case) };
        let next = format!("{own}{FOLLOW_UP}/");
        for (case, prefix) in std::iter::once((case, own.as_str()))
            .chain(follow_up.iter().map(|follow_up| (follow_up, next.as_str())))
        {
            let Some((_, opened)) = &case.state.opened else { continue };
            for touch in case.state.sent.keys() {
                let key = TouchKey { case: opened.case.clone(), touch: touch.clone() };
                let cleared = contacts
                    .values()
                    .find_map(|contact| contact.state.touches.get(&key).map(|cleared| (contact, cleared)));
                let Some((contact, cleared)) = cleared else { continue };
                // It went out within seconds of its clearance, whenever that was proven.
                let sent_at = cleared.at;
                let human_percent = self.policies.attribution.rules().human_click_percent;
                let clicked = case.state.click(touch, sent_at, human_percent);
                let answers = cleared
                    .replies
                    .iter()
                    .filter(|reply| !reply.opt_out && self.policies.doors.is_answer(&reply.label));
                trigger.proofs.insert(format!("clearance/{prefix}{touch}"), cleared.hash.clone());
                if let Some(consent) = contact.state.consent_behind(cleared) {
                    trigger.proofs.insert(format!("consent/{prefix}{touch}"), consent.to_owned());
                }
                if let Some(click) = clicked {
                    trigger.proofs.insert(format!("click/{prefix}{touch}"), click.hash.clone());
                }
                trigger.touches.push(TouchFact {
                    sent_at,
                    channel: cleared.cleared.about.channel,
                    delivery: match cleared.delivered {
                        None => Delivery::NotReported,
                        Some(true) => Delivery::Delivered,
                        Some(false) => Delivery::Failed,
                    },
                    token: Some(key.to_string()),
                    clicked_at: clicked.map(|click| click.at),
                    human_click: clicked.map(|click| click.human_percent),
                    replied_at: answers.map(|reply| reply.at).min(),
                    key,
                });
            }
            // Nobody tells the loop that a call was made: one that an appointment carries was.
            for (touch, listed_at) in &case.state.calls {
                let key = TouchKey { case: opened.case.clone(), touch: touch.clone() };
                let mut made = vehicle.state.appointments.values();
                if made.any(|appointment| appointment.touch.as_ref() == Some(&key)) {
                    trigger.touches.push(TouchFact {
                        sent_at: *listed_at,
                        channel: Channel::LiveCall,
                        delivery: Delivery::NotReported,
                        token: Some(key.to_string()),
                        clicked_at: None,
                        human_click: None,
                        replied_at: None,
                        key,
                    });
                }
            }
        }
        let next = follow_up.as_ref().and_then(|follow_up| follow_up.state.opened.as_ref());
        let next = next.map(|(_, opened)| &opened.case);
        let known: Vec<AppointmentFact> = trigger
            .appointment
            .take()
            .into_iter()
            .chain(core::mem::take(&mut trigger.other_appointments))
            .collect();
        let booked = vehicle.state.appointments.iter().filter_map(|(id, appointment)| {
            // One that fell away brought nobody, unless the DMS says that an order came of it.
            let named = orders.iter().any(|order| !order.voided && order.initiated_from.as_ref() == Some(id));
            let set_at = match &appointment.touch {
                // A token was there from the beginning; where only the end was told, then at the latest.
                Some(key) if key.case == opened.case || Some(&key.case) == next => {
                    Some(appointment.set_at.unwrap_or(appointment.news_at))
                }
                Some(_) => None,
                None => appointment.set_at.filter(|set_at| *set_at >= trigger.opened_at),
            };
            let set_at = set_at.filter(|_| named || !appointment.fell_away)?;
            let token = appointment.touch.as_ref().map(ToString::to_string);
            Some(AppointmentFact { id: id.clone(), set_at, at: appointment.starts_at, token })
        });
        let mut booked: Vec<AppointmentFact> = booked.chain(known).collect();
        booked.sort_by(|a, b| a.set_at.cmp(&b.set_at).then_with(|| a.cmp(b)));
        booked.dedup();
        let mut booked = booked.into_iter();
        trigger.appointment = booked.next();
        trigger.other_appointments = booked.collect();
        Ok(())
    }
}

/// A declined line in a case: when it was told, the line, the case.
type Declined = (DateTime<Utc>, DeclinedLine, CaseId);

/// How many write-backs a batch adds to each order, less those it withdraws.
#[derive(Default)]
struct Desks(BTreeMap<RoId, (usize, usize)>);

impl Desks {
    fn add(&mut self, ro: &RoId) {
        self.0.entry(ro.clone()).or_default().0 += 1;
    }

    fn withdraw(&mut self, ro: &RoId) {
        self.0.entry(ro.clone()).or_default().1 += 1;
    }

    /// How many are left to write after the batch.
    fn left(&self, ro: &RoId, order: &RepairOrderState) -> usize {
        let (added, withdrawn) = self.0.get(ro).copied().unwrap_or_default();
        (order.outbox.queue.len() + added).saturating_sub(withdrawn)
    }
}

/// The order that a credit's revenue is written to: that on which the work was declined, where it was, as the receipt says; else the
/// one it was paid on.
fn written_to(credit: &Credit) -> &RoId {
    credit.receipt.body.trigger.declined.as_ref().map_or(&credit.ro, |declined| &declined.ro)
}

/// The trigger of a declined line: its case and its number in it.
fn trigger_of(case: &str, line: &DeclinedLine) -> String {
    format!("{case}#{}", line.line)
}

fn repair_order(closed: &RoClosed) -> RepairOrder {
    RepairOrder {
        ro: closed.ro.clone(),
        vehicle: closed.vehicle.clone(),
        // An order of another customer is of no ownership that anybody spoke to.
        owner_span: if closed.by_other { OwnershipSpan(0) } else { closed.span },
        opened_at: closed.opened_at,
        closed_at: Some(closed.occurred_at),
        voided: closed.voided,
        department: closed.department,
        initiated_from: closed.initiated_from.clone(),
        lines: closed
            .lines
            .iter()
            .map(|line| RoLine {
                line: line.line.clone(),
                op_code: line.op_code.clone(),
                service: line.service.clone(),
                name: line.name.clone(),
                pay_type: line.pay_type,
                amount: line.money,
            })
            .collect(),
    }
}

/// All customer-pay lines of an order; None where there are none, or in several currencies.
pub(super) fn customer_pay(closed: &RoClosed) -> Option<fixedops_vocab::Money> {
    let mut lines = closed.lines.iter().filter(|line| line.pay_type == fixedops_vocab::PayType::CustomerPay);
    let first = lines.next()?.money;
    lines.try_fold(first, |sum, line| sum.checked_add(line.money))
}
