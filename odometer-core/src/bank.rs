//! The habit: a small bank of ways to look at the past, each weighed by how well it has foretold this vehicle so far.

use crate::HabitModel;
use crate::judge::Anchor;

/// What the readings teach about how a vehicle is driven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Habit {
    /// Miles a day to come.
    pub(crate) rate: f64,
    /// Log sd of that rate.
    pub(crate) log_sd: f64,
    /// Whether the vehicle's own readings span enough time to speak of a habit.
    pub(crate) learned: bool,
}

/// One gain between two readings of a segment.
#[derive(Clone, Copy)]
struct Gain {
    days: f64,
    miles: f64,
}

/// Rules in the bank beside the forgetting averages: lifetime, last gain, median of the last four.
const PLAIN_RULES: usize = 3;

impl Habit {
    /// What is assumed of a vehicle that has taught us nothing.
    pub(crate) fn of_population(model: &HabitModel) -> Self {
        Self { rate: model.prior_miles_per_day, log_sd: model.population_log_sd, learned: false }
    }

    /// Learns from the readings that count, in time order. One pass.
    pub(crate) fn learn(anchors: &[Anchor], model: &HabitModel) -> Self {
        let gains = gains(anchors, model.gain_days);
        let span: f64 = gains.iter().map(|gain| gain.days).sum();
        if span < model.least_days || span <= 0.0 {
            return Self::of_population(model);
        }
        let mut bank = Bank::new(model);
        let mut errors = (0.0, 0.0);
        for gain in &gains {
            if bank.seen > 0 {
                let foretold = bank.rate() * gain.days + model.burst_sd_miles * 2.0;
                let error = ((gain.miles + model.burst_sd_miles * 2.0) / foretold).ln();
                let forget = (-gain.days / model.bank_forget_days).exp();
                // One wild gain must not widen everything: an error counts at most as three sd.
                let capped = error.clamp(-3.0 * model.rate_log_sd, 3.0 * model.rate_log_sd);
                errors = (errors.0 * forget + capped * capped, errors.1 * forget + 1.0);
            }
            bank.take(gain);
        }
        let pooled = (model.rate_log_sd_weight * model.rate_log_sd.powi(2) + errors.0)
            / (model.rate_log_sd_weight + errors.1);
        let seen = f64::from(u32::try_from(gains.len()).unwrap_or(u32::MAX));
        let log_sd = (pooled + model.few_readings_log_sd.powi(2) / seen).sqrt();
        Self { rate: bank.rate(), log_sd, learned: true }
    }
}

/// Gains over at least `shortest` days, within segments; readings nearer together are joined.
fn gains(anchors: &[Anchor], shortest: f64) -> Vec<Gain> {
    let mut gains = Vec::new();
    let mut from: Option<Anchor> = None;
    let mut joined: Option<u32> = None;
    for pair in anchors.windows(2) {
        let [earlier, later] = pair else { continue };
        let start = from.filter(|start| start.segment == later.segment);
        let start = start.unwrap_or(*earlier);
        if start.segment != later.segment {
            from = None;
            continue;
        }
        let days = day_difference(&start, later);
        if days >= shortest {
            gains.push(Gain { days, miles: (later.miles - start.miles).max(0.0) });
            joined = Some(start.segment);
            from = None;
        } else {
            from = Some(start);
        }
    }
    // What is left over at the end is too fresh to waste: it joins the last gain, or stands where there is none.
    if let (Some(start), Some(end)) = (from, anchors.last()) {
        let (days, miles) = (day_difference(&start, end), (end.miles - start.miles).max(0.0));
        match gains.last_mut() {
            Some(gain) if start.segment == end.segment && joined == Some(start.segment) => {
                *gain = Gain { days: gain.days + days, miles: gain.miles + miles };
            }
            _ if days > 0.0 && start.segment == end.segment => gains.push(Gain { days, miles }),
            _ => {}
        }
    }
    gains
}

fn day_difference(earlier: &Anchor, later: &Anchor) -> f64 {
    // Fits a float exactly for any two dates.
    #[allow(clippy::cast_precision_loss)]
    let seconds = (later.at - earlier.at).num_seconds() as f64;
    seconds / 86_400.0
}

