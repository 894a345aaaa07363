//! What a shop's inspections come to: whether they prove anything, who goes without too often, what technicians are owed.
//!
//! A pure projection of a journal, like the scorecard. It names employees by their numbers and no customer.

mod builder;

use chrono::{DateTime, Utc};
use fixedops_mpi_score::{Completion, CustomerFit, ExemptionAlarm, Flag, Sheet, SpiffEntry, VehicleHistory};
use fixedops_vocab::{InspectionId, PolicyVersion, RoId};
use serde::Serialize;

pub use builder::{ReviewBuilder, ReviewPolicies};

/// The inspections of a journal, reviewed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct InspectionReview {
    /// When the journal begins: orders closed before are history.
    pub from: Option<DateTime<Utc>>,
    /// Until when it counts.
    pub until: DateTime<Utc>,
    /// The policies it was made by.
    pub policies: Vec<PolicyVersion>,
    /// How the orders stand at the gate: those closed since the journal began, of retail cars, and those that are open and
    /// were judged. An order that was closed without any inspection counts as blocked.
    pub completion: Completion,
    /// Advisors and technicians whose exemptions outrun the policy.
    pub alarms: Vec<ExemptionAlarm>,
    /// Evidence a person should look at, in the order in which it came in.
    pub doubted: Vec<Doubted>,
    /// Photos, videos and voice notes looked at.
    pub evidence: usize,
    /// Of them photos that could be compared with others: those with a hash.
    pub compared: usize,
    /// What technicians earned, entry by entry: rows for payroll. Empty without a policy of the store.
    pub entries: Vec<SpiffEntry>,
}

/// One piece of evidence that is doubted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Doubted {
    /// The order.
    pub ro: RoId,
    /// The inspection.
    pub inspection: InspectionId,
    /// The technician, by his number.
    pub technician: Option<String>,
    /// The name of the evidence, as the journal has it.
    pub name: String,
    /// What is wrong.
    #[serde(flatten)]
    pub flag: Flag,
    /// The same in words.
    pub words: String,
}

/// An inspection as it was scored, with what was known then: what `fixedops score` reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ScoredInspection {
    /// The inspection.
    #[serde(flatten)]
    pub sheet: Sheet,
    /// What was known of the vehicle.
    pub history: VehicleHistory,
    /// What was known of the customer.
    pub fit: CustomerFit,
}
