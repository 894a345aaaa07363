//! Facts about a vehicle.

use chrono::{DateTime, NaiveDate, Utc};
use fixedops_connectors_traits::{AppointmentStatus, UnitKind};
use fixedops_odometer_core::{Leg, ReadingKind, TrackSummary};
use fixedops_vocab::{
    AppointmentId, Basis, CaseId, CrossingId, CustomerId, Mileage, Miles, OwnershipSpan, PolicyVersion,
    RawOdometer, RoId, RooftopId, ServiceId, TouchKey, VehicleId,
};
use serde::{Deserialize, Serialize};

use super::Alarm;

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
    /// The odometer at which the service fell due, in miles; null for the time leg.
    #[serde(default)]
    pub due_miles: Option<Miles>,
    /// The day (UTC) on which the months of the interval are over; null where it has none. It stands beside a crossing
    /// by distance too, where the months go on after the miles.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// From when the interval counts: the service was last done, or the vehicle delivered.
    pub counted_from: DateTime<Utc>,
    /// The odometer then, in miles; null for the time leg, and where nobody wrote it down.
    #[serde(default)]
    pub counted_from_miles: Option<Miles>,
    /// Why, in words.
    pub reason: String,
    /// Schedule and model that decided.
    pub policies: Vec<PolicyVersion>,
    /// The case it opened, if it did.
    pub case: Option<CaseId>,
}

/// Where a crossing stands now. The first is in the batch of its `threshold_crossed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrossingResolved {
    /// The crossing.
    pub crossing: CrossingId,
    /// Where it stands.
    #[serde(flatten)]
    pub outcome: CrossingOutcome,
    /// How it was crossed once more, where it was withdrawn unsent and is due after all: the same crossing, with what
    /// is known now and the case that speaks of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Box<ThresholdCrossed>>,
}

impl CrossingResolved {
    /// Where a crossing stands now.
    #[must_use]
    pub const fn new(crossing: CrossingId, outcome: CrossingOutcome) -> Self {
        Self { crossing, outcome, again: None }
    }
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
    /// The touch whose token it carries; told here for those who hear of it only when the customer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touch: Option<TouchKey>,
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

/// In the vehicle's stream: the vehicle is in the shop, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitNoted {
    /// The order.
    pub ro: RoId,
    /// Whether it is still open.
    pub open: bool,
    /// Whether a customer paid for any of it: a transaction, as the law counts relationships.
    pub transaction: bool,
    /// Whether another customer brought it, who is not of the owner's household: no visit of the owner's.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub by_other: bool,
    /// When it was opened or closed.
    pub occurred_at: DateTime<Utc>,
    /// Awake at once.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// In the vehicle's stream: an order that was told of it is another vehicle's. What the order said of this one is taken back: the
/// visit, the services, the odometer at its write-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitMoved {
    /// The order.
    pub ro: RoId,
    /// Whose order it is.
    pub to: VehicleId,
    /// The odometers at its write-up, as they were told of this vehicle, each with its moment.
    pub odometers: Vec<(DateTime<Utc>, RawOdometer)>,
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
