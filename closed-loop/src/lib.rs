#![doc = include_str!("../README.md")]

pub mod audit;
mod authorization;
mod courier;
mod decline_reasons;
mod dispositions;
mod dms;
mod engine;
mod error;
mod figure;
mod fold;
mod happened;
mod inbound;
mod inspection;
mod message_courier;
mod policies;
pub mod proof;
mod replay;
pub mod scorecard;
pub mod state;
pub mod streams;

pub use authorization::AuthorizationTranslator;
pub use courier::{Courier, Draft, TouchOrder, Undeliverable};
pub use decline_reasons::{DeclineReason, DeclineReasons};
pub use dispositions::Dispositions;
pub use dms::{DmsTranslator, FieldSetAside, ReadsPhones, Translated};
pub use engine::{Engine, Ingested};
pub use error::{LoopError, LoopErrorKind};
pub use figure::{Figure, Unit};
pub use fixedops_odometer_core::OpCodes;
pub use happened::*;
pub use inbound::{Inbound, InboundError};
pub use inspection::translate_inspection;
pub use message_courier::{MessageCourier, fact, link_token};
pub use policies::Policies;
pub use replay::{Difference, Replayed, replay};
pub use scorecard::Scorecard;
