//! The words as files: what a template must say, checked when it is loaded, and the two languages side by side.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in tests a panic is the way to fail"
)]

mod samples;

use std::collections::BTreeSet;

use fixedops_recovery::{
    Answer, FIELDS, Language, Template, TemplateDraft, TemplateError, TemplateFault, Templates, WordRules,
};
use fixedops_vocab::Channel;
use samples::ALWAYS;

fn new(draft: TemplateDraft) -> Result<Template, TemplateError> {
    Template::new(draft, "test/1".parse().unwrap())
}

#[test]
fn every_template_ships_in_both_languages_with_the_same_fields() {
    let templates = Templates::shipped();
    let of = |language| templates.iter().filter(move |template| template.language == language);
    let names = |language| of(language).map(|t| (t.id.clone(), t.channel)).collect::<BTreeSet<_>>();
    assert_eq!(names(Language::English), names(Language::Spanish));
    println!("{} templates in each language", of(Language::English).count());
    for english in of(Language::English) {
        let spanish = templates.get_in(&english.id, english.channel, Language::Spanish).unwrap();
        assert_eq!(spanish.language, Language::Spanish);
        let told = format!("{} by {}", english.id, english.channel);
        assert!(english.fields().eq(spanish.fields()), "{told}: fields");
        assert!(english.always().eq(spanish.always()), "{told}: fields it needs");
        assert_eq!(
            (english.answer, english.speaks_of_money().is_some()),
            (spanish.answer, spanish.speaks_of_money().is_some()),
            "{told}"
        );
        assert!(english.always().all(|field| ALWAYS.contains(&field)), "{told}");
        assert_ne!(english.body, spanish.body, "{told}");
    }
    let used: BTreeSet<_> = templates.iter().flat_map(Template::fields).collect();
    let unused: Vec<_> = FIELDS.iter().filter(|field| !used.contains(*field)).collect();
    assert_eq!(unused, [&"unsubscribe_mail"], "a header, not a word");
}

#[test]
fn the_programmes_have_their_words() {
    use Channel::{AiCall, Email, LiveCall, PrerecordedCall, Sms};
    let templates = Templates::shipped();
    for (id, channels) in [
        ("mileage_due_now", &[Sms][..]),
        ("mileage_due_reminder", &[Sms]),
        ("mileage_due_overdue", &[Email]),
        ("declined_photo", &[Sms]),
        ("declined_warm", &[Sms]),
        ("declined_miles_since", &[Email]),
        ("declined_call", &[LiveCall, AiCall, PrerecordedCall]),
        ("declined_last", &[Sms]),
        ("wear_early", &[Sms]),
        ("wear_now", &[Email]),
        ("wear_call", &[LiveCall]),
        ("wear_last", &[Sms]),
        ("first_service_offer", &[Sms]),
        ("first_service_email", &[Email]),
        ("first_service_call", &[LiveCall]),
        ("recall_notice", &[Sms, Email, LiveCall, PrerecordedCall]),
        ("recall_reminder", &[Sms]),
        ("recall_no_remedy_yet", &[Sms, Email]),
        ("inspection_link", &[Sms]),
        ("inspection_reminder", &[Sms]),
        ("inspection_call", &[LiveCall]),
        ("appointment_confirmed", &[Sms, Email]),
        ("appointment_reminder", &[Sms, Email]),
        ("appointment_tomorrow", &[Sms]),
        ("no_show_rebook", &[Sms, Email]),
        ("no_show_call", &[LiveCall]),
        ("click_call", &[LiveCall]),
        ("click_text", &[Sms]),
        ("mileage_ask", &[Sms]),
        ("seasonal_offer", &[Sms, Email]),
        ("tire_offer", &[Sms, Email]),
        ("add_on_offer", &[Sms, Email]),
        ("deferred_due", &[Sms, Email]),
        ("deferred_reminder", &[Sms]),
    ] {
        let found: Vec<_> = templates
            .iter()
            .filter(|t| t.id == id && t.language == Language::English)
            .map(|t| t.channel)
            .collect();
        assert_eq!(found.iter().collect::<BTreeSet<_>>(), channels.iter().collect(), "{id}");
    }
}

/// Promise 8, in every language.
#[test]
fn p8_no_recall_speaks_of_money_and_every_offer_does() {
    for template in Templates::shipped().iter() {
        let told = format!("{} {} {}", template.language, template.channel, template.id);
        if template.id.starts_with("recall") {
            assert_eq!(template.speaks_of_money(), None, "{told}");
        }
        if template.id.ends_with("_offer") && template.id != "first_service_offer" {
            assert!(template.speaks_of_money().is_some(), "{told}");
        }
        if template.id == "declined_warm" {
            assert!(!template.fields().any(|field| field == "discount"), "{told}");
        }
    }
}

