//! The line through a history: the readings that agree with each other and with what a car can do.

use crate::{JudgeModel, Model};

/// A five-digit odometer begins again after 99,999.
pub(crate) const FIVE_DIGITS: f64 = 100_000.0;

/// A reading that can be on the line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    /// Its place among the readings.
    pub(crate) index: usize,
    /// When, in days since 1970.
    pub(crate) day: f64,
    pub(crate) miles: f64,
    /// What it counts, in readings.
    pub(crate) weight: f64,
}

/// How one candidate follows another on the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// It opens a segment: the first of all, or the first after a lasting shift.
    Start,
    /// The car drove there from the one before.
    Drive,
    /// A five-digit odometer began again on the way.
    Rollover,
}

/// One candidate on the line: its place in the block, and how it follows the one before.
pub(crate) type OnLine = (usize, Step);

/// Whether every candidate follows the one before it, at rates that strain nothing.
///
/// Then no line is worth more than the whole, whatever the vehicle's usual rate is: leaving a candidate out loses a
/// reading and saves at most twice `odd_cost`, which is below half a reading. Almost all real histories end here.
pub(crate) fn all_follow(block: &[Candidate], model: &Model) -> bool {
    let judge = &model.judge;
    let mut slowest = model.habit.prior_miles_per_day;
    for pair in block.windows(2) {
        let [before, next] = pair else { continue };
        let (gain, time) = (next.miles - before.miles, next.day - before.day);
        let stands = gain == 0.0 && time >= judge.stale_days;
        let odd = stands || next.weight < 1.0 || is_placeholder(next.miles);
        if !(gain >= 0.0 && gain <= most_gain(time, judge)) || odd {
            return false;
        }
        if time > 0.0 {
            slowest = slowest.min(gain / time);
        }
    }
    // The median rate lies at or above the slowest of all.
    let usual = slowest.max(judge.least_usual_share * model.habit.prior_miles_per_day);
    let strained = |usual: f64| {
        block.windows(2).any(|pair| {
            let [before, next] = pair else { return false };
            let (gain, time) = (next.miles - before.miles, next.day - before.day);
            gain > judge.strained_from * (judge.burst_miles + usual * time)
        })
    };
    block.first().is_none_or(|first| first.weight >= 1.0 && !is_placeholder(first.miles))
        && (!strained(usual) || !strained(usual_of_all(block, model)))
}

/// The line of most worth, and the vehicle's usual rate along it, miles a day.
///
/// First by what a car can do, then by what this one usually does.
pub(crate) fn best(block: &[Candidate], model: &Model) -> (Vec<OnLine>, f64) {
    let judge = &model.judge;
    let rough = longest(block, judge, None);
    let usual = usual_rate(driven(block, &rough), model);
    let mut line = longest(block, judge, Some(usual));
    lasting_shift(block, &mut line, usual, model);
    (line, usual)
}

/// The vehicle's usual rate where all of the block is on the line, miles a day.
pub(crate) fn usual_of_all(block: &[Candidate], model: &Model) -> f64 {
    let pairs = block.windows(2).filter_map(|pair| {
        let [before, next] = pair else { return None };
        Some((next.miles - before.miles, next.day - before.day))
    });
    usual_rate(pairs, model)
}

/// How many of the candidates agree with each other.
pub(crate) fn agreeing(block: &[Candidate], model: &Model) -> usize {
    longest(block, &model.judge, None).len()
}

/// One digit over and over (four to six), or counting up from 1.
pub(crate) fn is_placeholder(miles: f64) -> bool {
    if !(1_111.0..=999_999.0).contains(&miles) || miles.fract() != 0.0 {
        return false;
    }
    // A whole number of at most six digits, as just checked.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = miles as u32;
    let same = [1_111, 11_111, 111_111].iter().any(|ones| whole.is_multiple_of(*ones) && whole / ones <= 9);
    same || [1_234, 12_345, 123_456].contains(&whole)
}

