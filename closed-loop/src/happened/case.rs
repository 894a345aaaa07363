//! Facts about a case and its touches.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fixedops_attribution::human::Sign;
use fixedops_attribution::{Arm, Placement};
use fixedops_connectors_traits::RefusalKind;
use fixedops_consent::{ContentDigest, FindingRecord, ReadVersions, Whereabouts};
use fixedops_recovery::{Case, Closure};
use fixedops_vocab::{
    CaseId, Channel, ContactHash, CrossingId, CustomerId, HouseholdId, OwnershipSpan, PolicyVersion,
    ProgramId, Purpose, ServiceId, TouchId, TouchKey, VehicleId,
};
use serde::{Deserialize, Serialize};

use super::door::CaseWords;
use super::{Alarm, DeclinedLine};

/// A case was opened on a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseOpened {
    /// The case.
    pub case: CaseId,
    /// What it is about.
    pub program: ProgramId,
    /// The plan.
    pub plan: PolicyVersion,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Which ownership.
    pub span: OwnershipSpan,
    /// Whose.
    pub person: CustomerId,
    /// The crossing it came from.
    pub crossing: Option<CrossingId>,
    /// The services it speaks of, the first the main one.
    pub services: Vec<ServiceId>,
    /// The declined lines it speaks of, as it was opened; lines that joined it are told by their `line_declined`.
    pub declined: Vec<DeclinedLine>,
    /// Words that no other record has, by the field they are printed in; empty for most.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub words: CaseWords,
    /// Where its household stands in the experiment of its programme; absent where there is none. It holds for the whole
    /// case, should the season turn meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// The case as it now stands.
    pub state: Case,
    /// The alarm of the case.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

impl CaseOpened {
    /// Whether nothing is said in it on purpose.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.placement.as_ref().is_some_and(|placement| placement.arm == Arm::Control)
    }

    /// Whether it is about what has this id: the appointment, the inspection.
    #[must_use]
    pub fn is_about(&self, id: &str) -> bool {
        let about = format!("{}/{}/{id}", self.program, self.vehicle);
        let rest = self.case.as_str().strip_prefix(&about);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("/again/"))
    }
}

/// A touch of the plan, and its day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchPlanned {
    /// What touch.
    #[serde(flatten)]
    pub about: TouchAbout,
    /// When the plan has it.
    pub due_at: DateTime<Utc>,
}

/// What every `touch_*` event says of its touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchAbout {
    /// The case.
    pub case: CaseId,
    /// The touch in it.
    pub touch: TouchId,
    /// The keyed hash of the contact point; null where an owner has none.
    pub contact: Option<ContactHash>,
    /// How.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// The programme.
    pub program: ProgramId,
    /// What it is about, as caps count it.
    pub subject: String,
    /// The crossing it came from, or null.
    pub crossing: Option<CrossingId>,
}

impl TouchAbout {
    /// (case, touch).
    #[must_use]
    pub fn key(&self) -> TouchKey {
        TouchKey { case: self.case.clone(), touch: self.touch.clone() }
    }
}

/// The case moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTaken {
    /// What moved it.
    pub event: fixedops_recovery::Event,
    /// The touch it sends, if it sends one.
    pub touch: Option<TouchId>,
    /// The case as it now stands.
    pub state: Case,
    /// The alarm of the case.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// Consent's answer, kept as proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRecord {
    /// `allow`, `deny`, `defer`.
    pub outcome: String,
    /// The rule book that decided.
    pub rule_book: PolicyVersion,
    /// Every applicable rule, with its citation.
    pub rules: Vec<FindingRecord>,
    /// Where the contact point was taken to be, and on what evidence; absent in journals of before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Whereabouts>,
}

