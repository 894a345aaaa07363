//! How good an answer was.

use super::band::{Spread, level};
use super::question::Question;

/// Losses of one rule, question by question, and vehicle by vehicle.
pub struct Losses {
    /// Of each vehicle: the mean of each loss over its questions.
    pub vehicles: Vec<Vehicle>,
}

/// Mean losses of one vehicle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Vehicle {
    /// Miles off.
    pub off: f64,
    /// Pinball loss of p10, p50 and p90.
    pub pinball: f64,
    /// Continuous ranked probability score, miles.
    pub crps: f64,
    /// Share of truths within p10 to p90; None without an answer.
    pub within: Option<f64>,
}

/// The mean pinball loss of p10, p50 and p90.
pub fn pinball(truth: f64, range: [f64; 3]) -> f64 {
    [0.1, 0.5, 0.9].into_iter().zip(range).map(|(level, at)| tick(truth, level, at)).sum::<f64>() / 3.0
}

/// Koenker and Bassett 1978.
fn tick(truth: f64, level: f64, at: f64) -> f64 {
    (level * (truth - at)).max((level - 1.0) * (truth - at))
}

/// Twice the mean pinball loss over all quantiles (Gneiting and Raftery 2007), taken at 19 of them.
fn crps(truth: f64, spread: &Spread) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "19")]
    let count = spread.quantiles.len() as f64;
    let all = spread.quantiles.iter().enumerate();
    2.0 * all.map(|(place, at)| tick(truth, level(place), *at)).sum::<f64>() / count
}

/// An answer, or the last reading where there is none: silence is no way to a good score.
pub fn or_last(question: &Question, spread: Option<Spread>) -> Spread {
    spread.unwrap_or_else(|| {
        let last = question.run.last().map_or(0.0, |point| point.miles);
        Spread { range: [last; 3], quantiles: [last; super::band::LEVELS] }
    })
}

/// Whether the range held the truth.
pub fn within(question: &Question, spread: &Spread) -> bool {
    let [p10, _, p90] = spread.range;
    (p10..=p90).contains(&question.truth)
}

impl Losses {
    /// Of answers, in the order of the questions.
    pub fn of(questions: &[Question], answers: &[Option<Spread>]) -> Self {
        let pairs: Vec<(&Question, &Option<Spread>)> = questions.iter().zip(answers).collect();
        let vehicles = pairs
            .chunk_by(|(one, _), (other, _)| one.vehicle == other.vehicle)
            .map(|own| {
                let (mut off, mut loss, mut score) = (Vec::new(), Vec::new(), Vec::new());
                let mut held = Vec::new();
                for (question, answer) in own {
                    let spread = or_last(question, **answer);
                    let [_, p50, _] = spread.range;
                    off.push((p50 - question.truth).abs());
                    loss.push(pinball(question.truth, spread.range));
                    score.push(crps(question.truth, &spread));
                    if answer.is_some() {
                        held.push(f64::from(u8::from(within(question, &spread))));
                    }
                }
                Vehicle {
                    off: mean(&off),
                    pinball: mean(&loss),
                    crps: mean(&score),
                    within: some_mean(&held),
                }
            })
            .collect();
        Self { vehicles }
    }

    /// The mean of a loss over vehicles.
    pub fn mean(&self, loss: fn(&Vehicle) -> f64) -> Option<f64> {
        some_mean(&self.vehicles.iter().map(loss).collect::<Vec<_>>())
    }

    /// The share of truths within the range, over vehicles that got an answer.
    pub fn within(&self) -> Vec<f64> {
        self.vehicles.iter().filter_map(|vehicle| vehicle.within).collect()
    }
}

/// The mean; 0 of nothing.
pub fn mean(values: &[f64]) -> f64 {
    some_mean(values).unwrap_or(0.0)
}

/// The mean of something.
pub fn some_mean(values: &[f64]) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "far fewer than 2^52 of anything")]
    let count = values.len() as f64;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinball_is_heavier_on_the_side_that_should_be_rare() {
        let range = [90.0, 100.0, 110.0];
        assert!((pinball(100.0, range) - 2.0 / 3.0).abs() < 1e-12);
        // Below p10: 0.9 of ten miles, half of twenty, a tenth of thirty.
        assert!((pinball(80.0, range) - (9.0 + 10.0 + 3.0) / 3.0).abs() < 1e-12);
        let certain = Spread { range: [100.0; 3], quantiles: [100.0; super::super::band::LEVELS] };
        // Of a certain answer it is the error itself.
        assert!((crps(130.0, &certain) - 30.0).abs() < 1e-9 && crps(100.0, &certain).abs() < 1e-12);
    }
}
