//! The dialogue after an opt-out, 47 CFR 64.1200(a)(12), alone and together with the decision it feeds.
#![cfg(feature = "capture")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is the way to fail"
)]

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_consent::capture::Language;
use fixedops_consent::confirmation::*;
use fixedops_consent::{
    Consent, ContactFacts, ContentDigest, Decided, Decision, Disclosure, Means, ReadVersions, Recipient,
    Request, RuleBook, Signature, decide,
};
use fixedops_vocab::{Channel, ConsentLevel, ContactHash, Purpose, Scope, TouchKey};
use proptest::prelude::*;

/// Noon in Ohio: every window is open.
fn noon() -> DateTime<Utc> {
    "2026-11-24T17:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

fn stop(scope: Scope) -> OptOut {
    OptOut { scope, at: noon(), by: Means::Sms, certain: true }
}

fn unsure() -> OptOut {
    OptOut { scope: Scope::Marketing, at: noon(), by: Means::Sms, certain: false }
}

fn answered(answer: Answer) -> Step {
    let words = match answer {
        Answer::Marketing => "only marketing",
        Answer::Keep => "keep",
        Answer::All => "everything",
        Answer::Unclear => "the words",
    };
    Step::Answered { answer, words: words.to_owned() }
}

fn opted_out(opt_out: OptOut, ask: bool) -> Step {
    Step::OptedOut { opt_out, ask }
}

/// Every phase a dialogue can be in, by the steps that lead there.
fn dialogues(book: &RuleBook) -> Vec<(String, Dialogue)> {
    let told = |steps: &[(Step, i64)]| {
        steps.iter().fold(Dialogue::default(), |dialogue, (step, at)| {
            dialogue.step(book, step.clone(), after(*at)).state
        })
    };
    let mut all = vec![("quiet".to_owned(), Dialogue::default())];
    for scope in [Scope::All, Scope::Sms, Scope::Marketing] {
        for ask in [false, true] {
            let heard = (opted_out(stop(scope), ask), 0);
            let sent = (Step::Sent, 20);
            let again = (opted_out(OptOut { at: after(60), ..stop(scope) }, ask), 60);
            for (name, steps) in [
                ("due", vec![heard.clone()]),
                ("sent", vec![heard.clone(), sent.clone()]),
                ("missed", vec![heard.clone(), (Step::Wake, 301)]),
                ("not sent", vec![heard.clone(), (Step::NotSent, 10)]),
                ("twice", vec![heard.clone(), again.clone()]),
                ("sent, then again", vec![heard.clone(), sent.clone(), again.clone()]),
                ("all", vec![heard.clone(), sent.clone(), (answered(Answer::All), 90)]),
                ("marketing", vec![heard.clone(), sent.clone(), (answered(Answer::Marketing), 90)]),
                ("keep", vec![heard.clone(), sent.clone(), (answered(Answer::Keep), 90)]),
                (
                    "marketing, then again",
                    vec![heard.clone(), sent.clone(), (answered(Answer::Marketing), 50), again],
                ),
                ("granted", vec![heard.clone(), sent, (Step::Granted { given_at: after(100) }, 100)]),
            ] {
                all.push((format!("{name} {scope} ask {ask}"), told(&steps)));
            }
        }
    }
    let heard = (opted_out(unsure(), false), 0);
    for (name, more) in [
        ("due", vec![]),
        ("asked", vec![(Step::Sent, 20)]),
        ("missed", vec![(Step::Wake, 301)]),
        ("keep", vec![(Step::Sent, 20), (answered(Answer::Keep), 90)]),
        ("marketing", vec![(Step::Sent, 20), (answered(Answer::Marketing), 90)]),
        ("all", vec![(Step::Sent, 20), (answered(Answer::All), 90)]),
        (
            "stop",
            vec![(Step::Sent, 20), (opted_out(OptOut { at: after(60), ..stop(Scope::All) }, false), 60)],
        ),
    ] {
        let mut steps = vec![heard.clone()];
        steps.extend(more);
        all.push((format!("unsure, {name}"), told(&steps)));
    }
    all
}

fn asked_for<'b>(
    dialogue: &Dialogue,
    channel: Channel,
    purpose: Purpose,
    now: DateTime<Utc>,
    book: &'b RuleBook,
) -> Decided<'b> {
    let given_at = noon() - TimeDelta::days(200);
    let written = Consent {
        level: ConsentLevel::Pewc,
        channels: vec![Channel::Sms],
        given_at,
        in_writing: Some(true),
        signed: Some(Signature::EsignCheckbox),
        phone_matches: Some(true),
        disclosure: vec![
            Disclosure::AutomatedTechnology,
            Disclosure::NotConditionOfPurchase,
            Disclosure::SellerNamed,
        ],
        sellers: vec![],
        proof: vec![],
        how: None,
    };
    let mut facts = ContactFacts {
        recipient: Recipient {
            area_code: Some("614".into()),
            states: vec!["OH".into()],
            candidate_zones: vec!["America/New_York".into()],
            ..Recipient::default()
        },
        consents: vec![written],
        revocations: dialogue.revocation().into_iter().collect(),
        ..ContactFacts::default()
    };
    if purpose == Purpose::Reply {
        facts.facts.inbound_at = Some(noon());
        facts.facts.inbound_text = Some("maybe enough".into());
    }
    dialogue.tell(&mut facts.facts);
    let request = Request {
        contact: ContactHash::from_bytes([1; 32]),
        channel,
        purpose,
        digest: ContentDigest::from_bytes([2; 32]),
        versions: ReadVersions::default(),
        key: TouchKey { case: "c".parse().unwrap(), touch: "1".parse().unwrap() },
        program: "confirmation".parse().unwrap(),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    };
    decide(&facts, &request, now, book)
}

