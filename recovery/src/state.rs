use crate::plan::PlanKey;
use crate::{Closure, Moment, Wait};

/// Where a case stands, in 64 bytes: what a runner that holds millions of them keeps in memory.
///
/// It is [`Case`](crate::Case) without the names: the plan by its key, the touch by its number, the open lines by their count.
/// The alarm is in it, so there is nothing to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub(crate) plan: PlanKey,
    pub(crate) opened_at: Moment,
    /// Day 0 of the timetable.
    pub(crate) anchor: Moment,
    pub(crate) stage: Stage,
    pub(crate) target: Span,
    /// Minutes after the opening until which it rests after a touch.
    pub(crate) rest: u32,
    pub(crate) round: u32,
    /// Lines still open; [`NO_LINES`] where the case is not about lines.
    pub(crate) lines: u16,
    /// Whether a line of it was done here.
    pub(crate) done_here: bool,
}

/// Of [`State::lines`], where the case is not about lines.
pub(crate) const NO_LINES: u16 = u16::MAX;

/// What the timetable is timed by besides day 0 (an appointment, a projected wear), in seconds after day 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    pub(crate) early: i32,
    pub(crate) likely: i32,
    pub(crate) late: i32,
}

/// [`Phase`](crate::Phase) with compact times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    Waiting { next: u8, wait: Wait, wake_at: Moment },
    Deferred { next: u8, to_visit: bool, wake_at: Moment },
    Sending { touch: u8 },
    Calling { touch: u8, wake_at: Moment },
    Booked { next: u8, wake_at: Moment },
    Visiting { next: u8, wake_at: Moment },
    Closed { closure: Closure },
}

impl State {
    /// When it wants to be woken; `None` while a send is under way and once closed.
    ///
    /// ```
    /// # use chrono::{TimeDelta, TimeZone, Utc};
    /// use fixedops_recovery::{Case, Plans};
    /// let plans = Plans::shipped();
    /// let plan = plans.for_program(&"declined_recovery".parse()?).expect("it ships");
    /// let declined = Utc.with_ymd_and_hms(2026, 3, 2, 16, 30, 0).single().expect("a moment");
    /// let state = Case::open(plan, declined).case.state();
    /// assert!(size_of_val(&state) <= 64);
    /// assert_eq!(state.wake_at().map(|at| at.at()), Some(declined + TimeDelta::days(30)));
    /// # Ok::<(), fixedops_vocab::IdError>(())
    /// ```
    #[must_use]
    pub const fn wake_at(&self) -> Option<Moment> {
        match self.stage {
            Stage::Waiting { wake_at, .. }
            | Stage::Deferred { wake_at, .. }
            | Stage::Calling { wake_at, .. }
            | Stage::Booked { wake_at, .. }
            | Stage::Visiting { wake_at, .. } => Some(wake_at),
            Stage::Sending { .. } | Stage::Closed { .. } => None,
        }
    }

    /// Why it is over; `None` while open.
    #[must_use]
    pub const fn closure(&self) -> Option<Closure> {
        match self.stage {
            Stage::Closed { closure } => Some(closure),
            _ => None,
        }
    }

    /// Which run through the plan, from 1.
    #[must_use]
    pub const fn round(&self) -> u32 {
        self.round
    }

    /// The number of the touch on its way, from 0; `None` where none is.
    #[must_use]
    pub const fn in_flight(&self) -> Option<u8> {
        match self.stage {
            Stage::Sending { touch } | Stage::Calling { touch, .. } => Some(touch),
            _ => None,
        }
    }

    /// The touch to go on with; one in flight counts as spent, so that it can never go out twice.
    pub(crate) const fn next(&self) -> u8 {
        match self.stage {
            Stage::Waiting { next, .. }
            | Stage::Deferred { next, .. }
            | Stage::Booked { next, .. }
            | Stage::Visiting { next, .. } => next,
            Stage::Sending { touch } | Stage::Calling { touch, .. } => touch.saturating_add(1),
            Stage::Closed { .. } => u8::MAX,
        }
    }
}

/// A touch by its number in the plan, from 0, and its round, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a number and a round")]
pub struct Spot {
    /// The touch.
    pub touch: u8,
    /// The round.
    pub round: u32,
}

/// [`Event`](crate::Event) without names, for [`State::step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the event of that name")]
#[allow(clippy::exhaustive_enums, reason = "it mirrors the events")]
pub enum Signal {
    Wake,
    Sent(Spot),
    Failed {
        touch: Spot,
        retry_at: Option<Moment>,
    },
    OutcomeUnknown(Spot),
    Deferred {
        touch: Spot,
        until: Moment,
    },
    Suppressed {
        touch: Spot,
        ends_case: bool,
    },
    Withheld(Spot),
    Booked {
        appointment_at: Moment,
    },
    AppointmentMissed,
    AppointmentShown,
    WorkDone,
    /// A line that was open was done here.
    LineDone,
    /// A line that was open was done elsewhere.
    LineDoneElsewhere,
    /// A line that was open is spoken of in another case.
    LineMoved,
    DoneElsewhere,
    OptedOut,
    Sold,
    OwnerChanged,
    Deceased,
    HandedToHuman,
    DeclinedAgain {
        at: Moment,
    },
    /// A line that is not open yet.
    LineAdded,
    DeclinedFor(crate::DeclineReason),
    DeferredByCustomer {
        until: Moment,
    },
    DeferredToVisit,
    Answered,
    Projected {
        early: Moment,
        likely: Moment,
        late: Moment,
    },
    Settled,
    Withdrawn,
}

/// [`Command`](crate::Command) without names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a command nobody handles is a case that waits for ever")]
pub enum Action {
    /// Send that touch, or put the call on a list; which of them, the plan says.
    Touch(Spot),
    /// Take the call of that touch off the list.
    WithdrawCall(Spot),
    /// The case is over.
    Close(Closure),
}

/// What a state wants done: none, one or two actions, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actions {
    first: Option<Action>,
    second: Option<Action>,
}

impl Actions {
    pub(crate) const fn none() -> Self {
        Self { first: None, second: None }
    }

    pub(crate) const fn and(self, action: Action) -> Self {
        match self.first {
            None => Self { first: Some(action), second: None },
            Some(_) => Self { first: self.first, second: Some(action) },
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// They, in order.
    pub fn iter(&self) -> impl Iterator<Item = Action> {
        self.first.into_iter().chain(self.second)
    }
}
