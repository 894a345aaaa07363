use super::point::Point;
use crate::FixFault;

/// Fixes that may arrive before one of them is put in place.
pub(super) const WINDOW: usize = 6;

/// A fix that waits for its order, in 16 bytes: its time in full follows from a base.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Waiting {
    /// The lower half of the milliseconds since 1970.
    low: u32,
    lat: i32,
    lon: i32,
    speed: u16,
    accuracy: u16,
}

impl Waiting {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the lower half is meant")]
    fn of(point: &Point) -> Self {
        let Point { ms, lat, lon, speed, accuracy } = *point;
        Self { low: ms as u32, lat, lon, speed, accuracy }
    }

    /// The point, which lies within [`REACH`] of `base` on either side.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_possible_wrap,
        reason = "a difference of lower halves"
    )]
    fn point(&self, base: i64) -> Point {
        let Self { low, lat, lon, speed, accuracy } = *self;
        let ahead = low.wrapping_sub(base as u32) as i32;
        Point { ms: base + i64::from(ahead), lat, lon, speed, accuracy }
    }
}

/// How far from the base a waiting fix may lie, milliseconds: twelve days. All of them lie within as much of each other,
/// half of what the lower half of a time can tell apart.
pub(super) const REACH: i64 = (1 << 30) - 1;

/// The few newest fixes, oldest first, held back to put late ones in order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Window {
    slots: [Waiting; WINDOW],
    waiting: u8,
}

/// What comes of a fix that wants to wait.
pub(super) enum Entry {
    /// It waits.
    Waits,
    /// It waits, and the oldest is next in line.
    Pushes(Point),
    /// It is next in line itself.
    Next,
    /// It is set aside.
    Refused(FixFault),
    /// It lies so far ahead that all who wait go first.
    FarAhead,
}

impl Window {
    pub(super) fn len(&self) -> usize {
        usize::from(self.waiting).min(WINDOW)
    }

    /// Any of those who wait gives the base for all.
    pub(super) fn points(&self, base: i64) -> impl Iterator<Item = Point> + '_ {
        self.slots.iter().take(self.len()).map(move |slot| slot.point(base))
    }

    /// Puts a fix in its place.
    pub(super) fn enter(&mut self, point: &Point, base: i64) -> Entry {
        let len = self.len();
        let ahead = point.ms.saturating_sub(base);
        if ahead > REACH {
            return Entry::FarAhead;
        }
        if ahead < -REACH {
            return Entry::Refused(FixFault::Late);
        }
        // Mostly the newest comes last.
        let mut place = len;
        while let Some(before) = place.checked_sub(1).and_then(|place| self.slots.get(place)) {
            match before.point(base).ms.cmp(&point.ms) {
                core::cmp::Ordering::Less => break,
                core::cmp::Ordering::Equal => return Entry::Refused(FixFault::Repeated),
                core::cmp::Ordering::Greater => place -= 1,
            }
        }
        if len < WINDOW {
            self.waiting += 1;
            self.insert(place, len, point);
            Entry::Waits
        } else if place == 0 {
            Entry::Next
        } else {
            let oldest = self.slots.first().map_or(*point, |slot| slot.point(base));
            self.slots.rotate_left(1);
            self.insert(place - 1, WINDOW - 1, point);
            Entry::Pushes(oldest)
        }
    }

    fn insert(&mut self, place: usize, end: usize, point: &Point) {
        if let Some(tail) = self.slots.get_mut(place..=end) {
            tail.rotate_right(1);
            if let Some(slot) = tail.first_mut() {
                *slot = Waiting::of(point);
            }
        }
    }

    /// Holds these points instead, at most [`WINDOW`] of them, oldest first.
    pub(super) fn refill(&mut self, points: impl Iterator<Item = Point>) {
        *self = Self::default();
        for (slot, point) in self.slots.iter_mut().zip(points) {
            *slot = Waiting::of(&point);
            self.waiting += 1;
        }
    }

    /// Empties it.
    pub(super) fn take(&mut self) -> Self {
        core::mem::take(self)
    }
}
