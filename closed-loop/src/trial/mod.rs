//! Would it have come anyway? The households of an experiment, read from the journal: where each was placed, what it did in a
//! fixed time from then on, and what it did before; and what can be said of the difference today.
//!
//! [`Trials`] reads a partition event by event, like the scorecard, which shows its answers. A household counts once per
//! programme and season, from the moment it was placed (`household_placed`), whether anything reached it or not: the groups are
//! those of the placing, not of the sending. It is counted when its time is over and the orders of that time are closed
//! ([`TrialPolicy`]). A person counts in one household of a programme at a time, and those compared were placed under one version
//! of the shares; see the chapter on attribution, also for the range.

mod compare;
mod policy;

use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_attribution::lift::LiftRules;
use fixedops_attribution::{Arm, Season};
use fixedops_connectors_traits::Event;
use fixedops_vocab::{
    ContactHash, CustomerId, Department, HouseholdId, Money, OwnershipSpan, PayType, PolicyVersion,
    ProgramId, RoId, VehicleId,
};
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;

pub use compare::{Comparison, Side, compare, compared};
pub use policy::{TrialPolicy, TrialPolicyError};

use crate::HouseholdPlaced;
use crate::scorecard::NOT_AN_ANSWER;
use crate::state::{Placed, memberships};

/// Orders of a car opened within so long of the first are one visit written up in parts, as attribution has it.
const ONE_VISIT: TimeDelta = TimeDelta::days(1);

/// A household in an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unit {
    /// The programme.
    pub program: ProgramId,
    /// The season.
    pub season: Season,
    /// The household.
    pub household: HouseholdId,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// Spoken to, or left alone.
    pub arm: Arm,
    /// Which plan it gets, where several are tried.
    pub plan: Option<String>,
    /// The version of the shares it was placed under.
    pub policy: PolicyVersion,
    /// Position in the journal of its place.
    pub position: u64,
    /// What it did before it was placed, and from then on, by measure in the order of
    /// [`Measure::ALL`](fixedops_attribution::lift::Measure::ALL). `None` while its time runs.
    pub figures: Option<[(i64, i64); 3]>,
    /// Customer-pay lines that would stand in its figures and are in another currency than the policy's, by order.
    pub other_currency: BTreeMap<RoId, u64>,
}

#[derive(Debug)]
struct Order {
    span: OwnershipSpan,
    opened_at: DateTime<Utc>,
    /// Whether its owner came with it: not where all of it is the dealership's own work on a car.
    visit: bool,
    /// What the customer paid, by line.
    paid: Vec<Money>,
}

/// Reads a partition of a journal, event by event, and keeps what an experiment is judged by.
///
/// ```
/// use fixedops_attribution::lift::LiftRules;
/// use fixedops_closed_loop::trial::{TrialPolicy, Trials};
/// let nothing = Trials::default();
/// let at = "2027-01-01T00:00:00Z".parse()?;
/// assert!(nothing.compare(at, &TrialPolicy::shipped(), &LiftRules::shipped()).is_empty(), "nobody was placed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Trials {
    /// The households a person was told to belong to, each with the position from which on.
    households: BTreeMap<CustomerId, Vec<(u64, HouseholdId)>>,
    persons: BTreeMap<ContactHash, BTreeSet<CustomerId>>,
    owners: BTreeMap<(VehicleId, OwnershipSpan), CustomerId>,
    orders: BTreeMap<VehicleId, BTreeMap<RoId, Order>>,
    /// The vehicle of each order, as it was told last.
    vehicles: BTreeMap<RoId, VehicleId>,
    /// Contact points on which customers said that they want to hear no more, and when.
    opt_outs: Vec<(ContactHash, DateTime<Utc>)>,
    placed: BTreeMap<Key, Placed>,
}

/// What a person did, each with its moment.
#[derive(Default)]
struct Deeds {
    /// Visits.
    visits: Vec<DateTime<Utc>>,
    /// Customer-pay cents.
    paid: Vec<(DateTime<Utc>, i64)>,
    /// Orders with customer-pay lines in another currency, and how many.
    other_currency: Vec<(DateTime<Utc>, RoId, u64)>,
    opt_outs: Vec<DateTime<Utc>>,
}

/// A programme, a season, a household.
type Key = (ProgramId, Season, HouseholdId);

impl Deeds {
    fn between(of: &[&Self], from: DateTime<Utc>, until: DateTime<Utc>) -> [i64; 3] {
        let inside = |at: &DateTime<Utc>| (from..until).contains(at);
        let visits = of.iter().flat_map(|deeds| &deeds.visits).filter(|at| inside(at)).count();
        let paid = of.iter().flat_map(|deeds| &deeds.paid).filter(|(at, _)| inside(at));
        let paid = paid.map(|(_, cents)| *cents).fold(0, i64::saturating_add);
        let opted_out = of.iter().flat_map(|deeds| &deeds.opt_outs).any(inside);
        [i64::try_from(visits).unwrap_or(i64::MAX), paid, i64::from(opted_out)]
    }
}

