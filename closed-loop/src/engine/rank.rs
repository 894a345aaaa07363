//! In which order a customer should see what an inspection found.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, TimeDelta, Utc};
use fixedops_mpi_score::{CustomerFit, Declined, Reason, ServiceHistory, VehicleHistory, score};
use fixedops_odometer_core::{Baseline, IntervalRule, Posterior};
use fixedops_vocab::{CustomerId, Miles, Money, OpCode, RoId, RoLineId, ServiceId};

use super::Engine;
use super::attribute::customer_pay;
use super::turn::Turn;
use crate::fold::Loaded;
use crate::inspection::{as_inspection, work_of};
use crate::state::{PersonState, RepairOrderState, Said, VehicleState};
use crate::{
    CaseOpened, DeclinedLine, Happened, InspectedFinding, InspectionCompleted, InspectionRanked, LoopError,
    RankedFinding, streams,
};

/// What a customer spent and how often he came is counted over so many days.
const YEAR: TimeDelta = TimeDelta::days(365);
/// An interval is counted as missed at most so often.
const MOST_MISSED: u32 = 1_000;

/// Where declined lines stood in their inspections, from 1.
#[derive(Default)]
pub(super) struct Ranks(BTreeMap<(RoId, RoLineId), usize>);

impl Ranks {
    /// The place of a line; `None` where no inspection ranked it.
    pub(super) fn of(&self, line: &DeclinedLine) -> Option<usize> {
        self.0.get(&(line.ro.clone(), line.line.clone())).copied()
    }
}

impl Engine {
    /// Journals the order of the findings, made from what is known at the completion.
    pub(super) async fn rank(
        &self,
        turn: &mut Turn<'_>,
        order: &Loaded<RepairOrderState>,
        vehicle: &Loaded<VehicleState>,
        completed: &InspectionCompleted,
    ) -> Result<(), LoopError> {
        let history = self.history(turn, &vehicle.state, completed).await?;
        let fit = self.fit(turn, vehicle, completed).await?;
        let ranking = score(&as_inspection(completed), &history, &fit, &self.policies.weights);
        let findings = ranking.findings.into_iter().map(|ranked| {
            let is_for_advisor =
                |reason: &&Reason| matches!(reason, Reason::NotKnown { .. } | Reason::GreenAtLimit);
            let (for_advisor, reasons): (Vec<&Reason>, Vec<&Reason>) =
                ranked.reasons.iter().partition(is_for_advisor);
            let words = |reasons: Vec<&Reason>| reasons.into_iter().map(ToString::to_string).collect();
            RankedFinding {
                finding: ranked.finding,
                score: ranked.score,
                contributions: ranked.contributions,
                floored: ranked.floored,
                reasons: words(reasons),
                for_advisor: words(for_advisor),
            }
        });
        turn.push(
            order,
            Happened::InspectionRanked(InspectionRanked {
                ro: completed.ro.clone(),
                inspection: completed.inspection.clone(),
                weights: ranking.weights,
                history,
                fit,
                fold: ranking.fold,
                findings: findings.collect(),
                recalls: ranking.recalls.into_iter().map(|recall| recall.finding).collect(),
                set_aside: ranking.set_aside.iter().map(ToString::to_string).collect(),
            }),
        )
    }

    /// Where the lines a case speaks of stood in their inspections.
    pub(super) async fn ranks_of(
        &self,
        opened: &CaseOpened,
        vehicle: &VehicleState,
    ) -> Result<Ranks, LoopError> {
        let mut ranks = Ranks::default();
        for line in vehicle.lines_of(opened) {
            let order = self.load::<RepairOrderState>(streams::ro(&line.ro)?).await?;
            let (Some(ranked), Some(inspected)) = (&order.state.ranked, &order.state.inspected) else {
                continue;
            };
            let told = vehicle.answers.get(&line.ro, &line.line).and_then(|answer| answer.finding.clone());
            let by_code = || {
                let of_code = inspected
                    .findings
                    .iter()
                    .find(|found| found.op_code.is_some() && found.op_code == line.op_code);
                of_code.map(|found| found.id.clone())
            };
            if let Some(rank) = told.or_else(by_code).and_then(|finding| ranked.rank(&finding)) {
                ranks.0.insert((line.ro.clone(), line.line.clone()), rank);
            }
        }
        Ok(ranks)
    }

