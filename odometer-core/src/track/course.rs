use super::circle::Circle;
use super::counts::Counts;
use super::gap::{Pace, bend, bridge, stretch};
use super::point::{ACCURACY_UNIT, NONE, Point, SPEED_UNIT, seconds};
use super::sum::{Variance, Way};
use crate::geodesy::Band;
use crate::{FixFault, TrackModel};

/// Some fix is in use.
const BEGUN: u8 = 1;
/// The first fix was confirmed by one that followed.
const CONFIRMED: u8 = 2;

/// Where the car is and how far it has come, from fixes in the order of time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Course {
    pub(super) first_ms: i64,
    /// Of the last fix in use; before there is one, of the first that waits.
    pub(super) last_ms: i64,
    /// Counted; and of that across gaps.
    pub(super) way: Way,
    pub(super) gaps: Way,
    pub(super) variance: Variance,
    pub(super) first: (i32, i32),
    pub(super) last: (i32, i32),
    /// How long the position had not changed by a digit at the last fix: some receivers repeat it for many seconds.
    pub(super) held_ms: u32,
    /// The newest of the fixes that agree with each other and not with the last in use: milliseconds after that, and
    /// place.
    pub(super) suspect_after_ms: u32,
    pub(super) suspect: (i32, i32),
    pub(super) circle: Circle,
    /// The last leg, metres north and east.
    pub(super) heading: (f32, f32),
    pub(super) pace: Pace,
    pub(super) suspects: u8,
    pub(super) fixes_in_circle: u8,
    pub(super) flags: u8,
    /// The receiver it follows; 255: one without a number.
    pub(super) device: u8,
}

/// A leg from the last fix in use.
struct Leg {
    north: f64,
    east: f64,
    metres: f64,
    /// Since the last fix.
    silent: f64,
    /// In which the way was gone: since the receiver last gave another position.
    seconds: f64,
}

impl Course {
    pub(super) fn begun(&self) -> bool {
        self.flags & BEGUN != 0
    }

    pub(super) fn confirmed(&self) -> bool {
        self.flags & CONFIRMED != 0
    }

    #[cfg(feature = "serde")]
    pub(super) fn mark_begun(&mut self) {
        self.flags |= BEGUN;
    }

    pub(super) fn confirm(&mut self) {
        self.flags |= CONFIRMED;
    }

    pub(super) fn begin(&mut self, point: &Point, counts: &mut Counts) {
        if !self.begun() {
            (self.first_ms, self.first) = (point.ms, point.place());
        }
        self.flags |= BEGUN;
        self.stands_at(point);
        counts.uses();
        self.enter_circle(point);
    }

    fn stands_at(&mut self, point: &Point) {
        (self.last_ms, self.last, self.held_ms) = (point.ms, point.place(), 0);
    }

    fn enter_circle(&mut self, point: &Point) {
        self.circle = Circle::enter(point.place());
        self.fixes_in_circle = 1;
    }

    /// Takes the next fix in time.
    #[inline(never)]
    pub(super) fn advance(
        &mut self,
        point: &Point,
        counts: &mut Counts,
        band: &mut Band,
        model: &TrackModel,
    ) {
        self.advance_here(point, counts, band, model);
    }

    /// [`Course::advance`] where it is called a million times a second: in the loop itself.
    #[inline(always)]
    pub(super) fn advance_here(
        &mut self,
        point: &Point,
        counts: &mut Counts,
        band: &mut Band,
        model: &TrackModel,
    ) {
        if !self.begun() {
            return self.begin(point, counts);
        }
        // Nor may it come before one in doubt that has been looked at: 0 where none is.
        if point.ms <= self.last_ms + i64::from(self.suspect_after_ms) {
            return counts.sets_aside(FixFault::Late, 1);
        }
        let silent = seconds(self.last_ms, point.ms);
        let (north, east) = band.offsets(self.last, point.place());
        let unconfirmed = !self.confirmed();
        if unconfirmed && silent > model.first_seconds {
            return self.begin_anew(point, counts);
        }
        // A position held is no new word on where the car is, for a while; after that it stands.
        let held = f64::from(self.held_ms) * 1e-3;
        let seconds = silent + held.min(model.hold_seconds);
        let square = north * north + east * east;
        let reach = reach(seconds, model);
        if square > reach * reach {
            return self.doubt(point, counts, band, model);
        }
        if unconfirmed && square > model.first_metres * model.first_metres {
            return self.begin_anew(point, counts);
        }
        if self.suspects > 0 {
            self.were_thrown(counts);
        }
        let leg = Leg { north, east, metres: square.sqrt(), silent, seconds };
        self.flags |= CONFIRMED;
        counts.uses();
        if silent > model.gap_seconds && leg.metres > model.zone_metres {
            self.cross_gap(point, &leg, reach, model);
        } else {
            self.step(point, &leg, band, model);
        }
        self.held_ms =
            if point.place() == self.last { add_ms(self.held_ms, self.last_ms, point.ms) } else { 0 };
        (self.last_ms, self.last) = (point.ms, point.place());
    }

