use fixedops_vocab::{Miles, PolicyVersion};

/// The numbers of deciding what is due: what counts as new, what makes one visit, when to ask, how far the car's own
/// countdown is followed. Versioned data; `policies/due.toml` says where each comes from.
///
/// ```
/// use fixedops_odometer_core::DuePolicy;
/// let policy = DuePolicy::shipped();
/// assert_eq!(policy.version().to_string(), "due/1");
/// assert_eq!((policy.visit().miles.to_string(), policy.visit().days), ("1000.0".to_owned(), 30));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DuePolicy {
    version: PolicyVersion,
    source: String,
    delivery: DeliveryPolicy,
    visit: VisitPolicy,
    ask: AskPolicy,
    countdown: CountdownPolicy,
}

/// What a car is when it is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "a table of the policy file")]
pub struct DeliveryPolicy {
    /// Delivered with fewer miles than this, it is new.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::interval::door::miles"))]
    pub new_below_miles: Miles,
}

/// What is done on one visit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "a table of the policy file")]
pub struct VisitPolicy {
    /// Within so many miles of the first.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::interval::door::miles"))]
    pub miles: Miles,
    /// Within so many days of the first.
    pub days: u32,
}

/// When a driver is asked for a reading.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "a table of the policy file")]
pub struct AskPolicy {
    /// From this probability of being due.
    pub from: f64,
    /// And below this one.
    pub settled: f64,
    /// Where at least so many days lie between the two.
    pub worth_days: u32,
    /// Miles a day nobody exceeds who has no learned habit.
    pub fastest_miles_per_day: f64,
}

/// How far the car's own countdown is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "a table of the policy file")]
pub struct CountdownPolicy {
    /// A due point moves back by so many miles without anybody having touched the counter.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::interval::door::miles"))]
    pub slack_miles: Miles,
    /// The same in days.
    pub slack_days: u32,
    /// Days after which a countdown puts nothing off any more.
    pub stale_days: u32,
}

/// No window of this file is meant to be longer than ten years.
const MOST_DAYS: u32 = 3_650;

impl DuePolicy {
    /// A policy from its parts.
    ///
    /// # Errors
    /// [`DuePolicyError`] naming the field.
    pub fn new(
        version: PolicyVersion,
        source: impl Into<String>,
        delivery: DeliveryPolicy,
        visit: VisitPolicy,
        ask: AskPolicy,
        countdown: CountdownPolicy,
    ) -> Result<Self, DuePolicyError> {
        let source = source.into();
        if source.trim().is_empty() {
            return Err(DuePolicyError::NoSource);
        }
        let fail = |field: &'static str, reason: &'static str| Err(DuePolicyError::Field { field, reason });
        if !(ask.from > 0.0 && ask.from < 1.0) {
            return fail("ask.from", "is not between 0 and 1");
        }
        if !(ask.settled > ask.from && ask.settled < 1.0) {
            return fail("ask.settled", "is not between ask.from and 1");
        }
        if !(ask.fastest_miles_per_day >= 1.0 && ask.fastest_miles_per_day <= 2_000.0) {
            return fail("ask.fastest_miles_per_day", "is not within 1 to 2000");
        }
        for (field, days) in [
            ("visit.days", visit.days),
            ("ask.worth_days", ask.worth_days),
            ("countdown.slack_days", countdown.slack_days),
            ("countdown.stale_days", countdown.stale_days),
        ] {
            if days > MOST_DAYS {
                return fail(field, "is more than 3650 days");
            }
        }
        Ok(Self { version, source, delivery, visit, ask, countdown })
    }

    /// The policy that ships with this crate (`policies/due.toml`).
    #[cfg(feature = "serde")]
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../policies/due.toml")).expect("a test reads the embedded policy")
    }

    /// A policy from the text of a file shaped like the shipped one.
    ///
    /// # Errors
    /// [`DuePolicyError`] naming the place.
    #[cfg(feature = "serde")]
    pub fn from_toml(text: &str) -> Result<Self, DuePolicyError> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            version: PolicyVersion,
            #[serde(rename = "effective")]
            _effective: toml::value::Datetime,
            source: String,
            delivery: DeliveryPolicy,
            visit: VisitPolicy,
            ask: AskPolicy,
            countdown: CountdownPolicy,
        }
        let file: File = toml::from_str(text).map_err(|error| DuePolicyError::Shape(error.to_string()))?;
        Self::new(file.version, file.source, file.delivery, file.visit, file.ask, file.countdown)
    }

    /// The version every decision names.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// Where the numbers come from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What a car is when it is delivered.
    #[must_use]
    pub const fn delivery(&self) -> &DeliveryPolicy {
        &self.delivery
    }

    /// What is done on one visit.
    #[must_use]
    pub const fn visit(&self) -> &VisitPolicy {
        &self.visit
    }

    /// When a driver is asked for a reading.
    #[must_use]
    pub const fn ask(&self) -> &AskPolicy {
        &self.ask
    }

    /// How far the car's own countdown is followed.
    #[must_use]
    pub const fn countdown(&self) -> &CountdownPolicy {
        &self.countdown
    }
}

/// Why a policy was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DuePolicyError {
    /// Not TOML of the right shape; the text names line, column and field.
    #[error("due policy: {0}")]
    Shape(String),
    /// Numbers that come from nowhere.
    #[error("due policy: the source is empty")]
    NoSource,
    /// A number that cannot be meant.
    #[error("due policy: {field} {reason}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_cannot_be_meant_is_refused_by_field() {
        let shipped = include_str!("../policies/due.toml");
        for (from, to, says) in [
            ("from = 0.25", "from = 0.0", "ask.from"),
            ("from = 0.25", "from = nan", "ask.from"),
            ("settled = 0.9", "settled = 0.2", "ask.settled"),
            ("fastest_miles_per_day = 150", "fastest_miles_per_day = inf", "ask.fastest_miles_per_day"),
            ("stale_days = 180", "stale_days = 99999", "countdown.stale_days"),
            ("stale_days = 180", "stale = 180", "line"),
            ("new_below_miles = 1000", "new_below_miles = 1000000", "line"),
            ("source = \"", "source = \"\" # ", "source is empty"),
        ] {
            let text = shipped.replace(from, to);
            assert_ne!(text, shipped, "{from}");
            let error = DuePolicy::from_toml(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{to}: {error}");
        }
    }
}
