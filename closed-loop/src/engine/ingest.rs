//! What comes in.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{PersonFact, StreamId};
use fixedops_consent::{Means, ReplyLabel};
use fixedops_odometer_core::Operation;
use fixedops_recovery::{Event as Step, Fact, Follows, Plan, Relevance, Trigger};
use fixedops_vocab::{
    AppointmentId, CustomerId, DistanceUnit, OwnershipSpan, PayType, RawOdometer, RoId, Scope, TouchKey,
    VehicleId,
};

use super::turn::Turn;
use super::{Engine, Ingested};
use crate::fold::Loaded;
use crate::state::{
    CaseState, ContactState, PersonState, RepairOrderState, SimulationState, StoreState, VehicleState,
};
use crate::{
    Alarm, AppointmentMissed, AppointmentSet, AppointmentShown, ClosedLine, ConsentRevoked, ContactAdded,
    ContactLinked, Happened, Inbound, LoopError, Medium, PersonErased, ReadingRecorded, ReplyReceived,
    RevocationApplied, RoClosed, RoOpened, ServiceRecorded, VehicleOwned, VehicleRecorded, VisitMoved,
    VisitNoted, streams,
};

/// The source of a revocation that stands because the person was erased.
const ERASURE: &str = "erasure";

impl Engine {
    pub(super) async fn take_in(&self, inbound: &Inbound, now: DateTime<Utc>) -> Result<Ingested, LoopError> {
        let mut turn = self.turn_at(now);
        turn.facts(&self.facts_to_keep(inbound).await?);
        let fresh = match inbound.happened().clone() {
            happened @ (Happened::SimulationStarted(_) | Happened::SimulationFinished(_)) => {
                let simulation = self.load::<SimulationState>(streams::simulation()?).await?;
                let fresh = inbound.key().is_some_and(|key| !simulation.state.keys.contains(key));
                turn.push(&simulation, happened)?;
                fresh
            }
            Happened::StoreConfigured(configured) => {
                let store = self.load::<StoreState>(streams::store(&configured.rooftop)?).await?;
                let fresh = !store.state.keys.contains(&configured.key);
                turn.push(&store, Happened::StoreConfigured(configured))?;
                fresh
            }
            Happened::ContactLinked(linked) => self.link_contact(&mut turn, linked).await?,
            Happened::ConsentGranted(granted) => {
                let contact = self.load::<ContactState>(streams::contact(granted.contact)?).await?;
                let fresh = !contact.state.keys.contains(&granted.key);
                turn.push(&contact, Happened::ConsentGranted(granted))?;
                fresh
            }
            Happened::ConsentRevoked(revoked) => {
                let contact = self.load::<ContactState>(streams::contact(revoked.contact)?).await?;
                let fresh = !contact.state.keys.contains(&revoked.key);
                self.revoke(&mut turn, &contact, revoked).await?;
                fresh
            }
            Happened::VehicleRecorded(record) => self.record_vehicle(&mut turn, record).await?,
            Happened::ReadingRecorded(reading) => {
                let vehicle = self.load::<VehicleState>(streams::vehicle(&reading.vehicle)?).await?;
                let fresh = !vehicle.state.keys.contains(&reading.key);
                turn.push(
                    &vehicle,
                    Happened::ReadingRecorded(ReadingRecorded { wake_at: Alarm::At(now), ..reading }),
                )?;
                fresh
            }
            Happened::TrackAdvanced(advanced) => {
                let vehicle = self.load::<VehicleState>(streams::vehicle(&advanced.vehicle)?).await?;
                let fresh = !vehicle.state.keys.contains(&advanced.key);
                let wake_at = Alarm::At(now);
                turn.push(&vehicle, Happened::TrackAdvanced(crate::TrackAdvanced { wake_at, ..advanced }))?;
                fresh
            }
            Happened::DeliveryReported(report) => {
                let contact = self.load::<ContactState>(streams::contact(report.contact)?).await?;
                let fresh = !contact.state.keys.contains(&report.key);
                turn.push(&contact, Happened::DeliveryReported(report.clone()))?;
                if report.delivered {
                    self.prove_sent(&mut turn, &contact, &report).await?;
                }
                let key = TouchKey { case: report.case.clone(), touch: report.touch.clone() };
                let touch = contact.state.touches.get(&key).filter(|_| fresh);
                if let Some(touch) = touch.filter(|touch| touch.delivered != Some(report.delivered)) {
                    // It may have brought somebody from its sending on.
                    self.look_again_at(&mut turn, &report.case, touch.at, "delivery_reported").await?;
                }
                fresh
            }
            Happened::LinkOpened(opened) => {
                let case = self.load::<CaseState>(streams::case(&opened.case)?).await?;
                let fresh = !case.state.keys.contains(&opened.key);
                turn.push(&case, Happened::LinkOpened(opened.clone()))?;
                if fresh {
                    self.follow_click(&mut turn, &case, &opened).await?;
                    self.look_again_at(&mut turn, &opened.case, opened.occurred_at, "link_opened").await?;
                }
                fresh
            }
            Happened::ReplyReceived(reply) => self.reply(&mut turn, reply).await?,
            Happened::InspectionCompleted(completed) => {
                self.complete_inspection(&mut turn, completed).await?
            }
            Happened::ExemptionAsked(asked) => self.ask_exemption(&mut turn, asked).await?,
            Happened::LineApproved(approved) => {
                let told = (approved.vehicle.clone(), approved.line.clone(), approved.finding.clone());
                let fresh = self.approve(&mut turn, approved).await?;
                self.answered_inspection(&mut turn, fresh, told).await?
            }
            Happened::LineDeferred(deferred) => {
                let told = (deferred.vehicle.clone(), deferred.line.clone(), deferred.finding.clone());
                let fresh = self.defer(&mut turn, deferred).await?;
                self.answered_inspection(&mut turn, fresh, told).await?
            }
            Happened::LineDeclined(declined) => {
                let told = (!declined.is_bare_flag()).then(|| {
                    let line = declined.declined.clone().recommended();
                    (declined.vehicle.clone(), line, declined.finding.clone())
                });
                let fresh = self.decline(&mut turn, declined).await?;
                match told {
                    Some(told) => self.answered_inspection(&mut turn, fresh, told).await?,
                    None => fresh,
                }
            }
            Happened::AppointmentSet(set) => self.set_appointment(&mut turn, set).await?,
            Happened::AppointmentShown(shown) => self.show_appointment(&mut turn, shown).await?,
            Happened::AppointmentMissed(missed) => self.miss_appointment(&mut turn, missed).await?,
            Happened::RoOpened(opened) => self.open_order(&mut turn, opened).await?,
            Happened::RoClosed(closed) => self.close_order(&mut turn, closed).await?,
            Happened::RecallOpened(opened) => self.open_recall(&mut turn, opened).await?,
            Happened::RecallClosed(closed) => self.close_recall(&mut turn, closed).await?,
            Happened::OfferMade(offer) => self.make_offer(&mut turn, offer).await?,
            Happened::NoteTaken(note) => self.note(&mut turn, note).await?,
            Happened::PersonErased(erased) => self.erase_person(&mut turn, erased).await?,
            _ => return Err(LoopError::refused("an event of this type does not come from outside")),
        };
        if !fresh {
            return Ok(Ingested::Duplicate);
        }
        turn.commit().await?;
        Ok(Ingested::Recorded)
    }

