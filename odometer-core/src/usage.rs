use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use fixedops_vocab::{Basis, MilesRange};

use crate::Posterior;
use crate::component::driven;

/// The miles of one calendar month (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "a row of a profile")]
pub struct MonthMiles {
    /// The first day of the month.
    pub month: NaiveDate,
    /// The miles driven in it with their 80 % range; None where they are not known.
    pub miles: Option<MilesRange>,
    /// Where they come from.
    pub basis: MonthBasis,
}

/// Where the miles of a month come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "every reader of a month must say what it is")]
pub enum MonthBasis {
    /// The odometer was read within a day of its beginning and of its end.
    Read,
    /// It lies between two readings: the miles between them, shared out.
    Interpolated,
    /// It ends after the last reading: GPS miles or the learned habit carry it on.
    Estimated,
    /// Nothing that can be said honestly.
    Unknown,
}

impl MonthBasis {
    /// `read`, `interpolated`, `estimated` or `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Interpolated => "interpolated",
            Self::Estimated => "estimated",
            Self::Unknown => "unknown",
        }
    }
}

/// The miles of every calendar month from the one of `from` to the one of `until`, both included: the odometer at its
/// end less the odometer at its beginning, months without a reading interpolated and labelled so.
///
/// The middles of known neighbours add up to what the odometer gained. A month that begins before the first reading is
/// unknown: nobody knows what the odometer showed at its beginning. At most 1,200 months are answered.
///
/// ```
/// use fixedops_odometer_core::{Model, MonthBasis, Posterior, Reading, usage};
/// use fixedops_vocab::{DistanceUnit, RawOdometer};
/// let read = |day: &str, miles: &str| -> Result<_, Box<dyn std::error::Error>> {
///     Ok(Reading::reported(format!("{day}T00:00:00Z").parse()?, RawOdometer::parse(miles, DistanceUnit::Miles)?))
/// };
/// let readings = [read("2026-01-01", "40000")?, read("2026-02-01", "41000")?, read("2026-05-01", "44000")?];
/// let posterior = Posterior::fit(&readings, &[], "2026-05-02T00:00:00Z".parse()?, &Model::shipped());
/// let months = usage(&posterior, "2026-01-10".parse()?, "2026-05-01".parse()?);
/// let labels: Vec<&str> = months.iter().map(|month| month.basis.as_str()).collect();
/// assert_eq!(labels, ["read", "interpolated", "interpolated", "interpolated", "estimated"]);
/// assert_eq!(months[0].miles.map(|miles| miles.p50().to_string()), Some("1000.0".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn usage(posterior: &Posterior, from: NaiveDate, until: NaiveDate) -> Vec<MonthMiles> {
    let mut months = Vec::new();
    let mut month = first_of(from);
    while let Some(this) = month.filter(|this| *this <= until && months.len() < MOST_MONTHS) {
        let next = this.checked_add_months(Months::new(1));
        let found = next.and_then(|next| {
            let (begins, ends) = (midnight(this)?, midnight(next)?);
            let (miles, basis) = driven(posterior, begins, ends).ok()?;
            Some((miles, label(posterior, ends, basis)))
        });
        let (miles, basis) = found.map_or((None, MonthBasis::Unknown), |(miles, basis)| (Some(miles), basis));
        months.push(MonthMiles { month: this, miles, basis });
        month = next;
    }
    months
}

/// A hundred years.
const MOST_MONTHS: usize = 1_200;

fn label(posterior: &Posterior, ends: DateTime<Utc>, weaker: Basis) -> MonthBasis {
    match weaker {
        Basis::Read => MonthBasis::Read,
        Basis::Unknown => MonthBasis::Unknown,
        _ if posterior.last_reading_at().is_some_and(|last| ends <= last) => MonthBasis::Interpolated,
        Basis::Gps | Basis::Estimated => MonthBasis::Estimated,
    }
}

fn first_of(day: NaiveDate) -> Option<NaiveDate> {
    day.checked_sub_days(Days::new(u64::from(day.day0())))
}

fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.and_hms_opt(0, 0, 0).map(|midnight| midnight.and_utc())
}
