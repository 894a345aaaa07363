//! Streams read back into states, with a cache that can be thrown away.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fixedops_connectors_traits::{Event, Journal, StreamId};
use fixedops_vocab::SellerId;

use crate::{Happened, LoopError};

/// Events read at once.
const PAGE: usize = 1_000;
/// States kept; beyond that the cache is thrown away and fills anew.
const CACHED: usize = 50_000;
/// Appended events kept until they are folded; beyond that they are read again.
const WAITING: usize = 10_000;

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

/// States by stream and version. Wrong by no more than being old: the version of every read is guarded on append.
#[derive(Default)]
pub(crate) struct Cache {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    streams: BTreeMap<StreamId, Cached>,
    /// Events that wait to be folded, in all.
    waiting: usize,
}

#[derive(Default)]
struct Cached {
    version: u64,
    /// None until the stream is loaded.
    state: Option<Arc<dyn Any + Send + Sync>>,
    /// What this engine appended behind `version`, in order: folded when the stream is loaded next, without being read.
    waiting: Vec<Event>,
}

impl Cached {
    /// Folds events that follow the version it stands at.
    ///
    /// Where nobody holds the state, it is changed where it lies and not copied.
    fn fold<S: Fold>(&mut self, events: &[Event]) -> Result<(), LoopError> {
        // All are read before the first is applied: a state never holds half of a page.
        let mut read = Vec::with_capacity(events.len());
        for event in events {
            read.push((event, Happened::read(event)?));
        }
        // Taken out whole: where `apply` panics, the stream is one nobody knows yet, and not one that is half known.
        let Self { mut version, state, .. } = std::mem::take(self);
        let mut state = state.and_then(|state| state.downcast::<S>().ok()).unwrap_or_default();
        let folded = Arc::make_mut(&mut state);
        for (event, happened) in read {
            version = event.version;
            if let Some(happened) = happened {
                folded.apply(event, happened);
            }
        }
        *self = Self { version, state: Some(state), waiting: Vec::new() };
        Ok(())
    }

    /// Forgets a state of another type.
    fn expect<S: Fold>(&mut self) {
        if self.state.as_ref().is_some_and(|state| !state.is::<S>()) {
            *self = Self::default();
        }
    }

    fn loaded<S: Fold>(&self) -> Option<(u64, Arc<S>)> {
        let state = self.state.as_ref()?;
        Some((self.version, Arc::clone(state).downcast::<S>().ok()?))
    }
}

impl Cache {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state of `stream` as far as it is known.
    fn get<S: Fold>(&self, stream: &StreamId) -> Result<(u64, Arc<S>), LoopError> {
        let mut known = self.known();
        let Known { streams, waiting } = &mut *known;
        let Some(cached) = streams.get_mut(stream) else {
            return Ok(Default::default());
        };
        cached.expect::<S>();
        let appended = std::mem::take(&mut cached.waiting);
        *waiting = waiting.saturating_sub(appended.len());
        if !appended.is_empty() {
            cached.fold::<S>(&appended)?;
        }
        Ok(cached.loaded().unwrap_or_default())
    }

    /// Folds the events of `stream` that follow version `after`; None where what is known stands elsewhere by now.
    fn fold<S: Fold>(
        &self,
        stream: &StreamId,
        after: u64,
        page: &[Event],
    ) -> Result<Option<(u64, Arc<S>)>, LoopError> {
        let mut known = self.known();
        if known.streams.len() >= CACHED && !known.streams.contains_key(stream) {
            *known = Known::default();
        }
        let cached = known.streams.entry(stream.clone()).or_default();
        cached.expect::<S>();
        if cached.version != after || !cached.waiting.is_empty() {
            return Ok(None);
        }
        cached.fold::<S>(page)?;
        Ok(cached.loaded())
    }

