//! What a customer is shown of an inspection, and an advisor beside him.

use chrono::{DateTime, Utc};
use fixedops_mpi_score::{Contributions, Points, Projection, counterfactuals};
use fixedops_vocab::{InspectionCode, InspectionId, PolicyVersion, RoId};
use serde::Serialize;

use super::wear::{pace, renewed};
use super::{Engine, Pickup};
use crate::fold::Loaded;
use crate::inspection::as_inspection;
use crate::state::{RepairOrderState, Said, VehicleState};
use crate::{InspectedFinding, LoopError, RankedFinding, streams};

/// An inspection as it is shown: what matters most above the fold, the rest under it, recalls apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Presentation {
    /// The order.
    pub ro: RoId,
    /// The inspection.
    pub inspection: InspectionId,
    /// When it was completed.
    pub completed_at: DateTime<Utc>,
    /// Whether the order may go to ready for pickup. A customer is shown an inspection when it may.
    pub pickup: Pickup,
    /// The weights that put the findings in this order.
    pub weights: PolicyVersion,
    /// The first two or three, or more where more are at a safety limit.
    pub above_fold: Vec<Presented>,
    /// Additional recommendations, in their order.
    pub additional: Vec<Presented>,
    /// Safety recalls: free remedies, listed apart. There is no room for a price.
    pub recalls: Vec<PresentedRecall>,
    /// What is in order, in the order of the form.
    pub in_order: Vec<String>,
    /// For the advisor: what could not be scored, or is doubted, where and why.
    pub set_aside: Vec<String>,
}

/// One recommendation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Presented {
    /// What was found, measured, and what it would cost.
    #[serde(flatten)]
    pub found: InspectedFinding,
    /// Its place, from 1.
    pub rank: usize,
    /// Between 0 and 1.
    pub score: Points,
    /// What safety, history and customer add to it.
    pub contributions: Contributions,
    /// Whether a safety limit put it above the fold.
    pub floored: bool,
    /// Why it stands here, in sentences.
    pub reasons: Vec<String>,
    /// For the advisor: what was not known, and what to look at again.
    pub for_advisor: Vec<String>,
    /// What would have to be otherwise for it to stand higher; none where no single change is enough, or other weights are
    /// in force now.
    pub would_be: Option<String>,
    /// When each measured place will be at its minimum, from this inspection and those before it.
    pub wear: Vec<Projection>,
    /// What the customer said to it last: `approved`, `declined`, `deferred`.
    pub answer: Option<&'static str>,
}

/// A recall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PresentedRecall {
    /// The finding.
    pub finding: String,
    /// What it is about.
    pub item: String,
}

impl Engine {
    /// What is shown of the inspection of an order, with what is known at `now` of wear and answers; `None` where it has
    /// none.
    ///
    /// # Errors
    /// The journal's.
    pub async fn presentation(
        &self,
        ro: &RoId,
        now: DateTime<Utc>,
    ) -> Result<Option<Presentation>, LoopError> {
        let order = self.load::<RepairOrderState>(streams::ro(ro)?).await?;
        let (Some(inspected), Some(ranked)) = (&order.state.inspected, &order.state.ranked) else {
            return Ok(None);
        };
        let Some(pickup) = self.pickup(ro).await? else { return Ok(None) };
        let vehicle = self.known_vehicle(&inspected.vehicle).await?;
        let mut orders = Vec::new();
        for ro in vehicle.state.visits.keys() {
            orders.push(self.load::<RepairOrderState>(streams::ro(ro)?).await?);
        }
        // What a later inspection measured may be another part.
        let seen_until = |order: &Loaded<RepairOrderState>| {
            order.state.inspected.as_ref().is_none_or(|known| known.occurred_at <= inspected.occurred_at)
        };
        orders.retain(seen_until);
        let posterior = self.posterior(&vehicle.state, now);
        let pace = pace(&posterior, now);
        let would = if ranked.weights == *self.policies.weights.version() {
            counterfactuals(&as_inspection(inspected), &ranked.history, &ranked.fit, &self.policies.weights)
        } else {
            Vec::new()
        };
        let present = |(place, known): (usize, &RankedFinding)| {
            let found = inspected.findings.iter().find(|found| found.id == known.finding)?;
            let new = renewed(&orders, found.op_code.as_ref(), inspected.occurred_at, &posterior);
            let wear = pace.map(|pace| self.projections(&orders, found, new, &posterior, pace));
            Some(Presented {
                found: found.clone(),
                rank: place + 1,
                score: known.score,
                contributions: known.contributions,
                floored: known.floored,
                reasons: known.reasons.clone(),
                for_advisor: known.for_advisor.clone(),
                would_be: would.iter().find(|would| would.finding == known.finding).map(ToString::to_string),
                wear: wear.unwrap_or_default(),
                answer: answer(&vehicle.state, ro, found),
            })
        };
        let mut above_fold: Vec<_> = ranked.findings.iter().enumerate().filter_map(present).collect();
        let additional = above_fold.split_off(ranked.fold.min(above_fold.len()));
        let is_in_order = |found: &&InspectedFinding| {
            !found.recall && found.code == InspectionCode::Green && ranked.rank(&found.id).is_none()
        };
        Ok(Some(Presentation {
            ro: ro.clone(),
            inspection: inspected.inspection.clone(),
            completed_at: inspected.occurred_at,
            pickup,
            weights: ranked.weights.clone(),
            above_fold,
            additional,
            recalls: inspected
                .findings
                .iter()
                .filter(|found| found.recall)
                .map(|found| PresentedRecall { finding: found.id.clone(), item: found.item.clone() })
                .collect(),
            set_aside: ranked.set_aside.clone(),
            in_order: inspected.findings.iter().filter(is_in_order).map(|found| found.item.clone()).collect(),
        }))
    }
}

/// What was said last to the line of a finding.
fn answer(vehicle: &VehicleState, ro: &RoId, found: &InspectedFinding) -> Option<&'static str> {
    let of_line = vehicle.answers.iter().find(|answer| {
        answer.line.ro == *ro
            && (answer.finding.as_ref() == Some(&found.id)
                || (found.op_code.is_some() && found.op_code == answer.line.op_code))
    })?;
    Some(match of_line.said() {
        Said::Approved => "approved",
        Said::Declined => "declined",
        Said::Deferred(_) => "deferred",
    })
}
