//! The confirmation of an opt-out: one text, within five minutes, without marketing, and the question it may hold,
//! 47 CFR 64.1200(a)(12).
//!
//! [`Dialogue`] is a value with one door, [`Dialogue::step`]. It says what is owed and until when, and yields the facts
//! that [`decide`](crate::decide) reads: whether a confirmation went out, when the person was asked, what was answered,
//! and what the opt-out reaches. The text goes out only if `decide` clears it, like every other message.
//!
//! - Silence means all. A second opt-out means all. An answer narrows, where it says so plainly.
//! - Late is not sent. Confirmed once is never confirmed again, until a later consent begins a new story.
//! - Words that may be an opt-out and may not hold marketing until they are answered, and are asked about once.

mod texts;

use core::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{Purpose, Scope};
use serde::{Deserialize, Serialize};

use crate::{Circumstances, Means, Revocation, RuleBook};

pub use texts::{ConfirmationText, ConfirmationTexts, TextId};

/// An opt-out, or words that may be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptOut {
    /// What it reaches, as it was read.
    pub scope: Scope,
    /// When it was received.
    pub at: DateTime<Utc>,
    /// How it came in.
    pub by: Means,
    /// Whether it is an opt-out for certain. Where it is not, nothing is revoked, and marketing waits for the answer.
    pub certain: bool,
}

/// Where the dialogue stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "every phase has an answer to every event")]
pub enum Phase {
    /// No opt-out stands.
    #[default]
    Quiet,
    /// One text is owed.
    Due {
        /// For what.
        opt_out: OptOut,
        /// Whether it asks which messages are meant.
        ask: bool,
    },
    /// The text went out and asked; nothing was answered yet, which means all.
    Asked {
        /// For what.
        opt_out: OptOut,
        /// When it went out.
        at: DateTime<Utc>,
    },
    /// The person said what was meant.
    Narrowed {
        /// For what.
        opt_out: OptOut,
        /// When the question went out.
        asked_at: DateTime<Utc>,
        /// What is revoked; `None`: nothing was meant to be.
        to: Option<Scope>,
        /// The words. Customer data: `Debug` of the [`Dialogue`] hides them.
        words: String,
    },
    /// Nothing more is said: it was confirmed, or it is too late to.
    Closed {
        /// What stands.
        opt_out: OptOut,
        /// When the text went out; `None`: it never did.
        sent_at: Option<DateTime<Utc>>,
        /// Whether it asked.
        asked: bool,
    },
}

/// The dialogue about one contact point's opt-out.
///
/// ```
/// use fixedops_consent::confirmation::{Command, Dialogue, OptOut, Step, TextId};
/// use fixedops_consent::{Means, RuleBook};
/// use fixedops_vocab::Scope;
/// let book = RuleBook::shipped();
/// let at = |time: &str| format!("2026-11-25T{time}Z").parse().expect("an instant");
/// let stop = OptOut { scope: Scope::All, at: at("03:59:00"), by: Means::Sms, certain: true };
/// let heard = Dialogue::default().step(&book, Step::OptedOut { opt_out: stop, ask: false }, at("03:59:01"));
/// assert_eq!(heard.command, Some(Command::Send { text: TextId::Confirmed, until: at("04:04:00") }));
/// assert!(heard.state.may_send(&book, at("04:04:00")), "five minutes, both ends in");
/// assert!(!heard.state.may_send(&book, at("04:04:01")));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialogue {
    /// Where it stands.
    pub phase: Phase,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "the machine answers each of these")]
pub enum Step {
    /// An opt-out, or words that may be one, came in. `ask`: the confirmation is to ask which messages are meant; an
    /// uncertain one is always asked about.
    OptedOut {
        /// It.
        opt_out: OptOut,
        /// Whether to ask.
        ask: bool,
    },
    /// Our text went out.
    Sent,
    /// Our text did not go out and will not.
    NotSent,
    /// An answer came in.
    Answered {
        /// What it says.
        answer: Answer,
        /// Its words.
        words: String,
    },
    /// A consent was given.
    Granted {
        /// When.
        given_at: DateTime<Utc>,
    },
    /// Time passed.
    Wake,
}

