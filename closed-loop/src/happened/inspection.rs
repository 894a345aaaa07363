//! Facts about an inspection. In the repair order's stream.

use chrono::{DateTime, Utc};
use fixedops_mpi_score::{Block, Measurement};
use fixedops_vocab::{
    InspectionCode, InspectionId, Money, OpCode, PolicyVersion, RoId, ServiceId, VehicleId,
};
use serde::{Deserialize, Serialize};

/// The technician completed an inspection, or completed it again. The gate's answer is in the same batch.
///
/// Photos and the technician's words stay where they are; here is how many photos there were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectionCompleted {
    /// Key of the input.
    pub key: String,
    /// The inspection.
    pub inspection: InspectionId,
    /// The order it belongs to.
    pub ro: RoId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The technician, by his number.
    pub technician: Option<String>,
    /// The advisor, by his number.
    pub advisor: Option<String>,
    /// What was found, green included.
    pub findings: Vec<InspectedFinding>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

impl InspectionCompleted {
    /// Whether this one was completed after the other, whichever came in first.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.occurred_at > other.occurred_at
    }
}

/// One finding of a completed inspection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectedFinding {
    /// The finding, unique in its inspection.
    pub id: String,
    /// The section it stands in.
    pub section: String,
    /// What was looked at.
    pub item: String,
    /// Green, yellow or red.
    pub code: InspectionCode,
    /// How many photos.
    pub photos: u32,
    /// What was measured.
    pub measurements: Vec<Measurement>,
    /// The operation recommended.
    pub op_code: Option<OpCode>,
    /// The service its code stands for.
    pub service: Option<ServiceId>,
    /// Its price; null for a recall, which is free.
    pub price: Option<Money>,
    /// Whether it is a safety recall.
    pub recall: bool,
}

/// Somebody asks to let an order go without a complete inspection. The gate's answer is in the same batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExemptionAsked {
    /// Key of the input.
    pub key: String,
    /// The order.
    pub ro: RoId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The inspection that is not complete, if one was begun.
    pub inspection: Option<InspectionId>,
    /// A code of the policy (`warranty_only`).
    pub code: String,
    /// Who asks, by his number.
    pub by: String,
    /// Why, in words. Not for customers' data.
    pub reason: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

impl ExemptionAsked {
    /// Whether this one was asked for after the other, whichever came in first.
    #[must_use]
    pub fn is_newer_than(&self, other: &Self) -> bool {
        self.occurred_at > other.occurred_at
    }
}

/// The inspection is complete: the order may go to ready for pickup.
///
/// The gate's answer is journalled whenever it is another than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatePassed {
    /// The order.
    pub ro: RoId,
    /// The inspection.
    pub inspection: InspectionId,
    /// The policy that decided.
    pub policy: PolicyVersion,
}

/// The order may not go to ready for pickup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateBlocked {
    /// The order.
    pub ro: RoId,
    /// The inspection, if there is one.
    pub inspection: Option<InspectionId>,
    /// The policy that decided.
    pub policy: PolicyVersion,
    /// Everything that is missing.
    pub missing: Vec<Missing>,
}

/// One thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// In words.
    pub words: String,
    /// The same as data.
    #[serde(flatten)]
    pub what: Block,
}

impl From<Block> for Missing {
    fn from(what: Block) -> Self {
        Self { words: what.to_string(), what }
    }
}

/// Somebody took it on himself to let the order go. Never counted as a completion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateExempted {
    /// The order.
    pub ro: RoId,
    /// The inspection, if there is one.
    pub inspection: Option<InspectionId>,
    /// The policy that decided.
    pub policy: PolicyVersion,
    /// A code of the policy.
    pub code: String,
    /// Who, by his number.
    pub by: String,
    /// Why, in words.
    pub reason: String,
}
