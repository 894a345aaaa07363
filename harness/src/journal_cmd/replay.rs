//! `journal replay`: the same decisions, byte for byte.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use fixedops_attribution::Controls;
use fixedops_closed_loop::{Happened, LoopError, Policies, Replayed, replay};
use fixedops_connectors_traits::Event;
use fixedops_connectors_traits::file::{JournalReader, encode_line};
use fixedops_vocab::SellerId;
use futures_lite::future::block_on;

use crate::outcome::{CommandError, Outcome};

/// Replays every partition of a journal file.
pub fn run(path: &Path, controls: Option<&Path>) -> Result<Outcome, CommandError> {
    let name = path.display();
    let controls = controls.map(shares).transpose()?;
    let here =
        || Policies { controls: controls.clone().unwrap_or_else(Controls::shipped), ..Policies::shipped() };
    let input = super::input::open(path).map_err(|error| super::input::file_error(path, &error))?;
    let mut partitions: BTreeMap<SellerId, Vec<Event>> = BTreeMap::new();
    for event in JournalReader::new(input) {
        let event = event.map_err(|fault| CommandError::failed(format!("{name}: {fault}")))?;
        partitions.entry(event.partition.clone()).or_default().push(event);
    }
    let mut same = true;
    for (seller, events) in partitions {
        let recorded = events.len();
        let policies = policies_of(&here, &seller, &events)
            .map_err(|error| CommandError::failed(format!("{name}: partition {seller}: {error}")))?;
        let replayed = block_on(replay(&seller, events, Arc::new(policies)))
            .map_err(|error| CommandError::failed(format!("{name}: partition {seller}: {error}")))?;
        match replayed {
            Replayed::Same { events, cut } => {
                let end = if cut { "; the record ends in the middle of a turn" } else { "" };
                println!("{seller}: {events} of {recorded} events decided again, every hash the same{end}");
            }
            Replayed::Different(difference) => {
                same = false;
                println!("{seller}: differs at position {}", difference.position);
                println!("  recorded: {}", line(difference.recorded.as_ref()));
                println!("  replayed: {}", line(difference.replayed.as_ref()));
            }
        }
    }
    Ok(if same { Outcome::Done } else { Outcome::Failed })
}

/// The shares that a store had of its own.
fn shares(path: &Path) -> Result<Controls, CommandError> {
    let wrong = |error: &dyn core::fmt::Display| CommandError::usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    Controls::from_toml(&text).map_err(|error| wrong(&error))
}

/// The policies that a partition says it was decided by, as far as they are here. Others are named: it cannot be decided by them.
fn policies_of(
    here: &dyn Fn() -> Policies,
    seller: &SellerId,
    events: &[Event],
) -> Result<Policies, LoopError> {
    let configured = events.iter().find(|event| event.event_type.as_str() == "store_configured");
    let Some(Happened::StoreConfigured(store)) = configured.map(Happened::read).transpose()?.flatten() else {
        return Ok(here());
    };
    Ok(here().as_recorded(&store.policies).unwrap_or_else(|missing| {
        for (name, version) in missing {
            println!("{seller}: was decided by {name} {version}, which this program does not have");
        }
        here()
    }))
}

fn line(event: Option<&Event>) -> String {
    let text = event.map(|event| encode_line(event).unwrap_or_else(|error| error.to_string()));
    text.unwrap_or_else(|| "nothing".to_owned())
}
