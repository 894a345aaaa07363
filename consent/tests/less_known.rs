//! What is not known, not readable or contradictory never allows; each pair is a message that goes out and the same one with
//! one thing less known or one thing more against it.

#![cfg(feature = "decide")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use chrono::{DateTime, Utc};
use fixedops_consent::{ContactFacts, ContentDigest, ReadVersions, Request, RuleBook, decide};
use fixedops_vocab::{CaseId, Channel, ContactHash, ProgramId, Purpose, TouchId, TouchKey};

fn request(channel: &str, purpose: &str) -> Request {
    Request {
        contact: ContactHash::from_bytes([7; 32]),
        channel: channel.parse::<Channel>().unwrap(),
        purpose: purpose.parse::<Purpose>().unwrap(),
        digest: ContentDigest::from_bytes([8; 32]),
        versions: ReadVersions::default(),
        key: TouchKey { case: CaseId::new("case").unwrap(), touch: TouchId::new("1").unwrap() },
        program: ProgramId::new("mileage_due").unwrap(),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    }
}

/// The outcome for facts given as JSON, with a written consent for texts and calls of 2 March 2026 laid under them.
fn outcome(message: (&str, &str), now: &str, facts: &str) -> &'static str {
    let mut value: serde_json::Value = serde_json::from_str(facts).unwrap();
    let consent = serde_json::json!([{
        "level": "pewc", "channels": ["sms", "live_call", "ai_call"], "given_at": "2026-03-02T15:00:00Z",
        "in_writing": true, "signed": "esign_checkbox", "phone_matches": true,
        "disclosure": ["automated_technology", "artificial_or_prerecorded_voice", "not_condition_of_purchase", "seller_named"],
    }]);
    value.as_object_mut().unwrap().entry("consents").or_insert(consent);
    let facts: ContactFacts = serde_json::from_value(value).unwrap();
    let now: DateTime<Utc> = now.parse().unwrap();
    decide(&facts, &request(message.0, message.1), now, &RuleBook::shipped()).decision.as_str()
}

const MARKETING: (&str, &str) = ("sms", "marketing");
const SERVICE: (&str, &str) = ("sms", "informational");
const AI: (&str, &str) = ("ai_call", "informational");
const CALL_BACK: (&str, &str) = ("live_call", "reply");
const CONFIRMATION: (&str, &str) = ("sms", "revocation_confirmation");
const NOON: &str = "2026-11-24T17:00:00Z";
/// 20:30 in New York.
const LATE: &str = "2026-11-25T01:30:00Z";
const GA: &str =
    r#""recipient": {"area_code": "404", "states": ["GA"], "candidate_zones": ["America/New_York"]}"#;

#[track_caller]
fn pair(message: (&str, &str), now: &str, goes_out: &str, does_not: &[&str]) {
    assert_eq!(outcome(message, now, goes_out), "allow", "{goes_out}");
    for facts in does_not {
        assert_ne!(outcome(message, now, facts), "allow", "{facts}");
    }
}

fn with(more: &str) -> String {
    format!("{{{GA}, {more}}}")
}

#[test]
fn the_state_of_the_area_code_counts_beside_every_other() {
    pair(
        MARKETING,
        LATE,
        r#"{"recipient": {"area_code": "404", "zip": "30303", "states": ["GA"]}}"#,
        &[
            r#"{"recipient": {"area_code": "813", "zip": "30303"}}"#,
            r#"{"recipient": {"area_code": "813", "states": ["GA"]}}"#,
        ],
    );
}

