//! Results as JSON: files that appear whole or not at all.

use std::io::Write as _;
use std::path::Path;

use crate::outcome::CommandError;
use crate::whole_file::WholeFile;

/// One value; `durable` where it must be on the disk by then.
pub fn write(path: &Path, value: &impl serde::Serialize, durable: bool) -> Result<(), CommandError> {
    write_lines(path, core::iter::once(value), durable)
}

/// One value a line.
pub fn write_lines<'a, T: serde::Serialize + 'a>(
    path: &Path,
    all: impl IntoIterator<Item = &'a T>,
    durable: bool,
) -> Result<(), CommandError> {
    let failed = |error: &dyn std::fmt::Display| {
        CommandError::failed(format!("cannot write {}: {error}", path.display()))
    };
    let mut file = std::io::BufWriter::new(WholeFile::create(path)?);
    for one in all {
        serde_json::to_writer(&mut file, one).map_err(|error| failed(&error))?;
        file.write_all(b"\n").map_err(|error| failed(&error))?;
    }
    file.into_inner().map_err(|error| failed(error.error()))?.finish(durable)
}
