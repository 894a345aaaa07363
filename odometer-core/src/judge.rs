use chrono::{DateTime, Utc};
use fixedops_vocab::Miles;

use crate::line::{self, Candidate, FIVE_DIGITS, OnLine, Step};
use crate::repair::{self, Gap};
use crate::{Confidence, JudgeModel, Judgement, Model, Reading, ReadingKind, Reason, Repair, Verdict};
use crate::{others, stale};

/// 1980-01-01T00:00:00Z, in seconds: before it no dealership kept readings by computer, and GPS time begins.
pub(crate) const EARLIEST: i64 = 315_532_800;
const SECONDS_PER_DAY: f64 = 86_400.0;

/// Judges every reading in the light of all others.
///
/// The answer has the order and length of the input; the order of the input does not change it. The readings that
/// count are those of the best line through the history: as many as possible that never fall and never rise faster
/// than a car can drive, at rates that strain the vehicle's usual one as little as possible. A manual correction
/// stands whatever was read before, and starts a line of its own; so does a lasting shift (a new cluster). Odometers
/// sent by a device never outvote what people read: together they count at most half as much.
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

/// The best line through a history, and what it says of each reading. Its room is used again for the next history.
#[derive(Default)]
pub(crate) struct Line {
    /// Same order and length as the readings.
    pub(crate) judgements: Vec<Judgement>,
    /// The readings that count, in time order.
    pub(crate) anchors: Vec<Anchor>,
    order: Vec<usize>,
    block: Vec<Candidate>,
    /// Places of readings of the block that no odometer can show, in order of time.
    beyond: Vec<usize>,
    /// Whether nobody writes tenths in this history, once it was asked.
    whole: Option<bool>,
}

/// A reading that counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Anchor {
    pub(crate) at: DateTime<Utc>,
    /// The same in days since 1970.
    pub(crate) day: f64,
    pub(crate) miles: f64,
    /// Gains count only between anchors of one segment.
    pub(crate) segment: u32,
}

impl Anchor {
    /// Days from this reading to a later one.
    pub(crate) fn days_until(&self, later: &Self) -> f64 {
        later.day - self.day
    }
}

pub(crate) fn line_through(readings: &[Reading], model: &Model) -> Line {
    let mut line = Line::default();
    line.draw(readings, model);
    line
}

impl Line {
    /// Judges another history.
    pub(crate) fn draw(&mut self, readings: &[Reading], model: &Model) {
        self.judgements.clear();
        self.judgements.extend(readings.iter().map(|reading| impossible(reading, &model.judge)));
        self.anchors.clear();
        self.beyond.clear();
        self.whole = None;
        let mut order = core::mem::take(&mut self.order);
        let mut block = core::mem::take(&mut self.block);
        sort(readings, &mut order);
        block.clear();
        for index in order.iter().copied() {
            let (Some(reading), Some(judgement)) = (readings.get(index), self.judgements.get(index)) else {
                continue;
            };
            match judgement.verdict {
                Verdict::Accepted => {}
                Verdict::SetAside(Reason::BeyondOdometer) => {
                    self.beyond.push(index);
                    continue;
                }
                _ => continue,
            }
            if reading.kind == ReadingKind::ManualCorrection {
                judge_block(&mut block, readings, model, self);
                block.clear();
            }
            let (day, miles) = (days(reading.read_at), reading.raw.miles_f64());
            block.push(Candidate { index, day, miles, weight: weight(reading.kind, model) });
        }
        judge_block(&mut block, readings, model, self);
        self.order = order;
        self.block = block;
    }

