use core::fmt;
use std::borrow::Cow;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use fixedops_vocab::PolicyVersion;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::book::ClockSet;
use crate::{Clearance, Rule, RuleBook};

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
pub struct Decided<'b> {
    /// The answer.
    pub decision: Decision,
    /// Every rule that applied, each once with its strongest effect; blocks first, then defers, permits, notes;
    /// within an effect by rule id.
    pub findings: Vec<Finding<'b>>,
    /// The rule book that was read.
    pub rule_book: &'b PolicyVersion,
    pub(crate) place: TakenPlace<'b>,
}

/// The clocks that were taken into account, and why.
#[derive(Debug)]
pub(crate) struct TakenPlace<'b> {
    pub(crate) book: &'b RuleBook,
    pub(crate) clocks: ClockSet,
    pub(crate) foreign: SmallVec<[Tz; 1]>,
    pub(crate) evidence: Evidence,
}

impl<'b> Decided<'b> {
    /// Where the contact point was taken to be, and on what evidence.
    #[must_use]
    pub fn whereabouts(&self) -> Whereabouts {
        let place = &self.place;
        let ours = place.book.clocks.of(place.clocks).map(|clock| clock.zone);
        let zones = ours.chain(place.foreign.iter().copied()).map(|zone| zone.name().into());
        Whereabouts { zones: zones.collect(), evidence: place.evidence }
    }

    /// The finding of `rule`, if it applied.
    #[must_use]
    pub fn finding(&self, rule: &str) -> Option<&Finding<'b>> {
        self.findings.iter().find(|finding| finding.rule.id == rule)
    }

    /// The findings as they are kept, in the same order.
    #[must_use]
    pub fn records(&self) -> Vec<FindingRecord> {
        self.findings.iter().map(Finding::record).collect()
    }
}

/// What one rule says about the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "callers take it apart")]
pub struct Finding<'b> {
    /// The rule: id, citation, effective date, how sure we are of it.
    pub rule: &'b Rule,
    /// What it does.
    pub effect: Effect,
    /// For [`Effect::Defers`]: the first instant at which this rule alone would let the message go.
    pub until: Option<DateTime<Utc>>,
    /// What in the facts it turned on, in plain words; never a number or an address.
    pub detail: Option<&'static str>,
}

impl Finding<'_> {
    /// As it is kept: with the words of the rule book copied, so that it says the same when the book has changed.
    #[must_use]
    pub fn record(&self) -> FindingRecord {
        FindingRecord {
            rule: self.rule.id.clone(),
            citation: self.rule.citation.clone(),
            finding: self.effect,
            until: self.until,
            detail: self.detail.map(str::to_owned),
            effective: self.rule.effective.clone(),
            confidence: self.rule.confidence,
        }
    }
}

/// A finding as journals and bundles keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRecord {
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

/// Where a contact point was taken to be, and on what evidence: what 47 CFR 64.1200(c)(1) turns on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whereabouts {
    /// IANA names of every clock that was taken into account: the message may go only where all of them allow it.
    pub zones: Vec<Cow<'static, str>>,
    /// What they rest on, strongest first.
    pub evidence: Evidence,
}

/// What is known of where a contact point is; each may hold or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a piece of evidence of its own")]
#[allow(clippy::exhaustive_structs, reason = "the order of evidence has these")]
pub struct Evidence {
    /// A confirmed ZIP code that is known.
    #[serde(skip_serializing_if = "is_not")]
    pub zip_code: bool,
    /// Zones that were handed in.
    #[serde(skip_serializing_if = "is_not")]
    pub zones: bool,
    /// A state.
    #[serde(skip_serializing_if = "is_not")]
    pub state: bool,
    /// An area code that is known.
    #[serde(skip_serializing_if = "is_not")]
    pub area_code: bool,
    /// They do not agree: every zone of each counts.
    #[serde(skip_serializing_if = "is_not")]
    pub disagreement: bool,
    /// There is none, or none that can be read: every zone of the United States counts.
    #[serde(skip_serializing_if = "is_not")]
    pub nothing: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
const fn is_not(flag: &bool) -> bool {
    !*flag
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
