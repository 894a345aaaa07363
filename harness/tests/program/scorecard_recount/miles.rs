//! Early or late against the true odometer, and what stands beside the mileage, counted again.

use std::collections::{BTreeMap, BTreeSet};

use super::{Card, Journal, instant, second, tally, text};

/// Days after the journal began and miles, in order.
type Course = Vec<(f64, f64)>;

fn courses(journal: &Journal) -> BTreeMap<String, Course> {
    let mut courses = BTreeMap::new();
    for store in journal.1.as_object().unwrap().values() {
        for car in store["vehicles"].as_array().unwrap() {
            let points = car["odometer"].as_array().unwrap().iter();
            let course = points.map(|point| (point[0].as_f64().unwrap(), point[1].as_f64().unwrap() / 10.0));
            courses.insert(text(&car["vehicle"]), course.collect());
        }
    }
    courses
}

/// The day a car reached a mile: by halving, on the straight line between the points.
fn reached(course: &Course, miles: f64) -> Option<f64> {
    let (first, last) = (course.first()?, course.last()?);
    if miles <= first.1 || miles > last.1 {
        return None;
    }
    let (mut low, mut high) = (first.0, last.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if at(course, middle).unwrap() < miles { low = middle } else { high = middle }
    }
    Some(high)
}

fn at(course: &Course, day: f64) -> Option<f64> {
    course.windows(2).find(|pair| pair[0].0 <= day && day <= pair[1].0).map(|pair| {
        let share = (day - pair[0].0) / (pair[1].0 - pair[0].0);
        pair[0].1 + share * (pair[1].1 - pair[0].1)
    })
}

pub(super) fn recount(journal: &Journal, card: &Card, sent: &BTreeMap<(String, String), String>) {
    let courses = courses(journal);
    let start: BTreeSet<String> =
        journal.1.as_object().unwrap().values().map(|store| second(&store["start"])).collect();
    let start = start.first().unwrap();
    let days = |when: &str| (instant(when) - instant(start)).as_seconds_f64() / 86_400.0;
    let cases = journal.last_by("case_opened", "case");
    let crossed: BTreeMap<String, _> =
        journal.of("threshold_crossed").map(|event| (text(&event["data"]["crossing"]), event)).collect();
    let mut touches: BTreeMap<&String, Vec<f64>> = BTreeMap::new();
    for ((case, _), when) in sent {
        touches.entry(case).or_default().push(days(when));
    }
    let (mut considered, mut backlog, mut not_reached, mut unknown) = (0, 0, 0, 0);
    let (mut first, mut every) = (Vec::new(), Vec::new());
    let (mut first_miles, mut every_miles) = (Vec::new(), Vec::new());
    for (case, mut went) in touches {
        went.sort_by(f64::total_cmp);
        let Some(event) = cases[case]["crossing"].as_str().map(|crossing| crossed[crossing]) else {
            continue;
        };
        let data = &event["data"];
        if data["leg"] != "distance" || data["due_miles"].is_null() {
            continue;
        }
        let due: f64 = data["due_miles"].as_str().unwrap().parse().unwrap();
        considered += 1;
        if instant(&second(&event["at"])) < instant(&journal.first_at()[..19]) + chrono::TimeDelta::hours(24)
        {
            backlog += 1;
            continue;
        }
        let course = &courses[cases[case]["vehicle"].as_str().unwrap()];
        match reached(course, due) {
            Some(day) => {
                first.push(went[0] - day);
                first_miles.extend(at(course, went[0]).map(|miles| miles - due));
                every.extend(went.iter().map(|at| at - day));
                every_miles.extend(went.iter().filter_map(|day| at(course, *day)).map(|miles| miles - due));
            }
            None if course.last().is_some_and(|last| last.1 < due) => not_reached += 1,
            None => unknown += 1,
        }
    }
    card.count("relevance.considered", considered);
    card.count("relevance.backlog", backlog);
    card.count("relevance.reached", first.len());
    card.count("relevance.not_reached", not_reached);
    card.count("relevance.unknown", unknown);
    for (key, days, miles) in [("first_touch", first, first_miles), ("every_touch", every, every_miles)] {
        let id = |figure: &str| format!("relevance.{key}.{figure}");
        let within = |values: &[f64], limit: f64| values.iter().filter(|value| value.abs() <= limit).count();
        card.share(&id("within_days"), within(&days, 30.0), days.len());
        card.share(&id("within_miles"), within(&miles, 500.0), miles.len());
        card.median(&id("median_abs_days"), days.iter().map(|days| days.abs()).collect());
        card.median(&id("median_days"), days);
        card.median(&id("median_miles"), miles);
    }

    if cases.values().any(|case| case["plan"] == "mileage_due_calendar/1") {
        recount_calendar_plan(journal, card, sent, &courses);
    }

    // Each reading once, whatever the model thought of it; of each car in play what was last said.
    let read: BTreeSet<(String, String, String)> = journal
        .data("reading_recorded")
        .map(|data| (text(&data["vehicle"]), second(&data["occurred_at"]), data["odometer"].to_string()))
        .collect();
    card.base("mileage.readings", read.len());
    let mut basis = BTreeMap::new();
    for event in journal.of("vehicle_assessed") {
        let car = event["stream"].as_str().unwrap().rsplit('/').next().unwrap();
        let said = &event["data"]["mileage"];
        let word = if said.is_string() { text(said) } else { text(&said["basis"]) };
        basis.insert(car.to_owned(), word);
    }
    let recorded = journal.last_by("vehicle_recorded", "vehicle");
    let in_play = recorded.iter().filter(|(_, data)| data["unit"] == "retail" && data["owner"].is_string());
    let never = "never_assessed".to_owned();
    card.rows("mileage.basis_now", &tally(in_play.map(|(car, _)| basis.get(car).unwrap_or(&never).clone())));
    // What was said before a reading is the model's own: its parts make the whole.
    let said = |key: &str| -> u64 {
        card.figure(&format!("mileage.{key}.said"))["value"].as_str().unwrap().parse().unwrap()
    };
    let by = |keys: &[&str]| keys.iter().map(|key| said(key)).sum::<u64>();
    assert_eq!(by(&["read", "gps", "estimated"]), said("all"));
    assert_eq!(by(&["0-30", "30-90", "90-180", "180-365", "365-"]), said("all"));
}

