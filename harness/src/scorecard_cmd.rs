//! `fixedops scorecard`: the scorecard of a store, counted again from its journal.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use fixedops_closed_loop::Policies;
use fixedops_closed_loop::scorecard::{
    Satisfaction, ScorecardBuilder, ScorecardPolicy, ScorecardPolicyError,
};

use crate::journal_cmd;
use crate::outcome::{CommandError, Outcome};
use crate::page;
use crate::table::parse_time;
use crate::whole_file::WholeFile;

/// Arguments of `scorecard`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The store: a path, or sqlite:PATH
    store: String,
    /// What was known then; the last event, where nothing is said
    #[arg(long, value_name = "T", value_parser = parse_time)]
    as_of: Option<DateTime<Utc>>,
    /// In whose journal, where the store holds several sellers
    #[arg(long)]
    seller: Option<String>,
    /// What it compares with (TOML); else the shipped policy
    #[arg(long, value_name = "P.toml")]
    policy: Option<PathBuf>,
    /// Customer satisfaction, measured elsewhere (TOML: score, out_of, answers, as_of, source)
    #[arg(long, value_name = "S.toml")]
    satisfaction: Option<PathBuf>,
    /// The whole scorecard as data
    #[arg(long, value_name = "F.json")]
    json: Option<PathBuf>,
    /// The same as a page
    #[arg(long, value_name = "F.html")]
    html: Option<PathBuf>,
}

/// Folds the journal, writes what was asked for, and says the headlines.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let policy = match &args.policy {
        None => ScorecardPolicy::shipped(),
        Some(path) => of_file(path, ScorecardPolicy::from_toml)?,
    };
    let satisfaction =
        args.satisfaction.as_deref().map(|path| of_file(path, Satisfaction::from_toml)).transpose()?;
    let store = journal_cmd::open_existing(&args.store)?;
    let seller = journal_cmd::one_seller(&args.store, &store, args.seller.as_deref())?;
    let mut builder = ScorecardBuilder::new(seller.clone(), Policies::shipped().model, &policy);
    if let Some(satisfaction) = satisfaction {
        builder = builder.satisfaction(satisfaction);
    }
    let mut last = DateTime::UNIX_EPOCH;
    journal_cmd::each_event(&store, &seller, |event| {
        if args.as_of.is_some_and(|as_of| event.at > as_of) {
            return Ok(());
        }
        last = event.at;
        builder.apply(event)
    })?;
    let card = builder.finish(args.as_of.unwrap_or(last), &policy, None);
    if let Some(path) = &args.json {
        let failed = |error: &dyn std::fmt::Display| {
            CommandError::failed(format!("cannot write {}: {error}", path.display()))
        };
        let text = serde_json::to_string(&card).map_err(|error| failed(&error))?;
        let mut file = WholeFile::create(path)?;
        file.write_all(format!("{text}\n").as_bytes()).map_err(|error| failed(&error))?;
        file.finish(false)?;
    }
    if let Some(path) = &args.html {
        let html = page::scorecard(&card).map_err(|error| CommandError::failed(error.to_string()))?;
        page::write(&html, path)?;
    }
    for sentence in card.headlines() {
        println!("{sentence}");
    }
    if !card.hints.is_empty() {
        println!("\nWhere to look first:");
    }
    for hint in &card.hints {
        println!("- {}", hint.words);
    }
    Ok(Outcome::Done)
}

fn of_file<T>(path: &Path, read: fn(&str) -> Result<T, ScorecardPolicyError>) -> Result<T, CommandError> {
    let named = |error: &dyn std::fmt::Display| CommandError::failed(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    read(&text).map_err(|error| named(&error))
}