    /// The facts of an input but for those about a person who was erased: what comes in of him again, with a nightly import
    /// or a late reply, is not kept, until he gives a consent anew.
    async fn facts_to_keep(&self, inbound: &Inbound) -> Result<Vec<PersonFact>, LoopError> {
        let granted = match inbound.happened() {
            Happened::ConsentGranted(granted) => Some(granted.occurred_at),
            _ => None,
        };
        let mut keep = Vec::new();
        for fact in inbound.facts() {
            let erased_at = match fact.subject.kind() {
                "person" => self.load::<PersonState>(fact.subject.clone()).await?.state.erased_at,
                "contact" => self.contact_erased_at(&fact.subject, inbound).await?,
                _ => None,
            };
            if erased_at.is_none_or(|erased| granted.is_some_and(|granted| erased < granted)) {
                keep.push(fact.clone());
            }
        }
        Ok(keep)
    }

    /// Since when everyone behind a contact point is erased; `None` where one is not, or has given a consent since.
    async fn contact_erased_at(
        &self,
        subject: &StreamId,
        inbound: &Inbound,
    ) -> Result<Option<DateTime<Utc>>, LoopError> {
        let contact = self.load::<ContactState>(subject.clone()).await?;
        let linked = match inbound.happened() {
            Happened::ContactLinked(linked) if streams::contact(linked.contact)? == *subject => {
                Some(&linked.person)
            }
            _ => None,
        };
        let mut last = None;
        for person in contact.state.persons.iter().chain(linked) {
            let person = self.load::<PersonState>(streams::person(person)?).await?;
            match person.state.erased_at {
                None => return Ok(None),
                erased => last = last.max(erased),
            }
        }
        let anew =
            contact.state.granted.iter().any(|(_, _, grant)| last.is_some_and(|at| at < grant.occurred_at));
        Ok(last.filter(|_| !anew))
    }