    /// A number that no odometer can show may still be one that exactly one slip has made of one.
    fn repair_beyond(&mut self, first: usize, usual: f64, readings: &[Reading], model: &Model) {
        let whole = self.whole(readings);
        let mut repaired = Vec::new();
        let block = self.anchors.get(first..).unwrap_or_default();
        for index in self.beyond.drain(..) {
            let Some(reading) = readings.get(index) else { continue };
            let day = days(reading.read_at);
            let after = block.partition_point(|anchor| anchor.at <= reading.read_at);
            let before = after.checked_sub(1).and_then(|place| block.get(place));
            let next = block.get(after);
            let next = next.filter(|next| before.is_none_or(|before| before.segment == next.segment));
            let point = |anchor: &Anchor| (anchor.day, anchor.miles);
            let gap = Gap { before: before.map(point), after: next.map(point), day, usual };
            let Some(fit) = repair::only_fit(reading.raw, &gap, whole, model) else { continue };
            let segment = before.or(next).map_or(0, |anchor| anchor.segment);
            repaired.push(Anchor { at: reading.read_at, day, miles: fit.miles.as_f64(), segment });
            if let Some(judgement) = self.judgements.get_mut(index) {
                *judgement = Judgement {
                    verdict: Verdict::Repaired { kind: fit.kind, miles: fit.miles },
                    confidence: Confidence::from_probability(fit.probability),
                };
            }
        }
        self.anchors.append(&mut repaired);
        // Those of earlier blocks lie before the correction that began this one.
        if let Some(block) = self.anchors.get_mut(first..) {
            block.sort_by(|a, b| {
                a.at.cmp(&b.at).then(a.segment.cmp(&b.segment)).then(a.miles.total_cmp(&b.miles))
            });
        }
    }

    fn whole(&mut self, readings: &[Reading]) -> bool {
        *self.whole.get_or_insert_with(|| repair::in_whole_units(readings))
    }

    /// Readings that do not count.
    pub(crate) fn set_aside(&self) -> usize {
        self.judgements.iter().filter(|judgement| matches!(judgement.verdict, Verdict::SetAside(_))).count()
    }
}

/// The places of the readings by time, corrections last, then miles, then all else.
fn sort(readings: &[Reading], order: &mut Vec<usize>) {
    order.clear();
    order.extend(0..readings.len());
    let before = |a: &Reading, b: &Reading| {
        // A correction has the last word on its instant, and of two the one learned last.
        let corrects = |reading: &Reading| reading.kind == ReadingKind::ManualCorrection;
        let by_word = || match (corrects(a), corrects(b)) {
            (true, true) => a.learned_at.cmp(&b.learned_at),
            (one, other) => one.cmp(&other),
        };
        let by_miles = || a.raw.miles_f64().total_cmp(&b.raw.miles_f64());
        a.read_at.cmp(&b.read_at).then_with(by_word).then_with(by_miles).then_with(|| a.cmp(b))
    };
    if !readings.is_sorted_by(|a, b| before(a, b).is_le()) {
        order.sort_by(|a, b| match (readings.get(*a), readings.get(*b)) {
            (Some(a), Some(b)) => before(a, b),
            _ => a.cmp(b),
        });
    }
}

/// What a reading counts, in readings.
fn weight(kind: ReadingKind, model: &Model) -> f64 {
    match kind {
        // It stands: no line of readings outweighs it.
        ReadingKind::ManualCorrection => 1e9,
        ReadingKind::Delivery => model.judge.delivery_weight,
        ReadingKind::Reported | ReadingKind::DeviceOdometer => 1.0,
    }
}

/// Days since 1970.
pub(crate) fn days(at: DateTime<Utc>) -> f64 {
    // 2^53 seconds is beyond any date chrono can hold.
    #[allow(clippy::cast_precision_loss)]
    let seconds = at.timestamp() as f64 + f64::from(at.timestamp_subsec_millis()) / 1_000.0;
    seconds / SECONDS_PER_DAY
}

/// What can be said of a reading without looking at others.
fn impossible(reading: &Reading, judge: &JudgeModel) -> Judgement {
    let verdict = if reading.read_at.timestamp() < EARLIEST {
        Verdict::SetAside(Reason::BadDate)
    } else if reading.read_at > reading.learned_at
        && days(reading.read_at) - days(reading.learned_at) > judge.future_slack_days
    {
        Verdict::SetAside(Reason::FutureDate)
    } else if reading.raw.thousandths() < 0 {
        Verdict::SetAside(Reason::Negative)
    } else if !reading.raw.fits_an_odometer() {
        Verdict::SetAside(Reason::BeyondOdometer)
    } else if reading.raw.thousandths() == 0
        && matches!(reading.kind, ReadingKind::Reported | ReadingKind::DeviceOdometer)
    {
        // Only a delivery or a correction says that nothing was driven yet.
        Verdict::SetAside(Reason::Zero)
    } else {
        Verdict::Accepted
    };
    Judgement { verdict, confidence: Confidence::from_probability(1.0) }
}

