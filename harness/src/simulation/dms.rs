//! The simulated DMS, as far as it is written to: down at night, cuts its notes, takes a key once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_connectors_traits::note::{self, Note};
use fixedops_connectors_traits::{
    ConnectorError, ConnectorErrorKind, DmsWriter, WriteBack, WriteBackOutcome, WriteBackTarget,
};

use super::clock::Clock;

/// Until when a DMS is down at an instant; None while it is up.
pub type Downtime = dyn Fn(DateTime<Utc>) -> Option<DateTime<Utc>> + Send + Sync;

/// Keeps notes on orders and customers, and cuts each at its limit without a word.
pub struct Dms {
    clock: Arc<Clock>,
    down: Box<Downtime>,
    limit: usize,
    notes: Mutex<BTreeMap<WriteBackTarget, Vec<String>>>,
}

impl Dms {
    /// A DMS that is down when `down` says so, by the simulated clock, and cuts notes at `limit` characters.
    pub fn new(clock: Arc<Clock>, down: Box<Downtime>, limit: usize) -> Self {
        Self { clock, down, limit, notes: Mutex::default() }
    }

    /// What the DMS does with a text it is given.
    fn keep(&self, notes: &mut Vec<String>, text: &str) {
        notes.push(text.chars().take(self.limit).collect());
    }
}

#[async_trait]
impl DmsWriter for Dms {
    async fn write_back(&self, write_back: &WriteBack) -> Result<WriteBackOutcome, ConnectorError> {
        if let Some(until) = (self.down)(self.clock.now()) {
            let why = "the DMS is down";
            return Err(ConnectorError::new(ConnectorErrorKind::TryLater(Some(until)), why));
        }
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let notes = notes.entry(write_back.target.clone()).or_default();
        if !note::stands(write_back, notes) {
            let texts = match Note::of(write_back).write(self.limit) {
                Ok(texts) => texts,
                Err(error) => return Ok(WriteBackOutcome::Rejected(error.to_string())),
            };
            for text in texts {
                self.keep(notes, &text);
            }
        }
        Ok(if note::stands(write_back, notes) {
            WriteBackOutcome::Confirmed
        } else {
            WriteBackOutcome::Rejected("the note does not read back whole".to_owned())
        })
    }
}
