use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_consent::Cleared;
use fixedops_vocab::TouchKey;

use crate::{KnownOutcome, Message, MessageTransport, ProviderMessageId, RefusalKind, SendOutcome};

/// A transport that keeps what it was given: nothing leaves the process.
///
/// It accepts every message whose clearance holds, names it after its key, and answers by key.
#[derive(Default)]
pub struct MemoryTransport {
    sent: Mutex<BTreeMap<TouchKey, Message>>,
}

impl MemoryTransport {
    /// A transport that has sent nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What went out, by key.
    #[must_use]
    pub fn sent(&self) -> BTreeMap<TouchKey, Message> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<TouchKey, Message>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MemoryTransport({} sent)", self.lock().len())
    }
}

fn id_of(key: &TouchKey) -> ProviderMessageId {
    ProviderMessageId(format!("memory:{key}"))
}

#[async_trait]
impl MessageTransport for MemoryTransport {
    async fn send(&self, message: Cleared<Message>, now: DateTime<Utc>) -> SendOutcome {
        let Ok(message) = message.open(now) else {
            return SendOutcome::Refused { kind: RefusalKind::ClearanceExpired, retry_at: None };
        };
        let key = fixedops_consent::Sealable::key(&message).clone();
        let id = id_of(&key);
        self.lock().entry(key).or_insert(message);
        SendOutcome::Accepted(id)
    }

    async fn outcome(&self, key: &TouchKey) -> KnownOutcome {
        if self.lock().contains_key(key) {
            KnownOutcome::Accepted(id_of(key))
        } else {
            KnownOutcome::NeverSeen
        }
    }
}
