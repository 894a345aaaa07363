use chrono::{DateTime, Utc};
use fixedops_vocab::{PolicyVersion, RoLineId, TouchId};

use crate::state::{Action, NO_LINES, Signal, Spot, Stage, State};
use crate::{Command, Event, Moment, Pitch, Plan, PlannedTouch, Target, Transition};

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
    /// A question was never answered: neither a decline nor a deferral.
    NeverAnswered,
    /// What it asked was answered: the reading came in, every recommended line has its yes or no.
    Answered,
    /// The appointment it was about was kept.
    Kept,
    /// The appointment it was about was missed or cancelled.
    Missed,
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
        Self::NeverAnswered,
        Self::Answered,
        Self::Kept,
        Self::Missed,
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
            Self::NeverAnswered => "never_answered",
            Self::Answered => "answered",
            Self::Kept => "kept",
            Self::Missed => "missed",
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
    /// The moment the customer's words ask for.
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
    /// The customer put it off, to a day or to his next visit.
    Deferred {
        /// The touch to go on with.
        next: u8,
        /// The day; for a visit, how long it is waited for.
        wake_at: DateTime<Utc>,
        /// Whether to the next visit.
        to_visit: bool,
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

impl From<Stage> for Phase {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Waiting { next, wait, wake_at } => Self::Waiting { next, wake_at: wake_at.at(), wait },
            Stage::Deferred { next, to_visit, wake_at } => {
                Self::Deferred { next, wake_at: wake_at.at(), to_visit }
            }
            Stage::Sending { touch } => Self::Sending { touch },
            Stage::Calling { touch, wake_at } => Self::Calling { touch, wake_at: wake_at.at() },
            Stage::Booked { next, wake_at } => Self::Booked { next, wake_at: wake_at.at() },
            Stage::Visiting { next, wake_at } => Self::Visiting { next, wake_at: wake_at.at() },
            Stage::Closed { closure } => Self::Closed { closure },
        }
    }
}

impl From<Phase> for Stage {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Waiting { next, wake_at, wait } => Self::Waiting { next, wait, wake_at: wake_at.into() },
            Phase::Deferred { next, wake_at, to_visit } => {
                Self::Deferred { next, to_visit, wake_at: wake_at.into() }
            }
            Phase::Sending { touch } => Self::Sending { touch },
            Phase::Calling { touch, wake_at } => Self::Calling { touch, wake_at: wake_at.into() },
            Phase::Booked { next, wake_at } => Self::Booked { next, wake_at: wake_at.into() },
            Phase::Visiting { next, wake_at } => Self::Visiting { next, wake_at: wake_at.into() },
            Phase::Closed { closure } => Self::Closed { closure },
        }
    }
}

/// What a case is opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Opening {
    /// What the plan's days count from: the crossing, the decline, the delivery.
    pub since: DateTime<Utc>,
    /// When it was learned of. Touches whose time had passed by then are left out: an import never sends a backlog.
    pub now: DateTime<Utc>,
    /// What the timetable is timed by besides, where the plan has such touches: the appointment, the projected wear.
    pub target: Option<Target>,
    /// The lines it is about; empty where it is not about lines. It wins when the last of them is done.
    pub lines: Vec<RoLineId>,
}

impl Opening {
    /// For something that happened just now.
    #[must_use]
    pub const fn at(now: DateTime<Utc>) -> Self {
        Self { since: now, now, target: None, lines: Vec::new() }
    }
}

/// One run of one plan for one customer and vehicle: plain data with one door, [`Case::step`].
///
/// Its alarm is part of it, so whoever saves the case saves the timer, and nothing ever needs to be cancelled. What
/// the case is about (customer, vehicle, crossing) is the caller's: the case knows only time, touches and the lines
/// still open. Where it stands is its [`State`], 64 bytes; the case adds the names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "crate::stored::Stored", into = "crate::stored::Stored"))]
pub struct Case {
    pub(crate) plan: PolicyVersion,
    pub(crate) lines: Vec<RoLineId>,
    pub(crate) state: State,
}

impl Case {
    /// Begins a case of `plan` for something that happened at `opened_at`: a crossing, a decline.
    ///
    /// It commands nothing yet: its first alarm is the time of the first touch, which may be at once.
    pub fn open(plan: &Plan, opened_at: DateTime<Utc>) -> Transition {
        Self::begin(plan, Opening::at(opened_at))
    }

