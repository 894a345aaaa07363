use chrono::{DateTime, Utc};

use crate::{ContactFacts, Decided, Decision, Request, RuleBook};

/// Decides whether the message may go out at `now`.
pub fn decide(facts: &ContactFacts, request: &Request, now: DateTime<Utc>, book: &RuleBook) -> Decided {
    let _ = (facts, request, now);
    Decided { decision: Decision::Deny, findings: vec![], rule_book: book.version().clone() }
}