/// Gains and times along a line.
fn driven<'a>(block: &'a [Candidate], line: &'a [OnLine]) -> impl Iterator<Item = (f64, f64)> + 'a {
    line.windows(2).filter_map(|pair| {
        let [(earlier, _), (later, Step::Drive)] = pair else { return None };
        let (a, b) = (block.get(*earlier)?, block.get(*later)?);
        Some((b.miles - a.miles, b.day - a.day))
    })
}

/// Back pointer of the search.
#[derive(Clone, Copy)]
struct Reached {
    worth: f64,
    step: Step,
    from: usize,
}

fn longest(block: &[Candidate], judge: &JudgeModel, usual: Option<f64>) -> Vec<OnLine> {
    // Checked to lie within 1 to 1000 when the model was made.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let reach = judge.reach as usize;
    let mut reached: Vec<Reached> = Vec::with_capacity(block.len());
    let mut most: Option<(f64, usize)> = None;
    for (place, candidate) in block.iter().enumerate() {
        let mut best = Reached { worth: 0.0, step: Step::Start, from: place };
        let start = place.saturating_sub(reach);
        for (earlier, (previous, so_far)) in block.iter().zip(&reached).enumerate().skip(start) {
            // Nothing costs less than nothing: what is worth less is not looked at further.
            if so_far.worth < best.worth {
                continue;
            }
            let Some((step, cost)) = follow(previous, candidate, judge, usual) else { continue };
            let worth = so_far.worth - cost;
            // At equal worth the nearest earlier reading: later evidence is the fresher.
            if worth > best.worth || (worth >= best.worth && best.step != Step::Start) {
                best = Reached { worth, step, from: earlier };
            }
        }
        best.worth += candidate.weight;
        if most.is_none_or(|(worth, _)| best.worth > worth) {
            most = Some((best.worth, place));
        }
        reached.push(best);
    }
    let mut line = Vec::with_capacity(block.len());
    let mut next = most.map(|(_, place)| place);
    // A manual correction opens its block and is never off the line.
    while let Some(place) = next {
        let Some(here) = reached.get(place) else { break };
        line.push((place, here.step));
        next = (here.step != Step::Start).then_some(here.from);
    }
    line.reverse();
    line
}

fn most_gain(time: f64, judge: &JudgeModel) -> f64 {
    judge.slack_miles + judge.fastest_miles_per_day * time.max(judge.least_days)
}

/// Whether `next` can follow `previous` on one line, and what it costs.
fn follow(
    previous: &Candidate,
    next: &Candidate,
    judge: &JudgeModel,
    usual: Option<f64>,
) -> Option<(Step, f64)> {
    let (gain, time) = (next.miles - previous.miles, next.day - previous.day);
    if gain >= 0.0 {
        return strain(gain, time, next.weight, judge, usual).map(|cost| (Step::Drive, cost));
    }
    if -gain <= judge.honest_reversal_miles && time <= judge.honest_reversal_days {
        return Some((Step::Drive, judge.reversal_cost * next.weight.min(1.0)));
    }
    let rolls = previous.miles < FIVE_DIGITS
        && previous.miles > judge.rollover_from_miles
        && next.miles < judge.rollover_until_miles;
    let strain = rolls.then(|| strain(gain + FIVE_DIGITS, time, next.weight, judge, usual)).flatten()?;
    Some((Step::Rollover, judge.rollover_cost * next.weight.min(1.0) + strain))
}

/// What a gain costs; None for one that no car can make.
fn strain(gain: f64, time: f64, weight: f64, judge: &JudgeModel, usual: Option<f64>) -> Option<f64> {
    if gain > most_gain(time, judge) {
        return None;
    }
    let Some(usual) = usual else { return Some(0.0) };
    let times_usual = gain / (judge.burst_miles + usual * time);
    let strained = if times_usual > judge.strained_from {
        judge.strain_cost * (times_usual / judge.strained_from).ln()
    } else {
        0.0
    };
    // Between lines of as many readings the more usual one: at most so much, so that no reading is given up for it, and
    // so much less for one that counts less.
    let odd = ((judge.odd_miles + gain) / (judge.odd_miles + usual * time)).ln().abs();
    Some((strained + judge.odd_cost * odd.min(1.0)) * weight.min(1.0))
}

