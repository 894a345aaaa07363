//! What a test came to: a table to read, the same as JSON.

use core::fmt;

use fixedops_odometer_core::Model;
use serde::Serialize;

use super::band::{Spread, banded};
use super::chance::interval;
use super::fit::Fitted;
use super::ours;
use super::peers::PEERS;
use super::question::Questions;
use super::score::{Losses, mean, some_mean, within};

/// Our name in the table.
const OURS: &str = "this program";

/// Everything.
#[derive(Serialize)]
pub struct Report<'f> {
    model: String,
    horizons: Vec<Table>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fit: Option<&'f Fitted>,
}

/// One horizon.
#[derive(Serialize)]
struct Table {
    asked_for: String,
    vehicles: usize,
    questions: usize,
    /// Vehicles not asked about.
    too_few_readings: usize,
    no_common_line: usize,
    /// Questions we did not answer: scored as the last reading.
    unanswered: usize,
    rules: Vec<Rule>,
    /// The best of the others by miles off and by range, and our loss over theirs.
    best_miles_off: Option<Best>,
    best_pinball: Option<Best>,
    within_5_95: Option<[f64; 2]>,
    by_staleness: Vec<Third>,
}

#[derive(Serialize)]
struct Rule {
    name: &'static str,
    miles_off: Option<f64>,
    pinball: Option<f64>,
    crps: Option<f64>,
    within: Option<f64>,
}

#[derive(Serialize)]
struct Best {
    rule: &'static str,
    ratio: f64,
    ratio_5_95: Option<[f64; 2]>,
}

#[derive(Serialize)]
struct Third {
    up_to_days: f64,
    questions: usize,
    within: f64,
}

impl<'f> Report<'f> {
    /// Asks everybody everything.
    pub fn of(asked: &[Questions], model: &Model, fit: Option<&'f Fitted>, seed: u64) -> Self {
        let horizons = asked.iter().map(|questions| Table::of(questions, model, seed)).collect();
        Self { model: model.version().to_string(), horizons, fit }
    }
}

impl Table {
    fn of(asked: &Questions, model: &Model, seed: u64) -> Self {
        let questions = &asked.all;
        let ours: Vec<Option<Spread>> =
            questions.iter().map(|question| ours::spread(question, model)).collect();
        let mut scored = vec![(OURS, Losses::of(questions, &ours))];
        for peer in &PEERS {
            let guesses: Vec<f64> = questions.iter().map(|question| peer.foretell(question)).collect();
            let answers: Vec<Option<Spread>> = banded(questions, &guesses).into_iter().map(Some).collect();
            scored.push((peer.name, Losses::of(questions, &answers)));
        }
        let held = scored.first().map(|(_, losses)| losses.within()).unwrap_or_default();
        let rule = |(name, losses): &(&'static str, Losses)| Rule {
            name,
            miles_off: losses.mean(|vehicle| vehicle.off).map(|miles| rounded(miles, 1)),
            pinball: losses.mean(|vehicle| vehicle.pinball).map(|miles| rounded(miles, 1)),
            crps: losses.mean(|vehicle| vehicle.crps).map(|miles| rounded(miles, 1)),
            within: some_mean(&losses.within()).map(|share| rounded(share, 4)),
        };
        Self {
            asked_for: asked.horizon.to_string(),
            vehicles: scored.first().map_or(0, |(_, losses)| losses.vehicles.len()),
            questions: questions.len(),
            too_few_readings: asked.too_short,
            no_common_line: asked.no_line,
            unanswered: ours.iter().filter(|answer| answer.is_none()).count(),
            rules: scored.iter().map(rule).collect(),
            best_miles_off: Best::of(&scored, seed, |vehicle| vehicle.off),
            best_pinball: Best::of(&scored, seed, |vehicle| vehicle.pinball),
            within_5_95: interval(held.len(), seed, |places| {
                mean(&places.iter().filter_map(|place| held.get(*place).copied()).collect::<Vec<_>>())
            })
            .map(|ends| ends.map(|end| rounded(end, 4))),
            by_staleness: thirds(asked, &ours),
        }
    }
}

