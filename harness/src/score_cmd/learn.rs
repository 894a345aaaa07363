//! Weights learned from what experts show first.
//!
//! With everything but heights of tables and weights held fast, the score is a sum of products: each finding is a row of
//! numbers (how bad it is, by section; how far up each step of the tables of history and price it stands), and the score is
//! that row times the heights of the steps. Heights below zero are not allowed, so every table stays monotone. The heights are
//! those nearest to the weights begun with (least squares) that put what the expert prefers above the rest by a margin, with
//! a penalty for every pair that is not (a quadratic program, solved by clarabel). Pairs that the safety floor decides are
//! left out, so the floor is never learned away. What is the same for all findings of a customer (spend, visits, warranty,
//! financing) cannot be learned from what is preferred within one inspection, and stays.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettingsBuilder, DefaultSolver, IPSolver as _, NonnegativeConeT, SolverStatus,
};
use fixedops_mpi_score::{CodePoints, Curve, Inputs, PartWeights, Points, Weights, WeightsDraft, inputs};
use fixedops_vocab::InspectionCode;

use super::agreement::{Agreement, Interval, Places, mean};
use super::case::Judged;

/// By how much of the whole score a preferred finding should stand above.
const MARGIN: f64 = 0.02;
/// What a pair in the wrong order costs, beside a step away from the weights begun with.
const STRENGTHS: [f64; 4] = [0.3, 3.0, 30.0, 300.0];
/// So many parts for cross-validation.
const FOLDS: usize = 5;
/// More pairs than this are thinned out evenly.
const MOST_PAIRS: usize = 12_000;

/// What was learned.
#[derive(Clone, Debug)]
pub struct Learned {
    /// The weights.
    pub weights: Weights,
    /// Pairs learned from.
    pub pairs: usize,
    /// Agreement of the weights begun with, on what was held out (that is: on all).
    pub before: Agreement,
    /// Agreement of learned weights on inspections they were not learned from.
    pub after: Agreement,
    /// How much better they are there, with a 95 % interval (normal, by inspection).
    pub gain: Interval,
}

impl Learned {
    /// Whether they are surely better than the weights begun with.
    pub fn is_better(&self) -> bool {
        self.gain.low > 0.0
    }
}

/// A judged inspection with what its pairs are made of: the same whatever is tried.
pub(super) struct Prepared<'a> {
    pub(super) judged: &'a Judged<'a>,
    /// Every finding that is ranked: its inputs, and whether the floor puts it first.
    found: Vec<(bool, Inputs)>,
}

impl<'a> Prepared<'a> {
    pub(super) fn of(judged: &'a Judged<'a>, start: &Weights) -> Self {
        let case = judged.case;
        let ranking = case.ranking(start);
        let mut all = inputs(&case.sheet.inspection, &case.history, &case.fit, start);
        let found = ranking.findings.iter().filter_map(|ranked| {
            let at = all.iter().position(|found| found.finding == ranked.finding)?;
            Some((ranked.floored, all.swap_remove(at)))
        });
        Self { judged, found: found.collect() }
    }
}

