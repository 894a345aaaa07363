//! A vehicle is looked at: what does its odometer say, what came due?

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{JournalErrorKind, StreamId};
use fixedops_odometer_core::{
    AskWhen, Assessment, Baseline, Leg, Posterior, VisitPolicy, ask, assess_crossing, bundle,
};
use fixedops_recovery::Plan;
use fixedops_vocab::{Basis, CaseId, CrossingId, CustomerId, Mileage, ProgramId, ServiceId};

use super::Engine;
use super::case::Opening;
use super::turn::Turn;
use super::withdraw::Standing;
use crate::error::LoopErrorKind;
use crate::fold::Loaded;
use crate::state::{CaseState, CrossingState, VehicleState};
use crate::{
    CrossingOutcome, CrossingResolved, Happened, LoopError, ThresholdCrossed, VehicleAssessed,
    VehicleRecorded, streams,
};

/// A vehicle that is about to come due is not looked at more often than this.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);
/// The programme that speaks of miles.
pub(super) const MILEAGE_DUE: &str = "mileage_due";

impl Engine {
    /// What the odometer of a vehicle says, from everything known at `at`.
    pub(super) fn posterior(&self, vehicle: &VehicleState, at: DateTime<Utc>) -> Posterior {
        let tracks: Vec<_> = vehicle.tracks().copied().collect();
        Posterior::fit(&vehicle.readings, &tracks, at, &self.policies.model)
    }

    pub(super) async fn assess_vehicle(
        &self,
        stream: &StreamId,
        now: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        let vehicle = self.load::<VehicleState>(stream.clone()).await?;
        let mut turn = self.turn_at(now);
        let posterior = self.posterior(&vehicle.state, now);
        let mut notes = Vec::new();
        self.withdraw_done(&mut turn, &vehicle, &mut notes).await?;
        self.mileage_told(&mut turn, &vehicle).await?;
        self.project_again(&mut turn, &vehicle).await?;

        let mut next = None;
        match vehicle.state.record.as_ref() {
            None => notes.push("never recorded".to_owned()),
            Some(record) if !record.unit.may_trigger() => notes.push("not a retail unit".to_owned()),
            Some(record) => match &record.owner {
                Some(_) if vehicle.state.silenced().is_some() => {
                    notes.extend(vehicle.state.silenced().map(str::to_owned));
                }
                None => notes.push("has no owner".to_owned()),
                Some(owner) => {
                    next = self
                        .look_for_crossings(&mut turn, &vehicle, record, owner, &posterior, &mut notes)
                        .await?;
                }
            },
        }
        let wanted_again = self.end_deferrals(&mut turn, &vehicle, &mut notes).await?;
        next = next.into_iter().chain(wanted_again).min();
        let assessed = VehicleAssessed {
            mileage: posterior.mileage_at(now),
            readings_used: posterior.readings_used(),
            readings_set_aside: posterior.readings_set_aside(),
            note: notes.join("; "),
            model: self.policies.model.version().clone(),
            wake_at: next.into(),
        };
        turn.push(&vehicle, Happened::VehicleAssessed(assessed))?;
        turn.commit().await?;
        Ok(())
    }

