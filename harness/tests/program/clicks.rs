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

/// Programmes whose click says that somebody wants to book (`closed-loop/policies/doors.toml`).
const LEADS: [&str; 7] = [
    "mileage_due",
    "declined_recovery",
    "deferred_work",
    "first_service",
    "seasonal_offer",
    "tire_offer",
    "add_on_offer",
];

/// To the second, as text that sorts by time.
fn second(data: &Value, field: &str) -> String {
    text(&data[field]).chars().take(19).collect()
}

/// Cases a person clicked in, by programme and case, with the first such click: a follow-up's clicks belong to the case
/// it follows up.
fn clicked(events: &[Value]) -> BTreeMap<String, (String, String)> {
    let opened = events.iter().filter(|event| event["type"] == "case_opened");
    let programs: BTreeMap<String, String> =
        opened.map(|event| (text(&event["data"]["case"]), text(&event["data"]["program"]))).collect();
    let mut first: BTreeMap<String, (String, String)> = BTreeMap::new();
    for event in events.iter().filter(|event| event["type"] == "link_opened") {
        let data = &event["data"];
        if data["human_percent"].as_u64().unwrap() >= 50 {
            let case = text(&data["case"]);
            let case = case.strip_prefix("click_follow_up/").unwrap_or(&case).to_owned();
            let at = second(data, "occurred_at");
            let known = first.entry(case.clone()).or_insert_with(|| (programs[&case].clone(), at.clone()));
            known.1 = at.min(known.1.clone());
        }
    }
    first
}

/// Where a lead stands, from the events alone: `case` of `person`, who owned `vehicle` as `span`, and clicked at `click`.
fn stands(events: &[Value], opened: &Value, click: &str) -> &'static str {
    let case = text(&opened["case"]);
    let both = [case.clone(), format!("click_follow_up/{case}")];
    let of_both = |data: &Value| both.contains(&text(&data["case"]));
    let (vehicle, span, person) = (&opened["vehicle"], &opened["span"], &opened["person"]);
    let mut owner = (Value::Null, Value::Null);
    let mut points: BTreeSet<String> = BTreeSet::new();
    let mut appointments: BTreeMap<String, (String, &'static str, String, Value)> = BTreeMap::new();
    let mut orders: BTreeMap<String, (String, bool)> = BTreeMap::new();
    let mut strangers: BTreeSet<(String, String)> = BTreeSet::new();
    let (mut said, mut silent, mut replied) = (Vec::new(), false, String::new());
    let (mut ended, mut calls) = (BTreeSet::new(), BTreeSet::new());
    for event in events {
        let data = &event["data"];
        let of_car = data["vehicle"] == *vehicle;
        let when = || second(data, "occurred_at");
        match event["type"].as_str().unwrap() {
            "vehicle_recorded" if of_car => owner = (data["owner"].clone(), data["span"].clone()),
            "contact_linked" if data["person"] == *person => {
                points.insert(text(&data["contact"]));
            }
            kind @ ("appointment_set" | "appointment_shown" | "appointment_missed") if of_car => {
                let word = match kind {
                    "appointment_set" => "set",
                    "appointment_shown" => "shown",
                    _ => "fell",
                };
                let at = when();
                let starts = if word == "set" { second(data, "starts_at") } else { String::new() };
                let known = appointments.entry(text(&data["appointment"]));
                let known = known.or_insert_with(|| (at.clone(), word, starts.clone(), owner.1.clone()));
                if known.0 <= at {
                    let starts = if word == "set" { starts } else { known.2.clone() };
                    *known = (at, word, starts, known.3.clone());
                }
            }
            "ro_opened" if of_car => {
                orders.entry(text(&data["ro"])).or_insert_with(|| (when(), owner.1 == *span));
            }
            "ro_closed" if of_car => {
                let counts = !data["voided"].as_bool().unwrap() && data["span"] == *span;
                orders.insert(text(&data["ro"]), (second(data, "opened_at"), counts));
            }
            "reply_received" if data["label"] == "wrong_number" => {
                strangers.insert((text(&data["contact"]), text(&data["occurred_at"])));
            }
            "reply_received" if both.contains(&text(&data["touch"]["case"])) => replied = when().max(replied),
            "consent_revoked" => {
                let key = (text(&data["contact"]), text(&data["occurred_at"]));
                let lists = ["carrier", "copied", "dms_flag", "erasure", "wrong_number"];
                if !lists.contains(&data["source"].as_str().unwrap()) && !strangers.contains(&key) {
                    said.push((key.0, when()));
                }
            }
            "case_closed" if of_both(data) => {
                silent |= data["closure"] == "opted_out";
                ended.insert(text(&data["case"]));
            }
            "call_task_opened" if of_both(data) && second(event, "at").as_str() > click => {
                calls.insert(text(&data["touch"]));
            }
            "call_task_withdrawn" if of_both(data) => {
                calls.remove(&text(&data["touch"]));
            }
            _ => {}
        }
    }
    let open =
        events.iter().filter(|event| event["type"] == "case_opened" && of_both(&event["data"])).count();
    let his = appointments.values().filter(|known| known.3 == *span);
    let last = |word: &str| his.clone().filter(|known| known.1 == word).map(|known| known.0.clone()).max();
    let kept = last("shown").is_some_and(|at| at.as_str() > click);
    let fell = last("fell").filter(|at| at.as_str() > click).unwrap_or_default();
    let mut set = his.clone().filter(|known| known.1 == "set");
    match () {
        () if kept || orders.values().any(|(at, counts)| *counts && at.as_str() > click) => "came",
        () if silent && said.iter().any(|(point, at)| points.contains(point) && at.as_str() > click) => {
            "opted_out"
        }
        () if silent || owner != (person.clone(), span.clone()) => "leave_alone",
        () if set.any(|known| known.0.as_str() > click || known.2.as_str() > click) => "booked",
        () if replied.as_str() > click && replied > fell => "replied",
        () if ended.len() == open => "over",
        () if !calls.is_empty() => "call_listed",
        () => "waiting",
    }
}