/// What an answer to the question says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every answer")]
pub enum Answer {
    /// Everything was meant.
    All,
    /// Only marketing was meant.
    Marketing,
    /// Nothing was meant: go on. Undoes nothing that was an opt-out for certain.
    Keep,
    /// It says nothing plainly.
    Unclear,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must do each")]
pub enum Command {
    /// Send this text, if `decide` clears it, by then at the latest; after that not at all.
    Send {
        /// Which text.
        text: TextId,
        /// The last instant at which it may go out.
        until: DateTime<Utc>,
    },
}

/// What came of a step, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "what a step can come to")]
pub enum Reason {
    /// One text is owed.
    Due,
    /// Another opt-out: everything is meant, and no further text goes out.
    Widened,
    /// The text went out.
    Sent,
    /// It is too late for a text.
    TooLate,
    /// The text could not be sent.
    NotSent,
    /// The answer narrowed what was meant.
    Narrowed,
    /// The answer is that everything was meant.
    All,
    /// Nothing plain was said: as if nothing had been.
    Unanswered,
    /// A later consent begins a new story.
    Granted,
    /// It is older than the opt-out, or as old: the opt-out stands.
    Older,
    /// Nothing is open that it could speak of.
    NothingOpen,
    /// It was so already.
    Already,
}

/// What became of a step.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Where it stands now.
    pub state: Dialogue,
    /// What is to be done.
    pub command: Option<Command>,
    /// What came of it.
    pub reason: Reason,
}

impl Dialogue {
    /// The last instant at which the text that is owed may go out; `None` where none is.
    #[must_use]
    pub fn until(&self, book: &RuleBook) -> Option<DateTime<Utc>> {
        match &self.phase {
            Phase::Due { opt_out, .. } => Some(limit(book, opt_out)),
            _ => None,
        }
    }

    /// When time alone changes it: the first millisecond at which the text is too late.
    #[must_use]
    pub fn wake_at(&self, book: &RuleBook) -> Option<DateTime<Utc>> {
        self.until(book).and_then(|until| until.checked_add_signed(TimeDelta::milliseconds(1)))
    }

    /// Whether the text that is owed may go out at `now`.
    #[must_use]
    pub fn may_send(&self, book: &RuleBook, now: DateTime<Utc>) -> bool {
        match &self.phase {
            Phase::Due { opt_out, .. } => opt_out.at <= now && now <= limit(book, opt_out),
            _ => false,
        }
    }

