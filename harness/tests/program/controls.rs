//! `simulate --controls`: a store that has experiments switched on, and what its scorecard says of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::Desk;

const SHARES: &str = "version = \"controls/test\"\n\
    [season_months]\nvalue = 12\nsource = \"one season for the whole run\"\n\
    [first_month]\nvalue = 12\nsource = \"the run begins on the first of December\"\n\
    [[programme]]\nprogram = \"mileage_due\"\ncontrol_percent = 30\nsource = \"test\"\n\
    plans = { \"mileage_due/2\" = 50, \"mileage_due_calendar/1\" = 50 }\n";
const CALL: &str = "simulate --controls c.toml --vehicles 40 --days 130 --seed 3 --out o";

fn events(journal: &str) -> Vec<Value> {
    journal.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// On which side of a comparison a household with this place stands.
fn sides(placement: &Value) -> Vec<String> {
    if placement["arm"] == "control" {
        return vec!["those left alone".to_owned()];
    }
    let plan = placement["plan"].as_str().map(|plan| format!("those on {plan}"));
    std::iter::once("those written to".to_owned()).chain(plan).collect()
}

#[test]
fn a_store_with_shares_has_its_comparisons_with_their_bases_on_the_scorecard() {
    let desk = Desk::with(&[("c.toml", SHARES)]);
    desk.done(CALL);
    desk.done("scorecard o/fixedops.db --json card.json");
    let events = events(&desk.read("o/journal.jsonl"));
    let at = |event: &Value| event["at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let as_of = at(events.last().unwrap());

    // Placed, and counted when 90 days and the 14 in which their last orders are closed are over: told by the journal itself.
    let mut told: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for event in events.iter().filter(|event| event["type"] == "household_placed") {
        let placement = &event["data"]["placement"];
        assert_eq!(
            (&placement["program"], &placement["policy"]),
            (&"mileage_due".into(), &"controls/test".into())
        );
        let over = at(event) + TimeDelta::days(90 + 14) <= as_of;
        for side in sides(placement) {
            let [placed, counted] = told.entry(side).or_default();
            (*placed, *counted) = (*placed + 1, *counted + u64::from(over));
        }
    }
    let names =
        ["those left alone", "those on mileage_due/2", "those on mileage_due_calendar/1", "those written to"];
    assert_eq!(told.keys().collect::<Vec<_>>(), names);
    assert!(told.values().all(|[placed, counted]| *placed > 0 && counted <= placed), "{told:?}");
    assert!(told.values().any(|[_, counted]| *counted > 0), "{told:?}");

    let card: Value = serde_json::from_str(&desk.read("card.json")).unwrap();
    let lift = card["control"]["lift"].as_array().unwrap();
    let mut shown = BTreeSet::new();
    for row in lift {
        let [one, other] = ["one", "other"].map(|side| row[side].as_str().unwrap());
        shown.insert((one.to_owned(), other.to_owned()));
        for (place, side) in [one, other].into_iter().enumerate() {
            let [placed, counted] = told[side];
            assert_eq!(
                (&row["placed"][place], &row["counted"][place]),
                (&placed.into(), &counted.into()),
                "{row}"
            );
        }
        // Of so few cars no number is shown, and what is lacking is said.
        assert!(
            row["estimate"].is_null() && row["says"].as_str().unwrap().contains("cannot say yet"),
            "{row}"
        );
    }
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    let [alone, mileage, calendar, spoken] = names;
    assert_eq!(
        shown.into_iter().collect::<Vec<_>>(),
        [pair(mileage, alone), pair(mileage, calendar), pair(calendar, alone), pair(spoken, alone)]
    );
    assert_eq!(lift.len(), 4 * 3, "each by visits, dollars and opt-outs");

    // Both timings open cases, and nobody who is left alone hears of his.
    let mut control = BTreeSet::new();
    let mut plans: BTreeMap<&str, u32> = BTreeMap::new();
    for event in events.iter().filter(|event| event["type"] == "case_opened") {
        let data = &event["data"];
        *plans.entry(data["plan"].as_str().unwrap()).or_default() += 1;
        if data["placement"]["arm"] == "control" {
            control.insert(data["case"].as_str().unwrap());
        }
    }
    assert!(plans["mileage_due/2"] > 5 && plans["mileage_due_calendar/1"] > 5, "{plans:?}");
    let touches = |name: &str| -> Vec<&str> {
        let those = events.iter().filter(|event| event["type"] == name);
        those.map(|event| event["data"]["case"].as_str().unwrap()).collect()
    };
    assert!(touches("touch_withheld").iter().any(|case| control.contains(case)));
    assert!(touches("touch_sent").iter().all(|case| !control.contains(case)));
    let named = &events.iter().find(|event| event["type"] == "simulation_started").unwrap()["data"]["world"];
    assert!(named.as_str().unwrap().contains(", controls controls/test "), "{named}");
}

#[test]
fn a_run_with_shares_is_gone_on_with_and_decided_again_by_the_same_shares_only() {
    let desk = Desk::with(&[("c.toml", SHARES), ("d.toml", &SHARES.replace("= 30", "= 31"))]);
    let small = CALL.replace("40", "6").replace("130", "60");
    desk.done(&small);
    let journal = desk.bytes("o/journal.jsonl");
    desk.done(&small);
    desk.refused("other shares", &small.replace("c.toml", "d.toml"), 2, &["controls/test", "asked for"]);
    desk.refused("no shares", &small.replace("--controls c.toml ", ""), 2, &["controls/test"]);
    assert!(journal == desk.bytes("o/journal.jsonl"));
    desk.done("journal verify o/journal.jsonl");
    desk.done("journal replay o/journal.jsonl --controls c.toml");
    desk.done(&format!("{small} --out p").replace("--out o ", ""));
    assert!(journal == desk.bytes("p/journal.jsonl"), "who is placed where follows from the seed");
}

#[test]
fn shares_that_cannot_be_are_exit_2_and_nothing_is_written() {
    let recall = SHARES.replace("\"mileage_due\"", "\"recall\"").replace("plans", "# plans");
    let plan = SHARES.replace("mileage_due_calendar/1", "mileage_due_calendar/9");
    let desk = Desk::with(&[("c.toml", SHARES), ("recall.toml", &recall), ("plan.toml", &plan)]);
    for (case, call, says) in [
        ("a recall", "simulate --controls recall.toml --vehicles 5 --days 20 --out o", "recall"),
        (
            "a plan nobody has",
            "simulate --controls plan.toml --vehicles 5 --days 20 --out o",
            "mileage_due_calendar/9",
        ),
        ("no such file", "simulate --controls none.toml --vehicles 5 --days 20 --out o", "none.toml"),
        ("no run", "simulate --controls c.toml --seeds 2", "--out"),
        ("lift", "simulate --controls c.toml --lift", "--lift"),
        ("plans", "simulate --controls c.toml --compare-plans --out o", "--compare-plans"),
        ("inspections", "simulate --controls c.toml --inspections --out o", "--inspections"),
        ("a replay by a recall", "journal replay c.toml --controls recall.toml", "recall"),
    ] {
        desk.refused(case, call, 2, &[says]);
    }
    assert_eq!(desk.names(), ["c.toml", "plan.toml", "recall.toml"]);
}
