//! Durable appends to the SQLite journal: every batch is synced to disk before it is acknowledged.
//!
//! An event is a mileage reading of about 200 bytes as canonical JSON; a batch spreads its events over ten vehicles'
//! streams, whose versions it guards, and moves their wake-ups. The file lies in the target folder, because a memory
//! file system would sync nothing.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark that cannot run must stop")]

use std::hint::black_box;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fixedops_connectors_traits::{Batch, Journal as _, NewEvent, StreamId};
use fixedops_journal_sqlite::SqliteJournal;
use fixedops_vocab::SellerId;
use futures_lite::future::block_on;
use serde_json::json;

/// Streams that a batch touches, at most.
const STREAMS: u64 = 10;

fn batch(round: u64, size: u64) -> Batch {
    let mut batch = Batch::new("2026-03-02T15:00:00Z".parse().unwrap());
    let streams = STREAMS.min(size);
    for stream in 0..streams {
        let versions = size / streams + u64::from(stream < size % streams);
        batch.expect(name(stream), round * versions);
    }
    for n in 0..size {
        let data = json!({
            "vehicle": format!("v{}", n % streams),
            "miles": format!("{}.{}", 48_000 + round, n % 10),
            "unit": "mi",
            "basis": "read",
            "source": "repair_order",
            "occurred_at": "2026-03-02T14:58:11.000Z",
            "verdict": "accepted",
            "wake_at": "2026-04-02T15:00:00.000Z",
        });
        batch.push(name(n % streams), NewEvent::new("reading_recorded", data).unwrap());
    }
    batch
}

fn name(stream: u64) -> StreamId {
    StreamId::new("vehicle", format!("v{stream}")).unwrap()
}

fn durable_append(criterion: &mut Criterion) {
    let seller: SellerId = "main-street".parse().unwrap();
    let mut group = criterion.benchmark_group("journal_sqlite_durable_append");
    for size in [3_u64, 100, 1_000] {
        let folder = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
        let journal = SqliteJournal::open(folder.path().join("journal.db")).unwrap();
        let mut round = 0;
        group.throughput(Throughput::Elements(size));
        group.bench_function(BenchmarkId::new("events_a_batch", size), |bencher| {
            bencher.iter(|| {
                let recorded = block_on(journal.append(&seller, &batch(round, size))).unwrap();
                round += 1;
                black_box(recorded)
            });
        });
    }
    group.finish();
}

criterion_group!(journal, durable_append);
criterion_main!(journal);
