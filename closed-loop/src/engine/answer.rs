//! What a customer answered to a recommended line: yes, no, or not now.

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use fixedops_recovery::{Case, Event as Step, Phase};
use fixedops_vocab::{CaseId, Channel, ProgramId, ServiceId};

use super::Engine;
use super::case::Opening;
use super::touch::Planned;
use super::turn::Turn;
use crate::fold::Loaded;
use crate::state::{Answer, CaseState, PersonState, Said, VehicleState, begins};
use crate::{
    Alarm, DeclinedLine, DeferralEnded, Happened, LineApproved, LineDeclined, LineDeferred, LoopError,
    streams,
};

/// The programme that speaks of declined lines.
pub(super) const DECLINED_RECOVERY: &str = "declined_recovery";
/// A journal holds no alarm after this year.
pub(crate) const LAST_YEAR: i32 = 9999;

impl Engine {
    pub(super) async fn decline(
        &self,
        turn: &mut Turn<'_>,
        mut declined: LineDeclined,
    ) -> Result<bool, LoopError> {
        let vehicle = self.known_vehicle(&declined.vehicle).await?;
        if vehicle.state.keys.contains(&declined.key) {
            return Ok(false);
        }
        let program = ProgramId::new(DECLINED_RECOVERY).map_err(LoopError::unwritable)?;
        let line = &mut declined.declined;
        line.service = self.service_of(line.op_code.as_ref());
        let line = line.clone();
        declined.case = None;
        let before = vehicle.state.answers.get(&line.ro, &line.line);
        match before {
            Some(_) if vehicle.state.answers.after_decline(&declined, turn.now) != Said::Declined => {
                turn.push(&vehicle, Happened::LineDeclined(declined))?;
                return Ok(true);
            }
            Some(answer) if answer.said() == Said::Declined => {
                if !adds(&declined, answer) {
                    return Ok(false);
                }
                let reason_is_new = answer.is_new_reason(&declined.reason, line.declined_at.min(turn.now));
                turn.push(&vehicle, Happened::LineDeclined(declined.clone()))?;
                if reason_is_new {
                    // The decline is the first one; so is the day under which its reason is written.
                    let first = DeclinedLine { declined_at: answer.at, ..line };
                    self.queue_decline_reason(turn, &first, &declined.reason).await?;
                    self.done_elsewhere(turn, &vehicle, &program, &first, &declined.reason).await?;
                }
                return Ok(true);
            }
            _ => {}
        }
        let case = self.declined_case(&vehicle, &program, &line)?;
        let known = case.as_ref().is_some_and(|case| vehicle.state.cases.contains(case));
        let gone = self.leaves_nothing(&declined.reason);
        let timely = self.worth_a_case(&vehicle, &program, &line, turn.now);
        declined.case = case.clone().filter(|_| !known && !gone && timely);
        turn.push(&vehicle, Happened::LineDeclined(declined.clone()))?;
        self.queue_decline_reason(turn, &line, &declined.reason).await?;
        if known && gone {
            self.done_elsewhere(turn, &vehicle, &program, &line, &declined.reason).await?;
        } else if let Some(case) = case.filter(|_| known) {
            let case = self.load::<CaseState>(streams::case(&case)?).await?;
            let again = Step::DeclinedAgain { at: line.declined_at };
            self.step_case(turn, &case, &vehicle, &again, "declined again").await?;
        } else if let Some(case) = declined.case {
            self.open_declined_case(turn, &vehicle, &program, case, line, None).await?;
        }
        Ok(true)
    }

    pub(super) async fn approve(
        &self,
        turn: &mut Turn<'_>,
        mut approved: LineApproved,
    ) -> Result<bool, LoopError> {
        let vehicle = self.known_vehicle(&approved.vehicle).await?;
        if vehicle.state.keys.contains(&approved.key) {
            return Ok(false);
        }
        approved.line.service = self.service_of(approved.line.op_code.as_ref());
        let before = vehicle.state.answers.get(&approved.line.ro, &approved.line.line);
        let at = approved.occurred_at.min(turn.now);
        if before.is_some_and(|answer| answer.repeats(Said::Approved, at)) {
            return Ok(false);
        }
        let stands = vehicle.state.answers.after_approval(&approved, turn.now) == Said::Approved;
        let line = approved.line.clone().declined_at(approved.occurred_at);
        turn.push(&vehicle, Happened::LineApproved(approved))?;
        if stands {
            self.withdraw_call(turn, &vehicle, &line, "approved").await?;
        }
        Ok(true)
    }

