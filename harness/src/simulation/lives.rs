//! A simulated store, lived to its end: as often as its process dies, it is started again.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{Journal, PersonStore};
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_vocab::SellerId;
use fixedops_world::{Truth, World};
use futures_lite::future::block_on;

use super::carrier::Carrier;
use super::clock::Clock;
use super::dms::Dms;
use super::faults::{Fault, Faults, Shake, Shaky};
use super::run::{Parties, Run, RunError, Shape};
use super::setting::Setting;

/// With the fault, the DMS answers for so long a day.
const UP_FOR: TimeDelta = TimeDelta::hours(2);
/// From this hour on, UTC: the middle of the day.
const UP_FROM: TimeDelta = TimeDelta::hours(17);

/// What became of a simulated store.
pub struct Lived {
    /// The store.
    pub seller: SellerId,
    /// Whether anything was left to do; false for a run that had ended before.
    pub went_on: bool,
    /// How often its process was started.
    pub lives: u32,
    /// Inputs the loop refused, and why, in the last life.
    pub refused: Vec<String>,
    /// What the world really did.
    pub truth: Truth,
}

/// Runs a store over `store` to its end, or goes on with one; `folder` takes the carrier's book.
pub fn live(
    shape: &Shape,
    store: &Arc<SqliteJournal>,
    folder: &Path,
    tick: impl FnMut(DateTime<Utc>),
) -> Result<Lived, RunError> {
    live_in(shape, &Setting::shipped(), store, folder, tick)
}

/// The same in another setting.
pub fn live_in(
    shape: &Shape,
    setting: &Setting,
    store: &Arc<SqliteJournal>,
    folder: &Path,
    mut tick: impl FnMut(DateTime<Utc>),
) -> Result<Lived, RunError> {
    let seller = shape.world().seller();
    let book = folder.join(format!("carrier-{}.jsonl", seller.as_str()));
    write_key(shape, folder)?;
    let begun = block_on(store.last(&seller))?.is_some();
    let (mut life, mut tried) = (0, 0);
    loop {
        let inner = Arc::clone(store) as Arc<dyn Journal>;
        let shaky = Arc::new(Shaky::new(inner, Shake::new(shape.draw(), &shape.faults, life, tried)));
        let carrier = Carrier::open(&book, shape.draw(), shape.faults.has(Fault::Carrier))
            .and_then(|carrier| {
                if life == 0 && !begun {
                    carrier.begin_anew()?;
                }
                Ok(carrier)
            })
            .map_err(|error| RunError::Carrier { path: book.display().to_string(), error })?;
        let journal = Arc::clone(&shaky) as Arc<dyn Journal>;
        let mut run = Run::new(shape.clone(), setting, journal, parties(shape, store, Arc::new(carrier)))?;
        match block_on(run.finish(&mut tick)) {
            Ok(went_on) => {
                let (refused, truth) = (run.refused().to_vec(), run.world().truth());
                return Ok(Lived { seller, went_on, lives: life + 1, refused, truth });
            }
            Err(_) if shaky.hook.died() => {
                life += 1;
                tried = shaky.hook.tried();
            }
            Err(error) => return Err(error),
        }
    }
}

/// The key under which the journal knows its contacts, beside the store: a real one is kept apart. What a verifier is
/// given to recompute the hash of a number.
fn write_key(shape: &Shape, folder: &Path) -> Result<(), RunError> {
    let path = folder.join(format!("key-{}.hex", shape.world().seller().as_str()));
    let digits: String = shape.draw().secret("commitment key").iter().map(|b| format!("{b:02x}")).collect();
    std::fs::write(&path, format!("{digits}\n"))
        .map_err(|error| RunError::Carrier { path: path.display().to_string(), error })
}

/// Everybody a simulated store deals with.
pub fn parties(shape: &Shape, persons: &Arc<SqliteJournal>, carrier: Arc<Carrier>) -> Parties {
    let clock = Arc::new(Clock::default());
    let (world, faults) = (shape.world(), shape.faults.clone());
    let limit = world.note_limit();
    Parties {
        persons: Arc::clone(persons) as Arc<dyn PersonStore>,
        transport: carrier,
        dms: Arc::new(Dms::new(Arc::clone(&clock), Box::new(move |at| down(&world, &faults, at)), limit)),
        clock,
    }
}

fn down(world: &World, faults: &Faults, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let until = world.dms_up(at);
    if !faults.has(Fault::Dms) {
        return until;
    }
    let midnight = at.date_naive().and_hms_opt(0, 0, 0).unwrap_or_default().and_utc();
    let up = midnight + UP_FROM;
    let next = if at < up {
        Some(up)
    } else if at >= up + UP_FOR {
        Some(up + TimeDelta::days(1))
    } else {
        None
    };
    next.max(until)
}
