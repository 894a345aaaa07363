//! Events in, one by one, in the order of the journal.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_attribution::lift::LiftRules;
use fixedops_attribution::relevance::RelevanceRules;
use fixedops_connectors_traits::{AppointmentStatus, Event};
use fixedops_consent::Effect;
use fixedops_mpi_score::ExemptionPolicy;
use fixedops_odometer_core::{DuePolicy, Model, Posterior, Reading, Schedule};
use fixedops_recovery::Plans;
use fixedops_vocab::{CaseId, RoId, RoLineId, SellerId, TouchId};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::tally::{
    Answer, Appointment, Car, CaseTally, CreditTally, Crossing, DeclinedTally, Ended, FindingTally, Said,
    Standing, Tally, Timed, Touch, WriteBackTally, more,
};
use super::{Satisfaction, Scorecard, ScorecardPolicy, Simulated, TrueOdometers};
use crate::fold::Fold;
use crate::state::Said as Heard;
use crate::trial::TrialPolicy;
use crate::{
    AppointmentMissed, AppointmentSet, AppointmentShown, ConsentGranted, ConsentRevoked, ContactLinked,
    CreditReversed, CrossingResolved, DeliveryReported, Happened, LineApproved, LineDeclined, LineDeferred,
    LinkOpened, LoopError, ReadingRecorded, ReplyReceived, RoAttributed, RoClosed, RoOpened, ServiceRecorded,
    SimulationStarted, StoreConfigured, ThresholdCrossed, TouchAbout, TouchDeferred, TouchFailed,
    TouchOutcomeUnknown, TouchSent, TouchSuppressed, VehicleAssessed, VehicleRecorded,
};

/// Revocations that no customer said to a message of ours: flags of the DMS, a carrier's block, what follows from another
/// revocation, an erasure, a number that was never his.
pub(crate) const NOT_AN_ANSWER: [&str; 5] = ["carrier", "copied", "dms_flag", "erasure", "wrong_number"];

/// Reads a partition of a journal, event by event, and keeps what a [`Scorecard`] is made of.
///
/// What it keeps grows with vehicles, cases, orders and readings, not with events.
///
/// ```
/// use fixedops_closed_loop::scorecard::{ScorecardBuilder, ScorecardPolicy};
/// use fixedops_odometer_core::Model;
/// let policy = ScorecardPolicy::shipped();
/// let builder = ScorecardBuilder::new("north".parse()?, Model::shipped(), &policy);
/// let card = builder.finish("2026-12-01T00:00:00Z".parse()?, &policy, None);
/// assert_eq!(card.header.events, 0);
/// assert_eq!(card.store.show_rate.value, None, "no share of nothing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ScorecardBuilder {
    pub(super) seller: SellerId,
    pub(super) model: Model,
    ask_before: TimeDelta,
    pub(super) events: u64,
    pub(super) last_position: u64,
    pub(super) last_hash: Option<String>,
    digest: Sha256,
    pub(super) unknown_events: u64,
    /// By what experiments are judged.
    pub(super) trial: (TrialPolicy, LiftRules),
    /// What counts as on time.
    pub(super) on_time: RelevanceRules,
    /// By what the mile of a crossing is found that the calendar timed.
    pub(super) timed: Timed,
    pub(super) satisfaction: Option<Satisfaction>,
    /// When exemptions are too many.
    pub(super) exemptions: ExemptionPolicy,
    pub(super) tally: Tally,
}

impl ScorecardBuilder {
    /// A builder for the journal of `seller`. `model` is the mileage model of the loop that wrote it: the scorecard asks
    /// it what it would have said the day before each reading.
    #[must_use]
    pub fn new(seller: SellerId, model: Model, policy: &ScorecardPolicy) -> Self {
        Self {
            seller,
            model,
            ask_before: TimeDelta::hours(i64::from(policy.file.accuracy.ask_hours_before)),
            events: 0,
            last_position: 0,
            last_hash: None,
            digest: Sha256::new(),
            unknown_events: 0,
            trial: (TrialPolicy::shipped(), LiftRules::shipped()),
            on_time: RelevanceRules::shipped(),
            timed: Timed {
                schedule: Schedule::shipped(),
                due: DuePolicy::shipped(),
                plans: Plans::shipped(),
            },
            satisfaction: None,
            exemptions: ExemptionPolicy::shipped(),
            tally: Tally::default(),
        }
    }

