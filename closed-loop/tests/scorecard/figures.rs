//! Each figure on a journal that can be counted on the fingers.

use fixedops_closed_loop::scorecard::ScorecardPolicy;
use serde_json::json;

use crate::hand::{CONTACT, Hand, START, instant, is, line, of};

const END: &str = "2026-09-01T00:00:00Z";

/// One crossing that goes all the way: sent, delivered, clicked, booked, shown, closed, credited.
fn all_the_way() -> Hand {
    let mut hand = Hand::new();
    hand.crossing("2026-06-10T00:00:00Z", "x1", json!({ "outcome": "waiting", "until": null }));
    hand.sent("2026-06-10T15:00:00Z", "case-x1", "first");
    hand.resolved("2026-06-10T15:00:00Z", "x1", json!({ "outcome": "sent" }));
    let at = "2026-06-10T15:01:00Z";
    hand.tell(
        at,
        &format!("contact/{CONTACT}"),
        "delivery_reported",
        json!({ "key": "d", "contact": CONTACT,
        "case": "case-x1", "touch": "first", "delivered": true, "status": "delivered", "occurred_at": at }),
    );
    for (at, percent) in [("2026-06-10T15:02:00Z", 5), ("2026-06-10T18:00:00Z", 90)] {
        hand.tell(
            at,
            "case/case-x1",
            "link_opened",
            json!({ "key": at, "case": "case-x1", "touch": "first",
            "human_percent": percent, "occurred_at": at }),
        );
    }
    hand.tell("2026-06-11T00:00:00Z", "vehicle/v1", "appointment_set", json!({ "key": "a", "appointment": "a1",
        "vehicle": "v1", "starts_at": "2026-06-20T15:00:00Z", "touch": { "case": "case-x1", "touch": "first" },
        "occurred_at": "2026-06-11T00:00:00Z" }));
    hand.tell(
        "2026-06-20T15:00:00Z",
        "vehicle/v1",
        "appointment_shown",
        json!({ "key": "s", "appointment": "a1",
        "vehicle": "v1", "occurred_at": "2026-06-20T15:00:00Z" }),
    );
    let lines = json!([
        line("1", "LOF", "customer_pay", "80.00"),
        line("2", "BRK", "customer_pay", "420.00"),
        line("3", "W", "warranty", "99.00")
    ]);
    hand.order("ro1", "2026-06-20T15:10:00Z", "2026-06-20T20:00:00Z", lines);
    credit(&mut hand, "ro1", "1", "x1", "80.00");
    hand.tell(
        "2026-06-20T20:00:01Z",
        "ro/ro1",
        "ro_attributed",
        json!({ "ro": "ro1", "policy": "p/1", "visit": null,
        "not_credited": [["2", "not_linked"], ["3", "not_customer_pay"]] }),
    );
    hand
}

fn credit(hand: &mut Hand, ro: &str, line: &str, trigger: &str, amount: &str) {
    let data = json!({ "ro": ro, "line": line, "amount": amount, "currency": "USD", "trigger": trigger, "receipt": "r",
        "credit": { "evidence": "appointment_token" } });
    hand.tell("2026-06-20T20:00:01Z", &format!("ro/{ro}"), "credit_assigned", data);
}

#[test]
fn one_crossing_goes_through_the_whole_funnel() {
    let card = all_the_way().card(END);
    let steps: Vec<_> = card
        .funnel
        .total
        .steps
        .iter()
        .map(|step| (step.key.as_str(), of(&step.figure), step.through))
        .collect();
    let names = ["triggers", "cases", "sent", "delivered", "engaged", "booked", "shown", "repair_order"];
    assert_eq!(steps, names.map(|name| (name, is("1", 1), 1)));
    assert_eq!(card.funnel.programs.len(), 1);
    assert_eq!(card.funnel.programs[0].program, "mileage_due");
    assert_eq!(of(&card.funnel.total.visit_amount), is("500.00", 1), "all customer-pay lines, no warranty");
    assert_eq!(of(&card.funnel.total.credited_amount), is("80.00", 1));
    assert_eq!(
        (of(&card.messages.human_clicks), of(&card.messages.scanner_clicks)),
        (is("1", 1), is("0", 1))
    );
    assert_eq!(of(&card.messages.link_openings).0, "2");
    assert_eq!(of(&card.messages.response_rate), is("100.0", 1));
    assert_eq!(of(&card.timings.response_time), is("3.0", 1), "the machine's opening is no response");
    assert_eq!(of(&card.timings.crossing_to_send), is("0.6", 1), "fifteen hours");
    assert_eq!(of(&card.store.show_rate), is("100.0", 1));
    assert!(card.store.show_rate.small_base, "one appointment says little");
}

