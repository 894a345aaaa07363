//! The model a test is of.

use std::path::Path;

use fixedops_odometer_core::Model;

use crate::outcome::CommandError;

/// The model of a file, or the shipped one.
pub fn load(path: Option<&Path>) -> Result<Model, CommandError> {
    let Some(path) = path else { return Ok(Model::shipped()) };
    let failed = |error: &dyn std::error::Error| CommandError::failed(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    Model::from_toml(&text).map_err(|error| failed(&error))
}
