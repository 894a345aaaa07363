use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{WriteBack, WriteBackKind};

use crate::{Alarm, Happened};

/// What is still to be written into the DMS about one thing, in order.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    /// What is to be written, the next one first.
    pub queue: Vec<WriteBack>,
    /// How often the first of them was tried.
    pub attempts: u32,
    /// When the DMS may be asked again, where it did not answer.
    pub not_before: Option<DateTime<Utc>>,
    /// Receipts whose revenue stands in the DMS.
    pub receipts: BTreeSet<String>,
}

impl Outbox {
    /// When the next one may be written: now, or when the DMS is to be asked again.
    #[must_use]
    pub fn next_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.not_before.map_or(now, |at| at.max(now))
    }

    /// The waiting write-back of a receipt's revenue that was never tried, so that nobody can have seen it.
    ///
    /// The first of the queue never counts as such: it may have been written by a process that died, or by another
    /// worker, before anything of it was journalled.
    #[must_use]
    pub fn untried(&self, receipt: &str) -> Option<&WriteBack> {
        self.queue.iter().skip(1).find(|waiting| is_revenue_of(waiting, receipt))
    }

    /// Whether a receipt's revenue stands in the DMS, or may: it was tried, and nobody answered.
    #[must_use]
    pub fn may_stand(&self, receipt: &str) -> bool {
        self.receipts.contains(receipt) || self.queue.iter().any(|waiting| is_revenue_of(waiting, receipt))
    }

    pub(super) fn apply(&mut self, happened: &Happened) {
        match happened {
            Happened::WriteBackQueued(queued) => self.queue.push(queued.write_back.clone()),
            Happened::WriteBackDelayed(delayed) => {
                self.attempts = delayed.attempts;
                self.not_before = match delayed.wake_at {
                    Alarm::At(at) => Some(at),
                    Alarm::Keep | Alarm::Clear => None,
                };
            }
            Happened::WriteBackConfirmed(confirmed) => {
                let written = self.queue.iter().find(|waiting| waiting.key.0 == confirmed.key);
                if let Some(WriteBackKind::RecoveredRevenue { receipt, .. }) = written.map(|w| &w.kind) {
                    self.receipts.insert(receipt.clone());
                }
                self.done(&confirmed.key);
            }
            Happened::WriteBackParked(parked) => self.done(&parked.key),
            // What is withdrawn was never tried, so it was not the one that is being tried.
            Happened::WriteBackWithdrawn(withdrawn) => {
                self.queue.retain(|waiting| waiting.key.0 != withdrawn.key);
            }
            _ => {}
        }
    }

    fn done(&mut self, key: &str) {
        self.queue.retain(|waiting| waiting.key.0 != key);
        self.attempts = 0;
        self.not_before = None;
    }
}

fn is_revenue_of(waiting: &WriteBack, receipt: &str) -> bool {
    matches!(&waiting.kind, WriteBackKind::RecoveredRevenue { receipt: known, .. } if known == receipt)
}
