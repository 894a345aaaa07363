use core::fmt;

use chrono::{DateTime, Utc};
use fixedops_vocab::Miles;

use crate::DuePolicy;

/// From where an interval counts: the last known service of a kind, or the delivery of the car (cycle 0), and who says
/// so.
///
/// ```
/// use fixedops_odometer_core::{Baseline, DuePolicy, OriginKind};
/// let policy = DuePolicy::shipped();
/// let at = "2026-01-05T15:00:00Z".parse()?;
/// assert_eq!(Baseline::delivered(at, Some("12".parse()?), &policy).origin.kind, OriginKind::DeliveredNew);
/// assert_eq!(Baseline::delivered(at, Some("31000".parse()?), &policy).origin.kind, OriginKind::DeliveredUsed);
///
/// let done = Baseline::here(at, Some("41000".parse()?), 3).of_record("R-1").by("advisor 7");
/// assert_eq!(done.to_string(), "service here on 2026-01-05 (record R-1, by advisor 7)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Baseline {
    /// When it was done, or the car delivered.
    pub done_at: DateTime<Utc>,
    /// The odometer then, miles (0 for a new car); None where nobody wrote it down: no distance leg.
    pub miles: Option<Miles>,
    /// How many of these services are done: 0 counts from delivery.
    pub cycle: u32,
    /// Where a fixed calendar grid begins: the delivery of the new car, or the day of its first inspection. None where
    /// nobody knows: the grid then begins at `done_at`.
    #[cfg_attr(feature = "serde", serde(default))]
    pub grid_from: Option<DateTime<Utc>>,
    /// What put the interval back to its beginning.
    #[cfg_attr(feature = "serde", serde(default))]
    pub origin: Origin,
}

/// What put an interval back to its beginning, and who says so: an interval is never reset without a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(
    clippy::exhaustive_structs,
    reason = "the three questions of a report of resets: what, on which paper, by whom"
)]
pub struct Origin {
    /// What it was.
    pub kind: OriginKind,
    /// The record that says so: a repair order, an invoice of another shop.
    #[cfg_attr(feature = "serde", serde(default))]
    pub record: Option<String>,
    /// Who entered it, as an id of staff or system; no customer's name.
    #[cfg_attr(feature = "serde", serde(default))]
    pub by: Option<String>,
}

/// What put an interval back to its beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "every way an interval begins must be answered for")]
pub enum OriginKind {
    /// The car was delivered new: its first intervals count, on miles from about 0.
    DeliveredNew,
    /// The car was delivered used: what was done before is not known, and a one-off whose miles lie behind may have
    /// been done.
    DeliveredUsed,
    /// Done in this shop.
    ServiceHere,
    /// Done elsewhere, as the customer, another shop's invoice or a history report says.
    ServiceElsewhere,
    /// Nothing is known but the car's own countdown.
    Countdown,
    /// Taken over from another system, without a word on where it was done.
    #[default]
    Import,
}

impl OriginKind {
    /// The word in files: `delivered_new`, `delivered_used`, `service_here`, `service_elsewhere`, `countdown`,
    /// `import`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeliveredNew => "delivered_new",
            Self::DeliveredUsed => "delivered_used",
            Self::ServiceHere => "service_here",
            Self::ServiceElsewhere => "service_elsewhere",
            Self::Countdown => "countdown",
            Self::Import => "import",
        }
    }

    /// Whether it is the delivery of the car and no service: it counts for no point of a grid.
    #[must_use]
    pub const fn is_delivery(self) -> bool {
        matches!(self, Self::DeliveredNew | Self::DeliveredUsed)
    }
}

impl Baseline {
    const fn of(kind: OriginKind, done_at: DateTime<Utc>, miles: Option<Miles>, cycle: u32) -> Self {
        let origin = Origin { kind, record: None, by: None };
        Self { done_at, miles, cycle, grid_from: None, origin }
    }

    /// The delivery of a car, new or used by its odometer ([`DeliveryPolicy`](crate::DeliveryPolicy)). An odometer that
    /// nobody wrote down is taken for a used car's: its first intervals are not known to lie ahead.
    #[must_use]
    pub fn delivered(at: DateTime<Utc>, miles: Option<Miles>, policy: &DuePolicy) -> Self {
        match miles {
            Some(shown) if shown < policy.delivery().new_below_miles => Self::delivered_new(at, miles),
            _ => Self::delivered_used(at, miles),
        }
    }

    /// The delivery of a new car. `miles` is the odometer at delivery; what is not known of a new car is about 0, and
    /// may be given as such.
    #[must_use]
    pub const fn delivered_new(at: DateTime<Utc>, miles: Option<Miles>) -> Self {
        Self::of(OriginKind::DeliveredNew, at, miles, 0).on_grid_from(at)
    }

    /// The delivery of a used car with what its odometer showed.
    #[must_use]
    pub const fn delivered_used(at: DateTime<Utc>, miles: Option<Miles>) -> Self {
        Self::of(OriginKind::DeliveredUsed, at, miles, 0)
    }

    /// A service done in this shop, the `cycle`-th of its kind (1 for the first).
    #[must_use]
    pub const fn here(at: DateTime<Utc>, miles: Option<Miles>, cycle: u32) -> Self {
        Self::of(OriginKind::ServiceHere, at, miles, cycle)
    }

    /// A service done elsewhere, on a known day; the odometer may not be known, and then only the months count.
    #[must_use]
    pub const fn elsewhere(at: DateTime<Utc>, miles: Option<Miles>, cycle: u32) -> Self {
        Self::of(OriginKind::ServiceElsewhere, at, miles, cycle)
    }

    /// A service taken over from another system.
    #[must_use]
    pub const fn imported(at: DateTime<Utc>, miles: Option<Miles>, cycle: u32) -> Self {
        Self::of(OriginKind::Import, at, miles, cycle)
    }

    /// Nothing is known but that the car's own countdown was read at `at`: no leg of the schedule counts, only the
    /// countdown ([`DuePoint::with_countdowns`](crate::DuePoint::with_countdowns)).
    #[must_use]
    pub const fn countdown_only(at: DateTime<Utc>) -> Self {
        Self::of(OriginKind::Countdown, at, None, 0)
    }

    /// The same, as this record says.
    #[must_use]
    pub fn of_record(mut self, record: impl Into<String>) -> Self {
        self.origin.record = Some(record.into());
        self
    }

    /// The same, as entered by this member of staff or system.
    #[must_use]
    pub fn by(mut self, who: impl Into<String>) -> Self {
        self.origin.by = Some(who.into());
        self
    }

    /// The same, with a fixed calendar grid that begins at `at`.
    #[must_use]
    pub const fn on_grid_from(mut self, at: DateTime<Utc>) -> Self {
        self.grid_from = Some(at);
        self
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.origin.kind {
            OriginKind::DeliveredNew => "delivery (new)",
            OriginKind::DeliveredUsed => "delivery (used)",
            OriginKind::ServiceHere => "service here",
            OriginKind::ServiceElsewhere => "service done elsewhere",
            OriginKind::Countdown => "the car's own countdown, read",
            OriginKind::Import => "service taken over",
        };
        write!(f, "{what} on {}", self.done_at.format("%Y-%m-%d"))?;
        match (&self.origin.record, &self.origin.by) {
            (Some(record), Some(by)) => write!(f, " (record {record}, by {by})"),
            (Some(record), None) => write!(f, " (record {record})"),
            (None, Some(by)) => write!(f, " (by {by})"),
            (None, None) => Ok(()),
        }
    }
}