/// The median rate, weighed by time, drawn towards the population's while there is little; at least a share of that.
fn usual_rate(driven: impl Iterator<Item = (f64, f64)>, model: &Model) -> f64 {
    let prior = model.habit.prior_miles_per_day;
    let mut rates: Vec<(f64, f64)> = vec![(prior, model.judge.usual_prior_days)];
    rates.extend(driven.filter(|(_, time)| *time > 0.0).map(|(gain, time)| (gain / time, time)));
    rates.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let half = rates.iter().map(|(_, time)| time).sum::<f64>() / 2.0;
    let mut seen = 0.0;
    let median = rates.iter().find_map(|&(rate, time)| {
        seen += time;
        (seen >= half).then_some(rate)
    });
    median.unwrap_or(prior).max(model.judge.least_usual_share * prior)
}

/// Readings before the first or after the last of the line that agree with each other for long enough are the same car
/// with another cluster: a segment of their own, not so many outliers.
fn lasting_shift(block: &[Candidate], line: &mut Vec<OnLine>, usual: f64, model: &Model) {
    let (Some(&(first, _)), Some(&(last, _))) = (line.first(), line.last()) else { return };
    // What is to be shifted from must be a line itself, not one slip.
    #[allow(clippy::cast_precision_loss)]
    let of_its_own = line.len() as f64 >= model.judge.shift_readings;
    let stands = block.get(first).is_some_and(|first| first.weight > model.judge.delivery_weight);
    if !of_its_own && !stands {
        return;
    }
    let later = segment(block.get(last + 1..).unwrap_or_default(), last + 1, usual, model);
    let earlier = segment(block.get(..first).unwrap_or_default(), 0, usual, model);
    line.extend(later);
    line.splice(0..0, earlier);
}

/// The line of those candidates if it lasts: enough readings, nearly all of them, over enough time, at a rate not far
/// from the usual one.
fn segment(block: &[Candidate], from: usize, usual: f64, model: &Model) -> Vec<OnLine> {
    let judge = &model.judge;
    let line = longest(block, judge, Some(usual));
    let ends =
        line.first().and_then(|(a, _)| block.get(*a)).zip(line.last().and_then(|(b, _)| block.get(*b)));
    let Some((start, end)) = ends else { return Vec::new() };
    #[allow(clippy::cast_precision_loss)]
    let (readings, of) = (line.len() as f64, block.len() as f64);
    let (time, gain) = (end.day - start.day, end.miles - start.miles);
    let alike = gain <= 3.0 * usual * time && 3.0 * gain >= usual * time;
    let lasts = readings >= judge.shift_readings && time >= judge.shift_days && readings >= 0.8 * of && alike;
    if lasts { line.into_iter().map(|(place, step)| (place + from, step)).collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The short way and the search agree wherever the short way is taken.
        #[test]
        fn where_all_follow_the_best_line_is_all_of_them(
            steps in prop::collection::vec((0.0..200.0_f64, 0.0..60.0_f64, 0..4_u8), 1..14),
        ) {
            let model = crate::Model::shipped();
            let (mut day, mut miles) = (18_000.0, 30_000.0);
            let mut block = Vec::new();
            for (index, (days, rate, wild)) in steps.into_iter().enumerate() {
                day += days;
                miles += days * rate + if wild == 0 { 700.0 } else { 0.0 };
                block.push(Candidate { index, day, miles, weight: 1.0 });
            }
            if all_follow(&block, &model) {
                let (line, _) = best(&block, &model);
                prop_assert_eq!(line.len(), block.len());
                prop_assert!(line.iter().skip(1).all(|(_, step)| *step == Step::Drive));
            }
        }
    }
}
