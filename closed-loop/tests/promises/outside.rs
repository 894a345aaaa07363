//! What lies outside the loop: a carrier, a DMS, a process that dies, somebody who acts at the worst moment.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use fixedops_closed_loop::{Courier, Draft, TouchOrder, Undeliverable};
use fixedops_connectors_traits::{
    Batch, ConnectorError, ConnectorErrorKind, DmsWriter, Event, Head, Journal, JournalError,
    JournalErrorKind, KnownOutcome, Message, MessageTransport, ProviderMessageId, Recorded, RefusalKind,
    SendOutcome, StreamId, Wake, WriteBack, WriteBackOutcome, WriteBackTarget,
};
use fixedops_consent::{Clearance, Cleared, Sealable};
use fixedops_vocab::{SellerId, TouchKey};

pub(crate) fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How the carrier answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Takes it.
    #[default]
    Accepts,
    /// Says no, for good or until then.
    Refuses(RefusalKind, Option<DateTime<Utc>>),
    /// The message goes out, and the answer is lost.
    SendsAndIsCutOff,
}

/// What the carrier says when it is asked about a key afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Memory {
    /// What is true.
    #[default]
    Honest,
    /// It keeps no keys.
    None,
}

/// A message that reached a telephone or a mailbox.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    pub(crate) key: TouchKey,
    pub(crate) body: String,
}

/// A carrier that brings out whatever it is handed, as often as it is handed: it does not protect from a second send.
#[derive(Debug, Default)]
pub(crate) struct Carrier {
    pub(crate) answer: Mutex<Answer>,
    pub(crate) memory: Mutex<Memory>,
    /// Whether it keeps the transport's promise to bring a key out once, whoever hands it over again.
    pub(crate) once: Mutex<bool>,
    out: Mutex<Vec<Out>>,
    refused: Mutex<BTreeMap<TouchKey, SendOutcome>>,
}

impl Carrier {
    /// Everything that went out, oldest first.
    pub(crate) fn out(&self) -> Vec<Out> {
        held(&self.out).clone()
    }

    /// How often each key went out.
    pub(crate) fn counts(&self) -> BTreeMap<TouchKey, usize> {
        let mut counts = BTreeMap::new();
        for out in self.out() {
            *counts.entry(out.key).or_default() += 1;
        }
        counts
    }
}

fn id_of(key: &TouchKey) -> ProviderMessageId {
    ProviderMessageId(format!("SM/{key}"))
}

#[async_trait]
impl MessageTransport for Carrier {
    async fn send(&self, message: Cleared<Message>, now: DateTime<Utc>) -> SendOutcome {
        let Ok(message) = message.open(now) else {
            return SendOutcome::Refused { kind: RefusalKind::ClearanceExpired, retry_at: None };
        };
        let key = message.key().clone();
        let answer = *held(&self.answer);
        if let Answer::Refuses(kind, retry_at) = answer {
            let refused = SendOutcome::Refused { kind, retry_at };
            held(&self.refused).insert(key, refused.clone());
            return refused;
        }
        let mut out = held(&self.out);
        if !*held(&self.once) || !out.iter().any(|out| out.key == key) {
            out.push(Out { key: key.clone(), body: message.body().to_owned() });
        }
        if answer == Answer::Accepts { SendOutcome::Accepted(id_of(&key)) } else { SendOutcome::Unknown }
    }

    async fn outcome(&self, key: &TouchKey) -> KnownOutcome {
        if *held(&self.memory) == Memory::None {
            return KnownOutcome::CannotSay;
        }
        if held(&self.out).iter().any(|out| out.key == *key) {
            return KnownOutcome::Accepted(id_of(key));
        }
        match held(&self.refused).get(key) {
            Some(SendOutcome::Refused { kind, retry_at }) => {
                KnownOutcome::Refused { kind: *kind, retry_at: *retry_at }
            }
            _ => KnownOutcome::NeverSeen,
        }
    }
}

type Deed = Box<dyn FnOnce() + Send>;

/// Where a process dies while it hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dies {
    /// The clearance is journalled, the carrier has seen nothing.
    BeforeHandOver,
    /// The carrier has it, the journal does not say so.
    AfterHandOver,
}

/// What happens around the next touch, each once.
#[derive(Default)]
pub(crate) struct Meddling {
    /// While the words are made: after everything was read, before anything is appended.
    pub(crate) while_drafting: Mutex<Option<Deed>>,
    /// While the message is handed over: after the clearance was appended, before its outcome is.
    pub(crate) while_dispatching: Mutex<Option<Deed>>,
    /// The process dies.
    pub(crate) dies: Mutex<Option<Dies>>,
    /// The hand-over takes this long.
    pub(crate) dawdles: Mutex<Option<TimeDelta>>,
    /// No hand-over is ever answered, nor gets through; how often it was tried.
    pub(crate) dead_line: Mutex<Option<usize>>,
}

/// A courier somebody meddles with.
pub(crate) struct Meddled<C> {
    pub(crate) courier: C,
    pub(crate) meddling: Arc<Meddling>,
}

fn act(deed: &Mutex<Option<Deed>>) {
    let deed = held(deed).take();
    if let Some(deed) = deed {
        deed();
    }
}

