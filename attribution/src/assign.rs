use core::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{Money, RoId, RoLineId, VehicleId};
use rust_decimal::Decimal;

use crate::judge::{self, Reach};
use crate::receipt::{Receipt, ReceiptBody};
use crate::{Claim, Evidence, Policy, Reason, RepairOrder, RoLine, Rules, Trigger};

/// Which trigger earned which line.
///
/// Every line of every order is in exactly one of `credits` and `not_credited`; lines of an order that contradicts
/// itself stand there once for each of their records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Assignment {
    /// The credits, by order and line.
    pub credits: Vec<Credit>,
    /// Every other line, by order and line.
    pub not_credited: Vec<NotCredited>,
    /// The orders that answered a trigger, by order; each once, whatever its lines earned.
    pub visits: Vec<Visit>,
    /// Triggers left out because two records of one id differ.
    pub conflicting_triggers: Vec<String>,
}

/// One line put down to one trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Credit {
    /// The order.
    pub ro: RoId,
    /// Its line.
    pub line: RoLineId,
    /// The dollars: above zero, at most the customer-pay amount of the line, and over the order at most its
    /// customer-pay dollars with the discounts taken off.
    pub amount: Money,
    /// The trigger that earned it.
    pub trigger: String,
    /// The rung that ties them.
    pub evidence: Evidence,
    /// The other triggers that claimed the line, best first.
    pub competing: Vec<Claim>,
    /// The proof, not yet chained (see [`chain`](crate::chain)).
    pub receipt: Receipt,
}

/// One line that nobody earned, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NotCredited {
    /// The order.
    pub ro: RoId,
    /// Its line.
    pub line: RoLineId,
    /// Why.
    pub reason: Reason,
}

/// One order that answered a trigger, with all it brought: the figure that per-order benchmarks are compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Visit {
    /// The order.
    pub ro: RoId,
    /// The trigger with the best claim to the visit.
    pub trigger: String,
    /// Its rung.
    pub evidence: Evidence,
    /// All customer-pay lines of the order, linked or not, discounts taken off: one sum per currency, none where no
    /// line is customer pay.
    pub customer_pay: Vec<Money>,
}

impl Visit {
    pub(crate) fn of(order: &RepairOrder, trigger: String, evidence: Evidence) -> Self {
        let customer_pay = judge::customer_pay(order).into_iter();
        Self {
            ro: order.ro.clone(),
            trigger,
            evidence,
            customer_pay: customer_pay.filter_map(|(currency, sum)| Money::new(sum, currency).ok()).collect(),
        }
    }
}

/// Credits lines to triggers under `policy`.
///
/// Each trigger is answered by one visit: of those it reached, the one with linked work, by the strongest evidence,
/// with most linked lines, then the earliest. Each line goes to the best claim of the triggers its visit answers. Both
/// choices look at all there is, so neither the order nor the repetition of input matters. Records of one id that
/// differ are left out, by name.
///
/// See the [crate page](crate) for an example.
#[must_use]
pub fn assign(triggers: &[Trigger], ros: &[RepairOrder], policy: &Policy) -> Assignment {
    let rules = policy.rules();
    let mut assignment = Assignment::default();

    let (triggers, conflicting) = one_by_id(triggers.iter().map(Trigger::normalized), |t| t.id.clone());
    assignment.conflicting_triggers = conflicting.into_iter().map(|(id, _)| id).collect();

    let (orders, conflicting) = one_by_id(ros.iter().map(RepairOrder::normalized), |ro| ro.ro.clone());
    for (_, records) in conflicting {
        for order in records {
            assignment.leave_out(&order, Reason::ConflictingRecords);
        }
    }

    let mut garages: BTreeMap<&VehicleId, Garage<'_>> = BTreeMap::new();
    for order in &orders {
        match judge::unfit(order, rules) {
            Some(reason) => assignment.leave_out(order, reason),
            None => garages.entry(&order.vehicle).or_default().orders.push(order),
        }
    }
    for trigger in &triggers {
        if let Some(garage) = garages.get_mut(&trigger.vehicle) {
            garage.triggers.push(trigger);
        }
    }
    let mut found = Found::default();
    for garage in garages.values() {
        garage.credit(rules, &mut found);
    }
    assignment.credits.extend(found.earned.iter().map(|earned| earned.credit(policy)));
    assignment.not_credited.append(&mut found.not_credited);
    assignment.visits.append(&mut found.visits);

    assignment.credits.sort_by(|a, b| (&a.ro, &a.line).cmp(&(&b.ro, &b.line)));
    assignment.not_credited.sort_by(|a, b| (&a.ro, &a.line, a.reason).cmp(&(&b.ro, &b.line, b.reason)));
    assignment.visits.sort_by(|a, b| a.ro.cmp(&b.ro));
    assignment
}

