use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_vocab::{
    Channel, ConsentLevel, ContactHash, PolicyVersion, ProgramId, Purpose, Scope, VehicleId,
};
use serde::{Deserialize, Serialize};

use super::bundle::{EventRecord, StreamRecord};
use crate::capture::GrantEvidence;
use crate::{Confidence, Consent, ContentDigest, Effect, ReadVersions, Recipient};

/// What one rule said of a message, as the decision in the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingEntry {
    /// Id of the rule in the rule book.
    pub rule: String,
    /// Where it stands.
    pub citation: String,
    /// What it does.
    pub finding: Effect,
    /// For a defer: the first instant at which this rule alone would let the message go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// What it turned on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Since when it is in force.
    pub effective: String,
    /// How sure we are of it.
    pub confidence: Confidence,
}

#[derive(Clone, Deserialize)]
pub(super) struct DecisionData {
    pub(super) outcome: String,
    pub(super) rule_book: PolicyVersion,
    pub(super) rules: Vec<FindingEntry>,
}

#[derive(Clone, Deserialize)]
pub(super) struct LinkedData {
    pub(super) contact: ContactHash,
    pub(super) person: String,
    pub(super) household: String,
    pub(super) medium: String,
    pub(super) recipient: Recipient,
}

#[derive(Clone, Deserialize)]
pub(super) struct GrantedData {
    pub(super) key: String,
    pub(super) contact: ContactHash,
    pub(super) scope: Vec<Channel>,
    pub(super) level: ConsentLevel,
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) source: String,
    pub(super) consent: Consent,
    #[serde(default)]
    pub(super) capture: Option<GrantEvidence>,
}

#[derive(Clone, Deserialize)]
pub(super) struct RevokedData {
    pub(super) key: String,
    pub(super) contact: ContactHash,
    pub(super) scope: Scope,
    pub(super) occurred_at: DateTime<Utc>,
    pub(super) source: String,
    #[serde(default)]
    pub(super) vehicle: Option<VehicleId>,
}

#[derive(Clone, Deserialize)]
pub(super) struct ClearedData {
    pub(super) case: String,
    pub(super) touch: String,
    pub(super) contact: Option<ContactHash>,
    pub(super) channel: Channel,
    pub(super) purpose: Purpose,
    pub(super) program: ProgramId,
    pub(super) subject: String,
    #[serde(default)]
    pub(super) crossing: Option<String>,
    pub(super) vehicle: VehicleId,
    pub(super) person: String,
    pub(super) household: String,
    pub(super) digest: ContentDigest,
    pub(super) read: ReadVersions,
    pub(super) decision: DecisionData,
}

/// `touch_sent`, `touch_failed`, `touch_outcome_unknown`: what became of a clearance.
#[derive(Clone, Deserialize)]
pub(super) struct SettledData {
    pub(super) case: String,
    pub(super) touch: String,
    pub(super) contact: Option<ContactHash>,
    pub(super) channel: Channel,
    pub(super) purpose: Purpose,
    pub(super) program: ProgramId,
    pub(super) subject: String,
    #[serde(default)]
    pub(super) crossing: Option<String>,
    #[serde(default)]
    pub(super) provider_id: Option<String>,
    #[serde(default)]
    pub(super) crossed_revocation: Option<bool>,
    #[serde(default)]
    pub(super) learned: Option<String>,
    #[serde(default)]
    pub(super) reason: Option<String>,
}

#[derive(Clone, Deserialize)]
pub(super) struct DeliveryData {
    pub(super) contact: ContactHash,
    pub(super) case: String,
    pub(super) touch: String,
    pub(super) delivered: bool,
    pub(super) status: String,
    pub(super) occurred_at: DateTime<Utc>,
}

#[derive(Clone, Deserialize)]
pub(super) struct ReplyData {
    pub(super) key: String,
    pub(super) contact: ContactHash,
    pub(super) digest: ContentDigest,
    pub(super) label: String,
    pub(super) scope: String,
    pub(super) occurred_at: DateTime<Utc>,
}

#[derive(Clone, Deserialize)]
pub(super) struct BudgetData {
    pub(super) case: String,
    pub(super) touch: String,
    pub(super) contact: ContactHash,
    pub(super) person: String,
    pub(super) purpose: Purpose,
    pub(super) program: ProgramId,
    pub(super) subject: String,
    pub(super) occurred_at: DateTime<Utc>,
}

#[derive(Clone, Deserialize)]
pub(super) struct ReleasedData {
    pub(super) case: String,
    pub(super) touch: String,
}

