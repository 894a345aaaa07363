//! Numbers looked up in a do-not-call list, beside what people would write instead, in one run and from the same
//! numbers: a quarter of the candidates is listed.
//!
//! Two lists are drawn, seeded: `even`, lines anywhere in 380 area codes of 800 exchanges, as the baselines of the field
//! are measured; and `dense`, as the plan is really used: half of the exchanges are open, an exchange is anything from
//! almost empty to three quarters full, and within it whole thousands are open or shut.
//!
//! 2,000,000 numbers and as many candidates, if nothing is said; `DNC_NUMBERS=50000000 DNC_CANDIDATES=10000000` for the
//! figures of docs/consent.md (some 5 GB of memory for the hash sets; `DNC_PEERS=none` leaves the peers out). What each
//! answers is compared first: timings of answers that disagree mean nothing.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a benchmark that cannot run must stop, and says what it measures"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixedops_consent::list::{Accept, ListBuilder, ListKind, Nanp, NumberList};

/// SplitMix64 (Steele, Lea, Flood 2014): small and seeded.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn places() -> Vec<u16> {
    (200..1_000).filter(|n| n % 100 != 11).collect()
}

/// Where numbers are drawn from: open thousands, each with how much of it is listed.
struct Plan {
    /// Area code, exchange, thousand.
    thousands: Vec<(u16, u16, u16)>,
    /// Running sum of their weights.
    sums: Vec<f64>,
}

impl Plan {
    fn even() -> Self {
        Self::of(|_| 1.0, |_| true)
    }

    fn dense(draw: &mut Draw) -> Self {
        let seed = draw.next();
        let of = |n: u64| Draw(seed ^ n.wrapping_mul(0xD6E8_FEB8_6659_FD93)).uniform();
        // Cubed: most exchanges are thin, some are almost full.
        Self::of(
            move |exchange| if of(exchange) < 0.5 { 0.0 } else { (0.02 + of(exchange + 1_000_000)).powi(3) },
            move |thousand| of(thousand + 2_000_000) < 0.7,
        )
    }

    fn of(weight: impl Fn(u64) -> f64, open: impl Fn(u64) -> bool) -> Self {
        let (mut thousands, mut sums, mut sum) = (vec![], vec![], 0.0);
        for (a, area) in places().into_iter().take(380).enumerate() {
            for (e, exchange) in places().into_iter().enumerate() {
                let place = (a * 800 + e) as u64;
                for thousand in 0..10 {
                    let weight = weight(place);
                    if weight > 0.0 && open(10 * place + thousand) {
                        sum += weight;
                        thousands.push((area, exchange, thousand as u16));
                        sums.push(sum);
                    }
                }
            }
        }
        Self { thousands, sums }
    }

    fn number(&self, draw: &mut Draw) -> Nanp {
        let at = draw.uniform() * self.sums[self.sums.len() - 1];
        let (area, exchange, thousand) = self.thousands[self.sums.partition_point(|sum| *sum <= at)];
        Nanp::new(area, exchange, 1_000 * thousand + draw.below(1_000) as u16).unwrap()
    }
}

struct Numbers {
    /// In no order, each once.
    listed: Vec<Nanp>,
    candidates: Vec<Nanp>,
}

fn numbers(plan: &Plan, draw: &mut Draw, listed: usize, candidates: usize) -> Numbers {
    let mut all: Vec<Nanp> = Vec::new();
    while all.len() < listed {
        let missing = listed - all.len();
        all.extend((0..missing + missing / 20).map(|_| plan.number(draw)));
        all.sort_unstable();
        all.dedup();
    }
    for at in (1..all.len()).rev() {
        all.swap(at, draw.below(at as u64 + 1) as usize);
    }
    all.truncate(listed);
    let candidates =
        (0..candidates)
            .map(|_| {
                if draw.below(4) == 0 {
                    all[draw.below(all.len() as u64) as usize]
                } else {
                    plan.number(draw)
                }
            })
            .collect();
    Numbers { listed: all, candidates }
}

/// A number's place among 6.4 billion.
fn place(number: Nanp) -> usize {
    let part = |n: u16| usize::from(n) - 200;
    (part(number.area_code()) * 800 + part(number.exchange())) * 10_000 + usize::from(number.line())
}

/// Places up to the last area code that is used.
fn span(numbers: &[Nanp]) -> usize {
    numbers.iter().map(|n| usize::from(n.area_code()) - 199).max().unwrap() * 8_000_000
}

fn bitmap(numbers: &[Nanp]) -> Vec<u64> {
    let mut bits = vec![0; span(numbers) / 64 + 1];
    numbers.iter().for_each(|number| bits[place(*number) / 64] |= 1 << (place(*number) % 64));
    bits
}

/// Where each 256 numbers begin, and the low bytes.
fn buckets(numbers: &[Nanp]) -> (Vec<u32>, Vec<u8>) {
    let mut places: Vec<usize> = numbers.iter().map(|n| place(*n)).collect();
    places.sort_unstable();
    let mut begins = vec![0_u32; span(numbers) / 256 + 2];
    places.iter().for_each(|place| begins[place / 256 + 1] += 1);
    (1..begins.len()).for_each(|bucket| begins[bucket] += begins[bucket - 1]);
    (begins, places.iter().map(|place| *place as u8).collect())
}