#[test]
fn a_visit_is_compared_with_the_benchmark_and_its_credited_line_is_not() {
    let card = all_the_way().card(END).attribution;
    assert_eq!(of(&card.credited_amount), is("80.00", 1));
    assert_eq!(of(&card.mean_visit), is("500.00", 1));
    assert_eq!(of(&card.difference), is("6.00", 1), "500 less 494");
    assert_eq!(card.benchmark.value.unwrap().to_string(), "494.00");
    assert!(card.benchmark.source.unwrap().contains("NADA 2025"));
    let reasons: Vec<_> = card.not_credited.rows.iter().map(|row| (row.key.as_str(), row.count)).collect();
    assert_eq!(reasons, [("not_customer_pay", 1), ("not_linked", 1)]);
}

#[test]
fn a_credit_taken_back_is_no_credit_and_is_counted_as_taken_back() {
    let mut hand = all_the_way();
    hand.tell(
        "2026-06-22T00:00:00Z",
        "ro/ro1",
        "credit_reversed",
        json!({ "ro": "ro1", "line": "1", "amount": "80.00",
        "currency": "USD", "receipt": "r", "reason": "line_gone" }),
    );
    let card = hand.card(END);
    assert_eq!(of(&card.attribution.credited_lines), is("0", 2));
    assert_eq!(of(&card.attribution.credited_visits), is("0", 1));
    assert_eq!(of(&card.attribution.mean_visit), is("null", 0), "no mean of nothing");
    assert_eq!(card.attribution.reversed_by_reason.rows[0].amount.unwrap().to_string(), "80.00");
    assert_eq!(of(&card.funnel.total.steps[7].figure), is("0", 1));
}

#[test]
fn an_opt_out_is_a_reply_and_no_response_and_what_was_in_flight_shows() {
    let mut hand = Hand::new();
    hand.crossing("2026-06-10T00:00:00Z", "x1", json!({ "outcome": "sent" }));
    hand.touch(
        "2026-06-10T15:00:00Z",
        "touch_sent",
        "case-x1",
        "first",
        json!({ "provider_id": "p", "crossed_revocation": true }),
    );
    let at = "2026-06-10T16:00:00Z";
    hand.tell(at, &format!("contact/{CONTACT}"), "reply_received", json!({ "key": "r", "contact": CONTACT,
        "touch": { "case": "case-x1", "touch": "first" }, "digest": "00".repeat(32), "label": "opt_out_keyword",
        "scope": "all", "occurred_at": at }));
    hand.tell(
        at,
        &format!("contact/{CONTACT}"),
        "consent_revoked",
        json!({ "key": "r/revoked", "contact": CONTACT,
        "scope": "all", "occurred_at": at, "source": "reply", "vehicle": null }),
    );
    let card = hand.card(END).messages;
    assert_eq!((of(&card.replied), of(&card.response_rate)), (is("1", 1), is("0.0", 1)));
    assert_eq!((of(&card.opted_out), of(&card.opt_out_rate)), (is("1", 1), is("100.0", 1)));
    assert_eq!(of(&card.crossed_revocation), is("1", 1));
    assert_eq!(
        (card.replies_by_label.rows[0].key.as_str(), card.revocations_by_scope.rows[0].key.as_str()),
        ("opt_out_keyword", "all")
    );
}

