use chrono::{DateTime, TimeDelta, Utc};
use futures_lite::future::zip;
use serde_json::{Value, json};

use super::fixtures::{all, append, at, batch, event, refuse, seller, stream, version, waking};
use crate::file::Chain;
use crate::{Batch, BatchFault, Event, Head, Journal, JournalErrorKind};

/// **Atomic**: where one stream of a batch is stale, no event and no wake-up of the batch is there.
pub async fn a_batch_is_written_whole_or_not_at_all(journal: &dyn Journal) {
    let seller = seller("atomic");
    append(journal, &seller, &batch(0, &[("a", 0), ("b", 0)])).await;
    let before = all(journal, &seller).await;

    let mut half = Batch::new(at(1));
    half.expect(stream("a"), 1).push(stream("a"), event(json!({ "wake_at": "2026-03-03T12:00:00Z" })));
    half.expect(stream("b"), 0).push(stream("b"), event(json!({})));
    refuse(journal, &seller, &half, "atomic: a batch with one stale stream was accepted").await;

    assert_eq!(all(journal, &seller).await, before, "atomic: part of a refused batch was written");
    let head = journal.head(&seller, &stream("a")).await.expect("head");
    assert_eq!((head.version, head.wake_at), (1, None), "atomic: a refused batch moved a head or a wake-up");
    let due = journal.due(&seller, DateTime::<Utc>::MAX_UTC, 10).await.expect("due");
    assert!(due.is_empty(), "atomic: a refused batch set a wake-up");
}

/// **Guarded**: a write over an old version is a conflict and changes nothing.
pub async fn a_stale_write_is_a_conflict(journal: &dyn Journal) {
    let seller = seller("guarded-write");
    append(journal, &seller, &batch(0, &[("a", 0)])).await;
    for (case, expected) in [("an older version", 0), ("a version still to come", 2)] {
        let refused = journal.append(&seller, &batch(1, &[("a", expected)])).await;
        let kind = refused.err().map(|error| error.kind());
        assert_eq!(kind, Some(JournalErrorKind::Conflict), "guarded: {case} was written over");
        assert_eq!(version(journal, &seller, "a").await, 1, "guarded: {case} changed the stream");
    }
}

/// **Guarded**: a stream that was only read is guarded like one that is written, and does not move.
pub async fn a_stale_read_is_a_conflict(journal: &dyn Journal) {
    let seller = seller("guarded-read");
    append(journal, &seller, &batch(0, &[("read", 0)])).await;

    for (case, name, stale) in [("a stream that moved", "read", 0), ("a stream that is not there", "none", 1)]
    {
        let mut decided = batch(1, &[("written", 0)]);
        decided.expect(stream(name), stale);
        let refused = journal.append(&seller, &decided).await;
        let kind = refused.err().map(|error| error.kind());
        assert_eq!(kind, Some(JournalErrorKind::Conflict), "guarded read: {case} was not looked at");
        assert_eq!(version(journal, &seller, "written").await, 0, "guarded read: {case} was written behind");
    }

    let mut decided = batch(1, &[("written", 0)]);
    decided.expect(stream("read"), 1).expect(stream("none"), 0);
    append(journal, &seller, &decided).await;
    assert_eq!(version(journal, &seller, "read").await, 1, "guarded read: a stream only read was moved");
    assert_eq!(version(journal, &seller, "none").await, 0, "guarded read: a stream only read was made");
}

/// **Guarded**: of two batches that expect the same version of a stream, one is refused, also at the same time.
pub async fn of_two_writers_one_is_refused(journal: &dyn Journal) {
    let seller = seller("guarded-race");
    for round in 0..20 {
        let mut one = batch(0, &[("one", round)]);
        one.expect(stream("shared"), round).push(stream("shared"), event(json!({})));
        let mut two = batch(0, &[("two", round)]);
        two.expect(stream("shared"), round).push(stream("shared"), event(json!({})));
        // Each also writes a stream of its own; both are brought to the same version for the next round.
        let (first, second) = zip(journal.append(&seller, &one), journal.append(&seller, &two)).await;
        let (lost, loser) = match (first, second) {
            (Ok(_), Err(error)) => (error, "two"),
            (Err(error), Ok(_)) => (error, "one"),
            (first, _) => {
                let both = first.is_ok();
                assert!(!both, "guarded race: two writers of one version were both accepted");
                assert!(both, "guarded race: two writers of one version were both refused");
                return;
            }
        };
        assert_eq!(
            lost.kind(),
            JournalErrorKind::Conflict,
            "guarded race: the loser is not told of a conflict"
        );
        append(journal, &seller, &batch(0, &[(loser, round)])).await;
    }
    assert_eq!(
        version(journal, &seller, "shared").await,
        20,
        "guarded race: the shared stream lost or won events"
    );
    follows(&all(journal, &seller).await, "guarded race");
}

