use chrono::{DateTime, Duration, TimeDelta, Utc};
use fixedops_vocab::{Basis, Mileage, Miles, MilesRange};

use crate::bank::Habit;
use crate::judge::{Anchor, line_through};
use crate::normal::cumulative;
use crate::{DueModel, HabitModel, Model, Reading, TrackSummary, Verdict};

/// Points at which the spread of the rate is taken.
const NODES: usize = 15;

/// What is known of one odometer on one day: the readings that count, the habit, and the miles tracked since.
///
/// A path of the odometer to come is a rate times time plus lumps that fade into a walk, so the probability of having
/// reached a mileage never falls with time; only a manual correction or a new cluster begins anew.
///
/// ```
/// use fixedops_odometer_core::{Model, Posterior, Reading};
/// use fixedops_vocab::{Basis, DistanceUnit, RawOdometer};
/// let read = |day: &str, miles: &str| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(Reading::reported(format!("{day}T12:00:00Z").parse()?, RawOdometer::parse(miles, DistanceUnit::Miles)?))
/// };
/// let readings = [read("2026-01-05", "41000")?, read("2026-03-06", "43100")?, read("2026-05-08", "45200")?];
/// let today = "2026-07-01T12:00:00Z".parse()?;
/// let posterior = Posterior::fit(&readings, None, today, &Model::shipped());
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
    habit: Habit,
    rates: [f64; NODES],
    tracked: Option<Tracked>,
    used: usize,
    set_aside: usize,
    model: HabitModel,
    due: DueModel,
}

/// Miles tracked by GPS since the last reading.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tracked {
    until: DateTime<Utc>,
    miles: f64,
    variance: f64,
}

impl Posterior {
    /// What could be known at `as_of`: only readings read and learned by then are used.
    ///
    /// `track` counts if it begins at or after the last reading that counts (start a new [`Track`](crate::Track) at
    /// each reading): its miles carry the odometer on until its last fix, the habit from there.
    #[must_use]
    pub fn fit(
        readings: &[Reading],
        track: Option<&TrackSummary>,
        as_of: DateTime<Utc>,
        model: &Model,
    ) -> Self {
        let known: Vec<Reading> =
            readings.iter().filter(|reading| reading.known_at(as_of)).copied().collect();
        let line = line_through(&known, model);
        let set_aside = line
            .judgements
            .iter()
            .filter(|judgement| matches!(judgement.verdict, Verdict::SetAside(_)))
            .count();
        let mut anchors = line.anchors;
        never_falling(&mut anchors);
        let habit = Habit::learn(&anchors, &model.habit);
        let tracked = track.and_then(|track| tracked_since(anchors.last()?, track, as_of, model));
        // The logistic distribution: like the normal in the middle, with the heavier tails that driving has.
        let mut rates = [0.0; NODES];
        for (place, rate) in (0_u8..).zip(rates.iter_mut()) {
            #[allow(clippy::cast_precision_loss)]
            let p = (f64::from(place) + 0.5) / NODES as f64;
            let logistic = (p / (1.0 - p)).ln() * 3.0_f64.sqrt() / core::f64::consts::PI;
            *rate = habit.rate * (habit.log_sd * logistic).exp();
        }
        Self {
            used: known.len() - set_aside,
            set_aside,
            anchors,
            habit,
            rates,
            tracked,
            model: model.habit.clone(),
            due: model.due.clone(),
        }
    }

    /// The odometer at an instant, with its 80 % range, its basis and its last capture.
    ///
    /// Without a learned habit the answer is unknown beyond a day from a reading, or three from the last fix of a track (`read_hours`, `gps_hours`).
    #[must_use]
    pub fn mileage_at(&self, at: DateTime<Utc>) -> Mileage {
        let Some(last) = self.anchors.last() else { return Mileage::unknown(None) };
        let capture = self.anchors.iter().rev().find(|anchor| anchor.at <= at).unwrap_or(last).at;
        let basis = self.basis_at(at);
        let before_all = self.anchors.first().is_some_and(|first| at < first.at);
        if basis == Basis::Unknown || (before_all && basis != Basis::Read) {
            return Mileage::unknown(Some(last.at));
        }
        let quantile = |level: f64| Miles::clamped(self.quantile(at, level));
        let (p10, p50, p90) = (quantile(0.9), quantile(0.5), quantile(0.1));
        MilesRange::new(p10, p50.max(p10), p90.max(p50).max(p10))
            .ok()
            .and_then(|range| Mileage::new(range, basis, Some(capture)).ok())
            .unwrap_or(Mileage::unknown(Some(last.at)))
    }

