use std::collections::BTreeMap;

use crate::Moment;

/// Alarms of many cases in memory: a bucket for every minute.
///
/// Nothing is ever cancelled: an alarm that was moved goes off early, and an early wake does nothing. Alarms of one minute
/// go off in the order they were set.
///
/// ```
/// use chrono::{TimeDelta, TimeZone, Utc};
/// use fixedops_recovery::{Calendar, Moment};
/// let noon = Utc.with_ymd_and_hms(2026, 3, 2, 12, 0, 0).single().expect("a moment");
/// let mut calendar = Calendar::new();
/// calendar.set(Moment::from(noon + TimeDelta::days(30)), 7_u32);
/// calendar.set(Moment::from(noon), 3);
/// let mut due = Vec::new();
/// calendar.pop_due(Moment::from(noon + TimeDelta::days(1)), |case| due.push(case));
/// assert_eq!((due, calendar.len()), (vec![3], 1));
/// ```
#[derive(Clone, Debug)]
pub struct Calendar<T> {
    /// By day, its minutes; a day is made when its first alarm is set.
    days: BTreeMap<i64, Vec<Vec<T>>>,
    alarms: usize,
}

/// Minutes of a day.
const MINUTES: i64 = 24 * 60;

impl<T> Default for Calendar<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Calendar<T> {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self { days: BTreeMap::new(), alarms: 0 }
    }

    /// How many alarms are set.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.alarms
    }

    /// Whether none is set.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.alarms == 0
    }

    /// Sets an alarm. It goes off with the first [`Calendar::pop_due`] of a moment not before it.
    pub fn set(&mut self, at: Moment, what: T) {
        let minute = at.minute();
        let (day, minute) = (minute.div_euclid(MINUTES), minute.rem_euclid(MINUTES));
        let day = self.days.entry(day).or_insert_with(|| {
            let mut minutes = Vec::new();
            minutes.resize_with(MINUTES as usize, Vec::new);
            minutes
        });
        if let Some(bucket) = usize::try_from(minute).ok().and_then(|minute| day.get_mut(minute)) {
            bucket.push(what);
            self.alarms += 1;
        }
    }

    /// The minute of the soonest alarm, as minutes since 1970; `None` where none is set.
    #[must_use]
    pub fn soonest(&self) -> Option<i64> {
        self.days.iter().find_map(|(day, minutes)| {
            let minute = minutes.iter().position(|bucket| !bucket.is_empty())?;
            Some(day * MINUTES + i64::try_from(minute).ok()?)
        })
    }

    /// Takes out every alarm of `now` and before, soonest minute first.
    pub fn pop_due(&mut self, now: Moment, mut due: impl FnMut(T)) {
        // A bucket holds the alarms of the minute before it: all are due once its own minute has begun.
        let last = now.begun_minute();
        while let Some(mut day) = self.days.first_entry() {
            let begins = day.key() * MINUTES;
            if begins > last {
                return;
            }
            let until = (last - begins + 1).min(MINUTES);
            let until = usize::try_from(until).unwrap_or(0);
            for bucket in day.get_mut().iter_mut().take(until) {
                self.alarms -= bucket.len();
                std::mem::take(bucket).into_iter().for_each(&mut due);
            }
            if until < MINUTES as usize {
                return;
            }
            day.remove();
        }
    }
}
