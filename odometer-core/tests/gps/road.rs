//! The road the stories are driven on.

use chrono::{DateTime, Duration, Utc};
use fixedops_odometer_core::{Fix, Model, Track, TrackSummary};

/// When the stories begin.
pub(crate) fn start() -> DateTime<Utc> {
    "2025-01-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn second(number: i64) -> DateTime<Utc> {
    start() + Duration::seconds(number)
}

/// Long after all of them: nothing is in the future.
pub(crate) fn received() -> DateTime<Utc> {
    start() + Duration::days(3_650)
}

/// Due north from Chicago at 22.2 m/s, a fix a second: a mile every 72.5.
pub(crate) fn north(number: i32) -> Fix {
    Fix::new(second(number.into()), 41.0 + f64::from(number) * 2e-4, -87.6)
}

/// Miles of `legs` of them.
pub(crate) fn miles_north(legs: i32) -> f64 {
    f64::from(legs) * 2e-4 * 111_061.0 / 1_609.344
}

pub(crate) fn folded(fixes: impl IntoIterator<Item = Fix>) -> TrackSummary {
    let (mut track, model) = (Track::new(), Model::shipped());
    track.fold_batch(fixes, received(), &model);
    track.summary(&model)
}

/// A number between -1 and 1 for each place, the same on every run.
pub(crate) fn noise(place: i32) -> f64 {
    let mut x = (u64::from(place.unsigned_abs()) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    f64::from(u32::try_from((x ^ (x >> 31)) >> 32).unwrap()) / f64::from(u32::MAX) * 2.0 - 1.0
}

/// A receiver at rest: it wanders `metres` (sd) about the truth and forgets in a minute.
pub(crate) fn parked(from: i64, count: i32, every: i64, lat: f64, lon: f64, metres: f64) -> Vec<Fix> {
    let (mut up, mut right) = (0.0_f64, 0.0_f64);
    let step = metres * (1.0 - 0.92_f64 * 0.92).sqrt() * 3.0_f64.sqrt();
    let mut fixes = Vec::new();
    for n in 0..count {
        up = 0.92 * up + step * noise(2 * n);
        right = 0.92 * right + step * noise(2 * n + 1);
        let at = second(from + i64::from(n) * every);
        fixes.push(Fix::new(at, lat + up / 111_100.0, lon + right / 111_100.0 / lat.to_radians().cos()));
    }
    fixes
}
