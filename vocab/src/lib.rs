#![doc = include_str!("../README.md")]

#[cfg(feature = "chain")]
pub mod chain;
mod contact;
mod id;
mod mileage;
mod miles;
mod money;
mod outreach;
#[macro_use]
mod service;
mod vin;

pub use contact::{
    Channel, ConsentLevel, ContactHash, ContactPoint, ContactPointError, EmailAddress, PhoneNumber, Purpose,
    Scope,
};
pub use id::{
    AppointmentId, CaseId, CrossingId, CustomerId, HouseholdId, IdError, InspectionId, OwnershipSpan,
    PolicyVersion, ProgramId, RoId, RoLineId, RooftopId, SellerId, TouchId, VehicleId,
};
pub use mileage::{Basis, Mileage, MileageError, MilesRange};
pub use miles::{DistanceUnit, Miles, MilesError, RawOdometer};
pub use money::{Currency, Money, MoneyError};
pub use outreach::TouchKey;
pub use service::{
    Department, InspectionCode, OpCode, PayType, ServiceId, ServiceIdentifierType, UnknownWord,
};
pub use vin::{CheckDigit, Vin, VinError};
