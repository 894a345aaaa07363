use std::io::{self, BufRead, Write};

use super::{FileFault, JournalReader, encode_line};
use crate::{Batch, Event, Journal, JournalError, NewEvent};

/// Events read from a journal at a time.
const PAGE: usize = 1_000;
/// Events appended at a time where many share one instant.
const LARGEST_BATCH: usize = 10_000;

/// Why a journal could not be carried from store to file or back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The store did not do its part.
    #[error("{0}")]
    Journal(#[from] JournalError),
    /// The file could not be read or written.
    #[error("{0}")]
    File(#[from] io::Error),
    /// The file is broken. Nothing was imported.
    #[error("{0}")]
    Fault(#[from] FileFault),
    /// An event has no canonical form.
    #[error("position {position} of {partition} cannot be written: {source}")]
    Line {
        /// The partition.
        partition: String,
        /// The position.
        position: u64,
        /// Why.
        source: serde_json::Error,
    },
    /// The store holds another event at this place. Nothing was overwritten.
    #[error("the store holds another event at position {position} of {partition}: nothing was overwritten")]
    Differs {
        /// The partition.
        partition: String,
        /// The position.
        position: u64,
    },
}

/// Writes the whole journal to `out` as lines, partition by partition, and says how many.
///
/// Events appended while it runs may or may not be in it; what is written is always a prefix of every partition.
///
/// # Errors
/// [`TransferError`] of the store or of `out`.
pub async fn export(journal: &dyn Journal, out: &mut (dyn Write + Send)) -> Result<u64, TransferError> {
    let mut written = 0;
    for partition in journal.partitions().await? {
        let mut after = 0;
        loop {
            let page = journal.scan(&partition, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            for event in &page {
                let line = encode_line(event).map_err(|source| TransferError::Line {
                    partition: partition.to_string(),
                    position: event.position,
                    source,
                })?;
                out.write_all(line.as_bytes())?;
                out.write_all(b"\n")?;
                written += 1;
            }
        }
    }
    out.flush()?;
    Ok(written)
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Events that were in the store already, the same.
    pub present: u64,
    /// Events appended.
    pub appended: u64,
}

/// Brings a journal file into a store that is empty, or whose every partition is a prefix of the file's (or the file's
/// of it). Nothing is overwritten; run again after a crash, it goes on.
///
/// `open` gives the file from its beginning; it is read twice, so that a broken file changes nothing. The borders of
/// batches are not in the file: consecutive events of one partition and instant are appended together.
///
/// # Errors
/// [`TransferError::Fault`] for a broken file and [`TransferError::Differs`] for a store with another history, both
/// before anything is appended; otherwise the error of the store or file.
pub async fn import<R: BufRead>(
    journal: &dyn Journal,
    open: impl Fn() -> io::Result<R>,
) -> Result<Imported, TransferError> {
    let mut imported = Imported::default();
    let mut stored = Stored::default();
    for event in JournalReader::new(open()?) {
        if stored.compare(journal, &event?).await? {
            imported.present += 1;
        }
    }
    let mut pending: Vec<Event> = Vec::new();
    let mut stored = Stored::default();
    for event in JournalReader::new(open()?) {
        let event = event?;
        if stored.compare(journal, &event).await? {
            continue;
        }
        let joins = pending.last().is_none_or(|last| {
            last.partition == event.partition && last.at == event.at && pending.len() < LARGEST_BATCH
        });
        if !joins {
            imported.appended += append(journal, std::mem::take(&mut pending)).await?;
        }
        pending.push(event);
    }
    imported.appended += append(journal, pending).await?;
    Ok(imported)
}

/// The events of a store, read page by page beside the file.
#[derive(Default)]
struct Stored {
    page: std::collections::VecDeque<Event>,
    partition: Option<fixedops_vocab::SellerId>,
    /// Position after which the store held nothing when it was asked.
    end: Option<u64>,
}

impl Stored {
    /// Whether the store holds `event`; `false` where it ends before it.
    async fn compare(&mut self, journal: &dyn Journal, event: &Event) -> Result<bool, TransferError> {
        if self.partition.as_ref() != Some(&event.partition) {
            *self = Self { partition: Some(event.partition.clone()), ..Self::default() };
        }
        if self.end.is_some_and(|end| event.position > end) {
            return Ok(false);
        }
        if self.page.is_empty() {
            self.page = journal.scan(&event.partition, event.position.saturating_sub(1), PAGE).await?.into();
        }
        match self.page.pop_front() {
            Some(found) if found == *event => Ok(true),
            Some(_) => Err(TransferError::Differs {
                partition: event.partition.to_string(),
                position: event.position,
            }),
            None => {
                self.end = Some(event.position.saturating_sub(1));
                Ok(false)
            }
        }
    }
}

async fn append(journal: &dyn Journal, events: Vec<Event>) -> Result<u64, TransferError> {
    let Some(first) = events.first() else { return Ok(0) };
    let mut batch = Batch::new(first.at);
    for event in &events {
        // The first of a stream in the batch says where the stream stands.
        if !batch.expected().contains_key(&event.stream) {
            batch.expect(event.stream.clone(), event.version.saturating_sub(1));
        }
        let new = NewEvent { event_type: event.event_type.clone(), data: event.data.clone() };
        batch.push(event.stream.clone(), new);
    }
    let recorded = journal.append(&first.partition, &batch).await?;
    match recorded.events.iter().zip(&events).find(|(now, then)| now != then) {
        Some((now, _)) => {
            Err(TransferError::Differs { partition: now.partition.to_string(), position: now.position })
        }
        None => Ok(recorded.events.len() as u64),
    }
}
