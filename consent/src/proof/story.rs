use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_vocab::{
    Channel, ConsentLevel, ContactHash, PolicyVersion, ProgramId, Purpose, Scope, VehicleId,
};
use serde::{Deserialize, Serialize};

use super::bundle::{EventRecord, StreamRecord};
use crate::capture::GrantEvidence;
use crate::{
    Confidence, Consent, ContentDigest, Effect, Means, ReadVersions, Recipient, ReplyLabel, Whereabouts,
};

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
    /// Absent in journals of before it was kept.
    #[serde(default)]
    pub(super) place: Option<Whereabouts>,
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
    #[serde(default)]
    pub(super) means: Option<Means>,
    #[serde(default)]
    pub(super) per_se: Option<bool>,
}

/// In a person's stream: his open cases are to be told of a revocation (`wake_at` is set), or were told.
#[derive(Clone, Deserialize)]
pub(super) struct AppliedData {
    pub(super) scope: Scope,
    #[serde(default)]
    pub(super) vehicle: Option<VehicleId>,
    #[serde(default)]
    pub(super) wake_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Deserialize)]
pub(super) struct AddedData {
    pub(super) contact: ContactHash,
    pub(super) medium: String,
    pub(super) household: String,
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
    pub(super) learned: Option<Learned>,
    #[serde(default)]
    pub(super) reason: Option<String>,
}

/// How a send was learned of that the transport did not answer for at once.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Learned {
    Settled,
    DeliveryReport,
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
    pub(super) channel: Channel,
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
    pub(super) deliveries: Vec<Told<DeliveryData>>,
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
#[derive(Clone)]
pub(super) struct Told<T> {
    pub(super) version: u64,
    pub(super) at: DateTime<Utc>,
    pub(super) hash: String,
    pub(super) data: T,
}

/// A use of somebody's contact budget, and where.
pub(super) struct Budget {
    pub(super) version: u64,
    pub(super) at: DateTime<Utc>,
    pub(super) data: BudgetData,
    /// Version and time at which it was given back.
    pub(super) released_at: Option<(u64, DateTime<Utc>)>,
}

/// In whose stream something stands.
pub(super) struct Of<T> {
    pub(super) stream: String,
    pub(super) told: Told<T>,
}

/// What is odd about an event, where it stands.
pub(super) struct Odd {
    pub(super) stream: String,
    pub(super) version: u64,
    pub(super) event_type: String,
    pub(super) what: OddKind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OddKind {
    /// Its data do not read.
    Unreadable,
    /// It is read as something nobody knows.
    UnknownLabel,
    /// No stream of this kind holds such events.
    UnknownType,
    /// A use of a budget is given back that nobody had.
    ReleaseOfNothing,
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
    /// Revocations that persons' cases were told of, in the order of the streams.
    pub(super) applied: Vec<Of<AppliedData>>,
    /// Contact points that persons got, in the order of the streams.
    pub(super) added: Vec<Of<AddedData>>,
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
            applied: Vec::new(),
            added: Vec::new(),
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
                if !ReplyLabel::ALL.iter().any(|label| label.as_str() == told.data.label) {
                    self.odd_of_contact(event, OddKind::UnknownLabel);
                }
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
                    Some(cleared) => cleared.deliveries.push(told),
                    None => self.odd_of_contact(event, OddKind::ReportOfNothing),
                }
                same
            }),
            _ => return self.odd_of_contact(event, OddKind::UnknownType),
        };
        match read {
            Some(true) => {}
            Some(false) => self.odd_of_contact(event, OddKind::OtherContact),
            None => self.odd_of_contact(event, OddKind::Unreadable),
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
            self.odd_of_contact(event, odd);
        }
        Some(same)
    }

    fn of_others(&mut self, stream: &str, event: &EventRecord) {
        let person = stream.starts_with("person/");
        let read = match event.event_type.as_str() {
            "contact_budget_used" => told::<BudgetData>(event).map(|told| {
                let Told { version, at, data, .. } = told;
                let used = Budget { version, at, data, released_at: None };
                self.budgets.entry(stream.to_owned()).or_default().push(used);
            }),
            "contact_budget_released" => told::<ReleasedData>(event).map(|told| {
                let budgets = self.budgets.entry(stream.to_owned()).or_default();
                let used = budgets.iter_mut().rev().find(|used| {
                    used.released_at.is_none()
                        && used.data.case == told.data.case
                        && used.data.touch == told.data.touch
                });
                match used {
                    Some(used) => used.released_at = Some((told.version, told.at)),
                    None => self.odd(stream, event, OddKind::ReleaseOfNothing),
                }
            }),
            "contact_added" if person => told(event).map(|told| {
                self.added.push(Of { stream: stream.to_owned(), told });
            }),
            "revocation_applied" if person => told(event).map(|told| {
                self.applied.push(Of { stream: stream.to_owned(), told });
            }),
            "person_erased" if person => {
                self.erased.push((stream.to_owned(), event.version, event.at));
                Some(())
            }
            // What he drives bears on no consent.
            "vehicle_owned" if person => Some(()),
            // Nor does its place in an experiment.
            "household_placed" if !person => Some(()),
            _ => return self.odd(stream, event, OddKind::UnknownType),
        };
        if read.is_none() {
            self.odd(stream, event, OddKind::Unreadable);
        }
    }

    fn odd_of_contact(&mut self, event: &EventRecord, what: OddKind) {
        self.odd(&format!("contact/{}", self.contact), event, what);
    }

    fn odd(&mut self, stream: &str, event: &EventRecord, what: OddKind) {
        let EventRecord { version, event_type, .. } = event;
        self.odd.push(Odd {
            stream: stream.to_owned(),
            version: *version,
            event_type: event_type.clone(),
            what,
        });
    }

    /// When a person was erased last.
    pub(super) fn last_erased(&self, person: &str) -> Option<DateTime<Utc>> {
        let his = |stream: &str| stream.strip_prefix("person/") == Some(person);
        self.erased.iter().filter(|(stream, ..)| his(stream)).map(|(_, _, at)| *at).max()
    }

    /// Whether words of a person that the contact's stream tells of at `at` may still be shown: he was not erased, or
    /// the contact became his again after that and before this.
    pub(super) fn may_show(&self, person: Option<&str>, at: DateTime<Utc>) -> bool {
        let Some(person) = person else { return true };
        self.last_erased(person).is_none_or(|erased| {
            let mut links = self.links.iter().filter(|linked| linked.data.person == person);
            links.any(|linked| linked.at > erased && linked.at <= at)
        })
    }

    /// Whether anybody the contact was linked to was erased at or after `at`: what the person store had of the contact
    /// went with him.
    pub(super) fn erased_since(&self, at: DateTime<Utc>) -> bool {
        let erased = |linked: &Told<LinkedData>| self.last_erased(&linked.data.person);
        self.links.iter().filter_map(erased).any(|erased| erased >= at)
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