impl Trials {
    /// Takes in the next event.
    ///
    /// # Errors
    /// Where the data of a known type does not read.
    pub fn apply(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        let data = &event.data;
        match event.event_type.as_str() {
            "contact_linked" => {
                let Linked { contact, person, household } = Linked::deserialize(data)?;
                let told = self.households.entry(person.clone()).or_default();
                if told.last().is_none_or(|(_, known)| *known != household) {
                    told.push((event.position, household));
                }
                self.persons.entry(contact).or_default().insert(person);
            }
            "vehicle_recorded" => {
                let Recorded { vehicle, owner, span } = Recorded::deserialize(data)?;
                if let Some(owner) = owner {
                    self.owners.insert((vehicle, span), owner);
                }
            }
            "ro_closed" => {
                let Closed { ro, vehicle, span, opened_at, voided, department, by_other, lines } =
                    Closed::deserialize(data)?;
                if let Some(before) = self.vehicles.remove(&ro)
                    && let Some(orders) = self.orders.get_mut(&before)
                {
                    orders.remove(&ro);
                }
                if !voided && !by_other && department.is_service() {
                    let visit =
                        lines.is_empty() || lines.iter().any(|line| line.pay_type != PayType::Internal);
                    let paid = lines.into_iter().filter(|line| line.pay_type == PayType::CustomerPay);
                    let order = Order { span, opened_at, visit, paid: paid.map(|line| line.money).collect() };
                    self.vehicles.insert(ro.clone(), vehicle.clone());
                    self.orders.entry(vehicle).or_default().insert(ro, order);
                }
            }
            "consent_revoked" => {
                let Revoked { contact, occurred_at, source } = Revoked::deserialize(data)?;
                if !NOT_AN_ANSWER.contains(&source.as_str()) {
                    self.opt_outs.push((contact, occurred_at));
                }
            }
            "household_placed" => {
                let HouseholdPlaced { household, placement } = HouseholdPlaced::deserialize(data)?;
                let key = (placement.program.clone(), placement.season, household);
                let (at, position) = (event.at, event.position);
                self.placed.entry(key).or_insert(Placed { placement, at, position });
            }
            _ => {}
        }
        Ok(())
    }

    /// Every household that was placed, with what it did where its time was over at `as_of`; by programme, season and
    /// household.
    #[must_use]
    pub fn units(&self, as_of: DateTime<Utc>, policy: &TrialPolicy) -> Vec<Unit> {
        let over = |program: &ProgramId, at: DateTime<Utc>| {
            later(at, policy.outcome(program) + policy.settle()) <= as_of
        };
        let persons = self.persons(policy);
        let counted = self.placed.iter().filter(|((program, ..), placed)| over(program, placed.at));
        let all = counted.filter_map(|(key, _)| persons.get(key)).flatten().copied().collect();
        let deeds = self.deeds(&all, policy);
        let units = self.placed.iter().map(|(key, placed)| {
            let (program, season, household) = key;
            let Placed { placement, at, position } = placed;
            let of = persons.get(key).into_iter().flatten().filter_map(|person| deeds.get(*person));
            let of: Vec<&Deeds> = of.filter(|_| over(program, *at)).collect();
            let (begin, end) = (later(*at, -policy.before()), later(*at, policy.outcome(program)));
            let figures = over(program, *at).then(|| {
                let (before, after) = (Deeds::between(&of, begin, *at), Deeds::between(&of, *at, end));
                core::array::from_fn(|measure| {
                    let of = |figures: &[i64; 3]| figures.get(measure).copied().unwrap_or_default();
                    (of(&before), of(&after))
                })
            });
            let other = of.iter().flat_map(|deeds| &deeds.other_currency);
            let other = other.filter(|(opened_at, ..)| (begin..end).contains(opened_at));
            Unit {
                program: program.clone(),
                season: *season,
                household: household.clone(),
                placed_at: *at,
                arm: placement.arm,
                plan: placement.plan.clone(),
                policy: placement.policy.clone(),
                position: *position,
                figures,
                other_currency: other.map(|(_, ro, lines)| (ro.clone(), *lines)).collect(),
            }
        });
        units.collect()
    }

    /// Whose doing counts for each household that was placed: who was of it then, but for those who still counted in another
    /// one of the programme. They are on its side until their days there are over.
    fn persons(&self, policy: &TrialPolicy) -> BTreeMap<&Key, Vec<&CustomerId>> {
        let members = self.members(&self.placed.keys().map(|(_, _, household)| household).collect());
        let mut in_order: Vec<(&Key, &Placed)> = self.placed.iter().collect();
        in_order.sort_by_key(|(_, placed)| placed.position);
        let mut counts_until: BTreeMap<(&ProgramId, &CustomerId), DateTime<Utc>> = BTreeMap::new();
        let mut persons = BTreeMap::new();
        for (key, placed) in in_order {
            let (program, _, household) = key;
            let of = members.get(household).into_iter().flatten();
            let of = of.filter(|(told, _)| told.contains(&placed.position)).map(|(_, person)| *person);
            let free: Vec<&CustomerId> = of
                .filter(|person| {
                    counts_until.get(&(program, *person)).is_none_or(|until| *until <= placed.at)
                })
                .collect();
            let until = later(placed.at, policy.outcome(program));
            counts_until.extend(free.iter().map(|person| ((program, *person), until)));
            persons.insert(key, free);
        }
        persons
    }

