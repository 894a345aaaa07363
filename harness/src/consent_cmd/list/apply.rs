use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};
use fixedops_consent::list::{Accept, Change, Changes, ListKind, read_change};

use super::{date, each_line, open, write};
use crate::outcome::{CommandError, Outcome};
use crate::table::SetAside;

/// `consent list apply`.
#[derive(clap::Args, Debug)]
pub struct ApplyArgs {
    /// The list that is to be brought up to date
    #[arg(long, value_name = "L.dnc")]
    pub list: PathBuf,
    /// A change list: a number, A or D, and where known the day, on each line
    #[arg(long, value_name = "C.txt")]
    pub changes: PathBuf,
    /// The day the change list leads to: for the registry, the day it was downloaded
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: NaiveDate,
    /// The day of the download before, from which the change list goes on; if not given, its first day must be that of
    /// the list or the day after
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub since: Option<NaiveDate>,
    /// The list to write; may be the one that is read
    #[arg(long = "out", value_name = "L2.dnc")]
    pub output: PathBuf,
    /// Stop at the first line that is no change
    #[arg(long)]
    pub strict: bool,
}

/// Refuses changes that do not go on from the list's own date.
pub fn apply(args: &ApplyArgs) -> Result<Outcome, CommandError> {
    let list = open(&args.list, &Accept::any())?;
    let mut aside = SetAside::new(args.strict);
    let changes = changes(args, list.kind(), list.date(), &mut aside)?;
    let refused = |path: &Path, error: &dyn std::error::Error| {
        CommandError::failed(format!("{}: {error}", path.display()))
    };
    let done = list.apply(&changes).map_err(|error| refused(&args.changes, &error))?;
    if done.added + done.removed == 0 {
        // An old file must not make an old list look new.
        return Err(CommandError::failed(format!(
            "{}: it changes nothing: was it applied before?",
            args.changes.display()
        )));
    }
    write(&args.output, &done.bytes)?;
    eprintln!(
        "{} list as of {}: {} added, {} removed, {} numbers ({} were listed already, {} were not listed)",
        list.kind(),
        changes.date(),
        done.added,
        done.removed,
        list.len() + done.added - done.removed,
        done.listed_already,
        done.not_listed,
    );
    aside.finish();
    Ok(Outcome::Done)
}

/// The registry's changes are to be fetched at least every 31 days, 47 CFR 64.1200(c)(2)(i)(D).
const LONGEST: u64 = 31;

fn changes(
    args: &ApplyArgs,
    kind: ListKind,
    list: NaiveDate,
    aside: &mut SetAside,
) -> Result<Changes, CommandError> {
    let failed = |what: String| CommandError::failed(format!("{}: {what}", args.changes.display()));
    let mut all: Vec<Change> = Vec::new();
    each_line(&args.changes, aside, read_change, |change| all.push(change))?;
    let last = all.iter().filter_map(|change| change.at).max().map(|at| at.date());
    // Where no change has a day, nothing but the two dates says how old the file is.
    let latest = last.map_or(list + Days::new(LONGEST), |last| last + Days::new(1));
    if args.as_of > latest {
        return Err(failed(match last {
            Some(last) => format!(
                "its last change is of {last}: it leads to no later day than {latest}, not to {}",
                args.as_of
            ),
            None => format!(
                "it goes on from {list} and no change has a date: it may lead {LONGEST} days on, not to {}",
                args.as_of
            ),
        }));
    }
    let since = match args.since {
        Some(since) => since,
        None => {
            let first = all.iter().filter_map(|change| change.at).min().map(|at| at.date());
            let first = first.ok_or_else(|| {
                failed("no change has a date: say with --since from which day they go on".to_owned())
            })?;
            if first > list + Days::new(1) {
                return Err(failed(format!(
                    "gap: the list is as of {list}, the first change of {first}; \
                     if nothing changed in between, say so with --since {list}"
                )));
            }
            first.min(list)
        }
    };
    Changes::new(kind, since, args.as_of, all).map_err(|error| failed(error.to_string()))
}
