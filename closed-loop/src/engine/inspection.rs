//! An inspection came in, or somebody asks to go without one: what does the gate say?

use fixedops_mpi_score::{Exemption, Finding, Gate, Inspection, RoFacts, gate};
use fixedops_vocab::{InspectionId, PayType};

use super::Engine;
use super::turn::Turn;
use crate::fold::Loaded;
use crate::state::RepairOrderState;
use crate::{
    ExemptionAsked, GateBlocked, GateExempted, GatePassed, Happened, InspectedFinding, InspectionCompleted,
    LoopError, Missing, streams,
};

impl Engine {
    pub(super) async fn complete_inspection(
        &self,
        turn: &mut Turn<'_>,
        mut completed: InspectionCompleted,
    ) -> Result<bool, LoopError> {
        let order = self.load::<RepairOrderState>(streams::ro(&completed.ro)?).await?;
        let vehicle = self.known_vehicle(&completed.vehicle).await?;
        if order.state.keys.contains(&completed.key) {
            return Ok(false);
        }
        turn.guard(&vehicle);
        for finding in &mut completed.findings {
            finding.service =
                finding.op_code.as_ref().and_then(|code| self.policies.op_codes.service(code)).cloned();
        }
        turn.push(&order, Happened::InspectionCompleted(completed.clone()))?;
        let exemption = order.state.exemption.as_ref();
        let known = order.state.inspected.as_ref().filter(|known| known.is_newer_than(&completed));
        let passes =
            self.answer_gate(turn, &order, known.or(Some(&completed)), exemption, pay_types(&order.state))?;
        // One that was completed again since is the one the customer sees.
        if passes && known.is_none() {
            self.deliver_inspection(turn, &vehicle, &completed).await?;
        }
        Ok(true)
    }

    pub(super) async fn ask_exemption(
        &self,
        turn: &mut Turn<'_>,
        asked: ExemptionAsked,
    ) -> Result<bool, LoopError> {
        let order = self.load::<RepairOrderState>(streams::ro(&asked.ro)?).await?;
        let vehicle = self.known_vehicle(&asked.vehicle).await?;
        if order.state.keys.contains(&asked.key) {
            return Ok(false);
        }
        turn.guard(&vehicle);
        turn.push(&order, Happened::ExemptionAsked(asked.clone()))?;
        let inspected = order.state.inspected.as_ref();
        let known = order.state.exemption.as_ref().filter(|known| known.is_newer_than(&asked));
        self.answer_gate(turn, &order, inspected, known.or(Some(&asked)), pay_types(&order.state))?;
        Ok(true)
    }

    /// Journals what the gate says of an order, where it says something else than before; whether the inspection passes.
    pub(super) fn answer_gate(
        &self,
        turn: &mut Turn<'_>,
        order: &Loaded<RepairOrderState>,
        inspected: Option<&InspectionCompleted>,
        exemption: Option<&ExemptionAsked>,
        pay_types: Vec<PayType>,
    ) -> Result<bool, LoopError> {
        let Some((ro, vehicle)) = inspected
            .map(|inspected| (&inspected.ro, &inspected.vehicle))
            .or_else(|| exemption.map(|asked| (&asked.ro, &asked.vehicle)))
        else {
            return Ok(false);
        };
        let known = inspected.map(|inspected| inspected.inspection.clone());
        let begun = known.clone().or_else(|| exemption.and_then(|asked| asked.inspection.clone()));
        let inspection = Inspection {
            inspection: match &begun {
                Some(begun) => begun.clone(),
                // Nobody began one: the gate wants a name for what is missing.
                None => InspectionId::new("none").map_err(LoopError::unwritable)?,
            },
            ro: ro.clone(),
            vehicle: vehicle.clone(),
            completed_at: inspected.map(|inspected| inspected.occurred_at),
            findings: inspected.iter().flat_map(|inspected| &inspected.findings).map(finding).collect(),
        };
        let asked = exemption.map(|asked| Exemption {
            code: asked.code.clone(),
            by: asked.by.clone(),
            reason: asked.reason.clone(),
        });
        let facts = RoFacts { ro: ro.clone(), pay_types };
        let policy = self.policies.gate.version().clone();
        let ro = ro.clone();
        let answer = match gate(&inspection, &facts, &self.policies.gate, asked.as_ref()) {
            Gate::Pass => Happened::GatePassed(GatePassed { ro, inspection: inspection.inspection, policy }),
            Gate::Block(missing) => Happened::GateBlocked(GateBlocked {
                ro,
                inspection: begun,
                policy,
                missing: missing.into_iter().map(Missing::from).collect(),
            }),
            Gate::Exempt { code, by, reason } => {
                Happened::GateExempted(GateExempted { ro, inspection: begun, policy, code, by, reason })
            }
        };
        let passes = matches!(answer, Happened::GatePassed(_));
        if order.state.gate.as_ref() != Some(&answer) {
            turn.push(order, answer)?;
        }
        Ok(passes)
    }
}

/// Who pays for the lines of an order, as far as it was closed.
fn pay_types(order: &RepairOrderState) -> Vec<PayType> {
    order.closed.iter().flat_map(|closed| &closed.lines).map(|line| line.pay_type).collect()
}

/// The gate counts photos; it does not look at them.
fn finding(found: &InspectedFinding) -> Finding {
    Finding {
        id: found.id.clone(),
        section: found.section.clone(),
        item: found.item.clone(),
        code: found.code,
        measurements: found.measurements.clone(),
        photos: (1..=found.photos).map(|n| n.to_string()).collect(),
        note: None,
        service: found.service.clone(),
        op_code: found.op_code.clone(),
        price: found.price,
        recall: found.recall,
    }
}
