//! What a clause asks for, put together from its parts: what shall happen (stop, remove, no more, not wanted) and to
//! what (texts, calls, the number, the list, a vehicle), with the conditions and askers that make it something else.
//!
//! The patterns of the grammar read the ways people usually say it; this reads the ways nobody listed. It decides
//! where the patterns found no revocation, widens or narrows some that they found (a threat, one vehicle), and never sees
//! words a guard has covered.

mod clause;
mod elsewhere;
mod revocation;
mod tags;

use fixedops_vocab::Scope;

use super::grammar::Grammar;
use super::words::Word;
use super::{ReplyLabel, ReplyScope};
use clause::Clause;
use tags::*;
pub(super) use tags::{NAMED, Tags};

/// What a clause was found to say.
#[derive(Clone, Copy, Debug)]
pub(in crate::classify) struct Saying {
    pub(in crate::classify) label: ReplyLabel,
    pub(in crate::classify) scope: ReplyScope,
    /// Asked rather than ordered: read wider than its words.
    pub(in crate::classify) indirect: bool,
    /// With the law, or with being blocked.
    pub(in crate::classify) threat: bool,
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
    let threat = if dash { None } else { revocation::threatened(&clause) };
    let revoked = if dash {
        None
    } else {
        threat
            .or_else(|| revocation::unsubscribed(&clause))
            .or_else(|| revocation::ceased(&clause))
            .or_else(|| revocation::forbidden(&clause))
            .or_else(|| revocation::unwanted(&clause))
            .or_else(|| revocation::no_more(&clause))
            .or_else(|| revocation::removed(&clause))
            .or_else(|| revocation::finished(&clause))
            .or_else(|| revocation::turned_off(&clause))
            .or_else(|| revocation::unwelcome(&clause))
            .or_else(|| revocation::ended(&clause))
            .or_else(|| revocation::alone(&clause))
            .or_else(|| revocation::only_by(&clause))
            .or_else(|| revocation::evident(&clause))
    };
    // A line that is no one person's: whatever else is said.
    if clause.all.any(DEVICE) && elsewhere::stranger(&clause) {
        return Some(say(ReplyLabel::WrongNumber, ReplyScope::Suppress(Scope::Number)));
    }
    if let Some(scope) = revoked {
        return Some(Saying { threat: threat.is_some(), ..free(scope) });
    }
    if elsewhere::stranger(&clause) {
        return Some(say(ReplyLabel::WrongNumber, ReplyScope::Suppress(Scope::Number)));
    }
    if elsewhere::vehicle_gone(&clause) {
        return Some(say(ReplyLabel::NotMyCar, ReplyScope::Suppress(Scope::ThisVehicle)));
    }
    if clause.all.any(HOSTILE) || elsewhere::annoyed(&clause) {
        return Some(say(ReplyLabel::Angry, ReplyScope::Clarify));
    }
    clause.all.any(COLD).then(|| say(ReplyLabel::NotInterested, ReplyScope::Clarify))
}
