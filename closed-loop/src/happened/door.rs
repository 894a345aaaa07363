//! What opens a programme besides a crossing and a decline, and what an advisor notes.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use fixedops_recovery::HandOver;
use fixedops_vocab::{CaseId, OpCode, OwnershipSpan, ProgramId, RoId, RoLineId, VehicleId};
use serde::{Deserialize, Serialize};

/// A case about a vehicle was opened. In the vehicle's stream, in the batch of its `case_opened`; what a crossing or a
/// declined line opens is told by those.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseNoted {
    /// The case.
    pub case: CaseId,
    /// Its programme.
    pub program: ProgramId,
    /// What opened it: the appointment, the inspection, the campaign, the offer, the touch that was clicked.
    pub cause: String,
}

/// A recall campaign is open for this vehicle, by its VIN. In the vehicle's stream.
///
/// Told again with `remedy`, it says that the remedy is there now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecallOpened {
    /// Key of the input.
    pub key: String,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The campaign's number, as NHTSA or the manufacturer has it.
    pub campaign: String,
    /// What it is about, in words: "driver airbag inflator".
    pub name: String,
    /// Whether the remedy can be had.
    pub remedy: bool,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A recall campaign is closed for this vehicle: remedied, here or anywhere, or taken back. In the vehicle's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecallClosed {
    /// Key of the input.
    pub key: String,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The campaign's number.
    pub campaign: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// The store makes an offer to the owner of a vehicle. In the vehicle's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferMade {
    /// Key of the input.
    pub key: String,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The store's id of the offer; once for each vehicle and ownership.
    pub offer: String,
    /// Which programme makes it: `seasonal_offer`, `tire_offer`, `add_on_offer`.
    pub program: ProgramId,
    /// What is offered, in words.
    pub name: String,
    /// The dealer's codes for the work it offers; empty where the offer names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub op_codes: Vec<OpCode>,
    /// Its last day.
    pub ends_on: Option<NaiveDate>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

impl OfferMade {
    /// What opens its case, in an ownership.
    pub(crate) fn cause(&self, span: OwnershipSpan) -> String {
        format!("{}/{}/{}", self.vehicle, span.0, self.offer)
    }

    /// The case that speaks of it, in an ownership.
    pub(crate) fn case(&self, span: OwnershipSpan) -> Result<CaseId, fixedops_vocab::IdError> {
        CaseId::compose(&self.program, &self.cause(span))
    }
}

/// An advisor noted something that no system tells. In the vehicle's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteTaken {
    /// Key of the input.
    pub key: String,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// What.
    #[serde(flatten)]
    pub note: Note,
    /// Who noted it, by his number.
    pub by: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// What an advisor notes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Note {
    /// The owner sold the vehicle, or traded it in. Nobody is written to about it until it has another owner, or comes
    /// in again.
    Sold,
    /// The owner died. Nobody is written to about any vehicle of his until it has another owner.
    Deceased,
    /// A person of the dealership took over what is open about the vehicle.
    HandedToHuman {
        /// Why.
        why: HandOver,
    },
    /// A line that was recommended was done elsewhere.
    DoneElsewhere {
        /// The order it was recommended on.
        ro: RoId,
        /// The line.
        line: RoLineId,
    },
}

/// Words of a case that no other record has, by the field they are printed in.
pub(crate) type CaseWords = BTreeMap<String, String>;
