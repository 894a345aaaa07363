use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{Event, WriteBack, WriteBackKind};
use fixedops_vocab::RoLineId;

use crate::fold::Fold;
use crate::{CreditAssigned, Happened, RoClosed};

/// A repair order: its lines, the credits in force, and what is still to be written into the DMS.
#[derive(Clone, Debug, Default)]
pub struct RepairOrderState {
    /// When it was opened, if it was told.
    pub opened: Option<DateTime<Utc>>,
    /// As it was closed last.
    pub closed: Option<RoClosed>,
    /// Whether it was closed after it was last attributed.
    pub unattributed: bool,
    /// Credits in force, by line.
    pub credits: BTreeMap<RoLineId, CreditAssigned>,
    /// Id of the last receipt given for this order.
    pub last_receipt: Option<String>,
    /// What is to be written, in order.
    pub queue: Vec<WriteBack>,
    /// How often the first of them was tried.
    pub attempts: u32,
    /// Keys of inputs seen.
    pub keys: BTreeSet<String>,
}

impl RepairOrderState {
    fn done(&mut self, key: &str) {
        self.queue.retain(|write_back| write_back.key.0 != key);
        self.attempts = 0;
    }
}

impl Fold for RepairOrderState {
    fn apply(&mut self, _: &Event, happened: Happened) {
        match happened {
            Happened::RoOpened(opened) => {
                self.opened = Some(opened.occurred_at);
                self.keys.insert(opened.key);
            }
            Happened::RoClosed(closed) => {
                self.keys.insert(closed.key.clone());
                self.closed = Some(closed);
                self.unattributed = true;
            }
            Happened::CreditAssigned(assigned) => {
                self.last_receipt = Some(assigned.receipt.clone());
                self.credits.insert(assigned.line.clone(), assigned);
            }
            Happened::CreditReversed(reversed) => {
                self.credits.remove(&reversed.line);
                // Revenue that is no longer claimed is not written back either.
                self.queue.retain(|write_back| {
                    !matches!(&write_back.kind, WriteBackKind::RecoveredRevenue { receipt, .. } if *receipt == reversed.receipt)
                });
            }
            Happened::RoAttributed(_) => self.unattributed = false,
            Happened::WriteBackQueued(queued) => self.queue.push(queued.write_back),
            Happened::WriteBackDelayed(delayed) => self.attempts = delayed.attempts,
            Happened::WriteBackConfirmed(confirmed) => self.done(&confirmed.key),
            Happened::WriteBackParked(parked) => self.done(&parked.key),
            _ => {}
        }
    }
}
