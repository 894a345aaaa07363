use fixedops_vocab::{DistanceUnit, Miles, RawOdometer};

use crate::{Model, Reading, Repair};

const KILOMETRES_PER_MILE: f64 = 1.609_344;

/// The place in a history that a repaired reading must fit.
pub(crate) struct Gap {
    /// Day and miles of the reading on the line before.
    pub(crate) before: Option<(f64, f64)>,
    /// Day and miles of the one after.
    pub(crate) after: Option<(f64, f64)>,
    /// The day of the reading itself.
    pub(crate) day: f64,
    /// The usual rate of the vehicle, miles a day.
    pub(crate) usual: f64,
}

/// The one repair that fits.
pub(crate) struct Fit {
    pub(crate) kind: Repair,
    pub(crate) miles: Miles,
    pub(crate) probability: f64,
}

/// The repair that is far more likely than all others and than a number from nowhere, by Bayes: how often readings go
/// wrong in each way, times the chance of this slip from that number, times how well that number fits the gap.
pub(crate) fn only_fit(raw: RawOdometer, gap: &Gap, whole_history: bool, model: &Model) -> Option<Fit> {
    let expected = Expected::in_gap(gap, model)?;
    let mut meant: Vec<(f64, Repair, f64)> = Vec::new();
    for (kind, thousandths, chance) in slips(raw, whole_history, model) {
        let miles = RawOdometer::new(thousandths, raw.unit()).miles_f64();
        let likelihood = chance * expected.density(miles);
        if likelihood > 0.0 {
            meant.push((miles, kind, likelihood));
        }
    }
    let junk = model.repair.junk / model.repair.junk_spread_miles;
    let total: f64 = junk + meant.iter().map(|(_, _, likelihood)| likelihood).sum::<f64>();
    // What lies within a mile of each other is one repair: (likelihood of all of it, the slip itself).
    let near = |miles: f64| -> f64 {
        meant
            .iter()
            .filter(|(other, ..)| (other - miles).abs() <= 1.0)
            .map(|(_, _, likelihood)| likelihood)
            .sum()
    };
    let joined: Vec<(f64, &(f64, Repair, f64))> = meant.iter().map(|slip| (near(slip.0), slip)).collect();
    let &(_, &(_, kind, _)) = joined.iter().max_by(|(near_a, a), (near_b, b)| {
        near_a.total_cmp(near_b).then(a.2.total_cmp(&b.2)).then(b.1.cmp(&a.1)).then(b.0.total_cmp(&a.0))
    })?;
    let &(near, &(miles, ..)) =
        joined.iter().filter(|(_, (_, other, _))| *other == kind).max_by(|(near_a, a), (near_b, b)| {
            near_a.total_cmp(near_b).then(a.2.total_cmp(&b.2)).then(b.0.total_cmp(&a.0))
        })?;
    let probability = near / total;
    (probability >= model.repair.level).then(|| Fit { kind, miles: Miles::clamped(miles), probability })
}

/// Whether nearly all readings are whole numbers of their unit.
pub(crate) fn in_whole_units(history: &[Reading]) -> bool {
    let whole = history.iter().filter(|reading| reading.raw.thousandths() % 1000 == 0).count();
    whole * 10 >= history.len() * 9
}

/// Where the true reading is expected: normal about a middle, within hard bounds.
struct Expected {
    middle: f64,
    sd: f64,
    least: f64,
    most: f64,
}

impl Expected {
    fn in_gap(gap: &Gap, model: &Model) -> Option<Self> {
        let (judge, repair) = (&model.judge, &model.repair);
        let sd_ahead = |usual: f64| repair.ahead_sd_share * usual + repair.ahead_sd_miles;
        let ahead = |time: f64| (gap.usual * time, judge.slack_miles + judge.fastest_miles_per_day * time);
        Some(match (gap.before, gap.after) {
            (Some((day0, low)), Some((day1, high))) => {
                let time = day1 - day0;
                let share = if time > 0.0 { (gap.day - day0) / time } else { 0.5 };
                let gain = high - low;
                // A bridge: surest at its ends.
                let width = (share * (1.0 - share)).max(0.0).sqrt();
                let sd = repair.bridge_sd_miles + repair.bridge_sd_share * gain * width;
                Self { middle: low + gain * share, sd, least: low, most: high }
            }
            (Some((day0, low)), None) => {
                let (usual, most) = ahead(gap.day - day0);
                Self { middle: low + usual, sd: sd_ahead(usual), least: low, most: low + most }
            }
            (None, Some((day1, high))) => {
                let (usual, most) = ahead(day1 - gap.day);
                Self { middle: high - usual, sd: sd_ahead(usual), least: (high - most).max(0.0), most: high }
            }
            (None, None) => return None,
        })
    }

