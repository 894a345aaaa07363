//! GPS fixes folded into miles.

mod circle;
mod columns;
mod counts;
mod course;
mod gap;
mod point;
#[cfg(feature = "serde")]
mod stored;
mod sum;
mod summary;
mod window;

use chrono::{DateTime, Utc};

pub use columns::{FixColumns, FixColumnsError};
pub use summary::TrackSummary;

use self::counts::Counts;
use self::course::Course;
use self::point::{Claim, Dates, Point};
use self::window::{Entry, Window};
use crate::geodesy::Band;
use crate::{Fix, FixFault, Model, TrackModel};

const METRES_PER_MILE: f64 = 1_609.344;
/// A receiver without a number.
const NO_DEVICE: u8 = u8::MAX;

/// The miles a car has travelled: constant-size state of one vehicle, to which fixes are folded one by one.
///
/// - Fixes may arrive a little out of order (a window of six) and more than once; later ones are set aside as `late`.
/// - A fix dated after `received_at` (and what clocks differ by) is set aside as `future`; no true fix is ever late
///   because of it. The crate has no clock: the time of receipt is an argument.
/// - Of several receivers in a car one is followed until it falls silent; the others are set aside as `other_device`.
/// - A fix further away than a car can have come since the last *valid* fix, moved or not, is set aside as `thrown`;
///   where several in a row (`rejoin_fixes` of the model) agree with each other the car really is there, and the way
///   between is not counted.
/// - The first fix must be confirmed: by the next, or it was `thrown`; within a day, or it is `unconfirmed`.
/// - While standing, the wandering of the position is not distance.
/// - A silence is bridged by the straight line, lengthened as roads are, and by the pace of the drive; its uncertainty
///   is kept apart.
///
/// It takes 256 bytes, however many fixes are folded. The stored form (serde) is checked when read.
///
/// ```
/// use fixedops_odometer_core::{Fix, Model, Track};
/// let model = Model::shipped();
/// let received_at = chrono::DateTime::from_timestamp(1_700_000_200, 0).ok_or("no time")?;
/// let mut track = Track::new();
/// for second in 0..120_u32 {
///     let at = chrono::DateTime::from_timestamp(1_700_000_000 + i64::from(second), 0).ok_or("no time")?;
///     track.fold(Fix::new(at, 41.0 + f64::from(second) * 0.000_2, -87.6), received_at, &model);
/// }
/// let summary = track.summary(&model);
/// assert!((summary.distance_miles - 1.643).abs() < 0.01, "{}", summary.distance_miles);
/// assert_eq!(summary.fixes_used, 120);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "stored::Stored", into = "stored::Stored")
)]
pub struct Track {
    course: Course,
    window: Window,
    counts: Counts,
}

/// Promised to whoever keeps one for each of a million cars.
const _: () = assert!(size_of::<Track>() <= 256);

/// Why two tracks were not merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// Their times overlap: the same miles would count twice.
    #[error("the times of the two tracks overlap")]
    Overlap,
}

impl Default for Track {
    fn default() -> Self {
        Self::new()
    }
}

impl Track {
    /// A vehicle that has not been seen.
    #[must_use]
    pub fn new() -> Self {
        let course = Course { device: NO_DEVICE, ..Course::default() };
        Self { course, window: Window::default(), counts: Counts::default() }
    }

    /// Adds one fix, which arrived at `received_at`.
    pub fn fold(&mut self, fix: Fix, received_at: DateTime<Utc>, model: &Model) {
        self.fold_within(&fix, Dates::until(received_at, &model.track), &model.track);
    }

    /// Adds fixes, in the order given, which all arrived at `received_at`.
    pub fn fold_batch(
        &mut self,
        fixes: impl IntoIterator<Item = Fix>,
        received_at: DateTime<Utc>,
        model: &Model,
    ) {
        let dates = Dates::until(received_at, &model.track);
        for fix in fixes {
            self.fold_within(&fix, dates, &model.track);
        }
    }

    fn fold_within(&mut self, fix: &Fix, dates: Dates, model: &TrackModel) {
        let claim = Claim {
            ms: fix.at.timestamp_millis(),
            lat: fix.lat,
            lon: fix.lon,
            speed: fix.speed_mps.unwrap_or(f64::NAN),
            // What says how good it is and cannot say it is no good.
            accuracy: fix
                .accuracy_m
                .map_or(f64::NAN, |metres| if metres.is_nan() { f64::INFINITY } else { metres }),
        };
        let mut band = Band::at(self.course.last.0);
        self.take(&claim, fix.device.unwrap_or(NO_DEVICE), dates, &mut band, model);
    }

