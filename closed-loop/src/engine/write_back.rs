//! What is written back into the DMS: queued with what it tells of, written one by one, in order.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{
    ConnectorErrorKind, IdempotencyKey, StreamId, WriteBack, WriteBackKind, WriteBackOutcome,
    WriteBackTarget, instant_text,
};
use fixedops_recovery::Closure;
use fixedops_vocab::ProgramId;

use super::Engine;
use super::answer::DECLINED_RECOVERY;
use super::turn::Turn;
use crate::decline_reasons::NOT_TOLD;
use crate::error::LoopErrorKind;
use crate::fold::Loaded;
use crate::state::{DmsState, Outbox, RepairOrderState};
use crate::{
    Alarm, CaseOpened, DeclinedLine, Happened, LoopError, WriteBackConfirmed, WriteBackDelayed,
    WriteBackParked, WriteBackQueued, streams,
};

/// First pause after a DMS that did not answer; doubled each time, up to 16 hours.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(15);
/// A DMS that says "not before" a day later than this is asked then all the same.
const LONGEST_REST: TimeDelta = TimeDelta::days(30);

impl Engine {
    /// The reason of a decline, to the order it was declined on; where the record gave none there is nothing to write.
    pub(super) async fn queue_decline_reason(
        &self,
        turn: &mut Turn<'_>,
        line: &DeclinedLine,
        reason: &str,
    ) -> Result<(), LoopError> {
        if reason == NOT_TOLD || !self.in_its_days(line, turn.now)? {
            return Ok(());
        }
        let order = self.load::<RepairOrderState>(streams::ro(&line.ro)?).await?;
        let words = self.policies.decline_reasons.find(reason).map_or(reason, |known| &known.means);
        let at = instant_text(line.declined_at);
        let write_back = WriteBack {
            key: IdempotencyKey(format!("decline_reason/{}/{}/{at}/{reason}", line.ro, line.line)),
            target: WriteBackTarget::RepairOrder(line.ro.clone()),
            kind: WriteBackKind::DeclineReason { line: line.line.clone(), reason: words.to_owned() },
        };
        turn.push(&order, Happened::WriteBackQueued(queued_on_order(&order.state, write_back, turn.now)))
    }

    /// Whether a decline is not older than the plan that would follow it up: what an import brings to light from years
    /// ago is not written into the notes of orders long closed.
    fn in_its_days(&self, line: &DeclinedLine, now: DateTime<Utc>) -> Result<bool, LoopError> {
        let program = ProgramId::new(DECLINED_RECOVERY).map_err(LoopError::unwritable)?;
        let plan = self.policies.plans.for_program(&program);
        Ok(plan.is_none_or(|plan| {
            line.declined_at.checked_add_days(plan.horizon()).is_none_or(|end| end >= now)
        }))
    }

    /// How a case ended, to the customer.
    pub(super) async fn queue_disposition(
        &self,
        turn: &mut Turn<'_>,
        opened: &CaseOpened,
        closure: Closure,
    ) -> Result<(), LoopError> {
        if !self.policies.doors.writes_disposition(&opened.program) {
            return Ok(());
        }
        let customer = self.load::<DmsState>(streams::dms(&opened.person)?).await?;
        let write_back = WriteBack {
            key: IdempotencyKey(format!("disposition/{}", opened.case)),
            target: WriteBackTarget::Customer(opened.person.clone()),
            kind: WriteBackKind::Disposition {
                case: opened.case.clone(),
                closure: closure.as_str().to_owned(),
                disposition: self.policies.dispositions.words(&opened.program, closure),
            },
        };
        let wake_at = Alarm::At(customer.state.outbox.next_at(turn.now));
        turn.push(&customer, Happened::WriteBackQueued(WriteBackQueued { write_back, wake_at }))
    }

    /// The alarm of what is written back about a customer.
    pub(super) async fn work_on_customer(
        &self,
        stream: &StreamId,
        now: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        let customer = self.load::<DmsState>(stream.clone()).await?;
        match customer.state.outbox.queue.first() {
            Some(next) => self.write_back(&customer, &customer.state.outbox, next, now).await,
            None => Err(LoopError::new(
                LoopErrorKind::Corrupt,
                format!("stream {stream} has an alarm and nothing to write"),
            )),
        }
    }

    /// Writes the next one of a queue.
    pub(super) async fn write_back<S>(
        &self,
        target: &Loaded<S>,
        outbox: &Outbox,
        next: &WriteBack,
        now: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        let mut turn = self.turn_at(now);
        let key = next.key.0.clone();
        let more = if outbox.queue.len() > 1 { Alarm::At(now) } else { Alarm::Clear };
        let happened = match self.dms.write_back(next).await {
            Ok(WriteBackOutcome::Confirmed) => {
                Happened::WriteBackConfirmed(WriteBackConfirmed { key, wake_at: more })
            }
            Ok(WriteBackOutcome::Rejected(reason)) => {
                Happened::WriteBackParked(WriteBackParked { key, reason, wake_at: more })
            }
            Err(error) => match error.kind() {
                // New credentials let it through: it waits for them, as for a DMS that is down.
                kind @ (ConnectorErrorKind::TryLater(_) | ConnectorErrorKind::Unauthorized) => {
                    let attempts = outbox.attempts.saturating_add(1);
                    let pause = FIRST_PAUSE * (1 << attempts.saturating_sub(1).min(6));
                    let again = match kind {
                        ConnectorErrorKind::TryLater(Some(not_before)) => not_before.min(now + LONGEST_REST),
                        _ => now + pause,
                    };
                    let again = again.max(now + TimeDelta::seconds(1));
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
        turn.push(target, happened)?;
        turn.commit().await?;
        Ok(())
    }
}

/// Queued on an order: at once where it is still to be attributed, since that comes first.
pub(super) fn queued_on_order(
    order: &RepairOrderState,
    write_back: WriteBack,
    now: DateTime<Utc>,
) -> WriteBackQueued {
    let at = if order.unattributed { now } else { order.outbox.next_at(now) };
    WriteBackQueued { write_back, wake_at: Alarm::At(at) }
}
