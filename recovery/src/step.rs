//! The machine: every signal has an answer in every stage.

use crate::plan::{Follows, Silence};
use crate::state::{Action, Actions, NO_LINES, Signal, Span, Spot, Stage, State};
use crate::{Closure, Moment, Plan, ReasonAnswer, Wait};

impl State {
    /// The state of a case that opens: day 0, the moment it opened (touches due before it are never commanded), its lines.
    pub(crate) fn opening(
        plan: &Plan,
        since: Moment,
        opened_at: Moment,
        target: Option<(Moment, Moment, Moment)>,
        lines: u16,
    ) -> Self {
        let anchor = since.min(opened_at);
        let stage = Stage::Waiting { next: 0, wait: Wait::Schedule, wake_at: opened_at };
        let none = Span { early: 0, likely: 0, late: 0 };
        let mut state = Self {
            plan: plan.key(),
            opened_at,
            anchor,
            stage,
            target: none,
            rest: 0,
            round: 1,
            lines,
            done_here: false,
        };
        let otherwise = anchor.plus_days(plan.target_terms().otherwise_days);
        let (early, likely, late) = target.unwrap_or((otherwise, otherwise, otherwise));
        state.aim(plan, early, likely, late);
        let next = state.from(plan, 0);
        let wake_at = state.alarm(plan, next);
        Self { stage: Stage::Waiting { next, wait: Wait::Schedule, wake_at }, ..state }
    }

    /// Applies one signal at `now`: [`Case::step`](crate::Case::step) without names, at some tens of nanoseconds.
    #[must_use = "the state moved: save it, then do what it wants done"]
    pub fn step(self, plan: &Plan, signal: Signal, now: Moment) -> (Self, Actions) {
        if let Stage::Closed { .. } = self.stage {
            return (self, Actions::none());
        }
        if let Some(closure) = last_word(signal) {
            return self.close(closure);
        }
        if self.plan != plan.key() {
            return (self, Actions::none());
        }
        match signal {
            Signal::Wake => self.wake(plan, now),
            Signal::Sent(touch)
            | Signal::Withheld(touch)
            | Signal::OutcomeUnknown(touch)
            | Signal::Failed { touch, retry_at: None }
            | Signal::Suppressed { touch, ends_case: false } => match self.flying(touch) {
                Some(index) => self.resting(plan, index.saturating_add(1), now),
                None => (self, Actions::none()),
            },
            Signal::Failed { touch, retry_at: Some(at) } => self.again(plan, touch, at, now, Wait::Retry),
            Signal::Deferred { touch, until } => self.again(plan, touch, until, now, Wait::Consent),
            Signal::Suppressed { touch, ends_case: true } => match self.flying(touch) {
                Some(_) => self.close(Closure::Suppressed),
                None => (self, Actions::none()),
            },
            Signal::Booked { appointment_at } => self.booked(plan, appointment_at, now),
            Signal::AppointmentMissed => match (plan.follows(), self.stage) {
                (Follows::Appointment, _) => self.close(Closure::Missed),
                (Follows::Nothing, Stage::Booked { next, .. }) => self.resting(plan, next, now),
                _ => (self, Actions::none()),
            },
            Signal::AppointmentShown => match (plan.follows(), self.stage) {
                (Follows::Appointment, _) => self.close(Closure::Kept),
                (Follows::Nothing, Stage::Visiting { .. }) => (self, Actions::none()),
                (Follows::Nothing, _) => {
                    let wake_at = now.plus_days(plan.pace().news_days);
                    self.moved(Stage::Visiting { next: self.next(), wake_at })
                }
            },
            Signal::LineDone => self.line_gone(true, Closure::Win),
            Signal::LineDoneElsewhere => self.line_gone(false, Closure::DoneElsewhere),
            Signal::LineMoved => self.line_gone(false, Closure::Withdrawn),
            Signal::LineAdded => self.line_added(),
            Signal::DeclinedAgain { at } => self.declined_again(plan, at, now),
            Signal::DeclinedFor(reason) => match plan.reasons().answer(reason) {
                ReasonAnswer::GoOn => (self, Actions::none()),
                ReasonAnswer::DoneElsewhere => self.close(Closure::DoneElsewhere),
                ReasonAnswer::HandOver => self.close(Closure::HandedToHuman),
                ReasonAnswer::Wait => {
                    self.quiet(plan, now.plus_days(plan.reasons().wait_days), Wait::Customer)
                }
            },
            Signal::DeferredByCustomer { until } => self.asked_to_wait(plan, until, now),
            Signal::DeferredToVisit => self.asked_to_wait_for_visit(plan, now),
            Signal::Answered => self.quiet(plan, now.plus_days(plan.pace().talk_days), Wait::Talk),
            Signal::Projected { early, likely, late } => self.projected(plan, early, likely, late),
            Signal::WorkDone
            | Signal::DoneElsewhere
            | Signal::OptedOut
            | Signal::Sold
            | Signal::OwnerChanged
            | Signal::Deceased
            | Signal::HandedToHuman
            | Signal::Settled
            | Signal::Withdrawn => (self, Actions::none()),
        }
    }

