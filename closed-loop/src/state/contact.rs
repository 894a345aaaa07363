use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::Event;
use fixedops_consent::{Consent, Revocation};
use fixedops_vocab::{CustomerId, Purpose, Scope, TouchKey, VehicleId};

use crate::fold::Fold;
use crate::{ConsentGranted, ConsentRevoked, ContactLinked, Happened, TouchCleared};

/// What became of a cleared touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It went out.
    Sent,
    /// It did not.
    Failed,
    /// Nobody can say.
    Unknown,
}

/// A touch that was cleared, and what became of it.
#[derive(Clone, Debug)]
pub struct ClearedTouch {
    /// The clearance as it stands in the journal.
    pub cleared: TouchCleared,
    /// When.
    pub at: DateTime<Utc>,
    /// Version of the event in the contact's stream.
    pub version: u64,
    /// Hash of the event, as receipts cite it.
    pub hash: String,
    /// What became of it, once known.
    pub settled: Option<Settled>,
    /// Whether the carrier reported it delivered.
    pub delivered: Option<bool>,
    /// What was answered to it, the first told first.
    pub replies: Vec<Reply>,
}

/// An answer to a touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What it is: a label of consent's `classify`.
    pub label: String,
    /// Whether it wants to hear less, or may.
    pub opt_out: bool,
    /// When.
    pub at: DateTime<Utc>,
}

/// A contact point: the ledger of its consents and of what was sent to it.
#[derive(Clone, Debug, Default)]
pub struct ContactState {
    /// Whose it is, as it was linked last.
    pub linked: Option<ContactLinked>,
    /// Everyone it was ever linked to: a shared telephone has several.
    pub persons: BTreeSet<CustomerId>,
    /// Whose consent each of `granted` is: the number may belong to somebody else by now.
    pub granted_by: Vec<Option<CustomerId>>,
    /// Consents, in journal order: version and hash of the event with each.
    pub granted: Vec<(u64, String, ConsentGranted)>,
    /// Revocations, in journal order: version of the event with each.
    pub revoked: Vec<(u64, ConsentRevoked)>,
    /// Touches that were cleared for it. Of a touch cleared twice (never seen by the transport), the last.
    pub touches: BTreeMap<TouchKey, ClearedTouch>,
    /// Touches cleared and not settled, oldest first.
    pub pending: Vec<TouchKey>,
    /// Since when an answer that may be an opt-out, and may not, holds marketing.
    pub held_since: Option<DateTime<Utc>>,
    /// Keys of inputs seen.
    pub keys: BTreeSet<String>,
}

impl ContactState {
    /// Consents that `person` gave for this contact point. Another's do not count: numbers change hands.
    #[must_use]
    pub fn consents_of(&self, person: &CustomerId) -> Vec<Consent> {
        let given = self.granted.iter().zip(&self.granted_by);
        let his = given.filter(|(_, by)| by.as_ref() == Some(person));
        his.map(|((_, _, granted), _)| granted.consent.clone()).collect()
    }

    /// The consent that a touch rests on, if it rests on one: the hash of the event that grants it. Of those that its person gave
    /// for this contact point and channel, and that stood in the journal when it was cleared, the last.
    #[must_use]
    pub fn consent_behind(&self, touch: &ClearedTouch) -> Option<&str> {
        let channel = touch.cleared.about.channel;
        let given = self.granted.iter().zip(&self.granted_by).filter(|((version, _, granted), by)| {
            *version < touch.version
                && by.as_ref() == Some(&touch.cleared.person)
                && granted.occurred_at <= touch.at
                && granted.consent.channels.contains(&channel)
        });
        let last = given.max_by_key(|((version, _, granted), _)| (granted.occurred_at, *version));
        last.map(|((_, hash, _), _)| hash.as_str())
    }

    /// Revocations as consent's `decide` reads them.
    #[must_use]
    pub fn revocations(&self) -> Vec<Revocation> {
        self.revoked
            .iter()
            .map(|(version, revoked)| Revocation {
                // The customer wins a tie, and a grant lifts only what stands before it in the journal too: where a
                // grant later in time was journalled before this revocation, the revocation counts as given with it.
                received_at: self
                    .granted
                    .iter()
                    .filter(|(granted, _, grant)| {
                        granted < version && grant.occurred_at > revoked.occurred_at
                    })
                    .map(|(_, _, grant)| grant.occurred_at)
                    .max()
                    .unwrap_or(revoked.occurred_at),
                channel: revoked.means.unwrap_or_default(),
                text: None,
                per_se: revoked.per_se,
                scope: Some(revoked.scope),
                vehicle: revoked.vehicle.clone(),
                purposes: Vec::new(),
            })
            .collect()
    }

