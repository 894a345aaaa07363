use chrono::{DateTime, Days, Utc};
use fixedops_vocab::{Basis, Mileage, Miles, ServiceId};

use crate::{Baseline, DuePoint, DueSource, IntervalRule, Origin, Posterior};

/// The leg of "miles or months" that speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "there are these two")]
pub enum Leg {
    /// Miles driven.
    Distance,
    /// Months passed since a known service or delivery. Prints no mileage.
    Time,
}

impl Leg {
    /// `distance` or `time`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Distance => "distance",
            Self::Time => "time",
        }
    }
}

/// Where a vehicle stands towards a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every stage")]
pub enum Stage {
    /// Nothing can be said.
    Unknown,
    /// Not yet.
    NotYet,
    /// Within the lead window: past the soft threshold.
    Soon,
    /// Due.
    Due,
    /// Past the grace window: past the hard threshold.
    Overdue,
}

impl Stage {
    /// `unknown`, `not_yet`, `soon`, `due` or `overdue`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotYet => "not_yet",
            Self::Soon => "soon",
            Self::Due => "due",
            Self::Overdue => "overdue",
        }
    }
}

/// What is known at one instant about one service of one vehicle.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Assessment {
    /// The service.
    pub service: ServiceId,
    /// How many of them were done before: with vehicle and service, the name of the crossing.
    pub cycle: u32,
    /// The odometer at which it is due.
    pub due_miles: Option<Miles>,
    /// When the time leg is due.
    pub due_by: Option<DateTime<Utc>>,
    /// Both with who says so, and whether the car's countdown was set back without a service.
    pub due: DuePoint,
    /// From when the interval counts.
    pub counted_from: DateTime<Utc>,
    /// What put it back to its beginning, and who says so.
    pub origin: Origin,
    /// A matter of safety, as the schedule says.
    pub safety: bool,
    /// The leg that makes the stage, where one does.
    pub leg: Option<Leg>,
    /// P(the odometer is at or past `due_miles`); None where no habit is learned, no miles are tracked, no reading is
    /// fresh, and none lies past it.
    pub p_due: Option<f64>,
    /// The stage.
    pub stage: Stage,
    /// One chance in ten that it is due before this, by either leg.
    pub due_p10: Option<DateTime<Utc>>,
    /// As likely due before as after.
    pub due_p50: Option<DateTime<Utc>>,
    /// One chance in ten that it is due only after this.
    pub due_p90: Option<DateTime<Utc>>,
    /// Whether it is due: P >= level by distance, or the date of the time leg is reached.
    pub crossed: bool,
    /// The earliest instant at which `crossed` becomes true as far as is known now; None if it is already, or not
    /// within the model's `next_look_days`.
    pub next_look: Option<DateTime<Utc>>,
    /// The stage in words a person can read. The time leg prints no mileage.
    pub reason: String,
}

/// Looks at one service of one vehicle at `at`; `level` is the probability from which it counts as crossed.
///
/// The distance leg speaks only with a learned habit, miles tracked by GPS, a reading within a day, or an odometer
/// already read past the due point: a flat calendar guess never crosses. The time leg speaks from a known service or
/// delivery date.
///
/// ```
/// use fixedops_odometer_core::{Baseline, Model, Posterior, Reading, Schedule, Stage, assess};
/// use fixedops_vocab::{DistanceUnit, Miles, RawOdometer, ServiceId};
/// let read = |day: &str, miles: &str| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(Reading::reported(format!("{day}T12:00:00Z").parse()?, RawOdometer::parse(miles, DistanceUnit::Miles)?))
/// };
/// let readings = [read("2026-01-05", "41000")?, read("2026-03-06", "43100")?, read("2026-05-08", "45200")?];
/// let at = "2026-09-05T12:00:00Z".parse()?;
/// let posterior = Posterior::fit(&readings, &[], at, &Model::shipped());
/// let schedule = Schedule::shipped();
/// let oil = schedule.rule(&ServiceId::new("oil_service")?).ok_or("no oil service")?;
/// let last_oil = Baseline::here("2026-01-05T12:00:00Z".parse()?, Some("41000".parse()?), 3);
/// let assessment = assess(oil, &last_oil, &posterior, at, 0.5);
/// assert_eq!(assessment.due_miles, Some("48500".parse()?));
/// assert_eq!((assessment.stage, assessment.crossed), (Stage::Due, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn assess(
    rule: &IntervalRule,
    baseline: &Baseline,
    posterior: &Posterior,
    at: DateTime<Utc>,
    level: f64,
) -> Assessment {
    assess_due(rule, baseline, &DuePoint::of(rule, baseline), posterior, at, level)
}

/// As [`assess`], for a due point of one's own making: one that heeds the car's own countdown
/// ([`DuePoint::with_countdowns`]).
#[must_use]
pub fn assess_due(
    rule: &IntervalRule,
    baseline: &Baseline,
    due: &DuePoint,
    posterior: &Posterior,
    at: DateTime<Utc>,
    level: f64,
) -> Assessment {
    let assessment =
        assess_due_crossing(rule, baseline, due, posterior, &posterior.mileage_at(at), at, level);
    let distance = assessment.due_miles.filter(|_| assessment.p_due.is_some());
    // From the service on, so that a due date already past is a date in the past.
    let from = baseline.done_at;
    let until = later(at.max(from), posterior.due_model().horizon_days);
    let due_at = |level: f64| {
        let by_distance = distance.and_then(|miles| posterior.first_time(miles, level, from, until));
        earlier(by_distance, assessment.due_by)
    };
    Assessment { due_p10: due_at(0.1), due_p50: due_at(0.5), due_p90: due_at(0.9), ..assessment }
}