    fn wake(self, plan: &Plan, now: Moment) -> (Self, Actions) {
        match self.stage {
            Stage::Waiting { next, wake_at, .. } | Stage::Deferred { next, wake_at, .. }
                if now >= wake_at =>
            {
                self.act(plan, next, now)
            }
            Stage::Booked { next, wake_at } | Stage::Visiting { next, wake_at } if now >= wake_at => {
                self.resting(plan, next, now)
            }
            Stage::Calling { touch, wake_at } if now >= wake_at => {
                let next = self.from(plan, touch.saturating_add(1));
                let wake_at = self.alarm(plan, next);
                self.moved(Stage::Waiting { next, wait: Wait::Schedule, wake_at })
            }
            _ => (self, Actions::none()),
        }
    }

    /// Commands the latest touch that is due, or ends.
    fn act(self, plan: &Plan, next: u8, now: Moment) -> (Self, Actions) {
        if now >= self.end(plan) {
            return self.close(match plan.silence() {
                Silence::Lapses => Closure::Lapsed,
                Silence::IsNoAnswer => Closure::NeverAnswered,
            });
        }
        let mut due = None;
        let mut at = usize::from(next);
        while let Some(timing) = plan.timing(at) {
            let moment = timing.due(&self);
            if moment > now {
                break;
            }
            // What was due before the case was known is not made up for. What waited beyond its day is; but nobody is reminded
            // of what has begun.
            if timing.is_over(&self, now) {
                at += 1;
                continue;
            }
            if moment >= self.opened_at || at == usize::from(next) {
                due = u8::try_from(at).ok();
            }
            at += 1;
        }
        let Some(touch) = due else {
            // Behind what was passed over.
            let next = self.from(plan, u8::try_from(at).unwrap_or(u8::MAX).max(next));
            let wake_at = self.alarm(plan, next);
            return (self.waiting(next, Wait::Schedule, wake_at), Actions::none());
        };
        let spot = Spot { touch, round: self.round };
        let stage = if plan.is_call(usize::from(touch)) {
            let after = self.from(plan, touch.saturating_add(1));
            let wake_at = now.plus_days(plan.pace().call_days).min(self.alarm(plan, after));
            Stage::Calling { touch, wake_at }
        } else {
            Stage::Sending { touch }
        };
        (Self { stage, ..self }, Actions::none().and(Action::Touch(spot)))
    }

    /// The touch was not sent: the same one is decided anew at `at`, or a later one that is due by then.
    fn again(self, plan: &Plan, touch: Spot, at: Moment, now: Moment, wait: Wait) -> (Self, Actions) {
        let Some(next) = self.flying(touch) else { return (self, Actions::none()) };
        let soonest = now.plus_seconds(i64::from(plan.pace().retry_minutes) * 60);
        let wake_at = at.max(soonest).min(self.end(plan));
        let actions = match self.stage {
            Stage::Calling { .. } => self.withdrawal(),
            _ => Actions::none(),
        };
        (self.waiting(next, wait, wake_at), actions)
    }

