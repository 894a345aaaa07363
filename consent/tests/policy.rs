//! What the rule files alone decide: the switches of disputed points, relevance, where a ZIP code lies, providers' codes and
//! dealer systems' flags; and when a queued call may be dialled.

#![cfg(feature = "decide")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use fixedops_consent::{
    Callable, ContactFacts, ContentDigest, Decision, Effect, ReadVersions, Request, RuleBook, VehicleFact,
    callable, decide,
};
use fixedops_vocab::{CaseId, Channel, ContactHash, ProgramId, Purpose, Scope, TouchId, TouchKey};

static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::shipped);

const NOON: &str = "2026-11-24T17:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn request(channel: Channel, purpose: Purpose, program: &str) -> Request {
    Request {
        contact: ContactHash::from_bytes([7; 32]),
        channel,
        purpose,
        digest: ContentDigest::from_bytes([8; 32]),
        versions: ReadVersions::default(),
        key: TouchKey { case: CaseId::new("case").unwrap(), touch: TouchId::new("1").unwrap() },
        program: ProgramId::new(program).unwrap(),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    }
}

/// The shipped book with one passage of one file replaced.
fn with(file: &str, from: &str, to: &str) -> RuleBook {
    let files: Vec<(&str, String)> = RuleBook::SHIPPED_FILES
        .iter()
        .map(|(name, text)| {
            assert!(*name != file || text.contains(from), "{from} is in {file}");
            (*name, if *name == file { text.replacen(from, to, 1) } else { (*text).to_owned() })
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    RuleBook::from_files(&files).unwrap()
}

/// Facts with a written consent for texts and calls, and what is put in besides.
fn written(more: &str) -> ContactFacts {
    let mut facts = plain(more);
    facts.consents = serde_json::from_str(
        r#"[{"level": "pewc", "channels": ["sms", "live_call"], "given_at": "2025-03-02T15:00:00Z", "in_writing": true,
             "signed": "esign_checkbox", "phone_matches": true,
             "disclosure": ["automated_technology", "not_condition_of_purchase", "seller_named"]}]"#,
    )
    .unwrap();
    facts
}

fn plain(json: &str) -> ContactFacts {
    serde_json::from_str(json).unwrap()
}

const GEORGIA: &str =
    r#""recipient": {"area_code": "404", "states": ["GA"], "candidate_zones": ["America/New_York"]}"#;

