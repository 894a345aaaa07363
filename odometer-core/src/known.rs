//! What is known of one odometer on one day, borrowed from whoever keeps the readings.

use chrono::{DateTime, Duration, TimeDelta, Utc};
use fixedops_vocab::{Basis, Mileage, Miles, MilesRange};

use crate::bank::Habit;
use crate::forecast::{Forecast, ONE_IN_TEN, chance_above};
use crate::fusion::{self, Carried};
use crate::judge::{Anchor, days};
use crate::season::Season;
use crate::{DueModel, HabitModel, Model, Scale, TrackSummary};

/// What readings and tracks teach, beside the readings themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lessons {
    pub(crate) season: Season,
    pub(crate) habit: Habit,
    pub(crate) scale: Scale,
    pub(crate) carried: Option<Carried>,
    constants: Constants,
}

/// The constants of the model that are needed after learning.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Constants {
    walk_sd: f64,
    burst_sd: f64,
    read_hours: f64,
    gps_hours: f64,
    population: Habit,
    due: DueModel,
}

impl Constants {
    fn of(model: &Model) -> Self {
        let HabitModel { walk_sd, burst_sd_miles: burst_sd, read_hours, gps_hours, .. } = model.habit;
        let population = Habit::of_population(&model.habit);
        Self { walk_sd, burst_sd, read_hours, gps_hours, population, due: model.due }
    }
}

impl Lessons {
    /// Learns from the readings that count, which never fall within a segment, and from tracks known by then.
    pub(crate) fn learn(
        anchors: &[Anchor],
        tracks: &[TrackSummary],
        as_of: DateTime<Utc>,
        model: &Model,
    ) -> Self {
        let season = Season::learn(anchors, &model.habit);
        let habit = Habit::learn(anchors, &season, &model.habit);
        let constants = Constants::of(model);
        if tracks.is_empty() {
            return Self { season, habit, scale: Scale::prior(model), carried: None, constants };
        }
        let legs = fusion::in_order(tracks, as_of);
        let scale = fusion::learn_scale(anchors, &legs, &habit, model);
        let carried =
            anchors.last().and_then(|last| fusion::carried_since(last, &legs, &scale, &habit, model));
        Self { season, habit, scale, carried, constants }
    }

    pub(crate) const fn due(&self) -> &DueModel {
        &self.constants.due
    }
}

/// The readings that count, and what they teach.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) anchors: &'a [Anchor],
    pub(crate) lessons: &'a Lessons,
}

impl<'a> Known<'a> {
    pub(crate) fn mileage_at(self, at: DateTime<Utc>) -> Mileage {
        let Some(last) = self.anchors.last() else { return Mileage::unknown(None) };
        let capture = self.reading_before(at).or(self.anchors.first()).unwrap_or(last).at;
        let basis = self.basis_at(at);
        let before_all = self.anchors.first().is_some_and(|first| at < first.at);
        if basis == Basis::Unknown || (before_all && basis != Basis::Read) {
            return Mileage::unknown(Some(last.at));
        }
        Mileage::new(self.standing(at).range(), basis, Some(capture))
            .unwrap_or(Mileage::unknown(Some(last.at)))
    }

    pub(crate) fn population_range(self, at: DateTime<Utc>) -> Option<MilesRange> {
        let last = self.reading_before(at)?;
        let forecast = self.forecast(None, self.lessons.constants.population);
        Some(Standing::After { last: last.miles, days: days(at) - last.day, forecast }.range())
    }

    /// P(the odometer shows at least `miles` at `at`).
    pub(crate) fn at_least(self, miles: f64, at: DateTime<Utc>) -> f64 {
        self.standing(at).at_least(miles)
    }

    /// The miles at `x` standard deviations.
    pub(crate) fn quantile(self, x: f64, at: DateTime<Utc>) -> f64 {
        self.standing(at).quantile(x)
    }

