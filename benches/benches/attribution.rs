//! Which trigger earned which line, for many: 5 million triggers and 10 million repair order lines of 2 million
//! vehicles, on one core; once with 1 in 100 lines matching a trigger of its vehicle and work within 60 days, once with
//! 30 in 100.
//!
//! Ours is the whole ladder (visits for other work too), each trigger answered once, each line credited once, competing
//! claims counted; receipts are left for later. Beside it what people write: triggers by vehicle, the last one of the
//! same work within 60 days. Both say how many lines a trigger named and reached, and their cents: these must agree.
//!
//! Then one order at a time: a new order credited in the book of a store, and the receipt of a credit written.
//!
//! `ATTRIBUTION_DATA=DIR` takes the columns of a folder (little-endian, `trig.vehicle_id`, `trig.op`, `trig.ts`,
//! `ro.vehicle_id`, `ro.op`, `ro.ts`, `ro.cents`) instead, runs once and prints `name,items,seconds`, to be put beside
//! another program on the same columns; `ATTRIBUTION_LINES` makes another number of lines.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark"
)]
#![allow(clippy::needless_range_loop, reason = "the simple join, as people write it")]

use std::hint::black_box;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use fixedops_attribution::batch::{Batch, Joined, OrderRow};
use fixedops_attribution::{Book, Delivery, Department, Policy, RepairOrder, RoLine, TouchFact, Trigger};
use fixedops_vocab::{Channel, Currency, Money, OwnershipSpan, PayType, ServiceId, TouchKey};

const DAY: u32 = 86_400;
const START: u32 = 1_730_000_000;
const WINDOW: u32 = 60 * DAY;
const WORKS: u16 = 20;

/// Triggers and lines in the order they arrived.
#[derive(Default)]
struct Columns {
    trigger_car: Vec<u32>,
    trigger_op: Vec<u16>,
    trigger_at: Vec<u32>,
    line_car: Vec<u32>,
    line_op: Vec<u16>,
    line_at: Vec<u32>,
    line_cents: Vec<i32>,
}

/// SplitMix64 (Steele, Lea, Flood 2014): small and seeded.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let x = (z ^ (z >> 31)) >> 32;
        ((x * u64::from(end)) >> 32) as u32
    }
}

impl Columns {
    /// `thousandths` of the lines follow a trigger of their vehicle and work; one in a hundred does so by chance.
    fn draw(lines: u32, thousandths: u32) -> Self {
        let (triggers, cars) = (lines / 2, (lines / 5).max(1));
        let mut draw = Draw(4);
        let mut columns = Self::default();
        for _ in 0..triggers {
            columns.trigger_car.push(draw.below(cars));
            columns.trigger_op.push(draw.below(WORKS.into()) as u16);
            columns.trigger_at.push(START + draw.below(730 * DAY));
        }
        for _ in 0..lines {
            let follows = draw.below(1_000) < thousandths;
            let of = draw.below(triggers) as usize;
            let (car, op, at) = if follows {
                (
                    columns.trigger_car[of],
                    columns.trigger_op[of],
                    columns.trigger_at[of] + 1 + draw.below(WINDOW),
                )
            } else {
                (draw.below(cars), draw.below(WORKS.into()) as u16, START + draw.below(800 * DAY))
            };
            columns.line_car.push(car);
            columns.line_op.push(op);
            columns.line_at.push(at);
            columns.line_cents.push(2_000 + draw.below(198_000) as i32);
        }
        columns
    }

    fn read(folder: &str) -> Self {
        fn column<const N: usize, T>(folder: &str, name: &str, of: impl Fn([u8; N]) -> T) -> Vec<T> {
            let bytes = std::fs::read(format!("{folder}/{name}")).unwrap();
            bytes.chunks_exact(N).map(|bytes| of(bytes.try_into().unwrap())).collect()
        }
        let seconds = |bytes| u32::try_from(i64::from_le_bytes(bytes)).unwrap();
        Self {
            trigger_car: column(folder, "trig.vehicle_id", u32::from_le_bytes),
            trigger_op: column(folder, "trig.op", u16::from_le_bytes),
            trigger_at: column(folder, "trig.ts", seconds),
            line_car: column(folder, "ro.vehicle_id", u32::from_le_bytes),
            line_op: column(folder, "ro.op", u16::from_le_bytes),
            line_at: column(folder, "ro.ts", seconds),
            line_cents: column(folder, "ro.cents", |bytes| i32::try_from(i64::from_le_bytes(bytes)).unwrap()),
        }
    }

