use serde_json::json;

use super::fixtures::{all, append, at, batch, fact, refuse, seller, stream, waking};
use crate::file::Chain;
use crate::{Journal, PersonStore};

/// A journal and the person store that goes with it.
pub trait Store: Journal + PersonStore {
    /// The journal of it.
    fn journal(&self) -> &dyn Journal;
}

impl<T: Journal + PersonStore> Store for T {
    fn journal(&self) -> &dyn Journal {
        self
    }
}

/// Opens the same store again and again.
type Open<'a> = &'a (dyn Fn() -> Box<dyn Store> + Sync);

/// **Durable**: events, heads, wake-ups and facts of an append that returned `Ok` are there after a restart, and the
/// journal goes on from them.
pub async fn an_append_survives_a_restart(open: Open<'_>) {
    let seller = seller("durable");
    let store = open();
    let mut first = waking("a", 0, json!("2026-03-02T12:00:30.5Z"));
    first.fact(fact(&stream("jane"), "zip", "43004"));
    append(store.journal(), &seller, &first).await;
    append(store.journal(), &seller, &batch(1, &[("a", 1), ("b", 0)])).await;
    let events = all(store.journal(), &seller).await;
    let head = store.head(&seller, &stream("a")).await.expect("head");
    drop(store);

    let store = open();
    assert_eq!(all(store.journal(), &seller).await, events, "durable: events are lost or changed");
    let found = store.head(&seller, &stream("a")).await.expect("head");
    assert_eq!(found, head, "durable: a head or wake-up is lost or changed");
    let due = store.due(&seller, at(31), 10).await.expect("due");
    assert_eq!(due.len(), 1, "durable: a wake-up is not due any more");
    let facts = store.facts(&seller, &stream("jane")).await.expect("facts");
    assert_eq!(facts.get("zip").map(String::as_str), Some("43004"), "durable: a fact is lost");

    append(store.journal(), &seller, &batch(2, &[("a", 2)])).await;
    let mut chain = Chain::new();
    for event in all(store.journal(), &seller).await {
        assert_eq!(chain.follow(&event), Ok(()), "durable: the journal does not go on where it stood");
    }
}

/// **Durable**: an append that was refused has left no trace after a restart.
pub async fn a_refused_batch_leaves_no_trace_over_a_restart(open: Open<'_>) {
    let seller = seller("durable-refused");
    let store = open();
    append(store.journal(), &seller, &batch(0, &[("a", 0)])).await;
    let events = all(store.journal(), &seller).await;
    let mut stale = batch(1, &[("b", 0), ("a", 0)]);
    stale.fact(fact(&stream("jane"), "zip", "43004"));
    refuse(store.journal(), &seller, &stale, "durable refused: a stale batch was accepted").await;
    drop(store);

    let store = open();
    assert_eq!(all(store.journal(), &seller).await, events, "durable refused: a trace of a refused batch");
    let facts = store.facts(&seller, &stream("jane")).await.expect("facts");
    assert!(facts.is_empty(), "durable refused: a fact of a refused batch");
}