#[test]
fn what_did_not_go_out_is_counted_by_its_last_word() {
    let mut hand = Hand::new();
    hand.crossing("2026-06-10T00:00:00Z", "x1", json!({ "outcome": "waiting", "until": null }));
    let decision = json!({ "outcome": "deny", "rule_book": "b/1", "rules": [{ "rule": "TCPA-1", "citation": "47 CFR",
        "finding": "blocks", "effective": "always", "confidence": "P" }] });
    hand.touch(
        "2026-06-10T15:00:00Z",
        "touch_deferred",
        "case-x1",
        "first",
        json!({ "until": END, "reason": "quiet", "decision": null }),
    );
    hand.touch(
        "2026-06-11T15:00:00Z",
        "touch_failed",
        "case-x1",
        "first",
        json!({ "reason": "unreachable", "retry_at": null }),
    );
    hand.touch(
        "2026-06-12T15:00:00Z",
        "touch_suppressed",
        "case-x1",
        "second",
        json!({ "reason": "TCPA-1", "decision": decision }),
    );
    hand.touch("2026-06-13T15:00:00Z", "touch_outcome_unknown", "case-x1", "third", json!({}));
    hand.sent("2026-06-14T15:00:00Z", "case-x1", "fourth");
    let card = hand.card(END);
    let messages = &card.messages;
    assert_eq!(of(&messages.sent), is("1", 3), "sent, failed and unknown were handed over");
    assert_eq!((of(&messages.failed), of(&messages.outcome_unknown)), (is("1", 3), is("1", 3)));
    assert_eq!((of(&messages.suppressed), of(&messages.deferred)), (is("1", 1), is("1", 1)));
    let denied = &card.reach.denied_by_rule.rows[0];
    assert_eq!(denied.rule.as_deref(), Some("TCPA-1, 47 CFR"));
    assert_eq!((denied.key.as_str(), denied.label.as_str(), denied.count), ("TCPA-1", "TCPA-1", 1));
}

