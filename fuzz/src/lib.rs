//! What the targets share: histories and drives made of arbitrary bytes, and what must hold of them.

use arbitrary::Arbitrary;
use chrono::{DateTime, Utc};
use fixedops_odometer_core::{Fix, Model, Posterior, Reading, ReadingKind, Track, TrackSummary};
use fixedops_vocab::{DistanceUnit, Miles, RawOdometer};

/// A reading as strange as bytes can make it.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct AnyReading {
    read: AnyTime,
    learned: Option<AnyTime>,
    thousandths: AnyNumber,
    unit: u8,
    kind: u8,
}

/// An instant: most lie within some years, some anywhere.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum AnyTime {
    /// Hours after the beginning of 2020.
    Hours(u16),
    /// Milliseconds after 1970.
    Anywhere(i64),
}

/// A number: most are a dash's, some anything.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum AnyNumber {
    /// Whole units.
    Dash(u32),
    /// Thousandths.
    Anything(i64),
}

/// A fix.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct AnyFix {
    at: AnyTime,
    place: AnyPlace,
    speed: Option<f64>,
    accuracy: Option<f64>,
}

/// A position: most near one place, some anywhere or nowhere.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum AnyPlace {
    /// A few kilometres about a town, in hundred-thousandths of a degree.
    Near(i16, i16),
    /// Anything a float holds.
    Anywhere(f64, f64),
}

impl AnyTime {
    /// The instant.
    pub fn instant(self) -> DateTime<Utc> {
        match self {
            Self::Hours(hours) => DateTime::from_timestamp(1_577_836_800 + i64::from(hours) * 3_600, 0),
            Self::Anywhere(milliseconds) => DateTime::from_timestamp_millis(milliseconds),
        }
        .unwrap_or_default()
    }
}

impl AnyReading {
    /// The reading.
    pub fn reading(self) -> Reading {
        let thousandths = match self.thousandths {
            AnyNumber::Dash(number) => i64::from(number % 2_000_000) * 1_000,
            AnyNumber::Anything(number) => number,
        };
        let unit = match self.unit % 16 {
            0 => DistanceUnit::Metres,
            1..4 => DistanceUnit::Kilometres,
            _ => DistanceUnit::Miles,
        };
        let kind = match self.kind % 16 {
            0 => ReadingKind::ManualCorrection,
            1 => ReadingKind::Delivery,
            2..5 => ReadingKind::DeviceOdometer,
            _ => ReadingKind::Reported,
        };
        let reading =
            Reading::reported(self.read.instant(), RawOdometer::new(thousandths, unit)).of_kind(kind);
        self.learned.map_or(reading, |learned| reading.learned_at(learned.instant()))
    }
}

impl AnyFix {
    /// The fix.
    pub fn fix(self) -> Fix {
        let (lat, lon) = match self.place {
            AnyPlace::Near(north, east) => (40.0 + f64::from(north) * 1e-5, -80.0 + f64::from(east) * 1e-5),
            AnyPlace::Anywhere(lat, lon) => (lat, lon),
        };
        let mut fix = Fix::new(self.at.instant(), lat, lon);
        fix.speed_mps = self.speed;
        fix.accuracy_m = self.accuracy;
        fix
    }
}

/// Folds a drive that arrived in the middle of the times that most fixes have: some lie ahead of it.
pub fn fold(track: &mut Track, fixes: &[AnyFix], model: &Model) {
    let received = AnyTime::Hours(u16::MAX / 2).instant();
    for fix in fixes {
        track.fold(fix.fix(), received, model);
    }
}

/// What holds of a summary whatever was folded.
pub fn check_summary(summary: &TrackSummary) {
    assert!(summary.distance_miles.is_finite() && summary.distance_miles >= 0.0, "{summary:?}");
    assert!(summary.sd_miles.is_finite() && summary.sd_miles >= 0.0, "{summary:?}");
}

/// What holds of a posterior whatever the readings were.
pub fn check_posterior(posterior: &Posterior, at: DateTime<Utc>, miles: u32) {
    if let Some(range) = posterior.mileage_at(at).range() {
        assert!(range.p10() <= range.p50() && range.p50() <= range.p90(), "{range:?}");
    }
    let miles = Miles::from_tenths(miles % 9_999_999).unwrap_or(Miles::ZERO);
    let p = posterior.probability_at_least(miles, at);
    assert!((0.0..=1.0).contains(&p), "{p}");
}
