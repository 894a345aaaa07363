//! The words as they go out: every shipped template reads well whatever is missing, and no value of a field breaks it.
#![cfg(feature = "render")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "in tests a panic is the way to fail"
)]

mod samples;

use std::sync::LazyLock;

use fixedops_recovery::segments::{Encoding, outside_gsm7, segments};
use fixedops_recovery::{
    FIELDS, Fields, Language, RenderError, Rendered, Renderer, Template, TemplateDraft, Templates, WordRules,
};
use fixedops_vocab::Channel;
use proptest::prelude::*;
use samples::{ALWAYS, long_sample, sample};

fn fields_of(value: impl Fn(&str) -> Option<&'static str>) -> Fields<'static> {
    let mut fields = Fields::new();
    for field in FIELDS {
        if let Some(value) = value(field) {
            fields.set(field, value).unwrap();
        }
    }
    fields
}

fn of(renderer: &Renderer, template: &Template, fields: &Fields<'_>) -> Rendered {
    renderer.render(&template.id, template.channel, template.language, fields).unwrap()
}

fn shipped() -> &'static (Templates, Renderer) {
    static SHIPPED: LazyLock<(Templates, Renderer)> = LazyLock::new(|| {
        let templates = Templates::shipped();
        let renderer = Renderer::new(&templates).unwrap();
        (templates, renderer)
    });
    &SHIPPED
}

/// What a reader would stumble over.
fn flaw(text: &str) -> Option<&'static str> {
    let flaws = [
        "  ",
        " ,",
        " .",
        " ;",
        " :",
        "..",
        ",,",
        ",.",
        ":.",
        "()",
        "( ",
        " )",
        "{",
        "}",
        "None",
        "none",
        "undefined",
        "\n\n\n",
    ];
    if let Some(flaw) = flaws.into_iter().find(|flaw| text.contains(flaw)) {
        return Some(flaw);
    }
    if text.lines().any(|line| line.trim() != line) {
        return Some("white space at the end of a line");
    }
    if text.trim() != text || text.is_empty() {
        return Some("white space around it");
    }
    sentences(text).into_iter().any(|start| start.is_lowercase()).then_some("a sentence without a capital")
}

/// The first letter or digit of the text, of every paragraph and line, and of what follows a stop.
fn sentences(text: &str) -> Vec<char> {
    let mut starts = Vec::new();
    for line in text.lines() {
        let mut wanted = true;
        let mut previous = ' ';
        for c in line.chars() {
            if wanted && c.is_alphanumeric() {
                starts.push(c);
                wanted = false;
            }
            // A stop within a number, a link or an abbreviation has no space after it.
            wanted |= c == ' ' && matches!(previous, '.' | '?' | '!');
            previous = c;
        }
    }
    starts
}

/// All subsets of the fields a template can do without, in both languages.
#[test]
fn every_template_reads_well_whatever_is_missing() {
    let (templates, renderer) = shipped();
    let mut messages = 0;
    for template in templates.iter() {
        let optional: Vec<_> = template.fields().filter(|field| !ALWAYS.contains(field)).collect();
        for known in 0..1_u32 << optional.len() {
            let is_known = |field: &str| {
                optional.iter().position(|name| *name == field).is_none_or(|bit| known & (1 << bit) != 0)
            };
            let fields = fields_of(|field| is_known(field).then(|| sample(field)));
            let rendered = of(renderer, template, &fields);
            for text in [&rendered.body].into_iter().chain(&rendered.subject) {
                let told = || format!("{} {} {}: {text}", template.language, template.channel, template.id);
                assert_eq!(flaw(text), None, "{}", told());
            }
            assert_eq!(rendered.left_out, [""; 0], "{}", rendered.body);
            messages += 1;
        }
    }
    println!("{messages} messages read");
}

