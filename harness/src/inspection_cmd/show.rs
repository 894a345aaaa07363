use std::sync::Arc;

use chrono::{DateTime, Utc};
use fixedops_closed_loop::{Engine, Policies};
use fixedops_vocab::RoId;
use futures_lite::future::block_on;

use super::outside::Nobody;
use crate::journal_cmd;
use crate::outcome::{CommandError, Outcome};
use crate::table::parse_time;

/// `inspection show`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The store: a path, or sqlite:PATH
    store: String,
    /// The repair order, as the journal names it: rooftop/number
    #[arg(long)]
    ro: String,
    /// When it is looked at: wear and miles are projected from here; now, where nothing is said
    #[arg(long, value_name = "T", value_parser = parse_time)]
    at: Option<DateTime<Utc>>,
    /// In whose journal, where the store holds several sellers
    #[arg(long)]
    seller: Option<String>,
}

/// Prints the presentation of one order's inspection.
pub fn run(args: &Args) -> Result<Outcome, CommandError> {
    let ro: RoId = args.ro.parse().map_err(|error| CommandError::usage(format!("--ro: {error}")))?;
    let store = journal_cmd::open_existing(&args.store)?;
    let seller = journal_cmd::one_seller(&args.store, &store, args.seller.as_deref())?;
    let policies = Arc::new(Policies::shipped());
    let engine = Engine::new(seller, Arc::new(store), Arc::new(Nobody), Arc::new(Nobody), policies);
    let shown = block_on(engine.presentation(&ro, args.at.unwrap_or_else(Utc::now)));
    let shown = shown.map_err(|error| CommandError::failed(error.to_string()))?;
    let Some(shown) = shown else {
        return Err(CommandError::failed(format!(
            "{}: no inspection of order {ro} was completed",
            args.store
        )));
    };
    let text =
        serde_json::to_string_pretty(&shown).map_err(|error| CommandError::failed(error.to_string()))?;
    println!("{text}");
    Ok(Outcome::Done)
}
