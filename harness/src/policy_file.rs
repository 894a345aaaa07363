//! A store's own policy: a TOML file, its faults named with its path.

use std::path::Path;

use crate::outcome::CommandError;

/// Reads a file by its own reader.
pub fn read<P, E: std::fmt::Display>(
    path: &Path,
    reader: impl FnOnce(&str) -> Result<P, E>,
) -> Result<P, CommandError> {
    let named = |error: &dyn std::fmt::Display| CommandError::failed(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    reader(&text).map_err(|error| named(&error))
}

/// The same where a path was given.
pub fn read_given<P, E: std::fmt::Display>(
    path: Option<&Path>,
    reader: impl FnOnce(&str) -> Result<P, E>,
) -> Result<Option<P>, CommandError> {
    path.map(|path| read(path, reader)).transpose()
}
