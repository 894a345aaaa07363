//! Streams read back into states, with a cache that can be thrown away.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use fixedops_connectors_traits::{Event, Journal, StreamId};
use fixedops_vocab::SellerId;

use crate::{Happened, LoopError};

/// Events read at once.
const PAGE: usize = 1_000;
/// States kept; beyond that the cache is thrown away and fills anew.
const CACHED: usize = 50_000;

/// The state of a stream: what its events make of nothing.
pub(crate) trait Fold: Default + Clone + Send + Sync + 'static {
    /// Applies one event. Events of other kinds change nothing.
    fn apply(&mut self, event: &Event, happened: Happened);
}

/// A stream as it was read: its state and the version the state stands for.
#[derive(Debug)]
pub(crate) struct Loaded<S> {
    /// The stream.
    pub stream: StreamId,
    /// Version of the last event folded in; 0 for a stream that does not exist.
    pub version: u64,
    /// The state.
    pub state: Arc<S>,
}

type Cached = (u64, Arc<dyn Any + Send + Sync>);

/// States by stream and version. Wrong by no more than being old: the version of every read is guarded on append.
#[derive(Default)]
pub(crate) struct Cache {
    states: Mutex<BTreeMap<StreamId, Cached>>,
}

impl Cache {
    fn get<S: Fold>(&self, stream: &StreamId) -> Option<(u64, Arc<S>)> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let (version, state) = states.get(stream)?;
        Some((*version, Arc::clone(state).downcast::<S>().ok()?))
    }

    fn put<S: Fold>(&self, stream: &StreamId, version: u64, state: Arc<S>) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if states.len() >= CACHED {
            states.clear();
        }
        states.insert(stream.clone(), (version, state));
    }
}

impl core::fmt::Debug for Cache {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Cache")
    }
}

/// Reads `stream` to its end, going on from the cache.
pub(crate) async fn load<S: Fold>(
    journal: &dyn Journal,
    partition: &SellerId,
    cache: &Cache,
    stream: StreamId,
) -> Result<Loaded<S>, LoopError> {
    let (mut version, mut state) = cache.get::<S>(&stream).unwrap_or_default();
    loop {
        let page = journal.read(partition, &stream, version, PAGE).await?;
        let Some(last) = page.last().map(|event| event.version) else {
            break;
        };
        let folded = Arc::make_mut(&mut state);
        for event in &page {
            if let Some(happened) = Happened::read(event)? {
                folded.apply(event, happened);
            }
        }
        version = last;
        cache.put(&stream, version, Arc::clone(&state));
        if page.len() < PAGE {
            break;
        }
    }
    Ok(Loaded { stream, version, state })
}