    fn batch(&self) -> Batch {
        let mut rules = Policy::shipped().rules().clone();
        rules.response_days = 60;
        let mut batch = Batch::new(&Policy::new("bench/1".parse().unwrap(), rules).unwrap());
        for work in 0..u32::from(WORKS) {
            batch.link(work, work);
        }
        batch.reserve(self.trigger_car.len(), self.line_car.len(), self.line_car.len());
        for n in 0..self.trigger_car.len() {
            let at = self.trigger_at[n];
            batch.text(self.trigger_car[n], at, at, self.trigger_op[n].into()).unwrap();
        }
        for n in 0..self.line_car.len() {
            let order = OrderRow { car: self.line_car[n], opened: self.line_at[n], initiated_from: None };
            batch.order(order).unwrap();
            batch.line(self.line_op[n].into(), true, self.line_cents[n]).unwrap();
        }
        batch
    }

    /// What people write: triggers by vehicle, and for each line the last of the same work within the window.
    fn by_vehicle(&self) -> (u64, i64, Vec<u32>) {
        let cars = *self.trigger_car.iter().chain(&self.line_car).max().unwrap() as usize + 1;
        let mut begins = vec![0_u32; cars + 1];
        for car in &self.trigger_car {
            begins[*car as usize + 1] += 1;
        }
        for car in 0..cars {
            begins[car + 1] += begins[car];
        }
        let mut next = begins.clone();
        let mut laid = vec![(0_u32, 0_u32, 0_u16); self.trigger_car.len()];
        for n in 0..self.trigger_car.len() {
            let place = &mut next[self.trigger_car[n] as usize];
            laid[*place as usize] = (self.trigger_at[n], n as u32, self.trigger_op[n]);
            *place += 1;
        }
        let mut found = vec![u32::MAX; self.line_car.len()];
        let (mut lines, mut cents) = (0, 0);
        for n in 0..self.line_car.len() {
            let (car, mut best) = (self.line_car[n] as usize, 0);
            for &(at, trigger, op) in &laid[begins[car] as usize..begins[car + 1] as usize] {
                if op == self.line_op[n]
                    && at < self.line_at[n]
                    && self.line_at[n] - at <= WINDOW
                    && at >= best
                {
                    (best, found[n]) = (at, trigger);
                }
            }
            if found[n] != u32::MAX {
                lines += 1;
                cents += i64::from(self.line_cents[n]);
            }
        }
        (lines, cents, found)
    }
}

fn say(what: &str, columns: &Columns, joined: &Joined) {
    let (lines, cents, _) = columns.by_vehicle();
    println!(
        "{what}: {} triggers, {} lines; named and reached {} lines, {} cents ({lines}, {cents} by vehicle); credited {} \
         lines, {} cents; {} visits; peak memory {} MB",
        columns.trigger_car.len(),
        columns.line_car.len(),
        joined.claimed.0,
        joined.claimed.1,
        joined.credits.len(),
        joined.credited_cents,
        joined.visits.len(),
        peak_megabytes(),
    );
    assert_eq!(joined.claimed, (lines, cents), "the same lines are named and reached");
}

/// The most memory this process has held, where the system tells.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default() / 1_024
}

const VEHICLES: u32 = 20_000;
const SERVICES: [&str; 4] = ["oil_service", "brake_pads_front", "tire_rotation", "battery"];

fn instant(seconds: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds.into(), 0).unwrap()
}

fn service(draw: &mut Draw) -> ServiceId {
    SERVICES[draw.below(4) as usize].parse().unwrap()
}

fn trigger(draw: &mut Draw, car: u32, n: u32) -> Trigger {
    let opened = START + draw.below(700 * DAY);
    let id = format!("main-street/v{car}/1/{n}");
    let mut trigger =
        Trigger::new(&*id, format!("v{car}").parse().unwrap(), OwnershipSpan(1), instant(opened));
    trigger.service = Some(service(draw));
    for (touch, days) in [("1", 1), ("2", 14)] {
        trigger.touches.push(TouchFact {
            sent_at: instant(opened + days * DAY),
            key: TouchKey { case: id.parse().unwrap(), touch: touch.parse().unwrap() },
            channel: Channel::Sms,
            delivery: Delivery::Delivered,
            token: Some(format!("{id}#{touch}")),
            clicked_at: None,
            human_click: None,
            replied_at: None,
        });
    }
    trigger
}

