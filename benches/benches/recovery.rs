//! The machine of the sequences on one core: steps a second, and ten million cases through a plan.
//!
//! `cargo bench -p fixedops-benches --bench recovery`; `RECOVERY_CASES=100000` for a smaller store.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, reason = "a bench may stop")]

use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use criterion::{Criterion, Throughput};
use fixedops_recovery::{Action, Calendar, Case, Moment, Plan, Plans, Signal, State};

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 16, 30, 0).unwrap()
}

/// A case through the plan, sent each time: the signals and the moments of a life.
fn life(plan: &Plan) -> (State, Vec<(Signal, Moment)>) {
    let first = Case::open(plan, start()).case.state();
    let (mut state, mut life) = (first, Vec::new());
    while let Some(at) = state.wake_at() {
        let mut signal = Signal::Wake;
        loop {
            life.push((signal, at));
            let (next, actions) = state.step(plan, signal, at);
            state = next;
            match actions.iter().next() {
                Some(Action::Touch(spot)) => signal = Signal::Sent(spot),
                _ => break,
            }
        }
    }
    (first, life)
}

fn steps(bench: &mut Criterion) {
    let plans = Plans::shipped();
    let plan = plans.for_program(&"declined_recovery".parse().unwrap()).unwrap();
    let (first, life) = life(plan);
    let mut group = bench.benchmark_group("machine");
    group.throughput(Throughput::Elements(life.len() as u64));
    group.bench_function(format!("state step ({} of a life)", life.len()), |b| {
        b.iter(|| {
            let mut state = black_box(first);
            for (signal, at) in &life {
                state = state.step(plan, *signal, *at).0;
            }
            state
        });
    });
    // One step, not a life.
    group.throughput(Throughput::Elements(1));
    group.bench_function("case step, with names", |b| {
        let opened = Case::open(plan, start()).case;
        let event = fixedops_recovery::Event::Wake;
        let at = start() + TimeDelta::days(30);
        b.iter(|| opened.clone().step(plan, black_box(&event), at));
    });
    group.finish();
}

/// What a store of cases did.
struct Ran {
    opened: f64,
    ran: f64,
    wakes: u64,
    steps: u64,
}

/// Every case opens within a month, is woken on each of its days and sent. The states lie in the calendar itself, so that a
/// minute's cases lie side by side.
fn store(plan: &Plan, cases: u32) -> Ran {
    let began = Instant::now();
    let mut calendar = Calendar::new();
    for n in 0..cases {
        let minutes = i64::from(n.wrapping_mul(2_654_435_761) % (30 * 24 * 60));
        let state = Case::open(plan, start() + TimeDelta::minutes(minutes)).case.state();
        calendar.set(state.wake_at().unwrap(), (n, state));
    }
    let opened = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let (mut wakes, mut steps, mut closed) = (0, 0, 0);
    let mut due: Vec<(u32, State)> = Vec::new();
    for quarter in 0..96 * 161 {
        let now = Moment::from(start() + TimeDelta::minutes(15 * quarter));
        calendar.pop_due(now, |case| due.push(case));
        for (n, mut state) in due.drain(..) {
            wakes += 1;
            let mut signal = Signal::Wake;
            loop {
                steps += 1;
                let (next, actions) = state.step(plan, signal, now);
                state = next;
                match actions.iter().next() {
                    Some(Action::Touch(spot)) => signal = Signal::Sent(spot),
                    _ => break,
                }
            }
            match state.wake_at() {
                Some(at) => calendar.set(at, (n, state)),
                None => closed += u32::from(state.closure().is_some()),
            }
        }
    }
    assert_eq!(closed, cases, "every case ended");
    Ran { opened, ran: began.elapsed().as_secs_f64(), wakes, steps }
}

/// The same alarms in a binary heap, as most would write it: set and taken out, nothing else.
fn heap(cases: u32) -> u64 {
    let mut heap = BinaryHeap::new();
    for n in 0..cases {
        heap.push(std::cmp::Reverse((u64::from(n.wrapping_mul(2_654_435_761) % 43_200), n)));
    }
    let mut wakes = 0;
    while let Some(std::cmp::Reverse((at, n))) = heap.pop() {
        wakes += 1;
        if at < 120 * 1440 {
            heap.push(std::cmp::Reverse((at + 30 * 1440, n)));
        }
    }
    wakes
}

fn main() {
    let mut bench = Criterion::default().configure_from_args();
    steps(&mut bench);
    let cases = std::env::var("RECOVERY_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000_000);
    let plans = Plans::shipped();
    let plan = plans.for_program(&"declined_recovery".parse().unwrap()).unwrap();
    let Ran { opened, ran, wakes, steps } = store(plan, cases);
    println!(
        "{cases} cases opened in {opened:.2} s and run through {} in {ran:.2} s: {wakes} wakes, {steps} steps, {:.1} M wakes/s; a state is {} bytes",
        plan.version(),
        wakes as f64 / ran / 1e6,
        size_of::<State>(),
    );
    let began = Instant::now();
    let wakes = heap(cases);
    let took = began.elapsed().as_secs_f64();
    println!(
        "the same alarms in a binary heap, without any machine: {wakes} wakes in {took:.2} s, {:.1} M/s",
        wakes as f64 / took / 1e6
    );
}
