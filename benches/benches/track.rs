//! GPS fixes to miles, on one core: 10 million fixes of 10,000 vehicles, 1 to 30 s apart, 4 m of noise, one in a hundred
//! thrown up to half a degree.
//!
//! Ours does everything it does elsewhere: order, repeats, future dates, standing, gaps, bends, variance, counts, and a
//! state per vehicle that can be stored. Beside it in the same run the simple filter that people write: an anchor, 70 m/s
//! from the last valid fix, three refusals in a row move the anchor, steps below 15 m while standing not counted. Once
//! with the haversine (as with numba or plain Rust), once on the plane with a cosine for each step, once with a local
//! scale kept while the latitude stays within 0.01 degrees: the fastest known to us. Reading the columns is the floor.
//!
//! What each makes of the distance is printed against the truth: times of different answers cannot be compared.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark"
)]
#![allow(clippy::needless_range_loop, reason = "the simple filters, as people write them")]

use std::f64::consts::{PI, TAU};
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fixedops_odometer_core::{Fix, FixColumns, Model, Track};

const VEHICLES: usize = 10_000;
const FIXES: usize = 1_000;
const RADIANS: f64 = PI / 180.0;

/// FixColumns of all vehicles, one after another, and the metres each really drove.
#[derive(Default)]
struct World {
    ms: Vec<i64>,
    lat: Vec<f64>,
    lon: Vec<f64>,
    speed: Vec<f32>,
    truth: Vec<f64>,
}

/// Seeded: the same world in every run (splitmix64, and Box-Muller of it).
struct Draw(u64);

impl Draw {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        f64::from(u32::try_from((x ^ (x >> 31)) >> 32).unwrap()) / 4_294_967_296.0
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.share()
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().max(1e-12).ln()).sqrt() * (TAU * self.share()).cos()
    }
}

impl World {
    fn made() -> Self {
        let (mut world, mut draw) = (Self::default(), Draw(1));
        for _ in 0..VEHICLES {
            world.drive(&mut draw);
        }
        world
    }

    fn drive(&mut self, draw: &mut Draw) {
        const NORTH: f64 = 111_132.0;
        let (lat, lon) = (draw.between(26.0, 48.0), draw.between(-122.0, -70.0));
        let east = 111_320.0 * (lat * RADIANS).cos();
        let (base, mut heading, mut moving) =
            (draw.between(5.0, 30.0), draw.between(0.0, TAU), draw.share() < 0.5);
        let (mut at, mut x, mut y, mut way) = (1_790_000_000_i64, 0.0, 0.0, 0.0);
        for n in 0..FIXES {
            #[allow(clippy::cast_possible_truncation)]
            let seconds = draw.between(1.0, 31.0) as i64;
            at += seconds;
            moving ^= draw.share() < 0.02;
            let speed = if moving { (base + 2.0 * draw.normal()).clamp(0.5, 38.0) } else { 0.0 };
            heading += if moving { 0.15 * draw.normal() } else { 0.0 };
            #[allow(clippy::cast_precision_loss)]
            let step = if n == 0 { 0.0 } else { speed * seconds as f64 };
            (x, y, way) = (x + step * heading.sin(), y + step * heading.cos(), way + step);
            let thrown = draw.share() < 0.01;
            let mut off = || if thrown { draw.between(-0.5, 0.5) } else { 0.0 };
            let (up, right) = (off(), off());
            self.ms.push(at * 1_000);
            self.lat.push(lat + (y + 4.0 * draw.normal()) / NORTH + up);
            self.lon.push(lon + (x + 4.0 * draw.normal()) / east + right);
            #[allow(clippy::cast_possible_truncation)]
            self.speed.push(speed as f32);
        }
        self.truth.push(way);
    }

    fn of(&self, vehicle: usize) -> FixColumns<'_> {
        let rows = vehicle * FIXES..(vehicle + 1) * FIXES;
        FixColumns {
            ms: &self.ms[rows.clone()],
            lat: &self.lat[rows.clone()],
            lon: &self.lon[rows.clone()],
            speed_mps: Some(&self.speed[rows]),
            ..FixColumns::default()
        }
    }

    fn all(&self, metres: impl Fn(&FixColumns<'_>) -> f64) -> Vec<f64> {
        (0..VEHICLES).map(|vehicle| metres(&self.of(vehicle))).collect()
    }

    fn says(&self, name: &str, metres: &[f64]) {
        let errors = || metres.iter().zip(&self.truth).map(|(metres, truth)| 100.0 * (metres / truth - 1.0));
        #[allow(clippy::cast_precision_loss)]
        let count = metres.len() as f64;
        let (mean, apart) = (errors().sum::<f64>() / count, errors().map(f64::abs).sum::<f64>() / count);
        println!("# {name}: mean error {mean:+.2} %, mean absolute error {apart:.2} %");
    }
}