#[test]
fn a_template_that_lacks_what_its_channel_needs_is_refused() {
    let good = "{{ dealer_name }} {{ dealer_phone }} {{ book_link }} Reply STOP to opt out";
    let mail = "{{ dealer_name }} {{ dealer_phone }} {{ postal_address }} {{ unsubscribe_link }}";
    let call =
        "This is {{ dealer_name }}, {{ dealer_phone }}. If the customer asks not to be called: note it.";
    let voice = "This is {{ dealer_name }}, {{ dealer_phone }}. To stop these calls, press 9 or say stop.";
    let new = |channel, subject: Option<&str>, body: &str| {
        let subject = subject.map(ToOwned::to_owned);
        new(TemplateDraft { subject, ..TemplateDraft::new("t", channel, body) }).map_err(|error| error.fault)
    };
    assert!(new(Channel::Email, Some("hi"), mail).is_ok());
    assert!(new(Channel::LiveCall, None, call).is_ok());
    assert!(new(Channel::AiCall, None, voice).is_ok());
    assert!(new(Channel::PrerecordedCall, None, voice).is_ok());
    assert!(new(Channel::Sms, None, good).is_ok());
    for (case, channel, subject, body, fault) in [
        (
            "no dealer",
            Channel::Sms,
            None,
            good.replace("dealer_name", "advisor"),
            TemplateFault::Lacks("dealer_name"),
        ),
        (
            "no number",
            Channel::Sms,
            None,
            good.replace("dealer_phone", "advisor"),
            TemplateFault::Lacks("dealer_phone"),
        ),
        (
            "no link",
            Channel::Sms,
            None,
            good.replace("book_link", "advisor"),
            TemplateFault::Lacks("book_link"),
        ),
        (
            "no way out",
            Channel::Sms,
            None,
            good.replace("STOP", "HALT"),
            TemplateFault::Lacks("Reply STOP to opt out"),
        ),
        (
            "a field nobody fills",
            Channel::Sms,
            None,
            format!("{good} {{{{ ssn }}}}"),
            TemplateFault::UnknownField("ssn".into()),
        ),
        (
            "an unknown condition",
            Channel::Sms,
            None,
            format!("{good} {{% if rich %}}!{{% endif %}}"),
            TemplateFault::UnknownField("rich".into()),
        ),
        ("left open", Channel::Sms, None, format!("{good} {{{{ vehicle"), TemplateFault::NotClosed),
        (
            "an if left open",
            Channel::Sms,
            None,
            format!("{good} {{% if vehicle %}}"),
            TemplateFault::NotClosed,
        ),
        ("an else alone", Channel::Sms, None, format!("{good} {{% else %}}"), TemplateFault::NotClosed),
        (
            "the way out in a comment",
            Channel::Sms,
            None,
            good.replace("Reply STOP to opt out", "{# Reply STOP to opt out #}"),
            TemplateFault::Comment,
        ),
        (
            "the way out for some only",
            Channel::Sms,
            None,
            good.replace("Reply STOP to opt out", "{% if slot %}Reply STOP to opt out{% endif %}"),
            TemplateFault::Lacks("Reply STOP to opt out"),
        ),
        (
            "the dealer asked about and not named",
            Channel::Sms,
            None,
            good.replace("{{ dealer_name }}", "{% if dealer_name %}We{% endif %}"),
            TemplateFault::Lacks("dealer_name"),
        ),
        (
            "a filter that cannot be rendered safely",
            Channel::Sms,
            None,
            format!("{good} {{{{ vehicle|upper }}}}"),
            TemplateFault::Expression("vehicle|upper".into()),
        ),
        (
            "another file",
            Channel::Sms,
            None,
            format!("{good} {{% include vehicle %}}"),
            TemplateFault::Expression("include vehicle".into()),
        ),
        (
            "a loop",
            Channel::Sms,
            None,
            format!("{good} {{% for slot in vehicle %}}{{% endfor %}}"),
            TemplateFault::Expression("for slot in vehicle".into()),
        ),
        (
            "half a condition",
            Channel::Sms,
            None,
            format!("{good} {{% if slot and %}}{{% endif %}}"),
            TemplateFault::Expression("if slot and".into()),
        ),
        (
            "two fields in one",
            Channel::Sms,
            None,
            format!("{good} {{{{ slot vehicle }}}}"),
            TemplateFault::Expression("slot vehicle".into()),
        ),
        (
            "words in the stead of a field that are none",
            Channel::Sms,
            None,
            format!("{good} {{{{ vehicle or '' }}}}"),
            TemplateFault::Expression("vehicle or ''".into()),
        ),
        (
            "a field under a condition of another",
            Channel::Sms,
            None,
            format!("{good} {{% if slot %}}{{{{ advisor }}}}{{% endif %}}"),
            TemplateFault::NotGuarded("advisor"),
        ),
        (
            "a field where one of two is known",
            Channel::Sms,
            None,
            format!("{good} {{% if slot or advisor %}}{{{{ advisor }}}}{{% endif %}}"),
            TemplateFault::NotGuarded("advisor"),
        ),
        (
            "a field where it is unknown",
            Channel::Sms,
            None,
            format!("{good} {{% if not advisor %}}{{{{ advisor }}}}{{% endif %}}"),
            TemplateFault::NotGuarded("advisor"),
        ),
        (
            "a field in the other branch",
            Channel::Sms,
            None,
            format!("{good} {{% if advisor %}}x{{% else %}}{{{{ advisor }}}}{{% endif %}}"),
            TemplateFault::NotGuarded("advisor"),
        ),
        (
            "no postal address",
            Channel::Email,
            Some("hi"),
            mail.replace("{{ postal_address }}", ""),
            TemplateFault::Lacks("postal_address"),
        ),
        (
            "no way to unsubscribe",
            Channel::Email,
            Some("hi"),
            mail.replace("{{ unsubscribe_link }}", ""),
            TemplateFault::Lacks("unsubscribe_link"),
        ),
        (
            "a subject of two lines",
            Channel::Email,
            Some("a\nBcc: b"),
            mail.to_owned(),
            TemplateFault::Subject,
        ),
        (
            "a call that sells before it says who calls",
            Channel::LiveCall,
            None,
            format!("Good news! {call}"),
            TemplateFault::NotNamedFirst,
        ),
        (
            "a call that names the dealership to some only",
            Channel::AiCall,
            None,
            format!("{{% if slot %}}{{{{ dealer_name }}}}{{% endif %}}. {voice}"),
            TemplateFault::NotNamedFirst,
        ),
        (
            "a live call that forgets a wish not to be called",
            Channel::LiveCall,
            None,
            call.replace("asks not to be called", "is busy"),
            TemplateFault::Lacks("asks not to be called"),
        ),
        (
            "a computer voice without a key to stop it",
            Channel::AiCall,
            None,
            voice.replace("press 9", "write to us"),
            TemplateFault::Lacks("press 9"),
        ),
        (
            "a recording without a word to stop it",
            Channel::PrerecordedCall,
            None,
            voice.replace("say stop", "hang up"),
            TemplateFault::Lacks("say stop"),
        ),
        ("an e-mail without a subject", Channel::Email, None, mail.to_owned(), TemplateFault::Subject),
        ("a text with a subject", Channel::Sms, Some("hi"), good.to_owned(), TemplateFault::Subject),
    ] {
        assert_eq!(new(channel, subject, &body).unwrap_err(), fault, "{case}");
    }
}

