use chrono::{DateTime, Utc};

use crate::geodesy::{metres, shorter_way};
use crate::judge::EARLIEST;
use crate::{Fix, FixFault, Model, TrackModel};

const METRES_PER_MILE: f64 = 1_609.344;
/// Fixes that may arrive before one of them is put in place.
const WINDOW: usize = 6;
/// No value given.
const NONE: u16 = u16::MAX;

/// The miles a receiver has travelled: constant-size state of one vehicle, to which fixes are folded one by one.
///
/// - Fixes may arrive a little out of order (a window of six) and more than once; later ones are set aside as `late`.
/// - A fix further away than a car can have come since the last *valid* fix, moved or not, is set aside as `thrown`;
///   where several in a row (`rejoin_fixes` of the model) agree with each other the car really is there, and the way
///   between is not counted.
/// - The first fix must be confirmed by the next in the same way.
/// - While standing, the wandering of the position is not distance.
/// - A gap is bridged by the straight line with a detour, and its uncertainty is kept apart.
///
/// It has no clock: a fix dated in the future makes all true ones after it `late`. Drop those before folding.
///
/// ```
/// use fixedops_odometer_core::{Fix, Model, Track};
/// let model = Model::shipped();
/// let mut track = Track::new();
/// for second in 0..120_u32 {
///     let at = chrono::DateTime::from_timestamp(1_700_000_000 + i64::from(second), 0).ok_or("no time")?;
///     track.fold(Fix::new(at, 41.0 + f64::from(second) * 0.000_2, -87.6), &model);
/// }
/// let summary = track.summary(&model);
/// assert!((summary.distance_miles - 1.643).abs() < 0.01, "{}", summary.distance_miles);
/// assert_eq!(summary.fixes_used, 120);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Track {
    /// Newest first at the end; the first `waiting` are in use, oldest first.
    window: [Point; WINDOW],
    #[cfg_attr(feature = "serde", serde(deserialize_with = "door::waiting"))]
    waiting: u8,
    first: Option<Point>,
    last: Option<Point>,
    /// Since when the position has not changed by a digit: some receivers repeat it for many seconds.
    held_since: i64,
    suspect: Option<Suspect>,
    zone: Zone,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "door::not_negative"))]
    metres: f64,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "door::not_negative"))]
    variance: f64,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "door::not_negative"))]
    gap_metres: f64,
    #[cfg_attr(feature = "serde", serde(deserialize_with = "door::count"))]
    used: u64,
    faults: [u32; FixFault::ALL.len()],
}

/// A fix in 24 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Point {
    ms: i64,
    /// 10^-7 degrees: about a centimetre.
    lat: i32,
    lon: i32,
    /// Centimetres a second.
    speed: u16,
    /// Decimetres.
    accuracy: u16,
}

impl Point {
    fn of(fix: &Fix) -> Option<Self> {
        let on_globe = (-90.0..=90.0).contains(&fix.lat) && (-180.0..=180.0).contains(&fix.lon);
        if !on_globe || (fix.lat == 0.0 && fix.lon == 0.0) || fix.at.timestamp() < EARLIEST {
            return None;
        }
        // Within the ranges just checked; the casts of speed and accuracy saturate, NaN and negatives are no value.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let (e7, small) = (
            |degrees: f64| (degrees * 1e7).round() as i32,
            |value: Option<f64>, per: f64| match value {
                Some(value) if value >= 0.0 => ((value * per).round() as u16).min(NONE - 1),
                _ => NONE,
            },
        );
        Some(Self {
            ms: fix.at.timestamp_millis(),
            lat: e7(fix.lat),
            lon: e7(fix.lon),
            speed: small(fix.speed_mps, 100.0),
            accuracy: small(fix.accuracy_m, 10.0),
        })
    }

    fn place(&self) -> (f64, f64) {
        (f64::from(self.lat) / 1e7, f64::from(self.lon) / 1e7)
    }

    fn at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.ms)
    }

    fn seconds_since(&self, earlier: &Self) -> f64 {
        // Milliseconds of any two dates fit a float well enough for a speed.
        #[allow(clippy::cast_precision_loss)]
        let ms = self.ms.saturating_sub(earlier.ms) as f64;
        ms / 1000.0
    }

    fn metres_from(&self, earlier: &Self) -> f64 {
        metres(earlier.place(), self.place())
    }
}

/// Fixes that agree with each other and not with the last valid one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Suspect {
    newest: Point,
    count: u8,
}

/// The circle the car has not left since it entered: driving through it counts the path, standing in it only the
/// straight line across.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Zone {
    /// Where the counted way ends.
    entered: Point,
    /// The middle of the fixes since (degrees), and how many.
    middle: (f64, f64),
    count: u32,
    /// The way since `entered`, metres.
    path: f64,
    /// The last leg, for the heading: metres north and east, and the seconds it took.
    leg: (f64, f64, f64),
}

