use core::fmt;

use fixedops_vocab::{InspectionCode, PayType, RoId};
use smallvec::SmallVec;

use crate::inspection::same_section;
use crate::{GatePolicy, Inspection, Measurement};

/// What the gate needs to know of the repair order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct RoFacts {
    /// The repair order.
    pub ro: RoId,
    /// Who pays for its lines.
    pub pay_types: Vec<PayType>,
}

/// A request to let a repair order go without a complete inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Exemption {
    /// A code of the policy.
    pub code: String,
    /// Who asks: an employee's id in the dealer's system.
    pub by: String,
    /// Why, in words.
    pub reason: String,
}

/// Whether the repair order may go to ready for pickup.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every answer")]
pub enum Gate {
    /// The inspection is complete.
    Pass,
    /// It is not: everything that is missing.
    Block(Vec<Block>),
    /// It is not, and someone took it on himself. Never counted as a completion.
    Exempt {
        /// A code of the policy.
        code: String,
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

/// One thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", tag = "missing")
)]
#[non_exhaustive]
pub enum Block {
    /// The inspection belongs to another repair order.
    AnotherRo {
        /// The one it belongs to.
        ro: RoId,
    },
    /// The technician has not completed it.
    NotCompleted,
    /// A section without a finding.
    Section {
        /// The section.
        section: String,
    },
    /// A red or yellow finding without enough photos.
    Photo {
        /// The finding.
        finding: String,
        /// Photos there.
        found: usize,
        /// Photos needed.
        needed: u8,
    },
    /// A measurement that is not there.
    Measurement {
        /// What.
        name: String,
        /// Where.
        place: String,
    },
    /// A measurement that nobody can have made: beyond the policy's bounds, or in a unit that does not measure it.
    Impossible {
        /// What.
        name: String,
        /// Where.
        place: String,
        /// The number, with its unit.
        found: String,
    },
    /// The exemption asked for is none of the policy's.
    UnknownExemption {
        /// The code.
        code: String,
    },
    /// The exemption does not say who or why.
    ExemptionUnsigned {
        /// The code.
        code: String,
    },
    /// The exemption is for repair orders the customer pays nothing on.
    ExemptionDoesNotFit {
        /// The code.
        code: String,
    },
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnotherRo { ro } => write!(f, "the inspection belongs to repair order {ro}"),
            Self::NotCompleted => f.write_str("the inspection is not completed"),
            Self::Section { section } => write!(f, "section {section} is empty"),
            Self::Photo { finding, found, needed } => {
                write!(f, "finding {finding} has {found} of {needed} photos")
            }
            Self::Measurement { name, place } => write!(f, "{name} {place} is not measured"),
            Self::Impossible { name, place, found } => write!(f, "{name} {place} cannot measure {found}"),
            Self::UnknownExemption { code } => write!(f, "there is no exemption {code:?}"),
            Self::ExemptionUnsigned { code } => write!(f, "exemption {code:?} does not say who and why"),
            Self::ExemptionDoesNotFit { code } => {
                write!(f, "exemption {code:?} does not fit a repair order with a customer-pay line")
            }
        }
    }
}

/// Decides whether the repair order may go to ready for pickup.
///
/// A complete inspection passes, exemption or not. An incomplete one is blocked with everything that is missing,
/// unless a fitting, signed exemption is asked for.
///
/// ```
/// use fixedops_mpi_score::{Block, Gate, GatePolicy, Inspection, RoFacts, gate};
/// let inspection: Inspection = serde_json::from_str(
///     r#"{"inspection": "i-1", "ro": "north/6044", "vehicle": "v-7", "completed_at": null, "findings": []}"#)?;
/// let ro = RoFacts { ro: inspection.ro.clone(), pay_types: vec![] };
/// let Gate::Block(missing) = gate(&inspection, &ro, &GatePolicy::shipped(), None) else { panic!("it is empty") };
/// assert_eq!(missing[0].to_string(), "the inspection is not completed");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn gate(
    inspection: &Inspection,
    ro: &RoFacts,
    policy: &GatePolicy,
    exemption: Option<&Exemption>,
) -> Gate {
    let mut missing = missing(inspection, ro, policy);
    if missing.is_empty() {
        return Gate::Pass;
    }
    let Some(exemption) = exemption else { return Gate::Block(missing) };
    match refuse(exemption, ro, policy) {
        Some(refusal) => {
            missing.push(refusal);
            Gate::Block(missing)
        }
        None => Gate::Exempt {
            code: exemption.code.clone(),
            by: exemption.by.clone(),
            reason: exemption.reason.clone(),
        },
    }
}

fn missing(inspection: &Inspection, ro: &RoFacts, policy: &GatePolicy) -> Vec<Block> {
    let table = policy.table();
    let mut missing = Vec::new();
    if inspection.ro != ro.ro {
        missing.push(Block::AnotherRo { ro: inspection.ro.clone() });
    }
    if inspection.completed_at.is_none() {
        missing.push(Block::NotCompleted);
    }
    let empty = |section: &&String| {
        !inspection.findings.iter().any(|finding| same_section(&finding.section, section))
    };
    missing.extend(
        table.sections.iter().filter(empty).map(|section| Block::Section { section: section.clone() }),
    );
    for finding in &inspection.findings {
        let needed = match finding.code {
            InspectionCode::Red => table.photos_red,
            InspectionCode::Yellow => table.photos_yellow,
            InspectionCode::Green => 0,
        };
        let found = finding.photos.iter().filter(|photo| photo.chars().any(|c| !c.is_whitespace())).count();
        if found < usize::from(needed) {
            missing.push(Block::Photo { finding: finding.id.clone(), found, needed });
        }
    }
    let measured: SmallVec<[(&Measurement, &str); 24]> = inspection
        .findings
        .iter()
        .flat_map(|finding| &finding.measurements)
        .filter_map(|measurement| Some((measurement, measurement.place.as_deref()?)))
        .collect();
    for required in &table.measurement {
        for place in &required.places {
            let here = |&&(measurement, found): &&(&Measurement, &str)| {
                measurement.name == required.name && within(found, place)
            };
            let (name, place) = (required.name.clone(), place.clone());
            let mut found = measured.iter().filter(here).map(|&(measurement, _)| measurement).peekable();
            match found.peek().copied() {
                None => missing.push(Block::Measurement { name, place }),
                Some(first) if !found.any(|measurement| required.believes(measurement)) => {
                    let found = format!("{}{}", first.value, first.unit);
                    missing.push(Block::Impossible { name, place, found });
                }
                Some(_) => {}
            }
        }
    }
    missing
}

/// Whether `found` is `place` or a part of it (`front_left` of `front`).
fn within(found: &str, place: &str) -> bool {
    found.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

fn refuse(exemption: &Exemption, ro: &RoFacts, policy: &GatePolicy) -> Option<Block> {
    let code = exemption.code.clone();
    let Some(known) = policy.table().exemption.iter().find(|known| known.code == code) else {
        return Some(Block::UnknownExemption { code });
    };
    if exemption.by.trim().is_empty() || exemption.reason.trim().is_empty() {
        return Some(Block::ExemptionUnsigned { code });
    }
    let customer_pays = ro.pay_types.contains(&PayType::CustomerPay);
    (known.no_customer_pay && customer_pays).then_some(Block::ExemptionDoesNotFit { code })
}
