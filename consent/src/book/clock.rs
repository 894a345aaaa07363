use core::hash::{BuildHasherDefault, Hasher};
use std::collections::HashMap;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

/// Years over which two zones must agree to count as one clock: from the present daylight-saving dates of the US
/// (Energy Policy Act of 2005, in force 2007) to the end of what the zone tables foresee.
const YEARS: core::ops::RangeInclusive<i32> = 2007..=2037;

/// Years whose changes are worked out when a book is read; those of any other year are asked of the zone tables.
const WORKED_OUT: core::ops::Range<i32> = 2015..2056;

/// A clock on which people live: one zone that stands for all that show the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) zone: Tz,
    /// Of each year of [`WORKED_OUT`]: the spans in which it keeps its distance from UTC.
    years: Vec<Vec<Span>>,
}

/// From an instant on, up to the next span, a clock keeps its distance from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    /// Seconds since 1970.
    from: i64,
    until: i64,
    /// Seconds that it shows more than UTC does.
    ahead: i64,
    /// Whether it is changed at `from`: not so where only the year begins.
    changed: bool,
}

impl Clock {
    pub(crate) fn of(zone: Tz) -> Self {
        Self { zone, years: WORKED_OUT.map(|year| spans(zone, year)).collect() }
    }

    fn year(&self, year: i32) -> Option<&[Span]> {
        let place = usize::try_from(year - WORKED_OUT.start).ok()?;
        self.years.get(place).map(Vec::as_slice)
    }

    fn span(&self, now: DateTime<Utc>) -> Option<Span> {
        let second = now.timestamp();
        self.year(now.year())?.iter().find(|span| second < span.until).copied()
    }

    /// What it shows at `now`.
    pub(crate) fn shows(&self, now: DateTime<Utc>) -> NaiveDateTime {
        let utc = now.naive_utc();
        match self.span(now) {
            Some(span) => utc.checked_add_signed(TimeDelta::seconds(span.ahead)).unwrap_or(utc),
            None => shown_in(self.zone, now),
        }
    }

    /// The first instant at or after `from` at which it shows `local`. `None` where it skips that time, or showed it
    /// before; `Err` where that is not worked out.
    pub(crate) fn first(
        &self,
        local: NaiveDateTime,
        from: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, NotWorkedOut> {
        let spans = self.year(local.year()).ok_or(NotWorkedOut)?;
        let shown = local.and_utc().timestamp();
        // A local year begins and ends some hours from the year of UTC: those hours are not looked for here.
        let day = local.date();
        if (day.month(), day.day()) == (1, 1) || (day.month(), day.day()) == (12, 31) {
            return Err(NotWorkedOut);
        }
        let times = spans.iter().filter_map(|span| {
            let second = shown - span.ahead;
            (span.from <= second && second < span.until).then_some(second)
        });
        let first = times.filter_map(|second| DateTime::from_timestamp(second, 0)).find(|time| *time >= from);
        if first.is_none() && !spans.iter().any(|span| holds(*span, shown)) {
            // Skipped.
            return Err(NotWorkedOut);
        }
        Ok(first)
    }

    /// Whether it is changed within a day of `now`.
    pub(crate) fn is_changed_near(&self, now: DateTime<Utc>) -> bool {
        let second = now.timestamp();
        match self.year(now.year()) {
            // A change on the first or the last day of a year is in the next year's table or the last one's.
            Some(spans) if now.ordinal() > 1 && now.ordinal() < 365 => {
                spans.iter().any(|span| span.changed && second - DAY < span.from && span.from <= second + DAY)
            }
            _ => {
                let at = |seconds| {
                    now.checked_add_signed(TimeDelta::seconds(seconds))
                        .map(|time| self.zone.offset_from_utc_datetime(&time.naive_utc()).fix())
                };
                at(-DAY) != at(DAY)
            }
        }
    }
}

/// What a clock of `zone` shows; at the ends of the calendar, where that cannot be written, the time at Greenwich.
pub(crate) fn shown_in(zone: Tz, now: DateTime<Utc>) -> NaiveDateTime {
    let utc = now.naive_utc();
    utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix()).unwrap_or(utc)
}

const DAY: i64 = 86_400;

fn holds(span: Span, shown: i64) -> bool {
    let second = shown - span.ahead;
    span.from <= second && second < span.until
}

/// The year is outside those worked out, or the time is one the clock skips: ask the zone tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotWorkedOut;

/// The spans of a year, found hour by hour where a month has a change.
fn spans(zone: Tz, year: i32) -> Vec<Span> {
    let start = |year| Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single().map_or(0, |time| time.timestamp());
    let ahead = |second: i64| {
        DateTime::from_timestamp(second, 0).map_or(0, |time| {
            i64::from(zone.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc())
        })
    };
    let (from, end) = (start(year), start(year.saturating_add(1)));
    let mut spans =
        vec![Span { from, until: end, ahead: ahead(from), changed: ahead(from - 1) != ahead(from) }];
    let mut second = from;
    while second < end {
        let next = (second + 7 * DAY).min(end - 1);
        if ahead(next) != ahead(second) {
            let (mut before, mut after) = (second, next);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if ahead(middle) == ahead(second) { before = middle } else { after = middle }
            }
            if let Some(last) = spans.last_mut() {
                last.until = after;
            }
            spans.push(Span { from: after, until: end, ahead: ahead(after), changed: true });
        }
        if next == end - 1 {
            break;
        }
        second = next;
    }
    spans
}

