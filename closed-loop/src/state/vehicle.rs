use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::Event;
use fixedops_odometer_core::{Baseline, Reading, Track, TrackSummary};
use fixedops_vocab::{AppointmentId, CaseId, CrossingId, OwnershipSpan, RoId, ServiceId, TouchKey};

use super::Answers;
use crate::fold::Fold;
use crate::{
    CaseOpened, CrossingOutcome, DeclinedLine, Happened, ServiceRecorded, ThresholdCrossed, VehicleRecorded,
};

/// A crossing and where it stands.
#[derive(Clone, Debug)]
pub struct CrossingState {
    /// How it was crossed.
    pub crossed: ThresholdCrossed,
    /// When.
    pub at: DateTime<Utc>,
    /// Hash of the event, as receipts cite it.
    pub hash: String,
    /// Where it stands.
    pub outcome: CrossingOutcome,
}

/// An appointment of a vehicle.
#[derive(Clone, Debug)]
pub struct Appointment {
    /// When the customer is to come.
    pub starts_at: DateTime<Utc>,
    /// When it was booked.
    pub set_at: DateTime<Utc>,
    /// The touch whose token it carries.
    pub touch: Option<TouchKey>,
    /// Whether it is still to come: not shown, not missed.
    pub open: bool,
}

/// A vehicle: whose it is, what its odometer said, what was done, what is due.
#[derive(Clone, Debug, Default)]
pub struct VehicleState {
    /// What and whose it is.
    pub record: Option<VehicleRecorded>,
    /// Ownerships, oldest first, and since when each is known.
    pub spans: Vec<(DateTime<Utc>, OwnershipSpan)>,
    /// Every reading, right or wrong.
    pub readings: Vec<Reading>,
    /// The GPS track.
    pub track: Option<(Track, TrackSummary)>,
    /// Services done, oldest first.
    pub services: BTreeMap<ServiceId, Vec<ServiceRecorded>>,
    /// Crossings, by id.
    pub crossings: BTreeMap<CrossingId, CrossingState>,
    /// Cases that were opened about it, oldest first.
    pub cases: Vec<CaseId>,
    /// Lines that were declined on it and opened a case, oldest first: when, the line, and the case.
    pub declined: Vec<(DateTime<Utc>, DeclinedLine, CaseId)>,
    /// What was answered to recommended lines.
    pub answers: Answers,
    /// Appointments.
    pub appointments: BTreeMap<AppointmentId, Appointment>,
    /// Orders that are open now.
    pub open_orders: BTreeSet<RoId>,
    /// Orders that were closed on it.
    pub orders: BTreeSet<RoId>,
    /// When a customer last paid for work on it.
    pub last_transaction: Option<DateTime<Utc>>,
    /// Keys of inputs seen.
    pub keys: BTreeSet<String>,
}

impl VehicleState {
    /// From where the next interval of `service` counts: the last time it was done, else delivery. None where neither
    /// is known.
    #[must_use]
    pub fn baseline(&self, service: &ServiceId) -> Option<Baseline> {
        let done = self.services.get(service).map(Vec::as_slice).unwrap_or_default();
        if let Some(last) = done.last() {
            let cycle = u32::try_from(done.len()).unwrap_or(u32::MAX);
            return Some(Baseline {
                done_at: last.occurred_at,
                miles: last.odometer.and_then(fixedops_vocab::RawOdometer::to_miles),
                cycle,
            });
        }
        let delivered = self.record.as_ref()?.delivered_on?;
        let done_at = delivered.and_hms_opt(0, 0, 0)?.and_utc();
        Some(Baseline { done_at, miles: Some(fixedops_vocab::Miles::ZERO), cycle: 0 })
    }

    /// The services a case speaks of: its own, and those bundled into its crossing since.
    #[must_use]
    pub fn services_of(&self, opened: &CaseOpened) -> Vec<ServiceId> {
        let mut services = opened.services.clone();
        for crossing in self.crossings.values() {
            let bundled = matches!(&crossing.outcome, CrossingOutcome::Bundled { into } if Some(into) == opened.crossing.as_ref());
            if bundled && !services.contains(&crossing.crossed.service) {
                services.push(crossing.crossed.service.clone());
            }
        }
        services
    }

    /// The ownership at `at`; of a time before the first one is known, the first.
    #[must_use]
    pub fn span_at(&self, at: DateTime<Utc>) -> OwnershipSpan {
        let then = self.spans.iter().rev().find(|(since, _)| *since <= at);
        then.or_else(|| self.spans.first()).map_or(OwnershipSpan(1), |(_, span)| *span)
    }

    /// The next appointment still to come at `now`.
    #[must_use]
    pub fn booked(&self, now: DateTime<Utc>) -> Option<(&AppointmentId, &Appointment)> {
        self.appointments
            .iter()
            .filter(|(_, a)| a.open && a.starts_at >= now)
            .min_by_key(|(_, a)| a.starts_at)
    }

