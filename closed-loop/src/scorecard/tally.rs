//! What is kept of a journal while it is read: by vehicle, case, order and line, not by event.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_odometer_core::{Baseline, DuePolicy, Reading, ReadingKind, Schedule, TrackSummary};
use fixedops_recovery::Plans;
use fixedops_vocab::{
    AppointmentId, Basis, CaseId, Channel, ContactHash, CrossingId, CustomerId, Mileage, Miles, Money,
    PolicyVersion, Purpose, RawOdometer, RoId, RoLineId, RooftopId, ServiceId, TouchId, TouchKey, VehicleId,
};
use rust_decimal::Decimal;

use super::Simulated;
use crate::state::Answers;
use crate::state::ContactState;
use crate::trial::Trials;
use crate::{ClosedLine, CrossingOutcome, ThresholdCrossed, VehicleRecorded};

/// Everything that is kept.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) first_at: Option<DateTime<Utc>>,
    pub(super) rooftops: BTreeSet<RooftopId>,
    pub(super) dealer_name: Option<String>,
    pub(super) policies: BTreeMap<String, PolicyVersion>,
    pub(super) simulated: Option<Simulated>,
    pub(super) cars: BTreeMap<VehicleId, Car>,
    pub(super) contacts: BTreeMap<ContactHash, ContactState>,
    pub(super) revocations_by_source: Counts,
    pub(super) revocations_by_scope: Counts,
    pub(super) opted_out_by_reply: BTreeSet<ContactHash>,
    /// Whose each contact point was last.
    pub(super) person_of: BTreeMap<ContactHash, CustomerId>,
    /// The case that wrote to a contact point last, and the one a person was last to be called for.
    pub(super) wrote_last: BTreeMap<ContactHash, (DateTime<Utc>, CaseId)>,
    pub(super) called_last: BTreeMap<CustomerId, (DateTime<Utc>, CaseId)>,
    /// What customers took back after a message or a call, by the key of what they said, and the case behind it.
    pub(super) opt_outs: BTreeMap<String, CaseId>,
    pub(super) denied_by_rule: BTreeMap<String, (String, u64)>,
    pub(super) crossings: BTreeMap<CrossingId, Crossing>,
    pub(super) cases: BTreeMap<CaseId, CaseTally>,
    pub(super) replies_by_label: Counts,
    pub(super) call_tasks: u64,
    pub(super) withheld: u64,
    pub(super) trials: Trials,
    pub(super) appointments: BTreeMap<AppointmentId, Appointment>,
    pub(super) orders: BTreeMap<RoId, Order>,
    pub(super) heard: Answers,
    pub(super) answers: BTreeMap<(RoId, RoLineId), Answer>,
    pub(super) declined: BTreeMap<(RoId, RoLineId), DeclinedTally>,
    /// The line by which a finding was answered last.
    pub(super) findings_answered: BTreeMap<(RoId, String), RoLineId>,
    pub(super) credits: BTreeMap<(RoId, RoLineId), CreditTally>,
    pub(super) reversals: BTreeMap<String, (u64, Vec<Money>)>,
    pub(super) not_credited: BTreeMap<RoId, Vec<String>>,
    pub(super) write_backs: BTreeMap<String, WriteBackTally>,
    pub(super) inspections_told: bool,
    pub(super) inspections: BTreeMap<RoId, InspectionTally>,
}

/// Counts by a word.
pub(super) type Counts = BTreeMap<String, u64>;

/// One more of a word.
pub(super) fn more(counts: &mut Counts, word: &str) {
    let count = counts.entry(word.to_owned()).or_default();
    *count = count.saturating_add(1);
}

/// A vehicle.
#[derive(Debug, Default)]
pub(super) struct Car {
    pub(super) record: Option<VehicleRecorded>,
    pub(super) readings: Vec<Reading>,
    /// The odometer at each service of the schedule that was done, as it was written up.
    pub(super) services: BTreeMap<(ServiceId, DateTime<Utc>), RawOdometer>,
    /// What the model said of some of the readings, by their place in `readings`.
    pub(super) said: Vec<Said>,
    /// What its tracks came to, oldest first.
    pub(super) tracks: Vec<TrackSummary>,
    pub(super) basis_now: Option<Basis>,
    pub(super) cases: Vec<CaseId>,
}

impl Car {
    /// A retail vehicle with an owner.
    pub(super) fn owner_in_play(&self) -> Option<&CustomerId> {
        let record = self.record.as_ref().filter(|record| record.unit.may_trigger())?;
        record.owner.as_ref()
    }
}

