//! Do-not-call lists.

mod accept;
mod apply;
mod block;
mod build;
mod changes;
mod error;
mod kind;
mod nanp;
mod open;
#[cfg(feature = "decide")]
mod status;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use accept::{Accept, REGISTRY_MAX_AGE_DAYS};
pub use apply::{Applied, ApplyError, UpdatedList};
pub use build::ListBuilder;
pub use changes::{Changes, ChangesError};
pub use error::ListError;
pub use kind::{ListKind, ListKindError, State};
pub use nanp::{Nanp, NanpError};
pub use open::NumberList;
pub use text::{Action, BadLine, Change, LineError, Lines, changes, numbers, read_change, read_number};
