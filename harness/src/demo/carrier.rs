//! The simulated carrier: answers by idempotency key, and remembers over restarts what it took.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{
    ConnectorError, DmsWriter, KnownOutcome, Message, MessageTransport, ProviderMessageId, RefusalKind,
    SendOutcome, WriteBack, WriteBackOutcome,
};
use fixedops_consent::{Cleared, Sealable};
use fixedops_vocab::TouchKey;
use serde::{Deserialize, Serialize};

use super::draw::Draw;

/// A carrier with a book of what it took. The book holds keys and ids, no number and no word.
#[derive(Debug)]
pub struct Carrier {
    draw: Draw,
    book: Mutex<Book>,
}

#[derive(Debug)]
struct Book {
    taken: BTreeMap<TouchKey, String>,
    file: File,
    /// How often each key was handed over, for the tests.
    handed: BTreeMap<TouchKey, u32>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    key: TouchKey,
    id: String,
}

impl Carrier {
    /// Opens the book at `path`; a last line that a crash cut short was never acknowledged and does not count.
    pub fn open(path: &Path, draw: Draw) -> std::io::Result<Self> {
        let mut taken = BTreeMap::new();
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
                taken.insert(line.key, line.id);
                text.clear();
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(whole)?;
        Ok(Self { draw, book: Mutex::new(Book { taken, file, handed: BTreeMap::new() }) })
    }

    /// How often any one key was handed over: never more than once is promise 5.
    #[cfg(test)]
    pub fn most_often_handed(&self) -> u32 {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.handed.values().copied().max().unwrap_or(0)
    }
}

#[async_trait]
impl MessageTransport for Carrier {
    async fn send(&self, message: Cleared<Message>, now: DateTime<Utc>) -> SendOutcome {
        let expired = SendOutcome::Refused { kind: RefusalKind::ClearanceExpired, retry_at: None };
        let Ok(message) = message.open(now) else {
            return expired;
        };
        let key = message.key().clone();
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        *book.handed.entry(key.clone()).or_default() += 1;
        if let Some(id) = book.taken.get(&key) {
            return SendOutcome::Accepted(ProviderMessageId(id.clone()));
        }
        let id = format!("SM{}", self.draw.word(&format!("carrier/{key}")));
        let line = Line { key: key.clone(), id: id.clone() };
        let Ok(text) = serde_json::to_string(&line) else {
            return SendOutcome::Refused { kind: RefusalKind::Other, retry_at: None };
        };
        // On the disk before it is acknowledged: what was accepted is known after any crash.
        let written = writeln!(book.file, "{text}").and_then(|()| book.file.sync_data());
        if written.is_err() {
            return SendOutcome::Unknown;
        }
        book.taken.insert(key, id.clone());
        SendOutcome::Accepted(ProviderMessageId(id))
    }

    async fn outcome(&self, key: &TouchKey) -> KnownOutcome {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        match book.taken.get(key) {
            Some(id) => KnownOutcome::Accepted(ProviderMessageId(id.clone())),
            None => KnownOutcome::NeverSeen,
        }
    }
}

/// The simulated DMS: takes what is written under a key once and gives it back.
#[derive(Debug, Default)]
pub struct Dms {
    written: Mutex<BTreeMap<String, WriteBack>>,
}

#[async_trait]
impl DmsWriter for Dms {
    async fn write_back(&self, write_back: &WriteBack) -> Result<WriteBackOutcome, ConnectorError> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let stands = written.entry(write_back.key.0.clone()).or_insert_with(|| write_back.clone());
        Ok(if *stands == *write_back {
            WriteBackOutcome::Confirmed
        } else {
            WriteBackOutcome::Rejected("another entry stands under this key".to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_line_cut_short_is_dropped_and_a_foreign_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("carrier.jsonl");
        let whole = "{\"case\":\"mileage_due/c\",\"touch\":\"t\",\"id\":\"SM1\"}\n";
        std::fs::write(&path, format!("{whole}{{\"case\":\"mile")).unwrap();
        let carrier = Carrier::open(&path, Draw(1)).unwrap();
        let key = TouchKey { case: "mileage_due/c".parse().unwrap(), touch: "t".parse().unwrap() };
        let known = futures_lite::future::block_on(carrier.outcome(&key));
        assert_eq!(known, KnownOutcome::Accepted(ProviderMessageId("SM1".to_owned())));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);

        std::fs::write(&path, "my own notes\n").unwrap();
        assert!(Carrier::open(&path, Draw(1)).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "my own notes\n");
    }
}
