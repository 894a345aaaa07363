//! What was measured, for a reader and for a program.

use core::fmt;

use fixedops_attribution::lift::Measure;
use serde::Serialize;

use super::credits::{Graded, Matched};
use super::looks::SINGLE_LOOK;
use super::{Measured, Worlds};

/// All worlds together.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    program: String,
    control_percent: u8,
    first_seed: u64,
    worlds: u32,
    vehicles: u32,
    days: u32,
    /// Households counted at the end, all worlds together.
    households: u64,
    /// Of these those of which one of the two lives has nothing.
    unmatched: u64,
    measures: Vec<OfMeasure>,
    credits: Graded,
}

/// One measure over all worlds.
#[derive(Clone, Debug, Serialize)]
struct OfMeasure {
    measure: Measure,
    /// Worlds in which a number was shown at any look.
    spoke: u32,
    /// Looks with a number.
    looks: u64,
    /// Worlds in which the range missed the truth at any look.
    missed: u32,
    /// The same against the truth of all households counted by the end.
    missed_whole: u32,
    /// Worlds in which the usual range for one look missed at any.
    missed_by_single: u32,
    /// The widest range of a world's last look, against the usual one for one look.
    widest: f64,
    /// Mean over the worlds that spoke: the truth, the last estimate, half the last range.
    truth: f64,
    estimate: f64,
    reach: f64,
    /// Mean part of the variance that the period before took out.
    taken_out: f64,
}

impl Report {
    /// Adds up.
    pub fn of(worlds: &Worlds, program: &str, control_percent: u8, measured: &[Measured]) -> Self {
        let measures = (0..).zip(Measure::ALL).map(|(place, measure)| {
            let judged: Vec<_> =
                measured.iter().filter_map(|world| world.looks.judged.get::<usize>(place)).collect();
            let count = |is: &dyn Fn(&super::looks::Judged) -> bool| {
                u32::try_from(judged.iter().filter(|judged| is(judged)).count()).unwrap_or(u32::MAX)
            };
            let last: Vec<_> =
                judged.iter().filter_map(|judged| judged.last.map(|range| (judged, range))).collect();
            #[allow(clippy::cast_precision_loss, reason = "worlds, by the hundred")]
            let mean = |values: &mut dyn Iterator<Item = f64>| {
                values.fold(0.0, |sum, value| sum + value) / last.len().max(1) as f64
            };
            OfMeasure {
                measure: *measure,
                spoke: count(&|judged| judged.looks > 0),
                looks: judged.iter().map(|judged| u64::from(judged.looks)).sum(),
                missed: count(&|judged| judged.missed),
                missed_whole: count(&|judged| judged.missed_whole),
                missed_by_single: count(&|judged| judged.missed_by_single),
                widest: last
                    .iter()
                    .filter(|(_, range)| range.standard_error > 0.0)
                    .map(|(_, range)| (range.high - range.low) / (2.0 * SINGLE_LOOK * range.standard_error))
                    .fold(0.0, f64::max),
                truth: mean(&mut last.iter().map(|(judged, _)| judged.truth)),
                estimate: mean(&mut last.iter().map(|(_, range)| range.estimate)),
                reach: mean(&mut last.iter().map(|(_, range)| (range.high - range.low) / 2.0)),
                taken_out: mean(&mut last.iter().map(|(_, range)| range.taken_out)),
            }
        });
        Self {
            program: program.to_owned(),
            control_percent,
            first_seed: worlds.seed,
            worlds: worlds.seeds,
            vehicles: worlds.vehicles,
            days: worlds.days,
            households: measured.iter().map(|world| world.looks.counted).sum(),
            unmatched: measured.iter().map(|world| world.looks.unmatched).sum(),
            measures: measures.collect(),
            credits: measured.iter().fold(Graded::default(), |sum, world| sum.and(&world.credits)),
        }
    }
}

fn share(of: u64, all: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "orders, by the thousand")]
    let share = of as f64 / all as f64;
    if all == 0 { format!("- of {all}") } else { format!("{share:.3} of {all}") }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} stores of {} vehicles over {} days, from seed {}; {} % left alone in {}; {} households counted, {} of them in one \
             life only",
            self.worlds,
            self.vehicles,
            self.days,
            self.first_seed,
            self.control_percent,
            self.program,
            self.households,
            self.unmatched
        )?;
        for of in &self.measures {
            writeln!(
                f,
                "{}: the range missed the truth at any of {} daily looks in {} of {} stores ({} by the truth over the whole run); \
                 the usual range for one look in {}; a number in {} stores, at {} looks; at the end at most {:.3} times as wide \
                 as the usual one; truth {:.4}, estimate {:.4}, reach {:.4} for each household; the period before took out \
                 {:.1} % of the variance",
                of.measure,
                self.days,
                of.missed,
                self.worlds,
                of.missed_whole,
                of.missed_by_single,
                of.spoke,
                of.looks,
                of.widest,
                of.truth,
                of.estimate,
                of.reach,
                of.taken_out * 100.0
            )?;
        }
        let Graded { lines, twice, overpaid, with_token, without, rungs } = &self.credits;
        writeln!(
            f,
            "{lines} lines credited, {twice} of them twice at once; {overpaid} orders with more credited than paid"
        )?;
        for (place, matched) in
            [("where the appointment carries the token", with_token), ("where nothing does", without)]
        {
            let Matched { credited, credited_caused, caused, caused_credited } = *matched;
            writeln!(
                f,
                "{place}: precision {} orders credited, recall {} orders that a touch caused",
                share(credited_caused, credited),
                share(caused_credited, caused)
            )?;
        }
        for (rung, (credited, caused)) in rungs {
            writeln!(f, "{rung}: {} orders credited were caused by a touch", share(*caused, *credited))?;
        }
        Ok(())
    }
}
