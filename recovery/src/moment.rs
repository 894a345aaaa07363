use chrono::{DateTime, Utc};

/// An instant in microseconds since 1970-01-01 UTC: what a compact state counts in.
///
/// Every [`DateTime`] has one; what lies below a microsecond is cut off.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use fixedops_recovery::Moment;
/// let noon = Utc.with_ymd_and_hms(2026, 3, 2, 12, 0, 0).single().expect("a moment");
/// assert_eq!(Moment::from(noon).at(), noon);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;

impl Moment {
    /// The last one there is.
    pub(crate) fn last() -> Self {
        Self::from(DateTime::<Utc>::MAX_UTC)
    }

    /// The same in the calendar.
    #[must_use]
    pub fn at(self) -> DateTime<Utc> {
        let last = if self.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        DateTime::from_timestamp_micros(self.0).unwrap_or(last)
    }

    /// Minutes since 1970, rounded up: the bucket of an alarm in a [`Calendar`](crate::Calendar).
    #[must_use]
    pub const fn minute(self) -> i64 {
        let minute = self.0.div_euclid(60 * SECOND);
        if self.0.rem_euclid(60 * SECOND) == 0 { minute } else { minute + 1 }
    }

    /// Minutes since 1970 that have begun.
    pub(crate) const fn begun_minute(self) -> i64 {
        self.0.div_euclid(60 * SECOND)
    }

    /// So many seconds later, or earlier; the end of the calendar where it ends.
    pub(crate) fn plus_seconds(self, seconds: i64) -> Self {
        let ends = (Self::from(DateTime::<Utc>::MIN_UTC).0, Self::last().0);
        Self(self.0.saturating_add(seconds.saturating_mul(SECOND)).clamp(ends.0, ends.1))
    }

    /// So many days later; the last moment where the calendar ends.
    pub(crate) fn plus_days(self, days: u32) -> Self {
        Self(self.0.saturating_add(i64::from(days).saturating_mul(DAY)).min(LAST))
    }

    /// Whole seconds from `earlier` to here, cut to what 32 bits hold (68 years).
    pub(crate) fn seconds_since(self, earlier: Self) -> i32 {
        let seconds = self.0.saturating_sub(earlier.0) / SECOND;
        i32::try_from(seconds).unwrap_or(if seconds < 0 { i32::MIN } else { i32::MAX })
    }
}

/// [`DateTime::MAX_UTC`] in microseconds; a test holds it against the real one.
const LAST: i64 = 8_210_266_876_799_999_999;

impl From<DateTime<Utc>> for Moment {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_calendar_are_those_of_the_library() {
        assert_eq!(Moment::last(), Moment(LAST));
        assert_eq!(Moment::from(DateTime::<Utc>::MIN_UTC).at(), DateTime::<Utc>::MIN_UTC);
        assert_eq!(Moment::last().plus_days(1), Moment::last());
        assert_eq!(Moment::last().plus_seconds(i64::MAX), Moment::last());
    }

    #[test]
    fn an_alarm_is_never_in_a_bucket_before_its_time() {
        assert_eq!(Moment(0).minute(), 0);
        assert_eq!(Moment(1).minute(), 1);
        assert_eq!(Moment(60 * SECOND).minute(), 1);
        assert_eq!(Moment(-1).minute(), 0);
    }
}
