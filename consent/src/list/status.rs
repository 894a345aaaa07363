use chrono::NaiveDate;

use super::ListKind;
use crate::DncStatus;

impl DncStatus {
    /// Notes what one list says of the number. A state's list sets `state` if any of several has it; `scrubbed_at` is
    /// the oldest date of the registries looked at, national or of a state, because the oldest is the one that can be too
    /// old.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use fixedops_consent::{DncStatus, list::ListKind};
    /// let day = |d| NaiveDate::from_ymd_opt(2026, 11, d).expect("a date");
    /// let mut dnc = DncStatus::default();
    /// dnc.note(ListKind::National, day(20), true);
    /// dnc.note(ListKind::Internal, day(29), false);
    /// assert_eq!((dnc.national, dnc.internal, dnc.scrubbed_at), (Some(true), Some(false), Some(day(20))));
    /// ```
    pub fn note(&mut self, kind: ListKind, as_of: NaiveDate, listed: bool) {
        let said = match kind {
            ListKind::National => &mut self.national,
            ListKind::State(_) => &mut self.state,
            ListKind::Internal => &mut self.internal,
        };
        *said = Some(listed || *said == Some(true));
        if kind != ListKind::Internal {
            self.scrubbed_at = Some(self.scrubbed_at.map_or(as_of, |before| before.min(as_of)));
        }
    }
}
