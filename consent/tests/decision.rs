//! Rules of the decision that the vectors do not reach, and the promises over random facts.

#![cfg(all(feature = "decide", feature = "classify"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_consent::{
    Clearance, Competing, ContactFacts, ContentDigest, Decided, Decision, Effect, ReadVersions, Request,
    RuleBook, SealError, Sealable, Solicitation, decide,
};
use fixedops_vocab::{CaseId, Channel, ContactHash, ProgramId, Purpose, TouchId, TouchKey, VehicleId};
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn key(case: &str) -> TouchKey {
    TouchKey { case: CaseId::new(case).unwrap(), touch: TouchId::new("1").unwrap() }
}

fn program(name: &str) -> ProgramId {
    ProgramId::new(name).unwrap()
}

fn request(channel: Channel, purpose: Purpose) -> Request {
    Request {
        contact: ContactHash::from_bytes([1; 32]),
        channel,
        purpose,
        digest: ContentDigest::from_bytes([2; 32]),
        versions: ReadVersions { contact: 7, person: 3, household: 1 },
        key: key("b"),
        program: program("mileage_due"),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    }
}

fn marketing_text() -> Request {
    request(Channel::Sms, Purpose::Marketing)
}

/// Somebody in Ohio who gave written consent to texts on 2 March 2026, and express consent to everything.
fn consented() -> ContactFacts {
    serde_json::from_str(
        r#"{"recipient": {"line_type": "wireless", "area_code": "614", "states": ["OH"], "candidate_zones": ["America/New_York"]},
            "consents": [
              {"level": "pewc", "channels": ["sms", "mms"], "given_at": "2026-03-02T15:00:00Z", "in_writing": true,
               "signed": "esign_checkbox", "phone_matches": true,
               "disclosure": ["automated_technology", "not_condition_of_purchase", "seller_named"]},
              {"level": "pec", "channels": ["sms", "ai_call"], "given_at": "2026-03-02T15:00:00Z"}]}"#,
    )
    .unwrap()
}

fn revoke(facts: &mut ContactFacts, json: &str) {
    facts.revocations.push(serde_json::from_str(json).unwrap());
}

const NOON: &str = "2026-11-24T17:00:00Z";

static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::shipped);

fn decided(facts: &ContactFacts, request: &Request, now: &str) -> Decided<'static> {
    decide(facts, request, at(now), &BOOK)
}

fn clearance(facts: &ContactFacts, request: &Request) -> Clearance {
    match decided(facts, request, NOON).decision {
        Decision::Allow(clearance) => clearance,
        other => panic!("expected a clearance, got {}", other.as_str()),
    }
}

struct Message(Request);

impl Sealable for Message {
    fn contact(&self) -> ContactHash {
        self.0.contact
    }
    fn channel(&self) -> Channel {
        self.0.channel
    }
    fn purpose(&self) -> Purpose {
        self.0.purpose
    }
    fn digest(&self) -> ContentDigest {
        self.0.digest
    }
    fn key(&self) -> &TouchKey {
        &self.0.key
    }
}

#[test]
fn a_clearance_fits_its_own_message_only_and_for_five_seconds() {
    let asked = marketing_text();
    let changed = |change: fn(&mut Request)| {
        let mut request = marketing_text();
        change(&mut request);
        request
    };
    for (case, message, seconds, expected) in [
        ("its own message at once", marketing_text(), 0, None),
        ("just before five seconds", marketing_text(), 4, None),
        ("at five seconds", marketing_text(), 5, Some(SealError::Expired)),
        ("before it was issued", marketing_text(), -1, Some(SealError::NotYet)),
        (
            "another contact",
            changed(|r| r.contact = ContactHash::from_bytes([9; 32])),
            0,
            Some(SealError::OtherContact),
        ),
        ("another channel", changed(|r| r.channel = Channel::Mms), 0, Some(SealError::OtherChannel)),
        ("another purpose", changed(|r| r.purpose = Purpose::Reply), 0, Some(SealError::OtherPurpose)),
        (
            "another text",
            changed(|r| r.digest = ContentDigest::from_bytes([9; 32])),
            0,
            Some(SealError::OtherContent),
        ),
        ("another touch", changed(|r| r.key = key("z")), 0, Some(SealError::OtherTouch)),
    ] {
        let now = at(NOON) + TimeDelta::seconds(seconds);
        let sealed = clearance(&consented(), &asked).seal(Message(message), now);
        assert_eq!(sealed.err(), expected, "{case}");
    }
}

