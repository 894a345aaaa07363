//! The contracts of this subject, for those who use the crate alone.
//!
//! Scoring and gating are functions of their arguments, so there is little to store: where policies come from, and
//! where a technician's screen shows what is missing. Nothing in this workspace
//! implements them; an embedder does:
//!
//! ```
//! use std::sync::Mutex;
//! use fixedops_mpi_score::ports::{GateDisplay, PolicySource};
//! use fixedops_mpi_score::{Gate, GatePolicy, Inspection, RoFacts, Weights, gate};
//!
//! struct Store { weights: Weights, gate: GatePolicy }
//! impl PolicySource for Store {
//!     fn weights(&self) -> &Weights { &self.weights }
//!     fn gate(&self) -> &GatePolicy { &self.gate }
//! }
//!
//! #[derive(Default)]
//! struct Tablet { lines: Mutex<Vec<String>> }
//! impl GateDisplay for Tablet {
//!     fn show(&self, _: &Inspection, gate: &Gate) {
//!         let Gate::Block(missing) = gate else { return };
//!         *self.lines.lock().expect("nobody else") = missing.iter().map(ToString::to_string).collect();
//!     }
//! }
//!
//! fn ready(inspection: &Inspection, policies: &dyn PolicySource, screen: &dyn GateDisplay) -> bool {
//!     let ro = RoFacts { ro: inspection.ro.clone(), pay_types: vec![] };
//!     let answer = gate(inspection, &ro, policies.gate(), None);
//!     screen.show(inspection, &answer);
//!     answer == Gate::Pass
//! }
//!
//! # #[cfg(feature = "serde")] {
//! let inspection: Inspection = serde_json::from_str(
//!     r#"{"inspection": "i-1", "ro": "north/6044", "vehicle": "v-7", "completed_at": null, "findings": []}"#).unwrap();
//! let store = Store { weights: Weights::shipped(), gate: GatePolicy::shipped() };
//! let tablet = Tablet::default();
//! assert!(!ready(&inspection, &store, &tablet));
//! assert_eq!(tablet.lines.lock().unwrap()[0], "the inspection is not completed");
//! # }
//! ```

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