/// As [`assess`], for those who only ask whether it is crossed and when to look again: the range of due dates, which
/// is three quarters of the work, is left out (`due_p10`, `due_p50` and `due_p90` are None). `mileage` is what
/// [`Posterior::mileage_at`] says of `at`, asked once for all services of the vehicle.
#[must_use]
pub fn assess_crossing(
    rule: &IntervalRule,
    baseline: &Baseline,
    posterior: &Posterior,
    mileage: &Mileage,
    at: DateTime<Utc>,
    level: f64,
) -> Assessment {
    assess_due_crossing(rule, baseline, &DuePoint::of(rule, baseline), posterior, mileage, at, level)
}

/// As [`assess_crossing`], for a due point of one's own making.
#[must_use]
pub fn assess_due_crossing(
    rule: &IntervalRule,
    baseline: &Baseline,
    due: &DuePoint,
    posterior: &Posterior,
    mileage: &Mileage,
    at: DateTime<Utc>,
    level: f64,
) -> Assessment {
    let (due_miles, due_by) = (due.miles, due.by);
    let speaks = |miles: Miles| {
        posterior.habit_learned()
            || posterior.is_tracked()
            || mileage.basis() == Basis::Read
            || posterior.probability_at_least(miles, at) >= 1.0
    };
    let distance = due_miles.filter(|&miles| speaks(miles));
    let p_due = distance.map(|miles| posterior.probability_at_least(miles, at));

    let by_distance = distance.map_or(Stage::Unknown, |due| {
        let reaches = |miles: Option<Miles>| {
            miles.is_some_and(|miles| posterior.probability_at_least(miles, at) >= level)
        };
        if !reaches(Some(due)) {
            let early = Miles::clamped(due.as_f64() - rule.lead_distance.as_f64());
            if reaches(Some(early)) { Stage::Soon } else { Stage::NotYet }
        } else if reaches(due.checked_add(rule.grace_distance)) {
            Stage::Overdue
        } else {
            Stage::Due
        }
    });
    let by_time = due_by.map_or(Stage::Unknown, |due| {
        let early = due.checked_sub_days(Days::new(rule.lead_days.into())).unwrap_or(due);
        let late = due.checked_add_days(Days::new(rule.grace_days.into())).unwrap_or(due);
        match at {
            _ if at < early => Stage::NotYet,
            _ if at < due => Stage::Soon,
            _ if at < late => Stage::Due,
            _ => Stage::Overdue,
        }
    });
    let stage = by_distance.max(by_time);
    let leg = match stage {
        Stage::Unknown => None,
        _ if by_distance >= by_time => Some(Leg::Distance),
        _ => Some(Leg::Time),
    };
    let crossed = stage >= Stage::Due;

    let next_look = if crossed {
        None
    } else {
        let until = later(at, posterior.due_model().next_look_days);
        // The habit alone may carry the distance leg into the future; a fresh reading without one may not.
        let by_distance = distance
            .filter(|_| posterior.habit_learned())
            .and_then(|miles| posterior.first_time(miles, level, at, until));
        earlier(by_distance, due_by.filter(|&due| due <= until))
    };

    Assessment {
        service: rule.service.clone(),
        cycle: baseline.cycle,
        due_miles,
        due_by,
        due: *due,
        counted_from: baseline.done_at,
        origin: baseline.origin.clone(),
        safety: rule.safety,
        leg,
        p_due,
        stage,
        due_p10: None,
        due_p50: None,
        due_p90: None,
        crossed,
        next_look,
        reason: reason(stage, leg, due, baseline, p_due, mileage),
    }
}

fn reason(
    stage: Stage,
    leg: Option<Leg>,
    due: &DuePoint,
    baseline: &Baseline,
    p_due: Option<f64>,
    mileage: &Mileage,
) -> String {
    let word = match stage {
        Stage::Unknown => "unknown",
        Stage::NotYet => "not yet due",
        Stage::Soon => "due soon",
        Stage::Due => "due",
        Stage::Overdue => "overdue",
    };
    let (mut words, source) = match (leg, due.miles, due.by, p_due) {
        (Some(Leg::Distance), Some(miles), _, Some(p)) => {
            let words = format!("{word} by distance: due at {miles} mi, probability {p:.2}; {mileage}");
            (words, Some(due.miles_from))
        }
        (Some(Leg::Time), _, Some(by), _) => {
            (format!("{word} by time: due on {}", by.format("%Y-%m-%d")), Some(due.by_from))
        }
        (_, None, None, _) => ("unknown: no known service or delivery to count from".to_owned(), None),
        _ => {
            let words = "unknown: no habit learned from readings, no GPS miles, and no reading within a day";
            (words.to_owned(), None)
        }
    };
    match source {
        Some(DueSource::Schedule) => words.push_str(&format!("; counted from {baseline}")),
        Some(DueSource::Countdown { read_at }) => {
            words.push_str(&format!("; the car's own countdown, read on {}", read_at.format("%Y-%m-%d")));
        }
        None => {}
    }
    if let Some(at) = due.reset_unexplained {
        let day = at.format("%Y-%m-%d");
        words.push_str(&format!("; the car's countdown was set back by {day} without a service on record"));
    }
    words
}

fn later(at: DateTime<Utc>, days: f64) -> DateTime<Utc> {
    // Checked to lie within 1 to 36,500 when the model was made.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let days = days as u64;
    at.checked_add_days(Days::new(days)).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn earlier(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
