use chrono::{DateTime, Utc};

use super::point::{Claim, Dates};
use super::window::{REACH, WINDOW};
use super::{NO_DEVICE, Track};
use crate::geodesy::Band;
use crate::{Model, TrackModel};

/// Fixes of one vehicle as columns, as they lie in a column file or a data frame: nothing is copied.
///
/// FixColumns are of one length; speed and accuracy may be left out, and where they are there, NaN says not given.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixColumns<'a> {
    /// Milliseconds since 1970.
    pub ms: &'a [i64],
    /// Degrees north, WGS 84.
    pub lat: &'a [f64],
    /// Degrees east, WGS 84.
    pub lon: &'a [f64],
    /// Ground speed, metres a second.
    pub speed_mps: Option<&'a [f32]>,
    /// Radius of the receiver's own 68 % circle, metres.
    pub accuracy_m: Option<&'a [f32]>,
    /// Which of several receivers in the car all of them come from.
    pub device: Option<u8>,
}

/// Why columns were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FixColumnsError {
    /// A column is longer or shorter than the times.
    #[error("columns of fixes are not of one length")]
    Lengths,
}

impl FixColumns<'_> {
    fn checked(&self) -> Result<usize, FixColumnsError> {
        let len = self.ms.len();
        let fits = |column: Option<&[f32]>| column.is_none_or(|column| column.len() == len);
        if self.lat.len() == len && self.lon.len() == len && fits(self.speed_mps) && fits(self.accuracy_m) {
            Ok(len)
        } else {
            Err(FixColumnsError::Lengths)
        }
    }

    /// What row `n` says. None past the end.
    #[inline]
    fn claim(&self, n: usize) -> Option<Claim> {
        let given = |column: Option<&[f32]>| match column {
            Some(column) => column.get(n).map_or(f64::NAN, |&value| f64::from(value)),
            None => f64::NAN,
        };
        Some(Claim {
            ms: *self.ms.get(n)?,
            lat: *self.lat.get(n)?,
            lon: *self.lon.get(n)?,
            speed: given(self.speed_mps),
            accuracy: given(self.accuracy_m),
        })
    }
}

impl Track {
    /// Adds fixes from columns: as [`Track::fold`] one after another, to the last bit, and several times as fast.
    ///
    /// No threads: vehicles are independent, so the caller spreads them as it likes.
    ///
    /// ```
    /// use fixedops_odometer_core::{FixColumns, Model, Track};
    /// let model = Model::shipped();
    /// let ms: Vec<i64> = (0..120).map(|n| 1_780_000_000_000 + n * 1_000).collect();
    /// let lat: Vec<f64> = (0..120).map(|n| 41.0 + f64::from(n) * 0.000_2).collect();
    /// let columns = FixColumns { ms: &ms, lat: &lat, lon: &[-87.6; 120], ..FixColumns::default() };
    /// let mut track = Track::new();
    /// track.fold_columns(&columns, "2026-06-01T00:00:00Z".parse()?, &model)?;
    /// assert!((track.summary(&model).distance_miles - 1.643).abs() < 0.01);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`FixColumnsError::Lengths`]; then nothing was folded.
    pub fn fold_columns(
        &mut self,
        columns: &FixColumns<'_>,
        received_at: DateTime<Utc>,
        model: &Model,
    ) -> Result<(), FixColumnsError> {
        let len = columns.checked()?;
        let model = &model.track;
        let dates = Dates::until(received_at, model);
        let device = columns.device.unwrap_or(NO_DEVICE);
        let mut band = Band::at(self.course.last.0);
        let (mut next, mut in_order) = (0, 0);
        while let Some(claim) = columns.claim(next) {
            in_order = if self.take(&claim, device, dates, &mut band, model) { in_order + 1 } else { 0 };
            next += 1;
            // The window now holds the last rows as they stand: as long as the order lasts it need not be filled.
            if in_order >= WINDOW && next < len {
                let start = next;
                next = self.run(columns, next, dates, &mut band, model);
                in_order = if next > start { WINDOW } else { in_order };
            }
        }
        Ok(())
    }

    /// Takes rows from `next` on while they are good and in order, and gives back the first that is not. The window
    /// holds the rows before `next`.
    fn run(
        &mut self,
        columns: &FixColumns<'_>,
        mut next: usize,
        dates: Dates,
        band: &mut Band,
        model: &TrackModel,
    ) -> usize {
        let row = |n: usize| columns.claim(n).as_ref().map(Claim::point);
        let Some(mut newest) = next.checked_sub(1).and_then(|n| columns.ms.get(n).copied()) else {
            return next;
        };
        let (mut course, mut counts) = (self.course, self.counts);
        let start = next;
        while let Some(claim) = columns.claim(next) {
            let good = claim.ms > newest
                && claim.ms.saturating_sub(course.last_ms) <= REACH
                && claim.fault(dates, model).is_none();
            if !good {
                break;
            }
            newest = claim.ms;
            let Some(oldest) = next.checked_sub(WINDOW).and_then(row) else { break };
            course.advance_here(&oldest, &mut counts, band, model);
            next += 1;
        }
        if next > start {
            (self.course, self.counts) = (course, counts);
            self.window.refill((next.saturating_sub(WINDOW)..next).filter_map(row));
        }
        next
    }
}