/// When something became known of an appointment of a lead's car, after the click; and the end.
fn looks(events: &[Value]) -> BTreeSet<String> {
    let cars: BTreeMap<String, String> = clicked(events)
        .into_iter()
        .filter(|(_, (program, _))| LEADS.contains(&program.as_str()))
        .map(|(case, (_, at))| {
            let mut opened = events.iter().filter(|event| event["type"] == "case_opened");
            let of_case = opened.rfind(|event| event["data"]["case"] == case);
            (text(&of_case.unwrap()["data"]["vehicle"]), at)
        })
        .collect();
    let news = events.iter().filter(|event| text(&event["type"]).starts_with("appointment_"));
    let of_leads = news.filter(|event| {
        let click = cars.get(event["data"]["vehicle"].as_str().unwrap());
        click.is_some_and(|click| text(&event["at"]) > *click)
    });
    of_leads.chain(events.last()).map(|event| text(&event["at"])).collect()
}

#[test]
fn every_person_who_clicked_stands_there_once_with_what_was_tried_at_any_time() {
    let desk = Desk::new();
    desk.done("demo --vehicles 120 --days 150 --seed 3 --out d");
    let events = events(&desk);
    let mut seen = Seen::default();
    for instant in looks(&events) {
        let known = &events[..events.partition_point(|event| text(&event["at"]) <= instant)];
        let said = desk.done(&format!("clicks d/fixedops.db --as-of {instant} --json c.json --csv c.csv"));
        recounted(&desk, known, &mut seen);
        let leads = rows(&desk.path("c.csv"), COLUMNS).len();
        assert!(said.out.contains(&format!("Clicked by a person: {leads} ")), "{}", said.out);
    }
    desk.done("clicks d/fixedops.db --html c.html");
    assert!(desk.read("c.html").contains("<title>Click report</title>"));
    assert!(seen.others > 0, "a run without clicks in other messages shows little");
    assert!(seen.standings.contains("came") && seen.standings.len() > 4, "{:?}", seen.standings);
    assert!(
        !seen.missed.is_empty() && seen.booked_again > 0,
        "a no-show reopens a lead, and one set anew answers"
    );
}

/// What a run showed: places that leads stood in, leads that waited after a no-show, and those that were booked again.
#[derive(Default)]
struct Seen {
    others: u64,
    standings: BTreeSet<&'static str>,
    missed: BTreeSet<String>,
    booked_again: u64,
}

