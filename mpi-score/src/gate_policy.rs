use fixedops_vocab::PolicyVersion;
use rust_decimal::Decimal;

use crate::inspection::same_section;
use crate::policy::policy_doors;
use crate::score::floor_thousandths;
use crate::{Measurement, PolicyError, Unit};

/// What a complete inspection needs, as written: [`GatePolicy::new`] checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct GatePolicyDraft {
    /// Name and version, as every decision cites it.
    pub version: PolicyVersion,
    /// Where it comes from.
    pub source: String,
    /// Photos each red finding needs.
    pub photos_red: u8,
    /// Photos each yellow finding needs.
    pub photos_yellow: u8,
    /// Sections with at least one finding, green included; compared without regard to case and to blanks around them.
    pub sections: Vec<String>,
    /// Measurements that must be there.
    pub measurement: Vec<RequiredMeasurement>,
    /// The exemptions there are.
    pub exemption: Vec<ExemptionCode>,
}

/// A measurement that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct RequiredMeasurement {
    /// What: `tread`.
    pub name: String,
    /// Where; `front` is met by `front_left` too.
    pub places: Vec<String>,
    /// The unit of the bounds; a measurement in another unit of length is converted.
    pub unit: Unit,
    /// The largest number anyone could measure, in `unit`; one above it does not count as measured.
    pub most: Decimal,
    /// The smallest; zero where the policy does not say.
    #[cfg_attr(feature = "serde", serde(default))]
    pub least: Decimal,
}

impl RequiredMeasurement {
    /// Whether a measurement can have been made: its unit measures this, and its number lies within the bounds.
    pub(crate) fn believes(&self, measurement: &Measurement) -> bool {
        let value = floor_thousandths(measurement.value)
            .and_then(|value| measurement.unit.thousandths_in(value, self.unit));
        let bounds = floor_thousandths(self.least).zip(floor_thousandths(self.most));
        value.zip(bounds).is_some_and(|(value, (least, most))| (least..=most).contains(&value))
    }
}

/// A reason a repair order may close without a complete inspection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct ExemptionCode {
    /// The code: `warranty_only`.
    pub code: String,
    /// What it means.
    pub means: String,
    /// Whether it needs a repair order without any customer-pay line.
    pub no_customer_pay: bool,
}

/// A checked gate policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatePolicy(GatePolicyDraft);

impl GatePolicy {
    /// Checks a policy.
    ///
    /// # Errors
    /// [`PolicyError`] naming the field of the first fault.
    pub fn new(draft: GatePolicyDraft) -> Result<Self, PolicyError> {
        for (field, names) in [
            ("sections", draft.sections.iter().collect::<Vec<_>>()),
            ("measurement", draft.measurement.iter().map(|m| &m.name).collect()),
            ("exemption", draft.exemption.iter().map(|e| &e.code).collect()),
        ] {
            for (index, name) in names.iter().enumerate() {
                if name.trim().is_empty()
                    || names.iter().take(index).any(|earlier| same_section(earlier, name))
                {
                    let at = format!("{field}[{index}]");
                    return Err(PolicyError::at(at, format!("{name:?} is empty or there twice")));
                }
            }
        }
        if let Some(required) = draft.measurement.iter().find(|required| required.places.is_empty()) {
            return Err(PolicyError::at(format!("measurement {:?}", required.name), "has no place"));
        }
        let bounded = |required: &&RequiredMeasurement| {
            let bounds = floor_thousandths(required.least).zip(floor_thousandths(required.most));
            bounds.is_some_and(|(least, most)| least < most)
        };
        if let Some(required) = draft.measurement.iter().find(|required| !bounded(required)) {
            return Err(PolicyError::at(
                format!("measurement {:?}", required.name),
                "least and most are not in order, or too large",
            ));
        }
        Ok(Self(draft))
    }
}

policy_doors!(GatePolicy(GatePolicyDraft) in 0, shipped "gate.toml");