fn offset(zone: Tz, year: i32, month: u32, day: u32) -> Option<FixedOffset> {
    let noon = Utc.with_ymd_and_hms(year, month, day, 12, 0, 0).single()?;
    Some(zone.offset_from_utc_datetime(&noon.naive_utc()).fix())
}

/// A set of clocks of a [`Clocks`] table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClockSet(u32);

impl ClockSet {
    /// Most clocks that a table holds.
    const MOST: usize = 32;

    const fn single(place: u32) -> Self {
        Self(1 << place)
    }
    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
    pub(crate) const fn with(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }
    pub(crate) const fn overlaps(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The clocks of the United States, and every zone name that stands for one of them.
#[derive(Clone, Debug)]
pub(crate) struct Clocks {
    clocks: Vec<Clock>,
    by_name: HashMap<&'static str, ClockSet, BuildHasherDefault<Fnv>>,
    /// Those that count where nothing says where a telephone is.
    everywhere: ClockSet,
}

impl Clocks {
    /// `everywhere` are the clocks that count where nothing is known; `others` exist besides. What is more than 32 of them
    /// together is left out.
    pub(crate) fn new(everywhere: &[Tz], others: &[Tz]) -> Self {
        let all: Vec<Tz> = everywhere.iter().chain(others).copied().take(ClockSet::MOST).collect();
        let clocks: Vec<Clock> = all.iter().map(|zone| Clock::of(*zone)).collect();
        let mut by_name = HashMap::default();
        for zone in TZ_VARIANTS {
            let same = (0..).zip(&all).find(|(_, clock)| **clock == zone || agree(**clock, zone));
            if let Some((place, _)) = same {
                by_name.insert(zone.name(), ClockSet::single(place));
            }
        }
        let everywhere = (0..)
            .zip(&all)
            .take(everywhere.len())
            .fold(ClockSet::default(), |set, (place, _)| set.with(ClockSet::single(place)));
        Self { clocks, by_name, everywhere }
    }

    /// The clocks of a set, in the order of the table.
    pub(crate) fn of(&self, set: ClockSet) -> impl Iterator<Item = &Clock> {
        (0..)
            .zip(&self.clocks)
            .filter(move |(place, _)| set.overlaps(ClockSet::single(*place)))
            .map(|(_, clock)| clock)
    }

    /// The clock that a zone of this name shows, if it is one of the United States.
    pub(crate) fn named(&self, zone: &str) -> Option<ClockSet> {
        self.by_name.get(zone).copied()
    }

    pub(crate) const fn everywhere(&self) -> ClockSet {
        self.everywhere
    }

    #[cfg(test)]
    fn names(&self) -> impl Iterator<Item = (&'static str, &Clock)> {
        self.by_name.iter().filter_map(|(name, set)| Some((*name, self.of(*set).next()?)))
    }
}

/// FNV-1a (Fowler, Noll, Vo): names of zones are short and not chosen by an enemy.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    fn finish(&self) -> u64 {
        self.0
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
            let stands_for_it = clock.zone;
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
    fn a_clock_is_changed_within_a_day_of_its_change_and_not_beyond() {
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

    #[test]
    fn what_is_worked_out_is_what_the_zone_tables_say() {
        let book = RuleBook::shipped();
        let start = Utc.with_ymd_and_hms(2014, 12, 30, 0, 30, 0).unwrap();
        for clock in &book.clocks.clocks {
            for quarter in 0..42 * 366 * 24 {
                let now = start + TimeDelta::hours(quarter);
                let local = shown_in(clock.zone, now);
                assert_eq!(clock.shows(now), local, "{} at {now}", clock.zone);
                if let Ok(first) = clock.first(local, now) {
                    assert_eq!(first, Some(now), "{} at {now}: {local}", clock.zone);
                }
                let before = now - TimeDelta::hours(24);
                let after = now + TimeDelta::hours(24);
                let differs = clock.zone.offset_from_utc_datetime(&before.naive_utc()).fix()
                    != clock.zone.offset_from_utc_datetime(&after.naive_utc()).fix();
                assert_eq!(clock.is_changed_near(now), differs, "{} near {now}", clock.zone);
            }
        }
    }

    #[test]
    fn a_time_shown_twice_is_found_twice_and_a_time_skipped_not_at_all() {
        let clock = Clock::of(Tz::America__New_York);
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let local = |text: &str| text.parse::<NaiveDateTime>().unwrap();
        let twice = local("2027-11-07T01:30:00");
        assert_eq!(clock.first(twice, at("2027-11-07T00:00:00Z")), Ok(Some(at("2027-11-07T05:30:00Z"))));
        assert_eq!(clock.first(twice, at("2027-11-07T05:30:01Z")), Ok(Some(at("2027-11-07T06:30:00Z"))));
        assert_eq!(clock.first(twice, at("2027-11-07T06:30:01Z")), Ok(None));
        assert_eq!(clock.first(local("2027-03-14T02:30:00"), at("2027-03-14T00:00:00Z")), Err(NotWorkedOut));
        assert_eq!(clock.first(local("2057-03-14T08:00:00"), at("2057-03-14T00:00:00Z")), Err(NotWorkedOut));
    }
}
