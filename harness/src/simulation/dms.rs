//! The simulated DMS, as far as it is written to: down at night, cuts its notes, takes a key once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{
    ConnectorError, ConnectorErrorKind, DmsWriter, WriteBack, WriteBackOutcome,
};

use super::clock::Clock;

/// Until when a DMS is down at an instant; None while it is up.
pub type Downtime = dyn Fn(DateTime<Utc>) -> Option<DateTime<Utc>> + Send + Sync;

/// Takes what is written under a key once and gives it back.
pub struct Dms {
    clock: Arc<Clock>,
    down: Box<Downtime>,
    written: Mutex<BTreeMap<String, WriteBack>>,
}

impl Dms {
    /// A DMS that is down when `down` says so, by the simulated clock.
    pub fn new(clock: Arc<Clock>, down: Box<Downtime>) -> Self {
        Self { clock, down, written: Mutex::default() }
    }
}

#[async_trait]
impl DmsWriter for Dms {
    async fn write_back(&self, write_back: &WriteBack) -> Result<WriteBackOutcome, ConnectorError> {
        if let Some(until) = (self.down)(self.clock.now()) {
            let why = "the DMS is down";
            return Err(ConnectorError::new(ConnectorErrorKind::TryLater(Some(until)), why));
        }
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = written.entry(write_back.key.0.clone()).or_insert_with(|| write_back.clone());
        Ok(if *stands == *write_back {
            WriteBackOutcome::Confirmed
        } else {
            WriteBackOutcome::Rejected("another entry stands under this key".to_owned())
        })
    }
}
