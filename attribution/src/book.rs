use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};

use fixedops_vocab::{Money, RoId, RoLineId, VehicleId};

use crate::assign::{Found, Garage};
use crate::batch::DeferredCredit;
use crate::reconcile::Substance;
use crate::{Evidence, Policy, Reason, Receipt, RepairOrder, ReversalReason, Trigger, judge};

/// The triggers and orders known so far, and the credits in force: a new order is credited by looking at its own
/// vehicle alone.
///
/// A record that comes again replaces the one before it: an order re-opened, voided, closed late, moved to another
/// vehicle. The credits in force are always those of [`assign`](crate::assign) over the records as they stand, in
/// whatever order they came. Receipts are written when they are asked for.
///
/// ```
/// # #[cfg(feature = "serde")] {
/// use fixedops_attribution::{Book, Policy};
/// let book = Book::new(Policy::shipped());
/// assert_eq!(book.in_force().count(), 0);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Book {
    policy: Policy,
    vehicles: BTreeMap<VehicleId, Kept>,
    /// Where each order and trigger is kept. Asked by key alone, and hashed without chance: no order of theirs shows.
    vehicle_of_order: HashMap<RoId, VehicleId, BuildHasherDefault<DefaultHasher>>,
    vehicle_of_trigger: HashMap<String, VehicleId, BuildHasherDefault<DefaultHasher>>,
}

#[derive(Clone, Debug, Default)]
struct Kept {
    triggers: BTreeMap<String, Trigger>,
    orders: BTreeMap<RoId, RepairOrder>,
    in_force: BTreeMap<(RoId, RoLineId), Held>,
}

#[derive(Clone, Debug)]
struct Held {
    amount: Money,
    trigger: String,
    evidence: Evidence,
    competing: usize,
}

impl Held {
    fn substance(&self) -> Substance<'_> {
        (&self.trigger, self.amount, self.evidence)
    }
}

/// One step of a [`Book`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a step left out would be a credit lost or doubled")]
pub enum BookChange {
    /// A credit came into force.
    Assigned(DeferredCredit),
    /// A credit went out of force.
    Reversed {
        /// The order.
        ro: RoId,
        /// Its line.
        line: RoLineId,
        /// The dollars taken back.
        amount: Money,
        /// The trigger that had earned it.
        trigger: String,
        /// Why.
        reason: ReversalReason,
    },
}

impl Book {
    /// An empty book under `policy`.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            vehicles: BTreeMap::new(),
            vehicle_of_order: HashMap::default(),
            vehicle_of_trigger: HashMap::default(),
        }
    }

    /// Takes an order as it stands now; returns what changed, each reversal before the credit that replaces it.
    pub fn order(&mut self, order: RepairOrder) -> Vec<BookChange> {
        let (ro, vehicle) = (order.ro.clone(), order.vehicle.clone());
        let mut changes = Vec::new();
        if let Some(before) = self.vehicle_of_order.insert(ro.clone(), vehicle.clone())
            && before != vehicle
        {
            let kept = self.vehicles.entry(before).or_default();
            kept.orders.remove(&ro);
            kept.settle(&self.policy, &mut changes);
        }
        let kept = self.vehicles.entry(vehicle).or_default();
        kept.orders.insert(ro, order.into_normalized());
        kept.settle(&self.policy, &mut changes);
        changes
    }

    /// Takes a trigger as it stands now, with all its touches; returns what changed.
    pub fn trigger(&mut self, trigger: Trigger) -> Vec<BookChange> {
        let (id, vehicle) = (trigger.id.clone(), trigger.vehicle.clone());
        let mut changes = Vec::new();
        if let Some(before) = self.vehicle_of_trigger.insert(id.clone(), vehicle.clone())
            && before != vehicle
        {
            let kept = self.vehicles.entry(before).or_default();
            kept.triggers.remove(&id);
            kept.settle(&self.policy, &mut changes);
        }
        let kept = self.vehicles.entry(vehicle).or_default();
        kept.triggers.insert(id, trigger.normalized());
        kept.settle(&self.policy, &mut changes);
        changes
    }

    /// The credits in force, by vehicle, order and line.
    pub fn in_force(&self) -> impl Iterator<Item = DeferredCredit> + '_ {
        self.vehicles.values().flat_map(|kept| {
            kept.in_force.iter().map(|((ro, line), held)| DeferredCredit {
                ro: ro.clone(),
                line: line.clone(),
                amount: held.amount,
                trigger: held.trigger.clone(),
                evidence: held.evidence,
                competing: held.competing,
            })
        })
    }

    /// The receipt of the credit in force on a line, not yet chained, from the records as they stand.
    #[must_use]
    pub fn receipt(&self, ro: &RoId, line: &RoLineId) -> Option<Receipt> {
        let kept = self.vehicles.get(self.vehicle_of_order.get(ro)?)?;
        let mut found = Found::default();
        kept.garage(&self.policy).credit(self.policy.rules(), &mut found);
        let earned =
            found.earned.iter().find(|earned| earned.order.ro == *ro && earned.line.line == *line)?;
        Some(earned.receipt(&self.policy))
    }
}

