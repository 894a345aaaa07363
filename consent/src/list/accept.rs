use chrono::NaiveDate;

use super::{ListError, ListKind};

/// The longest a version of the national registry may be used, in days: 47 CFR 64.1200(c)(2)(i)(D), 16 CFR
/// 310.4(b)(3)(iv).
pub const REGISTRY_MAX_AGE_DAYS: u32 = 31;

/// Which lists a caller will answer from.
///
/// ```
/// use chrono::NaiveDate;
/// use fixedops_consent::list::{Accept, ListKind, REGISTRY_MAX_AGE_DAYS};
/// let today = NaiveDate::from_ymd_opt(2026, 11, 29).expect("a date");
/// let accept = Accept::on(today, REGISTRY_MAX_AGE_DAYS).kind(ListKind::National);
/// assert!(accept.date(today).is_ok());
/// assert!(accept.date(today - chrono::Days::new(31)).is_ok());
/// assert!(accept.date(today - chrono::Days::new(32)).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accept {
    age: Option<(NaiveDate, u32)>,
    kind: Option<ListKind>,
}

impl Accept {
    /// Any date and kind: to look into a list or to build on it, not to answer from it.
    #[must_use]
    pub const fn any() -> Self {
        Self { age: None, kind: None }
    }

    /// Lists of at most `max_age_days` days on `today`, and none dated after it. A list of today is 0 days old.
    #[must_use]
    pub const fn on(today: NaiveDate, max_age_days: u32) -> Self {
        Self { age: Some((today, max_age_days)), kind: None }
    }

    /// This kind only.
    #[must_use]
    pub const fn kind(self, kind: ListKind) -> Self {
        Self { kind: Some(kind), ..self }
    }

    /// Whether a list of this date may be used.
    ///
    /// # Errors
    ///
    /// [`ListError::Stale`], [`ListError::Future`].
    pub fn date(&self, as_of: NaiveDate) -> Result<(), ListError> {
        let Some((today, max_age_days)) = self.age else { return Ok(()) };
        let Ok(age_days) = u32::try_from((today - as_of).num_days()) else {
            return Err(ListError::Future { as_of, today });
        };
        if age_days > max_age_days {
            return Err(ListError::Stale { as_of, today, age_days, max_age_days });
        }
        Ok(())
    }

    pub(super) fn of(&self, kind: ListKind, as_of: NaiveDate) -> Result<(), ListError> {
        match self.kind {
            Some(expected) if expected != kind => Err(ListError::Kind { found: kind, expected }),
            _ => self.date(as_of),
        }
    }
}
