//! What can happen, as the journal tells it.

use chrono::{DateTime, NaiveDate, Utc};
use fixedops_attribution::Credit;
use fixedops_connectors_traits::{
    AppointmentStatus, Event, NewEvent, RefusalKind, UnitKind, WriteBack, instant_text,
};
use fixedops_consent::{Consent, ContentDigest, Finding, ReadVersions, Recipient};
use fixedops_odometer_core::{Leg, ReadingKind, TrackSummary};
use fixedops_recovery::{Case, Closure};
use fixedops_vocab::{
    AppointmentId, Basis, CaseId, Channel, ConsentLevel, ContactHash, CrossingId, CustomerId, HouseholdId,
    Mileage, Money, OpCode, OwnershipSpan, PayType, PolicyVersion, ProgramId, Purpose, RawOdometer, RoId,
    RoLineId, RooftopId, Scope, ServiceId, TouchId, TouchKey, VehicleId,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::LoopError;

/// What happened: the type and the data of an event, typed.
///
/// The names are the contract of the journal file. An event of a type that is not listed here is kept and passed
/// over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "events are made one at a time and written at once")]
#[allow(missing_docs, reason = "each variant is documented at its data")]
#[non_exhaustive]
pub enum Happened {
    SimulationStarted(SimulationStarted),
    SimulationFinished(SimulationFinished),
    StoreConfigured(StoreConfigured),
    ContactLinked(ContactLinked),
    ContactAdded(ContactAdded),
    ConsentGranted(ConsentGranted),
    ConsentRevoked(ConsentRevoked),
    RevocationApplied(RevocationApplied),
    VehicleRecorded(VehicleRecorded),
    VehicleOwned(VehicleOwned),
    ReadingRecorded(ReadingRecorded),
    TrackAdvanced(TrackAdvanced),
    VehicleAssessed(VehicleAssessed),
    ThresholdCrossed(ThresholdCrossed),
    CrossingResolved(CrossingResolved),
    CaseOpened(CaseOpened),
    TouchPlanned(TouchPlanned),
    StepTaken(StepTaken),
    TouchCleared(TouchCleared),
    TouchSuppressed(TouchSuppressed),
    TouchDeferred(TouchDeferred),
    TouchSent(TouchSent),
    TouchFailed(TouchFailed),
    TouchOutcomeUnknown(TouchOutcomeUnknown),
    ContactBudgetUsed(ContactBudgetUsed),
    ContactBudgetReleased(ContactBudgetReleased),
    CallTaskOpened(CallTaskOpened),
    CallTaskWithdrawn(CallTaskWithdrawn),
    DeliveryReported(DeliveryReported),
    LinkOpened(LinkOpened),
    ReplyReceived(ReplyReceived),
    LineDeclined(LineDeclined),
    AppointmentSet(AppointmentSet),
    AppointmentShown(AppointmentShown),
    AppointmentMissed(AppointmentMissed),
    RoOpened(RoOpened),
    RoClosed(RoClosed),
    VisitNoted(VisitNoted),
    ServiceRecorded(ServiceRecorded),
    CreditAssigned(CreditAssigned),
    CreditReversed(CreditReversed),
    RoAttributed(RoAttributed),
    WriteBackQueued(WriteBackQueued),
    WriteBackDelayed(WriteBackDelayed),
    WriteBackConfirmed(WriteBackConfirmed),
    WriteBackParked(WriteBackParked),
    CaseClosed(CaseClosed),
    PersonErased(PersonErased),
}

impl Happened {
    /// As an event to append.
    ///
    /// # Errors
    /// [`LoopError`] where a value has no JSON form.
    pub fn into_event(self) -> Result<NewEvent, LoopError> {
        let mut whole = serde_json::to_value(self).map_err(LoopError::unwritable)?;
        let event_type = whole.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let data = whole.get_mut("data").map(Value::take).unwrap_or_default();
        NewEvent::new(&event_type, data).map_err(LoopError::unwritable)
    }

    /// Reads an event; `None` for a type this version does not know.
    ///
    /// # Errors
    /// [`LoopError`] of kind corrupt where the data of a known type does not read.
    pub fn read(event: &Event) -> Result<Option<Self>, LoopError> {
        if !KNOWN.contains(&event.event_type.as_str()) {
            return Ok(None);
        }
        let whole = serde_json::json!({"type": event.event_type.as_str(), "data": event.data});
        serde_json::from_value(whole).map(Some).map_err(|error| LoopError::unreadable(event, &error))
    }
}

/// Every type listed above; a test holds the two lists together.
const KNOWN: &[&str] = &[
    "simulation_started",
    "simulation_finished",
    "store_configured",
    "contact_linked",
    "contact_added",
    "consent_granted",
    "consent_revoked",
    "revocation_applied",
    "vehicle_recorded",
    "vehicle_owned",
    "reading_recorded",
    "track_advanced",
    "vehicle_assessed",
    "threshold_crossed",
    "crossing_resolved",
    "case_opened",
    "touch_planned",
    "step_taken",
    "touch_cleared",
    "touch_suppressed",
    "touch_deferred",
    "touch_sent",
    "touch_failed",
    "touch_outcome_unknown",
    "contact_budget_used",
    "contact_budget_released",
    "call_task_opened",
    "call_task_withdrawn",
    "delivery_reported",
    "link_opened",
    "reply_received",
    "line_declined",
    "appointment_set",
    "appointment_shown",
    "appointment_missed",
    "ro_opened",
    "ro_closed",
    "visit_noted",
    "service_recorded",
    "credit_assigned",
    "credit_reversed",
    "ro_attributed",
    "write_back_queued",
    "write_back_delayed",
    "write_back_confirmed",
    "write_back_parked",
    "case_closed",
    "person_erased",
];

/// A wake-up in an event's data: left out, cleared (`null`), or set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alarm {
    /// The wake-up of the stream stays as it is.
    #[default]
    Keep,
    /// The stream has no wake-up any more.
    Clear,
    /// The stream is woken then.
    At(DateTime<Utc>),
}