#[async_trait]
impl<C: Courier> Courier for Meddled<C> {
    async fn draft(&self, order: &TouchOrder) -> Result<Draft, Undeliverable> {
        let draft = self.courier.draft(order).await;
        act(&self.meddling.while_drafting);
        draft
    }

    async fn dispatch(&self, clearance: Clearance, draft: Draft, now: DateTime<Utc>) -> Option<SendOutcome> {
        act(&self.meddling.while_dispatching);
        if let Some(tried) = held(&self.meddling.dead_line).as_mut() {
            *tried += 1;
            assert!(*tried < 50, "the same touch is handed over without end");
            return None;
        }
        let now = now + held(&self.meddling.dawdles).take().unwrap_or_default();
        let dies = held(&self.meddling.dies).take();
        match dies {
            Some(Dies::BeforeHandOver) => None,
            Some(Dies::AfterHandOver) => {
                self.courier.dispatch(clearance, draft, now).await;
                None
            }
            None => self.courier.dispatch(clearance, draft, now).await,
        }
    }

    async fn outcome(&self, key: &TouchKey) -> KnownOutcome {
        self.courier.outcome(key).await
    }
}

/// How the DMS takes the next write-back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    /// It is down, and says until when, or does not.
    Down(Option<DateTime<Utc>>),
    /// It will never take it.
    Rejects(&'static str),
    /// The password has run out.
    Locked,
}

/// A DMS that takes what it is given, unless told otherwise.
#[derive(Debug, Default)]
pub(crate) struct Dms {
    /// How it takes the next write-backs to repair orders.
    pub(crate) next: Mutex<VecDeque<Desk>>,
    /// It is down altogether, and says until when.
    pub(crate) down: Mutex<Option<DateTime<Utc>>>,
    /// How often it was asked while it was down.
    pub(crate) refused: Mutex<usize>,
    pub(crate) written: Mutex<Vec<WriteBack>>,
}

impl Dms {
    /// Keys of what was written, in order, as far as they begin with `prefix`.
    pub(crate) fn keys(&self, prefix: &str) -> Vec<String> {
        let written = held(&self.written);
        written.iter().map(|w| w.key.0.clone()).filter(|key| key.starts_with(prefix)).collect()
    }
}

#[async_trait]
impl DmsWriter for Dms {
    async fn write_back(&self, write_back: &WriteBack) -> Result<WriteBackOutcome, ConnectorError> {
        if let Some(until) = *held(&self.down) {
            *held(&self.refused) += 1;
            return Err(ConnectorError::new(ConnectorErrorKind::TryLater(Some(until)), "the DMS is down"));
        }
        let to_order = matches!(write_back.target, WriteBackTarget::RepairOrder(_));
        let next = if to_order { held(&self.next).pop_front() } else { None };
        match next {
            Some(Desk::Down(until)) => {
                Err(ConnectorError::new(ConnectorErrorKind::TryLater(until), "the DMS does not answer"))
            }
            Some(Desk::Locked) => Err(ConnectorError::new(
                ConnectorErrorKind::Unauthorized,
                "the DMS knows this password no more",
            )),
            Some(Desk::Rejects(reason)) => Ok(WriteBackOutcome::Rejected(reason.to_owned())),
            None => {
                held(&self.written).push(write_back.clone());
                Ok(WriteBackOutcome::Confirmed)
            }
        }
    }
}

/// When a store lets its caller down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fails {
    /// Nothing was written.
    Before,
    /// It was written, and the answer is lost.
    After,
}

/// A journal whose n-th append, counted from 1, fails once.
pub(crate) struct Failing {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) fails: Mutex<Option<(usize, Fails)>>,
    /// No reading gives more events than this.
    pub(crate) page: usize,
}

#[async_trait]
impl Journal for Failing {
    async fn append(&self, partition: &SellerId, batch: &Batch) -> Result<Recorded, JournalError> {
        let fails = {
            let mut fails = held(&self.fails);
            match *fails {
                Some((1, how)) => {
                    *fails = None;
                    Some(how)
                }
                Some((n, how)) => {
                    *fails = Some((n - 1, how));
                    None
                }
                None => None,
            }
        };
        let killed = || JournalError::new(JournalErrorKind::Unavailable, "the process was killed");
        match fails {
            Some(Fails::Before) => Err(killed()),
            Some(Fails::After) => {
                self.journal.append(partition, batch).await?;
                Err(killed())
            }
            None => self.journal.append(partition, batch).await,
        }
    }

    async fn head(&self, partition: &SellerId, stream: &StreamId) -> Result<Head, JournalError> {
        self.journal.head(partition, stream).await
    }

    async fn read(
        &self,
        partition: &SellerId,
        stream: &StreamId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, JournalError> {
        self.journal.read(partition, stream, after, limit.min(self.page)).await
    }

    async fn scan(&self, partition: &SellerId, after: u64, limit: usize) -> Result<Vec<Event>, JournalError> {
        self.journal.scan(partition, after, limit).await
    }

    async fn due(
        &self,
        partition: &SellerId,
        until: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<Wake>, JournalError> {
        self.journal.due(partition, until, limit).await
    }

    async fn last(&self, partition: &SellerId) -> Result<Option<Event>, JournalError> {
        self.journal.last(partition).await
    }

    async fn partitions(&self) -> Result<Vec<SellerId>, JournalError> {
        self.journal.partitions().await
    }
}
