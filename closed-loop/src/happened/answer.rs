//! What customers answer to recommended lines. In the vehicle's stream.
//!
//! A line is known by its order and its number there, and has one answer at a time: the one said last, whichever comes in
//! first. An answer that was overtaken before it came in is journalled and changes nothing. A decline told twice (by the
//! customer's page, and by a flag on the line in the DMS) is one decline; where the second telling knows more, or was
//! said later, it is journalled too, with the same order and line and no case of its own.

use chrono::{DateTime, NaiveDate, Utc};
use fixedops_connectors_traits::AuthorizationMethod;
use fixedops_vocab::{CaseId, Money, OpCode, RoId, RoLineId, ServiceId, VehicleId};
use serde::{Deserialize, Serialize};

use super::Alarm;
use crate::decline_reasons::NOT_TOLD;

/// A recommended line, as it was recommended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecommendedLine {
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
    /// What it costs.
    pub price: Option<Money>,
}

impl RecommendedLine {
    /// The same as a line declined at an instant.
    #[must_use]
    pub fn declined_at(self, declined_at: DateTime<Utc>) -> DeclinedLine {
        let Self { ro, line, op_code, service, name, price } = self;
        DeclinedLine { ro, line, op_code, service, name, price, declined_at }
    }
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

impl DeclinedLine {
    /// The line as it was recommended.
    #[must_use]
    pub fn recommended(self) -> RecommendedLine {
        let Self { ro, line, op_code, service, name, price, .. } = self;
        RecommendedLine { ro, line, op_code, service, name, price }
    }
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
    /// Why: a code of the list (`price`, `done_elsewhere`, `not_told`). Words that are none of the list lie in the person
    /// store.
    pub reason: String,
    /// How it was said; null where nobody noted it.
    #[serde(default)]
    pub method: Option<AuthorizationMethod>,
    /// The finding it answers, where an inspection recommended it.
    #[serde(default)]
    pub finding: Option<String>,
    /// The case it opened, if it did.
    pub case: Option<CaseId>,
}

impl LineDeclined {
    /// Whether it is a bare flag on a line, as a DMS has it: nobody noted why, nor how the customer said it.
    #[must_use]
    pub fn is_bare_flag(&self) -> bool {
        self.reason == NOT_TOLD && self.method.is_none()
    }
}

/// A customer approved a recommended line. In the vehicle's stream.
///
/// Nothing more is said to him about it. Its case, if it has one, is won when the work stands on a closed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineApproved {
    /// Key of the input.
    pub key: String,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The line.
    #[serde(flatten)]
    pub line: RecommendedLine,
    /// How it was said; null where nobody noted it.
    pub method: Option<AuthorizationMethod>,
    /// The finding it answers, where an inspection recommended it.
    pub finding: Option<String>,
    /// When.
    pub occurred_at: DateTime<Utc>,
}

/// A customer deferred a recommended line: neither yes nor no. In the vehicle's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDeferred {
    /// Key of the input.
    pub key: String,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The line.
    #[serde(flatten)]
    pub line: RecommendedLine,
    /// Until which day; null: until the next visit, and nothing is said before.
    pub until: Option<NaiveDate>,
    /// How it was said; null where nobody noted it.
    pub method: Option<AuthorizationMethod>,
    /// The finding it answers, where an inspection recommended it.
    pub finding: Option<String>,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// Awake at once, to note the day.
    #[serde(default, skip_serializing_if = "Alarm::is_keep")]
    pub wake_at: Alarm,
}

/// The day came until which a line was deferred. In the vehicle's stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeferralEnded {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// The line; `declined_at` is when it was deferred.
    #[serde(flatten)]
    pub deferred: DeclinedLine,
    /// The case it opened, if it did.
    pub case: Option<CaseId>,
    /// Why it opened none (`serviced`, `owner_changed`, `long_past`); null where it did.
    pub reason: Option<String>,
}
