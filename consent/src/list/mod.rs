//! Do-not-call lists.

mod accept;
mod block;
mod build;
mod error;
mod kind;
mod nanp;
mod open;
mod write;

pub use accept::{Accept, REGISTRY_MAX_AGE_DAYS};
pub use build::ListBuilder;
pub use error::ListError;
pub use kind::{ListKind, ListKindError, State};
pub use nanp::{Nanp, NanpError};
pub use open::NumberList;
