//! The simulated carrier: answers by idempotency key, and remembers over restarts what it took.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{
    KnownOutcome, Message, MessageTransport, ProviderMessageId, RefusalKind, SendOutcome,
};
use fixedops_consent::{Cleared, Sealable};
use fixedops_vocab::TouchKey;
use serde::{Deserialize, Serialize};

use super::draw::Draw;

/// A carrier with a book of what it took. The book holds keys and ids, no number and no word.
///
/// What stands in the book survives the death of the process; it is not forced to the disk for each message, since a
/// simulated carrier has nothing to lose when the machine dies.
#[derive(Debug)]
pub struct Carrier {
    draw: Draw,
    troubled: bool,
    book: Mutex<Book>,
}

#[derive(Debug)]
struct Book {
    entries: BTreeMap<TouchKey, Entry>,
    file: File,
    /// How often each key was handed over in this life, for the tests.
    handed: BTreeMap<TouchKey, u32>,
}

/// What became of a key so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry {
    /// It was taken, under this id.
    Taken(String),
    /// It was handed over and got lost, or was refused for now.
    Tried,
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    key: TouchKey,
    entry: Entry,
}

/// What a troubled carrier does with a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Takes,
    /// No answer, and it never arrived.
    Loses,
    /// No answer, and it went out.
    TakesInSilence,
    /// No answer, and it cannot say later either.
    Forgets,
    /// Too busy now.
    RefusesForNow,
    /// Has an opt-out on file that the dealer never heard of.
    HasABlock,
}

impl Carrier {
    /// Opens the book at `path`; a last line that a crash cut short was never acknowledged and does not count.
    /// A `troubled` carrier loses, refuses and forgets a few messages in a hundred.
    pub fn open(path: &Path, draw: Draw, troubled: bool) -> std::io::Result<Self> {
        let mut entries = BTreeMap::new();
        let mut whole = 0;
        if let Ok(file) = File::open(path) {
            let mut reader = BufReader::new(file);
            let mut text = String::new();
            while reader.read_line(&mut text)? > 0 {
                if !text.ends_with('\n') {
                    break;
                }
                let Ok(line) = serde_json::from_str::<Line>(&text) else {
                    // A whole line that is none of ours: this is somebody else's file, and it is not cut.
                    let what = format!("{} is not a carrier's book", path.display());
                    return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, what));
                };
                whole += text.len() as u64;
                entries.insert(line.key, line.entry);
                text.clear();
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(whole)?;
        Ok(Self { draw, troubled, book: Mutex::new(Book { entries, file, handed: BTreeMap::new() }) })
    }

    /// Begins a new book: what stands in it is of a run whose journal is gone.
    pub fn begin_anew(&self) -> std::io::Result<()> {
        let mut book = self.lock();
        book.entries.clear();
        book.file.set_len(0)
    }

