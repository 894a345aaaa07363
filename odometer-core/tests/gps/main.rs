//! GPS fixes turned into miles: what people complain of elsewhere, what a broken or hostile sender can send, and what
//! must hold whatever arrives.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "in tests a panic is the way to fail")]

mod columns;
mod complaints;
mod device;
mod hostile;
mod mechanisms;
mod road;
mod scale;
mod stored;
