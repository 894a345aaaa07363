//! Rendering the words: one text message, one e-mail with its HTML part, and the whole shelf in both languages.
//!
//! Beside it a plain use of the engine: the template parsed once as well, the values handed in as a map.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark that cannot run must stop")]

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixedops_recovery::segments::segments;
use fixedops_recovery::{FIELDS, Fields, Language, Renderer, Templates};
use fixedops_vocab::Channel;
use minijinja::{Environment, UndefinedBehavior};

fn value(field: &str) -> &'static str {
    match field {
        "book_link" => "https://book.example/a1B2c3",
        "dealer_name" => "Main Street Motors",
        "dealer_phone" => "(404) 555-0123",
        "discount" => "10%",
        "due_miles" => "45,000 mi",
        "first_name" => "Ann",
        "inspection_link" => "https://look.example/i/x9Y8z7",
        "line_name" => "front brake pads",
        "mileage" => "about 44,900 mi (estimated)",
        "photo_link" => "https://look.example/p/q1W2e3",
        "postal_address" => "1 Main Street, Atlanta, GA 30303",
        "service_date" => "March 2",
        "service_name" => "oil service",
        "unsubscribe_link" => "https://book.example/u/a1B2c3",
        "unsubscribe_mail" => "leave@mail.example",
        "vehicle" => "2019 Honda Accord",
        _ => "Tuesday at 9:00",
    }
}

fn fields() -> Fields<'static> {
    let mut fields = Fields::new();
    for field in FIELDS {
        fields.set(field, value(field)).unwrap();
    }
    fields
}

fn render(criterion: &mut Criterion) {
    let templates = Templates::shipped();
    let renderer = Renderer::new(&templates).unwrap();
    let known = fields();
    let mut group = criterion.benchmark_group("recovery/render");
    group.throughput(Throughput::Elements(1));
    for (name, id, channel, language) in [
        ("text", "mileage_due_now", Channel::Sms, Language::English),
        ("text in Spanish", "mileage_due_now", Channel::Sms, Language::Spanish),
        ("longest text", "declined_photo", Channel::Sms, Language::English),
        ("e-mail with HTML", "mileage_due_overdue", Channel::Email, Language::English),
        ("call script", "declined_call", Channel::LiveCall, Language::English),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| renderer.render(black_box(id), channel, language, black_box(&known)).unwrap());
        });
    }
    group.bench_function("text, values set anew", |bencher| {
        bencher.iter(|| {
            let fields = fields();
            renderer.render("mileage_due_now", Channel::Sms, Language::English, black_box(&fields)).unwrap()
        });
    });

    let mut plain = Environment::new();
    plain.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    let body = templates.get("mileage_due_now", Channel::Sms).unwrap().body.clone();
    plain.add_template_owned("text", body).unwrap();
    let map: BTreeMap<&str, &str> = FIELDS.iter().map(|field| (*field, value(field))).collect();
    group.bench_function("text, the engine with a map", |bencher| {
        bencher.iter(|| {
            let context =
                minijinja::Value::from_pairs(black_box(&map).iter().map(|(field, value)| (*field, *value)));
            plain.get_template("text").unwrap().render(context).unwrap()
        });
    });

    let shelf: Vec<_> = templates.iter().map(|t| (t.id.clone(), t.channel, t.language)).collect();
    group.throughput(Throughput::Elements(shelf.len() as u64));
    group.bench_function("every template", |bencher| {
        bencher.iter(|| {
            for (id, channel, language) in &shelf {
                black_box(renderer.render(id, *channel, *language, &known).unwrap());
            }
        });
    });
    group.finish();

    let mut group = criterion.benchmark_group("recovery/segments");
    group.throughput(Throughput::Elements(1));
    let text = renderer.render("declined_photo", Channel::Sms, Language::English, &known).unwrap().body;
    group.bench_function("text", |bencher| bencher.iter(|| segments(black_box(&text))));
    group.finish();
}

criterion_group!(benches, render);
criterion_main!(benches);