    /// How often any one key was handed over: never more than once is promise 5.
    #[cfg(test)]
    pub fn most_often_handed(&self) -> u32 {
        self.lock().handed.values().copied().max().unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fate(&self, key: &TouchKey) -> Fate {
        if !self.troubled {
            return Fate::Takes;
        }
        let hundredth = self.draw.unit(&format!("fate/{key}")) * 100.0;
        match hundredth {
            h if h < 1.0 => Fate::Loses,
            h if h < 2.0 => Fate::TakesInSilence,
            h if h < 2.5 => Fate::Forgets,
            h if h < 4.0 => Fate::RefusesForNow,
            h if h < 4.5 => Fate::HasABlock,
            _ => Fate::Takes,
        }
    }

    fn id(&self, key: &TouchKey) -> String {
        format!("SM{}", self.draw.word(&format!("carrier/{key}")))
    }
}

impl Book {
    /// Written before it is acknowledged: what was accepted is known after any crash of the process.
    fn enter(&mut self, key: &TouchKey, entry: Entry) -> std::io::Result<()> {
        let mut text = serde_json::to_string(&Line { key: key.clone(), entry: entry.clone() })?;
        text.push('\n');
        self.file.write_all(text.as_bytes())?;
        self.entries.insert(key.clone(), entry);
        Ok(())
    }
}

#[async_trait]
impl MessageTransport for Carrier {
    async fn send(&self, message: Cleared<Message>, now: DateTime<Utc>) -> SendOutcome {
        let Ok(message) = message.open(now) else {
            return SendOutcome::Refused { kind: RefusalKind::ClearanceExpired, retry_at: None };
        };
        let key = message.key().clone();
        let mut book = self.lock();
        *book.handed.entry(key.clone()).or_default() += 1;
        let known = book.entries.get(&key).cloned();
        if let Some(Entry::Taken(id)) = known {
            return SendOutcome::Accepted(ProviderMessageId(id));
        }
        let id = self.id(&key);
        let taken = Entry::Taken(id.clone());
        let (entry, answer) = match (self.fate(&key), known) {
            (Fate::HasABlock, _) => {
                return SendOutcome::Refused { kind: RefusalKind::OptedOut, retry_at: None };
            }
            // What was lost or refused once is taken the second time.
            (Fate::Takes, _) | (_, Some(_)) => (taken, SendOutcome::Accepted(ProviderMessageId(id))),
            (Fate::Loses, None) => (Entry::Tried, SendOutcome::Unknown),
            (Fate::TakesInSilence | Fate::Forgets, None) => (taken, SendOutcome::Unknown),
            (Fate::RefusesForNow, None) => {
                let retry_at = Some(now + TimeDelta::minutes(20));
                (Entry::Tried, SendOutcome::Refused { kind: RefusalKind::RateLimited, retry_at })
            }
        };
        match book.enter(&key, entry) {
            Ok(()) => answer,
            Err(_) => SendOutcome::Unknown,
        }
    }

    async fn outcome(&self, key: &TouchKey) -> KnownOutcome {
        match self.lock().entries.get(key) {
            Some(Entry::Taken(_)) if self.fate(key) == Fate::Forgets => KnownOutcome::CannotSay,
            Some(Entry::Taken(id)) => KnownOutcome::Accepted(ProviderMessageId(id.clone())),
            Some(Entry::Tried) | None => KnownOutcome::NeverSeen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_line_cut_short_is_dropped_and_a_foreign_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("carrier.jsonl");
        let whole = "{\"case\":\"mileage_due/c\",\"touch\":\"t\",\"entry\":{\"taken\":\"SM1\"}}\n";
        std::fs::write(&path, format!("{whole}{{\"case\":\"mile")).unwrap();
        let carrier = Carrier::open(&path, Draw(1), false).unwrap();
        let key = TouchKey { case: "mileage_due/c".parse().unwrap(), touch: "t".parse().unwrap() };
        let known = futures_lite::future::block_on(carrier.outcome(&key));
        assert_eq!(known, KnownOutcome::Accepted(ProviderMessageId("SM1".to_owned())));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);

        std::fs::write(&path, "my own notes\n").unwrap();
        assert!(Carrier::open(&path, Draw(1), false).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "my own notes\n");
    }

    #[test]
    fn a_troubled_carrier_takes_most_messages_and_has_every_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let carrier = Carrier::open(&folder.path().join("book"), Draw(5), true).unwrap();
        let mut takes = 0;
        let mut others = [0; 5];
        for number in 0..5_000 {
            let key = TouchKey {
                case: format!("mileage_due/{number}").parse().unwrap(),
                touch: "t".parse().unwrap(),
            };
            match carrier.fate(&key) {
                Fate::Takes => takes += 1,
                Fate::Loses => others[0] += 1,
                Fate::TakesInSilence => others[1] += 1,
                Fate::Forgets => others[2] += 1,
                Fate::RefusesForNow => others[3] += 1,
                Fate::HasABlock => others[4] += 1,
            }
        }
        assert!((4_700..4_850).contains(&takes), "{takes}");
        assert!(others.iter().all(|count| *count > 5), "{others:?}");
    }
}
