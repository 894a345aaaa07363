//! Orders before and after, thirds of the response time, satisfaction, and the weeks that have targets.

use fixedops_closed_loop::scorecard::{
    Milestone, Satisfaction, Scorecard, ScorecardBuilder, ScorecardPolicy,
};
use fixedops_odometer_core::Model;
use serde_json::json;

use crate::hand::{Hand, START, is, line, of};

const END: &str = "2026-09-01T00:00:00Z";

fn visit(hand: &mut Hand, ro: &str, day: &str, amount: &str) {
    let (opened, closed) = (format!("{day}T10:00:00Z"), format!("{day}T15:00:00Z"));
    hand.order(ro, &opened, &closed, json!([line("1", "LOF", "customer_pay", amount)]));
}

#[test]
fn the_average_order_stands_beside_that_of_the_year_before_and_cars_written_to_beside_the_others() {
    let mut hand = Hand::new();
    // One year before the first event is the limit.
    for (ro, day, amount) in
        [("b0", "2025-05-30", "9000.00"), ("b1", "2025-06-20", "100.00"), ("b2", "2026-05-20", "200.00")]
    {
        visit(&mut hand, ro, day, amount);
    }
    hand.case(START, "c", "mileage_due", None, json!([]));
    visit(&mut hand, "n1", "2026-06-05", "120.00");
    hand.sent("2026-06-10T15:00:00Z", "c", "first");
    visit(&mut hand, "n2", "2026-06-20", "240.00");
    // What belongs to a visit that is arranged anyway, a question, and a recall do not ask the car in for paid work.
    for (number, purpose) in ["transactional", "informational", "recall"].into_iter().enumerate() {
        let (vehicle, case) = (format!("w{number}"), format!("other-{number}"));
        hand.vehicle(&vehicle, "c1", "retail");
        hand.case(START, &case, "appointment_reminder", None, json!([]));
        hand.events.last_mut().unwrap().data["vehicle"] = vehicle.clone().into();
        let more = json!({ "provider_id": "p", "crossed_revocation": false, "purpose": purpose });
        hand.touch("2026-06-10T15:00:00Z", "touch_sent", &case, "first", more);
        visit(&mut hand, &format!("o{number}"), "2026-06-11", "180.00");
        hand.events.last_mut().unwrap().data["vehicle"] = vehicle.into();
    }
    let store = hand.card(END).store;
    assert_eq!(of(&store.mean_order_before), is("150.00", 2));
    assert_eq!(of(&store.mean_customer_pay_order), is("180.00", 5));
    assert_eq!(of(&store.order_lift), is("20.0", 2));
    assert_eq!(of(&store.mean_order_contacted), is("240.00", 1), "written to ten days before");
    assert_eq!(of(&store.mean_order_not_contacted), is("165.00", 4), "(120 + 3 x 180) / 4");
    for figure in [&store.order_lift, &store.mean_order_contacted, &store.mean_order_not_contacted] {
        let says = &figure.definition;
        assert!(["no proof", "no effect", "says nothing"].iter().any(|words| says.contains(words)), "{says}");
    }
    let nothing = Hand::new().card(END).store;
    assert_eq!(of(&nothing.order_lift), is("null", 0), "no percentage of nothing");
    assert_eq!(of(&nothing.mean_order_before), is("null", 0));
}

#[test]
fn a_third_of_those_who_respond_do_so_within_the_first_third_and_two_within_the_second() {
    for (hours, first, second) in [
        (&[5][..], "5.0", "5.0"),
        (&[1, 9], "1.0", "9.0"),
        (&[1, 2, 30], "1.0", "2.0"),
        (&[1, 2, 3, 40, 50, 60, 70], "3.0", "50.0"),
    ] {
        let mut hand = Hand::new();
        for (number, hours) in hours.iter().enumerate() {
            let case = format!("c{number}");
            hand.case(START, &case, "mileage_due", None, json!([]));
            hand.sent("2026-06-02T12:00:00Z", &case, "first");
            let at = chrono::DateTime::parse_from_rfc3339("2026-06-02T12:00:00Z").unwrap()
                + chrono::TimeDelta::hours(*hours);
            let at = at.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
            let data = json!({ "key": case, "case": case, "touch": "first", "human_percent": 90, "occurred_at": at });
            hand.tell(&at, &format!("case/{case}"), "link_opened", data);
        }
        let timings = hand.card(END).timings;
        let base = u64::try_from(hours.len()).unwrap();
        assert_eq!(of(&timings.response_first_third), is(first, base), "{hours:?}");
        assert_eq!(of(&timings.response_second_third), is(second, base), "{hours:?}");
    }
    assert_eq!(of(&Hand::new().card(END).timings.response_first_third), is("null", 0));
}

