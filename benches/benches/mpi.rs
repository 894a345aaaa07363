//! Inspections: the gate, the score with its reasons, and the score on columns.
#![allow(missing_docs, reason = "benches")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixedops_mpi_score::{
    Columns, CustomerFit, Declined, Finding, GatePolicy, Inspection, Measurement, RoFacts, ServiceHistory,
    Unit, VehicleHistory, Weights, gate, score, score_columns,
};
use fixedops_vocab::{Currency, InspectionCode, Miles, Money, PayType};
use rust_decimal::Decimal;

/// Draws, the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

const FORM: [(&str, &str, &str, &str, Unit, u64); 12] = [
    ("brakes", "front pads", "pad", "front", Unit::Millimetres, 12),
    ("brakes", "rear pads", "pad", "rear", Unit::Millimetres, 12),
    ("tires", "left front", "tread", "front_left", Unit::ThirtySeconds, 10),
    ("tires", "right front", "tread", "front_right", Unit::ThirtySeconds, 10),
    ("tires", "left rear", "tread", "rear_left", Unit::ThirtySeconds, 10),
    ("tires", "right rear", "tread", "rear_right", Unit::ThirtySeconds, 10),
    ("battery", "battery", "battery_capacity", "", Unit::Percent, 100),
    ("fluids", "brake fluid", "", "", Unit::Percent, 0),
    ("suspension", "shocks", "", "", Unit::Percent, 0),
    ("filters", "cabin filter", "", "", Unit::Percent, 0),
    ("wipers", "wipers", "", "", Unit::Percent, 0),
    ("lights", "lights", "", "", Unit::Percent, 0),
];

/// A complete inspection of a form with twelve items.
fn inspection(dice: &mut Dice, number: usize) -> Inspection {
    let finding =
        |(index, &(section, item, name, place, unit, most)): (usize, &(_, _, &str, &str, _, u64))| {
            let code = match dice.below(10) {
                0..5 => InspectionCode::Green,
                5..8 => InspectionCode::Yellow,
                _ => InspectionCode::Red,
            };
            let value = Decimal::new(i64::try_from(dice.below(10 * most + 1)).unwrap_or(0), 1);
            let measured = Measurement { name: name.to_owned(), place: Some(place.to_owned()), value, unit };
            Finding {
                id: format!("f{index}"),
                section: String::from(section),
                item: String::from(item),
                code,
                measurements: if name.is_empty() { Vec::new() } else { vec![measured] },
                photos: if code == InspectionCode::Green { Vec::new() } else { vec!["p".to_owned()] },
                note: None,
                service: format!("service_{index}").parse().ok(),
                op_code: None,
                price: Some(Money::cents(
                    5_000 + i32::try_from(dice.below(90_000)).unwrap_or(0),
                    Currency::USD,
                )),
                recall: false,
            }
        };
    Inspection {
        inspection: format!("i-{number}").parse().expect("an id"),
        ro: format!("north/{number}").parse().expect("an id"),
        vehicle: format!("v-{number}").parse().expect("an id"),
        completed_at: "2026-03-02T16:30:00Z".parse().ok(),
        findings: FORM.iter().enumerate().map(finding).collect(),
    }
}

fn history(dice: &mut Dice) -> VehicleHistory {
    let service = |index: usize| ServiceHistory {
        service: format!("service_{index}").parse().expect("a service"),
        miles_since: Miles::from_whole(u32::try_from(dice.below(60_000)).unwrap_or(0)).ok(),
        interval: Miles::from_whole(30_000).ok(),
        missed: Some(u32::try_from(dice.below(4)).unwrap_or(0)),
        declined: Some(match dice.below(3) {
            0 => Declined::DaysAgo(u32::try_from(dice.below(300)).unwrap_or(0)),
            _ => Declined::Never,
        }),
    };
    VehicleHistory { services: (0..FORM.len()).map(service).collect() }
}

fn fit(dice: &mut Dice) -> CustomerFit {
    CustomerFit {
        annual_spend: Some(Money::cents(i32::try_from(dice.below(300_000)).unwrap_or(0), Currency::USD)),
        visits: Some(u32::try_from(dice.below(6)).unwrap_or(0)),
        warranty: Some(dice.below(2) == 0),
        financing: Some(dice.below(2) == 0),
    }
}

fn inspections(bench: &mut Criterion) {
    let mut dice = Dice(7);
    let (weights, policy) = (Weights::shipped(), GatePolicy::shipped());
    let forms: Vec<_> =
        (0..1_000).map(|n| (inspection(&mut dice, n), history(&mut dice), fit(&mut dice))).collect();
    let findings: usize = forms.iter().map(|(inspection, ..)| inspection.findings.len()).sum();

    let mut group = bench.benchmark_group("mpi");
    group.throughput(Throughput::Elements(findings as u64));
    group.bench_function("score with reasons, by finding", |b| {
        b.iter(|| {
            for (inspection, history, fit) in &forms {
                black_box(score(black_box(inspection), history, fit, &weights));
            }
        });
    });
    let orders: Vec<_> = forms
        .iter()
        .map(|(inspection, ..)| RoFacts { ro: inspection.ro.clone(), pay_types: vec![PayType::CustomerPay] })
        .collect();
    group.throughput(Throughput::Elements(forms.len() as u64));
    group.bench_function("gate, by inspection", |b| {
        b.iter(|| {
            for ((inspection, ..), ro) in forms.iter().zip(&orders) {
                black_box(gate(black_box(inspection), ro, &policy, None));
            }
        });
    });
    group.finish();
}

/// Four million findings, 10 to 50 in an inspection.
fn columns(bench: &mut Criterion) {
    let mut dice = Dice(8);
    let mut columns = Columns::default();
    while columns.safety.len() < 4_000_000 {
        for _ in 0..10 + dice.below(41) {
            let part = |draw: u64| u16::try_from(draw).unwrap_or(0);
            columns.safety.push(part(dice.below(10_001)));
            columns.history.push(part(dice.below(10_001)));
            columns.fit.push(part(dice.below(10_001)));
            columns.floored.push(u8::from(dice.below(20) == 0));
        }
        columns.ends.push(u32::try_from(columns.safety.len()).unwrap_or(u32::MAX));
    }
    let weights = Weights::shipped();
    let mut group = bench.benchmark_group("mpi columns");
    group.throughput(Throughput::Elements(columns.safety.len() as u64));
    group.bench_function("score and first three, by finding", |b| {
        b.iter(|| score_columns(black_box(&columns), &weights, None));
    });
    let mut scores = Vec::new();
    group.bench_function("the same, with every score", |b| {
        b.iter(|| score_columns(black_box(&columns), &weights, Some(&mut scores)));
    });
    group.finish();
}

criterion_group!(benches, inspections, columns);
criterion_main!(benches);
