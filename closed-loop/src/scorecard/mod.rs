//! The scorecard: what the loop did and what came of it, as data.

mod card;
mod policy;
mod table;

pub use card::*;
pub use policy::{ScorecardPolicy, ScorecardPolicyError};
pub use table::*;