/// What was said of a mileage before it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    /// The place of the reading.
    pub(super) reading: usize,
    /// What was said for that moment.
    pub(super) mileage: Mileage,
    /// How old the last capture was when it was said, in days.
    pub(super) age_days: i64,
}

/// A crossing.
#[derive(Debug)]
pub(super) struct Crossing {
    pub(super) crossed: ThresholdCrossed,
    pub(super) at: DateTime<Utc>,
    pub(super) outcome: Option<CrossingOutcome>,
}

/// A case.
#[derive(Debug)]
pub(super) struct CaseTally {
    pub(super) program: String,
    pub(super) plan: PolicyVersion,
    pub(super) person: CustomerId,
    /// Touches an advisor had to call for.
    pub(super) calls: BTreeSet<TouchId>,
    pub(super) vehicle: VehicleId,
    pub(super) crossing: Option<CrossingId>,
    pub(super) about_declined: bool,
    /// What its days count from: the decline, the completion of the inspection.
    pub(super) since: DateTime<Utc>,
    pub(super) opened_at: DateTime<Utc>,
    pub(super) touches: BTreeMap<TouchId, Touch>,
}

/// A touch, and what became of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Touch {
    pub(super) channel: Option<Channel>,
    pub(super) purpose: Option<Purpose>,
    pub(super) contact: Option<ContactHash>,
    pub(super) sent_at: Option<DateTime<Utc>>,
    pub(super) crossed_revocation: bool,
    /// The last word of those that end a touch without sending it.
    pub(super) ended: Option<Ended>,
    pub(super) deferred: Option<String>,
    pub(super) delivered: Option<bool>,
    pub(super) openings: u64,
    /// The first opening at each degree of likeness to a person, in percent.
    pub(super) opened: BTreeMap<u8, DateTime<Utc>>,
    /// The first reply that took nothing back.
    pub(super) answered_at: Option<DateTime<Utc>>,
    pub(super) replied: bool,
}

impl Touch {
    /// When a person first opened its link.
    pub(super) fn human_click(&self, least_percent: u8) -> Option<DateTime<Utc>> {
        self.opened.range(least_percent..).map(|(_, at)| *at).min()
    }

    /// When a person first opened its link or answered it without taking anything back.
    pub(super) fn engaged(&self, least_percent: u8) -> Option<DateTime<Utc>> {
        let (clicked, answered) = (self.human_click(least_percent), self.answered_at);
        match (clicked, answered) {
            (Some(clicked), Some(answered)) => Some(clicked.min(answered)),
            (one, other) => one.or(other),
        }
    }
}

/// How a touch ended that did not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Suppressed(String),
    Failed(String),
    Unknown,
}

impl CaseTally {
    /// When its first touch went out.
    pub(super) fn first_sent(&self) -> Option<DateTime<Utc>> {
        self.touches.values().filter_map(|touch| touch.sent_at).min()
    }

    /// Its touches that went out.
    pub(super) fn sent(&self) -> impl Iterator<Item = &Touch> {
        self.touches.values().filter(|touch| touch.sent_at.is_some())
    }

    /// When a person first followed or answered one of its touches.
    pub(super) fn engaged(&self, least_percent: u8) -> Option<DateTime<Utc>> {
        self.sent().filter_map(|touch| touch.engaged(least_percent)).min()
    }
}

/// An appointment.
#[derive(Debug)]
pub(super) struct Appointment {
    pub(super) vehicle: VehicleId,
    pub(super) set_at: DateTime<Utc>,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) touch: Option<TouchKey>,
    pub(super) standing: Standing,
}

/// Where an appointment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Set,
    Shown,
    NoShow,
    Cancelled,
}

/// A repair order.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub(super) vehicle: Option<VehicleId>,
    pub(super) opened_at: Option<DateTime<Utc>>,
    pub(super) closed_at: Option<DateTime<Utc>>,
    pub(super) voided: bool,
    pub(super) lines: Vec<ClosedLine>,
}

/// What a customer last said to a recommended line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Approved,
    Declined,
    Deferred,
}

/// A declined line.
#[derive(Debug)]
pub(super) struct DeclinedTally {
    pub(super) vehicle: VehicleId,
    pub(super) price: Option<Money>,
    pub(super) op_code: Option<fixedops_vocab::OpCode>,
    pub(super) service: Option<ServiceId>,
    pub(super) declined_at: DateTime<Utc>,
    pub(super) reason: String,
    pub(super) case: Option<CaseId>,
}