/// Counts the report again.
fn recounted(desk: &Desk, events: &[Value], seen: &mut Seen) {
    let report: Value = serde_json::from_str(&desk.read("c.json")).unwrap();
    let (first, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        clicked(events).into_iter().partition(|(_, (program, _))| LEADS.contains(&program.as_str()));
    let leads = report["rows"].as_array().unwrap();
    let found: BTreeMap<String, (String, String)> = leads
        .iter()
        .map(|row| (text(&row["case"]), (text(&row["reason"]["program"]), second(row, "clicked_at"))))
        .collect();
    assert_eq!(found, first);
    assert_eq!(leads.len(), first.len(), "each once");
    assert_eq!(report["events"], events.len());
    let mut apart: BTreeMap<String, u64> = BTreeMap::new();
    for (program, _) in others.values() {
        *apart.entry(program.clone()).or_default() += 1;
    }
    seen.others += apart.values().sum::<u64>();
    let told = report["others"].as_array().unwrap().iter();
    let told: BTreeMap<String, u64> =
        told.map(|other| (text(&other["program"]), other["cases"].as_u64().unwrap())).collect();
    assert_eq!(told, apart);
    let mut standings: BTreeMap<&str, u64> = BTreeMap::new();
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
        let mut opened = events.iter().filter(|event| event["type"] == "case_opened");
        let opened = &opened.rfind(|event| event["data"]["case"] == row["case"]).unwrap()["data"];
        assert_eq!(opened["person"], row["person"], "{case}");
        let standing = stands(events, opened, &first[&case].1);
        assert_eq!(row["standing"], standing, "{case}");
        *standings.entry(standing).or_default() += 1;
        if row["appointment"]["standing"] == "no_show" && ["waiting", "call_listed"].contains(&standing) {
            seen.missed.insert(case);
        } else if standing == "booked" && seen.missed.contains(&case) {
            seen.booked_again += 1;
        }
    }
    let sum = |of: &[&str]| of.iter().filter_map(|standing| standings.get(standing)).sum::<u64>();
    let figure = |id: &str| {
        let figures = report["figures"].as_array().unwrap();
        let found = figures.iter().find(|figure| figure["id"] == id).unwrap();
        let whole = if found["numerator"].is_null() { &found["value"] } else { &found["numerator"] };
        whole.as_str().map_or_else(|| whole.as_u64(), |text| text.parse().ok()).unwrap()
    };
    assert_eq!(figure("clicks.waiting"), sum(&["waiting", "call_listed"]));
    assert_eq!(figure("clicks.answered"), sum(&["replied", "booked", "came", "opted_out"]));
    assert_eq!(figure("clicks.other_programs"), apart.values().sum::<u64>());
    let table = rows(&desk.path("c.csv"), COLUMNS);
    let order: Vec<&str> = table.iter().map(|row| row[27].as_str()).collect();
    assert_eq!(order, leads.iter().map(|row| row["case"].as_str().unwrap()).collect::<Vec<_>>());
    let waits = |standing: &str| ["waiting", "call_listed"].contains(&standing);
    assert!(table.is_sorted_by(|one, other| waits(&one[0]) || !waits(&other[0])), "who waits stands first");
    seen.standings.extend(standings.into_keys());
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
    let csi = "score = \"4.4\"\nout_of = \"5\"\nanswers = 12\nas_of = 2027-04-01\nsource = \"survey\"\n";
    desk.put("csi.toml", csi);
    // What was measured later was not known on the day of the scorecard.
    let earlier = "scorecard d/fixedops.db --as-of 2027-03-31 --satisfaction csi.toml --json early.json";
    desk.refused("too late", earlier, 1, &["csi.toml", "as_of is 2027-04-01", "until 2027-03-31"]);
    assert!(!desk.names().contains(&"early.json".to_owned()));
    desk.done("scorecard d/fixedops.db --as-of 2027-04-01 --satisfaction csi.toml");
    desk.done("scorecard d/fixedops.db --satisfaction csi.toml --json s.json");
    let csi = serde_json::from_str::<Value>(&desk.read("s.json")).unwrap()["store"]["satisfaction"].clone();
    assert_eq!((&csi["value"], &csi["base"], &csi["small_base"]), (&"88.0".into(), &12.into(), &true.into()));
    assert_eq!(csi["source"], "survey, 4.4 of 5, 2027-04-01");
    for (text, says) in [
        ("score = \"6\"\nout_of = \"5\"\nanswers = 9\nas_of = 2027-04-01\nsource = \"s\"\n", "score is 6"),
        ("score = \"6\"\nout_of = \"0\"\nanswers = 9\nas_of = 2027-04-01\nsource = \"s\"\n", "out_of is 0"),
        ("score = \"4\"\nout_of = \"5\"\nanswers = 9\nas_of = 10:00:00\nsource = \"s\"\n", "as_of"),
        (
            "score = \"4\"\nout_of = \"5\"\nanswers = 9\nas_of = 2027-04-01\nsource = \" \"\n",
            "source is empty",
        ),
        ("score = \"4\"\nout_of = \"5\"\nanswers = 0\nas_of = 2027-04-01\nsource = \"s\"\n", "answers is 0"),
        ("score = \"4\"\nout_of = \"5\"\nas_of = 2027-04-01\nsource = \"s\"\n", "answers"),
        ("score = 4\n", "line 1"),
        ("stars = 4\n", "stars"),
    ] {
        desk.put("csi.toml", text);
        desk.refused(text, "scorecard d/fixedops.db --satisfaction csi.toml", 1, &["csi.toml", says]);
    }
    desk.put("p.toml", "version = \"mine/1\"\n");
    desk.refused("a policy", "scorecard d/fixedops.db --policy p.toml", 1, &["p.toml", "effective"]);
}
