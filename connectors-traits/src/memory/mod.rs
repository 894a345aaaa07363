//! The contracts in memory: for tests, demos and first steps. Nothing here survives the process.

mod journal;
mod transport;
mod writer;

pub use journal::MemoryJournal;
pub use transport::MemoryTransport;
pub use writer::MemoryWriter;