#[test]
fn what_is_known_is_said() {
    let (templates, renderer) = shipped();
    // A part at its minimum has no miles left, and today's price is told instead of that of the visit: each is told where the
    // other is not known.
    for missing in [["wear_now", "price_then"], ["wear_now", "line_price"]] {
        let fields = fields_of(|field| (!missing.contains(&field)).then(|| sample(field)));
        for template in templates.iter().filter(|template| template.language == Language::English) {
            let rendered = of(renderer, template, &fields);
            let all = format!("{} {}", rendered.subject.as_deref().unwrap_or_default(), rendered.body);
            let told =
                |field: &&str| !missing.contains(field) && *field != "wear_date" && *field != "service_date";
            for field in template.fields().filter(told) {
                let said = all.contains(sample(field));
                // Where the miles are known the date does not take their place.
                assert!(said, "{} {} lacks {field}: {all}", template.channel, template.id);
            }
        }
    }
    let worn = fields_of(|field| Some(sample(field)));
    for id in ["wear_early", "wear_last"] {
        let template = templates.get(id, fixedops_vocab::Channel::Sms).unwrap();
        let body = of(renderer, template, &worn).body;
        assert!(body.contains("was at our minimum when we measured it"), "{body}");
        assert!(!body.contains("No rush") && !body.contains(sample("wear_miles")), "{body}");
    }
}

/// Promise 1: a service due by time prints no mileage.
#[test]
fn p1_without_a_mileage_no_mile_is_printed() {
    let (templates, renderer) = shipped();
    let fields = fields_of(|field| (!field.contains("mile")).then(|| sample(field)));
    for template in templates.iter() {
        let text = of(renderer, template, &fields).body;
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        assert!(
            !words.any(|word| matches!(word, "mi" | "miles" | "mileage" | "millas" | "millaje")),
            "{}: {text}",
            template.id
        );
    }
}

#[test]
fn every_message_names_the_dealer_and_the_number_and_a_text_ends_with_the_way_out() {
    let (templates, renderer) = shipped();
    let fields = fields_of(|field| ALWAYS.contains(&field).then(|| sample(field)));
    for template in templates.iter() {
        let text = of(renderer, template, &fields).body;
        for field in ["dealer_name", "dealer_phone"] {
            assert!(text.contains(sample(field)), "{} lacks {field}: {text}", template.id);
        }
        if template.channel.is_text() {
            let way_out = match template.language {
                Language::Spanish => "Responda STOP para no recibir mas mensajes",
                _ => "Reply STOP to opt out",
            };
            assert!(text.ends_with(way_out), "{text}");
            assert!(text.starts_with("Main Street Motors: "), "{text}");
        }
        if template.channel.is_call() {
            let first = text.split(['?', '!', '\n']).next().unwrap();
            assert!(first.contains("Main Street Motors"), "{text}");
        }
    }
}

#[test]
fn a_long_but_real_text_stays_within_its_segments() {
    let (templates, renderer) = shipped();
    let fields = fields_of(|field| Some(long_sample(field)));
    assert_eq!(long_sample("dealer_name").len(), 40);
    assert!(long_sample("book_link").len() >= 35);
    let mut over = Vec::new();
    for template in templates.iter().filter(|template| template.channel.is_text()) {
        let text = match renderer.render(&template.id, template.channel, template.language, &fields) {
            Ok(text) => text,
            Err(error) => {
                over.push(format!("{} {error}", template.language));
                continue;
            }
        };
        let length = segments(&text.body);
        let told = format!("{} {}: {} units\n{}", template.language, template.id, length.units, text.body);
        assert_eq!(outside_gsm7(&text.body).collect::<String>(), "", "{told}");
        assert!(length.segments <= template.most_segments.unwrap(), "{told}");
        if !text.left_out.is_empty() {
            over.push(format!("{told}\nleft out: {:?}", text.left_out));
        }
        println!("{told}\n");
    }
    assert!(over.is_empty(), "{}", over.join("\n\n"));
}

