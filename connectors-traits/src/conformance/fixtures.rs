use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::SellerId;
use serde_json::{Value, json};

use crate::{Batch, Event, Journal, JournalError, NewEvent, PersonFact, Recorded, StreamId};

pub(super) fn seller(name: &str) -> SellerId {
    SellerId::new(name).expect("the kit's ids are ids")
}

pub(super) fn stream(name: &str) -> StreamId {
    StreamId::new("case", name).expect("the kit's ids are ids")
}

/// Noon of 2026-03-02, and `seconds` later.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    let noon = DateTime::from_timestamp(1_772_452_800, 0).expect("an instant in range");
    noon + TimeDelta::seconds(seconds)
}

pub(super) fn event(data: Value) -> NewEvent {
    NewEvent::new("case_noted", data).expect("the kit's types are types")
}

/// A batch with one event for each name, each stream expected at its version.
pub(super) fn batch(seconds: i64, streams: &[(&str, u64)]) -> Batch {
    let mut batch = Batch::new(at(seconds));
    for (name, version) in streams {
        batch.expect(stream(name), *version);
        batch.push(stream(name), event(json!({ "said": format!("{name} after {version}") })));
    }
    batch
}

/// A batch of one event that sets the wake-up of its stream to `wake`.
pub(super) fn waking(name: &str, version: u64, wake: Value) -> Batch {
    let mut batch = Batch::new(at(0));
    batch.expect(stream(name), version);
    batch.push(stream(name), event(json!({ "wake_at": wake })));
    batch
}

pub(super) fn fact(subject: &StreamId, name: &str, value: &str) -> PersonFact {
    PersonFact { subject: subject.clone(), name: name.to_owned(), value: value.to_owned() }
}

pub(super) async fn append(journal: &dyn Journal, to: &SellerId, batch: &Batch) -> Recorded {
    journal.append(to, batch).await.expect("an append that breaks no rule succeeds")
}

pub(super) async fn refuse(journal: &dyn Journal, to: &SellerId, batch: &Batch, why: &str) -> JournalError {
    journal.append(to, batch).await.expect_err(why)
}

pub(super) async fn all(journal: &dyn Journal, of: &SellerId) -> Vec<Event> {
    journal.scan(of, 0, 10_000).await.expect("scan")
}

pub(super) async fn version(journal: &dyn Journal, of: &SellerId, name: &str) -> u64 {
    journal.head(of, &stream(name)).await.expect("head").version
}
