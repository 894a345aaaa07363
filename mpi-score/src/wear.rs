use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{Miles, MilesRange, PolicyVersion};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::limit::thousandths;
use crate::{Limit, Unit, WearPolicy, WearingPart, WearsBy, Weights};

/// One sighting of a part: what was measured, when, and how far the car had come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Sighting {
    /// The number, in `unit`.
    pub value: Decimal,
    /// Its unit.
    pub unit: Unit,
    /// The odometer then, as far as it is known. A part that wears by miles needs it.
    #[cfg_attr(feature = "serde", serde(default))]
    pub odometer: Option<MilesRange>,
    /// When.
    pub at: DateTime<Utc>,
}

/// How far the car is driven, in miles a day, with its 80 % range.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a range of three numbers")]
pub struct Pace {
    /// One car in ten is driven less.
    pub p10: f64,
    /// As many less as more.
    pub p50: f64,
    /// One in ten is driven more.
    pub p90: f64,
}

/// Since when a part is in the car, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Renewed {
    /// The odometer then; counts for what wears by miles.
    #[cfg_attr(feature = "serde", serde(default))]
    pub odometer: Option<Miles>,
    /// When; counts for what wears by time.
    #[cfg_attr(feature = "serde", serde(default))]
    pub at: Option<DateTime<Utc>>,
}

/// Everything known of the wear at one place: the left front tire, the rear pads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct WearAt {
    /// What is measured: `tread`, `pad`.
    pub name: String,
    /// Where.
    #[cfg_attr(feature = "serde", serde(default))]
    pub place: Option<String>,
    /// What was seen there, in any order.
    pub sightings: Vec<Sighting>,
    /// Since when the part is in the car. Sightings before it were of another part.
    #[cfg_attr(feature = "serde", serde(default))]
    pub renewed: Renewed,
    /// As new, in the limit's unit, where this part is known; the policy's otherwise.
    #[cfg_attr(feature = "serde", serde(default))]
    pub fresh: Option<Decimal>,
    /// The minimum, in the limit's unit, where the maker's is known; the store's otherwise.
    #[cfg_attr(feature = "serde", serde(default))]
    pub minimum: Option<Decimal>,
}

/// What a projection stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Basis {
    /// One sighting, and nobody knows since when the part is in the car: rates of other cars.
    OneSighting,
    /// One sighting of a part known to be new then and then.
    OneSightingSinceNew,
    /// Two sightings of this part.
    TwoSightings,
    /// More of them.
    ManySightings,
}

/// When a part will be at its minimum.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain answer")]
pub struct Projection {
    /// What is measured.
    pub name: String,
    /// Where.
    pub place: Option<String>,
    /// Miles to the minimum, counted from the last sighting; an 80 % range.
    pub miles_left: MilesRange,
    /// The minimum is reached before this instant in one case of ten.
    pub early: DateTime<Utc>,
    /// As likely before as after.
    pub likely: DateTime<Utc>,
    /// After this one in one case of ten.
    pub late: DateTime<Utc>,
    /// What it stands on.
    pub basis: Basis,
    /// Whether the last sighting is at or past the minimum.
    pub at_minimum_now: bool,
    /// When the last sighting was made.
    pub last_seen: DateTime<Utc>,
    /// The policy the rate comes from.
    pub policy: PolicyVersion,
    /// Sightings that could not be, by their place in the input.
    pub set_aside: Vec<SightingAside>,
}

/// A sighting that was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "place and reason are all there is")]
pub struct SightingAside {
    /// Its index in the input.
    pub index: usize,
    /// Why.
    pub fault: SightingFault,
}

impl core::fmt::Display for SightingAside {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "sightings[{}]: {}", self.index, self.fault)
    }
}