#[test]
fn a_state_is_read_by_code_or_name_and_one_that_cannot_be_read_may_be_any() {
    let of = |state: &str| format!(r#"{{"recipient": {{"area_code": "404", "states": ["{state}"]}}}}"#);
    pair(MARKETING, LATE, &of("georgia "), &[&of("Florida"), &of("fl "), &of("Florda"), &of("FL.")]);
    assert_eq!(outcome(MARKETING, LATE, &of("unknown")), "allow", "no state is known: that of the area code");
}

#[test]
fn a_zip_code_that_is_none_makes_nothing_known() {
    let of = |zip: &str| {
        format!(
            r#"{{"recipient": {{"area_code": "800", "zip": {zip}, "candidate_zones": ["America/New_York"]}}}}"#
        )
    };
    for zip in ["null", r#""""#, r#""N/A""#, r#""00000""#] {
        assert_eq!(outcome(MARKETING, "2026-11-24T14:00:00Z", &of(zip)), "defer", "{zip}");
    }
}

#[test]
fn a_zip_code_stands_above_zones_that_were_handed_in() {
    // Chattanooga's 37401 has both zones; 08:30 in New York is 07:30 in Chicago.
    let facts = r#"{"recipient": {"zip": "37401", "candidate_zones": ["America/New_York"]}}"#;
    assert_eq!(outcome(MARKETING, "2026-11-24T13:30:00Z", facts), "defer");
}

#[test]
fn only_an_answer_that_narrows_an_opt_out_narrows_it_and_only_that_one() {
    let answered = |reply: &str| {
        with(&format!(
            r#""revocations": [{{"received_at": "2026-11-23T17:00:00Z", "channel": "sms", "text": "STOP", "scope": "marketing"}}],
               "facts": {{"clarification_sent_at": "2026-11-23T17:00:30Z", "clarification_reply": "{reply}"}}"#
        ))
    };
    for narrows in [
        "keep service updates",
        "marketing",
        "only marketing",
        "just the promos",
        "stop marketing",
        "PUBLICIDAD",
    ] {
        assert_eq!(outcome(SERVICE, NOON, &answered(narrows)), "allow", "{narrows}");
    }
    for does_not in [
        "everything",
        "all",
        "todos",
        "leave me alone",
        "don't text me",
        "don\u{2019}t keep texting",
        "??",
        "no",
        "stop it",
        "S.T.O.P",
        "stopall",
        "unsub",
        "STOP texting me",
        "",
        "all marketing and everything else",
        "no more",
    ] {
        assert_eq!(outcome(SERVICE, NOON, &answered(does_not)), "deny", "{does_not}");
    }
    // An answer of last April says nothing of an opt-out of today.
    let old = with(
        r#""revocations": [{"received_at": "2027-03-09T17:00:00Z", "channel": "sms", "text": "STOP", "scope": "marketing"}],
           "facts": {"clarification_sent_at": "2026-04-20T17:00:30Z", "clarification_reply": "marketing"}"#,
    );
    assert_eq!(outcome(SERVICE, "2027-03-10T17:00:00Z", &old), "deny");
}

#[test]
fn from_2027_01_31_one_revocation_reaches_every_robot_whatever_its_words() {
    let voice = |text: &str, scope: &str| {
        with(&format!(
            r#""revocations": [{{"received_at": "2026-11-20T17:00:00Z", "channel": "voice", "text": "{text}", "scope": "{scope}"}}],
               "facts": {{"caller_identified": true}}"#
        ))
    };
    for (message, facts) in
        [(AI, voice("please stop texting me", "sms")), (SERVICE, voice("don't call me again", "calls"))]
    {
        assert_eq!(outcome(message, "2026-12-10T17:00:00Z", &facts), "allow", "the waiver runs");
        assert_eq!(outcome(message, "2027-03-10T17:00:00Z", &facts), "deny");
    }
}

#[test]
fn an_offer_inside_carries_nothing_past_an_opt_out_from_its_purpose() {
    let facts = |offer: bool| {
        with(&format!(
            r#""revocations": [{{"received_at": "2026-11-20T17:00:00Z", "channel": "web", "scope": "sms", "purposes": ["informational"]}}],
               "facts": {{"contains_offer": {offer}}}"#
        ))
    };
    for offer in [false, true] {
        assert_eq!(outcome(SERVICE, NOON, &facts(offer)), "deny", "{offer}");
    }
}

#[test]
fn a_request_for_a_call_whose_time_nobody_kept_is_read_narrowly() {
    let asked = |more: &str| with(&format!(r#""consents": [], "facts": {{"inbound_text": {more}}}"#));
    pair(
        CALL_BACK,
        "2026-11-24T15:00:00Z",
        &asked(r#""call me""#),
        &[
            &asked(r#""who is this""#),
            &asked(r#""please never call me""#),
            &asked(r#""STOP""#),
            &with(r#""consents": [], "dnc": {"internal": true}, "facts": {"inbound_text": "call me"}"#),
            &with(
                r#""consents": [], "history": ["2026-11-20T15:00:00Z"], "facts": {"inbound_text": "call me"}"#,
            ),
        ],
    );
    assert_eq!(
        outcome(CALL_BACK, "2026-11-24T08:00:00Z", &asked(r#""call me""#)),
        "defer",
        "03:00 in New York"
    );
}

#[test]
fn an_opt_out_in_free_words_is_not_answered() {
    let asked = |text: &str| {
        with(&format!(
            r#""consents": [], "facts": {{"inbound_text": "{text}", "inbound_at": "2026-11-24T16:55:00Z"}}"#
        ))
    };
    pair(
        ("sms", "reply"),
        NOON,
        &asked("is my car ready?"),
        &[&asked("please do not text me again"), &asked("STOP"), &asked("take me off your list")],
    );
}

#[test]
fn the_customer_wins_where_only_the_clock_of_greenwich_says_otherwise() {
    // Given at 20:00 on 1 March in New York, 01:00 on the 2nd at Greenwich.
    let consent = r#""consents": [{"level": "pewc", "channels": ["sms"], "given_at": "2026-03-02T01:00:00Z", "in_writing": true,
        "signed": "esign_checkbox", "phone_matches": true,
        "disclosure": ["automated_technology", "not_condition_of_purchase", "seller_named"]}]"#;
    let dnc = |on: &str| with(&format!(r#"{consent}, "dnc": {{"internal_on": "{on}"}}"#));
    pair(MARKETING, NOON, &dnc("2026-02-28"), &[&dnc("2026-03-01")]);
    let rnd = |on: &str| {
        with(&format!(r#"{consent}, "facts": {{"rnd": {{"result": "yes", "checked_at": "{on}"}}}}"#))
    };
    pair(MARKETING, NOON, &rnd("2026-02-28"), &[&rnd("2026-03-01")]);
}

#[test]
fn lists_that_contradict_themselves_or_were_not_looked_at_do_not_help() {
    let dnc = |words: &str| with(&format!(r#""dnc": {{{words}}}"#));
    pair(
        MARKETING,
        NOON,
        &dnc(r#""internal": false"#),
        &[&dnc(r#""internal": false, "internal_on": "2026-11-01""#)],
    );
    let call = |words: &str| with(&format!(r#""consents": [], "dnc": {{{words}}}"#));
    pair(
        ("live_call", "marketing"),
        NOON,
        &call(r#""national": false, "scrubbed_at": "2026-11-20""#),
        &[&call(r#""looked_up": false"#)],
    );
}

#[test]
fn an_answer_about_a_number_helps_only_if_it_is_new_and_asks_about_the_consent() {
    let rnd = |checked: &str, since: &str| {
        with(&format!(
            r#""facts": {{"rnd": {{"result": "no", "checked_at": "{checked}", "since": "{since}"}}}}"#
        ))
    };
    pair(
        MARKETING,
        NOON,
        &rnd("2026-11-20", "2026-03-01"),
        &[
            &rnd("2026-03-05", "2026-03-01"),
            &rnd("2026-11-20", "2026-03-04"),
            &rnd("2026-12-20", "2026-03-01"),
        ],
    );
}

#[test]
fn a_stranger_gets_no_confirmation_and_an_opt_out_from_mail_none_by_text() {
    let opted_out = |means: &str, scope: &str, consents: &str| {
        with(&format!(
            r#"{consents} "revocations": [{{"received_at": "2026-11-24T16:58:00Z", "channel": "{means}", "scope": "{scope}"}}]"#
        ))
    };
    let none = r#""consents": [],"#;
    pair(
        CONFIRMATION,
        NOON,
        &opted_out("sms", "all", ""),
        &[
            &opted_out("email", "email", none),
            &opted_out("sms", "number", none),
            &opted_out("web", "all", none),
        ],
    );
}

#[test]
fn what_a_voice_and_a_mail_owe_is_stated_or_missing() {
    let voice = |identified: &str| with(&format!(r#""facts": {{{identified}}}"#));
    pair(
        AI,
        NOON,
        &voice(r#""caller_identified": true"#),
        &[&voice(""), &voice(r#""caller_identified": false"#)],
    );
    let mail =
        |more: &str| with(&format!(r#""facts": {{"unsubscribe_link": true, "postal_address": true{more}}}"#));
    pair(
        ("email", "marketing"),
        NOON,
        &mail(r#", "one_click_headers": true"#),
        &[&mail(""), &mail(r#", "one_click_headers": false"#)],
    );
    assert_eq!(outcome(("email", "marketing"), NOON, &mail(r#", "daily_volume": 40"#)), "allow");
}

#[test]
fn an_emergency_is_read_by_name_too_and_one_that_cannot_be_read_is_everywhere() {
    let ny = |names: &str| {
        format!(
            r#"{{"recipient": {{"area_code": "212", "states": ["NY"]}}, "facts": {{"declared_emergency": {names}}}}}"#
        )
    };
    pair(
        ("live_call", "marketing"),
        NOON,
        &ny("[\"TX\"]"),
        &[&ny("[\"NY\"]"), &ny("[\"New York\"]"), &ny("[\"the whole coast\"]")],
    );
}

#[test]
fn a_number_of_another_country_is_not_read_by_the_rules_of_this_one() {
    let of = |code: &str| format!(r#"{{"recipient": {{"area_code": "{code}", "states": ["NY"]}}}}"#);
    pair(MARKETING, NOON, &of("212"), &[&of("416"), &of("876"), &of("787 ").replace("787 ", "441")]);
}

#[test]
fn the_ends_of_the_calendar_are_no_place_to_panic() {
    for now in ["+262142-12-31T23:59:59Z", "-262143-01-01T00:00:00Z"] {
        for zone in ["Asia/Tokyo", "America/New_York", "Pacific/Pago_Pago"] {
            let facts = format!(r#"{{"recipient": {{"candidate_zones": ["{zone}"], "states": ["FL"]}}}}"#);
            for message in [MARKETING, CALL_BACK] {
                assert_ne!(outcome(message, now, &facts), "", "{now} {zone}");
            }
        }
    }
}
