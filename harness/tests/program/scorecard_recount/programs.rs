//! The funnel of each programme and how fast it goes, counted again.

use std::collections::{BTreeMap, BTreeSet};

use super::{Card, Journal, cents, customer_pay, instant, key, second, text};

type When = BTreeMap<(String, String), String>;
type Credits = BTreeMap<(String, String), (String, i64)>;

fn hours(from: &str, until: &str) -> f64 {
    (instant(until) - instant(from)).as_seconds_f64() / 3_600.0
}

/// When the first message of each case went out.
fn first_sent(sent: &When) -> BTreeMap<&String, &String> {
    let mut first = BTreeMap::new();
    for ((case, _), at) in sent {
        let known = first.entry(case).or_insert(at);
        *known = (*known).min(at);
    }
    first
}

/// When a person first followed or answered each message.
pub(super) fn engaged(journal: &Journal, sent: &When) -> When {
    let mut when = When::new();
    for event in &journal.0 {
        let data = &event["data"];
        let touch = match event["type"].as_str().unwrap() {
            "link_opened" if data["human_percent"].as_u64().unwrap() >= 50 => key(data),
            "reply_received"
                if data["touch"].is_object()
                    && ["none", "clarify"].contains(&data["scope"].as_str().unwrap()) =>
            {
                key(&data["touch"])
            }
            _ => continue,
        };
        if sent.contains_key(&touch) {
            let at = if data["occurred_at"].is_string() { &data["occurred_at"] } else { &event["at"] };
            let at = second(at);
            let known = when.entry(touch).or_insert_with(|| at.clone());
            *known = at.min(known.clone());
        }
    }
    when
}

pub(super) fn recount(
    journal: &Journal,
    card: &Card,
    sent: &When,
    credits: &Credits,
    whose: &BTreeMap<String, String>,
) {
    let cases = journal.last_by("case_opened", "case");
    let of_case = |case: &str| text(&cases[case]["program"]);
    let case_of = |trigger: &String| {
        // A declined line is named behind the case in which it travels.
        let case = trigger.rsplit_once('#').map_or(trigger.as_str(), |(case, _)| case);
        if cases.contains_key(case) { case.to_owned() } else { journal.case_of_crossing(trigger) }
    };
    let programs: BTreeSet<String> = cases.values().map(|data| text(&data["program"])).collect();
    assert!(programs.len() > 1, "one programme alone shows little");
    let first = first_sent(sent);
    let answered = engaged(journal, sent);
    // The first case a declined line was given.
    let mut lines = BTreeMap::new();
    for data in journal.data("line_declined").filter(|data| data["case"].is_string()) {
        lines.entry((text(&data["ro"]), text(&data["line"]))).or_insert_with(|| text(&data["case"]));
    }
    lines.retain(|_, case| cases.contains_key(case));
    let from_lines: BTreeSet<&String> = lines.values().collect();
    let shown: BTreeSet<&String> = journal
        .data("appointment_shown")
        .filter_map(|data| whose.get(data["appointment"].as_str().unwrap()))
        .collect();
    let arrived: BTreeSet<String> = journal
        .data("delivery_reported")
        .filter(|data| data["delivered"] == true)
        .map(key)
        .filter(|touch| sent.contains_key(touch))
        .map(|(case, _)| case)
        .collect();
    let orders = journal.last_by("ro_closed", "ro");
    let mut all_triggers = 0;
    for program in &programs {
        let count = |step: &str, n: usize| card.count(&format!("funnel.{program}.{step}"), n);
        let ours = |case: &str| of_case(case) == *program;
        let cased = cases.keys().filter(|case| ours(case));
        let from_others =
            cased.clone().filter(|case| cases[*case]["crossing"].is_null() && !from_lines.contains(case));
        // Every crossing belongs to the one programme that speaks of miles; what is bundled has no case of its own.
        let crossed = if program == "mileage_due" { journal.of("threshold_crossed").count() } else { 0 };
        let triggers = crossed + lines.values().filter(|case| ours(case)).count() + from_others.count();
        all_triggers += triggers;
        count("triggers", triggers);
        count("cases", cased.count());
        let contacted = first.keys().filter(|case| ours(case)).count();
        count("sent", contacted);
        count("delivered", arrived.iter().filter(|case| ours(case)).count());
        let followed: BTreeSet<_> = answered.keys().map(|(case, _)| case).filter(|case| ours(case)).collect();
        count("engaged", followed.len());
        let booked: BTreeSet<_> =
            whose.values().filter(|case| first.contains_key(case) && ours(case)).collect();
        count("booked", booked.len());
        count("shown", shown.iter().filter(|case| first.contains_key(*case) && ours(case)).count());
        card.share(&format!("funnel.{program}.set_rate"), booked.len(), contacted);
        let earned: Vec<_> = credits.iter().filter(|(_, (trigger, _))| ours(&case_of(trigger))).collect();
        count(
            "repair_order",
            earned.iter().map(|(_, (trigger, _))| case_of(trigger)).collect::<BTreeSet<_>>().len(),
        );
        card.cents(
            &format!("funnel.{program}.credited_amount"),
            earned.iter().map(|(_, (_, amount))| amount).sum(),
        );
        // An order stands with the case of its first credited line.
        let mut visits = BTreeMap::new();
        for ((ro, _), (trigger, _)) in credits {
            visits.entry(ro).or_insert_with(|| case_of(trigger));
        }
        let visits = visits.iter().filter(|(_, case)| ours(case));
        card.cents(
            &format!("funnel.{program}.visit_amount"),
            visits.map(|(ro, _)| customer_pay(orders[*ro]).unwrap()).sum(),
        );
        let table = card.figure("attribution.by_program");
        let row = table["rows"].as_array().unwrap().iter().find(|row| row["key"] == **program);
        let (n, amount) = row.map_or((0, 0), |row| (row["count"].as_u64().unwrap(), cents(&row["amount"])));
        assert_eq!(
            (usize::try_from(n).unwrap(), amount),
            (earned.len(), earned.iter().map(|(_, (_, amount))| amount).sum())
        );
    }
    card.count("funnel.all.triggers", all_triggers);
    assert!(all_triggers >= cases.len(), "no case without a trigger");
}

