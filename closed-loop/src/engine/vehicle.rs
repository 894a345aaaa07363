//! A vehicle is looked at: what does its odometer say, what came due?

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::StreamId;
use fixedops_odometer_core::{Assessment, Baseline, Leg, Posterior, assess_crossing};
use fixedops_recovery::{Event as Step, Plan};
use fixedops_vocab::{Basis, CaseId, CrossingId, CustomerId, ProgramId};

use super::Engine;
use super::case::Opening;
use super::turn::Turn;
use crate::fold::Loaded;
use crate::state::{CaseState, VehicleState};
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

        let mut next = None;
        match vehicle.state.record.as_ref() {
            None => notes.push("never recorded".to_owned()),
            Some(record) if !record.unit.may_trigger() => notes.push("not a retail unit".to_owned()),
            Some(record) => match &record.owner {
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

    /// Journals what came due and opens a case for it; returns when to look again.
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
        let Some(plan) = self.policies.plans.for_program(&program) else {
            notes.push("no plan for mileage due".to_owned());
            return Ok(None);
        };
        if plan.effective() > turn.now.date_naive() {
            notes.push(format!("plan {} is not in force before {}", plan.version(), plan.effective()));
            return Ok(plan.effective().and_hms_opt(0, 0, 0).map(|midnight| midnight.and_utc()));
        }
        let mileage = posterior.mileage_at(turn.now);
        let mut next: Option<DateTime<Utc>> = None;
        let mut fresh: Vec<(CrossingId, Assessment, Baseline)> = Vec::new();
        for rule in self.policies.schedule.rules() {
            let Some(baseline) = vehicle.state.baseline(&rule.service) else {
                continue;
            };
            let crossing = CrossingId::compose(
                &self.seller,
                &record.vehicle,
                record.span,
                &rule.service,
                baseline.cycle.saturating_add(1),
            )
            .map_err(LoopError::unwritable)?;
            // Asked first: a service that came due stays crossed at every look until it is done.
            if vehicle.state.crossings.contains_key(&crossing) {
                continue;
            }
            let assessment = assess_crossing(rule, &baseline, posterior, &mileage, turn.now, plan.level());
            if assessment.crossed {
                fresh.push((crossing, assessment, baseline));
            } else if let Some(at) = assessment.next_look {
                // Never now: a wake-up that moves nothing must still move the clock.
                let at = at.max(turn.now + LOOK_AGAIN);
                next = Some(next.map_or(at, |known| known.min(at)));
            }
        }
        if !fresh.is_empty() {
            self.journal_crossings(turn, vehicle, record, owner, posterior, plan, fresh).await?;
        }
        Ok(next)
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
        fresh: Vec<(CrossingId, Assessment, Baseline)>,
    ) -> Result<(), LoopError> {
        let mut into = self.open_mileage_case(turn, vehicle).await?;
        let services: Vec<_> = fresh.iter().map(|(_, assessment, _)| assessment.service.clone()).collect();
        for (crossing, assessment, baseline) in fresh {
            let by_miles = assessment.leg == Some(Leg::Distance);
            let mileage = posterior.mileage_at(turn.now);
            let mut crossed = ThresholdCrossed {
                crossing: crossing.clone(),
                vehicle: record.vehicle.clone(),
                span: record.span,
                service: assessment.service.clone(),
                cycle: assessment.cycle.saturating_add(1),
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
                ],
                case: None,
            };
            if let Some(other) = &into {
                turn.push(vehicle, Happened::ThresholdCrossed(crossed))?;
                let outcome = CrossingOutcome::Bundled { into: other.clone() };
                turn.push(vehicle, Happened::CrossingResolved(CrossingResolved { crossing, outcome }))?;
                continue;
            }
            let case = CaseId::compose(plan.program(), crossing.as_str()).map_err(LoopError::unwritable)?;
            crossed.case = Some(case.clone());
            turn.push(vehicle, Happened::ThresholdCrossed(crossed))?;
            let opening = Opening {
                case,
                crossing: Some(crossing.clone()),
                services: services.clone(),
                declined: Vec::new(),
                since: turn.now,
                speaks_at: None,
            };
            let until = self.open_case(turn, plan, vehicle, record, owner, opening).await?;
            let outcome = CrossingOutcome::Waiting { until };
            turn.push(
                vehicle,
                Happened::CrossingResolved(CrossingResolved { crossing: crossing.clone(), outcome }),
            )?;
            into = Some(crossing);
        }
        Ok(())
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

    /// Crossings whose service was done since: the case is won or withdrawn, the crossing no longer waits.
    async fn withdraw_done(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        notes: &mut Vec<String>,
    ) -> Result<(), LoopError> {
        for case in &vehicle.state.cases {
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            let Some((opened_at, opened)) =
                case.state.opened.as_ref().filter(|_| case.state.open().is_some())
            else {
                continue;
            };
            let done_since = |service: &fixedops_vocab::ServiceId| {
                vehicle
                    .state
                    .services
                    .get(service)
                    .is_some_and(|done| done.iter().any(|d| d.occurred_at >= *opened_at))
            };
            if opened.crossing.is_some() {
                // The main service is the one the case is about.
                if opened.services.first().is_some_and(done_since) {
                    notes.push(format!("{} was done", opened.services.first().map_or("", |s| s.as_str())));
                    self.step_case(turn, &case, vehicle, &Step::WorkDone, "serviced").await?;
                }
                continue;
            }
            for line in &opened.declined {
                let still_open = case.state.open().is_some_and(|open| open.lines().contains(&line.line));
                if still_open && line.service.as_ref().is_some_and(done_since) {
                    notes.push(format!("{} was done", line.name));
                    let step = Step::ItemDone { line: line.line.clone() };
                    self.step_case(turn, &case, vehicle, &step, "serviced").await?;
                    break;
                }
            }
        }
        Ok(())
    }
}