/// Why a sighting was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SightingFault {
    /// A unit that does not measure this.
    #[error("the unit does not measure this")]
    WrongUnit,
    /// Below zero, or more than anyone could measure.
    #[error("no such measurement can be")]
    Impossible,
    /// A part that wears by miles, and no odometer.
    #[error("has no odometer")]
    NoOdometer,
    /// The odometer is surely below that of an earlier sighting.
    #[error("the odometer is below that of an earlier sighting")]
    RunsBack,
}

/// Why there is no projection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WearError {
    /// The weights have no limit of this name.
    #[error("there is no limit for {0:?}")]
    NoLimit(String),
    /// The wear policy has no part of this name.
    #[error("there is no rate of wear for {0:?}")]
    NoRate(String),
    /// Limit and rate are in different units.
    #[error("limit and rate of wear of {0:?} are in different units")]
    UnitsDiffer(String),
    /// The minimum or the part as new cannot be.
    #[error("the minimum or the part as new is no number that can be")]
    Bounds,
    /// The pace is not in order, or not above zero.
    #[error("the pace is not three rising numbers above 0 and up to 10000 miles a day")]
    Pace,
    /// No sighting is left.
    #[error("no sighting of this part can be used")]
    NoSighting(Vec<SightingAside>),
}

/// The tenth and the ninetieth part of a normal distribution lie this many standard deviations from its middle.
const Z: f64 = 1.281_551_565_544_600_4;
/// A year, in days.
const YEAR: f64 = 365.25;
/// No projection goes further than this many days.
const HORIZON: f64 = 36_525.0;
/// Rates are tried at this many points each side of the median, this many standard deviations out.
const RATES_EACH_SIDE: i32 = 100;
const RATES_OUT: f64 = 5.0;

/// Projects when a part reaches its minimum.
///
/// The part is taken to wear in a straight line from what it measures as new. Its rate is not known: before anything is
/// seen it is spread as the policy says (lognormal), and every sighting, with the errors of gauge, rounding and odometer,
/// makes some rates likelier (Bayes' rule over 201 rates; the depth itself is integrated out, all errors normal). A part
/// known to be new at some odometer counts as a sighting of its depth as new. Where nobody knows, it may have been new
/// at any point of the car's life so far. A reading that rose by the policy's `renewed_rise` means a new part: what was
/// seen before it no longer counts.
///
/// The range also holds what the rate to come may differ from the rate so far, and, for the dates, the range of the pace
/// (both as independent lognormal factors). It is an 80 % range where rates spread as the policy says.
/// A thinner last sighting never leaves more miles, as long as it does not change whether the part counts as renewed.
/// Odometers count with a normal error made of their range.
///
/// ```
/// use fixedops_mpi_score::{Basis, Pace, Sighting, Unit, WearAt, WearPolicy, Weights, project};
/// # use fixedops_vocab::{Miles, MilesRange};
/// let seen = |value: &str, miles: u32, at: &str| Sighting {
///     value: value.parse().expect("a number"),
///     unit: Unit::Millimetres,
///     odometer: Some(MilesRange::exactly(Miles::from_whole(miles).expect("in range"))),
///     at: at.parse().expect("an instant"),
/// };
/// let pads = WearAt {
///     name: "pad".to_owned(),
///     place: Some("front".to_owned()),
///     sightings: vec![seen("8", 30_000, "2025-03-02T16:00:00Z"), seen("5.5", 42_000, "2026-03-02T16:00:00Z")],
///     ..WearAt::of("pad")
/// };
/// let pace = Pace { p10: 25.0, p50: 33.0, p90: 42.0 };
/// let wear = project(&pads, pace, &Weights::shipped(), &WearPolicy::shipped())?;
/// assert_eq!(wear.basis, Basis::TwoSightings);
/// assert!(wear.miles_left.p10() < wear.miles_left.p50() && wear.early < wear.likely && wear.likely < wear.late);
/// # Ok::<(), fixedops_mpi_score::WearError>(())
/// ```
///
/// # Errors
/// [`WearError`] where a table, the pace or every sighting is missing or cannot be.
pub fn project(
    seen: &WearAt,
    pace: Pace,
    weights: &Weights,
    policy: &WearPolicy,
) -> Result<Projection, WearError> {
    let limit = weights.limit(&seen.name).ok_or_else(|| WearError::NoLimit(seen.name.clone()))?;
    let part = policy.part(&seen.name).ok_or_else(|| WearError::NoRate(seen.name.clone()))?;
    if limit.unit != part.unit {
        return Err(WearError::UnitsDiffer(seen.name.clone()));
    }
    if !pace.in_order() {
        return Err(WearError::Pace);
    }
    let bounds = Bounds::of(seen, limit, part).ok_or(WearError::Bounds)?;
    let (points, set_aside) = usable(seen, limit, part);
    let life = Life::last_of(&points, seen.renewed, part, &bounds);
    let Some(last) = life.points.last() else { return Err(WearError::NoSighting(set_aside)) };

    let at_minimum_now = last.thousandths * bounds.sign <= bounds.minimum_thousandths * bounds.sign;
    let left = if at_minimum_now { [0.0; 3] } else { life.left(part, &bounds) };
    // What is to come may wear faster or slower than what was.
    let left = widened(left, part.drift);
    let (miles, days) = match part.by {
        WearsBy::Miles => (left, widened(left.map(|miles| miles / pace.p50), pace.spread())),
        WearsBy::Years => {
            let days = left.map(|years| years * YEAR);
            (widened(days.map(|days| days * pace.p50), pace.spread()), days)
        }
    };
    let [p10, p50, p90] = miles.map(Miles::clamped);
    let miles_left = MilesRange::new(p10.min(p50), p50, p90.max(p50)).expect("put in order just here");
    let [early, likely, late] = days.map(|days| after(last.at, days));
    let basis = match (life.points.len(), life.new_at) {
        (0 | 1, None) => Basis::OneSighting,
        (0 | 1, Some(_)) => Basis::OneSightingSinceNew,
        (2, _) => Basis::TwoSightings,
        _ => Basis::ManySightings,
    };
    Ok(Projection {
        name: seen.name.clone(),
        place: seen.place.clone(),
        miles_left,
        early,
        likely,
        late,
        basis,
        at_minimum_now,
        last_seen: last.at,
        policy: policy.version().clone(),
        set_aside,
    })
}

