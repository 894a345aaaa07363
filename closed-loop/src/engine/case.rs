//! Cases: opened, stepped, closed, and what that means for their crossing.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::StreamId;
use fixedops_recovery::{Case, Closure, Command, Event as Step, Fact, Phase, Plan, Relevance, Target};
use fixedops_vocab::{CaseId, Channel, CrossingId, CustomerId, ServiceId, TouchId};

use super::Engine;
use super::place::may_be_withheld;
use super::touch::Planned;
use super::turn::Turn;
use crate::error::LoopErrorKind;
use crate::fold::Loaded;
use crate::state::{CaseState, PersonState, VehicleState};
use crate::{
    Alarm, CallTaskWithdrawn, CaseClosed, CaseOpened, CrossingOutcome, CrossingResolved, DeclinedLine,
    Happened, LoopError, StepTaken, TouchPlanned, VehicleRecorded, streams,
};

/// The touch could not be asked about: nobody can say whether it went out.
pub(super) const OUTCOME_UNKNOWN: &str = "outcome_unknown";

/// The lines of a case are spoken of in the case of a later order.
pub(super) const LINES_MOVED: &str = "declined again on a later order";

/// What a case is opened for.
pub(super) struct Opening {
    pub(super) case: CaseId,
    pub(super) crossing: Option<CrossingId>,
    pub(super) services: Vec<ServiceId>,
    pub(super) declined: Vec<DeclinedLine>,
    /// Since when the plan's days count: the decline; for a crossing, now.
    pub(super) since: DateTime<Utc>,
    /// What its touches are timed by besides.
    pub(super) target: Option<Target>,
    /// Words that no other record has.
    pub(super) words: BTreeMap<String, String>,
}

impl Opening {
    /// About nothing yet.
    pub(super) const fn new(case: CaseId, since: DateTime<Utc>) -> Self {
        Self {
            case,
            crossing: None,
            services: Vec::new(),
            declined: Vec::new(),
            since,
            target: None,
            words: BTreeMap::new(),
        }
    }
}

impl Engine {
    /// The plan a case runs on.
    pub(super) fn plan_of(&self, case: &Case) -> Result<&Plan, LoopError> {
        self.policies.plans.plan(case.plan()).ok_or_else(|| {
            LoopError::new(LoopErrorKind::Refused, format!("plan {} is not among the policies", case.plan()))
        })
    }

    /// Opens a case and journals its touches; the case as it stands then. `None` where the plan has nothing left to say.
    pub(super) async fn open_case(
        &self,
        turn: &mut Turn<'_>,
        plan: &Plan,
        vehicle: &Loaded<VehicleState>,
        record: &VehicleRecorded,
        owner: &CustomerId,
        opening: Opening,
    ) -> Result<Option<Loaded<CaseState>>, LoopError> {
        let Opening { case: id, crossing, services, declined, since, target, words } = opening;
        let lines = declined.iter().map(|line| line.line.clone()).collect();
        let begun = fixedops_recovery::Opening { since, now: turn.now, target, lines };
        let Some(begun) = Case::begin_late(plan, begun) else { return Ok(None) };
        let case = self.load::<CaseState>(streams::case(&id)?).await?;
        if case.version > 0 {
            // (case, touch) is a key for ever: no second case begins in a stream.
            return Ok(None);
        }
        let person = self.load::<PersonState>(streams::person(owner)?).await?;
        turn.guard(vehicle);
        let placement = self.placement(turn, owner, plan).await?;
        let opened = CaseOpened {
            case: id.clone(),
            program: plan.program().clone(),
            plan: plan.version().clone(),
            vehicle: record.vehicle.clone(),
            span: record.span,
            person: owner.clone(),
            crossing,
            services,
            declined,
            words,
            placement,
            wake_at: begun.case.wake_at().into(),
            state: begun.case,
        };
        turn.push(&case, Happened::CaseOpened(opened.clone()))?;
        for (touch, due_at) in opened.state.ahead(plan) {
            let planned =
                Planned { touch: touch.id.clone(), channel: touch.channel, purpose: touch.purpose() };
            let contact = person.state.contact_for(touch.channel);
            let about = self.about(&opened, plan, &planned, contact);
            turn.push(&case, Happened::TouchPlanned(TouchPlanned { about, due_at }))?;
        }
        let state = CaseState::opened(turn.now, opened);
        Ok(Some(Loaded { state: Arc::new(state), ..case }))
    }

