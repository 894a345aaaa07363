use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
    Weekday,
};
use chrono_tz::Tz;
use smallvec::SmallVec;

use super::location::{Location, Zone};
use crate::book::{ClockSet, Clocks, DayWindow, YearlyDates};

/// How far ahead an opening is searched, in days.
const HORIZON_DAYS: i64 = 400;

/// Something that holds a message back for a while: at any instant it is open or shut.
#[derive(Debug)]
pub(super) enum Gate<'b> {
    /// Local windows, open only where every plausible clock, and every one of `also`, is inside.
    Hours { mon_fri: DayWindow, saturday: DayWindow, sunday: DayWindow, also: ClockSet },
    /// Shut on holidays by every plausible clock, but for a window.
    Holidays { dates: &'b YearlyDates, window: Option<DayWindow> },
    /// Shut before an instant.
    NotBefore(DateTime<Utc>),
}

impl Gate<'_> {
    /// What a local date is to it.
    fn day(&self, date: NaiveDate) -> Day {
        match self {
            Self::NotBefore(_) => Day::Open,
            Self::Hours { mon_fri, saturday, sunday, .. } => Day::of(match date.weekday() {
                Weekday::Sat => *saturday,
                Weekday::Sun => *sunday,
                _ => *mon_fri,
            }),
            Self::Holidays { dates, window } => match (dates.hold(date), window) {
                (false, _) => Day::Open,
                (true, None) => Day::Shut,
                (true, Some(window)) => Day::of(*window),
            },
        }
    }

    /// Whether it is open at `local` by one clock.
    fn is_open_at(&self, local: NaiveDateTime) -> bool {
        match self.day(local.date()) {
            Day::Open => true,
            Day::Shut => false,
            Day::Window(window, _) => window.contains(local.time()),
        }
    }

    /// The zones of its own, beside those of the place.
    fn also<'c>(&self, clocks: &'c Clocks) -> impl Iterator<Item = Zone<'c>> + use<'c> {
        let also = match self {
            Self::Hours { also, .. } => *also,
            Self::Holidays { .. } | Self::NotBefore(_) => ClockSet::default(),
        };
        clocks.of(also).map(Zone::of)
    }

    /// Whether it is open at `now`, which the clocks of `place` show.
    pub(super) fn is_open(&self, now: DateTime<Utc>, place: &Location<'_>, clocks: &Clocks) -> bool {
        match self {
            Self::NotBefore(instant) => *instant <= now,
            _ => {
                place.clocks.iter().all(|local| self.is_open_at(local.time))
                    && self.also(clocks).all(|zone| self.is_open_at(zone.shows(now)))
            }
        }
    }

    /// The same at a time that the clocks of the place show as `shown`.
    fn is_open_by(&self, time: DateTime<Utc>, shown: &[NaiveDateTime], clocks: &Clocks) -> bool {
        match self {
            Self::NotBefore(instant) => *instant <= time,
            _ => {
                shown.iter().all(|local| self.is_open_at(*local))
                    && self.also(clocks).all(|zone| self.is_open_at(zone.shows(time)))
            }
        }
    }

    /// The earliest instant at or after `from` at which it is open; none within the horizon gives `None`.
    pub(super) fn opens(
        &self,
        from: DateTime<Utc>,
        place: &Location<'_>,
        clocks: &Clocks,
    ) -> Option<DateTime<Utc>> {
        if let Self::NotBefore(instant) = self {
            return Some(whole_second(from.max(*instant)));
        }
        let last = from.checked_add_signed(TimeDelta::days(HORIZON_DAYS))?;
        let mut time = from;
        // Moves through the zones until none moves the instant on.
        loop {
            let before = time;
            for zone in place.clocks.iter().map(|local| local.zone).chain(self.also(clocks)) {
                time = opens_in(time, zone, |date| self.day(date))?;
            }
            if time == before {
                return Some(time);
            }
            if time > last {
                return None;
            }
        }
    }

    /// The first instant after `now`, at which it is open, when one of its clocks shuts it: at the end of the day's
    /// window, or at midnight before a day that is not open. `None` where that is not before tomorrow's midnight.
    pub(super) fn shuts(
        &self,
        now: DateTime<Utc>,
        place: &Location<'_>,
        clocks: &Clocks,
    ) -> Option<DateTime<Utc>> {
        if matches!(self, Self::NotBefore(_)) {
            return None;
        }
        let zones = place.clocks.iter().map(|local| local.zone).chain(self.also(clocks));
        zones
            .filter_map(|zone| {
                let local = zone.shows(now);
                let tomorrow = local.date().checked_add_days(Days::new(1))?;
                let end = match self.day(local.date()) {
                    Day::Window(window, _) => local.date().and_time(window.closes()?),
                    _ => match self.day(tomorrow) {
                        Day::Open => return None,
                        Day::Shut | Day::Window(..) => tomorrow.and_time(NaiveTime::MIN),
                    },
                };
                instant(end, zone, now)
            })
            .min()
    }
}

