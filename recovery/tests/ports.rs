//! The storage contract can be kept, and used through `dyn`.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in tests a panic is the way to fail"
)]

mod story;

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use fixedops_recovery::ports::{CaseStore, StoreError, StoreErrorKind, Version};
use fixedops_recovery::{Case, Command, Event, Transition};
use fixedops_vocab::CaseId;
use futures_lite::future::block_on;
use story::{day, declined, start};

#[derive(Default)]
struct MemoryStore(Mutex<(Cases, Vec<Command>)>);

type Cases = BTreeMap<CaseId, (Case, Version)>;

#[async_trait]
impl CaseStore for MemoryStore {
    async fn load(&self, id: &CaseId) -> Result<Option<(Case, Version)>, StoreError> {
        Ok(self.0.lock().unwrap().0.get(id).cloned())
    }

    async fn save(&self, id: &CaseId, moved: &Transition, expected: Version) -> Result<Version, StoreError> {
        let (cases, outbox) = &mut *self.0.lock().unwrap();
        let stored = cases.get(id).map_or(Version::NONE, |(_, version)| *version);
        if stored != expected {
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        let version = Version(stored.0 + 1);
        cases.insert(id.clone(), (moved.case.clone(), version));
        outbox.extend(moved.commands.iter().cloned());
        Ok(version)
    }

    async fn due(&self, now: DateTime<Utc>, limit: usize) -> Result<Vec<CaseId>, StoreError> {
        let store = self.0.lock().unwrap();
        let alarm = |(id, (case, _)): (&CaseId, &(Case, Version))| Some((case.wake_at()?, id.clone()));
        let mut due: Vec<_> = store.0.iter().filter_map(alarm).filter(|(at, _)| *at <= now).collect();
        due.sort();
        Ok(due.into_iter().take(limit).map(|(_, id)| id).collect())
    }
}

#[test]
fn a_case_lives_in_a_store_and_a_stale_save_changes_nothing() {
    let (store, plan) = (MemoryStore::default(), declined());
    let store: &dyn CaseStore = &store;
    let id: CaseId = "brakes".parse().unwrap();
    block_on(async {
        let opened = store.save(&id, &Case::open(&plan, start()), Version::NONE).await.unwrap();
        assert_eq!(store.due(day(29), 9).await.unwrap(), []);
        assert_eq!(store.due(day(30), 9).await.unwrap(), vec![id.clone()]);

        let (case, version) = store.load(&id).await.unwrap().unwrap();
        let moved = case.step(&plan, &Event::Wake, day(30));
        store.save(&id, &moved, version).await.unwrap();
        let stale = store.save(&id, &moved, opened).await.unwrap_err();
        assert_eq!(stale.kind(), StoreErrorKind::Conflict);
        assert_eq!(store.load(&id).await.unwrap(), Some((moved.case, Version(2))));
    });
}

#[test]
fn a_store_error_says_what_to_do_and_keeps_its_source() {
    let error = StoreError::with_source(StoreErrorKind::Unavailable, "disk");
    assert_eq!(error.to_string(), "the store did not answer");
    assert_eq!(core::error::Error::source(&error).map(ToString::to_string), Some("disk".to_owned()));
}
