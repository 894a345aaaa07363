//! How early or late a touch came against the car's real use: miles and days from the crossing as it is known later,
//! mileage-timed and calendar-timed touches side by side.
//!
//! Both kinds are held against the same truth, the crossing found from readings taken afterwards; so a kind that does
//! well here did well on the road, not in its own forecast. Which of two plans brings more visits is another question,
//! answered by the experiment of [`lift`](crate::lift).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fixedops_vocab::{Miles, PolicyVersion, TouchKey};

use crate::word::words;

words! {
    /// What set the day of a touch.
    #[allow(clippy::exhaustive_enums, reason = "the two are put side by side")]
    Timing {
        /// The miles the car was thought to have driven.
        Mileage = "mileage",
        /// The calendar: so many months after the last visit.
        Calendar = "calendar",
    }
}

/// A touch, and what the readings that came later say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct TimedTouch {
    /// Which touch.
    pub key: TouchKey,
    /// What set its day.
    pub timing: Timing,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// The odometer at that moment, as it is known later. `None`: no reading lies on both sides.
    pub odometer: Option<Miles>,
    /// The odometer at which the service was due.
    pub due: Miles,
    /// When the car passed it, as it is known later. `None`: it has not yet, or nobody knows.
    pub crossed_at: Option<DateTime<Utc>>,
}

/// How far a touch was from the crossing. Negative: early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Distance {
    /// Whole days after the crossing, rounded towards it.
    pub days: Option<i64>,
    /// Tenths of a mile past the due odometer.
    pub tenths_of_miles: Option<i64>,
}

impl TimedTouch {
    /// How early or late it came.
    ///
    /// ```
    /// use fixedops_attribution::relevance::{TimedTouch, Timing};
    /// use fixedops_vocab::{Miles, TouchKey};
    /// let touch = TimedTouch {
    ///     key: TouchKey { case: "mileage_due/17".parse()?, touch: "1".parse()? },
    ///     timing: Timing::Mileage,
    ///     sent_at: "2026-03-02T15:00:00Z".parse()?,
    ///     odometer: Some(Miles::from_whole(34_700)?),
    ///     due: Miles::from_whole(35_000)?,
    ///     crossed_at: Some("2026-03-11T15:00:00Z".parse()?),
    /// };
    /// let distance = touch.distance();
    /// assert_eq!((distance.days, distance.tenths_of_miles), (Some(-9), Some(-3_000)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn distance(&self) -> Distance {
        Distance {
            days: self.crossed_at.map(|crossed| (self.sent_at - crossed).num_days()),
            tenths_of_miles: self
                .odometer
                .map(|odometer| i64::from(odometer.tenths()) - i64::from(self.due.tenths())),
        }
    }
}

/// What counts as on time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct RelevanceRules {
    /// Their version.
    pub version: PolicyVersion,
    /// Days before or after the crossing.
    pub on_time_days: u16,
    /// Miles before or after the due odometer.
    pub on_time_miles: u16,
}

/// The touches of one kind of timing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Relevance {
    /// How many touches; each key once.
    pub touches: u64,
    /// Against the days of the crossing.
    pub days: Spread,
    /// Against the due odometer, in tenths of a mile.
    pub tenths_of_miles: Spread,
}

/// Early, late and on time. `early + on_time + late + unknown` is the number of touches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Spread {
    /// More than the limit before.
    pub early: u64,
    /// Within the limit, the limit itself too.
    pub on_time: u64,
    /// More than the limit after.
    pub late: u64,
    /// The crossing, or the odometer at the touch, is not known.
    pub unknown: u64,
    /// The tenth, half and nine tenths points of what is known (the lower one of two): `None` where nothing is.
    pub p10_p50_p90: Option<[i64; 3]>,
    /// The middle of the distances without sign.
    pub middle_distance: Option<u64>,
}

/// Touches by kind of timing, side by side. A touch that is given twice counts once; of two that differ the last.
#[must_use]
pub fn relevance(touches: &[TimedTouch], rules: &RelevanceRules) -> BTreeMap<Timing, Relevance> {
    let once: BTreeMap<&TouchKey, &TimedTouch> = touches.iter().map(|touch| (&touch.key, touch)).collect();
    let mut by_timing: BTreeMap<Timing, Vec<Distance>> = BTreeMap::new();
    for touch in once.into_values() {
        by_timing.entry(touch.timing).or_default().push(touch.distance());
    }
    let of = |distances: Vec<Distance>| Relevance {
        touches: distances.len() as u64,
        days: Spread::of(distances.iter().map(|d| d.days), i64::from(rules.on_time_days)),
        tenths_of_miles: Spread::of(
            distances.iter().map(|d| d.tenths_of_miles),
            i64::from(rules.on_time_miles) * 10,
        ),
    };
    by_timing.into_iter().map(|(timing, distances)| (timing, of(distances))).collect()
}

impl Spread {
    fn of(distances: impl Iterator<Item = Option<i64>>, limit: i64) -> Self {
        let mut spread = Self::default();
        let mut known = Vec::new();
        for distance in distances {
            match distance {
                None => spread.unknown += 1,
                Some(distance) => {
                    known.push(distance);
                    if distance < -limit {
                        spread.early += 1;
                    } else if distance > limit {
                        spread.late += 1;
                    } else {
                        spread.on_time += 1;
                    }
                }
            }
        }
        known.sort_unstable();
        spread.p10_p50_p90 =
            point(&known, 10).zip(point(&known, 50)).zip(point(&known, 90)).map(|((a, b), c)| [a, b, c]);
        let mut sizes: Vec<u64> = known.iter().map(|distance| distance.unsigned_abs()).collect();
        sizes.sort_unstable();
        spread.middle_distance = point(&sizes, 50);
        spread
    }
}

/// The value below or at which `percent` of the sorted values lie.
fn point<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied()
}

/// Why rules were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelevanceRulesError {
    /// The TOML does not read: the message names line and column, or the key.
    #[error("{0}")]
    Unreadable(String),
    /// A rule without the source it was taken from.
    #[error("{0}: the source is empty")]
    NoSource(&'static str),
}

#[cfg(feature = "serde")]
mod file {
    use super::{PolicyVersion, RelevanceRules, RelevanceRulesError};

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        version: PolicyVersion,
        on_time_days: Rule,
        on_time_miles: Rule,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rule {
        value: u16,
        source: String,
    }

    impl Rule {
        fn sourced(&self, name: &'static str) -> Result<u16, RelevanceRulesError> {
            if self.source.trim().is_empty() {
                Err(RelevanceRulesError::NoSource(name))
            } else {
                Ok(self.value)
            }
        }
    }

    impl RelevanceRules {
        /// This project's own rules, as shipped.
        #[must_use]
        pub fn shipped() -> Self {
            Self::from_toml(include_str!("../policies/relevance.toml"))
                .expect("the shipped rules are read by a test")
        }

        /// Rules from TOML: `version`, and per rule a table with `value` and `source`.
        ///
        /// # Errors
        /// [`RelevanceRulesError`], naming the place.
        pub fn from_toml(text: &str) -> Result<Self, RelevanceRulesError> {
            let file: File =
                toml::from_str(text).map_err(|e| RelevanceRulesError::Unreadable(e.to_string()))?;
            Ok(Self {
                version: file.version,
                on_time_days: file.on_time_days.sourced("on_time_days")?,
                on_time_miles: file.on_time_miles.sourced("on_time_miles")?,
            })
        }
    }
}