    /// The purpose its text has: the confirmation of an opt-out, or the prompt answer to words that may be none.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        match &self.phase {
            Phase::Due { opt_out: OptOut { certain: false, .. }, .. } => Purpose::Reply,
            _ => Purpose::RevocationConfirmation,
        }
    }

    /// What [`decide`](crate::decide) is told of the dialogue: sets the three facts it reads, and leaves the others.
    pub fn tell(&self, facts: &mut Circumstances) {
        let (sent, asked_at, reply) = match &self.phase {
            Phase::Quiet => (None, None, None),
            // Held from the moment they were heard, not from the moment we got round to asking.
            Phase::Due { opt_out, .. } => (Some(false), (!opt_out.certain).then_some(opt_out.at), None),
            Phase::Asked { opt_out, at } => {
                (Some(true), Some(if opt_out.certain { *at } else { opt_out.at }), None)
            }
            Phase::Narrowed { asked_at, words, .. } => (Some(true), Some(*asked_at), Some(words.clone())),
            Phase::Closed { opt_out, sent_at, asked } => {
                let held = (!opt_out.certain).then_some(opt_out.at);
                (Some(sent_at.is_some()), if *asked { sent_at.or(held) } else { held }, None)
            }
        };
        facts.confirmation_already_sent = sent;
        facts.clarification_sent_at = asked_at;
        facts.clarification_reply = reply;
    }

    /// The revocation that stands, as [`decide`](crate::decide) reads it; `None` where nothing is revoked. After a
    /// question, silence reaches everything.
    #[must_use]
    pub fn revocation(&self) -> Option<Revocation> {
        let (opt_out, scope) = match &self.phase {
            Phase::Quiet => return None,
            Phase::Due { opt_out, .. } => (opt_out, opt_out.certain.then_some(opt_out.scope)),
            Phase::Asked { opt_out, .. } => (opt_out, opt_out.certain.then_some(Scope::All)),
            Phase::Narrowed { opt_out, to, .. } => (opt_out, *to),
            Phase::Closed { opt_out, .. } => (opt_out, opt_out.certain.then_some(opt_out.scope)),
        };
        Some(Revocation {
            received_at: opt_out.at,
            channel: opt_out.by,
            text: None,
            per_se: None,
            scope: Some(scope?),
            vehicle: None,
            purposes: Vec::new(),
        })
    }

    /// Applies one event that happened at `now`.
    pub fn step(self, book: &RuleBook, event: Step, now: DateTime<Utc>) -> Transition {
        if let Step::Granted { given_at } = event {
            return match self.opt_out() {
                None => stays(self.phase, Reason::NothingOpen),
                // At equal times the customer's no wins.
                Some(opt_out) if given_at <= opt_out.at => stays(self.phase, Reason::Older),
                Some(_) => stays(Phase::Quiet, Reason::Granted),
            };
        }
        match self.phase {
            Phase::Quiet => match event {
                Step::OptedOut { opt_out, ask } => due(book, opt_out, ask, now),
                _ => stays(Phase::Quiet, Reason::NothingOpen),
            },
            Phase::Due { opt_out, ask } => owed(book, opt_out, ask, event, now),
            Phase::Asked { opt_out, at } => asked(opt_out, at, event),
            Phase::Narrowed { opt_out, asked_at, to, words } => match event {
                Step::OptedOut { opt_out: second, .. } if second.certain => {
                    let opt_out = everything(opt_out, second);
                    stays(Phase::Closed { opt_out, sent_at: Some(asked_at), asked: true }, Reason::Widened)
                }
                Step::OptedOut { .. } | Step::Sent => {
                    stays(Phase::Narrowed { opt_out, asked_at, to, words }, Reason::Already)
                }
                _ => stays(Phase::Narrowed { opt_out, asked_at, to, words }, Reason::NothingOpen),
            },
            Phase::Closed { opt_out, sent_at, asked } => match event {
                // It was never confirmed: a new opt-out may be.
                Step::OptedOut { opt_out: second, ask } if sent_at.is_none() => {
                    let merged = if opt_out.certain { merge(opt_out, second) } else { second };
                    due(book, merged, ask && !opt_out.certain, now)
                }
                Step::OptedOut { opt_out: second, .. } if second.certain => {
                    let opt_out = everything(opt_out, second);
                    stays(Phase::Closed { opt_out, sent_at, asked }, Reason::Widened)
                }
                Step::OptedOut { .. } => stays(Phase::Closed { opt_out, sent_at, asked }, Reason::Already),
                // It went out after all: that cannot be taken back, and it is not said a second time.
                Step::Sent if sent_at.is_none() => {
                    stays(Phase::Closed { opt_out, sent_at: Some(now), asked }, Reason::Sent)
                }
                Step::Sent => stays(Phase::Closed { opt_out, sent_at, asked }, Reason::Already),
                _ => stays(Phase::Closed { opt_out, sent_at, asked }, Reason::NothingOpen),
            },
        }
    }

    const fn opt_out(&self) -> Option<&OptOut> {
        match &self.phase {
            Phase::Quiet => None,
            Phase::Due { opt_out, .. }
            | Phase::Asked { opt_out, .. }
            | Phase::Narrowed { opt_out, .. }
            | Phase::Closed { opt_out, .. } => Some(opt_out),
        }
    }
}

impl fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.phase {
            Phase::Narrowed { opt_out, asked_at, to, words: _ } => {
                write!(
                    f,
                    "Dialogue(Narrowed {{ {opt_out:?}, asked_at: {asked_at:?}, to: {to:?}, words: *** }})"
                )
            }
            phase => write!(f, "Dialogue({phase:?})"),
        }
    }
}

