//! The due date as others work it out: the last reading and a rate.

use chrono::{DateTime, Utc};

/// Miles a year of the flat calendar (FHWA's 13,476 a driver a year, rounded).
const FLAT_YEARLY_MILES: f64 = 13_500.0;
/// Nobody names a date further ahead, days.
const FURTHEST: f64 = 36_525.0;

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// Days from one instant to another.
pub fn days(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    // Seconds of some centuries fit a float exactly.
    #[allow(clippy::cast_precision_loss)]
    let seconds = (to - from).num_seconds() as f64;
    seconds / DAY
}

/// The flat calendar: everybody drives the mean. Days from the last reading on; None without a reading.
pub fn flat_calendar(accepted: &[(DateTime<Utc>, f64)], due: f64) -> Option<f64> {
    let (_, last) = accepted.last()?;
    Some(((due - last) / (FLAT_YEARLY_MILES / 365.25)).min(FURTHEST))
}

/// Lifetime average (Fleetio: `(max - min) / (date_max - date_min)` over all time). Days from the last reading on; None
/// where two readings do not make a rate.
pub fn lifetime_average(accepted: &[(DateTime<Utc>, f64)], due: f64) -> Option<f64> {
    let ((from, first), (to, last)) = (accepted.first()?, accepted.last()?);
    let span = days(*from, *to);
    let rate = (last - first) / span;
    (span >= 1.0 && rate > 0.0).then(|| ((due - last) / rate).min(FURTHEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32) -> DateTime<Utc> {
        DateTime::from_timestamp(i64::from(day) * 86_400, 0).unwrap()
    }

    #[test]
    fn rules_say_what_their_rates_say() {
        let known = [(at(0), 1_000.0), (at(10), 1_100.0), (at(100), 3_000.0)];
        assert_eq!(lifetime_average(&known, 4_000.0), Some(50.0));
        let flat = flat_calendar(&known, 4_000.0).unwrap();
        assert!((flat - 27.06).abs() < 0.01, "{flat}");
        assert_eq!(lifetime_average(&known[..1], 4_000.0), None);
        assert_eq!(flat_calendar(&[], 4_000.0), None);
    }
}