/// The simple filter, with squared metres from one row to another.
fn anchored(columns: &FixColumns<'_>, mut square: impl FnMut(usize, usize) -> f64) -> f64 {
    let speed = columns.speed_mps.unwrap();
    let (mut anchor, mut valid, mut refused, mut sum) = (0, columns.ms[0], 0, 0.0);
    for row in 1..columns.ms.len() {
        let far = square(anchor, row);
        #[allow(clippy::cast_precision_loss)]
        let reach = 0.07 * (columns.ms[row] - valid) as f64;
        if far > reach * reach {
            refused += 1;
            if refused >= 3 {
                (anchor, refused, valid) = (row, 0, columns.ms[row]);
            }
            continue;
        }
        (refused, valid) = (0, columns.ms[row]);
        if far < 225.0 && speed[row] < 0.5 {
            continue;
        }
        sum += far.sqrt();
        anchor = row;
    }
    sum
}

const MEAN_RADIUS: f64 = 6_371_008.8;

fn haversine(columns: &FixColumns<'_>) -> f64 {
    let (lat, lon) = (columns.lat, columns.lon);
    anchored(columns, |from, to| {
        let (up, right) = ((lat[to] - lat[from]) * RADIANS / 2.0, (lon[to] - lon[from]) * RADIANS / 2.0);
        let cosines = (lat[from] * RADIANS).cos() * (lat[to] * RADIANS).cos();
        let half = up.sin() * up.sin() + cosines * right.sin() * right.sin();
        (2.0 * MEAN_RADIUS * half.sqrt().asin()).powi(2)
    })
}

fn plane(columns: &FixColumns<'_>) -> f64 {
    let (lat, lon) = (columns.lat, columns.lon);
    anchored(columns, |from, to| {
        let cosine = ((lat[from] + lat[to]) * 0.5 * RADIANS).cos();
        let (up, right) = ((lat[to] - lat[from]) * RADIANS, (lon[to] - lon[from]) * RADIANS * cosine);
        MEAN_RADIUS * MEAN_RADIUS * (up * up + right * right)
    })
}

fn cached(columns: &FixColumns<'_>) -> f64 {
    let (lat, lon) = (columns.lat, columns.lon);
    let scale = |lat: f64| {
        let (sine, cosine) = (lat * RADIANS).sin_cos();
        let w = 1.0 - 0.006_694_379_990_14 * sine * sine;
        let prime_vertical = 6_378_137.0 / w.sqrt();
        let meridian = prime_vertical * (1.0 - 0.006_694_379_990_14) / w;
        (lat, meridian * RADIANS, prime_vertical * cosine * RADIANS)
    };
    let mut kept = scale(lat[0]);
    anchored(columns, |from, to| {
        if (lat[to] - kept.0).abs() > 0.01 {
            kept = scale(lat[to]);
        }
        let (up, right) = ((lat[to] - lat[from]) * kept.1, (lon[to] - lon[from]) * kept.2);
        up * up + right * right
    })
}

fn track(criterion: &mut Criterion) {
    let (world, model) = (World::made(), Model::shipped());
    let received_at = "2027-06-01T00:00:00Z".parse().unwrap();
    let metres = |track: &Track| track.summary(&model).distance_miles * 1_609.344;
    let columns = |columns: &FixColumns<'_>| {
        let mut track = Track::new();
        track.fold_columns(columns, received_at, &model).unwrap();
        metres(&track)
    };
    let fixes = |columns: &FixColumns<'_>| {
        let mut track = Track::new();
        for row in 0..columns.ms.len() {
            let at = chrono::DateTime::from_timestamp_millis(columns.ms[row]).unwrap();
            let speed_mps = columns.speed_mps.map(|speed| f64::from(speed[row]));
            let fix = Fix { speed_mps, ..Fix::new(at, columns.lat[row], columns.lon[row]) };
            track.fold(fix, received_at, &model);
        }
        metres(&track)
    };
    let mut group = criterion.benchmark_group("track");
    group.sample_size(10).throughput(Throughput::Elements(u64::try_from(world.ms.len()).unwrap()));
    let mut bench = |name: &str, one: &dyn Fn(&FixColumns<'_>) -> f64| {
        world.says(name, &world.all(one));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(world.all(one))));
    };
    bench("ours_columns", &columns);
    bench("ours_one_by_one", &fixes);
    bench("simple_filter_haversine", &haversine);
    bench("simple_filter_cosine", &plane);
    bench("simple_filter_cached_scale", &cached);
    group.bench_function("read_the_columns", |bencher| {
        bencher.iter(|| {
            let places: f64 = world.lat.iter().zip(&world.lon).map(|(lat, lon)| lat + lon).sum();
            let speeds: f32 = world.speed.iter().sum();
            black_box((world.ms.iter().sum::<i64>(), places, speeds))
        });
    });
    group.finish();
}

criterion_group!(tracks, track);
criterion_main!(tracks);
