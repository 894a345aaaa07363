//! The habit: a small bank of ways to look at the past, each weighed by how well it has foretold this vehicle so far.

use crate::HabitModel;
use crate::judge::Anchor;
use crate::season::Season;

/// Most memories a bank holds.
pub(crate) const MOST_MEMORIES: usize = 8;

/// What the readings teach about how a vehicle is driven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Habit {
    /// Median miles an average day to come (a day of the season's mean).
    pub(crate) rate: f64,
    /// Log sd of that rate.
    pub(crate) log_sd: f64,
    /// How much less regular than most the vehicle is driven: 1 for one like most.
    pub(crate) volatility: f64,
    /// Whether the vehicle's own readings span enough time to speak of a habit.
    pub(crate) learned: bool,
}

/// One gain between two readings of a segment.
#[derive(Clone, Copy)]
struct Gain {
    days: f64,
    miles: f64,
}

impl Habit {
    /// What is assumed of a vehicle that has taught us nothing.
    pub(crate) fn of_population(model: &HabitModel) -> Self {
        Self {
            rate: model.prior_miles_per_day,
            log_sd: model.population_log_sd,
            volatility: 1.0,
            learned: false,
        }
    }

    /// Learns from the readings that count, in time order: what was driven over the average days between them. One pass,
    /// nothing allocated.
    pub(crate) fn learn(anchors: &[Anchor], season: &Season, model: &HabitModel) -> Self {
        let mut bank = Bank::new(model);
        let mut span = 0.0;
        // A gain waits until the next one is whole: what is left over at the end is too fresh to waste and joins it.
        let mut waiting: Option<Gain> = None;
        let mut start: Option<&Anchor> = None;
        for anchor in anchors {
            let Some(from) = start.filter(|from| from.segment == anchor.segment) else {
                if let Some(whole) = waiting.take() {
                    bank.take(whole);
                }
                start = Some(anchor);
                continue;
            };
            let days = from.days_until(anchor);
            let gain =
                Gain { days: season.days(from.day, anchor.day), miles: (anchor.miles - from.miles).max(0.0) };
            if days >= model.gain_days {
                span += days;
                if let Some(whole) = waiting.replace(gain) {
                    bank.take(whole);
                }
                start = Some(anchor);
            }
        }
        if let (Some(from), Some(end)) = (start, anchors.last()) {
            let rest =
                Gain { days: season.days(from.day, end.day), miles: (end.miles - from.miles).max(0.0) };
            if rest.days > 0.0 {
                span += from.days_until(end);
                let joined = waiting.map_or(rest, |gain| Gain {
                    days: gain.days + rest.days,
                    miles: gain.miles + rest.miles,
                });
                waiting = Some(joined);
            }
        }
        if let Some(gain) = waiting {
            bank.take(gain);
        }
        if span < model.least_days || span <= 0.0 { Self::of_population(model) } else { bank.habit() }
    }
}

/// The memories with their running sums.
struct Bank<'m> {
    model: &'m HabitModel,
    /// How many gains were taken.
    seen: f64,
    /// Forgetting sums of miles and days, one pair for each memory, and its discounted loss.
    fading: [Fading; MOST_MEMORIES],
    /// Discounted sum of the squared errors of the bank, in shares of what is expected of most vehicles, and of ones.
    errors: (f64, f64),
}

#[derive(Clone, Copy, Default)]
struct Fading {
    miles: f64,
    days: f64,
    loss: f64,
}

impl<'m> Bank<'m> {
    fn new(model: &'m HabitModel) -> Self {
        Self { model, seen: 0.0, fading: [Fading::default(); MOST_MEMORIES], errors: (0.0, 0.0) }
    }

    /// What a memory says, drawn towards the population while it rests on little. At least a tenth of a mile a day.
    fn said(&self, fading: &Fading) -> f64 {
        let (prior, worth) = (self.model.prior_miles_per_day, self.model.prior_days);
        ((fading.miles + prior * worth) / (fading.days + worth).max(1e-9)).max(0.1)
    }

    /// The bank's answer: the memories weighed by their share and the exponential of their losses.
    fn rate(&self) -> f64 {
        let memories = || self.fading.iter().zip(&self.model.memories);
        let least = memories().map(|(fading, _)| fading.loss).fold(f64::INFINITY, f64::min);
        let mut sums = (0.0, 0.0);
        for (fading, memory) in memories() {
            let weight = memory.share * (self.model.bank_eta * (least - fading.loss)).exp();
            sums = (sums.0 + weight * self.said(fading), sums.1 + weight);
        }
        // The shares sum to more than nothing: the model was checked.
        sums.0 / sums.1
    }

    fn take(&mut self, gain: Gain) {
        let model = self.model;
        if self.seen > 0.0 {
            let foretold = self.rate() * gain.days;
            let forget = (-gain.days / model.bank_forget_days).exp();
            let lumps = 2.0 * model.burst_sd_miles;
            let scale = gain.miles.max(0.3 * foretold) + lumps;
            for index in 0..model.memories.len().min(MOST_MEMORIES) {
                let Some(&fading) = self.fading.get(index) else { continue };
                let error = (self.said(&fading) * gain.days - gain.miles).abs() / scale;
                if let Some(fading) = self.fading.get_mut(index) {
                    fading.loss = fading.loss * forget + error.min(3.0);
                }
            }
            // How far it was off, in sd of what is expected of most vehicles. One wild gain must not widen
            // everything: it counts at most as three.
            let off = ((gain.miles + lumps) / (foretold + lumps)).ln();
            let noise = (model.walk_sd.powi(2) * foretold + model.burst_sd_miles.powi(2))
                / (foretold + lumps).powi(2);
            let square = (off * off / (model.rate_log_sd.powi(2) + noise)).min(9.0);
            self.errors = (self.errors.0 * forget + square, self.errors.1 * forget + 1.0);
        }
        self.seen += 1.0;
        let rate = gain.miles / gain.days;
        for (fading, memory) in self.fading.iter_mut().zip(&model.memories) {
            let keep = (-gain.days / memory.days).exp();
            let fresh = memory.days * (1.0 - keep);
            fading.miles = fading.miles * keep + rate * fresh;
            fading.days = fading.days * keep + fresh;
        }
    }

    fn habit(&self) -> Habit {
        let model = self.model;
        let worth = model.rate_log_sd_weight;
        let volatility = ((worth + self.errors.0) / (worth + self.errors.1)).sqrt();
        let few = model.few_readings_log_sd.powi(2) / self.seen.max(1.0);
        let log_sd = (model.rate_log_sd.powi(2) * volatility.powi(2) + few).sqrt();
        Habit { rate: self.rate() * model.lean.exp(), log_sd, volatility, learned: true }
    }
}