impl Assignment {
    pub(crate) fn leave_out(&mut self, order: &RepairOrder, reason: Reason) {
        self.not_credited.extend(order.lines.iter().map(|line| NotCredited {
            ro: order.ro.clone(),
            line: line.line.clone(),
            reason,
        }));
    }
}

/// Records of one id that are equal, once; those that differ, all of them.
pub(crate) fn one_by_id<T: PartialEq, K: Ord + Clone>(
    records: impl Iterator<Item = T>,
    id: impl Fn(&T) -> K,
) -> (Vec<T>, Vec<(K, Vec<T>)>) {
    let mut by_id: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for record in records {
        let same_id = by_id.entry(id(&record)).or_default();
        if !same_id.contains(&record) {
            same_id.push(record);
        }
    }
    let (mut single, mut conflicting) = (Vec::new(), Vec::new());
    for (id, mut records) in by_id {
        match (records.pop(), records.is_empty()) {
            (Some(only), true) => single.push(only),
            (last, _) => {
                records.extend(last);
                conflicting.push((id, records));
            }
        }
    }
    (single, conflicting)
}

/// One vehicle: its triggers and the orders that can be credited.
#[derive(Default)]
pub(crate) struct Garage<'a> {
    pub(crate) triggers: Vec<&'a Trigger>,
    pub(crate) orders: Vec<&'a RepairOrder>,
}

/// What was found out, receipts not yet written.
#[derive(Default)]
pub(crate) struct Found<'a> {
    /// Only `earned` is asked for.
    pub(crate) credits_only: bool,
    pub(crate) earned: Vec<Earned<'a>>,
    pub(crate) not_credited: Vec<NotCredited>,
    pub(crate) visits: Vec<Visit>,
}

/// A line that a trigger earned.
pub(crate) struct Earned<'a> {
    pub(crate) order: &'a RepairOrder,
    pub(crate) line: &'a RoLine,
    pub(crate) trigger: &'a Trigger,
    pub(crate) evidence: Evidence,
    before: Money,
    pub(crate) amount: Money,
    pub(crate) competing: Vec<Claim>,
}

impl Earned<'_> {
    /// The credit, with its receipt.
    pub(crate) fn credit(&self, policy: &Policy) -> Credit {
        Credit {
            ro: self.order.ro.clone(),
            line: self.line.line.clone(),
            amount: self.amount,
            trigger: self.trigger.id.clone(),
            evidence: self.evidence,
            competing: self.competing.clone(),
            receipt: self.receipt(policy),
        }
    }

    pub(crate) fn receipt(&self, policy: &Policy) -> Receipt {
        Receipt::new(ReceiptBody {
            previous: None,
            policy: policy.clone(),
            trigger: self.trigger.clone(),
            ro: self.order.clone(),
            line: self.line.line.clone(),
            evidence: self.evidence,
            credited_before: self.before,
            amount: self.amount,
            competing: self.competing.clone(),
        })
    }
}

/// The visit that answers a trigger: how each of its orders was reached.
struct Answer<'a> {
    trigger: &'a Trigger,
    reached: BTreeMap<&'a RoId, Reach>,
}

impl<'a> Garage<'a> {
    pub(crate) fn credit(&self, rules: &Rules, found: &mut Found<'a>) {
        let visits = self.visits(rules);
        let answers: Vec<Answer<'a>> = self
            .triggers
            .iter()
            .filter_map(|trigger| {
                let reached = visits
                    .iter()
                    .filter_map(|visit| Reached::of(trigger, visit, rules))
                    .min_by_key(Reached::key)?;
                Some(Answer { trigger, reached: reached.orders })
            })
            .collect();
        for order in &self.orders {
            self.credit_order(order, &answers, rules, found);
        }
    }

