//! GPS miles joined to the readings: they teach the factor from GPS to dash, and carry the last reading on.

use chrono::{DateTime, Utc};

use crate::bank::Habit;
use crate::judge::Anchor;
use crate::{Model, Scale, TrackSummary};

/// Miles tracked by GPS since the last reading, as the dash counts them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Carried {
    /// The last fix.
    pub(crate) until: DateTime<Utc>,
    pub(crate) miles: f64,
    pub(crate) sd: f64,
    /// Whether the receiver spoke at least half of the time.
    pub(crate) mostly_seen: bool,
}

/// A track that can be: its times in order, its sums numbers from 0 on.
#[derive(Clone, Copy)]
pub(crate) struct Leg {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    miles: f64,
    sd: f64,
}

/// The tracks known at `as_of` in order of time. A summary is plain data: one that no track can have teaches nothing,
/// and one that begins before the one before it has ended would count the same miles twice.
pub(crate) fn in_order(tracks: &[TrackSummary], as_of: DateTime<Utc>) -> Vec<Leg> {
    let possible = |value: f64| value.is_finite() && value >= 0.0;
    let mut legs: Vec<Leg> = tracks
        .iter()
        .filter_map(|track| {
            let (from, to) = (track.from?, track.to?);
            let (miles, sd) = (track.distance_miles, track.sd_miles);
            (possible(miles) && possible(sd) && from <= to && to <= as_of).then_some(Leg {
                from,
                to,
                miles,
                sd,
            })
        })
        .collect();
    legs.sort_by(|a, b| (a.from, a.to).cmp(&(b.from, b.to)).then(a.miles.total_cmp(&b.miles)));
    let mut ends: Option<DateTime<Utc>> = None;
    legs.retain(|leg| {
        let follows = ends.is_none_or(|end| end <= leg.from);
        if follows {
            ends = Some(leg.to);
        }
        follows
    });
    legs
}

impl Leg {
    /// What of it lies between two instants: by share of its time, with an sd for not knowing when it was driven.
    fn within(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Self> {
        let (start, end) = (self.from.max(from), self.to.min(to));
        if (start, end) == (self.from, self.to) {
            return Some(*self);
        }
        let whole = days(self.from, self.to);
        if end <= start || whole <= 0.0 {
            return None;
        }
        let share = days(start, end) / whole;
        let unsure = self.miles * 0.5 * (share * (1.0 - share)).max(0.0).sqrt();
        Some(Self { from: start, to: end, miles: self.miles * share, sd: (self.sd * share).hypot(unsure) })
    }
}

/// What the readings that bracket tracked miles say of the factor.
pub(crate) fn learn_scale(anchors: &[Anchor], legs: &[Leg], habit: &Habit, model: &Model) -> Scale {
    let mut scale = Scale::prior(model);
    for pair in anchors.windows(2) {
        let [low, high] = pair else { continue };
        if low.segment != high.segment {
            continue;
        }
        if let Some(seen) = Seen::of(legs, low.at, high.at) {
            // While no receiver spoke the car may have stood or driven as usual: half of that, give or take it.
            let unseen = 0.5 * habit.rate * seen.silent_days;
            let dash = high.miles - low.miles;
            scale.learn_from(low.at, dash, seen.miles + unseen, seen.sd.hypot(unseen), model);
        }
    }
    scale
}

/// Miles tracked since the last reading, on its dash; the days between tracks by the habit.
pub(crate) fn carried_since(
    last: &Anchor,
    legs: &[Leg],
    scale: &Scale,
    habit: &Habit,
    model: &Model,
) -> Option<Carried> {
    let until = legs.last()?.to;
    if until <= last.at {
        return None;
    }
    let seen = Seen::of(legs, last.at, until)?;
    let driven = days(last.at, until) - seen.silent_days;
    let (usual, unsure) = if habit.learned {
        (habit.rate, habit.log_sd)
    } else {
        // Nothing is known of this car's days off the track: at most as much as most do, give or take all of it.
        (model.habit.prior_miles_per_day.min(seen.miles / driven.max(1.0)), 1.0)
    };
    let unseen = usual * seen.silent_days;
    let walk = model.habit.walk_sd * habit.volatility * unseen.sqrt();
    let by_factor = scale.sd() * seen.miles;
    Some(Carried {
        until,
        miles: scale.factor() * seen.miles + unseen,
        sd: (scale.factor() * seen.sd).hypot(by_factor).hypot(unsure * unseen).hypot(walk),
        mostly_seen: driven >= seen.silent_days,
    })
}

/// Legs between two instants, added up.
struct Seen {
    miles: f64,
    sd: f64,
    /// Days between the two that no leg covers.
    silent_days: f64,
}

impl Seen {
    /// None where no leg reaches into that time.
    fn of(legs: &[Leg], from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Self> {
        let first = legs.partition_point(|leg| leg.to <= from);
        let end = legs.partition_point(|leg| leg.from < to);
        let mut within = legs.get(first..end)?.iter().filter_map(|leg| leg.within(from, to)).peekable();
        within.peek()?;
        let mut seen = Self { miles: 0.0, sd: 0.0, silent_days: 0.0 };
        let mut ended = from;
        for leg in within {
            seen.miles += leg.miles;
            seen.sd = seen.sd.hypot(leg.sd);
            seen.silent_days += days(ended, leg.from);
            ended = leg.to;
        }
        seen.silent_days += days(ended, to);
        Some(seen)
    }
}

fn days(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    crate::judge::days(to) - crate::judge::days(from)
}