    /// Steps every open case of a vehicle that `which` picks.
    pub(super) async fn step_cases(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        step: &Step,
        reason: &str,
        which: impl Fn(&CaseState) -> bool,
    ) -> Result<(), LoopError> {
        for case in &vehicle.state.cases {
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            if which(&case.state) {
                self.step_case(turn, &case, vehicle, step, reason).await?;
            }
        }
        Ok(())
    }

    /// Steps one case by its own stream.
    pub(super) async fn step_one(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        step: &Step,
        reason: &str,
    ) -> Result<(), LoopError> {
        let Some((_, opened)) = &case.state.opened else {
            return Ok(());
        };
        let vehicle = self.load::<VehicleState>(streams::vehicle(&opened.vehicle)?).await?;
        self.step_case(turn, case, &vehicle, step, reason).await
    }

    /// Steps a case by something other than its alarm. A step that changes nothing leaves no trace.
    pub(super) async fn step_case(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        step: &Step,
        reason: &str,
    ) -> Result<(), LoopError> {
        turn.guard(case);
        // What this batch did to it before counts: two lines of a case may be done on one order.
        let Some(open) = turn.open(case).cloned() else {
            return Ok(());
        };
        let transition = open.clone().step(self.plan_of(&open)?, step, turn.now);
        if transition.case == open && transition.commands.is_empty() {
            return Ok(());
        }
        self.journal_step(turn, case, vehicle, step, None, &transition.case)?;
        for command in &transition.commands {
            self.carry_out(turn, case, vehicle, command, reason).await?;
        }
        self.keep_crossing(turn, case, vehicle, step, &transition.case, reason)
    }

    #[allow(clippy::too_many_arguments, reason = "a step is all of these")]
    pub(super) fn journal_step(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        step: &Step,
        touch: Option<TouchId>,
        state: &Case,
    ) -> Result<(), LoopError> {
        turn.guard(vehicle);
        turn.leaves(&case.stream, state.clone());
        let wake_at = Alarm::from(state.wake_at());
        let taken = StepTaken { event: step.clone(), touch, state: state.clone(), wake_at };
        turn.push(case, Happened::StepTaken(taken))
    }

    /// What a case commands, other than to send.
    pub(super) async fn carry_out(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        command: &Command,
        reason: &str,
    ) -> Result<(), LoopError> {
        let Some((_, opened)) = &case.state.opened else {
            return Ok(());
        };
        turn.guard(vehicle);
        let id = opened.case.clone();
        match command {
            Command::Close { closure } => {
                let closed = CaseClosed { case: id, closure: *closure, reason: reason.to_owned() };
                turn.push(case, Happened::CaseClosed(closed))?;
                // A follow-up that goes on in another case is not over for the customer.
                // Nor is there one to tell of where nothing was said on purpose.
                if reason == LINES_MOVED || opened.is_control() {
                    return Ok(());
                }
                self.queue_disposition(turn, opened, *closure).await
            }
            Command::WithdrawCall { touch } => turn.push(
                case,
                Happened::CallTaskWithdrawn(CallTaskWithdrawn { case: id, touch: touch.clone() }),
            ),
            // Only an alarm makes a case send or call, and wake_case handles it.
            Command::Send { touch, .. }
            | Command::SendSafety { touch, .. }
            | Command::CallTask { touch, .. } => Err(LoopError::new(
                LoopErrorKind::Corrupt,
                format!("case {id} sends {touch} without having been woken"),
            )),
        }
    }

