//! Not that person, not that vehicle any longer, and anger that may mean either.

use super::clause::Clause;
use super::tags::*;

/// The number is somebody else's.
pub(super) fn stranger(clause: &Clause) -> bool {
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
pub(super) fn vehicle_gone(clause: &Clause) -> bool {
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
pub(super) fn annoyed(clause: &Clause) -> bool {
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
