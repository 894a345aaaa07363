use chrono::NaiveDate;
use fixedops_vocab::PolicyVersion;

use crate::policy::policy_doors;
use crate::{PolicyError, Unit};

/// How fast parts wear, as believed before anything was measured, as written: [`WearPolicy::new`] checks it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct WearPolicyDraft {
    /// Name and version, as every projection cites it.
    pub version: PolicyVersion,
    /// From when.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::policy::date"))]
    pub effective: NaiveDate,
    /// Where it comes from.
    pub source: String,
    /// The parts that wear.
    pub part: Vec<WearingPart>,
}

/// How one kind of part wears. Numbers are in `unit`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct WearingPart {
    /// What is measured, as [`Limit`](crate::Limit) names it: `tread`.
    pub name: String,
    /// The unit of the numbers below; the limit's.
    pub unit: Unit,
    /// What wears it.
    pub by: WearsBy,
    /// As new.
    pub fresh: f64,
    /// How much new parts differ: a standard deviation.
    pub fresh_sd: f64,
    /// What a part of median life loses in 1,000 miles, or in a year.
    pub rate: f64,
    /// How much rates differ from car to car: standard deviation of their natural logarithm.
    pub spread: f64,
    /// How much the rate to come differs from the rate so far, likewise.
    pub drift: f64,
    /// How far a reading lies from the truth: a standard deviation.
    pub gauge_sd: f64,
    /// The step readings are rounded to.
    pub step: f64,
    /// A reading this much better than the one before it means that the part was renewed.
    pub renewed_rise: f64,
    /// Where the numbers come from.
    pub source: String,
    /// How sure we are of them, in words.
    pub confidence: String,
}

/// What wears a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a part ages by use or by time")]
pub enum WearsBy {
    /// Miles: tread, pads.
    Miles,
    /// Time: a battery.
    Years,
}

/// A checked wear policy.
#[derive(Clone, Debug, PartialEq)]
pub struct WearPolicy(WearPolicyDraft);

impl WearPolicy {
    /// Checks a policy.
    ///
    /// # Errors
    /// [`PolicyError`] naming the field of the first fault.
    pub fn new(draft: WearPolicyDraft) -> Result<Self, PolicyError> {
        for (index, part) in draft.part.iter().enumerate() {
            let at = |reason: &str| Err(PolicyError::at(format!("part[{index}] {:?}", part.name), reason));
            let positive = [part.fresh_sd, part.rate, part.spread, part.gauge_sd, part.renewed_rise];
            if !positive.iter().all(|n| n.is_finite() && *n > 0.0 && *n <= 1e6) {
                return at("fresh_sd, rate, spread, gauge_sd and renewed_rise are not above 0");
            }
            let bounded = [part.fresh, part.drift, part.step];
            if !bounded.iter().all(|n| n.is_finite() && (0.0..=1e6).contains(n)) {
                return at("fresh, drift and step are not between 0 and 1000000");
            }
            if part.spread > 2.0 || part.drift > 2.0 {
                return at("spread or drift is above 2");
            }
            if part.source.trim().is_empty() || part.confidence.trim().is_empty() {
                return at("has no source or no confidence");
            }
            if draft.part.iter().take(index).any(|earlier| earlier.name == part.name) {
                return at("is there twice");
            }
        }
        Ok(Self(draft))
    }

    /// How a kind of part wears.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&WearingPart> {
        self.0.part.iter().find(|part| part.name == name)
    }
}

policy_doors!(WearPolicy(WearPolicyDraft) in 0, shipped "wear.toml");
