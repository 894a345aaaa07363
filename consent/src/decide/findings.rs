use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{Confidence, Effect, Finding, RuleBook};

/// The findings so far: each rule once, with its strongest effect.
pub(super) struct Findings<'a> {
    book: &'a RuleBook,
    found: BTreeMap<&'a str, Found>,
}

struct Found {
    effect: Effect,
    until: Option<DateTime<Utc>>,
    detail: Option<String>,
}

impl<'a> Findings<'a> {
    pub(super) const fn new(book: &'a RuleBook) -> Self {
        Self { book, found: BTreeMap::new() }
    }

    /// Notes what `rule` says; a stronger effect replaces a weaker one, and of two defers the later stands.
    pub(super) fn add(&mut self, rule: &'a str, effect: Effect, detail: impl Into<Option<&'a str>>) {
        self.put(rule, effect, None, detail.into());
    }

    /// Notes that `rule` holds the message back until `until`.
    pub(super) fn defer(&mut self, rule: &'a str, until: DateTime<Utc>, detail: impl Into<Option<&'a str>>) {
        self.put(rule, Effect::Defers, Some(until), detail.into());
    }

    fn put(&mut self, rule: &'a str, effect: Effect, until: Option<DateTime<Utc>>, detail: Option<&str>) {
        let stronger = self.found.get(rule).is_none_or(|found| (found.effect, found.until) < (effect, until));
        if stronger {
            self.found.insert(rule, Found { effect, until, detail: detail.map(str::to_owned) });
        }
    }

    /// Whether any rule forbids the message.
    pub(super) fn blocked(&self) -> bool {
        self.found.values().any(|found| found.effect == Effect::Blocks)
    }

    /// Blocks first, then defers, permits, notes; within an effect by rule id.
    pub(super) fn finish(self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self
            .found
            .into_iter()
            .map(|(id, found)| {
                let rule = self.book.rule(id);
                Finding {
                    rule: id.to_owned(),
                    citation: rule.map(|rule| rule.citation.clone()).unwrap_or_default(),
                    finding: found.effect,
                    until: found.until,
                    detail: found.detail,
                    effective: rule.map(|rule| rule.effective.clone()).unwrap_or_default(),
                    confidence: rule.map_or(Confidence::Derived, |rule| rule.confidence),
                }
            })
            .collect();
        findings.sort_by(|a, b| b.finding.cmp(&a.finding).then_with(|| a.rule.cmp(&b.rule)));
        findings
    }
}