#[test]
fn every_switch_changes_what_it_says_and_the_strict_reading_is_the_default() {
    struct Case {
        switch: &'static str,
        facts: ContactFacts,
        request: Request,
        now: &'static str,
        /// What is decided as shipped, and with the switch turned.
        shipped: &'static str,
        turned: &'static str,
    }
    let sms = |purpose| request(Channel::Sms, purpose, "mileage_due");
    let call = || request(Channel::LiveCall, Purpose::Marketing, "mileage_due");
    let state = |code: &str, zone: &str| {
        format!(r#"{{"recipient": {{"states": ["{code}"], "candidate_zones": ["{zone}"]}}}}"#)
    };
    let cases = [
        Case {
            switch: "any_request_ends_relationship",
            facts: {
                let mut facts = plain(&format!(
                    r#"{{{GEORGIA}, "dnc": {{"national": true}}, "ebr": {{"last_transaction": "2026-09-20"}}}}"#
                ));
                facts.revocations = serde_json::from_str(
                    r#"[{"received_at": "2026-11-01T15:00:00Z", "channel": "sms", "text": "STOP", "scope": "sms"}]"#,
                )
                .unwrap();
                facts
            },
            request: call(),
            now: NOON,
            shipped: "deny",
            turned: "allow",
        },
        Case {
            switch: "texts_are_calls",
            facts: {
                let mut facts = written(&format!(r#"{{{GEORGIA}, "dnc": {{"internal": true}}}}"#));
                facts.dnc.internal_on = Some("2026-01-01".parse().unwrap());
                facts
            },
            request: sms(Purpose::Marketing),
            now: NOON,
            shipped: "deny",
            turned: "allow",
        },
        Case {
            switch: "windows_bind_with_consent",
            facts: written(&format!("{{{GEORGIA}}}")),
            request: sms(Purpose::Marketing),
            now: "2026-11-24T03:00:00Z",
            shipped: "defer",
            turned: "allow",
        },
        Case {
            switch: "oral_consent_is_not_written",
            facts: {
                let mut facts = plain(&state("TX", "America/Chicago"));
                facts.consents = serde_json::from_str(
                    r#"[{"level": "pec", "channels": ["sms"], "given_at": "2026-03-02T15:00:00Z", "signed": "verbal"}]"#,
                )
                .unwrap();
                facts
            },
            request: sms(Purpose::Marketing),
            now: NOON,
            shipped: "deny",
            turned: "allow",
        },
        Case {
            switch: "revoke_all_binds_already",
            facts: {
                let mut facts = plain(&format!("{{{GEORGIA}}}"));
                facts.consents = serde_json::from_str(
                    r#"[{"level": "pec", "channels": ["sms", "ai_call"], "given_at": "2026-03-02T15:00:00Z"}]"#,
                )
                .unwrap();
                facts.facts.caller_identified = Some(true);
                facts.revocations = serde_json::from_str(
                    r#"[{"received_at": "2026-11-01T15:00:00Z", "channel": "sms", "text": "STOP", "scope": "sms"}]"#,
                )
                .unwrap();
                facts
            },
            request: request(Channel::AiCall, Purpose::Informational, "mileage_due"),
            now: NOON,
            shipped: "allow",
            turned: "deny",
        },
        Case {
            switch: "disputed_state_windows",
            facts: plain(&state("KY", "America/New_York")),
            request: call(),
            now: "2026-11-24T14:30:00Z",
            shipped: "defer",
            turned: "allow",
        },
        Case {
            switch: "windows_from_memory",
            facts: plain(&state("WY", "America/Denver")),
            request: call(),
            now: "2026-11-24T03:30:00Z",
            shipped: "defer",
            turned: "allow",
        },
        Case {
            switch: "window_ends_are_shut",
            facts: plain(&format!("{{{GEORGIA}}}")),
            request: call(),
            now: "2026-11-24T02:00:00Z",
            shipped: "defer",
            turned: "allow",
        },
        Case {
            switch: "recalls_need_consent",
            facts: plain(&format!("{{{GEORGIA}}}")),
            request: sms(Purpose::Recall),
            now: NOON,
            shipped: "deny",
            turned: "allow",
        },
        Case {
            switch: "reassigned_no_data_blocks",
            facts: written(&format!(
                r#"{{{GEORGIA}, "facts": {{"rnd": {{"result": "no_data", "checked_at": "2026-11-20", "since": "2025-03-02"}}}}}}"#
            )),
            request: sms(Purpose::Marketing),
            now: NOON,
            shipped: "deny",
            turned: "allow",
        },
    ];
    let federal = RuleBook::SHIPPED_FILES.iter().find(|(name, _)| *name == "federal.toml").unwrap().1;
    let (_, strict) = federal.split_once("\n[strict]").unwrap();
    let switches = strict
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = "))
        .filter(|(name, _)| !name.starts_with('#'));
    let names: Vec<&str> = switches.map(|(name, _)| name).collect();
    assert_eq!(names, cases.iter().map(|case| case.switch).collect::<Vec<_>>(), "a switch without a case");
    for case in cases {
        let default = case.switch != "revoke_all_binds_already";
        let turned = with(
            "federal.toml",
            &format!("{} = {default}", case.switch),
            &format!("{} = {}", case.switch, !default),
        );
        let outcome =
            |book: &RuleBook| decide(&case.facts, &case.request, at(case.now), book).decision.as_str();
        assert_eq!(outcome(&BOOK), case.shipped, "{} as shipped", case.switch);
        assert_eq!(outcome(&turned), case.turned, "{} turned", case.switch);
    }
}

#[test]
fn relevance_is_a_table_of_programme_by_fact_and_each_fact_has_a_rule_of_its_own() {
    let go = "allow";
    for (program, purpose, fact, expected, rule) in [
        ("mileage_due", Purpose::Marketing, VehicleFact::Booked, "deny", "HOUSE-RELEVANCE-BOOKED"),
        (
            "mileage_due",
            Purpose::Marketing,
            VehicleFact::RecentlyServiced,
            "deny",
            "HOUSE-RELEVANCE-SERVICED",
        ),
        ("mileage_due", Purpose::Marketing, VehicleFact::RoOpen, "defer", "HOUSE-RELEVANCE-RO-OPEN"),
        ("mileage_due", Purpose::Marketing, VehicleFact::VehicleSold, "deny", "HOUSE-RELEVANCE-SOLD"),
        ("mileage_due", Purpose::Marketing, VehicleFact::StockUnit, "deny", "HOUSE-RELEVANCE-STOCK"),
        ("mileage_due", Purpose::Marketing, VehicleFact::LoanerUnit, "deny", "HOUSE-RELEVANCE-LOANER"),
        ("mileage_due", Purpose::Marketing, VehicleFact::FleetUnit, "deny", "HOUSE-RELEVANCE-FLEET"),
        ("mileage_due", Purpose::Marketing, VehicleFact::EmployeeUnit, "deny", "HOUSE-RELEVANCE-EMPLOYEE"),
        ("declined_recovery", Purpose::Marketing, VehicleFact::RecentlyServiced, go, ""),
        ("declined_recovery", Purpose::Marketing, VehicleFact::Booked, "defer", "HOUSE-RELEVANCE-BOOKED"),
        ("inspection_delivery", Purpose::Transactional, VehicleFact::RoOpen, go, ""),
        ("appointment_reminder", Purpose::Informational, VehicleFact::Booked, go, ""),
        ("recall", Purpose::Recall, VehicleFact::RecentlyServiced, go, ""),
        ("recall", Purpose::Recall, VehicleFact::VehicleSold, "deny", "HOUSE-RELEVANCE-SOLD"),
        ("a programme of the store's own", Purpose::Marketing, VehicleFact::Booked, go, ""),
    ] {
        let mut facts = written(&format!("{{{GEORGIA}}}"));
        facts.facts.vehicle_facts.push(fact);
        let decided = decide(&facts, &request(Channel::Sms, purpose, program), at(NOON), &BOOK);
        assert_eq!(decided.decision.as_str(), expected, "{program} {fact:?}");
        if !rule.is_empty() {
            let effect = decided.finding(rule).unwrap_or_else(|| panic!("{program}: {rule}")).effect;
            assert!(effect >= Effect::Defers, "{program} {rule}");
        }
    }
}

#[test]
fn a_booked_vehicle_waits_for_its_appointment_and_an_open_order_for_three_days() {
    let mut facts = written(&format!("{{{GEORGIA}}}"));
    facts.facts.appointment_at = Some(at("2026-11-30T15:30:00Z"));
    let request = request(Channel::Sms, Purpose::Marketing, "declined_recovery");
    let until = |facts: &ContactFacts| match decide(facts, &request, at(NOON), &BOOK).decision {
        Decision::Defer(until) => until,
        other => panic!("{}", other.as_str()),
    };
    assert_eq!(until(&facts), at("2026-11-30T15:30:00Z"));
    facts.facts.appointment_at = None;
    facts.facts.ro_open = Some(true);
    assert_eq!(until(&facts), at("2026-11-27T17:00:00Z"));
    // An appointment that is over is none.
    facts.facts.ro_open = None;
    facts.facts.appointment_at = Some(at(NOON));
    assert!(matches!(decide(&facts, &request, at(NOON), &BOOK).decision, Decision::Allow(_)));
}

#[test]
fn a_zip_code_settles_a_split_area_code_and_contradicts_a_foreign_one() {
    // Half past eight in the evening in the Central zone, half past nine in New York.
    let evening = "2026-11-25T02:30:00Z";
    // Half past eight in the morning in New York, half past five in Los Angeles.
    let morning = "2026-11-24T13:30:00Z";
    for (why, recipient, now, zones, outcome) in [
        (
            "Pensacola settles 850",
            r#"{"area_code": "850", "zip": "32501"}"#,
            morning,
            vec!["America/Chicago"],
            "defer",
        ),
        (
            "850 alone may be either",
            r#"{"area_code": "850"}"#,
            morning,
            vec!["America/New_York", "America/Chicago"],
            "defer",
        ),
        (
            "a New York telephone in Los Angeles",
            r#"{"area_code": "212", "zip": "90001"}"#,
            morning,
            vec!["America/New_York", "America/Los_Angeles"],
            "defer",
        ),
        ("a New York ZIP", r#"{"zip": "10001"}"#, morning, vec!["America/New_York"], "allow"),
        ("and its last four", r#"{"zip": "10001-1234"}"#, morning, vec!["America/New_York"], "allow"),
        (
            "Tennessee by state is two zones",
            r#"{"states": ["TN"], "area_code": "615"}"#,
            evening,
            vec!["America/New_York", "America/Chicago"],
            "defer",
        ),
        (
            "Nashville by ZIP is one",
            r#"{"states": ["TN"], "area_code": "615", "zip": "37201"}"#,
            evening,
            vec!["America/Chicago"],
            "allow",
        ),
        (
            "Window Rock keeps summer time",
            r#"{"states": ["AZ"], "zip": "86515"}"#,
            NOON,
            vec!["America/Denver"],
            "allow",
        ),
        (
            "the sources differ on Page",
            r#"{"states": ["AZ"], "zip": "86040"}"#,
            NOON,
            vec!["America/Denver", "America/Phoenix"],
            "allow",
        ),
        ("Phoenix does not", r#"{"states": ["AZ"], "zip": "85001"}"#, NOON, vec!["America/Phoenix"], "allow"),
        (
            "an overlay inherits",
            r#"{"area_code": "448"}"#,
            NOON,
            vec!["America/New_York", "America/Chicago"],
            "allow",
        ),
    ] {
        let mut facts = written("{}");
        facts.recipient = serde_json::from_str(recipient).unwrap();
        let decided = decide(&facts, &request(Channel::Sms, Purpose::Marketing, "x"), at(now), &BOOK);
        let whereabouts = decided.whereabouts();
        let mut found: Vec<&str> = whereabouts.zones.iter().map(AsRef::as_ref).collect();
        found.sort_unstable();
        let mut zones = zones;
        zones.sort_unstable();
        assert_eq!(found, zones, "{why}");
        assert_eq!(decided.decision.as_str(), outcome, "{why}: {:?}", decided.findings);
    }
    // The ZIP code's state binds as well: Pensacola closes at eight.
    let mut facts = written("{}");
    facts.recipient = serde_json::from_str(r#"{"area_code": "205", "zip": "32501"}"#).unwrap();
    let decided = decide(&facts, &request(Channel::Sms, Purpose::Marketing, "x"), at(evening), &BOOK);
    assert_eq!(decided.finding("ST-FL-HOURS").map(|finding| finding.effect), Some(Effect::Defers));
    assert!(decided.whereabouts().evidence.zip_code);
}

#[test]
fn a_queued_call_may_be_dialled_now_from_or_never() {
    let facts = |json: &str| plain(json);
    let call = request(Channel::LiveCall, Purpose::Marketing, "declined_recovery");
    let answer = |facts: &ContactFacts, now: &str| {
        let (answer, findings) = callable(facts, &call, at(now), &BOOK);
        let decided = decide(facts, &call, at(now), &BOOK);
        assert_eq!(findings, decided.findings);
        match (&answer, &decided.decision) {
            (Callable::Now { .. }, Decision::Allow(_)) | (Callable::Never, Decision::Deny) => {}
            (Callable::From(from), Decision::Defer(until)) => assert_eq!(from, until),
            other => panic!("{other:?}"),
        }
        answer
    };
    let georgia = facts(&format!("{{{GEORGIA}}}"));
    assert_eq!(answer(&georgia, NOON), Callable::Now { until: Some(at("2026-11-25T02:00:00Z")) });
    assert_eq!(answer(&georgia, "2026-11-24T12:59:59Z"), Callable::From(at("2026-11-24T13:00:00Z")));
    // Two zones: the eastern one shuts first.
    let doubt = facts(r#"{"recipient": {"area_code": "850"}}"#);
    assert_eq!(answer(&doubt, NOON), Callable::Now { until: Some(at("2026-11-25T01:00:00Z")) });
    // The evening before a Pennsylvania holiday ends at nine, not at midnight.
    let pennsylvania = facts(r#"{"recipient": {"states": ["PA"], "candidate_zones": ["America/New_York"]}}"#);
    assert_eq!(
        answer(&pennsylvania, "2026-11-25T17:00:00Z"),
        Callable::Now { until: Some(at("2026-11-26T02:00:00Z")) }
    );
    assert_eq!(answer(&pennsylvania, "2026-11-26T17:00:00Z"), Callable::From(at("2026-11-27T13:00:00Z")));
    let refused = facts(&format!(
        r#"{{{GEORGIA}, "revocations": [{{"received_at": "2026-11-01T00:00:00Z", "channel": "voice", "scope": "calls"}}]}}"#
    ));
    assert_eq!(answer(&refused, NOON), Callable::Never);
    // A call that is no solicitation knows no windows.
    let service = request(Channel::LiveCall, Purpose::Transactional, "declined_recovery");
    assert_eq!(callable(&georgia, &service, at(NOON), &BOOK).0, Callable::Now { until: None });
}

#[test]
fn a_preference_page_can_take_back_one_purpose_only() {
    let mut facts = written(&format!("{{{GEORGIA}}}"));
    facts.revocations = serde_json::from_str(
        r#"[{"received_at": "2026-11-01T00:00:00Z", "channel": "web", "scope": "sms", "purposes": ["informational"]}]"#,
    )
    .unwrap();
    for (purpose, outcome) in
        [(Purpose::Informational, "deny"), (Purpose::Marketing, "allow"), (Purpose::Transactional, "allow")]
    {
        let decided = decide(&facts, &request(Channel::Sms, purpose, "x"), at(NOON), &BOOK);
        assert_eq!(decided.decision.as_str(), outcome, "{purpose}");
        assert_eq!(decided.finding("HOUSE-PURPOSE").is_some(), outcome == "deny", "{purpose}");
    }
}

#[test]
fn a_campaign_that_abandons_more_than_three_in_a_hundred_answered_calls_stops() {
    for (abandoned, outcome) in [(0, "allow"), (30, "allow"), (31, "deny"), (1_000, "deny")] {
        let mut facts = plain(&format!("{{{GEORGIA}}}"));
        facts.facts.abandoned_per_mille = Some(abandoned);
        let decided = decide(&facts, &request(Channel::LiveCall, Purpose::Marketing, "x"), at(NOON), &BOOK);
        assert_eq!(decided.decision.as_str(), outcome, "{abandoned}");
        assert!(decided.finding("FED-ABANDON").is_some(), "{abandoned}");
    }
}

#[test]
fn codes_of_providers_and_flags_of_dealer_systems_revoke_what_they_mean() {
    for (provider, code, scope) in [
        ("Twilio", "21610", Some(Scope::Sms)),
        ("telnyx", " 40300 ", Some(Scope::Sms)),
        ("vonage", "9", Some(Scope::Sms)),
        ("aws", "OPTED_OUT", Some(Scope::Sms)),
        ("twilio", "40300", None),
        ("twilio", "30003", None),
        ("nobody", "21610", None),
    ] {
        assert_eq!(BOOK.carrier_block(provider, code), scope, "{provider} {code}");
    }
    for (flag, scopes) in [
        ("opt_out", &[Scope::All][..]),
        ("Block Automatic Messages", &[Scope::All]),
        ("blockPhone", &[Scope::Calls, Scope::Sms]),
        ("BLOCK-MAIL", &[Scope::Email]),
        ("do not text", &[Scope::Sms]),
        ("birthday", &[]),
    ] {
        assert_eq!(BOOK.dms_flag(flag), scopes, "{flag}");
    }
}
