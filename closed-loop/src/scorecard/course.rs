//! A car's odometer as it is known afterwards: points, and straight lines between them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::VehicleId;

/// What the odometers of a simulated world really showed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrueOdometers {
    courses: BTreeMap<VehicleId, Course>,
}

impl TrueOdometers {
    /// Adds a true reading, in miles. Between two of them the car drove evenly.
    pub fn push(&mut self, vehicle: VehicleId, at: DateTime<Utc>, miles: f64) {
        self.courses.entry(vehicle).or_default().push(at, miles);
    }

    pub(super) fn course(&self, vehicle: &VehicleId) -> Option<&Course> {
        self.courses.get(vehicle)
    }
}

/// Points of one odometer by time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Course {
    points: BTreeMap<DateTime<Utc>, f64>,
}

/// When a car reached a mile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reached {
    /// Then.
    At(DateTime<Utc>),
    /// Not by the last point.
    NotYet,
    /// Before the first point, or there are too few.
    Unknown,
}

impl Course {
    pub(super) fn push(&mut self, at: DateTime<Utc>, miles: f64) {
        if miles.is_finite() {
            self.points.insert(at, miles);
        }
    }

    /// The odometer at `at`; None outside the points.
    pub(super) fn at(&self, at: DateTime<Utc>) -> Option<f64> {
        let (before, low) = self.points.range(..=at).next_back()?;
        let (after, high) = self.points.range(at..).next()?;
        let whole = seconds(*after - *before);
        if whole <= 0.0 || high < low {
            return Some(*low);
        }
        Some(low + (high - low) * seconds(at - *before) / whole)
    }

    /// When it first showed `miles`.
    pub(super) fn reached(&self, miles: f64) -> Reached {
        let mut points = self.points.iter();
        let Some((mut before, mut low)) = points.next() else {
            return Reached::Unknown;
        };
        if *low >= miles {
            return if *low > miles { Reached::Unknown } else { Reached::At(*before) };
        }
        for (after, high) in points {
            if *low < miles && miles <= *high {
                let share = (miles - low) / (high - low);
                // A share of a span between two dates is far from the bounds of a whole number of seconds.
                #[allow(clippy::cast_possible_truncation)]
                let passed = (seconds(*after - *before) * share).round() as i64;
                return before
                    .checked_add_signed(TimeDelta::seconds(passed))
                    .map_or(Reached::Unknown, Reached::At);
            }
            (before, low) = (after, high);
        }
        Reached::NotYet
    }
}

fn seconds(span: TimeDelta) -> f64 {
    // 2^53 seconds is beyond any date chrono can hold.
    #[allow(clippy::cast_precision_loss)]
    let seconds = span.num_seconds() as f64;
    seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(day)
    }

    #[test]
    fn between_two_points_a_car_drives_evenly_and_outside_nothing_is_said() {
        let mut course = Course::default();
        for (at, miles) in [(10, 1_000.0), (20, 2_000.0), (40, 2_000.0), (50, 2_500.0)] {
            course.push(day(at), miles);
        }
        assert_eq!(course.at(day(15)), Some(1_500.0));
        assert_eq!(course.at(day(30)), Some(2_000.0));
        assert_eq!((course.at(day(9)), course.at(day(51))), (None, None));
        assert_eq!(course.reached(1_250.0), Reached::At(day(12) + TimeDelta::hours(12)));
        assert_eq!(course.reached(2_000.0), Reached::At(day(20)), "the first time");
        assert_eq!(course.reached(2_600.0), Reached::NotYet);
        assert_eq!(course.reached(900.0), Reached::Unknown, "before anybody looked");
        assert_eq!(Course::default().reached(1.0), Reached::Unknown);
    }
}