impl Best {
    fn of(
        scored: &[(&'static str, Losses)],
        seed: u64,
        loss: fn(&super::score::Vehicle) -> f64,
    ) -> Option<Self> {
        let [(_, ours), others @ ..] = scored else { return None };
        let least = others.iter().min_by(|a, b| {
            a.1.mean(loss).partial_cmp(&b.1.mean(loss)).unwrap_or(core::cmp::Ordering::Equal)
        })?;
        let (rule, theirs) = least;
        let ratio = |places: &[usize]| {
            let sum = |of: &Losses| {
                places.iter().filter_map(|place| of.vehicles.get(*place)).map(loss).sum::<f64>()
            };
            sum(ours) / sum(theirs).max(f64::MIN_POSITIVE)
        };
        let all: Vec<usize> = (0..ours.vehicles.len()).collect();
        (!all.is_empty()).then(|| Self {
            rule,
            ratio: rounded(ratio(&all), 3),
            ratio_5_95: interval(all.len(), seed, ratio).map(|ends| ends.map(|end| rounded(end, 3))),
        })
    }
}

/// Whether our range held, by thirds of the answered questions, by how far ahead was asked; plain means.
fn thirds(asked: &Questions, ours: &[Option<Spread>]) -> Vec<Third> {
    let mut held: Vec<(f64, f64)> = asked
        .all
        .iter()
        .zip(ours)
        .filter_map(|(question, answer)| {
            Some((question.ahead(), f64::from(u8::from(within(question, answer.as_ref()?)))))
        })
        .collect();
    held.sort_by(|a, b| a.0.total_cmp(&b.0));
    let third = held.len().div_ceil(3).max(1);
    held.chunks(third)
        .map(|part| Third {
            up_to_days: rounded(part.last().map_or(0.0, |(days, _)| *days), 1),
            questions: part.len(),
            within: rounded(mean(&part.iter().map(|(_, held)| *held).collect::<Vec<_>>()), 4),
        })
        .collect()
}

fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10.0_f64.powi(digits);
    (value * scale).round() / scale
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "model {}", self.model)?;
        for table in &self.horizons {
            writeln!(f, "\n{table}")?;
        }
        if let Some(fit) = self.fit {
            writeln!(f, "\nfitted to {} vehicles, {} questions:", fit.vehicles, fit.questions)?;
            for constant in &fit.constants {
                writeln!(f, "  {:24} {:>10}  was {:>10}", constant.name, constant.fitted, constant.given)?;
            }
            writeln!(f, "{}", fit.verdict())?;
        }
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} questions about {} vehicles", self.asked_for, self.questions, self.vehicles)?;
        let (short, line) = (self.too_few_readings, self.no_common_line);
        writeln!(f, "not asked about: {short} vehicles with too few readings, {line} on no common line")?;
        if self.questions == 0 {
            return write!(f, "nothing could be asked");
        }
        writeln!(f, "{:34} {:>9} {:>9} {:>9}  within p10-p90", "", "miles off", "p10-50-90", "CRPS")?;
        for rule in &self.rules {
            let Rule { name, miles_off, pinball, crps, within } = rule;
            let [miles_off, pinball, crps] = [miles_off, pinball, crps]
                .map(|loss| loss.map_or_else(|| "-".to_owned(), |loss| format!("{loss:.1}")));
            let held = within.map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share));
            let ends = self.within_5_95.filter(|_| *name == OURS);
            let ends = ends.map_or_else(String::new, |[low, high]| {
                format!(" (5-95 %: {:.1} to {:.1})", 100.0 * low, 100.0 * high)
            });
            writeln!(f, "{name:34} {miles_off:>9} {pinball:>9} {crps:>9}  {held}{ends}")?;
        }
        for (what, best) in [("miles off", &self.best_miles_off), ("p10-50-90", &self.best_pinball)] {
            if let Some(Best { rule, ratio, ratio_5_95 }) = best {
                write!(f, "{what}: {ratio:.3} of the best other ({rule})")?;
                match ratio_5_95 {
                    Some([low, high]) => writeln!(f, ", 5-95 %: {low:.3} to {high:.3}")?,
                    None => writeln!(f)?,
                }
            }
        }
        write!(f, "our range held, by days ahead:")?;
        for third in &self.by_staleness {
            write!(f, " up to {:.0} {:.1} %,", third.up_to_days, 100.0 * third.within)?;
        }
        write!(f, " {} unanswered", self.unanswered)
    }
}
