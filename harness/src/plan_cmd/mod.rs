//! `fixedops plan`: the sequences, and the words they send.

mod lint;
mod list;
mod picture;
mod preview;
mod sample;
mod show;

use std::path::Path;

use fixedops_recovery::{Plan, Plans, Templates};

use crate::outcome::{CommandError, Outcome};

/// The subcommands.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// List the shipped plans, one a line: version, programme, what opens it, touches
    List(list::Args),
    /// Check plans: exit 1, with line, touch, field and reason, for one that is none
    Lint(lint::Args),
    /// Show a plan: every touch with its time, channel, words and the reason for it
    Show(show::Args),
    /// Write every message of a plan for a sample case, and the whole plan as a picture
    Preview(preview::Args),
}

/// Runs one.
pub fn run(command: &Command) -> Result<Outcome, CommandError> {
    match command {
        Command::List(args) => list::run(args),
        Command::Lint(args) => lint::run(args),
        Command::Show(args) => show::run(args),
        Command::Preview(args) => preview::run(args),
    }
}

/// A shipped plan by its version or its programme, or a store's own by its file.
fn find(name: &str) -> Result<Plan, CommandError> {
    let plans = Plans::shipped();
    let by_version = name.parse().ok().and_then(|version| plans.plan(&version).cloned());
    let by_program = || name.parse().ok().and_then(|program| plans.for_program(&program).cloned());
    if let Some(plan) = by_version.or_else(by_program) {
        return Ok(plan);
    }
    let path = Path::new(name);
    if path.extension().is_none_or(|end| end != "toml") {
        let known: Vec<&str> = plans.iter().map(|plan| plan.version().as_str()).collect();
        return Err(CommandError::usage(format!(
            "no plan {name:?}: give a file (.toml), a programme, or one of {}",
            known.join(", ")
        )));
    }
    read(path, &Templates::shipped())
}

fn read(path: &Path, templates: &Templates) -> Result<Plan, CommandError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CommandError::failed(format!("{}: {error}", path.display())))?;
    Plan::from_toml_with(&text, templates)
        .map_err(|error| CommandError::failed(format!("{}: {error}", path.display())))
}
