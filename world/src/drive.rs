//! What an odometer truly shows, as a closed form of time: cheap at any instant, never falling.
//!
//! Calendar time becomes *driving time* by maps that each only rise (the hours of the day, the days of the week, the
//! season, good and bad stretches of every length); a car drives so many miles per day of driving time, and another
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
    pace: Pace,
    spans: Vec<Span>,
}

const COMMUTER: [f64; 8] = [0.0, 0.5, 1.65, 2.8, 3.95, 5.1, 6.25, 7.0];
const ERRANDS: [f64; 8] = [0.0, 1.1, 1.95, 2.8, 3.65, 4.5, 5.6, 7.0];

/// The longest stretches that differ: 256 weeks, then its halves and theirs, down to a quarter of a week.
const LONGEST: f64 = 256.0 * 7.0;
const HALVINGS: u32 = 10;
/// Periods of the first halvings are longer than sixteen weeks.
const LONG_HALVINGS: u32 = 4;
/// No stretch is driven more than so many times as fast as the long run: a day has so many hours.
const DENSEST: f64 = 6.0;

/// How a driver's time is spent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pace {
    /// The largest share by which a summer is above the mean.
    pub(crate) season: f64,
    /// How uneven one half of a period is to the other: standard deviation of the logarithm.
    pub(crate) uneven: f64,
    /// The same of periods longer than sixteen weeks.
    pub(crate) uneven_long: f64,
}

impl Drive {
    /// Driven `rate` miles a day from `from` on, when the odometer showed `miles`.
    pub(crate) fn new(draw: Draw, zone: Tz, pace: Pace, from: i64, miles: f64, rate: f64) -> Self {
        let swing = draw.between(0.2, 1.0, "season", 0) * pace.season.min(0.9);
        // Summer is the top: the sine rises from about the first of April, two weeks earlier or later by car.
        let phase = draw.between(-0.25, 0.25, "phase", 0) - core::f64::consts::TAU * 91.0 / YEAR;
        let mut drive = Self {
            draw,
            zone_offset: offset(zone, from),
            season: (swing, phase),
            week: if draw.chance(0.7, "commuter", 0) { COMMUTER } else { ERRANDS },
            pace,
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
        let (swing, phase) = self.season;
        let turn = core::f64::consts::TAU / YEAR;
        self.unevenly(time - swing / turn * libm::cos(time * turn + phase))
    }

    fn of_week(&self, weekday: f64, hours: f64) -> f64 {
        // A day of the week is 0 to 6.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let index = weekday as usize;
        let before = self.week.get(index).copied().unwrap_or(0.0);
        let after = self.week.get(index + 1).copied().unwrap_or(7.0);
        before + (after - before) * hours
    }

    /// Spends each half of a period faster or slower than the other, and each half of those, as a multiplicative
    /// cascade: measured drivers are nearly as uneven from half-year to half-year as from week to week. Halves together
    /// take as long as before, so that over the longest periods it runs as calendar time does.
    fn unevenly(&self, time: f64) -> f64 {
        // Cars do not turn over a new leaf on the same day.
        let shift = self.draw.between(0.0, LONGEST, "shift", 0);
        let periods = (time + shift) / LONGEST;
        let (whole, mut part) = (periods.floor(), periods - periods.floor());
        // A few dozen periods since 1970, a thousand times halved.
        #[allow(clippy::cast_possible_truncation)]
        let mut number = whole as i64;
        let (mut low, mut width, mut length) = (0.0, 1.0, 1.0);
        for level in 0..HALVINGS {
            length /= 2.0;
            let most = (DENSEST * length / width).clamp(0.5, 1.0);
            let first = self.first_half(level, number).clamp(1.0 - most, most);
            number *= 2;
            if part < 0.5 {
                width *= first;
                part *= 2.0;
            } else {
                low += width * first;
                width *= 1.0 - first;
                part = part * 2.0 - 1.0;
                number += 1;
            }
        }
        LONGEST * (whole + low + width * part) - shift
    }

    /// The share of a period's driving that falls into its first half.
    fn first_half(&self, level: u32, number: i64) -> f64 {
        // A number of its own for each half on each level.
        let size = self.draw.normal("uneven", named(number * 16 + i64::from(level)));
        let Pace { uneven, uneven_long, .. } = self.pace;
        let strength = if level < LONG_HALVINGS { uneven_long } else { uneven };
        1.0 / (1.0 + libm::exp(-strength * size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::HOUR;

    const PACE: Pace = Pace { season: 0.2, uneven: 0.3, uneven_long: 0.3 };

    fn drive(seed: u64) -> Drive {
        let start = 1_700_000_000;
        let zone = chrono_tz::America::New_York;
        let mut drive = Drive::new(Draw::new("t", seed, 0), zone, PACE, start, 12.0, 35.0);
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
    fn over_years_the_drivers_together_drive_their_rate() {
        let zone = chrono_tz::America::New_York;
        let driven = |seed| {
            let drive = Drive::new(Draw::new("t", seed, 0), zone, PACE, 1_700_000_000, 0.0, 30.0);
            let miles = drive.miles(1_700_000_000 + 4 * 365 * DAY) / (4.0 * 365.0);
            assert!((15.0..60.0).contains(&miles), "seed {seed}: {miles}");
            miles
        };
        let mean = (0..400).map(driven).sum::<f64>() / 400.0;
        assert!((29.0..31.0).contains(&mean), "{mean}");
    }

    #[test]
    fn good_and_bad_stretches_make_up_for_each_other_in_the_longest_period() {
        for seed in 0..40 {
            let drive = drive(seed);
            let shift = drive.draw.between(0.0, LONGEST, "shift", 0);
            for period in [8.0, 12.0, 13.0] {
                let ends = period * LONGEST - shift;
                assert!((drive.unevenly(ends) - ends).abs() < 1e-6, "seed {seed}: {period}");
                let middle = ends + LONGEST / 2.0;
                assert!((drive.unevenly(middle) - middle).abs() > 1e-3, "seed {seed}: {period}");
            }
        }
    }

    #[test]
    fn nobody_drives_more_than_a_day_holds_however_uneven() {
        let zone = chrono_tz::America::New_York;
        for seed in 0..40 {
            let pace = Pace { season: 0.2, uneven: 1.1, uneven_long: 1.1 };
            let drive = Drive::new(Draw::new("t", seed, 0), zone, pace, 1_600_000_000, 0.0, 30.0);
            let marks: Vec<f64> = (0..3_000).map(|day| drive.miles(1_600_000_000 + day * DAY)).collect();
            let most = marks.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
            // A Saturday of errands is 1.4 times the mean, a summer's day 1.2 times.
            assert!((60.0..30.0 * 1.4 * 1.2 * DENSEST).contains(&most), "seed {seed}: {most}");
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
