//! What an inbound reply means and what it revokes.

mod dress;
mod frames;
mod grammar;
mod index;
mod items;
mod lines;
mod odometer;
mod quoted;
mod reading;
mod spelling;
mod text;
mod words;

pub use lines::{LineAnswer, LineAnswers, OpenLine, read_lines};
pub use reading::{Item, Mention, ReplyContext, ReplyLabel, ReplyReading, ReplyScope};

use std::collections::BTreeSet;

use fixedops_vocab::Scope;

use grammar::{GRAMMAR, Grammar, Turn};
use items::{Spoken, What};
use text::Reduced;
use words::{Kinds, Word, WordId};

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
    let grammar = &*GRAMMAR;
    conclude_reduced(&text::reduce(text, grammar), grammar, context)
}

fn conclude_reduced(reduced: &Reduced, grammar: &Grammar, context: &ReplyContext) -> ReplyReading {
    if reduced.reaction {
        return single(ReplyLabel::Reaction, ReplyScope::None);
    }
    let mut found = Found::default();
    let alone = reduced.clauses().filter(|clause| grammar.speaks(clause)).count() <= 1;
    for clause in reduced.clauses() {
        found.read(grammar, clause, alone);
    }
    let spoken = items::spoken(reduced, grammar);
    found.answered(&spoken);
    found.conclude(reduced, context, items::named(&spoken, grammar))
}

fn single(label: ReplyLabel, scope: ReplyScope) -> ReplyReading {
    ReplyReading { label, scope, intents: vec![label], items: vec![], odometer: None }
}

/// What the clauses said.
#[derive(Default)]
struct Found {
    /// Labels as bits.
    intents: u32,
    scopes: Vec<ReplyScope>,
    /// Lent to each clause in turn.
    clause: Vec<Word>,
    candidates: Vec<u64>,
}

impl Found {
    /// Applies the patterns in their order; words read by one are not read again by another.
    fn read(&mut self, grammar: &Grammar, clause: &[Word], alone: bool) {
        let mut candidates = core::mem::take(&mut self.candidates);
        grammar.candidates(clause, &mut candidates);
        let mut left = core::mem::take(&mut self.clause);
        left.clear();
        left.extend_from_slice(clause);
        let (mut framed, mut revoked) = (false, false);
        let known = self.scopes.len();
        let mut saying = None;
        for (cell, mut bits) in candidates.iter().copied().enumerate() {
            while bits != 0 {
                let number = cell * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let Some(pattern) = grammar.patterns.get(number) else { continue };
                // What the guards have left is read as a whole before the patterns take words out of it.
                if !framed && pattern.turn() == Turn::Other {
                    framed = true;
                    saying = frames::read(grammar, &left);
                }
                let Some(range) = grammar.find(pattern, &left, alone) else { continue };
                if let Some(label) = pattern.label {
                    self.add(label, pattern.scope);
                    revoked |= matches!(pattern.scope, ReplyScope::Suppress(_));
                }
                let declines = pattern.label == Some(ReplyLabel::DeclineItem);
                if pattern.label.is_none() || pattern.scope != ReplyScope::None || declines {
                    for word in left.iter_mut().skip(range.start).take(range.len()) {
                        word.id = WordId::READ;
                        word.kinds = Kinds::default();
                    }
                }
            }
        }
        if !framed {
            saying = frames::read(grammar, &left);
        }
        // "stop texting me about the Jeep": the pattern has seen the order, not what it is about.
        let one_vehicle = saying.is_some_and(|said| {
            said.scope == ReplyScope::Suppress(Scope::ThisVehicle) && said.label == ReplyLabel::OptOutFreetext
        });
        let narrower =
            |scope: &ReplyScope| matches!(scope, ReplyScope::Suppress(Scope::Sms | Scope::Marketing));
        if one_vehicle && self.scopes.iter().skip(known).all(narrower) {
            self.scopes.truncate(known);
            revoked = false;
        }
        // An indirect request to stop texting is read wider than the order.
        let narrow = self.scopes == [ReplyScope::Suppress(Scope::Sms)];
        // Who has moved away may not be the one who has the telephone.
        let moved = self.scopes == [ReplyScope::Suppress(Scope::ThisVehicle)];
        if let Some(said) = saying.filter(|said| {
            !revoked
                || (narrow && said.indirect)
                || said.threat
                || (moved && said.label == ReplyLabel::WrongNumber)
        }) {
            self.add(said.label, said.scope);
        }
        self.clause = left;
        self.candidates = candidates;
    }

    fn add(&mut self, label: ReplyLabel, scope: ReplyScope) {
        self.intents |= 1 << (label as u32);
        if scope != ReplyScope::None && !self.scopes.contains(&scope) {
            self.scopes.push(scope);
        }
    }

    /// Where no pattern found more than a question, what is wanted done with the work that is named.
    fn answered(&mut self, spoken: &[Spoken]) {
        use ReplyLabel as L;
        let told =
            [L::Question, L::Ack, L::Gibberish].iter().fold(0, |bits, label| bits | 1_u32 << (*label as u32));
        if self.intents & !told != 0 {
            return;
        }
        for spoken in spoken {
            let all = matches!(spoken.what, What::All);
            match spoken.mention {
                Mention::Approved if all => self.add(L::ApproveAll, ReplyScope::None),
                Mention::Approved => self.add(L::ApproveItem, ReplyScope::None),
                Mention::Declined | Mention::Deferred if all => self.add(L::DeclineAll, ReplyScope::None),
                Mention::Declined | Mention::Deferred => self.add(L::DeclineItem, ReplyScope::None),
                _ => {}
            }
        }
    }

    fn has(&self, label: ReplyLabel) -> bool {
        self.intents & (1 << (label as u32)) != 0
    }

    fn conclude(self, reduced: &Reduced, context: &ReplyContext, items: Vec<Item>) -> ReplyReading {
        use ReplyLabel as L;
        let scope = widest(&self.scopes);
        let mut intents = self.main_intents(reduced);
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
            let bare = reduced.words().len() <= 2;
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
        let odometer = if intents.contains(&L::MileageReport) { odometer::read(reduced) } else { None };
        ReplyReading { label, scope, intents, items, odometer }
    }

    /// The intents that count beside each other: a strong one absorbs what only surrounds it.
    fn main_intents(&self, reduced: &Reduced) -> Vec<ReplyLabel> {
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
            if self.has(first) && self.has(second) && reduced.words().len() > 3 {
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
        } else if self.has(L::Gibberish) || !readable(reduced) {
            kept.push(L::Gibberish);
        } else {
            kept.push(L::Question);
        }
        let asks = self.has(L::Question) && reduced.clauses().count() > 1;
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
fn readable(reduced: &Reduced) -> bool {
    let vowel = |word: &str| word.chars().any(|letter| "aeiouy".contains(letter));
    let like_words = reduced
        .words()
        .iter()
        .any(|word| word.id != WordId::UNKNOWN && word.end > word.start + 1 && vowel(reduced.text(word)));
    let pronounced = |word: &&Word| {
        let text = reduced.text(word);
        text.chars().any(|letter| "aeiou".contains(letter)) && text.chars().all(char::is_alphabetic)
    };
    like_words || (reduced.words().len() >= 3 && reduced.words().iter().filter(pronounced).count() >= 3)
}
