use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use fixedops_vocab::{RoId, RoLineId};

use crate::decline_reasons::NOT_TOLD;
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

/// What a customer himself said last, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Own {
    said: Said,
    at: DateTime<Utc>,
}

/// The answer in force to a recommended line.
///
/// It is made of what the customer said last and of the last bare flag of a DMS, each with its instant, so that it does
/// not matter in which order they come in.
#[derive(Clone, Debug)]
pub struct Answer {
    own: Option<Own>,
    flagged: Option<DateTime<Utc>>,
    /// Since when the answer in force is known: a decline told again keeps the instant of its first telling.
    pub at: DateTime<Utc>,
    /// The line, as it was recommended.
    pub line: DeclinedLine,
    /// Why he declined it: a code, and when he said so.
    reason: Option<(String, DateTime<Utc>)>,
    /// Whether it is known how he said it, and to which finding.
    pub known: (bool, bool),
    /// The finding of an inspection that the line answers, where it is known.
    pub finding: Option<String>,
    /// Whether the day came until which he deferred it.
    ended: bool,
}

impl Answer {
    /// What counts. A bare flag, which knows only declined and not, speaks against an older approval and never against a
    /// deferral.
    #[must_use]
    pub fn said(&self) -> Said {
        match (self.own, self.flagged) {
            (None, _) => Said::Declined,
            (Some(Own { said: Said::Approved, at }), Some(flagged)) if flagged >= at => Said::Declined,
            (Some(own), _) => own.said,
        }
    }

    /// Why he declined it: a code.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_ref().map(|(reason, _)| reason.as_str())
    }

    /// Whether `reason`, said at `at`, is another than the one known, and counts: the one said last does, and any before
    /// none.
    #[must_use]
    pub fn is_new_reason(&self, reason: &str, at: DateTime<Utc>) -> bool {
        reason != NOT_TOLD
            && self
                .reason
                .as_ref()
                .is_none_or(|(known, since)| known != reason && (known == NOT_TOLD || *since < at))
    }

    /// Whether he said this before, and no earlier: a telling of it at `at` is nothing new.
    #[must_use]
    pub fn repeats(&self, said: Said, at: DateTime<Utc>) -> bool {
        self.said() == said && !self.is_said_later(said, at)
    }

    /// Whether the customer says later than known what he said before.
    #[must_use]
    pub fn is_said_later(&self, said: Said, at: DateTime<Utc>) -> bool {
        self.own.is_some_and(|own| own.said == said && own.at < at)
    }

    /// When the day begins until which the line was deferred.
    #[must_use]
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        match self.said() {
            Said::Deferred(Some(day)) if !self.ended => Some(begins(day)),
            _ => None,
        }
    }

    /// Whether nothing is to be said about the line at `now`: why, in a word, and until when, or for good.
    #[must_use]
    pub fn holds(&self, now: DateTime<Utc>) -> Option<(&'static str, Option<DateTime<Utc>>)> {
        match self.said() {
            Said::Approved => Some(("approved", None)),
            Said::Declined => None,
            Said::Deferred(None) => Some(("deferred", None)),
            Said::Deferred(Some(day)) => {
                let begins = begins(day);
                (now < begins).then_some(("deferred", Some(begins)))
            }
        }
    }

    /// Takes in what is told of it.
    fn hear(&mut self, told: Told) {
        let before = self.said();
        if told.finding.is_some() {
            self.finding.clone_from(&told.finding);
        }
        match told.own {
            None => self.flagged = self.flagged.max(Some(told.at)),
            Some(said) if self.own.is_none_or(|own| own.at <= told.at) => {
                self.ended &= self.own.is_some_and(|own| own.said == said);
                self.own = Some(Own { said, at: told.at });
            }
            Some(_) => {}
        }
        let said = self.said();
        if said == before {
            if told.says() == said {
                self.known = (self.known.0 || told.known.0, self.known.1 || told.known.1);
            }
        } else {
            self.at = told.at;
            self.line = told.line;
            self.known = told.known;
            self.reason = None;
        }
        if let Some(reason) = told.reason.filter(|_| said == Said::Declined)
            && (self.reason.is_none() || self.is_new_reason(&reason, told.at))
        {
            self.reason = Some((reason, told.at));
        }
    }
}

