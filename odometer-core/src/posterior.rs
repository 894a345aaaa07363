use chrono::{DateTime, Utc};
use fixedops_vocab::{Mileage, Miles, MilesRange};

use crate::forecast::deviation;
use crate::judge::{Anchor, line_through};
use crate::known::{Known, Lessons};
use crate::{DueModel, Model, Reading, Reason, Scale, TrackSummary, Verdict};

/// What is known of one odometer on one day: the readings that count, the habit, and the miles tracked since.
///
/// The odometer to come is a rate times time plus lumps that fade into a walk, in a form whose quantiles never fall with
/// time; so neither does the probability of having reached a mileage. Only a manual correction or a new cluster begins
/// anew.
///
/// ```
/// use fixedops_odometer_core::{Model, Posterior, Reading};
/// use fixedops_vocab::{Basis, DistanceUnit, RawOdometer};
/// let read = |day: &str, miles: &str| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(Reading::reported(format!("{day}T12:00:00Z").parse()?, RawOdometer::parse(miles, DistanceUnit::Miles)?))
/// };
/// let readings = [read("2026-01-05", "41000")?, read("2026-03-06", "43100")?, read("2026-05-08", "45200")?];
/// let today = "2026-07-01T12:00:00Z".parse()?;
/// let posterior = Posterior::fit(&readings, &[], today, &Model::shipped());
/// let mileage = posterior.mileage_at(today);
/// assert_eq!(mileage.basis(), Basis::Estimated);
/// let range = mileage.range().ok_or("no range")?;
/// assert!(range.p10() < range.p50() && range.p50() < range.p90());
/// assert!(posterior.probability_at_least("46000".parse()?, today) > 0.8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    anchors: Vec<Anchor>,
    lessons: Lessons,
    used: usize,
    set_aside: usize,
    /// Readings were set aside because most disagree.
    no_line: bool,
}

/// Why nothing honest can be said of an odometer at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum WhyUnknown {
    /// No reading was known.
    NoReading,
    /// Every reading known was set aside.
    NoneCounts,
    /// Most readings disagree with each other: a card or a number used for several cars.
    NoCommonLine,
    /// Before the first reading that counts.
    BeforeFirstReading,
    /// The readings span too little time for a habit of this vehicle's own, and none is within a day.
    NoHabit,
}

impl WhyUnknown {
    /// The word in files and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoReading => "no_reading",
            Self::NoneCounts => "none_counts",
            Self::NoCommonLine => "no_common_line",
            Self::BeforeFirstReading => "before_first_reading",
            Self::NoHabit => "no_habit",
        }
    }
}

impl core::fmt::Display for WhyUnknown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NoReading => "no reading is known",
            Self::NoneCounts => "every reading was set aside",
            Self::NoCommonLine => {
                "most readings disagree with each other, as where one card is used for several cars"
            }
            Self::BeforeFirstReading => "before the first reading that counts",
            Self::NoHabit => "too few readings for a habit, and none within a day",
        })
    }
}

impl Posterior {
    /// What could be known at `as_of`: only readings read and learned by then are used.
    ///
    /// `tracks` are the miles a receiver saw, in any order, each over a time of its own: start a new
    /// [`Track`](crate::Track) at each reading and keep the summaries of the finished ones. Those that lie between two
    /// readings that count teach the factor from GPS to dash; those since the last one carry the odometer on until their
    /// last fix, the habit from there and over the days between. A track that runs over a reading counts on each side by
    /// its share of the time.
    #[must_use]
    pub fn fit(readings: &[Reading], tracks: &[TrackSummary], as_of: DateTime<Utc>, model: &Model) -> Self {
        let known: Vec<Reading> =
            readings.iter().filter(|reading| reading.known_at(as_of)).copied().collect();
        let line = line_through(&known, model);
        let set_aside = line.set_aside();
        let no_line = line.judgements.iter().any(|j| j.verdict == Verdict::SetAside(Reason::NoCommonLine));
        let mut anchors = line.anchors;
        never_falling(&mut anchors);
        let lessons = Lessons::learn(&anchors, tracks, as_of, model);
        Self { used: known.len() - set_aside, set_aside, no_line, anchors, lessons }
    }