    /// Keeps the crossing of a case in the one outcome it is in. Sent is final.
    pub(super) fn keep_crossing(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        vehicle: &Loaded<VehicleState>,
        step: &Step,
        state: &Case,
        reason: &str,
    ) -> Result<(), LoopError> {
        // What stood in the way is the last trouble of the case, this step included.
        let trouble = match step {
            Step::Failed { .. } => Some(format!("failed:{reason}")),
            Step::Suppressed { .. } => Some(reason.to_owned()),
            _ => case.state.trouble.clone(),
        };
        let Some(crossing) = case.state.opened.as_ref().and_then(|(_, opened)| opened.crossing.as_ref())
        else {
            return Ok(());
        };
        let Some(known) = vehicle.state.crossings.get(crossing) else {
            return Ok(());
        };
        let outcome = match (step, &known.outcome, state.closure()) {
            (_, CrossingOutcome::Sent, _) => return Ok(()),
            (Step::Sent { .. }, _, _) => CrossingOutcome::Sent,
            (Step::OutcomeUnknown { .. }, _, _) => {
                CrossingOutcome::Failed { reason: OUTCOME_UNKNOWN.to_owned() }
            }
            (_, CrossingOutcome::Failed { reason }, _) if reason == OUTCOME_UNKNOWN => return Ok(()),
            (Step::Withheld { .. }, _, _) => CrossingOutcome::Control,
            (_, CrossingOutcome::Control, _) => return Ok(()),
            (Step::Withdrawn, _, Some(_)) => CrossingOutcome::Withdrawn { reason: reason.to_owned() },
            (_, _, Some(closure)) => never_sent(closure, trouble.as_deref()),
            (_, _, None) => match state.wake_at() {
                Some(until) => CrossingOutcome::Waiting { until: Some(until) },
                None => return Ok(()),
            },
        };
        if outcome == known.outcome {
            return Ok(());
        }
        turn.push(vehicle, Happened::CrossingResolved(CrossingResolved::new(crossing.clone(), outcome)))
    }

    /// The alarm of a case went off.
    pub(super) async fn wake_case(&self, stream: &StreamId, now: DateTime<Utc>) -> Result<(), LoopError> {
        let case = self.load::<CaseState>(stream.clone()).await?;
        let Some((_, opened)) = case.state.opened.as_ref() else {
            return Err(LoopError::new(
                LoopErrorKind::Corrupt,
                format!("stream {stream} has an alarm and no case"),
            ));
        };
        let vehicle = self.load::<VehicleState>(streams::vehicle(&opened.vehicle)?).await?;
        let mut turn = self.turn_at(now);
        let Some(open) = case.state.open() else {
            return Err(LoopError::new(
                LoopErrorKind::Corrupt,
                format!("closed case {} has an alarm", opened.case),
            ));
        };
        let plan = self.plan_of(open)?;
        if let Some(successor) =
            self.policies.plans.successor(plan.version()).filter(|_| open.wake_at() <= Some(now))
            && let Some(moved) = open.migrate(plan, successor, now)
        {
            // Its plan is retired. Under the new one it may be due as well, and is woken again then.
            let by = successor.version().clone();
            self.journal_step(&mut turn, &case, &vehicle, &Step::PlanReplaced { by }, None, &moved)?;
            turn.commit().await?;
            return Ok(());
        }
        let transition = open.clone().step(plan, &Step::Wake, now);
        let sends = transition.commands.iter().find_map(|command| match command {
            Command::Send { touch, channel, purpose, template, .. } => Some((
                Planned { touch: touch.clone(), channel: *channel, purpose: *purpose },
                template.clone(),
            )),
            Command::CallTask { touch, purpose, template, .. } => Some((
                Planned { touch: touch.clone(), channel: Channel::LiveCall, purpose: *purpose },
                template.clone(),
            )),
            Command::SendSafety { touch, channel, template, .. } => Some((
                Planned { touch: touch.clone(), channel: *channel, purpose: fixedops_vocab::Purpose::Recall },
                template.clone(),
            )),
            _ => None,
        });
        let touch = sends.as_ref().map(|(planned, _)| planned.touch.clone());
        self.journal_step(&mut turn, &case, &vehicle, &Step::Wake, touch, &transition.case)?;
        let Some((planned, template)) = sends else {
            for command in &transition.commands {
                self.carry_out(&mut turn, &case, &vehicle, command, "plan is over").await?;
            }
            self.keep_crossing(&mut turn, &case, &vehicle, &Step::Wake, &transition.case, "plan is over")?;
            turn.commit().await?;
            return Ok(());
        };
        if let Some((fact, until)) = self.irrelevant(plan, opened, open, &vehicle.state, now) {
            return self.hold_back(turn, &case, &vehicle, &transition.case, &planned, fact, until).await;
        }
        if opened.is_control() && may_be_withheld(transition.commands.first(), &planned) {
            return self.withhold(turn, &case, &vehicle, &transition.case, &planned).await;
        }
        if let Some(task @ Command::CallTask { .. }) = transition.commands.first() {
            return self
                .try_to_call(turn, &case, &vehicle, &transition.case, &planned, (&template, task))
                .await;
        }
        self.try_to_send(turn, &case, &vehicle, &transition.case, &planned, &template).await
    }

