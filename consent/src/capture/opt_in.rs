use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{Channel, ConsentLevel};
use serde::{Deserialize, Serialize};

use super::record::{Act, Capture, Place, Shown, TickBox};
use super::{Language, digest_of};
use crate::{ContentDigest, RuleBook};

/// The terms of a keyword double opt-in, from the file of texts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptInTerms {
    /// Id of the text that asks for the YES.
    pub text: String,
    /// Words that begin it, lower case.
    pub keywords: Vec<String>,
    /// Words that sign it, lower case.
    pub yes: Vec<String>,
    /// Minutes after the invitation in which a keyword counts.
    pub keyword_within_minutes: u32,
    /// Minutes after our question in which a YES counts.
    pub yes_within_minutes: u32,
    /// Where the terms come from.
    pub source: String,
}

impl OptInTerms {
    /// The field that cannot be, and why.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        for (field, words) in [("keywords", &self.keywords), ("yes", &self.yes)] {
            let lower = |word: &String| *word == word.trim().to_lowercase() && !word.is_empty();
            if words.is_empty() || !words.iter().all(lower) {
                return Err((field, "is empty, or holds a word that is not trimmed lower case".to_owned()));
            }
        }
        if let Some(both) = self.keywords.iter().find(|word| self.yes.contains(word)) {
            return Err(("yes", format!("{both:?} is a keyword too: one text would be both")));
        }
        for (field, minutes) in [
            ("keyword_within_minutes", self.keyword_within_minutes),
            ("yes_within_minutes", self.yes_within_minutes),
        ] {
            if minutes == 0 {
                return Err((field, "is 0: nothing could be answered".to_owned()));
            }
        }
        if self.source.trim().is_empty() { Err(("source", "is empty".to_owned())) } else { Ok(()) }
    }

    /// Reads an inbound text: an opt-out goes before everything, then a keyword, then a YES, each as the whole message.
    #[must_use]
    pub fn read(&self, text: &str, book: &RuleBook) -> Word {
        let word = text.trim().trim_matches(['.', '!', '"', '\'', '¡']).trim().to_lowercase();
        if book.revocation.is_per_se(text) {
            Word::OptOut
        } else if self.keywords.contains(&word) {
            Word::Keyword
        } else if self.yes.contains(&word) {
            Word::Yes
        } else {
            Word::Other
        }
    }

    fn keyword_until(&self, invited: DateTime<Utc>) -> DateTime<Utc> {
        later(invited, self.keyword_within_minutes)
    }

    fn yes_until(&self, asked: DateTime<Utc>) -> DateTime<Utc> {
        later(asked, self.yes_within_minutes)
    }
}

fn later(at: DateTime<Utc>, minutes: u32) -> DateTime<Utc> {
    at.checked_add_signed(TimeDelta::minutes(i64::from(minutes))).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// What an inbound text is to a double opt-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every word")]
pub enum Word {
    /// A word that begins it.
    Keyword,
    /// A YES.
    Yes,
    /// An opt-out.
    OptOut,
    /// Anything else.
    Other,
}

/// Where a double opt-in stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "every phase has an answer to every event")]
pub enum Phase {
    /// Nothing was shown.
    #[default]
    New,
    /// The invitation was shown.
    Invited {
        /// When.
        at: DateTime<Utc>,
    },
    /// The keyword came; our question has not gone out.
    Owed {
        /// When the keyword came.
        keyword_at: DateTime<Utc>,
    },
    /// Our question went out.
    Asked {
        /// When the keyword came.
        keyword_at: DateTime<Utc>,
        /// When our question went out.
        asked_at: DateTime<Utc>,
        /// SHA-256 of its words.
        question: ContentDigest,
    },
    /// The YES came in time.
    Granted {
        /// When.
        at: DateTime<Utc>,
    },
    /// It ended without a consent. A new invitation begins anew.
    Ended {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        why: Reason,
    },
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "the machine answers each of these")]
pub enum Step {
    /// The invitation was shown, with the disclosure.
    Invited,
    /// A text came in.
    Heard {
        /// What it is.
        word: Word,
    },
    /// Our question went out.
    QuestionSent {
        /// SHA-256 of its words.
        digest: ContentDigest,
    },
    /// Our question could not be sent.
    QuestionFailed,
    /// Time passed.
    Wake,
}