    fn known(&self) -> Known<'_> {
        Known { anchors: &self.anchors, lessons: &self.lessons }
    }

    /// The odometer at an instant, with its 80 % range, its basis and its last capture.
    ///
    /// Without a learned habit the answer is unknown beyond a day from a reading, or three from the last fix of a track
    /// (`read_hours`, `gps_hours`); [`Self::population_range`] has what may still be shown then.
    #[must_use]
    pub fn mileage_at(&self, at: DateTime<Utc>) -> Mileage {
        self.known().mileage_at(at)
    }

    /// Why [`Self::mileage_at`] is unknown at `at`; None where it is not.
    #[must_use]
    pub fn why_unknown(&self, at: DateTime<Utc>) -> Option<WhyUnknown> {
        if self.mileage_at(at).range().is_some() {
            return None;
        }
        Some(match self.anchors.first() {
            None if self.no_line => WhyUnknown::NoCommonLine,
            None if self.set_aside == 0 => WhyUnknown::NoReading,
            None => WhyUnknown::NoneCounts,
            Some(first) if at < first.at => WhyUnknown::BeforeFirstReading,
            Some(_) => WhyUnknown::NoHabit,
        })
    }

    /// Where the odometers of most vehicles would stand at `at`, given the last reading: for display only where
    /// [`Self::mileage_at`] is unknown, and said to be that; it fires nothing. None where no reading counts, or none
    /// did by then.
    #[must_use]
    pub fn population_range(&self, at: DateTime<Utc>) -> Option<MilesRange> {
        self.known().population_range(at)
    }

    /// P(the odometer shows at least `miles` at `at`), 0 to 1; never falls with time from one manual correction or new
    /// cluster to the next. 0 where nothing is known: a mileage beyond the last reading has no probability without a
    /// learned habit or tracked miles, and without a habit it does not rise after the last fix.
    #[must_use]
    pub fn probability_at_least(&self, miles: Miles, at: DateTime<Utc>) -> f64 {
        self.known().at_least(miles.as_f64(), at)
    }

    /// The earliest whole second within `from` to `until` at which [`Self::probability_at_least`] is `level` or more; since
    /// the last manual correction or new cluster, because before it the odometer counted otherwise.
    #[must_use]
    pub fn first_time(
        &self,
        miles: Miles,
        level: f64,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let reached = |second: i64| {
            DateTime::from_timestamp(second, 0)
                .is_some_and(|at| self.probability_at_least(miles, at) >= level)
        };
        let mut low = from.timestamp() + i64::from(from.timestamp_subsec_nanos() > 0);
        let mut high = until.timestamp();
        if let Some(last) = self.anchors.last() {
            let place = self.anchors.partition_point(|anchor| anchor.segment < last.segment);
            let begins = self.anchors.get(place).filter(|_| place > 0).map(|anchor| anchor.at.timestamp());
            low = low.max(begins.unwrap_or(low));
        }
        if low > high || !reached(high) {
            return None;
        }
        // The quantile is quick and all but exact: it says where to look, the probability has the last word.
        let x = deviation(1.0 - level);
        let passed = |second: i64| {
            DateTime::from_timestamp(second, 0)
                .is_some_and(|at| self.known().quantile(x, at) >= miles.as_f64())
        };
        let (mut near, mut far) = (low, high);
        while near < far {
            let middle = near + (far - near) / 2;
            if passed(middle) { far = middle } else { near = middle + 1 }
        }
        for width in [1, 60, 86_400] {
            let (before, after) = (far.saturating_sub(width), far.saturating_add(width));
            if before >= low && before < high && !reached(before) {
                low = before + 1;
            }
            if after > low && after < high && reached(after) {
                high = after;
            }
            if far > low && far < high && reached(far) {
                high = far;
            }
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if reached(middle) { high = middle } else { low = middle + 1 }
        }
        DateTime::from_timestamp(high, 0)
    }

    /// Readings that count, as they are or repaired.
    #[must_use]
    pub fn readings_used(&self) -> usize {
        self.used
    }

    /// Readings known and set aside.
    #[must_use]
    pub fn readings_set_aside(&self) -> usize {
        self.set_aside
    }

    /// When the odometer was last captured by a reading that counts.
    #[must_use]
    pub fn last_reading_at(&self) -> Option<DateTime<Utc>> {
        self.anchors.last().map(|anchor| anchor.at)
    }

    /// The miles at that reading.
    #[must_use]
    pub fn last_reading(&self) -> Option<Miles> {
        self.anchors.last().map(|anchor| Miles::clamped(anchor.miles))
    }

    /// The learned rate, miles a day. None if the rate is only the population's.
    #[must_use]
    pub fn miles_per_day(&self) -> Option<f64> {
        self.lessons.habit.learned.then_some(self.lessons.habit.rate)
    }

    /// No reading counts: nothing can be said at any time.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.anchors.is_empty()
    }

    /// Whether the rate is the vehicle's own and not only the population's. Without it no distance leg crosses.
    #[must_use]
    pub fn habit_learned(&self) -> bool {
        self.lessons.habit.learned
    }

    /// Dash miles for each GPS mile, as learned from the readings that bracket tracked miles.
    #[must_use]
    pub fn scale(&self) -> &Scale {
        &self.lessons.scale
    }

    /// Whether miles tracked by GPS carry the odometer on from the last reading.
    #[must_use]
    pub fn is_tracked(&self) -> bool {
        self.lessons.carried.is_some()
    }

    pub(crate) fn due_model(&self) -> &DueModel {
        self.lessons.due()
    }
}

/// A small honest step back is the same odometer, written down in the wrong order.
pub(crate) fn never_falling(anchors: &mut [Anchor]) {
    let mut highest: Option<Anchor> = None;
    for anchor in anchors {
        if let Some(before) = highest.filter(|before| before.segment == anchor.segment) {
            anchor.miles = anchor.miles.max(before.miles);
        }
        highest = Some(*anchor);
    }
}