fn take<T>(name: &str, listed: usize, bytes: impl Fn(&T) -> usize, build: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let built = build();
    let seconds = begin.elapsed().as_secs_f64();
    println!("# {name}: {:.2} bytes a number, built in {seconds:.2} s", bytes(&built) as f64 / listed as f64);
    built
}

fn count(yes: impl Iterator<Item = bool>) -> usize {
    yes.filter(|yes| *yes).count()
}

fn env(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn list(criterion: &mut Criterion, name: &str, plan: &Plan, draw: &mut Draw) {
    let (listed, asked) = (env("DNC_NUMBERS", 2_000_000), env("DNC_CANDIDATES", 2_000_000));
    let peers = std::env::var("DNC_PEERS").map_or(true, |peers| peers != "none");
    let Numbers { listed: numbers, candidates } = numbers(plan, draw, listed, asked);
    println!("# {name}: {} numbers, {} candidates", numbers.len(), candidates.len());

    let day = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
    let file = take("ours", listed, Vec::len, || {
        let mut builder = ListBuilder::new(ListKind::National, day);
        builder.extend(numbers.iter().copied());
        builder.finish()
    });
    let begin = Instant::now();
    let ours = NumberList::open(&file, &Accept::on(day, 31)).unwrap();
    println!("# ours: opened, every byte checked, in {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    let begin = Instant::now();
    ours.verify().unwrap();
    println!("# ours: every block verified in {:.0} ms", begin.elapsed().as_secs_f64() * 1e3);
    let mut answers = Vec::new();
    ours.contains_batch(&candidates, &mut answers);
    let found = count(answers.iter().copied());
    println!("# {found} of {} candidates are listed", candidates.len());
    assert_eq!(found, count(candidates.iter().map(|number| ours.contains(*number))));

    let mut group = criterion.benchmark_group(format!("{name} list"));
    group.throughput(Throughput::Elements(candidates.len() as u64)).sample_size(10);
    group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    group.bench_function("ours, in batches of 1,000", |bencher| {
        bencher.iter(|| {
            for batch in candidates.chunks(1_000) {
                ours.contains_batch(batch, &mut answers);
                black_box(&answers);
            }
        });
    });
    let mut single = |name: &str, contains: &dyn Fn() -> usize| {
        assert_eq!(contains(), found, "{name} answers otherwise");
        group.bench_function(name, |bencher| bencher.iter(|| black_box(contains())));
    };
    single("ours, one by one", &|| count(candidates.iter().map(|number| ours.contains(*number))));
    if peers {
        let bits = take("flat bitmap", listed, |bits: &Vec<u64>| 8 * bits.len(), || bitmap(&numbers));
        single("flat bitmap", &|| {
            count(candidates.iter().map(|n| place(*n)).map(|at| bits[at / 64] >> (at % 64) & 1 == 1))
        });
        drop(bits);
        let bytes = |(begins, lows): &(Vec<u32>, Vec<u8>)| 4 * begins.len() + lows.len();
        let (begins, lows) = take("256-number buckets", listed, bytes, || buckets(&numbers));
        single("256-number buckets", &|| {
            count(candidates.iter().map(|n| place(*n)).map(|at| {
                lows[begins[at / 256] as usize..begins[at / 256 + 1] as usize].contains(&(at as u8))
            }))
        });
        drop((begins, lows));
        let sorted = take(
            "sorted vector",
            listed,
            |numbers: &Vec<u64>| 8 * numbers.len(),
            || {
                let mut sorted: Vec<u64> = numbers.iter().map(|number| number.expose()).collect();
                sorted.sort_unstable();
                sorted
            },
        );
        single("sorted vector, binary search", &|| {
            count(candidates.iter().map(|number| sorted.binary_search(&number.expose()).is_ok()))
        });
        drop(sorted);
        let set = take(
            "hashbrown",
            listed,
            // A slot and its control byte; an eighth of the slots stays free, and the table doubles.
            |set: &hashbrown::HashSet<u64>| 9 * (set.capacity() * 8 / 7),
            || numbers.iter().map(|number| number.expose()).collect(),
        );
        single("hashbrown", &|| count(candidates.iter().map(|number| set.contains(&number.expose()))));
        drop(set);
        let set = take(
            "std HashSet",
            listed,
            |set: &std::collections::HashSet<u64>| 9 * (set.capacity() * 8 / 7),
            || numbers.iter().map(|number| number.expose()).collect(),
        );
        single("std HashSet", &|| count(candidates.iter().map(|number| set.contains(&number.expose()))));
    }
    group.finish();
}

fn do_not_call(criterion: &mut Criterion) {
    let mut draw = Draw(3);
    list(criterion, "even", &Plan::even(), &mut draw);
    let plan = Plan::dense(&mut draw);
    list(criterion, "dense", &plan, &mut draw);
}

criterion_group!(benches, do_not_call);
criterion_main!(benches);