    /// Begins a case. A plan that is timed by a target and is opened without one takes its `otherwise_days`.
    ///
    /// ```
    /// # use chrono::{TimeDelta, TimeZone, Utc};
    /// use fixedops_recovery::{Case, Opening, Plans, Target, Trigger};
    /// let plans = Plans::shipped();
    /// let plan = plans.for_trigger(&"appointment_reminder".parse()?, Trigger::Appointment).expect("it ships");
    /// let now = Utc.with_ymd_and_hms(2026, 3, 2, 16, 30, 0).single().expect("a moment");
    /// let appointment = now + TimeDelta::days(9);
    /// let opening = Opening { target: Some(Target::at(appointment)), ..Opening::at(now) };
    /// let case = Case::begin(plan, opening).case;
    /// assert_eq!(case.wake_at(), Some(now), "confirmed at once");
    /// # Ok::<(), fixedops_vocab::IdError>(())
    /// ```
    pub fn begin(plan: &Plan, opening: Opening) -> Transition {
        let Opening { since, now, target, mut lines } = opening;
        lines.sort_unstable();
        lines.dedup();
        let count = match lines.len() {
            0 => NO_LINES,
            some => u16::try_from(some).unwrap_or(NO_LINES - 1).min(NO_LINES - 1),
        };
        let target = target.map(|target| (target.early.into(), target.likely.into(), target.late.into()));
        let state = State::opening(plan, since.into(), now.into(), target, count);
        let case = Self { plan: plan.version().clone(), lines, state };
        Transition { case, commands: Vec::new() }
    }

    /// Begins a case about declined lines of one repair order; it wins when the last of them is done.
    pub fn open_for(plan: &Plan, opened_at: DateTime<Utc>, lines: Vec<RoLineId>) -> Transition {
        Self::begin(plan, Opening { lines, ..Opening::at(opened_at) })
    }

