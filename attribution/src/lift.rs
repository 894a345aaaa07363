//! Would it have come anyway? The difference between the households spoken to and those left alone, with a range that
//! may be looked at every day.
//!
//! **The unit** is a household, once per programme and season, counted when the days of its outcome are over: each
//! brings what it spent in that time, and what it spent in the period before. A household whose time is not over yet
//! is not in the sums; so those counted first are not those who came fast.
//!
//! **The range** is an asymptotic confidence sequence: Robbins' normal mixture around the difference of means
//! (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Time-uniform central limit theory and asymptotic confidence
//! sequences, Annals of Statistics 52(6), 2024, theorem 2.2; the mixture as in Howard, Ramdas, McAuliffe and Sekhon,
//! Annals of Statistics 49(2), 2021). At `t` households with standard error `s` it reaches
//! `s * sqrt((x + 1) / x * ln((x + 1) / miss^2))` to each side, `x = t / planned * best`, where `best` makes the range
//! narrowest at the planned number. It is one of large samples: the policy's least numbers keep it from speaking early.
//!
//! **The period before** takes out what the groups differed in anyway (CUPED: Deng, Xu, Kohavi and Walker, WSDM 2013),
//! with the factor that makes the standard error least for two groups of unlike size.
//!
//! Sums are kept in whole numbers, so neither order nor grouping of the input moves a digit.

use fixedops_vocab::PolicyVersion;

use crate::word::words;

words! {
    /// What is compared.
    #[allow(clippy::exhaustive_enums, reason = "a report must name every measure")]
    Measure {
        /// Service visits per household.
        Visits = "visits",
        /// Customer-pay cents per household.
        CustomerPay = "customer_pay",
        /// Households that opted out: 0 or 1.
        OptOuts = "opt_outs",
    }
}

/// The households of one group, added up for one measure.
///
/// ```
/// use fixedops_attribution::lift::Group;
/// let mut group = Group::default();
/// group.add(40_000, 51_250);
/// group.add(0, 0);
/// assert_eq!((group.households(), group.total(), group.responding()), (2, 51_250, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Group {
    households: u64,
    responding: u64,
    after: i128,
    after_squared: i128,
    before: i128,
    before_squared: i128,
    product: i128,
}

impl Group {
    /// Adds a household whose time is over: its figure in the period before, and in the time of the outcome. Visits
    /// and opt-outs are counts; dollars are cents, negative where returns outweigh.
    pub fn add(&mut self, before: i64, after: i64) {
        let (x, y) = (i128::from(before), i128::from(after));
        self.merge(&Self {
            households: 1,
            responding: u64::from(after != 0),
            after: y,
            after_squared: y * y,
            before: x,
            before_squared: x * x,
            product: x * y,
        });
    }

    /// Adds another part of the same group. Sums stop at what a 128-bit number holds.
    pub fn merge(&mut self, other: &Self) {
        self.households = self.households.saturating_add(other.households);
        self.responding = self.responding.saturating_add(other.responding);
        self.after = self.after.saturating_add(other.after);
        self.after_squared = self.after_squared.saturating_add(other.after_squared);
        self.before = self.before.saturating_add(other.before);
        self.before_squared = self.before_squared.saturating_add(other.before_squared);
        self.product = self.product.saturating_add(other.product);
    }

    /// How many households.
    #[must_use]
    pub const fn households(&self) -> u64 {
        self.households
    }

    /// How many of them with a figure other than zero.
    #[must_use]
    pub const fn responding(&self) -> u64 {
        self.responding
    }

    /// The sum over the outcome.
    #[must_use]
    pub const fn total(&self) -> i128 {
        self.after
    }

    fn moments(&self) -> Moments {
        let n = self.households as f64;
        // n * sum(ab) - sum(a) * sum(b), exact where it fits: no digits are lost between two large numbers.
        let spread = |ab: i128, a: i128, b: i128| {
            let exact = i128::from(self.households)
                .checked_mul(ab)
                .zip(a.checked_mul(b))
                .and_then(|(left, right)| left.checked_sub(right));
            exact.map_or(n * ab as f64 - a as f64 * b as f64, |exact| exact as f64) / (n * (n - 1.0))
        };
        Moments {
            n,
            after: self.after as f64 / n,
            before: self.before as f64 / n,
            after_variance: spread(self.after_squared, self.after, self.after),
            before_variance: spread(self.before_squared, self.before, self.before),
            covariance: spread(self.product, self.before, self.after),
        }
    }
}

struct Moments {
    n: f64,
    after: f64,
    before: f64,
    after_variance: f64,
    before_variance: f64,
    covariance: f64,
}