fn allows(decided: &Decided) -> bool {
    matches!(decided.decision, Decision::Allow(_))
}

/// Milliseconds about every border: before the opt-out, at it, within, the five minutes, behind.
const TIMES: [i64; 12] =
    [-1, 0, 1, 19_999, 20_000, 299_000, 299_999, 300_000, 300_001, 301_000, 3_600_000, 86_400_000];

#[test]
fn the_text_that_is_owed_is_cleared_exactly_while_the_dialogue_owes_it() {
    let book = RuleBook::shipped();
    let (mut allowed, mut refused) = (0, 0);
    for (name, dialogue) in dialogues(&book) {
        for ms in TIMES {
            let now = noon() + TimeDelta::milliseconds(ms);
            let may = dialogue.may_send(&book, now);
            let decided = asked_for(&dialogue, Channel::Sms, Purpose::RevocationConfirmation, now, &book);
            if dialogue.purpose() == Purpose::Reply {
                assert!(
                    !allows(&decided),
                    "{name} at {ms} ms: nothing was revoked, so there is nothing to confirm"
                );
                let reply = asked_for(&dialogue, Channel::Sms, Purpose::Reply, now, &book);
                assert!(!may || allows(&reply), "{name} at {ms} ms: {:?}", reply.findings);
            } else if let Phase::Closed { sent_at: None, .. } = dialogue.phase {
                // Given up: the decision, asked all the same, still says no once the five minutes are over.
                let over = now > noon() + TimeDelta::seconds(300);
                assert!(!may, "{name} at {ms} ms");
                assert!(!over || !allows(&decided), "{name} at {ms} ms");
            } else {
                assert_eq!(may, allows(&decided), "{name} at {ms} ms: {:?}", decided.findings);
            }
            if may { allowed += 1 } else { refused += 1 }
        }
    }
    assert!(allowed > 30 && refused > 300, "{allowed} {refused}");
}

#[test]
fn what_waits_for_an_answer_is_held_and_what_was_narrowed_is_not() {
    let book = RuleBook::shipped();
    for (name, dialogue) in dialogues(&book) {
        for (purpose, seconds) in [Purpose::Marketing, Purpose::Informational]
            .into_iter()
            .flat_map(|p| [120, 400, 4_000].map(|s| (p, s)))
        {
            let allowed = allows(&asked_for(&dialogue, Channel::Sms, purpose, after(seconds), &book));
            let marketing = purpose == Purpose::Marketing;
            let asked = match &dialogue.phase {
                Phase::Asked { .. } => true,
                Phase::Closed { asked, .. } => *asked,
                _ => false,
            };
            let expected = match &dialogue.phase {
                Phase::Quiet => true,
                Phase::Narrowed { to: None, .. } => true,
                Phase::Narrowed { .. } => !marketing,
                Phase::Due { opt_out, .. } | Phase::Asked { opt_out, .. } | Phase::Closed { opt_out, .. } => {
                    // Service texts go on where only marketing was revoked and nobody asked, or nothing is sure yet.
                    let only_marketing = opt_out.scope == Scope::Marketing && !(asked && opt_out.certain);
                    !marketing && (only_marketing || !opt_out.certain)
                }
            };
            assert_eq!(allowed, expected, "{name}: {purpose} after {seconds} s: {dialogue:?}");
        }
    }
}

