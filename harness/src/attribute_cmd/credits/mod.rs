//! `fixedops attribute credits`: the credits in force of a store, under a view.

mod account;
mod ledger;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use fixedops_attribution::View;

use crate::journal_cmd::Asked;
use crate::json_file;
use crate::outcome::{CommandError, Outcome};
use account::Account;
use ledger::Ledger;

/// Arguments of `attribute credits`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    asked: Asked,
    /// Who is named for a credit: the claimant whose touch came last, whose touch came first, or each the same; the trigger that
    /// earned it, where nothing is said. What is credited stays the same, to the cent
    #[arg(long, value_enum)]
    view: Option<As>,
    /// Every share and every declined line as data
    #[arg(long, value_name = "F.json")]
    json: Option<PathBuf>,
}

/// A view, as the call names it.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum As {
    Last,
    First,
    Even,
}

impl As {
    const fn view(self) -> View {
        match self {
            Self::Last => View::LastTouch,
            Self::First => View::FirstTouch,
            Self::Even => View::EvenSplit,
        }
    }
}

/// Reads the journal, writes what was asked for, and lists it.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let journal = args.asked.open(&[args.json.as_deref()])?;
    let mut ledger = Ledger::default();
    journal.each_event(|event| ledger.apply(event))?;
    let account = Account::of(&journal.seller, &ledger, args.view.map(As::view))
        .map_err(|error| CommandError::failed(error.to_string()))?;
    if let Some(path) = &args.json {
        json_file::write(path, &account, false)?;
    }
    println!("{}", account.to_string().trim_end());
    Ok(Outcome::Done)
}
