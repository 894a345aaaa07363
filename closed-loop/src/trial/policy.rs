use std::collections::BTreeMap;

use chrono::TimeDelta;
use fixedops_vocab::{Currency, PolicyVersion, ProgramId};
use serde::Deserialize;

/// What is compared between the households of an experiment: for how long, and against what time before.
///
/// ```
/// use fixedops_closed_loop::trial::TrialPolicy;
/// let policy = TrialPolicy::shipped();
/// assert_eq!(policy.outcome(&"mileage_due".parse()?).num_days(), 90);
/// assert_eq!(policy.outcome(&"declined_recovery".parse()?).num_days(), 150);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialPolicy {
    version: PolicyVersion,
    currency: Currency,
    outcome_days: u32,
    before_days: u32,
    settle_days: u32,
    planned_households: u64,
    programmes: BTreeMap<ProgramId, u32>,
}

/// Why a policy was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrialPolicyError {
    /// It does not read: the reader's own words, with line and reason.
    #[error("{0}")]
    Unreadable(#[from] toml::de::Error),
    /// A value without the source it was taken from.
    #[error("{0}: the source is empty")]
    NoSource(String),
    /// A value is out of its bounds.
    #[error("{field} is {found}: it must be {must}")]
    OutOfBounds {
        /// Which.
        field: String,
        /// What stands there.
        found: u64,
        /// What may stand there.
        must: &'static str,
    },
    /// A programme stands there twice.
    #[error("{0}: named twice")]
    Twice(ProgramId),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: PolicyVersion,
    #[serde(rename = "effective")]
    _effective: toml::value::Datetime,
    currency: Currency,
    outcome_days: Sourced<u32>,
    before_days: Sourced<u32>,
    settle_days: Sourced<u32>,
    planned_households: Sourced<u64>,
    #[serde(default)]
    programme: Vec<Programme>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sourced<T> {
    value: T,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Programme {
    program: ProgramId,
    outcome_days: u32,
    source: String,
}

impl<T: Copy + Into<u64>> Sourced<T> {
    fn within(&self, field: &str, least: u64, most: u64, must: &'static str) -> Result<T, TrialPolicyError> {
        if self.source.trim().is_empty() {
            return Err(TrialPolicyError::NoSource(field.to_owned()));
        }
        let found: u64 = self.value.into();
        if !(least..=most).contains(&found) {
            return Err(TrialPolicyError::OutOfBounds { field: field.to_owned(), found, must });
        }
        Ok(self.value)
    }
}

impl TrialPolicy {
    /// The shipped policy.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../../policies/trial.toml"))
            .expect("the embedded policy is read by a test")
    }

    /// A store's own.
    ///
    /// # Errors
    /// [`TrialPolicyError`] with the place and the reason.
    pub fn from_toml(text: &str) -> Result<Self, TrialPolicyError> {
        const DAYS: &str = "1 to 730";
        let file: File = toml::from_str(text)?;
        let mut programmes = BTreeMap::new();
        for Programme { program, outcome_days: value, source } in file.programme {
            let days = Sourced { value, source }.within(program.as_str(), 1, 730, DAYS)?;
            if programmes.insert(program.clone(), days).is_some() {
                return Err(TrialPolicyError::Twice(program));
            }
        }
        Ok(Self {
            version: file.version,
            currency: file.currency,
            outcome_days: file.outcome_days.within("outcome_days", 1, 730, DAYS)?,
            before_days: file.before_days.within("before_days", 1, 1_830, "1 to 1,830")?,
            settle_days: file.settle_days.within("settle_days", 0, 365, "0 to 365")?,
            planned_households: file.planned_households.within(
                "planned_households",
                2,
                100_000_000,
                "2 to 100,000,000",
            )?,
            programmes,
        })
    }

    /// The same with another number of households planned: fixed before the first look.
    #[must_use]
    pub const fn planning(mut self, households: u64) -> Self {
        self.planned_households = households;
        self
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// How long what a household does counts, from the moment it was placed.
    #[must_use]
    pub fn outcome(&self, program: &ProgramId) -> TimeDelta {
        TimeDelta::days(i64::from(self.programmes.get(program).copied().unwrap_or(self.outcome_days)))
    }

    /// How long after that time it is counted: orders opened at its end are closed by then.
    #[must_use]
    pub fn settle(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.settle_days))
    }

    pub(super) fn before(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.before_days))
    }

    pub(super) const fn currency(&self) -> Currency {
        self.currency
    }

    pub(super) const fn planned_households(&self) -> u64 {
        self.planned_households
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_makes_no_sense_is_refused_with_its_place() {
        let shipped = include_str!("../../policies/trial.toml");
        for (case, from, to, place) in [
            ("no days", "value = 90", "value = 0", "outcome_days is 0: it must be 1 to 730"),
            ("no plan", "value = 2000", "value = 1", "planned_households is 1"),
            (
                "no source",
                "\"The plan speaks for the last time on day 120; a month to answer\"",
                "\"\"",
                "declined_recovery",
            ),
            ("too long", "outcome_days = 150", "outcome_days = 800", "declined_recovery is 800"),
            ("an unknown key", "settle_days", "settled_days", "settled_days"),
            ("no currency", "\"USD\"", "\"dollar\"", "dollar"),
        ] {
            let error = TrialPolicy::from_toml(&shipped.replacen(from, to, 1)).expect_err(case).to_string();
            assert!(error.contains(place), "{case}: {error}");
        }
        let programme = shipped.split("[[programme]]").nth(1).unwrap();
        let twice = TrialPolicy::from_toml(&format!("{shipped}\n[[programme]]{programme}")).unwrap_err();
        assert_eq!(twice.to_string(), "declined_recovery: named twice");
    }
}
