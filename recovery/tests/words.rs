//! The words: every shipped template reads well with everything known and with hardly anything known.
#![cfg(feature = "serde")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in tests a panic is the way to fail"
)]

use std::collections::BTreeMap;

use fixedops_recovery::{FIELDS, Template, TemplateFault, Templates};
use fixedops_vocab::Channel;
use minijinja::{Environment, UndefinedBehavior};

/// Fields that are always known.
const ALWAYS: &[&str] = &["dealer_name", "dealer_phone", "book_link"];

fn sample(field: &str) -> &'static str {
    match field {
        "advisor" => "Maria",
        "book_link" => "https://book.example/a1B2c3",
        "dealer_name" => "Main Street Motors",
        "dealer_phone" => "(404) 555-0123",
        "discount" => "10 %",
        "due_miles" => "45,000 mi",
        "first_name" => "Ann",
        "line_name" => "front brake pads",
        "line_price" => "$349.90",
        "mileage" => "about 44,900 mi (estimated, last read Jan 12)",
        "miles_since" => "about 2,100 mi (estimated)",
        "service_date" => "March 2",
        "service_name" => "oil service",
        "slot" => "Tuesday at 9:00",
        "vehicle" => "2019 Honda Accord",
        other => panic!("no sample for {other}"),
    }
}

fn render(text: &str, known: impl Fn(&str) -> bool) -> String {
    let mut jinja = Environment::new();
    jinja.set_undefined_behavior(UndefinedBehavior::Strict);
    let fields: BTreeMap<_, _> =
        FIELDS.iter().map(|field| (*field, if known(field) { sample(field) } else { "" })).collect();
    jinja.render_str(text, fields).unwrap()
}

fn reads_well(text: &str, told: &str) {
    for flaw in ["  ", " ,", " .", "..", ",,", "()", "{", "}", "None", "undefined"] {
        assert!(!text.contains(flaw), "{flaw:?} in {told}: {text}");
    }
    assert!(text.lines().all(|line| line.trim_end() == line), "{told}: {text}");
}

#[test]
fn every_template_reads_well_whatever_field_is_missing() {
    for template in Templates::shipped().iter() {
        let texts = template.subject.iter().chain([&template.body]);
        for text in texts {
            let told = |missing: &str| format!("{} without {missing}", template.id);
            reads_well(&render(text, |_| true), &told("nothing"));
            reads_well(&render(text, |field| ALWAYS.contains(&field)), &told("anything"));
            for missing in FIELDS.iter().filter(|field| !ALWAYS.contains(field)) {
                reads_well(&render(text, |field| field != *missing), &told(missing));
            }
        }
    }
}

#[test]
fn every_text_message_names_the_dealer_the_number_the_miles_the_link_and_the_way_out() {
    for template in Templates::shipped().iter().filter(|template| template.channel.is_text()) {
        let text = render(&template.body, |_| true);
        for field in ["dealer_name", "dealer_phone", "mileage", "book_link"] {
            assert!(text.contains(sample(field)), "{} lacks {field}: {text}", template.id);
        }
        assert!(text.ends_with("Reply STOP to opt out"), "{text}");
        assert!(
            text.is_ascii() && text.len() <= 306,
            "{}: {} characters, two segments hold 306",
            template.id,
            text.len()
        );
    }
}

/// Promise 1: a service due by time prints no mileage.
#[test]
fn p1_without_a_mileage_no_mile_is_printed() {
    for template in Templates::shipped().iter() {
        let known = |field: &str| !["mileage", "due_miles", "miles_since"].contains(&field);
        let text = render(&template.body, known);
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        assert!(!words.any(|word| matches!(word, "mi" | "miles" | "mileage")), "{}: {text}", template.id);
    }
}

#[test]
fn a_template_that_lacks_what_its_channel_needs_is_refused() {
    let good = "{{ dealer_name }} {{ dealer_phone }} {{ book_link }} Reply STOP to opt out";
    let new = |channel, subject: Option<&str>, body: &str| {
        let version = "test/1".parse().unwrap();
        Template::new("t", channel, subject.map(ToOwned::to_owned), body, version)
            .map_err(|error| error.fault)
    };
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
        ("an e-mail without a subject", Channel::Email, None, good.to_owned(), TemplateFault::Subject),
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
}

#[test]
fn a_template_tells_which_fields_it_uses() {
    let templates = Templates::shipped();
    let fields: Vec<_> = templates.get("declined_last", Channel::Sms).unwrap().fields().collect();
    assert_eq!(fields, ["book_link", "dealer_name", "dealer_phone", "line_name", "mileage", "vehicle"]);
}

#[test]
fn p8_a_template_that_makes_an_offer_in_plain_words_speaks_of_money() {
    let new = |words: &str| {
        let body = format!("{{{{ dealer_name }}}} {{{{ dealer_phone }}}} {words}");
        Template::new("t", Channel::LiveCall, None, body, "test/1".parse().unwrap()).unwrap()
    };
    for (words, told) in [
        ("the remedy is free", None),
        ("with a Coupon", Some("coupon")),
        ("10 % off", Some("% off")),
        ("{{ line_price }}", Some("line_price")),
    ] {
        assert_eq!(new(words).speaks_of_money(), told, "{words}");
    }
}
