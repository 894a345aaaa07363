//! Decisions a second, on one core: the 80 vectors of the consent crate in turn (allowed, denied and deferred ones), with
//! every finding; with the texts of the findings copied out as they are kept; and beside them what people write
//! themselves: one window in the zone of the area code, and a set of opted-out numbers.
//!
//! What each allows is printed first: the usual check lets through what the law forbids.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot run must stop, and says what it measures"
)]

use std::collections::HashMap;
use std::hint::black_box;

use chrono::{DateTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixedops_consent::{ContactFacts, ContentDigest, Decision, ReadVersions, Request, RuleBook, decide};
use fixedops_vocab::{CaseId, Channel, ContactHash, ProgramId, Purpose, TouchId, TouchKey};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    now: DateTime<Utc>,
    message: Message,
    #[serde(flatten)]
    facts: ContactFacts,
    expect: Expect,
}

#[derive(Deserialize)]
struct Message {
    channel: Channel,
    purpose: Purpose,
}

#[derive(Deserialize)]
struct Expect {
    outcome: String,
}

fn vectors() -> Vec<(Vector, Request)> {
    let text = include_str!("../../consent/testdata/scenarios.jsonl");
    let request = |message: &Message| Request {
        contact: ContactHash::from_bytes([7; 32]),
        channel: message.channel,
        purpose: message.purpose,
        digest: ContentDigest::from_bytes([8; 32]),
        versions: ReadVersions::default(),
        key: TouchKey { case: CaseId::new("case").unwrap(), touch: TouchId::new("1").unwrap() },
        program: ProgramId::new("vector").unwrap(),
        subject: None,
        vehicle: None,
        contains_offer: false,
        competing: vec![],
    };
    text.lines()
        .map(|line| {
            let vector: Vector = serde_json::from_str(line).unwrap();
            let request = request(&vector.message);
            (vector, request)
        })
        .collect()
}

/// Eight to nine by the first zone of the area code, and nobody who opted out.
fn usual(vector: &Vector, zones: &HashMap<String, Tz>) -> bool {
    let area = vector.facts.recipient.area_code.as_deref().unwrap_or_default();
    let Some(zone) = zones.get(area) else { return true };
    let hour = zone.from_utc_datetime(&vector.now.naive_utc()).hour();
    (8..21).contains(&hour) && vector.facts.revocations.is_empty()
}

/// The first vector that is deferred.
fn night(vectors: &[(Vector, Request)], book: &RuleBook) -> usize {
    vectors
        .iter()
        .position(|(vector, request)| {
            matches!(decide(&vector.facts, request, vector.now, book).decision, Decision::Defer(_))
        })
        .unwrap()
}

fn decisions(criterion: &mut Criterion) {
    let vectors = vectors();
    let book = RuleBook::shipped();
    let zones: HashMap<String, Tz> = vectors
        .iter()
        .filter_map(|(vector, _)| {
            let recipient = &vector.facts.recipient;
            Some((recipient.area_code.clone()?, recipient.candidate_zones.first()?.parse().ok()?))
        })
        .collect();
    let (mut right, mut wrong, mut let_through, mut findings) = (0, 0, 0, 0);
    for (vector, request) in &vectors {
        let decided = decide(&vector.facts, request, vector.now, &book);
        findings += decided.findings.len();
        if decided.decision.as_str() == vector.expect.outcome {
            right += 1
        } else {
            wrong += 1
        }
        if usual(vector, &zones) && vector.expect.outcome != "allow" {
            let_through += 1;
        }
    }
    println!(
        "ours: {right} right, {wrong} otherwise, {findings} findings; the usual check lets through {let_through} of {}",
        vectors.len()
    );

    let mut group = criterion.benchmark_group("decision");
    group.throughput(Throughput::Elements(vectors.len() as u64));
    group.bench_function("every finding", |bencher| {
        bencher.iter(|| {
            let mut allowed = 0_usize;
            for (vector, request) in &vectors {
                let decided = decide(&vector.facts, request, vector.now, &book);
                allowed += usize::from(matches!(decided.decision, Decision::Allow(_)));
                black_box(&decided.findings);
            }
            allowed
        });
    });
    group.bench_function("every finding, with its texts copied out", |bencher| {
        bencher.iter(|| {
            for (vector, request) in &vectors {
                black_box(decide(&vector.facts, request, vector.now, &book).records());
            }
        });
    });
    for (what, id) in
        [("an allowed text, one clock", 0), ("a text deferred to the morning", night(&vectors, &book))]
    {
        let (vector, request) = &vectors[id];
        group.throughput(Throughput::Elements(1));
        group.bench_function(what, |bencher| {
            bencher.iter(|| black_box(decide(&vector.facts, request, vector.now, &book)).findings.len());
        });
    }
    group.throughput(Throughput::Elements(vectors.len() as u64));
    group.bench_function("the usual check: one window, one list", |bencher| {
        bencher.iter(|| vectors.iter().filter(|(vector, _)| usual(vector, &zones)).count());
    });
    group.finish();
}

criterion_group!(benches, decisions);
criterion_main!(benches);