/// What a [`Track`] amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TrackSummary {
    /// The first fix used.
    pub from: Option<DateTime<Utc>>,
    /// The last fix used.
    pub to: Option<DateTime<Utc>>,
    /// Miles travelled, gaps included, by GPS: the factor to the dash is not applied.
    pub distance_miles: f64,
    /// Its standard deviation, miles, without that of the factor to the dash.
    pub sd_miles: f64,
    /// Miles of it that bridge gaps.
    pub gap_miles: f64,
    /// Fixes used.
    pub fixes_used: u64,
    /// Fixes set aside, by fault in the order of [`FixFault::ALL`].
    pub set_aside: [u32; FixFault::ALL.len()],
}

impl TrackSummary {
    /// Fixes set aside, in all.
    #[must_use]
    pub fn fixes_set_aside(&self) -> u64 {
        self.set_aside.iter().map(|&count| u64::from(count)).sum()
    }
}

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
        Self {
            window: [Point::default(); WINDOW],
            waiting: 0,
            first: None,
            last: None,
            held_since: 0,
            suspect: None,
            zone: Zone::default(),
            metres: 0.0,
            variance: 0.0,
            gap_metres: 0.0,
            used: 0,
            faults: [0; FixFault::ALL.len()],
        }
    }

    /// Adds one fix.
    pub fn fold(&mut self, fix: Fix, model: &Model) {
        let model = &model.track;
        let Some(point) = Point::of(&fix) else { return self.fault(FixFault::Invalid) };
        if fix.accuracy_m.is_some_and(|metres| metres > model.worst_accuracy_metres || metres.is_nan()) {
            return self.fault(FixFault::Inaccurate);
        }
        if self.last.is_some_and(|last| point.ms <= last.ms) {
            let again = self.last.is_some_and(|last| point.ms == last.ms);
            return self.fault(if again { FixFault::Repeated } else { FixFault::Late });
        }
        let waiting = usize::from(self.waiting);
        let queue = self.window.get(..waiting).unwrap_or_default();
        let place = queue.partition_point(|other| other.ms < point.ms);
        if queue.get(place).is_some_and(|other| other.ms == point.ms) {
            return self.fault(FixFault::Repeated);
        }
        if waiting < WINDOW {
            self.waiting += 1;
            self.insert(place, waiting, point);
        } else if place == 0 {
            // Older than all that wait: it is the next in line itself.
            self.advance(point, model);
        } else {
            let oldest = self.window.first().copied().unwrap_or(point);
            self.window.rotate_left(1);
            self.insert(place - 1, WINDOW - 1, point);
            self.advance(oldest, model);
        }
    }

    fn insert(&mut self, place: usize, end: usize, point: Point) {
        if let Some(tail) = self.window.get_mut(place..=end) {
            tail.rotate_right(1);
            if let Some(slot) = tail.first_mut() {
                *slot = point;
            }
        }
    }

    /// Adds fixes, in the order given.
    pub fn fold_batch(&mut self, fixes: impl IntoIterator<Item = Fix>, model: &Model) {
        for fix in fixes {
            self.fold(fix, model);
        }
    }

    /// What it amounts to, the fixes that wait for their order included.
    #[must_use]
    pub fn summary(&self, model: &Model) -> TrackSummary {
        let mut done = self.clone();
        done.settle(model);
        TrackSummary {
            from: done.first.and_then(|first| first.at()),
            to: done.last.and_then(|last| last.at()),
            distance_miles: done.metres / METRES_PER_MILE,
            sd_miles: done.variance.sqrt() / METRES_PER_MILE,
            gap_miles: done.gap_metres / METRES_PER_MILE,
            fixes_used: done.used,
            set_aside: done.faults,
        }
    }

    /// Joins a track that lies wholly after this one; the way between is bridged like any gap.
    ///
    /// # Errors
    /// [`MergeError::Overlap`] if `later` does not begin after this one ends.
    pub fn merge(mut self, later: &Self, model: &Model) -> Result<Self, MergeError> {
        self.settle(model);
        let mut later = later.clone();
        later.settle(model);
        let (Some(end), Some(start)) = (self.last, later.first) else {
            let (mut one, other) = if self.last.is_some() { (self, later) } else { (later, self) };
            one.add_counts(&other);
            return Ok(one);
        };
        if start.ms <= end.ms {
            return Err(MergeError::Overlap);
        }
        let (leg, time) = (start.metres_from(&end), start.seconds_since(&end));
        if leg <= model.track.fastest_mps * time.max(1.0) + model.track.slack_metres {
            self.bridge(leg, time, &model.track);
        }
        later.metres += self.metres;
        later.variance += self.variance;
        later.gap_metres += self.gap_metres;
        later.used += self.used;
        later.first = self.first;
        later.add_counts(&Self { metres: 0.0, ..self });
        Ok(later)
    }

    /// A new track that starts where this one stands: for a new anchor on the odometer. Its first fix is this one's
    /// last.
    #[must_use]
    pub fn restart(&self, model: &Model) -> Self {
        let mut done = self.clone();
        done.settle(model);
        let mut fresh = Self::new();
        if let Some(last) = done.last {
            fresh.begin(last);
        }
        fresh
    }

    fn add_counts(&mut self, other: &Self) {
        for (count, more) in self.faults.iter_mut().zip(other.faults) {
            *count = count.saturating_add(more);
        }
    }

    fn fault(&mut self, fault: FixFault) {
        let place = FixFault::ALL.iter().position(|other| *other == fault);
        if let Some(count) = place.and_then(|place| self.faults.get_mut(place)) {
            *count = count.saturating_add(1);
        }
    }

    /// Empties the window and closes the circle the car is in.
    fn settle(&mut self, model: &Model) {
        let waiting = usize::from(self.waiting);
        let queue = self.window;
        self.waiting = 0;
        self.window = [Point::default(); WINDOW];
        for point in queue.iter().take(waiting) {
            self.advance(*point, &model.track);
        }
        if let Some(suspect) = self.suspect.take() {
            for _ in 0..suspect.count {
                self.fault(FixFault::Thrown);
            }
        }
        if let Some(last) = self.last {
            self.leave_zone(last, &model.track);
        }
    }

    fn begin(&mut self, point: Point) {
        self.first = self.first.or(Some(point));
        self.last = Some(point);
        self.held_since = point.ms;
        self.used += 1;
        self.enter_zone(point);
    }

    fn enter_zone(&mut self, point: Point) {
        self.zone = Zone { entered: point, middle: point.place(), count: 1, path: 0.0, leg: self.zone.leg };
    }

    /// Takes the next fix in time.
    fn advance(&mut self, point: Point, model: &TrackModel) {
        let Some(last) = self.last else { return self.begin(point) };
        if point.ms <= last.ms {
            return self.fault(FixFault::Late);
        }
        let silent = point.seconds_since(&last);
        let held = Point { ms: self.held_since, ..last };
        // A position held is no new word on where the car is, for a while; after that it stands.
        let time = point.seconds_since(&held).min(silent + model.hold_seconds);
        let leg = point.metres_from(&last);
        if !can_come(leg, time, model) {
            return self.doubt(point, model);
        }
        if let Some(suspect) = self.suspect.take() {
            for _ in 0..suspect.count {
                self.fault(FixFault::Thrown);
            }
        }
        self.used += 1;
        self.last = Some(point);
        if (point.lat, point.lon) != (last.lat, last.lon) {
            self.held_since = point.ms;
        }
        if silent > model.gap_seconds && leg > model.zone_metres {
            self.leave_zone(last, model);
            self.bridge(leg, time, model);
            self.enter_zone(point);
            self.zone.leg = (0.0, 0.0, 0.0);
            return;
        }
        self.step(&last, point, leg, time, model);
    }

    /// A fix no car can have come to: thrown, unless the next ones stay with it.
    fn doubt(&mut self, point: Point, model: &TrackModel) {
        let agreeing = self.suspect.filter(|suspect| {
            can_come(point.metres_from(&suspect.newest), point.seconds_since(&suspect.newest), model)
        });
        let Some(suspect) = agreeing else {
            if let Some(suspect) = self.suspect {
                for _ in 0..suspect.count {
                    self.fault(FixFault::Thrown);
                }
            }
            self.suspect = Some(Suspect { newest: point, count: 1 });
            return;
        };
        // Against a first fix that nothing has confirmed, one agreeing pair is enough.
        let needed = if self.used <= 1 { 2.0 } else { model.rejoin_fixes };
        let count = suspect.count.saturating_add(1);
        if f64::from(count) < needed {
            self.suspect = Some(Suspect { newest: point, count });
            return;
        }
        self.suspect = None;
        if self.used <= 1 {
            self.fault(FixFault::Thrown);
            self.used = 0;
            self.first = Some(suspect.newest);
        } else if let Some(last) = self.last {
            self.leave_zone(last, model);
        }
        self.used += u64::from(count);
        self.last = Some(point);
        self.held_since = point.ms;
        self.enter_zone(point);
        if self.first == Some(suspect.newest) {
            self.zone.entered = suspect.newest;
            self.zone.path = point.metres_from(&suspect.newest);
        }
    }

    fn step(&mut self, last: &Point, point: Point, leg: f64, time: f64, model: &TrackModel) {
        let (north, east) = crate::geodesy::offsets(last.place(), point.place());
        let stood = point.speed != NONE && f64::from(point.speed) / 100.0 < model.standing_mps
            || leg / time < model.standing_mps;
        if !stood {
            self.zone.path += leg * bend(self.zone.leg, (north, east, time), model);
        }
        if leg > 0.0 {
            self.zone.leg = (north, east, time);
        }
        self.zone.count = self.zone.count.saturating_add(1);
        let out = metres(self.zone.middle, point.place());
        let noise = if point.accuracy == NONE { 0.0 } else { f64::from(point.accuracy) / 10.0 };
        if out > model.zone_metres.max(3.0 * noise) {
            self.leave_zone(point, model);
            return self.enter_zone(point);
        }
        if self.parked(&point, model) {
            // Once parked the middle of the wandering is the best word on where.
            let weight = 1.0 / f64::from(self.zone.count.min(60));
            let middle = &mut self.zone.middle;
            let place = point.place();
            let east = shorter_way(place.1 - middle.1);
            *middle = (middle.0 + (place.0 - middle.0) * weight, shorter_way(middle.1 + east * weight));
        }
    }

    fn parked(&self, now: &Point, model: &TrackModel) -> bool {
        // Two fixes far apart in time say nothing about what the car did between.
        self.zone.count > 2 && now.seconds_since(&self.zone.entered) >= model.parked_seconds
    }

    /// Counts the way since the circle was entered: the path when driven through, the straight line when stood in.
    fn leave_zone(&mut self, point: Point, model: &TrackModel) {
        let parked = self.parked(&point, model);
        let across = if parked {
            let to_middle = metres(self.zone.entered.place(), self.zone.middle);
            let out = metres(self.zone.middle, point.place());
            // Wandering in and out of the circle is not travel.
            if out > model.zone_metres { to_middle + out } else { to_middle }
        } else {
            self.zone.path
        };
        self.metres += across;
        self.variance += (model.leg_sd_share * across).powi(2)
            + model.leg_sd_metres.powi(2) * f64::from(u8::from(across > 0.0));
        self.zone.path = 0.0;
        self.zone.entered = point;
    }

    fn bridge(&mut self, leg: f64, time: f64, model: &TrackModel) {
        let way = (leg * model.detour).min(model.fastest_mps * time).max(leg);
        self.metres += way;
        self.gap_metres += way;
        self.variance += (model.gap_sd_share * way).powi(2);
    }
}