/// One telling of an answer.
struct Told {
    /// What the customer said; None for a bare flag of a DMS: declined, as far as anybody knows.
    own: Option<Said>,
    at: DateTime<Utc>,
    line: DeclinedLine,
    reason: Option<String>,
    known: (bool, bool),
    finding: Option<String>,
}

impl Told {
    fn says(&self) -> Said {
        self.own.unwrap_or(Said::Declined)
    }

    /// Nobody says tomorrow's words: an instant after it was told at `heard` is a clock that runs ahead.
    fn approved(approved: &LineApproved, heard: DateTime<Utc>) -> Self {
        let at = approved.occurred_at.min(heard);
        let line = approved.line.clone().declined_at(at);
        let known = (approved.method.is_some(), approved.finding.is_some());
        let finding = approved.finding.clone();
        Self { own: Some(Said::Approved), at, line, reason: None, known, finding }
    }

    fn declined(declined: &LineDeclined, heard: DateTime<Utc>) -> Self {
        let line = declined.declined.clone();
        let at = line.declined_at.min(heard);
        let known = (declined.method.is_some(), declined.finding.is_some());
        let own = (!declined.is_bare_flag()).then_some(Said::Declined);
        let finding = declined.finding.clone();
        Self { own, at, line, reason: Some(declined.reason.clone()), known, finding }
    }

    fn deferred(deferred: &LineDeferred, heard: DateTime<Utc>) -> Self {
        let at = deferred.occurred_at.min(heard);
        let line = deferred.line.clone().declined_at(at);
        let known = (deferred.method.is_some(), deferred.finding.is_some());
        let finding = deferred.finding.clone();
        Self { own: Some(Said::Deferred(deferred.until)), at, line, reason: None, known, finding }
    }
}

/// Answers by line.
#[derive(Clone, Debug, Default)]
pub struct Answers(BTreeMap<(RoId, RoLineId), Answer>);

impl Answers {
    /// The order is another vehicle's: what was answered to its lines was not answered of this one.
    pub(crate) fn forget(&mut self, ro: &RoId) {
        self.0.retain(|(of, _), _| of != ro);
    }

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

    /// What would count, were an approval heard at `heard`.
    #[must_use]
    pub fn after_approval(&self, approved: &LineApproved, heard: DateTime<Utc>) -> Said {
        self.after(Told::approved(approved, heard))
    }

    /// What would count, were a decline heard at `heard`.
    #[must_use]
    pub fn after_decline(&self, declined: &LineDeclined, heard: DateTime<Utc>) -> Said {
        self.after(Told::declined(declined, heard))
    }

    /// What would count, were a deferral heard at `heard`.
    #[must_use]
    pub fn after_deferral(&self, deferred: &LineDeferred, heard: DateTime<Utc>) -> Said {
        self.after(Told::deferred(deferred, heard))
    }

    pub(crate) fn approved(&mut self, approved: &LineApproved, heard: DateTime<Utc>) {
        self.hear(Told::approved(approved, heard));
    }

    pub(crate) fn declined(&mut self, declined: &LineDeclined, heard: DateTime<Utc>) {
        self.hear(Told::declined(declined, heard));
    }

    pub(crate) fn deferred(&mut self, deferred: &LineDeferred, heard: DateTime<Utc>) {
        self.hear(Told::deferred(deferred, heard));
    }

    pub(super) fn ended(&mut self, line: &DeclinedLine) {
        if let Some(answer) = self.0.get_mut(&(line.ro.clone(), line.line.clone())) {
            answer.ended = true;
        }
    }

    fn after(&self, told: Told) -> Said {
        match self.get(&told.line.ro, &told.line.line) {
            None => told.says(),
            Some(known) => {
                let mut after = known.clone();
                after.hear(told);
                after.said()
            }
        }
    }

    fn hear(&mut self, told: Told) {
        let id = (told.line.ro.clone(), told.line.line.clone());
        if let Some(known) = self.0.get_mut(&id) {
            known.hear(told);
            return;
        }
        let Told { own, at, line, reason, known, finding } = told;
        let answer = Answer {
            own: own.map(|said| Own { said, at }),
            flagged: own.is_none().then_some(at),
            at,
            line,
            reason: reason.map(|reason| (reason, at)),
            known,
            finding,
            ended: false,
        };
        self.0.insert(id, answer);
    }
}

