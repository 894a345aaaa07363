use chrono::{DateTime, Utc};
use fixedops_vocab::{PolicyVersion, RoLineId};

/// Why a case is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a scorecard must count every one")]
pub enum Closure {
    /// The work was done here.
    Win,
    /// The person opted out.
    OptedOut,
    /// The plan ran to its end without an answer.
    Lapsed,
    /// The vehicle was sold.
    Sold,
    /// The vehicle has another owner.
    OwnerChanged,
    /// The person died.
    Deceased,
    /// A person of the dealership took over.
    HandedToHuman,
    /// The work was done elsewhere.
    DoneElsewhere,
    /// What opened the case turned out to be wrong.
    Withdrawn,
    /// Nothing of this case may go out.
    Suppressed,
}

impl Closure {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Win,
        Self::OptedOut,
        Self::Lapsed,
        Self::Sold,
        Self::OwnerChanged,
        Self::Deceased,
        Self::HandedToHuman,
        Self::DoneElsewhere,
        Self::Withdrawn,
        Self::Suppressed,
    ];

    /// The word in files and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Win => "win",
            Self::OptedOut => "opted_out",
            Self::Lapsed => "lapsed",
            Self::Sold => "sold",
            Self::OwnerChanged => "owner_changed",
            Self::Deceased => "deceased",
            Self::HandedToHuman => "handed_to_human",
            Self::DoneElsewhere => "done_elsewhere",
            Self::Withdrawn => "withdrawn",
            Self::Suppressed => "suppressed",
        }
    }
}

impl core::fmt::Display for Closure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a waiting case waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Wait {
    /// The day of the plan.
    Schedule,
    /// The moment consent named.
    Consent,
    /// The moment the transport named.
    Retry,
    /// The moment the customer named.
    Customer,
    /// The talk that is going on.
    Talk,
}

/// Where a case stands. `next` and `touch` count the plan's touches from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
#[allow(clippy::exhaustive_enums, reason = "the exhaustive test visits them all")]
pub enum Phase {
    /// The next touch lies ahead, or none is left and the case runs out.
    Waiting {
        /// The next touch.
        next: u8,
        /// The alarm.
        wake_at: DateTime<Utc>,
        /// What it waits for.
        wait: Wait,
    },
    /// A message was commanded; its outcome is to come. The only open phase without an alarm: the runner settles
    /// every send, after a crash too, and feeds the outcome.
    Sending {
        /// The touch on its way.
        touch: u8,
    },
    /// A call is on an advisor's list.
    Calling {
        /// The touch.
        touch: u8,
        /// When the call is given up.
        wake_at: DateTime<Utc>,
    },
    /// An appointment lies ahead.
    Booked {
        /// The touch to resume with.
        next: u8,
        /// When to go on if no news of the appointment comes.
        wake_at: DateTime<Utc>,
    },
    /// The car is in the shop; what was done is not known yet.
    Visiting {
        /// The touch to resume with.
        next: u8,
        /// When to go on if no news of the visit comes.
        wake_at: DateTime<Utc>,
    },
    /// Over, for ever.
    Closed {
        /// Why.
        closure: Closure,
    },
}

/// One run of one plan for one customer and vehicle: plain data with one door, [`Case::step`].
///
/// Its alarm is part of it, so whoever saves the case saves the timer, and nothing ever needs to be cancelled. What
/// the case is about (customer, vehicle, crossing) is the caller's: the case knows only time, touches and the lines
/// still open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "crate::stored::Stored", into = "crate::stored::Stored"))]
pub struct Case {
    pub(crate) plan: PolicyVersion,
    pub(crate) opened_at: DateTime<Utc>,
    /// Day 0 of the timetable: `opened_at`, unless the customer named another day.
    pub(crate) anchor: DateTime<Utc>,
    pub(crate) round: u32,
    pub(crate) lines: Vec<RoLineId>,
    pub(crate) phase: Phase,
}

impl Case {
    /// The version of the plan it runs on.
    #[must_use]
    pub const fn plan(&self) -> &PolicyVersion {
        &self.plan
    }

    /// When this round began: the crossing or the decline.
    #[must_use]
    pub const fn opened_at(&self) -> DateTime<Utc> {
        self.opened_at
    }

    /// Day 0 of the timetable: [`Case::opened_at`], unless the customer named another day.
    #[must_use]
    pub const fn anchor(&self) -> DateTime<Utc> {
        self.anchor
    }

    /// Which run through the plan, from 1; a line declined again begins the next.
    #[must_use]
    pub const fn round(&self) -> u32 {
        self.round
    }

    /// The declined lines still open; empty where the case is not about lines.
    #[must_use]
    pub fn lines(&self) -> &[RoLineId] {
        &self.lines
    }

    /// Where it stands.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// When it wants [`Event::Wake`](crate::Event::Wake); `None` while a send is under way and once closed.
    #[must_use]
    pub const fn wake_at(&self) -> Option<DateTime<Utc>> {
        match self.phase {
            Phase::Waiting { wake_at, .. }
            | Phase::Calling { wake_at, .. }
            | Phase::Booked { wake_at, .. }
            | Phase::Visiting { wake_at, .. } => Some(wake_at),
            Phase::Sending { .. } | Phase::Closed { .. } => None,
        }
    }

    /// Why it is over; `None` while open.
    #[must_use]
    pub const fn closure(&self) -> Option<Closure> {
        match self.phase {
            Phase::Closed { closure } => Some(closure),
            _ => None,
        }
    }
}
