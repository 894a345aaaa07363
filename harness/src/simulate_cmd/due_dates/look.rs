//! One look at one car: what we say, what happened.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_odometer_core::{Model, Posterior, Schedule, assess};
use fixedops_vocab::IdError;
use fixedops_world::World;

use super::guess::{days, flat_calendar, lifetime_average};
use super::known::records;
use crate::simulation::Draw;

/// Looks at each car.
pub const LOOKS: u32 = 4;
/// The chance at which a service counts as crossed; the range does not depend on it.
const LEVEL: f64 = 0.5;

/// Where the truth lay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Earlier than p10.
    Before,
    /// From p10 to p90.
    Within,
    /// Later than p90.
    After,
}

/// A range was given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answered {
    /// Where the truth lay.
    pub side: Side,
    /// p90 lies past the model's horizon: whatever comes after p10 counts as within.
    pub open: bool,
    /// Days since the last reading that counts.
    pub stale: f64,
    /// Days off: p50, the flat calendar, the lifetime average. None where one of them names no day.
    pub off: Option<[f64; 3]>,
}

/// Why none was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// No oil service and no delivery is known, or not at how many miles.
    NoBaseline,
    /// No habit is learned.
    NoHabit,
    /// All of the range lies past the model's horizon.
    PastHorizon,
    /// The odometer was already read past it: there is nothing to foretell.
    ReadPastIt,
}

/// What a look came to.
pub type Look = Result<Answered, Silence>;

/// p10, p50 and p90 of a due date; None past the model's horizon.
type Range = (DateTime<Utc>, Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// The looks at every customer's car of a world, car by car.
pub fn of_world(
    world: &World,
    seed: u64,
    rooftop: u32,
    schedule: &Schedule,
    model: &Model,
) -> Result<Vec<Vec<Look>>, IdError> {
    let mut cars = Vec::new();
    let run = (world.end() - world.start()).num_seconds();
    let Some(rule) = schedule.rules().first() else { return Ok(cars) };
    for (vehicle, records) in records(world)? {
        let mut looks = Vec::new();
        for number in 0..LOOKS {
            // Chosen by seed and names alone: neither readings nor the truth have a say in when we look.
            let drawn = Draw(seed).unit(&format!("look/{rooftop}/{vehicle}/{number}"));
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_precision_loss,
                reason = "some years of seconds"
            )]
            let at = world.start() + TimeDelta::seconds((drawn * run as f64) as i64);
            let Some(known) = records.known_at(at, model) else { continue };
            let posterior = Posterior::fit(&known.readings, &[], at, model);
            let Some(baseline) = known.baseline else {
                looks.push(Err(Silence::NoBaseline));
                continue;
            };
            let assessment = assess(rule, &baseline, &posterior, at, LEVEL);
            let Some(due) = assessment.due_miles else {
                looks.push(Err(Silence::NoBaseline));
                continue;
            };
            if posterior.last_reading().is_some_and(|last| last >= due) {
                looks.push(Err(Silence::ReadPastIt));
                continue;
            }
            if assessment.p_due.is_none() {
                looks.push(Err(Silence::NoHabit));
                continue;
            }
            let Some(p10) = assessment.due_p10 else {
                looks.push(Err(Silence::PastHorizon));
                continue;
            };
            let truth = world.reaches(&vehicle, due);
            let range = (p10, assessment.due_p50, assessment.due_p90);
            let stale = posterior.last_reading_at().map_or(0.0, |last| days(last, at));
            looks.push(Ok(compared(&known.accepted, stale, due.as_f64(), range, truth)));
        }
        if !looks.is_empty() {
            cars.push(looks);
        }
    }
    Ok(cars)
}

/// A range against the truth. The road goes on past the end of the run, so no truth is cut off; a mileage not reached in
/// forty years lies after everything.
fn compared(
    accepted: &[(DateTime<Utc>, f64)],
    stale: f64,
    due: f64,
    (p10, p50, p90): Range,
    truth: Option<DateTime<Utc>>,
) -> Answered {
    let side = match truth {
        Some(truth) if truth < p10 => Side::Before,
        Some(truth) if p90.is_none_or(|p90| truth <= p90) => Side::Within,
        None if p90.is_none() => Side::Within,
        _ => Side::After,
    };
    let off = || {
        let (truth, p50, (last, _)) = (truth?, p50?, accepted.last()?);
        let from_last = days(*last, truth);
        Some([
            days(truth, p50).abs(),
            (flat_calendar(accepted, due)? - from_last).abs(),
            (lifetime_average(accepted, due)? - from_last).abs(),
        ])
    };
    Answered { side, open: p90.is_none(), stale, off: off() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    #[test]
    fn a_truth_is_before_within_or_after() {
        for (case, p90, truth, side) in [
            ("a day early", Some(40), Some(9), Side::Before),
            ("on p10", Some(40), Some(10), Side::Within),
            ("on p90", Some(40), Some(40), Side::Within),
            ("a day late", Some(40), Some(41), Side::After),
            ("never", Some(40), None, Side::After),
            ("past a range without end", None, Some(9_000), Side::Within),
            ("before a range without end", None, Some(9), Side::Before),
        ] {
            let range = (day(10), Some(day(20)), p90.map(day));
            let found = compared(&[], 3.0, 7_500.0, range, truth.map(day));
            assert_eq!((found.side, found.open, found.off), (side, p90.is_none(), None), "{case}");
        }
    }

    #[test]
    fn days_off_are_counted_from_the_true_day() {
        let accepted = [(day(0), 0.0), (day(100), 3_000.0)];
        let range = (day(200), Some(day(240)), Some(day(300)));
        let [ours, flat, lifetime] = compared(&accepted, 0.0, 7_500.0, range, Some(day(230))).off.unwrap();
        // 4,500 miles to go: 150 days at 30 miles a day, 121.75 at 36.96.
        assert!((ours - 10.0).abs() < 1e-9 && (lifetime - 20.0).abs() < 1e-9 && (flat - 8.25).abs() < 0.01);
    }
}
