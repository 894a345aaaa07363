use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{Event, WriteBackKind};
use fixedops_vocab::{RawOdometer, RoLineId, VehicleId};

use super::Outbox;
use crate::fold::Fold;
use crate::{CreditAssigned, ExemptionAsked, Happened, InspectionCompleted, InspectionRanked, RoClosed};

/// A repair order: its inspection, its lines, the credits in force, and what is still to be written into the DMS.
#[derive(Clone, Debug, Default)]
pub struct RepairOrderState {
    /// Its vehicle, once anything of the order was told.
    pub vehicle: Option<VehicleId>,
    /// When it was opened, if it was told.
    pub opened: Option<DateTime<Utc>>,
    /// Vehicles it was told of before, and whose credits have not been looked at since.
    pub left: BTreeSet<VehicleId>,
    /// The odometers at its write-up, as its closings told them of the vehicle it is of now.
    pub odometers: Vec<(DateTime<Utc>, RawOdometer)>,
    /// As it was closed last.
    pub closed: Option<RoClosed>,
    /// Whether it was closed after it was last attributed.
    pub unattributed: bool,
    /// Its inspection, as it was completed last.
    pub inspected: Option<InspectionCompleted>,
    /// The exemption that was asked for last.
    pub exemption: Option<ExemptionAsked>,
    /// What the gate answered last: the event that says so.
    pub gate: Option<Happened>,
    /// How often the DMS was told to keep it back or let it go.
    pub told: u64,
    /// Whether the DMS was told last to keep it back, or to let it go; None where it was told neither.
    pub held: Option<bool>,
    /// The order of its findings.
    pub ranked: Option<InspectionRanked>,
    /// Credits in force, by line.
    pub credits: BTreeMap<RoLineId, CreditAssigned>,
    /// Id of the last receipt given for this order.
    pub last_receipt: Option<String>,
    /// What is to be written, in order.
    pub outbox: Outbox,
    /// Keys of inputs seen.
    pub keys: BTreeSet<String>,
}

impl RepairOrderState {
    fn is_of(&mut self, vehicle: VehicleId) {
        let before = self.vehicle.replace(vehicle);
        if let Some(before) = before.filter(|before| Some(before) != self.vehicle.as_ref()) {
            self.left.insert(before);
            self.odometers.clear();
        }
    }
}

impl Fold for RepairOrderState {
    fn apply(&mut self, _: &Event, happened: Happened) {
        self.outbox.apply(&happened);
        match happened {
            Happened::WriteBackQueued(queued) => match queued.write_back.kind {
                WriteBackKind::PickupHeld { .. } => {
                    (self.held, self.told) = (Some(true), self.told + 1);
                }
                WriteBackKind::PickupReleased { .. } => {
                    (self.held, self.told) = (Some(false), self.told + 1);
                }
                _ => {}
            },
            Happened::RoOpened(opened) => {
                self.opened = Some(opened.occurred_at);
                // A closing knows better, whichever is told first.
                if self.closed.is_none() {
                    self.is_of(opened.vehicle);
                }
                self.keys.insert(opened.key);
            }
            Happened::RoClosed(closed) => {
                self.keys.insert(closed.key.clone());
                self.is_of(closed.vehicle.clone());
                self.odometers.extend(closed.odometer.map(|odometer| (closed.opened_at, odometer)));
                self.closed = Some(closed);
                self.unattributed = true;
            }
            Happened::InspectionCompleted(completed) => {
                self.keys.insert(completed.key.clone());
                self.vehicle.get_or_insert_with(|| completed.vehicle.clone());
                if !self.inspected.as_ref().is_some_and(|known| known.is_newer_than(&completed)) {
                    self.inspected = Some(completed);
                }
            }
            Happened::ExemptionAsked(asked) => {
                self.keys.insert(asked.key.clone());
                self.vehicle.get_or_insert_with(|| asked.vehicle.clone());
                if !self.exemption.as_ref().is_some_and(|known| known.is_newer_than(&asked)) {
                    self.exemption = Some(asked);
                }
            }
            answer @ (Happened::GatePassed(_) | Happened::GateBlocked(_) | Happened::GateExempted(_)) => {
                self.gate = Some(answer);
            }
            Happened::AttributionDue(_) => self.unattributed = true,
            Happened::InspectionRanked(ranked) => self.ranked = Some(ranked),
            Happened::CreditAssigned(assigned) => {
                self.last_receipt = Some(assigned.receipt.clone());
                self.credits.insert(assigned.line.clone(), assigned);
            }
            Happened::CreditReversed(reversed) => {
                self.credits.remove(&reversed.line);
            }
            Happened::RoAttributed(_) => {
                self.unattributed = false;
                self.left.clear();
            }
            _ => {}
        }
    }
}