impl Moments {
    /// The squared standard error of the mean of `after - factor * before`; for opt-outs never less than that of a
    /// group with two more of each answer, since a count of none is no proof of never.
    fn squared_error(&self, factor: f64, measure: Measure) -> f64 {
        let mut variance = self.after_variance;
        if measure == Measure::OptOuts {
            let share = (self.after * self.n + 2.0) / (self.n + 4.0);
            variance = variance.max(share * (1.0 - share));
        }
        let taken_out = 2.0 * factor * self.covariance - factor * factor * self.before_variance;
        (variance - taken_out).max(0.0) / self.n
    }
}

/// The rules under which a difference is called one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct LiftRules {
    /// Their version.
    pub version: PolicyVersion,
    /// In how many of 100 experiments the range may miss the truth at any look: 1 to 50.
    pub miss_percent: u8,
    /// Households in each group before a number is shown; at least 2.
    pub minimum_households: u64,
    /// Households with a figure other than zero in each group before a number is shown (for opt-outs: in both
    /// together).
    pub minimum_responding: u64,
    /// What would take longer is not promised.
    pub longest_weeks: u32,
}

/// One experiment as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a question, asked field by field")]
pub struct Experiment<'a> {
    /// What is compared.
    pub measure: Measure,
    /// Those spoken to; in a comparison of two plans those of the one.
    pub treated: &'a Group,
    /// Those left alone; in a comparison of two plans those of the other.
    pub control: &'a Group,
    /// How many households both groups together are planned to have at the end. Fixed before the first look: it says
    /// where the range is narrowest, and moving it with the data would void the promise.
    pub planned_households: u64,
    /// Days since the first household could be counted.
    pub days: u32,
}

/// What can be said today.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a page must handle every answer")]
pub enum Answer {
    /// The groups are too small for a number.
    CannotSayYet {
        /// What is missing.
        lack: Lack,
        /// In how many weeks it is there, at this rate. `None`: not within the longest time of the rules.
        weeks: Option<u32>,
    },
    /// The range holds both more and less: no difference is shown yet.
    NoDifferenceYet {
        /// The range so far.
        range: Range,
        /// In how many weeks a difference as large as today's estimate would show, at this rate. `None`: not within
        /// the longest time of the rules.
        weeks: Option<u32>,
    },
    /// The groups differ.
    Differs(Range),
}

/// What is missing before a number is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a page must name each")]
pub enum Lack {
    /// Households in the smaller group.
    Households {
        /// How many there are.
        have: u64,
        /// How many are needed.
        need: u64,
    },
    /// Households with a figure other than zero.
    Responding {
        /// How many there are in the group with fewer (for opt-outs: in both).
        have: u64,
        /// How many are needed.
        need: u64,
    },
}

/// A difference per household, those spoken to less those left alone, in the measure's unit (visits, cents, opt-outs).
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Range {
    /// The best guess.
    pub estimate: f64,
    /// The low end.
    pub low: f64,
    /// The high end.
    pub high: f64,
    /// Standard error of the estimate: what a range for one single look would be made of.
    pub standard_error: f64,
    /// The part of the variance that the period before took out, 0 to 1.
    pub taken_out: f64,
}

impl Range {
    /// The range for all households of the treated group together: what came that would not have come anyway.
    #[must_use]
    pub fn times(&self, households: u64) -> (f64, f64) {
        (self.low * households as f64, self.high * households as f64)
    }
}

/// What can be said of an experiment today. Pure: the same sums give the same answer.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use fixedops_attribution::lift::{Answer, Experiment, Group, Lack, LiftRules, Measure, lift};
/// let (mut treated, mut control) = (Group::default(), Group::default());
/// (0..900).for_each(|n| treated.add(0, if n % 5 == 0 { 49_400 } else { 0 }));
/// (0..50).for_each(|n| control.add(0, if n % 8 == 0 { 49_400 } else { 0 }));
/// let experiment = Experiment {
///     measure: Measure::CustomerPay,
///     treated: &treated,
///     control: &control,
///     planned_households: 4_000,
///     days: 28,
/// };
/// // Fifty of a hundred households after four weeks: four more weeks.
/// assert_eq!(
///     lift(&experiment, &LiftRules::shipped()),
///     Answer::CannotSayYet { lack: Lack::Households { have: 50, need: 100 }, weeks: Some(4) },
/// );
/// # }
/// ```
#[must_use]
pub fn lift(experiment: &Experiment<'_>, rules: &LiftRules) -> Answer {
    let Experiment { measure, treated, control, days, .. } = *experiment;
    if let Some(lack) = lack(experiment, rules) {
        let (Lack::Households { have, need } | Lack::Responding { have, need }) = lack;
        return Answer::CannotSayYet { lack, weeks: weeks_until(have, need, days, rules.longest_weeks) };
    }

    let (t, c) = (treated.moments(), control.moments());
    let before = t.before_variance / t.n + c.before_variance / c.n;
    let factor = if before > 0.0 { (t.covariance / t.n + c.covariance / c.n) / before } else { 0.0 };
    let squared = |factor| t.squared_error(factor, measure) + c.squared_error(factor, measure);
    let estimate = (t.after - c.after) - factor * (t.before - c.before);
    let standard_error = squared(factor).sqrt();
    let plain = squared(0.0);
    let miss = f64::from(rules.miss_percent.clamp(1, 50)) / 100.0;
    let share = (t.n + c.n) / experiment.planned_households.max(1) as f64;

    let reach = standard_error * multiple(share, miss);
    let range = Range {
        estimate,
        low: estimate - reach,
        high: estimate + reach,
        standard_error,
        taken_out: if plain > 0.0 { (1.0 - standard_error * standard_error / plain).max(0.0) } else { 0.0 },
    };
    if range.low > 0.0 || range.high < 0.0 {
        return Answer::Differs(range);
    }
    let weeks = (1..=rules.longest_weeks).find(|week| {
        let growth = 1.0 + 7.0 * f64::from(*week) / f64::from(days.max(1));
        standard_error / growth.sqrt() * multiple(share * growth, miss) < estimate.abs()
    });
    Answer::NoDifferenceYet { range, weeks }
}