#[test]
fn what_nobody_tells_has_no_value_and_what_is_handed_in_names_its_source() {
    let card = Hand::new().card(END);
    assert_eq!((card.messages.opened.value, card.messages.opened.base), (None, None));
    assert_eq!(card.store.satisfaction.value, None);
    for (text, says) in [
        (
            "score = \"101\"\nout_of = \"100\"\nanswers = 9\nas_of = 2026-11-30\nsource = \"s\"",
            "score is 101",
        ),
        ("score = \"-1\"\nout_of = \"100\"\nanswers = 9\nas_of = 2026-11-30\nsource = \"s\"", "score is -1"),
        (
            "score = \"1\"\nout_of = \"100\"\nanswers = 9\nas_of = 2026-11-30\nsource = \"\"",
            "source is empty",
        ),
        ("score = \"1\"\nout_of = \"100\"\nanswers = 0\nas_of = 2026-11-30\nsource = \"s\"", "answers is 0"),
        ("score = \"1\"\nout_of = \"100\"\nas_of = 2026-11-30\nsource = \"s\"", "answers"),
    ] {
        assert!(Satisfaction::from_toml(text).unwrap_err().to_string().contains(says), "{text}");
    }
}

#[test]
fn a_satisfaction_stands_with_its_base_and_one_of_a_later_day_is_left_out_by_name() {
    let csi = |day: &str, answers: u64| {
        let text = format!(
            "score = \"4.5\"\nout_of = \"5\"\nanswers = {answers}\nas_of = {day}\nsource = \"survey\""
        );
        Satisfaction::from_toml(&text).unwrap()
    };
    let policy = ScorecardPolicy::shipped();
    let figure = |csi: Satisfaction| {
        let builder =
            ScorecardBuilder::new("north".parse().unwrap(), Model::shipped(), &policy).satisfaction(csi);
        builder.finish("2026-09-01T23:00:00Z".parse().unwrap(), &policy, None).store.satisfaction
    };
    for (answers, small) in [(30, false), (29, true)] {
        let known = figure(csi("2026-09-01", answers));
        assert_eq!(of(&known), is("90.0", answers));
        assert_eq!(known.small_base, small, "{answers} customers answered");
    }
    let later = figure(csi("2026-09-02", 80));
    assert_eq!((later.value, later.base), (None, None));
    let why = later.source.unwrap();
    assert!(why.contains("survey") && why.contains("2026-09-02") && why.contains("2026-09-01"), "{why}");
}

#[test]
fn presented_work_that_nobody_answered_stays_in_the_base_of_the_acceptance() {
    let mut hand = Hand::new();
    let price = json!({ "amount": "100.00", "currency": "USD" });
    let finding = |id: &str, code: &str, priced: bool| json!({ "id": id, "code": code, "photos": 1, "price": if priced { price.clone() } else { json!(null) } });
    let data = json!({ "ro": "r1", "technician": null, "advisor": null, "occurred_at": START, "findings": [
        finding("f1", "red", true), finding("f2", "yellow", true), finding("f3", "red", true), finding("f4", "green", true),
        finding("f5", "red", false)] });
    hand.tell(START, "ro/r1", "inspection_completed", data);
    for (number, kind) in [(1, "line_approved"), (2, "line_declined")] {
        let data = json!({ "key": kind, "vehicle": "v1", "ro": "r1", "line": number.to_string(), "op_code": null,
            "service": null, "name": "pads", "price": price, "declined_at": START, "reason": "price", "case": null,
            "method": null, "finding": format!("f{number}"), "occurred_at": START });
        hand.tell(START, "vehicle/v1", kind, data);
    }
    let card = hand.card(END);
    assert_eq!(of(&card.declined.accepted_of_presented), is("33.3", 3), "one of three presented");
    assert_eq!(of(&card.inspections.acceptance), is("50.0", 2), "one of two answered");
}

fn at_week(card: &Scorecard, week: u32) -> &Milestone {
    card.progress.milestones.iter().find(|milestone| milestone.week == week).unwrap()
}

fn value(milestone: &Milestone, name: &str) -> (String, u64) {
    let id = format!("progress.week_{}.{name}", milestone.week);
    of(milestone.figures.iter().find(|figure| figure.id == id).unwrap())
}