#[test]
fn declined_work_is_followed_to_its_end_and_what_was_only_taken_over_stands_apart() {
    let mut hand = Hand::new();
    for (number, (price, answer)) in [
        (Some("300.00"), "line_declined"),
        (Some("100.00"), "line_declined"),
        (None, "line_declined"),
        (Some("50.00"), "line_approved"),
        (Some("70.00"), "line_deferred"),
    ]
    .into_iter()
    .enumerate()
    {
        let ro = format!("old{number}");
        let price = price.map(|amount| json!({ "amount": amount, "currency": "USD" }));
        let at = if number == 1 { "2026-07-02T12:00:00Z" } else { "2026-06-02T12:00:00Z" };
        let case = (answer == "line_declined").then(|| format!("declined-{number}"));
        let data = json!({ "key": ro, "vehicle": "v1", "ro": ro, "line": "1", "op_code": "BRK", "service": null,
            "name": "pads", "price": price, "declined_at": at, "reason": "price", "case": case, "occurred_at": at });
        // Each of them was declined at first.
        hand.tell(at, "vehicle/v1", "line_declined", data.clone());
        if answer != "line_declined" {
            hand.tell(at, "vehicle/v1", answer, data);
        }
        if let Some(case) = case {
            hand.case(at, &case, "declined_recovery", None, json!([{}]));
        }
    }
    // Work declined before the journal began: one line nobody was written to about, one that opened a case, and one
    // that was done here since.
    for (ro, case, op_code) in
        [("far1", None, "TIRE"), ("far2", Some("declined-far2"), "WIPE"), ("far3", None, "BRK")]
    {
        let at = "2024-03-01T12:00:00Z";
        let data = json!({ "key": ro, "vehicle": "v1", "ro": ro, "line": "1", "op_code": op_code, "service": null,
            "name": "work", "price": { "amount": "900.00", "currency": "USD" }, "declined_at": at, "reason": "not_told",
            "case": case, "occurred_at": at });
        hand.tell(START, "vehicle/v1", "line_declined", data);
        if let Some(case) = case {
            hand.case(START, case, "declined_recovery", None, json!([{}]));
        }
    }
    // A line that was put off, and whose day came: its case is its trigger.
    hand.case("2026-07-01T12:00:00Z", "put-off", "declined_recovery", None, json!([{}]));
    hand.sent("2026-07-02T13:00:00Z", "declined-0", "day30");
    hand.order(
        "ro9",
        "2026-07-10T10:00:00Z",
        "2026-07-10T12:00:00Z",
        json!([line("1", "BRK", "customer_pay", "290.00")]),
    );
    credit(&mut hand, "ro9", "1", "declined-0#1", "290.00");
    let whole = hand.card(END);
    let card = &whole.declined;
    assert_eq!(
        (of(&card.lines), of(&card.amount), of(&card.unpriced)),
        (is("4", 6), is("1300.00", 3), is("1", 4))
    );
    assert_eq!(of(&card.in_period), is("3", 4), "the other one opened a case");
    assert_eq!(
        (of(&card.taken_over), of(&card.taken_over_open)),
        (is("2", 2), is("900.00", 1)),
        "history stands apart, and of it what was done here since is no longer open"
    );
    assert_eq!(
        (of(&card.contacted), of(&card.booked), of(&card.completed)),
        (is("1", 4), is("0", 4), is("1", 4))
    );
    assert_eq!(of(&card.done_uncredited), is("2", 4), "the same op code on a later order");
    assert_eq!((of(&card.recovery_rate), of(&card.recovery_rate_amount)), (is("25.0", 4), is("22.3", 3)));
    assert_eq!(card.recovery_rate_amount.denominator.unwrap().to_string(), "1300.00");
    assert_eq!((of(&card.approved), of(&card.deferred)), (is("1", 6), is("1", 6)));
    assert_eq!(of(&whole.inspections.acceptance), is("16.7", 6), "a no of years ago is no answer of today");
    let funnel = &whole.funnel.total.steps;
    assert_eq!(
        (of(&funnel[0].figure), of(&funnel[1].figure)),
        (is("5", 5), is("5", 5)),
        "no more cases than triggers"
    );
    assert_eq!(card.by_reason.rows[0].label, "too expensive");
    let months: Vec<_> = card
        .cohorts
        .iter()
        .map(|c| (c.month.as_str(), c.lines, c.completed, c.percent_lines.unwrap().to_string()))
        .collect();
    assert_eq!(
        months,
        [
            ("2024-03", 1, 0, "0.0".to_owned()),
            ("2026-06", 2, 1, "50.0".to_owned()),
            ("2026-07", 1, 0, "0.0".to_owned())
        ]
    );
    assert_eq!(
        card.worth.iter().map(of).collect::<Vec<_>>(),
        [is("54.00", 1), is("108.00", 1), is("180.00", 1)],
        "what is open of our lines, not of the history"
    );
}

#[test]
fn an_open_declined_list_is_worth_its_dollars_times_each_scenario() {
    let mut hand = Hand::new();
    let data = json!({ "key": "k", "vehicle": "v1", "ro": "old", "line": "1", "op_code": null, "service": null, "name": "pads",
        "price": { "amount": "500.00", "currency": "USD" }, "declined_at": START, "reason": "", "case": null });
    hand.tell(START, "vehicle/v1", "line_declined", data);
    let card = hand.card(END).declined;
    assert_eq!(card.worth.iter().map(|worth| of(worth).0).collect::<Vec<_>>(), ["30.00", "60.00", "100.00"]);
    assert_eq!(card.by_reason.rows[0].key, "not_told");
}

