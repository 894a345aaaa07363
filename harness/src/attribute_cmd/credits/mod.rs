//! `fixedops attribute credits`: the credits in force of a store, under a view.

mod account;
mod ledger;
#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use fixedops_attribution::View;

use crate::journal_cmd;
use crate::outcome::{CommandError, Outcome};
use crate::whole_file::WholeFile;
use account::Account;
use ledger::Ledger;

/// Arguments of `attribute credits`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The store: a path, or sqlite:PATH
    store: String,
    /// Who is named for a credit: the claimant whose touch came last, whose touch came first, or each the same; the trigger that
    /// earned it, where nothing is said. What is credited stays the same, to the cent
    #[arg(long, value_enum)]
    view: Option<As>,
    /// In whose journal, where the store holds several sellers
    #[arg(long)]
    seller: Option<String>,
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
    let store = journal_cmd::open_existing(&args.store)?;
    let seller = journal_cmd::one_seller(&args.store, &store, args.seller.as_deref())?;
    let mut ledger = Ledger::default();
    journal_cmd::each_event(&store, &seller, |event| ledger.apply(event))?;
    let account = Account::of(&seller, &ledger, args.view.map(As::view))
        .map_err(|error| CommandError::failed(error.to_string()))?;
    if let Some(path) = &args.json {
        write(path, &account)?;
    }
    println!("{}", account.to_string().trim_end());
    Ok(Outcome::Done)
}

fn write(path: &Path, account: &Account) -> Result<(), CommandError> {
    let failed = |error: &dyn core::fmt::Display| {
        CommandError::failed(format!("cannot write {}: {error}", path.display()))
    };
    let text = serde_json::to_string(account).map_err(|error| failed(&error))?;
    let mut file = WholeFile::create(path)?;
    file.write_all(format!("{text}\n").as_bytes()).map_err(|error| failed(&error))?;
    file.finish(false)
}
