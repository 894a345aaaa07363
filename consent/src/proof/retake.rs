//! A decision taken again from what the streams say.

use chrono::{DateTime, Months, Utc};
use fixedops_vocab::{Channel, Purpose, TouchKey};

use super::story::{Budget, ClearedTouch, FindingEntry, Story};
use crate::{
    BusinessRelationship, Circumstances, ContactFacts, Decision, DncStatus, Effect, Evidence, Finding,
    FindingRecord, Reached, ReassignedNumber, Request, Revocation, RndAnswer, RuleBook, Solicitation,
    Whereabouts, decide,
};

/// A decision taken again.
pub(super) struct Retaken {
    /// The rules against it, where it does not allow under any reading.
    pub(super) refuses: Option<Vec<String>>,
    /// The rules that were left out though every reading has them, and those that no reading has: by id.
    pub(super) left_out: Vec<String>,
    pub(super) invented: Vec<String>,
    /// Where the telephone may have been.
    pub(super) place: Whereabouts,
}

/// Takes the decision of a clearance again, from consents, revocations, the place of the telephone and the earlier
/// solicitations as the streams had them at the versions it read. `None` where it was taken under another rule book than
/// the one at hand.
///
/// What lies in other streams is not in a bundle: a business relationship only lifts limits, so it is taken both ways;
/// what the registries answered is taken every way; the links an e-mail must hold are taken as there; touches that
/// competed are left out, since where they count nothing is cleared. The decision of a whole store is taken again byte
/// for byte by a replay of its journal.
pub(super) fn retake(story: &Story, cleared: &ClearedTouch, book: &RuleBook) -> Option<Retaken> {
    let data = &cleared.data;
    if data.decision.rule_book != *book.version() {
        return None;
    }
    let place = place(story, cleared, book);
    let Some(request) = request(story, cleared) else {
        let refuses = Some(vec!["case and touch do not read".to_owned()]);
        return Some(Retaken { refuses, left_out: Vec::new(), invented: Vec::new(), place });
    };
    let facts = facts(story, cleared);
    let taken = |facts: &ContactFacts| {
        let decided = decide(facts, &request, cleared.at, book);
        let findings: Vec<FindingEntry> = decided.findings.iter().map(entry).collect();
        (matches!(decided.decision, Decision::Allow(_)), findings)
    };
    let mut allowed = Vec::new();
    let mut refuses = Vec::new();
    for reading in plain_readings(&facts, cleared) {
        let (allows, findings) = taken(&reading);
        if allows {
            allowed.push(findings);
        } else {
            let against = |found: &&FindingEntry| matches!(found.finding, Effect::Blocks | Effect::Defers);
            refuses = findings.iter().filter(against).map(|found| found.rule.clone()).collect();
        }
    }
    if allowed.is_empty() {
        return Some(Retaken { refuses: Some(refuses), left_out: Vec::new(), invented: Vec::new(), place });
    }
    let said = &data.decision.rules;
    let (mut left_out, mut invented) = (Vec::new(), Vec::new());
    if !allowed.contains(said) {
        let others = other_readings(&facts, cleared);
        allowed.extend(others.iter().map(taken).filter(|(allows, _)| *allows).map(|(_, findings)| findings));
        let every = |found: &FindingEntry| allowed.iter().all(|findings| findings.contains(found));
        let some = |found: &FindingEntry| allowed.iter().any(|findings| findings.contains(found));
        let first = allowed.first().map(Vec::as_slice).unwrap_or_default();
        let missing = first.iter().filter(|found| every(found) && !said.contains(found));
        left_out = missing.map(|found| found.rule.clone()).collect();
        invented = said.iter().filter(|found| !some(found)).map(|found| found.rule.clone()).collect();
        if said
            .iter()
            .enumerate()
            .any(|(place, found)| said.iter().skip(place + 1).any(|o| o.rule == found.rule))
        {
            invented.push("a rule that stands twice".to_owned());
        }
    }
    Some(Retaken { refuses: None, left_out, invented, place })
}

/// What a decision says when it is taken as the streams have it: what an honest loop writes down.
#[cfg(test)]
pub(super) fn findings_of(story: &Story, cleared: &ClearedTouch, book: &RuleBook) -> Vec<FindingEntry> {
    let Some(request) = request(story, cleared) else { return Vec::new() };
    decide(&facts(story, cleared), &request, cleared.at, book).findings.iter().map(entry).collect()
}

