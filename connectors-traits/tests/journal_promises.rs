//! What a journal alone can show: every breach of a promise is found, and a right history is left in peace.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use fixedops_connectors_traits::file::{Promise, Verifier};
use fixedops_connectors_traits::{Batch, Journal, MemoryJournal, NewEvent, StreamId};
use futures_lite::future::block_on;
use serde_json::{Value, json};

/// Second of recording, stream, type, data.
type Told = (u32, &'static str, &'static str, Value);

/// Appends the events one by one and says which promises are broken, with their positions.
fn breaches(story: Vec<Told>) -> Vec<(Promise, u64)> {
    let journal = MemoryJournal::new();
    let seller = "north".parse().unwrap();
    let mut verifier = Verifier::new();
    for (second, stream, event_type, data) in story {
        let (kind, id) = stream.split_once('/').unwrap();
        let stream = StreamId::new(kind, id).unwrap();
        let mut batch = Batch::new(format!("2026-03-02T15:00:{second:02}Z").parse().unwrap());
        batch.expect(stream.clone(), block_on(journal.head(&seller, &stream)).unwrap().version);
        batch.push(stream, NewEvent::new(event_type, data).unwrap());
        let recorded = block_on(journal.append(&seller, &batch)).unwrap();
        recorded.events.iter().for_each(|event| verifier.event(event).unwrap());
    }
    let found = verifier.finish();
    assert_eq!(found.breaches.len() as u64, found.breach_count);
    found.breaches.iter().map(|breach| (breach.promise, breach.position)).collect()
}

fn touch(kind: &'static str, second: u32, channel: &str, purpose: &str) -> Told {
    let data = json!({
        "case": "c", "touch": "1", "contact": "ab", "channel": channel, "purpose": purpose, "crossing": null,
    });
    (second, "contact/ab", kind, data)
}

fn sms(kind: &'static str, second: u32) -> Told {
    touch(kind, second, "sms", "marketing")
}

fn revoked(second: u32, scope: &str, occurred: &str) -> Told {
    (
        second,
        "contact/ab",
        "consent_revoked",
        json!({"contact": "ab", "scope": scope, "occurred_at": occurred, "source": "reply"}),
    )
}

fn granted(second: u32, scope: &[&str], occurred: &str) -> Told {
    let data =
        json!({"contact": "ab", "scope": scope, "level": "pewc", "occurred_at": occurred, "source": "web"});
    (second, "contact/ab", "consent_granted", data)
}

fn crossed(second: u32) -> Told {
    (second, "vehicle/v", "threshold_crossed", json!({"crossing": "x", "vehicle": "v"}))
}

fn resolved(second: u32, outcome: &str, more: Value) -> Told {
    let mut data = json!({"crossing": "x", "outcome": outcome});
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (second, "vehicle/v", "crossing_resolved", data)
}

fn waiting(second: u32) -> Told {
    resolved(second, "waiting", json!({"until": "2026-03-03T15:00:00Z"}))
}

fn closed(amount: &str, pay_type: &str) -> Told {
    let line = json!({"line": "1", "op_code": "LOF", "pay_type": pay_type, "amount": amount});
    (1, "ro/r", "ro_closed", json!({"ro": "r", "vehicle": "v", "lines": [line]}))
}

fn credit(kind: &'static str, amount: &str) -> Told {
    let data = json!({"ro": "r", "line": "1", "amount": amount, "currency": "USD", "receipt": "x"});
    (2, "ro/r", kind, data)
}

const EARLY: &str = "2026-03-01T00:00:00Z";
const LATE: &str = "2026-03-02T00:00:00Z";