#[test]
fn a_sealed_message_opens_within_the_five_seconds_only() {
    let seal =
        || clearance(&consented(), &marketing_text()).seal(Message(marketing_text()), at(NOON)).unwrap();
    assert_eq!(seal().clearance().versions(), &ReadVersions { contact: 7, person: 3, household: 1 });
    assert!(seal().open(at(NOON) + TimeDelta::milliseconds(4999)).is_ok());
    assert_eq!(seal().open(at(NOON) + TimeDelta::seconds(5)).err(), Some(SealError::Expired));
}

#[test]
fn a_revocation_at_the_instant_of_the_consent_wins() {
    for (received, expected) in [
        ("2026-03-02T14:59:59Z", "allow"),
        ("2026-03-02T15:00:00Z", "deny"),
        ("2026-03-02T15:00:01Z", "deny"),
    ] {
        let mut facts = consented();
        revoke(
            &mut facts,
            &format!(r#"{{"received_at": "{received}", "channel": "sms", "text": "STOP", "scope": "all"}}"#),
        );
        assert_eq!(decided(&facts, &marketing_text(), NOON).decision.as_str(), expected, "{received}");
    }
}

#[test]
fn silence_about_one_vehicle_binds_messages_about_that_vehicle() {
    for (case, revoked, asked, expected) in [
        ("the same vehicle", r#""a""#, Some("a"), "deny"),
        ("another vehicle", r#""a""#, Some("b"), "allow"),
        ("no vehicle in the message", r#""a""#, None, "allow"),
        ("a revocation that could be about any", "null", Some("b"), "deny"),
        ("a revocation that could be about any, and a message about none", "null", None, "deny"),
    ] {
        let mut facts = consented();
        revoke(
            &mut facts,
            &format!(
                r#"{{"received_at": "2026-10-01T00:00:00Z", "channel": "sms", "scope": "this_vehicle", "vehicle": {revoked}}}"#
            ),
        );
        let request = Request { vehicle: asked.map(|id| VehicleId::new(id).unwrap()), ..marketing_text() };
        assert_eq!(decided(&facts, &request, NOON).decision.as_str(), expected, "{case}");
    }
}

#[test]
fn a_number_outside_north_america_is_denied_with_its_reason() {
    let mut facts = consented();
    facts.recipient.nanp = Some(false);
    let decided = decided(&facts, &marketing_text(), NOON);
    assert_eq!(decided.decision.as_str(), "deny");
    assert_eq!(decided.finding("ENG-NOT-NANP").unwrap().effect, Effect::Blocks);
}

#[test]
fn the_revoke_all_waiver_ends_on_its_day() {
    let mut facts = consented();
    facts.facts.caller_identified = Some(true);
    revoke(
        &mut facts,
        r#"{"received_at": "2026-11-01T00:00:00Z", "channel": "sms", "text": "STOP", "scope": "sms"}"#,
    );
    let call = request(Channel::AiCall, Purpose::Informational);
    for (now, outcome, rule) in [
        ("2027-01-30T17:00:00Z", "allow", "FED-REVOKE-ALL-WAIVED"),
        ("2027-01-31T17:00:00Z", "deny", "FED-REVOKE-ALL"),
    ] {
        let decided = decided(&facts, &call, now);
        assert_eq!(decided.decision.as_str(), outcome, "{now}");
        assert!(decided.finding(rule).is_some(), "{now}: {:?}", decided.findings);
    }
}

#[test]
fn a_rule_binds_from_its_first_day_on() {
    let mut facts = consented();
    facts.recipient.states = vec!["OR".into()];
    facts.recipient.candidate_zones = vec!["America/Los_Angeles".into()];
    facts.recipient.area_code = Some("503".into());
    facts.consents[0].given_at = at("2025-01-02T00:00:00Z");
    // 20:30 in Portland: open under the federal window, shut under Oregon's of 2026.
    for (now, outcome) in [("2025-12-31T04:30:00Z", "allow"), ("2026-01-07T04:30:00Z", "defer")] {
        assert_eq!(decided(&facts, &marketing_text(), now).decision.as_str(), outcome, "{now}");
    }
}

#[test]
fn house_caps_release_at_the_instant_the_oldest_touch_leaves_the_window() {
    let mut facts = consented();
    let sent =
        ["2026-10-30T17:00:00Z", "2026-11-05T17:00:00Z", "2026-11-10T17:00:00Z", "2026-11-20T17:00:00Z"];
    facts.history = sent.map(|time| Solicitation::of(program("mileage_due"), at(time))).to_vec();
    match decided(&facts, &marketing_text(), NOON).decision {
        Decision::Defer(until) => assert_eq!(until, at("2026-11-29T17:00:00Z")),
        other => panic!("{}", other.as_str()),
    }
    assert_eq!(decided(&facts, &marketing_text(), "2026-11-29T17:00:00Z").decision.as_str(), "allow");
    assert_eq!(
        decided(&facts, &request(Channel::Sms, Purpose::Transactional), NOON).decision.as_str(),
        "allow",
        "a cap on marketing does not hold back the car that is ready"
    );
}

#[test]
fn unlimited_is_no_cap_and_zero_is_none() {
    let house = |max: &str| {
        RuleBook::SHIPPED_FILES
            .iter()
            .map(|(name, text)| (*name, text.replace("max = 4", max)))
            .collect::<Vec<_>>()
    };
    let facts = consented();
    for (max, outcome) in [("max = \"unlimited\"", "allow"), ("max = 0", "deny")] {
        let files = house(max);
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let book = RuleBook::from_files(&files).unwrap();
        assert_eq!(decide(&facts, &marketing_text(), at(NOON), &book).decision.as_str(), outcome, "{max}");
    }
}

#[test]
fn the_more_important_of_two_waiting_touches_goes_first() {
    let competing =
        |name: &str, purpose| Competing { key: key("a"), program: program(name), purpose, due_at: at(NOON) };
    for (case, mine, other, outcome) in [
        (
            "a mileage touch waits for declined work",
            "mileage_due",
            competing("declined_recovery", Purpose::Marketing),
            "defer",
        ),
        (
            "declined work does not wait for mileage",
            "declined_recovery",
            competing("mileage_due", Purpose::Marketing),
            "allow",
        ),
        ("marketing waits for a recall", "mileage_due", competing("recall", Purpose::Recall), "defer"),
        (
            "of equals the first by key goes first",
            "mileage_due",
            competing("mileage_due", Purpose::Marketing),
            "defer",
        ),
    ] {
        let request = Request { program: program(mine), competing: vec![other], ..marketing_text() };
        assert_eq!(decided(&consented(), &request, NOON).decision.as_str(), outcome, "{case}");
    }
}

#[test]
fn a_touch_keeps_its_distance_from_one_that_went_out_and_was_as_important_or_more() {
    for (case, before, mine, until) in [
        ("mileage after mileage", "mileage_due", "mileage_due", Some("2026-11-25T16:00:00Z")),
        ("mileage after declined work", "declined_recovery", "mileage_due", Some("2026-11-25T16:00:00Z")),
        ("mileage after an offer", "seasonal", "mileage_due", None),
    ] {
        let mut facts = consented();
        facts.history = vec![Solicitation::of(program(before), at("2026-11-24T16:00:00Z"))];
        let request = Request { program: program(mine), ..marketing_text() };
        let answer = decided(&facts, &request, NOON);
        match (&answer.decision, until) {
            (Decision::Defer(time), Some(until)) => assert_eq!(*time, at(until), "{case}"),
            (Decision::Allow(_), None) => {}
            (other, _) => panic!("{case}: {}", other.as_str()),
        }
    }
}

#[test]
fn declined_work_is_not_piled_onto_a_mileage_touch() {
    let mut facts = consented();
    facts.history = vec![Solicitation::of(program("mileage_due"), at("2026-11-23T17:00:00Z"))];
    let request = Request { program: program("declined_recovery"), ..marketing_text() };
    match decided(&facts, &request, NOON).decision {
        Decision::Defer(until) => assert_eq!(until, at("2026-11-26T17:00:00Z")),
        other => panic!("{}", other.as_str()),
    }
}

#[test]
fn without_any_evidence_every_us_zone_must_be_open() {
    let mut facts = consented();
    facts.recipient = serde_json::from_str("{}").unwrap();
    match decided(&facts, &marketing_text(), "2026-11-24T16:00:00Z").decision {
        Decision::Defer(until) => assert_eq!(until, at("2026-11-24T18:00:00Z"), "eight in Honolulu"),
        other => panic!("{}", other.as_str()),
    }
}

#[test]
fn an_area_code_alone_gives_zone_and_state() {
    let mut facts = consented();
    facts.recipient = serde_json::from_str(r#"{"area_code": "448"}"#).unwrap();
    // 08:30 Eastern is 07:30 Central; the overlay of 850 lies in both.
    match decided(&facts, &marketing_text(), "2026-11-24T13:30:00Z").decision {
        Decision::Defer(until) => assert_eq!(until, at("2026-11-24T14:00:00Z")),
        other => panic!("{}", other.as_str()),
    }
}

/// Records that contradict each other, or lack a part, never allow what the strictest reading of them forbids.
#[test]
fn a_contradiction_or_a_gap_in_the_records_never_allows() {
    struct Row {
        case: &'static str,
        facts: &'static str,
        channel: Channel,
        purpose: Purpose,
        now: &'static str,
        expected: &'static str,
        rule: &'static str,
    }
    let row = |case, facts, expected, rule| Row {
        case,
        facts,
        channel: Channel::Sms,
        purpose: Purpose::Marketing,
        now: NOON,
        expected,
        rule,
    };
    let early = "2026-11-24T14:00:00Z";
    let rows = [
        Row {
            now: early,
            ..row(
                "a Californian with an eastern zone, 06:00 in California",
                r#"{"recipient": {"area_code": "614", "states": ["CA"], "candidate_zones": ["America/New_York"]}}"#,
                "defer",
                "TZ-INTERSECTION",
            )
        },
        Row {
            now: early,
            ..row(
                "a Californian area code with an eastern zone",
                r#"{"recipient": {"area_code": "213", "states": ["OH"], "candidate_zones": ["America/New_York"]}}"#,
                "defer",
                "TZ-INTERSECTION",
            )
        },
        Row {
            now: "2026-11-24T09:00:00Z",
            ..row(
                "a ZIP code that is none and a European zone, 04:00 in New York",
                r#"{"recipient": {"zip": "00000", "candidate_zones": ["Europe/Berlin"]}}"#,
                "defer",
                "TZ-UNKNOWN-ALL-ZONES",
            )
        },
        Row {
            now: "2026-11-24T09:00:00Z",
            ..row(
                "a ZIP of New York and a European zone, 04:00 in New York",
                r#"{"recipient": {"zip": "10001", "candidate_zones": ["Europe/Berlin"]}}"#,
                "defer",
                "TZ-INTERSECTION",
            )
        },
        Row {
            now: "2026-11-24T09:00:00Z",
            ..row(
                "an Ohioan and UTC for a zone",
                r#"{"recipient": {"states": ["OH"], "candidate_zones": ["UTC"]}}"#,
                "defer",
                "FED-QUIET-0800-2100",
            )
        },
        Row {
            now: "2026-11-25T01:30:00Z",
            ..row(
                "a state in small letters, 20:30 in Florida",
                r#"{"recipient": {"states": [" fl"], "candidate_zones": ["America/New_York"]}}"#,
                "defer",
                "ST-FL-HOURS",
            )
        },
        row(
            "on our list by its date only",
            r#"{"dnc": {"internal_on": "2026-06-01"}}"#,
            "deny",
            "FED-DNC-INTERNAL",
        ),
        Row {
            purpose: Purpose::Reply,
            ..row(
                "an answer to an opt-out that is on record nowhere else",
                r#"{"facts": {"inbound_at": "2026-11-24T16:59:00Z", "inbound_text": "Stop. Thank you"}}"#,
                "deny",
                "FED-REVOKE-PERSE",
            )
        },
        Row {
            channel: Channel::LiveCall,
            purpose: Purpose::Reply,
            ..row(
                "a call that answers an opt-out",
                r#"{"facts": {"inbound_text": "UNSUBSCRIBE"}}"#,
                "deny",
                "FED-INVITED-REPLY",
            )
        },
        Row {
            channel: Channel::Email,
            purpose: Purpose::Reply,
            ..row(
                "mail after an opt-out, in answer to a question a year old",
                r#"{"revocations": [{"received_at": "2025-11-01T00:00:00Z", "channel": "email", "scope": "email"}],
                    "facts": {"inbound_at": "2025-11-02T00:00:00Z", "inbound_text": "are you open?"}}"#,
                "deny",
                "EMAIL-CANSPAM-OPTOUT",
            )
        },
        Row {
            purpose: Purpose::RevocationConfirmation,
            ..row(
                "a confirmation to a number outside North America",
                r#"{"recipient": {"nanp": false},
                    "revocations": [{"received_at": "2026-11-24T16:59:30Z", "channel": "sms", "text": "STOP", "scope": "all"}]}"#,
                "deny",
                "ENG-NOT-NANP",
            )
        },
        Row {
            purpose: Purpose::Informational,
            ..row(
                "asked which messages are meant, the answer is another STOP",
                r#"{"revocations": [{"received_at": "2026-11-20T00:00:00Z", "channel": "sms", "text": "stop the ads", "scope": "marketing"}],
                    "facts": {"clarification_sent_at": "2026-11-20T00:01:00Z", "clarification_reply": "STOP"}}"#,
                "deny",
                "FED-REVOKE-CONFIRM-CLARIFY",
            )
        },
        row(
            "an emergency declared in a state written small",
            r#"{"recipient": {"states": ["NY"], "candidate_zones": ["America/New_York"]},
                "facts": {"declared_emergency": ["ny"]}}"#,
            "deny",
            "ST-NY-EMERGENCY",
        ),
    ];
    for Row { case, facts, channel, purpose, now, expected, rule } in rows {
        let stated: serde_json::Value = serde_json::from_str(facts).unwrap();
        let mut whole = serde_json::to_value(consented()).unwrap();
        for (part, value) in stated.as_object().unwrap() {
            whole[part] = value.clone();
        }
        let facts = serde_json::from_value(whole).unwrap();
        let decided = decided(&facts, &request(channel, purpose), now);
        assert_eq!(decided.decision.as_str(), expected, "{case}: {:?}", decided.findings);
        let finding = decided.finding(rule).map(|finding| finding.effect);
        assert!(finding >= Some(Effect::Defers), "{case}: {rule} is {finding:?}");
    }
}

#[test]
fn debug_shows_no_words_of_a_person_and_no_address() {
    let facts: ContactFacts = serde_json::from_str(
        r#"{"recipient": {"zip": "secret"},
            "consents": [{"level": "pec", "channels": ["sms"], "given_at": "2026-03-02T15:00:00Z", "how": "secret", "proof": ["secret"]}],
            "revocations": [{"received_at": "2026-03-02T15:00:00Z", "text": "secret", "scope": "all"}],
            "facts": {"inbound_text": "secret", "clarification_reply": "secret"}}"#,
    )
    .unwrap();
    let shown = format!("{facts:?}");
    assert!(!shown.contains("secret") && shown.contains("scope: Some(All)"), "{shown}");
}