/// The rules with their running sums.
struct Bank<'m> {
    model: &'m HabitModel,
    seen: usize,
    /// Lifetime miles and days.
    lifetime: (f64, f64),
    /// Forgetting sums of miles and days, one pair for each memory.
    fading: [(f64, f64); 8],
    /// The last four gains, newest last.
    last: [Option<Gain>; 4],
    /// Discounted loss of each rule.
    losses: [f64; 8 + PLAIN_RULES],
}

impl<'m> Bank<'m> {
    fn new(model: &'m HabitModel) -> Self {
        Self {
            model,
            seen: 0,
            lifetime: (0.0, 0.0),
            fading: [(0.0, 0.0); 8],
            last: [None; 4],
            losses: core::array::from_fn(|rule| if rule == 0 { 0.0 } else { model.lifetime_lead }),
        }
    }

    /// What each rule says, drawn towards the population while it rests on little. At least a tenth of a mile a day.
    fn rules(&self) -> impl Iterator<Item = f64> + '_ {
        let (prior, worth) = (self.model.prior_miles_per_day, self.model.prior_days);
        let drawn =
            move |(miles, days): (f64, f64)| ((miles + prior * worth) / (days + worth).max(1e-9)).max(0.1);
        let last = self.last.last().copied().flatten().map_or((0.0, 0.0), |gain| (gain.miles, gain.days));
        let plain = [self.lifetime, last, self.median_of_last()];
        plain.into_iter().chain(self.fading.iter().take(self.model.memories.len()).copied()).map(drawn)
    }

    fn median_of_last(&self) -> (f64, f64) {
        let mut rates = [(0.0, 0.0); 4];
        let mut count = 0;
        for (slot, gain) in rates.iter_mut().zip(self.last.iter().flatten()) {
            *slot = (gain.miles / gain.days, gain.days);
            count += 1;
        }
        let days: f64 = rates.iter().map(|(_, days)| days).sum();
        let Some(rates) = rates.get_mut(..count) else { return (0.0, 0.0) };
        rates.sort_by(|a, b| a.0.total_cmp(&b.0));
        let middle = |at: usize| rates.get(at).map_or(0.0, |(rate, _)| *rate);
        let median = f64::midpoint(middle(count / 2), middle(count.saturating_sub(1) / 2));
        (median * days, days)
    }

    /// The bank's answer: the rules weighed by the exponential of their losses.
    fn rate(&self) -> f64 {
        let count = PLAIN_RULES + self.model.memories.len();
        let least = self.losses.iter().take(count).copied().fold(f64::INFINITY, f64::min);
        let mut sums = (0.0, 0.0);
        for (rate, loss) in self.rules().zip(self.losses) {
            let weight = (-self.model.bank_eta * (loss - least)).exp();
            sums = (sums.0 + weight * rate, sums.1 + weight);
        }
        sums.0 / sums.1
    }

    fn take(&mut self, gain: &Gain) {
        if self.seen > 0 {
            let scale = gain.miles.max(0.3 * self.rate() * gain.days) + 2.0 * self.model.burst_sd_miles;
            let forget = (-gain.days / self.model.bank_forget_days).exp();
            let mut said = [0.0; 8 + PLAIN_RULES];
            for (slot, rate) in said.iter_mut().zip(self.rules()) {
                *slot = rate;
            }
            for (loss, rate) in self.losses.iter_mut().zip(said) {
                *loss = *loss * forget + ((rate * gain.days - gain.miles).abs() / scale).min(3.0);
            }
        }
        self.seen += 1;
        self.lifetime = (self.lifetime.0 + gain.miles, self.lifetime.1 + gain.days);
        for (sums, memory) in self.fading.iter_mut().zip(&self.model.memories) {
            let keep = (-gain.days / memory).exp();
            let fresh = memory * (1.0 - keep);
            *sums = (sums.0 * keep + gain.miles / gain.days * fresh, sums.1 * keep + fresh);
        }
        self.last.rotate_left(1);
        if let Some(newest) = self.last.last_mut() {
            *newest = Some(*gain);
        }
    }
}