#[test]
fn a_line_counts_as_what_was_said_last_and_not_as_what_came_in_last() {
    let mut hand = Hand::new();
    let line = |key: &str, reason: &str, at: &str| {
        json!({ "key": key, "vehicle": "v1", "ro": "old", "line": "1", "op_code": null, "service": null, "name": "pads",
            "price": { "amount": "500.00", "currency": "USD" }, "declined_at": at, "occurred_at": at, "reason": reason,
            "method": "digital_portal", "until": null, "case": null })
    };
    let (noon, later) = ("2026-06-20T12:00:00Z", "2026-06-20T13:00:00Z");
    hand.tell(later, "vehicle/v1", "line_approved", line("a", "", later));
    hand.tell(later, "vehicle/v1", "line_declined", line("b", "price", noon));
    let card = hand.card(END).declined;
    assert_eq!((of(&card.lines), of(&card.amount).0), (is("0", 1), is("0.00", 0).0));
    hand.tell(END, "vehicle/v1", "line_declined", line("c", "trust", END));
    hand.tell(END, "vehicle/v1", "line_declined", line("d", "price", noon));
    let card = hand.card(END).declined;
    assert_eq!((of(&card.lines), of(&card.amount).0), (is("1", 1), is("500.00", 1).0));
    assert_eq!(card.by_reason.rows[0].key, "trust");
}

#[test]
fn the_last_word_of_the_gate_counts_whatever_it_said_before() {
    let at = "2026-06-20T16:00:00Z";
    for (words, passed, exempted, held) in [
        (&["gate_exempted", "gate_passed"][..], "1", "0", "0"),
        (&["gate_exempted", "gate_blocked"], "0", "0", "1"),
        (&["gate_passed", "gate_blocked"], "0", "0", "1"),
        (&["gate_blocked", "inspection_completed"], "0", "0", "1"),
        (&["gate_blocked", "gate_passed"], "1", "0", "0"),
    ] {
        let mut hand = Hand::new();
        let lines = json!([line("1", "MPI", "customer_pay", "10.00")]);
        hand.order("ro1", "2026-06-20T15:10:00Z", "2026-06-20T20:00:00Z", lines);
        for word in words {
            let data = json!({ "ro": "ro1", "inspection": "i", "key": word, "technician": "T7", "advisor": "A1",
                "vehicle": "v1", "code": "fleet", "missing": [], "findings": [] });
            hand.tell(at, "ro/ro1", word, data);
        }
        let inspections = hand.card(END).inspections;
        let found =
            [&inspections.passed, &inspections.exempted, &inspections.closed_held].map(|figure| of(figure).0);
        assert_eq!(found, [passed, exempted, held], "{words:?}");
    }
}

#[test]
fn exemptions_that_outrun_the_policy_raise_an_alarm() {
    let mut hand = Hand::new();
    let at = "2026-06-20T16:00:00Z";
    for number in 0..24 {
        let ro = format!("ro{number}");
        let lines = json!([line("1", "MPI", "customer_pay", "10.00")]);
        hand.order(&ro, "2026-06-20T15:10:00Z", "2026-06-20T20:00:00Z", lines);
        let told = json!({ "ro": ro, "inspection": ro, "key": ro, "technician": "T7", "advisor": "A1", "vehicle": "v1",
            "code": "fleet", "by": "A1", "missing": [], "findings": [] });
        let words = if number % 2 == 0 {
            ["exemption_asked", "gate_exempted"]
        } else {
            ["inspection_completed", "gate_passed"]
        };
        for word in words {
            hand.tell(at, &format!("ro/{ro}"), word, told.clone());
        }
    }
    let alarms = hand.card(END).inspections.alarms;
    assert_eq!(alarms.len(), 2, "{alarms:?}");
    assert!(alarms[0].starts_with("advisor A1: 12 of 24 orders exempted"), "{alarms:?}");
    assert!(alarms[1].starts_with("technician T7: 12 of 24"), "{alarms:?}");
}

#[test]
fn acceptance_is_counted_above_the_fold_and_below_it() {
    let mut hand = Hand::new();
    let at = "2026-06-20T16:00:00Z";
    let ranked = json!({ "ro": "ro1", "fold": 1, "findings": [{ "finding": "f2" }, { "finding": "f1" }, { "finding": "f3" }] });
    hand.tell(at, "ro/ro1", "inspection_ranked", ranked);
    for (line, finding, said) in [
        ("1", "f1", "line_declined"),
        ("2", "f2", "line_approved"),
        ("3", "f3", "line_deferred"),
        ("4", "f9", "line_declined"),
    ] {
        let data = json!({ "key": line, "vehicle": "v1", "ro": "ro1", "line": line, "op_code": null, "service": null,
            "name": "pads", "price": null, "declined_at": at, "occurred_at": at, "reason": "price",
            "method": "digital_portal", "until": null, "case": null, "finding": finding });
        hand.tell(at, "vehicle/v1", said, data);
    }
    let inspections = hand.card(END).inspections;
    assert_eq!(of(&inspections.acceptance_above_fold), is("100.0", 1));
    assert_eq!(of(&inspections.acceptance_additional), is("0.0", 2), "a finding nobody ranked is in neither");
}

