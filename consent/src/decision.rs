use core::fmt;

use chrono::{DateTime, Utc};
use fixedops_vocab::PolicyVersion;
use serde::{Deserialize, Serialize};

use crate::Clearance;

/// May the message go out?
#[must_use]
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every answer")]
pub enum Decision {
    /// Yes, now, with this permission.
    Allow(Clearance),
    /// No, until the record changes.
    Deny,
    /// Not now: the earliest whole second that satisfies every window, holiday and cap at once. Decide anew then.
    Defer(DateTime<Utc>),
}

impl Decision {
    /// `allow`, `deny` or `defer`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Allow(_) => "allow",
            Self::Deny => "deny",
            Self::Defer(_) => "defer",
        }
    }
}

/// A decision with everything that bore on it.
#[must_use]
#[derive(Debug)]
pub struct Decided {
    /// The answer.
    pub decision: Decision,
    /// Every rule that applied, each once with its strongest effect; blocks first, then defers, permits, notes;
    /// within an effect by rule id.
    pub findings: Vec<Finding>,
    /// The rule book that was read.
    pub rule_book: PolicyVersion,
}

impl Decided {
    /// The finding of `rule`, if it applied.
    #[must_use]
    pub fn finding(&self, rule: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.rule == rule)
    }
}

/// What one rule says about the message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of the rule in the rule book.
    pub rule: String,
    /// Where it stands.
    pub citation: String,
    /// What it does.
    pub finding: Effect,
    /// For [`Effect::Defers`]: the first instant at which this rule alone would let the message go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// What in the facts it turned on, in plain words; never a number or an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Since when it is in force, as its source words it.
    pub effective: String,
    /// How sure we are of it.
    pub confidence: Confidence,
}

/// What a rule does to a message; the later, the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every effect")]
pub enum Effect {
    /// It applies and changes nothing.
    Notes,
    /// It was asked and is satisfied, or lifts another.
    Permits,
    /// It forbids the message now.
    Defers,
    /// It forbids the message.
    Blocks,
}

impl Effect {
    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notes => "notes",
            Self::Permits => "permits",
            Self::Defers => "defers",
            Self::Blocks => "blocks",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How well the wording of a rule is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(clippy::exhaustive_enums, reason = "the scale of the rule catalogue")]
pub enum Confidence {
    /// Primary text of the rule seen.
    #[serde(rename = "P")]
    PrimaryText,
    /// Verbatim quotation inside another document.
    #[serde(rename = "Q")]
    Quoted,
    /// Secondary paraphrase.
    #[serde(rename = "S")]
    Secondary,
    /// From memory, not verified.
    #[serde(rename = "M")]
    Memory,
    /// Derived: our policy or engineering choice, not law.
    #[serde(rename = "D")]
    Derived,
}
