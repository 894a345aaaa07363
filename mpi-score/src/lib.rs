#![doc = include_str!("../README.md")]

mod curve;
mod facts;
mod gate;
mod gate_policy;
mod inspection;
mod limit;
mod part;
mod points;
pub mod ports;
mod ranking;
mod reason;
mod score;
mod unit;
mod wear;
mod wear_policy;
mod weights;

pub use curve::{Curve, CurveFault};
pub use facts::{CustomerFit, Declined, ServiceHistory, VehicleHistory};
pub use gate::{Block, Exemption, Gate, RoFacts, gate};
pub use gate_policy::{ExemptionCode, GatePolicy, GatePolicyDraft, RequiredMeasurement};
pub use inspection::{Fault, Finding, Inspection, Measurement, SetAside};
pub use limit::Limit;
pub use part::{Contributions, Input, Part};
pub use points::{Points, PointsError};
pub use ranking::{Ranked, Ranking, Recall};
pub use reason::Reason;
pub use score::score;
pub use unit::Unit;
pub use wear::{
    Basis, MilesRange, Pace, Projection, Renewed, Sighting, SightingAside, SightingFault, WearAt, WearError,
    earliest, project,
};
pub use wear_policy::{WearPolicy, WearPolicyDraft, WearingPart, WearsBy};
pub use weights::{
    CodePoints, FitTable, HistoryTable, PartWeights, PolicyError, SectionWeight, Weights, WeightsDraft,
};