/// A credit in force.
#[derive(Debug)]
pub(super) struct CreditTally {
    pub(super) money: Money,
    pub(super) trigger: String,
    pub(super) evidence: String,
}

/// Something to be written into the DMS.
#[derive(Debug)]
pub(super) struct WriteBackTally {
    pub(super) kind: String,
    pub(super) state: &'static str,
}

/// The inspection of an order.
#[derive(Debug, Default)]
pub(super) struct InspectionTally {
    pub(super) inspected: bool,
    pub(super) completed_at: Option<DateTime<Utc>>,
    pub(super) passed: bool,
    pub(super) blocked: bool,
    pub(super) exempted: Option<String>,
    /// Whether the gate's last word keeps the order back.
    pub(super) held: bool,
    /// Findings in their order, and how many stand above the fold.
    pub(super) ranked: Vec<String>,
    pub(super) fold: usize,
    pub(super) technician: Option<String>,
    pub(super) advisor: Option<String>,
    pub(super) findings: Vec<FindingTally>,
}

/// A finding.
#[derive(Debug)]
pub(super) struct FindingTally {
    pub(super) id: String,
    pub(super) code: String,
    pub(super) photos: u64,
    pub(super) priced: bool,
}

/// A service counted from a mileage to a mileage.
#[derive(Clone, Copy, Debug)]
pub(super) struct DueBy {
    pub(super) due: Miles,
    pub(super) from: DateTime<Utc>,
    pub(super) from_miles: Option<Miles>,
}

impl Crossing {
    /// The mile a crossing by distance is about.
    pub(super) fn due_by(&self) -> Option<DueBy> {
        let by_distance = self.crossed.leg == fixedops_odometer_core::Leg::Distance;
        let due = self.crossed.due_miles.filter(|_| by_distance)?;
        Some(DueBy { due, from: self.crossed.counted_from, from_miles: self.crossed.counted_from_miles })
    }
}

/// What the mile of a crossing is found by that the calendar timed.
#[derive(Debug)]
pub(super) struct Timed {
    pub(super) schedule: Schedule,
    pub(super) due: DuePolicy,
    pub(super) plans: Plans,
}

impl Timed {
    /// Whether a crossing was crossed on a plan that is timed by the calendar.
    pub(super) fn by_calendar(&self, crossing: &Crossing) -> bool {
        let mut plans = crossing.crossed.policies.iter().filter_map(|version| self.plans.plan(version));
        plans.any(|plan| plan.calendar().is_some())
    }

    /// The mile that such a crossing is about: that of the interval, counted from the service or delivery it counts from. None
    /// where the interval has no miles, or nobody wrote down the odometer it counts from.
    pub(super) fn due_by(&self, crossing: &Crossing, car: &Car) -> Option<DueBy> {
        let crossed = &crossing.crossed;
        let (from, service) = (crossed.counted_from, &crossed.service);
        let baseline = match car.services.get(&(service.clone(), from)) {
            Some(odometer) => Baseline::here(from, odometer.to_miles(), crossed.cycle.saturating_sub(1)),
            None => car.delivery_at(from, &self.due)?,
        };
        let due = self.schedule.rule(service)?.due_miles(&baseline)?;
        Some(DueBy { due, from, from_miles: baseline.miles })
    }
}

impl Car {
    /// Its delivery, if that was at `at`: the day its record names, else an odometer read at a delivery.
    fn delivery_at(&self, at: DateTime<Utc>, policy: &DuePolicy) -> Option<Baseline> {
        let delivered_on = self.record.as_ref().and_then(|record| record.delivered_on);
        if let Some(midnight) = delivered_on.and_then(|day| day.and_hms_opt(0, 0, 0)) {
            return (midnight.and_utc() == at).then(|| Baseline::delivered_new(at, Some(Miles::ZERO)));
        }
        let mut read = self.readings.iter().filter(|reading| reading.kind == ReadingKind::Delivery);
        let read = read.find(|reading| reading.read_at == at)?;
        Some(Baseline::delivered(at, read.raw.to_miles(), policy))
    }
}

impl Order {
    /// All customer-pay lines of it in `currency`: None where it has none.
    pub(super) fn customer_pay(&self, currency: fixedops_vocab::Currency) -> Option<Decimal> {
        let paid = |line: &&ClosedLine| {
            line.pay_type == fixedops_vocab::PayType::CustomerPay && line.money.currency() == currency
        };
        let mut lines = self.lines.iter().filter(paid).map(|line| line.money.amount());
        let first = lines.next()?;
        Some(lines.fold(first, Decimal::saturating_add))
    }
}
