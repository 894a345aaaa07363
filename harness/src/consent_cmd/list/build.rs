use std::path::PathBuf;

use chrono::NaiveDate;
use fixedops_consent::list::{ListBuilder, ListKind, read_number};

use super::{date, each_line, write};
use crate::outcome::{CommandError, Outcome};
use crate::table::SetAside;

/// `consent list build`.
#[derive(clap::Args, Debug)]
pub struct BuildArgs {
    /// Files with a number on each line: 404,5550123 as the registry writes it, or as people do
    #[arg(long = "in", value_name = "F.txt", required = true, num_args = 1..)]
    pub input: Vec<PathBuf>,
    /// The day the files are complete as of: for the registry, the day they were downloaded
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: NaiveDate,
    /// Whose list it is: national, state:XX, internal
    #[arg(long, value_name = "KIND", default_value = "national")]
    pub kind: ListKind,
    /// The list to write
    #[arg(long = "out", value_name = "L.dnc")]
    pub output: PathBuf,
    /// Make a list without any number, which says of every number that it is not on it
    #[arg(long)]
    pub allow_empty: bool,
    /// Stop at the first line that is no number
    #[arg(long)]
    pub strict: bool,
}

/// One line in so many may be bad; a file with more is not the list that was meant.
const MOST_BAD: u64 = 100;
/// So many may be bad in any file, a short one of the store's own above all.
const FEW: u64 = 20;

/// Reads every file, in whatever order the numbers stand.
pub fn build(args: &BuildArgs) -> Result<Outcome, CommandError> {
    let mut aside = SetAside::new(args.strict);
    let mut builder = ListBuilder::new(args.kind, args.as_of);
    let mut lines = 0_u64;
    for path in &args.input {
        each_line(path, &mut aside, read_number, |number| {
            lines += 1;
            builder.add(number);
        })?;
    }
    let bad = aside.count();
    if lines == 0 && !args.allow_empty {
        return Err(CommandError::failed(
            "no line is a number: a list that is really empty is made with --allow-empty".to_owned(),
        ));
    }
    if bad > FEW && bad.saturating_mul(MOST_BAD) > lines.saturating_add(bad) {
        return Err(CommandError::failed(format!(
            "{bad} of {} lines are no number, more than one in {MOST_BAD}: another kind of file; nothing was written",
            lines.saturating_add(bad)
        )));
    }
    let bytes = builder.finish();
    write(&args.output, &bytes)?;
    eprintln!("{} list as of {}: {lines} numbers read, {} bytes written", args.kind, args.as_of, bytes.len());
    aside.finish();
    Ok(Outcome::Done)
}
