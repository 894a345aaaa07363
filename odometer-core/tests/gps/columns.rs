//! FixColumns fold to what fixes one after another fold to, to the last bit.

use fixedops_odometer_core::{Fix, FixColumns, FixColumnsError, Model, Track};
use proptest::prelude::*;

use crate::hostile::any_fix;
use crate::road::{miles_north, north, received, second};

#[derive(Default)]
struct Table {
    ms: Vec<i64>,
    lat: Vec<f64>,
    lon: Vec<f64>,
    speed: Vec<f32>,
    accuracy: Vec<f32>,
}

impl Table {
    /// What cannot be told from what was not given, is not given.
    #[allow(clippy::cast_possible_truncation)]
    fn of(fixes: &[Fix]) -> Self {
        let mut table = Self::default();
        for fix in fixes {
            table.ms.push(fix.at.timestamp_millis());
            table.lat.push(fix.lat);
            table.lon.push(fix.lon);
            table.speed.push(fix.speed_mps.unwrap_or(f64::NAN) as f32);
            table.accuracy.push(fix.accuracy_m.unwrap_or(f64::NAN) as f32);
        }
        table
    }

    fn columns(&self, device: Option<u8>) -> FixColumns<'_> {
        FixColumns {
            ms: &self.ms,
            lat: &self.lat,
            lon: &self.lon,
            speed_mps: Some(&self.speed),
            accuracy_m: Some(&self.accuracy),
            device,
        }
    }

    fn fixes(&self, device: Option<u8>) -> Vec<Fix> {
        let given = |value: f32| (!value.is_nan()).then(|| f64::from(value));
        (0..self.ms.len())
            .map(|n| Fix {
                at: chrono::DateTime::from_timestamp_millis(self.ms[n]).unwrap(),
                lat: self.lat[n],
                lon: self.lon[n],
                speed_mps: given(self.speed[n]),
                accuracy_m: given(self.accuracy[n]),
                device,
            })
            .collect()
    }
}

/// A drive with stops, sparse stretches, gaps, thrown, late, repeated and impossible fixes.
fn any_drive() -> impl Strategy<Value = Vec<Fix>> {
    let step = (0..2_000_i64, -3..=3_i32, 0..=4_i32, prop::bool::weighted(0.3), 0..400_u32);
    (prop::collection::vec(step, 0..300), prop::collection::vec((any_fix(), 0..300_usize), 0..6)).prop_map(
        |(steps, others)| {
            let (mut at, mut lat, mut lon) = (0, 41.0, -87.6);
            let mut fixes: Vec<Fix> = Vec::new();
            for (wait, east, up, stands, kind) in steps {
                at += match kind {
                    0..3 => 400_000 + wait * 100,
                    3..40 => 20_000 + wait * 20,
                    _ => 1 + wait,
                };
                if !stands {
                    lon += f64::from(east) * 1e-4;
                    lat += f64::from(up) * 1e-4;
                }
                let thrown = if kind == 41 { 1.5 } else { 0.0 };
                let late = if kind % 50 == 42 { 3_000 } else { 0 };
                let time = second(0) + chrono::Duration::milliseconds(at - late);
                let accuracy_m = (kind % 7 == 0).then_some(f64::from(kind));
                fixes.push(Fix { accuracy_m, ..Fix::new(time, lat + thrown, lon) });
            }
            for (other, place) in others {
                fixes.insert(place.min(fixes.len()), other);
            }
            fixes
        },
    )
}

proptest! {
    #[test]
    fn columns_and_fixes_fold_to_the_same_bits(
        fixes in any_drive(), cuts in prop::collection::vec(0..300_usize, 0..4), device in prop::option::of(0..3_u8),
    ) {
        let model = Model::shipped();
        let table = Table::of(&fixes);
        let fixes = table.fixes(device);
        let mut one = Track::new();
        one.fold_batch(fixes.iter().copied(), received(), &model);
        let mut other = Track::new();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(fixes.len())).chain([0, fixes.len()]).collect();
        cuts.sort_unstable();
        for cut in cuts.windows(2) {
            let part = Table::of(&fixes[cut[0]..cut[1]]);
            other.fold_columns(&part.columns(device), received(), &model).unwrap();
        }
        prop_assert_eq!(serde_json::to_string(&other).unwrap(), serde_json::to_string(&one).unwrap());
        prop_assert_eq!(other, one);
    }
}

#[test]
fn columns_alone_are_enough() {
    let table = Table::of(&(0..600).map(north).collect::<Vec<_>>());
    let (mut track, model) = (Track::new(), Model::shipped());
    let bare = FixColumns { speed_mps: None, accuracy_m: None, ..table.columns(None) };
    track.fold_columns(&bare, received(), &model).unwrap();
    assert!((track.summary(&model).distance_miles - miles_north(599)).abs() < 0.01);
}

#[test]
fn columns_of_different_lengths_fold_nothing() {
    let table = Table::of(&(0..60).map(north).collect::<Vec<_>>());
    let all = table.columns(None);
    for (case, columns) in [
        ("latitudes", FixColumns { lat: &all.lat[..59], ..all }),
        ("longitudes", FixColumns { lon: &[], ..all }),
        ("speeds", FixColumns { speed_mps: Some(&[]), ..all }),
        ("accuracies", FixColumns { accuracy_m: Some(&table.accuracy[1..]), ..all }),
        ("times", FixColumns { ms: &all.ms[1..], ..all }),
    ] {
        let (mut track, model) = (Track::new(), Model::shipped());
        let refused = track.fold_columns(&columns, received(), &model);
        assert_eq!(refused, Err(FixColumnsError::Lengths), "{case}");
        assert_eq!(track, Track::new(), "{case}");
    }
}
