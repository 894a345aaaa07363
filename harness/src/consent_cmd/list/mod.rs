//! Do-not-call lists: built, brought up to date, asked, verified.

mod apply;
mod build;
mod check;
mod verify;

use std::fs::{self, File};
use std::io::{BufReader, Write as _};
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use fixedops_consent::list::{Accept, LineError, NumberList};

use super::decide::next_line;
use crate::outcome::{CommandError, Outcome};
use crate::table::{SetAside, Watched};
use crate::whole_file::WholeFile;

/// What can be done with a list.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Build a list from the registry's flat files, or from files with one number a line
    Build(build::BuildArgs),
    /// Put a change list on top of a list: the list of a later day
    Apply(apply::ApplyArgs),
    /// Say of every number of a CSV whether it is on a list
    Check(check::CheckArgs),
    /// Check every byte and every block of a list, and say what it is
    Verify(verify::VerifyArgs),
}

/// Does it.
pub fn run(command: Command) -> Result<Outcome, CommandError> {
    match command {
        Command::Build(args) => build::build(&args),
        Command::Apply(args) => apply::apply(&args),
        Command::Check(args) => check::check(&args),
        Command::Verify(args) => verify::verify(&args),
    }
}

/// A day as it is typed.
fn date(text: &str) -> Result<NaiveDate, &'static str> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "not a date (YYYY-MM-DD)")?;
    if (1000..=9999).contains(&date.year()) { Ok(date) } else { Err("year is outside 1000 to 9999") }
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    fs::read(path).map_err(|error| CommandError::failed(format!("cannot read {}: {error}", path.display())))
}

/// A list, read whole: the program maps no files, because another program can cut a mapped file short under it.
fn open(path: &Path, accept: &Accept) -> Result<NumberList<Vec<u8>>, CommandError> {
    NumberList::open(read(path)?, accept)
        .map_err(|error| CommandError::failed(format!("{}: {error}", path.display())))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)
        .map_err(|error| CommandError::failed(format!("cannot write {}: {error}", path.display())))?;
    file.finish(false)
}

/// Hands every line that `read` makes something of to `each`; names the others without repeating them, because they are
/// customers' numbers.
fn each_line<T>(
    path: &Path,
    aside: &mut SetAside,
    read: fn(&[u8]) -> Result<Option<T>, LineError>,
    mut each: impl FnMut(T),
) -> Result<(), CommandError> {
    let shown = path.display();
    let failed = |error: std::io::Error| CommandError::failed(format!("cannot read {shown}: {error}"));
    let file =
        File::open(path).map_err(|error| CommandError::failed(format!("cannot open {shown}: {error}")))?;
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    let mut input = BufReader::with_capacity(1 << 16, Watched::new(file, bytes, format!("reading {shown}")));
    let mut line = Vec::new();
    for number in 1_u64.. {
        match next_line(&mut input, &mut line).map_err(failed)? {
            None => break,
            Some(false) => aside.report_row(path, number, "line: longer than 1 MiB")?,
            Some(true) => match read(&line) {
                Ok(None) => {}
                Ok(Some(value)) => each(value),
                Err(error) => aside.report_row(path, number, &format!("{}: {error}", error.field()))?,
            },
        }
    }
    Ok(())
}
