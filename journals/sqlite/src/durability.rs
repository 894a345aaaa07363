use fixedops_connectors_traits::JournalError;

use crate::SqliteJournal;
use crate::error::journal_error;

/// What an append that returned `Ok` survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the two levels there are with a write-ahead log")]
pub enum Durability {
    /// A power cut: the log is synced at every commit. How a journal is opened.
    #[default]
    PowerCut,
    /// The end of the process, killed or not, but not a power cut, which may take the last batches; never a part of
    /// one, and never one before one that is left. The log is synced only when it is folded into the file.
    ///
    /// For simulated stores, which can be made again from their seed.
    ProcessEnd,
}

impl SqliteJournal {
    /// The same journal with another durability, for what this connection appends from now on.
    ///
    /// # Errors
    /// [`JournalErrorKind::Unavailable`](fixedops_connectors_traits::JournalErrorKind::Unavailable) where SQLite does
    /// not take it.
    pub fn with_durability(self, durability: Durability) -> Result<Self, JournalError> {
        let synchronous = match durability {
            Durability::PowerCut => "FULL",
            Durability::ProcessEnd => "NORMAL",
        };
        self.connection()
            .pragma_update(None, "synchronous", synchronous)
            .map_err(|error| journal_error("setting the durability", error))?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn synchronous(journal: &SqliteJournal) -> i64 {
        journal.connection().pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_journal_syncs_at_every_commit_unless_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.db");
        let (normal, full) = (1, 2);
        assert_eq!(synchronous(&SqliteJournal::open(&path).unwrap()), full);
        let lax = SqliteJournal::open(&path).unwrap().with_durability(Durability::ProcessEnd).unwrap();
        assert_eq!(synchronous(&lax), normal);
        assert_eq!(synchronous(&lax.with_durability(Durability::PowerCut).unwrap()), full);
        assert_eq!(
            synchronous(&SqliteJournal::open(&path).unwrap()),
            full,
            "it is not written into the file"
        );
    }
}