const CHANNELS: [Channel; 3] = [Channel::Sms, Channel::LiveCall, Channel::AiCall];

prop_compose! {
    fn any_place()(state in 0..51_usize, zones in prop::collection::btree_set(0..6_usize, 1..3), minute in 0..1_500_000_i64, channel in 0..3_usize)
        -> (ContactFacts, Channel, DateTime<Utc>) {
        const ZONES: [&str; 6] = ["America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "Pacific/Honolulu"];
        let mut facts = consented();
        let book = &*BOOK;
        facts.recipient.area_code = None;
        facts.recipient.states = vec![book.states().nth(state).unwrap().to_owned()];
        facts.recipient.candidate_zones = zones.into_iter().map(|zone| ZONES[zone].to_owned()).collect();
        facts.facts.caller_identified = Some(true);
        facts.facts.interactive_opt_out = Some(true);
        let mut voice = facts.consents[0].clone();
        voice.channels = vec![Channel::LiveCall, Channel::AiCall];
        voice.disclosure.push(fixedops_consent::Disclosure::ArtificialOrPrerecordedVoice);
        facts.consents.push(voice);
        (facts, CHANNELS[channel], at("2026-03-03T00:00:00Z") + TimeDelta::minutes(minute))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// `until` is the first permitted minute: the decision taken anew at every quarter of an hour before it still
    /// defers, a second before it too, and at it the message goes.
    #[test]
    fn a_deferred_message_goes_at_until_and_not_before((facts, channel, now) in any_place()) {
        let book = &*BOOK;
        let request = request(channel, Purpose::Marketing);
        let outcome = |time| decide(&facts, &request, time, book).decision;
        if let Decision::Defer(until) = outcome(now) {
            prop_assert!(until > now && until.timestamp_subsec_nanos() == 0);
            prop_assert_eq!(outcome(until).as_str(), "allow");
            prop_assert_eq!(outcome(until - TimeDelta::seconds(1)).as_str(), "defer");
            let mut time = now;
            while time < until {
                prop_assert_eq!(outcome(time).as_str(), "defer");
                time += TimeDelta::minutes(15);
            }
        }
    }

    /// No history of grants and revocations clears a text when the latest of them, ties included, is a revocation.
    #[test]
    fn promise_4_no_clearance_after_a_revocation(days in prop::collection::vec((0..60_i64, any::<bool>()), 1..12)) {
        let mut facts = consented();
        let grant = facts.consents[0].clone();
        facts.consents.clear();
        let start = at("2026-09-01T00:00:00Z");
        for (day, granted) in &days {
            let time = start + TimeDelta::days(*day);
            if *granted {
                let mut grant = grant.clone();
                grant.given_at = time;
                facts.consents.push(grant);
            } else {
                revoke(&mut facts, &format!(r#"{{"received_at": "{}", "channel": "sms", "text": "STOP", "scope": "all"}}"#, time.to_rfc3339()));
            }
        }
        let last = |kind: bool| days.iter().filter(|(_, granted)| *granted == kind).map(|(day, _)| *day).max();
        let allowed = last(true) > last(false);
        let outcome = decide(&facts, &marketing_text(), at(NOON), &BOOK).decision;
        prop_assert_eq!(outcome.as_str() == "allow", allowed);
    }

    /// The same arguments give the same answer, whatever the order of the records.
    #[test]
    fn the_order_of_records_does_not_matter((mut facts, channel, now) in any_place()) {
        revoke(&mut facts, r#"{"received_at": "2026-04-01T00:00:00Z", "channel": "sms", "text": "no ads", "scope": "marketing"}"#);
        revoke(&mut facts, r#"{"received_at": "2026-05-01T00:00:00Z", "channel": "web", "scope": "sms"}"#);
        let book = &*BOOK;
        let request = request(channel, Purpose::Marketing);
        let one = decide(&facts, &request, now, book);
        facts.revocations.reverse();
        facts.consents.reverse();
        let other = decide(&facts, &request, now, book);
        prop_assert_eq!(one.decision.as_str(), other.decision.as_str());
        let names = |decided: &Decided| decided.findings.iter().map(|f| (f.rule.id.clone(), f.effect, f.until)).collect::<Vec<_>>();
        prop_assert_eq!(names(&one), names(&other));
    }
}
