#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

mod forged;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::chain::{EventHash, event_hash};
use fixedops_vocab::{ContactHash, ContactPoint, SellerId};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::retake::{findings_of, retake};
use super::story::Story;
use super::*;
use crate::capture::{Disclosures, Language, digest_of};
use crate::{ContentDigest, RuleBook};

const NUMBER: &str = "+14045550123";

/// A keyed commitment for tests; the real one is an HMAC in another crate.
struct Key(&'static str);

impl Commitments for Key {
    fn contact(&self, seller: &SellerId, point: &ContactPoint) -> ContactHash {
        let parts = format!("{}|{}|{}", self.0, seller.as_str(), point.expose());
        ContactHash::from_bytes(*digest_of(parts).as_bytes())
    }
    fn content(&self, parts: &[&str]) -> ContentDigest {
        digest_of(format!("{}|{}", self.0, parts.join("|")))
    }
}

const KEY: Key = Key("secret");

static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::shipped);
static GOOD: LazyLock<Script> = LazyLock::new(lived);

fn seller() -> SellerId {
    "main-street".parse().unwrap()
}

fn contact() -> ContactHash {
    KEY.contact(&seller(), &ContactPoint::Phone(NUMBER.parse().unwrap()))
}

fn own() -> String {
    format!("contact/{}", contact())
}

fn fact(name: &str, value: &str) -> PrivateFact {
    PrivateFact { subject: own(), name: name.to_owned(), value: value.to_owned() }
}

/// The private part of a consent at the tablet.
fn entered() -> String {
    json!({"ip": "192.0.2.7", "number": "(404) 555-0123"}).to_string()
}