    /// Judges experiments by a store's own rules instead of the shipped ones.
    #[must_use]
    pub fn comparing(mut self, policy: TrialPolicy, rules: LiftRules) -> Self {
        self.trial = (policy, rules);
        self
    }

    /// Holds messages against a store's own limits of being on time instead of the shipped ones.
    #[must_use]
    pub fn on_time(self, on_time: RelevanceRules) -> Self {
        Self { on_time, ..self }
    }

    /// The same for a loop that does not run on the shipped schedule and plans: the mile of a crossing that the calendar timed
    /// stands in no event, and is found by them.
    #[must_use]
    pub fn timed_by(self, schedule: Schedule, due: DuePolicy, plans: Plans) -> Self {
        Self { timed: Timed { schedule, due, plans }, ..self }
    }

    /// The same with a store's own bounds for exemptions from the inspection.
    #[must_use]
    pub fn exemptions(self, exemptions: ExemptionPolicy) -> Self {
        Self { exemptions, ..self }
    }

    /// The same with what customers said of the store, measured elsewhere: no event of the loop tells it.
    #[must_use]
    pub fn satisfaction(self, satisfaction: Satisfaction) -> Self {
        Self { satisfaction: Some(satisfaction), ..self }
    }

    /// Takes in the next event.
    ///
    /// # Errors
    /// [`LoopError`] of kind corrupt where the data of a known type does not read. The event is then not counted.
    pub fn apply(&mut self, event: &Event) -> Result<(), LoopError> {
        self.tally.first_at.get_or_insert(event.at);
        self.take_in(event).map_err(|error| LoopError::unreadable(event, &error))?;
        self.events = self.events.saturating_add(1);
        self.last_position = event.position;
        self.last_hash = Some(event.hash.to_string());
        self.digest.update(event.hash.as_bytes());
        Ok(())
    }

    /// The scorecard of what was taken in. Appointments whose day has come by `as_of` count as due; `truth` is what a
    /// simulated world knows of its odometers.
    #[must_use]
    pub fn finish(
        self,
        as_of: DateTime<Utc>,
        policy: &ScorecardPolicy,
        truth: Option<&TrueOdometers>,
    ) -> Scorecard {
        let mut digest = String::new();
        for byte in self.digest.clone().finalize() {
            digest.push_str(&format!("{byte:02x}"));
        }
        super::write::scorecard(&self, digest, as_of, policy, truth)
    }

