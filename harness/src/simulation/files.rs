//! What a simulated run leaves beside its store: the journal, the truth, the scorecard.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use fixedops_closed_loop::Policies;
use fixedops_closed_loop::scorecard::{Scorecard, ScorecardBuilder, ScorecardPolicy, TrueOdometers};
use fixedops_connectors_traits::Journal as _;
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_world::Truth;
use futures_lite::future::block_on;

use super::lives::Lived;
use crate::outcome::CommandError;
use crate::{journal_cmd, json_file, page};

/// Events read from a store at a time.
const PAGE: usize = 1_000;

/// The files of a run.
pub struct Files {
    folder: PathBuf,
    database: PathBuf,
    store: Arc<SqliteJournal>,
}

impl Files {
    /// The files of the run over `store`, which lies at `database`.
    pub fn new(folder: &Path, database: PathBuf, store: Arc<SqliteJournal>) -> Self {
        Self { folder: folder.to_owned(), database, store }
    }

    /// Writes them all after a run that did something; after one that had ended before, those that are missing. Gives
    /// the scorecard of each store.
    pub fn write(&self, lived: &[Lived]) -> Result<Vec<Scorecard>, CommandError> {
        let went_on = lived.iter().any(|store| store.went_on);
        let wanted = |name: &str| {
            let path = self.folder.join(name);
            (went_on || !path.exists()).then_some(path)
        };
        if let Some(path) = wanted("journal.jsonl") {
            journal_cmd::export(&self.database.display().to_string(), &path)?;
        }
        if let Some(path) = wanted("truth.json") {
            let truths: BTreeMap<&str, &Truth> =
                lived.iter().map(|store| (store.seller.as_str(), &store.truth)).collect();
            json_file::write(&path, &truths, true)?;
        }
        let one = lived.len() == 1;
        let mut cards = Vec::new();
        for store in lived {
            let name = if one { String::new() } else { format!("-{}", store.seller.as_str()) };
            let card = self.scorecard(store)?;
            if let Some(path) = wanted(&format!("scorecard{name}.json")) {
                json_file::write(&path, &card, true)?;
            }
            if let Some(path) = wanted(&format!("scorecard{name}.html")) {
                let html = page::scorecard(&card).map_err(|error| {
                    CommandError::failed(format!("cannot write {}: {error}", path.display()))
                })?;
                page::write(&html, &path)?;
            }
            cards.push(card);
        }
        Ok(cards)
    }

    /// The scorecard of a store, folded from its journal, with the true odometers beside what was estimated.
    pub fn scorecard(&self, lived: &Lived) -> Result<Scorecard, CommandError> {
        let policy = ScorecardPolicy::shipped();
        let mut builder = ScorecardBuilder::new(lived.seller.clone(), Policies::shipped().model, &policy);
        let (mut after, mut as_of) = (0, chrono::DateTime::UNIX_EPOCH);
        loop {
            let page = block_on(self.store.scan(&lived.seller, after, PAGE))
                .map_err(|error| CommandError::failed(error.to_string()))?;
            let Some(last) = page.last() else {
                break;
            };
            (after, as_of) = (last.position, last.at);
            for event in &page {
                builder.apply(event).map_err(|error| CommandError::failed(error.to_string()))?;
            }
        }
        Ok(builder.finish(as_of, &policy, Some(&true_odometers(&lived.truth))))
    }
}

fn true_odometers(truth: &Truth) -> TrueOdometers {
    let mut odometers = TrueOdometers::default();
    for vehicle in &truth.vehicles {
        for (days, tenths) in &vehicle.odometer {
            // An odometer in tenths is far below 2^53.
            #[allow(clippy::cast_precision_loss)]
            let miles = *tenths as f64 / 10.0;
            odometers.push(vehicle.vehicle.clone(), truth.start + TimeDelta::days(*days), miles);
        }
    }
    odometers
}
