//! CSV in and out as the program's contract says: RFC 4180 with a header, bad rows named and set aside, results
//! that appear whole or not at all.

mod output;
mod progress;
mod records;
mod rows;
mod set_aside;
mod time;

pub use output::Output;
pub use progress::Watched;
pub use records::{Record, Records};
pub use rows::{BadField, Row, Rows, printable};
pub use set_aside::SetAside;
pub use time::parse_time;
