use crate::Model;

/// Sd of a difference of two odometer readings beyond rounding to the mile, miles: the mile shown has just begun or
/// is nearly done, at both ends (uniform over a mile: 1 / sqrt 12 each).
const READING_SD: f64 = 0.41;

/// The factor from GPS miles to the miles of one dash, with its error.
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
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "StoredScale"))]
pub struct Scale {
    factor: f64,
    variance: f64,
}

impl Scale {
    /// What is assumed of a car that has taught us nothing: 1, with the makers' usual tolerance.
    #[must_use]
    pub fn prior(model: &Model) -> Self {
        Self { factor: 1.0, variance: model.track.scale_sd.powi(2) }
    }

    /// Learns from two readings that bracket GPS miles: the miles between them by dash and by GPS, and the sd of the
    /// latter. Pairs that no dash can have shown (beyond the worst tolerance) teach nothing.
    pub fn learn(&mut self, dash_miles: f64, gps_miles: f64, gps_sd: f64, model: &Model) {
        let ratio = dash_miles / gps_miles;
        let worst = model.track.worst_scale_error;
        if !ratio.is_finite() || !gps_sd.is_finite() || (ratio - 1.0).abs() > worst {
            return;
        }
        let variance =
            (READING_SD.powi(2) + gps_sd.powi(2)) / gps_miles.powi(2) + model.track.scale_noise.powi(2);
        let gain = self.variance / (self.variance + variance);
        self.factor += gain * (ratio - self.factor);
        self.variance *= 1.0 - gain;
    }

    /// Dash miles for each GPS mile.
    #[must_use]
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// Its standard deviation.
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.variance.sqrt()
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct StoredScale {
    factor: f64,
    variance: f64,
}

#[cfg(feature = "serde")]
impl TryFrom<StoredScale> for Scale {
    type Error = &'static str;
    fn try_from(StoredScale { factor, variance }: StoredScale) -> Result<Self, Self::Error> {
        if factor.is_finite() && factor > 0.0 && variance.is_finite() && variance >= 0.0 {
            Ok(Self { factor, variance })
        } else {
            Err("a scale is a factor above 0 and a variance from 0 on")
        }
    }
}
