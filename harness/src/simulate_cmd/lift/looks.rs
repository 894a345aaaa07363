//! A look a day, and what was true.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_attribution::lift::{Answer, Lack, LiftRules, Measure, Range};
use fixedops_closed_loop::trial::{Comparison, Side, TrialPolicy, Trials, Unit, compare};

/// How many measures there are.
pub const MEASURES: usize = Measure::ALL.len();
/// The 97.5 % point of the normal distribution: what a range for one look at 95 % is made of.
pub const SINGLE_LOOK: f64 = 1.959_964;

/// The looks at one world.
#[derive(Debug, Default)]
pub struct Looks {
    next: DateTime<Utc>,
    end: DateTime<Utc>,
    /// What was said at each look at which anything could be, by measure.
    said: Vec<(DateTime<Utc>, [Option<Answer>; MEASURES])>,
    /// Households counted at the end.
    pub counted: u64,
    /// Of these those of which one of the two lives has nothing: they are in no truth.
    pub unmatched: u64,
    /// By measure.
    pub judged: [Judged; MEASURES],
}

/// One measure in one world.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Judged {
    /// Looks with a number.
    pub looks: u32,
    /// Whether the range missed the truth at any look: the mean over the households it was counted from.
    pub missed: bool,
    /// Whether it missed the mean over all households of the world that were counted by the end.
    pub missed_whole: bool,
    /// Whether the usual range for one look missed the first of these truths at any look.
    pub missed_by_single: bool,
    /// That truth over all, in the measure's unit; None where no household is in it.
    pub truth: Option<f64>,
    /// The last range.
    pub last: Option<Range>,
    /// What the last look without a number lacked.
    pub lack: Option<Lack>,
}

/// What speaking to a household made of it, by measure, and when it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Effect {
    counted_at: DateTime<Utc>,
    by_measure: [i64; MEASURES],
}

impl Looks {
    /// A look at the end of each day.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self { next: start + TimeDelta::days(1), end, ..Self::default() }
    }

    /// Looks at what is known at the end of each day before `at`.
    pub fn until(&mut self, at: DateTime<Utc>, trials: &Trials, policy: &TrialPolicy, rules: &LiftRules) {
        while self.next < at && self.next <= self.end {
            let as_of = self.next;
            self.next = as_of + TimeDelta::days(1);
            let units = trials.units(as_of, policy);
            if units.iter().all(|unit| unit.figures.is_none()) {
                continue;
            }
            let comparisons = compare(&units, as_of, policy, rules);
            let sides = |c: &&Comparison| (&c.one, &c.other) == (&Side::Treated, &Side::Control);
            let Some(compared) = comparisons.iter().find(sides) else { continue };
            let mut said = [None; MEASURES];
            for (said, (_, answer)) in said.iter_mut().zip(&compared.answers) {
                *said = Some(*answer);
            }
            self.said.push((as_of, said));
        }
    }

    /// Holds what was said against what is true: what each household did, spoken to and left alone, in the two lives of the
    /// world, which differ in nothing else.
    pub fn judge(&mut self, units: &[Unit], otherwise: &[Unit], policy: &TrialPolicy) {
        let (effects, unmatched) = effects(units, otherwise, policy);
        self.unmatched = unmatched;
        self.counted = effects.len() as u64 + unmatched;
        for (measure, judged) in self.judged.iter_mut().enumerate() {
            let said = self.said.iter().filter_map(|(at, said)| Some((*at, said.get(measure).copied()??)));
            let of = |effect: &Effect| effect.by_measure.get(measure).copied().unwrap_or(0);
            *judged = Judged::of(said, effects.iter().map(|effect| (effect.counted_at, of(effect))));
        }
    }
}

/// What speaking to each household made of it, in the order in which they are counted; and how many were counted that one of
/// the two lives has nothing of.
fn effects(units: &[Unit], otherwise: &[Unit], policy: &TrialPolicy) -> (Vec<Effect>, u64) {
    let key = |unit: &Unit| (unit.program.clone(), unit.season, unit.household.clone());
    let other: BTreeMap<_, &Unit> = otherwise.iter().map(|unit| (key(unit), unit)).collect();
    let (mut effects, mut unmatched) = (Vec::new(), 0);
    for unit in units {
        let Some(here) = unit.figures else { continue };
        let there =
            other.get(&key(unit)).filter(|there| there.placed_at == unit.placed_at && there.arm != unit.arm);
        let Some(there) = there.and_then(|there| there.figures) else {
            unmatched += 1;
            continue;
        };
        let spoken_to = Side::Treated.holds(unit);
        let after = |figures: &[(i64, i64); MEASURES], measure| {
            figures.get::<usize>(measure).map_or(0, |(_, after)| *after)
        };
        let by_measure = core::array::from_fn(|measure| {
            let difference = after(&here, measure) - after(&there, measure);
            if spoken_to { difference } else { -difference }
        });
        let counted_at = unit.placed_at + policy.outcome(&unit.program) + policy.settle();
        effects.push(Effect { counted_at, by_measure });
    }
    effects.sort_unstable();
    (effects, unmatched)
}

impl Judged {
    /// Holds the answers of the looks, in the order of time, against the effects, in the order in which they were counted.
    fn of(
        said: impl Iterator<Item = (DateTime<Utc>, Answer)>,
        effects: impl Iterator<Item = (DateTime<Utc>, i64)> + Clone,
    ) -> Self {
        let whole = mean(effects.clone().fold((0, 0), |(sum, count), (_, effect)| (sum + effect, count + 1)));
        let mut judged = Self { truth: whole, ..Self::default() };
        let mut so_far = (0, 0);
        let mut ahead = effects.peekable();
        for (as_of, answer) in said {
            while let Some((_, effect)) = ahead.next_if(|(counted_at, _)| *counted_at <= as_of) {
                so_far = (so_far.0 + effect, so_far.1 + 1);
            }
            let range = match answer {
                Answer::CannotSayYet { lack, .. } => {
                    judged.lack = Some(lack);
                    continue;
                }
                Answer::NoDifferenceYet { range, .. } | Answer::Differs(range) => range,
            };
            let outside =
                |truth: Option<f64>| truth.is_some_and(|truth| !(range.low..=range.high).contains(&truth));
            let truth = mean(so_far);
            let single = SINGLE_LOOK * range.standard_error;
            judged.looks = judged.looks.saturating_add(1);
            judged.missed |= outside(truth);
            judged.missed_whole |= outside(whole);
            judged.missed_by_single |= truth.is_some_and(|truth| (range.estimate - truth).abs() > single);
            judged.last = Some(range);
        }
        judged
    }
}

/// A sum over a number; None of nothing.
fn mean((sum, count): (i64, u32)) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "cents of some thousand households")]
    let sum = sum as f64;
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests;
