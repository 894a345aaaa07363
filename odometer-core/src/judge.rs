use chrono::{DateTime, Utc};
use fixedops_vocab::Miles;

use crate::repair::{self, Gap};
use crate::{Confidence, JudgeModel, Judgement, Model, Reading, ReadingKind, Reason, Repair, Verdict};

/// 1980-01-01T00:00:00Z, in seconds: before it no dealership kept readings by computer, and GPS time begins.
pub(crate) const EARLIEST: i64 = 315_532_800;
const SECONDS_PER_DAY: f64 = 86_400.0;
/// A five-digit odometer begins again after 99,999.
const FIVE_DIGITS: f64 = 100_000.0;

/// Judges every reading in the light of all others.
///
/// The answer has the order and length of the input; the order of the input does not change it. The readings that
/// count are those of the best line through the history: as many as possible that never fall and never rise faster
/// than a car can drive, at rates that strain the vehicle's usual one as little as possible. A manual correction
/// stands whatever was read before, and starts a line of its own; so does a lasting shift (a new cluster).
///
/// Work and memory are linear in the number of readings.
///
/// ```
/// use fixedops_odometer_core::{Model, Reading, Repair, Verdict, judge};
/// use fixedops_vocab::{DistanceUnit, RawOdometer};
/// let mut history = Vec::new();
/// for (day, miles) in [("01-10", "41800"), ("03-11", "43650"), ("05-09", "73048"), ("07-12", "47310"), ("09-10", "49200")] {
///     let raw = RawOdometer::parse(miles, DistanceUnit::Miles)?;
///     history.push(Reading::reported(format!("2025-{day}T12:00:00Z").parse()?, raw));
/// }
/// let verdicts = judge(&history, &Model::shipped());
/// assert_eq!(verdicts[0].verdict, Verdict::Accepted);
/// assert_eq!(verdicts[2].verdict, Verdict::Repaired { kind: Repair::KilometresAsMiles, miles: "45389.9".parse()? });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn judge(readings: &[Reading], model: &Model) -> Vec<Judgement> {
    line_through(readings, model).judgements
}

/// The best line through a history, and what it says of each reading.
pub(crate) struct Line {
    /// Same order and length as the readings.
    pub(crate) judgements: Vec<Judgement>,
    /// The readings that count, in time order.
    pub(crate) anchors: Vec<Anchor>,
}

/// A reading that counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Anchor {
    pub(crate) at: DateTime<Utc>,
    pub(crate) miles: f64,
    /// Gains count only between anchors of one segment.
    pub(crate) segment: u32,
}

/// A reading that can be on the line.
#[derive(Clone, Copy)]
struct Candidate {
    index: usize,
    day: f64,
    miles: f64,
    weight: f64,
}

/// How one candidate follows another on the line.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Start,
    Drive(usize),
    Rollover(usize),
    Shift(usize),
}

pub(crate) fn line_through(readings: &[Reading], model: &Model) -> Line {
    let mut judgements: Vec<Judgement> = readings.iter().map(impossible).collect();
    let mut order: Vec<usize> = (0..readings.len()).collect();
    let key = |index: &usize| readings.get(*index).map(|r| (r.read_at, r.raw.miles_f64(), *r));
    order.sort_by(|a, b| match (key(a), key(b)) {
        (Some(a), Some(b)) => a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)),
        _ => a.cmp(b),
    });

    let mut anchors = Vec::new();
    let mut block: Vec<Candidate> = Vec::new();
    for index in order {
        let (Some(reading), Some(judgement)) = (readings.get(index), judgements.get(index)) else { continue };
        if judgement.verdict != Verdict::Accepted {
            continue;
        }
        let corrected = reading.kind == ReadingKind::ManualCorrection;
        if corrected {
            judge_block(&block, readings, model, &mut judgements, &mut anchors);
            block.clear();
        }
        block.push(Candidate {
            index,
            day: days(reading.read_at),
            miles: reading.raw.miles_f64(),
            weight: match reading.kind {
                // It stands: no line of readings outweighs it.
                ReadingKind::ManualCorrection => 1e9,
                ReadingKind::Delivery => model.judge.delivery_weight,
                ReadingKind::Reported | ReadingKind::DeviceOdometer => 1.0,
            },
        });
    }
    judge_block(&block, readings, model, &mut judgements, &mut anchors);
    Line { judgements, anchors }
}

fn days(at: DateTime<Utc>) -> f64 {
    // 2^53 seconds is beyond any date chrono can hold.
    #[allow(clippy::cast_precision_loss)]
    let seconds = at.timestamp() as f64;
    seconds / SECONDS_PER_DAY
}

