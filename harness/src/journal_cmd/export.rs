use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use fixedops_connectors_traits::file;
use futures_lite::future::block_on;
use tempfile::NamedTempFile;

use super::{input, store};
use crate::outcome::{CommandError, Outcome};

pub fn run(store: &str, out: &Path) -> Result<Outcome, CommandError> {
    let events = write(store, out)?;
    println!("{events} events written to {}", out.display());
    Ok(Outcome::Done)
}

/// Writes the journal of a store to a file that appears whole or not at all; returns how many events.
pub fn write(store: &str, out: &Path) -> Result<u64, CommandError> {
    if input::is_sqlite(out).unwrap_or(false) {
        let message = format!("{} is a store: it is not overwritten with a journal file", out.display());
        return Err(CommandError::usage(message));
    }
    let journal = store::open_existing(store)?;
    let written = |error: io::Error| input::file_error(out, &error);
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut part = NamedTempFile::new_in(folder).map_err(written)?;
    let mut buffered = BufWriter::new(part.as_file_mut());
    let events = block_on(file::export(&journal, &mut buffered))
        .map_err(|error| CommandError::failed(format!("{store}: {error}")))?;
    buffered.flush().map_err(written)?;
    drop(buffered);
    part.as_file().sync_all().map_err(written)?;
    readable_by_all(part.path()).map_err(written)?;
    part.persist(out).map_err(|error| written(error.error))?;
    Ok(events)
}

/// A temporary file is its owner's alone; the journal file holds no customer data and is an ordinary file.
#[cfg(unix)]
fn readable_by_all(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_path: &Path) -> io::Result<()> {
    Ok(())
}
