#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{Channel, ConsentLevel, SellerId};
use proptest::prelude::*;

use super::examine::taken_at_its_word;
use super::*;
use crate::{Signature, capture};

const NAME: &str = "Main Street Motors";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-12-01T15:15:02Z")
}

fn us() -> SellerId {
    "main-street".parse().unwrap()
}

/// A capture of `service_texts` that lacks nothing.
fn good(texts: &Disclosures) -> Capture {
    let digest = texts.find("service_texts", "1", Language::En).unwrap().render(NAME).unwrap().digest;
    Capture {
        disclosure: Shown { id: "service_texts".into(), version: "1".into(), language: Language::En, digest },
        page_language: Language::En,
        page_digest: Some(digest_of("the page")),
        place: Place::Web,
        level: ConsentLevel::Pewc,
        channels: vec![Channel::Sms, Channel::Mms],
        r#box: TickBox::Unticked,
        act: Act::Tick,
        condition_of_purchase: Some(false),
        at: "2026-12-01T10:15:00-05:00".into(),
        number: Some("(404) 555-0123".into()),
        number_confirmed: Some("404-555-0123".into()),
        email: None,
        seller: Some("main-street".into()),
        campaign: Some("winter".into()),
        staff: Some("e-17".into()),
        ip: Some("192.0.2.7".into()),
        user_agent: Some("Tablet/1".into()),
    }
}

fn examined(texts: &Disclosures, capture: &Capture) -> Result<Grant, Vec<Lack>> {
    let seller = us();
    examine(capture, &Desk { texts, seller: &seller, seller_name: NAME }, now())
}

#[test]
fn what_lacks_nothing_is_a_consent_that_decide_finds_nothing_missing_in() {
    let texts = Disclosures::shipped();
    let grant = examined(&texts, &good(&texts)).unwrap();
    for channel in [Channel::Sms, Channel::Mms] {
        assert_eq!(grant.consent().lacks_written(channel, now()), None);
    }
    assert_eq!(grant.consent().given_at, at("2026-12-01T15:15:00Z"));
    assert!(grant.evidence().text.contains(NAME));
    assert_eq!(digest_of(&grant.evidence().text), grant.evidence().text_digest);
    assert_eq!(
        grant.consent().proof,
        ["disclosure_text_version", "timestamp", "page_capture", "ip", "user_agent"]
    );
}

