//! The contracts of this subject, for those who use the crate alone.
//!
//! Scoring and gating are functions of their arguments, so there is little to store: where policies come from, and
//! where a technician's screen shows what is missing.

use crate::{Gate, GatePolicy, Inspection, Weights};

/// Where a store's policies come from.
///
/// # Contract
///
/// - The same version is always the same policy.
/// - Both answers are in force now; which version a ranking used is written in the ranking.
pub trait PolicySource: Send + Sync {
    /// The weights in force.
    fn weights(&self) -> &Weights;
    /// The gate in force.
    fn gate(&self) -> &GatePolicy;
}

/// Where gate decisions go: the tablet, the RO screen.
///
/// # Contract
///
/// - The same decision may be shown twice; showing it again changes nothing.
pub trait GateDisplay: Send + Sync {
    /// Shows a decision for an inspection.
    fn show(&self, inspection: &Inspection, gate: &Gate);
}
