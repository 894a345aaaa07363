//! Who was placed in an experiment, who is compared and who is not, counted again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{Card, Journal, text};

/// Days of what a household does, and those in which its last orders are closed: of closed-loop/policies/trial.toml.
fn days(program: &str) -> TimeDelta {
    TimeDelta::days(if program == "declined_recovery" { 150 } else { 90 } + 14)
}

fn at(event: &Value) -> DateTime<Utc> {
    event["at"].as_str().unwrap().parse().unwrap()
}

pub(super) fn recount(journal: &Journal, card: &Card) {
    let resolved = journal.last_by("crossing_resolved", "crossing");
    card.count("control.crossings", resolved.values().filter(|data| data["outcome"] == "control").count());
    card.base("control.crossings", resolved.len());
    card.count("control.touches", journal.of("touch_withheld").count());

    let mut seen = BTreeSet::new();
    let placed: Vec<&Value> = journal
        .of("household_placed")
        .filter(|event| {
            let place = &event["data"]["placement"];
            seen.insert((
                text(&place["program"]),
                place["season"].to_string(),
                text(&event["data"]["household"]),
            ))
        })
        .collect();
    let program = |event: &Value| text(&event["data"]["placement"]["program"]);
    let shares = |event: &Value| text(&event["data"]["placement"]["policy"]);
    // The last word of the journal on each programme.
    let last: BTreeMap<String, String> = placed.iter().map(|event| (program(event), shares(event))).collect();
    let now = |event: &&&Value| last[&program(event)] == shares(event);
    let over = |event: &&&Value| at(event) + days(&program(event)) <= at(journal.0.last().unwrap());
    card.count("control.placed", placed.len());
    let alone = placed.iter().filter(|event| event["data"]["placement"]["arm"] == "control");
    card.count("control.left_alone", alone.count());
    card.count("control.earlier", placed.iter().filter(|event| !now(event)).count());
    card.count("control.counted", placed.iter().filter(now).filter(over).count());
    for id in ["control.left_alone", "control.earlier", "control.counted"] {
        card.base(id, placed.len());
    }
    // The simulated store takes dollars alone: nothing can be left out.
    let lines = journal.data("ro_closed").flat_map(|data| data["lines"].as_array().unwrap());
    assert_eq!(lines.filter(|line| line["currency"] != "USD").count(), 0);
    card.count("control.other_currency", 0);
    card.base("control.other_currency", 0);
}
