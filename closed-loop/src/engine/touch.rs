//! A touch: what it is about, what is asked of consent, what its words need.

use chrono::{DateTime, Utc};
use fixedops_consent::{
    BusinessRelationship, Circumstances, Competing, ContactFacts, ContentDigest, DncStatus, Reached,
    ReadVersions, Request, Solicitation,
};
use fixedops_recovery::Plan;
use fixedops_vocab::{Channel, ContactHash, CustomerId, Purpose, TouchId, TouchKey};

use super::Engine;
use super::case::next_touch;
use crate::fold::Loaded;
use crate::state::{CaseState, ContactState, HouseholdState, PersonState, StoreState, VehicleState};
use crate::{CaseOpened, LoopError, StoreConfigured, TouchAbout, streams};

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
                last_transaction: vehicle.last_transaction().map(|at| at.date_naive()),
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
                // What is withheld on purpose stands in nobody's way.
                if other.person != opened.person
                    || other.is_control()
                    || vehicle.state.held_by_answer(other, open.lines(), now).is_some()
                {
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
}