const fn stays(phase: Phase, reason: Reason) -> Transition {
    Transition { state: Dialogue { phase }, command: None, reason }
}

fn limit(book: &RuleBook, opt_out: &OptOut) -> DateTime<Utc> {
    let within = TimeDelta::seconds(i64::from(book.confirmation.within_seconds));
    opt_out.at.checked_add_signed(within).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// One text is owed, unless it is too late already.
fn due(book: &RuleBook, opt_out: OptOut, ask: bool, now: DateTime<Utc>) -> Transition {
    let ask = ask || !opt_out.certain;
    let until = limit(book, &opt_out);
    if now > until {
        return stays(Phase::Closed { opt_out, sent_at: None, asked: false }, Reason::TooLate);
    }
    let text = match (opt_out.certain, ask) {
        (false, _) => TextId::Asked,
        (true, true) => TextId::ConfirmedAndAsked,
        (true, false) => TextId::Confirmed,
    };
    Transition {
        state: Dialogue { phase: Phase::Due { opt_out, ask } },
        command: Some(Command::Send { text, until }),
        reason: Reason::Due,
    }
}

fn owed(book: &RuleBook, opt_out: OptOut, ask: bool, event: Step, now: DateTime<Utc>) -> Transition {
    match event {
        Step::Sent if ask => stays(Phase::Asked { opt_out, at: now }, Reason::Sent),
        Step::Sent => stays(Phase::Closed { opt_out, sent_at: Some(now), asked: false }, Reason::Sent),
        // A second opt-out means all, and is not asked about.
        Step::OptedOut { opt_out: second, .. } if second.certain => {
            due(book, merge(opt_out, second), false, now)
        }
        Step::OptedOut { .. } => stays(Phase::Due { opt_out, ask }, Reason::Already),
        Step::NotSent => stays(Phase::Closed { opt_out, sent_at: None, asked: false }, Reason::NotSent),
        Step::Wake if now > limit(book, &opt_out) => {
            stays(Phase::Closed { opt_out, sent_at: None, asked: false }, Reason::TooLate)
        }
        Step::Wake | Step::Answered { .. } | Step::Granted { .. } => {
            stays(Phase::Due { opt_out, ask }, Reason::NothingOpen)
        }
    }
}

fn asked(opt_out: OptOut, at: DateTime<Utc>, event: Step) -> Transition {
    let closed = |opt_out| Phase::Closed { opt_out, sent_at: Some(at), asked: true };
    match event {
        Step::OptedOut { opt_out: second, .. } if second.certain => {
            stays(closed(everything(opt_out, second)), Reason::Widened)
        }
        Step::OptedOut { .. } | Step::Sent => stays(Phase::Asked { opt_out, at }, Reason::Already),
        Step::Answered { answer: Answer::All, .. } => {
            stays(closed(OptOut { scope: Scope::All, certain: true, ..opt_out }), Reason::All)
        }
        Step::Answered { answer: Answer::Marketing, words } => {
            let to = Some(Scope::Marketing);
            stays(Phase::Narrowed { opt_out, asked_at: at, to, words }, Reason::Narrowed)
        }
        Step::Answered { answer: Answer::Keep, words } if !opt_out.certain => {
            stays(Phase::Narrowed { opt_out, asked_at: at, to: None, words }, Reason::Narrowed)
        }
        Step::Answered { .. } => stays(Phase::Asked { opt_out, at }, Reason::Unanswered),
        Step::NotSent | Step::Wake | Step::Granted { .. } => {
            stays(Phase::Asked { opt_out, at }, Reason::NothingOpen)
        }
    }
}

/// Two opt-outs before a text went out: the wider of both, received at the later.
fn merge(first: OptOut, second: OptOut) -> OptOut {
    let same = first.scope == second.scope && first.certain;
    let scope = if same { second.scope } else { Scope::All };
    OptOut { scope, at: first.at.max(second.at), by: second.by, certain: first.certain || second.certain }
}

/// An opt-out after the text: everything.
fn everything(first: OptOut, second: OptOut) -> OptOut {
    OptOut { scope: Scope::All, at: first.at.max(second.at), by: second.by, certain: true }
}