    /// Whoever is erased stays suppressed: his contact points are revoked in the same batch, by their keyed hashes.
    async fn erase_person(&self, turn: &mut Turn<'_>, erased: PersonErased) -> Result<bool, LoopError> {
        let person = self.load::<PersonState>(streams::person(&erased.person)?).await?;
        if person.state.keys.contains(&erased.key) {
            return Ok(false);
        }
        let key = erased.key.clone();
        turn.push(&person, Happened::PersonErased(erased))?;
        for (contact, _) in &person.state.contacts {
            let read = self.load::<ContactState>(streams::contact(*contact)?).await?;
            let revoked = ConsentRevoked {
                key: key.clone(),
                contact: *contact,
                scope: Scope::All,
                occurred_at: turn.now,
                source: ERASURE.to_owned(),
                vehicle: None,
                means: None,
                per_se: None,
            };
            turn.push(&read, Happened::ConsentRevoked(revoked))?;
        }
        if !person.state.contacts.is_empty() {
            let applied = RevocationApplied {
                scope: Scope::All,
                vehicle: None,
                ended: Vec::new(),
                wake_at: Alarm::At(turn.now),
            };
            turn.push(&person, Happened::RevocationApplied(applied))?;
        }
        Ok(true)
    }

    /// A contact point gets what its person revoked elsewhere, in the same batch.
    async fn link_contact(&self, turn: &mut Turn<'_>, linked: ContactLinked) -> Result<bool, LoopError> {
        let contact = self.load::<ContactState>(streams::contact(linked.contact)?).await?;
        if contact.state.keys.contains(&linked.key) {
            return Ok(false);
        }
        let person = self.load::<PersonState>(streams::person(&linked.person)?).await?;
        let added = ContactAdded {
            contact: linked.contact,
            medium: linked.medium,
            household: linked.household.clone(),
        };
        let (hash, key) = (linked.contact, linked.key.clone());
        turn.push(&contact, Happened::ContactLinked(linked))?;
        for (other, _) in person.state.contacts.iter().filter(|(other, _)| *other != hash) {
            let other = self.load::<ContactState>(streams::contact(*other)?).await?;
            turn.guard(&other);
            for (_, revoked) in other.state.revoked.iter().filter(|(_, revoked)| covers_person(revoked.scope))
            {
                let copy = ConsentRevoked {
                    key: format!("{key}/{}", revoked.key),
                    contact: hash,
                    source: "copied".to_owned(),
                    ..revoked.clone()
                };
                turn.push(&contact, Happened::ConsentRevoked(copy))?;
            }
        }
        turn.push(&person, Happened::ContactAdded(added))?;
        Ok(true)
    }

