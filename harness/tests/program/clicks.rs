//! The click report and the scorecard of a store, counted again from its journal file by other means.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{Desk, rows};

const DEMO: &str = "demo --vehicles 40 --days 150 --seed 3 --out d";
const COLUMNS: &str = "standing,answered,customer,contact,vehicle,vehicle_name,program,services,declined,reason,due_miles,due_on,miles_p10,miles_p50,miles_p90,miles_basis,miles_last_capture,clicked_at,clicks,human_percent,sent,calls_listed,not_by_telephone,appointment_set_at,appointment_standing,came_at,reply,case,ended";

fn events(desk: &Desk) -> Vec<Value> {
    desk.read("d/journal.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Cases a person clicked in, with the first such click: a follow-up's clicks belong to the case it follows up.
fn clicked(events: &[Value]) -> BTreeMap<String, String> {
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    for event in events.iter().filter(|event| event["type"] == "link_opened") {
        let data = &event["data"];
        if data["human_percent"].as_u64().unwrap() >= 50 {
            let at = text(&data["occurred_at"])[..19].to_owned();
            let known = first.entry(text(&data["case"])).or_insert_with(|| at.clone());
            *known = at.min(known.clone());
        }
    }
    let cases: BTreeSet<String> = first.keys().cloned().collect();
    first.retain(|case, _| {
        let followed = case.strip_prefix("click_follow_up/");
        followed.is_none_or(|case| !cases.contains(case))
    });
    first
}

#[test]
fn every_person_who_clicked_stands_there_once_with_what_was_tried() {
    let desk = Desk::new();
    desk.done(DEMO);
    let said = desk.done("clicks d/fixedops.db --json c.json --csv c.csv --html c.html");
    let report: Value = serde_json::from_str(&desk.read("c.json")).unwrap();
    let events = events(&desk);
    let first = clicked(&events);
    assert!(first.len() > 5, "a run without clicks shows little");
    let leads = report["rows"].as_array().unwrap();
    let found: BTreeMap<String, String> =
        leads.iter().map(|row| (text(&row["case"]), text(&row["clicked_at"])[..19].to_owned())).collect();
    assert_eq!(found, first);
    assert_eq!(leads.len(), first.len(), "each once");
    assert_eq!(report["events"], events.len());
    for row in leads {
        let case = text(&row["case"]);
        let ours = |event: &&Value| {
            let of = text(&event["data"]["case"]);
            of == case || of == format!("click_follow_up/{case}")
        };
        let count = |kind: &str| events.iter().filter(|event| event["type"] == kind).filter(ours).count();
        let sent: BTreeSet<(String, String)> = events
            .iter()
            .filter(|event| event["type"] == "touch_sent")
            .filter(ours)
            .map(|event| (text(&event["data"]["case"]), text(&event["data"]["touch"])))
            .collect();
        assert_eq!(row["tried"].as_array().unwrap().len(), sent.len(), "{case}");
        assert_eq!(row["calls"].as_array().unwrap().len(), count("call_task_opened"), "{case}");
        // An appointment of the car set after the click, or still to come then and not called off.
        let clicked_at = &first[&case];
        let mut made: BTreeMap<String, (String, String, String)> = BTreeMap::new();
        for event in events.iter().filter(|event| event["data"]["vehicle"] == row["vehicle"]) {
            let data = &event["data"];
            let cut = |field: &str| text(&data[field]).chars().take(19).collect::<String>();
            match event["type"].as_str().unwrap() {
                "appointment_set" => {
                    let known = made.entry(text(&data["appointment"]));
                    let known = known.or_insert_with(|| (cut("occurred_at"), String::new(), String::new()));
                    (known.1, known.2) = (cut("starts_at"), "set".to_owned());
                }
                "appointment_missed" => {
                    made.get_mut(data["appointment"].as_str().unwrap()).unwrap().2 = text(&data["status"])
                }
                "appointment_shown" => {
                    made.get_mut(data["appointment"].as_str().unwrap()).unwrap().2 = "shown".to_owned()
                }
                _ => {}
            }
        }
        let counts = made
            .values()
            .any(|(set, starts, status)| set > clicked_at || (starts > clicked_at && status != "cancelled"));
        assert_eq!(row["appointment"].is_object(), counts, "{case}");
        let opened = events.iter().find(|event| event["type"] == "case_opened").filter(ours);
        assert!(opened.is_none_or(|opened| opened["data"]["person"] == row["person"]), "{case}");
    }
    let table = rows(&desk.path("c.csv"), COLUMNS);
    let order: Vec<&str> = table.iter().map(|row| row[27].as_str()).collect();
    assert_eq!(order, leads.iter().map(|row| row["case"].as_str().unwrap()).collect::<Vec<_>>());
    let waits = |standing: &str| ["waiting", "call_listed"].contains(&standing);
    assert!(table.is_sorted_by(|one, other| waits(&one[0]) || !waits(&other[0])), "who waits stands first");
    assert!(said.out.contains(&format!("Clicked by a person: {}", leads.len())), "{}", said.out);
    assert!(desk.read("c.html").contains("<title>Click report</title>"));
}

#[test]
fn it_names_nobody_and_an_earlier_day_knows_nothing_of_what_came_later() {
    let desk = Desk::new();
    desk.done(DEMO);
    desk.done("clicks d/fixedops.db --json c.json --csv c.csv --html c.html");
    for name in ["c.json", "c.csv", "c.html"] {
        let all = desk.read(name);
        for secret in ["+1", "@mail.example", "555-01"] {
            assert!(!all.contains(secret), "{secret} is in {name}");
        }
    }
    let events = events(&desk);
    let day = text(&events[events.len() / 2]["at"])[..10].to_owned();
    desk.done(&format!("clicks d/fixedops.db --as-of {day} --json then.json"));
    let then: Value = serde_json::from_str(&desk.read("then.json")).unwrap();
    let known = events.iter().filter(|event| text(&event["at"]) < format!("{day}T00:00:00.001Z")).count();
    assert_eq!(then["events"], known);
    for row in then["rows"].as_array().unwrap() {
        assert!(text(&row["clicked_at"])[..10] <= day[..], "{row}");
    }
    // The same store gives the same bytes.
    desk.done("clicks d/fixedops.db --json again.json");
    assert!(desk.bytes("c.json") == desk.bytes("again.json"));
}

#[test]
fn a_scorecard_counted_again_is_that_of_the_run_and_takes_in_what_no_event_tells() {
    let desk = Desk::new();
    desk.done(DEMO);
    desk.done("scorecard d/fixedops.db --json s.json --html s.html");
    let (run, again): (Value, Value) = (
        serde_json::from_str(&desk.read("d/scorecard.json")).unwrap(),
        serde_json::from_str(&desk.read("s.json")).unwrap(),
    );
    for (section, value) in run.as_object().unwrap() {
        // The run alone knows the true odometers.
        if !["mileage", "relevance", "headlines", "hints"].contains(&section.as_str()) {
            assert_eq!(value, &again[section], "{section}");
        }
    }
    assert_eq!(again["store"]["satisfaction"]["value"], Value::Null);
    desk.put(
        "csi.toml",
        "score = \"4.4\"\nout_of = \"5\"\nanswers = 12\nas_of = 2027-05-01\nsource = \"survey\"\n",
    );
    desk.done("scorecard d/fixedops.db --satisfaction csi.toml --json s.json");
    let csi = serde_json::from_str::<Value>(&desk.read("s.json")).unwrap()["store"]["satisfaction"].clone();
    assert_eq!((&csi["value"], &csi["base"], &csi["small_base"]), (&"88.0".into(), &12.into(), &true.into()));
    assert_eq!(csi["source"], "survey, 4.4 of 5, 2027-05-01");
    for (text, says) in [
        ("score = \"6\"\nout_of = \"5\"\nas_of = 2027-05-01\nsource = \"s\"\n", "score is 6"),
        ("score = \"6\"\nout_of = \"0\"\nas_of = 2027-05-01\nsource = \"s\"\n", "out_of is 0"),
        ("score = \"4\"\nout_of = \"5\"\nas_of = 10:00:00\nsource = \"s\"\n", "as_of"),
        ("score = \"4\"\nout_of = \"5\"\nas_of = 2027-05-01\nsource = \" \"\n", "source is empty"),
        ("score = 4\n", "line 1"),
        ("stars = 4\n", "stars"),
    ] {
        desk.put("csi.toml", text);
        desk.refused(text, "scorecard d/fixedops.db --satisfaction csi.toml", 1, &["csi.toml", says]);
    }
    desk.put("p.toml", "version = \"mine/1\"\n");
    desk.refused("a policy", "scorecard d/fixedops.db --policy p.toml", 1, &["p.toml", "effective"]);
}

#[test]
fn a_wrong_call_a_missing_store_and_a_wrong_policy_are_told_apart() {
    let desk = Desk::with(&[("t", "text"), ("doors.toml", "version = \"mine/1\"\n")]);
    desk.done("demo --vehicles 2 --days 3 --out d");
    desk.done("simulate --rooftops 2 --vehicles 2 --days 2 --seed 1 --out two");
    for command in ["clicks", "scorecard"] {
        let call = |rest: &str| format!("{command} {rest}");
        desk.refused("no store", command, 2, &["STORE"]);
        desk.refused("none there", &call("nowhere.db"), 1, &["nowhere.db"]);
        desk.refused("a text", &call("t"), 1, &[]);
        desk.refused("a day", &call("d/fixedops.db --as-of yesterday"), 2, &["not a time"]);
        desk.refused("nobody", &call("d/fixedops.db --seller north"), 2, &["no seller north"]);
        desk.refused("which", &call("two/fixedops.db"), 2, &["several sellers", "--seller"]);
        desk.refused("a folder for a file", &call("d/fixedops.db --json d"), 2, &[]);
    }
    desk.refused("a policy", "clicks d/fixedops.db --doors doors.toml", 1, &["doors.toml", "effective"]);
    desk.refused("no policy", "clicks d/fixedops.db --doors none.toml", 1, &["none.toml"]);
}