/// Forty orders in the first four weeks: of some the cars were not looked at, of some the gate held.
fn forty(inspected: usize, passed: usize) -> Hand {
    let mut hand = Hand::new();
    for number in 0..40 {
        let ro = format!("r{number}");
        let day = format!("2026-06-{:02}", 3 + number / 2);
        visit(&mut hand, &ro, &day, "100.00");
        let at = format!("{day}T14:00:00Z");
        let told = |more: serde_json::Value| {
            let mut data = json!({ "ro": ro, "technician": null, "advisor": null, "occurred_at": at });
            data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            data
        };
        if number < inspected {
            let finding =
                json!([{ "id": "f", "code": "red", "photos": u8::from(number < passed), "price": null }]);
            hand.tell(&at, &format!("ro/{ro}"), "inspection_completed", told(json!({ "findings": finding })));
        }
        if number < passed {
            hand.tell(&at, &format!("ro/{ro}"), "gate_passed", told(json!({})));
        } else if number < inspected {
            hand.tell(&at, &format!("ro/{ro}"), "gate_blocked", told(json!({ "missing": [] })));
        }
    }
    hand
}

#[test]
fn a_missed_target_names_its_cause_and_the_figures_it_rests_on() {
    // Base, value, and the words that must stand there.
    for (case, hand, percent, says) in [
        ("not looked at", forty(20, 18), "45.0", "20 of 40 orders had no inspection"),
        ("held back", forty(40, 20), "50.0", "held back 20 of 40 orders"),
    ] {
        let card = hand.card(END);
        let fourth = at_week(&card, 4);
        assert!(fourth.over);
        assert_eq!(value(fourth, "inspection_completion"), is(percent, 40), "{case}");
        let hint = fourth.hints.iter().find(|hint| hint.figure.ends_with("inspection_completion")).unwrap();
        assert!(hint.words.contains(says) && hint.words.contains("target is 85%"), "{case}: {}", hint.words);
        assert!(hint.words.contains("have no photo"), "{case}: {}", hint.words);
        assert!(hint.rests_on.contains(&"inspections.blocked".to_owned()), "{case}");
        // The targets of which nothing was counted are not missed.
        assert_eq!(fourth.hints.len(), 1, "{case}: {:?}", fourth.hints);
        assert_eq!(value(fourth, "show_rate"), is("null", 0), "{case}");
    }
}

/// A card is large, and the stack of a test is small.
fn boxed(hand: &Hand) -> Box<fixedops_closed_loop::scorecard::Scorecard> {
    Box::new(hand.card(END))
}

#[test]
fn a_hint_names_what_there_is_and_never_a_part_of_nothing() {
    // Sent in, and the gate said nothing.
    let mut unjudged = forty(0, 0);
    for number in 0..40 {
        let at = format!("2026-06-{:02}T14:00:00Z", 3 + number / 2);
        let data = json!({ "ro": format!("r{number}"), "technician": null, "advisor": null, "occurred_at": at, "findings": [] });
        unjudged.tell(&at, &format!("ro/r{number}"), "inspection_completed", data);
    }
    // A year ago an average order was of 200, now of 100; no line was recommended.
    let mut smaller = Hand::new();
    for number in 0..30 {
        visit(&mut smaller, &format!("b{number}"), &format!("2026-05-{:02}", 1 + number), "200.00");
        visit(&mut smaller, &format!("n{number}"), &format!("2026-08-{:02}", 1 + number % 20), "100.00");
    }
    for (case, card, week, figure, says) in [
        (
            "unjudged",
            boxed(&unjudged),
            4,
            "inspection_completion",
            "40 of 40 orders were inspected, and the gate has not said",
        ),
        (
            "not looked at",
            boxed(&forty(0, 0)),
            4,
            "inspection_completion",
            "40 of 40 orders had no inspection",
        ),
        (
            "smaller",
            boxed(&smaller),
            12,
            "order_lift",
            "none of 30 orders passed the gate, no recommended line was answered",
        ),
    ] {
        let hints = &at_week(&card, week).hints;
        let hint = hints
            .iter()
            .find(|hint| hint.figure.ends_with(figure))
            .unwrap_or_else(|| panic!("{case}: {hints:?}"));
        assert!(hint.words.contains(says), "{case}: {}", hint.words);
        for hint in hints.iter().chain(&card.hints) {
            for nothing in [" 0 of ", " of 0 ", " 0 were ", " 0 had "] {
                assert!(!hint.words.contains(nothing), "{case}: {nothing:?} in {}", hint.words);
            }
        }
    }
}