/// A touch may go out. In the contact's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchCleared {
    /// What touch.
    #[serde(flatten)]
    pub about: TouchAbout,
    /// The vehicle it speaks of.
    pub vehicle: VehicleId,
    /// Whose contact point it is.
    pub person: CustomerId,
    /// His household.
    pub household: HouseholdId,
    /// Keyed digest of the words.
    pub digest: ContentDigest,
    /// Versions of the streams it was decided on.
    pub read: ReadVersions,
    /// The decision.
    pub decision: DecisionRecord,
    /// To be settled by then, if no outcome stands here.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// A touch may not go out. In the case's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchSuppressed {
    /// What touch.
    #[serde(flatten)]
    pub about: TouchAbout,
    /// Why, in a word: `opted_out`, `no_consent`, `no_contact`, `booked`, ...
    pub reason: String,
    /// The decision, where consent was asked.
    pub decision: Option<DecisionRecord>,
}

/// A touch may not go out yet. In the case's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchDeferred {
    /// What touch.
    #[serde(flatten)]
    pub about: TouchAbout,
    /// Decided anew then.
    pub until: DateTime<Utc>,
    /// Why, in a word.
    pub reason: String,
    /// The decision, where consent was asked.
    pub decision: Option<DecisionRecord>,
}

/// A touch does not go out, on purpose: its case is in the control group. In the case's stream. Consent was not asked: nothing
/// is to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchWithheld {
    /// What touch.
    #[serde(flatten)]
    pub about: TouchAbout,
}

/// A touch went out. In the contact's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchSent {
    /// What touch.
    #[serde(flatten)]
    pub about: TouchAbout,
    /// The transport's id; where only a report of delivery proves it, the key of that report.
    pub provider_id: String,
    /// Whether a revocation landed between clearance and this.
    pub crossed_revocation: bool,
    /// How it was learned of, where not by the transport's own answer at once: then this stands here later than the
    /// message went out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learned: Option<Learned>,
    /// Settled.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// How a send was learned of that the transport did not answer for at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Learned {
    /// The transport was asked again, after a crash or a silence.
    Settled,
    /// The carrier reported it delivered.
    DeliveryReport,
}

/// A touch did not go out. In the contact's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchFailed {
    /// What touch.
    #[serde(flatten)]
    pub about: TouchAbout,
    /// Why.
    pub reason: String,
    /// When another attempt makes sense, if ever.
    pub retry_at: Option<DateTime<Utc>>,
    /// Settled.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

impl TouchFailed {
    /// The word for a refusal.
    #[must_use]
    pub fn reason_of(kind: RefusalKind) -> String {
        kind.as_str().to_owned()
    }
}

/// Nobody can say whether a touch went out. In the contact's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchOutcomeUnknown {
    /// What touch.
    #[serde(flatten)]
    pub about: TouchAbout,
    /// Settled: marketing is not sent again.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// An advisor has a call to make. Cleared when it is dialled, not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTaskOpened {
    /// The case.
    pub case: CaseId,
    /// The touch.
    pub touch: TouchId,
    /// What for.
    pub purpose: Purpose,
    /// Whether a slot should be offered.
    pub with_slot: bool,
    /// The slot that the scheduler had free when the call was put on the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<DateTime<Utc>>,
}

/// A call is not to be made any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTaskWithdrawn {
    /// The case.
    pub case: CaseId,
    /// The touch.
    pub touch: TouchId,
}

/// A link was opened. In the case's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkOpened {
    /// Key of the input.
    pub key: String,
    /// The case.
    pub case: CaseId,
    /// The touch.
    pub touch: TouchId,
    /// How sure we are that a person did it, in percent: link scanners open links too.
    pub human_percent: u8,
    /// What spoke for or against it; what was seen of the client itself stays with whoever serves the link.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signs: Vec<Sign>,
    /// The policy that weighed the signs; absent where whoever serves the link only told a percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judged_by: Option<PolicyVersion>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A case ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseClosed {
    /// The case.
    pub case: CaseId,
    /// How it ended.
    pub closure: Closure,
    /// Why, in words.
    pub reason: String,
}
