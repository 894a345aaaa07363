use chrono::{DateTime, TimeDelta, Utc};

use crate::{FixFault, Model};

/// What a [`Track`](crate::Track) amounts to.
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
    #[cfg_attr(feature = "serde", serde(deserialize_with = "fewer"))]
    pub set_aside: [u32; FixFault::ALL.len()],
}

impl TrackSummary {
    /// Fixes set aside, in all.
    #[must_use]
    pub fn fixes_set_aside(&self) -> u64 {
        self.set_aside.iter().map(|&count| u64::from(count)).sum()
    }

    /// Fixes set aside for one reason.
    ///
    /// ```
    /// use fixedops_odometer_core::{FixFault, TrackSummary};
    /// assert_eq!(TrackSummary::default().count(FixFault::Thrown), 0);
    /// ```
    #[must_use]
    pub fn count(&self, fault: FixFault) -> u32 {
        let mut each = FixFault::ALL.iter().zip(self.set_aside);
        each.find(|(other, _)| **other == fault).map_or(0, |(_, count)| count)
    }

    /// Miles since an earlier summary of the same track, and their sd. The sd of both together is not the difference of
    /// their squares: part of the error is common to all legs.
    ///
    /// ```
    /// use fixedops_odometer_core::{Model, TrackSummary};
    /// let model = Model::shipped();
    /// let of = |distance_miles, sd_miles| TrackSummary { distance_miles, sd_miles, ..TrackSummary::default() };
    /// let (miles, sd) = of(5_700.0, 34.3).since(&of(5_000.0, 30.1), &model);
    /// assert!(miles == 700.0 && sd < 6.0, "{sd}");
    /// ```
    #[must_use]
    pub fn since(&self, earlier: &Self, model: &Model) -> (f64, f64) {
        let share = model.track.common_sd_share;
        let own = |summary: &Self| summary.sd_miles.powi(2) - (share * summary.distance_miles).powi(2);
        let miles = self.distance_miles - earlier.distance_miles;
        let variance = (own(self) - own(earlier)).max(0.0) + (share * miles).powi(2);
        (miles, variance.sqrt())
    }

    /// How long the feed has been silent at `now`: what no longer arrives says nothing of where the odometer stands.
    /// None where no fix ever arrived.
    ///
    /// ```
    /// use chrono::TimeDelta;
    /// use fixedops_odometer_core::TrackSummary;
    /// let last = "2026-06-01T14:00:00Z".parse()?;
    /// let summary = TrackSummary { to: Some(last), ..TrackSummary::default() };
    /// assert_eq!(summary.silent_for(last + TimeDelta::days(9)), Some(TimeDelta::days(9)));
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    #[must_use]
    pub fn silent_for(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.to.map(|to| (now - to).max(TimeDelta::zero()))
    }
}

/// Faults are added at the end: a summary written before one was known counts none of it.
#[cfg(feature = "serde")]
fn fewer<'de, D: serde::Deserializer<'de>>(from: D) -> Result<[u32; FixFault::ALL.len()], D::Error> {
    let written: Vec<u32> = serde::Deserialize::deserialize(from)?;
    let mut counts = [0; FixFault::ALL.len()];
    if written.len() > counts.len() {
        return Err(serde::de::Error::custom("more faults than are known"));
    }
    for (count, written) in counts.iter_mut().zip(written) {
        *count = written;
    }
    Ok(counts)
}