#[test]
fn an_exemption_is_never_a_completed_inspection() {
    let mut hand = Hand::new();
    for number in 1..=4 {
        let ro = format!("ro{number}");
        hand.order(
            &ro,
            "2026-06-20T15:10:00Z",
            "2026-06-20T20:00:00Z",
            json!([line("1", "MPI", "customer_pay", "10.00")]),
        );
        let told = |more: serde_json::Value| {
            let mut data = json!({ "ro": ro, "inspection": ro, "key": ro, "technician": "T7", "advisor": "A1", "vehicle": "v1" });
            data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            data
        };
        let stream = format!("ro/{ro}");
        if number < 4 {
            let findings = json!({ "findings": [{ "id": "f1", "code": "red", "photos": 1, "price": {} }, { "id": "f2", "code": "green", "photos": 0 }] });
            hand.tell("2026-06-20T16:00:00Z", &stream, "inspection_completed", told(findings));
        }
        match number {
            1 => hand.tell("2026-06-20T16:00:00Z", &stream, "gate_passed", told(json!({}))),
            2 => hand.tell("2026-06-20T16:00:00Z", &stream, "gate_blocked", told(json!({ "missing": [] }))),
            3 => {
                hand.tell("2026-06-20T16:00:00Z", &stream, "gate_passed", told(json!({})));
                hand.tell("2026-06-20T16:00:00Z", &stream, "gate_exempted", told(json!({ "code": "fleet" })))
            }
            _ => &mut hand,
        };
    }
    let card = hand.card(END);
    let inspections = &card.inspections;
    assert_eq!((of(&inspections.inspected), of(&inspections.passed)), (is("3", 4), is("1", 4)));
    assert_eq!((of(&inspections.blocked), of(&inspections.exempted)), (is("1", 4), is("1", 4)));
    assert_eq!((of(&inspections.without), of(&inspections.closed_held)), (is("1", 4), is("1", 4)));
    assert_eq!(of(&inspections.completion_rate), is("25.0", 4));
    assert_eq!(of(&inspections.completion_rate_without_exempted), is("33.3", 3));
    assert_eq!(of(&inspections.photos), is("100.0", 3));
    assert_eq!(inspections.by_technician[0].who, "T7");
    assert_eq!(
        (inspections.exemptions.rows[0].key.as_str(), of(&card.declined.never_answered)),
        ("fleet", is("3", 3))
    );
}

#[test]
fn a_consent_counts_as_proven_only_with_every_element_and_until_it_is_taken_back() {
    let linked = json!({ "key": "l", "contact": CONTACT, "person": "c1", "household": "h1", "medium": "phone", "recipient": {} });
    let consent = |disclosure: serde_json::Value| {
        json!({ "key": "g", "contact": CONTACT, "scope": ["sms"], "level": "pewc",
        "occurred_at": START, "source": "tablet", "consent": { "level": "pewc", "channels": ["sms"], "given_at": START,
        "in_writing": true, "signed": "esign_checkbox", "phone_matches": true, "disclosure": disclosure } })
    };
    let whole = json!(["automated_technology", "not_condition_of_purchase", "seller_named"]);
    let stream = format!("contact/{CONTACT}");
    for (case, disclosure, revoked, provable, out) in [
        ("every element", whole.clone(), false, "100.0", "0"),
        ("no seller named", json!(["automated_technology", "not_condition_of_purchase"]), false, "0.0", "0"),
        ("taken back", whole, true, "0.0", "1"),
    ] {
        let mut hand = Hand::new();
        hand.vehicle("v2", "c2", "loaner");
        hand.tell(START, &stream, "contact_linked", linked.clone());
        hand.tell(START, &stream, "consent_granted", consent(disclosure));
        if revoked {
            hand.tell("2026-06-05T00:00:00Z", &stream, "consent_revoked", json!({ "key": "r", "contact": CONTACT,
                "scope": "marketing", "occurred_at": "2026-06-05T00:00:00Z", "source": "dms_flag", "vehicle": null }));
        }
        let card = hand.card(END).reach;
        assert_eq!(of(&card.owners), is("1", 1), "{case}: a loaner's owner is not in play");
        assert_eq!((of(&card.with_phone), of(&card.with_mail)), (is("1", 1), is("0", 1)), "{case}");
        assert_eq!(of(&card.provable), is(provable, 1), "{case}");
        assert_eq!(of(&card.opted_out), is(out, 1), "{case}");
    }
}

