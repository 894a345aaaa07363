use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{
    ConnectorError, DmsWriter, IdempotencyKey, KnownOutcome, MemoryTransport, Message, MessageTransport,
    ProviderMessageId, SendOutcome, WriteBack, WriteBackOutcome,
};
use fixedops_consent::Cleared;
use fixedops_vocab::TouchKey;

/// What a transport does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransportFault {
    None,
    IgnoresTime,
    SendsAgain,
    Forgets,
    ClaimsAll,
}

/// The in-memory transport with one fault.
pub(crate) struct CarelessTransport {
    inner: MemoryTransport,
    fault: TransportFault,
    sends: Mutex<u32>,
}

impl CarelessTransport {
    pub(crate) fn new(fault: TransportFault) -> Self {
        Self { inner: MemoryTransport::new(), fault, sends: Mutex::new(0) }
    }
}

#[async_trait]
impl MessageTransport for CarelessTransport {
    async fn send(&self, message: Cleared<Message>, now: DateTime<Utc>) -> SendOutcome {
        let ignores = self.fault == TransportFault::IgnoresTime;
        let now = if ignores { message.clearance().issued_at() } else { now };
        let outcome = self.inner.send(message, now).await;
        match (self.fault, outcome) {
            (TransportFault::SendsAgain, SendOutcome::Accepted(id)) => {
                let mut sends = self.sends.lock().unwrap();
                *sends += 1;
                SendOutcome::Accepted(ProviderMessageId(format!("{}#{sends}", id.0)))
            }
            (_, outcome) => outcome,
        }
    }

    async fn outcome(&self, key: &TouchKey) -> KnownOutcome {
        match self.fault {
            TransportFault::Forgets => KnownOutcome::NeverSeen,
            TransportFault::ClaimsAll => KnownOutcome::Accepted(ProviderMessageId(key.to_string())),
            _ => self.inner.outcome(key).await,
        }
    }
}

/// What a writer does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriterFault {
    ConfirmsUnwritten,
    WritesAgain,
}

/// A DMS writer with one fault.
pub(crate) struct CarelessWriter {
    fault: WriterFault,
    written: Mutex<Vec<IdempotencyKey>>,
}

impl CarelessWriter {
    pub(crate) fn new(fault: WriterFault) -> Self {
        Self { fault, written: Mutex::default() }
    }

    /// How often something was written under `key`.
    pub(crate) fn times(&self, key: &IdempotencyKey) -> usize {
        self.written.lock().unwrap().iter().filter(|written| *written == key).count()
    }
}

#[async_trait]
impl DmsWriter for CarelessWriter {
    async fn write_back(&self, write_back: &WriteBack) -> Result<WriteBackOutcome, ConnectorError> {
        if self.fault == WriterFault::WritesAgain {
            self.written.lock().unwrap().push(write_back.key.clone());
        }
        Ok(WriteBackOutcome::Confirmed)
    }
}
