use chrono::{DateTime, Utc};

use crate::geodesy::PER_DEGREE;
use crate::judge::EARLIEST;
use crate::{FixFault, TrackModel};

/// No value given.
pub(super) const NONE: u16 = u16::MAX;
/// Speeds are kept in centimetres a second, accuracies in decimetres.
pub(super) const SPEED_UNIT: f64 = 100.0;
pub(super) const ACCURACY_UNIT: f64 = 10.0;

/// A fix that can be: on the globe, dated between 1980 and now, good enough by its receiver's own word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Point {
    /// Milliseconds since 1970.
    pub(super) ms: i64,
    /// 10^-7 degrees: about a centimetre.
    pub(super) lat: i32,
    pub(super) lon: i32,
    /// Centimetres a second.
    pub(super) speed: u16,
    /// Decimetres.
    pub(super) accuracy: u16,
}

/// What a fix says, before anything is believed. NaN: not given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) ms: i64,
    pub(super) lat: f64,
    pub(super) lon: f64,
    pub(super) speed: f64,
    pub(super) accuracy: f64,
}

/// Times between which a fix may be dated, milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates {
    latest: i64,
}

impl Dates {
    /// Up to the instant of receipt and as much as clocks may differ.
    pub(super) fn until(received_at: DateTime<Utc>, model: &TrackModel) -> Self {
        // The model's range is checked: at most a day.
        #[allow(clippy::cast_possible_truncation)]
        let ahead = (model.future_seconds * 1000.0) as i64;
        Self { latest: received_at.timestamp_millis().saturating_add(ahead) }
    }
}

impl Claim {
    /// What is wrong with it whatever came before. None: nothing.
    #[inline]
    pub(super) fn fault(&self, dates: Dates, model: &TrackModel) -> Option<FixFault> {
        // Not-a-number is in no range.
        let on_globe = (-90.0..=90.0).contains(&self.lat) && (-180.0..=180.0).contains(&self.lon);
        if !on_globe || (self.lat == 0.0 && self.lon == 0.0) || self.ms < EARLIEST * 1000 {
            Some(FixFault::Invalid)
        } else if self.ms > dates.latest {
            Some(FixFault::Future)
        } else if self.accuracy > model.worst_accuracy_metres {
            Some(FixFault::Inaccurate)
        } else {
            None
        }
    }

    /// In whole units. Right only of a claim without fault.
    #[inline]
    pub(super) fn point(&self) -> Point {
        Point {
            ms: self.ms,
            lat: units(self.lat),
            lon: units(self.lon),
            speed: small(self.speed, SPEED_UNIT),
            accuracy: small(self.accuracy, ACCURACY_UNIT),
        }
    }
}

/// The nearest whole unit. By adding a half and cutting off: a call to round would cost as much as all the rest.
#[inline]
fn units(degrees: f64) -> i32 {
    let scaled = degrees * PER_DEGREE;
    #[allow(clippy::cast_possible_truncation)]
    let units = (scaled + 0.5_f64.copysign(scaled)) as i32;
    units
}

/// A value from 0 on in units of 1 / `per`; anything else is no value.
#[inline]
fn small(value: f64, per: f64) -> u16 {
    // The cast saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let units = (value * per + 0.5) as u16;
    if value >= 0.0 { units.min(NONE - 1) } else { NONE }
}

impl Point {
    pub(super) fn place(&self) -> (i32, i32) {
        (self.lat, self.lon)
    }
}

/// Seconds from one instant to another, both in milliseconds.
#[inline]
pub(super) fn seconds(from: i64, to: i64) -> f64 {
    // Exact in a float for 285,000 years.
    #[allow(clippy::cast_precision_loss)]
    let ms = to.saturating_sub(from) as f64;
    ms * 1e-3
}