/// What can be said of a reading without looking at others.
fn impossible(reading: &Reading) -> Judgement {
    let verdict = match reading.raw.to_miles() {
        _ if reading.read_at.timestamp() < EARLIEST => Verdict::SetAside(Reason::BadDate),
        None if reading.raw.thousandths() < 0 => Verdict::SetAside(Reason::Negative),
        None => Verdict::SetAside(Reason::BeyondOdometer),
        Some(_) => Verdict::Accepted,
    };
    Judgement { verdict, confidence: Confidence::from_probability(1.0) }
}

/// Judges the readings from one manual correction to the next.
fn judge_block(
    block: &[Candidate],
    readings: &[Reading],
    model: &Model,
    judgements: &mut [Judgement],
    anchors: &mut Vec<Anchor>,
) {
    if block.is_empty() {
        return;
    }
    // First by what a car can do, then by what this one usually does.
    let rough = best_line(block, &model.judge, None);
    let usual = usual_rate(block, &rough, model);
    let line = best_line(block, &model.judge, Some(usual));

    let kept = u32::try_from(line.len()).unwrap_or(u32::MAX);
    let of = u32::try_from(block.len()).unwrap_or(u32::MAX);
    let share = f64::from(kept) / f64::from(of);
    let no_line = f64::from(of) >= model.judge.min_readings_for_share && share < model.judge.least_share;
    // The share of the readings that agree, drawn towards a half while they are few.
    let agreement = (f64::from(kept) + 1.0) / (f64::from(of) + 2.0);

    let mut segment = anchors.last().map_or(0, |anchor| anchor.segment + 1);
    let mut steps = line.iter().peekable();
    let mut rolled = 0.0;
    let mut before: Option<(f64, f64)> = None;
    for (place, candidate) in block.iter().enumerate() {
        let on_line = steps.next_if(|(at, _)| *at == place);
        let Some(judgement) = judgements.get_mut(candidate.index) else { continue };
        let miles = if let Some((_, step)) = on_line {
            match step {
                Step::Shift(_) => {
                    segment += 1;
                    rolled = 0.0;
                }
                Step::Rollover(_) => rolled += FIVE_DIGITS,
                Step::Start | Step::Drive(_) => {}
            }
            judgement.confidence = Confidence::from_probability(agreement);
            let miles = candidate.miles + rolled;
            if rolled > 0.0 {
                judgement.verdict =
                    Verdict::Repaired { kind: Repair::Rollover, miles: Miles::clamped(miles) };
            }
            Some(miles)
        } else {
            let shifts = matches!(steps.peek(), Some((_, Step::Shift(_))));
            let after = steps.peek().filter(|_| !shifts).and_then(|(at, step)| {
                let extra = if matches!(step, Step::Rollover(_)) { FIVE_DIGITS } else { 0.0 };
                block.get(*at).map(|c| (c.day, c.miles + rolled + extra))
            });
            let gap = Gap { before, after, day: candidate.day, usual };
            let raw = readings.get(candidate.index).map(|reading| reading.raw);
            let fit = raw.and_then(|raw| repair::only_fit(raw, &gap, model));
            if let Some(fit) = fit {
                judgement.verdict = Verdict::Repaired { kind: fit.kind, miles: fit.miles };
                judgement.confidence = Confidence::from_probability(fit.probability);
                Some(fit.miles.as_f64())
            } else {
                let low = before.is_some_and(|(_, miles)| candidate.miles < miles);
                let reason = set_aside_for(candidate.miles, low);
                judgement.verdict = Verdict::SetAside(reason);
                judgement.confidence = Confidence::from_probability(agreement);
                None
            }
        };
        let Some(miles) = miles else { continue };
        let stands = readings.get(candidate.index).is_some_and(|r| r.kind == ReadingKind::ManualCorrection);
        if no_line && !stands {
            judgement.verdict = Verdict::SetAside(Reason::NoCommonLine);
            judgement.confidence = Confidence::from_probability(1.0 - share);
            continue;
        }
        if let Some(at) = readings.get(candidate.index).map(|reading| reading.read_at) {
            anchors.push(Anchor { at, miles, segment });
        }
        before = Some((candidate.day, miles));
    }
}

fn set_aside_for(miles: f64, below_the_line: bool) -> Reason {
    if miles == 0.0 {
        Reason::Zero
    } else if is_placeholder(miles) {
        Reason::Placeholder
    } else if below_the_line {
        Reason::Rollback
    } else {
        Reason::TooFast
    }
}

