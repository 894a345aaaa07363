use std::path::PathBuf;

use fixedops_recovery::{Plans, Templates};

use super::read;
use crate::outcome::{CommandError, Outcome};

/// `plan lint`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Plans of a store's own; without any, the shipped ones
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Templates of a store's own, instead of the shipped ones
    #[arg(long, value_name = "T.toml")]
    pub templates: Option<PathBuf>,
}

/// Every file is looked at, whatever was wrong with the one before.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let templates = match &args.templates {
        None => Templates::shipped(),
        Some(path) => {
            let failed =
                |error: &dyn core::fmt::Display| CommandError::failed(format!("{}: {error}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
            Templates::from_toml(&text).map_err(|error| failed(&error))?
        }
    };
    let mut broken = 0;
    let mut good = 0;
    if args.files.is_empty() {
        good = Plans::shipped().iter().count();
    }
    for path in &args.files {
        match read(path, &templates) {
            Ok(plan) => {
                good += 1;
                println!("{}: {} holds, {} touches", path.display(), plan.version(), plan.touches().len());
            }
            Err(error) => {
                broken += 1;
                eprintln!("fixedops: {error}");
            }
        }
    }
    println!("{good} plans hold, {broken} do not");
    Ok(if broken == 0 { Outcome::Done } else { Outcome::Failed })
}
