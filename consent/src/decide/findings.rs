use chrono::{DateTime, Utc};
use smallvec::SmallVec;

use crate::book::{Named, RuleRef};
use crate::{Effect, Finding, RuleBook};

/// The findings so far: each rule once, with its strongest effect.
pub(super) struct Findings<'b> {
    book: &'b RuleBook,
    found: SmallVec<[Found; 24]>,
}

#[derive(Clone, Copy)]
struct Found {
    rule: RuleRef,
    effect: Effect,
    until: Option<DateTime<Utc>>,
    detail: Option<&'static str>,
}

impl<'b> Findings<'b> {
    pub(super) fn new(book: &'b RuleBook) -> Self {
        Self { book, found: SmallVec::new() }
    }

    /// Notes what a rule says; a stronger effect replaces a weaker one, and of two defers the later stands.
    pub(super) fn add(&mut self, rule: RuleRef, effect: Effect, detail: Option<&'static str>) {
        self.put(Found { rule, effect, until: None, detail });
    }

    /// The same of a rule that the code names.
    pub(super) fn named(&mut self, named: Named, effect: Effect, detail: impl Into<Option<&'static str>>) {
        self.add(self.book.named(named), effect, detail.into());
    }

    /// Notes that a rule holds the message back until `until`.
    pub(super) fn defer(&mut self, rule: RuleRef, until: DateTime<Utc>) {
        self.put(Found { rule, effect: Effect::Defers, until: Some(until), detail: None });
    }

    fn put(&mut self, new: Found) {
        match self.found.iter_mut().find(|found| found.rule == new.rule) {
            None => self.found.push(new),
            Some(found) if (found.effect, found.until) < (new.effect, new.until) => *found = new,
            Some(_) => {}
        }
    }

    /// Whether any rule forbids the message.
    pub(super) fn blocked(&self) -> bool {
        self.found.iter().any(|found| found.effect == Effect::Blocks)
    }

    /// Blocks first, then defers, permits, notes; within an effect by rule id.
    pub(super) fn finish(mut self) -> Vec<Finding<'b>> {
        // Places of rules are in the order of their ids.
        self.found.sort_unstable_by_key(|found| (core::cmp::Reverse(found.effect), found.rule));
        let finding = |found: &Found| {
            let rule = self.book.rule_at(found.rule)?;
            Some(Finding { rule, effect: found.effect, until: found.until, detail: found.detail })
        };
        self.found.iter().filter_map(finding).collect()
    }
}
