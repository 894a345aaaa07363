//! How strongly customers must respond for a scenario's share of declined lines to be recovered.

use std::collections::BTreeMap;

use fixedops_world::Parameters;

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
    /// What it recovers in the worlds it was fitted in.
    pub recovered: Counted,
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
    /// Finds for each scenario the response whose share of recovered lines is nearest to it. On the same worlds a stronger
    /// response recovers more: along a grid the two responses on either side are looked for, then the straight line
    /// between them (over the logarithm of the response) is followed, [`NEARER`] times. The same answer for the same
    /// seeds, whatever the workers.
    ///
    /// # Errors
    /// Where no response of the grid recovers so much, or so little.
    pub fn of(
        &self,
        percents: &[u32],
        mut tell: impl FnMut(u32, &Counted),
    ) -> Result<Vec<Fitted>, CommandError> {
        let mut known: BTreeMap<u32, Counted> = BTreeMap::new();
        let mut share = |response: u32| -> Result<f64, CommandError> {
            if let Some(counted) = known.get(&response) {
                return Ok(percent(counted));
            }
            let counted = self.at(f64::from(response) / 1_000.0)?;
            tell(response, &counted);
            let found = percent(&counted);
            known.insert(response, counted);
            Ok(found)
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
                    "no response of a quarter to 32 times has a recovery of {wanted} %"
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
            Some(Fitted { percent, response, recovered: known.get(&response)?.clone() })
        });
        Ok(fitted.collect())
    }

    fn at(&self, response: f64) -> Result<Counted, CommandError> {
        let mut setting = Setting { parameters: Parameters::shipped(), follow_up: self.follow_up.clone() };
        setting.parameters.declined.response.value = response;
        let counted = each(self.seeds, self.workers, |seed| {
            let folder = tempfile::tempdir()
                .map_err(|error| CommandError::failed(format!("cannot make a folder for a run: {error}")))?;
            self.worlds.run(*seed, &setting, folder.path(), false)
        })?;
        Ok(counted.iter().fold(Counted::default(), |sum, seed| sum.and(seed)))
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

/// Recovered of the declined lines, in percent.
#[allow(clippy::cast_precision_loss, reason = "far fewer lines than 2^52")]
fn percent(counted: &Counted) -> f64 {
    if counted.lines == 0 { 0.0 } else { 100.0 * counted.recovered as f64 / counted.lines as f64 }
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