    /// A revocation that covers a person goes to every contact point of everyone who is behind this one, in one batch,
    /// and wakes their streams so that open cases are told.
    pub(super) async fn revoke(
        &self,
        turn: &mut Turn<'_>,
        contact: &Loaded<ContactState>,
        revoked: ConsentRevoked,
    ) -> Result<(), LoopError> {
        turn.push(contact, Happened::ConsentRevoked(revoked.clone()))?;
        let mut told = BTreeSet::from([revoked.contact]);
        for person in &contact.state.persons {
            let person = self.load::<PersonState>(streams::person(person)?).await?;
            for (other, _) in person.state.contacts.iter().filter(|_| covers_person(revoked.scope)) {
                if told.insert(*other) {
                    let read = self.load::<ContactState>(streams::contact(*other)?).await?;
                    let copy = ConsentRevoked { contact: *other, ..revoked.clone() };
                    turn.push(&read, Happened::ConsentRevoked(copy))?;
                }
            }
            let applied = RevocationApplied {
                scope: revoked.scope,
                vehicle: revoked.vehicle.clone(),
                ended: Vec::new(),
                wake_at: Alarm::At(turn.now),
            };
            turn.push(&person, Happened::RevocationApplied(applied))?;
        }
        Ok(())
    }

    async fn record_vehicle(&self, turn: &mut Turn<'_>, record: VehicleRecorded) -> Result<bool, LoopError> {
        let vehicle = self.load::<VehicleState>(streams::vehicle(&record.vehicle)?).await?;
        let span = match &vehicle.state.record {
            None => OwnershipSpan(1),
            Some(known) if known.owner == record.owner => known.span,
            Some(known) => OwnershipSpan(known.span.0.saturating_add(1)),
        };
        let wake_at = Alarm::At(turn.now);
        let record = VehicleRecorded { span, wake_at, ..record };
        let fresh = !vehicle.state.keys.contains(&record.key);
        if let Some(owner) = &record.owner {
            let person = self.load::<PersonState>(streams::person(owner)?).await?;
            let owned = VehicleOwned { vehicle: record.vehicle.clone(), span };
            turn.push(&vehicle, Happened::VehicleRecorded(record.clone()))?;
            turn.push(&person, Happened::VehicleOwned(owned))?;
        } else {
            turn.push(&vehicle, Happened::VehicleRecorded(record.clone()))?;
        }
        let changed_hands = vehicle.state.record.as_ref().is_some_and(|known| known.span != span);
        if fresh && changed_hands {
            self.step_cases(turn, &vehicle, &Step::OwnerChanged, "the vehicle changed hands", |_| true)
                .await?;
        }
        if fresh {
            self.welcome(turn, &vehicle, &record).await?;
        }
        Ok(fresh)
    }