#[test]
fn a_target_reached_a_small_base_and_weeks_that_are_not_over_blame_nobody() {
    let met = forty(40, 39).card(END);
    assert!(at_week(&met, 4).hints.is_empty(), "{:?}", at_week(&met, 4).hints);
    let mut few = Hand::new();
    visit(&mut few, "r1", "2026-06-03", "100.00");
    let few = few.card(END);
    assert_eq!(value(at_week(&few, 4), "inspection_completion"), is("0.0", 1));
    assert!(at_week(&few, 4).hints.is_empty(), "a small base");
    let early = forty(0, 0).card("2026-06-25T00:00:00Z");
    assert!(!at_week(&early, 4).over && at_week(&early, 4).hints.is_empty());
    assert!(Hand::default().card(END).progress.milestones.is_empty(), "no loop, no weeks");
}

#[test]
fn weeks_are_counted_from_the_first_event_and_a_milestone_looks_at_the_four_that_end_with_it() {
    let mut hand = Hand::new();
    // The journal begins on 1 June at noon: week 1 ends on 8 June at noon.
    for (ro, at) in [
        ("a", "2026-06-08T11:59:00Z"),
        ("b", "2026-06-08T12:00:00Z"),
        ("c", "2026-06-29T11:59:00Z"),
        ("d", "2026-06-29T12:00:00Z"),
    ] {
        hand.order(ro, START, at, json!([line("1", "LOF", "customer_pay", "100.00")]));
    }
    let card = hand.card(END);
    let weeks: Vec<(u32, u64)> = card
        .progress
        .weeks
        .iter()
        .filter(|week| week.orders_closed > 0)
        .map(|week| (week.week, week.orders_closed))
        .collect();
    assert_eq!(weeks, [(1, 1), (2, 1), (4, 1), (5, 1)]);
    assert_eq!(value(at_week(&card, 4), "inspection_completion"), is("0.0", 3));
    assert_eq!(value(at_week(&card, 12), "inspection_completion"), is("null", 0));
    assert_eq!(card.progress.weeks.len(), 14, "the last one has begun");
    let last = at_week(&card, 12);
    assert_eq!((last.from.to_string(), last.until.to_string()), ("2026-07-27".into(), "2026-08-24".into()));
}

#[test]
fn recovery_is_counted_from_the_first_week_and_only_what_was_done_by_then() {
    let mut hand = Hand::new();
    for number in 0..40 {
        let (ro, case) = (format!("old{number}"), format!("declined-{number}"));
        let at = "2026-06-05T12:00:00Z";
        let data = json!({ "key": ro, "vehicle": "v1", "ro": ro, "line": "1", "op_code": null, "service": null,
            "name": "pads", "price": null, "declined_at": at, "reason": "price",
            "case": (number < 30).then_some(&case), "occurred_at": at });
        hand.tell(at, "vehicle/v1", "line_declined", data);
        if number < 30 {
            hand.case(at, &case, "declined_recovery", None, json!([{}]));
        }
        if number < 10 {
            hand.sent("2026-07-05T15:00:00Z", &case, "day30");
        } else if number < 30 {
            let why = json!({ "reason": "no_consent", "decision": null });
            hand.touch("2026-07-05T15:00:00Z", "touch_suppressed", &case, "day30", why);
        }
    }
    // Declined before the loop began, and followed up: in no week.
    let data = json!({ "key": "far", "vehicle": "v1", "ro": "far", "line": "1", "op_code": null, "service": null,
        "name": "pads", "price": null, "declined_at": "2026-05-05T12:00:00Z", "reason": "price", "case": "declined-far",
        "occurred_at": START });
    hand.tell(START, "vehicle/v1", "line_declined", data);
    hand.case(START, "declined-far", "declined_recovery", None, json!([{}]));
    for (number, closed) in [(0, "2026-07-20T12:00:00Z"), (1, "2026-08-30T12:00:00Z")] {
        let ro = format!("new{number}");
        hand.order(&ro, closed, closed, json!([line("1", "BRK", "customer_pay", "400.00")]));
        let data = json!({ "ro": ro, "line": "1", "amount": "400.00", "currency": "USD",
            "trigger": format!("declined-{number}#1"), "receipt": "r", "credit": { "evidence": "op_code_group_in_window" } });
        hand.tell(closed, &format!("ro/{ro}"), "credit_assigned", data);
    }
    let card = hand.card(END);
    let twelfth = at_week(&card, 12);
    assert_eq!(value(twelfth, "recovery"), is("2.5", 40), "the second came in after the twelfth week");
    let hint = twelfth.hints.iter().find(|hint| hint.figure.ends_with("recovery")).unwrap();
    for words in ["10 of 40 declined lines were contacted", "30 were not", "(20)", "10 opened no case"] {
        assert!(hint.words.contains(words), "{words}: {}", hint.words);
    }
    assert!(hint.rests_on.iter().any(|id| id == "declined.contacted"));
}