/// **Checked**: a batch that [`Batch::check`] finds fault with is refused and changes nothing.
pub async fn a_faulty_batch_is_refused(journal: &dyn Journal) {
    let seller = seller("checked");
    let with = |data: Value| {
        let mut batch = Batch::new(at(0));
        batch.expect(stream("a"), 0).push(stream("a"), event(data));
        batch
    };
    let mut unexpected = Batch::new(at(0));
    unexpected.push(stream("a"), event(json!({})));
    let mut too_early = Batch::new(DateTime::<Utc>::MIN_UTC);
    too_early.expect(stream("a"), 0).push(stream("a"), event(json!({})));
    let deep = (0..80).fold(json!({}), |inner, _| json!({ "in": inner }));

    for (case, faulty) in [
        ("no event", Batch::new(at(0))),
        ("a stream not expected", unexpected),
        ("before 1970", too_early),
        ("data that are no object", with(json!([1, 2]))),
        ("a wake-up that is no instant", with(json!({ "wake_at": "tomorrow" }))),
        ("an integer that no double holds", with(json!({ "n": 9_007_199_254_740_993_u64 }))),
        ("a float beyond 2^53", with(json!({ "n": 1e17 }))),
        ("80 levels", with(deep)),
    ] {
        let fault: Option<BatchFault> = faulty.check().err();
        assert!(fault.is_some(), "checked: the kit's own batch with {case} has no fault");
        let kind = journal.append(&seller, &faulty).await.err().map(|error| error.kind());
        assert_eq!(kind, Some(JournalErrorKind::Refused), "checked: a batch with {case} was not refused");
    }
    assert!(all(journal, &seller).await.is_empty(), "checked: a refused batch left something behind");
}

/// **Gapless**: positions count the partition, versions the stream, both from 1; a refused batch uses up none.
pub async fn positions_and_versions_have_no_gap(journal: &dyn Journal) {
    let seller = seller("gapless");
    append(journal, &seller, &batch(0, &[("a", 0), ("b", 0)])).await;
    refuse(journal, &seller, &batch(1, &[("a", 0)]), "gapless: a stale batch was accepted").await;
    refuse(journal, &seller, &Batch::new(at(1)), "gapless: an empty batch was accepted").await;

    let mut twice = Batch::new(at(2));
    twice.expect(stream("a"), 1);
    twice.push(stream("a"), event(json!({ "n": 1 }))).push(stream("a"), event(json!({ "n": 2 })));
    let recorded = append(journal, &seller, &twice).await;
    append(journal, &seller, &batch(3, &[("b", 1)])).await;

    let places = |events: &[Event]| -> Vec<(u64, String, u64)> {
        events.iter().map(|e| (e.position, e.stream.id().to_owned(), e.version)).collect()
    };
    let expected: Vec<(u64, String, u64)> = [(1, "a", 1), (2, "b", 1), (3, "a", 2), (4, "a", 3), (5, "b", 2)]
        .into_iter()
        .map(|(position, name, version)| (position, name.to_owned(), version))
        .collect();
    assert_eq!(places(&all(journal, &seller).await), expected, "gapless: positions or versions");
    let of_batch: Vec<_> = expected.into_iter().skip(2).take(2).collect();
    assert_eq!(places(&recorded.events), of_batch, "gapless: what an append says it wrote");
    let last = journal.last(&seller).await.expect("last").map(|event| event.position);
    assert_eq!(last, Some(5), "gapless: the last event");
}

/// **Gapless**: each partition counts for itself, and none sees the streams, wake-ups or events of another.
pub async fn partitions_do_not_see_each_other(journal: &dyn Journal) {
    let (north, south) = (seller("apart-north"), seller("apart-south"));
    append(journal, &north, &waking("a", 0, json!("2026-03-03T12:00:00Z"))).await;
    append(journal, &north, &batch(1, &[("a", 1), ("b", 0)])).await;
    append(journal, &south, &batch(2, &[("a", 0)])).await;

    let southern = all(journal, &south).await;
    let places: Vec<(u64, u64)> = southern.iter().map(|event| (event.position, event.version)).collect();
    assert_eq!(places, [(1, 1)], "apart: a partition counts for itself");
    assert!(southern.iter().all(|event| event.partition == south), "apart: a scan gives another's event");
    assert_eq!(version(journal, &north, "a").await, 2, "apart: another partition moved a stream");
    let read = journal.read(&south, &stream("a"), 0, 10).await.expect("read");
    assert_eq!(read, southern, "apart: a read gives another's event");
    let due = journal.due(&south, DateTime::<Utc>::MAX_UTC, 10).await.expect("due");
    assert!(due.is_empty(), "apart: another's wake-up is due");
    let last = journal.last(&south).await.expect("last");
    assert_eq!(last.as_ref(), southern.last(), "apart: the last event is another's");
    let partitions = journal.partitions().await.expect("partitions");
    let ours: Vec<_> = partitions.iter().filter(|p| [&north, &south].contains(p)).collect();
    assert_eq!(ours, [&north, &south], "apart: partitions are listed once each, in order");
}