    async fn reply(&self, turn: &mut Turn<'_>, reply: ReplyReceived) -> Result<bool, LoopError> {
        let contact = self.load::<ContactState>(streams::contact(reply.contact)?).await?;
        let fresh = !contact.state.keys.contains(&reply.key);
        let scope = match reply.scope.as_str() {
            "none" | "clarify" => None,
            // An opt-out that is not understood must not pass for a conversation.
            word => Some(word.parse::<Scope>().map_err(LoopError::unwritable)?),
        };
        let (key, at) = (reply.key.clone(), reply.occurred_at);
        let answers = reply.touch.clone().filter(|_| fresh);
        let per_se = reply.label == ReplyLabel::OptOutKeyword.as_str();
        let mail = contact.state.linked.as_ref().is_some_and(|linked| linked.medium == Medium::Email);
        let means = if mail { Means::Email } else { Means::Sms };
        let touch = reply.touch.clone();
        let hash = reply.contact;
        turn.push(&contact, Happened::ReplyReceived(reply.clone()))?;
        let told_of = match &touch {
            Some(key) => contact.state.touches.get(key).map(|touch| touch.cleared.vehicle.clone()),
            None => None,
        };
        if let Some(scope) = scope {
            let revoked = ConsentRevoked {
                key: format!("{key}/revoked"),
                contact: hash,
                scope,
                occurred_at: at,
                // Whoever says that the number is his and not the customer's has not answered for the customer.
                source: if scope == Scope::Number { "wrong_number" } else { "reply" }.to_owned(),
                vehicle: told_of.filter(|_| scope == Scope::ThisVehicle),
                means: Some(means),
                per_se: Some(per_se),
            };
            self.revoke(turn, &contact, revoked).await?;
        } else if fresh {
            self.answered(turn, &contact, &reply).await?;
            if let (Some(odometer), Some(vehicle)) = (reply.odometer, told_of) {
                let known = self.known_vehicle(&vehicle).await?;
                let reading = ReadingRecorded {
                    key: format!("{key}/odometer"),
                    vehicle,
                    odometer: RawOdometer::new(i64::from(odometer.tenths()) * 100, DistanceUnit::Miles),
                    kind: fixedops_odometer_core::ReadingKind::Reported,
                    occurred_at: at,
                    source: "reply".to_owned(),
                    wake_at: Alarm::At(turn.now),
                };
                turn.push(&known, Happened::ReadingRecorded(reading))?;
            }
        }
        if let Some(touch) = answers {
            self.look_again_at(turn, &touch.case, at, "reply_received").await?;
        }
        Ok(fresh)
    }

    async fn set_appointment(&self, turn: &mut Turn<'_>, set: AppointmentSet) -> Result<bool, LoopError> {
        let vehicle = self.known_vehicle(&set.vehicle).await?;
        let fresh = !vehicle.state.keys.contains(&set.key);
        let starts_at = set.starts_at;
        turn.push(&vehicle, Happened::AppointmentSet(set.clone()))?;
        // Older news of it, and a day that has passed (an import), move nothing.
        if fresh && starts_at > turn.now && vehicle.state.is_news(&set.appointment, set.occurred_at) {
            let booked = Step::Booked { appointment_at: starts_at };
            let pauses = |case: &CaseState| {
                self.follows(case) == Follows::Nothing && self.pauses(case, set.touch.as_ref())
            };
            self.step_cases(turn, &vehicle, &booked, "an appointment was set", pauses).await?;
            self.remind_of_appointment(turn, &vehicle, &set).await?;
        }
        if fresh {
            self.look_again(turn, &vehicle, set.occurred_at, "appointment_set").await?;
        }
        Ok(fresh)
    }

    async fn show_appointment(
        &self,
        turn: &mut Turn<'_>,
        shown: AppointmentShown,
    ) -> Result<bool, LoopError> {
        let vehicle = self.known_vehicle(&shown.vehicle).await?;
        let fresh = !vehicle.state.keys.contains(&shown.key);
        turn.push(&vehicle, Happened::AppointmentShown(shown.clone()))?;
        if fresh && is_open(&vehicle, &shown.appointment, shown.occurred_at) {
            let of_it = self.of_appointment(&vehicle, &shown.appointment);
            self.step_cases(turn, &vehicle, &Step::AppointmentShown, "the customer came", of_it).await?;
        }
        if fresh {
            let made = made_at(&vehicle, &shown.appointment, shown.occurred_at);
            self.look_again(turn, &vehicle, made, "appointment_shown").await?;
        }
        Ok(fresh)
    }

    async fn miss_appointment(
        &self,
        turn: &mut Turn<'_>,
        missed: AppointmentMissed,
    ) -> Result<bool, LoopError> {
        let vehicle = self.known_vehicle(&missed.vehicle).await?;
        let fresh = !vehicle.state.keys.contains(&missed.key);
        turn.push(&vehicle, Happened::AppointmentMissed(missed.clone()))?;
        if fresh && is_open(&vehicle, &missed.appointment, missed.occurred_at) {
            let of_it = self.of_appointment(&vehicle, &missed.appointment);
            self.step_cases(turn, &vehicle, &Step::AppointmentMissed, "the customer did not come", of_it)
                .await?;
            self.follow_no_show(turn, &vehicle, &missed).await?;
        }
        if fresh {
            let made = made_at(&vehicle, &missed.appointment, missed.occurred_at);
            self.look_again(turn, &vehicle, made, "appointment_missed").await?;
        }
        Ok(fresh)
    }