/// A clearance, and what became of it.
#[derive(Clone)]
pub(super) struct ClearedTouch {
    pub(super) version: u64,
    pub(super) at: DateTime<Utc>,
    pub(super) data: ClearedData,
    pub(super) settled: Option<Settled>,
    pub(super) deliveries: Vec<(u64, DeliveryData)>,
}

#[derive(Clone)]
pub(super) struct Settled {
    pub(super) version: u64,
    pub(super) at: DateTime<Utc>,
    pub(super) kind: SettledKind,
    pub(super) data: SettledData,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SettledKind {
    Sent,
    Failed,
    Unknown,
}

/// An event with its version and the time it was recorded.
pub(super) struct Told<T> {
    pub(super) version: u64,
    pub(super) at: DateTime<Utc>,
    pub(super) hash: String,
    pub(super) data: T,
}

/// A use of somebody's contact budget, and where.
pub(super) struct Budget {
    pub(super) version: u64,
    pub(super) data: BudgetData,
    pub(super) released_at: Option<u64>,
}

/// What is odd about an event, where it stands.
pub(super) struct Odd {
    pub(super) version: u64,
    pub(super) event_type: String,
    pub(super) what: OddKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OddKind {
    /// Its data do not read.
    Unreadable,
    /// It names another contact.
    OtherContact,
    /// A touch was sent, failed or unknown without a clearance.
    NotCleared,
    /// A touch was sent a second time.
    SentTwice,
    /// A report about a touch nobody cleared.
    ReportOfNothing,
}

/// The streams read back: what the account, the checks and the retaken decisions all start from.
pub(super) struct Story {
    pub(super) contact: ContactHash,
    pub(super) links: Vec<Told<LinkedData>>,
    pub(super) grants: Vec<Told<GrantedData>>,
    /// Whose consent each grant is: the person linked last before it.
    pub(super) granted_by: Vec<Option<String>>,
    pub(super) revocations: Vec<Told<RevokedData>>,
    pub(super) cleared: Vec<ClearedTouch>,
    pub(super) replies: Vec<Told<ReplyData>>,
    pub(super) budgets: BTreeMap<String, Vec<Budget>>,
    /// Streams of persons with the version and time at which the person was erased.
    pub(super) erased: Vec<(String, u64, DateTime<Utc>)>,
    pub(super) odd: Vec<Odd>,
}

impl Story {
    pub(super) fn read(contact: ContactHash, streams: &[StreamRecord]) -> Self {
        let mut story = Self {
            contact,
            links: Vec::new(),
            grants: Vec::new(),
            granted_by: Vec::new(),
            revocations: Vec::new(),
            cleared: Vec::new(),
            replies: Vec::new(),
            budgets: BTreeMap::new(),
            erased: Vec::new(),
            odd: Vec::new(),
        };
        let own = format!("contact/{contact}");
        for record in streams {
            for event in &record.events {
                if record.stream == own {
                    story.of_contact(event);
                } else if record.stream.starts_with("person/") || record.stream.starts_with("household/") {
                    story.of_others(&record.stream, event);
                }
            }
        }
        story
    }

    fn of_contact(&mut self, event: &EventRecord) {
        let contact = self.contact;
        let read = match event.event_type.as_str() {
            "contact_linked" => told::<LinkedData>(event).map(|told| {
                let same = told.data.contact == contact;
                self.links.push(told);
                same
            }),
            "consent_granted" => told::<GrantedData>(event).map(|told| {
                let same = told.data.contact == contact;
                self.granted_by.push(self.links.last().map(|linked| linked.data.person.clone()));
                self.grants.push(told);
                same
            }),
            "consent_revoked" => told::<RevokedData>(event).map(|told| {
                let same = told.data.contact == contact;
                self.revocations.push(told);
                same
            }),
            "reply_received" => told::<ReplyData>(event).map(|told| {
                let same = told.data.contact == contact;
                self.replies.push(told);
                same
            }),
            "touch_cleared" => told::<ClearedData>(event).map(|told| {
                let same = told.data.contact == Some(contact);
                let Told { version, at, data, .. } = told;
                self.cleared.push(ClearedTouch { version, at, data, settled: None, deliveries: Vec::new() });
                same
            }),
            "touch_sent" => self.settle(event, SettledKind::Sent),
            "touch_failed" => self.settle(event, SettledKind::Failed),
            "touch_outcome_unknown" => self.settle(event, SettledKind::Unknown),
            "delivery_reported" => told::<DeliveryData>(event).map(|told| {
                let (case, touch) = (&told.data.case, &told.data.touch);
                let of =
                    self.cleared.iter_mut().rev().find(|c| c.data.case == *case && c.data.touch == *touch);
                let same = told.data.contact == contact;
                match of {
                    Some(cleared) => cleared.deliveries.push((told.version, told.data)),
                    None => self.odd(event, OddKind::ReportOfNothing),
                }
                same
            }),
            _ => Some(
                event.data.get("contact").is_none_or(|named| named.as_str() == Some(&contact.to_string())),
            ),
        };
        match read {
            Some(true) => {}
            Some(false) => self.odd(event, OddKind::OtherContact),
            None => self.odd(event, OddKind::Unreadable),
        }
    }

