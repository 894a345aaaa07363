//! What leadership asks for: orders before and after, thirds, acceptance of what was presented, weeks with targets.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{Card, Journal, cents, closed, customer_pay, instant, second, text};

type When = BTreeMap<(String, String), String>;

fn seconds(value: &Value) -> DateTime<Utc> {
    instant(&second(value))
}

/// Cents of a mean, half away from zero; none of nothing.
fn mean(values: &[i64]) -> Option<i64> {
    let n = i64::try_from(values.len()).unwrap();
    (n > 0).then(|| (values.iter().sum::<i64>() * 2 + n) / (n * 2))
}

fn is_mean(card: &Card, id: &str, values: &[i64]) {
    card.base(id, values.len());
    match mean(values) {
        Some(mean) => card.cents(id, mean),
        None => assert_eq!(card.figure(id)["value"], Value::Null, "{id}: no mean of nothing"),
    }
}

pub(super) fn recount(journal: &Journal, card: &Card, sent: &When) {
    orders(journal, card, sent);
    thirds(journal, card, sent);
    presented(journal, card);
    milestones(journal, card, sent);
    own_worth(card);
    assert_eq!(card.figure("store.satisfaction")["value"], Value::Null, "nobody handed it in");
    assert_eq!(card.figure("messages.opened")["value"], Value::Null, "nobody tells");
}

/// Customer-pay orders of the year before the first event.
fn before(journal: &Journal) -> Vec<i64> {
    let from = instant(&journal.first_at()[..19]);
    let all = journal.last_by("ro_closed", "ro");
    let earlier = all.values().filter(|order| {
        let at = seconds(&order["occurred_at"]);
        order["voided"] != true && at < from && at >= from - TimeDelta::days(365)
    });
    earlier.filter_map(|order| customer_pay(order)).collect()
}

fn orders(journal: &Journal, card: &Card, sent: &When) {
    let before = before(journal);
    is_mean(card, "store.mean_order_before", &before);
    let cases = journal.last_by("case_opened", "case");
    let mut written: BTreeMap<String, Vec<DateTime<Utc>>> = BTreeMap::new();
    // A reminder, the link of an inspection, a question or a recall asks nobody in for work.
    let marketing: BTreeSet<(String, String)> = journal
        .data("touch_sent")
        .filter(|data| data["purpose"] == "marketing")
        .map(|data| (text(&data["case"]), text(&data["touch"])))
        .collect();
    assert!(marketing.len() < sent.len(), "a run without other messages shows little");
    for (touch, at) in sent.iter().filter(|(touch, _)| marketing.contains(*touch)) {
        written.entry(text(&cases[&touch.0]["vehicle"])).or_default().push(instant(at));
    }
    let orders = closed(journal);
    let (mut contacted, mut others) = (Vec::new(), Vec::new());
    for order in orders.values() {
        let Some(paid) = customer_pay(order) else { continue };
        let opened = seconds(&order["opened_at"]);
        let near = |at: &DateTime<Utc>| *at < opened && opened - *at <= TimeDelta::days(90);
        let known = written.get(order["vehicle"].as_str().unwrap());
        if known.is_some_and(|times| times.iter().any(near)) {
            contacted.push(paid);
        } else {
            others.push(paid);
        }
    }
    is_mean(card, "store.mean_order_contacted", &contacted);
    is_mean(card, "store.mean_order_not_contacted", &others);
    let now: Vec<i64> = contacted.into_iter().chain(others).collect();
    lift(card, "store.order_lift", &now, &before);
}

/// How much larger the one mean is than the other, in percent to the tenth.
fn lift(card: &Card, id: &str, now: &[i64], before: &[i64]) {
    card.base(id, now.len().min(before.len()));
    if now.is_empty() || before.is_empty() {
        assert_eq!(card.figure(id)["value"], Value::Null, "{id}");
        return;
    }
    let of = |values: &[i64]| values.iter().sum::<i64>() as f64 / values.len() as f64;
    let percent = (of(now) - of(before)) / of(before) * 100.0;
    let said: f64 = card.figure(id)["value"].as_str().unwrap().parse().unwrap();
    assert!((said - percent).abs() <= 0.051, "{id}: {said}, counted again {percent}");
}