/// The places of one job together: the four tires, both axles' pads. Each bound is the earliest of its kind, and the
/// rest is that of the place likely to be first (ties: the first in order); `None` where there is none.
///
/// Read as a range it errs to the late side where places wear independently, and is right where they wear alike.
#[must_use]
pub fn earliest(places: &[Projection]) -> Option<Projection> {
    let mut first = places.iter().min_by_key(|place| place.likely)?.clone();
    for place in places {
        first.early = first.early.min(place.early);
        first.late = first.late.min(place.late);
        let lesser = |end: fn(&MilesRange) -> Miles| end(&first.miles_left).min(end(&place.miles_left));
        first.miles_left =
            MilesRange::new(lesser(MilesRange::p10), lesser(MilesRange::p50), lesser(MilesRange::p90))
                .expect("of two ranges in order the lesser ends are in order");
        first.at_minimum_now |= place.at_minimum_now;
    }
    Some(first)
}

impl WearAt {
    /// Nothing seen yet of `name`, anywhere: to be filled in.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            place: None,
            sightings: Vec::new(),
            renewed: Renewed::default(),
            fresh: None,
            minimum: None,
        }
    }
}

/// Standard deviation of a reading with an 80 % range.
fn sd(range: MilesRange) -> f64 {
    (range.p90().as_f64() - range.p10().as_f64()) / (2.0 * Z)
}

impl Pace {
    fn in_order(self) -> bool {
        // Written so that NaN fails.
        self.p10 > 0.0 && self.p10 <= self.p50 && self.p50 <= self.p90 && self.p90 <= 10_000.0
    }

    /// Standard deviation of its logarithm.
    fn spread(self) -> f64 {
        libm::log(self.p90 / self.p10) / (2.0 * Z)
    }
}