    /// What is known of each service that an inspection recommends.
    async fn history(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &VehicleState,
        completed: &InspectionCompleted,
    ) -> Result<VehicleHistory, LoopError> {
        let at = completed.occurred_at;
        let posterior = self.posterior(vehicle, at);
        let orders = self.closed_orders(turn, vehicle).await?;
        let mut services: Vec<ServiceHistory> = Vec::new();
        for found in &completed.findings {
            let Some(key) = work_of(found).filter(|key| !services.iter().any(|known| known.service == *key))
            else {
                continue;
            };
            let rule = found.service.as_ref().and_then(|service| self.policies.schedule.rule(service));
            let since = found.service.as_ref().and_then(|service| self.last_done(vehicle, service, at));
            let miles_since = since.as_ref().and_then(|last| miles_since(&posterior, last, at));
            services.push(ServiceHistory {
                service: key,
                miles_since,
                interval: rule.and_then(|rule| rule.distance),
                missed: since.zip(rule).and_then(|(last, rule)| missed(rule, &last, miles_since, at)),
                declined: declined(vehicle, &orders, found, completed),
            });
        }
        Ok(VehicleHistory { services })
    }

    /// From where the interval of a service counted at `at`: what was told since and done later does not hide it.
    fn last_done(&self, vehicle: &VehicleState, service: &ServiceId, at: DateTime<Utc>) -> Option<Baseline> {
        let last = vehicle.baseline(service, &self.policies.due)?;
        if last.done_at <= at {
            return Some(last);
        }
        let done = vehicle.services.get(service)?.iter().rev().find(|done| done.occurred_at <= at)?;
        let miles = done.odometer.and_then(fixedops_vocab::RawOdometer::to_miles);
        Some(Baseline::here(done.occurred_at, miles, 0))
    }

    /// What is known of the owner: what he paid in the year before, on all his vehicles, and how often he came. Nobody
    /// tells the loop of warranties and financing.
    async fn fit(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        completed: &InspectionCompleted,
    ) -> Result<CustomerFit, LoopError> {
        let at = completed.occurred_at;
        let Some(record) = &vehicle.state.record else { return Ok(CustomerFit::default()) };
        let Some(owner) = &record.owner else { return Ok(CustomerFit::default()) };
        let mut orders = self.orders_of(turn, &vehicle.state, owner, at).await?;
        // A fleet is no customer with a habit, and has thousands of cars.
        if record.unit.may_trigger() {
            let person = self.load::<PersonState>(streams::person(owner)?).await?;
            turn.guard(&person);
            for other in person.state.vehicles.keys().filter(|other| **other != record.vehicle) {
                let other = self.load::<VehicleState>(streams::vehicle(other)?).await?;
                turn.guard(&other);
                orders.extend(self.orders_of(turn, &other.state, owner, at).await?);
            }
        }
        // Who was never here before is no customer who spends nothing: nothing is known of him.
        if orders.is_empty() {
            return Ok(CustomerFit::default());
        }
        let within = orders.into_iter().filter(|(closed, _)| *closed >= at - YEAR);
        let paid: Vec<Option<Money>> = within.map(|(_, paid)| paid).collect();
        let visits = u32::try_from(paid.len()).unwrap_or(u32::MAX);
        let priced = || completed.findings.iter().filter_map(|found| found.price);
        let currency = paid.iter().flatten().copied().chain(priced()).next().map(|money| money.currency());
        // Orders in several currencies have no sum.
        let nothing = currency.map(|currency| Money::cents(0, currency));
        let add = |sum: Option<Money>, amount: Money| sum.and_then(|sum| sum.checked_add(amount));
        let annual_spend = paid.into_iter().flatten().fold(nothing, add);
        Ok(CustomerFit { annual_spend, visits: Some(visits), warranty: None, financing: None })
    }

