use fixedops_vocab::{PolicyVersion, ServiceId};
use rust_decimal::Decimal;
use serde::Deserialize;

/// What an audit counts by: `policies/audit.toml`, versioned, with the source of each constant.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditPolicy {
    /// Its version.
    pub version: PolicyVersion,
    #[serde(rename = "effective")]
    _effective: toml::value::Datetime,
    /// Where the definitions come from.
    pub source: String,
    /// A base smaller than this is marked.
    pub small_base: u64,
    /// Which vehicles count.
    pub vehicles: VehiclePolicy,
    /// How estimates are tested.
    pub backtest: BacktestPolicy,
    /// What a visit is worth.
    pub visit: VisitPolicy,
    /// Over which time the path is followed.
    pub path: PathPolicy,
    /// Which orders are tied back to what was sent.
    pub ladder: LadderPolicy,
    /// What the declined list holds.
    pub declined: DeclinedPolicy,
    /// Which dates cannot be.
    pub dates: DatePolicy,
    /// When a reading is doubted.
    pub doubts: DoubtPolicy,
}

/// Which vehicles count.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehiclePolicy {
    /// Months since the last repair order within which a vehicle is in play.
    pub in_play_months: u32,
    /// Months within which it is active.
    pub active_months: u32,
    /// Months within which it is recently lost.
    pub lost_months: u32,
    /// Limits of the age classes of the last capture, days.
    pub capture_ages: Vec<u32>,
    /// Probability from which a service counts as due.
    pub due_level: f64,
}

/// How estimates are tested.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BacktestPolicy {
    /// The flat rule, miles a calendar month.
    pub flat_miles_per_month: u32,
    /// Cars tested at most.
    pub most_cars: u64,
}

/// What a visit is worth.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VisitPolicy {
    /// Months over which the mean is taken.
    pub mean_months: u32,
    /// Dollars of a customer-pay repair order elsewhere.
    pub benchmark: Decimal,
    /// Who says so, and when.
    pub benchmark_source: String,
}

/// Over which time the path is followed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathPolicy {
    /// Days before the last day.
    pub window_days: u32,
    /// The one interval that is followed.
    pub service: ServiceId,
}

/// Which orders are tied back to what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LadderPolicy {
    /// Months before the last day.
    pub window_months: u32,
}

/// What the declined list holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclinedPolicy {
    /// Months of recommendations.
    pub lookback_months: u32,
    /// Limits of the age classes, days.
    pub ages: Vec<u32>,
    /// Days within which later work counts as recovered.
    pub recovery_days: u32,
    /// Operation codes listed.
    pub most_op_codes: usize,
    /// Vehicles that must have a recommendation in free words open before its words are shown.
    pub free_text_vehicles: u64,
    /// How sure the range around the store's own rate is, in percent: 90, 95 or 99.
    pub certainty_percent: u8,
    /// Rates of recovery to reckon with, where the store's own is not known.
    pub recovery: Vec<RecoveryRate>,
}

/// A rate of recovery somebody quotes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoveryRate {
    /// Percent.
    pub percent: Decimal,
    /// Who says so.
    pub source: String,
}

/// Which dates cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatePolicy {
    /// Days without a repair order that part the future from the last day.
    pub future_gap_days: u32,
    /// Rows in a thousand that may lie beyond.
    pub future_rows_per_thousand: u64,
    /// First year that can be meant.
    pub earliest_year: i32,
}

/// When a reading is doubted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoubtPolicy {
    /// Percent of the rows with one grave fault, above which it is said before any answer.
    pub rows_percent: u64,
}

impl AuditPolicy {
    /// The shipped one.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../../policies/audit.toml"))
            .expect("the embedded policy is read by a test")
    }

    /// A store's own.
    ///
    /// # Errors
    /// The reader's own words, with line and field.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let policy: Self = toml::from_str(text)?;
        if ![90, 95, 99].contains(&policy.declined.certainty_percent) {
            return Err(serde::de::Error::custom("declined.certainty_percent is none of 90, 95 and 99"));
        }
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policy_reads_and_names_the_benchmark_with_its_source() {
        let policy = AuditPolicy::shipped();
        assert_eq!(policy.visit.benchmark, Decimal::from(494));
        assert!(policy.visit.benchmark_source.contains("NADA 2025"));
        let rates: Vec<String> =
            policy.declined.recovery.iter().map(|rate| rate.percent.to_string()).collect();
        assert_eq!(rates, ["6", "12", "20"]);
    }

    #[test]
    fn a_policy_with_an_unknown_constant_is_refused_with_its_line() {
        let text = include_str!("../../policies/audit.toml").replace("window_days", "window_weeks");
        let error = AuditPolicy::from_toml(&text).unwrap_err().to_string();
        assert!(error.contains("window_weeks") && error.contains("line"), "{error}");
        let text = include_str!("../../policies/audit.toml").replace("percent = 95", "percent = 80");
        assert!(AuditPolicy::from_toml(&text).unwrap_err().to_string().contains("none of 90, 95 and 99"));
    }
}
