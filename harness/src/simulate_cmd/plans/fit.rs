//! How strongly customers must respond for a scenario's share of declined lines to come back that would not have come by
//! themselves.

use std::collections::BTreeMap;

use super::arms::{Worlds, each};
use super::count::Counted;
use crate::outcome::CommandError;
use crate::simulation::{FollowUp, Setting};

/// Responses that are tried first, from the least that makes a difference to one at which everybody answers, in
/// thousandths.
const GRID: [u32; 8] = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000];
/// How often the two that lie on either side are brought nearer to each other.
const NEARER: u32 = 3;

/// What was found for a scenario.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// The scenario.
    pub percent: u32,
    /// The response, in thousandths.
    pub response: u32,
    /// Points it brings back in the worlds it was fitted in, beyond what came anyway: the mean over stores.
    pub points: f64,
    /// All stores together.
    pub counted: Counted,
}

/// The worlds a scenario is fitted in, and the plan.
pub struct Fit<'a> {
    /// The worlds.
    pub worlds: &'a Worlds,
    /// Their seeds.
    pub seeds: &'a [u64],
    /// Runs at the same time.
    pub workers: u32,
    /// The plan.
    pub follow_up: &'a FollowUp,
}

impl Fit<'_> {
    /// Finds for each scenario the response that comes nearest to it. On the same worlds a stronger response brings back
    /// more: along a grid the two responses on either side are looked for, then the straight line
    /// between them (over the logarithm of the response) is followed, [`NEARER`] times. The same answer for the same
    /// seeds, whatever the workers.
    ///
    /// # Errors
    /// Where no response of the grid recovers so much, or so little.
    pub fn of(&self, percents: &[u32], mut tell: impl FnMut()) -> Result<Vec<Fitted>, CommandError> {
        let none = self.counted(&Setting { follow_up: FollowUp::Never, ..Setting::shipped() })?;
        let mut known: BTreeMap<u32, (f64, Counted)> = BTreeMap::new();
        let mut share = |response: u32| -> Result<f64, CommandError> {
            if let Some((points, _)) = known.get(&response) {
                return Ok(*points);
            }
            let mut setting = Setting { follow_up: self.follow_up.clone(), ..Setting::shipped() };
            setting.parameters.declined.response.value = f64::from(response) / 1_000.0;
            let with = self.counted(&setting)?;
            let points = beyond(&with, &none);
            let all = with.iter().fold(Counted::default(), |sum, seed| sum.and(seed));
            tell();
            known.insert(response, (points, all));
            Ok(points)
        };
        let mut nearest = Vec::new();
        for &wanted in percents {
            let target = f64::from(wanted);
            let mut low: Option<(u32, f64)> = None;
            let mut high: Option<(u32, f64)> = None;
            for response in GRID {
                let point = (response, share(response)?);
                if point.1 >= target {
                    high = Some(point);
                    break;
                }
                low = Some(point);
            }
            let (Some(mut low), Some(mut high)) = (low, high) else {
                return Err(CommandError::failed(format!(
                    "no response of a quarter to 32 times brings back {wanted} %"
                )));
            };
            for _ in 0..NEARER {
                let between = between(low, high, target);
                if between == low.0 || between == high.0 {
                    break;
                }
                let point = (between, share(between)?);
                *(if point.1 >= target { &mut high } else { &mut low }) = point;
            }
            let nearer_low = (target - low.1).abs() < (high.1 - target).abs();
            nearest.push((wanted, if nearer_low { low.0 } else { high.0 }));
        }
        let fitted = nearest.into_iter().filter_map(|(percent, response)| {
            let (points, counted) = known.get(&response)?.clone();
            Some(Fitted { percent, response, points, counted })
        });
        Ok(fitted.collect())
    }

    /// What each store comes to.
    fn counted(&self, setting: &Setting) -> Result<Vec<Counted>, CommandError> {
        each(self.seeds, self.workers, |seed| {
            let folder = tempfile::tempdir()
                .map_err(|error| CommandError::failed(format!("cannot make a folder for a run: {error}")))?;
            self.worlds.run(*seed, setting, folder.path(), false)
        })
    }
}

/// Where the line through two points meets `target`, over the logarithm of the response.
fn between((low, below): (u32, f64), (high, above): (u32, f64), target: f64) -> u32 {
    let (from, to) = (f64::from(low).ln(), f64::from(high).ln());
    let share = if above > below { (target - below) / (above - below) } else { 0.5 };
    let met = (from + (to - from) * share.clamp(0.05, 0.95)).exp().round();
    // Between two responses of the grid.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let met = met as u32;
    met.clamp(low, high)
}

/// Points done here beyond what came anyway: store by store, the mean over stores.
#[allow(clippy::cast_precision_loss, reason = "far fewer lines than 2^52")]
fn beyond(with: &[Counted], none: &[Counted]) -> f64 {
    let percent = |counted: &Counted| 100.0 * counted.came_back as f64 / counted.lines.max(1) as f64;
    let sum: f64 = with.iter().zip(none).map(|(with, none)| percent(with) - percent(none)).sum();
    sum / with.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn the_next_response_lies_on_the_line_between_two() {
        // Half way in the logarithm.
        assert_eq!(between((1_000, 5.0), (4_000, 15.0), 10.0), 2_000);
        assert_eq!(between((1_000, 5.0), (1_001, 15.0), 10.0), 1_000, "no nearer than a thousandth");
        assert_eq!(between((1_000, 5.0), (4_000, 5.0), 10.0), 2_000, "a level line is halved");
        let near_the_end = between((1_000, 5.0), (4_000, 15.0), 5.0);
        assert!(near_the_end > 1_000, "the ends are known already");
    }
}