#[cfg(test)]
mod tests {
    use fixedops_connectors_traits::AuthorizationMethod;
    use proptest::prelude::*;

    use super::*;
    use crate::RecommendedLine;

    fn minute(n: i64) -> DateTime<Utc> {
        "2026-12-01T15:00:00Z".parse::<DateTime<Utc>>().unwrap() + chrono::TimeDelta::minutes(n)
    }

    fn recommended() -> RecommendedLine {
        RecommendedLine {
            ro: "R-1".parse().unwrap(),
            line: "9".parse().unwrap(),
            op_code: None,
            service: None,
            name: "wiper blades".to_owned(),
            price: None,
        }
    }

    /// A telling: what, and how many minutes after three.
    fn tell(answers: &mut Answers, what: usize, n: i64) {
        let (at, heard) = (minute(n), minute(1_000));
        let (key, vehicle, method) =
            (n.to_string(), "v1".parse().unwrap(), Some(AuthorizationMethod::VerbalPhone));
        let line = recommended();
        match what {
            0 => answers.approved(
                &LineApproved { key, vehicle, line, method, finding: None, occurred_at: at },
                heard,
            ),
            1..=3 => {
                let reason = ["not_told", "price", "done_elsewhere"][what - 1].to_owned();
                // A bare flag is told of a line without a word on how it was said.
                let method = method.filter(|_| what > 1);
                let declined = line.declined_at(at);
                let case = None;
                answers.declined(
                    &LineDeclined { key, vehicle, declined, reason, method, finding: None, case },
                    heard,
                );
            }
            _ => {
                let until = (what > 4).then(|| "2027-03-01".parse().unwrap());
                let wake_at = crate::Alarm::Keep;
                answers.deferred(
                    &LineDeferred {
                        key,
                        vehicle,
                        line,
                        until,
                        method,
                        finding: None,
                        occurred_at: at,
                        wake_at,
                    },
                    heard,
                );
            }
        }
    }

    fn heard(tellings: &[(usize, i64)]) -> (Said, Option<String>) {
        let mut answers = Answers::default();
        for (what, n) in tellings {
            tell(&mut answers, *what, *n);
        }
        let line = recommended();
        let answer = answers.get(&line.ro, &line.line).unwrap();
        (answer.said(), answer.reason().map(str::to_owned))
    }

    proptest! {
        /// Pages, tablets and the DMS are read at different times: what counts is what was said last.
        #[test]
        fn what_counts_does_not_depend_on_the_order_of_arrival(
            whats in prop::collection::vec(0..6_usize, 1..7), order in any::<prop::sample::Index>(), times in 1..4_usize,
        ) {
            let told: Vec<_> = whats.into_iter().zip(0_i64..).collect();
            let mut swapped = told.clone();
            swapped.rotate_left(order.index(told.len()));
            for n in 0..times.min(told.len() / 2) {
                let end = swapped.len() - 1 - n;
                swapped.swap(n, end);
            }
            prop_assert_eq!(heard(&told).0, heard(&swapped).0, "{:?} as {:?}", told, swapped);
            // All of it once more changes nothing.
            let twice: Vec<_> = told.iter().chain(&swapped).copied().collect();
            prop_assert_eq!(heard(&told).0, heard(&twice).0);
        }
    }

    #[test]
    fn a_clock_that_runs_ahead_does_not_have_the_last_word() {
        let mut answers = Answers::default();
        tell(&mut answers, 1, 0);
        tell(&mut answers, 0, 100_000);
        let line = recommended();
        assert_eq!(answers.get(&line.ro, &line.line).unwrap().said(), Said::Approved);
        let later = LineDeclined {
            key: "k".to_owned(),
            vehicle: "v1".parse().unwrap(),
            declined: line.clone().declined_at(minute(2_000)),
            reason: "price".to_owned(),
            method: None,
            finding: None,
            case: None,
        };
        assert_eq!(answers.after_decline(&later, minute(2_000)), Said::Declined);
    }
}