#[test]
fn an_open_list_is_worth_what_came_back_so_far_once_enough_was_declined() {
    for (lines, worth) in [(30, "270.00"), (29, "null")] {
        let mut hand = Hand::new();
        for number in 0..lines {
            let (ro, case, at) =
                (format!("old{number}"), format!("declined-{number}"), "2026-06-05T12:00:00Z");
            let data = json!({ "key": ro, "vehicle": "v1", "ro": ro, "line": "1", "op_code": null, "service": null,
                "name": "pads", "price": { "amount": "100.00", "currency": "USD" }, "declined_at": at, "reason": "price",
                "case": case, "occurred_at": at });
            hand.tell(at, "vehicle/v1", "line_declined", data);
            hand.case(at, &case, "declined_recovery", None, json!([{}]));
            if number < 3 {
                let (new, closed) = (format!("new{number}"), "2026-07-20T12:00:00Z");
                hand.order(&new, closed, closed, json!([line("1", "BRK", "customer_pay", "90.00")]));
                let data = json!({ "ro": new, "line": "1", "amount": "90.00", "currency": "USD",
                    "trigger": format!("{case}#1"), "receipt": "r", "credit": { "evidence": "op_code_group_in_window" } });
                hand.tell(closed, &format!("ro/{new}"), "credit_assigned", data);
            }
        }
        // A tenth of thirty came back; twenty-seven hundred dollars are open.
        let card = hand.card(END).declined;
        assert_eq!(of(&card.own_worth), is(worth, lines - 3), "{lines} declined");
        assert_eq!(card.worth.len(), 3, "the published rates stay beside it");
    }
}

#[test]
fn a_low_response_names_its_channel_and_a_low_show_rate_who_did_not_come() {
    let mut hand = Hand::new();
    for number in 0..60 {
        let case = format!("c{number}");
        hand.case(START, &case, "mileage_due", None, json!([]));
        let channel = if number < 30 { "sms" } else { "email" };
        let more = json!({ "provider_id": "p", "crossed_revocation": false, "channel": channel });
        hand.touch("2026-06-10T15:00:00Z", "touch_sent", &case, "first", more);
        if number < 3 {
            let at = "2026-06-10T18:00:00Z";
            let data = json!({ "key": case, "case": case, "touch": "first", "human_percent": 90, "occurred_at": at });
            hand.tell(at, &format!("case/{case}"), "link_opened", data);
        }
        let (id, day) = (format!("a{number}"), "2026-06-15T15:00:00Z");
        let set = json!({ "key": id, "appointment": id, "vehicle": "v1", "starts_at": day, "touch": null, "occurred_at": START });
        hand.tell(START, "vehicle/v1", "appointment_set", set);
        let (kind, status) =
            if number < 30 { ("appointment_shown", "x") } else { ("appointment_missed", "no_show") };
        let mut data =
            json!({ "key": format!("{id}/2"), "appointment": id, "vehicle": "v1", "occurred_at": day });
        if number >= 30 {
            data["status"] = status.into();
        }
        if number < 50 {
            hand.tell(day, "vehicle/v1", kind, data);
        }
    }
    let card = hand.card(END);
    let fourth = at_week(&card, 4);
    assert_eq!(value(fourth, "response"), is("5.0", 60));
    assert_eq!(value(fourth, "show_rate"), is("50.0", 60));
    let said = |name: &str| &fourth.hints.iter().find(|hint| hint.figure.ends_with(name)).unwrap().words;
    assert!(
        said("response").contains("60 of 60 messages were not reported delivered"),
        "{}",
        said("response")
    );
    assert!(said("response").contains("email with 0 of 30"), "{}", said("response"));
    let shown = said("show_rate");
    assert!(shown.contains("20 customers did not come") && shown.contains("of 10 nobody said"), "{shown}");
}

#[test]
fn milestones_that_cannot_be_are_refused() {
    let shipped = include_str!("../../policies/scorecard.toml");
    for (from, to, fault) in [
        ("week = 4", "week = 2", "milestones.at, week"),
        ("week = 4", "week = 13", "milestones.at, week"),
        ("window_weeks = 4", "window_weeks = 0", "window_weeks"),
        ("days = 365\n", "days = 0\n", "before.days"),
        ("milestones.at.targets.order_lift", "milestones.at.targets.order_size", "order_size"),
        ("percent = 85", "percent = 185", "at most 100"),
    ] {
        let broken = shipped.replacen(from, to, 1);
        assert_ne!(broken, shipped, "{from}");
        let error = ScorecardPolicy::from_toml(&broken).unwrap_err().to_string();
        assert!(error.contains(fault), "{to}: {error}");
    }
}