/// What came of a step, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "the reasons a consent did or did not come about")]
pub enum Reason {
    /// The invitation stands.
    Invited,
    /// The keyword came: our question is owed.
    KeywordHeard,
    /// Our question went out.
    Asked,
    /// A YES in time: consent.
    Granted,
    /// The person opted out: it is over, and the opt-out is one.
    OptedOut,
    /// Another word than the keyword: the invitation stands.
    NotTheKeyword,
    /// Another word than YES: the question stands.
    NotAYes,
    /// A YES that nobody had asked for.
    NotAsked,
    /// The keyword came after its time.
    KeywordTooLate,
    /// The YES came after its time, or never.
    YesTooLate,
    /// It happened before what it follows.
    TooEarly,
    /// It was so already.
    Already,
    /// Nothing is open that it could speak of.
    NothingOpen,
    /// Our question could not be sent.
    NotSent,
    /// Nothing was due.
    NotDue,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must do each")]
pub enum Command {
    /// Send the question that a YES answers, as the one prompt answer to the keyword.
    Ask,
    /// Make the capture of these and examine it.
    Capture(Evidence),
    /// Journal the opt-out.
    Revoke,
}

/// What a double opt-in leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// When the keyword came.
    pub keyword_at: DateTime<Utc>,
    /// When our question went out.
    pub asked_at: DateTime<Utc>,
    /// When the YES came.
    pub yes_at: DateTime<Utc>,
    /// SHA-256 of the words of the question.
    pub question: ContentDigest,
}

/// A double opt-in by text message: invitation, keyword, our question, YES.
///
/// A value: it has no clock and sends nothing. `step` has an answer for every event in every phase; an opt-out is
/// honoured in all of them.
///
/// ```
/// use fixedops_consent::capture::{Command, Disclosures, OptIn, Step, Word, digest_of};
/// let texts = Disclosures::shipped();
/// let at = |time: &str| format!("2026-12-01T{time}Z").parse().expect("an instant");
/// let opt_in = OptIn::default().step(texts.opt_in(), Step::Invited, at("15:00:00")).state;
/// let heard = opt_in.step(texts.opt_in(), Step::Heard { word: Word::Keyword }, at("15:01:00"));
/// assert_eq!(heard.command, Some(Command::Ask));
/// let sent = Step::QuestionSent { digest: digest_of("Reply YES ...") };
/// let asked = heard.state.step(texts.opt_in(), sent, at("15:01:02")).state;
/// let yes = asked.step(texts.opt_in(), Step::Heard { word: Word::Yes }, at("15:03:00"));
/// assert!(matches!(yes.command, Some(Command::Capture(_))));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptIn {
    /// Where it stands.
    pub phase: Phase,
}

/// What became of a step.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Where it stands now.
    pub state: OptIn,
    /// What is to be done.
    pub command: Option<Command>,
    /// What came of it.
    pub reason: Reason,
}

impl OptIn {
    /// When time alone ends it; `None` where time changes nothing.
    #[must_use]
    pub fn wake_at(self, terms: &OptInTerms) -> Option<DateTime<Utc>> {
        match self.phase {
            Phase::Invited { at } => Some(terms.keyword_until(at)),
            Phase::Owed { keyword_at } => Some(terms.yes_until(keyword_at)),
            Phase::Asked { asked_at, .. } => Some(terms.yes_until(asked_at)),
            Phase::New | Phase::Granted { .. } | Phase::Ended { .. } => None,
        }
    }

    /// Applies one event that happened at `now`. A term is over at its very end: the strict reading of "within".
    pub fn step(self, terms: &OptInTerms, event: Step, now: DateTime<Utc>) -> Transition {
        if let Step::Heard { word: Word::OptOut } = event {
            // Whatever the order of things: who says stop has stopped.
            let ended = Phase::Ended { at: now, why: Reason::OptedOut };
            return Transition { command: Some(Command::Revoke), ..to(ended, Reason::OptedOut) };
        }
        if self.since().is_some_and(|since| now < since) {
            return self.stays(Reason::TooEarly);
        }
        match (self.phase, event) {
            (Phase::Granted { .. }, Step::Wake) | (Phase::New | Phase::Ended { .. }, Step::Wake) => {
                self.stays(Reason::NotDue)
            }
            (Phase::Granted { .. }, _) => self.stays(Reason::Already),
            (Phase::New | Phase::Ended { .. }, Step::Invited) => {
                to(Phase::Invited { at: now }, Reason::Invited)
            }
            (Phase::New | Phase::Ended { .. }, Step::Heard { word: Word::Yes }) => {
                self.stays(Reason::NotAsked)
            }
            (Phase::New | Phase::Ended { .. }, _) => self.stays(Reason::NothingOpen),
            (Phase::Invited { at }, event) => self.invited(terms, at, event, now),
            (Phase::Owed { keyword_at }, event) => self.owed(terms, keyword_at, event, now),
            (Phase::Asked { keyword_at, asked_at, question }, event) => {
                self.asked(terms, (keyword_at, asked_at, question), event, now)
            }
        }
    }

