//! Facts about a repair order.

use chrono::{DateTime, Utc};
use fixedops_attribution::Credit;
use fixedops_connectors_traits::WriteBack;
use fixedops_vocab::{
    AppointmentId, CustomerId, Department, Money, OpCode, OwnershipSpan, PayType, PolicyVersion, RawOdometer,
    RoId, RoLineId, ServiceId, VehicleId,
};
use serde::{Deserialize, Serialize};

use super::Alarm;

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
    /// Whose order it is, where the DMS says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// Whether that is known to be another than the owner of that ownership, and not of his household: it is nobody's doing. The
    /// loop says so.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub by_other: bool,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// The appointment it was opened from.
    pub initiated_from: Option<AppointmentId>,
    /// Whether it was voided.
    pub voided: bool,
    /// The department that wrote it; absent where it is service.
    #[serde(default, skip_serializing_if = "Department::is_service")]
    pub department: Department,
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

/// Something was told that happened before an attributed order was written up: its vehicle's credits are looked at once more. In the
/// order's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributionDue {
    /// The order.
    pub ro: RoId,
    /// What was told, in a word: `link_opened`, `reply_received`, `delivery_reported`, `appointment_set`,
    /// `appointment_shown`, `appointment_missed`.
    pub why: String,
    /// Awake at once.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
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

/// Something is to be written into the DMS. In the stream of what it is written to (`ro/...`, `dms/...`), in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBackQueued {
    /// What.
    pub write_back: WriteBack,
    /// Awake to write it, now or when the DMS is to be asked again.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
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

/// It need not be written any more, and never was: the credit was taken back while it waited its turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteBackWithdrawn {
    /// The key of what is not written.
    pub key: String,
    /// Why, in a word.
    pub reason: String,
    /// Asleep where nothing else is to be written.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}
