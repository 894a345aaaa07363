//! Reading inbound replies, beside the rules people use instead: an exact list of words (Twilio's), "contains a stop
//! word", and a regular expression in Spoke's style. One run, the texts of `consent/testdata/replies.csv`.
//!
//! What each catches of the opt-outs and what it suppresses falsely is printed first: a rule that catches little is
//! fast for that reason. The texts were written for testing, not collected.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot run must stop, and says what it measures"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixedops_consent::{OpenLine, ReplyContext, ReplyScope, classify, read_lines};
use regex::Regex;

const WORDS: [&str; 8] = ["stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"];
const HELD_TO_CONTAIN: [&str; 8] =
    ["stop", "unsubscribe", "cancel", "end", "quit", "remove", "opt-out", "optout"];

fn exact(text: &str) -> bool {
    let text = text.to_lowercase();
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some(word), None) => WORDS.contains(&word),
        _ => false,
    }
}

fn contains(text: &str) -> bool {
    let text = text.to_lowercase();
    HELD_TO_CONTAIN.iter().any(|word| text.contains(word))
}

fn replies(criterion: &mut Criterion) {
    let table = include_str!("../../consent/testdata/replies.csv");
    let rows: Vec<(String, String)> = csv::Reader::from_reader(table.as_bytes())
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[0].to_owned(), row[2].to_owned()))
        .collect();
    let pattern = Regex::new(
        r"(?i)(^|\b)(stop|stopall|unsubscribe|cancel|end|quit|remove me|opt.?out|take me off|do not (text|contact|message)|leave me alone|wrong number)(\b|$)",
    )
    .unwrap();
    let unknown = ReplyContext::default();
    let ours = |text: &str| matches!(classify(text, &unknown).scope, ReplyScope::Suppress(_));
    let spoke = |text: &str| pattern.is_match(text);
    let counts = |rule: &dyn Fn(&str) -> bool| {
        let of = |meant: bool| {
            rows.iter()
                .filter(
                    |(_, scope)| if meant { scope != "none" && scope != "clarify" } else { scope == "none" },
                )
                .filter(|(text, _)| rule(text))
                .count()
        };
        (of(true), of(false))
    };
    for (name, rule) in [
        ("ours", &ours as &dyn Fn(&str) -> bool),
        ("exact word list", &exact),
        ("contains a word", &contains),
        ("regular expression", &spoke),
    ] {
        let (caught, falsely) = counts(rule);
        println!("{name}: {caught} of 184 suppressed, {falsely} of 267 falsely");
    }

    let mut group = criterion.benchmark_group("replies");
    group.throughput(Throughput::Elements(rows.len() as u64));
    let mut time = |name: &str, rule: &dyn Fn(&str) -> bool| {
        group.bench_function(name, |bench| {
            bench.iter(|| rows.iter().filter(|(text, _)| rule(black_box(text))).count());
        });
    };
    time("ours", &ours);
    time("exact word list", &exact);
    time("contains a word", &contains);
    time("regular expression", &spoke);
    group.finish();

    let lines = [
        OpenLine::new("1", "Oil and filter change"),
        OpenLine::new("2", "Front brake pads and rotors"),
        OpenLine::new("3", "Rear brake pads"),
        OpenLine::new("4", "Four tires"),
        OpenLine::new("5", "Coolant flush"),
    ];
    let mut group = criterion.benchmark_group("lines of an inspection");
    group.throughput(Throughput::Elements(1));
    group.bench_function("five lines", |bench| {
        bench.iter(|| {
            read_lines(black_box("do the oil and the front brakes, skip the flush, tires next time"), &lines)
        });
    });
    group.finish();

    // The longest text that is read, of the words that cost most.
    let mut group = criterion.benchmark_group("a text of 100,000 characters");
    group.throughput(Throughput::Elements(1));
    for (name, text) in [
        ("please", "please just stop ".repeat(6_000)),
        ("one word", "stop".repeat(25_000)),
        ("quotes", "\"(> ".repeat(25_000)),
    ] {
        group.bench_function(name, |bench| bench.iter(|| classify(black_box(&text), &unknown)));
    }
    group.finish();
}

criterion_group!(benches, replies);
criterion_main!(benches);