/// Miles of the intervals of the shipped schedule, as far as the simulated store does them.
const INTERVALS: [(&str, f64); 5] = [
    ("oil_service", 7_500.0),
    ("tire_rotation", 7_500.0),
    ("multi_point_inspection", 15_000.0),
    ("cabin_air_filter", 20_000.0),
    ("engine_air_filter", 30_000.0),
];

/// The messages of the plan that the calendar times, against the mile at which the interval ends: counted from the odometer at
/// the last service, as the journal has it.
fn recount_calendar_plan(
    journal: &Journal,
    card: &Card,
    sent: &BTreeMap<(String, String), String>,
    courses: &BTreeMap<String, Course>,
) {
    let start = journal.1.as_object().unwrap().values().map(|store| second(&store["start"])).min().unwrap();
    let days = |when: &str| (instant(when) - instant(&start)).as_seconds_f64() / 86_400.0;
    let cases = journal.last_by("case_opened", "case");
    let vehicles = journal.last_by("vehicle_recorded", "vehicle");
    let mut miles_at: BTreeMap<(String, String, String), f64> = BTreeMap::new();
    for event in journal.of("service_recorded").filter(|event| event["data"]["odometer"].is_object()) {
        let (data, car) = (&event["data"], event["stream"].as_str().unwrap().rsplit('/').next().unwrap());
        assert_eq!(data["odometer"]["unit"], "mi");
        let miles = data["odometer"]["thousandths"].as_f64().unwrap() / 1_000.0;
        miles_at.insert((car.to_owned(), text(&data["service"]), second(&data["occurred_at"])), miles);
    }
    let (mut considered, mut backlog, mut not_reached, mut unknown) = (0, 0, 0, 0);
    let [mut first, mut every, mut first_miles, mut every_miles] = [const { Vec::new() }; 4];
    for event in journal.of("threshold_crossed") {
        let data = &event["data"];
        let by_plan =
            data["policies"].as_array().unwrap().iter().any(|name| *name == "mileage_due_calendar/1");
        let case = journal.case_of_crossing(data["crossing"].as_str().unwrap());
        let ours = cases.get(&case).is_some_and(|opened| opened["crossing"] == data["crossing"]);
        let mut went: Vec<f64> =
            sent.iter().filter(|((of, _), _)| *of == case).map(|(_, when)| days(when)).collect();
        went.sort_by(f64::total_cmp);
        if data["leg"] != "time" || !by_plan || !ours || went.is_empty() {
            continue;
        }
        considered += 1;
        if instant(&second(&event["at"])) < instant(&journal.first_at()[..19]) + chrono::TimeDelta::hours(24)
        {
            backlog += 1;
            continue;
        }
        let (car, service, from) =
            (text(&data["vehicle"]), text(&data["service"]), second(&data["counted_from"]));
        let interval = INTERVALS.iter().find(|(name, _)| *name == service).unwrap().1;
        let delivered = vehicles[&car]["delivered_on"].as_str().map(|day| format!("{day}T00:00:00"));
        let counted_from = miles_at.get(&(car.clone(), service, from.clone())).copied();
        let counted_from = counted_from.or_else(|| (delivered == Some(from)).then_some(0.0));
        let Some(due) = counted_from.map(|miles| miles + interval) else {
            unknown += 1;
            continue;
        };
        let course = &courses[&car];
        match reached(course, due) {
            Some(day) => {
                first.push(went[0] - day);
                first_miles.extend(at(course, went[0]).map(|miles| miles - due));
                every.extend(went.iter().map(|at| at - day));
                every_miles.extend(went.iter().filter_map(|day| at(course, *day)).map(|miles| miles - due));
            }
            None if course.last().is_some_and(|last| last.1 < due) => not_reached += 1,
            None => unknown += 1,
        }
    }
    card.count("relevance.calendar_plan_considered", considered);
    card.count("relevance.calendar_plan_backlog", backlog);
    card.count("relevance.calendar_plan_reached", first.len());
    card.count("relevance.calendar_plan_not_reached", not_reached);
    card.count("relevance.calendar_plan_unknown", unknown);
    for (key, days, miles) in
        [("calendar_plan_first", first, first_miles), ("calendar_plan_every", every, every_miles)]
    {
        let id = |figure: &str| format!("relevance.{key}.{figure}");
        let within = |values: &[f64], limit: f64| values.iter().filter(|value| value.abs() <= limit).count();
        card.share(&id("within_days"), within(&days, 30.0), days.len());
        card.share(&id("within_miles"), within(&miles, 500.0), miles.len());
        card.median(&id("median_abs_days"), days.iter().map(|days| days.abs()).collect());
        card.median(&id("median_days"), days);
        card.median(&id("median_miles"), miles);
    }
}
