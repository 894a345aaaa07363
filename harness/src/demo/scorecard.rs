//! The scorecard of a store, from its journal.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use fixedops_closed_loop::scorecard::{Scorecard, ScorecardBuilder, ScorecardPolicy};
use fixedops_connectors_traits::Journal;
use fixedops_odometer_core::Model;
use fixedops_vocab::SellerId;

use super::drive::RunError;
use crate::outcome::CommandError;
use crate::whole_file::WholeFile;

/// Events read at once.
const PAGE: usize = 1_000;

/// Folds the journal of `seller`, as of its last event.
pub async fn of(journal: &dyn Journal, seller: &SellerId, model: Model) -> Result<Scorecard, RunError> {
    let policy = ScorecardPolicy::shipped();
    let mut builder = ScorecardBuilder::new(seller.clone(), model, &policy);
    let (mut after, mut as_of) = (0, chrono::DateTime::UNIX_EPOCH);
    loop {
        let page = journal.scan(seller, after, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        (after, as_of) = (last.position, last.at);
        for event in &page {
            builder.apply(event)?;
        }
    }
    Ok(builder.finish(as_of, &policy, None))
}

/// Writes it as a file that appears whole or not at all.
pub fn write(card: &Scorecard, out: &Path) -> Result<(), CommandError> {
    let failed = |error: &dyn std::error::Error| {
        CommandError::failed(format!("cannot write {}: {error}", out.display()))
    };
    let mut buffered = BufWriter::new(WholeFile::create(out)?);
    serde_json::to_writer_pretty(&mut buffered, card).map_err(|error| failed(&error))?;
    buffered.write_all(b"\n").map_err(|error| failed(&error))?;
    buffered.into_inner().map_err(|error| failed(error.error()))?.finish(true)
}
