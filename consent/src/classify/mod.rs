//! What an inbound reply means and what it revokes.

mod grammar;
mod items;
mod reading;
mod spelling;
mod text;

pub use reading::{Item, Mention, ReplyContext, ReplyLabel, ReplyReading, ReplyScope};

use std::collections::BTreeSet;

use fixedops_vocab::Scope;

use grammar::{GRAMMAR, Grammar, Turn};
use text::Word;

/// Reads an inbound text: what it says, what it revokes, which items of work it names.
///
/// A fixed grammar of English and Spanish (`rules/replies.txt`), no model and no network: the same text in the same
/// context is always read the same way. Quoted text and telephones' reactions are taken off first. Where an opt-out is
/// in doubt the scope is [`ReplyScope::Clarify`].
///
/// ```
/// use fixedops_consent::{ReplyContext, ReplyLabel, ReplyScope, classify};
/// use fixedops_vocab::Scope;
/// let context = ReplyContext::default();
/// assert_eq!(classify("Stop. Thank you", &context).scope, ReplyScope::Suppress(Scope::All));
/// assert_eq!(classify("I'll stop by at 5", &context).scope, ReplyScope::None);
/// assert_eq!(classify("stop calling me, text is fine", &context).scope, ReplyScope::Suppress(Scope::Calls));
/// assert_eq!(classify("not interested", &context).label, ReplyLabel::NotInterested);
/// ```
#[must_use]
pub fn classify(text: &str, context: &ReplyContext) -> ReplyReading {
    let reduced = text::reduce(text);
    if reduced.reaction {
        return single(ReplyLabel::Reaction, ReplyScope::None);
    }
    let grammar = &*GRAMMAR;
    let mut clauses = reduced.clauses;
    let few = clauses.iter().map(Vec::len).sum::<usize>() <= 4;
    for clause in &mut clauses {
        if few || clause.iter().any(|word| word.text.len() >= 6) {
            spelling::correct(clause, grammar);
        }
    }
    let mut found = Found::default();
    let alone = clauses.iter().filter(|clause| clause.iter().any(|word| !grammar.is_fill(word))).count() <= 1;
    for clause in &clauses {
        found.read(grammar, clause, alone);
    }
    let items = items::named(&clauses);
    found.conclude(&clauses, context, items)
}

fn single(label: ReplyLabel, scope: ReplyScope) -> ReplyReading {
    ReplyReading { label, scope, intents: vec![label], items: vec![] }
}

/// What the clauses said.
#[derive(Default)]
struct Found {
    intents: BTreeSet<ReplyLabel>,
    scopes: Vec<ReplyScope>,
}

/// A word that was read already.
const READ: &str = "_";

impl Found {
    /// Applies the patterns in their order; words read by one are not read again by another.
    fn read(&mut self, grammar: &Grammar, clause: &[Word], alone: bool) {
        let mut clause = clause.to_vec();
        // What is the whole text first, then guards: what those cover is no opt-out.
        for turn in [Turn::Whole, Turn::Guard, Turn::Other] {
            for pattern in grammar.patterns.iter().filter(|pattern| pattern.turn() == turn) {
                let Some(range) = grammar.find(pattern, &clause, alone) else { continue };
                if let Some(label) = pattern.label {
                    self.intents.insert(label);
                    self.scopes.push(pattern.scope);
                }
                let declines = pattern.label == Some(ReplyLabel::DeclineItem);
                if pattern.label.is_none() || pattern.scope != ReplyScope::None || declines {
                    for word in clause.iter_mut().skip(range.start).take(range.len()) {
                        READ.clone_into(&mut word.text);
                    }
                }
            }
        }
    }

    fn has(&self, label: ReplyLabel) -> bool {
        self.intents.contains(&label)
    }

    fn conclude(self, clauses: &[Vec<Word>], context: &ReplyContext, items: Vec<Item>) -> ReplyReading {
        use ReplyLabel as L;
        let scope = widest(&self.scopes);
        let mut intents = self.main_intents(clauses);
        let mut scope =
            if intents.iter().any(|intent| may_revoke(*intent)) { scope } else { ReplyScope::None };

        // "Cancel it" with no appointment open can only mean the messages.
        if intents == [L::ApptCancel]
            && scope == ReplyScope::Clarify
            && context.open_appointment == Some(false)
        {
            scope = ReplyScope::Suppress(Scope::All);
            intents = vec![L::OptOutFreetext];
        }
        // A bare affirmative answers what is open.
        if intents == [L::ApproveAll] || intents == [L::OptIn] {
            let bare = clauses.iter().map(Vec::len).sum::<usize>() <= 2;
            if bare && context.opted_out == Some(true) && context.open_question != Some(true) {
                intents = vec![L::OptIn];
            } else if bare && context.open_appointment == Some(true) && context.open_quotes == Some(0) {
                intents = vec![L::ApptConfirm];
            } else if bare && context.open_quotes == Some(1) {
                intents = vec![L::ApproveAll];
            } else if bare && context.open_quotes.is_some_and(|open| open != 1) {
                intents = vec![L::Ack];
            }
        }
        let label = match intents.as_slice() {
            [] => L::Gibberish,
            [one] => *one,
            _ => L::MultiIntent,
        };
        ReplyReading { label, scope, intents, items }
    }