/// Judges the readings from one manual correction to the next.
fn judge_block(block: &mut [Candidate], readings: &[Reading], model: &Model, line: &mut Line) {
    let kind = |candidate: &Candidate| readings.get(candidate.index).map(|reading| reading.kind);
    hold_devices_down(block, &kind, model);
    let first = line.anchors.len();
    let usual = judge_possible(block, &kind, readings, model, line);
    if !line.beyond.is_empty() {
        line.repair_beyond(first, usual.unwrap_or_else(|| line::usual_of_all(block, model)), readings, model);
    }
}

/// Judges what an odometer can show; the usual rate where it had to be worked out.
fn judge_possible(
    block: &[Candidate],
    kind: &dyn Fn(&Candidate) -> Option<ReadingKind>,
    readings: &[Reading],
    model: &Model,
    line: &mut Line,
) -> Option<f64> {
    let segment = line.anchors.last().map_or(0, |anchor| anchor.segment + 1);
    if line::all_follow(block, model) {
        let agreement = Confidence::from_probability(agreement(block.len(), block.len()));
        for candidate in block.iter() {
            if let Some(reading) = readings.get(candidate.index) {
                line.anchors.push(Anchor {
                    at: reading.read_at,
                    day: candidate.day,
                    miles: candidate.miles,
                    segment,
                });
            }
            if let Some(judgement) = line.judgements.get_mut(candidate.index) {
                judgement.confidence = agreement;
            }
        }
        return None;
    }
    let (mut on_line, usual) = line::best(block, model);
    unconfirmed_placeholders(block, &mut on_line, kind);
    let stale = stale::repeats(block, &mut on_line, usual, kind, model);
    let others = others::off_the_line(block, &on_line, usual, model);
    let whole = line.whole(readings);
    Walk { block, readings, model, usual, whole, stale, others }.along(&on_line, segment, line);
    Some(usual)
}

/// A number typed to get past the question is believed where a later reading bears it out.
fn unconfirmed_placeholders(
    block: &[Candidate],
    on_line: &mut Vec<OnLine>,
    kind: &dyn Fn(&Candidate) -> Option<ReadingKind>,
) {
    while let Some(last) = on_line.last().and_then(|(place, _)| block.get(*place)) {
        if !line::is_placeholder(last.miles) || kind(last) != Some(ReadingKind::Reported) {
            break;
        }
        on_line.pop();
    }
}

/// The share of the readings that agree, drawn towards a half while they are few.
fn agreement(kept: usize, of: usize) -> f64 {
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    (count(kept) + 1.0) / (count(of) + 2.0)
}

/// Devices of all kinds together count at most `device_share` of what people read, where at least two of the people's
/// readings bear each other out: a single one may be a slip.
fn hold_devices_down(
    block: &mut [Candidate],
    kind: &dyn Fn(&Candidate) -> Option<ReadingKind>,
    model: &Model,
) {
    let is_device = |candidate: &Candidate| kind(candidate) == Some(ReadingKind::DeviceOdometer);
    let devices = block.iter().filter(|candidate| is_device(candidate)).count();
    if devices == 0 || devices == block.len() {
        return;
    }
    let people: Vec<Candidate> = block.iter().filter(|candidate| !is_device(candidate)).copied().collect();
    if line::agreeing(&people, model) < 2 {
        return;
    }
    #[allow(clippy::cast_precision_loss)]
    let (people, devices) = ((block.len() - devices) as f64, devices as f64);
    let most = (model.judge.device_share * people / devices).min(1.0);
    for candidate in block.iter_mut().filter(|candidate| is_device(candidate)) {
        candidate.weight = most;
    }
}

/// A walk over the block, reading by reading, in the light of its line.
struct Walk<'a> {
    block: &'a [Candidate],
    readings: &'a [Reading],
    model: &'a Model,
    usual: f64,
    /// Whether nobody writes tenths in this history.
    whole: bool,
    /// Places of readings that repeat an old one.
    stale: Vec<usize>,
    /// Why a reading off the line is no reading of this odometer, by place.
    others: Vec<(usize, Reason)>,
}

