#![doc = include_str!("../README.md")]

mod answer;
mod booking;
mod car;
mod clock;
mod content;
mod draw;
mod drive;
pub mod experts;
mod gate;
mod import;
mod input;
mod inspected;
mod memory;
mod order;
mod parameters;
mod person;
mod records;
mod replies;
mod road;
mod store;
mod truth;
mod typo;
mod vin;
mod visit;
mod world;

pub use car::{Change, Habit};
pub use input::{CallOutcome, ClickSeen, ConsentSigned, GateBlocked, Input, Outreach, PingBatch, What};
pub use parameters::{
    Amount, Answers, Appointments, Away, DeclineReason, Declined, Devices, Dms, Driving, Inspections, Make,
    Names, Oil, Operation, Orders, Owners, Parameters, ParametersError, People, Scenario, Share, StoreSeat,
    Touches, Typos, Units, Vins, Visits, WearLaw, Zone,
};
pub use store::StoreProfile;
pub use truth::{
    ChangeTruth, OilTruth, OrderTruth, OwnTruth, ReadingTruth, ThrownTruth, TouchTruth, Truth, VehicleTruth,
};
pub use typo::Typo;
pub use visit::Why;
pub use world::{VERSION, World};