/// Noon in Georgia on the third of December, and so many minutes later.
fn at(minutes: i64) -> DateTime<Utc> {
    "2026-12-03T17:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

/// Events to be written, in order: stream, time, type, data.
#[derive(Clone)]
struct Script(Vec<(String, DateTime<Utc>, &'static str, Value)>);

const DAY: i64 = 24 * 60;

/// A message as the person store keeps it.
fn words(case: &str) -> String {
    json!({"to": NUMBER, "subject": "", "body": format!("words of {case}"), "media": []}).to_string()
}

fn about(case: &str, touch: &str, purpose: &str) -> Value {
    json!({
        "case": case, "touch": touch, "contact": contact(), "channel": "sms", "purpose": purpose,
        "program": "mileage_due", "subject": "maintenance_due", "crossing": null,
    })
}

fn with(mut data: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        data[name] = value.clone();
    }
    data
}

impl Script {
    fn push(&mut self, stream: &str, minutes: i64, event_type: &'static str, data: Value) -> &mut Self {
        self.0.push((stream.to_owned(), at(minutes), event_type, data));
        self
    }

    fn version(&self, stream: &str) -> u64 {
        self.0.iter().filter(|(of, ..)| of == stream).count() as u64
    }

    fn grant(&mut self, key: &str, minutes: i64) -> &mut Self {
        let texts = Disclosures::shipped();
        let text = texts.find("service_texts", "1", Language::En).unwrap();
        let shown = text.render("Main Street Motors").unwrap();
        let private = entered();
        let consent = json!({
            "level": "pewc", "channels": ["sms", "mms"], "given_at": at(minutes), "in_writing": true,
            "signed": "esign_checkbox", "phone_matches": true, "sellers": ["us"], "how": null,
            "disclosure": ["automated_technology", "not_condition_of_purchase", "seller_named"],
            "proof": ["disclosure_text_version", "timestamp"],
        });
        let capture = json!({
            "disclosure": "service_texts", "version": "1", "texts": "2026-11-21", "language": "en",
            "text": shown.text, "text_digest": shown.digest, "page_digest": digest_of("page"), "place": "tablet",
            "box": "unticked", "act": "tick", "private_digest": KEY.content(&[&private]),
        });
        self.push(&own(), minutes, "consent_granted", json!({
            "key": key, "contact": contact(), "scope": ["sms", "mms"], "level": "pewc", "occurred_at": at(minutes),
            "source": "tablet", "consent": consent, "capture": capture,
        }))
    }

    fn send(&mut self, case: &str, minutes: i64, purpose: &str) -> &mut Self {
        let about = about(case, "1", purpose);
        let read = json!({
            "contact": self.version(&own()), "person": self.version("person/cust-one"),
            "household": self.version("household/home-one"),
        });
        let decision = json!({"outcome": "allow", "rule_book": BOOK.version(), "rules": []});
        let cleared = with(
            about.clone(),
            json!({
                "vehicle": "v1", "person": "cust-one", "household": "home-one", "read": read,
            "digest": KEY.content(&["sms", purpose, NUMBER, "", &format!("words of {case}")]),
                "decision": decision, "wake_at": at(minutes),
            }),
        );
        let used = with(about.clone(), json!({"person": "cust-one", "occurred_at": at(minutes)}));
        self.push(&own(), minutes, "touch_cleared", cleared);
        self.decide();
        self.push("person/cust-one", minutes, "contact_budget_used", used.clone());
        self.push("household/home-one", minutes, "contact_budget_used", used);
        let sent = with(about, json!({"provider_id": format!("SM-{case}"), "crossed_revocation": false}));
        self.push(&own(), minutes, "touch_sent", sent);
        self.push(&own(), minutes, "delivery_reported", json!({
            "key": format!("d-{case}"), "contact": contact(), "case": case, "touch": "1", "delivered": true,
            "status": "delivered", "occurred_at": at(minutes),
        }))
    }

    /// Puts into the clearance that stands last what an honest loop decides there.
    fn decide(&mut self) {
        let story = Story::read(contact(), &self.streams());
        let book = &*BOOK;
        let cleared = story.cleared.last().unwrap();
        let rules = findings_of(&story, cleared, book);
        let place = retake(&story, cleared, book).unwrap().place;
        let last = self.0.iter_mut().rev().find(|(_, _, of, _)| *of == "touch_cleared").unwrap();
        last.3["decision"]["rules"] = json!(rules);
        last.3["decision"]["place"] = json!(place);
    }

    fn stop(&mut self, key: &str, minutes: i64) -> &mut Self {
        self.push(
            &own(),
            minutes,
            "reply_received",
            json!({
                "key": key, "contact": contact(), "touch": null, "digest": KEY.content(&["please stop"]),
                "label": "opt_out_freetext", "scope": "all", "occurred_at": at(minutes),
            }),
        );
        self.push(&own(), minutes, "consent_revoked", json!({
            "key": format!("{key}/revoked"), "contact": contact(), "scope": "all", "occurred_at": at(minutes),
            "source": "reply", "vehicle": null, "means": "sms", "per_se": false,
        }));
        let told = json!({"scope": "all", "vehicle": null, "ended": [], "wake_at": at(minutes)});
        self.push("person/cust-one", minutes, "revocation_applied", told);
        let done = json!({"scope": "all", "vehicle": null, "ended": ["first"], "wake_at": null});
        self.push("person/cust-one", minutes, "revocation_applied", done)
    }

    /// The place of the `nth` event of a type.
    fn place(&self, event_type: &str, nth: usize) -> usize {
        let places = self.0.iter().enumerate().filter(|(_, (_, _, of, _))| *of == event_type).map(|(i, _)| i);
        places.clone().nth(nth).unwrap_or_else(|| panic!("no {event_type} {nth}"))
    }

    fn data(&mut self, event_type: &str, nth: usize) -> &mut Value {
        let place = self.place(event_type, nth);
        &mut self.0[place].3
    }

    /// Writes it, with hashes that follow: also a forger can.
    fn streams(&self) -> Vec<StreamRecord> {
        let mut streams: BTreeMap<&str, StreamRecord> = BTreeMap::new();
        for (stream, at, event_type, data) in &self.0 {
            let record = streams.entry(stream).or_insert_with(|| StreamRecord {
                stream: stream.clone(),
                head_version: 0,
                head_hash: EventHash::ZERO,
                events: Vec::new(),
            });
            let version = record.head_version + 1;
            let hash = event_hash(record.head_hash, stream, version, *at, event_type, data).unwrap();
            (record.head_version, record.head_hash) = (version, hash);
            let (event_type, data) = ((*event_type).to_owned(), data.clone());
            record.events.push(EventRecord { version, at: *at, event_type, data, hash });
        }
        streams.into_values().collect()
    }

    /// With everything the person store has.
    fn contents(&self) -> Contents {
        let mut private = vec![fact("phone", NUMBER)];
        for (_, _, event_type, data) in &self.0 {
            let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
            match *event_type {
                "reply_received" => private.push(fact(&format!("reply/{}", text("key")), "please stop")),
                "touch_cleared" => {
                    private.push(fact(
                        &format!("sent/{}#{}", text("case"), text("touch")),
                        &words(&text("case")),
                    ));
                }
                "consent_granted" if data["capture"].is_object() => {
                    private.push(fact(&format!("capture/{}", text("key")), &entered()));
                }
                _ => {}
            }
        }
        private.dedup_by(|a, b| a.name == b.name);
        Contents {
            seller: seller(),
            contact: contact(),
            point: PointShown::InClear { medium: "phone".to_owned(), value: NUMBER.to_owned() },
            streams: self.streams(),
            private,
        }
    }

    fn bundle(&self) -> Bundle {
        Bundle::new(self.contents(), at(100 * DAY), &BOOK).unwrap()
    }
}

/// A consent, a message, an opt-out and its confirmation, a new consent, a message.
fn good() -> Script {
    GOOD.clone()
}

fn lived() -> Script {
    let mut script = Script(Vec::new());
    script.push(
        &own(),
        0,
        "contact_linked",
        json!({
            "key": "l", "contact": contact(), "person": "cust-one", "household": "home-one", "medium": "phone",
            "recipient": {"nanp": true, "line_type": null, "area_code": "404", "zip": null, "states": ["GA"],
                          "candidate_zones": []},
        }),
    );
    script.push(
        "person/cust-one",
        0,
        "contact_added",
        json!({"contact": contact(), "medium": "phone", "household": "home-one"}),
    );
    script.grant("g1", 1).send("first", 10, "marketing").stop("r1", DAY).send(
        "confirm",
        DAY + 2,
        "revocation_confirmation",
    );
    script.grant("g2", 3 * DAY).send("second", 4 * DAY, "marketing");
    script
}

#[test]
fn the_place_of_a_household_in_an_experiment_bears_on_no_consent_and_stands_in_no_other_stream() {
    let placement = json!({"program": "mileage_due", "season": {"year": 2026, "part": 2}, "arm": "control"});
    let placed = json!({"household": "home-one", "placement": placement});
    for (stream, holds) in [("household/home-one", true), ("person/cust-one", false)] {
        let mut script = good();
        script.push(stream, 5 * DAY, "household_placed", placed.clone());
        assert_eq!(verified(&script.bundle()).holds(), holds, "{stream}");
    }
}

fn verified(bundle: &Bundle) -> Verdict {
    verify(bundle, &BOOK, Some(&KEY))
}

fn kinds(verdict: &Verdict) -> BTreeSet<BreakKind> {
    verdict.breaks.iter().map(|found| found.kind).collect()
}

#[test]
fn a_record_that_was_kept_holds_and_says_everything_in_plain_tables() {
    let bundle = good().bundle();
    let verdict = verified(&bundle);
    assert!(verdict.holds(), "{:#?}", verdict.breaks);
    assert_eq!((verdict.clearances, verdict.retaken, verdict.number_checked), (3, 3, true));
    let account = &bundle.account;
    assert_eq!((account.grants.len(), account.revocations.len(), account.sends.len()), (2, 1, 3));
    assert_eq!(account.revocations[0].words.as_deref(), Some("please stop"));
    assert_eq!(account.revocations[0].later_grants, [11], "{account:#?}");
    assert!(account.grants[0].private.as_deref().unwrap().contains("192.0.2.7"));
    assert_eq!((&account.sends[0].rests_on[..], &account.sends[2].rests_on[..]), (&[2][..], &[11][..]));
    assert!(account.sends[0].words.as_deref().unwrap().contains("words of first"));
    assert_eq!(bundle.places[0].local[0].time, "2026-12-03 12:10:00 -05:00");
    // Five years after the last message that rested on it; an opt-out for good.
    let kept: Vec<_> =
        bundle.retention.iter().map(|e| (e.record.as_str(), e.until.map(|d| d.to_string()))).collect();
    assert_eq!(kept[0], ("consent", Some("2031-12-03".to_owned())));
    assert!(kept.contains(&("revocation", None)));
    let text = bundle.to_json().unwrap();
    let again = Bundle::from_json(&text).unwrap();
    assert_eq!((again.to_json().unwrap(), again == bundle), (text, true));
}

#[test]
fn without_the_key_it_holds_and_says_what_was_not_checked() {
    let verdict = verify(&good().bundle(), &BOOK, None);
    assert!(verdict.holds() && !verdict.number_checked);
    assert!(verdict.remarks.iter().any(|remark| remark.contains("without the seller's key")));
}

/// What a forger writes who can compute every hash and digest anew: each lie is named all the same.
#[test]
fn each_lie_in_the_events_is_named_though_every_hash_follows() {
    type Lie = (&'static str, BreakKind, fn(&mut Script));
    fn drop_event(script: &mut Script, event_type: &str, nth: usize) {
        let place = script.place(event_type, nth);
        script.0.remove(place);
    }
    let lies: &[Lie] = &[
        ("recorded earlier than before", BreakKind::TimeBackwards, |s| {
            let place = s.place("delivery_reported", 2);
            s.0[place].1 = at(0);
        }),
        ("a revocation without a scope", BreakKind::EventUnreadable, |s| {
            s.data("consent_revoked", 0).as_object_mut().unwrap().remove("scope");
        }),
        ("an opt-out of another number", BreakKind::OtherContact, |s| {
            s.data("consent_revoked", 0)["contact"] = json!(ContactHash::from_bytes([9; 32]));
        }),
        ("other words were shown", BreakKind::DisclosureText, |s| {
            s.data("consent_granted", 0)["capture"]["text"] = json!("I agree to everything.");
        }),
        ("other words, with their own digest", BreakKind::DisclosureText, |s| {
            let capture = &mut s.data("consent_granted", 0)["capture"];
            capture["text"] = json!("I agree to everything.");
            capture["text_digest"] = json!(digest_of("I agree to everything."));
        }),
        ("an element the text does not hold", BreakKind::DisclosureText, |s| {
            let said = &mut s.data("consent_granted", 0)["consent"]["disclosure"];
            said.as_array_mut().unwrap().push(json!("artificial_or_prerecorded_voice"));
        }),
        ("a pen on a tablet", BreakKind::GrantContradicts, |s| {
            s.data("consent_granted", 0)["consent"]["signed"] = json!("wet_ink");
        }),
        ("written outside, express inside", BreakKind::GrantContradicts, |s| {
            s.data("consent_granted", 1)["consent"]["level"] = json!("pec");
        }),
        ("given at two times", BreakKind::GrantContradicts, |s| {
            s.data("consent_granted", 0)["occurred_at"] = json!(at(2));
        }),
        ("no consent at all", BreakKind::GrantAbsent, |s| {
            drop_event(s, "consent_granted", 1);
            drop_event(s, "consent_granted", 0);
        }),
        ("the consent came afterwards", BreakKind::ConsentLater, |s| drop_event(s, "consent_granted", 0)),
        ("the consent is dated ahead", BreakKind::ConsentLater, |s| {
            s.data("consent_granted", 0)["consent"]["given_at"] = json!(at(30));
            s.data("consent_granted", 0)["occurred_at"] = json!(at(30));
        }),
        ("sent without a clearance", BreakKind::SendWithoutClearance, |s| drop_event(s, "touch_cleared", 0)),
        ("sent twice", BreakKind::SentTwice, |s| {
            let place = s.place("touch_sent", 0);
            let again = s.0[place].clone();
            s.0.insert(place, again);
        }),
        ("another channel than cleared", BreakKind::SendDiffers, |s| {
            s.data("touch_sent", 0)["channel"] = json!("mms");
        }),
        ("another purpose than cleared", BreakKind::SendDiffers, |s| {
            s.data("touch_sent", 0)["purpose"] = json!("transactional");
        }),
        ("five seconds after the clearance", BreakKind::ClearanceExpired, |s| {
            let place = s.place("touch_sent", 2);
            s.0[place].1 += TimeDelta::seconds(5);
            let report = s.place("delivery_reported", 2);
            s.0[report].1 += TimeDelta::seconds(5);
        }),
        ("marketing after the opt-out", BreakKind::SendAfterRevocation, |s| {
            drop_event(s, "consent_granted", 1)
        }),
        ("the new consent is for calls", BreakKind::SendAfterRevocation, |s| {
            s.data("consent_granted", 1)["scope"] = json!(["live_call"]);
            s.data("consent_granted", 1)["consent"]["channels"] = json!(["live_call"]);
        }),
        ("an opt-out crossed it, hushed up", BreakKind::CrossedRevocation, |s| {
            let revoked = s.0.remove(s.place("consent_revoked", 0));
            let sent = s.place("touch_sent", 1);
            s.0.insert(sent, revoked);
        }),
        ("crossed by nothing", BreakKind::CrossedRevocation, |s| {
            s.data("touch_sent", 0)["crossed_revocation"] = json!(true);
        }),
        ("confirmed twice", BreakKind::SecondConfirmation, |s| {
            let mut more = Script(Vec::new());
            let end = s.place("consent_granted", 1);
            let after = s.0.split_off(end);
            s.send("confirm-again", DAY + 3, "revocation_confirmation");
            more.0 = after;
            s.0.extend(more.0);
        }),
        ("read a version that is not there", BreakKind::ReadVersionAbsent, |s| {
            s.data("touch_cleared", 0)["read"]["person"] = json!(99);
        }),
        ("read its own future", BreakKind::ReadVersionAbsent, |s| {
            s.data("touch_cleared", 0)["read"]["contact"] = json!(77);
        }),
        ("did not read the opt-out", BreakKind::ReadVersionContradicts, |s| {
            s.data("touch_cleared", 1)["read"]["contact"] = json!(4);
        }),
        ("did not read that it had gone out", BreakKind::ReadVersionContradicts, |s| {
            let again = s.0[s.place("touch_cleared", 2)].clone();
            let sent = s.place("touch_sent", 2);
            s.0.insert(sent + 1, again);
        }),
        ("did not read the person's last message", BreakKind::ReadVersionContradicts, |s| {
            s.data("touch_cleared", 2)["read"]["person"] = json!(1);
        }),
        ("not counted with the person", BreakKind::NotCounted, |s| drop_event(s, "contact_budget_used", 0)),
        ("counted and never cleared", BreakKind::NotCounted, |s| {
            let used =
                with(about("ghost", "1", "marketing"), json!({"person": "cust-one", "occurred_at": at(0)}));
            s.push("household/home-one", 5 * DAY, "contact_budget_used", used);
        }),
        ("denied and sent", BreakKind::DeniedButSent, |s| {
            s.data("touch_cleared", 0)["decision"]["outcome"] = json!("deny");
        }),
        ("a rule forbids it, and it says allow", BreakKind::DeniedButSent, |s| {
            s.data("touch_cleared", 0)["decision"]["rules"][0]["finding"] = json!("blocks");
        }),
        ("deferred and cleared", BreakKind::DeniedButCleared, |s| {
            s.data("touch_cleared", 2)["decision"]["outcome"] = json!("defer");
            drop_event(s, "delivery_reported", 2);
            drop_event(s, "touch_sent", 2);
        }),
        ("at four in the morning", BreakKind::RetakenDenies, |s| {
            for event in s.0.iter_mut().filter(|(_, _, _, data)| data["case"] == "second") {
                event.1 -= TimeDelta::hours(8);
            }
        }),
        ("the consent names another seller", BreakKind::RetakenDenies, |s| {
            s.data("consent_granted", 0)["consent"]["sellers"] = json!(["lead-farm"]);
        }),
        ("a report of nothing", BreakKind::ReportOfNothing, |s| {
            s.data("delivery_reported", 0)["case"] = json!("ghost");
        }),
        ("erased, and still shown", BreakKind::ErasedButShown, |s| {
            s.push(
                "person/cust-one",
                6 * DAY,
                "person_erased",
                json!({"key": "e", "person": "cust-one", "facts": 3}),
            );
        }),
        ("another number", BreakKind::OtherContact, |s| {
            for event in s.0.iter_mut().filter(|event| event.0.starts_with("contact/")) {
                event.0 = format!("contact/{}", ContactHash::from_bytes([9; 32]));
            }
        }),
    ];
    let mut caught = BTreeSet::new();
    for (case, kind, lie) in lies {
        let mut script = good();
        lie(&mut script);
        let verdict = verified(&script.bundle());
        assert!(kinds(&verdict).contains(kind), "{case}: {:#?}", verdict.breaks);
        let without = verify(&script.bundle(), &BOOK, None);
        assert!(kinds(&without).contains(kind), "{case}, without the key: {:#?}", without.breaks);
        caught.insert(*kind);
    }
    caught.extend(each_change_to_a_finished_bundle());
    caught.extend(forged::kinds_caught());
    caught.insert(BreakKind::OtherDigest); // By the program that is told the digest: see its own test.
    let missed: Vec<_> = BreakKind::ALL.iter().filter(|kind| !caught.contains(kind)).collect();
    assert_eq!(missed, Vec::<&BreakKind>::new(), "a rule nobody has seen catch anything");
}

/// What is done to a finished bundle, its digest computed anew where it would hide the rest.
fn each_change_to_a_finished_bundle() -> BTreeSet<BreakKind> {
    type Change = (&'static str, BreakKind, fn(&mut Bundle));
    fn own_stream(bundle: &mut Bundle) -> &mut StreamRecord {
        &mut bundle.streams[0]
    }
    let changes: &[Change] = &[
        ("a word of an event", BreakKind::ChainMismatch, |b| {
            own_stream(b).events[2].data["subject"] = json!("other");
        }),
        ("the type of an event", BreakKind::ChainMismatch, |b| {
            "consent_noted".clone_into(&mut own_stream(b).events[1].event_type);
        }),
        ("the time of an event", BreakKind::ChainMismatch, |b| {
            own_stream(b).events[1].at += TimeDelta::milliseconds(1);
        }),
        ("the hash of an event", BreakKind::ChainMismatch, |b| {
            own_stream(b).events[1].hash = EventHash::ZERO
        }),
        ("an event of the household", BreakKind::ChainMismatch, |b| {
            b.streams[2].events[0].data["subject"] = json!("other");
        }),
        ("an event in the middle", BreakKind::VersionGap, |b| drop(own_stream(b).events.remove(5))),
        ("an event twice", BreakKind::VersionTwice, |b| {
            let again = own_stream(b).events[5].clone();
            own_stream(b).events.insert(6, again);
        }),
        ("two events the other way round", BreakKind::VersionTwice, |b| own_stream(b).events.swap(3, 4)),
        ("the last event", BreakKind::Truncated, |b| drop(own_stream(b).events.pop())),
        ("the head", BreakKind::Truncated, |b| own_stream(b).head_hash = EventHash::ZERO),
        ("the person's stream", BreakKind::StreamAbsent, |b| drop(b.streams.remove(1))),
        ("a stream twice", BreakKind::StreamForeign, |b| {
            let again = b.streams[1].clone();
            b.streams.push(again);
        }),
        ("a stranger's stream", BreakKind::StreamForeign, |b| {
            "person/cust-two".clone_into(&mut b.streams[1].stream)
        }),
        ("the notice", BreakKind::Form, |b| b.notice.clear()),
        ("the number", BreakKind::NumberNotBound, |b| {
            b.point = PointShown::InClear { medium: "phone".into(), value: "+14045550124".into() };
        }),
        ("the number, in the store's facts too", BreakKind::NumberNotBound, |b| {
            b.point = PointShown::InClear { medium: "phone".into(), value: "+14045550124".into() };
            for fact in b.private.iter_mut().filter(|fact| fact.name == "phone") {
                "+14045550124".clone_into(&mut fact.value);
            }
        }),
        ("the customer's words", BreakKind::PrivateDiffers, |b| {
            for fact in b.private.iter_mut().filter(|fact| fact.name == "reply/r1") {
                "sounds great".clone_into(&mut fact.value);
            }
            b.account.revocations[0].words = Some("sounds great".to_owned());
            b.account.replies[0].words = Some("sounds great".to_owned());
        }),
        ("the IP address", BreakKind::PrivateDiffers, |b| {
            for fact in b.private.iter_mut().filter(|fact| fact.name == "capture/g1") {
                "{\"ip\":\"192.0.2.8\"}".clone_into(&mut fact.value);
            }
        }),
        ("the words of a message", BreakKind::PrivateDiffers, |b| {
            for fact in b.private.iter_mut().filter(|fact| fact.name == "sent/first#1") {
                fact.value = words("second");
            }
        }),
        ("somebody else's fact", BreakKind::PrivateDiffers, |b| {
            b.private.push(PrivateFact {
                subject: "person/cust-two".into(),
                name: "x".into(),
                value: "y".into(),
            });
        }),
        ("a transport's id in the account", BreakKind::AccountDiffers, |b| {
            b.account.sends[0].provider_id = Some("SM-other".into());
        }),
        ("an opt-out left out of the account", BreakKind::AccountDiffers, |b| b.account.revocations.clear()),
        ("a consent in the account", BreakKind::AccountDiffers, |b| b.account.grants[0].given_at = at(-9)),
        ("the hour at the customer's", BreakKind::PlaceWrong, |b| {
            "2026-12-03 22:10:00 -05:00".clone_into(&mut b.places[0].local[0].time);
        }),
        ("the state", BreakKind::PlaceWrong, |b| b.places[0].states = vec!["FL".into()]),
        ("a place left out", BreakKind::PlaceWrong, |b| drop(b.places.pop())),
        ("how long it is kept", BreakKind::RetentionDiffers, |b| b.retention[0].until = None),
    ];
    let mut caught = BTreeSet::new();
    for (case, kind, change) in changes {
        let mut bundle = good().bundle();
        change(&mut bundle);
        let plain = verified(&bundle);
        assert!(kinds(&plain).contains(&BreakKind::BundleDigest), "{case}: its digest was not computed anew");
        bundle.digest = bundle.computed_digest().unwrap();
        let verdict = verified(&bundle);
        assert!(kinds(&verdict).contains(kind), "{case}: {:#?}", verdict.breaks);
        assert!(!kinds(&verdict).contains(&BreakKind::BundleDigest), "{case}");
        caught.insert(*kind);
    }
    caught.insert(BreakKind::BundleDigest);
    caught
}

/// The parts an e-mail has beyond its text are under the same digest, in the order the message itself gives them.
#[test]
fn the_html_part_and_the_headers_of_a_message_are_among_its_words() {
    let mut script = good();
    let parts = [
        "message/2",
        "sms",
        "marketing",
        NUMBER,
        "",
        "words of first",
        "0",
        "<p>words</p>",
        "List-Unsubscribe",
        "<https://service.example/u>",
    ];
    for (_, _, event_type, data) in &mut script.0 {
        if *event_type == "touch_cleared" && data["case"] == "first" {
            data["digest"] = json!(KEY.content(&parts));
        }
    }
    let bundle_with = |html: &str, link: &str| {
        let mut contents = script.contents();
        for fact in contents.private.iter_mut().filter(|fact| fact.name == "sent/first#1") {
            fact.value = json!({
                "to": NUMBER, "subject": "", "body": "words of first", "media": [],
                "html": html, "headers": [["List-Unsubscribe", link]],
            })
            .to_string();
        }
        Bundle::new(contents, at(100 * DAY), &RuleBook::shipped()).unwrap()
    };
    let verdict = verified(&bundle_with("<p>words</p>", "<https://service.example/u>"));
    assert!(verdict.holds(), "{:#?}", verdict.breaks);
    for (html, link) in
        [("<p>other words</p>", "<https://service.example/u>"), ("<p>words</p>", "<https://else.example>")]
    {
        let verdict = verified(&bundle_with(html, link));
        assert!(kinds(&verdict).contains(&BreakKind::PrivateDiffers), "{:#?}", verdict.breaks);
    }
}

#[test]
fn a_broken_link_is_named_where_it_is() {
    let mut bundle = good().bundle();
    bundle.streams[0].events[4].data["status"] = json!("failed");
    let verdict = verified(&bundle);
    let found = verdict.breaks.iter().find(|found| found.kind == BreakKind::ChainMismatch).unwrap();
    assert_eq!((found.stream.as_deref(), found.version), (Some(own().as_str()), Some(5)));
    let others = verdict.breaks.iter().filter(|found| found.kind == BreakKind::ChainMismatch).count();
    assert_eq!(others, 1, "the events behind it follow from the hash that stands there");
    assert!(found.to_string().starts_with("chain_mismatch: contact/"), "{found}");
}

#[test]
fn ids_of_persons_and_words_of_customers_are_in_no_message() {
    let mut bundle = good().bundle();
    for stream in &mut bundle.streams {
        stream.events.pop();
    }
    bundle.private.push(PrivateFact {
        subject: "person/cust-two".into(),
        name: "n".into(),
        value: "v".into(),
    });
    let verdict = verified(&bundle);
    let said = format!("{bundle:?} {:?} {:?} {:?}", bundle.streams, bundle.private, bundle.account)
        + &verdict.breaks.iter().map(ToString::to_string).collect::<String>();
    assert!(verdict.breaks.len() > 3);
    for private in [NUMBER, "please stop", "192.0.2.7", "cust-one", "cust-two", "home-one"] {
        assert!(!said.contains(private), "{private}: {said}");
    }
}

#[test]
fn erased_it_still_verifies_and_shows_nothing() {
    let mut script = good();
    script.push(
        "person/cust-one",
        6 * DAY,
        "person_erased",
        json!({"key": "e", "person": "cust-one", "facts": 3}),
    );
    let contents = Contents { point: PointShown::NotOnFile, private: Vec::new(), ..script.contents() };
    let bundle = Bundle::new(contents, at(100 * DAY), &BOOK).unwrap();
    let verdict = verified(&bundle);
    assert!(verdict.holds(), "{:#?}", verdict.breaks);
    let text = bundle.to_json().unwrap();
    for private in ["4045550123", "please stop", "192.0.2.7"] {
        assert!(!text.contains(private), "{private}");
    }
    assert_eq!(bundle.account.erasures.len(), 1);
}

#[test]
fn a_send_learned_of_later_is_a_note_and_a_touch_cleared_anew_is_no_contradiction() {
    let mut script = good();
    let place = script.place("touch_sent", 2);
    for event in &mut script.0[place..] {
        event.1 += TimeDelta::seconds(40);
    }
    script.data("touch_sent", 2)["learned"] = json!("settled");
    let verdict = verified(&script.bundle());
    assert!(verdict.holds(), "{:#?}", verdict.breaks);
    assert!(verdict.remarks.iter().any(|remark| remark.contains("learned of 40 s")), "{:?}", verdict.remarks);

    // Never seen by the transport: decided anew at the same versions, as if the first clearance were not there.
    let mut script = good();
    let place = script.place("touch_cleared", 2);
    let again = script.0[place].clone();
    script.0.insert(place + 3, again);
    let verdict = verified(&script.bundle());
    assert!(verdict.holds(), "{:#?}", verdict.breaks);
}

#[test]
fn another_rule_book_is_said_and_not_guessed() {
    let mut script = good();
    script.data("touch_cleared", 0)["decision"]["rule_book"] = json!("federal@2020-01-01");
    let verdict = verified(&script.bundle());
    assert!(verdict.holds() && !verdict.is_full());
    assert_eq!((verdict.retaken, verdict.not_retaken), (2, 1));
    assert!(verdict.remarks.iter().any(|remark| remark.contains("federal@2020-01-01")));
}

#[test]
fn what_is_no_bundle_is_refused_in_words_without_its_content() {
    let text = good().bundle().to_json().unwrap();
    let twice = text.replacen("\"notice\":", "\"notice\": \"x\",\n  \"notice\":", 1);
    let without: String =
        text.lines().filter(|line| !line.starts_with("  \"made_at\"")).collect::<Vec<_>>().join("\n");
    let inside = text.replacen("\"medium\": \"phone\",", "\"medium\": \"email\", \"medium\": \"phone\",", 1);
    for (case, text, says) in [
        ("empty", String::new(), "ends"),
        ("no JSON", "number +14045550123".into(), "not JSON"),
        ("other JSON", "{\"a\": \"+14045550123\"}".into(), "no format"),
        ("a newer format", text.replacen("bundle/2", "bundle/3", 1), "format this version does not read"),
        ("an older format", text.replacen("bundle/2", "bundle/1", 1), "format this version does not read"),
        ("cut off", text.chars().take(text.len() / 2).collect(), "ends in the middle"),
        ("a field twice", twice, "stands twice"),
        ("a key of an event twice", inside, "stands twice"),
        ("a field missing", without, "made_at is missing"),
        (
            "a field too many",
            text.replacen("\"made_at\"", "\"+14045550123\"", 1),
            "a field that is not known",
        ),
        (
            "an instant in another form",
            text.replacen("T17:00:00.000Z", "T17:00:00Z", 1),
            "in account.grants[1]",
        ),
        (
            "an odd hash",
            text.replacen(&format!("\"contact\": \"{}", contact()), "\"contact\": \"-", 1),
            "form of a bundle in ",
        ),
        (
            "an odd version",
            text.replacen("\"version\": 3", "\"version\": \"+14045550123\"", 1),
            "form of a bundle in ",
        ),
    ] {
        let error = Bundle::from_json(&text).expect_err(case).to_string();
        assert!(error.contains(says) && !error.contains("4045550123"), "{case}: {error}");
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Bundle::from_json(&deep).is_err());
}

#[test]
fn every_kind_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = BreakKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(names.len(), BreakKind::ALL.len());
    assert!(Retention::shipped().version() == "2026-11-21");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Any one byte changed anywhere in the file: it does not read, or a link is broken, or it says the same.
    #[test]
    fn one_byte_changed_is_seen(place in any::<prop::sample::Index>(), byte in 0x20_u8..0x7f) {
        let bundle = good().bundle();
        let mut bytes = bundle.to_json().unwrap().into_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let text = String::from_utf8(bytes).unwrap();
        if let Ok(read) = Bundle::from_json(&text) {
            prop_assert!(read == bundle || !verified(&read).holds(), "{}", text.get(place.saturating_sub(60)..=place).unwrap_or(""));
        }
    }

    /// Whatever stands in the events: a verdict, and no panic.
    #[test]
    fn a_corrupt_ledger_never_panics(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..7), 1..6)
    ) {
        let mut script = good();
        for (event, field, what) in cuts {
            let place = event.index(script.0.len());
            let data = script.0[place].3.as_object_mut().unwrap();
            if data.is_empty() {
                continue;
            }
            let name = data.keys().nth(field.index(data.len())).unwrap().clone();
            match what {
                0 => drop(data.remove(&name)),
                1 => drop(data.insert(name, Value::Null)),
                2 => drop(data.insert(name, json!(u64::MAX >> 12))),
                3 => drop(data.insert(name, json!("+262142-12-31T23:59:59Z"))),
                4 => drop(data.insert(name, json!({"contact": -1}))),
                5 => drop(script.0.remove(place)),
                _ => { let other = field.index(script.0.len()); script.0.swap(place, other); }
            }
            if script.0.is_empty() { break; }
        }
        let bundle = script.bundle();
        let _ = verified(&bundle);
        let _ = Bundle::from_json(&bundle.to_json().unwrap());
    }
}
