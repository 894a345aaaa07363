use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use fixedops_vocab::{
    AppointmentId, CustomerId, Department, HouseholdId, Money, OpCode, PayType, RawOdometer, RoId, RoLineId,
    RooftopId, VehicleId,
};
use serde::{Deserialize, Serialize};

use crate::ConnectorError;

/// Where a reader stands in a feed; opaque to everyone but the reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// A page of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The records, in the order of the feed.
    pub records: Vec<T>,
    /// From where to go on.
    pub next: Cursor,
    /// Whether more is there now.
    pub more: bool,
}

/// What changed in a DMS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DmsChange {
    /// A customer was written.
    Customer(CustomerRecord),
    /// A vehicle, or whose it is, was written.
    Vehicle(VehicleRecord),
    /// A repair order was opened, changed, closed or voided.
    RepairOrder(RepairOrderRecord),
    /// An appointment was set or changed.
    Appointment(AppointmentRecord),
}

/// Opt-out flags that come with a DMS record. Each is a revocation of the matching scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "a DMS has these four flags, each of its own meaning")]
pub struct OptOutFlags {
    /// Opted out of everything.
    pub opt_out: bool,
    /// No automatic messages.
    pub block_automatic_messages: bool,
    /// No telephone.
    pub block_phone: bool,
    /// No mail.
    pub block_mail: bool,
}

/// A customer as a DMS writes him. Contact points are as typed: they are parsed at the edge.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRecord {
    /// The customer.
    pub customer: CustomerId,
    /// Who shares his home or phone.
    pub household: Option<HouseholdId>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Telephone, as typed.
    pub phone: Option<String>,
    /// E-mail, as typed.
    pub email: Option<String>,
    /// Postal code of the home address.
    pub zip: Option<String>,
    /// State of the home address, two letters.
    pub state: Option<String>,
    /// What he opted out of.
    pub opt_out: OptOutFlags,
    /// When the record was written.
    pub changed_at: DateTime<Utc>,
}

impl core::fmt::Debug for CustomerRecord {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "CustomerRecord(***, changed {})", self.changed_at)
    }
}

/// What kind of unit a vehicle is. Only a retail unit ever triggers outreach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "callers must decide for every kind")]
pub enum UnitKind {
    /// Owned by a customer.
    Retail,
    /// Dealer stock.
    Stock,
    /// Loaner.
    Loaner,
    /// Fleet.
    Fleet,
    /// An employee's.
    Employee,
    /// Wholesale.
    Wholesale,
}

impl UnitKind {
    /// Whether outreach may start for it.
    #[must_use]
    pub const fn may_trigger(self) -> bool {
        matches!(self, Self::Retail)
    }
}

/// A vehicle as a DMS writes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleRecord {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Its VIN as written; judged at the edge.
    pub vin: Option<String>,
    /// Its owner, if it has one.
    pub owner: Option<CustomerId>,
    /// What kind of unit it is.
    pub unit: UnitKind,
    /// Model year.
    pub year: Option<u16>,
    /// Make.
    pub make: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// When the owner took delivery.
    pub delivered_on: Option<NaiveDate>,
    /// When the record was written.
    pub changed_at: DateTime<Utc>,
}

impl core::fmt::Debug for VehicleRecord {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "VehicleRecord({}, changed {})", self.vehicle, self.changed_at)
    }
}

/// A line (STAR `LaborOperation`) of a repair order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairOrderLine {
    /// The line, unique in its order.
    pub line: RoLineId,
    /// Operation code, as the dealer writes it.
    pub op_code: Option<OpCode>,
    /// What was done, in words.
    pub description: Option<String>,
    /// Who pays.
    pub pay_type: PayType,
    /// Labor, parts and what else the line holds; may be negative.
    pub amount: Money,
    /// Whether the customer declined it.
    pub declined: bool,
}

/// A repair order as a DMS writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairOrderRecord {
    /// The order.
    pub ro: RoId,
    /// Where.
    pub rooftop: RooftopId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The appointment it was opened from.
    pub initiated_from: Option<AppointmentId>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was closed, if it is.
    pub closed_at: Option<DateTime<Utc>>,
    /// Whether it was voided.
    pub voided: bool,
    /// The department that wrote it; where a record does not say, service.
    #[serde(default, skip_serializing_if = "Department::is_service")]
    pub department: Department,
    /// Odometer at write-up.
    pub odometer_in: Option<RawOdometer>,
    /// The lines.
    pub lines: Vec<RepairOrderLine>,
    /// When the record was written.
    pub changed_at: DateTime<Utc>,
}

/// Where an appointment stands. Names of STAR's `AppointmentStatusTypes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AppointmentStatus {
    /// Set.
    Scheduled,
    /// Confirmed by the customer.
    Confirmed,
    /// The customer came (`ARRIVED`).
    Arrived,
    /// He did not (`NO_SHOW`).
    NoShow,
    /// Called off.
    Cancelled,
}

/// An appointment as a DMS or scheduler writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentRecord {
    /// The appointment.
    pub appointment: AppointmentId,
    /// Where.
    pub rooftop: RooftopId,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The customer.
    pub customer: Option<CustomerId>,
    /// When he is to come.
    pub starts_at: DateTime<Utc>,
    /// Where it stands.
    pub status: AppointmentStatus,
    /// The token of the touch it was booked from, if it carries one.
    pub token: Option<String>,
    /// When the record was written.
    pub changed_at: DateTime<Utc>,
}

/// Reads a DMS, incrementally.
///
/// # Contract
///
/// - **Complete**: reading from a cursor to the end gives every change after it at least once.
/// - **Repeatable**: reading from the same cursor again gives at least the same changes.
/// - **Never a full pull**: without a cursor the reader starts where its contract with the dealer starts (five years
///   of repair orders), page by page.
#[async_trait]
pub trait DmsReader: Send + Sync {
    /// The page of changes after `from`, at most `limit` records.
    async fn changes(&self, from: Option<&Cursor>, limit: usize) -> Result<Page<DmsChange>, ConnectorError>;
}