    /// Cases that news of an appointment moves: those that remind of this one, and all that pause for it.
    fn of_appointment<'a>(
        &'a self,
        vehicle: &'a Loaded<VehicleState>,
        appointment: &'a AppointmentId,
    ) -> impl Fn(&CaseState) -> bool + 'a {
        let touch = vehicle.state.appointments.get(appointment).and_then(|known| known.touch.as_ref());
        move |case| match self.follows(case) {
            Follows::Appointment => {
                case.opened.as_ref().is_some_and(|(_, opened)| opened.is_about(appointment.as_str()))
            }
            Follows::Nothing => self.pauses(case, touch),
        }
    }

    /// Whether a case pauses for an appointment that was booked through `touch`: not one whose plan goes on beside a booking (a
    /// recall, the inspection of today), unless it was booked through that very case.
    fn pauses(&self, case: &CaseState, touch: Option<&TouchKey>) -> bool {
        let plan = case.case.as_ref().and_then(|case| self.policies.plans.plan(case.plan()));
        let goes_on = plan.is_some_and(|plan| plan.relevance().of(Fact::Booked) == Relevance::Go);
        let own =
            case.opened.as_ref().zip(touch).is_some_and(|((_, opened), touch)| touch.case == opened.case);
        !goes_on || own
    }

    fn follows(&self, case: &CaseState) -> Follows {
        let plan = case.case.as_ref().and_then(|case| self.policies.plans.plan(case.plan()));
        plan.map_or(Follows::Nothing, Plan::follows)
    }

    async fn open_order(&self, turn: &mut Turn<'_>, opened: RoOpened) -> Result<bool, LoopError> {
        let order = self.load::<RepairOrderState>(streams::ro(&opened.ro)?).await?;
        let fresh = !order.state.keys.contains(&opened.key);
        let vehicle = self.known_vehicle(&opened.vehicle).await?;
        let visit = VisitNoted {
            ro: opened.ro.clone(),
            open: true,
            transaction: false,
            by_other: false,
            occurred_at: opened.occurred_at,
            wake_at: Alarm::Keep,
        };
        turn.push(&order, Happened::RoOpened(opened.clone()))?;
        // A closing that was told before its opening stands, with its vehicle and what was done.
        if order.state.closed.is_none() {
            if fresh {
                self.leave_vehicle(turn, &order, &opened.ro, &opened.vehicle).await?;
            }
            let (ro, at) = (visit.ro.clone(), visit.occurred_at);
            self.hold_from_opening(turn, &order, &ro)?;
            turn.push(&vehicle, Happened::VisitNoted(visit))?;
            if fresh {
                self.ask_after_visit(turn, &vehicle, &ro).await?;
                self.recalls_of_who_is_back(turn, &vehicle, at).await?;
            }
        }
        Ok(fresh)
    }

    async fn close_order(&self, turn: &mut Turn<'_>, closed: RoClosed) -> Result<bool, LoopError> {
        let order = self.load::<RepairOrderState>(streams::ro(&closed.ro)?).await?;
        let fresh = !order.state.keys.contains(&closed.key);
        let vehicle = self.known_vehicle(&closed.vehicle).await?;
        let span = vehicle.state.span_at(closed.opened_at);
        let by_other =
            self.is_another_customers(turn, &vehicle.state, span, closed.customer.as_ref()).await?;
        let mut lines = closed.lines;
        for line in &mut lines {
            let (code, name) = (line.op_code.as_ref(), line.name.as_deref());
            line.service = match self.policies.op_codes.operation(code, name) {
                Operation::Service(service) => Some(service.clone()),
                Operation::Excluded(_) | Operation::Unmapped => None,
            };
        }
        let closed = RoClosed { lines, span, by_other, wake_at: Alarm::At(turn.now), ..closed };
        turn.push(&order, Happened::RoClosed(closed.clone()))?;
        if fresh {
            self.leave_vehicle(turn, &order, &closed.ro, &closed.vehicle).await?;
        }
        if !closed.voided {
            let pay_types = closed.lines.iter().map(|line| line.pay_type).collect();
            let (inspected, exemption) = (order.state.inspected.as_ref(), order.state.exemption.as_ref());
            self.answer_gate(turn, &order, inspected, exemption, pay_types)?;
        }
        let transaction = !closed.voided
            && !by_other
            && closed.lines.iter().any(|line| line.pay_type == PayType::CustomerPay);
        let visit = VisitNoted {
            ro: closed.ro.clone(),
            open: false,
            transaction,
            by_other: closed.by_other,
            occurred_at: closed.occurred_at,
            wake_at: Alarm::At(turn.now),
        };
        turn.push(&vehicle, Happened::VisitNoted(visit))?;
        if let Some(odometer) = closed.odometer {
            let reading = ReadingRecorded {
                key: format!("{}/odometer", closed.key),
                vehicle: closed.vehicle.clone(),
                odometer,
                kind: fixedops_odometer_core::ReadingKind::Reported,
                occurred_at: closed.opened_at,
                source: "repair_order".to_owned(),
                wake_at: Alarm::At(turn.now),
            };
            turn.push(&vehicle, Happened::ReadingRecorded(reading))?;
        }
        if !closed.voided {
            let mut services: Vec<_> = closed.lines.iter().filter_map(|line| line.service.clone()).collect();
            services.sort();
            services.dedup();
            for service in services {
                let done = ServiceRecorded {
                    service,
                    ro: closed.ro.clone(),
                    odometer: closed.odometer,
                    occurred_at: closed.occurred_at,
                };
                turn.push(&vehicle, Happened::ServiceRecorded(done))?;
            }
            if fresh {
                self.tell_done_lines(turn, &vehicle, &closed).await?;
                if !by_other {
                    self.tell_of_visit(turn, &vehicle, &closed, transaction).await?;
                }
            }
        }
        Ok(fresh)
    }

    /// Whether the customer of an order is known to be another than the owner of the car then, and not of his household: the car
    /// was sold before anybody told.
    async fn is_another_customers(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &VehicleState,
        span: OwnershipSpan,
        customer: Option<&CustomerId>,
    ) -> Result<bool, LoopError> {
        let (Some(customer), Some(owner)) = (customer, vehicle.owners.get(&span)) else { return Ok(false) };
        if customer == owner {
            return Ok(false);
        }
        let customer = self.load::<PersonState>(streams::person(customer)?).await?;
        let owner = self.load::<PersonState>(streams::person(owner)?).await?;
        turn.guard(&customer);
        turn.guard(&owner);
        // Of whom nobody ever heard, nobody knows that he is not of the household: he may be the owner under another number.
        Ok(customer.state.household.is_some() && customer.state.household != owner.state.household)
    }

    /// An order that was told of another vehicle before: what it said there is taken back.
    async fn leave_vehicle(
        &self,
        turn: &mut Turn<'_>,
        order: &Loaded<RepairOrderState>,
        ro: &RoId,
        to: &VehicleId,
    ) -> Result<(), LoopError> {
        let Some(before) = order.state.vehicle.as_ref().filter(|before| *before != to) else { return Ok(()) };
        let vehicle = self.load::<VehicleState>(streams::vehicle(before)?).await?;
        if !vehicle.state.visits.contains_key(ro) {
            return Ok(());
        }
        let moved = VisitMoved {
            ro: ro.clone(),
            to: to.clone(),
            odometers: order.state.odometers.clone(),
            wake_at: Alarm::At(turn.now),
        };
        turn.push(&vehicle, Happened::VisitMoved(moved))?;
        // What was declined on it was declined on the other vehicle, and is told of that one.
        for (_, line, case) in vehicle.state.declined.iter().filter(|(_, line, _)| line.ro == *ro) {
            let case = self.load::<CaseState>(streams::case(case)?).await?;
            let step = Step::ItemMoved { line: line.line.clone() };
            self.step_case(turn, &case, &vehicle, &step, super::case::LINES_MOVED).await?;
        }
        if let Some(inspected) = &order.state.inspected {
            let inspection = inspected.inspection.as_str();
            self.settle_inspection(turn, &vehicle, inspection, &Step::Withdrawn, "another vehicle's order")
                .await?;
        }
        Ok(())
    }

    /// Cases that wanted the car here, and cases that are over with the order.
    async fn tell_of_visit(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        closed: &RoClosed,
        transaction: bool,
    ) -> Result<(), LoopError> {
        let came = |case: &CaseState| {
            let Some((opened_at, opened)) = &case.opened else { return false };
            let plan = self.policies.plans.plan(opened.state.plan());
            let wanted = match plan.map(Plan::opened_by) {
                Some(Trigger::Delivery | Trigger::NoShow) => true,
                Some(Trigger::Click | Trigger::Offer) => transaction,
                _ => false,
            };
            wanted && closed.occurred_at >= *opened_at
        };
        self.step_cases(turn, vehicle, &Step::WorkDone, "the customer came", came).await?;
        let order = self.load::<RepairOrderState>(streams::ro(&closed.ro)?).await?;
        if let Some(inspected) = &order.state.inspected {
            let inspection = inspected.inspection.as_str();
            self.settle_inspection(turn, vehicle, inspection, &Step::Withdrawn, "the order is closed")
                .await?;
        }
        Ok(())
    }

    /// Declined lines that stand on a closed order after all: the very line, or the same operation later. What is of a
    /// service of the schedule is seen when the vehicle is looked at.
    async fn tell_done_lines(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        closed: &RoClosed,
    ) -> Result<(), LoopError> {
        for (_, declined, case) in &vehicle.state.declined {
            let is_done = |line: &ClosedLine| {
                let itself = closed.ro == declined.ro && line.line == declined.line;
                let later = closed.ro != declined.ro && closed.occurred_at >= declined.declined_at;
                let same = declined.service.is_none()
                    && declined.op_code.is_some()
                    && line.op_code == declined.op_code;
                itself || (later && same)
            };
            if closed.lines.iter().any(is_done) {
                let case = self.load::<CaseState>(streams::case(case)?).await?;
                let step = Step::ItemDone { line: declined.line.clone() };
                self.step_case(turn, &case, vehicle, &step, "serviced").await?;
            }
        }
        Ok(())
    }

    /// A vehicle somebody told of: what happens to one nobody knows is refused, so that it is told first.
    pub(super) async fn known_vehicle(&self, vehicle: &VehicleId) -> Result<Loaded<VehicleState>, LoopError> {
        let read = self.load::<VehicleState>(streams::vehicle(vehicle)?).await?;
        if read.state.record.is_none() {
            return Err(LoopError::refused(format!("vehicle {vehicle} was never recorded")));
        }
        Ok(read)
    }
}

/// Since when an appointment may have brought somebody: its making; where that is not known, the day before its end.
fn made_at(
    vehicle: &Loaded<VehicleState>,
    appointment: &AppointmentId,
    ended_at: DateTime<Utc>,
) -> DateTime<Utc> {
    let made = vehicle.state.appointments.get(appointment).and_then(|known| known.set_at);
    made.unwrap_or(ended_at - chrono::TimeDelta::days(1))
}

/// Whether an appointment was still to come when `at` something became of it.
fn is_open(vehicle: &Loaded<VehicleState>, appointment: &AppointmentId, at: DateTime<Utc>) -> bool {
    let known = vehicle.state.appointments.get(appointment);
    known.is_some_and(|known| known.open && known.news_at <= at)
}

/// Whether a revocation binds the person on every contact point: all but a wrong number, which is about the number.
const fn covers_person(scope: Scope) -> bool {
    !matches!(scope, Scope::Number)
}
