#![doc = include_str!("../README.md")]

mod durability;
mod error;
#[cfg(test)]
mod full;
mod open;
mod persons;
mod store;

use core::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

pub use durability::Durability;

/// A journal and person store in one SQLite file. See the [crate] page for what it promises.
pub struct SqliteJournal {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl SqliteJournal {
    /// The one connection. A poisoned lock is taken over: whatever a panic left open, SQLite has rolled back.
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqliteJournal({})", self.path.display())
    }
}