    #[allow(clippy::too_many_lines, reason = "one arm for each type of event")]
    fn take_in(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        let data = &event.data;
        self.tally.trials.apply(event)?;
        match event.event_type.as_str() {
            "simulation_started" => {
                let SimulationStarted { seed, vehicles, days, world, .. } = read(data)?;
                self.tally.simulated = Some(Simulated { seed, vehicles, days, world });
            }
            "store_configured" => {
                let store: StoreConfigured = read(data)?;
                self.tally.rooftops.insert(store.rooftop);
                self.tally.dealer_name = Some(store.dealer_name);
                self.tally.policies = store.policies;
            }
            "vehicle_recorded" => {
                let record: VehicleRecorded = read(data)?;
                let vehicle = record.vehicle.clone();
                self.car(&vehicle).record = Some(record);
            }
            "contact_linked" => {
                let linked: ContactLinked = read(data)?;
                self.tally.person_of.insert(linked.contact, linked.person.clone());
                let contact = self.tally.contacts.entry(linked.contact).or_default();
                contact.apply(event, Happened::ContactLinked(linked));
            }
            "consent_granted" => {
                let granted: ConsentGranted = read(data)?;
                let contact = self.tally.contacts.entry(granted.contact).or_default();
                contact.apply(event, Happened::ConsentGranted(granted));
            }
            "consent_revoked" => {
                let revoked: ConsentRevoked = read(data)?;
                self.opted_out(&revoked);
                more(&mut self.tally.revocations_by_source, &revoked.source);
                more(&mut self.tally.revocations_by_scope, revoked.scope.as_str());
                if revoked.source == "reply" {
                    self.tally.opted_out_by_reply.insert(revoked.contact);
                }
                let contact = self.tally.contacts.entry(revoked.contact).or_default();
                contact.apply(event, Happened::ConsentRevoked(revoked));
            }
            "reading_recorded" => self.reading(event, &read(data)?),
            "track_advanced" => {
                let Tracked { vehicle, summary } = read(data)?;
                let tracks = &mut self.car(&vehicle).tracks;
                // As the loop keeps them, so that the same model is asked with the same tracks.
                tracks.pop_if(|last| !crate::state::stays_beside(last, &summary));
                tracks.push(summary);
            }
            "vehicle_assessed" => {
                let assessed: VehicleAssessed = read(data)?;
                if let Ok(vehicle) = event.stream.id().parse() {
                    self.car(&vehicle).basis_now = Some(assessed.mileage.basis());
                }
            }
            "service_recorded" => {
                let done: ServiceRecorded = read(data)?;
                if let (Ok(vehicle), Some(odometer)) = (event.stream.id().parse(), done.odometer) {
                    self.car(&vehicle).services.insert((done.service, done.occurred_at), odometer);
                }
            }
            "threshold_crossed" => {
                let crossed: ThresholdCrossed = read(data)?;
                let crossing = Crossing { at: event.at, outcome: None, crossed };
                self.tally.crossings.insert(crossing.crossed.crossing.clone(), crossing);
            }
            "crossing_resolved" => {
                let resolved: CrossingResolved = read(data)?;
                if let Some(crossing) = self.tally.crossings.get_mut(&resolved.crossing) {
                    crossing.outcome = Some(resolved.outcome);
                    // It is counted where it crossed first; the case that speaks of it is the last one.
                    if let Some(case) = resolved.again.and_then(|again| again.case) {
                        crossing.crossed.case = Some(case);
                    }
                }
            }
            "case_opened" => self.case_opened(event, read(data)?),
            "touch_sent"
            | "touch_failed"
            | "touch_outcome_unknown"
            | "touch_suppressed"
            | "touch_deferred" => {
                self.touch(event)?;
            }
            "touch_withheld" => self.tally.withheld = self.tally.withheld.saturating_add(1),
            "call_task_opened" => {
                self.tally.call_tasks = self.tally.call_tasks.saturating_add(1);
                let CallTold { case: id, touch } = read(data)?;
                if let Some(case) = self.tally.cases.get_mut(&id) {
                    case.calls.insert(touch);
                    self.tally.called_last.insert(case.person.clone(), (event.at, id));
                }
            }
            "delivery_reported" | "link_opened" | "reply_received" => self.answer(event)?,
            "line_declined" | "line_approved" | "line_deferred" => self.line(event)?,
            "appointment_set" | "appointment_shown" | "appointment_missed" => self.appointment(event)?,
            "ro_opened" => {
                let opened: RoOpened = read(data)?;
                let order = self.tally.orders.entry(opened.ro).or_default();
                order.vehicle = Some(opened.vehicle);
                order.opened_at.get_or_insert(opened.occurred_at);
            }
            "ro_closed" => {
                let closed: RoClosed = read(data)?;
                let order = self.tally.orders.entry(closed.ro).or_default();
                order.vehicle = Some(closed.vehicle);
                order.opened_at = Some(closed.opened_at);
                order.closed_at = Some(closed.occurred_at);
                order.voided = closed.voided;
                order.lines = closed.lines;
            }
            "credit_assigned" | "credit_reversed" | "ro_attributed" => self.credit(event)?,
            "write_back_queued"
            | "write_back_delayed"
            | "write_back_confirmed"
            | "write_back_parked"
            | "write_back_withdrawn" => {
                self.write_back(event)?;
            }
            "inspection_completed" | "gate_passed" | "gate_blocked" | "gate_exempted" => {
                self.inspection(event)?;
            }
            "exemption_asked" => {
                let told: InspectionTold = read(data)?;
                if let Some(ro) = told.ro {
                    // Whose order it is, where no inspection says so; else who asked.
                    let known = self.tally.inspections.entry(ro).or_default();
                    known.advisor = known.advisor.take().or(told.advisor).or(told.by);
                    known.technician = known.technician.take().or(told.technician);
                }
            }
            "inspection_ranked" => {
                let RankedTold { ro, fold, findings } = read(data)?;
                let known = self.tally.inspections.entry(ro).or_default();
                known.fold = fold;
                known.ranked = findings.into_iter().map(|finding| finding.finding).collect();
            }
            other if crate::happened::is_known(other) => {}
            _ => self.unknown_events = self.unknown_events.saturating_add(1),
        }
        Ok(())
    }

