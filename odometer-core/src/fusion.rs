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

/// What the readings that bracket tracked miles say of the factor.
pub(crate) fn learn_scale(anchors: &[Anchor], legs: &[Leg], habit: &Habit, model: &Model) -> Scale {
    let mut scale = Scale::prior(model);
    for pair in anchors.windows(2) {
        let [low, high] = pair else { continue };
        if low.segment != high.segment {
            continue;
        }
        let first = legs.partition_point(|leg| leg.from < low.at);
        let end = legs.partition_point(|leg| leg.to <= high.at);
        let Some(within) = legs.get(first..end) else { continue };
        if let Some(seen) = Seen::of(within, low.at, high.at) {
            // While the receiver was silent the car may have stood or driven as usual: half of that, give or take it.
            let unseen = 0.5 * habit.rate * seen.silent_days;
            let dash = high.miles - low.miles;
            scale.learn_from(low.at, dash, seen.miles + unseen, seen.sd.hypot(unseen), model);
        }
    }
    scale
}

/// Miles tracked since the last reading, on its dash.
pub(crate) fn carried_since(last: &Anchor, legs: &[Leg], scale: &Scale, model: &Model) -> Option<Carried> {
    let first = legs.partition_point(|leg| leg.from < last.at);
    let since = legs.get(first..)?;
    let until = since.last()?.to;
    if until <= last.at {
        return None;
    }
    let seen = Seen::of(since, last.at, until)?;
    let driven = days(last.at, until) - seen.silent_days;
    let usual = model.habit.prior_miles_per_day.min(seen.miles / driven.max(1.0));
    let unseen = usual * seen.silent_days;
    let by_factor = scale.sd() * seen.miles;
    Some(Carried {
        until,
        miles: scale.factor() * seen.miles + unseen,
        sd: (scale.factor() * seen.sd).hypot(by_factor).hypot(unseen),
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
    fn of(legs: &[Leg], from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Self> {
        if legs.is_empty() {
            return None;
        }
        let mut seen = Self { miles: 0.0, sd: 0.0, silent_days: 0.0 };
        let mut ended = from;
        for leg in legs {
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