    /// The vehicle a case of a declined line speaks of is this one.
    fn opened_for(&mut self, at: DateTime<Utc>, line: DeclinedLine, case: Option<CaseId>) {
        let Some(case) = case.filter(|case| !self.cases.contains(case)) else { return };
        self.cases.push(case.clone());
        self.declined.push((at, line, case));
    }

    /// Why nothing is to be said about the lines of a case at `now`, and until when, or for good: each of them was
    /// approved or deferred since.
    #[must_use]
    pub fn held_by_answer(
        &self,
        opened: &CaseOpened,
        now: DateTime<Utc>,
    ) -> Option<(&'static str, Option<DateTime<Utc>>)> {
        let held = |line: &DeclinedLine| self.answers.get(&line.ro, &line.line)?.holds(now);
        let mut reasons = opened.declined.iter().map(held);
        let first = reasons.next()??;
        reasons.all(|reason| reason.is_some()).then_some(first)
    }

    fn close_appointment(&mut self, appointment: &AppointmentId) {
        if let Some(known) = self.appointments.get_mut(appointment) {
            known.open = false;
        }
    }
}

impl Fold for VehicleState {
    fn apply(&mut self, event: &Event, happened: Happened) {
        match happened {
            Happened::VehicleRecorded(record) => {
                self.keys.insert(record.key.clone());
                if self.record.as_ref().is_none_or(|old| old.span != record.span) {
                    self.spans.push((event.at, record.span));
                    // What a former owner bought is no relationship with the new one.
                    self.last_transaction = None;
                }
                self.record = Some(record);
            }
            Happened::ReadingRecorded(reading) => {
                self.keys.insert(reading.key.clone());
                let known = Reading::reported(reading.occurred_at, reading.odometer)
                    .learned_at(event.at)
                    .of_kind(reading.kind);
                self.readings.push(known);
            }
            Happened::TrackAdvanced(advanced) => {
                self.keys.insert(advanced.key);
                self.track = Some((advanced.track, advanced.summary));
            }
            Happened::ThresholdCrossed(crossed) => {
                self.cases.extend(crossed.case.clone());
                let outcome = CrossingOutcome::Waiting { until: None };
                let id = crossed.crossing.clone();
                let hash = event.hash.to_string();
                self.crossings.insert(id, CrossingState { crossed, at: event.at, hash, outcome });
            }
            Happened::CrossingResolved(resolved) => {
                if let Some(crossing) = self.crossings.get_mut(&resolved.crossing) {
                    crossing.outcome = resolved.outcome;
                }
            }
            Happened::LineApproved(approved) => {
                self.answers.approved(&approved, event.at);
                self.keys.insert(approved.key);
            }
            Happened::LineDeclined(declined) => {
                self.answers.declined(&declined, event.at);
                self.keys.insert(declined.key);
                self.opened_for(event.at, declined.declined, declined.case);
            }
            Happened::LineDeferred(deferred) => {
                self.answers.deferred(&deferred, event.at);
                self.keys.insert(deferred.key);
            }
            Happened::DeferralEnded(ended) => {
                self.answers.ended(&ended.deferred);
                self.opened_for(event.at, ended.deferred, ended.case);
            }
            Happened::AppointmentSet(set) => {
                self.keys.insert(set.key);
                let appointment = Appointment {
                    starts_at: set.starts_at,
                    set_at: set.occurred_at,
                    touch: set.touch,
                    open: true,
                };
                self.appointments.insert(set.appointment, appointment);
            }
            Happened::AppointmentShown(shown) => {
                self.keys.insert(shown.key);
                self.close_appointment(&shown.appointment);
            }
            Happened::AppointmentMissed(missed) => {
                self.keys.insert(missed.key);
                self.close_appointment(&missed.appointment);
            }
            Happened::VisitNoted(visit) => {
                if visit.open {
                    self.open_orders.insert(visit.ro);
                } else {
                    self.open_orders.remove(&visit.ro);
                    // Closed again, or voided: what it did is told anew behind this.
                    for done in self.services.values_mut() {
                        done.retain(|known| known.ro != visit.ro);
                    }
                    self.services.retain(|_, done| !done.is_empty());
                    self.orders.insert(visit.ro);
                }
                if visit.transaction {
                    self.last_transaction = self.last_transaction.max(Some(visit.occurred_at));
                }
            }
            Happened::ServiceRecorded(service) => {
                let done = self.services.entry(service.service.clone()).or_default();
                // An order closed again tells the same service again: it was done once.
                done.retain(|known| known.ro != service.ro);
                done.push(service);
                done.sort_by(|a, b| (a.occurred_at, &a.ro).cmp(&(b.occurred_at, &b.ro)));
            }
            _ => {}
        }
    }
}