#[test]
fn a_text_that_would_be_too_long_leaves_out_what_may_give_way() {
    let (_, renderer) = shipped();
    let mut fields = fields_of(|field| Some(long_sample(field)));
    let label = "about 104,900 mi (estimated, 101,200 to 108,400; last read 2026-01-12)";
    let link = "https://service.example-motors.com/book?t=0123456789abcdefghij";
    fields.set("mileage", label).unwrap().set("book_link", link).unwrap();
    let render = |fields: &Fields<'_>| {
        renderer.render("mileage_due_now", Channel::Sms, Language::English, fields).unwrap()
    };
    let text = render(&fields);
    assert_eq!(text.left_out, ["first_name", "mileage"], "{}", text.body);
    assert_eq!((segments(&text.body).segments, flaw(&text.body)), (2, None), "{}", text.body);
    assert!(text.body.contains("Mercedes-Benz"), "{}", text.body);

    // One name in another script would make three segments of two; it is the first to go.
    let mut fields = fields_of(|field| Some(sample(field)));
    fields.set("first_name", "李小龙").unwrap();
    let text = render(&fields);
    assert_eq!(text.left_out, ["first_name"], "{}", text.body);
    assert_eq!(segments(&text.body).encoding, Encoding::Gsm7);

    let name = "Motors ".repeat(60);
    fields.set("dealer_name", name).unwrap();
    let answer = renderer.render("mileage_due_now", Channel::Sms, Language::English, &fields);
    assert!(matches!(answer, Err(RenderError::TooLong { most: 2, .. })), "{answer:?}");
}

#[test]
fn accents_stay_where_the_switch_is_off_and_in_every_email() {
    let (templates, plain) = shipped();
    let accented = Renderer::with_rules(templates, WordRules::shipped().with_accents()).unwrap();
    let mut fields = fields_of(|field| Some(sample(field)));
    fields.set("first_name", "José Ramón").unwrap();
    let text = |renderer: &Renderer| {
        renderer
            .render("mileage_due_reminder", Channel::Sms, Language::Spanish, &fields)
            .map(|text| text.body)
    };
    assert!(text(plain).unwrap().ends_with("no recibir mas mensajes"));
    assert!(matches!(text(&accented), Err(RenderError::TooLong { .. }) | Ok(_)));
    let mail = plain.render("mileage_due_overdue", Channel::Email, Language::Spanish, &fields).unwrap();
    assert!(mail.body.contains("Hola José Ramón:") && mail.body.contains("pasó"), "{}", mail.body);
}

#[test]
fn what_comes_in_english_is_said_in_spanish_where_every_word_of_it_is_known() {
    let (_, renderer) = shipped();
    let mut fields = fields_of(|field| Some(sample(field)));
    let render =
        |fields: &Fields<'_>, id| renderer.render(id, Channel::Email, Language::Spanish, fields).unwrap();
    let mail = render(&fields, "mileage_due_overdue");
    assert_eq!(mail.subject.as_deref(), Some("Servicio pendiente de su 2019 Honda Accord: cambio de aceite"));
    assert!(mail.body.contains("Lleva unas 44,900 mi (estimadas)."), "{}", mail.body);
    let label = "about 44,900 mi (estimated, 43,100 to 46,700; last read 2026-01-12)";
    fields.set("mileage", label).unwrap().set("service_name", "oil service and blinker fluid").unwrap();
    let mail = render(&fields, "mileage_due_overdue");
    let said = "Lleva unas 44,900 mi (estimadas, 43,100 a 46,700; última lectura 2026-01-12).";
    assert!(mail.body.contains(said), "{}", mail.body);
    assert!(
        mail.body.contains("oil service and blinker fluid"),
        "half a translation reads worse: {}",
        mail.body
    );
    let mail = render(&fields, "declined_miles_since");
    assert!(mail.body.contains("El 2 de marzo le recomendamos balatas delanteras"), "{}", mail.body);
}

