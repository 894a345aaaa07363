//! What an odometer truly shows, as a closed form of time: cheap at any instant, never falling.
//!
//! Calendar time becomes *driving time* by maps that each only rise (the hours of the day, the days of the week, good
//! and bad weeks, months and quarters, the season); a car drives so many miles per day of driving time, and another
//! number after a change of habit.

use chrono_tz::Tz;

use crate::clock::{DAY, YEAR, in_days, named, offset};
use crate::draw::Draw;

/// From when on a car is driven how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    /// Driving time at which it begins.
    from: f64,
    /// Miles a day.
    rate: f64,
    /// The odometer at its beginning.
    miles: f64,
}

/// How a car is driven.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Drive {
    draw: Draw,
    zone_offset: i64,
    /// Share by which the season swings, and when.
    season: (f64, f64),
    /// Driving of the days before each day of the week, Sunday first; a week is 7.
    week: [f64; 8],
    spans: Vec<Span>,
}

const COMMUTER: [f64; 8] = [0.0, 0.5, 1.65, 2.8, 3.95, 5.1, 6.25, 7.0];
const ERRANDS: [f64; 8] = [0.0, 1.1, 1.95, 2.8, 3.65, 4.5, 5.6, 7.0];

impl Drive {
    /// Driven `rate` miles a day from `from` on, when the odometer showed `miles`.
    pub(crate) fn new(draw: Draw, zone: Tz, season: f64, from: i64, miles: f64, rate: f64) -> Self {
        let swing = draw.between(0.2, 1.0, "season", 0) * season.min(0.9);
        // Summer is the top: the sine rises from about the first of April, two weeks earlier or later by car.
        let phase = draw.between(-0.25, 0.25, "phase", 0) - core::f64::consts::TAU * 91.0 / YEAR;
        let mut drive = Self {
            draw,
            zone_offset: offset(zone, from),
            season: (swing, phase),
            week: if draw.chance(0.7, "commuter", 0) { COMMUTER } else { ERRANDS },
            spans: Vec::new(),
        };
        drive.spans.push(Span { from: drive.time(from), rate, miles });
        drive
    }

    /// From `at` on it is driven `rate` miles a day. Changes come in the order of time.
    pub(crate) fn change(&mut self, at: i64, rate: f64) {
        let (from, miles) = (self.time(at), self.miles(at));
        if self.spans.last().is_some_and(|last| last.from <= from) {
            self.spans.push(Span { from, rate, miles });
        }
    }

    /// Miles a day at the end.
    pub(crate) fn last_rate(&self) -> f64 {
        self.spans.last().map_or(0.0, |span| span.rate)
    }

    /// What the odometer shows.
    pub(crate) fn miles(&self, at: i64) -> f64 {
        let time = self.time(at);
        let span = self.spans.iter().rev().find(|span| span.from <= time).or_else(|| self.spans.first());
        span.map_or(0.0, |span| span.miles + span.rate * (time - span.from).max(0.0))
    }

    /// When the odometer first shows `miles`, to the minute, if that is after `after` and within forty years.
    pub(crate) fn when(&self, miles: f64, after: i64) -> Option<i64> {
        let (mut low, mut step) = (after, 64 * DAY);
        let mut high = after;
        while self.miles(high) < miles {
            low = high;
            high += step;
            step *= 2;
            if high - after > 15_000 * DAY {
                return None;
            }
        }
        while high - low > 60 {
            let middle = low + (high - low) / 2;
            if self.miles(middle) < miles { low = middle } else { high = middle }
        }
        Some(high)
    }

    /// Driving time, in days: it only rises, and over years it runs as calendar time does.
    fn time(&self, at: i64) -> f64 {
        let local = in_days(at + self.zone_offset);
        let day = local.floor();
        // Weeks are counted from Sunday, 28 December 1969; a day is driven between 7 and 20 o'clock.
        let days = day + 4.0;
        let week = (days / 7.0).floor();
        let weekday = days - week * 7.0;
        let hours = (((local - day) * 24.0 - 7.0) / 13.0).clamp(0.0, 1.0);
        let time = week * 7.0 + self.of_week(weekday, hours);
        let time = self.unevenly(time, 7.0, 0.30, "week");
        let time = self.unevenly(time, 28.0, 0.22, "month");
        let time = self.unevenly(time, 91.0, 0.16, "quarter");
        let (swing, phase) = self.season;
        let turn = core::f64::consts::TAU / YEAR;
        time - swing / turn * libm::cos(time * turn + phase)
    }

    fn of_week(&self, weekday: f64, hours: f64) -> f64 {
        // A day of the week is 0 to 6.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let index = weekday as usize;
        let before = self.week.get(index).copied().unwrap_or(0.0);
        let after = self.week.get(index + 1).copied().unwrap_or(7.0);
        before + (after - before) * hours
    }

    /// Moves every mark between periods by up to `strength` of a period, and what lies between with it.
    fn unevenly(&self, time: f64, period: f64, strength: f64, name: &str) -> f64 {
        let whole = (time / period).floor();
        let part = time / period - whole;
        // A few thousand periods since 1970.
        #[allow(clippy::cast_possible_truncation)]
        let number = whole as i64;
        let mark = |number: i64| self.draw.between(-strength, strength, name, named(number));
        let (this, next) = (mark(number), mark(number + 1));
        period * (whole + this + part * (1.0 + next - this))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::HOUR;

    fn drive(seed: u64) -> Drive {
        let start = 1_700_000_000;
        let zone = chrono_tz::America::New_York;
        let mut drive = Drive::new(Draw::new("t", seed, 0), zone, 0.2, start, 12.0, 35.0);
        drive.change(start + 200 * DAY, 60.0);
        drive.change(start + 300 * DAY, 0.0);
        drive.change(start + 360 * DAY, 20.0);
        drive
    }

    #[test]
    fn an_odometer_never_falls() {
        for seed in 0..40 {
            let drive = drive(seed);
            let shown: Vec<f64> =
                (0..6_000).map(|hour| drive.miles(1_699_000_000 + hour * 3 * HOUR)).collect();
            assert!(shown.windows(2).all(|pair| pair[0] <= pair[1]), "seed {seed}");
        }
    }

    #[test]
    fn over_a_year_it_drives_its_rate() {
        let zone = chrono_tz::America::New_York;
        for seed in 0..40 {
            let drive = Drive::new(Draw::new("t", seed, 0), zone, 0.2, 1_700_000_000, 0.0, 30.0);
            let miles = drive.miles(1_700_000_000 + 4 * 365 * DAY) / (4.0 * 365.0);
            assert!((27.0..33.0).contains(&miles), "seed {seed}: {miles}");
        }
    }

    #[test]
    fn when_is_the_inverse_of_miles() {
        let drive = drive(5);
        for target in [500.0, 7_000.0, 9_000.0, 14_000.0] {
            let at = drive.when(target, 1_700_000_000).unwrap();
            assert!((drive.miles(at) - target).abs() < 1.0, "{target}");
        }
        assert_eq!(drive.when(1e9, 1_700_000_000), None);
    }
}