    fn invited(self, terms: &OptInTerms, at: DateTime<Utc>, event: Step, now: DateTime<Utc>) -> Transition {
        let over = now >= terms.keyword_until(at);
        match event {
            Step::Invited => to(Phase::Invited { at: now }, Reason::Invited),
            _ if over => to(Phase::Ended { at: now, why: Reason::KeywordTooLate }, Reason::KeywordTooLate),
            Step::Heard { word: Word::Keyword } => {
                let owed = to(Phase::Owed { keyword_at: now }, Reason::KeywordHeard);
                Transition { command: Some(Command::Ask), ..owed }
            }
            Step::Heard { word: Word::Yes } => self.stays(Reason::NotAsked),
            Step::Heard { .. } => self.stays(Reason::NotTheKeyword),
            Step::QuestionSent { .. } | Step::QuestionFailed => self.stays(Reason::NothingOpen),
            Step::Wake => self.stays(Reason::NotDue),
        }
    }

    fn owed(
        self,
        terms: &OptInTerms,
        keyword_at: DateTime<Utc>,
        event: Step,
        now: DateTime<Utc>,
    ) -> Transition {
        if now >= terms.yes_until(keyword_at) {
            return to(Phase::Ended { at: now, why: Reason::YesTooLate }, Reason::YesTooLate);
        }
        match event {
            Step::QuestionSent { digest } => {
                to(Phase::Asked { keyword_at, asked_at: now, question: digest }, Reason::Asked)
            }
            Step::QuestionFailed => to(Phase::Ended { at: now, why: Reason::NotSent }, Reason::NotSent),
            Step::Heard { word: Word::Keyword } | Step::Invited => self.stays(Reason::Already),
            // A YES that crosses our question answers nothing.
            Step::Heard { word: Word::Yes } => self.stays(Reason::NotAsked),
            Step::Heard { .. } => self.stays(Reason::NotAYes),
            Step::Wake => self.stays(Reason::NotDue),
        }
    }

    fn asked(
        self,
        terms: &OptInTerms,
        (keyword_at, asked_at, question): (DateTime<Utc>, DateTime<Utc>, ContentDigest),
        event: Step,
        now: DateTime<Utc>,
    ) -> Transition {
        if now >= terms.yes_until(asked_at) {
            return to(Phase::Ended { at: now, why: Reason::YesTooLate }, Reason::YesTooLate);
        }
        match event {
            Step::Heard { word: Word::Yes } => {
                let evidence = Evidence { keyword_at, asked_at, yes_at: now, question };
                let granted = to(Phase::Granted { at: now }, Reason::Granted);
                Transition { command: Some(Command::Capture(evidence)), ..granted }
            }
            Step::Heard { word: Word::Keyword } | Step::Invited | Step::QuestionSent { .. } => {
                self.stays(Reason::Already)
            }
            Step::Heard { .. } => self.stays(Reason::NotAYes),
            Step::QuestionFailed => to(Phase::Ended { at: now, why: Reason::NotSent }, Reason::NotSent),
            Step::Wake => self.stays(Reason::NotDue),
        }
    }

    const fn stays(self, reason: Reason) -> Transition {
        Transition { state: self, command: None, reason }
    }

    /// When the phase began.
    const fn since(self) -> Option<DateTime<Utc>> {
        match self.phase {
            Phase::New => None,
            Phase::Invited { at } | Phase::Granted { at } | Phase::Ended { at, .. } => Some(at),
            Phase::Owed { keyword_at } => Some(keyword_at),
            Phase::Asked { asked_at, .. } => Some(asked_at),
        }
    }
}

const fn to(phase: Phase, reason: Reason) -> Transition {
    Transition { state: OptIn { phase }, command: None, reason }
}

impl Evidence {
    /// The capture of a finished double opt-in: the sender's number, our question as the words shown, the YES as the
    /// signature. `version` and `language` are those of the question; [`super::examine`] compares its digest.
    #[must_use]
    pub fn capture(
        &self,
        terms: &OptInTerms,
        (version, language): (&str, Language),
        number: &str,
        seller: &str,
    ) -> Capture {
        let conversation =
            format!("{:?} {:?} {} {:?}", self.keyword_at, self.asked_at, self.question, self.yes_at);
        Capture {
            disclosure: Shown {
                id: terms.text.clone(),
                version: version.to_owned(),
                language,
                digest: self.question,
            },
            page_language: language,
            page_digest: Some(digest_of(conversation)),
            place: Place::Sms,
            level: ConsentLevel::Pewc,
            channels: vec![Channel::Sms, Channel::Mms],
            r#box: TickBox::Absent,
            act: Act::SmsKeyword,
            condition_of_purchase: Some(false),
            at: self.yes_at.to_rfc3339(),
            number: Some(number.to_owned()),
            number_confirmed: Some(number.to_owned()),
            email: None,
            seller: Some(seller.to_owned()),
            campaign: None,
            staff: None,
            ip: None,
            user_agent: None,
        }
    }
}