impl Walk<'_> {
    fn along(&self, on_line: &[OnLine], mut segment: u32, line: &mut Line) {
        let agreement = agreement(on_line.len(), self.block.len());
        let no_line = self.no_common_line(on_line);
        let mut steps = on_line.iter().peekable();
        let mut started = false;
        let mut rolled = 0.0;
        let mut before: Option<(f64, f64)> = None;
        for (place, candidate) in self.block.iter().enumerate() {
            let here = steps.next_if(|(at, _)| *at == place);
            let (verdict, confidence) = if let Some((_, step)) = here {
                match step {
                    Step::Start => {
                        segment += u32::from(started);
                        rolled = 0.0;
                    }
                    Step::Rollover => rolled += FIVE_DIGITS,
                    Step::Drive => {}
                }
                started = true;
                let verdict = if rolled > 0.0 {
                    let miles = Miles::clamped(candidate.miles + rolled);
                    Verdict::Repaired { kind: Repair::Rollover, miles }
                } else {
                    Verdict::Accepted
                };
                (verdict, agreement)
            } else {
                let after = steps.peek().and_then(|(at, step)| {
                    let next = self.block.get(*at)?;
                    match step {
                        // Before the first segment of all the line is still to come; a new segment says nothing.
                        Step::Start if started => None,
                        Step::Rollover => Some((next.day, next.miles + rolled + FIVE_DIGITS)),
                        Step::Start | Step::Drive => Some((next.day, next.miles + rolled)),
                    }
                });
                self.off_line(place, candidate, before, after, agreement)
            };
            let Some(judgement) = line.judgements.get_mut(candidate.index) else { continue };
            *judgement = Judgement { verdict, confidence: Confidence::from_probability(confidence) };
            let miles = match verdict {
                Verdict::Accepted => candidate.miles,
                Verdict::Repaired { kind: Repair::Rollover, .. } => candidate.miles + rolled,
                Verdict::Repaired { miles, .. } => miles.as_f64(),
                Verdict::SetAside(_) => continue,
            };
            let Some(reading) = self.readings.get(candidate.index) else { continue };
            if let Some(share) = no_line.filter(|_| reading.kind != ReadingKind::ManualCorrection) {
                judgement.verdict = Verdict::SetAside(Reason::NoCommonLine);
                judgement.confidence = Confidence::from_probability(1.0 - share);
                continue;
            }
            line.anchors.push(Anchor { at: reading.read_at, day: candidate.day, miles, segment });
            before = Some((candidate.day, miles));
        }
    }

    /// The share of the readings on the line by what they count, where it is too small to speak of one.
    fn no_common_line(&self, on_line: &[OnLine]) -> Option<f64> {
        let weight = |place: &usize| self.block.get(*place).map_or(0.0, |candidate| candidate.weight);
        // What repeats an old reading is no other line.
        let kept: f64 = on_line.iter().map(|(place, _)| place).chain(&self.stale).map(weight).sum();
        let all: f64 = self.block.iter().map(|candidate| candidate.weight).sum();
        let judge = &self.model.judge;
        let share = if all > 0.0 { kept / all } else { 1.0 };
        #[allow(clippy::cast_precision_loss)]
        let of = self.block.len() as f64;
        (of >= judge.min_readings_for_share && share < judge.least_share).then_some(share)
    }

    /// The verdict on a reading off the line: repaired where exactly one repair fits, else set aside with the reason.
    fn off_line(
        &self,
        place: usize,
        candidate: &Candidate,
        before: Option<(f64, f64)>,
        after: Option<(f64, f64)>,
        agreement: f64,
    ) -> (Verdict, f64) {
        if self.stale.binary_search(&place).is_ok() {
            return (Verdict::SetAside(Reason::StaleRepeat), agreement);
        }
        let gap = Gap { before, after, day: candidate.day, usual: self.usual };
        let raw = self.readings.get(candidate.index).map(|reading| reading.raw);
        if let Some(fit) = raw.and_then(|raw| repair::only_fit(raw, &gap, self.whole, self.model)) {
            return (Verdict::Repaired { kind: fit.kind, miles: fit.miles }, fit.probability);
        }
        let other = self.others.binary_search_by_key(&place, |(at, _)| *at).ok();
        if let Some((_, reason)) = other.and_then(|at| self.others.get(at)) {
            return (Verdict::SetAside(*reason), agreement);
        }
        let low = before.is_some_and(|(_, miles)| candidate.miles < miles);
        (Verdict::SetAside(set_aside_for(candidate.miles, low)), agreement)
    }
}

fn set_aside_for(miles: f64, below_the_line: bool) -> Reason {
    if miles == 0.0 {
        Reason::Zero
    } else if line::is_placeholder(miles) {
        Reason::Placeholder
    } else if below_the_line {
        Reason::Rollback
    } else {
        Reason::TooFast
    }
}
