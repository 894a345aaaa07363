//! An inspection came in, or somebody asks to go without one: what does the gate say?

use fixedops_connectors_traits::{IdempotencyKey, WriteBack, WriteBackKind, WriteBackTarget};
use fixedops_mpi_score::{Block, Exemption, Gate, Inspection, RoFacts, gate};
use fixedops_vocab::{InspectionId, PayType, RoId, VehicleId};

use super::Engine;
use super::turn::Turn;
use super::write_back::queued_on_order;
use crate::fold::Loaded;
use crate::inspection::as_inspection;
use crate::state::RepairOrderState;
use crate::{
    ExemptionAsked, GateBlocked, GateExempted, GatePassed, Happened, InspectionCompleted, LoopError, Missing,
    PickupTold, streams,
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
        if known.is_none() {
            self.rank(turn, &order, &vehicle, &completed).await?;
            if passes {
                self.deliver_inspection(turn, &vehicle, &completed).await?;
            }
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
        let answer = self.ask_gate(ro, vehicle, inspected, exemption, pay_types)?;
        let passes = matches!(answer, Happened::GatePassed(_));
        if order.state.gate.as_ref() != Some(&answer) {
            turn.push(order, answer.clone())?;
            self.tell_pickup(turn, order, ro, &answer)?;
        }
        Ok(passes)
    }

    /// What the gate says.
    fn ask_gate(
        &self,
        ro: &RoId,
        vehicle: &VehicleId,
        inspected: Option<&InspectionCompleted>,
        exemption: Option<&ExemptionAsked>,
        pay_types: Vec<PayType>,
    ) -> Result<Happened, LoopError> {
        let known = inspected.map(|inspected| inspected.inspection.clone());
        let begun = known.or_else(|| exemption.and_then(|asked| asked.inspection.clone()));
        let inspection = match inspected {
            Some(inspected) => as_inspection(inspected),
            None => Inspection {
                inspection: match &begun {
                    Some(begun) => begun.clone(),
                    // Nobody began one: the gate wants a name for what is missing.
                    None => InspectionId::new("none").map_err(LoopError::unwritable)?,
                },
                ro: ro.clone(),
                vehicle: vehicle.clone(),
                completed_at: None,
                findings: Vec::new(),
            },
        };
        let asked = exemption.map(|asked| Exemption {
            code: asked.code.clone(),
            by: asked.by.clone(),
            reason: asked.reason.clone(),
        });
        let facts = RoFacts { ro: ro.clone(), pay_types };
        let policy = self.policies.gate.version().clone();
        let ro = ro.clone();
        Ok(match gate(&inspection, &facts, &self.policies.gate, asked.as_ref()) {
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
        })
    }

    /// Tells the DMS that an order is held back, or let go; an order that is closed is told of no more.
    fn tell_pickup(
        &self,
        turn: &mut Turn<'_>,
        order: &Loaded<RepairOrderState>,
        ro: &RoId,
        answer: &Happened,
    ) -> Result<(), LoopError> {
        let told = self.policies.doors.pickup();
        if told == PickupTold::Never
            || turn.appends_to(&order.stream, "ro_closed")
            || order.state.closed.is_some()
        {
            return Ok(());
        }
        let release = |reason: &str, by: Option<&String>| {
            let released = WriteBackKind::PickupReleased { reason: reason.to_owned(), by: by.cloned() };
            let due = match told {
                PickupTold::Always => order.state.held != Some(false),
                _ => order.state.held == Some(true),
            };
            due.then_some(released)
        };
        let kind = match answer {
            Happened::GateBlocked(blocked) => {
                let missing: Vec<&str> =
                    blocked.missing.iter().map(|missing| missing.words.as_str()).collect();
                Some(WriteBackKind::PickupHeld {
                    inspection: blocked.inspection.clone(),
                    reason: missing.join(", "),
                })
            }
            Happened::GateExempted(exempted) => release(&exempted.code, Some(&exempted.by)),
            _ => release("complete", None),
        };
        let Some(kind) = kind else { return Ok(()) };
        self.queue_pickup(turn, order, ro, kind)
    }

    fn queue_pickup(
        &self,
        turn: &mut Turn<'_>,
        order: &Loaded<RepairOrderState>,
        ro: &RoId,
        kind: WriteBackKind,
    ) -> Result<(), LoopError> {
        let key = IdempotencyKey(format!("pickup/{ro}/{}", order.state.told));
        let write_back = WriteBack { key, target: WriteBackTarget::RepairOrder(ro.clone()), kind };
        turn.push(order, Happened::WriteBackQueued(queued_on_order(&order.state, write_back, turn.now)))
    }

    /// An order was opened, and nobody has inspected it: where the store wants it so, the DMS keeps it back from now on.
    pub(super) fn hold_from_opening(
        &self,
        turn: &mut Turn<'_>,
        order: &Loaded<RepairOrderState>,
        ro: &RoId,
    ) -> Result<(), LoopError> {
        let known = order.state.gate.is_some() || order.state.held.is_some() || order.state.closed.is_some();
        if self.policies.doors.pickup() != PickupTold::FromOpening || known {
            return Ok(());
        }
        let reason = Block::NotCompleted.to_string();
        self.queue_pickup(turn, order, ro, WriteBackKind::PickupHeld { inspection: None, reason })
    }

    /// Whether an order may go to ready for pickup now: what a DMS asks before it changes the status. `None` for an order
    /// nobody told of.
    ///
    /// An order without any inspection may not; one that is closed is judged as it was closed.
    ///
    /// # Errors
    /// The journal's.
    pub async fn pickup(&self, ro: &RoId) -> Result<Option<Pickup>, LoopError> {
        let order = self.load::<RepairOrderState>(streams::ro(ro)?).await?;
        let Some(vehicle) = &order.state.vehicle else { return Ok(None) };
        let (inspected, exemption) = (order.state.inspected.as_ref(), order.state.exemption.as_ref());
        let answer = self.ask_gate(ro, vehicle, inspected, exemption, pay_types(&order.state))?;
        Ok(Some(match answer {
            Happened::GateExempted(exempted) => Pickup::Exempt(exempted),
            Happened::GateBlocked(blocked) => Pickup::Held(blocked),
            _ => Pickup::Ready,
        }))
    }
}

/// Whether an order may go to ready for pickup.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "pickup")]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every answer")]
pub enum Pickup {
    /// Its inspection is complete.
    Ready,
    /// It is not, and somebody took it on himself.
    Exempt(GateExempted),
    /// It may not: everything that is missing.
    Held(GateBlocked),
}

/// Who pays for the lines of an order, as far as it was closed.
fn pay_types(order: &RepairOrderState) -> Vec<PayType> {
    order.closed.iter().flat_map(|closed| &closed.lines).map(|line| line.pay_type).collect()
}