/// Where the telephone may have been when a message was cleared, as the rule book sees it.
fn place(story: &Story, cleared: &ClearedTouch, book: &RuleBook) -> Whereabouts {
    let recipient = story.linked_before(cleared.version).map(|linked| linked.recipient.clone());
    let facts = ContactFacts { recipient: recipient.unwrap_or_default(), ..ContactFacts::default() };
    match request(story, cleared) {
        Some(request) => decide(&facts, &request, cleared.at, book).whereabouts(),
        None => Whereabouts { zones: Vec::new(), evidence: Evidence::default() },
    }
}

fn request(story: &Story, cleared: &ClearedTouch) -> Option<Request> {
    let data = &cleared.data;
    let (Ok(case), Ok(touch)) = (data.case.parse(), data.touch.parse()) else { return None };
    Some(Request {
        contact: story.contact,
        channel: data.channel,
        purpose: data.purpose,
        digest: data.digest,
        versions: data.read,
        key: TouchKey { case, touch },
        program: data.program.clone(),
        subject: Some(data.subject.clone()),
        vehicle: Some(data.vehicle.clone()),
        contains_offer: data.decision.rules.iter().any(|found| found.rule == "FED-DUAL-PURPOSE"),
        competing: Vec::new(),
    })
}

fn entry(found: &Finding<'_>) -> FindingEntry {
    let FindingRecord { rule, citation, finding, until, detail, effective, confidence } = found.record();
    FindingEntry { rule, citation, finding, until, detail, effective, confidence }
}

/// Without a business relationship, and with a transaction, an inquiry, or both, of lately: two days before the day at
/// Greenwich is no later than the recipient's own today.
fn plain_readings(facts: &ContactFacts, cleared: &ClearedTouch) -> [ContactFacts; 4] {
    let lately = cleared.at.date_naive().checked_sub_days(chrono::Days::new(2));
    [(None, None), (lately, None), (None, lately), (lately, lately)].map(
        |(last_transaction, last_inquiry)| {
            let ebr = BusinessRelationship { last_transaction, last_inquiry };
            ContactFacts { ebr, ..facts.clone() }
        },
    )
}

/// Relationships that are some months old, and every answer of a registry.
fn other_readings(facts: &ContactFacts, cleared: &ClearedTouch) -> Vec<ContactFacts> {
    let today = cleared.at.date_naive();
    let old = |months: u32| {
        let ebr = BusinessRelationship {
            last_transaction: today.checked_sub_months(Months::new(months)),
            last_inquiry: None,
        };
        ContactFacts { ebr, ..facts.clone() }
    };
    let mut readings: Vec<ContactFacts> = (1..=24).map(old).collect();
    let registries = [
        DncStatus { looked_up: Some(false), ..DncStatus::default() },
        DncStatus { scrubbed_at: Some(today), ..DncStatus::default() },
        DncStatus { national: Some(true), scrubbed_at: Some(today), ..DncStatus::default() },
        DncStatus { national: Some(true), ..DncStatus::default() },
        DncStatus { state: Some(true), ..DncStatus::default() },
    ];
    for base in plain_readings(facts, cleared) {
        readings.extend(registries.iter().map(|dnc| ContactFacts { dnc: dnc.clone(), ..base.clone() }));
        readings.extend([RndAnswer::No, RndAnswer::NoData].map(|result| {
            let rnd = Some(ReassignedNumber { result, checked_at: None, since: None });
            ContactFacts { facts: Circumstances { rnd, ..base.facts.clone() }, ..base.clone() }
        }));
    }
    readings
}