    fn car(&mut self, vehicle: &fixedops_vocab::VehicleId) -> &mut Car {
        self.tally.cars.entry(vehicle.clone()).or_default()
    }

    /// Keeps a reading, and beside it what the model says it would be, asked the day before.
    fn reading(&mut self, event: &Event, recorded: &ReadingRecorded) {
        let in_period = self.tally.first_at.is_some_and(|from| recorded.occurred_at >= from);
        let asked_at = recorded.occurred_at.checked_sub_signed(self.ask_before);
        let reading = Reading::reported(recorded.occurred_at, recorded.odometer)
            .learned_at(event.at)
            .of_kind(recorded.kind);
        let car = self.tally.cars.entry(recorded.vehicle.clone()).or_default();
        let again = car.readings.iter().any(|r| r.read_at == reading.read_at && r.raw == reading.raw);
        if again {
            return;
        }
        if let Some(asked_at) = asked_at.filter(|_| in_period) {
            let posterior = Posterior::fit(&car.readings, &car.tracks, asked_at, &self.model);
            if let Some(last) = posterior.last_reading_at() {
                let tracked =
                    car.tracks.iter().filter_map(|track| track.to).filter(|to| *to <= asked_at).max();
                let captured = tracked.map_or(last, |to| to.max(last));
                car.said.push(Said {
                    reading: car.readings.len(),
                    mileage: posterior.mileage_at(recorded.occurred_at),
                    age_days: (asked_at - captured).num_days(),
                });
            }
        }
        car.readings.push(reading);
    }

    fn case_opened(&mut self, event: &Event, opened: CaseTold) {
        self.car(&opened.vehicle).cases.push(opened.case.clone());
        let case = CaseTally {
            program: opened.program.to_string(),
            plan: opened.plan,
            person: opened.person,
            calls: std::collections::BTreeSet::new(),
            vehicle: opened.vehicle,
            crossing: opened.crossing,
            about_declined: !opened.declined.is_empty(),
            since: opened.state.map_or(event.at, |state| state.anchor),
            opened_at: event.at,
            touches: std::collections::BTreeMap::new(),
        };
        self.tally.cases.insert(opened.case, case);
    }

    /// Whom a customer answered who wants to hear no more: the last to write to the contact point, or to call its owner.
    fn opted_out(&mut self, revoked: &ConsentRevoked) {
        if NOT_AN_ANSWER.contains(&revoked.source.as_str()) {
            return;
        }
        let wrote = self.tally.wrote_last.get(&revoked.contact);
        let person = self.tally.person_of.get(&revoked.contact);
        let called = person.and_then(|person| self.tally.called_last.get(person));
        if let Some((_, case)) = wrote.max(called) {
            self.tally.opt_outs.entry(revoked.key.clone()).or_insert_with(|| case.clone());
        }
    }

    /// The touch of a case; None where the case was never opened.
    fn touch_of(&mut self, case: &CaseId, touch: &TouchId) -> Option<&mut Touch> {
        Some(self.tally.cases.get_mut(case)?.touches.entry(touch.clone()).or_default())
    }

    fn touch(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        let data = &event.data;
        let about: TouchAbout = read(data)?;
        if event.event_type.as_str() == "touch_suppressed" {
            let suppressed: TouchSuppressed = read(data)?;
            for rule in suppressed.decision.iter().flat_map(|decision| &decision.rules) {
                if rule.finding == Effect::Blocks {
                    let denied = self.tally.denied_by_rule.entry(rule.rule.clone()).or_default();
                    denied.0.clone_from(&rule.citation);
                    denied.1 = denied.1.saturating_add(1);
                }
            }
        }
        if let Some(contact) = about.contact.filter(|_| event.event_type.as_str() == "touch_sent") {
            self.tally.wrote_last.insert(contact, (event.at, about.case.clone()));
        }
        let Some(touch) = self.touch_of(&about.case, &about.touch) else {
            return Ok(());
        };
        touch.channel = Some(about.channel);
        touch.purpose = Some(about.purpose);
        touch.contact = about.contact.or(touch.contact);
        match event.event_type.as_str() {
            "touch_sent" => {
                let sent: TouchSent = read(data)?;
                touch.sent_at.get_or_insert(event.at);
                touch.crossed_revocation |= sent.crossed_revocation;
            }
            "touch_failed" => {
                let failed: TouchFailed = read(data)?;
                touch.ended = Some(Ended::Failed(failed.reason));
            }
            "touch_outcome_unknown" => {
                let _: TouchOutcomeUnknown = read(data)?;
                touch.ended = Some(Ended::Unknown);
            }
            "touch_suppressed" => {
                let suppressed: TouchSuppressed = read(data)?;
                touch.ended = Some(Ended::Suppressed(suppressed.reason));
            }
            _ => {
                let deferred: TouchDeferred = read(data)?;
                touch.deferred = Some(deferred.reason);
            }
        }
        Ok(())
    }