    /// Adds one claim. True where it waits in the window as the newest of all.
    fn take(&mut self, claim: &Claim, device: u8, dates: Dates, band: &mut Band, model: &TrackModel) -> bool {
        if let Some(fault) = claim.fault(dates, model) {
            self.counts.sets_aside(fault, 1);
            return false;
        }
        let point = claim.point();
        if !self.course.begun() && self.window.len() == 0 {
            (self.course.last_ms, self.course.device) = (point.ms, device);
        }
        let newest =
            self.window.points(self.course.last_ms).last().map_or(self.course.last_ms, |last| last.ms);
        if device != self.course.device {
            if point::seconds(newest, point.ms) < model.device_silence_seconds {
                self.counts.sets_aside(FixFault::OtherDevice, 1);
                return false;
            }
            self.course.device = device;
        }
        if self.course.begun() && point.ms <= self.course.last_ms {
            let again = point.ms == self.course.last_ms;
            self.counts.sets_aside(if again { FixFault::Repeated } else { FixFault::Late }, 1);
            return false;
        }
        match self.window.enter(&point, self.course.last_ms) {
            Entry::Waits => {}
            Entry::Pushes(oldest) => self.course.advance(&oldest, &mut self.counts, band, model),
            Entry::Next => self.course.advance(&point, &mut self.counts, band, model),
            Entry::Refused(fault) => {
                self.counts.sets_aside(fault, 1);
                return false;
            }
            Entry::FarAhead => {
                self.empty_window(band, model);
                self.course.advance(&point, &mut self.counts, band, model);
                return false;
            }
        }
        point.ms > newest
    }

    fn empty_window(&mut self, band: &mut Band, model: &TrackModel) {
        let base = self.course.last_ms;
        for point in self.window.take().points(base) {
            self.course.advance(&point, &mut self.counts, band, model);
        }
    }

    /// What it amounts to, the fixes that wait for their order included.
    #[must_use]
    pub fn summary(&self, model: &Model) -> TrackSummary {
        let mut done = self.clone();
        done.settle(&model.track);
        let Self { course, counts, .. } = done;
        let instant = |ms: i64| DateTime::from_timestamp_millis(ms).filter(|_| course.begun());
        // What all legs have in common does not shrink with their number.
        let metres = course.way.get();
        let common = model.track.common_sd_share * metres;
        TrackSummary {
            from: instant(course.first_ms),
            to: instant(course.last_ms),
            distance_miles: metres / METRES_PER_MILE,
            sd_miles: (course.variance.get() + common * common).sqrt() / METRES_PER_MILE,
            gap_miles: course.gaps.get() / METRES_PER_MILE,
            fixes_used: counts.used.into(),
            set_aside: counts.faults,
        }
    }

    /// Joins a track that lies wholly after this one; the way between is bridged like any gap.
    ///
    /// # Errors
    /// [`MergeError::Overlap`] if `later` does not begin after this one ends.
    pub fn merge(mut self, later: &Self, model: &Model) -> Result<Self, MergeError> {
        let model = &model.track;
        self.settle(model);
        let mut later = later.clone();
        later.settle(model);
        if self.course.begun() && later.course.begun() {
            if later.course.first_ms <= self.course.last_ms {
                return Err(MergeError::Overlap);
            }
            // A lone fix that nothing confirmed is no more confirmed by a track far from it than by a fix far from it.
            let near = self.course.near(&later.course, model);
            if !near && !self.course.confirmed() {
                self.counts.unconfirmed();
            } else if !near && !later.course.confirmed() {
                later.counts.unconfirmed();
                later.course = self.course;
            } else {
                later.course = self.course.join(&later.course, model);
            }
        } else if self.course.begun() {
            later.course = self.course;
        }
        later.counts.add(&self.counts);
        Ok(later)
    }

    /// A new track that starts where this one stands: for a new anchor on the odometer. Its first fix is this one's
    /// last.
    #[must_use]
    pub fn restart(&self, model: &Model) -> Self {
        let mut done = self.clone();
        done.settle(&model.track);
        let mut fresh = Self::new();
        let Course { last_ms: ms, last: (lat, lon), device, pace, .. } = done.course;
        if done.course.begun() {
            let point = Point { ms, lat, lon, ..Point::default() };
            fresh.course = Course { device, pace, ..fresh.course };
            fresh.course.begin(&point, &mut fresh.counts);
            fresh.course.confirm();
        }
        fresh
    }

    /// Empties the window and closes the circle the car is in.
    fn settle(&mut self, model: &TrackModel) {
        let mut band = Band::at(self.course.last.0);
        self.empty_window(&mut band, model);
        self.course.settle(&mut self.counts, model);
    }
}