#[test]
fn promise_4_and_5_nothing_goes_out_uncleared_revoked_or_twice() {
    use Promise::{Cleared, Form, NoSecondSend};
    for (case, story, expected) in [
        ("cleared, then sent", vec![sms("touch_cleared", 1), sms("touch_sent", 2)], vec![]),
        ("sent without a clearance", vec![sms("touch_sent", 1)], vec![(Cleared, 1)]),
        (
            "sent before its clearance",
            vec![sms("touch_sent", 1), sms("touch_cleared", 2)],
            vec![(Cleared, 1)],
        ),
        (
            "sent twice",
            vec![sms("touch_cleared", 1), sms("touch_sent", 2), sms("touch_sent", 3)],
            vec![(NoSecondSend, 3)],
        ),
        ("cleared after STOP", vec![revoked(1, "all", EARLY), sms("touch_cleared", 2)], vec![(Cleared, 2)]),
        (
            "cleared after a later grant",
            vec![revoked(1, "all", EARLY), granted(2, &["sms"], LATE), sms("touch_cleared", 3)],
            vec![],
        ),
        (
            "a grant for another channel lifts nothing",
            vec![revoked(1, "all", EARLY), granted(2, &["email"], LATE), sms("touch_cleared", 3)],
            vec![(Cleared, 3)],
        ),
        (
            "a grant that was given before lifts nothing",
            vec![revoked(1, "all", LATE), granted(2, &["sms"], EARLY), sms("touch_cleared", 3)],
            vec![(Cleared, 3)],
        ),
        (
            "a grant journalled before lifts nothing",
            vec![granted(1, &["sms"], LATE), revoked(2, "all", EARLY), sms("touch_cleared", 3)],
            vec![(Cleared, 3)],
        ),
        ("no calls, and a text", vec![revoked(1, "calls", EARLY), sms("touch_cleared", 2)], vec![]),
        (
            "no marketing, and an appointment text",
            vec![revoked(1, "marketing", EARLY), touch("touch_cleared", 2, "sms", "transactional")],
            vec![],
        ),
        (
            "STOP, and its one confirmation",
            vec![revoked(1, "all", EARLY), touch("touch_cleared", 2, "sms", "revocation_confirmation")],
            vec![],
        ),
        (
            "a wrong number, and a recall",
            vec![revoked(1, "number", EARLY), touch("touch_cleared", 2, "sms", "recall")],
            vec![(Cleared, 2)],
        ),
        (
            "a scope that nobody knows",
            vec![revoked(1, "everything", EARLY), sms("touch_cleared", 2)],
            vec![(Form, 1)],
        ),
        (
            "a touch without a name",
            vec![(1, "contact/ab", "touch_sent", json!({"case": "c"}))],
            vec![(Form, 1)],
        ),
    ] {
        assert_eq!(breaches(story), expected, "{case}");
    }
}

#[test]
fn promise_3_each_crossing_has_one_outcome() {
    use Promise::{Form, OneOutcome};
    let sent = |second| resolved(second, "sent", json!({}));
    for (case, story, expected) in [
        ("waiting, then sent", vec![crossed(1), waiting(1), sent(2)], vec![]),
        ("sent once and for all", vec![crossed(1), waiting(1), sent(2), waiting(3)], vec![(OneOutcome, 4)]),
        ("no outcome at all", vec![crossed(1)], vec![(OneOutcome, 1)]),
        ("an outcome only later", vec![crossed(1), waiting(2)], vec![(OneOutcome, 1)]),
        (
            "the same crossing again",
            vec![crossed(1), waiting(1), crossed(2), waiting(2)],
            vec![(OneOutcome, 3)],
        ),
        ("an outcome of nothing", vec![sent(1)], vec![(OneOutcome, 1)]),
        (
            "suppressed without a reason",
            vec![crossed(1), resolved(1, "suppressed", json!({}))],
            vec![(Form, 2), (OneOutcome, 1)],
        ),
        (
            "failed, then proved sent",
            vec![crossed(1), resolved(1, "failed", json!({"reason": "outcome_unknown"})), sent(2)],
            vec![],
        ),
        ("bundled into another", vec![crossed(1), resolved(1, "bundled", json!({"into": "y"}))], vec![]),
        (
            "an outcome nobody knows",
            vec![crossed(1), waiting(1), resolved(2, "lost", json!({}))],
            vec![(Form, 3)],
        ),
    ] {
        assert_eq!(breaches(story), expected, "{case}");
    }
}

#[test]
fn promise_7_one_line_one_credit() {
    use Promise::{Form, OneCredit};
    let (assigned, reversed) = (|a| credit("credit_assigned", a), |a| credit("credit_reversed", a));
    for (case, story, expected) in [
        ("the whole line", vec![closed("89.95", "customer_pay"), assigned("89.95")], vec![]),
        ("a cent too much", vec![closed("89.95", "customer_pay"), assigned("89.96")], vec![(OneCredit, 2)]),
        ("a warranty line", vec![closed("89.95", "warranty"), assigned("1.00")], vec![(OneCredit, 2)]),
        (
            "a repair order still open",
            vec![assigned("1.00"), closed("89.95", "customer_pay")],
            vec![(OneCredit, 1)],
        ),
        (
            "a second credit",
            vec![closed("9", "customer_pay"), assigned("1"), assigned("1")],
            vec![(OneCredit, 3)],
        ),
        (
            "reversed, then assigned anew",
            vec![closed("9", "customer_pay"), assigned("9.00"), reversed("9"), assigned("1")],
            vec![],
        ),
        (
            "reversed without being in force",
            vec![closed("9", "customer_pay"), reversed("9")],
            vec![(OneCredit, 2)],
        ),
        (
            "the line shrinks under its credit",
            vec![closed("9", "customer_pay"), assigned("9"), closed("5", "customer_pay")],
            vec![(OneCredit, 2)],
        ),
        ("an amount that is no number", vec![closed("9", "customer_pay"), assigned("nine")], vec![(Form, 2)]),
    ] {
        assert_eq!(breaches(story), expected, "{case}");
    }
}

