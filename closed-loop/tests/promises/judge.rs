//! What a journal must show, whatever the story.

use std::collections::BTreeMap;

use fixedops_closed_loop::{Replayed, replay};
use fixedops_connectors_traits::Event;
use fixedops_connectors_traits::file::Verifier;

use crate::story::{World, seller};

fn text<'e>(event: &'e Event, key: &str) -> &'e str {
    event.data[key].as_str().unwrap_or_else(|| panic!("{} has no {key}", event.event_type))
}

/// The outcome each crossing is in at the end; checks on the way that it was in exactly one all the time.
pub(crate) fn conserved(events: &[Event]) -> BTreeMap<String, String> {
    let mut outcomes: BTreeMap<String, String> = BTreeMap::new();
    for (place, event) in events.iter().enumerate() {
        match event.event_type.as_str() {
            "threshold_crossed" => {
                let crossing = text(event, "crossing");
                let next = events[place + 1..].iter().find(|next| next.stream == event.stream);
                let next = next.unwrap_or_else(|| panic!("{crossing} has no outcome"));
                assert_eq!(next.event_type.as_str(), "crossing_resolved", "directly after {crossing}");
                assert_eq!(text(next, "crossing"), crossing, "the outcome is of the crossing");
                assert_eq!(next.at, event.at, "the outcome of {crossing} is in the batch that opens it");
                let before = outcomes.insert(crossing.to_owned(), "new".to_owned());
                assert_eq!(before, None, "{crossing} is crossed once");
            }
            "crossing_resolved" => {
                let (crossing, outcome) = (text(event, "crossing"), text(event, "outcome"));
                let before = outcomes.insert(crossing.to_owned(), outcome.to_owned());
                let before =
                    before.unwrap_or_else(|| panic!("{crossing} has an outcome and was never crossed"));
                assert_ne!(before, "sent", "{crossing} becomes {outcome} after it was sent");
            }
            _ => {}
        }
        // Between two batches every crossing stands somewhere.
        if events.get(place + 1).is_none_or(|next| next.at != event.at) {
            for (crossing, outcome) in &outcomes {
                assert_ne!(outcome, "new", "{crossing} has no outcome after position {}", event.position);
            }
        }
    }
    outcomes
}

/// The chain holds, no promise that a journal can show is broken, and nothing went out twice.
pub(crate) fn holds(world: &World) {
    let events = world.events();
    let mut verifier = Verifier::new();
    for event in &events {
        verifier.event(event).unwrap();
    }
    let verified = verifier.finish();
    assert!(verified.holds(), "{:#?}", verified.breaches);
    conserved(&events);
    for (key, times) in world.carrier.counts() {
        assert_eq!(times, 1, "{key} went out {times} times");
    }
}

/// All of that, and the journal decided again is the same.
pub(crate) fn holds_and_replays(world: &World) {
    holds(world);
    replays(world);
}

pub(crate) fn replays(world: &World) {
    let events = world.events();
    let count = events.len();
    let replayed = futures_lite::future::block_on(replay(&seller(), events, world.policies.clone())).unwrap();
    assert_eq!(replayed, Replayed::Same { events: count, cut: false });
}
