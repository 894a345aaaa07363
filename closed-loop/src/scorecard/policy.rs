use std::collections::BTreeMap;

use fixedops_vocab::{Currency, Money, PolicyVersion};
use rust_decimal::Decimal;
use serde::Deserialize;

/// What the scorecard compares with: benchmarks, targets, limits, each with its source.
///
/// ```
/// use fixedops_closed_loop::scorecard::ScorecardPolicy;
/// let policy = ScorecardPolicy::shipped();
/// assert_eq!(policy.benchmark().to_string(), "494.00 USD");
/// assert!(ScorecardPolicy::from_toml("version = \"mine/1\"").is_err());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ScorecardPolicy {
    pub(super) file: PolicyFile,
    pub(super) benchmark: Money,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyFile {
    pub(super) version: PolicyVersion,
    #[serde(rename = "effective")]
    _effective: toml::value::Datetime,
    pub(super) currency: Currency,
    pub(super) small_base: Sourced<u64>,
    pub(super) benchmark_visit: BenchmarkFile,
    pub(super) human_click_percent: Sourced<u8>,
    pub(super) response_days: Sourced<u32>,
    pub(super) inspection_link_minutes: Sourced<u32>,
    pub(super) calendar_reminder: CalendarReminder,
    pub(super) relevance: RelevancePolicy,
    pub(super) accuracy: AccuracyPolicy,
    pub(super) recovery_scenarios: Scenarios,
    pub(super) targets: BTreeMap<TargetName, TargetPolicy>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sourced<T> {
    pub(super) value: T,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BenchmarkFile {
    #[serde(with = "rust_decimal::serde::str")]
    amount: Decimal,
    pub(super) label: String,
    pub(super) as_of: String,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarReminder {
    pub(super) annual_miles: u32,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RelevancePolicy {
    pub(super) tolerance_days: u32,
    pub(super) tolerance_miles: u32,
    pub(super) backlog_hours: u32,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccuracyPolicy {
    pub(super) ask_hours_before: u32,
    pub(super) capture_ages_days: Vec<u32>,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenarios {
    pub(super) percent: Vec<u32>,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetPolicy {
    pub(super) percent: u32,
    /// How far from it, either way, still meets it; left out where more is better.
    pub(super) within: Option<u32>,
    pub(super) source: String,
}

/// The figures that may have a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TargetName {
    ShowRate,
    InspectionCompletion,
    Acceptance,
    Recovery,
    Coverage,
    Response,
}

/// Why a policy was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScorecardPolicyError {
    /// It does not read: the reader's own words, with line and reason.
    #[error("{0}")]
    Unreadable(#[from] toml::de::Error),
    /// A value is out of its bounds.
    #[error("{field} is {found}: it must be {must}")]
    OutOfBounds {
        /// Which.
        field: &'static str,
        /// What stands there.
        found: String,
        /// What may stand there.
        must: &'static str,
    },
}

impl ScorecardPolicy {
    /// The shipped policy.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../../policies/scorecard.toml"))
            .expect("the embedded policy is read by a test")
    }

    /// A store's own.
    ///
    /// # Errors
    /// [`ScorecardPolicyError`] with the place and the reason.
    pub fn from_toml(text: &str) -> Result<Self, ScorecardPolicyError> {
        let file: PolicyFile = toml::from_str(text)?;
        let bad = |field, found: String, must| ScorecardPolicyError::OutOfBounds { field, found, must };
        let amount = file.benchmark_visit.amount;
        let benchmark =
            Money::new(amount, file.currency).ok().filter(|_| amount > Decimal::ZERO).ok_or_else(|| {
                bad("benchmark_visit.amount", amount.to_string(), "an amount above zero, in whole cents")
            })?;
        if !(1_000..=100_000).contains(&file.calendar_reminder.annual_miles) {
            let found = file.calendar_reminder.annual_miles.to_string();
            return Err(bad("calendar_reminder.annual_miles", found, "1,000 to 100,000"));
        }
        if file.human_click_percent.value > 100 {
            return Err(bad("human_click_percent", file.human_click_percent.value.to_string(), "0 to 100"));
        }
        if !file.accuracy.capture_ages_days.is_sorted_by(|a, b| a < b) {
            let found = format!("{:?}", file.accuracy.capture_ages_days);
            return Err(bad("accuracy.capture_ages_days", found, "rising"));
        }
        if file.accuracy.ask_hours_before > 24 * 365 {
            let found = file.accuracy.ask_hours_before.to_string();
            return Err(bad("accuracy.ask_hours_before", found, "at most a year"));
        }
        let percents =
            file.recovery_scenarios.percent.iter().chain(file.targets.values().map(|t| &t.percent));
        if let Some(over) = percents.into_iter().find(|percent| **percent > 100) {
            return Err(bad("recovery_scenarios or targets, percent", over.to_string(), "at most 100"));
        }
        Ok(Self { file, benchmark })
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.file.version
    }

    /// What a customer-pay visit is compared with.
    #[must_use]
    pub const fn benchmark(&self) -> Money {
        self.benchmark
    }

    pub(super) fn target(&self, name: TargetName) -> Option<&TargetPolicy> {
        self.file.targets.get(&name)
    }
}