#[test]
fn one_text_and_no_other_whatever_happens() {
    let book = RuleBook::shipped();
    for scope in [Scope::All, Scope::Sms, Scope::Calls, Scope::Email, Scope::Marketing, Scope::Number] {
        let first = Dialogue::default().step(&book, opted_out(stop(scope), false), after(1));
        assert_eq!(
            first.command,
            Some(Command::Send { text: TextId::Confirmed, until: after(300) }),
            "{scope}"
        );
        let sent = first.state.step(&book, Step::Sent, after(2)).state;
        for (step, at) in [
            (opted_out(OptOut { at: after(3), ..stop(scope) }, true), 3),
            (opted_out(OptOut { at: after(3), ..unsure() }, true), 3),
            (Step::Sent, 4),
            (Step::Wake, 400),
            (answered(Answer::Marketing), 500),
            (Step::NotSent, 500),
            (Step::Granted { given_at: noon() }, 500),
        ] {
            let said = sent.clone().step(&book, step.clone(), after(at));
            assert_eq!(said.command, None, "{scope} {step:?}");
            assert!(!said.state.may_send(&book, after(at)), "{scope} {step:?}");
        }
    }
}

#[test]
fn late_is_not_sent_and_a_new_opt_out_that_was_never_confirmed_may_be() {
    let book = RuleBook::shipped();
    let late = Dialogue::default().step(&book, opted_out(stop(Scope::All), false), after(301));
    assert_eq!((late.command, late.reason), (None, Reason::TooLate));
    let again = OptOut { at: after(1_000), ..stop(Scope::All) };
    let said = late.state.step(&book, opted_out(again, false), after(1_001));
    assert_eq!(said.command, Some(Command::Send { text: TextId::Confirmed, until: after(1_300) }));
}

#[test]
fn a_second_opt_out_means_everything_and_is_not_asked_about() {
    let book = RuleBook::shipped();
    let asked = Dialogue::default().step(&book, opted_out(stop(Scope::Marketing), true), after(0));
    assert_eq!(asked.command, Some(Command::Send { text: TextId::ConfirmedAndAsked, until: after(300) }));
    let second = OptOut { at: after(10), ..stop(Scope::Sms) };
    let before = asked.state.clone().step(&book, opted_out(second, true), after(10));
    assert_eq!(before.command, Some(Command::Send { text: TextId::Confirmed, until: after(310) }));
    assert_eq!(before.state.revocation().unwrap().scope, Some(Scope::All));
    let sent = asked.state.step(&book, Step::Sent, after(5)).state;
    let behind = sent.step(&book, opted_out(second, true), after(10));
    assert_eq!((behind.reason, behind.command), (Reason::Widened, None));
    assert_eq!(behind.state.revocation().unwrap().scope, Some(Scope::All));
}

#[test]
fn keep_undoes_nothing_that_was_certain_and_silence_means_all() {
    let book = RuleBook::shipped();
    let asked = Dialogue::default().step(&book, opted_out(stop(Scope::Sms), true), after(0)).state;
    let asked = asked.step(&book, Step::Sent, after(5)).state;
    for answer in [Answer::Keep, Answer::Unclear] {
        let said = asked.clone().step(&book, answered(answer), after(60));
        assert_eq!((said.state, said.reason), (asked.clone(), Reason::Unanswered), "{answer:?}");
    }
    assert_eq!(asked.revocation().unwrap().scope, Some(Scope::All), "asked, and silent");
}

#[test]
fn only_a_later_consent_begins_a_new_story() {
    let book = RuleBook::shipped();
    for (name, dialogue) in dialogues(&book) {
        let early = dialogue.clone().step(&book, Step::Granted { given_at: noon() }, after(5_000));
        assert_eq!(early.state, dialogue, "{name}: at equal times the customer's no wins");
        let later = dialogue.step(&book, Step::Granted { given_at: after(4_000) }, after(5_000));
        assert_eq!(later.state, Dialogue::default(), "{name}");
    }
}

#[test]
fn no_shipped_text_promotes_anything_and_each_is_one_or_two_segments() {
    let texts = ConfirmationTexts::shipped();
    for text in texts.texts() {
        let said = text.render("Main Street Motors").unwrap();
        assert!(said.chars().count() <= 306, "{said}");
    }
    for (id, language) in TextId::ALL.iter().flat_map(|id| Language::ALL.iter().map(move |l| (*id, *l))) {
        assert_eq!((texts.find(id, language).id, texts.find(id, language).language), (id, language));
    }
}

