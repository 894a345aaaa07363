#![doc = include_str!("../README.md")]

pub mod audit;
mod courier;
mod dms;
mod engine;
mod error;
mod figure;
mod fold;
mod happened;
mod inbound;
mod message_courier;
mod policies;
mod replay;
pub mod scorecard;
pub mod state;
pub mod streams;

pub use courier::{Courier, Draft, TouchOrder, Undeliverable};
pub use dms::{DmsTranslator, FieldSetAside, ReadsPhones, Translated};
pub use engine::{Engine, Ingested};
pub use error::{LoopError, LoopErrorKind};
pub use figure::{Figure, Unit};
pub use happened::*;
pub use inbound::{Inbound, InboundError};
pub use message_courier::{MessageCourier, fact, link_token};
pub use policies::{OpCodes, Policies};
pub use replay::{Difference, Replayed, replay};
pub use scorecard::Scorecard;
