//! Promise 9: the same history gives the same bytes, on any runtime and any journal, and a replay finds what was
//! altered.

use std::collections::BTreeMap;

use fixedops_closed_loop::{Difference, Replayed, replay};
use fixedops_connectors_traits::file::encode_line;
use fixedops_connectors_traits::{Event, EventHash, MemoryJournal, StreamId, chain_hash};
use futures_lite::future::block_on;
use serde_json::{Value, json};

use crate::judge::holds_and_replays;
use crate::p6_nothing_lost::a_whole_round;
use crate::story::{Driver, Story, World, miserly_world, seller};

fn bytes(story: &Story) -> String {
    story.events().iter().map(|event| encode_line(event).unwrap()).collect::<Vec<_>>().join("\n")
}

fn tokio() -> Driver {
    Driver::Tokio(tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap())
}

#[test]
fn p9_the_same_inputs_give_the_same_bytes_on_any_runtime_and_any_journal() {
    let mut told: Vec<(&str, Story)> = vec![
        ("memory, block_on", Story::new()),
        ("memory, block_on, a second time", Story::new()),
        ("memory, tokio", {
            let mut story = Story::driven(World::over(MemoryJournal::new()), tokio());
            story.store();
            story
        }),
        ("one event at a reading", {
            let mut story = Story::driven(miserly_world(), Driver::BlockOn);
            story.store();
            story
        }),
        ("SQLite, block_on", Story::on_sqlite(Driver::BlockOn)),
        ("SQLite, tokio", Story::on_sqlite(tokio())),
    ];
    for (_, story) in &mut told {
        a_whole_round(story);
    }
    let expected = bytes(&told[0].1);
    assert!(expected.len() > 10_000);
    for (how, story) in &told {
        assert!(bytes(story) == expected, "{how}: another journal");
        holds_and_replays(&story.world);
    }
}

/// The journal with the data of one event changed, every later hash of its stream computed anew.
fn altered(events: &[Event], place: usize, change: impl Fn(&mut Value)) -> Vec<Event> {
    let mut events = events.to_vec();
    change(&mut events[place].data);
    let mut heads: BTreeMap<StreamId, EventHash> = BTreeMap::new();
    for event in &mut events {
        let previous = heads.get(&event.stream).copied().unwrap_or(EventHash::ZERO);
        event.hash =
            chain_hash(previous, &event.stream, event.version, event.at, &event.event_type, &event.data)
                .unwrap();
        heads.insert(event.stream.clone(), event.hash);
    }
    events
}

#[test]
fn p9_a_replay_finds_the_one_decision_that_was_altered() {
    let mut story = Story::new();
    a_whole_round(&mut story);
    holds_and_replays(&story.world);
    let events = story.events();
    type Change = fn(&mut Value);
    let changes: &[(&str, Change)] = &[
        ("vehicle_assessed", |data| data["note"] = json!("nothing to see")),
        ("threshold_crossed", |data| data["p"] = json!(0.99)),
        ("crossing_resolved", |data| data["until"] = json!("2027-01-01T00:00:00Z")),
        ("case_opened", |data| data["services"] = json!(["brake_fluid"])),
        ("touch_planned", |data| data["due_at"] = json!("2027-01-01T00:00:00Z")),
        ("touch_cleared", |data| data["decision"]["rule_book"] = json!("rules/0")),
        ("contact_budget_used", |data| data["subject"] = json!("another")),
        ("touch_sent", |data| data["crossed_revocation"] = json!(true)),
        ("step_taken", |data| data["wake_at"] = json!("2027-01-01T00:00:00Z")),
        ("revocation_applied", |data| data["ended"] = json!(["mileage_due/another"])),
        ("visit_noted", |data| data["transaction"] = json!(false)),
        ("service_recorded", |data| data["service"] = json!("coolant")),
        ("credit_assigned", |data| data["amount"] = json!("1.00")),
        ("ro_attributed", |data| data["not_credited"] = json!([["7", "of no line"]])),
        ("write_back_queued", |data| data["write_back"]["ro"] = json!("R-2")),
        ("gate_exempted", |data| data["policy"] = json!("mpi_gate/0")),
        ("deferral_ended", |data| data["reason"] = json!("serviced")),
        ("case_closed", |data| data["reason"] = json!("no reason")),
    ];
    for (event_type, change) in changes {
        let place = events.iter().position(|event| event.event_type.as_str() == *event_type);
        let place = place.unwrap_or_else(|| panic!("the story has no {event_type}"));
        let altered = altered(&events, place, change);
        assert_ne!(altered[place].data, events[place].data, "{event_type}");
        let replayed = block_on(replay(&seller(), altered.clone(), story.world.policies.clone()));
        let Ok(Replayed::Different(difference)) = replayed else {
            panic!("{event_type} was altered, and the replay says {replayed:?}");
        };
        let Difference { position, recorded, replayed } = *difference;
        assert_eq!(position, events[place].position, "{event_type}");
        assert_eq!(recorded.as_ref(), Some(&altered[place]), "{event_type}");
        assert_eq!(replayed.as_ref(), Some(&events[place]), "{event_type}: what the loop decides");
    }
}

#[test]
fn p9_a_decision_that_was_taken_out_is_missed() {
    let mut story = Story::new();
    a_whole_round(&mut story);
    let mut events = story.events();
    let place = events.iter().position(|event| event.event_type.as_str() == "touch_suppressed").unwrap();
    let gone = events.remove(place);
    let replayed = block_on(replay(&seller(), events, story.world.policies.clone())).unwrap();
    let Replayed::Different(difference) = replayed else {
        panic!("a decision is missing, and nobody misses it");
    };
    assert_eq!(difference.position, gone.position);
}

#[test]
fn p9_the_beginning_of_a_journal_replays_as_the_beginning() {
    let mut story = Story::new();
    a_whole_round(&mut story);
    let events = story.events();
    for length in (1..events.len()).step_by(7) {
        let start = events[..length].to_vec();
        let replayed = block_on(replay(&seller(), start, story.world.policies.clone())).unwrap();
        let Replayed::Same { events, .. } = replayed else {
            panic!("the first {length} events: {replayed:?}");
        };
        assert_eq!(events, length);
    }
}
