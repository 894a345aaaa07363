use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_vocab::{
    AppointmentId, CaseId, Channel, Money, OpCode, OwnershipSpan, RoId, RoLineId, ServiceId, TouchKey,
    VehicleId,
};

use crate::word::words;

/// Why we spoke to an owner, and everything that came of it before a repair order: a crossed mileage threshold, a
/// declined line, a first service.
///
/// It binds the vehicle *and* the owner: what the next owner pays is never this trigger's merit.
///
/// The work it asks for is named by [`service`](Self::service), [`op_codes`](Self::op_codes) and
/// [`names`](Self::names); a line that matches any of them is linked. A trigger that names no work can bring a visit
/// and never a credit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Trigger {
    /// Its id: that of the crossing, or of the declined line.
    pub id: String,
    /// The case that worked it.
    pub case: Option<CaseId>,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Whose vehicle it was then.
    pub owner_span: OwnershipSpan,
    /// The service that was due or declined.
    pub service: Option<ServiceId>,
    /// Other services that were asked for with it, in the same message.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "BTreeSet::is_empty"))]
    pub other_services: BTreeSet<ServiceId>,
    /// The dealer's codes for that work: the op-code group linked to it.
    pub op_codes: BTreeSet<OpCode>,
    /// The words on the declined line, for dealers who write the work in words. Compared without regard to case,
    /// punctuation and spacing.
    pub names: BTreeSet<String>,
    /// Where the work was declined, if it was: recovered dollars go back to that order.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub declined: Option<DeclinedLine>,
    /// When it arose. A touch before this is not its touch.
    pub opened_at: DateTime<Utc>,
    /// What was sent for it. The order does not matter.
    pub touches: Vec<TouchFact>,
    /// The appointment that was made after it, if there is one. Where an appointment was moved, the latest `at`.
    pub appointment: Option<AppointmentFact>,
    /// Other appointments that were made after it, where there were several: one was missed or called off and another made, or
    /// the car came twice. Each counts as the first does; the order does not matter.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub other_appointments: Vec<AppointmentFact>,
    /// References to the proof behind it, by name: odometer basis, hashes of the crossing, clearance and consent
    /// events. Copied to the receipt as they are.
    pub proofs: BTreeMap<String, String>,
}

impl Trigger {
    /// A trigger without touches, appointment and named work, to be filled in.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        vehicle: VehicleId,
        owner_span: OwnershipSpan,
        opened_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id: id.into(),
            case: None,
            vehicle,
            owner_span,
            service: None,
            other_services: BTreeSet::new(),
            op_codes: BTreeSet::new(),
            names: BTreeSet::new(),
            declined: None,
            opened_at,
            touches: Vec::new(),
            appointment: None,
            other_appointments: Vec::new(),
            proofs: BTreeMap::new(),
        }
    }

    /// Every appointment that was made after it.
    pub(crate) fn appointments(&self) -> impl Iterator<Item = &AppointmentFact> {
        self.appointment.iter().chain(&self.other_appointments)
    }

    /// The same trigger with its touches in order of sending and its appointments in order of making, each once: the form that
    /// is judged and kept.
    #[must_use]
    pub fn normalized(&self) -> Self {
        let mut trigger = self.clone();
        trigger.touches.sort();
        trigger.touches.dedup();
        let mut appointments: Vec<AppointmentFact> = trigger.appointments().cloned().collect();
        appointments.sort_by(|a, b| a.set_at.cmp(&b.set_at).then_with(|| a.cmp(b)));
        appointments.dedup();
        let mut appointments = appointments.into_iter();
        trigger.appointment = appointments.next();
        trigger.other_appointments = appointments.collect();
        trigger
    }
}

/// The line on which work was offered and declined.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DeclinedLine {
    /// The order on which it was offered.
    pub ro: RoId,
    /// Its line there.
    pub line: RoLineId,
    /// What it would have cost then, if it was priced.
    pub price: Option<Money>,
}

/// What became of one touch.
///
/// Ordered by the time of sending, then by its other fields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TouchFact {
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// Which touch.
    pub key: TouchKey,
    /// How it went out.
    pub channel: Channel,
    /// What is known of its arrival.
    pub delivery: Delivery,
    /// The booking token in its link, if it had one. An appointment that carries it came from this touch.
    pub token: Option<String>,
    /// When its link was first followed.
    pub clicked_at: Option<DateTime<Utc>>,
    /// How likely a person followed the link and not a scanner or a preview, in percent (0 to 100). `None`: not
    /// judged, and then the click is no evidence.
    pub human_click: Option<u8>,
    /// When the person first answered (other than by an opt-out).
    pub replied_at: Option<DateTime<Utc>>,
}

words! {
    /// What is known of a touch's arrival.
    #[allow(clippy::exhaustive_enums, reason = "yes, no, not known")]
    Delivery {
        /// The carrier or mail server said it arrived.
        Delivered = "delivered",
        /// Nothing was reported either way.
        NotReported = "not_reported",
        /// It did not arrive: it can have brought nobody.
        Failed = "failed",
    }
}

/// An appointment that followed a trigger.
///
/// Ordered by its fields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AppointmentFact {
    /// The scheduler's id.
    pub id: AppointmentId,
    /// When it was made.
    pub set_at: DateTime<Utc>,
    /// When the car is expected.
    pub at: DateTime<Utc>,
    /// The booking token it carries, as the scheduler hands it back. Only one that a touch of the trigger sent counts.
    pub token: Option<String>,
}
