use std::path::Path;

use fixedops_connectors_traits::file::{self, TransferError};
use futures_lite::future::block_on;

use super::{input, store};
use crate::outcome::{CommandError, Outcome};

pub fn run(path: &Path, into: &str) -> Result<Outcome, CommandError> {
    // A file that is not there must not leave a new, empty store behind.
    drop(input::open(path).map_err(|error| input::file_error(path, &error))?);
    let journal = store::open(into)?;
    let imported = block_on(file::import(&journal, || input::open(path))).map_err(|error| match error {
        TransferError::Fault(_) | TransferError::File(_) => {
            CommandError::failed(format!("{}: {error}; nothing was imported", path.display()))
        }
        _ => CommandError::failed(format!("{into}: {error}")),
    })?;
    println!("{} events imported, {} were there already", imported.appended, imported.present);
    Ok(Outcome::Done)
}