fn order(draw: &mut Draw, car: u32, n: u32) -> RepairOrder {
    let opened = instant(START + draw.below(800 * DAY));
    let lines = (0..2).map(|line| RoLine {
        line: line.to_string().parse().unwrap(),
        op_code: None,
        service: Some(service(draw)),
        name: None,
        pay_type: PayType::CustomerPay,
        amount: Money::cents(2_000 + draw.below(198_000) as i32, Currency::USD),
    });
    RepairOrder {
        ro: format!("north/{car}-{n}").parse().unwrap(),
        vehicle: format!("v{car}").parse().unwrap(),
        owner_span: OwnershipSpan(1),
        opened_at: opened,
        closed_at: Some(opened + TimeDelta::hours(4)),
        voided: false,
        department: Department::Service,
        initiated_from: None,
        lines: lines.collect(),
    }
}

fn once(folder: &str) {
    let columns = Columns::read(folder);
    let mut batch = columns.batch();
    // As the programs beside it: three times, the middle one.
    let mut runs: Vec<(f64, Joined)> = (0..3)
        .map(|_| {
            let before = Instant::now();
            let joined = black_box(batch.join());
            (before.elapsed().as_secs_f64(), joined)
        })
        .collect();
    runs.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let (seconds, joined) = &runs[1];
    let lines = columns.line_car.len();
    // Memory of the columns as they were read is in it too.
    let rate = lines as f64 / seconds;
    println!("attribution.batch(items=lines),{lines},{seconds:.4},{rate:.0},{},\"\"", peak_megabytes());
    println!("# {:?} named and reached, {} credited", joined.claimed, joined.credits.len());
}

fn batch(c: &mut Criterion) {
    if let Ok(folder) = std::env::var("ATTRIBUTION_DATA") {
        once(&folder);
        return;
    }
    let lines = std::env::var("ATTRIBUTION_LINES").map_or(10_000_000, |text| text.parse().unwrap());
    let mut group = c.benchmark_group("attribution");
    group.sample_size(10);
    group.throughput(Throughput::Elements(u64::from(lines)));
    for (percent, thousandths) in [(1, 0), (30, 294)] {
        let columns = Columns::draw(lines, thousandths);
        let mut batch = columns.batch();
        say(&format!("{percent} %"), &columns, &batch.join());
        group.bench_function(format!("batch/{percent}%"), |b| {
            b.iter_batched(|| (), |()| black_box(&mut batch).join(), BatchSize::PerIteration);
        });
        group.bench_function(format!("by_vehicle/{percent}%"), |b| {
            b.iter_batched(|| (), |()| black_box(&columns).by_vehicle(), BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// A store's book of 20,000 vehicles with three triggers of two touches and five orders of two lines each, and one
/// order more for a vehicle, closed today.
fn one_by_one(c: &mut Criterion) {
    if std::env::var("ATTRIBUTION_DATA").is_ok() {
        return;
    }
    let mut draw = Draw(20);
    let mut book = Book::new(Policy::shipped());
    for car in 0..VEHICLES {
        for n in 0..3 {
            book.trigger(trigger(&mut draw, car, n));
        }
        for n in 0..5 {
            book.order(order(&mut draw, car, n));
        }
    }
    let credited = book.in_force().count();
    let mut new: Vec<RepairOrder> = (0..VEHICLES).map(|car| order(&mut draw, car, 5)).collect();
    let mut after = book.clone();
    let changed = new.iter().filter(|order| !after.order((*order).clone()).is_empty()).count();
    drop(after);
    println!(
        "one by one: {VEHICLES} vehicles, {credited} credits in force; {changed} of as many new orders change one"
    );
    let mut group = c.benchmark_group("attribution");
    group.throughput(Throughput::Elements(1));
    let mut next = 0;
    group.bench_function("one_new_order", |b| {
        b.iter_batched(
            || {
                // New, then voided, by turns: each time something changes.
                next = (next + 7_919) % new.len();
                new[next].voided = !new[next].voided;
                RepairOrder { voided: !new[next].voided, ..new[next].clone() }
            },
            |order| book.order(black_box(order)),
            BatchSize::SmallInput,
        );
    });
    let credits: Vec<_> = book.in_force().collect();
    group.bench_function("one_receipt", |b| {
        b.iter_batched(
            || {
                next = (next + 7_919) % credits.len();
                &credits[next]
            },
            |credit| book.receipt(&credit.ro, &credit.line),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, batch, one_by_one);
criterion_main!(benches);
