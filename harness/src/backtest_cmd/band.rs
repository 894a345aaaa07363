//! The range a rule that names none would deserve: the one that fits the other vehicles best.

use super::question::Question;

/// Levels of the quantiles, 5 to 95 %.
pub const LEVELS: usize = 19;

/// The level of quantile `place`.
pub fn level(place: usize) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "0 to 18")]
    let place = place as f64;
    0.05 * (place + 1.0)
}

/// A predictive distribution as its quantiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// p10, p50 and p90.
    pub range: [f64; 3],
    /// 5 %, 10 %, ... 95 %.
    pub quantiles: [f64; LEVELS],
}

/// Each guess with the errors, in miles for each day ahead, that the same rule made on the other vehicles.
pub fn banded(questions: &[Question], guesses: &[f64]) -> Vec<Spread> {
    let error = |(question, guess): (&Question, &f64)| (question.truth - guess) / question.ahead().max(1.0);
    let mut errors: Vec<(f64, usize)> =
        questions.iter().zip(guesses).map(|pair| (error(pair), pair.0.vehicle)).collect();
    errors.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut banded = Vec::with_capacity(questions.len());
    let mut of: Option<(usize, [f64; LEVELS])> = None;
    for (question, guess) in questions.iter().zip(guesses) {
        let band = match of {
            Some((vehicle, band)) if vehicle == question.vehicle => band,
            _ => without(&errors, question.vehicle),
        };
        of = Some((question.vehicle, band));
        let ahead = question.ahead().max(1.0);
        let quantiles = band.map(|error| guess + error * ahead);
        let pick = |place: usize| quantiles.get(place).copied().unwrap_or(*guess);
        banded.push(Spread { range: [pick(1), *guess, pick(17)], quantiles });
    }
    banded
}

/// The quantiles of the errors on all vehicles but one.
fn without(errors: &[(f64, usize)], vehicle: usize) -> [f64; LEVELS] {
    let own: Vec<usize> =
        errors.iter().enumerate().filter(|(_, (_, of))| *of == vehicle).map(|(place, _)| place).collect();
    let others = errors.len() - own.len();
    core::array::from_fn(|at| {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a list"
        )]
        let mut place = (level(at) * others.saturating_sub(1) as f64) as usize;
        // Own errors before it are stepped over.
        for own in &own {
            if *own <= place {
                place += 1;
            }
        }
        errors.get(place).map_or(0.0, |(error, _)| *error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vehicles_own_errors_have_no_part_in_its_band() {
        let mut errors: Vec<(f64, usize)> = (0..101_u32).map(|error| (f64::from(error), 1)).collect();
        let alone = without(&errors, 7);
        errors.extend((0..50_u32).map(|error| (f64::from(error) * 9.0 - 100.0, 7)));
        errors.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        assert_eq!(without(&errors, 7), alone);
        assert_eq!((alone[1], alone[9], alone[17]), (10.0, 50.0, 90.0));
        assert_eq!(without(&[(3.0, 7)], 7), [0.0; LEVELS].map(|_| 0.0));
    }
}
