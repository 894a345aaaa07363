use core::fmt;

use chrono::{DateTime, Utc};
use fixedops_vocab::{Channel, ConsentLevel, PolicyVersion, Purpose, Scope};
use serde::{Deserialize, Serialize};

use super::bundle::{PrivateFact, instant};
use super::story::{ClearedTouch, FindingEntry, SettledKind, Story};
use crate::capture::GrantEvidence;
use crate::{Consent, ContentDigest, ReadVersions};

/// The streams in plain tables. Drawn up from them, and drawn up again and compared by whoever verifies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Whose contact point it was, in order.
    pub links: Vec<LinkEntry>,
    /// Consents, in journal order.
    pub grants: Vec<GrantEntry>,
    /// Revocations, in journal order.
    pub revocations: Vec<RevocationEntry>,
    /// Replies, in journal order.
    pub replies: Vec<ReplyEntry>,
    /// Every clearance and what became of it, in journal order.
    pub sends: Vec<SendEntry>,
    /// Erasures of persons behind the contact.
    pub erasures: Vec<ErasureEntry>,
    /// Every rule book a decision was taken under, in order of first use.
    pub rule_books: Vec<PolicyVersion>,
}

/// Whose contact point it was.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkEntry {
    /// Version in the contact's stream.
    pub version: u64,
    /// When it was recorded.
    #[serde(with = "instant")]
    pub recorded_at: DateTime<Utc>,
    /// The person, by the dealer's id.
    pub person: String,
    /// The household, by id.
    pub household: String,
    /// `phone` or `email`.
    pub medium: String,
}

/// One consent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantEntry {
    /// Version in the contact's stream.
    pub version: u64,
    /// Hash of the event: its id as proof.
    pub hash: String,
    /// When it was recorded.
    #[serde(with = "instant")]
    pub recorded_at: DateTime<Utc>,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// By whom, by the dealer's id; `None` where nobody was linked.
    pub person: Option<String>,
    /// What it was taken as.
    pub level: ConsentLevel,
    /// For which channels.
    pub channels: Vec<Channel>,
    /// Where it came from.
    pub source: String,
    /// Its elements as the decision reads them.
    pub consent: Consent,
    /// What it lacks to be written consent, channel by channel; empty where it lacks nothing.
    pub lacks_written: Vec<String>,
    /// The words that were shown, the act, the digests.
    pub evidence: Option<GrantEvidence>,
    /// Number as entered, IP address, browser: one JSON text, while the person store has it.
    pub private: Option<String>,
}

/// One revocation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationEntry {
    /// Version in the contact's stream.
    pub version: u64,
    /// When it was recorded.
    #[serde(with = "instant")]
    pub recorded_at: DateTime<Utc>,
    /// When the customer said so.
    pub occurred_at: DateTime<Utc>,
    /// What it reaches.
    pub scope: Scope,
    /// The vehicle, for scope `this_vehicle`.
    pub vehicle: Option<String>,
    /// How it came in.
    pub source: String,
    /// The customer's words, while the person store has them.
    pub words: Option<String>,
    /// Later consents for a channel it reaches, by version: what may lift it.
    pub later_grants: Vec<u64>,
}

/// One message of the customer's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyEntry {
    /// Version in the contact's stream.
    pub version: u64,
    /// When it came in.
    pub occurred_at: DateTime<Utc>,
    /// How it was read.
    pub label: String,
    /// What it revokes: a scope, `none`, `clarify`.
    pub scope: String,
    /// Keyed digest of the words.
    pub digest: ContentDigest,
    /// The words, while the person store has them.
    pub words: Option<String>,
}

