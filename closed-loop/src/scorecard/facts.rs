//! What follows from the tally: whose appointment, whose credit, which visit.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{AppointmentId, CaseId, Currency, RoId, RoLineId, VehicleId};
use rust_decimal::Decimal;

use super::ScorecardPolicy;
use super::course::TrueOdometers;
use super::plain::PlainWords;
use super::tally::{
    Answer, Appointment, CaseTally, CreditTally, Crossing, DeclinedTally, Order, Standing, Tally,
};
use crate::CrossingOutcome;

/// The programme of a crossing that no case was opened for.
pub(super) const MILEAGE_DUE: &str = "mileage_due";
/// A crossing bundled into one that was bundled: no deeper chain makes sense.
pub(super) const DEEPEST: usize = 8;

/// A credit with its place.
pub(super) type Placed<'a> = (&'a (RoId, RoLineId), &'a CreditTally);

/// The tally, and what follows from it.
pub(super) struct Facts<'a> {
    pub(super) tally: &'a Tally,
    pub(super) policy: &'a ScorecardPolicy,
    pub(super) truth: Option<&'a TrueOdometers>,
    /// Words for a reader.
    pub(super) plain: PlainWords,
    pub(super) as_of: DateTime<Utc>,
    pub(super) from: DateTime<Utc>,
    pub(super) currency: Currency,
    pub(super) small: u64,
    /// Least percent at which an opening counts as a person's.
    pub(super) human: u8,
    appointments_of: BTreeMap<&'a CaseId, Vec<&'a Appointment>>,
    credits_of: BTreeMap<&'a CaseId, Vec<Placed<'a>>>,
    visits: BTreeMap<&'a RoId, Visit<'a>>,
    orders_of: BTreeMap<&'a VehicleId, Vec<(&'a RoId, &'a Order)>>,
}

