use core::fmt;

use fixedops_vocab::{Miles, Scope};

/// What was going on when the text came in. Absent means unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
pub struct ReplyContext {
    /// How many quotes wait for an answer.
    pub open_quotes: Option<u32>,
    /// Whether an appointment is open.
    pub open_appointment: Option<bool>,
    /// Whether the person is opted out now.
    pub opted_out: Option<bool>,
    /// Whether we asked something that is not answered yet.
    pub open_question: Option<bool>,
}

/// How a text was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReplyReading {
    /// What it says; several intents make [`ReplyLabel::MultiIntent`].
    pub label: ReplyLabel,
    /// What it revokes; with several intents the widest.
    pub scope: ReplyScope,
    /// Every intent found, in the order of the labels; one unless the label is `MultiIntent`.
    pub intents: Vec<ReplyLabel>,
    /// Items of work the text names, in the order of the text. For the lines of an open inspection see
    /// [`read_lines`](crate::read_lines).
    pub items: Vec<Item>,
    /// The odometer's reading, where the text tells one.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub odometer: Option<Miles>,
}

/// An item of work named in a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Item {
    /// What it is: kinds of work (`brakes`, `cabin filter`), a number as presented (`2`), `last`, `all` or `rest`.
    pub name: String,
    /// What the person wants done with it.
    pub mention: Mention,
    /// The words that put it off, where it is deferred.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub later: Option<String>,
}

/// What a reply wants done with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Mention {
    /// Do it.
    Approved,
    /// Do not do it.
    Declined,
    /// Not now.
    Deferred,
    /// Something is asked about it.
    Asked,
    /// Only spoken of.
    Named,
}

/// What a reply revokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "an opt-out that is not handled is an opt-out lost")]
pub enum ReplyScope {
    /// Nothing.
    None,
    /// Nothing yet: hold marketing and ask once.
    Clarify,
    /// A revocation of this scope, to be honoured at once.
    Suppress(Scope),
}

impl ReplyScope {
    /// The word in files: a scope, `none` or `clarify`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Clarify => "clarify",
            Self::Suppress(scope) => scope.as_str(),
        }
    }
}

impl fmt::Display for ReplyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! labels {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)+) => {
        /// What a reply says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        pub enum ReplyLabel {
            $($(#[$doc])* #[cfg_attr(feature = "serde", serde(rename = $word))] $variant,)+
        }

        impl ReplyLabel {
            /// Every one, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in files.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}
labels! {
    /// A word that revokes by itself, 47 CFR 64.1200(a)(10).
    OptOutKeyword = "opt_out_keyword",
    /// Other words that a reasonable person reads as a revocation.
    OptOutFreetext = "opt_out_freetext",
    /// Wants messages again.
    OptIn = "opt_in",
    /// Asks for help, or who is writing.
    Help = "help",
    /// Approves all the work offered.
    ApproveAll = "approve_all",
    /// Approves named items.
    ApproveItem = "approve_item",
    /// Declines named items.
    DeclineItem = "decline_item",
    /// Declines the work, not the messages.
    DeclineAll = "decline_all",
    /// Not interested: in the work or in the messages is unclear.
    NotInterested = "not_interested",
    /// Asks to be called: an invitation for one live call.
    CallMe = "call_me",
    /// Confirms the appointment.
    ApptConfirm = "appt_confirm",
    /// On the way, late, arrived, dropped off.
    ApptStatus = "appt_status",
    /// Wants another time.
    ApptReschedule = "appt_reschedule",
    /// Cancels the appointment.
    ApptCancel = "appt_cancel",
    /// Finds it too dear, or asks for a discount.
    PriceObjection = "price_objection",
    /// The number is not that person's.
    WrongNumber = "wrong_number",
    /// The vehicle is not, or no longer, that person's.
    NotMyCar = "not_my_car",
    /// A complaint: a person should answer.
    Angry = "angry",
    /// Any other question or remark that wants an answer.
    Question = "question",
    /// Tells the odometer reading, or how much is driven.
    MileageReport = "mileage_report",
    /// Thanks, okay.
    Ack = "ack",
    /// A telephone's reaction that quotes our own text.
    Reaction = "reaction",
    /// Written by a device or carrier.
    AutoReply = "auto_reply",
    /// Nothing that can be read.
    Gibberish = "gibberish",
    /// Several of these.
    MultiIntent = "multi_intent",
}

impl fmt::Display for ReplyLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
