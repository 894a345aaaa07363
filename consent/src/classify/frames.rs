//! What a clause asks for, put together from its parts: what shall happen (stop, remove, no more, not wanted) and to
//! what (texts, calls, the number, the list, a vehicle), with the conditions and askers that make it something else.
//!
//! The patterns of the grammar read the ways people usually say it; this reads the ways nobody listed. It looks only
//! at clauses in which the patterns found no revocation, and never at words a guard has covered.

use core::ops::{BitOr, Range};

use fixedops_vocab::Scope;

use super::grammar::Grammar;
use super::words::{Kinds, Word};
use super::{ReplyLabel, ReplyScope};

/// What a word can be in a clause, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tags(u128);

impl BitOr for Tags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Tags {
    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $word:literal @ $bit:literal,)+) => {
        $($(#[$doc])* const $name: Tags = Tags(1 << $bit);)+
        /// Every tag by the class of words that carries it.
        pub(super) const NAMED: &[(&str, Tags)] = &[$(($word, $name),)+];
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

/// What a clause was found to say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saying {
    pub(super) label: ReplyLabel,
    pub(super) scope: ReplyScope,
    /// Asked rather than ordered: read wider than its words.
    pub(super) indirect: bool,
    /// With the law, or with being blocked.
    pub(super) threat: bool,
}

/// A clause as tags, phrases taken together.
struct Clause {
    tags: Vec<Tags>,
    all: Tags,
    /// Ends in -ing.
    ing: Vec<bool>,
    name: Vec<bool>,
    question: bool,
    /// Put as a question, with or without its mark.
    asks: bool,
}

impl Clause {
    fn new(grammar: &Grammar, words: &[Word]) -> Self {
        let mut clause = Self {
            tags: Vec::with_capacity(words.len()),
            all: Tags::default(),
            ing: vec![],
            name: vec![],
            question: false,
            asks: false,
        };
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let (taken, tags) =
                words.get(at..).and_then(|rest| grammar.phrase(rest)).unwrap_or((1, grammar.tags(word.id)));
            at += taken;
            if word.id == grammar.marks.question {
                clause.question = true;
                continue;
            }
            // Fill carries nothing, unless it is tagged.
            if tags == Tags::default() && grammar.is_fill(word.id) {
                continue;
            }
            let mut tags = tags;
            if word.kinds.has(Kinds::TIME) && word.kinds.has(Kinds::NUMBER) || word.kinds.has(Kinds::TIME) {
                tags = tags | APPOINTMENT;
            }
            if word.kinds.has(Kinds::YEAR) {
                tags = tags | CAR;
            }
            clause.all = clause.all | tags;
            clause.tags.push(tags);
            clause.ing.push(word.kinds.has(Kinds::ING));
            clause.name.push(word.kinds.has(Kinds::NAME));
        }
        clause.asks = clause.question || clause.at(0).any(IS | WH | ASKS);
        clause
    }

    fn at(&self, place: usize) -> Tags {
        self.tags.get(place).copied().unwrap_or_default()
    }

    fn before(&self, place: usize) -> Tags {
        place.checked_sub(1).map(|before| self.at(before)).unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.tags.len()
    }

    fn places(&self, tags: Tags) -> impl Iterator<Item = usize> {
        self.tags.iter().enumerate().filter(move |(_, here)| here.any(tags)).map(|(at, _)| at)
    }

    fn within(&self, range: Range<usize>, tags: Tags) -> bool {
        self.tags.iter().take(range.end).skip(range.start).any(|here| here.any(tags))
    }

    fn first(&self, range: Range<usize>, tags: Tags) -> Option<usize> {
        (range.start..range.end.min(self.len())).find(|at| self.at(*at).any(tags))
    }

    /// The first word of an object that begins at `from`: past articles, adjectives and at most three unknown words.
    /// With `VERB` in `past` a verb is what is looked for, though it may be an adjective ("text messages").
    fn object(&self, from: usize, past: Tags) -> Option<usize> {
        let mut unknown = 0;
        let mut at = from;
        while at < self.len() {
            let here = self.at(at);
            if here.any(past) && !here.any(NOUN | GERUND | PART) && !(past.any(VERB) && here.any(VERB)) {
                at += 1;
            } else if here == Tags::default() {
                unknown += 1;
                if unknown > 3 {
                    return None;
                }
                at += 1;
            } else {
                return Some(at);
            }
        }
        None
    }

    /// A noun of messages or a gerund from `from` on, before another thought, an item, a car's own device.
    fn messages(&self, from: usize) -> Option<usize> {
        let mut unknown = 0;
        for at in from..self.len() {
            let here = self.at(at);
            if here.any(NOUN | GERUND) {
                return Some(at);
            }
            if here.any(BREAK | ITEM | CAR | APPOINTMENT | QUOTE | DASH | CEASE | REMOVE | UNTIL | NEG) {
                return None;
            }
            if here == Tags::default() {
                unknown += 1;
                if unknown > 4 {
                    return None;
                }
            }
        }
        None
    }

    /// How wide a channel named at `at` is; two channels named there make all.
    fn channel(&self, at: usize) -> Scope {
        let mut here = self.at(at);
        let next = self.at(at + 1);
        let channels = SMS | CALLS | EMAIL;
        // "text messages"
        if here.any(NOUN)
            && !here.any(channels)
            && self.before(at).any(channels)
            && !self.before(at).any(GERUND)
        {
            here = here | self.before(at);
        }
        // "texts or calls", "sales calls", "text messages"
        let pair = self.tags.iter().skip(at + 1).take(4).copied().collect::<Vec<_>>();
        let other = |channel: Tags| {
            let mut joined = false;
            for tags in &pair {
                if tags.any(BREAK | UNTIL) || tags.any(MODAL | IS) {
                    return false;
                }
                if tags.any(channel) && (joined || tags.any(NOUN | VERB | GERUND | PART)) {
                    return true;
                }
                joined |= !tags.any(NOUN | VERB | GERUND | PART);
            }
            false
        };
        let channels = [SMS, CALLS, EMAIL];
        let named: Vec<Tags> = channels.into_iter().filter(|channel| here.any(*channel)).collect();
        if here.any(MARKETING) || (next.any(MARKETING) && next.any(NOUN)) {
            return Scope::Marketing;
        }
        match named.as_slice() {
            [one] => {
                if channels.into_iter().any(|channel| channel != *one && other(channel)) {
                    return Scope::All;
                }
                match *one {
                    SMS => Scope::Sms,
                    CALLS => Scope::Calls,
                    _ => Scope::Email,
                }
            }
            _ => {
                if next.any(MARKETING) {
                    return Scope::Marketing;
                }
                Scope::All
            }
        }
    }

    /// The vehicle the messages are about: "about the Camry", "for the 2014".
    fn one_vehicle(&self, from: usize) -> bool {
        self.first(from..self.len(), REGARDING).is_some_and(|about| {
            self.object(about + 1, BEFORE | MINE | ME | WORK).is_some_and(|at| self.at(at).any(CAR))
        })
    }

    fn scope(&self, at: usize) -> ReplyScope {
        let of_vehicle = self.at(at).any(NOUN) && self.before(at).any(CAR);
        if of_vehicle || self.one_vehicle(at) {
            return ReplyScope::Suppress(Scope::ThisVehicle);
        }
        ReplyScope::Suppress(self.channel(at))
    }
}

const ALL: ReplyScope = ReplyScope::Suppress(Scope::All);

/// Reads a clause; `None` where it asks for nothing of the kind.
pub(super) fn read(grammar: &Grammar, words: &[Word]) -> Option<Saying> {
    let clause = Clause::new(grammar, words);
    let predicates = CEASE
        | FINISH
        | REMOVE
        | TAKE
        | LOSE
        | NEG
        | FORBID
        | UNSUB
        | ALONE
        | LEGAL
        | BLOCK
        | REVOKE
        | ENDED
        | UNWANTED
        | WORK
        | DEVICE
        | SOLD
        | OWN
        | GONE
        | SICK
        | HOSTILE
        | COLD
        | STRANGER
        | WRONG
        | MINE
        | TURN
        | MORE
        | EX
        | NOUN
        | PREFER
        | VERB;
    if !clause.all.any(predicates) {
        return None;
    }
    let say = |label, scope| Saying {
        label,
        scope,
        indirect: clause.places(CEASE).any(|at| clause.within(0..at, MODAL | WH)),
        threat: false,
    };
    let free = |scope| say(ReplyLabel::OptOutFreetext, scope);
    if clause.all.any(REVOKE) {
        return Some(free(ALL));
    }
    let dash = clause.all.any(DASH) && !clause.all.any(GERUND | VERB);
    let threat = if dash { None } else { threatened(&clause) };
    let revoked = if dash {
        None
    } else {
        threat
            .or_else(|| unsubscribed(&clause))
            .or_else(|| ceased(&clause))
            .or_else(|| forbidden(&clause))
            .or_else(|| unwanted(&clause))
            .or_else(|| no_more(&clause))
            .or_else(|| removed(&clause))
            .or_else(|| finished(&clause))
            .or_else(|| turned_off(&clause))
            .or_else(|| unwelcome(&clause))
            .or_else(|| ended(&clause))
            .or_else(|| alone(&clause))
            .or_else(|| only_by(&clause))
            .or_else(|| evident(&clause))
    };
    // A line that is no one person's: whatever else is said.
    if clause.all.any(DEVICE) && stranger(&clause) {
        return Some(say(ReplyLabel::WrongNumber, ReplyScope::Suppress(Scope::Number)));
    }
    if let Some(scope) = revoked {
        return Some(Saying { threat: threat.is_some(), ..free(scope) });
    }
    if stranger(&clause) {
        return Some(say(ReplyLabel::WrongNumber, ReplyScope::Suppress(Scope::Number)));
    }
    if vehicle_gone(&clause) {
        return Some(say(ReplyLabel::NotMyCar, ReplyScope::Suppress(Scope::ThisVehicle)));
    }
    if clause.all.any(HOSTILE) || annoyed(&clause) {
        return Some(say(ReplyLabel::Angry, ReplyScope::Clarify));
    }
    clause.all.any(COLD).then(|| say(ReplyLabel::NotInterested, ReplyScope::Clarify))
}

/// Unsubscribe, opt out: unless of something else, or as a mishap, or asked about.
fn unsubscribed(clause: &Clause) -> Option<ReplyScope> {
    clause.places(UNSUB).find_map(|at| {
        let not = at.checked_sub(3).map_or(0..at, |from| from..at);
        if clause.within(not, NEG | FORBID) || clause.within(0..clause.len(), OTHER | DASH | ITEM) {
            return None;
        }
        if clause.before(at).any(PAST) && clause.question {
            return None;
        }
        let from = clause.first(at + 1..at + 5, NOUN).filter(|noun| clause.at(*noun).any(MARKETING | EMAIL));
        Some(from.map_or(ALL, |noun| clause.scope(noun)))
    })
}

/// "The AC quit blowing": a thing that stops by itself. Unless it is plainly people who are texted or called.
fn by_a_thing(clause: &Clause, at: usize, object: Option<usize>) -> bool {
    let thing =
        at > 0 && (clause.before(at).any(ITEM | CAR | DASH | IDENT) || clause.before(at) == Tags::default());
    let whom = object.is_some_and(|object| clause.within(object + 1..object + 3, ME | PERSON | IDENT | MINE));
    thing && !whom
}

/// Stop ... texts; make these texts stop.
fn ceased(clause: &Clause) -> Option<ReplyScope> {
    clause.places(CEASE | FINISH).find_map(|at| {
        let past = BEFORE | ME | PERSON | MORE | STUFF | YOU | SEND | MINE | IT;
        let object = clause.object(at + 1, past);
        if by_a_thing(clause, at, object) {
            return None;
        }
        if let Some(object) = object.filter(|_| clause.at(at).any(CEASE)) {
            let here = clause.at(object);
            if here.any(NOUN) || (here.any(GERUND | VERB) && !here.any(PLACE)) {
                let scope = clause.scope(object);
                let indirect = scope == ReplyScope::Suppress(Scope::Sms) && clause.within(0..at, MODAL | WH);
                return Some(if indirect { ALL } else { scope });
            }
        }
        // "stop sending", "stop sending me stuff"
        let sends = clause.at(at).any(CEASE)
            && clause.first(at + 1..at + 4, SEND).is_some_and(|send| {
                let after = clause.object(send + 1, BEFORE | ME | PERSON | MORE);
                after.is_none_or(|after| {
                    clause.at(after).any(STUFF | ANYMORE | IT | BREAK | MORE | LIST | YOU | IDENT)
                })
            });
        if sends {
            return Some(ALL);
        }
        // "I'm telling you for the last time to stop"
        let told = at > 0 && at + 1 == clause.len() && clause.at(at).any(CEASE);
        if told
            && clause.within(0..at, TELL)
            && clause.within(0..at, YOU | PERSON)
            && !clause.within(0..at, ITEM | CAR | DASH)
        {
            return Some(ALL);
        }
        // What shall stop stands before: "these texts need to stop".
        let noun = (0..at).rev().find(|before| clause.at(*before).any(NOUN | GERUND))?;
        let caused = clause.within(0..at, CAUSE | MODAL) || clause.before(at).any(OFF);
        let asked = clause.within(0..noun, PAST) || clause.within(0..clause.len(), DASH | ITEM);
        (caused && !asked && clause.at(noun).any(NOUN | GERUND)).then_some(ALL)
    })
}

/// Don't text me; never call this number again.
fn forbidden(clause: &Clause) -> Option<ReplyScope> {
    let wished = clause.places(PREFER).next();
    clause.places(FORBID | NEG).find_map(|at| {
        let wished = wished.is_some_and(|wish| wish < at);
        if !clause.at(at).any(FORBID) && !wished {
            return None;
        }
        // "why don't you call", "I don't text": not an order.
        let before = clause.before(at);
        if clause.within(0..at, WH) && !clause.all.any(ANYMORE) {
            return None;
        }
        let sworn = clause.all.any(ANYMORE);
        if before.any(I)
            || (before.any(YOU | PERSON | IT) && !sworn && !wished && !clause.within(0..at, MODAL))
        {
            return None;
        }
        let verb = clause.object(at + 1, VERB | ME | YOU | BEFORE | ANYMORE | PERSON)?;
        let here = clause.at(verb);
        // "not a call" forbids nothing.
        let thing = clause.before(verb).any(ARTICLE) && !clause.within(at..verb, ME);
        if !here.any(VERB | SEND) || thing {
            return None;
        }
        let after = verb + 1;
        if clause.within(after..clause.len(), UNTIL) && !sworn {
            return None;
        }
        if here.any(SEND) && !here.any(VERB) {
            let spanish = clause.before(verb).any(ME);
            let noun = clause.messages(after);
            let stuff = clause.first(after..after + 4, STUFF | ANYMORE | MORE);
            return match (noun, stuff) {
                (Some(noun), _) => Some(clause.scope(noun)),
                (None, Some(stuff))
                    if stuff + 2 >= clause.len() || clause.at(stuff + 1).any(ANYMORE | OFF | BREAK | ME) =>
                {
                    Some(ALL)
                }
                (None, None) if spanish && clause.len() == after => Some(ALL),
                _ => None,
            };
        }
        let next = clause.at(after);
        let object = after >= clause.len()
            || next.any(
                ME | PERSON
                    | ANYMORE
                    | MINE
                    | IDENT
                    | BREAK
                    | STUFF
                    | BEFORE
                    | PLACE
                    | REGARDING
                    | NEG
                    | FORBID,
            )
            || clause.before(verb).any(ME)
            || clause.name.get(after).copied().unwrap_or(false);
        let to = clause.object(after, BEFORE | MINE | ME);
        let other = to.is_some_and(|to| clause.at(to).any(DASH | ITEM | QUOTE | APPOINTMENT));
        (object && !other).then(|| clause.scope(verb))
    })
}

/// I don't want these texts; never signed up for this; no longer wish to be contacted.
fn unwanted(clause: &Clause) -> Option<ReplyScope> {
    clause.places(NEG | FORBID).find_map(|at| {
        let want = (at + 1..clause.len().min(at + 5)).find(|want| {
            // "didn't get a reminder" is no refusal, "can't receive texts" is.
            clause.at(*want).any(WANT)
                && (!clause.at(*want).any(RECEIVE) || clause.at(at).any(CANT) || clause.within(0..at, PREFER))
        })?;
        if clause.within(at + 1..want, NOUN | VERB | ITEM | CAR) {
            return None;
        }
        if clause.before(at).any(YOU) && !clause.all.any(ANYMORE) && !clause.at(want).any(REVOKE) {
            return None;
        }
        // "want to be contacted", "want you to text"
        for here in want + 1..clause.len() {
            let tags = clause.at(here);
            if tags.any(PART)
                || (tags.any(VERB) && clause.within(want..here, YOU | PERSON) && !tags.any(NOUN))
            {
                return Some(clause.scope(here));
            }
            if tags.any(NOUN | GERUND) {
                let own = clause.within(want..here, I) || (tags.any(GERUND) && clause.before(here).any(I));
                return (!own).then(|| clause.scope(here));
            }
            if tags.any(RECEIVE)
                && clause
                    .first(here + 1..here + 3, STUFF | ANYMORE | MORE)
                    .is_some_and(|it| it + 1 >= clause.len() || clause.at(it + 1).any(OFF | ANYMORE | BREAK))
            {
                return Some(ALL);
            }
            if tags.any(ITEM | CAR | QUOTE | APPOINTMENT | BREAK | UNTIL | DASH | LOSE) {
                return None;
            }
        }
        None
    })
}

/// No more texts; no calls.
fn no_more(clause: &Clause) -> Option<ReplyScope> {
    clause.places(NEG | SICK).find_map(|at| {
        if clause.at(at).any(SICK) && !clause.at(at).any(NEG) {
            return None;
        }
        let more = clause.at(at + 1).any(MORE) || (clause.at(at).any(MORE));
        let first = at == 0 || clause.before(at).any(BREAK);
        if !more && !first {
            return None;
        }
        if more && clause.at(at + 2).any(REGARDING) && clause.one_vehicle(at + 1) {
            return Some(ReplyScope::Suppress(Scope::ThisVehicle));
        }
        let object = clause.object(at + 1, BEFORE | MORE | MINE | SEND | ME | PERSON);
        if object.is_none() && more && clause.tags.last().is_some_and(|last| last.any(STUFF)) {
            return Some(ALL);
        }
        let object = object?;
        let here = clause.at(object);
        if more && here.any(STUFF) && object + 1 >= clause.len() {
            return Some(ALL);
        }
        if !here.any(NOUN | GERUND) {
            return None;
        }
        let rest = object + 1..clause.len();
        if clause.within(rest.clone(), UNTIL | PAST)
            || clause.question
            || clause.within(rest.clone(), DASH | ITEM)
        {
            return None;
        }
        let plain = more
            || rest.is_empty()
            || clause
                .within(object + 1..object + 2, PLACE | BREAK | ANYMORE | ME | NOUN | REGARDING | OFF | NEG);
        plain.then(|| clause.scope(object))
    })
}

/// Take me off the list; remove my number; lose this number; how do I get off of this.
fn removed(clause: &Clause) -> Option<ReplyScope> {
    clause.places(REMOVE | TAKE | LOSE | UNSUB).find_map(|at| {
        let verb = clause.at(at);
        if clause.within(at.saturating_sub(2)..at, NEG | FORBID) {
            return None;
        }
        let until = clause.len().min(at + 9);
        let from = clause.first(at + 1..until, OFF);
        let source = from.and_then(|from| {
            (from + 1..until).find(|at| {
                clause.at(*at).any(LIST | NOUN | STUFF | APPOINTMENT | QUOTE | ITEM | CAR | DASH | OTHER)
            })
        });
        if source.is_some_and(|source| {
            let source = clause.at(source);
            source.any(APPOINTMENT | QUOTE | ITEM | DASH | OTHER) && !source.any(LIST | NOUN | STUFF)
        }) {
            return None;
        }
        let end = from.unwrap_or(until);
        let vehicle = clause.first(at + 1..end, CAR);
        let item = clause.within(at + 1..end, ITEM | APPOINTMENT | QUOTE | DASH);
        let ident = clause.within(at + 1..end, IDENT);
        let thing = from.is_some_and(|from| {
            clause.object(from + 1, BEFORE).is_some_and(|it| clause.at(it).any(IT) && it + 1 == clause.len())
        });
        let person = clause.within(at + 1..end, ME | PERSON)
            || (at + 1..end).any(|at| clause.name.get(at).copied().unwrap_or(false));
        // Something else is to come off: "remove my old card from file".
        let unknown = from.is_some_and(|from| (at + 1..from).any(|at| clause.at(at) == Tags::default()));
        if unknown && !ident && !person {
            return None;
        }
        let listed = source.filter(|source| clause.at(*source).any(LIST | NOUN | STUFF));
        let to = listed.map_or(ALL, |source| {
            let here = clause.at(source);
            if here.any(MARKETING | EMAIL | CALLS) && !here.any(LIST) { clause.scope(source) } else { ALL }
        });
        if item {
            return None;
        }
        if vehicle.is_some() && !ident {
            return (listed.is_some() || verb.any(REMOVE) && clause.all.any(LIST))
                .then_some(ReplyScope::Suppress(Scope::ThisVehicle));
        }
        if verb.any(LOSE) {
            return ident.then_some(ALL);
        }
        if verb.any(REMOVE) {
            return (ident || person || listed.is_some()).then_some(to);
        }
        // take, get, pull: only off something, or off alone
        let off = from?;
        let off_alone = off + 1 >= clause.len() || clause.at(off + 1).any(BREAK | STUFF | ANYMORE);
        if (listed.is_some() && (person || ident || off <= at + 2)) || (thing && person) {
            return Some(to);
        }
        let near = off <= at + 4 && !clause.within(at + 1..off, WORK | UNTIL | VERB);
        (near && (ident || (person && verb.any(REMOVE | TAKE))) && off_alone && !clause.at(at).any(LEAVE))
            .then_some(ALL)
    })
}

/// Cancel my subscription to these texts; end the messages; revoking consent.
fn finished(clause: &Clause) -> Option<ReplyScope> {
    clause.places(FINISH).find_map(|at| {
        if clause.within(at.saturating_sub(2)..at, NEG | FORBID) {
            return None;
        }
        let object = clause.object(at + 1, BEFORE | MORE | MINE | ME | PERSON | SEND)?;
        clause.at(object).any(NOUN | GERUND).then(|| {
            let scope = clause.scope(object);
            if scope == ReplyScope::Suppress(Scope::Sms) { ALL } else { scope }
        })
    })
}

/// Turn the texts off; shut off these reminders.
fn turned_off(clause: &Clause) -> Option<ReplyScope> {
    clause.places(TURN).find_map(|at| {
        let off = clause.first(at + 1..at + 7, OFF)?;
        let noun = clause.first(at + 1..at + 7, NOUN)?;
        (!clause.within(at..clause.len(), ITEM | CAR | DASH | APPOINTMENT) && noun.abs_diff(off) <= 5)
            .then(|| clause.scope(noun))
    })
}

/// Texts are not welcome; texting isn't.
fn unwelcome(clause: &Clause) -> Option<ReplyScope> {
    clause.places(NEG).find_map(|at| {
        if clause.at(at + 1).any(REGARDING)
            && clause.first(at + 2..at + 4, NOUN).is_some()
            && clause.before(at).any(IDENT)
        {
            return Some(ALL);
        }
        let noun = (0..at).rev().take(3).find(|noun| clause.at(*noun).any(NOUN | GERUND))?;
        let last = at + 1 >= clause.len() || clause.first(at + 1..at + 3, WELCOME).is_some();
        let between = clause.within(noun + 1..at, ITEM | CAR | WANT | IDENT | I | YOU);
        (last && !between && clause.at(at + 1) != MORE && !clause.within(0..noun, NEG | FORBID))
            .then(|| clause.scope(noun))
    })
}

/// Only contact me by mail; use my email instead.
fn only_by(clause: &Clause) -> Option<ReplyScope> {
    let verb = clause.first(0..clause.len(), VERB)?;
    let only = clause.first(0..clause.len(), ONLY)?;
    // "only text me about appointments"
    let about = clause.at(verb + 1).any(ME) && only < verb && clause.at(verb + 2).any(REGARDING);
    if about && clause.first(verb + 3..verb + 7, APPOINTMENT | QUOTE | CAR).is_some() {
        return Some(ReplyScope::Suppress(Scope::Marketing));
    }
    if clause.at(verb).any(SMS | CALLS | EMAIL)
        || clause.within(0..clause.len(), UNTIL | NEG)
        || only > verb + 5
    {
        return None;
    }
    let by = clause.first(verb + 1..verb + 4, PLACE | OFF)?;
    let how = clause.object(by + 1, MINE)?;
    let here = clause.at(how);
    if here.any(SMS) {
        Some(ReplyScope::Suppress(Scope::Calls))
    } else if here.any(EMAIL) && here.any(VERB) || here.any(CALLS) {
        Some(ReplyScope::Suppress(Scope::Sms))
    } else if here.any(SEND) {
        Some(ALL)
    } else {
        None
    }
}

/// Can these texts be turned off; these messages are unwanted.
fn ended(clause: &Clause) -> Option<ReplyScope> {
    clause.places(ENDED | UNWANTED).find_map(|at| {
        let noun = (0..at).rev().take(6).find(|noun| clause.at(*noun).any(NOUN))?;
        let unwanted = clause.at(at).any(UNWANTED) && clause.within(noun..at, IS);
        let asked = clause.within(noun..at, IS) && clause.within(0..at, MODAL | CAUSE)
            || clause.within(0..noun, PREFER) && clause.at(at).any(ENDED);
        let other = clause.within(noun..clause.len(), ITEM | CAR | DASH | APPOINTMENT)
            || clause.within(noun..at, NEG);
        ((unwanted || asked) && !other).then_some(ALL)
    })
}

/// Leave me alone; let us be.
fn alone(clause: &Clause) -> Option<ReplyScope> {
    clause.places(LEAVE).find_map(|at| {
        let alone = clause.first(at + 1..at + 6, ALONE)?;
        let who = at + 1 == alone
            || clause.within(at + 1..alone, ME | PERSON | IDENT)
            || clause.name.get(at + 1) == Some(&true);
        (who && !clause.within(at..alone, ITEM | CAR)
            && !clause.within(at.saturating_sub(2)..at, NEG | FORBID))
        .then_some(ALL)
    })
}

/// My lawyer, the FCC, blocking and reporting: with a word about the messages or the number.
fn threatened(clause: &Clause) -> Option<ReplyScope> {
    if clause.all.any(BLOCK) {
        let at = clause.places(BLOCK).next()?;
        let not = clause.within(at.saturating_sub(2)..at, NEG | FORBID);
        let whom = clause.object(at + 1, BEFORE | MINE | ME)?;
        let here = clause.at(whom);
        let ours =
            here.any(YOU | NOUN | IDENT | STUFF | IT) && !clause.within(0..clause.len(), CAR | ITEM | DASH);
        let by_us = clause.within(0..at, YOU) && !clause.within(0..at, I);
        return (ours && !not && !by_us && !clause.question).then_some(ALL);
    }
    if clause.all.any(TCPA) && !clause.asks {
        return Some(ALL);
    }
    let law = clause.places(LEGAL).next()?;
    let about = clause.places(NOUN | GERUND | PART | VERB).any(|at| {
        let here = clause.at(at);
        at.abs_diff(law) > 0 && here.any(SMS | CALLS | NOUN) && !here.any(MARKETING)
    });
    let again = clause.all.any(CEASE) && clause.all.any(YOU)
        || clause.all.any(ANYMORE) && clause.all.any(VERB | PART | NOUN);
    let invited = clause.within(0..law, WANT) && !clause.all.any(ANYMORE | CEASE);
    let more = clause.all.any(RECEIVE) && clause.all.any(MORE | STUFF);
    ((about || again || more) && !invited && !clause.all.any(CAR | ITEM) && !clause.question).then_some(ALL)
}

/// No form of words that is known, but all that it takes, and nothing of cars, work or appointments beside it.
fn evident(clause: &Clause) -> Option<ReplyScope> {
    let about_cars = clause.all.any(ITEM | CAR | DASH | APPOINTMENT | QUOTE | UNTIL);
    // "... so stop"
    let last = clause.len().checked_sub(1)?;
    if clause.at(last).any(CEASE) && last > 0 && clause.before(last).any(BREAK) && !clause.asks && !about_cars
    {
        return Some(ALL);
    }
    // "I pay per text so please don't"
    let dont = clause.at(last).any(FORBID) && !clause.at(last).any(MORE) && clause.before(last).any(BREAK);
    if dont && clause.within(0..last, NOUN | SMS | GERUND) && !about_cars && !clause.asks {
        return Some(ALL);
    }
    // "ring me no more"
    let no_more = clause.at(last).any(MORE | ANYMORE) && clause.before(last).any(NEG);
    let whom = last.checked_sub(2).is_some_and(|me| clause.at(me).any(ME) && clause.before(me).any(VERB));
    if no_more
        && whom
        && let Some(verb) = last.checked_sub(3)
    {
        return Some(clause.scope(verb));
    }
    // "not interested stop", "wrong person stop"
    let before = clause.before(last);
    let plain = !before.any(MODAL | IS | NEG | I | CAUSE | ARTICLE | PLACE | WH | NOUN | OFF);
    let turned_down = clause.within(0..last, NEG | WRONG | SOLD | ALONE | COLD | STRANGER);
    if clause.at(last).any(CEASE)
        && plain
        && turned_down
        && !clause.asks
        && !clause.all.any(ITEM | DASH | QUOTE)
    {
        return Some(ALL);
    }
    if about_cars || clause.asks {
        return None;
    }
    let ceases = clause.places(CEASE).any(|at| {
        let sworn = clause.first(at + 1..clause.len(), NOUN | GERUND | PART).is_some();
        sworn
            && !clause.within(at.saturating_sub(2)..at, NEG | FORBID)
            && !by_a_thing(clause, at, clause.messages(at + 1))
    });
    let takes = clause.places(TAKE | REMOVE).any(|at| {
        let off = clause.first(at + 2..at + 7, OFF);
        off.is_some_and(|off| {
            clause.within(at + 1..off, ME | IDENT)
                && clause.at(off + 1).any(BEFORE)
                && !clause.within(at.saturating_sub(2)..at, NEG | FORBID)
                && clause.at(at + 1).any(ME | MINE | BEFORE | IDENT)
                && clause.within(at + 1..off, IDENT)
        })
    });
    (ceases || takes).then_some(ALL)
}

/// The number is somebody else's.
fn stranger(clause: &Clause) -> bool {
    if clause.all.any(STRANGER) && !(clause.asks && clause.all.any(YOU)) {
        return true;
    }
    // "you have the wrong person", "wrong Maria"
    let wrong = clause.places(WRONG).any(|at| {
        clause.object(at + 1, BEFORE).is_some_and(|to| clause.at(to).any(IDENT | PERSON))
            || clause.name.get(at + 1).copied().unwrap_or(false)
            || (at + 1 == clause.len() && clause.within(0..at, YOU))
    });
    if wrong {
        return true;
    }
    // "this is a work phone", "this is my company's line"
    let works = |at: usize| clause.at(at).any(WORK) && clause.at(at + 1).any(IDENT);
    let shared = clause.places(DEVICE | WORK).any(|at| {
        (clause.at(at).any(DEVICE) || works(at))
            && clause.within(0..at, IT | IDENT)
            && !clause.asks
            && !clause.all.any(VERB | GERUND | APPOINTMENT)
    });
    if shared {
        return true;
    }
    // "he doesn't use this phone"
    let left = clause.places(NEG).any(|at| {
        let who = clause.within(0..at, PERSON) || clause.name.iter().take(at).any(|name| *name);
        let verb = clause.first(at + 1..at + 3, USE);
        who && verb.is_some_and(|verb| {
            clause.first(verb + 1..verb + 4, IDENT).is_some_and(|to| !clause.before(to).any(MINE))
        }) && !clause.asks
    });
    if left {
        return true;
    }
    // "you meant to text somebody else"
    clause.places(OTHER).any(|at| {
        clause.within(0..at, YOU)
            && clause.within(0..at, VERB | GERUND | PART | IDENT | WANT | LOSE)
            && clause.at(at).any(PERSON)
    })
}

/// Sold, traded, totalled, not mine, not owned any longer.
fn vehicle_gone(clause: &Clause) -> bool {
    if clause.all.any(GONE) && !clause.asks && !clause.all.any(ITEM | PERSON | YOU) {
        return true;
    }
    let gone = clause.places(SOLD).any(|at| {
        let theirs = clause.before(at).any(YOU) || clause.within(at + 1..at + 3, YOU);
        let after = clause.object(at + 1, BEFORE | MINE | MORE | OFF);
        let thing = |here: Tags| here.any(CAR | IT) && !here.any(ITEM);
        let object = after.is_some_and(|to| thing(clause.at(to)));
        let item = clause.within(0..clause.len(), ITEM | QUOTE | DASH);
        let subject = (0..at).rev().take(4).any(|to| thing(clause.at(to)));
        let ends = after.is_none()
            && (at == 0 || clause.within(0..at, I | PERSON | ANYMORE | IT))
            && clause.len() <= 5;
        let not = clause.within(at.saturating_sub(2)..at, NEG | FORBID | MODAL) || clause.asks;
        !theirs && !item && !not && (object || subject || ends)
    });
    if gone {
        return true;
    }
    // "don't own a Ford", "haven't had the van in years", "no longer have it"
    let without = clause.places(NEG | FORBID).any(|at| {
        if clause.within(0..at, YOU) {
            return false;
        }
        clause.first(at + 1..at + 4, OWN).is_some_and(|own| {
            let to = clause.object(own + 1, BEFORE | MINE);
            let car = to.is_some_and(|to| clause.at(to).any(CAR));
            let it = to.is_some_and(|to| clause.at(to).any(IT));
            // "I don't have my car now"
            let mine = to.is_some_and(|to| clause.within(own + 1..to, MINE));
            let later = (mine || clause.all.any(UNTIL | APPOINTMENT)) && !clause.all.any(ANYMORE);
            let item = clause.within(own..clause.len(), ITEM | QUOTE | DASH);
            !later && !item && !clause.asks && (car || (it && clause.all.any(ANYMORE)))
        })
    });
    if without {
        return true;
    }
    // "not my car", "that's my ex's truck not mine"
    let not_mine = clause.places(NEG).any(|at| {
        let at = if clause.at(at + 1).any(IS) { at + 1 } else { at };
        let next = clause.at(at + 1);
        let car = clause.object(at + 1, MINE | BEFORE).is_some_and(|to| clause.at(to).any(CAR));
        next.any(MINE)
            && (car
                || (at + 2 >= clause.len() || clause.at(at + 2).any(ANYMORE))
                    && clause.all.any(CAR | IT | ANYMORE)
                    && !clause.all.any(IDENT | QUOTE | APPOINTMENT | ITEM))
    });
    // "my vehicle isn't a Kia"
    let other_make = clause.places(NEG).any(|at| {
        (0..at).rev().take(3).any(|mine| clause.at(mine).any(CAR) && clause.before(mine).any(MINE))
            && clause.object(at + 1, BEFORE).is_some_and(|to| clause.at(to).any(CAR))
    });
    // "my brother has it now"
    let handed = clause.places(NOW).any(|_| {
        clause.places(OWN).any(|own| {
            clause.within(0..own, PERSON | EX)
                && !clause.within(0..own, NEG | I)
                && clause.object(own + 1, BEFORE).is_some_and(|to| clause.at(to).any(CAR | IT))
        })
    });
    (handed && !clause.asks && !clause.all.any(ITEM | APPOINTMENT))
        || not_mine
        || other_make
        || clause.places(EX).any(|at| {
            clause.first(at + 1..at + 4, CAR).is_some() && clause.within(0..at, IT)
                || clause.first(at + 1..at + 3, OWN).is_some() && clause.within(at..clause.len(), CAR | IT)
        })
}

/// Tired of the messages, of us: unclear whether they shall end.
fn annoyed(clause: &Clause) -> bool {
    // "would it kill you to stop"
    let last = clause.places(CEASE).any(|at| {
        at > 0
            && at + 1 == clause.len()
            && clause.within(0..at, YOU)
            && !clause.within(0..at, ITEM | CAR | DASH | WH)
    });
    // "stop lying to me": not of messages, not of what a car does.
    let orders = clause.places(CEASE).any(|at| {
        let first =
            at == 0 || clause.before(at).any(BREAK | YOU | IT) || clause.before(at) == Tags::default();
        let ing =
            clause.ing.get(at + 1).copied().unwrap_or(false) && !clause.at(at + 1).any(CARRING | ITEM | CAR);
        first
            && ing
            && !clause.asks
            && !clause.within(0..at, CAR | ITEM | DASH)
            && clause.within(at + 2..clause.len(), ME | MINE | YOU | PERSON)
    });
    last || orders
        || clause.places(SICK).any(|at| {
            let end = clause.len().min(at + 7);
            let not = clause.within(at.saturating_sub(2)..at, NEG | MODAL);
            !not && clause.within(at + 1..end, NOUN | GERUND | YOU)
                && !clause.within(at + 1..end, ITEM | CAR | QUOTE | APPOINTMENT | DASH)
        })
}