fn facts(story: &Story, cleared: &ClearedTouch) -> ContactFacts {
    let data = &cleared.data;
    let consents = story.grants_of(&data.person, cleared.version).map(|granted| granted.data.consent.clone());
    // The customer wins a tie, and a grant lifts only what stands before it in the journal too.
    let revocations =
        story.revocations.iter().filter(|revoked| revoked.version < cleared.version).map(|revoked| {
            let earlier = story.grants.iter().filter(|granted| {
                granted.version < revoked.version && granted.data.occurred_at > revoked.data.occurred_at
            });
            Revocation {
                received_at: earlier
                    .map(|granted| granted.data.occurred_at)
                    .max()
                    .unwrap_or(revoked.data.occurred_at),
                channel: revoked.data.means.unwrap_or_default(),
                text: None,
                per_se: revoked.data.per_se,
                scope: Some(revoked.data.scope),
                vehicle: revoked.data.vehicle.clone(),
                purposes: Vec::new(),
            }
        });
    let confirmed =
        (data.purpose == Purpose::RevocationConfirmation).then(|| confirmed_before(story, cleared));
    let asked = (data.purpose == Purpose::Reply)
        .then(|| story.replies.iter().rev().find(|reply| reply.version < cleared.version))
        .flatten();
    let mail = (data.channel == Channel::Email).then_some(true);
    ContactFacts {
        recipient: story
            .linked_before(cleared.version)
            .map(|linked| linked.recipient.clone())
            .unwrap_or_default(),
        consents: consents.collect(),
        revocations: revocations.collect(),
        ebr: BusinessRelationship::default(),
        history: history(story, cleared),
        facts: Circumstances {
            unsubscribe_link: mail,
            postal_address: mail,
            one_click_headers: mail,
            confirmation_already_sent: confirmed,
            inbound_at: asked.map(|reply| reply.data.occurred_at),
            held_since: held_since(story, cleared),
            ..Circumstances::default()
        },
        ..ContactFacts::default()
    }
}

/// Since when an answer that may be an opt-out holds marketing.
fn held_since(story: &Story, cleared: &ClearedTouch) -> Option<DateTime<Utc>> {
    let mut since = None;
    for reply in story.replies.iter().filter(|reply| reply.version < cleared.version) {
        match (reply.data.scope.as_str(), reply.data.label.as_str()) {
            ("clarify", _) => since = Some(reply.data.occurred_at),
            ("none", "opt_in") => since = None,
            _ => {}
        }
    }
    since
}

/// Whether an opt-out was confirmed already, with no later consent in between.
pub(super) fn confirmed_before(story: &Story, cleared: &ClearedTouch) -> bool {
    let last_grant = story.grants.iter().rev().find(|granted| granted.version < cleared.version);
    let since = last_grant.map_or(0, |granted| granted.version);
    story.cleared.iter().any(|earlier| {
        earlier.version < cleared.version
            && earlier.version > since
            && earlier.data.purpose == Purpose::RevocationConfirmation
            && (&earlier.data.case, &earlier.data.touch) != (&cleared.data.case, &cleared.data.touch)
            && earlier.went_out()
    })
}

/// Earlier solicitations, as the person's and the household's streams had them at the versions that were read.
fn history(story: &Story, cleared: &ClearedTouch) -> Vec<Solicitation> {
    let data = &cleared.data;
    let counted = |read: u64| {
        move |used: &&Budget| {
            used.version <= read
                && used.released_at.is_none_or(|(at, _)| at > read)
                && used.data.purpose == Purpose::Marketing
                && (&used.data.case, &used.data.touch) != (&data.case, &data.touch)
        }
    };
    let of = |stream: String| story.budgets.get(&stream).map(Vec::as_slice).unwrap_or_default();
    let solicitation = |used: &Budget, reached| Solicitation {
        at: used.data.occurred_at,
        subject: Some(used.data.subject.clone()),
        program: Some(used.data.program.clone()),
        reached,
    };
    let own = of(format!("person/{}", data.person)).iter().filter(counted(data.read.person));
    let shared = of(format!("household/{}", data.household))
        .iter()
        .filter(counted(data.read.household))
        .filter(|used| used.data.person != data.person);
    let mut history: Vec<Solicitation> = own
        .map(|used| solicitation(used, Reached::Person))
        .chain(shared.map(|used| solicitation(used, Reached::Household)))
        .collect();
    history.sort_by_key(|earlier| earlier.at);
    history
}

impl ClearedTouch {
    /// The name under which the person store has the exact words.
    pub(super) fn words_fact(&self) -> String {
        format!("sent/{}#{}", self.data.case, self.data.touch)
    }

    /// Whether it went out, or may have.
    pub(super) fn went_out(&self) -> bool {
        use super::story::SettledKind::{Sent, Unknown};
        self.settled.as_ref().is_some_and(|settled| matches!(settled.kind, Sent | Unknown))
    }
}

impl Story {
    /// Whether no later clearance of the same touch took its place: the person store has the words of the last.
    pub(super) fn is_last_of_its_touch(&self, cleared: &ClearedTouch) -> bool {
        !self.cleared.iter().any(|later| {
            later.version > cleared.version
                && later.data.case == cleared.data.case
                && later.data.touch == cleared.data.touch
        })
    }
}
