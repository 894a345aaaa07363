use chrono::{DateTime, Utc};

use crate::Model;

/// Sd of a difference of two odometer readings beyond rounding to the mile, miles: the mile shown has just begun or
/// is nearly done, at both ends (uniform over a mile: 1 / sqrt 12 each).
const READING_SD: f64 = 0.41;
/// Brackets kept apart to see whether the factor has changed for good.
const RECENT: usize = 6;

/// The factor from GPS miles to the miles of one dash, with its error.
///
/// Learned from every pair of readings that bracket GPS miles, from a prior of the makers' usual tolerance. New tyres, or
/// another tracker, change it for good: where two or more brackets in a row agree with each other and not with what was
/// learned before, the factor starts anew from them, and [`Scale::changed_at`] says since when. A single wild bracket
/// never does that; it only counts for less.
///
/// ```
/// use fixedops_odometer_core::{Model, Scale};
/// let model = Model::shipped();
/// let mut scale = Scale::prior(&model);
/// scale.learn(1_020.0, 1_000.0, 3.0, &model);
/// assert!((scale.factor() - 1.019).abs() < 0.001);
/// assert!(scale.sd() < 0.005);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Stored", into = "stored::Stored")
)]
pub struct Scale {
    /// What the brackets before the recent ones taught, and how many they were.
    before: Belief,
    learned: u32,
    /// The last few, oldest first.
    recent: [Bracket; RECENT],
    kept: u8,
    /// All of them together.
    now: Belief,
    changed_at: Option<i64>,
}

/// A factor that is normally distributed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Belief {
    factor: f64,
    variance: f64,
}

impl Belief {
    /// With one more value of it.
    fn with(self, ratio: f64, variance: f64) -> Self {
        let gain = self.variance / (self.variance + variance);
        Self { factor: self.factor + gain * (ratio - self.factor), variance: self.variance * (1.0 - gain) }
    }

    /// As [`Belief::with`], but a value that lies far off counts for less, the further the less.
    fn with_doubt(self, bracket: &Bracket, model: &Model) -> Self {
        let sigmas = model.track.scale_wild_sigmas;
        let strain = self.strain(bracket) / (sigmas * sigmas);
        self.with(bracket.ratio, bracket.variance * strain.max(1.0))
    }

    /// How far off a bracket lies, in sd, squared.
    fn strain(&self, bracket: &Bracket) -> f64 {
        (bracket.ratio - self.factor).powi(2) / (self.variance + bracket.variance)
    }
}

/// What two readings and the GPS between them say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Bracket {
    ratio: f64,
    variance: f64,
    /// When it began, milliseconds since 1970.
    from: Option<i64>,
}

impl Scale {
    /// What is assumed of a car that has taught us nothing: 1, with the makers' usual tolerance.
    #[must_use]
    pub fn prior(model: &Model) -> Self {
        let prior = Belief { factor: 1.0, variance: model.track.scale_sd.powi(2) };
        Self {
            before: prior,
            learned: 0,
            recent: [Bracket::default(); RECENT],
            kept: 0,
            now: prior,
            changed_at: None,
        }
    }

    /// Learns from two readings that bracket GPS miles: the miles between them by dash and by GPS, and the sd of the
    /// latter. Pairs that no dash can have shown (beyond the worst tolerance) teach nothing.
    pub fn learn(&mut self, dash_miles: f64, gps_miles: f64, gps_sd: f64, model: &Model) {
        self.take(dash_miles, gps_miles, gps_sd, None, model);
    }

