//! What was measured, for a reader and for a program.

use core::fmt;

use fixedops_attribution::lift::{Lack, Measure};
use serde::Serialize;

use super::bars::{self, Bar, Bars};
use super::credits::{Graded, share};
use super::looks::{Judged, SINGLE_LOOK};
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
    /// Households of each group before a number is shown, and of them with a figure other than zero.
    least: (u64, u64),
    /// Households planned for each world.
    planned: u64,
    /// Households counted at the end, all worlds together.
    households: u64,
    /// Of these those of which one of the two lives has nothing.
    unmatched: u64,
    measures: Vec<OfMeasure>,
    credits: Graded,
    /// Precision and recall of the credited lines; null of nothing.
    precision: OfLines,
    recall: OfLines,
    /// The same where the appointment carries a token of the very case, and elsewhere.
    precision_own_token: OfLines,
    recall_own_token: OfLines,
    bars_version: String,
    /// Whether the bars decide over the exit status.
    judged: bool,
    bars: Vec<Bar>,
}

/// By whether the order's appointment carries a token: any, or one of the very case.
#[derive(Clone, Copy, Debug, Serialize)]
struct OfLines {
    with_token: Option<f64>,
    without: Option<f64>,
}

/// One measure over all worlds. Null where no number was shown.
#[derive(Clone, Debug, Serialize)]
struct OfMeasure {
    measure: Measure,
    /// Worlds in which a number was shown at any look.
    spoke: u32,
    /// Looks with a number.
    looks: u64,
    /// Worlds in which the range missed the truth at any look.
    missed: Option<u32>,
    /// The same against the truth of all households counted by the end.
    missed_whole: Option<u32>,
    /// Worlds in which the usual range for one look missed at any.
    missed_by_single: Option<u32>,
    /// Worlds that showed a number and counted the households planned.
    at_planned_end: u32,
    /// The widest range of their last looks, against the usual one for one look.
    widest: Option<f64>,
    /// Mean over the worlds that spoke: the truth, the last estimate, half the last range.
    truth: Option<f64>,
    estimate: Option<f64>,
    reach: Option<f64>,
    /// Mean part of the variance that the period before took out.
    taken_out: Option<f64>,
    /// Of the worlds that never spoke: what was lacking at the last look.
    lacking: Option<Lacking>,
}

/// What worlds without a number lacked at their last look.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Lacking {
    /// Worlds that lacked households in the smaller group, and those whose households had too few figures other than zero.
    households: u32,
    responding: u32,
    /// The largest number that any of them had of what it lacked, and what it needed.
    most: u64,
    need: u64,
}

impl OfMeasure {
    fn of(measure: Measure, judged: &[(&Judged, bool)]) -> Self {
        let spoke: Vec<_> = judged
            .iter()
            .filter_map(|(judged, end)| judged.last.map(|range| (judged, range, *end)))
            .collect();
        let count = |is: &dyn Fn(&Judged) -> bool| {
            let found = spoke.iter().filter(|(judged, ..)| is(judged)).count();
            (!spoke.is_empty()).then(|| u32::try_from(found).unwrap_or(u32::MAX))
        };
        let at_end = spoke.iter().filter(|(_, range, end)| *end && range.standard_error > 0.0);
        let widths = at_end
            .clone()
            .map(|(_, range, _)| (range.high - range.low) / (2.0 * SINGLE_LOOK * range.standard_error));
        Self {
            measure,
            spoke: count(&|_| true).unwrap_or(0),
            looks: judged.iter().map(|(judged, _)| u64::from(judged.looks)).sum(),
            missed: count(&|judged| judged.missed),
            missed_whole: count(&|judged| judged.missed_whole),
            missed_by_single: count(&|judged| judged.missed_by_single),
            at_planned_end: u32::try_from(at_end.count()).unwrap_or(u32::MAX),
            widest: widths.reduce(f64::max),
            truth: mean(spoke.iter().filter_map(|(judged, ..)| judged.truth)),
            estimate: mean(spoke.iter().map(|(_, range, _)| range.estimate)),
            reach: mean(spoke.iter().map(|(_, range, _)| (range.high - range.low) / 2.0)),
            taken_out: mean(spoke.iter().map(|(_, range, _)| range.taken_out)),
            lacking: Lacking::of(judged.iter().filter(|(judged, _)| judged.last.is_none()).map(|(j, _)| *j)),
        }
    }
}

impl Lacking {
    fn of<'a>(judged: impl Iterator<Item = &'a Judged>) -> Option<Self> {
        let mut lacking: Option<Self> = None;
        for lack in judged.filter_map(|judged| judged.lack) {
            let known = lacking.get_or_insert(Self { households: 0, responding: 0, most: 0, need: 0 });
            let (Lack::Households { have, need } | Lack::Responding { have, need }) = lack;
            match lack {
                Lack::Households { .. } => known.households += 1,
                Lack::Responding { .. } => known.responding += 1,
            }
            if have >= known.most {
                (known.most, known.need) = (have, need);
            }
        }
        lacking
    }
}

/// None of nothing.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