fn lack(experiment: &Experiment<'_>, rules: &LiftRules) -> Option<Lack> {
    let (treated, control) = (experiment.treated, experiment.control);
    let households = treated.households.min(control.households);
    let need = rules.minimum_households.max(2);
    if households < need {
        return Some(Lack::Households { have: households, need });
    }
    let responding = match experiment.measure {
        Measure::OptOuts => treated.responding.saturating_add(control.responding),
        Measure::Visits | Measure::CustomerPay => treated.responding.min(control.responding),
    };
    let need = rules.minimum_responding;
    (responding < need).then_some(Lack::Responding { have: responding, need })
}

fn weeks_until(have: u64, need: u64, days: u32, longest: u32) -> Option<u32> {
    if have == 0 {
        return None;
    }
    let missing = u128::from(need - have) * u128::from(days.max(1));
    let weeks = missing.div_ceil(u128::from(have) * 7);
    u32::try_from(weeks).ok().filter(|weeks| *weeks <= longest)
}

/// How many standard errors the range reaches when `share` of the planned households are counted.
fn multiple(share: f64, miss: f64) -> f64 {
    let x = share * best(miss);
    ((x + 1.0) / x * ((x + 1.0) / (miss * miss)).ln()).sqrt()
}

/// The `x` at which `(x + 1) / x * ln((x + 1) / miss^2)` is least: where `x = ln((x + 1) / miss^2)`. The iteration
/// contracts, its slope being 1 / (x + 1).
fn best(miss: f64) -> f64 {
    (0..64).fold(1.0, |x: f64, _| ((x + 1.0) / (miss * miss)).ln())
}

/// Why rules were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LiftRulesError {
    /// The TOML does not read: the message names line and column, or the key.
    #[error("{0}")]
    Unreadable(String),
    /// A rule without the source it was taken from.
    #[error("{0}: the source is empty")]
    NoSource(&'static str),
    /// A number that makes no sense.
    #[error("{0}: out of range")]
    OutOfRange(&'static str),
}

#[cfg(feature = "serde")]
mod file {
    use super::{LiftRules, LiftRulesError, PolicyVersion};

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        version: PolicyVersion,
        miss_percent: Rule<u8>,
        minimum_households: Rule<u64>,
        minimum_responding: Rule<u64>,
        longest_weeks: Rule<u32>,
    }

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Rule<T> {
        value: T,
        source: String,
    }

    impl<T: Copy> Rule<T> {
        fn within(&self, name: &'static str, fits: impl Fn(T) -> bool) -> Result<T, LiftRulesError> {
            if self.source.trim().is_empty() {
                return Err(LiftRulesError::NoSource(name));
            }
            if fits(self.value) { Ok(self.value) } else { Err(LiftRulesError::OutOfRange(name)) }
        }
    }

    impl LiftRules {
        /// This project's own rules, as shipped.
        #[must_use]
        pub fn shipped() -> Self {
            Self::from_toml(include_str!("../policies/lift.toml"))
                .expect("the shipped rules are read by a test")
        }

        /// Rules from TOML: `version`, and per rule a table with `value` and `source`.
        ///
        /// # Errors
        /// [`LiftRulesError`], naming the place.
        pub fn from_toml(text: &str) -> Result<Self, LiftRulesError> {
            let file: File = toml::from_str(text).map_err(|e| LiftRulesError::Unreadable(e.to_string()))?;
            Ok(Self {
                version: file.version,
                miss_percent: file.miss_percent.within("miss_percent", |v| (1..=50).contains(&v))?,
                minimum_households: file.minimum_households.within("minimum_households", |v| v >= 2)?,
                minimum_responding: file.minimum_responding.within("minimum_responding", |v| v >= 1)?,
                longest_weeks: file.longest_weeks.within("longest_weeks", |v| (1..=1_000).contains(&v))?,
            })
        }
    }
}
