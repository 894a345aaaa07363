//! The scorecard counted again from the journal file by other means: JSON values, no type of the loop, no code of the
//! scorecard. What a count is must follow from docs/scorecard.md and the shape of the events alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Desk;

mod control;
mod inspections;
mod leadership;
mod miles;
mod programs;

/// The events of a journal file, in order, and what the simulated world knows.
struct Journal(Vec<Value>, Value);

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Cents of a decimal text.
fn cents(value: &Value) -> i64 {
    let amount = value.as_str().unwrap();
    let (sign, digits) = amount.strip_prefix('-').map_or((1, amount), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = format!("{part:0<2}");
    assert!(part.len() == 2, "{amount} is finer than cents");
    sign * (whole.parse::<i64>().unwrap() * 100 + part.parse::<i64>().unwrap())
}

impl Journal {
    fn of<'a>(&'a self, kind: &'a str) -> impl DoubleEndedIterator<Item = &'a Value> {
        self.0.iter().filter(move |event| event["type"] == kind)
    }

    fn data<'a>(&'a self, kind: &'a str) -> impl DoubleEndedIterator<Item = &'a Value> {
        self.of(kind).map(|event| &event["data"])
    }

    /// The last datum of each id.
    fn last_by<'a>(&'a self, kind: &'a str, id: &'a str) -> BTreeMap<String, &'a Value> {
        self.data(kind).map(|data| (text(&data[id]), data)).collect()
    }

    /// The case that speaks of a crossing: of one that was taken back and came again, the last.
    fn case_of_crossing(&self, crossing: &str) -> String {
        let ours = |data: &&Value| data["crossing"] == crossing;
        let first = self.data("threshold_crossed").find(ours).map(|data| &data["case"]);
        let mut again = self.data("crossing_resolved").filter(ours).map(|data| &data["again"]["case"]);
        text(again.rfind(|case| case.is_string()).or(first).unwrap())
    }

    /// (case, touch) of every event of a kind.
    fn touches(&self, kind: &str) -> BTreeSet<(String, String)> {
        self.data(kind).map(key).collect()
    }

    fn first_at(&self) -> &str {
        self.0[0]["at"].as_str().unwrap()
    }

    fn last_at(&self) -> &str {
        self.0.last().unwrap()["at"].as_str().unwrap()
    }
}

fn key(data: &Value) -> (String, String) {
    (text(&data["case"]), text(&data["touch"]))
}

/// Instants of this journal are UTC and written one way up to the seconds: their texts are in their order.
fn second(at: &Value) -> String {
    at.as_str().unwrap().chars().take(19).collect()
}

/// Seconds since 1970 of an instant cut to its seconds.
fn instant(at: &str) -> chrono::DateTime<chrono::Utc> {
    format!("{at}Z").parse().unwrap()
}

/// A figure of the scorecard by its id, wherever it stands.
fn figures(value: &Value, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("definition") && fields.contains_key("id") {
                let again = found.insert(text(&fields["id"]), value.clone());
                assert!(again.is_none(), "two figures are called {}", fields["id"]);
            }
            fields.values().for_each(|field| figures(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| figures(item, found)),
        _ => {}
    }
}

struct Card(BTreeMap<String, Value>);

impl Card {
    fn figure(&self, id: &str) -> &Value {
        self.0.get(id).unwrap_or_else(|| panic!("no figure {id}"))
    }

    fn count(&self, id: &str, expected: usize) {
        let value = self.figure(id)["value"].as_str().unwrap_or("null").to_owned();
        assert_eq!(value, expected.to_string(), "{id}");
    }

    fn base(&self, id: &str, expected: usize) {
        assert_eq!(self.figure(id)["base"], expected, "base of {id}");
    }

    fn cents(&self, id: &str, expected: i64) {
        assert_eq!(cents(&self.figure(id)["value"]), expected, "{id}");
    }

    /// A share: numerator, base, and the value to the tenth.
    fn share(&self, id: &str, above: usize, below: usize) {
        let figure = self.figure(id);
        self.base(id, below);
        assert_eq!(figure["numerator"].as_str().unwrap().parse::<usize>().unwrap(), above, "{id}");
        if below == 0 {
            assert_eq!(figure["value"], Value::Null, "{id}: no share of nothing");
        } else {
            // Half up in whole tenths.
            let tenths = (above * 2_000 + below) / (below * 2);
            assert_eq!(text(&figure["value"]), format!("{}.{}", tenths / 10, tenths % 10), "{id}");
        }
    }