/// **Chained**: every hash follows from the event and the hash before it in its stream, and the head knows the last.
pub async fn every_hash_follows_from_the_one_before(journal: &dyn Journal) {
    let seller = seller("chained");
    append(journal, &seller, &batch(0, &[("a", 0), ("b", 0)])).await;
    append(journal, &seller, &batch(1, &[("b", 1), ("a", 1)])).await;
    append(journal, &seller, &batch(2, &[("a", 2)])).await;

    let events = all(journal, &seller).await;
    follows(&events, "chained");
    let last = events.iter().rfind(|event| event.stream == stream("a")).map(|event| event.hash);
    let head = journal.head(&seller, &stream("a")).await.expect("head");
    assert_eq!(Some(head.hash), last, "chained: the head does not know the last hash");
}

fn follows(events: &[Event], promise: &str) {
    let mut chain = Chain::new();
    for event in events {
        let followed = chain.follow(event);
        assert_eq!(followed, Ok(()), "{promise}: position {}", event.position);
    }
}

/// **Faithful**: what is read is what was appended, and `at` is the caller's, to the millisecond, even if it goes back.
pub async fn what_is_read_is_what_was_appended(journal: &dyn Journal) {
    let seller = seller("faithful");
    let mut data = json!({
        "occurred_at": "2026-03-02T11:59:58.123Z",
        "text": "quote \" backslash \\ line\nfeed, \u{1F697} \u{e9} \u{7f} \u{2028}",
        "\u{e9}": [0.1, -1.5e-7, 9_007_199_254_740_992_u64, -3, null, true, {}],
        "": { "Z": 1, "a": 2, "\u{1F600}": 3, "\u{fb33}": 4 },
    });
    let mut appended = data.clone();
    if let (Some(appended), Some(expected)) = (appended.as_object_mut(), data.as_object_mut()) {
        // Canonical JSON knows one way to write a number.
        appended.insert("whole".to_owned(), json!([2.0, -0.0, 1e15]));
        expected.insert("whole".to_owned(), json!([2, 0, 1_000_000_000_000_000_u64]));
    }
    let times = [at(60) + TimeDelta::microseconds(123_456), at(0)];
    for (version, time) in (0..).zip(times) {
        let mut batch = Batch::new(time);
        batch.expect(stream("a"), version).push(stream("a"), event(appended.clone()));
        let recorded = append(journal, &seller, &batch).await.events;
        let stored = journal.read(&seller, &stream("a"), version, 10).await.expect("read");
        assert_eq!(stored, recorded, "faithful: what is read is not what the append said it wrote");
        let found = stored.first().map(|event| (&event.data, event.at, event.event_type.as_str()));
        assert_eq!(found, Some((&data, batch.at(), "case_noted")), "faithful: data, time or type changed");
    }
    let scanned = all(journal, &seller).await;
    let instants: Vec<_> = scanned.iter().map(|event| event.at).collect();
    assert_eq!(
        instants,
        [at(60) + TimeDelta::milliseconds(123), at(0)],
        "faithful: the time is the caller's"
    );
}

/// **Wakes**: the last event that speaks of the wake-up counts; one that does not speak of it leaves it; null clears it.
pub async fn the_last_wake_up_counts(journal: &dyn Journal) {
    let seller = seller("wakes");
    let due = async || -> Vec<DateTime<Utc>> {
        let due = journal.due(&seller, DateTime::<Utc>::MAX_UTC, 10).await.expect("due");
        due.into_iter().map(|wake| wake.at).collect()
    };
    let head = async || journal.head(&seller, &stream("a")).await.expect("head").wake_at;

    append(journal, &seller, &waking("a", 0, json!("2026-03-02T12:00:30+00:00"))).await;
    assert_eq!((due().await, head().await), (vec![at(30)], Some(at(30))), "wakes: a wake-up is set");
    append(journal, &seller, &batch(1, &[("a", 1)])).await;
    assert_eq!((due().await, head().await), (vec![at(30)], Some(at(30))), "wakes: it stays set");
    append(journal, &seller, &waking("a", 2, json!("2026-03-02T14:00:10+02:00"))).await;
    assert_eq!(
        (due().await, head().await),
        (vec![at(10)], Some(at(10))),
        "wakes: it is moved, in any offset"
    );
    append(journal, &seller, &waking("a", 3, Value::Null)).await;
    assert_eq!((due().await, head().await), (vec![], None), "wakes: null clears it");
}