    pub(super) async fn defer(
        &self,
        turn: &mut Turn<'_>,
        mut deferred: LineDeferred,
    ) -> Result<bool, LoopError> {
        let vehicle = self.known_vehicle(&deferred.vehicle).await?;
        if vehicle.state.keys.contains(&deferred.key) {
            return Ok(false);
        }
        deferred.line.service = self.service_of(deferred.line.op_code.as_ref());
        let before = vehicle.state.answers.get(&deferred.line.ro, &deferred.line.line);
        let said = Said::Deferred(deferred.until);
        let at = deferred.occurred_at.min(turn.now);
        if before.is_some_and(|answer| answer.repeats(said, at)) {
            return Ok(false);
        }
        if deferred.until.is_some_and(|day| day.year() > LAST_YEAR) {
            return Err(LoopError::refused(format!(
                "a line is deferred to a day after the year {LAST_YEAR}"
            )));
        }
        let stands = vehicle.state.answers.after_deferral(&deferred, turn.now) == said;
        let line = deferred.line.clone().declined_at(deferred.occurred_at);
        // Looked at at once, so that the alarm of the vehicle is no later than the day.
        deferred.wake_at = if deferred.until.is_some() && stands { Alarm::At(turn.now) } else { Alarm::Keep };
        let until = deferred.until.map(begins);
        turn.push(&vehicle, Happened::LineDeferred(deferred))?;
        match until {
            _ if !stands => {}
            Some(until) => self.ask_later(turn, &vehicle, &line, until).await?,
            None => self.withdraw_call(turn, &vehicle, &line, "deferred").await?,
        }
        Ok(true)
    }

    /// Lines whose day has come: what is still wanted opens a case that speaks at once. Returns when the next day comes.
    pub(super) async fn end_deferrals(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        notes: &mut Vec<String>,
    ) -> Result<Option<DateTime<Utc>>, LoopError> {
        let Some(record) = &vehicle.state.record else { return Ok(None) };
        let program = ProgramId::new(DECLINED_RECOVERY).map_err(LoopError::unwritable)?;
        let plan = self.policies.plans.for_program(&program);
        let mut next: Option<DateTime<Utc>> = None;
        for answer in vehicle.state.answers.iter() {
            let Some(due_at) = answer.due_at() else { continue };
            if due_at > turn.now {
                next = Some(next.map_or(due_at, |known| known.min(due_at)));
                continue;
            }
            let case = self.declined_case(vehicle, &program, &answer.line)?;
            let known = case.as_ref().is_some_and(|case| vehicle.state.cases.contains(case));
            let done = answer
                .line
                .service
                .as_ref()
                .is_some_and(|service| serviced_since(vehicle, service, answer.at));
            let past = plan.is_some_and(|plan| {
                due_at.checked_add_days(plan.horizon()).is_some_and(|end| end < turn.now)
            });
            let reason = match &case {
                None => Some("nobody_to_write_to"),
                // An import of old orders brings old days to light: none of them is spoken of now.
                Some(_) if past => Some("long_past"),
                Some(_) if done => Some("serviced"),
                Some(_) if vehicle.state.span_at(answer.at) != record.span => Some("owner_changed"),
                // Declined before it was deferred: that case was told the day.
                Some(_) if known => Some("case_known"),
                Some(_) => None,
            };
            let opens = case.filter(|_| reason.is_none());
            let ended = DeferralEnded {
                vehicle: record.vehicle.clone(),
                deferred: answer.line.clone(),
                case: opens.clone(),
                reason: reason.map(str::to_owned),
            };
            turn.push(vehicle, Happened::DeferralEnded(ended))?;
            notes.push(format!("the day came until which {} was deferred", answer.line.name));
            if let Some(case) = opens {
                let soon = turn.now + TimeDelta::seconds(1);
                self.open_declined_case(turn, vehicle, &program, case, answer.line.clone(), Some(soon))
                    .await?;
            }
        }
        Ok(next)
    }

    /// The case of a line that was declined before it was deferred moves its timetable to the day.
    async fn ask_later(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        line: &DeclinedLine,
        until: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        let program = ProgramId::new(DECLINED_RECOVERY).map_err(LoopError::unwritable)?;
        let Some(case) = self.declined_case(vehicle, &program, line)? else { return Ok(()) };
        if !vehicle.state.cases.contains(&case) {
            return Ok(());
        }
        let case = self.load::<CaseState>(streams::case(&case)?).await?;
        self.step_case(turn, &case, vehicle, &Step::DeferredByCustomer { until }, "deferred by the customer")
            .await
    }