    /// The cells of a table by two words that are not empty, one for each thing counted.
    fn cross(&self, id: &str, things: impl IntoIterator<Item = (String, String)>) {
        let mut expected = BTreeMap::new();
        for cell in things {
            *expected.entry(cell).or_insert(0) += 1;
        }
        let table = self.figure(id);
        let columns = table["columns"].as_array().unwrap();
        let mut found = BTreeMap::new();
        for row in table["rows"].as_array().unwrap() {
            for (column, count) in columns.iter().zip(row["counts"].as_array().unwrap()) {
                if count != 0 {
                    found.insert((text(&row["key"]), text(column)), count.as_i64().unwrap());
                }
            }
        }
        assert_eq!(found, expected, "{id}");
        assert_eq!(table["adds_up"], true, "{id}");
    }

    /// A median of the values, rounded as the scorecard rounds: to the tenth.
    fn median(&self, id: &str, mut values: Vec<f64>) {
        values.sort_by(f64::total_cmp);
        let figure = self.figure(id);
        self.base(id, values.len());
        if values.is_empty() {
            assert_eq!(figure["value"], Value::Null, "{id}");
            return;
        }
        let middle = (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0;
        let said: f64 = figure["value"].as_str().unwrap().parse().unwrap();
        assert!((said - middle).abs() <= 0.051, "{id}: {said}, counted again {middle}");
    }

    /// The rows of a table that are not empty.
    fn rows(&self, id: &str, expected: &BTreeMap<String, usize>) {
        let table = self.figure(id);
        let mut rows = BTreeMap::new();
        for row in table["rows"].as_array().unwrap() {
            let count = row["count"].as_u64().unwrap();
            if count > 0 {
                rows.insert(text(&row["key"]), usize::try_from(count).unwrap());
            }
        }
        assert_eq!(&rows, expected, "{id}");
        assert_eq!(table["adds_up"], true, "{id}");
        assert_eq!(table["base"], expected.values().sum::<usize>(), "{id}");
    }
}

fn tally(words: impl IntoIterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}

/// Everything that is counted twice.
fn recount(journal: &Journal, card: &Card) {
    let sent = recount_messages(journal, card);
    recount_crossings(journal, card);
    let visits = recount_credits(journal, card);
    recount_store(journal, card);
    recount_funnel(journal, card, &sent, &visits);
    recount_reach(journal, card);
    let whose = whose_appointments(journal, &sent);
    inspections::recount(journal, card);
    programs::recount(journal, card, &sent, &visits, &whose);
    programs::recount_timings(journal, card, &sent, &whose);
    miles::recount(journal, card, &sent);
    leadership::recount(journal, card, &sent);
    control::recount(journal, card);
}

fn recount_crossings(journal: &Journal, card: &Card) {
    let crossed = journal.last_by("threshold_crossed", "crossing");
    let resolved = journal.last_by("crossing_resolved", "crossing");
    assert_eq!(crossed.len(), resolved.len(), "each crossing has an outcome");
    card.count("crossings.total", crossed.len());
    card.rows("crossings.by_outcome", &tally(resolved.values().map(|data| text(&data["outcome"]))));
    let with_reason = resolved.values().filter(|data| data["reason"].is_string());
    let reasons = with_reason.map(|data| format!("{}: {}", text(&data["outcome"]), text(&data["reason"])));
    // What is bundled is told where what it goes with was sent.
    let unsaid = resolved.values().filter(|data| data["outcome"] == "bundled").filter_map(|data| {
        let mut leads = data;
        for _ in 0..8 {
            let Some(into) = leads["into"].as_str() else { break };
            leads = &resolved[into];
        }
        let outcome = text(&leads["outcome"]);
        (outcome != "sent").then(|| format!("bundled: lead_{outcome}"))
    });
    card.rows("crossings.by_reason", &tally(reasons.chain(unsaid)));
    card.rows("crossings.by_leg", &tally(crossed.values().map(|data| text(&data["leg"]))));
    for (id, field) in
        [("crossings.by_service", "service"), ("crossings.by_month", "at"), ("crossings.by_day", "at")]
    {
        let cut = match id {
            "crossings.by_month" => 7,
            "crossings.by_day" => 10,
            _ => usize::MAX,
        };
        card.cross(
            id,
            journal.of("threshold_crossed").map(|event| {
                let value = if field == "at" { &event["at"] } else { &event["data"][field] };
                let row: String = text(value).chars().take(cut).collect();
                (row, text(&resolved[event["data"]["crossing"].as_str().unwrap()]["outcome"]))
            }),
        );
    }
}

/// Counts the messages; returns when each was first sent.
fn recount_messages(journal: &Journal, card: &Card) -> BTreeMap<(String, String), String> {
    let mut sent = BTreeMap::new();
    for event in journal.of("touch_sent") {
        sent.entry(key(&event["data"])).or_insert_with(|| second(&event["at"]));
    }
    let went = |touch: &(String, String)| sent.contains_key(touch);
    // What ended the others, by their last word.
    let mut ended: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
    for event in &journal.0 {
        let kind = text(&event["type"]);
        if ["touch_failed", "touch_outcome_unknown", "touch_suppressed"].contains(&kind.as_str()) {
            ended.insert(key(&event["data"]), (kind, text(&event["data"]["reason"])));
        }
    }
    ended.retain(|touch, _| !went(touch));
    let of_kind = |kind: &str| {
        ended.values().filter(|(end, _)| end == kind).map(|(_, why)| why.clone()).collect::<Vec<_>>()
    };
    let (failed, unknown) = (of_kind("touch_failed"), of_kind("touch_outcome_unknown"));
    card.count("messages.sent", sent.len());
    card.base("messages.sent", sent.len() + failed.len() + unknown.len());
    card.count("messages.failed", failed.len());
    card.count("messages.outcome_unknown", unknown.len());
    card.rows("messages.failed_by_reason", &tally(failed));
    card.rows("messages.suppressed_by_reason", &tally(of_kind("touch_suppressed")));
    card.count("messages.deferred", journal.touches("touch_deferred").len());
    let reported = |yes: bool| {
        let of = journal.data("delivery_reported").filter(move |data| data["delivered"] == yes);
        of.map(key).filter(went).collect::<BTreeSet<_>>()
    };
    let (arrived, lost) = (reported(true), reported(false));
    card.count("messages.delivered", arrived.len());
    card.count("messages.not_delivered", lost.difference(&arrived).count());
    card.base("messages.delivered", sent.len());
    let crossed = journal.data("touch_sent").filter(|data| data["crossed_revocation"] == true).map(key);
    card.count("messages.crossed_revocation", crossed.collect::<BTreeSet<_>>().len());

    let opened: BTreeSet<_> = journal.touches("link_opened").into_iter().filter(went).collect();
    let human = |data: &&Value| data["human_percent"].as_u64().unwrap() >= 50;
    let clicked: BTreeSet<_> = journal.data("link_opened").filter(human).map(key).filter(went).collect();
    card.count("messages.human_clicks", clicked.len());
    card.count("messages.scanner_clicks", opened.difference(&clicked).count());
    card.rows(
        "messages.replies_by_label",
        &tally(journal.data("reply_received").map(|data| text(&data["label"]))),
    );
    let replied = |keeps: bool| -> BTreeSet<_> {
        let replies = journal.data("reply_received").filter(|data| data["touch"].is_object());
        let which =
            replies.filter(|data| !keeps || ["none", "clarify"].contains(&data["scope"].as_str().unwrap()));
        which.map(|data| key(&data["touch"])).filter(went).collect()
    };
    card.count("messages.replied", replied(false).len());
    card.share("messages.response_rate", clicked.union(&replied(true)).count(), sent.len());
    let written: BTreeSet<String> = journal
        .data("touch_sent")
        .map(|data| text(&data["contact"]))
        .filter(|contact| !contact.is_empty())
        .collect();
    let out = journal
        .data("consent_revoked")
        .filter(|data| data["source"] == "reply")
        .map(|data| text(&data["contact"]));
    let out: BTreeSet<String> = out.filter(|contact| written.contains(contact)).collect();
    card.share("messages.opt_out_rate", out.len(), written.len());
    card.share("messages.opt_out_rate_per_message", out.len(), sent.len());
    card.rows(
        "messages.revocations_by_source",
        &tally(journal.data("consent_revoked").map(|data| text(&data["source"]))),
    );
    sent
}

/// The last closing of each order, where it counts.
fn closed(journal: &Journal) -> BTreeMap<String, &Value> {
    let (from, until) = (journal.first_at()[..19].to_owned(), journal.last_at()[..19].to_owned());
    let mut closed = journal.last_by("ro_closed", "ro");
    closed.retain(|_, data| {
        data["voided"] != true && (from.clone()..=until.clone()).contains(&second(&data["occurred_at"]))
    });
    closed
}

fn customer_pay(order: &Value) -> Option<i64> {
    let lines = order["lines"].as_array().unwrap().iter().filter(|line| line["pay_type"] == "customer_pay");
    let amounts: Vec<i64> = lines.map(|line| cents(&line["amount"])).collect();
    (!amounts.is_empty()).then(|| amounts.iter().sum())
}

/// Counts the credits; returns the orders with a credited line and their triggers.
fn recount_credits(journal: &Journal, card: &Card) -> BTreeMap<(String, String), (String, i64)> {
    let mut credits: BTreeMap<(String, String), (String, i64)> = BTreeMap::new();
    let mut evidence = BTreeMap::new();
    let mut reversed = 0;
    for event in &journal.0 {
        let data = &event["data"];
        let place = (text(&data["ro"]), text(&data["line"]));
        match event["type"].as_str().unwrap() {
            "credit_assigned" => {
                evidence.insert(place.clone(), text(&data["credit"]["evidence"]));
                credits.insert(place, (text(&data["trigger"]), cents(&data["amount"])));
            }
            "credit_reversed" => {
                reversed += 1;
                evidence.remove(&place);
                credits.remove(&place);
            }
            _ => {}
        }
    }
    card.count("attribution.credited_lines", credits.len());
    card.cents("attribution.credited_amount", credits.values().map(|(_, amount)| amount).sum());
    card.count("attribution.reversed", reversed);
    card.rows("attribution.by_evidence", &tally(evidence.into_values()));
    let orders: BTreeSet<&String> = credits.keys().map(|(ro, _)| ro).collect();
    let all = journal.last_by("ro_closed", "ro");
    let visits: i64 = orders.iter().map(|ro| customer_pay(all[*ro]).unwrap()).sum();
    card.count("attribution.credited_visits", orders.len());
    card.cents("attribution.visit_amount", visits);
    if !orders.is_empty() {
        let count = i64::try_from(orders.len()).unwrap();
        let mean = (visits * 2 + count) / (count * 2);
        card.cents("attribution.mean_visit", mean);
        assert_eq!(cents(&card.figure("attribution.benchmark")["value"]), 49_400);
        let off = cents(&card.figure("attribution.difference")["value"]) - (mean - 49_400);
        assert!(off.abs() <= 1, "the difference is taken before the mean is rounded to the cent: {off}");
    }
    let closed = closed(journal);
    let told = journal.last_by("ro_attributed", "ro");
    let reasons =
        closed.keys().filter_map(|ro| told.get(ro)).flat_map(|data| data["not_credited"].as_array().unwrap());
    card.rows("attribution.not_credited", &tally(reasons.map(|pair| text(&pair[1]))));
    let mut states = BTreeMap::new();
    for event in &journal.0 {
        let data = &event["data"];
        match event["type"].as_str().unwrap() {
            "write_back_queued" => states.insert(text(&data["write_back"]["key"]), "queued"),
            "write_back_delayed" => states.insert(text(&data["key"]), "waiting"),
            "write_back_confirmed" => states.insert(text(&data["key"]), "confirmed"),
            "write_back_parked" => states.insert(text(&data["key"]), "parked"),
            "write_back_withdrawn" => states.insert(text(&data["key"]), "withdrawn"),
            _ => None,
        };
    }
    let mut by_kind = BTreeMap::new();
    for data in journal.data("write_back_queued") {
        let key = text(&data["write_back"]["key"]);
        let state = states[&key];
        *by_kind.entry((key, text(&data["write_back"]["kind"]), state.to_owned())).or_insert(0) = 1;
    }
    card.cross("attribution.write_backs_by_kind", by_kind.into_keys().map(|(_, kind, state)| (kind, state)));
    card.rows("attribution.write_backs", &tally(states.into_values().map(str::to_owned)));
    credits
}

fn recount_store(journal: &Journal, card: &Card) {
    let orders = closed(journal);
    let paid: Vec<i64> = orders.values().filter_map(|order| customer_pay(order)).collect();
    card.count("store.orders_closed", orders.len());
    card.count("store.customer_pay_orders", paid.len());
    card.cents("store.customer_pay_amount", paid.iter().sum());
    let recorded = journal.last_by("vehicle_recorded", "vehicle");
    let in_play = recorded.values().filter(|data| data["unit"] == "retail" && data["owner"].is_string());
    card.count("store.vehicles", recorded.len());
    card.count("store.vehicles_in_play", in_play.count());

    let mut standing: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut set_at = BTreeMap::new();
    for event in &journal.0 {
        let (data, id) = (&event["data"], text(&event["data"]["appointment"]));
        match event["type"].as_str().unwrap() {
            "appointment_set" => {
                set_at.entry(id.clone()).or_insert_with(|| second(&data["occurred_at"]));
                standing.insert(id, ("set".to_owned(), second(&data["starts_at"])));
            }
            "appointment_shown" => standing.get_mut(&id).unwrap().0 = "shown".to_owned(),
            "appointment_missed" => standing.get_mut(&id).unwrap().0 = text(&data["status"]),
            _ => {}
        }
    }
    let from: String = journal.first_at().chars().take(19).collect();
    standing.retain(|id, _| set_at[id] >= from);
    card.count("store.appointments_set", standing.len());
    let until = &journal.last_at()[..19];
    let due = standing.values().filter(|(word, starts)| match word.as_str() {
        "set" => starts.as_str() <= until,
        "cancelled" => false,
        _ => true,
    });
    let shown = standing.values().filter(|(word, _)| word == "shown").count();
    card.share("store.show_rate", shown, due.count());
}

/// The case behind each appointment: by its token, else the case of the vehicle that wrote last before it, within 90 days.
fn whose_appointments(
    journal: &Journal,
    sent: &BTreeMap<(String, String), String>,
) -> BTreeMap<String, String> {
    let cases = journal.last_by("case_opened", "case");
    let mut whose: BTreeMap<String, String> = BTreeMap::new();
    let days = |at: &str| at[..10].parse::<chrono::NaiveDate>().unwrap();
    let mut first_set = BTreeMap::new();
    for data in journal.data("appointment_set") {
        first_set.entry(text(&data["appointment"])).or_insert_with(|| second(&data["occurred_at"]));
    }
    for data in journal.data("appointment_set") {
        let id = text(&data["appointment"]);
        if data["touch"].is_object() {
            whose.insert(id, text(&data["touch"]["case"]));
        } else if !whose.contains_key(&id) {
            let set = instant(&first_set[&id]);
            let mut best: Option<(String, String)> = None;
            for ((case, _), at) in sent {
                let same_car = cases[case]["vehicle"] == data["vehicle"];
                let before = instant(at) <= set && set - instant(at) <= chrono::TimeDelta::days(90);
                assert!(days(at) <= days(journal.last_at()));
                if same_car && before && best.as_ref().is_none_or(|best| (at, case) > (&best.0, &best.1)) {
                    best = Some((at.clone(), case.clone()));
                }
            }
            whose.extend(best.map(|(_, case)| (id, case)));
        }
    }
    whose
}

fn recount_funnel(
    journal: &Journal,
    card: &Card,
    sent: &BTreeMap<(String, String), String>,
    credits: &BTreeMap<(String, String), (String, i64)>,
) {
    let cases = journal.last_by("case_opened", "case");
    card.count("funnel.all.cases", cases.len());
    let contacted: BTreeSet<&String> = sent.keys().map(|(case, _)| case).collect();
    card.count("funnel.all.sent", contacted.len());
    let of_touches = |kind: &str, which: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
        let touches = journal.data(kind).filter(|data| which(data)).map(key);
        touches.filter(|touch| sent.contains_key(touch)).map(|(case, _)| case).collect()
    };
    card.count(
        "funnel.all.delivered",
        of_touches("delivery_reported", &|data| data["delivered"] == true).len(),
    );
    let clicked = of_touches("link_opened", &|data| data["human_percent"].as_u64().unwrap() >= 50);
    let answers = journal.data("reply_received").filter(|data| data["touch"].is_object());
    let kept = answers.filter(|data| ["none", "clarify"].contains(&data["scope"].as_str().unwrap()));
    let answered: BTreeSet<String> = kept
        .map(|data| key(&data["touch"]))
        .filter(|touch| sent.contains_key(touch))
        .map(|(case, _)| case)
        .collect();
    card.count("funnel.all.engaged", clicked.union(&answered).count());