#[test]
fn a_template_file_is_refused_with_its_line() {
    let text = "version = \"t/1\"\n\n[[template]]\nid = \"a\"\nchannel = \"sms\"\nbody = \"hello\"\n";
    let error = Templates::from_toml(text).unwrap_err();
    assert_eq!(error.to_string(), "line 3: template \"a\": does not mention dealer_name");
    let error = Templates::from_toml("version = 7").unwrap_err();
    assert_eq!(error.line, Some(1), "{error}");
    let error = Templates::from_toml("version = \"t/1\"\nlanguage = \"fr\"\n").unwrap_err();
    assert_eq!(error.line, Some(2), "{error}");
    let twice =
        include_str!("../templates/es.toml").replace("\"mileage_due_reminder\"", "\"mileage_due_now\"");
    let error = Templates::from_toml(&twice).unwrap_err();
    assert_eq!(error.fault, TemplateFault::Repeated(Channel::Sms));
    assert!(error.line.is_some_and(|line| line > 20), "{error}");
    for torn in ["", "version", "[texts]", "version = \"w/1\"\nsource = 7"] {
        assert!(WordRules::from_toml(torn).is_err(), "{torn}");
    }
}

#[test]
fn each_language_has_its_own_way_out() {
    let spanish = |body: &str| {
        new(TemplateDraft { language: Language::Spanish, ..TemplateDraft::new("t", Channel::Sms, body) })
            .map(|_| ())
            .map_err(|error| error.fault)
    };
    let words = "{{ dealer_name }} {{ dealer_phone }} {{ book_link }} ";
    assert_eq!(spanish(&format!("{words} Responda STOP para no recibir más mensajes")), Ok(()));
    assert_eq!(spanish(&format!("{words} Responda ALTO para no\nrecibir más mensajes")), Ok(()));
    assert_eq!(
        spanish(&format!("{words} Reply STOP to opt out")),
        Err(TemplateFault::Lacks("Responda STOP para no recibir más mensajes"))
    );
}

