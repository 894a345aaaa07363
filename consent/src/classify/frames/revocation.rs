//! The forms of a revocation, each by what it takes.

use fixedops_vocab::Scope;

use super::super::ReplyScope;
use super::ALL;
use super::clause::Clause;
use super::tags::*;

/// Unsubscribe, opt out: unless of something else, or as a mishap, or asked about.
pub(super) fn unsubscribed(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn by_a_thing(clause: &Clause, at: usize, object: Option<usize>) -> bool {
    let thing =
        at > 0 && (clause.before(at).any(ITEM | CAR | DASH | IDENT) || clause.before(at) == Tags::default());
    let whom = object.is_some_and(|object| clause.within(object + 1..object + 3, ME | PERSON | IDENT | MINE));
    thing && !whom
}

/// Stop ... texts; make these texts stop.
pub(super) fn ceased(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn forbidden(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn unwanted(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn no_more(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn removed(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn finished(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn turned_off(clause: &Clause) -> Option<ReplyScope> {
    clause.places(TURN).find_map(|at| {
        let off = clause.first(at + 1..at + 7, OFF)?;
        let noun = clause.first(at + 1..at + 7, NOUN)?;
        (!clause.within(at..clause.len(), ITEM | CAR | DASH | APPOINTMENT) && noun.abs_diff(off) <= 5)
            .then(|| clause.scope(noun))
    })
}

/// Texts are not welcome; texting isn't.
pub(super) fn unwelcome(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn only_by(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn ended(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn alone(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn threatened(clause: &Clause) -> Option<ReplyScope> {
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
pub(super) fn evident(clause: &Clause) -> Option<ReplyScope> {
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
