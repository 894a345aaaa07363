//! How far an odometer moves on from a known point: a family of quantiles in closed form.

/// Unit logistic quantiles per log-odds: sqrt(3) / pi.
const PER_LOG_ODDS: f64 = 0.551_328_895_421_792;
/// Beyond so many standard deviations a chance is below 1e-28: nothing is asked there.
const FAR: f64 = 36.0;

/// The deviation (mean 0, sd 1) that a logistic variable stays below with probability `level`.
///
/// The logistic is like the normal in the middle, with the heavier tails that driving has; its quantiles and
/// probabilities are elementary.
pub(crate) fn deviation(level: f64) -> f64 {
    (PER_LOG_ODDS * (level / (1.0 - level)).ln()).clamp(-FAR, FAR)
}

/// P(X >= `deviation`) of that variable.
pub(crate) fn chance_above(deviation: f64) -> f64 {
    1.0 / (1.0 + (deviation / PER_LOG_ODDS).exp())
}

/// The deviation below which one in ten lies; above its negative lies one in ten.
pub(crate) const ONE_IN_TEN: f64 = -1.211_393_399_216_39;

/// Miles driven since a known point, as a distribution at each time.
///
/// Its `x`-th quantile (x standard deviations of a logistic variable) after `t` days is
///
/// ```text
/// max(0, carried + x carried_sd) + max(0, rate t e^(x log_sd) + x noise(t))
/// ```
///
/// The rate to come is log-logistic about the habit; `noise` is concave in time and nothing at time 0: lumps that fade in
/// within days, and a walk that adds to the spread of the rate in quadrature. Both brackets never fall with time (the
/// second is linear plus x times concave: where it has come above 0 it keeps rising), so P(driven >= m) never falls
/// with time, the first passage is the plain probability, and quantiles need no search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Forecast {
    /// Miles tracked since the point.
    pub(crate) carried: f64,
    /// Their sd.
    pub(crate) carried_sd: f64,
    /// Median miles a day from there on.
    pub(crate) rate: f64,
    /// Log sd of that rate.
    pub(crate) log_sd: f64,
    /// Sd in miles that fades in within days.
    pub(crate) burst: f64,
    /// Sd of the walk squared for each day, square miles.
    pub(crate) walk_variance: f64,
}

impl Forecast {
    /// Miles driven after `days`, at `x` standard deviations.
    pub(crate) fn quantile(&self, x: f64, days: f64) -> f64 {
        self.quantile_with(x, (x * self.log_sd).exp(), days)
    }

    /// The same where e^(x log_sd) is known.
    pub(crate) fn quantile_with(&self, x: f64, bent: f64, days: f64) -> f64 {
        let seen = (self.carried + x * self.carried_sd).max(0.0);
        seen + (self.rate * days * bent + x * self.noise(days)).max(0.0)
    }

    fn noise(&self, days: f64) -> f64 {
        let drift = self.rate * self.log_sd * days;
        let walk = self.walk_variance * days;
        // sqrt(drift^2 + walk) - drift, without the loss of digits.
        let beyond = walk / ((drift * drift + walk).sqrt() + drift).max(f64::MIN_POSITIVE);
        // 1 - e^-t to within 6 %, and as concave.
        self.burst * (days / (1.0 + days)) + beyond
    }

    /// P(driven >= `miles`) after `days`; 1 from 0 miles down.
    pub(crate) fn chance_of(&self, miles: f64, days: f64) -> f64 {
        if miles <= 0.0 {
            return 1.0;
        }
        if !(miles.is_finite() && days.is_finite()) {
            return 0.0;
        }
        // The least deviation at which so many are driven.
        let (mut low, mut high) = (-FAR, FAR);
        if self.quantile(high, days) < miles {
            return 0.0;
        }
        let mut x = 0.0;
        for _ in 0..200 {
            let driven = self.quantile(x, days);
            if driven < miles {
                low = x
            } else {
                high = x
            }
            // Newton's step where it stays in sight, the middle otherwise.
            let slope = self.slope(x, days);
            let step = x - (driven - miles) / slope;
            let next = if slope > 0.0 && step > low && step < high { step } else { f64::midpoint(low, high) };
            if (next - x).abs() <= 1e-13 * (1.0 + x.abs()) || high - low <= 1e-13 {
                break;
            }
            x = next;
        }
        chance_above(x)
    }

    fn slope(&self, x: f64, days: f64) -> f64 {
        let bent = (x * self.log_sd).exp();
        let seen = if self.carried + x * self.carried_sd > 0.0 { self.carried_sd } else { 0.0 };
        let noise = self.noise(days);
        let gone = self.rate * days * bent;
        let driven = if gone + x * noise > 0.0 { gone * self.log_sd + noise } else { 0.0 };
        seen + driven
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_forecast() -> impl Strategy<Value = Forecast> {
        let carried = prop_oneof![Just((0.0, 0.0)), (0.0..3_000.0_f64, 0.0..200.0_f64)];
        (carried, 0.1..300.0_f64, 0.01..1.5_f64, 0.0..200.0_f64, 0.0..400.0_f64).prop_map(
            |((carried, carried_sd), rate, log_sd, burst, walk_sd)| Forecast {
                carried,
                carried_sd,
                rate,
                log_sd,
                burst,
                walk_variance: walk_sd * walk_sd * rate,
            },
        )
    }

    #[test]
    fn a_level_and_its_deviation_are_the_same_thing() {
        for level in [0.001, 0.1, 0.5, 0.8, 0.999] {
            assert!((1.0 - chance_above(deviation(level)) - level).abs() < 1e-12, "{level}");
        }
        assert!((deviation(0.1) - ONE_IN_TEN).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn no_quantile_falls_with_time_nor_with_the_level(
            forecast in any_forecast(), x in -4.0..4.0_f64, days in 0.0..2_000.0_f64, more in 0.0..50.0_f64,
        ) {
            let now = forecast.quantile(x, days);
            prop_assert!(forecast.quantile(x, days + more) >= now - 1e-9 * (1.0 + now));
            prop_assert!(forecast.quantile(x + 0.1, days) >= now - 1e-9 * (1.0 + now));
        }

        #[test]
        fn the_chance_of_a_quantile_is_its_level(
            forecast in any_forecast(), x in -3.0..3.0_f64, days in 0.5..2_000.0_f64,
        ) {
            let miles = forecast.quantile(x, days);
            prop_assume!(miles > 1e-3);
            let chance = forecast.chance_of(miles, days);
            prop_assert!((chance - chance_above(x)).abs() < 1e-6, "{chance} {}", chance_above(x));
        }
    }
}