/// An order with a credited line.
pub(super) struct Visit<'a> {
    /// The case of its first credited line.
    pub(super) case: Option<&'a CaseId>,
    /// All its customer-pay lines.
    pub(super) amount: Decimal,
    /// When it was closed.
    pub(super) closed_at: Option<DateTime<Utc>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(
        tally: &'a Tally,
        as_of: DateTime<Utc>,
        policy: &'a ScorecardPolicy,
        truth: Option<&'a TrueOdometers>,
    ) -> Self {
        let mut facts = Self {
            tally,
            policy,
            truth,
            plain: PlainWords::shipped(),
            as_of,
            from: tally.first_at.unwrap_or(as_of),
            currency: policy.file.currency,
            small: policy.file.small_base.value,
            human: policy.file.human_click_percent.value,
            appointments_of: BTreeMap::new(),
            credits_of: BTreeMap::new(),
            visits: BTreeMap::new(),
            orders_of: BTreeMap::new(),
        };
        for (ro, order) in &tally.orders {
            if let Some(vehicle) = &order.vehicle {
                facts.orders_of.entry(vehicle).or_default().push((ro, order));
            }
        }
        let mut by_case: BTreeMap<&CaseId, Vec<(&AppointmentId, &Appointment)>> = BTreeMap::new();
        for (id, appointment) in &tally.appointments {
            if let Some(case) = facts.case_behind(appointment) {
                by_case.entry(case).or_default().push((id, appointment));
            }
        }
        facts.appointments_of = by_case
            .into_iter()
            .map(|(case, set)| (case, set.into_iter().map(|(_, a)| a).collect()))
            .collect();
        for (place, credit) in &tally.credits {
            let case = facts.case_of_trigger(&credit.trigger);
            if let Some(case) = case {
                facts.credits_of.entry(case).or_default().push((place, credit));
            }
            // The credits are in order of order and line: the first of an order names its case.
            let order = tally.orders.get(&place.0);
            let amount = order.and_then(|order| order.customer_pay(facts.currency)).unwrap_or_default();
            let closed_at = order.and_then(|order| order.closed_at);
            facts.visits.entry(&place.0).or_insert(Visit { case, amount, closed_at });
        }
        facts
    }

    /// The case whose token an appointment carries; else, of one set without a token, the case of the vehicle that wrote
    /// last before it, within the policy's days.
    fn case_behind(&self, appointment: &'a Appointment) -> Option<&'a CaseId> {
        if let Some(key) = &appointment.touch {
            return self.tally.cases.get_key_value(&key.case).map(|(case, _)| case);
        }
        let within = TimeDelta::days(i64::from(self.policy.file.response_days.value));
        let car = self.tally.cars.get(&appointment.vehicle)?;
        let wrote = car.cases.iter().filter_map(|id| {
            let sent = self.tally.cases.get(id)?.sent().filter_map(|touch| touch.sent_at);
            let last = sent.filter(|at| *at <= appointment.set_at).max()?;
            (appointment.set_at - last <= within).then_some((last, id))
        });
        wrote.max().map(|(_, id)| id)
    }

    /// The case of a trigger: of a crossing, or the one in which a declined line travels.
    pub(super) fn case_of_trigger(&self, trigger: &str) -> Option<&'a CaseId> {
        let case = trigger.rsplit_once('#').map_or(trigger, |(case, _)| case);
        if let Ok(case) = case.parse::<CaseId>()
            && let Some((case, _)) = self.tally.cases.get_key_value(&case)
        {
            return Some(case);
        }
        let crossing = self.tally.crossings.get(&trigger.parse().ok()?)?;
        self.tally.cases.get_key_value(crossing.crossed.case.as_ref()?).map(|(case, _)| case)
    }

    /// The appointments that a case brought.
    pub(super) fn appointments_of(&self, case: &CaseId) -> &[&'a Appointment] {
        self.appointments_of.get(case).map_or(&[], Vec::as_slice)
    }

    /// Every appointment that a case brought.
    pub(super) fn our_appointments(&self) -> impl Iterator<Item = &'a Appointment> {
        self.appointments_of.values().flatten().copied()
    }

    /// The credits in force that a case earned.
    pub(super) fn credits_of(&self, case: &CaseId) -> &[Placed<'a>] {
        self.credits_of.get(case).map_or(&[], Vec::as_slice)
    }

    /// The orders with a credited line.
    pub(super) fn visits(&self) -> &BTreeMap<&'a RoId, Visit<'a>> {
        &self.visits
    }

    /// What an amount is in the scorecard's currency; nothing in another.
    pub(super) fn dollars(&self, money: fixedops_vocab::Money) -> Option<Decimal> {
        (money.currency() == self.currency).then_some(money.amount())
    }

    /// The programme of a crossing: that of its case, or of the crossing it was bundled into.
    pub(super) fn program_of(&self, crossing: &Crossing) -> &'a str {
        let mut crossing = crossing;
        for _ in 0..DEEPEST {
            if let Some(case) = crossing.crossed.case.as_ref().and_then(|case| self.tally.cases.get(case)) {
                return &case.program;
            }
            let Some(CrossingOutcome::Bundled { into }) = &crossing.outcome else {
                break;
            };
            let Some(other) = self.tally.crossings.get(into) else {
                break;
            };
            crossing = other;
        }
        MILEAGE_DUE
    }

    /// Orders closed in the period, not voided.
    pub(super) fn orders(&self) -> impl Iterator<Item = (&'a RoId, &'a Order)> {
        let (from, as_of) = (self.from, self.as_of);
        self.tally.orders.iter().filter(move |(_, order)| {
            !order.voided && order.closed_at.is_some_and(|at| at >= from && at <= as_of)
        })
    }

    /// Whether a declined line is work of this period: declined since the journal began, or the reason of a case.
    /// Lines of older orders that were taken over and that nothing was done about say nothing of the loop.
    pub(super) fn is_ours(&self, line: &DeclinedTally) -> bool {
        line.declined_at >= self.from
            || line.case.as_ref().is_some_and(|case| self.tally.cases.contains_key(case))
    }

    /// How many recommended lines were last answered so, those whose no was taken over with older orders left out.
    pub(super) fn answered(&self, wanted: Answer) -> u64 {
        let answers = self.tally.answers.iter().filter(|(key, answer)| {
            let taken_over = **answer == Answer::Declined
                && self.tally.declined.get(*key).is_some_and(|line| !self.is_ours(line));
            **answer == wanted && !taken_over
        });
        u64::try_from(answers.count()).unwrap_or(u64::MAX)
    }

    /// How many were answered at all.
    pub(super) fn all_answered(&self) -> u64 {
        let each = [Answer::Approved, Answer::Declined, Answer::Deferred];
        each.into_iter().map(|answer| self.answered(answer)).fold(0, u64::saturating_add)
    }

    /// Of the answered lines of ranked findings, above the fold or not: how many were approved, and of how many. What was
    /// taken over is left out.
    pub(super) fn answered_in_rank(&self, above_fold: bool) -> (u64, u64) {
        let (mut yes, mut all) = (0_u64, 0_u64);
        for (key, answer) in &self.tally.answers {
            let finding = self.tally.heard.get(&key.0, &key.1).and_then(|heard| heard.finding.as_ref());
            let place = finding.zip(self.tally.inspections.get(&key.0)).and_then(|(finding, inspection)| {
                Some((inspection.ranked.iter().position(|known| known == finding)?, inspection.fold))
            });
            let taken_over = *answer == Answer::Declined
                && self.tally.declined.get(key).is_some_and(|line| !self.is_ours(line));
            if place.is_some_and(|(place, fold)| (place < fold) == above_fold) && !taken_over {
                all = all.saturating_add(1);
                yes = yes.saturating_add(u64::from(*answer == Answer::Approved));
            }
        }
        (yes, all)
    }

    /// Every order of a vehicle, open and voided ones too.
    pub(super) fn orders_of(&self, vehicle: &VehicleId) -> &[(&'a RoId, &'a Order)] {
        self.orders_of.get(vehicle).map_or(&[], Vec::as_slice)
    }

    /// Whether an order is of a retail vehicle with an owner.
    pub(super) fn is_retail(&self, order: &Order) -> bool {
        let car = order.vehicle.as_ref().and_then(|vehicle| self.tally.cars.get(vehicle));
        car.is_some_and(|car| car.owner_in_play().is_some())
    }

    /// Every case with its id.
    pub(super) fn cases(&self) -> impl Iterator<Item = (&'a CaseId, &'a CaseTally)> {
        self.tally.cases.iter()
    }

    /// Whether the day of an appointment has come and it was not called off.
    pub(super) fn is_due(&self, appointment: &Appointment) -> bool {
        match appointment.standing {
            Standing::Shown | Standing::NoShow => true,
            Standing::Cancelled => false,
            Standing::Set => appointment.starts_at <= self.as_of,
        }
    }
}
