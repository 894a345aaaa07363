use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{Channel, RoLineId, TouchId};

use crate::plan::later;
use crate::{Case, Closure, Command, Event, Phase, Pitch, Plan, Transition, Wait};

impl Case {
    /// Begins a case of `plan` for something that happened at `opened_at`: a crossing, a decline.
    ///
    /// It commands nothing yet: its first alarm is the day of the first touch, which may be at once.
    pub fn open(plan: &Plan, opened_at: DateTime<Utc>) -> Transition {
        Self::open_for(plan, opened_at, Vec::new())
    }

    /// Begins a case about declined lines of one repair order; it wins when the last of them is done.
    pub fn open_for(plan: &Plan, opened_at: DateTime<Utc>, lines: Vec<RoLineId>) -> Transition {
        let phase = Phase::Waiting { next: 0, wake_at: opened_at, wait: Wait::Schedule };
        let case =
            Self { plan: plan.version().clone(), opened_at, anchor: opened_at, round: 1, lines, phase };
        let first = case.alarm(plan, 0);
        case.waiting(0, first, Wait::Schedule)
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
        let since = since.min(now);
        let ahead =
            (0..plan.touches().len()).find(|index| plan.due(*index, since).is_some_and(|due| due >= now))?;
        let next = u8::try_from(ahead).ok()?;
        let opened = Self::open_for(plan, now, lines).case;
        let case = Self { anchor: since, ..opened };
        let first = case.alarm(plan, next);
        Some(case.waiting(next, first, Wait::Schedule))
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
    pub fn step(self, plan: &Plan, event: &Event, now: DateTime<Utc>) -> Transition {
        if self.closure().is_some() {
            return self.unchanged();
        }
        if let Some(closure) = last_word(event) {
            return self.close(plan, closure);
        }
        if self.plan != *plan.version() {
            return self.unchanged();
        }
        match event {
            Event::Wake => self.wake(plan, now),
            Event::Sent { touch } | Event::Withheld { touch } | Event::OutcomeUnknown { touch } => {
                self.touch_over(plan, touch, now)
            }
            Event::Failed { touch, retry_at: None } | Event::Suppressed { touch, ends_case: false } => {
                self.touch_over(plan, touch, now)
            }
            Event::Failed { touch, retry_at: Some(at) } => self.try_again(plan, touch, *at, now, Wait::Retry),
            Event::Deferred { touch, until } => self.try_again(plan, touch, *until, now, Wait::Consent),
            Event::Suppressed { touch, ends_case: true } => match self.in_flight(plan, touch) {
                Some(_) => self.close(plan, Closure::Suppressed),
                None => self.unchanged(),
            },
            Event::Booked { appointment_at } => {
                let (next, wake_at) = (self.next(), later(*appointment_at, plan.pace().news_days));
                self.moved(plan, Phase::Booked { next, wake_at })
            }
            Event::AppointmentMissed => match self.phase {
                Phase::Booked { next, .. } => self.rest(plan, next, now),
                _ => self.unchanged(),
            },
            Event::AppointmentShown => match self.phase {
                Phase::Visiting { .. } => self.unchanged(),
                _ => {
                    let (next, wake_at) = (self.next(), later(now, plan.pace().news_days));
                    self.moved(plan, Phase::Visiting { next, wake_at })
                }
            },
            Event::ItemDone { line } => self.item_done(plan, line),
            Event::DeclinedAgain { at } => self.declined_again(plan, *at, now),
            Event::DeferredByCustomer { until } => self.asked_to_wait(plan, *until, now),
            Event::Answered => self.answered(plan, now),
            Event::WorkDone
            | Event::DoneElsewhere
            | Event::OptedOut
            | Event::Sold
            | Event::OwnerChanged
            | Event::Deceased
            | Event::HandedToHuman
            | Event::Withdrawn => self.unchanged(),
        }
    }

    fn wake(self, plan: &Plan, now: DateTime<Utc>) -> Transition {
        match self.phase {
            Phase::Waiting { next, wake_at, .. } if now >= wake_at => self.act(plan, next, now),
            Phase::Booked { next, wake_at } | Phase::Visiting { next, wake_at } if now >= wake_at => {
                self.rest(plan, next, now)
            }
            Phase::Calling { touch, wake_at } if now >= wake_at => {
                let next = touch.saturating_add(1);
                let alarm = self.alarm(plan, next);
                let phase = Phase::Waiting { next, wake_at: alarm, wait: Wait::Schedule };
                self.moved(plan, phase)
            }
            _ => self.unchanged(),
        }
    }

    /// Commands the latest touch that is due, or lapses.
    fn act(self, plan: &Plan, next: u8, now: DateTime<Utc>) -> Transition {
        let end = plan.end(self.anchor);
        if now >= end {
            return self.close(plan, Closure::Lapsed);
        }
        let due = |&touch: &u8| plan.due(usize::from(touch), self.anchor).is_some_and(|at| at <= now);
        let Some(touch) = (next..=u8::MAX).take_while(due).last() else {
            let alarm = self.alarm(plan, next);
            return self.waiting(next, alarm, Wait::Schedule);
        };
        let (Some(planned), Some(id)) =
            (plan.touches().get(usize::from(touch)), plan.touch_in_round(usize::from(touch), self.round))
        else {
            // Cannot happen: a touch that is due exists, and the lint leaves room for a round in its name.
            return self.close(plan, Closure::Lapsed);
        };
        let (round, template) = (self.round, planned.template.clone());
        let (phase, command) = match (planned.channel, planned.pitch) {
            (Channel::LiveCall, pitch) => {
                let wake_at =
                    later(now, plan.pace().call_days).min(self.alarm(plan, touch.saturating_add(1)));
                let (purpose, with_slot) = (pitch.purpose(), planned.with_slot);
                let call = Command::CallTask { touch: id, purpose, template, with_slot, round };
                (Phase::Calling { touch, wake_at }, call)
            }
            (channel, Pitch::Service { purpose, offer }) => {
                let send = Command::Send { touch: id, channel, purpose, template, offer, round };
                (Phase::Sending { touch }, send)
            }
            (channel, Pitch::Safety) => {
                (Phase::Sending { touch }, Command::SendSafety { touch: id, channel, template, round })
            }
        };
        Transition { case: Self { phase, ..self }, commands: vec![command] }
    }

    /// The touch went out, or never will: on to the next one.
    fn touch_over(self, plan: &Plan, touch: &TouchId, now: DateTime<Utc>) -> Transition {
        match self.in_flight(plan, touch) {
            Some(index) => self.rest(plan, index.saturating_add(1), now),
            None => self.unchanged(),
        }
    }

    /// The touch was not sent: the same one is decided anew at `at`, or a later one that is due by then.
    fn try_again(
        self,
        plan: &Plan,
        touch: &TouchId,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
        wait: Wait,
    ) -> Transition {
        let Some(next) = self.in_flight(plan, touch) else { return self.unchanged() };
        let soonest = now
            .checked_add_signed(TimeDelta::minutes(i64::from(plan.pace().retry_minutes)))
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        let wake_at = at.max(soonest).min(plan.end(self.anchor));
        let commands = match self.phase {
            Phase::Calling { .. } => self.withdrawal(plan),
            _ => Vec::new(),
        };
        Transition { commands, ..self.waiting(next, wake_at, wait) }
    }

    fn item_done(mut self, plan: &Plan, line: &RoLineId) -> Transition {
        let before = self.lines.len();
        self.lines.retain(|open| open != line);
        if before > 0 && self.lines.is_empty() { self.close(plan, Closure::Win) } else { self.unchanged() }
    }

    /// Begins the plan anew, with a round more in its touches' names.
    fn declined_again(self, plan: &Plan, at: DateTime<Utc>, now: DateTime<Utc>) -> Transition {
        let at = at.min(now);
        let Some(round) = self.round.checked_add(1).filter(|_| plan.restarts() && at > self.opened_at) else {
            return self.unchanged();
        };
        let commands = self.withdrawal(plan);
        let case = Self { round, opened_at: at, anchor: at, ..self };
        let first = case.alarm(plan, 0);
        Transition { commands, ..case.waiting(0, first, Wait::Schedule) }
    }

    /// Moves the timetable so that the next touch falls on the moment the customer named.
    fn asked_to_wait(self, plan: &Plan, until: DateTime<Utc>, now: DateTime<Utc>) -> Transition {
        let next = self.next();
        let paused = matches!(self.phase, Phase::Booked { .. });
        let Some(day) = plan.touches().get(usize::from(next)).map(|touch| touch.day) else {
            return self.unchanged();
        };
        let anchor = until.checked_sub_days(chrono::Days::new(u64::from(day)));
        let Some(anchor) = anchor.filter(|_| !paused && until > now) else { return self.unchanged() };
        let phase = Phase::Waiting { next, wake_at: until, wait: Wait::Customer };
        Self { anchor, ..self }.moved_from(plan, self.phase, phase)
    }

    /// Leaves room for the talk.
    fn answered(self, plan: &Plan, now: DateTime<Utc>) -> Transition {
        match self.phase {
            Phase::Waiting { next, wake_at, .. } => {
                let quiet = later(now, plan.pace().talk_days).min(plan.end(self.anchor));
                if quiet > wake_at { self.waiting(next, quiet, Wait::Talk) } else { self.unchanged() }
            }
            _ => self.unchanged(),
        }
    }

    /// Waits for `next`, but not before the plan's rest from now is over.
    fn rest(self, plan: &Plan, next: u8, now: DateTime<Utc>) -> Transition {
        let rested = later(now, plan.pace().spacing_days);
        let wake_at = self.alarm(plan, next).max(rested).min(plan.end(self.anchor));
        self.waiting(next, wake_at, Wait::Schedule)
    }

    /// When touch `next` is due, or the case lapses where none is left.
    fn alarm(&self, plan: &Plan, next: u8) -> DateTime<Utc> {
        plan.due(usize::from(next), self.anchor).unwrap_or_else(|| plan.end(self.anchor))
    }

    /// The touch to go on with; one in flight counts as spent, so that it can never go out twice.
    const fn next(&self) -> u8 {
        match self.phase {
            Phase::Waiting { next, .. } | Phase::Booked { next, .. } | Phase::Visiting { next, .. } => next,
            Phase::Sending { touch } | Phase::Calling { touch, .. } => touch.saturating_add(1),
            Phase::Closed { .. } => u8::MAX,
        }
    }

    /// The index of the touch in flight, where `id` names it.
    fn in_flight(&self, plan: &Plan, id: &TouchId) -> Option<u8> {
        let (Phase::Sending { touch } | Phase::Calling { touch, .. }) = self.phase else { return None };
        (plan.touch_in_round(usize::from(touch), self.round).as_ref() == Some(id)).then_some(touch)
    }

    /// Takes an open call off the list.
    fn withdrawal(&self, plan: &Plan) -> Vec<Command> {
        let Phase::Calling { touch, .. } = self.phase else { return Vec::new() };
        let id = plan.touch_in_round(usize::from(touch), self.round);
        id.map(|touch| Command::WithdrawCall { touch }).into_iter().collect()
    }

    fn close(self, plan: &Plan, closure: Closure) -> Transition {
        let mut commands = self.withdrawal(plan);
        commands.push(Command::Close { closure });
        Transition { case: Self { phase: Phase::Closed { closure }, ..self }, commands }
    }

    fn moved(self, plan: &Plan, phase: Phase) -> Transition {
        let from = self.phase;
        self.moved_from(plan, from, phase)
    }

    /// To `phase`; a call left open in `from` is taken off the list.
    fn moved_from(self, plan: &Plan, from: Phase, phase: Phase) -> Transition {
        let commands = Self { phase: from, ..self.clone() }.withdrawal(plan);
        Transition { case: Self { phase, ..self }, commands }
    }

    fn waiting(self, next: u8, wake_at: DateTime<Utc>, wait: Wait) -> Transition {
        let phase = Phase::Waiting { next, wake_at, wait };
        Transition { case: Self { phase, ..self }, commands: Vec::new() }
    }

    const fn unchanged(self) -> Transition {
        Transition { case: self, commands: Vec::new() }
    }
}

/// Why an event ends every open case.
const fn last_word(event: &Event) -> Option<Closure> {
    Some(match event {
        Event::WorkDone => Closure::Win,
        Event::DoneElsewhere => Closure::DoneElsewhere,
        Event::OptedOut => Closure::OptedOut,
        Event::Sold => Closure::Sold,
        Event::OwnerChanged => Closure::OwnerChanged,
        Event::Deceased => Closure::Deceased,
        Event::HandedToHuman => Closure::HandedToHuman,
        Event::Withdrawn => Closure::Withdrawn,
        _ => return None,
    })
}