impl Alarm {
    fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

impl From<Option<DateTime<Utc>>> for Alarm {
    fn from(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Clear, Self::At)
    }
}

impl Serialize for Alarm {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keep | Self::Clear => serializer.serialize_none(),
            Self::At(at) => serializer.serialize_str(&instant_text(*at)),
        }
    }
}

impl<'de> Deserialize<'de> for Alarm {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<DateTime<Utc>>::deserialize(deserializer)?.into())
    }
}

/// This journal is a simulated one: what it was made from. The first event of a demo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulationStarted {
    /// Key of the input.
    pub key: String,
    /// Seed of every draw.
    pub seed: u64,
    /// Vehicles.
    pub vehicles: u32,
    /// Days.
    pub days: u32,
    /// Version of the simulated world.
    pub world: String,
}

/// The simulated days are over. The last event of a demo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulationFinished {
    /// Key of the input.
    pub key: String,
}

/// The dealership this journal speaks for, and the versions of every policy in force from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreConfigured {
    /// Key of the input.
    pub key: String,
    /// Where.
    pub rooftop: RooftopId,
    /// The name messages carry.
    pub dealer_name: String,
    /// The call-back number messages carry; the store's own, not a customer's.
    pub dealer_phone: String,
    /// The dealer's postal address, as e-mail law asks for it.
    pub postal_address: String,
    /// The dealer's own scheduler.
    pub book_url: String,
    /// Where one click unsubscribes.
    pub unsubscribe_url: String,
    /// Rules, plans, schedule, models: name to version.
    pub policies: std::collections::BTreeMap<String, PolicyVersion>,
}

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
    /// Where it came from: `reply`, `dms_flag`, `carrier`, `copied`.
    pub source: String,
    /// The vehicle, for scope `this_vehicle`.
    pub vehicle: Option<VehicleId>,
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

/// A vehicle was seen, or changed hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleRecorded {
    /// Key of the input.
    pub key: String,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Where it is served.
    pub rooftop: RooftopId,
    /// Whose it is.
    pub owner: Option<CustomerId>,
    /// Which ownership this is.
    pub span: OwnershipSpan,
    /// What kind of unit.
    pub unit: UnitKind,
    /// Year, make and model, in words.
    pub name: String,
    /// When the owner took delivery of it new, if he did.
    pub delivered_on: Option<NaiveDate>,
    /// Awake at once.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// In the person's stream: a vehicle is his.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleOwned {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Which ownership.
    pub span: OwnershipSpan,
}

/// An odometer reading came in, right or wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingRecorded {
    /// Key of the input.
    pub key: String,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// What was read.
    pub odometer: RawOdometer,
    /// What kind of reading.
    pub kind: ReadingKind,
    /// When it was read.
    pub occurred_at: DateTime<Utc>,
    /// Where it came from.
    pub source: String,
    /// Awake at once, to judge it.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// GPS fixes were folded into the vehicle's track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackAdvanced {
    /// Key of the input.
    pub key: String,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The state of the track after the batch.
    pub track: fixedops_odometer_core::Track,
    /// What the track says.
    pub summary: TrackSummary,
    /// SHA-256 of the batch, in hexadecimal.
    pub digest: String,
    /// Awake at once.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// The vehicle was looked at: what its odometer says and when to look again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleAssessed {
    /// What the odometer says, with its range.
    pub mileage: Mileage,
    /// Readings used and set aside.
    pub readings_used: usize,
    /// Readings kept and not believed.
    pub readings_set_aside: usize,
    /// Why nothing more came of it, in words.
    pub note: String,
    /// The model that estimated it.
    pub model: PolicyVersion,
    /// When to look again.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// A service came due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdCrossed {
    /// The crossing.
    pub crossing: CrossingId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Which ownership.
    pub span: OwnershipSpan,
    /// The service.
    pub service: ServiceId,
    /// Which interval since delivery, from 1.
    pub cycle: u32,
    /// Miles or months.
    pub leg: Leg,
    /// Where the mileage comes from; null for the time leg.
    pub basis: Option<Basis>,
    /// Probability of being due, to four places; null for the time leg.
    pub p: Option<f64>,
    /// The mileage with its label; null for the time leg.
    pub mileage: Option<Mileage>,
    /// Why, in words.
    pub reason: String,
    /// Schedule and model that decided.
    pub policies: Vec<PolicyVersion>,
    /// The case it opened, if it did.
    pub case: Option<CaseId>,
}

