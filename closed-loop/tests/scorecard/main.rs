//! The scorecard of small journals written by hand: each figure says what a person counts on the fingers.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod adding_up;
mod control;
mod figures;
mod hand;
mod leadership;
mod miles;
mod plans;
