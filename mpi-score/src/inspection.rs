use chrono::{DateTime, Utc};
use fixedops_vocab::{InspectionCode, InspectionId, Money, OpCode, RoId, ServiceId, VehicleId};
use rust_decimal::Decimal;

use crate::Unit;

/// A multi-point inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Inspection {
    /// The inspection.
    pub inspection: InspectionId,
    /// The repair order it was made on.
    pub ro: RoId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// When the technician completed it, if he has.
    pub completed_at: Option<DateTime<Utc>>,
    /// What was found, green included.
    pub findings: Vec<Finding>,
}

/// One finding: one item looked at, its colour and the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Finding {
    /// Its id, unique in the inspection.
    pub id: String,
    /// The section of the form: `brakes`, `tires`; compared without regard to case and to blanks around it.
    pub section: String,
    /// What was looked at, in words.
    pub item: String,
    /// Its colour.
    pub code: InspectionCode,
    /// What was measured.
    #[cfg_attr(feature = "serde", serde(default))]
    pub measurements: Vec<Measurement>,
    /// Where its photos are.
    #[cfg_attr(feature = "serde", serde(default))]
    pub photos: Vec<String>,
    /// The technician's words.
    #[cfg_attr(feature = "serde", serde(default))]
    pub note: Option<String>,
    /// The service that would put it right; history is looked up by it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub service: Option<ServiceId>,
    /// The dealer's code for that operation.
    #[cfg_attr(feature = "serde", serde(default))]
    pub op_code: Option<OpCode>,
    /// Its price, parts and labor.
    #[cfg_attr(feature = "serde", serde(default))]
    pub price: Option<Money>,
    /// Whether it is a safety recall: listed apart, without a price.
    #[cfg_attr(feature = "serde", serde(default))]
    pub recall: bool,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Measurement {
    /// What was measured: `tread`, `pad`.
    pub name: String,
    /// Where: `front_left`, `rear`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub place: Option<String>,
    /// The number, in `unit`; in JSON as text.
    pub value: Decimal,
    /// Its unit.
    pub unit: Unit,
}

/// Whether two names are of one section: without regard to case and to blanks around them.
pub(crate) fn same_section(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    let lower = |name: &str| name.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    one.eq_ignore_ascii_case(other) || (!one.is_ascii() && lower(one) == lower(other))
}

/// Something of a finding that could not be scored, or was scored with a doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "path and reason are all there is")]
pub struct SetAside {
    /// Where in the document: `findings[3].measurements[0].value`.
    pub path: String,
    /// The finding's id, as far as it has one.
    pub finding: String,
    /// Why.
    pub fault: Fault,
}

/// Why something of a finding could not be scored, or is doubted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Fault {
    /// No id.
    #[error("is empty")]
    Empty,
    /// Another finding has this id.
    #[error("another finding has this id")]
    RepeatedId,
    /// A number that cannot be: outside the policy's bounds.
    #[error("{found} is not between {least} and {most}")]
    Impossible {
        /// The number.
        found: String,
        /// The least the policy believes; nearly always 0.
        least: String,
        /// The most the policy believes, with its unit.
        most: String,
    },
    /// A unit that does not measure this.
    #[error("{} does not measure {name}", found.as_str())]
    WrongUnit {
        /// The unit.
        found: Unit,
        /// What was measured.
        name: String,
    },
    /// A price below zero.
    #[error("price is below zero")]
    NegativePrice,
    /// A section the weights do not have: the finding counts as one of other sections, with their danger and their floor.
    #[error("{found:?} is no section of the weights; it counts as other")]
    UnknownSection {
        /// The section.
        found: String,
    },
    /// The place was measured before in this inspection; both count.
    #[error("{name} {place} was measured before; both count")]
    PlaceTwice {
        /// What was measured.
        name: String,
        /// Where.
        place: String,
    },
    /// Another unit than the first measurement of its kind had; it was converted and counts.
    #[error("{name} is in {} here and in {} before; it is converted", found.as_str(), first.as_str())]
    MixedUnits {
        /// The unit here.
        found: Unit,
        /// The unit of the first one.
        first: Unit,
        /// What was measured.
        name: String,
    },
}

impl core::fmt::Display for SetAside {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}: {}", self.path, self.fault)
    }
}