    let whose = whose_appointments(journal, sent);
    let booked: BTreeSet<&String> = whose.values().filter(|case| contacted.contains(case)).collect();
    card.count("funnel.all.booked", booked.len());
    let shown: BTreeSet<&String> = journal
        .data("appointment_shown")
        .filter_map(|data| whose.get(data["appointment"].as_str().unwrap()))
        .filter(|case| contacted.contains(case))
        .collect();
    card.count("funnel.all.shown", shown.len());
    card.share("funnel.all.set_rate", booked.len(), contacted.len());

    let case_of = |trigger: &String| {
        // A declined line is named behind the case in which it travels.
        let case = trigger.rsplit_once('#').map_or(trigger.as_str(), |(case, _)| case);
        if cases.contains_key(case) { case.to_owned() } else { journal.case_of_crossing(trigger) }
    };
    let earned: BTreeSet<String> = credits.values().map(|(trigger, _)| case_of(trigger)).collect();
    card.count("funnel.all.repair_order", earned.len());
    let visits = card.figure("attribution.visit_amount")["value"].clone();
    card.cents("funnel.all.visit_amount", cents(&visits));
    card.cents("funnel.all.credited_amount", credits.values().map(|(_, amount)| amount).sum());

    // Declined lines whose last answer is no.
    let mut last = BTreeMap::new();
    for event in &journal.0 {
        let kind = text(&event["type"]);
        if ["line_declined", "line_approved", "line_deferred"].contains(&kind.as_str()) {
            last.insert((text(&event["data"]["ro"]), text(&event["data"]["line"])), kind);
        }
    }
    let mut declined: BTreeMap<(String, String), &Value> = BTreeMap::new();
    let mut first_case = BTreeMap::new();
    for data in journal.data("line_declined") {
        if data["case"].is_string() {
            let place = (text(&data["ro"]), text(&data["line"]));
            first_case.entry(place).or_insert_with(|| text(&data["case"]));
        }
        declined.insert((text(&data["ro"]), text(&data["line"])), data);
    }
    declined.retain(|place, _| last[place] == "line_declined");
    // Older lines that no case was opened for are history: counted apart, in no rate.
    let from = &journal.first_at()[..19];
    let (declined, older): (BTreeMap<_, _>, BTreeMap<_, _>) = declined.into_iter().partition(|(_, data)| {
        let case = first_case.get(&(text(&data["ro"]), text(&data["line"])));
        second(&data["declined_at"]).as_str() >= from || case.is_some_and(|case| cases.contains_key(case))
    });
    let recent = declined.values().filter(|data| second(&data["declined_at"]).as_str() >= from);
    card.count("declined.lines", declined.len());
    card.base("declined.lines", last.len() - older.len());
    card.count("declined.in_period", recent.count());
    card.count("declined.taken_over", older.len());
    let answered = |kind: &str| last.values().filter(|word| *word == kind).count();
    card.count("declined.approved", answered("line_approved"));
    card.count("declined.deferred", answered("line_deferred"));
    card.share("inspections.acceptance", answered("line_approved"), last.len() - older.len());
    let counted = last.iter().filter(|(place, _)| !older.contains_key(*place));
    inspections::acceptance_by_rank(journal, card, counted.map(|(place, word)| (place, word.as_str())));
    card.rows("declined.by_reason", &tally(declined.values().map(|data| text(&data["reason"]))));
    let price = |data: &&Value| if data["price"].is_object() { cents(&data["price"]["amount"]) } else { 0 };
    card.cents("declined.amount", declined.values().map(price).sum());
    let with_case = |which: &dyn Fn(&String) -> bool| {
        let case = |place: &(String, String)| first_case.get(place);
        declined.keys().filter(|place| case(place).is_some_and(which)).count()
    };
    card.count("declined.contacted", with_case(&|case| contacted.contains(case)));
    card.count("declined.booked", with_case(&|case| whose.values().any(|booked| booked == case)));
    // Each line of a case for itself.
    let earns = |place: &(String, String), trigger: &String| {
        first_case.get(place).is_some_and(|case| *trigger == format!("{case}#{}", place.1))
    };
    let completed =
        declined.keys().filter(|place| credits.values().any(|(trigger, _)| earns(place, trigger))).count();
    card.share("declined.recovery_rate", completed, declined.len());
    let recovered =
        credits.values().filter(|(trigger, _)| declined.keys().any(|place| earns(place, trigger)));
    card.cents("declined.recovered_amount", recovered.map(|(_, amount)| amount).sum());
}