/// Where a crossing stands now. The first is in the batch of its `threshold_crossed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossingResolved {
    /// The crossing.
    pub crossing: CrossingId,
    /// Where it stands.
    #[serde(flatten)]
    pub outcome: CrossingOutcome,
}

/// The one outcome a crossing is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "promise 3 counts these")]
pub enum CrossingOutcome {
    /// A touch went out. Final.
    Sent,
    /// Withheld, as the control group.
    Control,
    /// Nothing will be said, for a reason.
    Suppressed {
        /// Why.
        reason: String,
    },
    /// A touch is still to come.
    Waiting {
        /// Not before.
        until: Option<DateTime<Utc>>,
    },
    /// A touch could not be brought out.
    Failed {
        /// Why.
        reason: String,
    },
    /// No longer due.
    Withdrawn {
        /// Why.
        reason: String,
    },
    /// Told together with another crossing.
    Bundled {
        /// The other one.
        into: CrossingId,
    },
}

impl CrossingOutcome {
    /// The word in events.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Control => "control",
            Self::Suppressed { .. } => "suppressed",
            Self::Waiting { .. } => "waiting",
            Self::Failed { .. } => "failed",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Bundled { .. } => "bundled",
        }
    }
}

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
    /// The declined lines it speaks of.
    pub declined: Vec<DeclinedLine>,
    /// The case as it now stands.
    pub state: Case,
    /// The alarm of the case.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// A line a customer declined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclinedLine {
    /// The order.
    pub ro: RoId,
    /// The line.
    pub line: RoLineId,
    /// Operation code.
    pub op_code: Option<OpCode>,
    /// The service it belongs to.
    pub service: Option<ServiceId>,
    /// What it is, in words.
    pub name: String,
    /// What it would have cost.
    pub price: Option<Money>,
    /// When it was declined.
    pub declined_at: DateTime<Utc>,
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
    pub rules: Vec<Finding>,
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
    /// Settled.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
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
}

/// A call is not to be made any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTaskWithdrawn {
    /// The case.
    pub case: CaseId,
    /// The touch.
    pub touch: TouchId,
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
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A customer declined a recommended line. In the vehicle's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDeclined {
    /// Key of the input.
    pub key: String,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The line.
    #[serde(flatten)]
    pub declined: DeclinedLine,
    /// Why, in a word.
    pub reason: String,
    /// The case it opened, if it did.
    pub case: Option<CaseId>,
}

/// An appointment was set. In the vehicle's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentSet {
    /// Key of the input.
    pub key: String,
    /// The appointment.
    pub appointment: AppointmentId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// When the customer is to come.
    pub starts_at: DateTime<Utc>,
    /// The touch whose token it carries.
    pub touch: Option<TouchKey>,
    /// When it was booked.
    pub occurred_at: DateTime<Utc>,
}