    /// P(the odometer shows at least `miles` at `at`), 0 to 1; never falls with time from one manual correction or new
    /// cluster to the next. 0 where nothing is known: a mileage beyond the last reading has no probability without a
    /// learned habit or tracked miles, and without a habit it does not rise after the last fix.
    #[must_use]
    pub fn probability_at_least(&self, miles: Miles, at: DateTime<Utc>) -> f64 {
        let Some(last) = self.anchors.last() else { return 0.0 };
        if at >= last.at && miles.as_f64() > last.miles && !self.habit.learned && self.tracked.is_none() {
            return 0.0;
        }
        self.at_least(miles.as_f64(), at)
    }

    /// The earliest whole second within `from` to `until` at which [`Self::probability_at_least`] is `level` or more.
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
        if low > high || !reached(high) {
            return None;
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
        self.habit.learned.then_some(self.habit.rate)
    }

    /// No reading counts: nothing can be said at any time.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.anchors.is_empty()
    }

    /// Whether the rate is the vehicle's own and not only the population's. Without it no distance leg crosses.
    #[must_use]
    pub fn habit_learned(&self) -> bool {
        self.habit.learned
    }

    /// Whether miles tracked by GPS carry the odometer on from the last reading.
    pub(crate) fn is_tracked(&self) -> bool {
        self.tracked.is_some()
    }

    pub(crate) const fn due_model(&self) -> &DueModel {
        &self.due
    }

    fn basis_at(&self, at: DateTime<Utc>) -> Basis {
        // Checked to lie within 0 to 10,000 hours when the model was made.
        #[allow(clippy::cast_possible_truncation)]
        let hours = |hours: f64| Duration::seconds((hours * 3600.0) as i64);
        let fresh = hours(self.model.read_hours);
        let near = self.anchors.partition_point(|anchor| anchor.at < at);
        let before = near.checked_sub(1).and_then(|place| self.anchors.get(place));
        let is_near = |anchor: &&Anchor| (anchor.at - at).abs() <= fresh;
        if self.anchors.get(near).filter(is_near).or(before.filter(is_near)).is_some() {
            return Basis::Read;
        }
        let within = self.anchors.last().is_some_and(|last| at < last.at);
        match self.tracked {
            _ if within => Basis::Estimated,
            Some(tracked) if at - tracked.until <= hours(self.model.gps_hours) => Basis::Gps,
            _ if self.habit.learned => Basis::Estimated,
            _ => Basis::Unknown,
        }
    }

    /// The mileage that is reached with probability `level`.
    fn quantile(&self, at: DateTime<Utc>, level: f64) -> f64 {
        let (mut low, mut high) = self.bounds(at);
        let standing = self.standing(at);
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            if standing.at_least(middle) >= level {
                low = middle
            } else {
                high = middle
            }
            if high - low < 0.02 {
                break;
            }
        }
        low
    }

    /// Miles surely reached, and surely not.
    fn bounds(&self, at: DateTime<Utc>) -> (f64, f64) {
        match self.bracket(at) {
            Bracket::Nothing => (0.0, 0.0),
            Bracket::Before(first) => (0.0, first.miles),
            Bracket::Between(low, high) => (low.miles.min(high.miles), high.miles),
            Bracket::After(last) => {
                let (miles, variance, time) = self.carried(last, at);
                let fastest = self.rates.last().copied().unwrap_or(0.0);
                let wide = 8.0 * self.noise(time, variance).sqrt();
                (last.miles, (last.miles + miles + fastest * time + wide).min(Miles::MAX.as_f64()))
            }
        }
    }

    fn at_least(&self, miles: f64, at: DateTime<Utc>) -> f64 {
        self.standing(at).at_least(miles)
    }

    fn standing(&self, at: DateTime<Utc>) -> Standing {
        match self.bracket(at) {
            // Before the first reading only that reading is known: an odometer never showed more.
            Bracket::Nothing | Bracket::Before(_) => Standing::Nothing,
            Bracket::Between(low, high) => {
                let whole = days(high.at - low.at);
                let share = if whole > 0.0 { days(at - low.at) / whole } else { 1.0 };
                let gain = high.miles - low.miles;
                // One width for the whole bridge keeps it rising; it is the widest, that of the middle.
                let sd =
                    (0.5 * self.habit.log_sd * gain).hypot(0.5 * self.model.walk_sd * gain.max(0.0).sqrt());
                let middle = low.miles + gain * share;
                Standing::Between { low: low.miles, high: high.miles, middle, sd: sd.max(0.05) }
            }
            Bracket::After(last) => {
                let (carried, variance, time) = self.carried(last, at);
                let sd = self.noise(time, variance).sqrt();
                let driven = self.rates.map(|rate| rate * time);
                Standing::After { last: last.miles, carried, driven, sd, sd_then: variance.sqrt() }
            }
        }
    }

    /// Variance after `time` days of habit: lumps at once, then a walk. Concave and zero at zero, so that no
    /// probability falls with time.
    fn noise(&self, time: f64, variance: f64) -> f64 {
        let burst = self.model.burst_sd_miles.powi(2) * (1.0 - (-time).exp());
        variance + burst + self.model.walk_sd.powi(2) * self.habit.rate * time
    }

    /// Miles tracked since the last reading, their variance, and the days of habit on top.
    fn carried(&self, last: &Anchor, at: DateTime<Utc>) -> (f64, f64, f64) {
        // The track begins after the last reading of all; an earlier segment has none.
        match self.tracked.filter(|_| self.anchors.last() == Some(last)) {
            Some(tracked) if at >= tracked.until => {
                // Without a habit the days after the last fix are a calendar guess, and add nothing.
                let time = if self.habit.learned { days(at - tracked.until) } else { 0.0 };
                (tracked.miles, tracked.variance, time)
            }
            Some(tracked) => {
                let whole = days(tracked.until - last.at);
                let share = if whole > 0.0 { days(at - last.at) / whole } else { 1.0 };
                (tracked.miles * share, tracked.variance, 0.0)
            }
            None => (0.0, 0.0, days(at - last.at)),
        }
    }

    fn bracket(&self, at: DateTime<Utc>) -> Bracket<'_> {
        let after = self.anchors.partition_point(|anchor| anchor.at <= at);
        let before = after.checked_sub(1).and_then(|place| self.anchors.get(place));
        match (before, self.anchors.get(after)) {
            (None, None) => Bracket::Nothing,
            (None, Some(first)) => Bracket::Before(first),
            (Some(last), None) => Bracket::After(last),
            // A new cluster or a correction lies between: no bridge leads there.
            (Some(low), Some(high)) if low.segment != high.segment => Bracket::After(low),
            (Some(low), Some(high)) => Bracket::Between(low, high),
        }
    }
}

