//! A touch: what it is about, what is asked of consent, what its words need.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fixedops_consent::{
    BusinessRelationship, Circumstances, Competing, ContactFacts, ContentDigest, DncStatus, Reached,
    ReadVersions, Request, Solicitation,
};
use fixedops_odometer_core::Leg;
use fixedops_recovery::Plan;
use fixedops_vocab::{
    Basis, Channel, ContactHash, CustomerId, Mileage, Miles, MilesRange, Purpose, ServiceId, TouchId,
    TouchKey,
};

use super::Engine;
use super::case::next_touch;
use crate::fold::Loaded;
use crate::state::{CaseState, ContactState, HouseholdState, PersonState, StoreState, VehicleState};
use crate::{CaseOpened, LoopError, StoreConfigured, TouchAbout, TouchOrder, streams};

/// A touch the machine wants sent.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) touch: TouchId,
    pub(super) channel: Channel,
    pub(super) purpose: Purpose,
}

/// Everything a decision reads, guarded together.
pub(super) struct Audience {
    pub(super) contact: Loaded<ContactState>,
    pub(super) person: Loaded<PersonState>,
    pub(super) household: Loaded<HouseholdState>,
}

impl Audience {
    pub(super) fn versions(&self) -> ReadVersions {
        ReadVersions {
            contact: self.contact.version,
            person: self.person.version,
            household: self.household.version,
        }
    }
}

impl Engine {
    pub(super) fn about(
        &self,
        opened: &CaseOpened,
        plan: &Plan,
        planned: &Planned,
        contact: Option<ContactHash>,
    ) -> TouchAbout {
        TouchAbout {
            case: opened.case.clone(),
            touch: planned.touch.clone(),
            contact,
            channel: planned.channel,
            purpose: planned.purpose,
            program: opened.program.clone(),
            subject: plan.subject().to_owned(),
            crossing: opened.crossing.clone(),
        }
    }

    /// The contact point, the person behind it and his household; None where there is no such contact point.
    pub(super) async fn audience(
        &self,
        opened: &CaseOpened,
        channel: Channel,
    ) -> Result<Option<Audience>, LoopError> {
        let person = self.load::<PersonState>(streams::person(&opened.person)?).await?;
        let (Some(contact), Some(household)) =
            (person.state.contact_for(channel), person.state.household.clone())
        else {
            return Ok(None);
        };
        let contact = self.load::<ContactState>(streams::contact(contact)?).await?;
        let household = self.load::<HouseholdState>(streams::household(&household)?).await?;
        Ok(Some(Audience { contact, person, household }))
    }

    /// What consent is told, as if the touch of `key` had not been cleared yet.
    pub(super) async fn contact_facts(
        &self,
        audience: &Audience,
        vehicle: &VehicleState,
        store: &StoreConfigured,
        key: &TouchKey,
        person: &CustomerId,
        now: DateTime<Utc>,
    ) -> Result<ContactFacts, LoopError> {
        let contact = &audience.contact.state;
        let other = |used: &&crate::ContactBudgetUsed| {
            (&used.case, &used.touch) != (&key.case, &key.touch) && used.purpose == Purpose::Marketing
        };
        let solicitation = |used: &crate::ContactBudgetUsed, reached| Solicitation {
            at: used.occurred_at,
            subject: Some(used.subject.clone()),
            program: Some(used.program.clone()),
            reached,
        };
        let own =
            audience.person.state.budget.iter().filter(other).map(|used| solicitation(used, Reached::Person));
        let shared = audience
            .household
            .state
            .budget
            .iter()
            .filter(other)
            .filter(|used| used.person != *person)
            .map(|used| solicitation(used, Reached::Household));
        let mut history: Vec<Solicitation> = own.chain(shared).collect();
        history.sort_by_key(|solicitation| solicitation.at);
        Ok(ContactFacts {
            recipient: contact.linked.as_ref().map(|linked| linked.recipient.clone()).unwrap_or_default(),
            consents: contact.consents_of(person),
            revocations: contact.revocations(),
            ebr: BusinessRelationship {
                last_transaction: vehicle.last_transaction.map(|at| at.date_naive()),
                last_inquiry: vehicle.last_visit.map(|at| at.date_naive()),
            },
            history,
            facts: Circumstances {
                appointment_at: vehicle.booked(now).map(|(_, appointment)| appointment.starts_at),
                ro_open: Some(!vehicle.open_orders.is_empty()),
                held_since: contact.held_since,
                // The courier puts them into every e-mail, from the store's configuration.
                unsubscribe_link: Some(!store.unsubscribe_url.is_empty()),
                postal_address: Some(!store.postal_address.is_empty()),
                one_click_headers: Some(store.unsubscribe_url.starts_with("https://")),
                ..Circumstances::default()
            },
            // No registry is asked yet: what needs one does not go out (see the chapter on the loop).
            dnc: DncStatus { looked_up: Some(false), ..DncStatus::default() },
        })
    }