    fn reading_before(self, at: DateTime<Utc>) -> Option<&'a Anchor> {
        let after = self.anchors.partition_point(|anchor| anchor.at <= at);
        self.anchors.get(after.checked_sub(1)?)
    }

    fn basis_at(self, at: DateTime<Utc>) -> Basis {
        let fresh = hours(self.lessons.constants.read_hours);
        let near = self.anchors.partition_point(|anchor| anchor.at < at);
        let before = near.checked_sub(1).and_then(|place| self.anchors.get(place));
        let is_near = |anchor: &&Anchor| (anchor.at - at).abs() <= fresh;
        if self.anchors.get(near).filter(is_near).or(before.filter(is_near)).is_some() {
            return Basis::Read;
        }
        let between = matches!(self.bracket(at), Bracket::Between(..));
        let within = self.anchors.last().is_some_and(|last| at < last.at);
        match self.lessons.carried {
            _ if between || within && self.lessons.habit.learned => Basis::Estimated,
            _ if within => Basis::Unknown,
            Some(carried)
                if carried.mostly_seen && at - carried.until <= hours(self.lessons.constants.gps_hours) =>
            {
                Basis::Gps
            }
            _ if self.lessons.habit.learned => Basis::Estimated,
            _ => Basis::Unknown,
        }
    }

    fn forecast(self, carried: Option<Carried>, habit: Habit) -> Forecast {
        let walk = self.lessons.constants.walk_sd * habit.volatility;
        Forecast {
            carried: carried.map_or(0.0, |carried| carried.miles),
            carried_sd: carried.map_or(0.0, |carried| carried.sd),
            rate: habit.rate,
            log_sd: habit.log_sd,
            burst: self.lessons.constants.burst_sd,
            walk_variance: walk * walk * habit.rate,
        }
    }

    /// Days of the season's mean between two instants: plain days where no season is known.
    fn average_days(self, from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
        self.lessons.season.days(days(from), days(to))
    }

    fn standing(self, at: DateTime<Utc>) -> Standing {
        match self.bracket(at) {
            // Before the first reading only that reading is known: an odometer never showed more.
            Bracket::Nothing => Standing::Nothing,
            // A reading stands for itself a while before, too.
            Bracket::Before(first) if first.at - at <= hours(self.lessons.constants.read_hours) => {
                Standing::Between { low: first.miles, gain: 0.0, share: 1.0, spread: 1.0 }
            }
            Bracket::Before(_) => Standing::Nothing,
            Bracket::Between(low, high) => {
                let whole = self.lessons.season.days(low.day, high.day);
                let share = if whole > 0.0 { self.average_days(low.at, at) / whole } else { 1.0 };
                let gain = (high.miles - low.miles).max(0.0);
                let walk =
                    self.lessons.constants.walk_sd * self.lessons.habit.volatility / gain.max(1.0).sqrt();
                Standing::Between {
                    low: low.miles,
                    gain,
                    share: share.clamp(0.0, 1.0),
                    spread: self.lessons.habit.log_sd.hypot(walk),
                }
            }
            Bracket::After(last) => self.after(last, at),
        }
    }

    fn after(self, last: &Anchor, at: DateTime<Utc>) -> Standing {
        // The track begins after the last reading of all; an earlier segment has none.
        let carried = self.lessons.carried.filter(|_| self.anchors.last() == Some(last));
        let Some(carried) = carried else {
            // Without a habit the days after a reading are a calendar guess, and add nothing.
            let days = if self.lessons.habit.learned { self.average_days(last.at, at) } else { 0.0 };
            let forecast = self.forecast(None, self.lessons.habit);
            return Standing::After { last: last.miles, days, forecast };
        };
        let (share, rest) = if at >= carried.until {
            // So are those after the last fix.
            (1.0, if self.lessons.habit.learned { self.average_days(carried.until, at) } else { 0.0 })
        } else {
            let whole = days(carried.until) - last.day;
            (if whole > 0.0 { (days(at) - last.day) / whole } else { 1.0 }, 0.0)
        };
        let so_far = Carried { miles: carried.miles * share, sd: carried.sd * share, ..carried };
        Standing::After {
            last: last.miles,
            days: rest,
            forecast: self.forecast(Some(so_far), self.lessons.habit),
        }
    }

    fn bracket(self, at: DateTime<Utc>) -> Bracket<'a> {
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
    /// Between two readings: so much of the gain between them is expected here, and how unevenly it may have come.
    Between {
        low: f64,
        gain: f64,
        share: f64,
        spread: f64,
    },
    /// After the last: its miles, and how far the odometer has moved on in so many days.
    After {
        last: f64,
        days: f64,
        forecast: Forecast,
    },
}

impl Standing {
    /// P(the odometer shows at least `miles`).
    fn at_least(&self, miles: f64) -> f64 {
        match self {
            Self::Nothing => 0.0,
            Self::Between { low, .. } if miles <= *low => 1.0,
            Self::Between { low, gain, .. } if miles > low + gain => 0.0,
            Self::Between { share, .. } if *share <= 0.0 => 0.0,
            Self::Between { share, .. } if *share >= 1.0 => 1.0,
            // The inverse of the quantile below.
            Self::Between { low, gain, share, spread } => {
                let bent = ((miles - low) / gain).ln() / share.ln();
                chance_above(-bent.max(f64::MIN_POSITIVE).ln() / spread)
            }
            Self::After { last, days, forecast } => forecast.chance_of(miles - last, *days),
        }
    }

    /// The miles at `x` standard deviations.
    fn quantile(&self, x: f64) -> f64 {
        match self {
            Self::Nothing => 0.0,
            // A share of the gain, raised to a power: surely nothing at the first reading and all at the second, never
            // falling with time, and at the middle as wide as two unequal halves are.
            Self::Between { low, gain, share, spread } => low + gain * share.powf((-spread * x).exp()),
            Self::After { last, days, forecast } => last + forecast.quantile(x, *days),
        }
    }

    fn range(&self) -> MilesRange {
        let [p10, p50, p90] = [ONE_IN_TEN, 0.0, -ONE_IN_TEN].map(|x| Miles::clamped(self.quantile(x)));
        MilesRange::new(p10, p50, p90).expect("quantiles rise, and rounding keeps their order")
    }
}

enum Bracket<'a> {
    Nothing,
    /// Before the first reading of all.
    Before(&'a Anchor),
    Between(&'a Anchor, &'a Anchor),
    After(&'a Anchor),
}

fn hours(hours: f64) -> TimeDelta {
    // Checked to lie within 0 to 10,000 when the model was made.
    #[allow(clippy::cast_possible_truncation)]
    let seconds = (hours * 3_600.0) as i64;
    Duration::seconds(seconds)
}
