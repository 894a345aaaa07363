use std::collections::BTreeMap;

use super::durable::Store;
use super::fixtures::{all, append, at, batch, event, fact, refuse, seller, stream};
use crate::StreamId;

fn facts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn person(name: &str) -> StreamId {
    StreamId::new("person", name).expect("the kit's ids are ids")
}

/// **Atomic**: a fact is there if and only if the events of its batch are.
pub async fn facts_come_with_their_batch_or_not_at_all(store: &dyn Store) {
    let (seller, jane) = (seller("facts-atomic"), person("jane"));
    let mut good = batch(0, &[("a", 0)]);
    good.fact(fact(&jane, "first_name", "Jane"));
    append(store.journal(), &seller, &good).await;
    let mut stale = batch(1, &[("a", 0)]);
    stale.fact(fact(&jane, "first_name", "Joan")).fact(fact(&jane, "zip", "43004"));
    refuse(store.journal(), &seller, &stale, "facts atomic: a stale batch was accepted").await;

    let found = store.facts(&seller, &jane).await.expect("facts");
    assert_eq!(found, facts(&[("first_name", "Jane")]), "facts atomic: facts and events went apart");
}

/// **Last wins**: a fact of the same subject and name replaces the earlier one, within a batch too.
pub async fn the_last_fact_counts(store: &dyn Store) {
    let (seller, jane) = (seller("facts-last"), person("jane"));
    let mut first = batch(0, &[("a", 0)]);
    first
        .fact(fact(&jane, "zip", "43001"))
        .fact(fact(&jane, "zip", "43002"))
        .fact(fact(&jane, "state", "OH"));
    append(store.journal(), &seller, &first).await;
    let found = store.facts(&seller, &jane).await.expect("facts");
    assert_eq!(found, facts(&[("state", "OH"), ("zip", "43002")]), "last fact: within a batch");

    let mut second = batch(1, &[("a", 1)]);
    second.fact(fact(&jane, "zip", "43004"));
    append(store.journal(), &seller, &second).await;
    let found = store.facts(&seller, &jane).await.expect("facts");
    assert_eq!(found, facts(&[("state", "OH"), ("zip", "43004")]), "last fact: over batches");
}

/// **Apart**: facts of one partition or subject are never seen under another.
pub async fn facts_of_others_are_not_seen(store: &dyn Store) {
    let (north, south) = (seller("facts-north"), seller("facts-south"));
    let (jane, john) = (person("jane"), person("john"));
    for (seller, zip) in [(&north, "43001"), (&south, "30301")] {
        let mut both = batch(0, &[("a", 0)]);
        both.fact(fact(&jane, "zip", zip));
        append(store.journal(), seller, &both).await;
    }
    for (case, seller, subject, expected) in [
        ("the north's Jane", &north, &jane, facts(&[("zip", "43001")])),
        ("the south's Jane", &south, &jane, facts(&[("zip", "30301")])),
        ("nobody's John", &north, &john, facts(&[])),
    ] {
        assert_eq!(store.facts(seller, subject).await.expect("facts"), expected, "facts apart: {case}");
    }
}

/// **Erased**: after an erasure no fact of the subjects is left, others are, and the journal is as it was.
pub async fn erased_facts_are_gone_and_the_chain_holds(store: &dyn Store) {
    let (seller, other) = (seller("erased"), seller("erased-other"));
    let (jane, john, ghost) = (person("jane"), person("john"), person("ghost"));
    let mut known = batch(0, &[("a", 0)]);
    known
        .fact(fact(&jane, "first_name", "Jane"))
        .fact(fact(&jane, "zip", "43004"))
        .fact(fact(&john, "zip", "1"));
    known.push(stream("a"), event(serde_json::json!({ "contact": "ab12", "at": at(0).timestamp() })));
    append(store.journal(), &seller, &known).await;
    let mut elsewhere = batch(0, &[("a", 0)]);
    elsewhere.fact(fact(&jane, "zip", "30301"));
    append(store.journal(), &other, &elsewhere).await;
    let before = all(store.journal(), &seller).await;

    let erased = store.erase(&seller, &[jane.clone(), ghost]).await.expect("erase");

    assert_eq!(erased, 2, "erased: how many facts there were");
    assert_eq!(store.facts(&seller, &jane).await.expect("facts"), facts(&[]), "erased: a fact is left");
    assert_eq!(store.facts(&seller, &john).await.expect("facts").len(), 1, "erased: another's fact is gone");
    assert_eq!(
        store.facts(&other, &jane).await.expect("facts").len(),
        1,
        "erased: another seller's fact is gone"
    );
    assert_eq!(all(store.journal(), &seller).await, before, "erased: the journal changed");
    assert_eq!(
        store.erase(&seller, &[jane]).await.expect("erase"),
        0,
        "erased: erasing again finds something"
    );
}