    fn answer(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        match event.event_type.as_str() {
            "delivery_reported" => {
                let report: DeliveryReported = read(&event.data)?;
                if let Some(touch) = self.touch_of(&report.case, &report.touch) {
                    touch.delivered = Some(report.delivered || touch.delivered == Some(true));
                }
            }
            "link_opened" => {
                let opened: LinkOpened = read(&event.data)?;
                if let Some(touch) = self.touch_of(&opened.case, &opened.touch) {
                    touch.openings = touch.openings.saturating_add(1);
                    let first = touch.opened.entry(opened.human_percent).or_insert(opened.occurred_at);
                    *first = (*first).min(opened.occurred_at);
                }
            }
            _ => {
                let reply: ReplyReceived = read(&event.data)?;
                more(&mut self.tally.replies_by_label, &reply.label);
                if let Some(key) = &reply.touch
                    && let Some(touch) = self.touch_of(&key.case, &key.touch)
                {
                    touch.replied = true;
                    if matches!(reply.scope.as_str(), "none" | "clarify") {
                        touch.answered_at.get_or_insert(reply.occurred_at);
                    }
                }
            }
        }
        Ok(())
    }

    fn line(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        let answered: AnsweredLine = read(&event.data)?;
        let key = (answered.ro, answered.line);
        if let Some(finding) = answered.finding {
            self.tally.findings_answered.insert((key.0.clone(), finding), key.1.clone());
        }
        let heard = &mut self.tally.heard;
        match event.event_type.as_str() {
            "line_approved" => heard.approved(&read::<LineApproved>(&event.data)?, event.at),
            "line_deferred" => heard.deferred(&read::<LineDeferred>(&event.data)?, event.at),
            _ => {
                let declined: LineDeclined = read(&event.data)?;
                heard.declined(&declined, event.at);
                let line = declined.declined;
                let known = self.tally.declined.entry(key.clone()).or_insert(DeclinedTally {
                    vehicle: declined.vehicle,
                    price: None,
                    op_code: None,
                    service: None,
                    declined_at: line.declined_at,
                    reason: String::new(),
                    case: None,
                });
                known.price = line.price.or(known.price);
                known.op_code = line.op_code.or(known.op_code.take());
                known.service = line.service.or(known.service.take());
                known.case = known.case.take().or(declined.case);
            }
        }
        // What came in last need not be what was said last: the loop's own rule says what counts.
        if let Some(answer) = self.tally.heard.get(&key.0, &key.1) {
            if let Some((known, reason)) = self.tally.declined.get_mut(&key).zip(answer.reason()) {
                reason.clone_into(&mut known.reason);
            }
            let counts = match answer.said() {
                Heard::Approved => Answer::Approved,
                Heard::Declined => Answer::Declined,
                Heard::Deferred(_) => Answer::Deferred,
            };
            self.tally.answers.insert(key, counts);
        }
        Ok(())
    }

