use fixedops_vocab::{Channel, Purpose, TouchId};

use crate::{Case, Closure, Offer};

/// What a case wants done. Its key is (case, touch): a duplicate is harmless by it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a command nobody handles is a case that waits for ever")]
pub enum Command {
    /// Send this message, if consent allows it now. Answered by one outcome event for `touch`.
    Send {
        /// The touch, unique in its case: `day-30-sms`, in the second round `day-30-sms-r2`.
        touch: TouchId,
        /// How.
        channel: Channel,
        /// What for; never [`Purpose::Recall`].
        purpose: Purpose,
        /// The template, by its id.
        template: String,
        /// The offer it makes.
        offer: Option<Offer>,
        /// Which run through the plan, from 1.
        round: u32,
    },
    /// Send this recall message ([`Purpose::Recall`]), if consent allows it now. It has no room for an offer.
    SendSafety {
        /// The touch.
        touch: TouchId,
        /// How.
        channel: Channel,
        /// The template, by its id.
        template: String,
        /// Which run through the plan, from 1.
        round: u32,
    },
    /// Put this call on an advisor's list. Consent is asked when it is dialled; the outcome event ends it, and so
    /// does the alarm of the case.
    CallTask {
        /// The touch.
        touch: TouchId,
        /// What for.
        purpose: Purpose,
        /// The script, by its template id.
        template: String,
        /// Whether the scheduler should hold a slot to offer.
        with_slot: bool,
        /// Which run through the plan, from 1.
        round: u32,
    },
    /// Take the call off the list: it was not made in time, or there is no reason for it any more.
    WithdrawCall {
        /// The touch.
        touch: TouchId,
    },
    /// The case is over. Given once, as the last command.
    Close {
        /// Why.
        closure: Closure,
    },
}

impl Command {
    /// The touch it speaks of.
    #[must_use]
    pub const fn touch(&self) -> Option<&TouchId> {
        match self {
            Self::Send { touch, .. }
            | Self::SendSafety { touch, .. }
            | Self::CallTask { touch, .. }
            | Self::WithdrawCall { touch } => Some(touch),
            Self::Close { .. } => None,
        }
    }
}

/// The case after an event, and what it wants done. Save both in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the case moved: save it, then do what it commands"]
#[allow(clippy::exhaustive_structs, reason = "state and commands are all there is")]
pub struct Transition {
    /// The case as it is now.
    pub case: Case,
    /// What to do, in order.
    pub commands: Vec<Command>,
}