fn recount_reach(journal: &Journal, card: &Card) {
    let recorded = journal.last_by("vehicle_recorded", "vehicle");
    let owners: BTreeSet<String> = recorded
        .values()
        .filter(|data| data["unit"] == "retail" && data["owner"].is_string())
        .map(|data| text(&data["owner"]))
        .collect();
    card.count("reach.owners", owners.len());
    let linked = journal.last_by("contact_linked", "contact");
    for (id, medium) in [("reach.with_phone", "phone"), ("reach.with_mail", "email")] {
        let with: BTreeSet<String> = linked
            .values()
            .filter(|data| data["medium"] == medium)
            .map(|data| text(&data["person"]))
            .filter(|person| owners.contains(person))
            .collect();
        card.count(id, with.len());
        card.base(id, owners.len());
    }
}

fn read(desk: &Desk, folder: &str) -> (Journal, Card, Value) {
    let lines = desk.read(&format!("{folder}/journal.jsonl"));
    let truth = serde_json::from_str(&desk.read(&format!("{folder}/truth.json"))).unwrap();
    let journal = Journal(lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), truth);
    let card: Value = serde_json::from_str(&desk.read(&format!("{folder}/scorecard.json"))).unwrap();
    let mut found = BTreeMap::new();
    figures(&card, &mut found);
    (journal, Card(found), card)
}