    /// Begins a case about lines declined at `since`, learned of at `now`: the plan's days count from the decline, and
    /// touches whose day has passed are left out, so that an import never sends a backlog. `None` where the plan has
    /// nothing left to say.
    ///
    /// ```
    /// # use chrono::{TimeDelta, TimeZone, Utc};
    /// use fixedops_recovery::{Case, Plans};
    /// let plans = Plans::shipped();
    /// let plan = plans.for_program(&"declined_recovery".parse()?).expect("it ships");
    /// let declined = Utc.with_ymd_and_hms(2026, 3, 2, 16, 30, 0).single().expect("a moment");
    /// let days = TimeDelta::days;
    ///
    /// let learned = Case::open_since(plan, declined, declined + days(40), Vec::new()).expect("not too late");
    /// assert_eq!(learned.case.wake_at(), Some(declined + days(60)));
    /// assert_eq!(Case::open_since(plan, declined, declined + days(200), Vec::new()), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_since(
        plan: &Plan,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
        lines: Vec<RoLineId>,
    ) -> Option<Transition> {
        Self::begin_late(plan, Opening { since, now, target: None, lines })
    }

    /// As [`Case::begin`]; `None` where the plan has nothing left to say.
    #[must_use]
    pub fn begin_late(plan: &Plan, opening: Opening) -> Option<Transition> {
        let opened = Self::begin(plan, opening);
        let state = opened.case.state;
        // A touch at or behind the end is none: what is timed by a target is held away from the moment it was learned of, and
        // not from the end of a plan that ran out years ago.
        let left = plan.timing(usize::from(state.next())).filter(|next| next.due(&state) < state.end(plan));
        left.map(|_| opened)
    }

    /// The version of the plan it runs on.
    #[must_use]
    pub const fn plan(&self) -> &PolicyVersion {
        &self.plan
    }

    /// Where it stands, without names: what a runner that holds millions of cases keeps in memory.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// When this round began, or was learned of: the crossing or the decline.
    #[must_use]
    pub fn opened_at(&self) -> DateTime<Utc> {
        self.state.opened_at.at()
    }

    /// Day 0 of the timetable: [`Case::opened_at`], unless the customer named another day or it was learned of late.
    #[must_use]
    pub fn anchor(&self) -> DateTime<Utc> {
        self.state.anchor.at()
    }

    /// What the timetable is timed by besides; of a plan without such touches it means nothing.
    #[must_use]
    pub fn target(&self) -> Target {
        let at = |seconds: i32| self.state.anchor.plus_seconds(i64::from(seconds)).at();
        let span = self.state.target;
        Target { early: at(span.early), likely: at(span.likely), late: at(span.late) }
    }

    /// Which run through the plan, from 1; a line declined again, and an appointment moved, begin the next.
    #[must_use]
    pub const fn round(&self) -> u32 {
        self.state.round
    }

    /// The declined lines still open; empty where the case is not about lines.
    #[must_use]
    pub fn lines(&self) -> &[RoLineId] {
        &self.lines
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.state.stage.into()
    }

    /// When it wants [`Event::Wake`]; `None` while a send is under way and once closed.
    #[must_use]
    pub fn wake_at(&self) -> Option<DateTime<Utc>> {
        self.state.wake_at().map(Moment::at)
    }

    /// Why it is over; `None` while open.
    #[must_use]
    pub const fn closure(&self) -> Option<Closure> {
        self.state.closure()
    }

    /// The number of the touch that is on its way, or else of the next one, from 0; behind the last where none is left.
    #[must_use]
    pub fn next_touch(&self) -> usize {
        usize::from(self.state.in_flight().unwrap_or_else(|| self.state.next()))
    }

    /// When the plan is over for it.
    #[must_use]
    pub fn ends_at(&self, plan: &Plan) -> DateTime<Utc> {
        self.state.end(plan).at()
    }

    /// The touches that lie ahead if nobody answers: each with its time.
    pub fn ahead<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (&'a PlannedTouch, DateTime<Utc>)> {
        let next = usize::from(self.state.next());
        plan.touches().iter().skip(next).filter_map(|touch| {
            let due = touch.timing.due(&self.state);
            (due >= self.state.opened_at).then(|| (touch, due.at()))
        })
    }

    /// Applies one event at `now`.
    ///
    /// Every event has an answer in every phase; one that does not fit changes nothing. An early wake does nothing. A
    /// late one commands the latest touch that is due, once, and skips the older ones: never a backlog. What ends a
    /// case ends it in every open phase; everything else is only understood with the plan the case names.
    ///
    /// ```
    /// # use chrono::{TimeDelta, TimeZone, Utc};
    /// use fixedops_recovery::{Case, Command, Event, Plans};
    /// let plans = Plans::shipped();
    /// let plan = plans.for_program(&"declined_recovery".parse()?).expect("it ships");
    /// let declined = Utc.with_ymd_and_hms(2026, 3, 2, 16, 30, 0).single().expect("a moment");
    ///
    /// let case = Case::open(plan, declined).case;
    /// assert_eq!(case.wake_at(), Some(declined + TimeDelta::days(30)));
    ///
    /// let early = case.step(plan, &Event::Wake, declined + TimeDelta::days(29));
    /// assert!(early.commands.is_empty());
    ///
    /// let on_time = early.case.step(plan, &Event::Wake, declined + TimeDelta::days(30));
    /// assert!(matches!(&on_time.commands[..], [Command::Send { touch, .. }] if touch.as_str() == "day-30-sms"));
    /// # Ok::<(), fixedops_vocab::IdError>(())
    /// ```
    pub fn step(mut self, plan: &Plan, event: &Event, now: DateTime<Utc>) -> Transition {
        let Some(signal) = self.signal(plan, event) else {
            return Transition { case: self, commands: Vec::new() };
        };
        let before = self.state;
        let (state, actions) = before.step(plan, signal, now.into());
        if let Event::ItemDone { line } | Event::ItemDoneElsewhere { line } | Event::ItemMoved { line } =
            event
            && state != before
        {
            self.lines.retain(|open| open != line);
        }
        if let Event::DeclinedAlso { line } = event
            && state != before
        {
            self.lines.push(line.clone());
            self.lines.sort_unstable();
        }
        self.state = state;
        let commands = actions.iter().filter_map(|action| command(plan, action)).collect();
        Transition { case: self, commands }
    }

    /// An event without its names; `None` where it speaks of a line or a touch that is none of the case's.
    fn signal(&self, plan: &Plan, event: &Event) -> Option<Signal> {
        let spot = |touch: &TouchId| {
            // Only the touch in flight can be told of, and its name says the round.
            let index = self.state.in_flight()?;
            let round = self.state.round;
            let id = plan.touch_in_round(usize::from(index), round)?;
            (id == *touch && self.plan == *plan.version()).then_some(Spot { touch: index, round })
        };
        let open = |line: &RoLineId| self.lines.contains(line);
        Some(match event {
            Event::Wake => Signal::Wake,
            Event::Sent { touch } => Signal::Sent(spot(touch)?),
            Event::Failed { touch, retry_at } => {
                Signal::Failed { touch: spot(touch)?, retry_at: retry_at.map(Moment::from) }
            }
            Event::OutcomeUnknown { touch } => Signal::OutcomeUnknown(spot(touch)?),
            Event::Deferred { touch, until } => {
                Signal::Deferred { touch: spot(touch)?, until: (*until).into() }
            }
            Event::Suppressed { touch, ends_case } => {
                Signal::Suppressed { touch: spot(touch)?, ends_case: *ends_case }
            }
            Event::Withheld { touch } => Signal::Withheld(spot(touch)?),
            Event::Booked { appointment_at } => Signal::Booked { appointment_at: (*appointment_at).into() },
            Event::AppointmentMissed => Signal::AppointmentMissed,
            Event::AppointmentShown => Signal::AppointmentShown,
            Event::WorkDone => Signal::WorkDone,
            Event::ItemDone { line } => open(line).then_some(Signal::LineDone)?,
            Event::ItemDoneElsewhere { line } => open(line).then_some(Signal::LineDoneElsewhere)?,
            Event::ItemMoved { line } => open(line).then_some(Signal::LineMoved)?,
            Event::DoneElsewhere => Signal::DoneElsewhere,
            Event::OptedOut => Signal::OptedOut,
            Event::Sold => Signal::Sold,
            Event::OwnerChanged => Signal::OwnerChanged,
            Event::Deceased => Signal::Deceased,
            Event::HandedToHuman { .. } => Signal::HandedToHuman,
            Event::DeclinedAgain { at } => Signal::DeclinedAgain { at: (*at).into() },
            Event::DeclinedAlso { line } => (!open(line)).then_some(Signal::LineAdded)?,
            Event::DeclinedFor { reason } => Signal::DeclinedFor(*reason),
            Event::DeferredByCustomer { until } => Signal::DeferredByCustomer { until: (*until).into() },
            Event::DeferredToVisit => Signal::DeferredToVisit,
            Event::Answered => Signal::Answered,
            Event::Projected { target } => Signal::Projected {
                early: target.early.into(),
                likely: target.likely.into(),
                late: target.late.into(),
            },
            Event::Settled => Signal::Settled,
            Event::Withdrawn => Signal::Withdrawn,
            Event::PlanReplaced { .. } => return None,
        })
    }
}

/// An action with the plan's names; `None` for a touch that is none of the plan's, which no step asks for.
fn command(plan: &Plan, action: Action) -> Option<Command> {
    let named = |spot: Spot| {
        let index = usize::from(spot.touch);
        Some((plan.touches().get(index)?, plan.touch_in_round(index, spot.round)?, spot.round))
    };
    Some(match action {
        Action::Close(closure) => Command::Close { closure },
        Action::WithdrawCall(spot) => Command::WithdrawCall { touch: named(spot)?.1 },
        Action::Touch(spot) => {
            let (planned, touch, round) = named(spot)?;
            let template = planned.template.clone();
            match (planned.channel, planned.pitch) {
                (fixedops_vocab::Channel::LiveCall, pitch) => {
                    let (purpose, with_slot) = (pitch.purpose(), planned.with_slot);
                    Command::CallTask { touch, purpose, template, with_slot, round }
                }
                (channel, Pitch::Service { purpose, offer }) => {
                    Command::Send { touch, channel, purpose, template, offer, round }
                }
                (channel, Pitch::Safety) => Command::SendSafety { touch, channel, template, round },
            }
        }
    })
}
