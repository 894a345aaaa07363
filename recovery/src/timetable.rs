use crate::Moment;
use crate::state::{Span, State};

/// What a touch is timed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "the timetable knows every one")]
pub enum TimedBy {
    /// Day 0: what opened the case, or the day the customer named instead.
    Opening,
    /// The early end of the target's range: of a projected wear, the 10 % quantile.
    Early,
    /// The target itself: an appointment, the most likely day of a projected wear, the day a customer named.
    Target,
    /// The late end of the target's range: of a projected wear, the 90 % quantile.
    Late,
}

/// When a touch is due: so many minutes after, or before where negative, what it is timed by.
///
/// ```
/// use fixedops_recovery::{Timing, TimedBy};
/// assert_eq!(Timing::days(30), Timing { by: TimedBy::Opening, minutes: 30 * 24 * 60 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "an anchor and a distance")]
pub struct Timing {
    /// What it is timed by.
    pub by: TimedBy,
    /// Minutes after it; negative before it.
    pub minutes: i64,
}

const DAY: i64 = 24 * 60;

impl Timing {
    /// So many days after day 0.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        Self { by: TimedBy::Opening, minutes: days as i64 * DAY }
    }

    /// Whole days from what it is timed by, rounded towards it.
    #[must_use]
    pub const fn whole_days(&self) -> i64 {
        self.minutes / DAY
    }

    /// Seconds after day 0 for a case with this target.
    pub(crate) const fn seconds(self, target: Span) -> i64 {
        let from = match self.by {
            TimedBy::Opening => 0,
            TimedBy::Early => target.early,
            TimedBy::Target => target.likely,
            TimedBy::Late => target.late,
        };
        from as i64 + self.minutes * 60
    }

    /// Whether it leads up to something that has come.
    pub(crate) fn is_over(self, state: &State, now: Moment) -> bool {
        let lead = Self { minutes: 0, ..self };
        self.minutes < 0 && now >= lead.due(state)
    }

    /// When it is due for a state.
    pub(crate) fn due(self, state: &State) -> Moment {
        state.anchor.plus_seconds(self.seconds(state.target))
    }
}

impl core::fmt::Display for Timing {
    /// `30 days after`, `2 hours before the target`.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let distance = self.minutes.unsigned_abs();
        let (count, unit) = match distance {
            0 => (0, "minute"),
            minutes if minutes % DAY as u64 == 0 => (minutes / DAY as u64, "day"),
            minutes if minutes % 60 == 0 => (minutes / 60, "hour"),
            minutes => (minutes, "minute"),
        };
        let by = match self.by {
            TimedBy::Opening => "",
            TimedBy::Early => " the early end",
            TimedBy::Target => " the target",
            TimedBy::Late => " the late end",
        };
        match (count, self.minutes < 0) {
            (0, _) => write!(f, "at once{}", if by.is_empty() { String::new() } else { format!(" at{by}") }),
            (count, before) => {
                let plural = if count == 1 { "" } else { "s" };
                write!(f, "{count} {unit}{plural} {}{by}", if before { "before" } else { "after" })
            }
        }
    }
}

/// What a case is timed by besides the day it opened: an appointment, a projected wear with its range, a day the customer
/// named.
///
/// ```
/// # use chrono::{TimeDelta, TimeZone, Utc};
/// use fixedops_recovery::Target;
/// let day = Utc.with_ymd_and_hms(2026, 9, 1, 12, 0, 0).single().expect("a moment");
/// let wear = Target::between(day - TimeDelta::days(20), day, day + TimeDelta::days(45));
/// assert_eq!(Target::at(day), Target::between(day, day, day));
/// assert!(wear.early < wear.late);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Target {
    /// The early end of its range.
    pub early: chrono::DateTime<chrono::Utc>,
    /// The most likely moment.
    pub likely: chrono::DateTime<chrono::Utc>,
    /// The late end of its range.
    pub late: chrono::DateTime<chrono::Utc>,
}

impl Target {
    /// One moment, without a range.
    #[must_use]
    pub const fn at(moment: chrono::DateTime<chrono::Utc>) -> Self {
        Self { early: moment, likely: moment, late: moment }
    }

    /// A moment with its range; ends on the wrong side are taken for the moment itself.
    #[must_use]
    pub fn between(
        early: chrono::DateTime<chrono::Utc>,
        likely: chrono::DateTime<chrono::Utc>,
        late: chrono::DateTime<chrono::Utc>,
    ) -> Self {
        Self { early: early.min(likely), likely, late: late.max(likely) }
    }
}