    /// A call about a line that needs none any more is taken off the list; what is planned is held back when it is due.
    async fn withdraw_call(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        line: &DeclinedLine,
        reason: &'static str,
    ) -> Result<(), LoopError> {
        let program = ProgramId::new(DECLINED_RECOVERY).map_err(LoopError::unwritable)?;
        let Some(case) = self.declined_case(vehicle, &program, line)? else { return Ok(()) };
        if !vehicle.state.cases.contains(&case) {
            return Ok(());
        }
        let case = self.load::<CaseState>(streams::case(&case)?).await?;
        let (Some(open), Some((_, opened))) = (case.state.open(), &case.state.opened) else {
            return Ok(());
        };
        let Phase::Calling { touch, .. } = open.phase() else { return Ok(()) };
        let plan = self.plan_of(open)?;
        let (Some(id), Some(planned)) =
            (plan.touch_in_round(usize::from(touch), open.round()), plan.touches().get(usize::from(touch)))
        else {
            return Ok(());
        };
        let person = self.load::<PersonState>(streams::person(&opened.person)?).await?;
        let planned = Planned { touch: id, channel: Channel::LiveCall, purpose: planned.purpose() };
        let about = self.about(opened, plan, &planned, person.state.contact_for(Channel::LiveCall));
        let until = turn.now + TimeDelta::days(i64::from(plan.relevance().wait_days.max(1)));
        let step = self.deferred(turn, &case, about, until, reason, None)?;
        self.follow(turn, &case, vehicle, open, &step, reason).await
    }

    async fn done_elsewhere(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        program: &ProgramId,
        line: &DeclinedLine,
        reason: &str,
    ) -> Result<(), LoopError> {
        if !self.leaves_nothing(reason) {
            return Ok(());
        }
        let Some(case) = self.declined_case(vehicle, program, line)? else { return Ok(()) };
        let case = self.load::<CaseState>(streams::case(&case)?).await?;
        self.step_case(turn, &case, vehicle, &Step::DoneElsewhere, "done elsewhere").await
    }

    /// Whether a reason leaves nothing to recover on its line.
    fn leaves_nothing(&self, reason: &str) -> bool {
        self.policies.decline_reasons.find(reason).is_some_and(|known| known.gone)
    }

    /// The case a line has or would open; None where nobody may be written to.
    fn declined_case(
        &self,
        vehicle: &Loaded<VehicleState>,
        program: &ProgramId,
        line: &DeclinedLine,
    ) -> Result<Option<CaseId>, LoopError> {
        let reachable =
            vehicle.state.record.as_ref().is_some_and(|r| r.unit.may_trigger() && r.owner.is_some());
        if !reachable || self.policies.plans.for_program(program).is_none() {
            return Ok(None);
        }
        CaseId::compose(program, &format!("{}/{}", line.ro, line.line))
            .map(Some)
            .map_err(LoopError::unwritable)
    }

    /// Whether a decline learned of at `now` still opens a case: the plan has touches left to its days, the owner is
    /// the one who declined, and the service was not done since. An import of old orders opens none for old declines.
    fn worth_a_case(
        &self,
        vehicle: &Loaded<VehicleState>,
        program: &ProgramId,
        line: &DeclinedLine,
        now: DateTime<Utc>,
    ) -> bool {
        let declined_at = line.declined_at;
        let days_left = self
            .policies
            .plans
            .for_program(program)
            .is_some_and(|plan| Case::open_since(plan, declined_at, now, Vec::new()).is_some());
        let same_owner = vehicle
            .state
            .record
            .as_ref()
            .is_some_and(|record| vehicle.state.span_at(declined_at) == record.span);
        let done = line.service.as_ref().is_some_and(|service| serviced_since(vehicle, service, declined_at));
        days_left && same_owner && !done
    }

    /// Opens the case of a line. Each line has a case of its own.
    async fn open_declined_case(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        program: &ProgramId,
        case: CaseId,
        line: DeclinedLine,
        speaks_at: Option<DateTime<Utc>>,
    ) -> Result<(), LoopError> {
        let (Some(record), Some(plan)) = (&vehicle.state.record, self.policies.plans.for_program(program))
        else {
            return Ok(());
        };
        let Some(owner) = &record.owner else {
            return Ok(());
        };
        let services = line.service.clone().into_iter().collect();
        let since = if speaks_at.is_some() { turn.now } else { line.declined_at };
        let opening = Opening { case, crossing: None, services, declined: vec![line], since, speaks_at };
        self.open_case(turn, plan, vehicle, record, owner, opening).await?;
        Ok(())
    }

    fn service_of(&self, code: Option<&fixedops_vocab::OpCode>) -> Option<ServiceId> {
        self.policies.op_codes.service(code?).cloned()
    }
}

/// Whether a decline told once more says something that is not known: why, how, to which finding, or that it still holds.
fn adds(declined: &LineDeclined, known: &Answer) -> bool {
    let at = declined.declined.declined_at;
    known.is_new_reason(&declined.reason, at)
        || (declined.method.is_some() && !known.known.0)
        || (declined.finding.is_some() && !known.known.1)
        || (!declined.is_bare_flag() && known.is_said_later(Said::Declined, at))
}

/// Whether a service of the schedule was done since.
fn serviced_since(vehicle: &Loaded<VehicleState>, service: &ServiceId, since: DateTime<Utc>) -> bool {
    let done = vehicle.state.services.get(service).map(Vec::as_slice).unwrap_or_default();
    done.iter().any(|done| done.occurred_at >= since)
}