#[test]
fn every_count_and_every_dollar_is_the_same_when_counted_by_other_means() {
    let desk = Desk::new();
    desk.done("demo --vehicles 40 --days 150 --seed 3 --out d");
    let (journal, card, whole) = read(&desk, "d");
    assert_eq!(whole["header"]["events"], journal.0.len());
    assert_eq!(whole["crossings"]["adds_up"], true);
    recount(&journal, &card);
    let sum = |field: &str| {
        whole["timings"]["weekly"]
            .as_array()
            .unwrap()
            .iter()
            .map(|week| week[field].as_u64().unwrap())
            .sum::<u64>()
    };
    for (field, id) in [
        ("crossings", "crossings.total"),
        ("sent", "messages.sent"),
        ("orders_closed", "store.orders_closed"),
        ("credited_visits", "attribution.credited_visits"),
    ] {
        assert_eq!(sum(field).to_string(), text(&card.figure(id)["value"]), "the weeks add up to {id}");
    }
    assert!(
        text(&card.figure("attribution.credited_lines")["value"]) != "0",
        "a run without credits shows little"
    );
}

/// A store that tries the calendar beside the car's use, and leaves nobody alone.
const TWO_TIMINGS: &str = "version = \"controls/two-timings\"\n\
    [season_months]\nvalue = 12\nsource = \"one season for the whole run\"\n\
    [first_month]\nvalue = 12\nsource = \"the run begins on the first of December\"\n\
    [[programme]]\nprogram = \"mileage_due\"\ncontrol_percent = 10\nsource = \"test\"\n\
    plans = { \"mileage_due/2\" = 50, \"mileage_due_calendar/1\" = 50 }\n";

