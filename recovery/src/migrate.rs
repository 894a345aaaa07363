use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use fixedops_vocab::TouchId;

use crate::state::{Stage, State};
use crate::{Case, Moment, Plan, Wait};

impl Case {
    /// Takes an open case of a retired plan over to the one that replaces it.
    ///
    /// Day 0, the round, the target and the lines stay. The next touch is the successor of the one that lay ahead, or else
    /// the first one of the new plan that is not due yet and whose predecessors are all behind; no name that was used is
    /// used again. What waits for consent, a retry or the customer goes on waiting as long as it did.
    ///
    /// `None` where nothing is to be done: the case is closed, a touch of it is on its way (ask again when it is settled),
    /// or `to` does not replace its plan.
    ///
    /// ```
    /// # use chrono::{TimeDelta, TimeZone, Utc};
    /// use fixedops_recovery::{Case, Plans};
    /// let plans = Plans::shipped();
    /// let retired = plans.plan(&"declined_recovery_30_60_90_120/1".parse()?).expect("kept for its open cases");
    /// let today = plans.for_program(&"declined_recovery".parse()?).expect("it ships");
    /// let declined = Utc.with_ymd_and_hms(2026, 3, 2, 16, 30, 0).single().expect("a moment");
    ///
    /// let old = Case::open(retired, declined).case;
    /// let new = old.migrate(retired, today, declined + TimeDelta::days(3)).expect("it is replaced");
    /// assert_eq!((new.plan(), new.wake_at()), (today.version(), Some(declined + TimeDelta::days(30))));
    /// # Ok::<(), fixedops_vocab::IdError>(())
    /// ```
    #[must_use]
    pub fn migrate(&self, from: &Plan, to: &Plan, now: DateTime<Utc>) -> Option<Self> {
        let replaces = to.replaces().filter(|replaces| replaces.plan == *from.version())?;
        if self.plan != *from.version() || self.state.in_flight().is_some() || self.closure().is_some() {
            return None;
        }
        let next = usize::from(self.state.next());
        let successor = |touch: &TouchId| {
            let name = replaces.touches.get(touch)?;
            to.touches().iter().position(|touch| touch.id == *name)
        };
        let spent: BTreeSet<&TouchId> = from.touches().iter().take(next).map(|touch| &touch.id).collect();
        let behind = spent.iter().filter_map(|touch| successor(touch)).map(|index| index + 1).max();
        // A name that was used stays behind, whatever the plan says of it.
        let used = to.touches().iter().rposition(|touch| spent.contains(&touch.id)).map(|index| index + 1);
        let first = behind.max(used).unwrap_or(0);
        let state = State { plan: to.key(), ..self.state };
        let now = Moment::from(now);
        let ahead = from.touches().get(next).and_then(|touch| successor(&touch.id)).filter(|at| *at >= first);
        let not_due = (first..to.touches().len())
            .find(|at| to.timing(*at).is_some_and(|timing| timing.due(&state) >= now));
        let next = ahead.or(not_due).unwrap_or(to.touches().len());
        let next = u8::try_from(next).unwrap_or(u8::MAX);
        let stage = match state.stage {
            Stage::Waiting { wait: Wait::Schedule, .. } => {
                let rested = state.opened_at.plus_seconds(i64::from(state.rest) * 60);
                let wake_at = state.alarm(to, next).max(rested).min(state.end(to));
                Stage::Waiting { next, wait: Wait::Schedule, wake_at }
            }
            Stage::Waiting { wait, wake_at, .. } => {
                Stage::Waiting { next, wait, wake_at: wake_at.min(state.end(to)) }
            }
            Stage::Deferred { to_visit, wake_at, .. } => Stage::Deferred { next, to_visit, wake_at },
            Stage::Booked { wake_at, .. } => Stage::Booked { next, wake_at },
            Stage::Visiting { wake_at, .. } => Stage::Visiting { next, wake_at },
            stage @ (Stage::Sending { .. } | Stage::Calling { .. } | Stage::Closed { .. }) => stage,
        };
        Some(Self { plan: to.version().clone(), lines: self.lines.clone(), state: State { stage, ..state } })
    }
}