#[test]
fn a_text_prints_the_link_its_answer_needs() {
    let words = "{{ dealer_name }} {{ dealer_phone }} Reply STOP to opt out";
    let answered = |answer| {
        new(TemplateDraft { answer, ..TemplateDraft::new("t", Channel::Sms, words) })
            .map(|_| ())
            .map_err(|error| error.fault)
    };
    assert_eq!(answered(Answer::BookLink), Err(TemplateFault::Lacks("book_link")));
    assert_eq!(answered(Answer::InspectionLink), Err(TemplateFault::Lacks("inspection_link")));
    assert_eq!(answered(Answer::Reply), Ok(()));
    assert_eq!(answered(Answer::Call), Ok(()));
}

#[test]
fn a_text_whose_fixed_words_are_too_long_is_refused() {
    let body = format!(
        "{} {{{{ dealer_name }}}} {{{{ dealer_phone }}}} {{{{ book_link }}}} Reply STOP to opt out",
        "a".repeat(140)
    );
    let bounded = |most| {
        new(TemplateDraft {
            most_segments: Some(most),
            ..TemplateDraft::new("t", Channel::Sms, body.clone())
        })
    };
    assert_eq!(bounded(1).unwrap_err().fault, TemplateFault::TooLong { found: 2, most: 1 });
    assert!(bounded(2).is_ok());
}

#[test]
fn a_language_that_is_missing_falls_back_to_english() {
    let body = "{{ dealer_name }} {{ dealer_phone }} {{ book_link }} Reply STOP to opt out";
    let only_english = Templates::new([new(TemplateDraft::new("t", Channel::Sms, body)).unwrap()]).unwrap();
    assert_eq!(
        only_english.get_in("t", Channel::Sms, Language::Spanish).unwrap().language,
        Language::English
    );
    assert!(only_english.get_in("t", Channel::Email, Language::Spanish).is_none());
}

/// A plan is checked by its English words, so money in the other language alone is refused.
#[test]
fn p8_money_in_one_language_only_is_refused() {
    let english = "{{ dealer_name }} {{ dealer_phone }} {{ book_link }} Reply STOP to opt out";
    let spanish = "{{ dealer_name }} {{ dealer_phone }} {{ book_link }} Oferta. Responda STOP para no recibir más mensajes";
    let language = Language::Spanish;
    let pair = [
        new(TemplateDraft::new("t", Channel::Sms, english)).unwrap(),
        new(TemplateDraft { language, ..TemplateDraft::new("t", Channel::Sms, spanish) }).unwrap(),
    ];
    assert_eq!(Templates::new(pair).unwrap_err().fault, TemplateFault::MoneyInOneLanguage("oferta"));
}

#[test]
fn a_template_tells_which_fields_it_uses() {
    let templates = Templates::shipped();
    let fields: Vec<_> = templates.get("declined_last", Channel::Sms).unwrap().fields().collect();
    assert_eq!(fields, ["book_link", "dealer_name", "dealer_phone", "line_name", "mileage", "vehicle"]);
}

#[test]
fn p8_a_template_that_makes_an_offer_in_plain_words_speaks_of_money() {
    let of = |language, words: &str, noted: &str| {
        let body = format!("This is {{{{ dealer_name }}}} {{{{ dealer_phone }}}} {words} {noted}");
        new(TemplateDraft { language, ..TemplateDraft::new("t", Channel::LiveCall, body) })
            .unwrap()
            .speaks_of_money()
    };
    for (words, told) in [
        ("the remedy is free", None),
        ("es gratis, el perro sale", Some("sale")),
        ("Save now", Some("save")),
        ("we saved your place, wholesale", None),
        ("un CUPÓN", Some("cupón")),
        ("15 % de descuento", Some("descuento")),
        ("una Oferta", Some("oferta")),
        ("only $20", Some("$")),
        ("a bundle", Some("bundle")),
        ("an upgrade", Some("upgrade")),
        ("{% if offer_name %}{{ offer_name }}{% endif %}", Some("offer_name")),
        ("{% if offer_ends %}{{ offer_ends }}{% endif %}", Some("offer_ends")),
        ("with a Coupon", Some("coupon")),
        ("10 % off", Some("% off")),
        ("{{ line_price }}", Some("line_price")),
    ] {
        assert_eq!(of(Language::English, words, "asks not to be called"), told, "{words}");
        // "Sale" is another word in Spanish; everything else counts in both.
        let told = told.filter(|word| !["sale", "save"].contains(word));
        assert_eq!(of(Language::Spanish, words, "pide que no le llamen"), told, "{words}");
    }
}
