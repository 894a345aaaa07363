//! What is asked: where an odometer stood later, knowing only what was known then.

use core::fmt;
use core::str::FromStr;

use chrono::{DateTime, Utc};
use fixedops_odometer_core::Reading;

use super::histories::{History, day};
use super::line::{Point, not_voided, plausible_run};

/// How far ahead is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Horizon {
    /// The next visit, 20 to 400 days ahead.
    Visit,
    /// So many days, and up to 45 more until somebody looked.
    Days(u16),
}

impl FromStr for Horizon {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "visit" => Ok(Self::Visit),
            text => match text.parse() {
                Ok(days @ 1..=3_650) => Ok(Self::Days(days)),
                _ => Err(format!("{text:?} is neither visit nor 1 to 3650 days")),
            },
        }
    }
}

impl fmt::Display for Horizon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Visit => f.write_str("the next visit, 20 to 400 days ahead"),
            Self::Days(days) => write!(f, "{days} to {} days ahead", days + 45),
        }
    }
}

/// Questions about one vehicle are at most so many, spread over its history: the longest logs would take all the time.
const MOST: usize = 60;
/// Readings on the line before the first question.
const BEFORE: usize = 2;
/// A vehicle is asked about from so many readings on its line.
const FEWEST: usize = 4;
/// Of a vehicle's readings, those on its line, in tenths: below, the line is no truth.
const LEAST_TENTHS: usize = 8;

/// One question.
pub struct Question {
    /// Which vehicle: its place among all.
    pub vehicle: usize,
    /// What was known, as it was written.
    pub known: Vec<Reading>,
    /// The same, without what Fleetio's rule voids.
    pub not_voided: Vec<Point>,
    /// The same, on the longest plausible run.
    pub run: Vec<Point>,
    /// Then.
    pub as_of: DateTime<Utc>,
    /// When the odometer is asked for.
    pub at: DateTime<Utc>,
    /// What it showed, miles.
    pub truth: f64,
}

impl Question {
    /// Days from the last reading to the moment asked for.
    pub fn ahead(&self) -> f64 {
        day(self.at) - day(self.as_of)
    }
}

/// All questions over one horizon.
pub struct Questions {
    /// How far ahead.
    pub horizon: Horizon,
    /// They, vehicle by vehicle.
    pub all: Vec<Question>,
    /// Vehicles that are not asked about: too few readings on a line, or none far enough ahead.
    pub too_short: usize,
    /// Vehicles that are not asked about: fewer than four in five readings lie on one line, so nobody knows the truth.
    pub no_line: usize,
}

impl Questions {
    /// Asks about every vehicle whose truth is known: the readings on its longest plausible run, which is nobody's
    /// judgement but plain arithmetic. Questions about a vehicle do not overlap in time.
    pub fn of(histories: &[History], horizon: Horizon) -> Self {
        let mut questions = Self { horizon, all: Vec::new(), too_short: 0, no_line: 0 };
        for (vehicle, history) in histories.iter().enumerate() {
            questions.ask(vehicle, history);
        }
        questions
    }

    fn ask(&mut self, vehicle: usize, history: &History) {
        let readable: Vec<&Reading> =
            history.readings.iter().filter(|reading| reading.raw.to_miles().is_some()).collect();
        let points = History::points(&history.readings);
        let line: Vec<(&Reading, Point)> = plausible_run(&points)
            .into_iter()
            .filter_map(|place| Some((*readable.get(place)?, *points.get(place)?)))
            .collect();
        if line.len() < FEWEST {
            self.too_short += 1;
            return;
        }
        if line.len() * 10 < history.readings.len() * LEAST_TENTHS {
            self.no_line += 1;
            return;
        }
        let (least, most) = match self.horizon {
            Horizon::Visit => (20.0, 400.0),
            Horizon::Days(days) => (f64::from(days), f64::from(days) + 45.0),
        };
        let mut asked = Vec::new();
        let mut place = BEFORE - 1;
        while let Some((now, from)) = line.get(place) {
            let later = line.iter().enumerate().skip(place + 1);
            let next = later.into_iter().find(|(_, (_, point))| point.day - from.day >= least);
            match next {
                Some((next, (then, truth))) if truth.day - from.day <= most => {
                    asked.push((now.read_at, then.read_at, truth.miles));
                    place = next;
                }
                _ => place += 1,
            }
        }
        if asked.is_empty() {
            self.too_short += 1;
        }
        let every = asked.len().div_ceil(MOST).max(1);
        for (as_of, at, truth) in asked.into_iter().step_by(every) {
            let known: Vec<Reading> =
                history.readings.iter().filter(|reading| reading.known_at(as_of)).copied().collect();
            let points = History::points(&known);
            if points.is_empty() {
                continue;
            }
            let run = plausible_run(&points).into_iter().filter_map(|place| points.get(place).copied());
            let run = run.collect();
            let not_voided = not_voided(&points);
            self.all.push(Question { vehicle, known, not_voided, run, as_of, at, truth });
        }
    }
}

#[cfg(test)]
mod tests {
    use fixedops_vocab::{DistanceUnit, RawOdometer};

    use super::*;

    /// Readings of a car that drives 30 miles a day.
    fn history(days: &[i64]) -> History {
        let reading = |day: &i64| {
            let at = DateTime::from_timestamp(1_700_000_000 + day * 86_400, 0).unwrap();
            Reading::reported(at, RawOdometer::new((10_000 + day * 30) * 1_000, DistanceUnit::Miles))
        };
        History { readings: days.iter().map(reading).collect() }
    }

    fn asked(questions: &Questions) -> Vec<(f64, f64)> {
        let start = 1_700_000_000.0 / 86_400.0;
        let days = |question: &Question| (day(question.as_of) - start, day(question.at) - start);
        questions.all.iter().map(days).map(|(a, b)| (a.round(), b.round())).collect()
    }

    #[test]
    fn questions_do_not_overlap_and_only_what_was_known_is_told() {
        let history = [history(&[0, 10, 50, 60, 100, 700, 710, 740])];
        let visits = Questions::of(&history, Horizon::Visit);
        assert_eq!(asked(&visits), [(10.0, 50.0), (50.0, 100.0), (700.0, 740.0)]);
        let days = Questions::of(&history, Horizon::Days(45));
        assert_eq!(asked(&days), [(10.0, 60.0)]);
        for question in visits.all.iter().chain(&days.all) {
            assert!(question.known.iter().all(|reading| reading.read_at <= question.as_of));
            assert!(question.run.iter().all(|point| point.miles < question.truth));
            assert!(question.ahead() >= 20.0);
        }
    }

    #[test]
    fn vehicles_without_a_truth_are_counted_and_not_asked_about() {
        let mut wrong = history(&[0, 40, 80, 120, 160, 200]);
        for reading in wrong.readings.iter_mut().step_by(2) {
            reading.raw = RawOdometer::new(5_000, DistanceUnit::Miles);
        }
        let found = Questions::of(&[history(&[0, 40]), wrong, history(&[0, 1, 2, 3, 4])], Horizon::Visit);
        assert_eq!((found.all.len(), found.too_short, found.no_line), (0, 2, 1));
    }
}