/// **Wakes**: due lists those at or before the instant, soonest first, ties by stream, never more than the limit.
pub async fn wake_ups_are_due_soonest_first_and_bounded(journal: &dyn Journal) {
    let seller = seller("due");
    for (name, wake) in [
        ("c", "2026-03-02T12:00:10Z"),
        ("d", "2026-03-02T12:00:05.000000001Z"),
        ("b", "2026-03-02T12:00:10Z"),
        ("a", "2026-03-02T12:00:20Z"),
        ("e", "1969-12-31T23:59:59Z"),
    ] {
        append(journal, &seller, &waking(name, 0, json!(wake))).await;
    }
    for (case, until, limit, expected) in [
        ("soonest first, ties by stream", at(10), 10, vec!["e", "d", "b", "c"]),
        ("at the instant itself", at(20), 10, vec!["e", "d", "b", "c", "a"]),
        ("a nanosecond early", at(5), 10, vec!["e"]),
        ("no more than the limit", at(20), 2, vec!["e", "d"]),
        ("a limit of none", at(20), 0, vec![]),
    ] {
        let due = journal.due(&seller, until, limit).await.expect("due");
        let names: Vec<&str> = due.iter().map(|wake| wake.stream.id()).collect();
        assert_eq!(names, expected, "due: {case}");
    }
}

/// **Ordered**: read and scan begin after what they are given, go up, and stop at the limit.
pub async fn read_and_scan_start_after_and_stop_at_the_limit(journal: &dyn Journal) {
    let seller = seller("ordered");
    for version in 0..5 {
        append(journal, &seller, &batch(0, &[("a", version), ("b", version)])).await;
    }
    for (case, after, limit, expected) in [
        ("from the beginning", 0, 3, vec![1, 2, 3]),
        ("from the middle", 3, 10, vec![4, 5]),
        ("from the end", 5, 10, vec![]),
        ("from far behind the end", u64::MAX, 10, vec![]),
        ("a limit of none", 0, 0, vec![]),
        ("no limit to speak of", 0, usize::MAX, vec![1, 2, 3, 4, 5]),
    ] {
        let read = journal.read(&seller, &stream("b"), after, limit).await.expect("read");
        let versions: Vec<u64> = read.iter().map(|event| event.version).collect();
        assert_eq!(versions, expected, "ordered: read {case}");
    }
    for (case, after, limit, expected) in [
        ("from the beginning", 0, 3, vec![1, 2, 3]),
        ("from the middle", 7, 10, vec![8, 9, 10]),
        ("from the end", 10, 10, vec![]),
        ("from far behind the end", u64::MAX, 10, vec![]),
        ("a limit of none", 0, 0, vec![]),
        ("no limit to speak of", 8, usize::MAX, vec![9, 10]),
    ] {
        let scanned = journal.scan(&seller, after, limit).await.expect("scan");
        let positions: Vec<u64> = scanned.iter().map(|event| event.position).collect();
        assert_eq!(positions, expected, "ordered: scan {case}");
    }
}

/// What is not there is empty, not an error, and asking for it does not make it.
pub async fn what_is_not_there_is_empty(journal: &dyn Journal) {
    let seller = seller("empty");
    assert_eq!(journal.head(&seller, &stream("a")).await.expect("head"), Head::NONE, "empty: a head");
    assert_eq!(journal.read(&seller, &stream("a"), 0, 10).await.expect("read"), [], "empty: a stream");
    assert_eq!(journal.scan(&seller, 0, 10).await.expect("scan"), [], "empty: a partition");
    assert_eq!(journal.due(&seller, at(0), 10).await.expect("due"), [], "empty: wake-ups");
    assert_eq!(journal.last(&seller).await.expect("last"), None, "empty: the last event");
    refuse(journal, &seller, &batch(0, &[("a", 7)]), "empty: a stale batch was accepted").await;
    let partitions = journal.partitions().await.expect("partitions");
    assert!(!partitions.contains(&seller), "empty: a partition without an event is listed");
}
