//! A clause as what its words can be, and what may be asked of it.

use core::ops::Range;

use fixedops_vocab::Scope;

use super::super::ReplyScope;
use super::super::grammar::Grammar;
use super::super::words::{Kinds, Word};
use super::tags::*;

/// A clause as tags, phrases taken together.
pub(super) struct Clause {
    pub(super) tags: Vec<Tags>,
    pub(super) all: Tags,
    /// Ends in -ing.
    pub(super) ing: Vec<bool>,
    pub(super) name: Vec<bool>,
    pub(super) question: bool,
    /// Put as a question, with or without its mark.
    pub(super) asks: bool,
}

impl Clause {
    pub(super) fn new(grammar: &Grammar, words: &[Word]) -> Self {
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

    pub(super) fn at(&self, place: usize) -> Tags {
        self.tags.get(place).copied().unwrap_or_default()
    }

    pub(super) fn before(&self, place: usize) -> Tags {
        place.checked_sub(1).map(|before| self.at(before)).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.tags.len()
    }

    pub(super) fn places(&self, tags: Tags) -> impl Iterator<Item = usize> {
        self.tags.iter().enumerate().filter(move |(_, here)| here.any(tags)).map(|(at, _)| at)
    }

    pub(super) fn within(&self, range: Range<usize>, tags: Tags) -> bool {
        self.tags.iter().take(range.end).skip(range.start).any(|here| here.any(tags))
    }

    pub(super) fn first(&self, range: Range<usize>, tags: Tags) -> Option<usize> {
        (range.start..range.end.min(self.len())).find(|at| self.at(*at).any(tags))
    }

    /// The first word of an object that begins at `from`: past articles, adjectives and at most three unknown words.
    /// With `VERB` in `past` a verb is what is looked for, though it may be an adjective ("text messages").
    pub(super) fn object(&self, from: usize, past: Tags) -> Option<usize> {
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
    pub(super) fn messages(&self, from: usize) -> Option<usize> {
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
    pub(super) fn channel(&self, at: usize) -> Scope {
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
    pub(super) fn one_vehicle(&self, from: usize) -> bool {
        self.first(from..self.len(), REGARDING).is_some_and(|about| {
            self.object(about + 1, BEFORE | MINE | ME | WORK).is_some_and(|at| self.at(at).any(CAR))
        })
    }

    pub(super) fn scope(&self, at: usize) -> ReplyScope {
        let of_vehicle = self.at(at).any(NOUN) && self.before(at).any(CAR);
        if of_vehicle || self.one_vehicle(at) {
            return ReplyScope::Suppress(Scope::ThisVehicle);
        }
        ReplyScope::Suppress(self.channel(at))
    }
}
