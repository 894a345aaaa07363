//! The odometer of many vehicles at a given day, with its 80 % range: ours (judging the readings, the bank of memories,
//! basis and last capture included) beside least squares and a Kalman filter, in one run and from the same columns.
//!
//! 100,000 made-up vehicles of 2 to 12 readings over 1,500 days: log-normal rates about 33 miles a day, readings off by
//! three days' driving, as the baselines of the field are measured. Coverage and median error against the truth are
//! printed first: timings of answers that disagree mean nothing.
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

use chrono::DateTime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixedops_odometer_core::{Model, ReadingColumns, estimate_columns};
use fixedops_vocab::DistanceUnit;

const VEHICLES: usize = 100_000;
const DAY: i64 = 86_400;
/// The first day of all, seconds since 1970: 2020-01-01.
const EPOCH: i64 = 1_577_836_800;
const ASKED: i64 = 1_600;

/// SplitMix64 (Steele, Lea, Flood 2014): small and seeded.
struct Draw(u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (core::f64::consts::TAU * self.uniform()).cos()
    }
}

struct Fleet {
    starts: Vec<usize>,
    days: Vec<i64>,
    miles: Vec<i64>,
    read_at: Vec<i64>,
    thousandths: Vec<i64>,
    truth: Vec<f64>,
}

fn fleet() -> Fleet {
    let mut draw = Draw(2);
    let mut fleet = Fleet {
        starts: vec![0],
        days: Vec::new(),
        miles: Vec::new(),
        read_at: Vec::new(),
        thousandths: Vec::new(),
        truth: Vec::new(),
    };
    for _ in 0..VEHICLES {
        let readings = 2 + (draw.uniform() * 11.0) as usize;
        let rate = (33.0_f64.ln() + 0.5 * draw.normal()).exp();
        let start = draw.uniform() * 40_000.0;
        let mut days: Vec<i64> = (0..readings).map(|_| (draw.uniform() * 1_500.0) as i64).collect();
        days.sort_unstable();
        for day in days {
            let miles = (start + rate * day as f64 + draw.normal() * rate * 3.0).max(0.0).round() as i64;
            fleet.days.push(day);
            fleet.miles.push(miles);
            fleet.read_at.push(EPOCH + day * DAY);
            fleet.thousandths.push(miles * 1_000);
        }
        fleet.starts.push(fleet.days.len());
        fleet.truth.push(start + rate * ASKED as f64);
    }
    fleet
}

/// Middle and half width of the 80 % range.
type Answers = Vec<(f64, f64)>;

/// Least squares with its prediction interval (normal quantile 1.2816), two passes over each group.
fn least_squares(fleet: &Fleet) -> Answers {
    let mut answers = Vec::with_capacity(VEHICLES);
    for group in fleet.starts.windows(2) {
        let (days, miles) = (&fleet.days[group[0]..group[1]], &fleet.miles[group[0]..group[1]]);
        let count = days.len() as f64;
        let mean = |column: &[i64]| column.iter().map(|&value| value as f64).sum::<f64>() / count;
        let (mean_day, mean_miles) = (mean(days), mean(miles));
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (&day, &shown) in days.iter().zip(miles) {
            let (x, y) = (day as f64 - mean_day, shown as f64 - mean_miles);
            xx += x * x;
            xy += x * y;
            yy += y * y;
        }
        let slope = xy / xx;
        let variance = (yy - slope * xy).max(0.0) / (count - 2.0);
        let ahead = ASKED as f64 - mean_day;
        let sd = (variance * (1.0 + 1.0 / count + ahead * ahead / xx)).sqrt();
        answers.push((mean_miles + slope * ahead, 1.2816 * sd));
    }
    answers
}

