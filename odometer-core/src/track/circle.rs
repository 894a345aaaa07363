use crate::TrackModel;

/// Fixes after which the middle of a circle moves no slower.
const MOST_FIXES: u8 = 60;

/// The circle the car has not left since it entered: driving through it counts the path, standing in it only the
/// straight line across.
///
/// A receiver at rest wanders by many metres, and every step of that looks like travel. A circle left within seconds was
/// driven through; one stayed in was stood in, and the middle of the wandering is the best word on where.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Circle {
    /// Where the counted way ends, in units.
    pub(super) entered: (i32, i32),
    /// The middle of the fixes since, metres north and east of there.
    pub(super) middle: (f32, f32),
    /// The way since, metres.
    pub(super) path: f32,
    /// Milliseconds since.
    pub(super) inside_ms: u32,
}

/// What was found of a circle with one more fix.
pub(super) struct Found {
    /// Metres to count, if the fix has left it.
    pub(super) left: Option<f64>,
}

impl Circle {
    /// A new one, entered here.
    pub(super) fn enter(place: (i32, i32)) -> Self {
        Self { entered: place, ..Self::default() }
    }

    fn parked(&self, fixes: u8, model: &TrackModel) -> bool {
        // Two fixes far apart in time say nothing about what the car did between.
        fixes > 2 && f64::from(self.inside_ms) >= model.parked_seconds * 1000.0
    }

    /// One more fix, `offset` metres from where it was entered, `fixes` with it.
    #[inline]
    pub(super) fn takes(&mut self, offset: (f64, f64), fixes: u8, radius: f64, model: &TrackModel) -> Found {
        let middle = (f64::from(self.middle.0), f64::from(self.middle.1));
        let (north, east) = (offset.0 - middle.0, offset.1 - middle.1);
        let square = north * north + east * east;
        let parked = self.parked(fixes, model);
        if square > radius * radius {
            // Wandering in and out of the circle is not travel.
            let across = if parked { length(middle) + square.sqrt() } else { f64::from(self.path) };
            return Found { left: Some(across) };
        }
        if parked {
            let weight = 1.0 / f64::from(fixes.min(MOST_FIXES));
            // The radius is a few dozen metres: more than enough digits.
            #[allow(clippy::cast_possible_truncation)]
            let middle = ((middle.0 + north * weight) as f32, (middle.1 + east * weight) as f32);
            self.middle = middle;
        }
        Found { left: None }
    }

    /// What it counts if it ends here: the path when driven through, the way to its middle when stood in.
    pub(super) fn closes(&self, fixes: u8, model: &TrackModel) -> f64 {
        if self.parked(fixes, model) {
            length((f64::from(self.middle.0), f64::from(self.middle.1)))
        } else {
            f64::from(self.path)
        }
    }
}

pub(super) fn length((north, east): (f64, f64)) -> f64 {
    (north * north + east * east).sqrt()
}