    fn settle(&mut self, event: &EventRecord, kind: SettledKind) -> Option<bool> {
        let Told { version, at, data, .. } = told::<SettledData>(event)?;
        let same = data.contact == Some(self.contact);
        let earlier = |c: &&ClearedTouch| c.data.case == data.case && c.data.touch == data.touch;
        let sent = self
            .cleared
            .iter()
            .filter(earlier)
            .any(|c| c.settled.as_ref().is_some_and(|settled| settled.kind == SettledKind::Sent));
        let last =
            self.cleared.iter_mut().rev().find(|c| c.data.case == data.case && c.data.touch == data.touch);
        let odd = match last {
            _ if sent => Some(OddKind::SentTwice),
            None => Some(OddKind::NotCleared),
            // A proof of sending may come after "nobody can say"; nothing else settles twice.
            Some(cleared) => match &cleared.settled {
                Some(settled) if !(settled.kind == SettledKind::Unknown && kind == SettledKind::Sent) => {
                    Some(OddKind::NotCleared)
                }
                _ => {
                    cleared.settled = Some(Settled { version, at, kind, data });
                    None
                }
            },
        };
        if let Some(odd) = odd {
            self.odd(event, odd);
        }
        Some(same)
    }

    fn of_others(&mut self, stream: &str, event: &EventRecord) {
        let budgets = self.budgets.entry(stream.to_owned()).or_default();
        match event.event_type.as_str() {
            "contact_budget_used" => match told::<BudgetData>(event) {
                Some(told) => {
                    budgets.push(Budget { version: told.version, data: told.data, released_at: None })
                }
                None => self.odd(event, OddKind::Unreadable),
            },
            "contact_budget_released" => match told::<ReleasedData>(event) {
                Some(told) => {
                    let used = budgets.iter_mut().rev().find(|used| {
                        used.released_at.is_none()
                            && used.data.case == told.data.case
                            && used.data.touch == told.data.touch
                    });
                    if let Some(used) = used {
                        used.released_at = Some(told.version);
                    }
                }
                None => self.odd(event, OddKind::Unreadable),
            },
            "person_erased" => self.erased.push((stream.to_owned(), event.version, event.at)),
            _ => {}
        }
    }

    fn odd(&mut self, event: &EventRecord, what: OddKind) {
        self.odd.push(Odd { version: event.version, event_type: event.event_type.clone(), what });
    }

    /// The link that stood before an event of the contact's stream.
    pub(super) fn linked_before(&self, version: u64) -> Option<&LinkedData> {
        self.links.iter().rev().find(|linked| linked.version < version).map(|linked| &linked.data)
    }

    /// Grants of `person` before an event of the contact's stream.
    pub(super) fn grants_of<'a>(
        &'a self,
        person: &'a str,
        version: u64,
    ) -> impl Iterator<Item = &'a Told<GrantedData>> + 'a {
        let given = self.grants.iter().zip(&self.granted_by);
        given
            .filter(move |(grant, by)| grant.version < version && by.as_deref() == Some(person))
            .map(|(grant, _)| grant)
    }

    /// Every stream that must be in the bundle.
    pub(super) fn streams(&self) -> BTreeSet<String> {
        let mut streams = BTreeSet::from([format!("contact/{}", self.contact)]);
        for (person, household) in self
            .links
            .iter()
            .map(|linked| (&linked.data.person, &linked.data.household))
            .chain(self.cleared.iter().map(|cleared| (&cleared.data.person, &cleared.data.household)))
        {
            streams.insert(format!("person/{person}"));
            streams.insert(format!("household/{household}"));
        }
        streams
    }
}

fn told<T: serde::de::DeserializeOwned>(event: &EventRecord) -> Option<Told<T>> {
    let data = T::deserialize(&event.data).ok()?;
    Some(Told { version: event.version, at: event.at, hash: event.hash.to_string(), data })
}
