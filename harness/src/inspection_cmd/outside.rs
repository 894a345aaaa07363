//! A loop that only looks has nobody to send to and nowhere to write.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_closed_loop::{Courier, Draft, TouchOrder, Undeliverable};
use fixedops_connectors_traits::{
    ConnectorError, ConnectorErrorKind, DmsWriter, KnownOutcome, SendOutcome, WriteBack, WriteBackOutcome,
};
use fixedops_consent::Clearance;
use fixedops_vocab::TouchKey;

/// Nobody outside: whatever is asked of him is not done, and says so.
pub struct Nobody;

const WHY: &str = "the journal is only looked at";

#[async_trait]
impl Courier for Nobody {
    async fn draft(&self, _: &TouchOrder) -> Result<Draft, Undeliverable> {
        Err(Undeliverable::Unavailable(WHY.to_owned()))
    }

    async fn dispatch(&self, _: Clearance, _: Draft, _: DateTime<Utc>) -> Option<SendOutcome> {
        None
    }

    async fn outcome(&self, _: &TouchKey) -> KnownOutcome {
        KnownOutcome::CannotSay
    }
}

#[async_trait]
impl DmsWriter for Nobody {
    async fn write_back(&self, _: &WriteBack) -> Result<WriteBackOutcome, ConnectorError> {
        Err(ConnectorError::new(ConnectorErrorKind::TryLater(None), WHY))
    }
}
