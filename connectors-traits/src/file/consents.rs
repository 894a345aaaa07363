use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_vocab::{Channel, Purpose, Scope};
use serde_json::Value;

use super::promises::{Promise, Wrong, form, instant, text, word};
use crate::Event;

/// The revocations of every contact of a partition.
#[derive(Debug, Default)]
pub(super) struct Consents {
    by_contact: BTreeMap<String, Vec<Revocation>>,
}

#[derive(Debug)]
struct Revocation {
    scope: Scope,
    occurred_at: DateTime<Utc>,
    lifted: BTreeSet<Channel>,
}

impl Consents {
    pub(super) fn revoked(&mut self, event: &Event) -> Result<(), Wrong> {
        let (scope, occurred_at) = (word(event, "scope")?, instant(event, "occurred_at")?);
        let revocation = Revocation { scope, occurred_at, lifted: BTreeSet::new() };
        self.by_contact.entry(text(event, "contact")?.to_owned()).or_default().push(revocation);
        Ok(())
    }

    /// A grant lifts a revocation only if it is later both in `occurred_at` and in the journal.
    pub(super) fn granted(&mut self, event: &Event) -> Result<(), Wrong> {
        let occurred_at = instant(event, "occurred_at")?;
        let scope = event.data.get("scope").and_then(Value::as_array).ok_or_else(|| form(event, "scope"))?;
        let channels: Option<BTreeSet<Channel>> =
            scope.iter().map(|channel| channel.as_str()?.parse().ok()).collect();
        let channels = channels.ok_or_else(|| form(event, "scope"))?;
        let revocations = self.by_contact.get_mut(text(event, "contact")?);
        for revocation in revocations.into_iter().flatten().filter(|r| r.occurred_at < occurred_at) {
            revocation.lifted.extend(&channels);
        }
        Ok(())
    }

    pub(super) fn cleared(&self, event: &Event) -> Result<(), Wrong> {
        // An owner without a contact point is reached by nothing that could be revoked.
        if event.data.get("contact").is_some_and(Value::is_null) {
            return Ok(());
        }
        let (channel, purpose) = (word(event, "channel")?, word(event, "purpose")?);
        let revocations = self.by_contact.get(text(event, "contact")?);
        let standing = revocations
            .into_iter()
            .flatten()
            .find(|r| !r.lifted.contains(&channel) && covers(r.scope, channel, purpose));
        match standing {
            Some(revocation) => {
                let message =
                    format!("{channel} for {purpose} was cleared after a revocation of {}", revocation.scope);
                Err((Promise::Cleared, message))
            }
            None => Ok(()),
        }
    }
}

/// Whether a revocation of `scope` forbids such a message under every reading of the rules.
///
/// Where a message can be lawful without consent (the answer to a question, the one confirmation of an opt-out, a
/// safety recall, a transactional e-mail, an informational call dialled by a person) the decision in the event says why;
/// this check is silent. A revocation for one vehicle is not judged: the touch does not always name a vehicle.
const fn covers(scope: Scope, channel: Channel, purpose: Purpose) -> bool {
    let marketing = matches!(purpose, Purpose::Marketing);
    let needs_consent = marketing
        || (matches!(purpose, Purpose::Informational | Purpose::Transactional)
            && matches!(channel, Channel::Sms | Channel::Mms | Channel::AiCall | Channel::PrerecordedCall));
    match scope {
        Scope::All => needs_consent,
        Scope::Number => !matches!(purpose, Purpose::Reply | Purpose::RevocationConfirmation),
        Scope::Sms => needs_consent && channel.is_text(),
        Scope::Calls => needs_consent && channel.is_call(),
        Scope::Email => marketing && matches!(channel, Channel::Email),
        Scope::Marketing => marketing,
        Scope::ThisVehicle => false,
    }
}