fn thirds(journal: &Journal, card: &Card, sent: &When) {
    let mut first: BTreeMap<&String, &String> = BTreeMap::new();
    for ((case, _), at) in sent {
        let known = first.entry(case).or_insert(at);
        *known = (*known).min(at);
    }
    let mut earliest: BTreeMap<String, String> = BTreeMap::new();
    for ((case, _), at) in super::programs::engaged(journal, sent) {
        let known = earliest.entry(case).or_insert_with(|| at.clone());
        *known = at.min(known.clone());
    }
    let mut hours: Vec<f64> = earliest
        .iter()
        .map(|(case, at)| (instant(at) - instant(first[case])).as_seconds_f64() / 3_600.0)
        .collect();
    hours.sort_by(f64::total_cmp);
    for (id, thirds) in [("timings.response_first_third", 1), ("timings.response_second_third", 2)] {
        card.base(id, hours.len());
        let Some(said) = card.figure(id)["value"].as_str() else {
            assert!(hours.is_empty(), "{id}");
            continue;
        };
        let said: f64 = said.parse().unwrap();
        let within = hours.iter().filter(|hour| **hour <= said + 0.051).count();
        let short_of = hours.iter().filter(|hour| **hour < said - 0.051).count();
        assert!(within * 3 >= hours.len() * thirds, "{id}: only {within} of {} within {said}", hours.len());
        assert!(short_of * 3 < hours.len() * thirds, "{id}: {said} is later than need be");
    }
}

/// The answer said last of each line, and when: as the journal tells them, in its order.
fn answers(journal: &Journal) -> BTreeMap<(String, String), (String, DateTime<Utc>)> {
    let mut last = BTreeMap::new();
    for event in &journal.0 {
        let kind = text(&event["type"]);
        if ["line_declined", "line_approved", "line_deferred"].contains(&kind.as_str()) {
            let data = &event["data"];
            let at = if kind == "line_declined" { &data["declined_at"] } else { &data["occurred_at"] };
            last.insert((text(&data["ro"]), text(&data["line"])), (kind, seconds(at)));
        }
    }
    last
}

fn presented(journal: &Journal, card: &Card) {
    let mut line_of = BTreeMap::new();
    for event in &journal.0 {
        let (kind, data) = (text(&event["type"]), &event["data"]);
        if ["line_declined", "line_approved", "line_deferred"].contains(&kind.as_str())
            && data["finding"].is_string()
        {
            line_of.insert((text(&data["ro"]), text(&data["finding"])), text(&data["line"]));
        }
    }
    let said = answers(journal);
    let mut last: BTreeMap<String, &Value> = BTreeMap::new();
    for data in journal.data("inspection_completed") {
        let known = last.entry(text(&data["ro"])).or_insert(data);
        if second(&data["occurred_at"]) >= second(&known["occurred_at"]) {
            *known = data;
        }
    }
    let (mut offered, mut accepted) = (0, 0);
    for (ro, data) in &last {
        for finding in data["findings"].as_array().unwrap() {
            if finding["price"].is_null() || finding["code"] == "green" {
                continue;
            }
            offered += 1;
            let line = line_of.get(&(ro.clone(), text(&finding["id"])));
            let answer = line.and_then(|line| said.get(&(ro.clone(), line.clone())));
            accepted += usize::from(answer.is_some_and(|(kind, _)| kind == "line_approved"));
        }
    }
    card.share("declined.accepted_of_presented", accepted, offered);
}