    /// Per mile.
    fn density(&self, miles: f64) -> f64 {
        if miles < self.least || miles > self.most {
            return 0.0;
        }
        let z = (miles - self.middle) / self.sd;
        (-z * z / 2.0).exp() / self.sd * 0.398_942_280_401_432_7
    }
}

/// Every number that one slip could have turned into `raw`: (slip, thousandths of the unit, chance).
fn slips(raw: RawOdometer, whole_history: bool, model: &Model) -> Vec<(Repair, i64, f64)> {
    let weights = &model.repair;
    let mut found = Vec::with_capacity(160);
    let typed = raw.thousandths();
    if typed < 0 {
        return found;
    }
    let (whole, rest) = (typed / 1000, typed % 1000);
    let digits: Vec<i64> = whole.to_string().bytes().map(|byte| i64::from(byte) - i64::from(b'0')).collect();
    let number = |digits: &mut dyn Iterator<Item = i64>| -> i64 {
        digits.take(12).fold(0, |number, digit| number * 10 + digit) * 1000 + rest
    };
    let count = f64::from(u32::try_from(digits.len()).unwrap_or(u32::MAX));
    if digits.len() <= 12 {
        for place in 0..=digits.len() {
            for digit in 0..=9 {
                if place == 0 && digit == 0 {
                    continue;
                }
                let mut with = digits
                    .iter()
                    .take(place)
                    .copied()
                    .chain([digit])
                    .chain(digits.iter().skip(place).copied());
                found.push((Repair::DroppedDigit, number(&mut with), weights.dropped_digit / (count + 1.0)));
            }
        }
        for (place, &was) in digits.iter().enumerate() {
            if count > 1.0 {
                let mut without = digits.iter().take(place).chain(digits.iter().skip(place + 1)).copied();
                found.push((Repair::ExtraDigit, number(&mut without), weights.extra_digit / count / 10.0));
            }
            for digit in (0..=9).filter(|&digit| digit != was && !(place == 0 && digit == 0)) {
                let mut changed =
                    digits.iter().enumerate().map(|(at, &d)| if at == place { digit } else { d });
                found.push((Repair::WrongDigit, number(&mut changed), weights.wrong_digit / count / 9.0));
            }
            if let Some(&next) = digits.get(place + 1).filter(|&&next| next != was) {
                let mut swapped = digits.iter().enumerate().map(|(at, &d)| match at {
                    _ if at == place => next,
                    _ if at == place + 1 => was,
                    _ => d,
                });
                found.push((
                    Repair::SwappedDigits,
                    number(&mut swapped),
                    weights.swapped_digits / (count - 1.0),
                ));
            }
        }
    }
    let mut scaled = |kind: Repair, factor: f64, weight: f64| {
        // Below 10^15 thousandths, which a float holds exactly; the cast saturates.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
        found.push((kind, (typed as f64 * factor).round() as i64, weight));
    };
    // The chance is per mile of the true reading: so many miles lead to one and the same number typed. Where nobody
    // writes tenths the number may be whole miles times ten, and then it ends in 0.
    let of_whole = if whole_history { weights.tenths_of_whole } else { 0.0 };
    let ends_in_zero = f64::from(u8::from(typed % 10_000 == 0));
    let tenths = of_whole * ends_in_zero + (1.0 - of_whole) * 0.1;
    scaled(Repair::TenthsAsMiles, 0.1, weights.tenths_as_miles * tenths);
    match raw.unit() {
        DistanceUnit::Miles => {
            scaled(
                Repair::KilometresAsMiles,
                1.0 / KILOMETRES_PER_MILE,
                weights.kilometres_as_miles / KILOMETRES_PER_MILE,
            );
        }
        DistanceUnit::Kilometres => {
            scaled(Repair::MilesAsKilometres, KILOMETRES_PER_MILE, weights.miles_as_kilometres);
            scaled(Repair::MetresAsKilometres, 0.001, weights.metres_as_kilometres);
        }
        DistanceUnit::Metres => {}
    }
    found
}