/// The customer came. In the vehicle's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentShown {
    /// Key of the input.
    pub key: String,
    /// The appointment.
    pub appointment: AppointmentId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// The customer did not come, or called it off. In the vehicle's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentMissed {
    /// Key of the input.
    pub key: String,
    /// The appointment.
    pub appointment: AppointmentId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// No-show or cancelled.
    pub status: AppointmentStatus,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A repair order was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoOpened {
    /// Key of the input.
    pub key: String,
    /// The order.
    pub ro: RoId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The appointment it was opened from.
    pub initiated_from: Option<AppointmentId>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A repair order was closed, or closed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoClosed {
    /// Key of the input.
    pub key: String,
    /// The order.
    pub ro: RoId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Which ownership it belongs to.
    pub span: OwnershipSpan,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// The appointment it was opened from.
    pub initiated_from: Option<AppointmentId>,
    /// Whether it was voided.
    pub voided: bool,
    /// Odometer at write-up.
    pub odometer: Option<RawOdometer>,
    /// The lines.
    pub lines: Vec<ClosedLine>,
    /// When it was closed.
    pub occurred_at: DateTime<Utc>,
    /// Awake at once, to be attributed.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// A line of a closed repair order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedLine {
    /// The line.
    pub line: RoLineId,
    /// Operation code.
    pub op_code: Option<OpCode>,
    /// The service its code stands for.
    pub service: Option<ServiceId>,
    /// What it is, in words.
    pub name: Option<String>,
    /// Who pays.
    pub pay_type: PayType,
    /// Amount and currency.
    #[serde(flatten)]
    pub money: Money,
}

/// In the vehicle's stream: the vehicle is in the shop, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitNoted {
    /// The order.
    pub ro: RoId,
    /// Whether it is still open.
    pub open: bool,
    /// Whether a customer paid for any of it: a transaction, as the law counts relationships.
    pub transaction: bool,
    /// When it was opened or closed.
    pub occurred_at: DateTime<Utc>,
    /// Awake at once.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// In the vehicle's stream: a service of the schedule was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRecorded {
    /// The service.
    pub service: ServiceId,
    /// The order it was done on.
    pub ro: RoId,
    /// Odometer at write-up.
    pub odometer: Option<RawOdometer>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A line earned a credit. In the order's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditAssigned {
    /// The order.
    pub ro: RoId,
    /// The line.
    pub line: RoLineId,
    /// Amount and currency.
    #[serde(flatten)]
    pub money: Money,
    /// The crossing or decline that earned it.
    pub trigger: String,
    /// Id of the receipt.
    pub receipt: String,
    /// The credit with its receipt, as it can be recomputed offline.
    pub credit: Credit,
}

/// A credit was taken back. In the order's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditReversed {
    /// The order.
    pub ro: RoId,
    /// The line.
    pub line: RoLineId,
    /// Amount and currency.
    #[serde(flatten)]
    pub money: Money,
    /// The receipt that no longer stands.
    pub receipt: String,
    /// Why.
    pub reason: String,
}

/// The order was looked at: which lines earned nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoAttributed {
    /// The order.
    pub ro: RoId,
    /// The policy that decided.
    pub policy: PolicyVersion,
    /// Sum of all customer-pay lines, shown apart from the credits.
    pub visit: Option<Money>,
    /// Lines without credit: line and reason.
    pub not_credited: Vec<(RoLineId, String)>,
    /// Awake while something is to be written back.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// Something is to be written into the DMS. In the order's stream, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBackQueued {
    /// What.
    pub write_back: WriteBack,
}

/// The DMS did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBackDelayed {
    /// The key of what is to be written.
    pub key: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why, in words.
    pub reason: String,
    /// Tried again then.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// It stands in the DMS and was read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBackConfirmed {
    /// The key of what was written.
    pub key: String,
    /// Awake while more is to be written.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// The DMS will never take it: a person must look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBackParked {
    /// The key of what could not be written.
    pub key: String,
    /// Why, in words.
    pub reason: String,
    /// Awake while more is to be written.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_known_types_is_the_list_of_variants() {
        let error =
            serde_json::from_value::<Happened>(serde_json::json!({"type": "?", "data": {}})).unwrap_err();
        // serde names every variant it knows.
        let named: Vec<String> = error.to_string().split('`').skip(3).step_by(2).map(str::to_owned).collect();
        assert_eq!(named, KNOWN);
    }

    #[test]
    fn an_alarm_is_left_out_cleared_or_set() {
        for (alarm, written) in [
            (Alarm::Keep, serde_json::json!({"key": "k"})),
            (Alarm::Clear, serde_json::json!({"key": "k", "wake_at": null})),
            (
                Alarm::At("2026-12-01T14:00:00Z".parse().unwrap()),
                serde_json::json!({"key": "k", "wake_at": "2026-12-01T14:00:00.000Z"}),
            ),
        ] {
            let confirmed = WriteBackConfirmed { key: "k".to_owned(), wake_at: alarm };
            let json = serde_json::to_value(&confirmed).unwrap();
            assert_eq!(json, written);
            assert_eq!(serde_json::from_value::<WriteBackConfirmed>(json).unwrap(), confirmed);
        }
    }

    #[test]
    fn money_stands_flat_in_an_event_as_the_contract_spells_it() {
        let reversed = CreditReversed {
            ro: "north/1".parse().unwrap(),
            line: "2".parse().unwrap(),
            money: "89.95 USD".parse().unwrap(),
            receipt: "r".to_owned(),
            reason: "line_gone".to_owned(),
        };
        let json = serde_json::to_value(Happened::CreditReversed(reversed.clone())).unwrap();
        assert_eq!(json["type"], "credit_reversed");
        assert_eq!((&json["data"]["amount"], &json["data"]["currency"]), (&"89.95".into(), &"USD".into()));
        assert_eq!(serde_json::from_value::<Happened>(json).unwrap(), Happened::CreditReversed(reversed));
    }
}
