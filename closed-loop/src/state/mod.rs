//! What each kind of stream says, folded from its events.

mod case;
mod contact;
mod person;
mod repair_order;
mod store;
mod vehicle;

pub use case::CaseState;
pub use contact::{ClearedTouch, ContactState, Reach, Settled};
pub use person::{HouseholdState, PersonState};
pub use repair_order::RepairOrderState;
pub use store::{SimulationState, StoreState};
pub use vehicle::{Appointment, CrossingState, VehicleState};
