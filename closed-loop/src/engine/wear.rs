//! When what an inspection measured will be at its minimum: what times a plan that is timed by wear.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_mpi_score::{Pace, Projection, Renewed, Sighting, WearAt, earliest, project};
use fixedops_odometer_core::Posterior;
use fixedops_recovery::{Event as Step, Target};
use fixedops_vocab::OpCode;

use super::Engine;
use super::turn::Turn;
use crate::fold::Loaded;
use crate::state::{CaseState, RepairOrderState, VehicleState};
use crate::{DeclinedLine, InspectedFinding, LoopError, streams};

/// The pace is read off the odometer over so many days to come.
const AHEAD_DAYS: i32 = 180;

impl Engine {
    /// When the part of a declined line is at its minimum, from everything measured of it and everything known of the
    /// odometer at `now`: of several lines the one that is there first. `None` where nothing was measured, or nothing is known of how the car is driven.
    pub(super) async fn wear_of(
        &self,
        vehicle: &VehicleState,
        lines: &[DeclinedLine],
        now: DateTime<Utc>,
    ) -> Result<Option<(Projection, DeclinedLine)>, LoopError> {
        let posterior = self.posterior(vehicle, now);
        let Some(pace) = pace(&posterior, now) else { return Ok(None) };
        let mut orders = Vec::new();
        for ro in vehicle.visits.keys() {
            orders.push(self.load::<RepairOrderState>(streams::ro(ro)?).await?);
        }
        let mut first: Option<(Projection, DeclinedLine)> = None;
        for line in lines {
            let finding = vehicle.answers.get(&line.ro, &line.line).and_then(|answer| answer.finding.clone());
            let is_of = |found: &InspectedFinding, own: bool| {
                (own && finding.as_ref() == Some(&found.id))
                    || (line.op_code.is_some() && found.op_code == line.op_code)
            };
            let own = orders.iter().find(|order| {
                order.state.inspected.as_ref().is_some_and(|inspected| inspected.ro == line.ro)
            });
            let Some(found) = own
                .and_then(|order| order.state.inspected.as_ref())
                .and_then(|inspected| inspected.findings.iter().find(|found| is_of(found, true)))
            else {
                continue;
            };
            let renewed = renewed(&orders, line.op_code.as_ref(), line.declined_at, &posterior);
            let places = self.projections(&orders, found, renewed, &posterior, pace);
            if let Some(wear) = earliest(&places)
                && first.as_ref().is_none_or(|(known, _)| wear.likely < known.likely)
            {
                first = Some((wear, line.clone()));
            }
        }
        Ok(first)
    }

    /// When each measured place of a finding will be at its minimum; what no table knows has no projection.
    pub(super) fn projections(
        &self,
        orders: &[Loaded<RepairOrderState>],
        found: &InspectedFinding,
        renewed: Renewed,
        posterior: &Posterior,
        pace: Pace,
    ) -> Vec<Projection> {
        let mut places = Vec::new();
        for measured in &found.measurements {
            let mut seen = WearAt::of(&measured.name);
            seen.place.clone_from(&measured.place);
            seen.renewed = renewed;
            for inspected in orders.iter().filter_map(|order| order.state.inspected.as_ref()) {
                let of_part = inspected.findings.iter().flat_map(|found| &found.measurements);
                let of_place =
                    of_part.filter(|m| m.name == measured.name && m.place == measured.place).map(|m| {
                        Sighting {
                            value: m.value,
                            unit: m.unit,
                            odometer: miles_at(posterior, inspected.occurred_at),
                            at: inspected.occurred_at,
                        }
                    });
                seen.sightings.extend(of_place);
            }
            places.extend(project(&seen, pace, &self.policies.weights, &self.policies.wear).ok());
        }
        places
    }

    /// Tells open cases that are timed by wear what is known better now: a newer measurement, or how the car is driven.
    pub(super) async fn project_again(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
    ) -> Result<(), LoopError> {
        let least = TimeDelta::days(self.policies.doors.wear().moves_days.into());
        for case in &vehicle.state.cases {
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            let (Some(open), Some((_, opened))) = (turn.open(&case).cloned(), &case.state.opened) else {
                continue;
            };
            let plan = self.plan_of(&open)?;
            if !plan.has_target() || plan.program().as_str() != super::answer::DECLINED_RECOVERY {
                continue;
            }
            let lines: Vec<DeclinedLine> = vehicle.state.lines_of(opened).into_iter().cloned().collect();
            if let Some((wear, _)) = self.wear_of(&vehicle.state, &lines, turn.now).await?
                && (target(&wear).likely - open.target().likely).abs() >= least
            {
                let step = Step::Projected { target: target(&wear) };
                self.step_case(turn, &case, vehicle, &step, "the wear is known better").await?;
            }
        }
        Ok(())
    }
}

/// What a projection times.
pub(super) fn target(wear: &Projection) -> Target {
    Target::between(wear.early, wear.likely, wear.late)
}

/// Since when the part of an operation is in the car, where an order closed before `at` says so.
pub(super) fn renewed(
    orders: &[Loaded<RepairOrderState>],
    op_code: Option<&OpCode>,
    at: DateTime<Utc>,
    posterior: &Posterior,
) -> Renewed {
    let done = orders
        .iter()
        .filter_map(|order| order.state.closed.as_ref())
        .filter(|closed| !closed.voided && closed.occurred_at < at)
        .filter(|closed| {
            closed.lines.iter().any(|done| op_code.is_some() && done.op_code.as_ref() == op_code)
        })
        .max_by_key(|closed| closed.occurred_at);
    done.map_or_else(Renewed::default, |closed| Renewed {
        odometer: miles_at(posterior, closed.occurred_at).map(|miles| miles.p50()),
        at: Some(closed.occurred_at),
    })
}

fn miles_at(posterior: &Posterior, at: DateTime<Utc>) -> Option<fixedops_vocab::MilesRange> {
    posterior.mileage_at(at).range()
}

/// How the car is driven from now on, with its range: read off where the odometer will be.
pub(super) fn pace(posterior: &Posterior, now: DateTime<Utc>) -> Option<Pace> {
    let today = posterior.mileage_at(now).value()?.as_f64();
    let then = posterior.mileage_at(now + TimeDelta::days(AHEAD_DAYS.into())).range()?;
    let a_day = |miles: fixedops_vocab::Miles| ((miles.as_f64() - today) / f64::from(AHEAD_DAYS)).max(0.1);
    Some(Pace { p10: a_day(then.p10()), p50: a_day(then.p50()), p90: a_day(then.p90()) })
}
