//! Who, which car, since when.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use fixedops_closed_loop::{DmsTranslator, ReadsPhones};
use fixedops_connectors_traits::file::Verifier;
use fixedops_connectors_traits::{
    Batch, CustomerRecord, DmsChange, Journal, JournalError, NewEvent, OptOutFlags, PersonFact, PersonStore,
    StreamId, UnitKind,
};
use fixedops_vocab::{CustomerId, PhoneNumber, Scope, SellerId, TouchKey};
use futures_lite::future::block_on;

use crate::judge::{holds, holds_and_replays};
use crate::story::{ANNA, BEN, Story, at, contact, id, secret, seller};

const MAIL: &str = "anna@mail.example";

#[test]
fn who_only_a_customers_own_car_triggers() {
    for (unit, triggers) in [
        (UnitKind::Retail, true),
        (UnitKind::Stock, false),
        (UnitKind::Loaner, false),
        (UnitKind::Fleet, false),
        (UnitKind::Employee, false),
        (UnitKind::Wholesale, false),
    ] {
        let mut story = Story::new();
        story.anna();
        story.unit("v1", Some("anna"), unit, None);
        story.days(60);
        assert_eq!(story.count("threshold_crossed"), usize::from(triggers), "{unit:?}");
        assert_eq!(story.world.carrier.out().is_empty(), !triggers, "{unit:?}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn who_a_car_without_an_owner_does_not_trigger() {
    let mut story = Story::new();
    story.anna();
    story.unit("v1", None, UnitKind::Retail, None);
    story.days(60);
    assert_eq!(story.count("threshold_crossed"), 0);
    holds_and_replays(&story.world);
}

#[test]
fn who_a_change_of_owner_ends_the_cases_and_begins_a_new_span() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    assert_eq!(story.world.carrier.out().len(), 1);
    story.days(2);
    story.owner("ben", "h2", BEN);
    story.car("v1", "ben");
    let closed = story.of("case_closed");
    assert_eq!((closed.len(), &closed[0].data["closure"]), (1, &"owner_changed".into()));
    assert_eq!(story.of("vehicle_recorded").last().unwrap().data["span"], 2);

    story.days(60);
    let contacts: Vec<_> = story.of("touch_sent").iter().map(|sent| sent.data["contact"].clone()).collect();
    let to_anna = contacts.iter().filter(|to| **to == contact(ANNA).to_string()).count();
    assert_eq!(to_anna, 1, "nothing more to the seller of the car");
    let crossings: Vec<_> = story.of("threshold_crossed").iter().map(|c| c.data["span"].clone()).collect();
    assert_eq!(crossings, [1, 2], "the new owner's service is another crossing");
    holds_and_replays(&story.world);
}

#[test]
fn who_the_former_owner_who_opts_out_does_not_silence_the_new_one() {
    let mut story = Story::new();
    story.anna();
    story.turn();
    story.owner("ben", "h2", BEN);
    story.car("v1", "ben");
    story.turn();
    let bens = story.of("case_opened").last().unwrap().data["case"].clone();
    story.revokes(ANNA, Scope::All);
    story.turn();
    let ended = story.of("case_closed").iter().any(|closed| closed.data["case"] == bens);
    assert!(!ended, "Ben's case is not Anna's to end");
    story.days(20);
    let to_ben =
        story.of("touch_sent").iter().filter(|s| s.data["contact"] == contact(BEN).to_string()).count();
    assert_eq!(to_ben, 2, "the day-0 text and its reminder");
    holds_and_replays(&story.world);
}

struct Plain;

impl ReadsPhones for Plain {
    fn read(&self, typed: &str) -> Result<PhoneNumber, String> {
        typed.parse().map_err(|_| "not a number".to_owned())
    }
}

fn translate(story: &mut Story, record: CustomerRecord) {
    let (seller, rooftop, secret) = (seller(), id("main"), secret());
    let rule_book = fixedops_consent::RuleBook::shipped();
    let no_touch = |_: &str| -> Option<TouchKey> { None };
    let translator = DmsTranslator {
        seller: &seller,
        rooftop: &rooftop,
        secret: &secret,
        rule_book: &rule_book,
        phones: &Plain,
        touch_of: &no_touch,
    };
    for inbound in translator.translate(&DmsChange::Customer(record)).unwrap().inbounds {
        story.offer(inbound).unwrap();
    }
}

#[test]
fn who_opt_out_flags_of_a_dms_record_are_revocations() {
    let none = OptOutFlags::default();
    let flags = [
        ("none", none, true),
        ("opt_out", OptOutFlags { opt_out: true, ..none }, false),
        ("block_automatic_messages", OptOutFlags { block_automatic_messages: true, ..none }, false),
        ("block_phone", OptOutFlags { block_phone: true, ..none }, false),
        ("block_mail", OptOutFlags { block_mail: true, ..none }, true),
    ];
    for (name, opt_out, texts) in flags {
        let mut story = Story::new();
        let record = CustomerRecord {
            customer: id("anna"),
            household: Some(id("h1")),
            first_name: Some("Alex".to_owned()),
            last_name: None,
            phone: Some(ANNA.to_owned()),
            email: Some(MAIL.to_owned()),
            zip: None,
            state: Some("GA".to_owned()),
            opt_out,
            changed_at: story.now,
        };
        translate(&mut story, record);
        story.consents(ANNA, "2026-08-03T16:00:00Z");
        story.due_car("v1", "anna");
        story.days(60);
        let out = |point: &str| {
            story.of("touch_sent").iter().any(|s| s.data["contact"] == contact(point).to_string())
        };
        assert_eq!(out(ANNA), texts, "{name}");
        let mailed = matches!(name, "none" | "block_phone");
        assert_eq!(out(MAIL), mailed, "{name}");
        holds_and_replays(&story.world);
    }
}

#[test]
fn who_a_new_contact_point_of_a_person_who_opted_out_is_opted_out_in_the_same_batch() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.revokes(ANNA, Scope::All);
    story.now += chrono::TimeDelta::hours(1);
    let before = story.events().len();
    story.linked("anna", "h1", BEN);
    let batch: Vec<_> = story.events().split_off(before);
    let copies: Vec<_> =
        batch.iter().filter(|event| event.event_type.as_str() == "consent_revoked").collect();
    assert_eq!(copies.len(), 1);
    assert_eq!(copies[0].data["contact"], contact(BEN).to_string());
    assert_eq!(copies[0].data["source"], "copied");
    assert!(batch.iter().all(|event| event.at == story.now));

    story.consents(BEN, "2026-08-03T16:00:00Z");
    story.due_car("v1", "anna");
    story.days(60);
    assert!(story.world.carrier.out().is_empty());
    holds_and_replays(&story.world);
}