    /// When each order of an owner's vehicle was closed before `at`, and what he paid on it; `None` for one he paid nothing
    /// on.
    async fn orders_of(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &VehicleState,
        owner: &CustomerId,
        at: DateTime<Utc>,
    ) -> Result<Vec<(DateTime<Utc>, Option<Money>)>, LoopError> {
        let record = vehicle.record.as_ref().filter(|record| record.owner.as_ref() == Some(owner));
        let Some(record) = record else { return Ok(Vec::new()) };
        let orders = self.closed_orders(turn, vehicle).await?;
        let his = orders
            .iter()
            .filter_map(|order| order.state.closed.as_ref())
            .filter(|closed| closed.occurred_at < at && closed.span == record.span);
        Ok(his.map(|closed| (closed.occurred_at, customer_pay(closed))).collect())
    }

    /// The orders of a vehicle that were closed and not voided.
    async fn closed_orders(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &VehicleState,
    ) -> Result<Vec<Loaded<RepairOrderState>>, LoopError> {
        let mut orders = Vec::new();
        for ro in &vehicle.orders {
            let order = self.load::<RepairOrderState>(streams::ro(ro)?).await?;
            turn.guard(&order);
            if order.state.closed.as_ref().is_some_and(|closed| !closed.voided) {
                orders.push(order);
            }
        }
        Ok(orders)
    }
}

/// Miles since a service was done, or since the delivery; none where either end is unknown.
fn miles_since(posterior: &Posterior, last: &Baseline, at: DateTime<Utc>) -> Option<Miles> {
    let then = last.miles.or_else(|| posterior.mileage_at(last.done_at).value())?;
    posterior.mileage_at(at).value()?.since(then)
}

/// How many whole intervals have passed since a service was done, by miles or by months, whichever says more.
fn missed(rule: &IntervalRule, last: &Baseline, miles: Option<Miles>, at: DateTime<Utc>) -> Option<u32> {
    let by_miles =
        miles.zip(rule.distance).and_then(|(miles, every)| miles.tenths().checked_div(every.tenths()));
    let by_months = rule.months.filter(|every| *every > 0).map(|every| {
        let passed = |times: &u32| {
            let months = Months::new(every.saturating_mul(*times));
            last.done_at.checked_add_months(months).is_some_and(|due| due <= at)
        };
        (1..=MOST_MISSED).take_while(passed).last().unwrap_or(0)
    });
    by_miles.max(by_months).map(|times| times.min(MOST_MISSED))
}

/// Since when a finding's work stands declined by the owner of today: the first no of an earlier order that no later work
/// answered. Never, where he was here before; unknown where he was not.
fn declined(
    vehicle: &VehicleState,
    orders: &[Loaded<RepairOrderState>],
    found: &InspectedFinding,
    completed: &InspectionCompleted,
) -> Option<Declined> {
    let at = completed.occurred_at;
    let same = |service: Option<&ServiceId>, op_code: Option<&OpCode>| {
        (service.is_some() && service == found.service.as_ref())
            || (op_code.is_some() && op_code == found.op_code.as_ref())
    };
    let closed = || {
        orders
            .iter()
            .filter_map(|order| order.state.closed.as_ref())
            .filter(|closed| closed.occurred_at <= at)
    };
    let done = closed()
        .filter(|closed| closed.lines.iter().any(|line| same(line.service.as_ref(), line.op_code.as_ref())))
        .map(|closed| closed.occurred_at)
        .max();
    let earlier = vehicle.answers.iter().filter(|answer| answer.line.ro != completed.ro);
    let span = vehicle.record.as_ref().map(|record| record.span);
    let open = earlier
        .filter(|answer| Some(vehicle.span_at(answer.line.declined_at)) == span)
        .filter(|answer| answer.said() == Said::Declined)
        .map(|answer| &answer.line)
        .filter(|line| same(line.service.as_ref(), line.op_code.as_ref()))
        .map(|line| line.declined_at)
        .filter(|said| *said < at && done.is_none_or(|done| done < *said));
    match open.min() {
        Some(said) => Some(Declined::DaysAgo(u32::try_from((at - said).num_days()).unwrap_or(u32::MAX))),
        None => closed().find(|closed| Some(closed.span) == span).map(|_| Declined::Never),
    }
}