/// One digit over and over (four or more), or counting up from 1.
fn is_placeholder(miles: f64) -> bool {
    let text = format!("{miles:.0}");
    let bytes = text.as_bytes();
    let same = bytes.first().is_some_and(|first| bytes.iter().all(|byte| byte == first));
    bytes.len() >= 4 && (same || "123456".starts_with(&text))
}

/// The line of most worth: places in the block with how each follows the one before.
fn best_line(block: &[Candidate], judge: &JudgeModel, usual: Option<f64>) -> Vec<(usize, Step)> {
    // Checked to lie within 1 to 1000 when the model was made.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let reach = judge.reach as usize;
    let mut worth: Vec<f64> = Vec::with_capacity(block.len());
    let mut steps: Vec<Step> = Vec::with_capacity(block.len());
    let mut best_so_far: Option<(f64, usize)> = None;
    for (place, candidate) in block.iter().enumerate() {
        let mut best = (0.0, Step::Start);
        let from = place.saturating_sub(reach);
        let window = block.iter().zip(&worth).enumerate().skip(from);
        for (earlier, (previous, &reached)) in window {
            let Some((step, cost)) = follow(earlier, previous, candidate, judge, usual) else { continue };
            let value = reached - cost;
            // At equal worth the nearest earlier reading: later evidence is the fresher.
            if value > best.0 || (value >= best.0 && best.1 != Step::Start) {
                best = (value, step);
            }
        }
        if let Some((reached, earlier)) = best_so_far {
            let value = reached - judge.shift_cost;
            if value > best.0 {
                best = (value, Step::Shift(earlier));
            }
        }
        let value = best.0 + candidate.weight;
        worth.push(value);
        steps.push(best.1);
        if best_so_far.is_none_or(|(most, _)| value > most) {
            best_so_far = Some((value, place));
        }
    }
    let mut line = Vec::new();
    let mut next = best_so_far.map(|(_, place)| place);
    // A manual correction opens its block and is never off the line.
    while let Some(place) = next {
        let Some(&step) = steps.get(place) else { break };
        line.push((place, step));
        next = match step {
            Step::Start => None,
            Step::Drive(earlier) | Step::Rollover(earlier) | Step::Shift(earlier) => Some(earlier),
        };
    }
    line.reverse();
    line
}

/// Whether `next` can follow `previous` on one line, and what it costs.
fn follow(
    earlier: usize,
    previous: &Candidate,
    next: &Candidate,
    judge: &JudgeModel,
    usual: Option<f64>,
) -> Option<(Step, f64)> {
    let time = next.day - previous.day;
    let gain = next.miles - previous.miles;
    if gain < 0.0 {
        if -gain <= judge.honest_reversal_miles && time <= judge.honest_reversal_days {
            return Some((Step::Drive(earlier), judge.reversal_cost));
        }
        let rolls = previous.miles < FIVE_DIGITS
            && previous.miles > judge.rollover_from_miles
            && next.miles < judge.rollover_until_miles;
        let strain = rolls.then(|| strain(gain + FIVE_DIGITS, time, judge, usual)).flatten()?;
        return Some((Step::Rollover(earlier), judge.rollover_cost + strain));
    }
    strain(gain, time, judge, usual).map(|cost| (Step::Drive(earlier), cost))
}

fn strain(gain: f64, time: f64, judge: &JudgeModel, usual: Option<f64>) -> Option<f64> {
    if gain > judge.slack_miles + judge.fastest_miles_per_day * time.max(judge.least_days) {
        return None;
    }
    let strained = usual.map_or(0.0, |rate| gain / (judge.burst_miles + rate * time) / judge.strained_from);
    Some(if strained > 1.0 { judge.strain_cost * strained.ln() } else { 0.0 })
}

/// The median rate of the line, weighed by time, drawn towards the population's while the line is short.
fn usual_rate(block: &[Candidate], line: &[(usize, Step)], model: &Model) -> f64 {
    let prior = model.habit.prior_miles_per_day;
    let mut rates: Vec<(f64, f64)> = vec![(prior, model.habit.prior_days)];
    for pair in line.windows(2) {
        let [(earlier, _), (later, Step::Drive(_))] = pair else { continue };
        let (Some(a), Some(b)) = (block.get(*earlier), block.get(*later)) else { continue };
        let time = b.day - a.day;
        if time > 0.0 {
            rates.push(((b.miles - a.miles) / time, time));
        }
    }
    rates.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let half = rates.iter().map(|(_, time)| time).sum::<f64>() / 2.0;
    let mut seen = 0.0;
    let median = rates.iter().find_map(|&(rate, time)| {
        seen += time;
        (seen >= half).then_some(rate)
    });
    median.unwrap_or(prior).max(model.judge.least_usual_share * prior)
}