    fn appointment(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        match event.event_type.as_str() {
            "appointment_set" => {
                let set: AppointmentSet = read(&event.data)?;
                let known = self.tally.appointments.entry(set.appointment).or_insert(Appointment {
                    vehicle: set.vehicle,
                    set_at: set.occurred_at,
                    starts_at: set.starts_at,
                    touch: None,
                    standing: Standing::Set,
                });
                known.starts_at = set.starts_at;
                known.touch = set.touch.or(known.touch.take());
                known.standing = Standing::Set;
            }
            "appointment_shown" => {
                let shown: AppointmentShown = read(&event.data)?;
                if let Some(known) = self.tally.appointments.get_mut(&shown.appointment) {
                    known.standing = Standing::Shown;
                }
            }
            _ => {
                let missed: AppointmentMissed = read(&event.data)?;
                if let Some(known) = self.tally.appointments.get_mut(&missed.appointment) {
                    let cancelled = missed.status == AppointmentStatus::Cancelled;
                    known.standing = if cancelled { Standing::Cancelled } else { Standing::NoShow };
                }
            }
        }
        Ok(())
    }

    fn credit(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        match event.event_type.as_str() {
            "credit_assigned" => {
                let assigned: CreditTold = read(&event.data)?;
                let credit = CreditTally {
                    money: assigned.money,
                    trigger: assigned.trigger,
                    evidence: assigned.credit.evidence,
                };
                self.tally.credits.insert((assigned.ro, assigned.line), credit);
            }
            "credit_reversed" => {
                let reversed: CreditReversed = read(&event.data)?;
                self.tally.credits.remove(&(reversed.ro, reversed.line));
                let known = self.tally.reversals.entry(reversed.reason).or_default();
                known.0 = known.0.saturating_add(1);
                known.1.push(reversed.money);
            }
            _ => {
                let attributed: RoAttributed = read(&event.data)?;
                let reasons = attributed.not_credited.into_iter().map(|(_, reason)| reason).collect();
                self.tally.not_credited.insert(attributed.ro, reasons);
            }
        }
        Ok(())
    }

    fn write_back(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        let state = match event.event_type.as_str() {
            "write_back_queued" => {
                let Queued { write_back: QueuedWhat { key, kind } } = read(&event.data)?;
                self.tally.write_backs.insert(key, WriteBackTally { kind, state: "queued" });
                return Ok(());
            }
            "write_back_delayed" => "waiting",
            "write_back_confirmed" => "confirmed",
            "write_back_withdrawn" => "withdrawn",
            _ => "parked",
        };
        let Keyed { key } = read(&event.data)?;
        if let Some(known) = self.tally.write_backs.get_mut(&key) {
            known.state = state;
        }
        Ok(())
    }

    fn inspection(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        self.tally.inspections_told = true;
        let told: InspectionTold = read(&event.data)?;
        let Some(ro) = told.ro else {
            return Ok(());
        };
        let known = self.tally.inspections.entry(ro).or_default();
        match event.event_type.as_str() {
            "inspection_completed" => {
                known.inspected = true;
                if known.completed_at > told.occurred_at {
                    // An older version that came in late.
                    return Ok(());
                }
                known.completed_at = told.occurred_at;
                known.technician = told.technician.or(known.technician.take());
                known.advisor = told.advisor.or(known.advisor.take());
                known.findings = told
                    .findings
                    .into_iter()
                    .map(|finding| FindingTally {
                        photos: finding.photos.count(),
                        priced: finding.price.is_some(),
                        id: finding.id,
                        code: finding.code,
                    })
                    .collect();
            }
            // The gate's last word counts; that it ever held the order back is kept beside it.
            "gate_passed" => (known.passed, known.held, known.exempted) = (true, false, None),
            "gate_blocked" => {
                (known.passed, known.held, known.exempted) = (false, true, None);
                known.blocked = true;
            }
            _ => {
                let code = told.code.unwrap_or_else(|| "not_told".to_owned());
                (known.passed, known.held, known.exempted) = (false, false, Some(code));
            }
        }
        Ok(())
    }
}

fn read<'de, T: Deserialize<'de>>(data: &'de Value) -> Result<T, serde_json::Error> {
    T::deserialize(data)
}

// Parts of events: what the scorecard needs of them and no more.

#[derive(Deserialize)]
struct CaseTold {
    case: CaseId,
    program: fixedops_vocab::ProgramId,
    plan: fixedops_vocab::PolicyVersion,
    person: fixedops_vocab::CustomerId,
    vehicle: fixedops_vocab::VehicleId,
    crossing: Option<fixedops_vocab::CrossingId>,
    declined: Vec<serde::de::IgnoredAny>,
    #[serde(default)]
    state: Option<CaseStands>,
}

