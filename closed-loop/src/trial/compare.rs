//! Groups of households side by side, and what can be said of their difference.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_attribution::Arm;
use fixedops_attribution::lift::{Answer, Experiment, Group, LiftRules, Measure, lift};
use fixedops_vocab::{PolicyVersion, ProgramId};

use super::{TrialPolicy, Unit};

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a page must name each")]
pub enum Side {
    /// Everyone spoken to.
    Treated,
    /// Those spoken to on a plan.
    Plan(String),
    /// Those left alone.
    Control,
}

impl Side {
    /// Whether a household is on it.
    #[must_use]
    pub fn holds(&self, unit: &Unit) -> bool {
        match self {
            Self::Treated => unit.arm == Arm::Treated,
            Self::Plan(plan) => unit.arm == Arm::Treated && unit.plan.as_ref() == Some(plan),
            Self::Control => unit.arm == Arm::Control,
        }
    }
}

/// Two groups of households of a programme, and what can be said of their difference.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Comparison {
    /// The programme.
    pub program: ProgramId,
    /// The one group.
    pub one: Side,
    /// What it is compared with: the difference is the one's less the other's.
    pub other: Side,
    /// The version of the shares under which the households compared were placed: the last one used in the programme.
    pub policy: PolicyVersion,
    /// Households of the programme that were placed under other versions before: they are not compared.
    pub earlier: u64,
    /// Households placed in the one and the other, under that version.
    pub placed: (u64, u64),
    /// Households of them that are counted.
    pub counted: (u64, u64),
    /// Days over which what a household did counts.
    pub outcome_days: i64,
    /// What can be said, by measure in the order of [`Measure::ALL`].
    pub answers: Vec<(Measure, Answer)>,
}

/// The version of the shares that each programme used last: that of the place journalled last.
fn last_shares(units: &[Unit]) -> BTreeMap<&ProgramId, &PolicyVersion> {
    let mut last: BTreeMap<&ProgramId, (u64, &PolicyVersion)> = BTreeMap::new();
    for unit in units {
        let known = last.entry(&unit.program).or_insert((unit.position, &unit.policy));
        if unit.position > known.0 {
            *known = (unit.position, &unit.policy);
        }
    }
    last.into_iter().map(|(program, (_, policy))| (program, policy)).collect()
}

/// The units that are compared: those placed under the version of the shares that their programme used last.
///
/// Other shares are another experiment. A household stood on a side by other odds under them and in other months, so that
/// groups of both together would be of different months too.
pub fn compared(units: &[Unit]) -> impl Iterator<Item = &Unit> {
    let last = last_shares(units);
    units.iter().filter(move |unit| last.get(&unit.program) == Some(&&unit.policy))
}

/// What can be said of units at `as_of`: as [`Trials::compare`](super::Trials::compare), for units that were chosen otherwise.
#[must_use]
pub fn compare(
    units: &[Unit],
    as_of: DateTime<Utc>,
    policy: &TrialPolicy,
    rules: &LiftRules,
) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    for (program, shares) in last_shares(units) {
        let all = units.iter().filter(|unit| unit.program == *program);
        let (now, earlier): (Vec<&Unit>, Vec<&Unit>) = all.partition(|unit| unit.policy == *shares);
        for (one, other) in pairs(&now) {
            let (placed_one, groups_one) = grouped(&now, &one);
            let (placed_other, groups_other) = grouped(&now, &other);
            // A side that began later is reckoned at its own rate.
            let first = [&one, &other]
                .map(|side| now.iter().filter(|unit| side.holds(unit)).map(|unit| unit.placed_at).min());
            let begun = first[0].zip(first[1]).map(|(one, other)| one.max(other));
            let outcome = policy.outcome(program);
            let days = begun.map_or(0, |begun| (as_of - begun - outcome - policy.settle()).num_days());
            let sides = groups_one.iter().zip(&groups_other);
            let answers = Measure::ALL.iter().zip(sides).map(|(measure, (treated, control))| {
                let experiment = Experiment {
                    measure: *measure,
                    treated,
                    control,
                    planned_households: policy.planned_households(),
                    days: u32::try_from(days).unwrap_or(0),
                };
                (*measure, lift(&experiment, rules))
            });
            comparisons.push(Comparison {
                program: program.clone(),
                policy: shares.clone(),
                earlier: u64::try_from(earlier.len()).unwrap_or(u64::MAX),
                placed: (placed_one, placed_other),
                counted: (groups_one[0].households(), groups_other[0].households()),
                outcome_days: outcome.num_days(),
                answers: answers.collect(),
                one,
                other,
            });
        }
    }
    comparisons
}

/// Those spoken to and those left alone; each plan and those left alone; the first plan and each other.
fn pairs(units: &[&Unit]) -> Vec<(Side, Side)> {
    let plans: BTreeSet<&String> = units.iter().filter_map(|unit| unit.plan.as_ref()).collect();
    let plans: Vec<Side> = plans.into_iter().map(|plan| Side::Plan(plan.clone())).collect();
    let left_alone = units.iter().any(|unit| unit.arm == Arm::Control);
    let mut pairs = Vec::new();
    if left_alone || plans.is_empty() {
        pairs.push((Side::Treated, Side::Control));
        pairs.extend(plans.iter().map(|plan| (plan.clone(), Side::Control)));
    }
    if let Some((first, others)) = plans.split_first() {
        pairs.extend(others.iter().map(|other| (first.clone(), other.clone())));
    }
    pairs
}

/// How many units a side has, and those that are counted, by measure.
fn grouped(units: &[&Unit], side: &Side) -> (u64, [Group; 3]) {
    let (mut placed, mut groups) = (0, [Group::default(); 3]);
    for unit in units.iter().filter(|unit| side.holds(unit)) {
        placed += 1;
        for (group, (before, after)) in groups.iter_mut().zip(unit.figures.iter().flatten()) {
            group.add(*before, *after);
        }
    }
    (placed, groups)
}
