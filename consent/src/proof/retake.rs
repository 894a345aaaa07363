//! A decision taken again from what the streams say.

use fixedops_vocab::{Channel, Purpose, TouchKey};

use super::story::{Budget, ClearedTouch, Story};
use crate::{
    BusinessRelationship, Circumstances, ContactFacts, Decision, Effect, Means, Reached, Request, Revocation,
    RuleBook, Solicitation, decide,
};

/// What a decision taken again comes to.
pub(super) enum Retaken {
    /// It allows, as it did.
    Allows,
    /// It does not: the rules that say so.
    Refuses(Vec<String>),
    /// It was taken under another rule book than the one at hand, or its ids do not read.
    OtherBook,
}

/// Takes the decision of a clearance again, from consents, revocations, the place of the telephone and the earlier
/// solicitations as the streams had them at the versions it read.
///
/// What lies in other streams is not in a bundle: a business relationship only lifts limits, so it is taken both ways;
/// the links an e-mail must hold are taken as there; touches that competed are left out. The decision of a whole store
/// is taken again byte for byte by a replay of its journal.
pub(super) fn retake(story: &Story, cleared: &ClearedTouch, book: &RuleBook) -> Retaken {
    let data = &cleared.data;
    if data.decision.rule_book != *book.version() {
        return Retaken::OtherBook;
    }
    let (Ok(case), Ok(touch)) = (data.case.parse(), data.touch.parse()) else { return Retaken::OtherBook };
    let request = Request {
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
    };
    let mut facts = facts(story, cleared);
    let mut refused = Vec::new();
    for related in [false, true] {
        facts.ebr.last_transaction = related.then(|| cleared.at.date_naive());
        let decided = decide(&facts, &request, cleared.at, book);
        if matches!(decided.decision, Decision::Allow(_)) {
            return Retaken::Allows;
        }
        let against = |effect: Effect| matches!(effect, Effect::Blocks | Effect::Defers);
        refused = decided
            .findings
            .iter()
            .filter(|found| against(found.effect))
            .map(|found| found.rule.id.clone())
            .collect();
    }
    Retaken::Refuses(refused)
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
                channel: Means::default(),
                text: None,
                per_se: None,
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
            ..Circumstances::default()
        },
        ..ContactFacts::default()
    }
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
                && used.released_at.is_none_or(|at| at > read)
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