/// What is known at one instant, worked out once for every mileage that is asked about.
enum Standing {
    Nothing,
    /// Between two readings: a bridge whose middle is here.
    Between {
        low: f64,
        high: f64,
        middle: f64,
        sd: f64,
    },
    /// After the last: miles tracked, miles driven since at each rate, and the spread now and at the last fix.
    After {
        last: f64,
        carried: f64,
        driven: [f64; NODES],
        sd: f64,
        sd_then: f64,
    },
}

impl Standing {
    /// P(the odometer shows at least `miles`).
    fn at_least(&self, miles: f64) -> f64 {
        match *self {
            Self::Nothing => 0.0,
            Self::Between { low, .. } if miles <= low => 1.0,
            Self::Between { high, .. } if miles > high => 0.0,
            Self::Between { middle, sd, .. } => cumulative((middle - miles) / sd),
            Self::After { last, .. } if miles <= last => 1.0,
            Self::After { last, carried, driven, sd, sd_then } => {
                let beyond = miles - last - carried;
                if sd <= 0.0 {
                    return if beyond <= 0.0 { 1.0 } else { 0.0 };
                }
                // What the GPS has as good as seen is not lost again to the noise of the days after it: the greater of
                // then and now, which is the greatest of all between (the variance is concave).
                let then = -beyond / sd_then;
                let reached = |miles: &f64| cumulative(((miles - beyond) / sd).max(then));
                let sum: f64 = driven.iter().map(reached).sum();
                #[allow(clippy::cast_precision_loss)]
                let nodes = NODES as f64;
                (sum / nodes).clamp(0.0, 1.0)
            }
        }
    }
}

/// A small honest step back is the same odometer, written down in the wrong order.
fn never_falling(anchors: &mut [Anchor]) {
    let mut highest: Option<Anchor> = None;
    for anchor in anchors {
        if let Some(before) = highest.filter(|before| before.segment == anchor.segment) {
            anchor.miles = anchor.miles.max(before.miles);
        }
        highest = Some(*anchor);
    }
}

enum Bracket<'a> {
    Nothing,
    Before(&'a Anchor),
    Between(&'a Anchor, &'a Anchor),
    After(&'a Anchor),
}

fn tracked_since(
    last: &Anchor,
    track: &TrackSummary,
    as_of: DateTime<Utc>,
    model: &Model,
) -> Option<Tracked> {
    let (from, to) = (track.from?, track.to?);
    // A summary is plain data: one that no track can have teaches nothing.
    let possible = |value: f64| value.is_finite() && value >= 0.0;
    if !possible(track.distance_miles) || !possible(track.sd_miles) {
        return None;
    }
    if from < last.at || to > as_of || to <= last.at {
        return None;
    }
    let silent = days(from - last.at);
    let habit = model.habit.prior_miles_per_day.min(track.distance_miles / days(to - from).max(1.0));
    let scale = model.track.scale_sd * track.distance_miles;
    Some(Tracked {
        until: to,
        miles: track.distance_miles + habit * silent,
        variance: track.sd_miles.powi(2) + scale.powi(2) + (habit * silent).powi(2),
    })
}

fn days(time: TimeDelta) -> f64 {
    // Fits a float exactly for any two dates.
    #[allow(clippy::cast_precision_loss)]
    let seconds = time.num_milliseconds() as f64;
    seconds / 86_400_000.0
}
