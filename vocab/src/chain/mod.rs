//! The chain that holds an append-only stream of events together: canonical JSON and the hash over it.
//!
//! One function writes it and every reader checks it, whoever the reader is: a journal, its file, a proof bundle that
//! left the house.

mod canonical;
mod hash;

pub use canonical::{LARGEST_NUMBER, as_read_back, canonical_json};
pub use hash::{EventHash, EventHashError, event_hash, event_hash_of_text, instant_text};
