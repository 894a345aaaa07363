use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use fixedops_vocab::{Currency, Money, PolicyVersion};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Satisfaction;

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
    pub(super) before: BeforePolicy,
    pub(super) milestones: MilestonesPolicy,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BeforePolicy {
    pub(super) days: u32,
    pub(super) source: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MilestonesPolicy {
    pub(super) window_weeks: u32,
    #[serde(rename = "source")]
    _source: String,
    pub(super) at: Vec<MilestonePolicy>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MilestonePolicy {
    pub(super) week: u32,
    pub(super) targets: BTreeMap<MilestoneTarget, TargetPolicy>,
}

/// The figures that may have a target in a week after the loop began, in the order of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MilestoneTarget {
    InspectionCompletion,
    LinksInTime,
    Acceptance,
    Response,
    ShowRate,
    Recovery,
    OrderLift,
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
    pub(super) backlog_hours: u32,
    #[serde(rename = "source")]
    _source: String,
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

impl Satisfaction {
    /// Reads it from TOML: `score` and `out_of` as decimal text, `answers`, `as_of`, `source`.
    ///
    /// # Errors
    /// [`ScorecardPolicyError`] with the place and the reason.
    pub fn from_toml(text: &str) -> Result<Self, ScorecardPolicyError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(with = "rust_decimal::serde::str")]
            score: Decimal,
            #[serde(with = "rust_decimal::serde::str")]
            out_of: Decimal,
            answers: u64,
            as_of: toml::value::Datetime,
            source: String,
        }
        let file: File = toml::from_str(text)?;
        let bad = |field, found: String, must| ScorecardPolicyError::OutOfBounds { field, found, must };
        let day = file
            .as_of
            .date
            .and_then(|day| NaiveDate::from_ymd_opt(day.year.into(), day.month.into(), day.day.into()));
        let as_of = day.ok_or_else(|| bad("as_of", file.as_of.to_string(), "a day"))?;
        if file.out_of <= Decimal::ZERO {
            return Err(bad("out_of", file.out_of.to_string(), "above zero"));
        }
        if file.score < Decimal::ZERO || file.score > file.out_of {
            return Err(bad("score", file.score.to_string(), "from 0 to out_of"));
        }
        if file.answers == 0 {
            return Err(bad("answers", "0".to_owned(), "how many customers answered, at least 1"));
        }
        if file.source.trim().is_empty() {
            return Err(bad("source", "empty".to_owned(), "who measured it"));
        }
        Ok(Self { score: file.score, out_of: file.out_of, answers: file.answers, as_of, source: file.source })
    }

    /// Whether it was measured by the day (UTC) of a scorecard: what came later was not known then.
    ///
    /// # Errors
    /// [`ScorecardPolicyError::TooLate`] with both days.
    pub fn known_by(&self, scorecard: DateTime<Utc>) -> Result<(), ScorecardPolicyError> {
        let until = scorecard.date_naive();
        if self.as_of > until {
            return Err(ScorecardPolicyError::TooLate { as_of: self.as_of, until });
        }
        Ok(())
    }
}

/// Why a policy was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScorecardPolicyError {
    /// It does not read: the reader's own words, with line and reason.
    #[error("{0}")]
    Unreadable(#[from] toml::de::Error),
    /// Customer satisfaction of a later day than the scorecard's.
    #[error("as_of is {as_of}: it must not be later than the scorecard, which speaks until {until}")]
    TooLate {
        /// When it was measured.
        as_of: NaiveDate,
        /// The day of the scorecard.
        until: NaiveDate,
    },
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
        let weeks = || file.milestones.at.iter().map(|at| at.week);
        let window = file.milestones.window_weeks;
        if !(1..=52).contains(&window) {
            return Err(bad("milestones.window_weeks", window.to_string(), "1 to 52"));
        }
        if !weeks().is_sorted_by(|a, b| a < b) || weeks().any(|week| week < window || week > 520) {
            let found = format!("{:?}", weeks().collect::<Vec<_>>());
            return Err(bad("milestones.at, week", found, "rising, from window_weeks to 520"));
        }
        if !(1..=3_650).contains(&file.before.days) {
            return Err(bad("before.days", file.before.days.to_string(), "1 to 3,650"));
        }
        let milestones = file.milestones.at.iter().flat_map(|at| at.targets.values());
        let targets = file.targets.values().chain(milestones).map(|target| &target.percent);
        let mut percents = file.recovery_scenarios.percent.iter().chain(targets);
        if let Some(over) = percents.find(|percent| **percent > 100) {
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
