use fixedops_closed_loop::LoopError;
use fixedops_connectors_traits::{Event, Journal as _, JournalError};
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_vocab::SellerId;
use futures_lite::future::block_on;

use crate::outcome::CommandError;

/// Events read from a store at a time.
const PAGE: usize = 1_000;

fn failed(error: &JournalError) -> CommandError {
    CommandError::failed(error.to_string())
}

/// The seller whose journal is meant: the one that is named, or the only one there is.
pub fn one_seller(name: &str, store: &SqliteJournal, named: Option<&str>) -> Result<SellerId, CommandError> {
    let mut sellers = block_on(store.partitions()).map_err(|error| failed(&error))?;
    let names: Vec<&str> = sellers.iter().map(SellerId::as_str).collect();
    let there = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
    if let Some(named) = named {
        sellers.retain(|seller| seller.as_str() == named);
        return sellers
            .pop()
            .ok_or_else(|| CommandError::usage(format!("{name}: no seller {named}; there is {there}")));
    }
    match (sellers.pop(), sellers.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => {
            Err(CommandError::usage(format!("{name} holds several sellers, name one with --seller: {there}")))
        }
        (None, _) => Err(CommandError::failed(format!("{name}: the store is empty"))),
    }
}

/// Hands over every event of a seller, in order.
pub fn each_event(
    store: &SqliteJournal,
    seller: &SellerId,
    mut take: impl FnMut(&Event) -> Result<(), LoopError>,
) -> Result<(), CommandError> {
    let mut after = 0;
    loop {
        let page = block_on(store.scan(seller, after, PAGE)).map_err(|error| failed(&error))?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.position;
        for event in &page {
            take(event).map_err(|error| CommandError::failed(error.to_string()))?;
        }
    }
}
