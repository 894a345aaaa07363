//! A repair order was closed: which lines did we earn, and into the DMS with it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fixedops_attribution::{
    AppointmentFact, Change, Delivery, Department, ReceiptId, RepairOrder, RoLine, TouchFact, Trigger,
    assign, chain, reconcile,
};
use fixedops_connectors_traits::{IdempotencyKey, StreamId, WriteBack, WriteBackKind, WriteBackTarget};
use fixedops_vocab::{RoId, TouchKey};

use super::Engine;
use super::turn::Turn;
use super::write_back::queued_on_order;
use crate::error::LoopErrorKind;
use crate::fold::Loaded;
use crate::state::{CaseState, ContactState, RepairOrderState, VehicleState};
use crate::{
    Alarm, CreditAssigned, CreditReversed, DeclinedLine, Happened, LoopError, RoAttributed, RoClosed,
    WriteBackWithdrawn, streams,
};

impl Engine {
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
        let vehicle = self.load::<VehicleState>(streams::vehicle(&closed.vehicle)?).await?;
        turn.guard(&vehicle);
        let mut orders = Vec::new();
        for ro in vehicle.state.orders.iter().filter(|ro| **ro != closed.ro) {
            orders.push(self.load::<RepairOrderState>(streams::ro(ro)?).await?);
        }
        let others =
            orders.iter().filter_map(|other| other.state.closed.as_ref().map(|closed| (other, closed)));
        let all: Vec<_> = std::iter::once((order, closed)).chain(others).collect();
        let records: Vec<RepairOrder> = all.iter().map(|(_, closed)| repair_order(closed)).collect();
        let triggers = self.triggers(&vehicle, &records).await?;
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
            self.journal_changes(&mut turn, &mut desks, &vehicle.state, read, changed.unwrap_or_default())
                .await?;
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

    /// Journals what changed on one order, and what is to be written back for it.
    async fn journal_changes(
        &self,
        turn: &mut Turn<'_>,
        desks: &mut Desks,
        vehicle: &VehicleState,
        order: &Loaded<RepairOrderState>,
        changes: Vec<Change>,
    ) -> Result<(), LoopError> {
        let head = order.state.last_receipt.as_ref().and_then(|id| id.parse::<ReceiptId>().ok());
        for change in chain(changes, head).0 {
            match change {
                Change::Assign(credit) => {
                    let target = written_to(vehicle, &credit.trigger).unwrap_or(&credit.ro).clone();
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
                    let trigger = order.state.credits.get(&reversal.line).map(|known| known.trigger.as_str());
                    let target = trigger
                        .and_then(|trigger| written_to(vehicle, trigger))
                        .unwrap_or(&reversal.ro)
                        .clone();
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
            trigger.op_codes =
                services.iter().flat_map(|service| self.policies.op_codes.codes_of(service)).collect();
            // Codes that only a pattern of the map covers are known from the lines they stand on.
            let lines = orders.iter().flat_map(|order| &order.lines);
            let covered =
                lines.filter(|line| line.service.as_ref().is_some_and(|done| services.contains(done)));
            trigger.op_codes.extend(covered.filter_map(|line| line.op_code.clone()));
            trigger.proofs.insert("crossing".to_owned(), crossing.hash.clone());
            if let Some(mileage) = &crossed.mileage {
                trigger.proofs.insert("mileage".to_owned(), mileage.to_string());
            }
            self.evidence(&mut trigger, &case, vehicle).await?;
            triggers.push(trigger);
        }
        for (at, line, case) in &vehicle.state.declined {
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            let Some((_, opened)) = &case.state.opened else {
                continue;
            };
            // Lines that travel together are earned one by one.
            let id = trigger_of(case.stream.id(), line);
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
            self.evidence(&mut trigger, &case, vehicle).await?;
            triggers.push(trigger);
        }
        Ok(triggers)
    }

    /// The touches of a case, what came of them, and the appointment that carries their token.
    async fn evidence(
        &self,
        trigger: &mut Trigger,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
    ) -> Result<(), LoopError> {
        let Some((_, opened)) = &case.state.opened else {
            return Ok(());
        };
        let person = self.load::<crate::state::PersonState>(streams::person(&opened.person)?).await?;
        let mut contacts = BTreeMap::new();
        for (contact, _) in &person.state.contacts {
            contacts.insert(*contact, self.load::<ContactState>(streams::contact(*contact)?).await?);
        }
        for (touch, sent_at) in &case.state.sent {
            let key = TouchKey { case: opened.case.clone(), touch: touch.clone() };
            let Some((contact, cleared)) = contacts
                .values()
                .find_map(|contact| contact.state.touches.get(&key).map(|cleared| (contact, cleared)))
            else {
                continue;
            };
            let clicked = case.state.clicked.get(touch);
            trigger.touches.push(TouchFact {
                sent_at: *sent_at,
                channel: cleared.cleared.about.channel,
                delivery: match cleared.delivered {
                    None => Delivery::NotReported,
                    Some(true) => Delivery::Delivered,
                    Some(false) => Delivery::Failed,
                },
                token: Some(key.to_string()),
                clicked_at: clicked.map(|(at, _)| *at),
                human_click: clicked.map(|(_, percent)| *percent),
                replied_at: cleared.replied_at,
                key,
            });
            trigger.proofs.insert(format!("clearance/{touch}"), cleared.hash.clone());
            if let Some((_, hash, _)) = contact.state.granted.last() {
                trigger.proofs.insert("consent".to_owned(), hash.clone());
            }
        }
        // The latest appointment that carries a token of this case, else the first one booked after it was opened.
        let follow_up = format!("click_follow_up/{}", opened.case);
        let ours = |touch: &Option<TouchKey>| {
            touch.as_ref().is_some_and(|key| key.case == opened.case || key.case.as_str() == follow_up)
        };
        let appointments = &vehicle.state.appointments;
        let with_token = appointments.iter().filter(|(_, appointment)| ours(&appointment.touch));
        let without = appointments.iter().filter(|(_, a)| a.touch.is_none() && a.set_at >= trigger.opened_at);
        let booked = with_token
            .max_by_key(|(id, appointment)| (appointment.starts_at, *id))
            .or_else(|| without.min_by_key(|(id, appointment)| (appointment.set_at, *id)));
        trigger.appointment = booked.map(|(id, appointment)| AppointmentFact {
            id: id.clone(),
            set_at: appointment.set_at,
            at: appointment.starts_at,
            token: appointment.touch.as_ref().map(ToString::to_string),
        });
        Ok(())
    }
}

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

/// The order on which a line was declined, where the trigger is a decline.
fn written_to<'v>(vehicle: &'v VehicleState, trigger: &str) -> Option<&'v RoId> {
    vehicle
        .declined
        .iter()
        .find(|(_, line, case)| trigger_of(case.as_str(), line) == trigger)
        .map(|(_, line, _)| &line.ro)
}

/// The trigger of a declined line: its case and its number in it.
fn trigger_of(case: &str, line: &DeclinedLine) -> String {
    format!("{case}#{}", line.line)
}

fn repair_order(closed: &RoClosed) -> RepairOrder {
    RepairOrder {
        ro: closed.ro.clone(),
        vehicle: closed.vehicle.clone(),
        owner_span: closed.span,
        opened_at: closed.opened_at,
        closed_at: Some(closed.occurred_at),
        voided: closed.voided,
        department: Department::Service,
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