#[test]
fn a_name_that_is_none_is_not_said() {
    let (_, renderer) = shipped();
    let mut fields = fields_of(|field| Some(sample(field)));
    for (stored, greeting) in [
        ("ANN", "Hi Ann, your"),
        ("ann marie", "Hi Ann Marie, your"),
        ("MARY J.", "Hi Mary, your"),
        ("DJ", "Hi DJ, your"),
        ("BO", "Hi Bo, your"),
        ("O'NEAL", "Hi O'Neal, your"),
        ("DeShawn", "Hi DeShawn, your"),
        ("VALUED CUSTOMER", "Hi, your"),
        ("Unknown", "Hi, your"),
        ("N/A", "Hi, your"),
        ("ACME LOGISTICS LLC 42", "Hi, your"),
        ("ann@mail.example", "Hi, your"),
        ("<script>alert(1)</script>", "Hi, your"),
        ("   ", "Hi, your"),
    ] {
        fields.set("first_name", stored).unwrap();
        let text = renderer.render("mileage_due_now", Channel::Sms, Language::English, &fields).unwrap().body;
        assert!(text.starts_with(&format!("Main Street Motors: {greeting} 2019")), "{stored}: {text}");
    }
}

#[test]
fn no_value_adds_markup_or_a_header() {
    let (templates, renderer) = shipped();
    let hostile = "<script>alert(\"1\")</script>\r\nBcc: all@mail.example & 'x'";
    for template in templates.iter().filter(|template| template.channel == Channel::Email) {
        let mut fields = fields_of(|field| Some(sample(field)));
        for field in FIELDS.iter().filter(|field| !field.ends_with("_link") && **field != "unsubscribe_mail")
        {
            fields.set(field, hostile).unwrap();
        }
        let mail = of(renderer, template, &fields);
        let (subject, html) = (mail.subject.unwrap(), mail.html.unwrap());
        assert!(!subject.contains(char::is_control), "{subject}");
        assert!(!html.contains("<script") && !html.contains("alert(\"1\")"), "{html}");
        assert!(html.contains(
            "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; Bcc: all@mail.example &amp; &#39;x&#39;"
        ));
        assert!(!mail.body.contains("\nBcc"), "{}", mail.body);
        for (_, value) in &mail.headers {
            assert!(!value.contains(char::is_control), "{value}");
        }
    }
}

#[test]
fn only_a_plain_address_becomes_a_link() {
    let mut fields = Fields::new();
    for no_link in [
        "javascript:alert(1)",
        "https://a.example/\"onmouseover=\"x",
        "https://a.example/ b",
        "https://",
        "//a.example",
        "data:text/html,x",
        "https://a.example/<b>",
        "HTTPS://A.EXAMPLE/{x}",
    ] {
        fields.set("book_link", no_link).unwrap();
        assert_eq!(fields.get("book_link"), None, "{no_link}");
    }
    for no_mail in ["a", "a@b", "a@b.c>,<https://x", "a@b.c?bcc=d@e.f", "a@b@c.d"] {
        fields.set("unsubscribe_mail", no_mail).unwrap();
        assert_eq!(fields.get("unsubscribe_mail"), None, "{no_mail}");
    }
}

#[test]
fn an_email_says_the_same_in_text_and_html_and_carries_the_way_out() {
    let (templates, renderer) = shipped();
    let fields = fields_of(|field| Some(sample(field)));
    for template in templates.iter().filter(|template| template.channel == Channel::Email) {
        let mail = of(renderer, template, &fields);
        let html = mail.html.unwrap();
        for field in ["dealer_name", "dealer_phone", "postal_address", "unsubscribe_link"] {
            assert!(
                mail.body.contains(sample(field)) && html.contains(sample(field)),
                "{}: {field}",
                template.id
            );
        }
        assert!(html.contains(&format!("<html lang=\"{}\">", template.language)), "{html}");
        let links = ["book_link", "photo_link", "unsubscribe_link"];
        for link in links.into_iter().filter(|link| template.fields().any(|field| field == *link)) {
            assert!(
                html.contains(&format!("<a href=\"{}\"", sample(link))),
                "{} {link}: {html}",
                template.id
            );
        }
        // No bare address is left in the words.
        let shown = html.replace("href=\"https://", "");
        assert!(!shown.contains("https://"), "{html}");
        for tag in ["p", "main", "footer", "a", "body", "html"] {
            let count = |text: String| html.matches(&text).count();
            let opened = count(format!("<{tag}>")) + count(format!("<{tag} "));
            assert_eq!(opened, count(format!("</{tag}>")), "{tag}: {html}");
        }
        assert!(!html.contains("<table") && !html.contains("<img"), "{html}");
        assert_eq!(
            mail.headers,
            [
                (
                    "List-Unsubscribe",
                    "<mailto:leave@mail.example?subject=unsubscribe>, <https://book.example/u/a1B2c3>"
                        .to_owned()
                ),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
            ]
        );
    }
    // One click is a promise about an https address only.
    let mut fields = fields.clone();
    fields.set("unsubscribe_mail", "").unwrap().set("unsubscribe_link", "http://book.example/u").unwrap();
    let mail = renderer.render("wear_now", Channel::Email, Language::English, &fields).unwrap();
    assert_eq!(mail.headers, [("List-Unsubscribe", "<http://book.example/u>".to_owned())]);
}