#[test]
fn who_a_wrong_number_is_about_the_number_and_is_not_copied() {
    let mut story = Story::new();
    story.owner("anna", "h1", ANNA);
    story.revokes(ANNA, Scope::Number);
    story.owner("anna", "h1", BEN);
    story.due_car("v1", "anna");
    story.turn();
    let sent = story.of("touch_sent");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].data["contact"], contact(BEN).to_string());
    holds_and_replays(&story.world);
}

#[test]
fn who_an_erased_person_is_forgotten_and_still_denied() {
    let mut story = Story::new();
    story.anna();
    story.revokes(ANNA, Scope::All);
    story.days(1);
    let person: CustomerId = id("anna");
    let erased = |story: &Story, key: &str| {
        block_on(story.engine.erase(story.world.persons.as_ref(), &person, key, story.now)).unwrap()
    };
    assert_eq!(erased(&story, "erase/1"), 2, "a name and a number");
    assert_eq!(erased(&story, "erase/2"), 0, "nothing is left");
    for subject in [format!("contact/{}", contact(ANNA)), "person/anna".to_owned()] {
        let facts = block_on(story.world.persons.facts(&seller(), &subject.parse().unwrap())).unwrap();
        assert!(facts.is_empty(), "{subject}");
    }
    let mut verifier = Verifier::new();
    story.events().iter().for_each(|event| verifier.event(event).unwrap());

    // He comes back with the same number, for another person even: the hash still denies.
    story.linked("someone", "h9", ANNA);
    story.due_car("v9", "someone");
    story.days(60);
    assert!(story.world.carrier.out().is_empty());
    holds(&story.world);
}

#[test]
fn who_an_erased_person_who_did_not_opt_out_is_not_written_to_either() {
    let mut story = Story::new();
    story.anna();
    block_on(story.engine.erase(story.world.persons.as_ref(), &id("anna"), "erase/1", story.now)).unwrap();
    story.days(60);
    assert!(story.world.carrier.out().is_empty());
    let reasons: Vec<_> = story.of("touch_suppressed").iter().map(|s| s.data["reason"].clone()).collect();
    assert_eq!(reasons[0], "forgotten", "{reasons:?}");
    assert_eq!(story.of("consent_revoked")[0].data["source"], "erasure");
    holds_and_replays(&story.world);
}

/// A nightly import knows nothing of an erasure.
#[test]
fn who_an_erased_person_stays_suppressed_and_unknown_when_he_is_imported_again() {
    let mut story = Story::new();
    story.anna();
    let persons = Arc::clone(&story.world.persons);
    block_on(story.engine.erase(persons.as_ref(), &id("anna"), "erase/1", story.now)).unwrap();
    story.linked("anna", "h1", ANNA);
    story.linked("anna", "h1", MAIL);
    story.days(60);
    assert!(story.world.carrier.out().is_empty());
    for subject in [ANNA, MAIL].map(|point| format!("contact/{}", contact(point))) {
        let facts = block_on(persons.facts(&seller(), &subject.parse().unwrap())).unwrap();
        assert!(facts.is_empty(), "{subject}: {:?}", facts.keys());
    }
    let facts = block_on(persons.facts(&seller(), &"person/anna".parse().unwrap())).unwrap();
    assert!(facts.is_empty(), "{:?}", facts.keys());

    // With a consent that he gives anew he is somebody again.
    let given_at = (story.now + TimeDelta::days(1)).to_rfc3339();
    story.days(2);
    story.consents(ANNA, &given_at);
    story.linked("anna", "h1", ANNA);
    let subject = format!("contact/{}", contact(ANNA));
    let facts = block_on(persons.facts(&seller(), &subject.parse().unwrap())).unwrap();
    assert!(facts.contains_key("phone"), "{:?}", facts.keys());
    holds_and_replays(&story.world);
}

