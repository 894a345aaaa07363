//! A repair order was closed: which lines did we earn, and into the DMS with it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_attribution::{
    AppointmentFact, Change, Delivery, Department, ReceiptId, RepairOrder, RoLine, TouchFact, Trigger,
    assign, chain, reconcile,
};
use fixedops_connectors_traits::{
    ConnectorErrorKind, IdempotencyKey, StreamId, WriteBack, WriteBackKind, WriteBackOutcome,
};
use fixedops_vocab::{RoId, TouchKey};

use super::Engine;
use super::turn::Turn;
use crate::error::LoopErrorKind;
use crate::fold::Loaded;
use crate::state::{CaseState, ContactState, RepairOrderState, VehicleState};
use crate::{
    Alarm, CreditAssigned, CreditReversed, Happened, LoopError, RoAttributed, RoClosed, WriteBackConfirmed,
    WriteBackDelayed, WriteBackParked, WriteBackQueued, streams,
};

/// First pause after a DMS that did not answer; doubled each time, up to 16 hours.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(15);

impl Engine {
    /// First the credits, then what is to be written back, one by one, in order.
    pub(super) async fn work_on_order(&self, stream: &StreamId, now: DateTime<Utc>) -> Result<(), LoopError> {
        let order = self.load::<RepairOrderState>(stream.clone()).await?;
        match (&order.state.closed, order.state.queue.first()) {
            (None, _) => Err(LoopError::new(
                LoopErrorKind::Corrupt,
                format!("stream {stream} has an alarm and no closed order"),
            )),
            (Some(_), Some(next)) if !order.state.unattributed => self.write_back(&order, next, now).await,
            (Some(closed), _) => self.attribute(&order, closed, now).await,
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
        let triggers = self.triggers(&vehicle).await?;
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
        for (read, closed_other) in all {
            turn.guard(read);
            let changed = changes.remove(&closed_other.ro);
            if changed.is_none() && closed_other.ro != closed.ro {
                continue;
            }
            let queued = self.journal_changes(&mut turn, read, changed.unwrap_or_default())?;
            let of_this = wanted.not_credited.iter().filter(|line| line.ro == closed_other.ro);
            let attributed = RoAttributed {
                ro: closed_other.ro.clone(),
                policy: self.policies.attribution.version().clone(),
                visit: customer_pay(closed_other),
                not_credited: of_this.map(|line| (line.line.clone(), line.reason.to_string())).collect(),
                wake_at: if queued { Alarm::At(now) } else { Alarm::Clear },
            };
            turn.push(read, Happened::RoAttributed(attributed))?;
        }
        turn.commit().await?;
        Ok(())
    }

    /// Journals what changed on one order; whether anything is to be written back.
    fn journal_changes(
        &self,
        turn: &mut Turn<'_>,
        order: &Loaded<RepairOrderState>,
        changes: Vec<Change>,
    ) -> Result<bool, LoopError> {
        let mut queued = !order.state.queue.is_empty();
        let head = order.state.last_receipt.as_ref().and_then(|id| id.parse::<ReceiptId>().ok());
        for change in chain(changes, head).0 {
            match change {
                Change::Assign(credit) => {
                    let receipt = credit.receipt.id.to_string();
                    let write_back = WriteBack {
                        key: IdempotencyKey(format!("recovered/{}/{}/{receipt}", credit.ro, credit.line)),
                        ro: credit.ro.clone(),
                        kind: WriteBackKind::RecoveredRevenue {
                            line: credit.line.clone(),
                            amount: credit.amount,
                            receipt: receipt.clone(),
                        },
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
                    turn.push(order, Happened::WriteBackQueued(WriteBackQueued { write_back }))?;
                    queued = true;
                }
                Change::Reverse(reversal) => {
                    let reversed = CreditReversed {
                        ro: reversal.ro,
                        line: reversal.line,
                        money: reversal.amount,
                        receipt: reversal.receipt.to_string(),
                        reason: reversal.reason.to_string(),
                    };
                    turn.push(order, Happened::CreditReversed(reversed))?;
                }
            }
        }
        Ok(queued)
    }

    /// Everything about this vehicle that could have earned a line.
    async fn triggers(&self, vehicle: &Loaded<VehicleState>) -> Result<Vec<Trigger>, LoopError> {
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
            trigger.op_codes = services
                .iter()
                .flat_map(|service| self.policies.op_codes.codes_of(service).cloned())
                .collect();
            trigger.proofs.insert("crossing".to_owned(), crossing.hash.clone());
            if let Some(mileage) = &crossed.mileage {
                trigger.proofs.insert("mileage".to_owned(), mileage.to_string());
            }
            self.evidence(&mut trigger, &case, vehicle).await?;
            triggers.push(trigger);
        }
        for (at, declined) in &vehicle.state.declined {
            let Some(case) = &declined.case else {
                continue;
            };
            let line = &declined.declined;
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            let Some((_, opened)) = &case.state.opened else {
                continue;
            };
            let mut trigger = Trigger::new(opened.case.as_str(), declined.vehicle.clone(), opened.span, *at);
            trigger.case = Some(opened.case.clone());
            trigger.service.clone_from(&line.service);
            trigger.op_codes = line.op_code.clone().into_iter().collect();
            trigger.names = std::iter::once(line.name.clone()).collect();
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
        let ours = |touch: &Option<TouchKey>| touch.as_ref().is_some_and(|key| key.case == opened.case);
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

    async fn write_back(
        &self,
        order: &Loaded<RepairOrderState>,
        next: &WriteBack,
        now: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        let mut turn = self.turn_at(now);
        let key = next.key.0.clone();
        let more = if order.state.queue.len() > 1 { Alarm::At(now) } else { Alarm::Clear };
        let happened = match self.dms.write_back(next).await {
            Ok(WriteBackOutcome::Confirmed) => {
                Happened::WriteBackConfirmed(WriteBackConfirmed { key, wake_at: more })
            }
            Ok(WriteBackOutcome::Rejected(reason)) => {
                Happened::WriteBackParked(WriteBackParked { key, reason, wake_at: more })
            }
            Err(error) => match error.kind() {
                ConnectorErrorKind::TryLater(not_before) => {
                    let attempts = order.state.attempts.saturating_add(1);
                    let pause = FIRST_PAUSE * (1 << attempts.saturating_sub(1).min(6));
                    let again = not_before.unwrap_or(now + pause).max(now + TimeDelta::seconds(1));
                    let reason = error.to_string();
                    Happened::WriteBackDelayed(WriteBackDelayed {
                        key,
                        attempts,
                        reason,
                        wake_at: Alarm::At(again),
                    })
                }
                _ => Happened::WriteBackParked(WriteBackParked {
                    key,
                    reason: error.to_string(),
                    wake_at: more,
                }),
            },
        };
        turn.push(order, happened)?;
        turn.commit().await?;
        Ok(())
    }
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
fn customer_pay(closed: &RoClosed) -> Option<fixedops_vocab::Money> {
    let mut lines = closed.lines.iter().filter(|line| line.pay_type == fixedops_vocab::PayType::CustomerPay);
    let first = lines.next()?.money;
    lines.try_fold(first, |sum, line| sum.checked_add(line.money))
}
