//! Killed at any moment and started again, a run ends in the very journal of an undisturbed one.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fixedops_closed_loop::{Policies, Replayed, replay};
use fixedops_connectors_traits::file::Verifier;
use fixedops_connectors_traits::{Batch, Event, Journal, JournalError, JournalErrorKind, Recorded};
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_vocab::SellerId;
use futures_lite::future::block_on;

use super::carrier::Carrier;
use super::faults::Faults;
use super::layer::{Layer, OnAppend};
use super::lives::{live as live_on, parties};
use super::run::{Run, RunError, Shape};
use super::setting::Setting;

/// A small store in which all happens that the tests want to see.
fn shape() -> Shape {
    Shape { seed: 25, rooftop: 0, rooftops: 1, vehicles: 12, days: 150, faults: Faults::none() }
}

/// As many as the promise names.
const BATCHES: u32 = 200;

/// When the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kill {
    Never,
    Before(u32),
    After(u32),
}

/// A journal whose process dies at an append: nothing after it is done.
struct Mortal {
    kill: Kill,
    appended: AtomicU32,
    /// Set once dead: whatever still runs is a ghost and must not write.
    dead: Mutex<bool>,
}

#[async_trait]
impl OnAppend for Mortal {
    async fn append(
        &self,
        inner: &dyn Journal,
        partition: &SellerId,
        batch: &Batch,
    ) -> Result<Recorded, JournalError> {
        let killed = || JournalError::new(JournalErrorKind::Unavailable, "killed");
        let mut dead = self.dead.lock().unwrap();
        if *dead {
            return Err(killed());
        }
        let number = self.appended.fetch_add(1, Ordering::Relaxed) + 1;
        if self.kill == Kill::Before(number) {
            *dead = true;
            return Err(killed());
        }
        let recorded = block_on(inner.append(partition, batch))?;
        if self.kill == Kill::After(number) {
            *dead = true;
            return Err(killed());
        }
        Ok(recorded)
    }
}

/// One life of the process over the folder: until it dies, or to the end. Every event that is there afterwards.
fn live(folder: &Path, kill: Kill) -> (Vec<Event>, bool) {
    let store = Arc::new(SqliteJournal::open(folder.join("fixedops.db")).unwrap());
    let carrier = Arc::new(Carrier::open(&folder.join("carrier.jsonl"), shape().draw(), false).unwrap());
    let mortal = Arc::new(Layer::new(
        store.clone(),
        Mortal { kill, appended: AtomicU32::new(0), dead: Mutex::new(false) },
    ));
    let mut run =
        Run::new(shape(), &Setting::shipped(), mortal, parties(&shape(), &store, carrier.clone())).unwrap();
    let finished = match block_on(run.finish(|_| {})) {
        Ok(_) => true,
        Err(RunError::Loop(_) | RunError::Journal(_)) if kill != Kill::Never => false,
        Err(error) => panic!("{error}"),
    };
    assert!(carrier.most_often_handed() <= 1, "a key was handed over twice in one life");
    (block_on(all(store.as_ref(), run.seller())), finished)
}

fn first_difference(one: &[Event], other: &[Event]) -> Option<usize> {
    one.iter().zip(other).position(|(a, b)| a != b)
}

/// Promise 9, and the resumption of the demo: 400 kills in one run, each just before or just after an append; the
/// journal only grows, is always a prefix of the undisturbed one, and ends as it.
#[test]
fn p9_killed_before_and_after_each_of_the_first_200_batches_a_run_ends_in_the_undisturbed_journal() {
    let undisturbed = tempfile::tempdir().unwrap();
    let (whole, finished) = live(undisturbed.path(), Kill::Never);
    assert!(finished);
    let folder = tempfile::tempdir().unwrap();
    let mut before = 0;
    let mut kills = 0;
    // Each life dies before its first append, the next one just after it: so every batch is reached from both sides.
    for batch in 1..=BATCHES {
        for kill in [Kill::Before(1), Kill::After(1)] {
            let (events, finished) = live(folder.path(), kill);
            assert!(!finished, "batch {batch} was never appended");
            assert!(events.len() >= before, "the journal shrank at {kill:?} of batch {batch}");
            assert_eq!(first_difference(&events, &whole), None, "not a prefix at {kill:?} of batch {batch}");
            before = events.len();
            kills += 1;
        }
    }
    assert_eq!(kills, 400);
    let (events, finished) = live(folder.path(), Kill::Never);
    assert!(finished);
    assert_eq!(first_difference(&events, &whole), None);
    assert_eq!(events.len(), whole.len());
}

