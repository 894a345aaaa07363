//! Commands of the odometer room.

mod clean;
mod due;
mod estimate;
mod model_file;
mod readings;
pub mod sort;
mod track;

use crate::outcome::{CommandError, Outcome};

/// What can be asked.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Estimate odometers with 80 % ranges: a row for every query, using only what was known then
    Estimate(estimate::EstimateArgs),
    /// Judge readings: accepted, set aside with the reason, or repaired
    Clean(clean::CleanArgs),
    /// Turn GPS fixes into miles with their standard deviation
    Track(track::TrackArgs),
    /// Say which services are due, by distance or time
    Due(due::DueArgs),
}

/// Does it.
pub fn run(command: Command) -> Result<Outcome, CommandError> {
    match command {
        Command::Estimate(args) => estimate::estimate(&args),
        Command::Clean(args) => clean::clean(&args),
        Command::Track(args) => track::track(&args),
        Command::Due(args) => due::due(&args),
    }
}
