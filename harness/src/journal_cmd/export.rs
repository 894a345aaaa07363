use std::io::{BufWriter, Write as _};
use std::path::Path;

use fixedops_connectors_traits::file;
use futures_lite::future::block_on;

use super::{input, store};
use crate::outcome::{CommandError, Outcome};
use crate::whole_file::WholeFile;

pub fn run(store: &str, out: &Path) -> Result<Outcome, CommandError> {
    let events = write(store, out)?;
    println!("{events} events written to {}", out.display());
    Ok(Outcome::Done)
}

/// Writes the journal of a store to a file that appears whole or not at all; returns how many events.
pub fn write(store: &str, out: &Path) -> Result<u64, CommandError> {
    if out.is_file() && input::is_sqlite(out).unwrap_or(false) {
        let message = format!("{} is a store: it is not overwritten with a journal file", out.display());
        return Err(CommandError::usage(message));
    }
    let journal = store::open_existing(store)?;
    let mut buffered = BufWriter::new(WholeFile::create(out)?);
    let events = block_on(file::export(&journal, &mut buffered))
        .map_err(|error| CommandError::failed(format!("{store}: {error}")))?;
    buffered.flush().map_err(|error| input::file_error(out, &error))?;
    let file = buffered.into_inner().map_err(|error| input::file_error(out, error.error()))?;
    file.finish(true)?;
    Ok(events)
}
