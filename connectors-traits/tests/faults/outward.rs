use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{
    ConnectorError, DmsWriter, IdempotencyKey, KnownOutcome, MemoryTransport, Message, MessageTransport,
    ProviderMessageId, SendOutcome, WriteBack, WriteBackKind, WriteBackOutcome, WriteBackTarget,
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
    ForgetsCustomers,
    CutsAt255,
}

/// A DMS writer with one fault.
pub(crate) struct CarelessWriter {
    fault: WriterFault,
    written: Mutex<Vec<(IdempotencyKey, String)>>,
}

impl CarelessWriter {
    pub(crate) fn new(fault: WriterFault) -> Self {
        Self { fault, written: Mutex::default() }
    }

    /// How often something was written under `key`.
    pub(crate) fn times(&self, key: &IdempotencyKey) -> usize {
        self.written.lock().unwrap().iter().filter(|(written, _)| written == key).count()
    }

    /// Whether the words of a write-back stand in the DMS.
    pub(crate) fn stands(&self, write_back: &WriteBack) -> bool {
        let written = self.written.lock().unwrap();
        written.iter().any(|(key, words)| *key == write_back.key && words == words_of(write_back))
    }
}

fn words_of(write_back: &WriteBack) -> &str {
    match &write_back.kind {
        WriteBackKind::DeclineReason { reason, .. } => reason,
        WriteBackKind::Disposition { disposition, .. } => disposition,
        _ => "",
    }
}

#[async_trait]
impl DmsWriter for CarelessWriter {
    async fn write_back(&self, write_back: &WriteBack) -> Result<WriteBackOutcome, ConnectorError> {
        let of_customer = matches!(write_back.target, WriteBackTarget::Customer(_));
        let writes = match self.fault {
            WriterFault::ConfirmsUnwritten => false,
            WriterFault::WritesAgain => true,
            WriterFault::ForgetsCustomers => !of_customer,
            WriterFault::CutsAt255 => true,
        };
        if writes {
            let cuts = self.fault == WriterFault::CutsAt255;
            let words = words_of(write_back).chars().take(if cuts { 255 } else { usize::MAX }).collect();
            self.written.lock().unwrap().push((write_back.key.clone(), words));
        }
        Ok(WriteBackOutcome::Confirmed)
    }
}
