use chrono::{DateTime, Utc};
use fixedops_vocab::RawOdometer;

/// One odometer reading as it reached us, with its two times.
///
/// *Read* is when the dash showed the number; *learned* is when we heard of it. "What did we know on day D?" is
/// answered by the readings with both times up to and including D. Readings are never changed or deleted; what is
/// thought of them is a [`Judgement`](crate::Judgement), taken anew whenever more is known.
///
/// ```
/// use fixedops_odometer_core::Reading;
/// use fixedops_vocab::{DistanceUnit, RawOdometer};
/// let raw = RawOdometer::parse("48250", DistanceUnit::Miles)?;
/// let reading = Reading::reported("2026-03-02T15:00:00Z".parse()?, raw);
/// assert_eq!(reading.read_at, reading.learned_at);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reading {
    /// When the dash showed it.
    pub read_at: DateTime<Utc>,
    /// When we learned of it.
    pub learned_at: DateTime<Utc>,
    /// The number as typed or sent, with its unit.
    pub raw: RawOdometer,
    /// Who says so.
    pub kind: ReadingKind,
}

impl Reading {
    /// A reading somebody reported, learned at the moment it was read.
    #[must_use]
    pub const fn reported(read_at: DateTime<Utc>, raw: RawOdometer) -> Self {
        Self { read_at, learned_at: read_at, raw, kind: ReadingKind::Reported }
    }

    /// The same, learned later than read; or earlier, where a clock was wrong: by more than a day it is judged
    /// [`FutureDate`](crate::Reason::FutureDate).
    #[must_use]
    pub const fn learned_at(self, learned_at: DateTime<Utc>) -> Self {
        Self { learned_at, ..self }
    }

    /// The same, said by another kind of witness.
    #[must_use]
    pub const fn of_kind(self, kind: ReadingKind) -> Self {
        Self { kind, ..self }
    }

    /// Whether it was read and learned by `as_of` (inclusive).
    #[must_use]
    pub fn known_at(&self, as_of: DateTime<Utc>) -> bool {
        self.read_at <= as_of && self.learned_at <= as_of
    }
}

/// Who says what the odometer shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ReadingKind {
    /// Typed or spoken by a person: repair order, fuel card, customer.
    #[default]
    Reported,
    /// A person put the mileage right: a dated anchor that stands, whatever was read before.
    ManualCorrection,
    /// Sent by a device in the car: one more witness, not believed blindly.
    DeviceOdometer,
    /// The odometer at delivery to the owner.
    Delivery,
}
