//! A simulated store, driven through the loop: what `demo` and `simulate` share.

mod carrier;
mod clock;
mod dms;
mod draw;
mod faults;
mod files;
mod intake;
mod layer;
mod lives;
mod run;
mod setting;
#[cfg(test)]
mod tests;
mod watch;

pub use draw::Draw;
pub use faults::Faults;
pub use files::Files;
pub use lives::{Lived, live, live_in};
pub use run::{Run, RunError, Shape};
pub use setting::{DECLINED_RECOVERY, FollowUp, Setting, Trial};

use std::path::Path;
use std::sync::Arc;

use fixedops_connectors_traits::JournalErrorKind;
use fixedops_journal_sqlite::{Durability, SqliteJournal};
use futures_lite::future::block_on;

use crate::outcome::CommandError;

/// The folder of a run: made where it is not there.
pub fn folder(path: &Path) -> Result<(), CommandError> {
    if path.exists() && !path.is_dir() {
        return Err(CommandError::usage(format!("{} is a file, not a folder", path.display())));
    }
    std::fs::create_dir_all(path)
        .map_err(|error| CommandError::failed(format!("cannot make {}: {error}", path.display())))
}

/// Says what the loop would not take of a store. The world tells nothing that has to be refused, so a line here is a
/// fault of the program; a test holds that there is none.
pub fn tell_refused(lived: &Lived) {
    for refused in &lived.refused {
        eprintln!("{}: refused: {refused}", lived.seller);
    }
}

/// Opens the store of a simulation, and refuses one that is not of `shapes` before anything is written.
pub fn open(database: &Path, shapes: &[Shape]) -> Result<Arc<SqliteJournal>, CommandError> {
    open_in(database, shapes, &Setting::shipped())
}

/// The same in another setting.
pub fn open_in(
    database: &Path,
    shapes: &[Shape],
    setting: &Setting,
) -> Result<Arc<SqliteJournal>, CommandError> {
    // Whatever a power cut takes of a simulated store, the same seed makes again.
    let store = SqliteJournal::open(database).and_then(|store| store.with_durability(Durability::ProcessEnd));
    let store = store.map_err(|error| match error.kind() {
        // Another version's store, or no store at all: the call was wrong, and nothing was touched.
        JournalErrorKind::ForeignFormat => CommandError::usage(error.to_string()),
        _ => CommandError::failed(format!("cannot open the store: {error}")),
    })?;
    block_on(Run::refuse_foreign(shapes, setting, &store)).map_err(broken)?;
    Ok(Arc::new(store))
}

/// What a run that stopped means to the caller of the program.
pub fn broken(error: RunError) -> CommandError {
    match error {
        RunError::Foreign(message) => CommandError::usage(message),
        other => CommandError::failed(other.to_string()),
    }
}
