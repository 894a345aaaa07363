//! Facts about persons and how they are reached.

use chrono::{DateTime, Utc};
use fixedops_attribution::Placement;
use fixedops_consent::capture::GrantEvidence;
use fixedops_consent::{Consent, ContentDigest, Means, Recipient};
use fixedops_vocab::{
    CaseId, Channel, ConsentLevel, ContactHash, CustomerId, HouseholdId, Miles, ProgramId, Purpose, Scope,
    TouchId, TouchKey, VehicleId,
};
use serde::{Deserialize, Serialize};

use super::Alarm;

/// A contact point belongs to a person; what its zone and state evidence is. Never the number itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactLinked {
    /// Key of the input.
    pub key: String,
    /// The contact point.
    pub contact: ContactHash,
    /// Whose it is.
    pub person: CustomerId,
    /// With whom it is shared.
    pub household: HouseholdId,
    /// A telephone or a mailbox.
    pub medium: Medium,
    /// What is known of where it is.
    pub recipient: Recipient,
}

/// A telephone or a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a contact point is one of the two")]
pub enum Medium {
    /// A telephone.
    Phone,
    /// A mailbox.
    Email,
}

/// In the person's stream: a contact point was linked to him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactAdded {
    /// The contact point.
    pub contact: ContactHash,
    /// What it is.
    pub medium: Medium,
    /// With whom it is shared.
    pub household: HouseholdId,
}

/// A consent was given. Its elements are checked by consent's `decide`, one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentGranted {
    /// Key of the input.
    pub key: String,
    /// For which contact point.
    pub contact: ContactHash,
    /// For which channels.
    pub scope: Vec<Channel>,
    /// How strong.
    pub level: ConsentLevel,
    /// When it was given.
    pub occurred_at: DateTime<Utc>,
    /// Where it came from, in words.
    pub source: String,
    /// Its elements.
    pub consent: Consent,
    /// What was shown and done, where it was captured: the exact words with their digest, the act, the page's digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture: Option<GrantEvidence>,
}

/// A consent was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentRevoked {
    /// Key of the input; several contact points of one person carry the same.
    pub key: String,
    /// From which contact point.
    pub contact: ContactHash,
    /// What it reaches.
    pub scope: Scope,
    /// When the customer said so.
    pub occurred_at: DateTime<Utc>,
    /// Where it came from: `reply`, `dms_flag`, `carrier`, `copied`, `erasure`.
    pub source: String,
    /// The vehicle, for scope `this_vehicle`.
    pub vehicle: Option<VehicleId>,
    /// How it came in; absent in journals of before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub means: Option<Means>,
    /// Whether its words revoke by themselves, 47 CFR 64.1200(a)(10); absent where it had no words, or was taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_se: Option<bool>,
}

/// In the person's stream: open cases were told of a revocation; until then the stream is awake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevocationApplied {
    /// What it reaches.
    pub scope: Scope,
    /// The vehicle, for scope `this_vehicle`.
    pub vehicle: Option<VehicleId>,
    /// The cases that ended; empty while the work is still to be done.
    pub ended: Vec<CaseId>,
    /// Awake until it is done.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// In the person's and the household's stream: a touch was cleared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactBudgetUsed {
    /// The case.
    pub case: CaseId,
    /// The touch.
    pub touch: TouchId,
    /// To which contact point.
    pub contact: ContactHash,
    /// By which person.
    pub person: CustomerId,
    /// How.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// The programme.
    pub program: ProgramId,
    /// The subject.
    pub subject: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// In the person's and the household's stream: a cleared touch did not go out after all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactBudgetReleased {
    /// The case.
    pub case: CaseId,
    /// The touch.
    pub touch: TouchId,
}

/// A household has its place in the experiment of a programme, for a season. In the household's stream, before anything of
/// it is decided by the place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdPlaced {
    /// The household; a person known to none is one by himself.
    pub household: HouseholdId,
    /// Where it stands.
    pub placement: Placement,
}

/// The transport reports on a touch. In the contact's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryReported {
    /// Key of the input.
    pub key: String,
    /// The contact point.
    pub contact: ContactHash,
    /// The case.
    pub case: CaseId,
    /// The touch.
    pub touch: TouchId,
    /// Whether it arrived.
    pub delivered: bool,
    /// The carrier's word for it.
    pub status: String,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A customer answered. The words lie in the person store; here is how they were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyReceived {
    /// Key of the input.
    pub key: String,
    /// From which contact point.
    pub contact: ContactHash,
    /// The touch it answers, as far as one can tell.
    pub touch: Option<TouchKey>,
    /// Keyed digest of the words.
    pub digest: ContentDigest,
    /// What it is: `opt_out_keyword`, `question`, ...
    pub label: String,
    /// What it suppresses: a scope, `none` or `clarify`.
    pub scope: String,
    /// The odometer reading it tells, in miles, where it tells one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odometer: Option<Miles>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A person was erased: what is left denies, and verifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonErased {
    /// Key of the input.
    pub key: String,
    /// Who, by an id that is all that is left.
    pub person: CustomerId,
    /// Facts that were erased.
    pub facts: u64,
}