impl core::fmt::Display for Basis {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::OneSighting => "one measurement, and how such parts wear on other cars",
            Self::OneSightingSinceNew => "one measurement since the part was new",
            Self::TwoSightings => "two measurements of this part",
            Self::ManySightings => "several measurements of this part",
        })
    }
}

/// Where the part starts and ends, mirrored where higher is worse so that wear always falls.
struct Bounds {
    sign: i64,
    fresh: f64,
    minimum: f64,
    minimum_thousandths: i64,
}

impl Bounds {
    fn of(seen: &WearAt, limit: &Limit, part: &WearingPart) -> Option<Self> {
        let known = |given: Option<Decimal>, otherwise: f64| match given {
            Some(given) => in_thousandths(given).filter(|&n| limit.believes(n)),
            None => Some(thousandths(otherwise)),
        };
        let sign = if limit.fresh >= limit.limit { 1 } else { -1 };
        let (fresh, minimum) = (known(seen.fresh, part.fresh)?, known(seen.minimum, limit.limit)?);
        (fresh * sign > minimum * sign).then(|| Self {
            sign,
            fresh: units(fresh * sign),
            minimum: units(minimum * sign),
            minimum_thousandths: minimum,
        })
    }
}

/// A sighting in the limit's unit.
#[derive(Clone, Copy)]
struct Point {
    thousandths: i64,
    odometer: Option<MilesRange>,
    at: DateTime<Utc>,
}

impl Point {
    /// How far it lies from the beginning of counting, in what wears the part, and the error of that.
    fn exposure(&self, by: WearsBy) -> (f64, f64) {
        match (by, self.odometer) {
            (WearsBy::Miles, Some(odometer)) => (odometer.p50().as_f64(), sd(odometer)),
            (WearsBy::Miles, None) => (0.0, 0.0),
            (WearsBy::Years, _) => (years(self.at), 0.0),
        }
    }
}

/// The sightings that can be, earliest first, and the others.
fn usable(seen: &WearAt, limit: &Limit, part: &WearingPart) -> (Vec<Point>, Vec<SightingAside>) {
    let mut order: Vec<(usize, &Sighting)> = seen.sightings.iter().enumerate().collect();
    order.sort_by_key(|&(index, s)| (s.at, s.odometer.map(|o| o.p50()), s.value, index));
    let (mut points, mut set_aside) = (Vec::<Point>::new(), Vec::new());
    for (index, sighting) in order {
        let fault = match (point(sighting, limit), sighting.odometer) {
            (Err(fault), _) => Some(fault),
            (Ok(_), None) if part.by == WearsBy::Miles => Some(SightingFault::NoOdometer),
            (Ok(point), odometer) => {
                let surely = points.iter().filter_map(|earlier| earlier.odometer).map(|o| o.p10()).max();
                if odometer.zip(surely).is_some_and(|(here, earlier)| here.p90() < earlier) {
                    Some(SightingFault::RunsBack)
                } else {
                    points.push(point);
                    None
                }
            }
        };
        set_aside.extend(fault.map(|fault| SightingAside { index, fault }));
    }
    set_aside.sort_by_key(|aside| aside.index);
    (points, set_aside)
}

fn point(sighting: &Sighting, limit: &Limit) -> Result<Point, SightingFault> {
    let value = in_thousandths(sighting.value).ok_or(SightingFault::Impossible)?;
    if sighting.unit.thousandths_in(0, limit.unit).is_none() {
        return Err(SightingFault::WrongUnit);
    }
    let thousandths_here =
        sighting.unit.thousandths_in(value, limit.unit).ok_or(SightingFault::Impossible)?;
    if !limit.believes(thousandths_here) {
        return Err(SightingFault::Impossible);
    }
    Ok(Point { thousandths: thousandths_here, odometer: sighting.odometer, at: sighting.at })
}