    /// Journals what came due and opens a case for it, takes back what turned out not to be due; returns when to look
    /// again.
    async fn look_for_crossings(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        record: &VehicleRecorded,
        owner: &CustomerId,
        posterior: &Posterior,
        notes: &mut Vec<String>,
    ) -> Result<Option<DateTime<Utc>>, LoopError> {
        let program = ProgramId::new(MILEAGE_DUE).map_err(LoopError::unwritable)?;
        let Some(chosen) = self.policies.plans.for_program(&program) else {
            notes.push("no plan for mileage due".to_owned());
            return Ok(None);
        };
        let (plan, place) = self.plan_in_trial(turn, owner, chosen).await?;
        place.map(|place| self.journal_place(turn, place)).transpose()?;
        if plan.effective() > turn.now.date_naive() {
            notes.push(format!("plan {} is not in force before {}", plan.version(), plan.effective()));
            return Ok(plan.effective().and_hms_opt(0, 0, 0).map(|midnight| midnight.and_utc()));
        }
        let mileage = posterior.mileage_at(turn.now);
        let mut next: Option<DateTime<Utc>> = None;
        let mut look_at = |at: DateTime<Utc>, now: DateTime<Utc>| {
            // Never now: a wake-up that moves nothing must still move the clock.
            let at = at.max(now + LOOK_AGAIN);
            next = Some(next.map_or(at, |known| known.min(at)));
        };
        let mut wanted = None;
        let mut fresh: Vec<Fresh> = Vec::new();
        let mut standing: Vec<Standing> = Vec::new();
        for rule in self.policies.schedule.rules() {
            let Some(baseline) = vehicle.state.baseline(&rule.service, &self.policies.due) else {
                continue;
            };
            let (cycle, known) = vehicle.state.cycle_of(record.span, &rule.service, &baseline);
            // Asked first: a service that came due stays crossed at every look until it is done.
            if known.is_some_and(|known| !known.may_change()) {
                continue;
            }
            // What was crossed is judged by the plan that it was crossed on, whichever its household gets by now.
            let by = known.filter(|known| !known.is_taken_back()).and_then(|known| self.crossed_on(known));
            let by_calendar = by.unwrap_or(plan).calendar().map(|terms| rule.by_calendar(terms.annual_miles));
            let rule = by_calendar.as_ref().unwrap_or(rule);
            let assessment = assess_crossing(rule, &baseline, posterior, &mileage, turn.now, plan.level());
            if let (false, Some(at)) = (assessment.crossed, assessment.next_look) {
                look_at(at, turn.now);
            }
            if known.is_none() && !assessment.crossed {
                match self.worth_asking(&assessment, posterior, turn.now) {
                    Some(AskWhen::Now) => wanted = wanted.or_else(|| Some(assessment.service.clone())),
                    Some(AskWhen::From(then)) => look_at(then, turn.now),
                    None => {}
                }
            }
            match known {
                None if assessment.crossed => {
                    let id =
                        CrossingId::compose(&self.seller, &record.vehicle, record.span, &rule.service, cycle);
                    let crossing = id.map_err(LoopError::unwritable)?;
                    fresh.push(Fresh { crossing, cycle, assessment, baseline, again: false });
                }
                None => {}
                Some(known) if known.is_taken_back() && assessment.crossed => {
                    let crossing = known.crossed.crossing.clone();
                    fresh.push(Fresh { crossing, cycle, assessment, baseline, again: true });
                }
                Some(known) if known.is_taken_back() => {}
                Some(known) => standing.push(Standing { known, assessment, baseline }),
            }
        }
        let taken = self.withdraw_not_due(turn, vehicle, record, standing, notes).await?;
        if taken.in_flight {
            look_at(turn.now, turn.now);
        }
        fresh.extend(taken.orphans);
        if !fresh.is_empty() {
            self.journal_crossings(turn, vehicle, record, owner, posterior, plan, fresh).await?;
        } else if let Some(service) = wanted
            && self.open_mileage_case(turn, vehicle).await?.is_none()
        {
            self.ask_for_mileage(turn, vehicle, record, &service).await?;
        }
        Ok(next)
    }

    /// The plan that a crossing was crossed on.
    fn crossed_on(&self, known: &CrossingState) -> Option<&Plan> {
        known.crossed.policies.iter().find_map(|version| self.policies.plans.plan(version))
    }

    /// When one reading would settle whether a service is due, where the driver's habit is known: of a car that was read once
    /// nobody asks, its next visit tells.
    fn worth_asking(
        &self,
        assessment: &Assessment,
        posterior: &Posterior,
        now: DateTime<Utc>,
    ) -> Option<AskWhen> {
        let learned = posterior.habit_learned();
        learned.then(|| ask(assessment, posterior, now, self.policies.due.ask()))?.map(|wanted| wanted.when)
    }

    #[allow(clippy::too_many_arguments, reason = "one fact from each of the streams read")]
    async fn journal_crossings(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        record: &VehicleRecorded,
        owner: &CustomerId,
        posterior: &Posterior,
        plan: &Plan,
        mut fresh: Vec<Fresh>,
    ) -> Result<(), LoopError> {
        let mut into = self.open_mileage_case(turn, vehicle).await?;
        let mileage = posterior.mileage_at(turn.now);
        let services = one_visit(&mut fresh, &mileage, turn.now, self.policies.due.visit());
        for Fresh { crossing, cycle, assessment, baseline, again } in fresh {
            let by_miles = assessment.leg == Some(Leg::Distance);
            let mut crossed = ThresholdCrossed {
                crossing: crossing.clone(),
                vehicle: record.vehicle.clone(),
                span: record.span,
                service: assessment.service.clone(),
                cycle,
                leg: if by_miles { Leg::Distance } else { Leg::Time },
                basis: by_miles.then_some(mileage.basis()).filter(|basis| *basis != Basis::Unknown),
                p: assessment.p_due.filter(|_| by_miles).map(|p| (p * 10_000.0).round() / 10_000.0),
                mileage: by_miles.then_some(mileage),
                due_miles: assessment.due_miles.filter(|_| by_miles),
                due_on: assessment.due_by.map(|due| due.date_naive()),
                counted_from: baseline.done_at,
                counted_from_miles: baseline.miles.filter(|_| by_miles),
                reason: assessment.reason,
                policies: vec![
                    self.policies.schedule.version().clone(),
                    self.policies.model.version().clone(),
                    plan.version().clone(),
                    self.policies.due.version().clone(),
                ],
                case: None,
            };
            if let Some(other) = &into {
                let outcome = CrossingOutcome::Bundled { into: other.clone() };
                journal(turn, vehicle, crossed, again, outcome)?;
                continue;
            }
            let case = new_case(plan, &crossing, vehicle)?;
            crossed.case = Some(case.clone());
            let opening = Opening {
                crossing: Some(crossing.clone()),
                services: services.clone(),
                ..Opening::new(case, turn.now)
            };
            if again {
                let until = self.opens(turn, plan, vehicle, record, owner, opening).await?;
                journal(turn, vehicle, crossed, again, CrossingOutcome::Waiting { until })?;
            } else {
                turn.push(vehicle, Happened::ThresholdCrossed(crossed))?;
                let until = self.opens(turn, plan, vehicle, record, owner, opening).await?;
                let outcome = CrossingOutcome::Waiting { until };
                let resolved = CrossingResolved::new(crossing.clone(), outcome);
                turn.push(vehicle, Happened::CrossingResolved(resolved))?;
            }
            into = Some(crossing);
        }
        Ok(())
    }