/// One clearance, and what became of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendEntry {
    /// Version of the clearance in the contact's stream.
    pub cleared_version: u64,
    /// When it was cleared: the suppression check.
    #[serde(with = "instant")]
    pub cleared_at: DateTime<Utc>,
    /// The case.
    pub case: String,
    /// The touch in it.
    pub touch: String,
    /// How.
    pub channel: Channel,
    /// What for.
    pub purpose: Purpose,
    /// The programme.
    pub program: String,
    /// What it is about.
    pub subject: String,
    /// The vehicle it speaks of, by id.
    pub vehicle: String,
    /// The person it was cleared for, by id.
    pub person: String,
    /// The decision: `allow`.
    pub decision: String,
    /// The rule book.
    pub rule_book: PolicyVersion,
    /// Every rule that bore on it.
    pub findings: Vec<FindingEntry>,
    /// The versions of contact, person and household it was decided at.
    pub read: ReadVersions,
    /// The consents it rests on, by version.
    pub rests_on: Vec<u64>,
    /// The opt-outs before it that speak of it in the widest reading, by version; a later consent may have lifted them.
    pub reached_by: Vec<u64>,
    /// Keyed digest of the exact words.
    pub content_digest: ContentDigest,
    /// The exact words, with the number or address they went to, as JSON, while the person store has them.
    pub words: Option<String>,
    /// What became of it.
    pub outcome: SendOutcome,
    /// Version of the event that says so.
    pub outcome_version: Option<u64>,
    /// When that was recorded.
    pub outcome_at: Option<DateTime<Utc>>,
    /// The transport's id.
    pub provider_id: Option<String>,
    /// Why it failed.
    pub reason: Option<String>,
    /// Whether a revocation landed between clearance and send.
    pub crossed_revocation: Option<bool>,
    /// What the carrier reported.
    pub deliveries: Vec<DeliveryEntry>,
}

/// What became of a clearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "the journal knows these")]
pub enum SendOutcome {
    /// It went out.
    Sent,
    /// It did not.
    Failed,
    /// Nobody can say.
    Unknown,
    /// Not settled, or decided anew later.
    Open,
}

/// What the carrier reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryEntry {
    /// Version in the contact's stream.
    pub version: u64,
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// Whether it arrived.
    pub delivered: bool,
    /// The carrier's word.
    pub status: String,
}

/// A person behind the contact was erased.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasureEntry {
    /// The person's stream.
    pub stream: String,
    /// Version in it.
    pub version: u64,
    /// When.
    #[serde(with = "instant")]
    pub at: DateTime<Utc>,
}