    /// Whether a revocation that no later grant lifted reaches a touch.
    #[must_use]
    pub fn binds_now(&self, purpose: Purpose, vehicle: &VehicleId, reach: Reach) -> bool {
        let last_grant = self.granted.iter().map(|(version, _, grant)| (*version, grant.occurred_at)).max();
        self.revoked.iter().any(|(version, revoked)| {
            let lifted = last_grant.is_some_and(|(at, when)| at > *version && when > revoked.occurred_at);
            !lifted && reaches(revoked, purpose, vehicle, reach)
        })
    }

    /// Whether a revocation journalled after `version` reaches a touch.
    #[must_use]
    pub fn revoked_after(&self, version: u64, purpose: Purpose, vehicle: &VehicleId, reach: Reach) -> bool {
        let after = self.revoked.iter().filter(|(at, _)| *at > version);
        after.into_iter().any(|(_, revoked)| reaches(revoked, purpose, vehicle, reach))
    }
}

fn reaches(revoked: &ConsentRevoked, purpose: Purpose, vehicle: &VehicleId, reach: Reach) -> bool {
    match revoked.scope {
        Scope::All | Scope::Number => true,
        Scope::Sms => reach == Reach::Text,
        Scope::Calls => reach == Reach::Call,
        Scope::Email => reach == Reach::Email,
        Scope::Marketing => purpose == Purpose::Marketing,
        Scope::ThisVehicle => revoked.vehicle.as_ref().is_none_or(|known| known == vehicle),
    }
}

/// How a channel reaches a person, as scopes tell channels apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// SMS and MMS.
    Text,
    /// Calls of every kind.
    Call,
    /// E-mail.
    Email,
}

impl From<fixedops_vocab::Channel> for Reach {
    fn from(channel: fixedops_vocab::Channel) -> Self {
        if channel.is_text() {
            Self::Text
        } else if channel.is_call() {
            Self::Call
        } else {
            Self::Email
        }
    }
}

impl Fold for ContactState {
    fn apply(&mut self, event: &Event, happened: Happened) {
        match happened {
            Happened::ContactLinked(linked) => {
                self.keys.insert(linked.key.clone());
                self.persons.insert(linked.person.clone());
                self.linked = Some(linked);
            }
            Happened::ConsentGranted(granted) => {
                self.keys.insert(granted.key.clone());
                self.granted_by.push(self.linked.as_ref().map(|linked| linked.person.clone()));
                self.granted.push((event.version, event.hash.to_string(), granted));
            }
            Happened::ConsentRevoked(revoked) => {
                self.keys.insert(revoked.key.clone());
                self.revoked.push((event.version, revoked));
            }
            Happened::TouchCleared(cleared) => {
                let key = cleared.about.key();
                self.pending.retain(|k| *k != key);
                self.pending.push(key.clone());
                let touch = ClearedTouch {
                    cleared,
                    at: event.at,
                    version: event.version,
                    hash: event.hash.to_string(),
                    settled: None,
                    delivered: None,
                    replies: Vec::new(),
                };
                self.touches.insert(key, touch);
            }
            Happened::TouchSent(sent) => self.settle(&sent.about.key(), Settled::Sent),
            Happened::TouchFailed(failed) => self.settle(&failed.about.key(), Settled::Failed),
            Happened::TouchOutcomeUnknown(unknown) => self.settle(&unknown.about.key(), Settled::Unknown),
            Happened::DeliveryReported(report) => {
                let key = TouchKey { case: report.case, touch: report.touch };
                if let Some(touch) = self.touches.get_mut(&key) {
                    touch.delivered = Some(report.delivered);
                }
                self.keys.insert(report.key);
            }
            Happened::ReplyReceived(reply) => {
                if let Some(touch) = reply.touch.as_ref().and_then(|key| self.touches.get_mut(key)) {
                    touch.replies.push(Reply {
                        label: reply.label.clone(),
                        opt_out: reply.scope != "none",
                        at: reply.occurred_at,
                    });
                }
                match (reply.scope.as_str(), reply.label.as_str()) {
                    ("clarify", _) => self.held_since = self.held_since.max(Some(reply.occurred_at)),
                    // Of before the unclear one it clears nothing.
                    ("none", "opt_in") if self.held_since < Some(reply.occurred_at) => self.held_since = None,
                    _ => {}
                }
                self.keys.insert(reply.key);
            }
            _ => {}
        }
    }
}

impl ContactState {
    fn settle(&mut self, key: &TouchKey, settled: Settled) {
        self.pending.retain(|k| k != key);
        if let Some(touch) = self.touches.get_mut(key) {
            touch.settled = Some(settled);
        }
    }
}