/// The part that is in the car now.
struct Life {
    /// Its sightings.
    points: Vec<Point>,
    /// Where it was new, in what wears it, if that is known.
    new_at: Option<f64>,
    /// Where it can have been new at the earliest, if that is not known.
    not_before: f64,
}

impl Life {
    fn last_of(points: &[Point], renewed: Renewed, part: &WearingPart, bounds: &Bounds) -> Self {
        let new_at = match part.by {
            WearsBy::Miles => renewed.odometer.map(Miles::as_f64),
            WearsBy::Years => renewed.at.map(years),
        };
        let rise = thousandths(part.renewed_rise);
        let mut life = Self { points: Vec::new(), new_at, not_before: 0.0 };
        if part.by == WearsBy::Years {
            life.not_before = f64::NEG_INFINITY;
        }
        let mut before: Option<&Point> = None;
        for point in points {
            let (here, error) = point.exposure(part.by);
            // Of another part, unless the odometer's range says it may have been this one.
            if new_at.is_some_and(|new| here + Z * error < new) {
                continue;
            }
            if let Some(before) = before
                && (point.thousandths - before.thousandths) * bounds.sign >= rise
            {
                life.points.clear();
                life.not_before = before.exposure(part.by).0;
                // Renewed again after the renewal that was told.
                life.new_at = life.new_at.filter(|&new| new > life.not_before);
            }
            life.points.push(*point);
            before = Some(point);
        }
        life
    }

    /// What is left until the minimum: p10, p50, p90, in miles or years.
    fn left(&self, part: &WearingPart, bounds: &Bounds) -> [f64; 3] {
        let per = match part.by {
            WearsBy::Miles => part.rate / 1_000.0,
            WearsBy::Years => part.rate,
        };
        let error = part.gauge_sd * part.gauge_sd + part.step * part.step / 12.0;
        let Some((last, earlier)) = self.points.split_last() else { return [0.0; 3] };
        let (here, here_sd) = last.exposure(part.by);
        let value = |point: &Point| units(point.thousandths * bounds.sign);
        let driven = |from: f64| (here - from).max(0.0);
        // What was seen: how long ago, what, and the error. An error of the odometer is an error of depth at the
        // median rate.
        let mut seen = vec![Seen { ago: 0.0, depth: value(last), variance: error }];
        for point in earlier {
            let (there, there_sd) = point.exposure(part.by);
            let off = per * per * (there_sd * there_sd + here_sd * here_sd);
            seen.push(Seen { ago: driven(there), depth: value(point), variance: error + off });
        }
        if let Some(new_at) = self.new_at {
            let off = per * per * here_sd * here_sd;
            let variance = part.fresh_sd * part.fresh_sd + off;
            seen.push(Seen { ago: driven(new_at), depth: bounds.fresh, variance });
        }
        let at_most = (self.new_at.is_none() && earlier.is_empty()).then(|| driven(self.not_before));
        let fresh_sd = libm::sqrt(part.fresh_sd * part.fresh_sd + error);

        let mut rates = Vec::new();
        for step in -RATES_EACH_SIDE..=RATES_EACH_SIDE {
            let out = RATES_OUT * f64::from(step) / f64::from(RATES_EACH_SIDE);
            let rate = per * libm::exp(part.spread * out);
            let (depth, misfit) = fitted(&seen, rate);
            let mut log = -0.5 * out * out - 0.5 * misfit;
            if let Some(at_most) = at_most {
                log += age_unknown(bounds, value(last), (rate * at_most).max(0.0), fresh_sd);
            }
            rates.push(Rate { rate, depth, weight: log });
        }
        let best = rates.iter().map(|r| r.weight).fold(f64::NEG_INFINITY, f64::max);
        rates.iter_mut().for_each(|r| r.weight = libm::exp(r.weight - best));
        let all: f64 = rates.iter().map(|r| r.weight).sum();
        rates.retain(|r| r.weight > 1e-12 * all);
        let sd = libm::sqrt(1.0 / seen.iter().map(|s| 1.0 / s.variance).sum::<f64>());
        let worn_out = |left: f64| {
            let below = |r: &Rate| r.weight * below((bounds.minimum + r.rate * left - r.depth) / sd);
            rates.iter().map(below).sum::<f64>() / all
        };
        let most = match part.by {
            WearsBy::Miles => Miles::MAX.as_f64(),
            WearsBy::Years => HORIZON / YEAR,
        };
        [0.1, 0.5, 0.9].map(|share| quantile(worn_out, share, most))
    }
}

