//! Facts about an inspection. In the repair order's stream.

use chrono::{DateTime, Utc};
use fixedops_mpi_score::{
    Block, Contributions, CustomerFit, ImageHash, Measurement, Medium, Points, VehicleHistory,
};
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
    /// What the tablet tells of photos, videos and voice notes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<InspectedEvidence>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A photo, video or voice note of a completed inspection: what it takes to see whether it proves anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectedEvidence {
    /// The finding it shows; none where it shows the whole car.
    pub finding: Option<String>,
    /// What it is.
    pub medium: Medium,
    /// Its name here: the first 16 hexadecimal digits of the SHA-256 of its address, which stays with the record.
    pub name: String,
    /// When it was taken, by the camera.
    pub taken_at: Option<DateTime<Utc>>,
    /// Whether the tablet bound it to another VIN than the inspection's.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub another_vehicle: bool,
    /// What it looks like, for photos.
    pub hash: Option<ImageHash>,
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
    /// The technician, by his number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<String>,
    /// The advisor the order is with, by his number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advisor: Option<String>,
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

/// The findings of a completed inspection in the order a customer should see them, as the score of `mpi-score` has it. In
/// the batch of the inspection that was completed last.
///
/// What it was made from stands beside it, so that anybody can make it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectionRanked {
    /// The order.
    pub ro: RoId,
    /// The inspection.
    pub inspection: InspectionId,
    /// The weights.
    pub weights: PolicyVersion,
    /// What was known of the services that would put the findings right.
    pub history: VehicleHistory,
    /// What was known of the customer.
    pub fit: CustomerFit,
    /// How many findings stand above the fold.
    pub fold: usize,
    /// What needs doing, most important first.
    pub findings: Vec<RankedFinding>,
    /// Safety recalls, by finding: listed apart, without a price.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recalls: Vec<String>,
    /// What could not be scored, or is doubted: where and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<String>,
}

impl InspectionRanked {
    /// The place of a finding, from 1; `None` where it is a recall or in order.
    #[must_use]
    pub fn rank(&self, finding: &str) -> Option<usize> {
        self.findings.iter().position(|ranked| ranked.finding == finding).map(|place| place + 1)
    }

    /// Whether a finding stands above the fold.
    #[must_use]
    pub fn is_above_fold(&self, finding: &str) -> bool {
        self.rank(finding).is_some_and(|rank| rank <= self.fold)
    }
}

/// One finding in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankedFinding {
    /// The finding.
    pub finding: String,
    /// Between 0 and 1.
    pub score: Points,
    /// What safety, history and customer add to it.
    pub contributions: Contributions,
    /// Whether a safety limit put it above the fold.
    pub floored: bool,
    /// Why it stands here: sentences a customer and an advisor can read.
    pub reasons: Vec<String>,
    /// What only the advisor should know: what was not known, and what to look at again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub for_advisor: Vec<String>,
}