    /// What can be said of each programme's experiment at `as_of`: those spoken to and those left alone; each plan and those
    /// left alone; the first plan and each other. By programme, of the households placed under the version of the shares that
    /// it used last.
    #[must_use]
    pub fn compare(&self, as_of: DateTime<Utc>, policy: &TrialPolicy, rules: &LiftRules) -> Vec<Comparison> {
        compare(&self.units(as_of, policy), as_of, policy, rules)
    }

    /// Who was told to belong to the households that are `wanted`, and from where up to where in the journal.
    fn members(
        &self,
        wanted: &BTreeSet<&HouseholdId>,
    ) -> BTreeMap<HouseholdId, Vec<(Range<u64>, &CustomerId)>> {
        let mut members: BTreeMap<HouseholdId, Vec<(Range<u64>, &CustomerId)>> = BTreeMap::new();
        let owners = self.owners.values().filter(|owner| !self.households.contains_key(*owner));
        let alone: BTreeSet<(&CustomerId, &[(u64, HouseholdId)])> =
            owners.map(|owner| (owner, &[][..])).collect();
        let told = self.households.iter().map(|(person, told)| (person, told.as_slice()));
        for (person, told) in told.chain(alone) {
            for (when, household) in memberships(person, told) {
                if wanted.contains(&household) {
                    members.entry(household).or_default().push((when, person));
                }
            }
        }
        members
    }

    fn deeds(&self, wanted: &BTreeSet<&CustomerId>, policy: &TrialPolicy) -> BTreeMap<CustomerId, Deeds> {
        let mut deeds: BTreeMap<CustomerId, Deeds> = BTreeMap::new();
        for ((vehicle, span), owner) in self.owners.iter().filter(|(_, owner)| wanted.contains(owner)) {
            let known = deeds.entry(owner.clone()).or_default();
            let all = self.orders.get(vehicle).into_iter().flatten();
            let mut orders: Vec<(&RoId, &Order)> = all.filter(|(_, order)| order.span == *span).collect();
            // In the order of time, so that one written up in parts is one visit.
            orders.sort_by_key(|(_, order)| order.opened_at);
            let mut visit: Option<DateTime<Utc>> = None;
            for (ro, order) in orders {
                if order.visit && visit.is_none_or(|first| order.opened_at - first > ONE_VISIT) {
                    visit = Some(order.opened_at);
                    known.visits.push(order.opened_at);
                }
                let (paid, other): (Vec<Money>, Vec<Money>) =
                    order.paid.iter().partition(|money| money.currency() == policy.currency());
                let cents = paid.into_iter().map(cents).fold(0, i64::saturating_add);
                known.paid.push((order.opened_at, cents));
                if !other.is_empty() {
                    let lines = u64::try_from(other.len()).unwrap_or(u64::MAX);
                    known.other_currency.push((order.opened_at, ro.clone(), lines));
                }
            }
        }
        for (contact, at) in &self.opt_outs {
            let persons = self.persons.get(contact).into_iter().flatten();
            for person in persons.filter(|person| wanted.contains(person)) {
                deeds.entry(person.clone()).or_default().opt_outs.push(*at);
            }
        }
        deeds
    }
}

/// So much later; the last day there is where it would lie beyond.
fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    let end = if by < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    at.checked_add_signed(by).unwrap_or(end)
}

fn cents(money: Money) -> i64 {
    let hundredths = money.amount().checked_mul(rust_decimal::Decimal::ONE_HUNDRED);
    hundredths.and_then(|cents| cents.round().to_i64()).unwrap_or_default()
}

// Parts of events: what is needed of them and no more.

#[derive(Deserialize)]
struct Linked {
    contact: ContactHash,
    person: CustomerId,
    household: HouseholdId,
}

#[derive(Deserialize)]
struct Recorded {
    vehicle: VehicleId,
    owner: Option<CustomerId>,
    span: OwnershipSpan,
}

#[derive(Deserialize)]
struct Closed {
    ro: RoId,
    vehicle: VehicleId,
    span: OwnershipSpan,
    opened_at: DateTime<Utc>,
    voided: bool,
    #[serde(default)]
    department: Department,
    #[serde(default)]
    by_other: bool,
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    pay_type: PayType,
    #[serde(flatten)]
    money: Money,
}

#[derive(Deserialize)]
struct Revoked {
    contact: ContactHash,
    occurred_at: DateTime<Utc>,
    source: String,
}
