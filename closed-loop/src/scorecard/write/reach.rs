//! Who could be reached, and by what proof.

use std::collections::{BTreeMap, BTreeSet};

use fixedops_vocab::{Channel, CustomerId, Purpose, VehicleId};

use super::pen::{many, of};
use crate::Medium;
use crate::scorecard::Reach;
use crate::scorecard::facts::Facts;
use crate::state::ContactState;

/// The channels a marketing message may take, with how each is counted.
const CHANNELS: [(Channel, &str, &str); 3] = [
    (
        Channel::Sms,
        "By text message",
        "Owners with a telephone, a written consent for text messages that lacks no element of 47 CFR 64.1200(f)(9), and no revocation in force.",
    ),
    (
        Channel::AiCall,
        "By automatic call",
        "Owners with a telephone, a written consent for artificial or generated voice that lacks no element of 47 CFR 64.1200(f)(9), and no revocation in force.",
    ),
    (
        Channel::Email,
        "By e-mail",
        "Owners with a mailbox and no revocation in force. E-mail law (CAN-SPAM) asks for a way out, not for a consent before.",
    ),
];

/// An owner of vehicles in play, and his contact points.
#[derive(Default)]
struct Owner<'a> {
    vehicles: BTreeSet<&'a VehicleId>,
    contacts: Vec<&'a ContactState>,
}

impl Owner<'_> {
    fn has(&self, medium: Medium) -> bool {
        self.contacts.iter().any(|contact| is(contact, medium))
    }

    /// Whether a revocation stands in the way of marketing about every one of his vehicles.
    fn bound(&self, contact: &ContactState, channel: Channel) -> bool {
        self.vehicles.iter().all(|vehicle| contact.binds_now(Purpose::Marketing, vehicle, channel.into()))
    }
}

fn is(contact: &ContactState, medium: Medium) -> bool {
    contact.linked.as_ref().is_some_and(|linked| linked.medium == medium)
}

pub(super) fn section(facts: &Facts<'_>) -> Reach {
    let mut owners: BTreeMap<&CustomerId, Owner<'_>> = BTreeMap::new();
    for (vehicle, car) in &facts.tally.cars {
        if let Some(owner) = car.owner_in_play() {
            owners.entry(owner).or_default().vehicles.insert(vehicle);
        }
    }
    for contact in facts.tally.contacts.values() {
        let person = contact.linked.as_ref().map(|linked| &linked.person);
        if let Some(owner) = person.and_then(|person| owners.get_mut(person)) {
            owner.contacts.push(contact);
        }
    }
    let reachable = |(person, owner): &(&&CustomerId, &Owner<'_>), channel: Channel| {
        let medium = if channel == Channel::Email { Medium::Email } else { Medium::Phone };
        owner.contacts.iter().filter(|contact| is(contact, medium)).any(|contact| {
            let consented = channel == Channel::Email
                || contact
                    .consents_of(person)
                    .iter()
                    .any(|given| given.lacks_written(channel, facts.as_of).is_none());
            consented && !owner.bound(contact, channel)
        })
    };
    let opted_out = |owner: &Owner<'_>| {
        owner.contacts.iter().any(|contact| {
            let channel = if is(contact, Medium::Email) { Channel::Email } else { Channel::Sms };
            owner.bound(contact, channel)
                || (channel == Channel::Sms && owner.bound(contact, Channel::AiCall))
        })
    };
    let number = |which: &dyn Fn(&(&&CustomerId, &Owner<'_>)) -> bool| {
        many(owners.iter().filter(|owner| which(owner)).count())
    };
    let all = || of(many(owners.len()), "owners of vehicles in play");
    let denied = facts.tally.denied_by_rule.iter();
    let mut denied: Vec<_> = denied.map(|(rule, (citation, count))| (rule, citation, *count)).collect();
    denied.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(b.0)));
    let sum = denied.iter().map(|(_, _, count)| count).sum();
    let mut denied_by_rule = facts.table(
        ("reach.denied_by_rule", "What consent denied, by rule", "rule"),
        denied.iter().map(|(rule, _, count)| ((*rule).clone(), *count, None)),
        &of(sum, "rules that blocked a planned message"),
        "Each rule that blocked a planned message at the moment of sending; several may block one message.",
    );
    for (row, (rule, citation, _)) in denied_by_rule.rows.iter_mut().zip(&denied) {
        row.label = facts.plain.reason(rule);
        row.rule = Some(if citation.is_empty() { (*rule).clone() } else { format!("{rule}, {citation}") });
    }
    Reach {
        owners: facts.total("reach.owners", "Owners", many(owners.len()), "owners of vehicles in play", "Owners of retail vehicles the store knows."),
        with_phone: facts.count("reach.with_phone", "With a telephone", number(&|(_, owner)| owner.has(Medium::Phone)), &all(), "Owners with at least one well-formed telephone number."),
        with_mail: facts.count("reach.with_mail", "With a mailbox", number(&|(_, owner)| owner.has(Medium::Email)), &all(), "Owners with at least one well-formed mail address."),
        provable: facts.rate(
            "reach.provable",
            "Reachable by telephone with provable consent",
            number(&|owner| reachable(owner, Channel::Sms) || reachable(owner, Channel::AiCall)),
            &all(),
            "Owners with a written consent for text messages or automatic calls that lacks no element, given by themselves, and not taken back.",
        ),
        opted_out: facts.count("reach.opted_out", "Opted out", number(&|(_, owner)| opted_out(owner)), &all(), "Owners with a revocation in force that keeps marketing from one of their contact points."),
        by_channel: CHANNELS
            .into_iter()
            .map(|(channel, label, definition)| {
                let count = number(&|owner| reachable(owner, channel));
                facts.rate(&format!("reach.{channel}"), label, count, &all(), definition)
            })
            .collect(),
        denied_by_rule,
    }
}