    /// Opens the case of a crossing; its first alarm.
    async fn opens(
        &self,
        turn: &mut Turn<'_>,
        plan: &Plan,
        vehicle: &Loaded<VehicleState>,
        record: &VehicleRecorded,
        owner: &CustomerId,
        opening: Opening,
    ) -> Result<Option<DateTime<Utc>>, LoopError> {
        let id = opening.case.clone();
        let opened = self.open_case(turn, plan, vehicle, record, owner, opening).await?.ok_or_else(|| {
            // A crossing speaks at once, so its case stands already: another worker saw the crossing first.
            let kind = LoopErrorKind::Journal(JournalErrorKind::Conflict);
            LoopError::new(kind, format!("case {id} is there already"))
        })?;
        Ok(opened.state.open().and_then(fixedops_recovery::Case::wake_at))
    }

    /// The crossing of the mileage case that is open on a vehicle, if one is.
    async fn open_mileage_case(
        &self,
        turn: &Turn<'_>,
        vehicle: &Loaded<VehicleState>,
    ) -> Result<Option<CrossingId>, LoopError> {
        for case in vehicle.state.cases.iter().rev() {
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            if case.state.open().is_some()
                && !turn.ends(&case.stream)
                && let Some(crossing) =
                    case.state.opened.as_ref().and_then(|(_, opened)| opened.crossing.clone())
            {
                return Ok(Some(crossing));
            }
        }
        Ok(None)
    }
}

/// What came due at this look.
pub(super) struct Fresh {
    pub(super) crossing: CrossingId,
    /// Which interval, from 1.
    pub(super) cycle: u32,
    pub(super) assessment: Assessment,
    pub(super) baseline: Baseline,
    /// It was crossed before and taken back unsent.
    pub(super) again: bool,
}

/// Puts what came due into the order of one visit: the leading service opens the case. Returns the services in order.
fn one_visit(
    fresh: &mut [Fresh],
    mileage: &Mileage,
    now: DateTime<Utc>,
    policy: &VisitPolicy,
) -> Vec<ServiceId> {
    let assessments: Vec<Assessment> = fresh.iter().map(|fresh| fresh.assessment.clone()).collect();
    let services: Vec<ServiceId> =
        bundle(&assessments, mileage, now, policy).into_iter().flat_map(|visit| visit.services).collect();
    fresh.sort_by_key(|fresh| services.iter().position(|service| *service == fresh.assessment.service));
    services
}

/// A crossing and its first outcome, or one that was taken back and where it stands now.
fn journal(
    turn: &mut Turn<'_>,
    vehicle: &Loaded<VehicleState>,
    crossed: ThresholdCrossed,
    again: bool,
    outcome: CrossingOutcome,
) -> Result<(), LoopError> {
    let resolved = CrossingResolved::new(crossed.crossing.clone(), outcome);
    if again {
        let resolved = CrossingResolved { again: Some(Box::new(crossed)), ..resolved };
        return turn.push(vehicle, Happened::CrossingResolved(resolved));
    }
    turn.push(vehicle, Happened::ThresholdCrossed(crossed))?;
    turn.push(vehicle, Happened::CrossingResolved(resolved))
}

/// The case that speaks of a crossing. One that was taken back and comes again gets another: the old one is over.
fn new_case(plan: &Plan, crossing: &CrossingId, vehicle: &Loaded<VehicleState>) -> Result<CaseId, LoopError> {
    let first = CaseId::compose(plan.program(), crossing.as_str()).map_err(LoopError::unwritable)?;
    let again = format!("{first}/again/");
    let before = vehicle
        .state
        .cases
        .iter()
        .filter(|case| **case == first || case.as_str().starts_with(&again))
        .count();
    if before == 0 {
        return Ok(first);
    }
    let cause = format!("{crossing}/again/{before}");
    CaseId::compose(plan.program(), &cause).map_err(LoopError::unwritable)
}