    /// The orders as visits: those of one owner opened shortly after one another are one.
    fn visits(&self, rules: &Rules) -> Vec<Vec<&'a RepairOrder>> {
        let mut orders = self.orders.clone();
        orders.sort_by_key(|order| (order.owner_span, order.opened_at, &order.ro));
        let split = TimeDelta::hours(rules.split_ro_hours.into());
        let mut visits: Vec<Vec<&RepairOrder>> = Vec::new();
        for order in orders {
            let last = visits.last_mut().filter(|visit| {
                rules.split_ro_hours > 0
                    && visit.first().is_some_and(|first| {
                        first.owner_span == order.owner_span && order.opened_at - first.opened_at <= split
                    })
            });
            match last {
                Some(visit) => visit.push(order),
                None => visits.push(vec![order]),
            }
        }
        visits
    }

    fn credit_order(
        &self,
        order: &'a RepairOrder,
        answers: &[Answer<'a>],
        rules: &Rules,
        found: &mut Found<'a>,
    ) {
        let here: Vec<(&'a Trigger, &Reach)> = answers
            .iter()
            .filter_map(|answer| answer.reached.get(&order.ro).map(|reach| (answer.trigger, reach)))
            .collect();

        if found.credits_only && here.is_empty() {
            return;
        }
        let visit = here.iter().filter(|_| !found.credits_only).filter_map(|(trigger, reach)| {
            let any_line = order.lines.iter().any(|line| judge::linked(trigger, line, rules));
            reach.claim_visit(trigger, any_line, rules)
        });
        if let Some(claim) = visit.min_by(|a, b| a.compare(b, rules)) {
            found.visits.push(Visit::of(order, claim.trigger, claim.evidence));
        }

        // The strongest claims take their dollars first, should discounts not leave enough for all.
        let mut won = Vec::new();
        for line in &order.lines {
            let mut claims: Vec<(Claim, &'a Trigger)> = here
                .iter()
                .filter(|(trigger, _)| judge::linked(trigger, line, rules))
                .filter_map(|&(trigger, reach)| Some((reach.claim_line(trigger, rules)?, trigger)))
                .collect();
            claims.sort_by(|(a, _), (b, _)| a.compare(b, rules));
            let mut claims = claims.into_iter();
            match (judge::uncreditable(line), claims.next()) {
                (None, Some((best, trigger))) => {
                    won.push((best, line, trigger, claims.map(|(claim, _)| claim).collect::<Vec<_>>()));
                }
                _ if found.credits_only => {}
                (reason, _) => {
                    let reason = reason.unwrap_or_else(|| self.why_not(order, line, rules));
                    found.not_credited.push(not_credited(order, &line.line, reason));
                }
            }
        }
        won.sort_by(|(a, line_a, ..), (b, line_b, ..)| {
            a.evidence.cmp(&b.evidence).then_with(|| line_a.line.cmp(&line_b.line))
        });

        let mut credited = BTreeMap::new();
        for (best, line, trigger, competing) in won {
            let currency = line.amount.currency();
            let credited = credited.entry(currency).or_insert(Decimal::ZERO);
            let before = Money::new(*credited, currency).ok();
            let (Some(before), Some(amount)) = (before, judge::payable(order, line, *credited)) else {
                found.not_credited.push(not_credited(order, &line.line, Reason::DiscountedAway));
                continue;
            };
            *credited = credited.saturating_add(amount.amount());
            found.earned.push(Earned {
                order,
                line,
                trigger,
                evidence: best.evidence,
                before,
                amount,
                competing,
            });
        }
    }

    /// The reason of the trigger that came nearest to this line.
    fn why_not(&self, order: &RepairOrder, line: &RoLine, rules: &Rules) -> Reason {
        let reasons = self.triggers.iter().map(|trigger| match judge::reach(trigger, order, rules) {
            Err(reason) => reason,
            Ok(_) if !judge::linked(trigger, line, rules) => Reason::NotLinked,
            Ok(reach) if reach.claim_line(trigger, rules).is_none() => Reason::RungOff,
            Ok(_) => Reason::AnsweredElsewhere,
        });
        reasons.min().unwrap_or(Reason::NoTrigger)
    }
}

fn not_credited(order: &RepairOrder, line: &RoLineId, reason: Reason) -> NotCredited {
    NotCredited { ro: order.ro.clone(), line: line.clone(), reason }
}

/// A visit that a trigger reached, and how good an answer it is.
struct Reached<'a> {
    orders: BTreeMap<&'a RoId, Reach>,
    evidence: Evidence,
    linked: usize,
    opened_at: DateTime<Utc>,
    first: &'a RoId,
}

impl<'a> Reached<'a> {
    fn of(trigger: &Trigger, visit: &[&'a RepairOrder], rules: &Rules) -> Option<Self> {
        let mut reached: Option<Self> = None;
        for &order in visit {
            let Ok(reach) = judge::reach(trigger, order, rules) else { continue };
            let linked = order.lines.iter().filter(|line| judge::linked(trigger, line, rules)).count();
            let Some(claim) = reach.claim_visit(trigger, linked > 0, rules) else { continue };
            let so_far = reached.get_or_insert_with(|| Self {
                orders: BTreeMap::new(),
                evidence: claim.evidence,
                linked: 0,
                opened_at: order.opened_at,
                first: &order.ro,
            });
            so_far.orders.insert(&order.ro, reach);
            so_far.evidence = so_far.evidence.min(claim.evidence);
            so_far.linked += linked;
        }
        reached
    }

    /// Least is best.
    fn key(&self) -> (bool, Evidence, Reverse<usize>, DateTime<Utc>, &'a RoId) {
        (self.linked == 0, self.evidence, Reverse(self.linked), self.opened_at, self.first)
    }
}
