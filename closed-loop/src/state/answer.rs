use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use fixedops_vocab::{RoId, RoLineId};

use crate::{DeclinedLine, LineApproved, LineDeclined, LineDeferred};

/// The hour of [`begins`]: noon UTC, when the day has begun
/// everywhere in the United States, and before anybody may be written to there.
const DAY_BEGINS: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(noon) => noon,
    None => NaiveTime::MIN,
};

/// When `day` begins for a customer who said "not before that day".
pub(crate) const fn begins(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(DAY_BEGINS).and_utc()
}

/// What a customer said to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Do it.
    Approved,
    /// No.
    Declined,
    /// Not now: until a day, or the next visit.
    Deferred(Option<NaiveDate>),
}

/// The answer in force to a recommended line.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What he said.
    pub said: Said,
    /// When.
    pub at: DateTime<Utc>,
    /// The line, as it was recommended.
    pub line: DeclinedLine,
    /// Why he declined it: a code.
    pub reason: Option<String>,
    /// Whether it is known how he said it, and to which finding.
    pub known: (bool, bool),
    /// Whether the day came until which he deferred it.
    pub ended: bool,
}

impl Answer {
    /// When the day begins until which the line was deferred.
    #[must_use]
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        match self.said {
            Said::Deferred(Some(day)) if !self.ended => Some(begins(day)),
            _ => None,
        }
    }

    /// Whether nothing is to be said about the line at `now`: why, in a word, and until when, or for good.
    #[must_use]
    pub fn holds(&self, now: DateTime<Utc>) -> Option<(&'static str, Option<DateTime<Utc>>)> {
        match self.said {
            Said::Approved => Some(("approved", None)),
            Said::Declined => None,
            Said::Deferred(None) => Some(("deferred", None)),
            Said::Deferred(Some(day)) => {
                let begins = begins(day);
                (now < begins).then_some(("deferred", Some(begins)))
            }
        }
    }

    /// Whether a decline told now is one the customer has spoken against since. A bare flag of a DMS, which knows only
    /// declined and not, does not speak against a deferral.
    #[must_use]
    pub fn overtakes(&self, declined: &LineDeclined) -> bool {
        let later = self.at > declined.declined.declined_at;
        match self.said {
            Said::Declined => false,
            Said::Approved => later,
            Said::Deferred(_) => later || declined.reason == crate::decline_reasons::NOT_TOLD,
        }
    }
}

/// Answers by line. An answer that is older than the one in force changes nothing.
#[derive(Clone, Debug, Default)]
pub struct Answers(BTreeMap<(RoId, RoLineId), Answer>);

impl Answers {
    /// The answer in force to a line.
    #[must_use]
    pub fn get(&self, ro: &RoId, line: &RoLineId) -> Option<&Answer> {
        // A map keyed by a pair cannot be asked by two references.
        self.0.get(&(ro.clone(), line.clone()))
    }

    /// Every answer in force, by order and line.
    pub fn iter(&self) -> impl Iterator<Item = &Answer> {
        self.0.values()
    }

    pub(super) fn approved(&mut self, approved: &LineApproved) {
        let at = approved.occurred_at;
        let line = approved.line.clone().declined_at(at);
        let known = (approved.method.is_some(), approved.finding.is_some());
        self.set(Answer { said: Said::Approved, at, line, reason: None, known, ended: false });
    }

    pub(super) fn declined(&mut self, declined: &LineDeclined) {
        let line = declined.declined.clone();
        let known = (declined.method.is_some(), declined.finding.is_some());
        let reason = Some(declined.reason.clone());
        if self.get(&line.ro, &line.line).is_some_and(|answer| answer.overtakes(declined)) {
            return;
        }
        if let Some(answer) = self.0.get_mut(&(line.ro.clone(), line.line.clone()))
            && answer.said == Said::Declined
        {
            // The same decline told again: what it adds is kept.
            if reason.as_deref() != Some(crate::decline_reasons::NOT_TOLD) {
                answer.reason = reason;
            }
            answer.known = (answer.known.0 || known.0, answer.known.1 || known.1);
            return;
        }
        let at = line.declined_at;
        self.set(Answer { said: Said::Declined, at, line, reason, known, ended: false });
    }

    pub(super) fn deferred(&mut self, deferred: &LineDeferred) {
        let at = deferred.occurred_at;
        let line = deferred.line.clone().declined_at(at);
        let known = (deferred.method.is_some(), deferred.finding.is_some());
        self.set(Answer {
            said: Said::Deferred(deferred.until),
            at,
            line,
            reason: None,
            known,
            ended: false,
        });
    }

    pub(super) fn ended(&mut self, line: &DeclinedLine) {
        if let Some(answer) = self.0.get_mut(&(line.ro.clone(), line.line.clone())) {
            answer.ended = true;
        }
    }

    fn set(&mut self, answer: Answer) {
        let id = (answer.line.ro.clone(), answer.line.line.clone());
        if self.0.get(&id).is_none_or(|known| known.at <= answer.at) {
            self.0.insert(id, answer);
        }
    }
}
