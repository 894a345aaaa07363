//! Which journal a report looks at, and what was known when.

use std::path::Path;

use chrono::{DateTime, Utc};
use fixedops_closed_loop::LoopError;
use fixedops_connectors_traits::Event;
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_vocab::SellerId;

use super::store::path;
use super::{each_event, one_seller, open_existing};
use crate::outcome::CommandError;
use crate::table::parse_time;

/// The arguments that every report over a journal has.
#[derive(clap::Args, Debug)]
pub struct Asked {
    /// The store: a path, or sqlite:PATH
    store: String,
    /// What was known then; the last event, where nothing is said
    #[arg(long, value_name = "T", value_parser = parse_time)]
    as_of: Option<DateTime<Utc>>,
    /// In whose journal, where the store holds several sellers
    #[arg(long)]
    seller: Option<String>,
}

/// The journal of one seller, up to an instant.
pub struct Known {
    store: SqliteJournal,
    /// Whose it is.
    pub seller: SellerId,
    as_of: Option<DateTime<Utc>>,
}

impl Asked {
    /// Opens the store, which must be there, and finds the seller. What is written must not be the store itself.
    pub fn open(&self, written: &[Option<&Path>]) -> Result<Known, CommandError> {
        let file = std::fs::canonicalize(path(&self.store)?).ok();
        for written in written.iter().flatten() {
            if file.is_some() && std::fs::canonicalize(written).ok() == file {
                let message = format!("{} is the store: nothing may be written over it", written.display());
                return Err(CommandError::usage(message));
            }
        }
        let store = open_existing(&self.store)?;
        let seller = one_seller(&self.store, &store, self.seller.as_deref())?;
        Ok(Known { store, seller, as_of: self.as_of })
    }
}

impl Known {
    /// Hands over every event that was known by then, in order; until when that is: the instant asked for, else the last
    /// event.
    pub fn each_event(
        &self,
        mut take: impl FnMut(&Event) -> Result<(), LoopError>,
    ) -> Result<DateTime<Utc>, CommandError> {
        let mut last = DateTime::UNIX_EPOCH;
        each_event(&self.store, &self.seller, |event| {
            if self.as_of.is_some_and(|as_of| event.at > as_of) {
                return Ok(());
            }
            last = event.at;
            take(event)
        })?;
        Ok(self.as_of.unwrap_or(last))
    }
}
