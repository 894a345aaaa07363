//! Estimates held against the store's own last readings.

use chrono::{DateTime, Utc};
use fixedops_odometer_core::{Posterior, Reading, Verdict};
use fixedops_vocab::Miles;
use rust_decimal::Decimal;

use super::answer::{Backtest, BacktestRule};
use super::finish::quantile;
use super::look::Car;
use super::prepare::Prepared;
use super::tally::Tally;
use crate::{Figure, Unit};

/// A day, in seconds.
const DAY: i64 = 86_400;
/// Seconds of a month of the flat rule: a twelfth of a year.
const MONTH: f64 = 365.25 / 12.0 * 86_400.0;

impl Prepared {
    /// The last accepted reading, estimated from the earlier ones.
    pub(super) fn backtest(&self, car: &Car<'_>, tally: &mut Tally) {
        let most = self.data.policy.backtest.most_cars.max(1);
        let every = (self.vehicles() as u64).div_ceil(most).max(1);
        if !(car.number as u64).is_multiple_of(every) {
            return;
        }
        let accepted: Vec<(DateTime<Utc>, f64)> = car
            .readings
            .iter()
            .zip(&car.verdicts)
            .filter(|(_, judgement)| judgement.verdict == Verdict::Accepted)
            .filter_map(|(reading, _)| Some((reading.read_at, reading.raw.to_miles()?.as_f64())))
            .collect();
        let Some(&(truth_at, truth)) = accepted.last() else { return };
        let mut earlier = accepted.iter().rev().filter(|(at, _)| (truth_at - *at).num_seconds() >= DAY);
        let Some(&(last_at, last)) = earlier.next() else { return };
        let Some(&(before_at, before)) = earlier.find(|(at, _)| (last_at - *at).num_seconds() >= DAY) else {
            return;
        };
        let known: Vec<Reading> =
            car.readings.iter().filter(|reading| reading.read_at <= last_at).copied().collect();
        let posterior = Posterior::fit(&known, &[], last_at, &self.model);
        let Some(range) = posterior.mileage_at(truth_at).range() else {
            tally.back.without_estimate += 1;
            return;
        };
        tally.back.tested += 1;
        let covered = (range.p10().as_f64()..=range.p90().as_f64()).contains(&truth);
        tally.back.covered += u64::from(covered);
        // Whole seconds of some years fit a float exactly.
        #[allow(clippy::cast_precision_loss)]
        let seconds = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).num_seconds() as f64;
        let away = seconds(last_at, truth_at);
        let flat = last + f64::from(self.data.policy.backtest.flat_miles_per_month) * away / MONTH;
        let rate = (last - before) / seconds(before_at, last_at).max(1.0);
        let driven = truth - last;
        for (place, estimate) in [range.p50().as_f64(), flat, last + rate * away].into_iter().enumerate() {
            let error = (estimate - truth).abs();
            if let Some(errors) = tally.back.errors.get_mut(place) {
                errors.push(Miles::clamped(error).tenths());
            }
            if let Some(shares) = tally.back.shares.get_mut(place).filter(|_| driven > 0.0) {
                // A float-to-integer cast saturates.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                shares.push((error / driven * 1_000.0).round() as u32);
            }
        }
    }

    pub(super) fn backtest_figures(&self, tally: &mut Tally) -> Backtest {
        let (policy, small) = (&self.data.policy, self.data.policy.small_base);
        let tested = tally.back.tested;
        let every = (self.vehicles() as u64).div_ceil(policy.backtest.most_cars.max(1)).max(1);
        let sample = if every > 1 { format!(" One car in {every} was tested.") } else { String::new() };
        let names = [
            ("ours", "Estimate from this car's own history".to_owned()),
            ("flat", format!("Last reading plus {} miles a month", policy.backtest.flat_miles_per_month)),
            ("last_two", "Rate between the last two visits".to_owned()),
        ];
        let mut rules = Vec::new();
        for (place, (id, label)) in names.into_iter().enumerate() {
            let errors = tally.back.errors.get_mut(place).map(core::mem::take).unwrap_or_default();
            let shares = tally.back.shares.get_mut(place).map(core::mem::take).unwrap_or_default();
            let (mut errors, mut shares) = (errors, shares);
            let miles = |id: &str, label: &str, value: Option<u32>, definition: &str| {
                Figure::new(
                    id,
                    label,
                    value.map(|tenths| Decimal::new(tenths.into(), 1)),
                    Unit::Miles,
                    definition,
                )
                .over(None, tested, "cars tested", small)
            };
            let share = quantile(&mut shares, 5).map(|thousandths| Decimal::new(thousandths.into(), 1));
            let (median, ninety) = (quantile(&mut errors, 5), quantile(&mut errors, 9));
            rules.push(BacktestRule {
                id: id.to_owned(),
                label,
                median_miles: miles(
                    &format!("{id}_median_miles"),
                    "Median error",
                    median,
                    "Half of the errors are smaller.",
                ),
                median_percent: Figure::new(
                    &format!("{id}_median_percent"),
                    "Median error of the miles driven",
                    share,
                    Unit::Percent,
                    "Half of the errors are a smaller share of the miles driven since the reading before.",
                )
                .over(None, shares.len() as u64, "cars tested that had moved", small),
                p90_miles: miles(
                    &format!("{id}_p90_miles"),
                    "Nine in ten within",
                    ninety,
                    "Nine in ten of the errors are smaller.",
                ),
            });
        }
        let coverage = Figure::rate(
            "coverage",
            "Readings inside our 80 % range",
            tally.back.covered,
            tested,
            "cars tested",
            "The reading that was held out lay between the tenth and the ninetieth percentile of its estimate. 80 % would be right: more says that the ranges are wider than they need be, less that they are too narrow.",
            small,
        );
        Backtest {
            definition: format!(
                "The last accepted reading of each car is held out and estimated from those at least a day before it; all rules on the same cars, and only where all can speak. {} cars had too little history for an estimate of ours.{sample}",
                tally.back.without_estimate
            ),
            coverage: Some(coverage),
            verdict: verdict(tally.back.covered, tested, small),
            rules,
        }
    }
}

/// What the share of truths within the 80 % range says of the ranges; nothing over a small base.
///
/// A share further than two standard deviations from 80 % is no accident: `|c - 0.8 n| > 2 sqrt(0.16 n)`.
fn verdict(covered: u64, tested: u64, small: u64) -> Option<String> {
    if tested < small.max(1) {
        return None;
    }
    let (covered, tested) = (i128::from(covered), i128::from(tested));
    let off = 10 * covered - 8 * tested;
    let says = match off {
        _ if off * off <= 64 * tested => "that is as it should be",
        1.. => {
            "the ranges are wider than they need be on this store, and the estimates better than they claim"
        }
        _ => "the ranges are too narrow on this store: trust them less than they claim",
    };
    Some(format!(
        "Our 80 % range held the true reading of {covered} of {tested} cars, where {} would be right: {says}.",
        (8 * tested + 5) / 10
    ))
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn a_range_too_wide_or_too_narrow_is_said_and_chance_is_not_blamed() {
        for (covered, tested, says) in [
            (69, 75, "69 of 75 cars, where 60 would be right: the ranges are wider"),
            (45, 75, "too narrow"),
            (64, 75, "as it should be"),
            (60, 75, "as it should be"),
        ] {
            let said = verdict(covered, tested, 30).unwrap();
            assert!(said.contains(says), "{said}");
        }
        assert_eq!((verdict(7, 7, 30), verdict(0, 0, 0)), (None, None));
    }
}