    /// Whether facts about the vehicle, or what the customer said since, hold a touch back: the fact, and until when, or
    /// for good.
    pub(super) fn irrelevant(
        &self,
        plan: &Plan,
        opened: &CaseOpened,
        case: &Case,
        vehicle: &VehicleState,
        now: DateTime<Utc>,
    ) -> Option<(&'static str, Option<DateTime<Utc>>)> {
        let (open, opened_at) = (case.lines(), case.opened_at());
        if let Some(held) = vehicle.held_by_answer(opened, open, now) {
            return Some(held);
        }
        let over = opened.words.get("offer_ends").and_then(|last| last.parse::<chrono::NaiveDate>().ok());
        if over.is_some_and(|last| last < now.date_naive()) {
            return Some(("offer_over", None));
        }
        let mut facts = Vec::new();
        if vehicle.booked(now).is_some() {
            facts.push((Fact::Booked, "booked"));
        }
        if vehicle.last_transaction().is_some_and(|at| at >= opened_at) {
            facts.push((Fact::RecentlyServiced, "recently_serviced"));
        }
        if !vehicle.open_orders.is_empty() {
            facts.push((Fact::RoOpen, "ro_open"));
        }
        let table = plan.relevance();
        let worst = facts.into_iter().max_by_key(|(fact, _)| table.of(*fact))?;
        match table.of(worst.0) {
            Relevance::Go => None,
            Relevance::Wait => {
                Some((worst.1, Some(now + TimeDelta::days(i64::from(table.wait_days.max(1))))))
            }
            Relevance::Skip => Some((worst.1, None)),
        }
    }
}

/// What a crossing that never led to a touch ends in.
fn never_sent(closure: Closure, trouble: Option<&str>) -> CrossingOutcome {
    match closure {
        Closure::Win => CrossingOutcome::Withdrawn { reason: "serviced".to_owned() },
        Closure::OptedOut => CrossingOutcome::Suppressed { reason: "opted_out".to_owned() },
        Closure::HandedToHuman => CrossingOutcome::Suppressed { reason: "handed_to_human".to_owned() },
        Closure::Sold
        | Closure::OwnerChanged
        | Closure::Deceased
        | Closure::DoneElsewhere
        | Closure::Withdrawn => CrossingOutcome::Withdrawn { reason: closure.as_str().to_owned() },
        Closure::Suppressed
        | Closure::Lapsed
        | Closure::NeverAnswered
        | Closure::Answered
        | Closure::Kept
        | Closure::Missed => match trouble.and_then(|t| t.strip_prefix("failed:")) {
            Some(failed) => CrossingOutcome::Failed { reason: failed.to_owned() },
            None => CrossingOutcome::Suppressed { reason: trouble.unwrap_or(closure.as_str()).to_owned() },
        },
    }
}

/// Whether a case waits for its next touch: the touch, and when.
pub(super) fn next_touch(case: &Case, plan: &Plan) -> Option<(TouchId, DateTime<Utc>)> {
    match case.phase() {
        Phase::Waiting { next, wake_at, .. } => {
            plan.touch_in_round(usize::from(next), case.round()).map(|touch| (touch, wake_at))
        }
        _ => None,
    }
}