/// One local day.
enum Day {
    Open,
    Shut,
    Window(DayWindow, NaiveTime),
}

impl Day {
    fn of(window: DayWindow) -> Self {
        window.opens().map_or(Self::Shut, |opens| Self::Window(window, opens))
    }
}

/// The earliest instant at or after `from` at which every gate is open at once.
///
/// Each gate in turn moves the instant on to its own next opening, until none moves it: no earlier instant can be
/// open for all. `None` where there is none within 400 days.
pub(super) fn common_opening<'g, 'b: 'g>(
    from: DateTime<Utc>,
    gates: impl Iterator<Item = &'g Gate<'b>> + Clone,
    place: &Location<'_>,
    clocks: &Clocks,
) -> Option<DateTime<Utc>> {
    let last = from.checked_add_signed(TimeDelta::days(HORIZON_DAYS))?;
    let mut time = from;
    while time <= last {
        let shown: SmallVec<[NaiveDateTime; 4]> =
            place.clocks.iter().map(|local| local.zone.shows(time)).collect();
        let mut next = time;
        for gate in gates.clone().filter(|gate| !gate.is_open_by(time, &shown, clocks)) {
            next = gate.opens(next, place, clocks)?;
        }
        if next == time {
            return Some(time);
        }
        time = next;
    }
    None
}

/// The instant itself, or the next whole second.
pub(super) fn whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    let rest = i64::from(time.timestamp_subsec_nanos().min(999_999_999));
    if rest == 0 {
        return time;
    }
    time.checked_add_signed(TimeDelta::nanoseconds(1_000_000_000 - rest)).unwrap_or(time)
}

/// The earliest instant at or after `from` at which the local day of one zone is open.
fn opens_in(from: DateTime<Utc>, zone: Zone<'_>, day: impl Fn(NaiveDate) -> Day) -> Option<DateTime<Utc>> {
    let local = zone.shows(from);
    match day(local.date()) {
        Day::Open => return Some(from),
        Day::Window(window, _) if window.contains(local.time()) => return Some(from),
        Day::Window(_, opens) => {
            // Still to come today, the second pass of a repeated hour included.
            if let Some(time) = instant(local.date().and_time(opens), zone, from) {
                return Some(time);
            }
        }
        Day::Shut => {}
    }
    let mut date = local.date();
    for _ in 0..=HORIZON_DAYS {
        date = date.checked_add_days(Days::new(1))?;
        let opens = match day(date) {
            Day::Shut => continue,
            Day::Open => NaiveTime::MIN,
            Day::Window(_, opens) => opens,
        };
        if let Some(time) = instant(date.and_time(opens), zone, from) {
            return Some(time);
        }
    }
    None
}

/// The first instant at or after `from` at which the clock of `zone` shows `local`; where the clock skips that time, the
/// first instant after the skip.
fn instant(local: NaiveDateTime, zone: Zone<'_>, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if let Some(Ok(first)) = zone.clock.map(|clock| clock.first(local, from)) {
        return first;
    }
    let zone = zone.tz;
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) => Some(time.to_utc()).filter(|time| *time >= from),
        LocalResult::Ambiguous(first, second) => {
            [first.to_utc(), second.to_utc()].into_iter().find(|time| *time >= from)
        }
        LocalResult::None => after_skip(local, zone).filter(|time| *time >= from),
    }
}

/// The end of the gap that `local` lies in: the first second at which the clock shows it or more.
fn after_skip(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let before = local.checked_sub_signed(TimeDelta::hours(26))?;
    let (mut shut, mut open) =
        (before.and_utc().timestamp(), local.checked_add_signed(TimeDelta::hours(26))?.and_utc().timestamp());
    while open - shut > 1 {
        let middle = shut + (open - shut) / 2;
        let shows = crate::book::shown_in(zone, DateTime::from_timestamp(middle, 0)?);
        if shows < local { shut = middle } else { open = middle }
    }
    DateTime::from_timestamp(open, 0)
}
