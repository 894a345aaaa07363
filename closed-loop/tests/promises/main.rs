//! The promises of the loop, told as stories: given a store, when this happens, then that stands in its journal.
//!
//! Each test is named after the number of the promise it can break. Time is the story's own; nothing here sleeps.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod answers;
mod clicks;
mod control;
mod declined_work;
mod doors;
mod inspections;
mod judge;
mod outside;
mod ranking;
mod story;

mod p1_provenance;
mod p3_corrections;
mod p3_one_outcome;
mod p4_clearance;
mod p5_no_second_send;
mod p6_nothing_lost;
mod p6_written_back;
mod p7_later_evidence;
mod p7_linked;
mod p7_one_credit;
mod p9_same_bytes;
mod who;
mod workers;
