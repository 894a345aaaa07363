use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

/// Years over which two zones must agree to count as one clock: from the present daylight-saving dates of the US
/// (Energy Policy Act of 2005, in force 2007) to the end of what the zone tables foresee.
const YEARS: core::ops::RangeInclusive<i32> = 2007..=2037;

/// A clock on which people live: one zone that stands for all that show the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) zone: Tz,
    /// Months (bit 0 is January) in which it may be changed.
    changes: u16,
}

impl Clock {
    pub(crate) fn of(zone: Tz) -> Self {
        let mut changes = 0;
        for year in YEARS {
            for month in 1..=12 {
                let at = |year, month| offset(zone, year, month, 1);
                let next = if month == 12 { at(year + 1, 1) } else { at(year, month + 1) };
                // The first of the next month is looked at at noon: a change on the first itself falls into both.
                if at(year, month) != next {
                    changes |= 1 << (month - 1);
                }
            }
        }
        Self { zone, changes }
    }

    /// What it shows at `now`.
    pub(crate) fn shows(&self, now: DateTime<Utc>) -> NaiveDateTime {
        let utc = now.naive_utc();
        let offset = self.zone.offset_from_utc_datetime(&utc).fix();
        utc.checked_add_signed(TimeDelta::seconds(i64::from(offset.local_minus_utc()))).unwrap_or(utc)
    }

    /// Whether it is changed within a day of `now`.
    pub(crate) fn is_changed_near(&self, now: DateTime<Utc>) -> bool {
        let day = TimeDelta::hours(24);
        let (Some(before), Some(after)) = (now.checked_sub_signed(day), now.checked_add_signed(day)) else {
            return false;
        };
        let may = |time: DateTime<Utc>| {
            use chrono::Datelike;
            self.changes & (1 << time.month0()) != 0
        };
        (may(before) || may(after) || may(now))
            && self.zone.offset_from_utc_datetime(&before.naive_utc()).fix()
                != self.zone.offset_from_utc_datetime(&after.naive_utc()).fix()
    }
}

fn offset(zone: Tz, year: i32, month: u32, day: u32) -> Option<FixedOffset> {
    let noon = Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).single()?;
    Some(zone.offset_from_utc_datetime(&noon.naive_utc()).fix())
}

/// A clock in a [`Clocks`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClockRef(u8);

/// The clocks of the United States, and every zone name that stands for one of them.
#[derive(Clone, Debug)]
pub(crate) struct Clocks {
    clocks: Vec<Clock>,
    by_name: HashMap<&'static str, ClockRef>,
    /// How many of them, from the first, count where nothing says where a telephone is.
    unknown: u8,
}

impl Clocks {
    /// `everywhere` are the clocks that count where nothing is known; `others` exist besides.
    pub(crate) fn new(everywhere: &[Tz], others: &[Tz]) -> Self {
        let all: Vec<Tz> = everywhere.iter().chain(others).copied().take(usize::from(u8::MAX)).collect();
        let clocks: Vec<Clock> = all.iter().map(|zone| Clock::of(*zone)).collect();
        let mut by_name = HashMap::new();
        for zone in TZ_VARIANTS {
            let same = all.iter().position(|clock| *clock == zone || agree(*clock, zone));
            if let Some(place) = same.and_then(|place| u8::try_from(place).ok()) {
                by_name.insert(zone.name(), ClockRef(place));
            }
        }
        let unknown = u8::try_from(everywhere.len()).unwrap_or(u8::MAX);
        Self { clocks, by_name, unknown }
    }

    pub(crate) fn get(&self, clock: ClockRef) -> Option<&Clock> {
        self.clocks.get(usize::from(clock.0))
    }

    /// The clock that a zone of this name shows, if it is one of the United States.
    pub(crate) fn named(&self, zone: &str) -> Option<ClockRef> {
        self.by_name.get(zone).copied()
    }

    pub(crate) fn everywhere(&self) -> impl Iterator<Item = ClockRef> + use<> {
        (0..self.unknown).map(ClockRef)
    }

    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = (&'static str, ClockRef)> + '_ {
        self.by_name.iter().map(|(name, clock)| (*name, *clock))
    }
}

/// Whether two zones show the same time, looked at twice a month.
fn agree(one: Tz, other: Tz) -> bool {
    let same = |year, month, day| offset(one, year, month, day) == offset(other, year, month, day);
    same(2026, 1, 15)
        && same(2026, 7, 15)
        && YEARS.into_iter().all(|year| (1..=12).all(|month| same(year, month, 2) && same(year, month, 15)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RuleBook;

    #[test]
    fn zones_that_count_as_one_clock_agree_at_every_hour_of_thirty_years() {
        let book = RuleBook::shipped();
        let start = Utc.with_ymd_and_hms(2007, 11, 5, 0, 30, 0).unwrap();
        let mut compared = 0;
        for (name, clock) in book.clocks.names() {
            let zone: Tz = name.parse().unwrap();
            let stands_for_it = book.clocks.get(clock).unwrap().zone;
            if zone == stands_for_it {
                continue;
            }
            compared += 1;
            for hour in 0..30 * 365 * 24 {
                let utc = (start + TimeDelta::hours(hour)).naive_utc();
                assert_eq!(
                    zone.offset_from_utc_datetime(&utc).fix(),
                    stands_for_it.offset_from_utc_datetime(&utc).fix(),
                    "{name} and {stands_for_it} at {utc}"
                );
            }
        }
        assert!(compared > 40, "{compared}");
    }

    #[test]
    fn a_clock_is_changed_in_spring_and_autumn_or_never() {
        let months = |zone: Tz| Clock::of(zone).changes;
        // A change on the first of November falls into October too.
        assert_eq!(months(Tz::America__New_York), 1 << 2 | 1 << 9 | 1 << 10);
        assert_eq!(months(Tz::America__Phoenix), 0);
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let clock = Clock::of(Tz::America__New_York);
        // 2027-11-07 06:00 UTC is the change.
        for (now, near) in [
            ("2027-11-06T05:59:59Z", false),
            ("2027-11-06T06:00:00Z", true),
            ("2027-11-08T05:59:59Z", true),
            ("2027-11-08T06:00:00Z", false),
            ("2027-10-31T12:00:00Z", false),
            ("2027-03-13T07:00:00Z", true),
        ] {
            assert_eq!(clock.is_changed_near(at(now)), near, "{now}");
        }
    }
}
