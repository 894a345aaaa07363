//! Many vehicles at once, from columns and into columns.

use chrono::{DateTime, Utc};
use fixedops_vocab::{DistanceUnit, Mileage, RawOdometer};

use crate::judge::Line;
use crate::known::{Known, Lessons};
use crate::posterior::never_falling;
use crate::{Model, Reading};

/// Readings of many vehicles in columns, those of a vehicle together.
///
/// Each was learned when it was read, and is of the kind [`Reported`](crate::ReadingKind::Reported); where these differ
/// use [`Posterior`](crate::Posterior).
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "columns are handed over as they are")]
pub struct ReadingColumns<'a> {
    /// Where the readings of each vehicle begin in the other columns, and at last where they end: one more than there
    /// are vehicles, never falling.
    pub starts: &'a [usize],
    /// When each was read, seconds since 1970.
    pub read_at: &'a [i64],
    /// What it said, thousandths of the unit.
    pub thousandths: &'a [i64],
    /// The unit of all.
    pub unit: DistanceUnit,
}

/// Where an odometer stands, and on how many readings that rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Estimate {
    /// The mileage with its range, basis and last capture.
    pub mileage: Mileage,
    /// Readings that count, as they are or repaired.
    pub used: u32,
    /// Readings known and set aside.
    pub set_aside: u32,
}

/// Why columns were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadingColumnsError {
    /// The columns of times and of numbers differ in length.
    #[error("{read_at} times for {thousandths} numbers")]
    Lengths {
        /// Length of the times.
        read_at: usize,
        /// Length of the numbers.
        thousandths: usize,
    },
    /// A vehicle begins after its end, or ends beyond the columns.
    #[error("vehicle {vehicle}: its readings begin at {start} and end at {end}, of {readings} in all")]
    Starts {
        /// Its number, from 0.
        vehicle: usize,
        /// Where it begins.
        start: usize,
        /// Where it ends.
        end: usize,
        /// How many readings there are.
        readings: usize,
    },
}

/// The odometer of each vehicle at `at`, from the readings read by `as_of`: what [`Posterior`](crate::Posterior) says of
/// them, to the bit, without a place in memory for each vehicle. Judging the readings is included.
///
/// One thread; split `starts` among several for more.
///
/// ```
/// use fixedops_odometer_core::{Model, ReadingColumns, estimate_columns};
/// use fixedops_vocab::{Basis, DistanceUnit};
/// let day = |n: i64| 1_767_600_000 + n * 86_400;
/// let columns = ReadingColumns {
///     starts: &[0, 3, 4],
///     read_at: &[day(0), day(60), day(121), day(3)],
///     thousandths: &[41_000_000, 43_100_000, 45_200_000, 9_000_000],
///     unit: DistanceUnit::Miles,
/// };
/// let at = chrono::DateTime::from_timestamp(day(150), 0).ok_or("no time")?;
/// let estimates = estimate_columns(&columns, at, at, &Model::shipped())?;
/// assert_eq!(estimates[0].mileage.basis(), Basis::Estimated);
/// assert_eq!((estimates[0].used, estimates[0].set_aside), (3, 0));
/// assert_eq!(estimates[1].mileage.basis(), Basis::Unknown, "one reading is no habit");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ReadingColumnsError`] for columns that do not fit together; nothing is estimated then.
pub fn estimate_columns(
    columns: &ReadingColumns<'_>,
    as_of: DateTime<Utc>,
    at: DateTime<Utc>,
    model: &Model,
) -> Result<Vec<Estimate>, ReadingColumnsError> {
    let ReadingColumns { starts, read_at, thousandths, unit } = *columns;
    if read_at.len() != thousandths.len() {
        return Err(ReadingColumnsError::Lengths { read_at: read_at.len(), thousandths: thousandths.len() });
    }
    let mut estimates = Vec::with_capacity(starts.len().saturating_sub(1));
    let mut line = Line::default();
    let mut readings: Vec<Reading> = Vec::new();
    for (vehicle, ends) in starts.windows(2).enumerate() {
        let [start, end] = *ends else { continue };
        let (Some(times), Some(numbers)) = (read_at.get(start..end), thousandths.get(start..end)) else {
            return Err(ReadingColumnsError::Starts { vehicle, start, end, readings: read_at.len() });
        };
        readings.clear();
        readings.extend(times.iter().zip(numbers).filter_map(|(&second, &number)| {
            // A time no date can hold is like one before there were readings: earlier than all.
            let at = DateTime::from_timestamp(second, 0).unwrap_or(if second < 0 {
                DateTime::<Utc>::MIN_UTC
            } else {
                DateTime::<Utc>::MAX_UTC
            });
            (at <= as_of).then(|| Reading::reported(at, RawOdometer::new(number, unit)))
        }));
        line.draw(&readings, model);
        let set_aside = line.set_aside();
        never_falling(&mut line.anchors);
        let lessons = Lessons::learn(&line.anchors, &[], as_of, model);
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        estimates.push(Estimate {
            mileage: Known { anchors: &line.anchors, lessons: &lessons }.mileage_at(at),
            used: count(readings.len() - set_aside),
            set_aside: count(set_aside),
        });
    }
    Ok(estimates)
}