/// Learns weights; `Err` in words where there is nothing to learn from.
pub fn learn(judged: &[Judged<'_>], start: &Weights) -> Result<Learned, String> {
    let prepared: Vec<Prepared<'_>> = judged.iter().map(|judged| Prepared::of(judged, start)).collect();
    let all: Vec<&Prepared<'_>> = prepared.iter().collect();
    let mut held_out = Vec::new();
    let (mut before, mut after) = (Agreement::default(), Agreement::default());
    for fold in 0..FOLDS {
        let (test, rest) = apart(&all, FOLDS, fold);
        let Some((weights, ..)) = tuned(&rest, start)? else { continue };
        let test: Vec<&Judged<'_>> = test.into_iter().map(|prepared| prepared.judged).collect();
        let [was, is] = [start, &weights].map(|weights| Agreement::of(test.iter().copied(), weights));
        // What is ranked, and so what counts, is the same: learning moves no limit.
        held_out.extend(is.shares.iter().zip(&was.shares).map(|(is, was)| is - was));
        for (all, some) in [(&mut before, was), (&mut after, is)] {
            all.shares.extend(some.shares);
            all.nothing_to_choose += some.nothing_to_choose;
        }
    }
    let Some((weights, pairs)) = tuned(&all, start)? else {
        return Err("no expert prefers one finding to another where the score decides".to_owned());
    };
    if held_out.len() < 2 {
        return Err("fewer than two inspections with more than three findings".to_owned());
    }
    let share = mean(&held_out);
    let n = held_out.len() as f64;
    let variance = held_out.iter().map(|gain| (gain - share) * (gain - share)).sum::<f64>() / (n - 1.0);
    let half = 1.96 * (variance / n).sqrt();
    let gain = Interval { low: share - half, share, high: share + half };
    Ok(Learned { weights, pairs, before, after, gain })
}

/// Every `parts`-th inspection, beginning with `part`, and the rest: all judgements of one inspection are on one side.
pub(super) fn apart<'a, 'b>(
    prepared: &[&'a Prepared<'b>],
    parts: usize,
    part: usize,
) -> (Vec<&'a Prepared<'b>>, Vec<&'a Prepared<'b>>) {
    let mut places = Places::default();
    prepared.iter().partition(|prepared| places.of(prepared.judged) % parts == part)
}

/// Weights with the strength and the height of yellow that do best on a part held back.
fn tuned(prepared: &[&Prepared<'_>], start: &Weights) -> Result<Option<(Weights, usize)>, String> {
    let (held, rest) = apart(prepared, 4, 3);
    let held: Vec<&Judged<'_>> = held.into_iter().map(|prepared| prepared.judged).collect();
    let CodePoints { green, yellow: begun, red } = start.table().code;
    let (mut best, mut chosen) = (f64::NEG_INFINITY, (STRENGTHS[1], begun));
    let tried = |strength: f64, yellow: u16, best: &mut f64| -> Result<Option<bool>, String> {
        let Some((weights, ..)) = solved(&rest, start, strength, yellow)? else { return Ok(None) };
        let found = mean(&Agreement::of(held.iter().copied(), &weights).shares);
        // Ties go to what was tried first.
        let better = found > *best + 1e-9;
        *best = best.max(found);
        Ok(Some(better))
    };
    let candidates = [begun, begun.saturating_sub(2_000), begun.saturating_add(2_000)];
    for yellow in candidates.into_iter().filter(|yellow| (green..=red).contains(yellow)) {
        match tried(chosen.0, yellow, &mut best)? {
            Some(true) => chosen.1 = yellow,
            Some(false) => {}
            None => return Ok(None),
        }
    }
    for strength in STRENGTHS {
        if tried(strength, chosen.1, &mut best)? == Some(true) {
            chosen.0 = strength;
        }
    }
    solved(prepared, start, chosen.0, chosen.1)
}

/// Where the heights of one table stand among all, and what it began as.
struct Steps {
    at: usize,
    /// Whether the first row's own height is one of them.
    base: bool,
    rows: Vec<(i64, f64)>,
    /// What its part and its weight make of a height of one.
    scale: f64,
}

impl Steps {
    fn of(curve: &Curve, at: usize, scale: f64, base: bool) -> Self {
        let rows = curve.rows().iter().map(|&(x, y)| (x, f64::from(y.get()) / 10_000.0)).collect();
        Self { at, base, rows, scale }
    }

    fn count(&self) -> usize {
        usize::from(self.base) + self.rows.len().saturating_sub(1)
    }

    fn begin(&self, heights: &mut [f64]) {
        let base = self.base.then(|| self.rows.first().map_or(0.0, |row| row.1));
        let steps = self.rows.windows(2).map(|pair| match pair {
            [(_, left), (_, right)] => (right - left).abs(),
            _ => 0.0,
        });
        for (height, begun) in heights.iter_mut().skip(self.at).zip(base.into_iter().chain(steps)) {
            *height = begun * self.scale;
        }
    }

    /// How far up each step `x` stands, times `factor`; for a falling table, how far it has not come down.
    fn stand(&self, x: i64, factor: f64, falls: bool, row: &mut [f64]) {
        let base = self.base.then_some(1.0);
        let steps = self.rows.windows(2).map(|pair| match pair {
            [(left, _), (right, _)] => {
                let share = ((x - left) as f64 / (right - left).max(1) as f64).clamp(0.0, 1.0);
                if falls { 1.0 - share } else { share }
            }
            _ => 0.0,
        });
        for (value, stands) in row.iter_mut().skip(self.at).zip(base.into_iter().chain(steps)) {
            *value = stands * factor;
        }
    }

    fn heights<'a>(&self, heights: &'a [f64]) -> &'a [f64] {
        heights.get(self.at..self.at + self.count()).unwrap_or_default()
    }

    fn total(&self, heights: &[f64]) -> f64 {
        self.heights(heights).iter().sum()
    }

    /// The table with these heights, its top at 1; as it was where they are nothing.
    fn curve(&self, heights: &[f64], falls: bool, was: &Curve) -> Curve {
        let total = self.total(heights);
        if total <= 1e-6 {
            return was.clone();
        }
        let mut sum = if falls { total } else { 0.0 };
        let mut steps = self.heights(heights).iter();
        if self.base {
            sum += steps.next().copied().unwrap_or(0.0);
        }
        let mut rows = Vec::new();
        for (index, &(x, _)) in self.rows.iter().enumerate() {
            if index > 0 {
                let step = steps.next().copied().unwrap_or(0.0);
                sum += if falls { -step } else { step };
            }
            rows.push((x, points((sum / total).clamp(0.0, 1.0))));
        }
        Curve::new(rows).unwrap_or_else(|_| was.clone())
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of ten thousand")]
fn points(share: f64) -> Points {
    Points::new((share * 10_000.0).round() as u16).unwrap_or(Points::ONE)
}

/// Every height and where it stands.
struct Layout {
    sections: Vec<String>,
    miles: Steps,
    missed: Steps,
    declined: Steps,
    price: Steps,
    begun: Vec<f64>,
}

impl Layout {
    fn of(start: &Weights) -> Self {
        let table = start.table();
        let part = |weight: u16| f64::from(weight) / 10_000.0;
        let sections: Vec<String> = table.section.iter().map(|section| section.name.clone()).collect();
        let (h, f) = (&table.history, &table.fit);
        let history = [h.miles_weight, h.missed_weight, h.declined_weight].map(f64::from);
        let share = |weight: f64| part(table.parts.history) * weight / history.iter().sum::<f64>().max(1.0);
        let mut at = sections.len() + 1;
        let mut next = |curve: &Curve, scale: f64, base: bool| {
            let steps = Steps::of(curve, at, scale, base);
            at += steps.count();
            steps
        };
        let miles = next(&h.miles, share(history[0]), false);
        let missed = next(&h.missed, share(history[1]), false);
        let declined = next(&h.declined, share(history[2]), true);
        let price =
            next(&f.price, part(table.parts.fit) * f64::from(f.price_weight) / fit_weight(start), false);
        let mut begun = vec![0.0; at];
        let dangers = table.section.iter().map(|section| section.danger).chain([table.other_section]);
        for (height, danger) in begun.iter_mut().zip(dangers) {
            *height = part(table.parts.safety) * part(danger);
        }
        [&miles, &missed, &declined, &price].into_iter().for_each(|steps| steps.begin(&mut begun));
        Self { sections, miles, missed, declined, price, begun }
    }

    /// One finding as a row.
    fn row(&self, found: &Inputs, judged: &Judged<'_>, start: &Weights, yellow: u16) -> Vec<f64> {
        let mut row = vec![0.0; self.begun.len()];
        let section = self.sections.iter().position(|name| *name == found.section);
        let code = match found.code {
            InspectionCode::Green => start.table().code.green,
            InspectionCode::Yellow => yellow,
            InspectionCode::Red => start.table().code.red,
        };
        let condition = code.max(found.wear.map_or(0, Points::get));
        if let Some(safety) = row.get_mut(section.unwrap_or(self.sections.len())) {
            *safety = f64::from(condition) / 10_000.0;
        }
        // A part is the mean of what is known: what is not known makes the rest weigh more.
        let h = &start.table().history;
        let known = [
            (h.miles_weight, found.interval_driven.is_some()),
            (h.missed_weight, found.missed.is_some()),
            (h.declined_weight, found.declined.is_some()),
        ];
        let factor = more(&known);
        if let Some(driven) = found.interval_driven {
            self.miles.stand(driven, factor, false, &mut row);
        }
        if let Some(missed) = found.missed {
            self.missed.stand(i64::from(missed), factor, false, &mut row);
        }
        if let Some(Some(days)) = found.declined {
            self.declined.stand(i64::from(days), factor, false, &mut row);
        }
        if let Some(share) = found.price_share {
            let (f, fit) = (&start.table().fit, &judged.case.fit);
            let known = [
                (f.spend_weight, fit.annual_spend.is_some()),
                (f.visits_weight, fit.visits.is_some()),
                (f.warranty_weight, fit.warranty.is_some()),
                (f.financing_weight, fit.financing.is_some()),
                (f.price_weight, true),
            ];
            self.price.stand(share, more(&known), true, &mut row);
        }
        row
    }

    /// Weights with these heights.
    fn draft(&self, heights: &[f64], start: &Weights, yellow: u16) -> WeightsDraft {
        let mut draft = start.table().clone();
        draft.code = CodePoints { yellow, ..draft.code };
        let dangers = heights.get(..=self.sections.len()).unwrap_or_default();
        let safety = dangers.iter().fold(1e-6_f64, |most, &danger| most.max(danger));
        let danger = |at: usize| dangers.get(at).map_or(0, |danger| points(danger / safety).get());
        for (at, section) in draft.section.iter_mut().enumerate() {
            section.danger = danger(at);
        }
        draft.other_section = danger(self.sections.len());
        let [miles, missed, declined] =
            [&self.miles, &self.missed, &self.declined].map(|steps| steps.total(heights));
        let history = miles + missed + declined;
        if history > 1e-6 {
            let h = &mut draft.history;
            h.miles_weight = points(miles / history).get();
            h.missed_weight = points(missed / history).get();
            h.declined_weight = points(declined / history).get();
            h.miles = self.miles.curve(heights, false, &h.miles);
            h.missed = self.missed.curve(heights, false, &h.missed);
            h.declined = self.declined.curve(heights, false, &h.declined);
        }
        let weight = f64::from(draft.fit.price_weight).max(1.0) / fit_weight(start);
        let fit = self.price.total(heights) / weight;
        draft.fit.price = self.price.curve(heights, true, &draft.fit.price);
        let whole = (safety + history + fit).max(1e-6);
        let (s, h) = (points(safety / whole).get(), points(history / whole).get());
        draft.parts =
            PartWeights { safety: s, history: h, fit: 10_000_u16.saturating_sub(s).saturating_sub(h) };
        // Two parts rounded up may pass the whole by one.
        draft.parts.history = 10_000 - draft.parts.safety - draft.parts.fit;
        draft
    }
}

fn fit_weight(start: &Weights) -> f64 {
    let f = &start.table().fit;
    let weights = [f.spend_weight, f.visits_weight, f.warranty_weight, f.financing_weight, f.price_weight];
    weights.map(f64::from).iter().sum::<f64>().max(1.0)
}

fn more(known: &[(u16, bool)]) -> f64 {
    let sum = |all: bool| {
        let counted = known.iter().filter(|(_, known)| all || *known);
        counted.map(|(weight, _)| f64::from(*weight)).sum::<f64>()
    };
    if sum(false) > 0.0 { sum(true) / sum(false) } else { 0.0 }
}

/// The heights that satisfy the experts best; none where no pair teaches anything.
fn solved(
    prepared: &[&Prepared<'_>],
    start: &Weights,
    strength: f64,
    yellow: u16,
) -> Result<Option<(Weights, usize)>, String> {
    let layout = Layout::of(start);
    let pairs = pairs(prepared, &layout, start, yellow);
    let (n, p) = (pairs.len(), layout.begun.len());
    if n == 0 {
        return Ok(None);
    }
    // x = heights and slacks; heights >= 0, slacks >= 0, and difference . heights + slack >= margin.
    let mut triplets = (Vec::new(), Vec::new(), Vec::new());
    let mut put = |row: usize, column: usize, value: f64| {
        triplets.0.push(row);
        triplets.1.push(column);
        triplets.2.push(value);
    };
    (0..p + n).for_each(|at| put(at, at, -1.0));
    for (index, pair) in pairs.iter().enumerate() {
        for (column, &value) in pair.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            put(p + n + index, column, -value);
        }
        put(p + n + index, p + index, -1.0);
    }
    let a = CscMatrix::new_from_triplets(p + 2 * n, p + n, triplets.0, triplets.1, triplets.2);
    let mut b = vec![0.0; p + n];
    b.extend(core::iter::repeat_n(-MARGIN, n));
    let one: Vec<usize> = (0..p).collect();
    let square = CscMatrix::new_from_triplets(p + n, p + n, one.clone(), one, vec![1.0; p]);
    let mut q: Vec<f64> = layout.begun.iter().map(|begun| -begun).collect();
    q.extend(core::iter::repeat_n(strength / n as f64, n));
    let settings = DefaultSettingsBuilder::default()
        .verbose(false)
        .build()
        .map_err(|error| format!("the solver's settings: {error}"))?;
    let cones = [NonnegativeConeT(p + 2 * n)];
    let mut solver = DefaultSolver::new(&square, &q, &a, &b, &cones, settings)
        .map_err(|error| format!("the solver refused the problem: {error}"))?;
    solver.solve();
    if !matches!(solver.solution.status, SolverStatus::Solved | SolverStatus::AlmostSolved) {
        return Err(format!("the solver found no weights: {:?}", solver.solution.status));
    }
    let heights: Vec<f64> = solver.solution.x.iter().take(p).map(|height| height.max(0.0)).collect();
    let draft = layout.draft(&heights, start, yellow);
    let weights = Weights::new(draft).map_err(|error| format!("learned weights: {error}"))?;
    Ok(Some((weights, n)))
}

/// What the expert preferred minus what he did not, where the floor does not decide.
fn pairs(prepared: &[&Prepared<'_>], layout: &Layout, start: &Weights, yellow: u16) -> Vec<Vec<f64>> {
    let mut pairs = Vec::new();
    for Prepared { judged, found } in prepared {
        let rows: Vec<(&str, bool, Vec<f64>)> = found
            .iter()
            .map(|(floored, found)| {
                (found.finding.as_str(), *floored, layout.row(found, judged, start, yellow))
            })
            .collect();
        let rank = |id: &str| judged.first.iter().position(|first| first == id).unwrap_or(usize::MAX);
        for (better, floored, row) in &rows {
            for (worse, other, below) in &rows {
                if floored == other && rank(better) < rank(worse) {
                    pairs.push(row.iter().zip(below).map(|(a, b)| a - b).collect());
                }
            }
        }
    }
    let every = pairs.len().div_ceil(MOST_PAIRS).max(1);
    pairs.into_iter().step_by(every).collect()
}
