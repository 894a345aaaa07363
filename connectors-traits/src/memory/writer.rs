use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::note::{Note, stands};
use crate::{ConnectorError, DmsWriter, IdempotencyKey, WriteBack, WriteBackOutcome, WriteBackTarget};

/// Most characters of a note where nobody says otherwise: the smallest field of the systems known to us.
const NOTE_LIMIT: usize = 255;

/// A DMS that takes every write-back as notes and keeps them, each key once.
#[derive(Debug)]
pub struct MemoryWriter {
    limit: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    written: BTreeMap<IdempotencyKey, WriteBack>,
    notes: BTreeMap<WriteBackTarget, Vec<String>>,
}

impl Default for MemoryWriter {
    fn default() -> Self {
        Self::with_note_limit(NOTE_LIMIT)
    }
}

impl MemoryWriter {
    /// A DMS to which nothing was written.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with note fields of `limit` characters.
    #[must_use]
    pub fn with_note_limit(limit: usize) -> Self {
        Self { limit, kept: Mutex::default() }
    }

    /// What was written, by key.
    #[must_use]
    pub fn written(&self) -> BTreeMap<IdempotencyKey, WriteBack> {
        self.lock().written.clone()
    }

    /// The notes of a repair order or a customer, oldest first.
    #[must_use]
    pub fn notes(&self, target: &WriteBackTarget) -> Vec<String> {
        self.lock().notes.get(target).cloned().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl DmsWriter for MemoryWriter {
    async fn write_back(&self, write_back: &WriteBack) -> Result<WriteBackOutcome, ConnectorError> {
        let mut kept = self.lock();
        if let Some(known) = kept.written.get(&write_back.key) {
            let same = known == write_back;
            let another = || WriteBackOutcome::Rejected("another entry stands under this key".to_owned());
            return Ok(if same { WriteBackOutcome::Confirmed } else { another() });
        }
        let texts = match Note::of(write_back).write(self.limit) {
            Ok(texts) => texts,
            Err(error) => return Ok(WriteBackOutcome::Rejected(error.to_string())),
        };
        let notes = kept.notes.entry(write_back.target.clone()).or_default();
        // As a DMS does: what is longer than its field is cut, and nobody is told.
        notes.extend(texts.into_iter().map(|text| text.chars().take(self.limit).collect::<String>()));
        if !stands(write_back, notes) {
            return Ok(WriteBackOutcome::Rejected("it does not read back whole".to_owned()));
        }
        kept.written.insert(write_back.key.clone(), write_back.clone());
        Ok(WriteBackOutcome::Confirmed)
    }
}
