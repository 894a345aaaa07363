//! What a word can be in a clause.

use core::ops::BitOr;

/// What a word can be in a clause, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::classify) struct Tags(u128);

impl BitOr for Tags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Tags {
    pub(in crate::classify) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(in crate::classify) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $word:literal @ $bit:literal,)+) => {
        $($(#[$doc])* pub(in crate::classify) const $name: Tags = Tags(1 << $bit);)+
        /// Every tag by the class of words that carries it.
        pub(in crate::classify) const NAMED: &[(&str, Tags)] = &[$(($word, $name),)+];
    };
}
tags! {
    /// Stop, quit, cease.
    CEASE = "t_cease" @ 0,
    /// End, cancel, terminate: only of messages, consent, subscriptions.
    FINISH = "t_finish" @ 1,
    /// Remove, delete, erase.
    REMOVE = "t_remove" @ 2,
    /// Take, get, pull: only with off or out.
    TAKE = "t_take" @ 3,
    /// Lose, forget, get rid of.
    LOSE = "t_lose" @ 4,
    /// Sending, mailing, leaving.
    SEND = "t_send" @ 5,
    /// To text, call, message, contact: the bare verb.
    VERB = "t_verb" @ 6,
    /// Texting, calling.
    GERUND = "t_gerund" @ 7,
    /// Texted, called.
    PART = "t_part" @ 8,
    /// Texts, calls, messages: many of them, or the stuff.
    NOUN = "t_noun" @ 9,
    SMS = "t_sms" @ 10,
    CALLS = "t_calls" @ 11,
    EMAIL = "t_email" @ 12,
    MARKETING = "t_marketing" @ 13,
    NEG = "t_neg" @ 14,
    /// Dont, never: what forbids.
    FORBID = "t_forbid" @ 15,
    WANT = "t_want" @ 16,
    ME = "t_me" @ 17,
    PERSON = "t_person" @ 18,
    /// Number, name, information.
    IDENT = "t_ident" @ 19,
    LIST = "t_list" @ 20,
    OFF = "t_off" @ 21,
    APPOINTMENT = "t_appointment" @ 22,
    QUOTE = "t_quote" @ 23,
    ITEM = "t_item" @ 24,
    CAR = "t_car" @ 25,
    /// What in the car shows messages of its own, and services of others.
    DASH = "t_dash" @ 26,
    ALONE = "t_alone" @ 27,
    LEGAL = "t_legal" @ 28,
    ANYMORE = "t_anymore" @ 29,
    UNTIL = "t_until" @ 30,
    WH = "t_wh" @ 31,
    CAUSE = "t_cause" @ 32,
    GONE = "t_gone" @ 33,
    SOLD = "t_sold" @ 34,
    OWN = "t_own" @ 35,
    SICK = "t_sick" @ 36,
    UNSUB = "t_unsub" @ 37,
    MORE = "t_more" @ 38,
    /// The, these, your, all, with: what may stand before a noun.
    BEFORE = "t_before" @ 39,
    YOU = "t_you" @ 40,
    I = "t_i" @ 41,
    STUFF = "t_stuff" @ 42,
    TURN = "t_turn" @ 43,
    LEAVE = "t_leave" @ 44,
    /// But, just, so, because: begins another thought.
    BREAK = "t_break" @ 45,
    /// By, in, at, on: what makes a stop a visit.
    PLACE = "t_place" @ 46,
    PAST = "t_past" @ 47,
    MINE = "t_mine" @ 48,
    IT = "t_it" @ 49,
    REGARDING = "t_regarding" @ 50,
    MODAL = "t_modal" @ 51,
    OTHER = "t_other" @ 52,
    WRONG = "t_wrong" @ 53,
    DEVICE = "t_device" @ 54,
    BLOCK = "t_block" @ 55,
    /// A revocation whatever stands beside it.
    REVOKE = "t_revoke" @ 56,
    /// Unclear, and angry.
    HOSTILE = "t_hostile" @ 57,
    /// No interest, whatever stands beside it.
    COLD = "t_cold" @ 58,
    EX = "t_ex" @ 59,
    /// Not that person, whatever stands beside it.
    STRANGER = "t_stranger" @ 60,
    IS = "t_is" @ 61,
    /// Rather, prefer, wish: before what somebody would not do.
    PREFER = "t_prefer" @ 62,
    RECEIVE = "t_receive" @ 63,
    /// Fine, welcome, allowed: after what is not.
    WELCOME = "t_welcome" @ 64,
    /// Desk, work, hospital: before a line or phone that is not one person's.
    WORK = "t_work" @ 65,
    USE = "t_use" @ 66,
    /// Do, does, is: what begins a question.
    ASKS = "t_asks" @ 67,
    /// Stopped, ended, turned: what shall be done to messages.
    ENDED = "t_ended" @ 68,
    UNWANTED = "t_unwanted" @ 69,
    /// The laws and offices of unwanted messages.
    TCPA = "t_tcpa" @ 70,
    NOW = "t_now" @ 71,
    ONLY = "t_only" @ 73,
    ARTICLE = "t_article" @ 74,
    TELL = "t_tell" @ 75,
    CANT = "t_cant" @ 76,
    /// Leaking, squeaking: what a car does.
    CARRING = "t_carring" @ 72,
}