    /// Nothing near the first fix ever confirmed it: the receiver was made there, or last used.
    #[cold]
    fn begin_anew(&mut self, point: &Point, counts: &mut Counts) {
        counts.unconfirmed();
        self.were_thrown(counts);
        self.flags &= !BEGUN;
        self.begin(point, counts);
    }

    /// A fix no car can have come to: thrown, unless the next ones stay with it.
    #[cold]
    fn doubt(&mut self, point: &Point, counts: &mut Counts, band: &mut Band, model: &TrackModel) {
        let after = add_ms(0, self.last_ms, point.ms);
        let (north, east) = band.offsets(self.suspect, point.place());
        let time = f64::from(after.saturating_sub(self.suspect_after_ms)) * 1e-3;
        let agrees = self.suspects > 0 && north.hypot(east) <= reach(time, model);
        let suspect = (self.suspect, self.suspect_after_ms);
        if !agrees {
            self.were_thrown(counts);
        }
        // Against a first fix that nothing has confirmed, one agreeing pair is enough.
        let needed = if self.confirmed() { model.rejoin_fixes } else { 2.0 };
        let count = self.suspects.saturating_add(1);
        if f64::from(count) < needed {
            (self.suspects, self.suspect, self.suspect_after_ms) = (count, point.place(), after);
            return;
        }
        // The car really is there; how it came nobody saw.
        self.trusts_suspects();
        counts.used = counts.used.saturating_add(count.into());
        if self.confirmed() {
            self.close_circle(model);
            self.enter_circle(point);
        } else {
            counts.used = counts.used.saturating_sub(1);
            counts.sets_aside(FixFault::Thrown, 1);
            (self.first_ms, self.first) = (self.last_ms + i64::from(suspect.1), suspect.0);
            self.circle = Circle::enter(suspect.0);
            self.fixes_in_circle = 2;
            self.add_path(length(north, east));
            self.flags |= CONFIRMED;
        }
        self.heading = (0.0, 0.0);
        self.stands_at(point);
    }

    fn trusts_suspects(&mut self) {
        (self.suspects, self.suspect, self.suspect_after_ms) = (0, (0, 0), 0);
    }

    fn were_thrown(&mut self, counts: &mut Counts) {
        counts.sets_aside(FixFault::Thrown, self.suspects);
        self.trusts_suspects();
    }

    #[inline]
    fn step(&mut self, point: &Point, leg: &Leg, band: &mut Band, model: &TrackModel) {
        let stands = f64::from(point.speed) < model.standing_mps * SPEED_UNIT
            || leg.metres < model.standing_mps * leg.seconds;
        if !stands {
            let way = if leg.seconds < model.bend_from_seconds {
                leg.metres
            } else {
                let turn = bend(self.heading, (leg.north, leg.east), leg.seconds, model);
                leg.metres * (stretch(leg.seconds, model) + turn)
            };
            self.add_path(way);
        }
        self.pace.adds(leg.metres, leg.silent, model);
        if leg.metres > 0.0 {
            self.heading = small(leg.north, leg.east);
        }
        self.circle.inside_ms = add_ms(self.circle.inside_ms, self.last_ms, point.ms);
        self.fixes_in_circle = self.fixes_in_circle.saturating_add(1);
        // Where the circle was entered at the last fix, the way from there is the leg.
        let offset = if self.fixes_in_circle == 2 {
            (leg.north, leg.east)
        } else {
            band.offsets(self.circle.entered, point.place())
        };
        let found = self.circle.takes(offset, self.fixes_in_circle, radius(point, model), model);
        if let Some(metres) = found.left {
            self.count(metres, model);
            self.enter_circle(point);
        }
    }