#[test]
fn a_text_that_promotes_something_is_refused_by_line() {
    let shipped = ConfirmationTexts::SHIPPED_FILE;
    for (case, old, new, word) in [
        ("an offer", "You are unsubscribed.", "You are unsubscribed. Last special inside.", "special"),
        ("a price", "You are unsubscribed.", "Oil change 29.95$.", "$"),
        ("a percentage", "You are unsubscribed.", "10% less.", "%"),
        ("a link", "You are unsubscribed.", "See https://example.test", "http"),
        ("a saving", "You are unsubscribed.", "Savings go on.", "sav"),
        ("in Spanish", "Su solicitud fue recibida.", "Aproveche la OFERTA.", "oferta"),
        ("no seller", "\"{seller}: You are", "\"You are", "{seller}"),
        (
            "not in English",
            "id = \"asked\"\nversion = \"1\"\nlanguage = \"en\"",
            "id = \"confirmed\"\nversion = \"1\"\nlanguage = \"en\"",
            "twice",
        ),
        ("two meanings", "keep = [\"keep\"", "keep = [\"all\", \"keep\"", "two things"),
        ("unknown field", "version = \"2026-11-21\"", "version = \"x\"\nmore = 1", "unknown field"),
    ] {
        assert!(shipped.contains(old), "{case}: the shipped file changed");
        let error = ConfirmationTexts::from_toml("c.toml", &shipped.replacen(old, new, 1)).expect_err(case);
        assert!(error.reason.contains(word) && error.line.is_some_and(|line| line > 1), "{case}: {error}");
    }
    // The lint's lists are the store's; the signs of prices and links are not.
    let bare = shipped.replace(
        "any = [\"http\", \"www.\", \".com\", \".net\", \".org\", \".us\", \"://\", \"$\", \"%\", \"€\"]",
        "any = []",
    );
    assert!(bare != shipped);
    let priced = bare.replacen("You are unsubscribed.", "Now 5$.", 1);
    assert!(ConfirmationTexts::from_toml("c.toml", &priced).is_err());
}

#[test]
fn answers_are_read_whole() {
    let texts = ConfirmationTexts::shipped();
    for (words, answer) in [
        ("MARKETING", Answer::Marketing),
        (" only   Marketing. ", Answer::Marketing),
        ("Publicidad", Answer::Marketing),
        ("all", Answer::All),
        ("KEEP!", Answer::Keep),
        ("keep the marketing off my phone", Answer::Unclear),
        ("", Answer::Unclear),
    ] {
        assert_eq!(texts.answer(words), answer, "{words:?}");
    }
}

#[test]
fn the_words_of_a_person_do_not_show() {
    let book = RuleBook::shipped();
    let shown: String = dialogues(&book).iter().map(|(_, dialogue)| format!("{dialogue:?}")).collect();
    assert!(shown.contains("Narrowed") && !shown.contains("the words"));
}

fn any_step() -> impl Strategy<Value = Step> {
    let opt_out = (0_i64..900, prop::sample::select(Scope::ALL), any::<bool>(), any::<bool>());
    prop_oneof![
        3 => opt_out.prop_map(|(at, scope, certain, ask)| {
            opted_out(OptOut { scope, at: after(at), by: Means::Sms, certain }, ask)
        }),
        2 => Just(Step::Sent),
        1 => Just(Step::NotSent),
        1 => Just(Step::Wake),
        2 => prop::sample::select(vec![Answer::All, Answer::Marketing, Answer::Keep, Answer::Unclear])
            .prop_map(answered),
        1 => (0_i64..900).prop_map(|at| Step::Granted { given_at: after(at) }),
    ]
}

proptest! {
    /// Whatever happens in whatever order: between two consents at most one text is asked for and sent, and an opt-out
    /// that is certain is never lost.
    #[test]
    fn no_history_sends_two_texts_or_loses_an_opt_out(history in prop::collection::vec((0_i64..200, any_step()), 0..25)) {
        let book = RuleBook::shipped();
        let (mut dialogue, mut clock, mut sent) = (Dialogue::default(), 0, 0);
        let mut certain = false;
        for (gap, step) in history {
            clock += gap;
            let owed = dialogue.may_send(&book, after(clock));
            let said = dialogue.clone().step(&book, step.clone(), after(clock));
            if step == Step::Sent && owed {
                sent += 1;
            }
            match (&step, said.reason) {
                (Step::OptedOut { opt_out, .. }, _) => certain |= opt_out.certain,
                (Step::Granted { .. }, Reason::Granted) => (certain, sent) = (false, 0),
                (_, Reason::Narrowed) if said.state.revocation().is_none() => prop_assert!(!certain),
                _ => {}
            }
            prop_assert!(sent <= 1);
            prop_assert!(!certain || said.state.revocation().is_some(), "{:?}", said.state);
            if let Some(Command::Send { until, .. }) = said.command {
                prop_assert!(said.state.until(&book) == Some(until) && sent == 0);
            }
            dialogue = said.state;
        }
    }
}
