#![doc = include_str!("../README.md")]

mod columns;
mod counterfactual;
mod curve;
mod evidence;
mod exemptions;
mod facts;
#[cfg(feature = "forms")]
pub mod forms;
mod gate;
mod gate_policy;
mod image_hash;
mod inputs;
mod inspection;
mod limit;
mod part;
mod part_names;
#[cfg(feature = "photo")]
mod photo;
mod points;
mod policy;
pub mod ports;
mod ranking;
mod reason;
mod score;
mod sheet;
mod spiff;
mod unit;
mod wear;
mod wear_policy;
mod weights;

pub use columns::{Columns, ColumnsError, TopThree, score_columns};
pub use counterfactual::{Change, Counterfactual, counterfactuals};
pub use curve::{Curve, CurveFault};
pub use evidence::{Doubt, EvidencePolicy, EvidencePolicyDraft, Flag, KnownPhoto, doubts};
pub use exemptions::{
    CodeShare, Completion, ExemptionAlarm, ExemptionPolicy, ExemptionPolicyDraft, GateRecord, Person,
    completion, exemption_alarms,
};
pub use facts::{CustomerFit, Declined, ServiceHistory, VehicleHistory};
pub use gate::{Block, Exemption, Gate, RoFacts, gate};
pub use gate_policy::{ExemptionCode, GatePolicy, GatePolicyDraft, RequiredMeasurement};
pub use image_hash::{ImageHash, ImageHashError};
pub use inputs::{Inputs, inputs};
pub use inspection::{Fault, Finding, Inspection, Measurement, SetAside};
pub use limit::Limit;
pub use part::{Contributions, Input, Part};
pub use part_names::{NamedPart, PartNames, PartNamesDraft};
#[cfg(feature = "photo")]
pub use photo::{PhotoError, hash_photo};
pub use points::{Points, PointsError};
pub use policy::PolicyError;
pub use ranking::{Ranked, Ranking, Recall};
pub use reason::Reason;
pub use score::score;
pub use sheet::{Detail, Evidence, Medium, Sheet};
pub use spiff::{
    Credit, Earned, EntryTwice, SpiffEntry, SpiffLedger, SpiffPolicy, SpiffPolicyDraft, SpiffReason,
};
pub use unit::Unit;
pub use wear::{
    Basis, Pace, Projection, Renewed, Sighting, SightingAside, SightingFault, WearAt, WearError, earliest,
    project,
};
pub use wear_policy::{WearPolicy, WearPolicyDraft, WearingPart, WearsBy};
pub use weights::{CodePoints, FitTable, HistoryTable, PartWeights, SectionWeight, Weights, WeightsDraft};
