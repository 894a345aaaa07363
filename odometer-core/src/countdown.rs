use chrono::{DateTime, Datelike, TimeDelta, Utc};
use fixedops_vocab::{Miles, RawOdometer, ServiceId};

use crate::Posterior;

/// What the car itself says about its next service, read from it on a day: "next service in 1,200 miles or 45 days".
///
/// One more witness, with its own trust: see [`DuePoint::with_countdowns`](crate::DuePoint::with_countdowns).
///
/// ```
/// use fixedops_odometer_core::Countdown;
/// use fixedops_vocab::{DistanceUnit, RawOdometer};
/// let read_at = "2026-03-02T08:00:00Z".parse()?;
/// let said = Countdown::read("oil_service".parse()?, read_at)
///     .with_odometer("41200".parse()?)
///     .with_distance(RawOdometer::parse("2000", DistanceUnit::Kilometres)?)
///     .with_days(45);
/// assert_eq!(said.due_miles(None), Some("42442.7".parse()?));
/// assert_eq!(said.due_by(), Some("2026-04-16T08:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "plain data, made by whoever reads cars")]
pub struct Countdown {
    /// When it was read from the car.
    pub read_at: DateTime<Utc>,
    /// When we learned of it.
    pub learned_at: DateTime<Utc>,
    /// The service it counts down to.
    pub service: ServiceId,
    /// The odometer read with it; None: taken from what is known of the car then.
    pub odometer: Option<Miles>,
    /// The distance left, below zero where the service is past due.
    pub distance_left: Option<RawOdometer>,
    /// The days left, below zero where the service is past due.
    pub days_left: Option<i32>,
}

impl Countdown {
    /// A countdown to `service`, read at `read_at` and learned then, that says nothing yet.
    #[must_use]
    pub const fn read(service: ServiceId, read_at: DateTime<Utc>) -> Self {
        Self { read_at, learned_at: read_at, service, odometer: None, distance_left: None, days_left: None }
    }

    /// The same with the odometer read beside it.
    #[must_use]
    pub const fn with_odometer(mut self, miles: Miles) -> Self {
        self.odometer = Some(miles);
        self
    }

    /// The same with this distance left.
    #[must_use]
    pub const fn with_distance(mut self, left: RawOdometer) -> Self {
        self.distance_left = Some(left);
        self
    }

    /// The same with so many days left.
    #[must_use]
    pub const fn with_days(mut self, left: i32) -> Self {
        self.days_left = Some(left);
        self
    }

    /// The same, learned later than read.
    #[must_use]
    pub const fn learned_at(mut self, learned_at: DateTime<Utc>) -> Self {
        self.learned_at = learned_at;
        self
    }

    /// Whether it was read and learned by `as_of` (inclusive).
    #[must_use]
    pub fn known_at(&self, as_of: DateTime<Utc>) -> bool {
        self.read_at <= as_of && self.learned_at <= as_of
    }

    /// The odometer at which it reaches zero, miles: counted from the odometer read with it, else from the middle of
    /// what `posterior` knows of that instant. None where it names no distance or neither is known, and where that is
    /// no odometer: below zero or past its end.
    #[must_use]
    pub fn due_miles(&self, posterior: Option<&Posterior>) -> Option<Miles> {
        let left = self.distance_left?.miles_f64();
        let shown = self.odometer.or_else(|| posterior?.mileage_at(self.read_at).value())?;
        let due = shown.as_f64() + left;
        (0.0..=Miles::MAX.as_f64()).contains(&due).then(|| Miles::clamped(due))
    }

    /// The instant at which its days reach zero. None where it names no days, and where that is no date: outside the
    /// years 1000 to 9999.
    #[must_use]
    pub fn due_by(&self) -> Option<DateTime<Utc>> {
        let due = self.read_at.checked_add_signed(TimeDelta::days(self.days_left?.into()))?;
        (1000..=9999).contains(&due.year()).then_some(due)
    }
}