fn queue(stream: &'static str, key: &str) -> Told {
    (1, stream, "write_back_queued", json!({"write_back": {"key": key, "kind": "disposition"}}))
}

fn write_back(stream: &'static str, kind: &'static str, key: &str) -> Told {
    (2, stream, kind, json!({"key": key, "reason": "the order is locked", "attempts": 1}))
}

#[test]
fn promise_6_what_is_written_back_is_written_in_order_or_parked_with_a_reason() {
    use Promise::{Form, NothingLost};
    const RO: &str = "ro/r";
    let confirmed = |key| write_back(RO, "write_back_confirmed", key);
    let (a, b) = (|| queue(RO, "a"), || queue(RO, "b"));
    for (case, story, expected) in [
        ("one after the other", vec![a(), b(), confirmed("a"), confirmed("b")], vec![]),
        (
            "delayed, then confirmed",
            vec![a(), write_back(RO, "write_back_delayed", "a"), confirmed("a")],
            vec![],
        ),
        ("the second first", vec![a(), b(), confirmed("b"), confirmed("a")], vec![(NothingLost, 3)]),
        (
            "the second is tried first",
            vec![a(), b(), write_back(RO, "write_back_delayed", "b")],
            vec![(NothingLost, 3)],
        ),
        ("confirmed twice", vec![a(), confirmed("a"), confirmed("a")], vec![(NothingLost, 3)]),
        ("never queued", vec![confirmed("a")], vec![(NothingLost, 1)]),
        ("queued elsewhere", vec![queue("dms/c", "a"), confirmed("a")], vec![(NothingLost, 2)]),
        (
            "parked, and the next goes on",
            vec![a(), b(), write_back(RO, "write_back_parked", "a"), confirmed("b")],
            vec![],
        ),
        (
            "parked without a reason",
            vec![a(), (2, RO, "write_back_parked", json!({"key": "a", "reason": " "}))],
            vec![(NothingLost, 2)],
        ),
        (
            "withdrawn from the middle",
            vec![a(), b(), write_back(RO, "write_back_withdrawn", "b"), confirmed("a")],
            vec![],
        ),
        (
            "withdrawn after it was written",
            vec![a(), confirmed("a"), write_back(RO, "write_back_withdrawn", "a")],
            vec![(NothingLost, 3)],
        ),
        ("without a key", vec![(1, RO, "write_back_queued", json!({"write_back": {}}))], vec![(Form, 1)]),
    ] {
        assert_eq!(breaches(story), expected, "{case}");
    }
}

#[test]
fn promise_8_a_recall_is_never_an_offer() {
    for (case, purpose, more, broken) in [
        ("a plain recall", "recall", json!({"note": "may be affected"}), false),
        ("a discount", "recall", json!({"note": "with a DISCOUNT on top"}), true),
        ("deep inside", "recall", json!({"parts": [{"text": "10% off"}]}), true),
        ("a price", "recall", json!({"price_from": "0"}), true),
        ("marketing may", "marketing", json!({"coupon": "x"}), false),
    ] {
        let (second, stream, kind, mut data) = touch("touch_planned", 1, "sms", purpose);
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let expected = if broken { vec![(Promise::RecallIsNoOffer, 1)] } else { vec![] };
        assert_eq!(breaches(vec![(second, stream, kind, data)]), expected, "{case}");
    }
}

#[test]
fn many_breaches_are_counted_and_the_first_kept() {
    let mut verifier = Verifier::new();
    let journal = MemoryJournal::new();
    let (seller, stream) = ("north".parse().unwrap(), StreamId::new("contact", "ab").unwrap());
    for version in 0..150 {
        let mut batch = Batch::new("2026-03-02T15:00:00Z".parse().unwrap());
        let data = json!({"case": "c", "touch": version.to_string()});
        batch
            .expect(stream.clone(), version)
            .push(stream.clone(), NewEvent::new("touch_sent", data).unwrap());
        verifier.event(&block_on(journal.append(&seller, &batch)).unwrap().events[0]).unwrap();
    }
    let found = verifier.finish();
    assert_eq!((found.breach_count, found.breaches.len(), found.holds()), (150, 100, false));
    assert_eq!(
        found.breaches[0].to_string(),
        "position 1 of north: touch 0 of case c was sent without having been cleared (promise 4)"
    );
}