/// One row a fault: what is done to a good capture, the fields that are then named, a word of the reason.
#[test]
fn each_fault_alone_is_named_by_field_with_its_reason_and_a_citation() {
    type Fault = (&'static str, fn(&mut Capture), &'static [&'static str], &'static str);
    let faults: &[Fault] = &[
        ("pre-ticked", |c| c.r#box = TickBox::PreTicked, &["box"], "beforehand"),
        ("a tick and no box", |c| c.r#box = TickBox::Absent, &["box"], "without a box"),
        ("nothing done", |c| c.act = Act::None, &["act"], "nothing"),
        ("spoken", |c| c.act = Act::Spoken, &["act"], "no signature"),
        ("a pen on a web page", |c| c.act = Act::Pen, &["act"], "such a place"),
        ("page in Spanish", |c| c.page_language = Language::Es, &["page_language"], "\"es\""),
        ("unknown text", |c| c.disclosure.id = "other".into(), &["disclosure"], "not a text"),
        ("unknown version", |c| c.disclosure.version = "2".into(), &["disclosure"], "not a text"),
        ("other words shown", |c| c.disclosure.digest = digest_of("x"), &["disclosure"], "digests differ"),
        ("future", |c| c.at = "2026-12-01T15:15:03Z".into(), &["at"], "future"),
        ("no offset", |c| c.at = "2026-12-01 10:15:00".into(), &["at"], "no offset"),
        ("no offset, with a T", |c| c.at = "2026-12-01T10:15".into(), &["at"], "no offset"),
        ("no time", |c| c.at = "yesterday".into(), &["at"], "RFC 3339"),
        ("before the text", |c| c.at = "2026-11-20T10:15:00-05:00".into(), &["disclosure"], "not in use yet"),
        ("no number", |c| c.number = None, &["number"], "no number"),
        ("short number", |c| c.number = Some("555-0123".into()), &["number"], "too few"),
        ("foreign number", |c| c.number = Some("+442071234567".into()), &["number"], "North American"),
        ("not confirmed", |c| c.number_confirmed = None, &["number_confirmed"], "read back"),
        (
            "confirmed another",
            |c| c.number_confirmed = Some("404-555-0124".into()),
            &["number_confirmed"],
            "another",
        ),
        ("no seller", |c| c.seller = None, &["seller"], "no seller"),
        ("blank seller", |c| c.seller = Some(" ".into()), &["seller"], "no seller"),
        ("another seller", |c| c.seller = Some("lead-farm".into()), &["seller"], "another seller"),
        (
            "a condition",
            |c| c.condition_of_purchase = Some(true),
            &["condition_of_purchase"],
            "could not go on",
        ),
        ("nobody said", |c| c.condition_of_purchase = None, &["condition_of_purchase"], "nobody says"),
        ("no channel", |c| c.channels.clear(), &["channels"], "no channel"),
        (
            "a channel the text leaves out",
            |c| c.channels.push(Channel::LiveCall),
            &["channels"],
            "not covered",
        ),
        (
            "e-mail without an address",
            |c| c.channels.push(Channel::Email),
            &["channels", "disclosure", "email"],
            "",
        ),
        ("no page", |c| c.page_digest = None, &["page_digest"], "not kept"),
        ("no IP of a web consent", |c| c.ip = None, &["ip"], "not kept"),
        ("no browser of a web consent", |c| c.user_agent = Some("  ".into()), &["user_agent"], "not kept"),
    ];
    let texts = Disclosures::shipped();
    for (case, fault, fields, word) in faults {
        let mut capture = good(&texts);
        fault(&mut capture);
        let lacks = examined(&texts, &capture).expect_err(case);
        let named: BTreeSet<&str> = lacks.iter().map(|lack| lack.field).collect();
        assert_eq!(named, fields.iter().copied().collect(), "{case}: {lacks:?}");
        assert!(lacks.iter().any(|lack| lack.reason.contains(word)), "{case}: {lacks:?}");
        assert!(lacks.iter().all(|lack| lack.citation.len() > 8), "{case}: {lacks:?}");
    }
}

#[test]
fn every_missing_element_is_listed_not_only_the_first() {
    let texts = Disclosures::shipped();
    let capture = Capture {
        page_digest: None,
        r#box: TickBox::PreTicked,
        act: Act::None,
        condition_of_purchase: Some(true),
        at: "2027-01-01T00:00:00Z".into(),
        number: Some("12".into()),
        seller: None,
        ip: None,
        user_agent: None,
        ..good(&texts)
    };
    let fields: Vec<&str> = examined(&texts, &capture).unwrap_err().iter().map(|lack| lack.field).collect();
    assert_eq!(
        fields,
        ["act", "at", "box", "condition_of_purchase", "ip", "number", "page_digest", "seller", "user_agent"]
    );
}

#[test]
fn spoken_words_make_express_consent_and_never_written_consent() {
    let texts = Disclosures::shipped();
    let digest = texts.find("visit_updates", "1", Language::En).unwrap().render(NAME).unwrap().digest;
    let spoken = Capture {
        disclosure: Shown { id: "visit_updates".into(), version: "1".into(), language: Language::En, digest },
        level: ConsentLevel::Pec,
        place: Place::Spoken,
        act: Act::Spoken,
        r#box: TickBox::Absent,
        page_digest: None,
        number_confirmed: None,
        condition_of_purchase: None,
        ..good(&texts)
    };
    let grant = examined(&texts, &spoken).unwrap();
    assert_eq!(grant.consent().signed, Some(Signature::Verbal));
    assert!(grant.consent().lacks_written(Channel::Sms, now()).is_some());
    let as_written = Capture { level: ConsentLevel::Pewc, ..spoken };
    let lacks = examined(&texts, &as_written).unwrap_err();
    assert!(lacks.iter().any(|lack| lack.field == "act" && lack.kind == LackKind::Element), "{lacks:?}");
}

#[test]
fn one_consent_for_telephone_and_mailbox_is_two_one_for_each() {
    let texts = Disclosures::shipped();
    let digest = texts.find("visit_updates", "1", Language::En).unwrap().render(NAME).unwrap().digest;
    let capture = Capture {
        disclosure: Shown { id: "visit_updates".into(), version: "1".into(), language: Language::En, digest },
        level: ConsentLevel::Pec,
        channels: vec![Channel::Sms, Channel::Email, Channel::LiveCall],
        email: Some("Avery@Mail.example".into()),
        ..good(&texts)
    };
    let grant = examined(&texts, &capture).unwrap();
    let split: Vec<_> = grant
        .per_contact()
        .into_iter()
        .map(|(point, consent)| (point.expose().to_owned(), consent.channels))
        .collect();
    assert_eq!(
        split,
        [
            ("+14045550123".to_owned(), vec![Channel::Sms, Channel::LiveCall]),
            ("avery@mail.example".to_owned(), vec![Channel::Email]),
        ]
    );
}

#[test]
fn nothing_private_shows_or_stands_in_the_evidence() {
    let texts = Disclosures::shipped();
    let capture = good(&texts);
    let grant = examined(&texts, &capture).unwrap().with_private_digest(digest_of("keyed"));
    let shown = format!("{capture:?} {grant:?} {}", serde_json::to_string(grant.evidence()).unwrap());
    for private in ["555", "0123", "192.0.2.7", "Tablet/1", "e-17"] {
        assert!(!shown.contains(private), "{private}: {shown}");
        assert!(private == "555" || capture.private_text().contains(private), "{private}");
    }
}

#[test]
fn a_retired_version_is_refused_from_its_day_on_and_still_found() {
    let old =
        "language = \"en\"\nlevel = \"pewc\"\nchannels = [\"sms\", \"mms\"]\neffective = \"2026-11-21\"";
    let file = Disclosures::SHIPPED_FILE.replacen(old, &format!("{old}\nretired = \"2026-12-01\""), 1);
    let texts = Disclosures::from_toml("d.toml", &file).unwrap();
    let lacks = examined(&texts, &good(&texts)).unwrap_err();
    assert!(lacks[0].field == "disclosure" && lacks[0].reason.contains("retired"), "{lacks:?}");
    let day_before = Capture { at: "2026-11-30T23:59:59-05:00".into(), ..good(&texts) };
    assert!(examined(&texts, &day_before).is_ok(), "the day at the place of the act counts");
}

#[test]
fn every_shipped_text_can_be_signed_for_every_channel_it_covers() {
    let texts = Disclosures::shipped();
    let seller = us();
    for text in texts.texts() {
        let digest = text.render(NAME).unwrap().digest;
        let sms = text.id == "keyword_confirmation";
        let capture = Capture {
            disclosure: Shown {
                id: text.id.clone(),
                version: text.version.clone(),
                language: text.language,
                digest,
            },
            page_language: text.language,
            level: text.level,
            channels: text.channels.clone(),
            place: if sms { Place::Sms } else { Place::Web },
            act: if sms { Act::SmsKeyword } else { Act::Tick },
            email: Some("avery@mail.example".into()),
            ..good(&texts)
        };
        let grant =
            examine(&capture, &Desk { texts: &texts, seller: &seller, seller_name: NAME }, now()).unwrap();
        for channel in &text.channels {
            let lacks = grant.consent().lacks_written(*channel, now());
            assert_eq!(lacks.is_none(), text.level == ConsentLevel::Pewc, "{} {channel}: {lacks:?}", text.id);
        }
    }
}

#[test]
fn a_file_that_lost_a_sentence_is_refused_by_line_field_and_reason() {
    let shipped = Disclosures::SHIPPED_FILE;
    type Plant = (&'static str, &'static str, &'static str, &'static str, &'static str);
    let plants: &[Plant] = &[
        (
            "no place for the seller",
            "messages from {seller} about",
            "messages from us about",
            "text",
            "seller's name",
        ),
        (
            "another brace",
            "Message frequency varies. Message and",
            "Message {x}. Message and",
            "text",
            "brace",
        ),
        (
            "a lost sentence",
            "Consent is not a condition of any purchase. ",
            "",
            "text",
            "not_condition_of_purchase",
        ),
        (
            "no automation",
            "at the number above, sent with automated technology",
            "at the number above",
            "text",
            "automated_technology",
        ),
        (
            "not declared",
            "elements = [\"authorization\", \"advertising\", ",
            "elements = [\"authorization\", ",
            "elements",
            "advertising",
        ),
        (
            "declared, not there",
            "\"data_rates\", \"help\", \"stop\"]\ntext = \"\"\"\nI agree that",
            "\"data_rates\", \"help\", \"stop\", \"unsubscribe\"]\ntext = \"\"\"\nI agree that",
            "text",
            "unsubscribe",
        ),
        ("no source", "source = \"drafted on CAN-SPAM; confidence D\"", "source = \" \"", "source", "empty"),
        (
            "retired too early",
            "effective = \"2026-11-21\"\nsource = \"drafted on CAN",
            "effective = \"2026-11-21\"\nretired = \"2026-11-21\"\nsource = \"drafted on CAN",
            "retired",
            "before",
        ),
        (
            "twice",
            "id = \"service_email\"\nversion = \"1\"\nlanguage = \"es\"",
            "id = \"service_texts\"\nversion = \"1\"\nlanguage = \"es\"",
            "version",
            "stands twice",
        ),
        ("no channel", "channels = [\"email\"]", "channels = []", "channels", "no channel"),
        (
            "an unknown field",
            "version = \"2026-11-21\"",
            "version = \"2026-11-21\"\nfoo = 1",
            "",
            "unknown field",
        ),
        ("an unknown element", "id = \"stop\"", "id = \"stopp\"", "", "unknown variant"),
        (
            "an element left out",
            "[[element]]\nid = \"unsubscribe\"\ncitation = \"15 USC 7704(a)(3)\"\nen = [\"unsubscribe\"]\nes = [\"cancelar la suscripción\", \"darse de baja\", \"darme de baja\"]\n",
            "",
            "element",
            "unsubscribe",
        ),
        ("no phrases", "en = [\"unsubscribe\"]", "en = []", "en", "no phrase"),
        ("no citation", "citation = \"15 USC 7704(a)(3)\"", "citation = \"\"", "citation", "no citation"),
        (
            "YES is a keyword",
            "keywords = [\"service\"",
            "keywords = [\"yes\", \"service\"",
            "yes",
            "keyword too",
        ),
        ("no time", "yes_within_minutes = 1440", "yes_within_minutes = 0", "yes_within_minutes", "is 0"),
        (
            "no text to sign",
            "text = \"keyword_confirmation\"",
            "text = \"visit_updates\"",
            "text",
            "no text for written",
        ),
        (
            "an upper-case keyword",
            "keywords = [\"service\"",
            "keywords = [\"SERVICE\"",
            "keywords",
            "lower case",
        ),
    ];
    for (case, old, new, field, word) in plants {
        assert!(shipped.contains(old), "{case}: the shipped file changed");
        let error = Disclosures::from_toml("d.toml", &shipped.replacen(old, new, 1)).expect_err(case);
        assert_eq!(error.field, *field, "{case}: {error}");
        assert!(error.reason.contains(word), "{case}: {error}");
        assert!(error.line.is_some_and(|line| line > 1) || *case == "an element left out", "{case}: {error}");
    }
}

#[test]
fn a_name_that_would_break_the_text_is_no_name() {
    let texts = Disclosures::shipped();
    let text = &texts.texts()[0];
    for name in ["", "  ", "A{seller}", "A\u{7}B", &"x".repeat(121)] {
        assert_eq!(text.render(name), Err(SellerNameError), "{name:?}");
    }
    assert_eq!(text.render(" Main Street Motors ").unwrap(), text.render(NAME).unwrap());
}

prop_compose! {
    /// A capture with any combination of faults, over a text with any subset of elements.
    fn any_capture()(
        elements in prop::collection::btree_set(prop::sample::select(Element::ALL), 0..=12),
        full in prop::bool::weighted(0.4),
        channels in prop::sample::subsequence(
            vec![Channel::Sms, Channel::Mms, Channel::LiveCall, Channel::AiCall, Channel::PrerecordedCall], 0..=5),
        email in prop::bool::weighted(0.15),
        act in prop::sample::select(Act::ALL), tick in prop::bool::weighted(0.6),
        written in prop::bool::weighted(0.8), confirmed in prop::bool::weighted(0.85),
        number in prop::bool::weighted(0.85), seller in prop::bool::weighted(0.85), late in prop::bool::weighted(0.9),
        condition in prop::sample::select(vec![Some(false), Some(false), Some(false), None, Some(true)]),
        page in prop::bool::weighted(0.9), preticked in prop::bool::weighted(0.1),
    ) -> (BTreeSet<Element>, Capture) {
        let texts = Disclosures::shipped();
        let act = if tick { Act::Tick } else { act };
        let digest = digest_of(format!("words of {NAME}"));
        let place = match act {
            Act::SmsKeyword => Place::Sms,
            Act::Pen => Place::Paper,
            Act::Spoken => Place::Spoken,
            _ => Place::Tablet,
        };
        let capture = Capture {
            disclosure: Shown { id: "partial".into(), version: "1".into(), language: Language::En, digest },
            level: if written { ConsentLevel::Pewc } else { ConsentLevel::Pec },
            channels: if email { vec![Channel::Email] } else { channels },
            place,
            act,
            r#box: if preticked { TickBox::PreTicked } else { TickBox::Unticked },
            number: number.then(|| "404-555-0123".into()),
            number_confirmed: Some(if confirmed { "4045550123" } else { "4045550124" }.into()),
            email: number.then(|| "avery@mail.example".into()),
            seller: Some(if seller { "main-street" } else { "lead-farm" }.into()),
            at: if late { "2026-12-01T15:00:00Z" } else { "2026-12-01T16:00:00Z" }.into(),
            condition_of_purchase: condition,
            page_digest: page.then(|| digest_of("p")),
            ..good(&texts)
        };
        (if full { Element::ALL.iter().copied().collect() } else { elements }, capture)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    /// No gap either way: what capture accepts as written consent, decide finds nothing missing in, for every channel
    /// named; what lacks an element of the law, decide denies for at least one of them; and what decide would deny,
    /// capture refused.
    #[test]
    fn capture_and_decide_agree_on_every_subset_of_elements((elements, capture) in any_capture()) {
        let texts = Disclosures::with(elements);
        let seller = us();
        let desk = Desk { texts: &texts, seller: &seller, seller_name: NAME };
        let result = examine(&capture, &desk, now());
        let given_at = DateTime::parse_from_rfc3339(&capture.at).unwrap().to_utc();
        let naive = taken_at_its_word(&capture, &desk, given_at);
        let denied = capture.channels.is_empty()
            || capture.channels.iter().any(|channel| naive.lacks_written(*channel, now()).is_some());
        match &result {
            Ok(grant) if capture.level == ConsentLevel::Pewc => {
                for channel in &capture.channels {
                    prop_assert_eq!(grant.consent().lacks_written(*channel, now()), None);
                }
                prop_assert!(!denied, "taken at its word it was worth nothing: {:?}", naive);
            }
            Ok(grant) => {
                prop_assert!(grant.consent().lacks_written(Channel::Sms, now()).is_some(), "express is not written");
            }
            Err(lacks) => {
                prop_assert!(!lacks.is_empty());
                if capture.level == ConsentLevel::Pewc {
                    let element = lacks.iter().any(|lack| lack.kind == LackKind::Element);
                    prop_assert_eq!(element, denied, "{:?} {:?}", lacks, naive);
                }
            }
        }
    }

    #[test]
    fn no_text_breaks_a_capture(at in ".*", number in ".*", email in ".*", id in ".*", seller in ".*") {
        let texts = Disclosures::shipped();
        let mut capture = good(&texts);
        capture.channels.push(Channel::Email);
        (capture.at, capture.disclosure.id) = (at, id);
        (capture.number, capture.email, capture.seller) = (Some(number), Some(email), Some(seller));
        prop_assert!(examined(&texts, &capture).is_err());
    }
}

mod opt_in {
    use super::*;

    fn terms() -> OptInTerms {
        Disclosures::shipped().opt_in().clone()
    }

    fn minutes(n: i64) -> DateTime<Utc> {
        at("2026-12-01T15:00:00Z") + TimeDelta::minutes(n)
    }

    fn heard(word: Word) -> Step {
        Step::Heard { word }
    }

    fn sent() -> Step {
        Step::QuestionSent { digest: digest_of("question") }
    }

    /// Every phase, entered at minute 0.
    fn phases() -> Vec<(&'static str, Phase)> {
        let question = digest_of("question");
        vec![
            ("new", Phase::New),
            ("invited", Phase::Invited { at: minutes(0) }),
            ("owed", Phase::Owed { keyword_at: minutes(0) }),
            ("asked", Phase::Asked { keyword_at: minutes(-1), asked_at: minutes(0), question }),
            ("granted", Phase::Granted { at: minutes(0) }),
            ("ended", Phase::Ended { at: minutes(0), why: Reason::YesTooLate }),
        ]
    }

    const EVENTS: [&str; 8] = ["invited", "keyword", "yes", "stop", "other", "sent", "failed", "wake"];

    fn event(name: &str) -> Step {
        match name {
            "invited" => Step::Invited,
            "keyword" => heard(Word::Keyword),
            "yes" => heard(Word::Yes),
            "stop" => heard(Word::OptOut),
            "other" => heard(Word::Other),
            "sent" => sent(),
            "failed" => Step::QuestionFailed,
            _ => Step::Wake,
        }
    }

    /// The whole machine, in time: one row a phase, one reason an event, in the order of `EVENTS`.
    #[test]
    fn every_phase_has_an_answer_to_every_event() {
        use Reason::*;
        let table: [(&str, [Reason; 8]); 6] = [
            (
                "new",
                [Invited, NothingOpen, NotAsked, OptedOut, NothingOpen, NothingOpen, NothingOpen, NotDue],
            ),
            (
                "invited",
                [Invited, KeywordHeard, NotAsked, OptedOut, NotTheKeyword, NothingOpen, NothingOpen, NotDue],
            ),
            ("owed", [Already, Already, NotAsked, OptedOut, NotAYes, Asked, NotSent, NotDue]),
            ("asked", [Already, Already, Granted, OptedOut, NotAYes, Already, NotSent, NotDue]),
            ("granted", [Already, Already, Already, OptedOut, Already, Already, Already, NotDue]),
            (
                "ended",
                [Invited, NothingOpen, NotAsked, OptedOut, NothingOpen, NothingOpen, NothingOpen, NotDue],
            ),
        ];
        for ((name, phase), (row, reasons)) in phases().into_iter().zip(table) {
            assert_eq!(name, row);
            for (named, reason) in EVENTS.iter().zip(reasons) {
                let said = OptIn { phase }.step(&terms(), event(named), minutes(5));
                assert_eq!(said.reason, reason, "{name} x {named}");
                let captures = matches!(said.command, Some(Command::Capture(_)));
                assert_eq!(captures, reason == Granted, "{name} x {named}");
                assert_eq!(said.command == Some(Command::Revoke), *named == "stop", "{name} x {named}");
                assert_eq!(said.command == Some(Command::Ask), reason == KeywordHeard, "{name} x {named}");
            }
        }
    }

    #[test]
    fn a_term_is_over_at_its_very_end_and_a_late_yes_signs_nothing() {
        for (name, phase) in phases() {
            let opt_in = OptIn { phase };
            let Some(end) = opt_in.wake_at(&terms()) else { continue };
            let just = end - TimeDelta::milliseconds(1);
            assert!(
                !matches!(opt_in.step(&terms(), Step::Wake, just).state.phase, Phase::Ended { .. }),
                "{name}"
            );
            for named in EVENTS.iter().filter(|named| !["stop", "invited"].contains(named)) {
                for late in [end, end + TimeDelta::days(400)] {
                    let said = opt_in.step(&terms(), event(named), late);
                    assert!(matches!(said.state.phase, Phase::Ended { .. }), "{name} x {named}: {said:?}");
                    assert_eq!(said.command, None, "{name} x {named}");
                }
            }
        }
    }

    #[test]
    fn what_comes_before_its_time_changes_nothing_but_an_opt_out() {
        for (name, phase) in phases().into_iter().skip(1) {
            for named in EVENTS {
                let opt_in = OptIn { phase };
                let said = opt_in.step(&terms(), event(named), minutes(-2));
                if named == "stop" {
                    assert_eq!(said.command, Some(Command::Revoke), "{name}");
                } else {
                    assert_eq!((said.state, said.reason), (opt_in, Reason::TooEarly), "{name} x {named}");
                }
            }
        }
    }

    #[test]
    fn a_finished_one_makes_a_capture_that_lacks_nothing_and_is_signed_by_reply() {
        let texts = Disclosures::shipped();
        let text = texts.find("keyword_confirmation", "1", Language::Es).unwrap();
        let question = text.render(NAME).unwrap().digest;
        let steps =
            [Step::Invited, heard(Word::Keyword), Step::QuestionSent { digest: question }, heard(Word::Yes)];
        let mut state = OptIn::default();
        let mut last = None;
        for (n, step) in (0..).zip(steps) {
            let said = state.step(&terms(), step, minutes(n));
            (state, last) = (said.state, said.command);
        }
        let Some(Command::Capture(evidence)) = last else { panic!("{last:?}") };
        let capture = evidence.capture(&terms(), ("1", Language::Es), "+14045550123", "main-street");
        let grant = examined(&texts, &capture).unwrap();
        assert_eq!(grant.consent().signed, Some(Signature::EsignSmsReply));
        assert_eq!(grant.consent().lacks_written(Channel::Sms, now()), None);
        // A question with other words in it signs nothing.
        let altered = capture::Evidence { question: digest_of("Reply YES to win"), ..evidence };
        let capture = altered.capture(&terms(), ("1", Language::Es), "+14045550123", "main-street");
        assert_eq!(examined(&texts, &capture).unwrap_err()[0].field, "disclosure");
    }

    #[test]
    fn words_are_read_whole_and_an_opt_out_goes_before_everything() {
        let (terms, book) = (terms(), crate::RuleBook::shipped());
        for (text, word) in [
            ("SERVICE", Word::Keyword),
            (" servicio. ", Word::Keyword),
            ("Yes!", Word::Yes),
            ("¡Sí!", Word::Yes),
            ("yes please stop", Word::Other),
            ("stop", Word::OptOut),
            ("STOP, please", Word::OptOut),
            ("yes but who is this", Word::Other),
            ("", Word::Other),
        ] {
            assert_eq!(terms.read(text, &book), word, "{text:?}");
        }
    }

    proptest! {
        /// Whatever comes in whatever order: a capture is asked for only by a YES within the time, after a keyword and
        /// a question, with no opt-out in between.
        #[test]
        fn no_history_signs_without_a_yes_in_time(
            history in prop::collection::vec((0_i64..4_000, prop::sample::select(EVENTS.to_vec())), 0..30)
        ) {
            let terms = terms();
            let (mut state, mut clock) = (OptIn::default(), 0);
            let (mut keyword, mut asked): (Option<i64>, Option<i64>) = (None, None);
            for (gap, name) in history {
                clock += gap;
                let before = state.phase;
                let said = state.step(&terms, event(name), minutes(clock));
                match name {
                    "keyword" if matches!(said.state.phase, Phase::Owed { .. }) && before != said.state.phase => {
                        (keyword, asked) = (Some(clock), None);
                    }
                    "sent" if said.reason == Reason::Asked => asked = Some(clock),
                    "stop" => (keyword, asked) = (None, None),
                    _ => {}
                }
                if let Some(Command::Capture(evidence)) = said.command {
                    prop_assert_eq!(name, "yes");
                    prop_assert!(keyword.is_some() && asked.is_some_and(|at| clock - at < 1_440));
                    prop_assert!(evidence.keyword_at <= evidence.asked_at && evidence.asked_at <= evidence.yes_at);
                }
                state = said.state;
            }
        }
    }
}