    #[cold]
    fn cross_gap(&mut self, point: &Point, leg: &Leg, most: f64, model: &TrackModel) {
        self.close_circle(model);
        // Beyond any day's drive in one silence the receiver was shipped, not driven.
        if leg.metres <= model.gap_most_metres {
            self.bridge(leg.metres, leg.seconds, most, model);
        }
        self.enter_circle(point);
        self.heading = (0.0, 0.0);
    }

    fn bridge(&mut self, leg: f64, seconds: f64, most: f64, model: &TrackModel) {
        let bridge = bridge(leg, seconds, most, &self.pace, model);
        self.way.adds(bridge.way);
        self.gaps.adds(bridge.way);
        self.variance.adds(bridge.sd * bridge.sd);
    }

    #[inline]
    fn add_path(&mut self, metres: f64) {
        #[allow(clippy::cast_possible_truncation, reason = "the way through a circle needs few digits")]
        let path = (f64::from(self.circle.path) + metres) as f32;
        self.circle.path = path;
    }

    #[inline]
    fn count(&mut self, metres: f64, model: &TrackModel) {
        if metres > 0.0 {
            self.way.adds(metres);
            let share = model.leg_sd_share * metres;
            self.variance.adds(share * share + model.leg_sd_metres * model.leg_sd_metres);
        }
    }

    /// Counts the way since the circle was entered, as if it ended here.
    pub(super) fn close_circle(&mut self, model: &TrackModel) {
        let metres = self.circle.closes(self.fixes_in_circle, model);
        self.count(metres, model);
        self.circle = Circle::enter(self.last);
        self.fixes_in_circle = 1;
    }

    /// Nothing more comes: those in doubt were thrown, and the circle ends.
    pub(super) fn settle(&mut self, counts: &mut Counts, model: &TrackModel) {
        self.were_thrown(counts);
        if self.begun() {
            self.close_circle(model);
        }
    }

    /// Whether `later` begins near enough, in time and place, to confirm where this one ended.
    pub(super) fn near(&self, later: &Self, model: &TrackModel) -> bool {
        let (north, east) = Band::at(self.last.0).offsets(self.last, later.first);
        seconds(self.last_ms, later.first_ms) <= model.first_seconds
            && length(north, east) <= model.first_metres
    }

    /// Goes on where `later` is, which begins after this one ends. Both are settled.
    pub(super) fn join(&self, later: &Self, model: &TrackModel) -> Self {
        let mut one = *self;
        let (north, east) = Band::at(self.last.0).offsets(self.last, later.first);
        let (leg, time) = (length(north, east), seconds(self.last_ms, later.first_ms));
        let reach = reach(time, model);
        if leg <= reach && leg <= model.gap_most_metres {
            one.bridge(leg, time, reach, model);
        }
        Self {
            first_ms: self.first_ms,
            first: self.first,
            way: one.way + later.way,
            gaps: one.gaps + later.gaps,
            variance: one.variance + later.variance,
            ..*later
        }
    }
}

fn length(north: f64, east: f64) -> f64 {
    super::circle::length((north, east))
}

/// How far a car can have come in so long. Measured from the last valid fix, moved or not: measured from the last
/// movement, a long stop would let anything pass.
#[inline]
fn reach(seconds: f64, model: &TrackModel) -> f64 {
    model.fastest_mps * seconds.max(1.0) + model.slack_metres
}

/// The circle that must be left for movement to be beyond doubt.
#[inline]
fn radius(point: &Point, model: &TrackModel) -> f64 {
    let noise = if point.accuracy == NONE { 0.0 } else { f64::from(point.accuracy) / ACCURACY_UNIT };
    model.zone_metres.max(3.0 * noise)
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "a heading needs few digits")]
fn small(north: f64, east: f64) -> (f32, f32) {
    (north as f32, east as f32)
}

/// Milliseconds more, as many as fit.
#[inline]
fn add_ms(count: u32, from: i64, to: i64) -> u32 {
    count.saturating_add(u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX))
}
