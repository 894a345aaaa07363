//! The names of the streams.

use fixedops_connectors_traits::StreamId;
use fixedops_vocab::{CaseId, ContactHash, CustomerId, HouseholdId, RoId, RooftopId, VehicleId};

use crate::LoopError;

fn named(kind: &str, id: impl core::fmt::Display) -> Result<StreamId, LoopError> {
    StreamId::new(kind, id).map_err(LoopError::unwritable)
}

/// The simulation a journal came from, if it did.
pub fn simulation() -> Result<StreamId, LoopError> {
    named("simulation", "run")
}

/// A rooftop: its configuration.
pub fn store(rooftop: &RooftopId) -> Result<StreamId, LoopError> {
    named("store", rooftop)
}

/// A contact point: the ledger of its consents, and what was sent to it.
pub fn contact(contact: ContactHash) -> Result<StreamId, LoopError> {
    named("contact", contact)
}

/// A person.
pub fn person(person: &CustomerId) -> Result<StreamId, LoopError> {
    named("person", person.expose())
}

/// A household.
pub fn household(household: &HouseholdId) -> Result<StreamId, LoopError> {
    named("household", household.expose())
}

/// A vehicle.
pub fn vehicle(vehicle: &VehicleId) -> Result<StreamId, LoopError> {
    named("vehicle", vehicle)
}

/// A case.
pub fn case(case: &CaseId) -> Result<StreamId, LoopError> {
    named("case", case)
}

/// A repair order.
pub fn ro(ro: &RoId) -> Result<StreamId, LoopError> {
    named("ro", ro)
}

/// What is written back about a customer. Not the person's own stream: the two have alarms of their own.
pub fn dms(customer: &CustomerId) -> Result<StreamId, LoopError> {
    named("dms", customer.expose())
}