#[test]
fn who_is_written_to_has_the_exact_words_on_file_until_he_is_erased() {
    let mut story = Story::new();
    story.anna();
    story.days(20);
    let sent = story.of("touch_sent");
    assert!(!sent.is_empty(), "the story sends something");
    let subject: StreamId = format!("contact/{}", contact(ANNA)).parse().unwrap();
    let stored = |story: &Story| block_on(story.world.persons.facts(&seller(), &subject)).unwrap();
    let facts = stored(&story);
    for event in story.of("touch_cleared") {
        let (case, touch) = (event.data["case"].as_str().unwrap(), event.data["touch"].as_str().unwrap());
        let words: serde_json::Value = serde_json::from_str(&facts[&format!("sent/{case}#{touch}")]).unwrap();
        let part = |name: &str| words[name].as_str().unwrap();
        let parts = ["sms", "marketing", part("to"), part("subject"), part("body")];
        assert_eq!(
            secret().content(&parts).to_string(),
            event.data["digest"].as_str().unwrap(),
            "{case} {touch}"
        );
    }

    // While he is erased a message is in the making, and leaves its words behind.
    let late = Late {
        inner: Arc::clone(&story.world.persons),
        journal: Arc::clone(&story.world.journal),
        done: AtomicBool::new(false),
    };
    block_on(story.engine.erase(&late, &id("anna"), "erase/1", story.now)).unwrap();
    assert!(late.done.load(Ordering::Relaxed), "the test does not do what it says");
    assert!(stored(&story).is_empty());
    story.days(60);
    assert!(stored(&story).is_empty(), "and nothing comes behind");
}

/// A person store to which, once, words are written right behind an erasure.
struct Late {
    inner: Arc<dyn PersonStore>,
    journal: Arc<dyn Journal>,
    done: AtomicBool,
}

#[async_trait::async_trait]
impl PersonStore for Late {
    async fn facts(
        &self,
        partition: &SellerId,
        subject: &StreamId,
    ) -> Result<BTreeMap<String, String>, JournalError> {
        self.inner.facts(partition, subject).await
    }

    async fn erase(&self, partition: &SellerId, subjects: &[StreamId]) -> Result<u64, JournalError> {
        let erased = self.inner.erase(partition, subjects).await?;
        if !self.done.swap(true, Ordering::Relaxed) {
            let stream = StreamId::new("simulation", "late").unwrap();
            let mut batch = Batch::new(at("2027-06-01T12:00:00Z"));
            batch.expect(stream.clone(), 0);
            batch.push(stream, NewEvent::new("late", serde_json::json!({})).unwrap());
            for subject in subjects {
                let (subject, name) = (subject.clone(), "sent/late".to_owned());
                batch.fact(PersonFact { subject, name, value: "the words".to_owned() });
            }
            self.journal.append(partition, &batch).await?;
        }
        Ok(erased)
    }
}

#[test]
fn who_took_over_a_number_is_not_written_to_on_the_consent_of_who_had_it() {
    for (bens_own, sent) in [(false, 0), (true, 1)] {
        let mut story = Story::new();
        story.owner("anna", "h1", ANNA);
        story.linked("ben", "h2", ANNA);
        if bens_own {
            story.consents(ANNA, "2026-08-04T16:00:00Z");
        }
        story.due_car("v1", "ben");
        story.turn();
        assert_eq!(story.count("touch_sent"), sent, "own consent: {bens_own}");
        holds_and_replays(&story.world);
    }
}

/// An import of old orders sends no backlog: the plan's days count from the decline, those that have passed are left
/// out, and a decline older than the plan is journalled and left alone.
#[test]
fn a_decline_learned_of_late_is_spoken_of_on_the_days_that_are_left() {
    let mut story = Story::new();
    story.store();
    story.anna();
    story.car("v1", "anna");
    story.declined_days_ago("v1", "R1", "9", 40);
    story.declined_days_ago("v1", "R0", "9", 700);
    assert_eq!(story.count("line_declined"), 2);
    let planned: Vec<String> = story
        .of("touch_planned")
        .iter()
        .map(|event| event.data["touch"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(planned, ["day-60-email", "day-90-call", "day-120-sms"]);
    assert_eq!(story.count("case_opened"), 1);
    // Anna has no mailbox: what speaks on day 60 is held back for that, and says so.
    let spoken = |story: &Story| {
        let of =
            |kind| story.of(kind).into_iter().filter(|event| event.data["program"] == "declined_recovery");
        of("touch_sent").chain(of("touch_suppressed")).chain(of("touch_deferred")).count()
    };
    story.days(19);
    assert_eq!(spoken(&story), 0, "nothing before day 60");
    story.days(2);
    assert_eq!(spoken(&story), 1, "day 60 of the decline");
}
