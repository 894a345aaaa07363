//! `fixedops scorecard`: the scorecard of a store, counted again from its journal.

use std::path::PathBuf;

use fixedops_closed_loop::Policies;
use fixedops_closed_loop::scorecard::{Satisfaction, ScorecardBuilder, ScorecardPolicy};

use crate::journal_cmd::Asked;
use crate::outcome::{CommandError, Outcome};
use crate::{json_file, page, policy_file};

/// Arguments of `scorecard`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    asked: Asked,
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
    let policy = policy_file::read_given(args.policy.as_deref(), ScorecardPolicy::from_toml)?;
    let policy = policy.unwrap_or_else(ScorecardPolicy::shipped);
    let satisfaction = policy_file::read_given(args.satisfaction.as_deref(), Satisfaction::from_toml)?;
    let journal = args.asked.open(&[args.json.as_deref(), args.html.as_deref()])?;
    let mut builder = ScorecardBuilder::new(journal.seller.clone(), Policies::shipped().model, &policy);
    let until = journal.each_event(|event| builder.apply(event))?;
    if let (Some(satisfaction), Some(path)) = (satisfaction, &args.satisfaction) {
        let later = |error| CommandError::failed(format!("{}: {error}", path.display()));
        satisfaction.known_by(until).map_err(later)?;
        builder = builder.satisfaction(satisfaction);
    }
    let card = builder.finish(until, &policy, None);
    if let Some(path) = &args.json {
        json_file::write(path, &card, false)?;
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