impl Account {
    pub(super) fn of(story: &Story, private: &[PrivateFact]) -> Self {
        let own = format!("contact/{}", story.contact);
        let fact = |name: String| {
            private
                .iter()
                .find(|fact| fact.subject == own && fact.name == name)
                .map(|fact| fact.value.clone())
        };
        let links = story.links.iter().map(|linked| LinkEntry {
            version: linked.version,
            recorded_at: linked.at,
            person: linked.data.person.clone(),
            household: linked.data.household.clone(),
            medium: linked.data.medium.clone(),
        });
        let grants = story.grants.iter().zip(&story.granted_by).map(|(granted, by)| GrantEntry {
            version: granted.version,
            hash: granted.hash.clone(),
            recorded_at: granted.at,
            given_at: granted.data.consent.given_at,
            person: by.clone(),
            level: granted.data.level,
            channels: granted.data.scope.clone(),
            source: granted.data.source.clone(),
            consent: granted.data.consent.clone(),
            lacks_written: lacks(&granted.data.consent),
            evidence: granted.data.capture.clone(),
            private: fact(format!("capture/{}", granted.data.key)),
        });
        let revocations = story.revocations.iter().map(|revoked| {
            let later = story.grants.iter().filter(|granted| {
                granted.version > revoked.version
                    && granted.data.occurred_at > revoked.data.occurred_at
                    && granted.data.scope.iter().any(|channel| names(revoked.data.scope, *channel))
            });
            // Words are the customer's where he wrote them: an opt-out by a link or a flag has none.
            let reply = revoked.data.key.strip_suffix("/revoked");
            let reply = reply.filter(|key| story.replies.iter().any(|reply| reply.data.key == *key));
            RevocationEntry {
                version: revoked.version,
                recorded_at: revoked.at,
                occurred_at: revoked.data.occurred_at,
                scope: revoked.data.scope,
                vehicle: revoked.data.vehicle.as_ref().map(|vehicle| vehicle.as_str().to_owned()),
                source: revoked.data.source.clone(),
                words: reply.and_then(|key| fact(format!("reply/{key}"))),
                later_grants: later.map(|granted| granted.version).collect(),
            }
        });
        let replies = story.replies.iter().map(|reply| ReplyEntry {
            version: reply.version,
            occurred_at: reply.data.occurred_at,
            label: reply.data.label.clone(),
            scope: reply.data.scope.clone(),
            digest: reply.data.digest,
            words: fact(format!("reply/{}", reply.data.key)),
        });
        let mut rule_books: Vec<PolicyVersion> = Vec::new();
        for cleared in &story.cleared {
            if !rule_books.contains(&cleared.data.decision.rule_book) {
                rule_books.push(cleared.data.decision.rule_book.clone());
            }
        }
        let erasures = story.erased.iter().map(|(stream, version, at)| ErasureEntry {
            stream: stream.clone(),
            version: *version,
            at: *at,
        });
        Self {
            links: links.collect(),
            grants: grants.collect(),
            revocations: revocations.collect(),
            replies: replies.collect(),
            sends: story
                .cleared
                .iter()
                .map(|cleared| send(story, cleared, fact(cleared.words_fact())))
                .collect(),
            erasures: erasures.collect(),
            rule_books,
        }
    }
}

/// What a consent lacks, channel by channel, at the moment it was given.
fn lacks(consent: &Consent) -> Vec<String> {
    let of = |channel: &Channel| {
        consent.lacks_written(*channel, consent.given_at).map(|lack| format!("{channel}: {lack}"))
    };
    consent.channels.iter().filter_map(of).collect()
}

fn send(story: &Story, cleared: &ClearedTouch, words: Option<String>) -> SendEntry {
    let data = &cleared.data;
    let settled = cleared.settled.as_ref();
    SendEntry {
        cleared_version: cleared.version,
        cleared_at: cleared.at,
        case: data.case.clone(),
        touch: data.touch.clone(),
        channel: data.channel,
        purpose: data.purpose,
        program: data.program.as_str().to_owned(),
        subject: data.subject.clone(),
        vehicle: data.vehicle.as_str().to_owned(),
        person: data.person.clone(),
        decision: data.decision.outcome.clone(),
        rule_book: data.decision.rule_book.clone(),
        findings: data.decision.rules.clone(),
        read: data.read,
        rests_on: story.rests_on(cleared),
        reached_by: story
            .revocations
            .iter()
            .filter(|revoked| revoked.version < cleared.version && reaches(&revoked.data, data))
            .map(|revoked| revoked.version)
            .collect(),
        content_digest: data.digest,
        words: words.filter(|_| story.is_last_of_its_touch(cleared)),
        outcome: match settled.map(|settled| settled.kind) {
            Some(SettledKind::Sent) => SendOutcome::Sent,
            Some(SettledKind::Failed) => SendOutcome::Failed,
            Some(SettledKind::Unknown) => SendOutcome::Unknown,
            None => SendOutcome::Open,
        },
        outcome_version: settled.map(|settled| settled.version),
        outcome_at: settled.map(|settled| settled.at),
        provider_id: settled.and_then(|settled| settled.data.provider_id.clone()),
        reason: settled.and_then(|settled| settled.data.reason.clone()),
        crossed_revocation: settled.and_then(|settled| settled.data.crossed_revocation),
        deliveries: cleared
            .deliveries
            .iter()
            .map(|report| DeliveryEntry {
                version: report.version,
                occurred_at: report.data.occurred_at,
                delivered: report.data.delivered,
                status: report.data.status.clone(),
            })
            .collect(),
    }
}