/// The same with one kill in a run, at three places: a life that has done much dies, not only a newborn one.
#[test]
fn p9_one_kill_in_the_middle_of_a_long_life_changes_nothing() {
    let undisturbed = tempfile::tempdir().unwrap();
    let (whole, _) = live(undisturbed.path(), Kill::Never);
    for batch in (3..=BATCHES).step_by(66) {
        for kill in [Kill::Before(batch), Kill::After(batch)] {
            let folder = tempfile::tempdir().unwrap();
            let (events, finished) = live(folder.path(), kill);
            assert!(!finished);
            assert_eq!(first_difference(&events, &whole), None, "not a prefix at {kill:?}");
            let (events, finished) = live(folder.path(), Kill::Never);
            assert!(finished);
            assert_eq!((first_difference(&events, &whole), events.len()), (None, whole.len()), "{kill:?}");
        }
    }
}

#[test]
fn p9_the_demos_journal_replays_to_the_same_bytes_and_a_changed_decision_shows() {
    let folder = tempfile::tempdir().unwrap();
    let (events, _) = live(folder.path(), Kill::Never);
    let seller = events[0].partition.clone();
    let policies = Arc::new(Policies::shipped());
    let count = events.len();
    let same = block_on(replay(&seller, events.clone(), Arc::clone(&policies))).unwrap();
    assert_eq!(same, Replayed::Same { events: count, cut: false });

    let mut changed = events;
    let place = changed.iter().position(|event| event.event_type.as_str() == "touch_suppressed").unwrap();
    changed[place].data["reason"] = "changed".into();
    match block_on(replay(&seller, changed, policies)).unwrap() {
        Replayed::Different(difference) => assert_eq!(difference.position, u64::try_from(place).unwrap() + 1),
        Replayed::Same { .. } => panic!("a changed decision was not seen"),
    }
}

/// The demo must show what it is there to show, or its tests prove little.
#[test]
fn the_demo_goes_all_the_way_round() {
    let folder = tempfile::tempdir().unwrap();
    let (events, _) = live(folder.path(), Kill::Never);
    let count = |kind: &str| events.iter().filter(|event| event.event_type.as_str() == kind).count();
    for kind in [
        "reading_recorded",
        "track_advanced",
        "threshold_crossed",
        "touch_cleared",
        "touch_sent",
        "touch_deferred",
        "touch_suppressed",
        "reply_received",
        "consent_revoked",
        "link_opened",
        "appointment_set",
        "appointment_shown",
        "appointment_missed",
        "line_declined",
        "ro_closed",
        "credit_assigned",
        "write_back_confirmed",
    ] {
        assert!(count(kind) > 0, "no {kind} in the demo's journal");
    }
    assert_eq!(count("touch_cleared"), count("touch_sent"), "a touch was cleared and never heard of");
}

/// Every event of a partition.
async fn all(journal: &dyn Journal, seller: &SellerId) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let after = u64::try_from(events.len()).unwrap();
        let page = journal.scan(seller, after, 10_000).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// Lives a store under `faults` to its end: its events, and how many lives it took.
fn under(faults: &str) -> (Vec<Event>, u32) {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteJournal::open(folder.path().join("fixedops.db")).unwrap());
    let shape = Shape { seed: 1, faults: faults.parse().unwrap(), vehicles: 24, ..shape() };
    let lived = live_on(&shape, &store, folder.path(), |_| {}).unwrap();
    assert_eq!(lived.refused, Vec::<String>::new(), "under {faults}");
    (block_on(all(store.as_ref(), &lived.seller)), lived.lives)
}

/// Promise 9 under faults: a process that dies again and again, at moments drawn from the seed, writes what one that
/// never dies writes, but for the name of the fault in the first event and the hashes behind it.
#[test]
fn p9_a_store_whose_process_dies_again_and_again_writes_what_an_undisturbed_one_writes() {
    let (calm, one) = under("none");
    let (shaken, lives) = under("crash");
    assert_eq!(one, 1);
    assert!(lives > 2, "it died {} times", lives - 1);
    assert_eq!(calm.len(), shaken.len());
    for (a, b) in calm.iter().zip(&shaken) {
        if a.event_type.as_str() != "simulation_started" && a.stream.kind() != "simulation" {
            assert_eq!(a, b);
        }
    }
}

/// Promises 3, 4, 5 and 7 under every fault at once, as `journal verify` judges them.
#[test]
fn p5_under_every_fault_at_once_the_journal_keeps_the_promises_it_can_show() {
    let (events, lives) = under("all");
    assert!(lives > 1);
    let count = |kind: &str| events.iter().filter(|event| event.event_type.as_str() == kind).count();
    for kind in ["touch_sent", "touch_failed", "write_back_delayed", "write_back_confirmed"] {
        assert!(count(kind) > 0, "no {kind} under faults");
    }
    let mut verifier = Verifier::new();
    for event in &events {
        verifier.event(event).unwrap();
    }
    let found = verifier.finish();
    assert!(found.holds(), "{:?}", found.breaches);
}