#[test]
fn history_taken_over_is_not_counted_as_done_here_and_a_later_closing_replaces_an_earlier_one() {
    let mut hand = Hand::new();
    hand.order(
        "old",
        "2025-01-01T10:00:00Z",
        "2025-01-01T12:00:00Z",
        json!([line("1", "LOF", "customer_pay", "80.00")]),
    );
    hand.order(
        "ro1",
        "2026-06-20T10:00:00Z",
        "2026-06-20T12:00:00Z",
        json!([line("1", "LOF", "customer_pay", "80.00")]),
    );
    hand.order(
        "ro1",
        "2026-06-20T10:00:00Z",
        "2026-06-21T12:00:00Z",
        json!([line("1", "LOF", "customer_pay", "60.00"), line("2", "D", "customer_pay", "-10.00")]),
    );
    let card = hand.card(END);
    assert_eq!(
        (of(&card.store.orders_closed), of(&card.store.customer_pay_amount)),
        (is("1", 1), is("50.00", 1))
    );
    assert_eq!(card.timings.weekly.iter().map(|week| week.orders_closed).sum::<u64>(), 1);
}

#[test]
fn a_journal_that_does_not_read_is_an_error_that_names_the_place() {
    use fixedops_closed_loop::scorecard::ScorecardBuilder;
    let mut hand = Hand::new();
    hand.tell(START, "vehicle/v1", "threshold_crossed", json!({ "crossing": 7 }));
    hand.tell(START, "vehicle/v1", "a_type_of_tomorrow", json!({}));
    let mut builder = ScorecardBuilder::new(
        "north".parse().unwrap(),
        fixedops_odometer_core::Model::shipped(),
        &ScorecardPolicy::shipped(),
    );
    builder.apply(&hand.events[0]).unwrap();
    let error = builder.apply(&hand.events[1]).unwrap_err().to_string();
    assert!(error.contains("threshold_crossed") && error.contains("position 2"), "{error}");
    builder.apply(&hand.events[2]).unwrap();
    let card = builder.finish(instant(END), &ScorecardPolicy::shipped(), None);
    assert_eq!((card.header.events, card.header.left_out.unknown_events), (2, 1));
}

#[test]
fn a_policy_out_of_its_bounds_is_refused_by_name() {
    let shipped = include_str!("../../policies/scorecard.toml");
    for (case, from, to, names) in [
        ("no amount", "amount = \"494\"", "amount = \"0\"", "benchmark_visit.amount"),
        ("a third decimal", "amount = \"494\"", "amount = \"494.005\"", "benchmark_visit.amount"),
        ("a car that stands", "annual_miles = 13476", "annual_miles = 0", "annual_miles"),
        ("ages that fall", "[30, 90, 180, 365]", "[90, 30]", "capture_ages_days"),
        ("more than all", "percent = [6, 12, 20]", "percent = [6, 120]", "percent"),
        ("an unknown target", "[targets.show_rate]", "[targets.shine]", "shine"),
    ] {
        assert!(shipped.contains(from), "{case}");
        let error = ScorecardPolicy::from_toml(&shipped.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(names), "{case}: {error}");
    }
}