    /// As [`Scale::learn`], of a bracket whose first reading was taken at `from`: so that a change can be dated.
    ///
    /// ```
    /// use fixedops_odometer_core::{Model, Scale};
    /// let model = Model::shipped();
    /// let mut scale = Scale::prior(&model);
    /// let month = |n: u32| chrono::NaiveDate::from_ymd_opt(2026, n, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
    /// for n in 1..=8 {
    ///     let dash = if n < 6 { 1_010.0 } else { 970.0 }; // new tyres in June
    ///     scale.learn_from(month(n).ok_or("no month")?.and_utc(), dash, 1_000.0, 3.0, &model);
    /// }
    /// assert!((scale.factor() - 0.97).abs() < 0.003, "{}", scale.factor());
    /// assert_eq!(scale.changed_at(), month(6).map(|at| at.and_utc()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn learn_from(
        &mut self,
        from: DateTime<Utc>,
        dash_miles: f64,
        gps_miles: f64,
        gps_sd: f64,
        model: &Model,
    ) {
        self.take(dash_miles, gps_miles, gps_sd, Some(from.timestamp_millis()), model);
    }

    fn take(&mut self, dash_miles: f64, gps_miles: f64, gps_sd: f64, from: Option<i64>, model: &Model) {
        let ratio = dash_miles / gps_miles;
        let worst = model.track.worst_scale_error;
        if !ratio.is_finite() || !gps_sd.is_finite() || gps_miles <= 0.0 || (ratio - 1.0).abs() > worst {
            return;
        }
        let variance =
            (READING_SD.powi(2) + gps_sd.powi(2)) / gps_miles.powi(2) + model.track.scale_noise.powi(2);
        // Miles so many that their squares are no numbers teach nothing.
        if !variance.is_finite() {
            return;
        }
        self.keep(Bracket { ratio, variance, from }, model);
        if let Some(first) = self.change(model) {
            self.start_anew(first, model);
        }
        let brackets = self.brackets();
        self.now = brackets.iter().fold(self.before, |belief, bracket| belief.with_doubt(bracket, model));
    }

    fn brackets(&self) -> &[Bracket] {
        self.recent.get(..usize::from(self.kept)).unwrap_or_default()
    }

    fn keep(&mut self, bracket: Bracket, model: &Model) {
        if usize::from(self.kept) == RECENT {
            if let Some(oldest) = self.recent.first() {
                self.before = self.before.with_doubt(oldest, model);
                self.learned = self.learned.saturating_add(1);
            }
            self.recent.rotate_left(1);
            self.kept -= 1;
        }
        if let Some(slot) = self.recent.get_mut(usize::from(self.kept)) {
            *slot = bracket;
            self.kept += 1;
        }
    }

    /// From which of the recent brackets on the factor is another one, if it is.
    fn change(&self, model: &Model) -> Option<usize> {
        let brackets = self.brackets();
        let sigmas = model.track.scale_change_sigmas;
        let mut likeliest = None;
        let mut most = sigmas * sigmas;
        for first in 0..brackets.len().saturating_sub(1) {
            let (old, new) = brackets.split_at(first);
            // What was never learned cannot have changed.
            if old.len() as u64 + u64::from(self.learned) < 2 {
                continue;
            }
            let old = old.iter().fold(self.before, |belief, bracket| belief.with_doubt(bracket, model));
            let new_factor = anew(new, model);
            let apart = (new_factor.factor - old.factor).powi(2) / (new_factor.variance + old.variance);
            // One of them alone, however wild, is no change: each must be nearer to the new factor than to the old.
            let nearer = |bracket: &Bracket| {
                (bracket.ratio - new_factor.factor).abs() < (bracket.ratio - old.factor).abs()
                    && new_factor.strain(bracket) < sigmas * sigmas
            };
            if apart > most && new.iter().all(nearer) {
                (likeliest, most) = (Some(first), apart);
            }
        }
        likeliest
    }

    fn start_anew(&mut self, first: usize, model: &Model) {
        let new = self.brackets().get(first..).unwrap_or_default();
        let changed_at = new.first().and_then(|bracket| bracket.from);
        let mut recent = [Bracket::default(); RECENT];
        let mut kept = 0;
        for (slot, bracket) in recent.iter_mut().zip(new) {
            *slot = *bracket;
            kept += 1;
        }
        *self = Self { recent, kept, changed_at: changed_at.or(self.changed_at), ..Self::prior(model) };
        self.before = wide(model);
    }

    /// Dash miles for each GPS mile.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.now.factor
    }

    /// Its standard deviation.
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.now.variance.sqrt()
    }

    /// Since when the factor is what it is, where it changed for good and the bracket was dated.
    #[must_use]
    pub fn changed_at(&self) -> Option<DateTime<Utc>> {
        self.changed_at.and_then(DateTime::from_timestamp_millis)
    }
}

/// What is assumed of a factor that has just changed: anything a dash may show.
fn wide(model: &Model) -> Belief {
    Belief {
        factor: 1.0,
        variance: (model.track.worst_scale_error / 2.0).powi(2).max(model.track.scale_sd.powi(2)),
    }
}

/// The factor by these brackets alone.
fn anew(brackets: &[Bracket], model: &Model) -> Belief {
    brackets.iter().fold(wide(model), |belief, bracket| belief.with(bracket.ratio, bracket.variance))
}

/// What a stored scale cannot hold is refused when it is read back.
#[cfg(feature = "serde")]
mod stored {
    use serde::{Deserialize, Serialize};

    use super::{Belief, Bracket, RECENT, Scale};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Stored {
        factor: f64,
        variance: f64,
        before_factor: f64,
        before_variance: f64,
        learned: u32,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        recent: Vec<StoredBracket>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        changed_at_ms: Option<i64>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct StoredBracket {
        ratio: f64,
        variance: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from_ms: Option<i64>,
    }

    impl From<Scale> for Stored {
        fn from(scale: Scale) -> Self {
            let Scale { before, learned, now, changed_at, .. } = scale;
            let stored = |bracket: &Bracket| StoredBracket {
                ratio: bracket.ratio,
                variance: bracket.variance,
                from_ms: bracket.from,
            };
            Self {
                factor: now.factor,
                variance: now.variance,
                before_factor: before.factor,
                before_variance: before.variance,
                learned,
                recent: scale.brackets().iter().map(stored).collect(),
                changed_at_ms: changed_at,
            }
        }
    }

    fn belief(factor: f64, variance: f64) -> Result<Belief, &'static str> {
        if factor.is_finite() && factor > 0.0 && variance.is_finite() && variance >= 0.0 {
            Ok(Belief { factor, variance })
        } else {
            Err("a scale is a factor above 0 and a variance from 0 on")
        }
    }

    fn when(ms: Option<i64>) -> Result<Option<i64>, &'static str> {
        if ms.is_none_or(|ms| chrono::DateTime::from_timestamp_millis(ms).is_some()) {
            Ok(ms)
        } else {
            Err("a scale changed at a time that cannot be")
        }
    }

    impl TryFrom<Stored> for Scale {
        type Error = &'static str;
        fn try_from(stored: Stored) -> Result<Self, Self::Error> {
            let mut recent = [Bracket::default(); RECENT];
            if stored.recent.len() > RECENT {
                return Err("more brackets than are kept");
            }
            let mut kept = 0;
            for (slot, bracket) in recent.iter_mut().zip(stored.recent) {
                let Belief { factor: ratio, variance } = belief(bracket.ratio, bracket.variance)?;
                if variance == 0.0 {
                    return Err("a bracket is never certain");
                }
                *slot = Bracket { ratio, variance, from: when(bracket.from_ms)? };
                kept += 1;
            }
            Ok(Self {
                before: belief(stored.before_factor, stored.before_variance)?,
                learned: stored.learned,
                recent,
                kept,
                now: belief(stored.factor, stored.variance)?,
                changed_at: when(stored.changed_at_ms)?,
            })
        }
    }
}
