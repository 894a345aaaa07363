//! `journal.jsonl`: the journal as a file, one event a line.
//!
//! A line is `{"partition","position","stream","version","at","type","data","hash"}` in this order, `data` as
//! canonical JSON (RFC 8785), `at` in UTC with milliseconds and `Z`, ended by a line feed. Partitions follow each other
//! in the order of their names, each from position 1 without a gap. There is one way to write an event, so two files of
//! the same journal are the same bytes. Facts about persons are not in it.
//!
//! ```
//! use fixedops_connectors_traits::file;
//! let text = concat!(
//!     r#"{"partition":"main-street","position":1,"stream":"vehicle/v17","version":1,"#,
//!     r#""at":"2026-03-02T15:00:00.000Z","type":"reading_recorded","data":{"miles":"48250.3"},"#,
//!     r#""hash":"43b1e2d9e9a5a9a4d4bd2a6b3e7fd2b5f1a9ef9f1b9d4c0a2b6d8e0f1a2b3c4d"}"#,
//! );
//! // A hash that somebody made up:
//! let fault = file::verify(format!("{text}\n").as_bytes()).unwrap_err();
//! assert_eq!(fault.kind(), file::FaultKind::BrokenChain);
//! assert_eq!((fault.line(), fault.position()), (1, Some(1)));
//! ```

mod chain;
mod consents;
mod credits;
mod crossings;
mod fault;
mod line;
mod promises;
mod reader;
mod transfer;
mod verify;
mod write_backs;

pub use chain::{Chain, ChainFault};
pub use fault::{FaultKind, FileFault};
pub use line::{LineFault, decode_line, encode_line};
pub use promises::{Breach, Promise};
pub use reader::JournalReader;
pub use transfer::{Imported, TransferError, export, import};
pub use verify::{Verification, Verifier, verify};
