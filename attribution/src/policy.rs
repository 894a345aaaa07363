use std::collections::BTreeSet;

use fixedops_vocab::PolicyVersion;

use crate::word::words;
use crate::{Department, Evidence};

/// Longest window that a policy may set, in days: beyond three years nobody answers a text.
const LONGEST_WINDOW_DAYS: u16 = 1096;
/// Longest time over which orders may count as one visit, in hours.
const LONGEST_SPLIT_HOURS: u16 = 24 * 31;

/// The rules of credit under their version. Data, not code: read from TOML, each rule with its source.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use fixedops_attribution::Policy;
/// let policy = Policy::shipped();
/// assert_eq!(policy.version().as_str(), "fixedops-attribution/1");
/// assert_eq!(policy.rules().response_days, 90);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "UncheckedPolicy"))]
pub struct Policy {
    version: PolicyVersion,
    rules: Rules,
}

/// The rules themselves. Days and hours are multiples of 24 hours and of one hour, not civil days.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rules {
    /// The rungs of the ladder that count.
    pub rungs: BTreeSet<Evidence>,
    /// How long after a touch a booking or a visit still answers it, in days.
    pub response_days: u16,
    /// How long after a click or a reply a booking still comes of it, in days.
    pub booking_days: u16,
    /// How far from the appointment, before or after, its repair order may be opened, in days.
    pub appointment_days: u16,
    /// When an order counts as made from an appointment.
    pub initiation: Initiation,
    /// From which likelihood on a click is a person's, in percent.
    pub human_click_percent: u8,
    /// Orders of one vehicle and owner opened within this many hours of the first are one visit; 0: never, each order
    /// is a visit of its own.
    pub split_ro_hours: u16,
    /// Whether the words on a line link it, as well as service and op code.
    pub match_names: bool,
    /// Departments whose orders are never credited.
    pub excluded_departments: BTreeSet<Department>,
    /// Which of two equal claims with an appointment wins.
    pub booked_tie: Tie,
    /// Which of two equal claims without an appointment wins.
    pub response_tie: Tie,
}

words! {
    /// When a repair order counts as made from an appointment.
    #[allow(clippy::exhaustive_enums, reason = "a rule of the policy: the judge must know every one")]
    Initiation {
        /// The DMS says so.
        Stated = "stated",
        /// The DMS says so, or says nothing and the order lies within the appointment's window.
        ByWindow = "by_window",
    }
}

words! {
    /// Which of two equal claims wins.
    #[allow(clippy::exhaustive_enums, reason = "a rule of the policy: the judge must know every one")]
    Tie {
        /// The one whose counted touch is the latest.
        LastTouch = "last_touch",
        /// The one whose counted touch is the earliest.
        FirstTouch = "first_touch",
    }
}

impl Policy {
    /// Rules under a version of their own.
    ///
    /// # Errors
    /// [`PolicyError::OutOfRange`] and [`PolicyError::NoRungs`], naming the rule.
    pub fn new(version: PolicyVersion, rules: Rules) -> Result<Self, PolicyError> {
        let days = |rule, value: u16| match value {
            1..=LONGEST_WINDOW_DAYS => Ok(()),
            _ => Err(PolicyError::OutOfRange { rule, value, least: 1, most: LONGEST_WINDOW_DAYS }),
        };
        days("response_days", rules.response_days)?;
        days("booking_days", rules.booking_days)?;
        days("appointment_days", rules.appointment_days)?;
        let at_most = |rule, value: u16, most| {
            if value <= most { Ok(()) } else { Err(PolicyError::OutOfRange { rule, value, least: 0, most }) }
        };
        at_most("human_click_percent", rules.human_click_percent.into(), 100)?;
        at_most("split_ro_hours", rules.split_ro_hours, LONGEST_SPLIT_HOURS)?;
        if rules.rungs.is_empty() {
            return Err(PolicyError::NoRungs);
        }
        Ok(Self { version, rules })
    }

    /// Name and version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// The rules.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }
}

/// Why a policy was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The TOML does not read: the message names line and column, or the key.
    #[error("{0}")]
    Unreadable(String),
    /// A rule without the source it was taken from.
    #[error("{rule}: the source is empty")]
    NoSource {
        /// The rule.
        rule: &'static str,
    },
    /// A number outside its range.
    #[error("{rule}: {value} is not within {least} to {most}")]
    OutOfRange {
        /// The rule.
        rule: &'static str,
        /// What it says.
        value: u16,
        /// The least it may say.
        least: u16,
        /// The most it may say.
        most: u16,
    },
    /// No rung of the ladder counts.
    #[error("rungs: none is named")]
    NoRungs,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct UncheckedPolicy {
    version: PolicyVersion,
    rules: Rules,
}

#[cfg(feature = "serde")]
impl TryFrom<UncheckedPolicy> for Policy {
    type Error = PolicyError;
    fn try_from(p: UncheckedPolicy) -> Result<Self, PolicyError> {
        Self::new(p.version, p.rules)
    }
}

/// The TOML form: a table per rule, value and source.
#[cfg(feature = "serde")]
mod file {
    use super::{BTreeSet, Department, Evidence, Initiation, Policy, PolicyError, PolicyVersion, Rules, Tie};

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        version: PolicyVersion,
        rungs: Rule<BTreeSet<Evidence>>,
        response_days: Rule<u16>,
        booking_days: Rule<u16>,
        appointment_days: Rule<u16>,
        initiation: Rule<Initiation>,
        human_click_percent: Rule<u8>,
        split_ro_hours: Rule<u16>,
        match_names: Rule<bool>,
        excluded_departments: Rule<BTreeSet<Department>>,
        booked_tie: Rule<Tie>,
        response_tie: Rule<Tie>,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rule<T> {
        value: T,
        source: String,
    }

    impl<T> Rule<T> {
        fn sourced(self, rule: &'static str) -> Result<T, PolicyError> {
            if self.source.trim().is_empty() { Err(PolicyError::NoSource { rule }) } else { Ok(self.value) }
        }
    }

    impl Policy {
        /// This project's own rules, as shipped.
        #[must_use]
        pub fn shipped() -> Self {
            Self::from_toml(include_str!("../policies/fixedops.toml"))
                .expect("the shipped policy is read by a test")
        }

        /// DealerMine's documented rules, as far as lines can follow them.
        #[must_use]
        pub fn dealermine() -> Self {
            Self::from_toml(include_str!("../policies/dealermine.toml"))
                .expect("the shipped policy is read by a test")
        }

        /// A policy from TOML: `version`, and per rule a table with `value` and `source`.
        ///
        /// # Errors
        /// [`PolicyError`], naming the place: an unknown, missing or ill-typed key with its line, a rule without
        /// source, a number out of range.
        pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
            let file: File = toml::from_str(text).map_err(|e| PolicyError::Unreadable(e.to_string()))?;
            let rules = Rules {
                rungs: file.rungs.sourced("rungs")?,
                response_days: file.response_days.sourced("response_days")?,
                booking_days: file.booking_days.sourced("booking_days")?,
                appointment_days: file.appointment_days.sourced("appointment_days")?,
                initiation: file.initiation.sourced("initiation")?,
                human_click_percent: file.human_click_percent.sourced("human_click_percent")?,
                split_ro_hours: file.split_ro_hours.sourced("split_ro_hours")?,
                match_names: file.match_names.sourced("match_names")?,
                excluded_departments: file.excluded_departments.sourced("excluded_departments")?,
                booked_tie: file.booked_tie.sourced("booked_tie")?,
                response_tie: file.response_tie.sourced("response_tie")?,
            };
            Self::new(file.version, rules)
        }
    }
}
