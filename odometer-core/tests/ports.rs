//! The storage contracts can be kept, and used through `dyn`.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, reason = "in tests a panic is the way to fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use fixedops_odometer_core::ports::{
    CrossingSink, ReadingLog, StoreError, StoreErrorKind, TrackStore, Version,
};
use fixedops_odometer_core::{Assessment, Baseline, Fix, Model, Posterior, Reading, Schedule, Track, assess};
use fixedops_vocab::{DistanceUnit, RawOdometer, ServiceId, VehicleId};
use futures_lite::future::block_on;

/// Tracks are kept as JSON, as a real store would.
#[derive(Default)]
struct Memory {
    readings: Mutex<BTreeMap<VehicleId, BTreeSet<Reading>>>,
    tracks: Mutex<BTreeMap<VehicleId, (String, Version)>>,
    crossings: Mutex<BTreeMap<(VehicleId, ServiceId, u32), Assessment>>,
}

#[async_trait]
impl ReadingLog for Memory {
    async fn record(&self, vehicle: &VehicleId, reading: Reading) -> Result<(), StoreError> {
        self.readings.lock().unwrap().entry(vehicle.clone()).or_default().insert(reading);
        Ok(())
    }

    async fn known_at(&self, vehicle: &VehicleId, as_of: DateTime<Utc>) -> Result<Vec<Reading>, StoreError> {
        let readings = self.readings.lock().unwrap();
        let of_vehicle = readings.get(vehicle).into_iter().flatten();
        Ok(of_vehicle.filter(|reading| reading.known_at(as_of)).copied().collect())
    }
}

#[async_trait]
impl TrackStore for Memory {
    async fn load(&self, vehicle: &VehicleId) -> Result<Option<(Track, Version)>, StoreError> {
        let tracks = self.tracks.lock().unwrap();
        let Some((text, version)) = tracks.get(vehicle) else { return Ok(None) };
        let track = serde_json::from_str(text)
            .map_err(|error| StoreError::with_source(StoreErrorKind::Corrupt, error))?;
        Ok(Some((track, *version)))
    }

    async fn save(
        &self,
        vehicle: &VehicleId,
        track: &Track,
        expected: Version,
    ) -> Result<Version, StoreError> {
        let mut tracks = self.tracks.lock().unwrap();
        let stored = tracks.get(vehicle).map_or(Version::NONE, |(_, version)| *version);
        if stored != expected {
            return Err(StoreError::new(StoreErrorKind::Conflict));
        }
        let version = Version(stored.0 + 1);
        tracks.insert(vehicle.clone(), (serde_json::to_string(track).unwrap(), version));
        Ok(version)
    }
}

#[async_trait]
impl CrossingSink for Memory {
    async fn announce(&self, vehicle: &VehicleId, crossing: &Assessment) -> Result<(), StoreError> {
        if crossing.crossed {
            let key = (vehicle.clone(), crossing.service.clone(), crossing.cycle);
            self.crossings.lock().unwrap().entry(key).or_insert_with(|| crossing.clone());
        }
        Ok(())
    }
}

fn day(number: i64) -> DateTime<Utc> {
    "2026-01-05T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::days(number)
}

fn read(on: i64, miles: &str) -> Reading {
    Reading::reported(day(on), RawOdometer::parse(miles, DistanceUnit::Miles).unwrap())
}

#[test]
fn readings_are_kept_once_and_answer_what_was_known_when() {
    let store = Memory::default();
    let log: &dyn ReadingLog = &store;
    let (car, other): (VehicleId, VehicleId) = ("v-1".parse().unwrap(), "v-2".parse().unwrap());
    let late = read(10, "41300").learned_at(day(40));
    block_on(async {
        for reading in [read(30, "41900"), late, read(0, "41000"), read(30, "41900")] {
            log.record(&car, reading).await.unwrap();
        }
        log.record(&other, read(1, "9")).await.unwrap();
        assert_eq!(log.known_at(&car, day(30)).await.unwrap(), [read(0, "41000"), read(30, "41900")]);
        assert_eq!(log.known_at(&car, day(40)).await.unwrap(), [read(0, "41000"), late, read(30, "41900")]);
        assert_eq!(log.known_at(&car, day(-1)).await.unwrap(), []);
    });
}

#[test]
fn a_batch_of_fixes_saved_twice_counts_once() {
    let (store, model) = (Memory::default(), Model::shipped());
    let store: &dyn TrackStore = &store;
    let car: VehicleId = "v-1".parse().unwrap();
    let fix = |n: i32| Fix::new(day(0) + Duration::seconds(n.into()), 41.0 + f64::from(n) * 2e-4, -87.6);
    block_on(async {
        assert_eq!(store.load(&car).await.unwrap(), None);
        let mut track = Track::new();
        track.fold_batch((0..100).map(fix), day(1), &model);
        let first = store.save(&car, &track, Version::NONE).await.unwrap();
        let stale = store.save(&car, &track, Version::NONE).await.unwrap_err();
        assert_eq!(stale.kind(), StoreErrorKind::Conflict);
        assert_eq!(store.load(&car).await.unwrap(), Some((track.clone(), first)));

        let (mut back, version) = store.load(&car).await.unwrap().unwrap();
        for both in [&mut track, &mut back] {
            both.fold_batch((100..200).map(fix), day(1), &model);
        }
        assert_eq!(back, track, "a track read back goes on as the one that never left");
        store.save(&car, &back, version).await.unwrap();
        assert!(store.save(&car, &back, version).await.is_err());
    });
}

#[test]
fn a_crossing_is_announced_once_and_only_when_it_is_one() {
    let memory = Memory::default();
    let sink: &dyn CrossingSink = &memory;
    let car: VehicleId = "v-1".parse().unwrap();
    let schedule = Schedule::shipped();
    let oil = schedule.rule(&ServiceId::new("oil_service").unwrap()).unwrap();
    let readings = [read(0, "41000"), read(60, "43100"), read(123, "45200")];
    let posterior = Posterior::fit(&readings, &[], day(123), &Model::shipped());
    let base = Baseline { done_at: day(0), miles: Some("41000".parse().unwrap()), cycle: 3 };
    let announced = || memory.crossings.lock().unwrap().len();
    block_on(async {
        sink.announce(&car, &assess(oil, &base, &posterior, day(125), 0.5)).await.unwrap();
        assert_eq!(announced(), 0);
        for on in [260, 260, 261] {
            sink.announce(&car, &assess(oil, &base, &posterior, day(on), 0.5)).await.unwrap();
        }
        assert_eq!(announced(), 1);
        let next = Baseline { cycle: 4, ..base };
        sink.announce(&car, &assess(oil, &next, &posterior, day(261), 0.5)).await.unwrap();
        assert_eq!(announced(), 2);
    });
}

#[test]
fn a_store_error_says_what_to_do_and_keeps_its_source() {
    let error = StoreError::with_source(StoreErrorKind::Unavailable, "disk");
    assert_eq!(error.to_string(), "the store did not answer");
    assert_eq!(core::error::Error::source(&error).map(ToString::to_string), Some("disk".to_owned()));
}