#[derive(Deserialize)]
struct CaseStands {
    anchor: DateTime<Utc>,
}

#[derive(Deserialize)]
struct CallTold {
    case: CaseId,
    touch: TouchId,
}

#[derive(Deserialize)]
struct CreditTold {
    ro: RoId,
    line: RoLineId,
    #[serde(flatten)]
    money: fixedops_vocab::Money,
    trigger: String,
    credit: EvidenceTold,
}

#[derive(Deserialize)]
struct EvidenceTold {
    evidence: String,
}

#[derive(Deserialize)]
struct Tracked {
    vehicle: fixedops_vocab::VehicleId,
    summary: fixedops_odometer_core::TrackSummary,
}

#[derive(Deserialize)]
struct Queued {
    write_back: QueuedWhat,
}

#[derive(Deserialize)]
struct QueuedWhat {
    key: String,
    kind: String,
}

#[derive(Deserialize)]
struct Keyed {
    key: String,
}

#[derive(Deserialize)]
struct AnsweredLine {
    ro: RoId,
    line: RoLineId,
    #[serde(default)]
    finding: Option<String>,
}

#[derive(Deserialize)]
struct InspectionTold {
    #[serde(default)]
    ro: Option<RoId>,
    #[serde(default)]
    by: Option<String>,
    #[serde(default)]
    technician: Option<String>,
    #[serde(default)]
    advisor: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    findings: Vec<FindingTold>,
    #[serde(default)]
    occurred_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct RankedTold {
    ro: RoId,
    fold: usize,
    findings: Vec<FindingRanked>,
}

#[derive(Deserialize)]
struct FindingRanked {
    finding: String,
}

#[derive(Deserialize)]
struct FindingTold {
    id: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    photos: Photos,
    #[serde(default)]
    price: Option<Value>,
}

/// How many there are, or which.
#[derive(Deserialize)]
#[serde(untagged)]
enum Photos {
    Number(u64),
    Each(Vec<Value>),
}

impl Default for Photos {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl Photos {
    fn count(&self) -> u64 {
        match self {
            Self::Number(number) => *number,
            Self::Each(each) => u64::try_from(each.len()).unwrap_or(u64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use fixedops_connectors_traits::EventHash;
    use fixedops_odometer_core::{Fix, Track};
    use serde_json::json;

    use super::*;
    use crate::state::VehicleState;
    use crate::{Alarm, TrackAdvanced};

    /// The car stands, then drives, then a reading begins another track: the loop and the scorecard keep the same.
    #[test]
    fn tracks_are_kept_as_the_loop_keeps_them() {
        let (model, policy) = (Model::shipped(), ScorecardPolicy::shipped());
        let mut builder = ScorecardBuilder::new("north".parse().unwrap(), Model::shipped(), &policy);
        let mut state = VehicleState::default();
        let begin: DateTime<Utc> = "2026-12-01T15:00:00Z".parse().unwrap();
        for (number, speed) in [(0_i32, 0.0), (1, 2e-4), (2, 2e-4)] {
            let fixes = (0..200).map(|n| {
                let at = begin + TimeDelta::seconds(i64::from(1_000 * number + n));
                Fix::new(at, 33.75 + f64::from(n) * speed, -84.39)
            });
            let mut track = Track::new();
            track.fold_batch(fixes, begin + TimeDelta::seconds(10_000), &model);
            let summary = track.summary(&model);
            let event = Event {
                partition: "north".parse().unwrap(),
                position: 1,
                stream: "vehicle/v1".parse().unwrap(),
                version: 1,
                at: begin,
                event_type: "track_advanced".parse().unwrap(),
                data: json!({ "vehicle": "v1", "summary": summary }),
                hash: EventHash::from_bytes([0; 32]),
            };
            builder.apply(&event).unwrap();
            let (key, digest, wake_at) = (String::new(), String::new(), Alarm::Keep);
            let vehicle = "v1".parse().unwrap();
            let advanced = TrackAdvanced { key, vehicle, track, summary, digest, wake_at };
            state.apply(&event, Happened::TrackAdvanced(advanced));
        }
        let kept: Vec<_> = state.tracks().copied().collect();
        assert_eq!(kept.len(), 2, "where the car only stood is no track");
        assert_eq!(builder.tally.cars[&"v1".parse().unwrap()].tracks, kept);
    }
}