pub(super) fn recount_timings(journal: &Journal, card: &Card, sent: &When, whose: &BTreeMap<String, String>) {
    let first = first_sent(sent);
    let opened: BTreeMap<String, _> =
        journal.of("case_opened").map(|event| (text(&event["data"]["case"]), event)).collect();
    let since_opening = |which: &dyn Fn(&serde_json::Value) -> bool| -> Vec<f64> {
        let cases = first.iter().filter(|(case, _)| which(&opened[**case]["data"]));
        cases.map(|(case, at)| hours(&second(&opened[*case]["at"]), at) / 24.0).collect()
    };
    card.median("timings.crossing_to_send", since_opening(&|data| data["crossing"].is_string()));
    card.median(
        "timings.decline_to_send",
        since_opening(&|data| data["declined"].as_array().is_some_and(|lines| !lines.is_empty())),
    );
    let mut earliest: BTreeMap<String, String> = BTreeMap::new();
    for ((case, _), at) in engaged(journal, sent) {
        let known = earliest.entry(case).or_insert_with(|| at.clone());
        *known = at.min(known.clone());
    }
    card.median("timings.response_time", earliest.iter().map(|(case, at)| hours(first[case], at)).collect());
    let mut set = BTreeMap::new();
    for data in journal.data("appointment_set") {
        set.entry(text(&data["appointment"])).or_insert_with(|| second(&data["occurred_at"]));
    }
    let mut booked: BTreeMap<&String, String> = BTreeMap::new();
    for (appointment, case) in whose.iter().filter(|(_, case)| first.contains_key(case)) {
        let at = set[appointment].clone();
        let known = booked.entry(case).or_insert_with(|| at.clone());
        *known = at.min(known.clone());
    }
    card.median(
        "timings.booking_time",
        booked.iter().map(|(case, at)| hours(first[case], at) / 24.0).collect(),
    );
}