#[derive(Clone, Copy)]
struct Seen {
    ago: f64,
    depth: f64,
    variance: f64,
}

struct Rate {
    rate: f64,
    depth: f64,
    weight: f64,
}

/// The depth now that fits what was seen best at a rate, and how badly it fits.
fn fitted(seen: &[Seen], rate: f64) -> (f64, f64) {
    let (mut sum, mut weights) = (0.0, 0.0);
    for s in seen {
        sum += (s.depth - rate * s.ago) / s.variance;
        weights += 1.0 / s.variance;
    }
    let depth = sum / weights;
    let off = |s: &Seen| s.depth - rate * s.ago - depth;
    (depth, seen.iter().map(|s| off(s) * off(s) / s.variance).sum())
}

/// How likely a depth is where the part may have been new at any point of the last `worn_at_most` of wear: the
/// logarithm of a level stretch from as new down, ending at the latest at the minimum, blurred by the errors.
fn age_unknown(bounds: &Bounds, depth: f64, worn_at_most: f64, sd: f64) -> f64 {
    let stretch = worn_at_most.min(bounds.fresh - bounds.minimum).max(1e-3 * sd);
    let worn = ((bounds.fresh - depth) / sd).clamp(-30.0, 30.0);
    let share = below(worn) - below(worn - stretch / sd);
    // In the far tail above, the difference of two numbers near 1 is none: mirrored it is exact.
    let share = if worn > 0.0 { below(stretch / sd - worn) - below(-worn) } else { share };
    libm::log(share.max(1e-300) / stretch)
}

/// The share of a normal distribution below a point.
fn below(z: f64) -> f64 {
    0.5 * libm::erfc(-z * core::f64::consts::FRAC_1_SQRT_2)
}

/// Where a rising function reaches a share, within 0 and `most`.
fn quantile(rising: impl Fn(f64) -> f64, share: f64, most: f64) -> f64 {
    if rising(0.0) >= share {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, most);
    // Forty halvings of a million miles are far below a tenth of one.
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if rising(middle) >= share { high = middle } else { low = middle }
    }
    high
}

/// A range made wider by a lognormal factor: its logarithm's standard deviation is added in squares, half by half.
fn widened([p10, p50, p90]: [f64; 3], sd: f64) -> [f64; 3] {
    let wider = |ratio: f64| {
        let log = libm::log(ratio);
        libm::exp(libm::sqrt(log * log + Z * sd * Z * sd))
    };
    let low = if p10 > 0.0 && p50 > 0.0 { p50 / wider(p50 / p10) } else { 0.0 };
    let high = if p50 > 0.0 { p50 * wider((p90 / p50).max(1.0)) } else { p90 };
    [low.min(p50), p50, high.max(p50)]
}

fn after(at: DateTime<Utc>, days: f64) -> DateTime<Utc> {
    // At most a century of seconds.
    #[allow(clippy::cast_possible_truncation)]
    let seconds = (days.min(HORIZON) * 86_400.0).round() as i64;
    at.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn in_thousandths(value: Decimal) -> Option<i64> {
    value.checked_mul(Decimal::ONE_THOUSAND)?.floor().to_i64()
}

#[allow(clippy::cast_precision_loss, reason = "measurements are small")]
fn units(thousandths: i64) -> f64 {
    thousandths as f64 / 1_000.0
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds of all the years there are lie within 2^53")]
fn years(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / (86_400_000.0 * YEAR)
}