    fn booked(self, plan: &Plan, appointment_at: Moment, now: Moment) -> (Self, Actions) {
        if plan.follows() == Follows::Appointment {
            let known = self.anchor.plus_seconds(i64::from(self.target.likely));
            let Some(round) = self.round.checked_add(1).filter(|_| appointment_at.minute() != known.minute())
            else {
                return (self, Actions::none());
            };
            // Moved: it is confirmed and reminded of anew, under names of its own.
            let actions = self.withdrawal();
            let mut state = Self { round, opened_at: now, anchor: now, rest: 0, ..self };
            state.aim(plan, appointment_at, appointment_at, appointment_at);
            let next = state.from(plan, 0);
            let wake_at = state.alarm(plan, next);
            return (state.waiting(next, Wait::Schedule, wake_at), actions);
        }
        let wake_at = appointment_at.plus_days(plan.pace().news_days);
        self.moved(Stage::Booked { next: self.next(), wake_at })
    }

    /// The last line ends the case: as a win where any was done here.
    fn line_gone(mut self, here: bool, otherwise: Closure) -> (Self, Actions) {
        if self.lines == NO_LINES || self.lines == 0 {
            return (self, Actions::none());
        }
        self.lines -= 1;
        self.done_here |= here;
        match (self.lines, self.done_here) {
            (0, true) => self.close(Closure::Win),
            (0, false) => self.close(otherwise),
            _ => (self, Actions::none()),
        }
    }

    /// The days of the case stay as they are.
    fn line_added(self) -> (Self, Actions) {
        match self.lines {
            NO_LINES => (self, Actions::none()),
            lines => (Self { lines: lines.saturating_add(1).min(NO_LINES - 1), ..self }, Actions::none()),
        }
    }

    /// Begins the plan anew, with a round more in its touches' names.
    fn declined_again(self, plan: &Plan, at: Moment, now: Moment) -> (Self, Actions) {
        let at = at.min(now);
        let Some(round) = self.round.checked_add(1).filter(|_| plan.restarts() && at > self.opened_at) else {
            return (self, Actions::none());
        };
        let actions = self.withdrawal();
        let [early, likely, late] = [self.target.early, self.target.likely, self.target.late]
            .map(|seconds| self.anchor.plus_seconds(i64::from(seconds)));
        let mut state = Self { round, opened_at: at, anchor: at, rest: 0, ..self };
        state.aim(plan, early, likely, late);
        let next = state.from(plan, 0);
        let wake_at = state.alarm(plan, next);
        (state.waiting(next, Wait::Schedule, wake_at), actions)
    }

    /// Moves the timetable so that the next touch falls on the moment the customer named.
    fn asked_to_wait(self, plan: &Plan, until: Moment, now: Moment) -> (Self, Actions) {
        let next = self.next();
        let paused = matches!(self.stage, Stage::Booked { .. });
        let Some(timing) = plan.timing(usize::from(next)).filter(|_| !paused && until > now) else {
            return (self, Actions::none());
        };
        let anchor = until.plus_seconds(-timing.seconds(self.target));
        let stage = Stage::Deferred { next, to_visit: false, wake_at: until };
        (Self { anchor, stage, ..self }, self.withdrawal())
    }

    fn asked_to_wait_for_visit(self, plan: &Plan, now: Moment) -> (Self, Actions) {
        let next = self.next();
        match self.stage {
            Stage::Booked { .. } | Stage::Visiting { .. } | Stage::Deferred { to_visit: true, .. } => {
                (self, Actions::none())
            }
            _ => {
                let wake_at = now.plus_days(plan.pace().visit_days).min(self.end(plan));
                self.moved(Stage::Deferred { next, to_visit: true, wake_at })
            }
        }
    }

    /// Is silent until `until`, where it would speak before.
    fn quiet(self, plan: &Plan, until: Moment, wait: Wait) -> (Self, Actions) {
        match self.stage {
            Stage::Waiting { next, wake_at, .. } => {
                let until = until.min(self.end(plan));
                if until > wake_at {
                    (self.waiting(next, wait, until), Actions::none())
                } else {
                    (self, Actions::none())
                }
            }
            _ => (self, Actions::none()),
        }
    }

    /// What it is timed by is known better now.
    fn projected(mut self, plan: &Plan, early: Moment, likely: Moment, late: Moment) -> (Self, Actions) {
        let before = self;
        self.aim(plan, early, likely, late);
        match self.stage {
            Stage::Waiting { next, wait: Wait::Schedule, .. } if self.target != before.target => {
                let rested = self.opened_at.plus_seconds(i64::from(self.rest) * 60);
                let wake_at = self.alarm(plan, next).max(rested).min(self.end(plan));
                (self.waiting(next, Wait::Schedule, wake_at), Actions::none())
            }
            _ => (self, Actions::none()),
        }
    }