#[test]
fn what_a_template_cannot_do_without_is_an_error_and_never_a_blank() {
    let (templates, renderer) = shipped();
    for template in templates.iter() {
        for missing in template.always() {
            let fields = fields_of(|field| (field != missing).then(|| sample(field)));
            let answer = renderer.render(&template.id, template.channel, template.language, &fields);
            let template = template.id.clone();
            assert_eq!(answer, Err(RenderError::Missing { template, field: missing }));
        }
    }
    let nothing = Fields::new();
    let answer = renderer.render("no_such_words", Channel::Sms, Language::English, &nothing);
    assert_eq!(
        answer,
        Err(RenderError::NoTemplate { template: "no_such_words".into(), channel: Channel::Sms })
    );
    let answer = renderer.render("wear_now", Channel::Sms, Language::English, &nothing);
    assert!(matches!(answer, Err(RenderError::NoTemplate { .. })), "{answer:?}");
}

#[test]
fn a_name_that_ends_in_a_stop_leaves_one() {
    let body = "This is {{ dealer_name }}. Wait... {{ dealer_phone }}. If the customer asks not to be called: note it.";
    let template =
        Template::new(TemplateDraft::new("t", Channel::LiveCall, body), "t/1".parse().unwrap()).unwrap();
    let renderer = Renderer::new(&Templates::new([template]).unwrap()).unwrap();
    let mut fields = Fields::new();
    fields.set("dealer_name", "Smith Motors Inc.").unwrap().set("dealer_phone", "404").unwrap();
    let said = renderer.render("t", Channel::LiveCall, Language::Spanish, &fields).unwrap();
    assert_eq!(said.language, Language::English);
    assert!(said.body.starts_with("This is Smith Motors Inc. Wait... 404."), "{}", said.body);
}

proptest! {
    /// Promise 10: whatever a field holds, there are words or an error, and the words stay in their form.
    #[test]
    fn p10_no_value_breaks_a_message(values in prop::collection::vec("\\PC{0,40}|[ \\n\\r\\t.,<>{}%]{0,12}|.{0,40}", FIELDS.len()), pick in 0..94_usize) {
        let (templates, renderer) = shipped();
        let template = templates.iter().nth(pick).unwrap();
        let mut fields = Fields::new();
        for (field, value) in FIELDS.iter().zip(&values) {
            fields.set(field, value.as_str()).unwrap();
            let clean = fields.get(field).unwrap_or_default();
            prop_assert!(!clean.contains(char::is_control) && !clean.contains("  ") && clean.trim() == clean);
        }
        for field in ALWAYS {
            fields.set(field, sample(field)).unwrap();
        }
        match renderer.render(&template.id, template.channel, template.language, &fields) {
            Ok(rendered) => {
                prop_assert!(rendered.body.contains(sample("dealer_name")));
                if let Some(html) = rendered.html {
                    prop_assert_eq!(html.matches('<').count(), html.matches('>').count());
                }
                if let Some(most) = template.most_segments.filter(|_| template.channel.is_text()) {
                    prop_assert!(segments(&rendered.body).segments <= most);
                }
            }
            Err(error) => prop_assert!(matches!(error, RenderError::TooLong { .. }), "{error}"),
        }
    }
}