    /// What is asked of consent.
    #[allow(clippy::too_many_arguments, reason = "a request names all of these")]
    pub(super) async fn request(
        &self,
        audience: &Audience,
        about: &TouchAbout,
        contact: ContactHash,
        versions: ReadVersions,
        digest: ContentDigest,
        opened: &CaseOpened,
        contains_offer: bool,
        now: DateTime<Utc>,
    ) -> Result<Request, LoopError> {
        Ok(Request {
            contact,
            channel: about.channel,
            purpose: about.purpose,
            digest,
            versions,
            key: about.key(),
            program: about.program.clone(),
            subject: Some(about.subject.clone()),
            vehicle: Some(opened.vehicle.clone()),
            contains_offer,
            competing: self.competing(audience, opened, now).await?,
        })
    }

    /// Touches that other cases of the same person wait to send.
    async fn competing(
        &self,
        audience: &Audience,
        opened: &CaseOpened,
        now: DateTime<Utc>,
    ) -> Result<Vec<Competing>, LoopError> {
        let mut competing = Vec::new();
        for vehicle in audience.person.state.vehicles.keys() {
            let vehicle = self.load::<VehicleState>(streams::vehicle(vehicle)?).await?;
            for id in vehicle.state.cases.iter().filter(|id| **id != opened.case) {
                let case = self.load::<CaseState>(streams::case(id)?).await?;
                let (Some(open), Some((_, other))) = (case.state.open(), &case.state.opened) else {
                    continue;
                };
                if other.person != opened.person || vehicle.state.held_by_answer(other, now).is_some() {
                    continue;
                }
                let plan = self.plan_of(open)?;
                let Some((touch, due_at)) = next_touch(open, plan) else {
                    continue;
                };
                let purpose =
                    plan.touch(&touch).map_or(Purpose::Marketing, fixedops_recovery::PlannedTouch::purpose);
                competing.push(Competing {
                    key: TouchKey { case: id.clone(), touch },
                    program: other.program.clone(),
                    purpose,
                    due_at,
                });
            }
        }
        Ok(competing)
    }

    /// The store a vehicle is served at; None where nobody told of it.
    pub(super) async fn store_of(
        &self,
        vehicle: &VehicleState,
    ) -> Result<Option<StoreConfigured>, LoopError> {
        let Some(record) = &vehicle.record else {
            return Ok(None);
        };
        let store = self.load::<StoreState>(streams::store(&record.rooftop)?).await?;
        Ok(store.state.configured.clone())
    }

    /// What is to be said: every field of the words but the person's own.
    #[allow(clippy::too_many_arguments, reason = "the words speak of all of these")]
    pub(super) fn order(
        &self,
        about: &TouchAbout,
        contact: ContactHash,
        opened: &CaseOpened,
        vehicle: &VehicleState,
        store: &StoreConfigured,
        (template, percent_off): (&str, Option<u8>),
        now: DateTime<Utc>,
    ) -> TouchOrder {
        let mut fields = BTreeMap::from([
            ("book_link".to_owned(), store.book_url.clone()),
            ("dealer_name".to_owned(), store.dealer_name.clone()),
            ("dealer_phone".to_owned(), store.dealer_phone.clone()),
            ("postal_address".to_owned(), store.postal_address.clone()),
            ("unsubscribe_link".to_owned(), store.unsubscribe_url.clone()),
        ]);
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                fields.insert(name.to_owned(), value);
            }
        };
        set("vehicle", vehicle.record.as_ref().map(|record| record.name.clone()));
        set("service_name", named(&vehicle.services_of(opened)));
        let crossed = opened.crossing.as_ref().and_then(|id| vehicle.crossings.get(id)).map(|c| &c.crossed);
        // The time leg prints no mileage.
        if crossed.is_none_or(|crossed| crossed.leg == Leg::Distance) {
            let mileage = self.posterior(vehicle, now).mileage_at(now);
            set("mileage", (mileage.basis() != Basis::Unknown).then(|| mileage.to_string()));
        }
        if let Some(line) = opened.declined.first() {
            set("line_name", Some(line.name.clone()));
            set("line_price", line.price.map(|price| price.to_string()));
            set("service_date", Some(line.declined_at.format("%B %-d").to_string()));
            set("discount", percent_off.map(|percent| format!("{percent}%")));
            set("miles_since", self.miles_since(vehicle, line.declined_at, now));
        }
        TouchOrder {
            seller: self.seller.clone(),
            key: about.key(),
            channel: about.channel,
            purpose: about.purpose,
            contact,
            person: opened.person.clone(),
            template: template.to_owned(),
            fields,
        }
    }

    /// The miles driven since `then`, with their label; None where either end is unknown.
    fn miles_since(&self, vehicle: &VehicleState, then: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
        let posterior = self.posterior(vehicle, now);
        let (before, after) = (posterior.mileage_at(then).value()?, posterior.mileage_at(now));
        let range = after.range()?;
        let since = |miles: Miles| miles.since(before).unwrap_or(Miles::ZERO);
        let driven = MilesRange::new(since(range.p10()), since(range.p50()), since(range.p90())).ok()?;
        Mileage::new(driven, after.basis(), after.last_capture()).ok().map(|driven| driven.to_string())
    }
}

/// Services in words: "oil service", "oil service and tire rotation", "oil service, tire rotation and brake fluid".
fn named(services: &[ServiceId]) -> Option<String> {
    let words: Vec<String> = services.iter().map(|service| service.as_str().replace('_', " ")).collect();
    let (last, rest) = words.split_last()?;
    Some(if rest.is_empty() { last.clone() } else { format!("{} and {last}", rest.join(", ")) })
}