#[test]
fn a_store_that_tries_two_timings_is_the_same_when_counted_by_other_means() {
    let desk = Desk::with(&[("c.toml", TWO_TIMINGS)]);
    desk.done("simulate --controls c.toml --vehicles 60 --days 180 --seed 3 --out o");
    let (journal, card, _) = read(&desk, "o");
    recount(&journal, &card);
    let number = |id: &str| text(&card.figure(id)["value"]).parse::<f64>().unwrap();
    // Both kinds of message went out, of each some whose mile was reached.
    assert!(number("relevance.reached") >= 3.0 && number("relevance.calendar_plan_reached") >= 3.0);
    assert!(number("control.left_alone") >= 3.0 && number("control.counted") >= 3.0);
    for id in ["crossings", "touches", "placed", "left_alone", "earlier", "counted", "other_currency"] {
        let id = format!("control.{id}");
        let mut wrong = Card(card.0.clone());
        wrong.0.get_mut(&id).unwrap()["value"] = Value::from("123456");
        let caught = std::panic::catch_unwind(|| control::recount(&journal, &wrong));
        assert!(caught.is_err(), "{id} was changed and nobody saw it");
    }
    for id in ["relevance.calendar_plan_considered", "relevance.calendar_plan_first.median_miles"] {
        let mut wrong = Card(card.0.clone());
        wrong.0.get_mut(id).unwrap()["value"] = Value::from("123456.00");
        let caught = std::panic::catch_unwind(|| recount(&journal, &wrong));
        assert!(caught.is_err(), "{id} was changed and nobody saw it");
    }
    let book = include_str!("../../../docs/scorecard.md");
    for (id, figure) in card.0.iter().filter(|(id, _)| id.starts_with("relevance.calendar_plan")) {
        let row = book.lines().find(|line| line.contains(&format!("`{}`", general(id))));
        let row = row.unwrap_or_else(|| panic!("docs/scorecard.md does not name {id}"));
        assert!(id.split('.').count() == 3 || row.contains(&text(&figure["definition"])), "{id}: {row}");
    }
}