    /// The intents that count beside each other: a strong one absorbs what only surrounds it.
    fn main_intents(&self, clauses: &[Vec<Word>]) -> Vec<ReplyLabel> {
        use ReplyLabel as L;
        let opt_out = self.has(L::OptOutKeyword) || self.has(L::OptOutFreetext);
        let revoking = |scope: &ReplyScope| matches!(scope, ReplyScope::Suppress(_));
        let mut kept: Vec<L> = vec![];
        if self.has(L::AutoReply) && !opt_out {
            return vec![L::AutoReply];
        }
        if opt_out {
            let beside =
                [L::ApproveItem, L::DeclineItem, L::ApptConfirm, L::WrongNumber, L::NotMyCar, L::Angry];
            kept.extend(beside.into_iter().filter(|label| self.has(*label)));
            kept.push(if self.has(L::OptOutFreetext) { L::OptOutFreetext } else { L::OptOutKeyword });
            kept.sort_unstable();
            return kept;
        }
        for strong in [L::WrongNumber, L::NotMyCar] {
            if self.has(strong) && self.scopes.iter().any(revoking) {
                return vec![strong];
            }
        }
        for (first, second) in [
            (L::ApptCancel, L::ApptReschedule),
            (L::ApproveItem, L::DeclineItem),
            (L::PriceObjection, L::DeclineItem),
            (L::MileageReport, L::ApptReschedule),
            (L::Angry, L::CallMe),
            (L::ApproveAll, L::CallMe),
            (L::ApptCancel, L::Angry),
        ] {
            if self.has(first) && self.has(second) && clauses.iter().map(Vec::len).sum::<usize>() > 3 {
                return vec![first, second];
            }
        }
        let rank = [
            L::OptIn,
            L::Help,
            L::Angry,
            L::ApptCancel,
            L::ApptReschedule,
            L::CallMe,
            L::NotInterested,
            L::PriceObjection,
            L::DeclineItem,
            L::ApproveItem,
            L::ApptStatus,
            L::ApptConfirm,
            L::ApproveAll,
            L::DeclineAll,
            L::MileageReport,
            L::Ack,
            L::Question,
        ];
        if let Some(label) = rank.into_iter().find(|label| self.has(*label)) {
            kept.push(label);
        } else if self.has(L::Gibberish) || !readable(clauses) {
            kept.push(L::Gibberish);
        } else {
            kept.push(L::Question);
        }
        let asks = self.has(L::Question) && clauses.len() > 1;
        let beside_question = [L::ApptConfirm, L::ApproveItem, L::DeclineAll, L::MileageReport, L::Ack];
        if asks && kept.iter().any(|label| beside_question.contains(label)) {
            kept.push(L::Question);
        }
        kept.sort_unstable();
        kept
    }
}

fn may_revoke(label: ReplyLabel) -> bool {
    use ReplyLabel as L;
    matches!(
        label,
        L::OptOutKeyword
            | L::OptOutFreetext
            | L::WrongNumber
            | L::NotMyCar
            | L::NotInterested
            | L::Angry
            | L::ApptCancel
    )
}

/// The widest of several scopes: all or number, marketing, one channel, one vehicle, clarify, none; two different
/// channels make all.
fn widest(scopes: &[ReplyScope]) -> ReplyScope {
    let channels: BTreeSet<Scope> = scopes
        .iter()
        .filter_map(|scope| match scope {
            ReplyScope::Suppress(scope @ (Scope::Sms | Scope::Calls | Scope::Email)) => Some(*scope),
            _ => None,
        })
        .collect();
    let number = scopes.contains(&ReplyScope::Suppress(Scope::Number));
    if channels.len() > 1 || (number && !channels.is_empty()) {
        return ReplyScope::Suppress(Scope::All);
    }
    let width = |scope: &ReplyScope| match scope {
        ReplyScope::Suppress(Scope::All) => 6,
        ReplyScope::Suppress(Scope::Number) => 5,
        ReplyScope::Suppress(Scope::Marketing) => 4,
        ReplyScope::Suppress(Scope::Sms | Scope::Calls | Scope::Email) => 3,
        ReplyScope::Suppress(Scope::ThisVehicle) => 2,
        ReplyScope::Clarify => 1,
        ReplyScope::None => 0,
    };
    scopes.iter().copied().max_by_key(width).unwrap_or(ReplyScope::None)
}

/// Whether most words look like words: a vowel, and not too long without one.
fn readable(clauses: &[Vec<Word>]) -> bool {
    let words: Vec<&str> = clauses.iter().flatten().map(|word| word.text.as_str()).collect();
    let like_words = words
        .iter()
        .filter(|word| {
            word.len() > 1 && word.chars().any(|c| "aeiouy".contains(c)) && GRAMMAR.words.contains(**word)
        })
        .count();
    like_words >= 1
        || (words.len() >= 3
            && words
                .iter()
                .filter(|word| {
                    word.chars().any(|c| "aeiou".contains(c)) && word.chars().all(char::is_alphabetic)
                })
                .count()
                >= 3)
}