    /// Sets the target, no nearer and no farther from the opening than the plan allows.
    fn aim(&mut self, plan: &Plan, early: Moment, likely: Moment, late: Moment) {
        let terms = plan.target_terms();
        let soonest = terms.soonest_days.map(|days| self.opened_at.plus_days(days));
        let latest = terms.latest_days.map(|days| self.opened_at.plus_days(days));
        let held = |at: Moment| {
            let at = soonest.map_or(at, |soonest| at.max(soonest));
            latest.map_or(at, |latest| at.min(latest))
        };
        let after = |at: Moment| held(at).seconds_since(self.anchor);
        self.target =
            Span { early: after(early.min(likely)), likely: after(likely), late: after(late.max(likely)) };
    }

    /// Waits for the first touch from `next` on, but not before the plan's rest from now is over.
    fn resting(self, plan: &Plan, next: u8, now: Moment) -> (Self, Actions) {
        let next = self.from(plan, next);
        let rested = now.plus_days(plan.pace().spacing_days);
        let minutes = rested.minute().saturating_sub(self.opened_at.minute());
        let rest = u32::try_from(minutes.max(0)).unwrap_or(u32::MAX);
        let wake_at = self.alarm(plan, next).max(rested).min(self.end(plan));
        (Self { rest, ..self }.waiting(next, Wait::Schedule, wake_at), Actions::none())
    }

    /// The first touch from `next` on that is not of before the case was known.
    pub(crate) fn from(&self, plan: &Plan, next: u8) -> u8 {
        let mut at = next;
        while let Some(timing) = plan.timing(usize::from(at)) {
            if timing.due(self) >= self.opened_at {
                break;
            }
            at = at.saturating_add(1);
        }
        at
    }

    /// When touch `next` is due, or the case ends where none is left.
    pub(crate) fn alarm(&self, plan: &Plan, next: u8) -> Moment {
        let end = self.end(plan);
        plan.timing(usize::from(next)).map_or(end, |timing| timing.due(self)).min(end)
    }

    /// When the plan is over: its horizon, or so long after the target.
    pub(crate) fn end(&self, plan: &Plan) -> Moment {
        let horizon = self.anchor.plus_days(plan.horizon_days());
        match plan.target_terms().ends_after_minutes {
            Some(minutes) => {
                let target = self.anchor.plus_seconds(i64::from(self.target.late));
                horizon.min(target.plus_seconds(i64::from(minutes) * 60))
            }
            None => horizon,
        }
    }

    /// The touch in flight, where the spot names it.
    fn flying(&self, spot: Spot) -> Option<u8> {
        self.in_flight().filter(|touch| Spot { touch: *touch, round: self.round } == spot)
    }

    /// Takes an open call off the list.
    fn withdrawal(&self) -> Actions {
        match self.stage {
            Stage::Calling { touch, .. } => {
                Actions::none().and(Action::WithdrawCall(Spot { touch, round: self.round }))
            }
            _ => Actions::none(),
        }
    }

    fn close(self, closure: Closure) -> (Self, Actions) {
        let actions = self.withdrawal().and(Action::Close(closure));
        (Self { stage: Stage::Closed { closure }, ..self }, actions)
    }

    /// To another stage; a call left open is taken off the list.
    fn moved(self, stage: Stage) -> (Self, Actions) {
        (Self { stage, ..self }, self.withdrawal())
    }

    const fn waiting(self, next: u8, wait: Wait, wake_at: Moment) -> Self {
        Self { stage: Stage::Waiting { next, wait, wake_at }, ..self }
    }
}

/// Why a signal ends every open case.
const fn last_word(signal: Signal) -> Option<Closure> {
    Some(match signal {
        Signal::WorkDone => Closure::Win,
        Signal::DoneElsewhere => Closure::DoneElsewhere,
        Signal::OptedOut => Closure::OptedOut,
        Signal::Sold => Closure::Sold,
        Signal::OwnerChanged => Closure::OwnerChanged,
        Signal::Deceased => Closure::Deceased,
        Signal::HandedToHuman => Closure::HandedToHuman,
        Signal::Settled => Closure::Answered,
        Signal::Withdrawn => Closure::Withdrawn,
        _ => return None,
    })
}
