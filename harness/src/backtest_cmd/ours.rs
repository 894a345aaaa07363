//! What this program says.

use fixedops_odometer_core::{Model, Posterior};
use fixedops_vocab::Miles;

use super::band::{LEVELS, Spread, level};
use super::question::Question;

/// The range alone: what a fit is judged by. None where the mileage is unknown.
pub fn range(question: &Question, model: &Model) -> Option<[f64; 3]> {
    let posterior = Posterior::fit(&question.known, &[], question.as_of, model);
    let mileage = posterior.mileage_at(question.at);
    mileage.range().map(|range| [range.p10(), range.p50(), range.p90()].map(Miles::as_f64))
}

/// The range and the quantiles.
pub fn spread(question: &Question, model: &Model) -> Option<Spread> {
    let posterior = Posterior::fit(&question.known, &[], question.as_of, model);
    let mileage = posterior.mileage_at(question.at);
    let range = mileage.range().map(|range| [range.p10(), range.p50(), range.p90()].map(Miles::as_f64))?;
    let quantiles: [f64; LEVELS] = core::array::from_fn(|place| {
        let (mut low, mut high) = (0.0, Miles::MAX.as_f64());
        while high - low > 0.5 {
            let middle = f64::midpoint(low, high);
            let reached = posterior.probability_at_least(Miles::clamped(middle), question.at);
            if reached >= 1.0 - level(place) { low = middle } else { high = middle }
        }
        low
    });
    Some(Spread { range, quantiles })
}
