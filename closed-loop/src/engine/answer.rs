//! What a customer answered to a recommended line: yes, no, or not now.

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use fixedops_mpi_score::Projection;
use fixedops_recovery::{Case, DeclineReason, Event as Step, Phase, Plan, ReasonAnswer, Target, Trigger};
use fixedops_vocab::{CaseId, Channel, ProgramId, RoId, RoLineId, ServiceId};

use super::Engine;
use super::case::{LINES_MOVED, Opening};
use super::touch::Planned;
use super::turn::Turn;
use crate::fold::Loaded;
use crate::state::{Answer, CaseState, PersonState, RepairOrderState, Said, VehicleState, begins};
use crate::{
    Alarm, DeclinedLine, DeferralEnded, Happened, LineApproved, LineDeclined, LineDeferred, LoopError,
    streams,
};

/// The programme that speaks of declined lines.
pub(super) const DECLINED_RECOVERY: &str = "declined_recovery";
/// The programme that speaks of lines on the day until which they were put off.
const DEFERRED_WORK: &str = "deferred_work";
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
                    self.answer_reason(turn, &vehicle, &first, &declined.reason).await?;
                }
                return Ok(true);
            }
            _ => {}
        }
        let spoken_of = match vehicle.state.case_of_line(&line.ro, &line.line) {
            Some(case) => Some(self.load::<CaseState>(streams::case(case)?).await?),
            None => None,
        };
        let put_off = spoken_of.as_ref().is_some_and(is_of(DEFERRED_WORK));
        if let Some(case) = spoken_of.as_ref().filter(|_| !put_off) {
            turn.push(&vehicle, Happened::LineDeclined(declined.clone()))?;
            self.queue_decline_reason(turn, &line, &declined.reason).await?;
            let (step, reason) = if self.leaves_nothing(&declined.reason) {
                (Step::ItemDoneElsewhere { line: line.line.clone() }, "done elsewhere")
            } else {
                (Step::DeclinedAgain { at: line.declined_at }, "declined again")
            };
            self.step_case(turn, case, &vehicle, &step, reason).await?;
            return Ok(true);
        }
        let same_work = self.case_of_same_work(&vehicle, &line).await?;
        let (plan, trial) = self.plan_for(turn, &vehicle.state, &line).await?;
        let newer = self.declined_since(&vehicle, &line).await?;
        let place = match &plan {
            Some((plan, wear))
                if !newer && self.worth_a_case(&vehicle, plan, &line, &declined.reason, turn.now).await? =>
            {
                self.place_of(&vehicle, &line, wear.is_some()).await?
            }
            _ => None,
        };
        declined.case = place.as_ref().map(|place| place.id().clone());
        turn.push(&vehicle, Happened::LineDeclined(declined.clone()))?;
        trial.map(|place| self.journal_place(turn, place)).transpose()?;
        self.queue_decline_reason(turn, &line, &declined.reason).await?;
        // It was put off, and is declined now: the days of a decline begin.
        if let Some(case) = spoken_of {
            self.step_case(turn, &case, &vehicle, &Step::Withdrawn, "declined after all").await?;
        }
        // Declined again at a later visit it is the same work: the order of today speaks of it, with the lines of today.
        if let Some((case, moved)) = same_work {
            let (step, reason) = if self.leaves_nothing(&declined.reason) {
                (Step::ItemDoneElsewhere { line: moved }, "done elsewhere")
            } else {
                (Step::ItemMoved { line: moved }, LINES_MOVED)
            };
            self.step_case(turn, &case, &vehicle, &step, reason).await?;
        }
        match place {
            None => {}
            Some(Place::Beside(_, case)) => {
                let also = Step::DeclinedAlso { line: line.line.clone() };
                self.step_case(turn, &case, &vehicle, &also, "declined too").await?;
            }
            Some(Place::Alone(id)) => {
                if let Some((plan, wear)) = plan {
                    let target = wear.as_ref().map(super::wear::target);
                    self.open_declined_case(turn, &vehicle, plan, target, id, line, &declined.reason).await?;
                }
            }
        }
        Ok(true)
    }

    /// The plan a declined line is followed up on. One that is timed by wear needs a measurement: without one it would speak
    /// of a projection that nobody made, and the standard plan of the programme stands in.
    ///
    /// Where several plans are tried side by side, it is that of the owner's household, whose place is given too.
    async fn plan_for(
        &self,
        turn: &Turn<'_>,
        vehicle: &VehicleState,
        line: &DeclinedLine,
    ) -> Result<(Option<(&Plan, Option<Projection>)>, Option<super::place::Place>), LoopError> {
        let Some(chosen) = self.declined_plan() else { return Ok((None, None)) };
        let owner = vehicle.record.as_ref().and_then(|record| record.owner.as_ref());
        let (plan, place) = match owner {
            Some(owner) => self.plan_in_trial(turn, owner, chosen).await?,
            None => (chosen, None),
        };
        if !plan.has_target() {
            return Ok((Some((plan, None)), place));
        }
        let wear = self.wear_of(vehicle, std::slice::from_ref(line), turn.now).await?;
        let plan = match wear {
            Some((wear, _)) => Some((plan, Some(wear))),
            None => self.policies.plans.standard(plan.program(), Trigger::Decline).map(|plan| (plan, None)),
        };
        Ok((plan, place))
    }

    /// Where a newly declined line is spoken of; `None` where nobody may be written to.
    async fn place_of(
        &self,
        vehicle: &Loaded<VehicleState>,
        line: &DeclinedLine,
        measured: bool,
    ) -> Result<Option<Place>, LoopError> {
        let program = ProgramId::new(DECLINED_RECOVERY).map_err(LoopError::unwritable)?;
        if !self.may_speak(vehicle) {
            return Ok(None);
        }
        // The declined lines of one order travel together, those that are timed by wear apart.
        let cause = if measured { format!("{}/wear", line.ro) } else { line.ro.to_string() };
        let (joint, cause) = self.case_for(vehicle, &program, &cause).await?;
        if !vehicle.state.cases.contains(&joint) {
            return Ok(Some(Place::Alone(joint)));
        }
        let case = self.load::<CaseState>(streams::case(&joint)?).await?;
        if case.state.open().is_some() {
            return Ok(Some(Place::Beside(joint, case)));
        }
        // Its order was spoken of to the end.
        let alone = CaseId::compose(&program, &format!("{cause}/line/{}", line.line))
            .map_err(LoopError::unwritable)?;
        Ok(Some(alone).filter(|alone| !vehicle.state.cases.contains(alone)).map(Place::Alone))
    }

    /// The case of a cause about a vehicle, and the cause as it is named: where the order was another vehicle's before, what was said
    /// of it there is that one's.
    async fn case_for(
        &self,
        vehicle: &Loaded<VehicleState>,
        program: &ProgramId,
        cause: &str,
    ) -> Result<(CaseId, String), LoopError> {
        let case = CaseId::compose(program, cause).map_err(LoopError::unwritable)?;
        let known = self.load::<CaseState>(streams::case(&case)?).await?;
        if known.state.opened.as_ref().is_none_or(|(_, opened)| Some(&opened.vehicle) == of_vehicle(vehicle))
        {
            return Ok((case, cause.to_owned()));
        }
        let cause = format!("{cause}/of/{}", vehicle.stream.id());
        Ok((CaseId::compose(program, &cause).map_err(LoopError::unwritable)?, cause))
    }

    /// The open case of declined work that speaks of the same operation, recommended on an order before: declined again at
    /// a later visit, it is the same work.
    async fn case_of_same_work(
        &self,
        vehicle: &Loaded<VehicleState>,
        line: &DeclinedLine,
    ) -> Result<Option<(Loaded<CaseState>, RoLineId)>, LoopError> {
        let same = |known: &DeclinedLine| {
            known.ro != line.ro && known.declined_at < line.declined_at && is_same_work(known, line)
        };
        for (_, known, case) in vehicle.state.declined.iter().rev().filter(|(_, known, _)| same(known)) {
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            let open = case.state.open().is_some_and(|open| open.lines().contains(&known.line));
            if open && is_of(DECLINED_RECOVERY)(&case) {
                return Ok(Some((case, known.line.clone())));
            }
        }
        Ok(None)
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
        if stands {
            self.ask_later(turn, &vehicle, &line, until).await?;
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
        let program = ProgramId::new(DEFERRED_WORK).map_err(LoopError::unwritable)?;
        let plan = self.policies.plans.for_trigger(&program, Trigger::Deferral);
        let mut next: Option<DateTime<Utc>> = None;
        for answer in vehicle.state.answers.iter() {
            let Some(due_at) = answer.due_at() else { continue };
            if due_at > turn.now {
                next = Some(next.map_or(due_at, |known| known.min(due_at)));
                continue;
            }
            let line = &answer.line;
            let spoken_of = match vehicle.state.case_of_line(&line.ro, &line.line) {
                Some(case) => Some(self.load::<CaseState>(streams::case(case)?).await?),
                None => None,
            };
            let open = spoken_of.as_ref().and_then(|case| turn.open(case)).cloned();
            let open = open.filter(|open| open.lines().contains(&line.line));
            // Declined before it was deferred, that case was told the day, and speaks on it; else it goes on about others.
            // One that says nothing on purpose does not: the owner named the day himself, and is asked on it.
            let speaks = !spoken_of.as_ref().is_some_and(is_left_alone);
            let told = speaks
                && open.as_ref().and_then(Case::wake_at).is_some_and(|at| at <= due_at + TimeDelta::days(1));
            let done =
                line.service.as_ref().is_some_and(|service| serviced_since(vehicle, service, answer.at));
            let past = plan.is_some_and(|plan| {
                due_at.checked_add_days(plan.horizon()).is_some_and(|end| end < turn.now)
            });
            let reason = match plan.filter(|_| self.may_speak(vehicle)) {
                None => Some("nobody_to_write_to"),
                // An import of old orders brings old days to light: none of them is spoken of now.
                Some(_) if past => Some("long_past"),
                Some(_) if done => Some("serviced"),
                Some(_) if vehicle.state.span_at(answer.at) != record.span => Some("owner_changed"),
                Some(_) if told => Some("case_known"),
                Some(_) => None,
            };
            let case = match (reason, plan) {
                (None, Some(plan)) => {
                    let cause = format!("{}/{}", line.ro, line.line);
                    Some((plan, self.case_for(vehicle, &program, &cause).await?.0))
                }
                _ => None,
            };
            let ended = DeferralEnded {
                vehicle: record.vehicle.clone(),
                deferred: line.clone(),
                case: case.as_ref().map(|(_, case)| case.clone()),
                reason: reason.map(str::to_owned),
            };
            turn.push(vehicle, Happened::DeferralEnded(ended))?;
            if let (true, Some(spoken_of)) = (case.is_some() && open.is_some(), &spoken_of) {
                let moved = Step::ItemMoved { line: line.line.clone() };
                self.step_case(turn, spoken_of, vehicle, &moved, LINES_MOVED).await?;
            }
            notes.push(format!("the day came until which {} was deferred", line.name));
            if let (Some((plan, case)), Some(owner)) = (case, &record.owner) {
                let opening = Opening {
                    services: line.service.clone().into_iter().collect(),
                    declined: vec![line.clone()],
                    target: Some(Target::at(turn.now)),
                    ..Opening::new(case, turn.now)
                };
                self.open_case(turn, plan, vehicle, record, owner, opening).await?;
            }
        }
        Ok(next)
    }

    /// Another visit came: lines that were put off to it and that nobody speaks of are asked about after it.
    pub(super) async fn ask_after_visit(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        ro: &RoId,
    ) -> Result<(), LoopError> {
        let Some(record) = vehicle.state.record.as_ref().filter(|_| self.may_speak(vehicle)) else {
            return Ok(());
        };
        let program = ProgramId::new(DEFERRED_WORK).map_err(LoopError::unwritable)?;
        let plan = self.policies.plans.for_trigger(&program, Trigger::Deferral);
        let (Some(plan), Some(owner)) = (plan, &record.owner) else { return Ok(()) };
        for answer in vehicle.state.answers.iter().filter(|answer| answer.said() == Said::Deferred(None)) {
            let line = &answer.line;
            let his = vehicle.state.span_at(answer.at) == record.span;
            let case = match vehicle.state.case_of_line(&line.ro, &line.line) {
                Some(case) => Some(self.load::<CaseState>(streams::case(case)?).await?),
                None => None,
            };
            // A case that says nothing on purpose asks nobody.
            let spoken_of = case.as_ref().is_some_and(|case| !is_left_alone(case));
            if line.ro == *ro || !his || spoken_of || self.done_already(vehicle, line).await? {
                continue;
            }
            let silent =
                case.filter(|case| turn.open(case).is_some_and(|open| open.lines().contains(&line.line)));
            let (case, _) = self.case_for(vehicle, &program, &format!("{}/{}", line.ro, line.line)).await?;
            let opening = Opening {
                services: line.service.clone().into_iter().collect(),
                declined: vec![line.clone()],
                target: Some(Target::at(turn.now)),
                ..Opening::new(case.clone(), turn.now)
            };
            if self.open_case(turn, plan, vehicle, record, owner, opening).await?.is_some() {
                let ended = DeferralEnded {
                    vehicle: record.vehicle.clone(),
                    deferred: line.clone(),
                    case: Some(case),
                    reason: None,
                };
                turn.push(vehicle, Happened::DeferralEnded(ended))?;
                if let Some(silent) = silent {
                    let moved = Step::ItemMoved { line: line.line.clone() };
                    self.step_case(turn, &silent, vehicle, &moved, LINES_MOVED).await?;
                }
            }
        }
        Ok(())
    }

    /// The case of a line that was declined before it was put off waits for the day, or the next visit, where it has nothing
    /// else to speak of; else it goes on without the line.
    async fn ask_later(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        line: &DeclinedLine,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), LoopError> {
        let Some(case) = self.case_without(vehicle, line, turn.now).await? else { return Ok(()) };
        let step = match until {
            Some(until) => Step::DeferredByCustomer { until },
            None => Step::DeferredToVisit,
        };
        self.step_case(turn, &case, vehicle, &step, "deferred by the customer").await
    }

    /// The case that speaks of a line, where every other line of it is held by an answer: without this one it has nothing to
    /// say.
    async fn case_without(
        &self,
        vehicle: &Loaded<VehicleState>,
        line: &DeclinedLine,
        now: DateTime<Utc>,
    ) -> Result<Option<Loaded<CaseState>>, LoopError> {
        let Some(case) = vehicle.state.case_of_line(&line.ro, &line.line) else { return Ok(None) };
        let case = self.load::<CaseState>(streams::case(case)?).await?;
        let (Some(open), Some((_, opened))) = (case.state.open(), &case.state.opened) else {
            return Ok(None);
        };
        let others = vehicle.state.lines_of(opened);
        let mut others =
            others.into_iter().filter(|other| other.line != line.line && open.lines().contains(&other.line));
        let held = others.all(|other| vehicle.state.line_held(other, now).is_some());
        Ok(Some(case).filter(|_| held))
    }

    /// A call about a line that needs none any more is taken off the list; what is planned is held back when it is due.
    async fn withdraw_call(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        line: &DeclinedLine,
        reason: &'static str,
    ) -> Result<(), LoopError> {
        let Some(case) = self.case_without(vehicle, line, turn.now).await? else { return Ok(()) };
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

    /// A reason heard after the case was opened.
    async fn answer_reason(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        line: &DeclinedLine,
        reason: &str,
    ) -> Result<(), LoopError> {
        let Some(case) = vehicle.state.case_of_line(&line.ro, &line.line) else { return Ok(()) };
        let case = self.load::<CaseState>(streams::case(case)?).await?;
        let Some(open) = case.state.open() else { return Ok(()) };
        let why = DeclineReason::of_code(reason);
        let gone = self.leaves_nothing(reason)
            || self.plan_of(open)?.reasons().answer(why) == ReasonAnswer::DoneElsewhere;
        let step = if gone {
            Step::ItemDoneElsewhere { line: line.line.clone() }
        } else {
            Step::DeclinedFor { reason: why }
        };
        self.step_case(turn, &case, vehicle, &step, words_of(why)).await
    }

    /// Whether a reason leaves nothing to recover on its line.
    fn leaves_nothing(&self, reason: &str) -> bool {
        self.policies.decline_reasons.find(reason).is_some_and(|known| known.gone)
    }

    /// Whether a decline learned of at `now` still opens a case: something is left to recover, the plan has touches left to
    /// its days, the owner is the one who declined, and the work was not done since. An import of old orders opens none for
    /// old declines.
    async fn worth_a_case(
        &self,
        vehicle: &Loaded<VehicleState>,
        plan: &Plan,
        line: &DeclinedLine,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, LoopError> {
        let declined_at = line.declined_at;
        let days_left = Case::open_since(plan, declined_at, now, Vec::new()).is_some();
        let gone = self.leaves_nothing(reason)
            || plan.reasons().answer(DeclineReason::of_code(reason)) == ReasonAnswer::DoneElsewhere;
        let same_owner = vehicle
            .state
            .record
            .as_ref()
            .is_some_and(|record| vehicle.state.span_at(declined_at) == record.span);
        let done = line.service.as_ref().is_some_and(|service| serviced_since(vehicle, service, declined_at));
        Ok(days_left && same_owner && !done && !gone && !self.done_already(vehicle, line).await?)
    }

    /// Whether a line stands on a closed order: the very line, or the same operation on an order closed since.
    async fn done_already(
        &self,
        vehicle: &Loaded<VehicleState>,
        line: &DeclinedLine,
    ) -> Result<bool, LoopError> {
        for ro in &vehicle.state.orders {
            let order = self.load::<RepairOrderState>(streams::ro(ro)?).await?;
            let Some(closed) = order.state.closed.as_ref().filter(|closed| !closed.voided) else { continue };
            let done = closed.lines.iter().any(|done| {
                let itself = *ro == line.ro && done.line == line.line;
                let same = line.op_code.is_some() && done.op_code == line.op_code;
                itself || (*ro != line.ro && closed.occurred_at >= line.declined_at && same)
            });
            if done {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the same work was declined on a later order that is told of already, and is spoken of there.
    async fn declined_since(
        &self,
        vehicle: &Loaded<VehicleState>,
        line: &DeclinedLine,
    ) -> Result<bool, LoopError> {
        let later = vehicle.state.declined.iter().filter(|(_, known, _)| {
            known.ro != line.ro && known.declined_at >= line.declined_at && is_same_work(known, line)
        });
        for (_, known, case) in later {
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            if case.state.open().is_some_and(|open| open.lines().contains(&known.line)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The plan on which a decline is followed up.
    pub(super) fn declined_plan(&self) -> Option<&Plan> {
        let program = ProgramId::new(DECLINED_RECOVERY).ok()?;
        self.policies.plans.for_program(&program)
    }

    /// Opens the case of a declined line, and does what its reason asks for.
    #[allow(clippy::too_many_arguments, reason = "a case is opened with all of these")]
    async fn open_declined_case(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        plan: &Plan,
        target: Option<Target>,
        case: CaseId,
        line: DeclinedLine,
        reason: &str,
    ) -> Result<(), LoopError> {
        let Some((record, owner)) =
            vehicle.state.record.as_ref().and_then(|record| Some((record, record.owner.as_ref()?)))
        else {
            return Ok(());
        };
        let opening = Opening {
            services: line.service.clone().into_iter().collect(),
            declined: vec![line.clone()],
            target,
            ..Opening::new(case, line.declined_at)
        };
        if let Some(opened) = self.open_case(turn, plan, vehicle, record, owner, opening).await? {
            let why = DeclineReason::of_code(reason);
            let step = Step::DeclinedFor { reason: why };
            self.step_case(turn, &opened, vehicle, &step, words_of(why)).await?;
        }
        Ok(())
    }

    fn service_of(&self, code: Option<&fixedops_vocab::OpCode>) -> Option<ServiceId> {
        self.policies.op_codes.service(code?).cloned()
    }
}

fn of_vehicle(vehicle: &Loaded<VehicleState>) -> Option<&fixedops_vocab::VehicleId> {
    vehicle.state.record.as_ref().map(|record| &record.vehicle)
}

/// Whether two lines are the same operation; where one has no code, the same words.
fn is_same_work(one: &DeclinedLine, other: &DeclinedLine) -> bool {
    match (&one.op_code, &other.op_code) {
        (Some(one), Some(other)) => one == other,
        _ => one.name == other.name,
    }
}

/// Where a declined line is spoken of.
enum Place {
    /// In a case that it opens.
    Alone(CaseId),
    /// In the open case of its order.
    Beside(CaseId, Loaded<CaseState>),
}

impl Place {
    const fn id(&self) -> &CaseId {
        match self {
            Self::Alone(id) | Self::Beside(id, _) => id,
        }
    }
}

/// Whether a case is of a programme.
fn is_of(program: &'static str) -> impl Fn(&Loaded<CaseState>) -> bool {
    move |case| case.state.opened.as_ref().is_some_and(|(_, opened)| opened.program.as_str() == program)
}

/// Whether a case says nothing on purpose.
fn is_left_alone(case: &Loaded<CaseState>) -> bool {
    case.state.opened.as_ref().is_some_and(|(_, opened)| opened.is_control())
}

/// Why a case moves that hears a reason.
const fn words_of(reason: DeclineReason) -> &'static str {
    match reason {
        DeclineReason::DoneElsewhere => "done elsewhere",
        DeclineReason::DoesOwnService => "does this work himself",
        DeclineReason::Price => "too expensive",
        DeclineReason::Time => "no time",
        DeclineReason::Trust => "does not believe that it is needed",
        DeclineReason::Parts => "parts were not there",
        DeclineReason::SellingVehicle => "is about to sell the vehicle",
        DeclineReason::NoReasonGiven | DeclineReason::Other | DeclineReason::NotTold => "declined",
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
