use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_attribution::{Placement, Season};
use fixedops_connectors_traits::Event;
use fixedops_vocab::{
    Channel, ContactHash, CustomerId, HouseholdId, OwnershipSpan, ProgramId, TouchKey, VehicleId,
};

use crate::fold::Fold;
use crate::{Alarm, ContactBudgetUsed, Happened, Medium, RevocationApplied};

/// A person: how he is reached, what he owns, what was sent to him.
#[derive(Clone, Debug, Default)]
pub struct PersonState {
    /// His contact points, in the order they were linked.
    pub contacts: Vec<(ContactHash, Medium)>,
    /// His household.
    pub household: Option<HouseholdId>,
    /// The households he was told to belong to, oldest first, each with the position in the journal from which on.
    pub households: Vec<(u64, HouseholdId)>,
    /// His vehicles.
    pub vehicles: BTreeMap<VehicleId, OwnershipSpan>,
    /// What was cleared for him and did go out, or may have.
    pub budget: Vec<ContactBudgetUsed>,
    /// Revocations that open cases have not been told of.
    pub untold: Vec<RevocationApplied>,
    /// When he was erased last.
    pub erased_at: Option<DateTime<Utc>>,
    /// Keys of inputs seen.
    pub keys: BTreeSet<String>,
}

impl PersonState {
    /// The contact point a message of `channel` would go to: the one linked last.
    #[must_use]
    pub fn contact_for(&self, channel: Channel) -> Option<ContactHash> {
        let medium = if channel == Channel::Email { Medium::Email } else { Medium::Phone };
        self.contacts.iter().rev().find(|(_, known)| *known == medium).map(|(contact, _)| *contact)
    }
}

/// The household of a person who is known to none: he himself.
///
/// # Errors
/// Where the person's id leaves no room for one.
pub fn household_of_one(person: &CustomerId) -> Result<HouseholdId, fixedops_vocab::IdError> {
    // Not his bare id: households may be numbered alike.
    HouseholdId::new(format!("person/{}", person.expose())).or_else(|_| HouseholdId::new(person.expose()))
}

/// The households a person belonged to, oldest first, each with the positions in the journal from which on and up to which: before
/// he is told of any he is one by himself.
pub(crate) fn memberships(
    person: &CustomerId,
    households: &[(u64, HouseholdId)],
) -> Vec<(Range<u64>, HouseholdId)> {
    let first = households.first().map_or(u64::MAX, |(from, _)| *from);
    let alone = household_of_one(person).ok().map(|household| (0..first, household));
    let ends = households.iter().skip(1).map(|(from, _)| *from).chain([u64::MAX]);
    let told = households.iter().zip(ends).map(|((from, household), end)| (*from..end, household.clone()));
    alone.into_iter().chain(told).collect()
}

impl Fold for PersonState {
    fn apply(&mut self, event: &Event, happened: Happened) {
        match happened {
            Happened::ContactAdded(added) => {
                self.contacts.retain(|(contact, _)| *contact != added.contact);
                self.contacts.push((added.contact, added.medium));
                if self.household.as_ref() != Some(&added.household) {
                    self.households.push((event.position, added.household.clone()));
                }
                self.household = Some(added.household);
            }
            Happened::VehicleOwned(owned) => {
                self.vehicles.insert(owned.vehicle, owned.span);
            }
            Happened::RevocationApplied(revocation) if revocation.wake_at == Alarm::Clear => {
                self.untold.clear()
            }
            Happened::RevocationApplied(revocation) => self.untold.push(revocation),
            Happened::ContactBudgetUsed(used) => self.budget.push(used),
            Happened::ContactBudgetReleased(released) => {
                release(&mut self.budget, &TouchKey { case: released.case, touch: released.touch });
            }
            Happened::PersonErased(erased) => {
                self.erased_at = Some(event.at);
                self.keys.insert(erased.key);
            }
            _ => {}
        }
    }
}

/// A household: what was sent to anyone in it.
#[derive(Clone, Debug, Default)]
pub struct HouseholdState {
    /// What was cleared and did go out, or may have.
    pub budget: Vec<ContactBudgetUsed>,
    /// Where it stands in the experiments, the last place last.
    pub placed: Vec<Placed>,
}

/// A place in an experiment, as it stands in the journal.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The place.
    pub placement: Placement,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Position of the event.
    pub position: u64,
}

impl HouseholdState {
    /// Where it stands in the experiment of a programme in a season, if it was placed.
    #[must_use]
    pub fn place(&self, program: &ProgramId, season: Season) -> Option<&Placement> {
        let mut placed = self.placed.iter().rev().map(|placed| &placed.placement);
        placed.find(|placed| placed.season == season && placed.program == *program)
    }
}

impl Fold for HouseholdState {
    fn apply(&mut self, event: &Event, happened: Happened) {
        match happened {
            Happened::ContactBudgetUsed(used) => self.budget.push(used),
            Happened::ContactBudgetReleased(released) => {
                release(&mut self.budget, &TouchKey { case: released.case, touch: released.touch });
            }
            Happened::HouseholdPlaced(placed) => {
                let (at, position) = (event.at, event.position);
                self.placed.push(Placed { placement: placed.placement, at, position });
            }
            _ => {}
        }
    }
}

/// Gives back the latest use of a touch; an earlier use of the same touch stays.
fn release(budget: &mut Vec<ContactBudgetUsed>, key: &TouchKey) {
    if let Some(at) = budget.iter().rposition(|used| used.case == key.case && used.touch == key.touch) {
        budget.remove(at);
    }
}