impl Kept {
    /// Brings the credits of one vehicle up to date.
    fn settle(&mut self, policy: &Policy, changes: &mut Vec<BookChange>) {
        let mut found = Found { credits_only: true, ..Found::default() };
        self.garage(policy).credit(policy.rules(), &mut found);
        let wanted: BTreeMap<(RoId, RoLineId), Held> = found
            .earned
            .iter()
            .map(|earned| {
                let held = Held {
                    amount: earned.amount,
                    trigger: earned.trigger.id.clone(),
                    evidence: earned.evidence,
                    competing: earned.competing.len(),
                };
                ((earned.order.ro.clone(), earned.line.line.clone()), held)
            })
            .collect();
        let lines: BTreeSet<&(RoId, RoLineId)> = self.in_force.keys().chain(wanted.keys()).collect();
        for line in lines {
            let (old, new) = (self.in_force.get(line), wanted.get(line));
            if old.map(Held::substance) == new.map(Held::substance) {
                continue;
            }
            if let Some(old) = old {
                let reason = if new.is_none() { self.why_not(line, policy) } else { None };
                changes.push(BookChange::Reversed {
                    ro: line.0.clone(),
                    line: line.1.clone(),
                    amount: old.amount,
                    trigger: old.trigger.clone(),
                    reason: ReversalReason::between(old.substance(), new.map(Held::substance), reason),
                });
            }
            if let Some(new) = new {
                changes.push(BookChange::Assigned(DeferredCredit {
                    ro: line.0.clone(),
                    line: line.1.clone(),
                    amount: new.amount,
                    trigger: new.trigger.clone(),
                    evidence: new.evidence,
                    competing: new.competing,
                }));
            }
        }
        self.in_force = wanted;
    }

    /// Why a line that is there earns nothing; `None` where it is gone.
    fn why_not(&self, (ro, line): &(RoId, RoLineId), policy: &Policy) -> Option<Reason> {
        let order = self.orders.get(ro)?;
        order.lines.iter().find(|other| other.line == *line)?;
        judge::unfit(order, policy.rules()).or_else(|| {
            let mut found = Found::default();
            self.garage(policy).credit(policy.rules(), &mut found);
            found.not_credited.iter().find(|l| l.ro == *ro && l.line == *line).map(|line| line.reason)
        })
    }

    fn garage(&self, policy: &Policy) -> Garage<'_> {
        let fit = |order: &&RepairOrder| judge::unfit(order, policy.rules()).is_none();
        Garage {
            triggers: self.triggers.values().collect(),
            orders: self.orders.values().filter(fit).collect(),
        }
    }
}