impl Report {
    /// Adds up. The bars decide where there are stores enough, or where it is asked for.
    pub fn of(
        study: &super::Study<'_>,
        percent: u8,
        measured: &[Measured],
        bars: &Bars,
        asked: bool,
    ) -> Self {
        let worlds: &Worlds = study.worlds;
        let measures: Vec<_> = (0..)
            .zip(Measure::ALL)
            .map(|(place, measure)| {
                let judged = measured.iter().filter_map(|world| {
                    let at_end = world.looks.counted >= study.planned;
                    world.looks.judged.get::<usize>(place).map(|judged| (judged, at_end))
                });
                OfMeasure::of(*measure, &judged.collect::<Vec<_>>())
            })
            .collect();
        let credits = measured.iter().fold(Graded::default(), |sum, world| sum.and(&world.credits));
        let judged: Vec<_> = measures
            .iter()
            .map(|of| bars::OfMeasure {
                name: of.measure.as_str(),
                spoke: of.spoke,
                missed: of.missed.unwrap_or(0),
                widest: of.widest,
            })
            .collect();
        let (lines, own) = (&credits.lines, &credits.lines_own_token);
        Self {
            program: study.program.to_owned(),
            control_percent: percent,
            first_seed: worlds.seed,
            worlds: worlds.seeds,
            vehicles: worlds.vehicles,
            days: worlds.days,
            least: (study.rules.minimum_households, study.rules.minimum_responding),
            planned: study.planned,
            households: measured.iter().map(|world| world.looks.counted).sum(),
            unmatched: measured.iter().map(|world| world.looks.unmatched).sum(),
            precision: OfLines {
                with_token: lines.with_token.precision(),
                without: lines.without.precision(),
            },
            recall: OfLines { with_token: lines.with_token.recall(), without: lines.without.recall() },
            precision_own_token: OfLines {
                with_token: own.with_token.precision(),
                without: own.without.precision(),
            },
            recall_own_token: OfLines { with_token: own.with_token.recall(), without: own.without.recall() },
            bars_version: bars.version().to_string(),
            judged: asked || bars.judge(worlds.seeds),
            bars: bars.of(&judged, &credits),
            measures,
            credits,
        }
    }

    /// Whether a bar that decides was not reached.
    pub fn failed(&self) -> bool {
        self.judged && self.bars.iter().any(|bar| bar.holds == Some(false))
    }
}

/// A share of a number, in words.
fn words(of: u64, all: u64) -> String {
    share(of, all).map_or_else(|| format!("none of {all}"), |share| format!("{share:.3} of {all}"))
}

/// A number with its digits, or that there is none.
fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "no number".to_owned(), |value| format!("{value:.digits$}"))
}

impl fmt::Display for OfMeasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(missed), Some(whole), Some(single)) =
            (self.missed, self.missed_whole, self.missed_by_single)
        else {
            write!(f, "{}: no number in any store", self.measure)?;
            return self.lacking.as_ref().map_or(Ok(()), |lacking| write!(f, "; {lacking}"));
        };
        write!(
            f,
            "{}: of {} stores with a number, at {} daily looks, the range missed the truth at any look in {missed} ({whole} by the \
             truth over the whole run), the usual range for one look in {single}; at the end of the {} that counted the households \
             planned at most {} times as wide as the usual one; truth {}, estimate {}, reach {} for each household; the period \
             before took out {} % of the variance",
            self.measure,
            self.spoke,
            self.looks,
            self.at_planned_end,
            number(self.widest, 3),
            number(self.truth, 4),
            number(self.estimate, 4),
            number(self.reach, 4),
            number(self.taken_out.map(|part| part * 100.0), 1),
        )?;
        self.lacking.as_ref().map_or(Ok(()), |lacking| write!(f, "; {lacking}"))
    }
}

impl fmt::Display for Lacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { households, responding, most, need } = self;
        write!(
            f,
            "without one {households} for want of households and {responding} for want of figures other than zero, with at most \
             {most} of {need}"
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} stores of {} vehicles over {} days, from seed {}; {} % left alone in {}; {} households counted ({} planned for each \
             store), {} of them in one life only",
            self.worlds,
            self.vehicles,
            self.days,
            self.first_seed,
            self.control_percent,
            self.program,
            self.households,
            self.planned,
            self.unmatched
        )?;
        for of in &self.measures {
            writeln!(f, "{of}")?;
        }
        let Graded { twice, overpaid, lines, lines_own_token: own, orders_any_touch: orders, rungs } =
            &self.credits;
        writeln!(
            f,
            "{} lines credited; {twice} times a line that had a credit; {overpaid} orders with more credited than paid",
            lines.with_token.credited + lines.without.credited
        )?;
        for (place, lines, orders) in [
            ("where the appointment carries a token", lines.with_token, orders.with_token),
            ("where it carries none, or there is none", lines.without, orders.without),
        ] {
            writeln!(
                f,
                "{place}: precision {} lines credited (wrong: {} without a touch behind the visit, {} of another case; of the right \
                 ones {} of work the touch did not speak of), recall {} lines earned ({} without a credit)",
                words(lines.right, lines.credited),
                lines.no_touch,
                lines.other_case,
                lines.beside,
                words(lines.earned_right, lines.earned),
                lines.not_credited
            )?;
            writeln!(
                f,
                "  by order and whatever touch: precision {} orders, recall {} orders",
                words(orders.credited_caused, orders.credited),
                words(orders.caused_credited, orders.caused)
            )?;
        }
        for (place, lines) in [
            ("where the appointment carries a token of the very case", own.with_token),
            ("elsewhere", own.without),
        ] {
            writeln!(
                f,
                "{place}: precision {} lines credited, recall {} lines earned",
                words(lines.right, lines.credited),
                words(lines.earned_right, lines.earned)
            )?;
        }
        for (rung, (credited, right)) in rungs {
            writeln!(f, "{rung}: {} lines credited are right", words(*right, *credited))?;
        }
        for Bar { bar, must, found, holds } in &self.bars {
            let says = match holds {
                Some(true) => "reached",
                Some(false) => "NOT REACHED",
                None => "nothing to judge",
            };
            writeln!(f, "{bar}: {says}: found {}, must be {must}", number(*found, 3))?;
        }
        if !self.judged {
            writeln!(f, "too few stores to be judged: what is not reached does not fail the run")?;
        }
        Ok(())
    }
}