/// Whether a car can have come so far in so long. Measured from the last valid fix, moved or not: measured from the
/// last movement, a long stop would let anything pass.
fn can_come(leg: f64, time: f64, model: &TrackModel) -> bool {
    leg <= model.fastest_mps * time.max(1.0) + model.slack_metres
}

/// Ratio of the arc to its chord, from the turn between two legs: sparse fixes cut corners.
fn bend(before: (f64, f64, f64), now: (f64, f64, f64), model: &TrackModel) -> f64 {
    let (one, two) = (before.0.hypot(before.1), now.0.hypot(now.1));
    if now.2 < model.bend_from_seconds || one < model.zone_metres || two < model.zone_metres {
        return 1.0;
    }
    let cross = before.0 * now.1 - before.1 * now.0;
    let dot = before.0 * now.0 + before.1 * now.1;
    let turn = cross.atan2(dot).abs().min(model.bend_most_radians);
    // The leg turns by about as much as the heading changes from one to the next.
    1.0 + model.bend_share * turn * turn / 24.0
}

/// What a stored track cannot hold is refused when it is read back.
#[cfg(feature = "serde")]
mod door {
    use serde::{Deserialize, Deserializer, de::Error};

    pub(super) fn waiting<'de, D: Deserializer<'de>>(from: D) -> Result<u8, D::Error> {
        let waiting = u8::deserialize(from)?;
        if usize::from(waiting) <= super::WINDOW {
            Ok(waiting)
        } else {
            Err(D::Error::custom("more fixes wait than the window holds"))
        }
    }

    pub(super) fn not_negative<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        let value = f64::deserialize(from)?;
        if value.is_finite() && value >= 0.0 {
            Ok(value)
        } else {
            Err(D::Error::custom("a sum of a track is a number from 0 on"))
        }
    }

    /// Room is left for all that can still be counted.
    pub(super) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let count = u64::deserialize(from)?;
        if count <= u64::MAX / 4 { Ok(count) } else { Err(D::Error::custom("no track has so many fixes")) }
    }
}
