use crate::{Points, Unit};

/// What a measurement means: where the part is as new, where it needs watching, where it must not go on.
///
/// Either lower is worse (tread) or higher is worse (play): `fresh`, `caution` and `limit` say which by their order.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Limit {
    /// What is measured: `tread`.
    pub name: String,
    /// The section it is measured in: a red or yellow finding there without a measurement is known by its colour alone.
    #[cfg_attr(feature = "serde", serde(default))]
    pub section: Option<String>,
    /// The unit of the numbers below; a measurement in another unit of length is converted.
    pub unit: Unit,
    /// As new.
    pub fresh: f64,
    /// Needs attention soon.
    pub caution: f64,
    /// Must not go on: at or past it.
    pub limit: f64,
    /// The largest number anyone could measure; above it is a typing error.
    pub most: f64,
    /// The smallest; below it is a typing error. Zero where the table does not say: only what is counted from a minimum,
    /// as a rotor's thickness over the one stamped on it, can be below zero.
    #[cfg_attr(feature = "serde", serde(default))]
    pub least: f64,
    /// Whether a finding at or past the limit is shown above the fold, whatever its score.
    pub floor: bool,
    /// The law, standard or textbook it comes from, or that it is ours.
    pub source: String,
    /// How sure we are of it, in words.
    pub confidence: String,
}

impl Limit {
    /// Whether a number of thousandths can have been measured.
    pub(crate) fn believes(&self, value: i64) -> bool {
        (thousandths(self.least)..=thousandths(self.most)).contains(&value)
    }

    /// Whether the numbers are in order, finite, and within `most`.
    pub(crate) fn in_order(&self) -> bool {
        let numbers = [self.fresh, self.caution, self.limit, self.most];
        let falling = self.fresh > self.caution && self.caution > self.limit;
        let rising = self.fresh < self.caution && self.caution < self.limit;
        numbers.iter().all(|n| n.is_finite() && (0.0..=1e9).contains(n))
            && (falling || rising)
            && self.fresh.max(self.limit) <= self.most
    }

    /// How worn a part is that measures `value` thousandths: 0 as new, 0.5 at caution, 1 at or past the limit.
    pub(crate) fn wear(&self, value: i64) -> Points {
        let [fresh, caution, limit] = [self.fresh, self.caution, self.limit].map(thousandths);
        // Mirrored where higher is worse, so that one sum serves both.
        let sign = if fresh >= limit { 1 } else { -1 };
        // Loaded numbers are at most 1e12 thousandths, and so is a value that was believed.
        let [value, fresh, caution, limit] = [value, fresh, caution, limit].map(|n| n.saturating_mul(sign));
        let share = |part: i64, whole: i64| part.saturating_mul(5_000) / whole.max(1);
        if value <= limit {
            Points::ONE
        } else if value <= caution {
            Points::clamped(i128::from(10_000 - share(value.saturating_sub(limit), caution - limit)))
                .min(Points::clamped(9_999))
        } else {
            Points::clamped(i128::from(
                5_000 - share(value.saturating_sub(caution), fresh - caution).min(5_000),
            ))
        }
    }
}

/// Thousandths of a policy's number, rounded to the nearest.
pub(crate) fn thousandths(number: f64) -> i64 {
    // Loaded numbers lie between -1e9 and 1e9.
    (number * 1000.0 + 0.5).floor() as i64
}
