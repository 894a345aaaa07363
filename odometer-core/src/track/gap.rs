use crate::TrackModel;

/// How fast the car has been going of late, stops in traffic included: metres and seconds, both fading.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pace {
    pub(super) metres: f32,
    pub(super) seconds: f32,
}

impl Pace {
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "a pace needs few digits")]
    pub(super) fn adds(&mut self, metres: f64, seconds: f64, model: &TrackModel) {
        let kept = (1.0 - seconds * model.pace_forgets_per_second).max(0.0);
        self.metres = (f64::from(self.metres) * kept + metres) as f32;
        self.seconds = (f64::from(self.seconds) * kept + seconds) as f32;
    }

    /// Metres a second; 0 before a minute was seen.
    fn speed(&self) -> f64 {
        if self.seconds > 60.0 { f64::from(self.metres) / f64::from(self.seconds) } else { 0.0 }
    }
}

/// Way over straight line of a leg that took `seconds`, for what roads do between its ends.
#[inline]
pub(super) fn stretch(seconds: f64, model: &TrackModel) -> f64 {
    1.0 + model.stretch_per_second
        * (seconds.min(model.stretch_until_seconds) - model.bend_from_seconds).max(0.0)
}

/// Share of its chord that a leg is longer for the turn it makes, from the leg before it: sparse fixes cut corners.
///
/// An arc that turns by t is longer than its chord by t^2 / 24, and a leg turns by about as much as the heading changes
/// from one to the next. The turn comes from its cosine, by the series of the arc cosine: no angle is computed.
pub(super) fn bend(before: (f32, f32), now: (f64, f64), seconds: f64, model: &TrackModel) -> f64 {
    let before = (f64::from(before.0), f64::from(before.1));
    let squares = (before.0 * before.0 + before.1 * before.1, now.0 * now.0 + now.1 * now.1);
    let least = model.zone_metres * model.zone_metres;
    if seconds < model.bend_from_seconds || squares.0 < least || squares.1 < least {
        return 0.0;
    }
    let x = 1.0 - (before.0 * now.0 + before.1 * now.1) / (squares.0 * squares.1).sqrt();
    let turn_squared = x * (2.0 + x * (1.0 / 3.0 + x * (4.0 / 45.0 + x / 35.0)));
    turn_squared.clamp(0.0, model.bend_most_radians * model.bend_most_radians) / 24.0
}

/// The way across a silence and its sd, metres.
pub(super) struct Bridge {
    pub(super) way: f64,
    pub(super) sd: f64,
}

/// Bridges a silence of `seconds` between fixes `leg` apart.
///
/// At least the straight line, lengthened as roads are. Where the car at its pace of late could have come further in
/// that time, part of the difference is taken for detours; how much of it was standing nobody knows, and that is what
/// the sd is for. `most` is what no car can exceed.
pub(super) fn bridge(leg: f64, seconds: f64, most: f64, pace: &Pace, model: &TrackModel) -> Bridge {
    let straight = leg * stretch(seconds, model);
    let most_seconds = model.detour_until_seconds;
    let spare = (pace.speed() * seconds.min(most_seconds) - straight).max(0.0);
    // The longer the silence, the likelier the car was parked for most of it.
    let driving = (2.0 - seconds / most_seconds).clamp(0.0, 1.0);
    let detour = (spare * model.detour_share * driving).min(straight * model.detour_most);
    let way = (straight + detour).min(most).max(leg);
    Bridge { way, sd: model.gap_sd_share * (way + spare.min(way)) }
}