impl Story {
    /// The consents a clearance rests on: those of the person for this channel, given before it and after every
    /// revocation that reaches it, written ones where it markets.
    pub(super) fn rests_on(&self, cleared: &ClearedTouch) -> Vec<u64> {
        let data = &cleared.data;
        let revoked = self
            .revocations
            .iter()
            .filter(|revoked| revoked.version < cleared.version && reaches(&revoked.data, data))
            .map(|revoked| revoked.data.occurred_at)
            .max();
        let holds = |consent: &Consent| {
            let enough = if data.purpose == Purpose::Marketing {
                consent.lacks_written(data.channel, cleared.at).is_none()
            } else {
                consent.given_at <= cleared.at
                    && consent.channels.contains(&data.channel)
                    && consent.phone_matches != Some(false)
            };
            enough && revoked.is_none_or(|at| at < consent.given_at)
        };
        self.grants_of(&data.person, cleared.version)
            .filter(|granted| holds(&granted.data.consent))
            .map(|granted| granted.version)
            .collect()
    }
}

/// Whether a revocation of `scope` speaks of a channel at all.
const fn names(scope: Scope, channel: Channel) -> bool {
    match scope {
        Scope::Sms => channel.is_text(),
        Scope::Calls => channel.is_call(),
        Scope::Email => matches!(channel, Channel::Email),
        Scope::All | Scope::Number | Scope::Marketing | Scope::ThisVehicle => true,
    }
}

/// Whether a revocation speaks of a message, in the widest reading.
pub(super) fn reaches(revoked: &super::story::RevokedData, message: &super::story::ClearedData) -> bool {
    match revoked.scope {
        Scope::All | Scope::Number => true,
        Scope::Sms => message.channel.is_text(),
        Scope::Calls => message.channel.is_call(),
        Scope::Email => message.channel == Channel::Email,
        Scope::Marketing => message.purpose == Purpose::Marketing,
        Scope::ThisVehicle => revoked.vehicle.as_ref().is_none_or(|vehicle| *vehicle == message.vehicle),
    }
}

/// Whether such a revocation forbids such a message under every reading of the rules: where a message may be lawful
/// without consent, the decision says why.
pub(super) fn forbids(revoked: &super::story::RevokedData, message: &super::story::ClearedData) -> bool {
    let marketing = message.purpose == Purpose::Marketing;
    let service = matches!(message.purpose, Purpose::Informational | Purpose::Transactional);
    let robot =
        message.channel.is_text() || matches!(message.channel, Channel::AiCall | Channel::PrerecordedCall);
    let needs_consent = marketing || (service && robot);
    match revoked.scope {
        Scope::All => needs_consent,
        Scope::Number => !matches!(message.purpose, Purpose::Reply | Purpose::RevocationConfirmation),
        Scope::Sms | Scope::Calls => needs_consent && reaches(revoked, message),
        Scope::Email => marketing && reaches(revoked, message),
        Scope::Marketing => marketing,
        Scope::ThisVehicle => needs_consent && reaches(revoked, message),
    }
}

impl fmt::Debug for GrantEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantEntry({} {} {:?})", self.version, self.level, self.channels)
    }
}

impl fmt::Debug for RevocationEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RevocationEntry({} {} {})", self.version, self.scope, self.occurred_at)
    }
}

impl fmt::Debug for ReplyEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplyEntry({} {})", self.version, self.label)
    }
}

impl fmt::Debug for LinkEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LinkEntry({} {})", self.version, self.medium)
    }
}

impl fmt::Debug for SendEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cleared_version, channel, purpose, outcome, .. } = self;
        write!(f, "SendEntry({cleared_version} {channel} {purpose} {outcome:?})")
    }
}

impl fmt::Debug for ErasureEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErasureEntry({})", self.version)
    }
}
