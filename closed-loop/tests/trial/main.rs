//! Experiments read from a journal: who counts, for how long, and by what.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

mod compared;
mod counted;
mod told;
