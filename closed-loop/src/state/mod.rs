//! What each kind of stream says, folded from its events.

mod answer;
mod case;
mod contact;
mod dms;
mod outbox;
mod person;
mod repair_order;
mod store;
mod vehicle;

pub(crate) use answer::begins;
pub use answer::{Answer, Answers, Said};
pub use case::{CaseState, Click};
pub use contact::{ClearedTouch, ContactState, Reach, Reply, Settled};
pub use dms::DmsState;
pub use outbox::Outbox;
pub(crate) use person::memberships;
pub use person::{HouseholdState, PersonState, Placed, household_of_one};
pub use repair_order::RepairOrderState;
pub use store::{SimulationState, StoreState};
pub(crate) use vehicle::stays_beside;
pub use vehicle::{Appointment, CrossingState, Gone, RecallState, VehicleState};