    /// Keeps what was just appended for the next load of each stream that is known up to there.
    pub(crate) fn appended(&self, events: Vec<Event>) {
        let mut known = self.known();
        let Known { streams, waiting } = &mut *known;
        if *waiting >= WAITING {
            // Read again when they are wanted.
            streams.values_mut().for_each(|cached| cached.waiting.clear());
            *waiting = 0;
        }
        for event in events {
            if let Some(cached) = streams.get_mut(&event.stream)
                && cached.waiting.last().map_or(cached.version, |last| last.version) + 1 == event.version
            {
                cached.waiting.push(event);
                *waiting += 1;
            }
        }
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
    let (mut version, mut state) = cache.get::<S>(&stream)?;
    loop {
        let page = journal.read(partition, &stream, version, PAGE).await?;
        if page.is_empty() {
            return Ok(Loaded { stream, version, state });
        }
        // Let go of, so that it is not copied.
        drop(state);
        let folded = cache.fold(&stream, version, &page)?;
        // None: another thread folded the same stream, or the cache was thrown away. On from what is known now, to the
        // page that holds nothing: a journal may give less at once than it is asked for.
        (version, state) = folded.map_or_else(|| cache.get(&stream), Ok)?;
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use fixedops_connectors_traits::{Batch, MemoryJournal, NewEvent};
    use futures_lite::future::block_on;

    use super::*;

    /// The versions it was given, and a panic at the one that is told to.
    #[derive(Clone, Debug, Default)]
    struct Versions(Vec<u64>);

    impl Fold for Versions {
        fn apply(&mut self, event: &Event, _: Happened) {
            assert_ne!(event.data["key"], "panics", "told to");
            self.0.push(event.version);
        }
    }

    fn stream() -> StreamId {
        StreamId::new("simulation", "s").unwrap()
    }

    fn seller() -> SellerId {
        "north".parse().unwrap()
    }

    fn append(journal: &MemoryJournal, version: u64, keys: &[&str]) -> Vec<Event> {
        let mut batch = Batch::new("2026-12-01T15:00:00Z".parse().unwrap());
        batch.expect(stream(), version);
        for key in keys {
            let finished = crate::SimulationFinished { key: (*key).to_owned() };
            let NewEvent { event_type, data } = Happened::SimulationFinished(finished).into_event().unwrap();
            batch.push(stream(), NewEvent { event_type, data });
        }
        block_on(journal.append(&seller(), &batch)).unwrap().events
    }

    fn versions(journal: &MemoryJournal, cache: &Cache) -> (u64, Vec<u64>) {
        let loaded = block_on(load::<Versions>(journal, &seller(), cache, stream())).unwrap();
        (loaded.version, loaded.state.0.clone())
    }

    #[test]
    fn what_another_writer_appends_between_is_folded_in_its_place_whatever_is_told_of_our_own() {
        let (journal, cache) = (MemoryJournal::new(), Cache::default());
        append(&journal, 0, &["a"]);
        assert_eq!(versions(&journal, &cache), (1, vec![1]));
        append(&journal, 1, &["theirs"]);
        let ours = append(&journal, 2, &["b", "c"]);
        // Told of twice, and in the wrong order.
        cache.appended(ours[1..].to_vec());
        cache.appended(ours.clone());
        cache.appended(ours);
        assert_eq!(versions(&journal, &cache), (4, vec![1, 2, 3, 4]));
        cache.appended(append(&journal, 4, &["d"]));
        assert_eq!(versions(&journal, &cache), (5, vec![1, 2, 3, 4, 5]));
    }

    #[test]
    fn a_panic_while_a_state_is_folded_leaves_no_half_of_it_behind() {
        let (journal, cache) = (MemoryJournal::new(), Cache::default());
        append(&journal, 0, &["a"]);
        assert_eq!(versions(&journal, &cache), (1, vec![1]));
        append(&journal, 1, &["b", "panics"]);
        for _ in 0..2 {
            let died = catch_unwind(AssertUnwindSafe(|| versions(&journal, &cache)));
            assert!(died.is_err(), "the same again, and not without end");
            assert_eq!(cache.get::<Versions>(&stream()).unwrap().0, 0);
        }
    }
}
