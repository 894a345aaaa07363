use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
    Weekday,
};
use chrono_tz::Tz;

use crate::book::{Calendar, DayWindow};

/// How far ahead an opening is searched, in days.
const HORIZON_DAYS: i64 = 400;

/// Something that holds a message back for a while: at any instant it is open or shut.
#[derive(Debug)]
pub(super) enum Gate<'a> {
    /// Local windows, open only where every zone is inside.
    Hours { zones: Vec<Tz>, mon_fri: DayWindow, saturday: DayWindow, sunday: DayWindow },
    /// Shut on holidays in every zone, but for a window.
    Holidays { zones: Vec<Tz>, calendar: &'a Calendar, window: Option<DayWindow> },
    /// Shut before an instant.
    NotBefore(DateTime<Utc>),
}

impl Gate<'_> {
    /// The earliest instant at or after `from` at which it is open; none within the horizon gives `None`.
    pub(super) fn opens(&self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::NotBefore(instant) => Some(whole_second(from.max(*instant))),
            Self::Hours { zones, mon_fri, saturday, sunday } => {
                let window = |date: NaiveDate| match date.weekday() {
                    Weekday::Sat => *saturday,
                    Weekday::Sun => *sunday,
                    _ => *mon_fri,
                };
                earliest(from, zones, |time, zone| opens_in(time, zone, |date| Day::of(window(date))))
            }
            Self::Holidays { zones, calendar, window } => earliest(from, zones, |time, zone| {
                opens_in(time, zone, |date| match (calendar.holds(date), window) {
                    (false, _) => Day::Open,
                    (true, None) => Day::Shut,
                    (true, Some(window)) => Day::of(*window),
                })
            }),
        }
    }

    /// Whether it is open at `now`.
    pub(super) fn is_open(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::NotBefore(instant) => *instant <= now,
            _ => self.opens(now) == Some(now),
        }
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
pub(super) fn common_opening<'a>(
    from: DateTime<Utc>,
    gates: impl Iterator<Item = &'a Gate<'a>> + Clone,
) -> Option<DateTime<Utc>> {
    let last = from.checked_add_signed(TimeDelta::days(HORIZON_DAYS))?;
    let mut time = from;
    loop {
        let before = time;
        for gate in gates.clone() {
            time = gate.opens(time)?;
        }
        if time == before {
            return Some(time);
        }
        if time > last {
            return None;
        }
    }
}

/// The instant itself, or the next whole second.
pub(super) fn whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    let rest = i64::from(time.timestamp_subsec_nanos().min(999_999_999));
    if rest == 0 {
        return time;
    }
    time.checked_add_signed(TimeDelta::nanoseconds(1_000_000_000 - rest)).unwrap_or(time)
}

/// Moves through the zones until none moves the instant on.
fn earliest(
    from: DateTime<Utc>,
    zones: &[Tz],
    opens: impl Fn(DateTime<Utc>, Tz) -> Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    let last = from.checked_add_signed(TimeDelta::days(HORIZON_DAYS))?;
    let mut time = from;
    loop {
        let before = time;
        for zone in zones {
            time = opens(time, *zone)?;
        }
        if time == before {
            return Some(time);
        }
        if time > last {
            return None;
        }
    }
}

/// The earliest instant at or after `from` at which the local day of one zone is open.
fn opens_in(from: DateTime<Utc>, zone: Tz, day: impl Fn(NaiveDate) -> Day) -> Option<DateTime<Utc>> {
    let local = from.with_timezone(&zone).naive_local();
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
fn instant(local: NaiveDateTime, zone: Tz, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
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
        let shows = DateTime::from_timestamp(middle, 0)?.with_timezone(&zone).naive_local();
        if shows < local { shut = middle } else { open = middle }
    }
    DateTime::from_timestamp(open, 0)
}