fn milestones(journal: &Journal, card: &Card, sent: &When) {
    let from = instant(&journal.first_at()[..19]);
    let vehicles = journal.last_by("vehicle_recorded", "vehicle");
    let orders = closed(journal);
    let of = |kind: &str| -> BTreeSet<String> { journal.data(kind).map(|data| text(&data["ro"])).collect() };
    let (passed, exempted) = (of("gate_passed"), of("gate_exempted"));
    let engaged = super::programs::engaged(journal, sent);
    let mut standing: BTreeMap<String, (String, DateTime<Utc>)> = BTreeMap::new();
    let mut set_at = BTreeMap::new();
    for event in &journal.0 {
        let (data, id) = (&event["data"], text(&event["data"]["appointment"]));
        match event["type"].as_str().unwrap() {
            "appointment_set" => {
                set_at.entry(id.clone()).or_insert_with(|| seconds(&data["occurred_at"]));
                standing.insert(id, ("set".to_owned(), seconds(&data["starts_at"])));
            }
            "appointment_shown" => standing.get_mut(&id).unwrap().0 = "shown".to_owned(),
            "appointment_missed" => standing.get_mut(&id).unwrap().0 = text(&data["status"]),
            _ => {}
        }
    }
    let until = instant(&journal.last_at()[..19]);
    for week in [4, 12] {
        let id = |name: &str| format!("progress.week_{week}.{name}");
        let (begin, end) = (from + TimeDelta::weeks(week - 4), from + TimeDelta::weeks(week));
        let inside = |at: DateTime<Utc>| begin <= at && at < end;
        let in_window: Vec<_> =
            orders.iter().filter(|(_, order)| inside(seconds(&order["occurred_at"]))).collect();
        let retail: Vec<_> = in_window
            .iter()
            .filter(|(_, order)| {
                let record = vehicles.get(order["vehicle"].as_str().unwrap());
                record.is_some_and(|record| record["unit"] == "retail" && record["owner"].is_string())
            })
            .collect();
        let done = retail.iter().filter(|(ro, _)| passed.contains(*ro) && !exempted.contains(*ro)).count();
        card.share(&id("inspection_completion"), done, retail.len());
        let went: Vec<_> = sent.iter().filter(|(_, at)| inside(instant(at))).collect();
        let responded = went.iter().filter(|(touch, _)| engaged.contains_key(*touch)).count();
        card.share(&id("response"), responded, went.len());
        let due: Vec<_> = standing
            .iter()
            .filter(|(appointment, (word, starts))| {
                let counts = match word.as_str() {
                    "set" => *starts <= until,
                    "cancelled" => false,
                    _ => true,
                };
                counts && inside(*starts) && set_at[*appointment] >= from
            })
            .collect();
        let shown = due.iter().filter(|(_, (word, _))| word == "shown").count();
        card.share(&id("show_rate"), shown, due.len());
        if week == 12 {
            let now: Vec<i64> = in_window.iter().filter_map(|(_, order)| customer_pay(order)).collect();
            lift(card, &id("order_lift"), &now, &before(journal));
            let last = answers(journal);
            let mut first_case = BTreeMap::new();
            let mut declined = BTreeMap::new();
            for data in journal.data("line_declined") {
                let place = (text(&data["ro"]), text(&data["line"]));
                if data["case"].is_string() {
                    first_case.entry(place.clone()).or_insert_with(|| text(&data["case"]));
                }
                declined.entry(place).or_insert_with(|| seconds(&data["declined_at"]));
            }
            declined.retain(|place, at| *at >= from && *at < end && last[place].0 == "line_declined");
            let mut credits: BTreeMap<(String, String), String> = BTreeMap::new();
            for event in &journal.0 {
                let data = &event["data"];
                let place = (text(&data["ro"]), text(&data["line"]));
                match event["type"].as_str().unwrap() {
                    "credit_assigned" => {
                        assert!(cents(&data["amount"]) > 0);
                        credits.insert(place, text(&data["trigger"]));
                    }
                    "credit_reversed" => {
                        credits.remove(&place);
                    }
                    _ => {}
                }
            }
            let all = journal.last_by("ro_closed", "ro");
            let back = declined.keys().filter(|place| {
                let own = first_case.get(*place).map(|case| format!("{case}#{}", place.1));
                credits.iter().any(|((ro, _), trigger)| {
                    own.as_ref() == Some(trigger) && seconds(&all[ro]["occurred_at"]) < end
                })
            });
            card.share(&id("recovery"), back.count(), declined.len());
        }
    }
}

/// The open dollars times the share that came back; none of a few.
fn own_worth(card: &Card) {
    let figure = card.figure("declined.own_worth");
    let number = |id: &str| card.figure(id)["value"].as_str().unwrap().parse::<i64>().unwrap();
    let (lines, completed) = (number("declined.lines"), number("declined.completed"));
    if lines < 30 {
        assert_eq!(figure["value"], Value::Null, "too few lines to tell");
        return;
    }
    let open = cents(&figure["numerator"]);
    let expected = (open * completed * 2 + lines) / (lines * 2);
    card.cents("declined.own_worth", expected);
}
