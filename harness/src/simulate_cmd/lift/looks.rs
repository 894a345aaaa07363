//! A look a day, and what was true.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_attribution::lift::{Answer, LiftRules, Measure, Range};
use fixedops_closed_loop::trial::{Side, TrialPolicy, Trials, Unit, compare};

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
    said: Vec<(DateTime<Utc>, [Option<Range>; MEASURES])>,
    /// Looks in all, with a number or without.
    pub days: u32,
    /// Households counted at the end, and those of which one of the two lives has nothing: they are in no truth.
    pub counted: u64,
    /// Of these those of which one of the two lives has nothing.
    pub unmatched: u64,
    /// By measure.
    pub judged: [Judged; MEASURES],
}

/// One measure in one world.
#[derive(Clone, Copy, Debug, Default)]
pub struct Judged {
    /// Looks with a number.
    pub looks: u32,
    /// Whether the range missed the truth at any look: the mean over the households it was counted from.
    pub missed: bool,
    /// Whether it missed the mean over all households of the world that were counted by the end.
    pub missed_whole: bool,
    /// Whether the usual range for one look missed the first of these truths at any look.
    pub missed_by_single: bool,
    /// That truth over all, in the measure's unit.
    pub truth: f64,
    /// The last range.
    pub last: Option<Range>,
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
            self.days = self.days.saturating_add(1);
            let units = trials.units(as_of, policy);
            if units.iter().all(|unit| unit.figures.is_none()) {
                continue;
            }
            let comparisons = compare(&units, as_of, policy, rules);
            let sides = |c: &&fixedops_closed_loop::trial::Comparison| {
                (&c.one, &c.other) == (&Side::Treated, &Side::Control)
            };
            let Some(compared) = comparisons.iter().find(sides) else { continue };
            let mut said = [None; MEASURES];
            for (said, (_, answer)) in said.iter_mut().zip(&compared.answers) {
                *said = match answer {
                    Answer::CannotSayYet { .. } => None,
                    Answer::NoDifferenceYet { range, .. } | Answer::Differs(range) => Some(*range),
                };
            }
            self.said.push((as_of, said));
        }
    }

    /// Holds what was said against what is true: what each household did, spoken to and left alone, in the two lives of the
    /// world, which differ in nothing else.
    pub fn judge(&mut self, units: &[Unit], otherwise: &[Unit], policy: &TrialPolicy) {
        let key = |unit: &Unit| (unit.program.clone(), unit.season, unit.household.clone());
        let other: BTreeMap<_, &Unit> = otherwise.iter().map(|unit| (key(unit), unit)).collect();
        // What speaking to each household made of it, in the order in which they are counted.
        let mut effects: Vec<(DateTime<Utc>, [i64; MEASURES])> = Vec::new();
        for unit in units {
            let Some(here) = unit.figures else { continue };
            self.counted += 1;
            let there = other
                .get(&key(unit))
                .filter(|there| there.placed_at == unit.placed_at && there.arm != unit.arm);
            let Some(there) = there.and_then(|there| there.figures) else {
                self.unmatched += 1;
                continue;
            };
            let spoken_to = Side::Treated.holds(unit);
            let counted_at = unit.placed_at + policy.outcome(&unit.program) + policy.settle();
            let effect = core::array::from_fn(|measure| {
                let after = |figures: &[(i64, i64); 3]| figures.get(measure).map_or(0, |(_, after)| *after);
                let difference = after(&here) - after(&there);
                if spoken_to { difference } else { -difference }
            });
            effects.push((counted_at, effect));
        }
        effects.sort_unstable();
        for (measure, judged) in self.judged.iter_mut().enumerate() {
            let of = |effect: &[i64; MEASURES]| effect.get(measure).copied().unwrap_or(0);
            let mean = |sum: i64, count: usize| {
                #[allow(clippy::cast_precision_loss, reason = "cents of some thousand households")]
                let mean = sum as f64 / count.max(1) as f64;
                mean
            };
            let whole = mean(effects.iter().map(|(_, effect)| of(effect)).sum(), effects.len());
            judged.truth = whole;
            let (mut sum, mut count) = (0, 0);
            let mut ahead = effects.iter().peekable();
            for (as_of, said) in &self.said {
                while let Some((_, effect)) = ahead.next_if(|(counted_at, _)| counted_at <= as_of) {
                    sum += of(effect);
                    count += 1;
                }
                let Some(range) = said.get(measure).copied().flatten() else { continue };
                let truth = mean(sum, count);
                judged.looks = judged.looks.saturating_add(1);
                judged.missed |= !(range.low..=range.high).contains(&truth);
                judged.missed_whole |= !(range.low..=range.high).contains(&whole);
                judged.missed_by_single |=
                    (range.estimate - truth).abs() > SINGLE_LOOK * range.standard_error;
                judged.last = Some(range);
            }
        }
    }
}
