//! Inspections, gates and photos, counted again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Card, Journal, closed, second, tally, text};

pub(super) fn recount(journal: &Journal, card: &Card) {
    let vehicles = journal.last_by("vehicle_recorded", "vehicle");
    let retail = |order: &&Value| {
        let record = vehicles.get(order["vehicle"].as_str().unwrap());
        record.is_some_and(|record| record["unit"] == "retail" && record["owner"].is_string())
    };
    let orders: BTreeSet<String> =
        closed(journal).iter().filter(|(_, order)| retail(order)).map(|(ro, _)| ro.clone()).collect();
    let of_orders = |kind: &str| -> BTreeSet<String> {
        journal.data(kind).map(|data| text(&data["ro"])).filter(|ro| orders.contains(ro)).collect()
    };
    let inspected = of_orders("inspection_completed");
    let mut word: BTreeMap<String, &str> = BTreeMap::new();
    for event in journal.0.iter().filter(|event| text(&event["type"]).starts_with("gate_")) {
        word.insert(text(&event["data"]["ro"]), event["type"].as_str().unwrap());
    }
    let last_word = |kind: &str| -> BTreeSet<String> {
        orders.iter().filter(|ro| word.get(*ro).is_some_and(|word| *word == kind)).cloned().collect()
    };
    let (exempted, passed) = (last_word("gate_exempted"), last_word("gate_passed").len());
    card.count("inspections.orders_closed", orders.len());
    card.count("inspections.inspected", inspected.len());
    card.count("inspections.passed", passed);
    card.count("inspections.blocked", of_orders("gate_blocked").len());
    card.count("inspections.exempted", exempted.len());
    let neither = orders.iter().filter(|ro| !inspected.contains(*ro) && !exempted.contains(*ro));
    card.count("inspections.without", neither.count());
    card.count("inspections.closed_held", last_word("gate_blocked").len());
    card.share("inspections.completion_rate", passed, orders.len());
    card.share("inspections.completion_rate_without_exempted", passed, orders.len() - exempted.len());

    // As sent in last: an older version that comes in late changes nothing.
    let mut last: BTreeMap<String, &Value> = BTreeMap::new();
    for data in journal.data("inspection_completed") {
        let known = last.entry(text(&data["ro"])).or_insert(data);
        if second(&data["occurred_at"]) >= second(&known["occurred_at"]) {
            *known = data;
        }
    }
    let findings: Vec<&Value> = inspected
        .iter()
        .flat_map(|ro| last[ro]["findings"].as_array().map(Vec::as_slice).unwrap_or_default())
        .collect();
    card.rows("inspections.findings", &tally(findings.iter().map(|finding| text(&finding["code"]))));
    let grave: Vec<_> =
        findings.iter().filter(|finding| finding["code"] == "red" || finding["code"] == "yellow").collect();
    let pictured = grave.iter().filter(|finding| finding["photos"].as_u64().unwrap() > 0).count();
    card.share("inspections.photos", pictured, grave.len());
    let codes = journal.last_by("gate_exempted", "ro");
    card.rows("inspections.exemptions", &tally(exempted.iter().map(|ro| text(&codes[ro]["code"]))));

    // The link of an inspection, within five minutes of its completion.
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    for event in journal.of("touch_sent").filter(|e| e["data"]["program"] == "inspection_delivery") {
        let at = first.entry(text(&event["data"]["case"])).or_insert_with(|| text(&event["at"]));
        *at = text(&event["at"]).min(at.clone());
    }
    let completed: BTreeMap<String, &Value> = journal
        .data("inspection_completed")
        .map(|data| {
            let (vehicle, inspection) = (text(&data["vehicle"]), text(&data["inspection"]));
            (format!("inspection_delivery/{vehicle}/{inspection}"), &data["occurred_at"])
        })
        .collect();
    let instant = |at: &str| chrono::DateTime::parse_from_rfc3339(at).unwrap();
    let in_time = first.iter().filter(|(case, at)| {
        let done = completed[*case].as_str().unwrap();
        instant(at) - instant(done) <= chrono::TimeDelta::minutes(5)
    });
    card.count("inspections.links", first.len());
    card.share("inspections.links_in_time", in_time.count(), first.len());

    // What was offered at a price, and never answered.
    let mut answered = BTreeSet::new();
    for kind in ["line_approved", "line_declined", "line_deferred"] {
        answered.extend(journal.data(kind).map(|data| (text(&data["ro"]), text(&data["finding"]))));
    }
    let offered: BTreeMap<_, _> = last
        .iter()
        .flat_map(|(ro, data)| data["findings"].as_array().unwrap().iter().map(move |finding| (ro, finding)))
        .filter(|(_, finding)| !finding["price"].is_null() && finding["code"] != "green")
        .map(|(ro, finding)| ((ro.clone(), text(&finding["id"])), finding))
        .collect();
    card.count("declined.never_answered", offered.keys().filter(|place| !answered.contains(*place)).count());
    card.base("declined.never_answered", offered.len());
}

/// How often customers said yes, to what stood above the fold and to the rest.
pub(super) fn acceptance_by_rank<'a>(
    journal: &Journal,
    card: &Card,
    answers: impl Iterator<Item = (&'a (String, String), &'a str)>,
) {
    let ranked = journal.last_by("inspection_ranked", "ro");
    let mut finding: BTreeMap<(String, String), String> = BTreeMap::new();
    for event in journal.0.iter() {
        let (data, kind) = (&event["data"], event["type"].as_str().unwrap());
        if !["line_declined", "line_approved", "line_deferred"].contains(&kind) {
            continue;
        }
        let told = &data["finding"];
        if told.is_string() {
            finding.insert((text(&data["ro"]), text(&data["line"])), text(told));
        }
    }
    let mut counts = [(0, 0); 2];
    for (place, word) in answers {
        let (Some(ranking), Some(finding)) = (ranked.get(&place.0), finding.get(place)) else { continue };
        let order = ranking["findings"].as_array().unwrap();
        let Some(rank) = order.iter().position(|known| known["finding"] == finding.as_str()) else {
            continue;
        };
        let below = usize::from(rank as u64 >= ranking["fold"].as_u64().unwrap());
        counts[below].0 += usize::from(word == "line_approved");
        counts[below].1 += 1;
    }
    assert!(counts.iter().all(|(_, all)| *all > 0), "the store answers on both sides of the fold");
    card.share("inspections.acceptance_above_fold", counts[0].0, counts[0].1);
    card.share("inspections.acceptance_additional", counts[1].0, counts[1].1);
}