/// A local linear trend with fixed noise.
fn kalman(fleet: &Fleet) -> Answers {
    let mut answers = Vec::with_capacity(VEHICLES);
    for group in fleet.starts.windows(2) {
        let (days, miles) = (&fleet.days[group[0]..group[1]], &fleet.miles[group[0]..group[1]]);
        let (mut level, mut rate) = (miles[0] as f64, 33.0);
        let (mut p00, mut p01, mut p11) = (1e4, 0.0, 400.0);
        for place in 1..days.len() {
            let time = (days[place] - days[place - 1]) as f64;
            level += rate * time;
            p00 += 2.0 * time * p01 + time * time * p11 + time;
            p01 += time * p11;
            p11 += 0.001 * time;
            let spread = p00 + 1e4;
            let (gain, rate_gain) = (p00 / spread, p01 / spread);
            let error = miles[place] as f64 - level;
            level += gain * error;
            rate += rate_gain * error;
            p11 -= rate_gain * p01;
            p01 *= 1.0 - gain;
            p00 *= 1.0 - gain;
        }
        let time = (ASKED - days[days.len() - 1]) as f64;
        let sd = (p00 + 2.0 * time * p01 + time * time * p11 + time).sqrt();
        answers.push((level + rate * time, 1.2816 * sd));
    }
    answers
}

fn check(name: &str, fleet: &Fleet, ranges: impl Iterator<Item = Option<(f64, f64, f64)>>) {
    let (mut inside, mut errors) = (0, Vec::new());
    for (range, truth) in ranges.zip(&fleet.truth) {
        let Some((low, middle, high)) = range else { continue };
        inside += usize::from(low <= *truth && *truth <= high);
        errors.push((middle - truth).abs());
    }
    errors.sort_by(f64::total_cmp);
    let said = errors.len();
    println!(
        "# {name}: {said} of {VEHICLES} answered, 80 % range holds {:.3}, median error {:.0} mi",
        inside as f64 / said as f64,
        errors[said / 2]
    );
}

fn odometer(criterion: &mut Criterion) {
    let fleet = fleet();
    let model = Model::shipped();
    let columns = ReadingColumns {
        starts: &fleet.starts,
        read_at: &fleet.read_at,
        thousandths: &fleet.thousandths,
        unit: DistanceUnit::Miles,
    };
    let at = DateTime::from_timestamp(EPOCH + ASKED * DAY, 0).unwrap();
    let ours = || estimate_columns(&columns, at, at, &model).unwrap();

    let band = |(middle, half): &(f64, f64)| Some((middle - half, *middle, middle + half));
    check("least squares", &fleet, least_squares(&fleet).iter().map(band));
    check("Kalman filter, fixed noise", &fleet, kalman(&fleet).iter().map(band));
    let said = ours();
    let range = |estimate: &fixedops_odometer_core::Estimate| {
        estimate.mileage.range().map(|r| (r.p10().as_f64(), r.p50().as_f64(), r.p90().as_f64()))
    };
    check("ours", &fleet, said.iter().map(range));

    let mut group = criterion.benchmark_group("odometer of a vehicle");
    group.throughput(Throughput::Elements(VEHICLES as u64)).sample_size(20);
    group.bench_function("ours", |bencher| bencher.iter(|| black_box(ours())));
    group.bench_function("least squares", |bencher| bencher.iter(|| black_box(least_squares(&fleet))));
    group.bench_function("Kalman filter", |bencher| bencher.iter(|| black_box(kalman(&fleet))));
    group.finish();
}

/// Twice the readings of one vehicle, twice the time: a history of all shapes of dirt.
fn long_history(criterion: &mut Criterion) {
    let model = Model::shipped();
    let mut group = criterion.benchmark_group("one long history");
    for readings in [10_000_usize, 20_000, 40_000] {
        let mut draw = Draw(3);
        let read_at: Vec<i64> = (0..readings as i64).map(|n| EPOCH + n * 6 * 3_600).collect();
        let thousandths: Vec<i64> = (0..readings as i64)
            .map(
                |n| if draw.uniform() < 0.1 { (draw.uniform() * 9e8) as i64 } else { 40_000_000 + n * 8_000 },
            )
            .collect();
        let starts = [0, readings];
        let columns = ReadingColumns {
            starts: &starts,
            read_at: &read_at,
            thousandths: &thousandths,
            unit: DistanceUnit::Miles,
        };
        let at = DateTime::from_timestamp(EPOCH + readings as i64 * 6 * 3_600, 0).unwrap();
        group.throughput(Throughput::Elements(readings as u64)).sample_size(10);
        group.bench_function(format!("{readings} readings"), |bencher| {
            bencher.iter(|| black_box(estimate_columns(&columns, at, at, &model).unwrap()));
        });
    }
    group.finish();
}

criterion_group!(benches, odometer, long_history);
criterion_main!(benches);