#[test]
fn a_scorecard_that_is_off_by_one_is_caught() {
    let desk = Desk::new();
    desk.done("demo --vehicles 10 --days 90 --out d");
    let (journal, card, _) = read(&desk, "d");
    recount(&journal, &card);
    for id in [
        "messages.sent",
        "funnel.all.booked",
        "attribution.credited_amount",
        "crossings.total",
        "store.customer_pay_amount",
        "declined.lines",
        "declined.taken_over",
        "inspections.passed",
        "funnel.declined_recovery.triggers",
        "relevance.first_touch.median_days",
        "timings.booking_time",
        "timings.response_second_third",
        "store.mean_order_before",
        "store.mean_order_not_contacted",
    ] {
        let mut wrong = Card(card.0.clone());
        wrong.0.get_mut(id).unwrap()["value"] = Value::from("123456.00");
        let caught = std::panic::catch_unwind(|| recount(&journal, &wrong));
        assert!(caught.is_err(), "{id} was changed and nobody saw it");
    }
}

/// Names of programmes and keys of breakdowns vary: what stands for all of them in the book.
fn general(id: &str) -> String {
    let mut parts: Vec<&str> = id.split('.').collect();
    if let [first, second, ..] = parts.as_mut_slice()
        && ["funnel", "mileage", "relevance"].contains(first)
        && id.split('.').count() == 3
    {
        *second = "*";
    }
    if let ["progress", week, _] = parts.as_mut_slice() {
        *week = "*";
    }
    parts.join(".")
}

#[test]
fn the_book_defines_every_figure_as_the_scorecard_does() {
    let desk = Desk::new();
    desk.done("demo --vehicles 3 --days 60 --out d");
    let (_, card, _) = read(&desk, "d");
    let book = include_str!("../../../docs/scorecard.md");
    for (id, figure) in &card.0 {
        let id = general(id);
        let row = book.lines().find(|line| line.contains(&format!("`{id}`")));
        let row = row.unwrap_or_else(|| panic!("docs/scorecard.md does not name {id}"));
        if !id.starts_with("relevance.*") && !id.starts_with("declined.worth") {
            let definition = text(&figure["definition"]);
            assert!(
                row.contains(&definition),
                "docs/scorecard.md defines {id} otherwise than the scorecard: {definition}"
            );
        }
    }
}
