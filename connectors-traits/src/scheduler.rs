use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_vocab::{AppointmentId, RooftopId, ServiceId, TouchKey, VehicleId};
use serde::{Deserialize, Serialize};

use crate::{ConnectorError, IdempotencyKey};

/// What kind of slot is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotQuery {
    /// Where.
    pub rooftop: RooftopId,
    /// For what; `None` where it is of no service of the schedule: a slot for any work.
    pub service: Option<ServiceId>,
    /// Not before.
    pub from: DateTime<Utc>,
    /// Before.
    pub until: DateTime<Utc>,
    /// At most this many.
    pub limit: usize,
}

/// A free slot in the dealer's own scheduler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The scheduler's name for it.
    pub id: String,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
}

/// A booking asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingRequest {
    /// Booked at most once under this key.
    pub key: IdempotencyKey,
    /// The slot.
    pub slot: Slot,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The service.
    pub service: ServiceId,
    /// The touch it came from: its token goes into the appointment.
    pub touch: Option<TouchKey>,
}

/// The dealer's own scheduler.
///
/// # Contract
///
/// - **One owner per slot**: of two bookings of one slot, one is refused ([`crate::ConnectorErrorKind::Refused`]).
/// - **Once**: the same key books once and gives the same appointment again.
/// - **In the window**: `slots` gives slots within the query's window, soonest first, never more than `limit`.
#[async_trait]
pub trait Scheduler: Send + Sync {
    /// Free slots.
    async fn slots(&self, query: &SlotQuery) -> Result<Vec<Slot>, ConnectorError>;

    /// Books a slot.
    async fn book(&self, request: &BookingRequest) -> Result<AppointmentId, ConnectorError>;
}
