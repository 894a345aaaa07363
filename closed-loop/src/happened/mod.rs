//! What can happen, as the journal tells it.

mod answer;
mod case;
mod contact;
mod door;
mod inspection;
mod read;
mod repair_order;
mod store;
mod vehicle;

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{Event, NewEvent, instant_text};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::LoopError;

pub use answer::*;
pub use case::*;
pub use contact::*;
pub use door::*;
pub use inspection::*;
pub use repair_order::*;
pub use store::*;
pub use vehicle::*;

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
    TouchWithheld(TouchWithheld),
    TouchSent(TouchSent),
    TouchFailed(TouchFailed),
    TouchOutcomeUnknown(TouchOutcomeUnknown),
    ContactBudgetUsed(ContactBudgetUsed),
    ContactBudgetReleased(ContactBudgetReleased),
    HouseholdPlaced(HouseholdPlaced),
    CallTaskOpened(CallTaskOpened),
    CallTaskWithdrawn(CallTaskWithdrawn),
    DeliveryReported(DeliveryReported),
    LinkOpened(LinkOpened),
    ReplyReceived(ReplyReceived),
    InspectionCompleted(InspectionCompleted),
    ExemptionAsked(ExemptionAsked),
    GatePassed(GatePassed),
    GateBlocked(GateBlocked),
    GateExempted(GateExempted),
    InspectionRanked(InspectionRanked),
    LineApproved(LineApproved),
    LineDeclined(LineDeclined),
    LineDeferred(LineDeferred),
    DeferralEnded(DeferralEnded),
    AppointmentSet(AppointmentSet),
    AppointmentShown(AppointmentShown),
    AppointmentMissed(AppointmentMissed),
    RoOpened(RoOpened),
    RoClosed(RoClosed),
    VisitNoted(VisitNoted),
    VisitMoved(VisitMoved),
    ServiceRecorded(ServiceRecorded),
    AttributionDue(AttributionDue),
    CreditAssigned(CreditAssigned),
    CreditReversed(CreditReversed),
    RoAttributed(RoAttributed),
    WriteBackQueued(WriteBackQueued),
    WriteBackDelayed(WriteBackDelayed),
    WriteBackConfirmed(WriteBackConfirmed),
    WriteBackParked(WriteBackParked),
    WriteBackWithdrawn(WriteBackWithdrawn),
    CaseClosed(CaseClosed),
    CaseNoted(CaseNoted),
    RecallOpened(RecallOpened),
    RecallClosed(RecallClosed),
    OfferMade(OfferMade),
    NoteTaken(NoteTaken),
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
        read::typed(event).map(Some).map_err(|error| LoopError::unreadable(event, &error))
    }
}

/// Whether this version knows events of a type.
pub(crate) fn is_known(event_type: &str) -> bool {
    KNOWN.contains(&event_type)
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
    "touch_withheld",
    "touch_sent",
    "touch_failed",
    "touch_outcome_unknown",
    "contact_budget_used",
    "contact_budget_released",
    "household_placed",
    "call_task_opened",
    "call_task_withdrawn",
    "delivery_reported",
    "link_opened",
    "reply_received",
    "inspection_completed",
    "exemption_asked",
    "gate_passed",
    "gate_blocked",
    "gate_exempted",
    "inspection_ranked",
    "line_approved",
    "line_declined",
    "line_deferred",
    "deferral_ended",
    "appointment_set",
    "appointment_shown",
    "appointment_missed",
    "ro_opened",
    "ro_closed",
    "visit_noted",
    "visit_moved",
    "service_recorded",
    "attribution_due",
    "credit_assigned",
    "credit_reversed",
    "ro_attributed",
    "write_back_queued",
    "write_back_delayed",
    "write_back_confirmed",
    "write_back_parked",
    "write_back_withdrawn",
    "case_closed",
    "case_noted",
    "recall_opened",
    "recall_closed",
    "offer_made",
    "note_taken",
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
