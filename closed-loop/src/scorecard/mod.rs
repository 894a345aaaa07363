//! The scorecard: what the loop did and what came of it, as data.
//!
//! [`ScorecardBuilder`] reads a partition of the journal, event by event; [`Scorecard::fold`] does it at once. Nothing
//! else goes in but the policy it compares with, so everybody who has the journal can compute it again.

mod builder;
mod card;
mod course;
mod facts;
mod plain;
mod policy;
mod table;
mod tally;
mod write;

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::Event;
use fixedops_odometer_core::Model;
use fixedops_vocab::SellerId;

use crate::LoopError;

pub(crate) use builder::NOT_AN_ANSWER;
pub use builder::ScorecardBuilder;
pub use card::*;
pub use course::TrueOdometers;
pub use plain::PlainWords;
pub use policy::{ScorecardPolicy, ScorecardPolicyError};
pub use table::*;

impl Scorecard {
    /// The scorecard of a whole partition, its events in the order of their positions.
    ///
    /// # Errors
    /// [`LoopError`] of kind corrupt where the data of a known type does not read.
    pub fn fold<'a>(
        seller: SellerId,
        events: impl IntoIterator<Item = &'a Event>,
        as_of: DateTime<Utc>,
        model: &Model,
        policy: &ScorecardPolicy,
    ) -> Result<Self, LoopError> {
        let mut builder = ScorecardBuilder::new(seller, model.clone(), policy);
        for event in events {
            builder.apply(event)?;
        }
        Ok(builder.finish(as_of, policy, None))
    }

    /// What a reader should know first, in sentences.
    #[must_use]
    pub fn headlines(&self) -> &[String] {
        &self.headlines
    }
}
