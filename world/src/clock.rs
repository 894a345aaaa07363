//! Time as the world counts it: seconds since 1970 inside, instants at the border, the store's own hours.

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeZone, Utc, Weekday};
use chrono_tz::Tz;

use crate::draw::Draw;

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;
/// Seconds of an hour.
pub(crate) const HOUR: i64 = 3_600;
/// Seconds of a minute.
pub(crate) const MINUTE: i64 = 60;
/// Days of a year.
pub(crate) const YEAR: f64 = 365.25;

/// The instant.
pub(crate) fn instant(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(at, 0).unwrap_or(DateTime::UNIX_EPOCH)
}

/// The date at the store.
pub(crate) fn date(zone: Tz, at: i64) -> NaiveDate {
    instant(at).with_timezone(&zone).date_naive()
}

/// Days, as a float, in seconds.
pub(crate) fn days(days: f64) -> i64 {
    // A few decades of seconds.
    #[allow(clippy::cast_possible_truncation)]
    let seconds = (days * 86_400.0).round() as i64;
    seconds
}

/// Seconds as days.
pub(crate) fn in_days(seconds: i64) -> f64 {
    // A few decades of seconds are exact.
    #[allow(clippy::cast_precision_loss)]
    let seconds = seconds as f64;
    seconds / 86_400.0
}

/// A number of the world as a `u64` for naming a draw.
pub(crate) fn named(number: i64) -> u64 {
    number.cast_unsigned()
}

/// Seconds to add to UTC at the store.
pub(crate) fn offset(zone: Tz, at: i64) -> i64 {
    i64::from(zone.offset_from_utc_datetime(&instant(at).naive_utc()).fix().local_minus_utc())
}

/// `hours` after midnight at the store, on the store's day that holds `at`.
pub(crate) fn on_day(zone: Tz, at: i64, hours: f64) -> i64 {
    let local = at + offset(zone, at);
    let midnight = local - local.rem_euclid(DAY);
    let wished = midnight + days(hours / 24.0);
    wished - offset(zone, wished - offset(zone, at))
}

/// A quarter of an hour between 7:30 and 15:30 of the first open day (Monday to Saturday) from `at` on.
pub(crate) fn opening(zone: Tz, at: i64, draw: Draw, name: &str, number: u64) -> i64 {
    let mut day = at;
    while instant(day).with_timezone(&zone).weekday() == Weekday::Sun {
        day += DAY;
    }
    let quarter = u32::try_from(draw.below(33, name, number)).unwrap_or(0);
    on_day(zone, day, 7.5 + f64::from(quarter) * 0.25)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_opens_at_its_own_hour_on_either_side_of_daylight_saving() {
        let zone = chrono_tz::America::New_York;
        for (case, day, expected) in [
            ("winter", "2027-03-12T20:00:00Z", "2027-03-12T13:00:00Z"),
            ("summer", "2027-03-16T20:00:00Z", "2027-03-16T12:00:00Z"),
            ("the day it changes", "2027-03-14T20:00:00Z", "2027-03-14T12:00:00Z"),
        ] {
            let at = day.parse::<DateTime<Utc>>().unwrap().timestamp();
            assert_eq!(instant(on_day(zone, at, 8.0)), expected.parse::<DateTime<Utc>>().unwrap(), "{case}");
        }
    }

    #[test]
    fn nobody_comes_on_a_sunday() {
        let (zone, draw) = (chrono_tz::America::New_York, Draw::new("t", 1, 0));
        for day in 0..400 {
            let at = opening(zone, 1_796_000_000 + day * DAY, draw, "slot", named(day));
            let local = instant(at).with_timezone(&zone);
            assert_ne!(local.weekday(), Weekday::Sun);
            assert!((7..16).contains(&chrono::Timelike::hour(&local)), "{local}");
        }
    }
}
