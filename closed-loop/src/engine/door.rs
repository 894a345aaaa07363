//! The doors of the programmes besides crossings and declines: a delivery, a recall, an inspection, an appointment, a
//! no-show, a click, a doubt, an offer; and what an advisor notes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use fixedops_connectors_traits::AppointmentStatus;
use fixedops_recovery::{Case, Closure, Event as Step, Follows, HandOver, Plan, Target, Tone, Trigger};
use fixedops_vocab::{CaseId, InspectionCode, OwnershipSpan, ProgramId, ServiceId, VehicleId};

use super::Engine;
use super::case::Opening;
use super::turn::Turn;
use crate::courier::day;
use crate::fold::Loaded;
use crate::state::{CaseState, ContactState, PersonState, RepairOrderState, VehicleState};
use crate::{
    AppointmentMissed, AppointmentSet, CaseNoted, DeclinedLine, Happened, InspectedFinding,
    InspectionCompleted, LinkOpened, LoopError, Note, NoteTaken, OfferMade, RecallClosed, RecallOpened,
    RecommendedLine, ReplyReceived, VehicleRecorded, streams,
};

/// What opens a case.
struct Door<'a> {
    program: &'a str,
    trigger: Trigger,
    /// The id of what opens it: with the programme it names the case.
    cause: String,
    since: DateTime<Utc>,
    target: Option<Target>,
    services: Vec<ServiceId>,
    declined: Vec<DeclinedLine>,
    words: BTreeMap<String, String>,
}

impl<'a> Door<'a> {
    fn new(program: &'a str, trigger: Trigger, cause: impl Into<String>, since: DateTime<Utc>) -> Self {
        Self {
            program,
            trigger,
            cause: cause.into(),
            since,
            target: None,
            services: Vec::new(),
            declined: Vec::new(),
            words: BTreeMap::new(),
        }
    }
}

/// The cases of one cause: the last of them, and the id that the next one gets.
struct Cases {
    last: Option<CaseId>,
    next: CaseId,
}

impl Engine {
    /// Whether anybody may be written to about a vehicle: it is a retail unit, has an owner, and nobody noted that he is gone.
    pub(super) fn may_speak(&self, vehicle: &Loaded<VehicleState>) -> bool {
        let record = vehicle.state.record.as_ref();
        record.is_some_and(|record| record.unit.may_trigger() && record.owner.is_some())
            && vehicle.state.silenced().is_none()
    }

    /// The plan of a door, where it is in force.
    fn plan_behind(
        &self,
        program: &str,
        trigger: Trigger,
        now: DateTime<Utc>,
    ) -> Result<Option<&Plan>, LoopError> {
        let program = ProgramId::new(program).map_err(LoopError::unwritable)?;
        let plan = self.policies.plans.for_trigger(&program, trigger);
        Ok(plan.filter(|plan| plan.effective() <= now.date_naive()))
    }

    fn cases_of(&self, vehicle: &VehicleState, program: &str, cause: &str) -> Result<Cases, LoopError> {
        let program = ProgramId::new(program).map_err(LoopError::unwritable)?;
        let first = CaseId::compose(&program, cause).map_err(LoopError::unwritable)?;
        let again = format!("{first}/again/");
        let of_cause = |case: &&CaseId| **case == first || case.as_str().starts_with(&again);
        let known: Vec<&CaseId> = vehicle.cases.iter().filter(of_cause).collect();
        let next = match known.len() {
            0 => first,
            n => CaseId::compose(&program, &format!("{cause}/again/{n}")).map_err(LoopError::unwritable)?,
        };
        Ok(Cases { last: known.last().map(|case| (*case).clone()), next })
    }

    /// Opens a case as `id`, where the plan has something left to say.
    async fn enter(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        record: &VehicleRecorded,
        id: CaseId,
        door: Door<'_>,
    ) -> Result<(), LoopError> {
        let Some(plan) = self.plan_behind(door.program, door.trigger, turn.now)? else { return Ok(()) };
        let Some(owner) = &record.owner else { return Ok(()) };
        let (plan, place) = self.plan_in_trial(turn, owner, plan).await?;
        place.map(|place| self.journal_place(turn, place)).transpose()?;
        let Door { cause, since, target, services, declined, words, .. } = door;
        let opening =
            Opening { crossing: None, target, services, declined, words, ..Opening::new(id.clone(), since) };
        if self.open_case(turn, plan, vehicle, record, owner, opening).await?.is_some() {
            let noted = CaseNoted { case: id, program: plan.program().clone(), cause };
            turn.push(vehicle, Happened::CaseNoted(noted))?;
        }
        Ok(())
    }

    /// Opens a case of a cause that opens one once.
    async fn enter_once(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        door: Door<'_>,
    ) -> Result<(), LoopError> {
        let Some(record) = vehicle.state.record.as_ref().filter(|_| self.may_speak(vehicle)) else {
            return Ok(());
        };
        let cases = self.cases_of(&vehicle.state, door.program, &door.cause)?;
        match cases.last {
            Some(_) => Ok(()),
            None => self.enter(turn, vehicle, record, cases.next, door).await,
        }
    }

    /// A vehicle was delivered, or has another owner: his first service, and the recalls that are open for it.
    pub(super) async fn welcome(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        record: &VehicleRecorded,
    ) -> Result<(), LoopError> {
        if !record.unit.may_trigger() || record.owner.is_none() {
            return Ok(());
        }
        if let Some(delivered) = record.delivered_on {
            let cause = format!("{}/{}", record.vehicle, record.span.0);
            let cases = self.cases_of(&vehicle.state, "first_service", &cause)?;
            if cases.last.is_none() {
                let since = delivered.and_time(NaiveTime::MIN).and_utc();
                let first = self.policies.schedule.rules().first().map(|rule| rule.service.clone());
                let services = first.into_iter().collect();
                let door = Door { services, ..Door::new("first_service", Trigger::Delivery, cause, since) };
                self.enter(turn, vehicle, record, cases.next, door).await?;
            }
        }
        let former = vehicle.state.record.as_ref().map(|known| known.span);
        if former.is_some_and(|span| span != record.span) {
            for (campaign, recall) in vehicle.state.recalls.iter().filter(|(_, recall)| recall.open) {
                self.speak_of_recall(turn, vehicle, record, campaign, &recall.name, recall.remedy).await?;
            }
        }
        Ok(())
    }

    async fn speak_of_recall(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        record: &VehicleRecorded,
        campaign: &str,
        name: &str,
        remedy: bool,
    ) -> Result<(), LoopError> {
        let (trigger, step) =
            if remedy { (Trigger::Recall, "remedy") } else { (Trigger::RecallWithoutRemedy, "no-remedy") };
        let cause = format!("{}/{}/{campaign}/{step}", record.vehicle, record.span.0);
        let cases = self.cases_of(&vehicle.state, "recall", &cause)?;
        if let Some(last) = &cases.last {
            // Told again it is the same recall, unless its case ended by a mistake that was put right.
            let case = self.load::<CaseState>(streams::case(last)?).await?;
            let ended = case.state.case.as_ref().and_then(Case::closure);
            if !matches!(ended, Some(Closure::Sold | Closure::Withdrawn | Closure::DoneElsewhere)) {
                return Ok(());
            }
        }
        let words = BTreeMap::from([
            ("recall_name".to_owned(), name.to_owned()),
            ("recall_number".to_owned(), campaign.to_owned()),
        ]);
        let door = Door { words, ..Door::new("recall", trigger, cause, turn.now) };
        self.enter(turn, vehicle, record, cases.next, door).await
    }

    /// Who was noted as having sold the car comes in with it: he is told of the recalls that are open for it.
    pub(super) async fn recalls_of_who_is_back(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        came_at: DateTime<Utc>,
    ) -> Result<(), LoopError> {
        let Some(record) = vehicle.state.record.as_ref().filter(|record| record.unit.may_trigger()) else {
            return Ok(());
        };
        let back = vehicle.state.gone.is_some_and(|gone| !gone.deceased && came_at > gone.at);
        if back && record.owner.is_some() {
            for (campaign, recall) in vehicle.state.recalls.iter().filter(|(_, recall)| recall.open) {
                self.speak_of_recall(turn, vehicle, record, campaign, &recall.name, recall.remedy).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn open_recall(
        &self,
        turn: &mut Turn<'_>,
        opened: RecallOpened,
    ) -> Result<bool, LoopError> {
        let vehicle = self.known_vehicle(&opened.vehicle).await?;
        let fresh = !vehicle.state.keys.contains(&opened.key);
        let known = vehicle.state.recalls.get(&opened.campaign);
        let stale = known.is_some_and(|known| known.since > opened.occurred_at);
        turn.push(&vehicle, Happened::RecallOpened(opened.clone()))?;
        if !fresh || stale {
            return Ok(fresh);
        }
        if opened.remedy {
            self.step_recalls(
                turn,
                &vehicle,
                &opened.campaign,
                Trigger::RecallWithoutRemedy,
                &Step::Withdrawn,
            )
            .await?;
        }
        if let Some(record) = vehicle.state.record.as_ref().filter(|_| self.may_speak(&vehicle)) {
            self.speak_of_recall(turn, &vehicle, record, &opened.campaign, &opened.name, opened.remedy)
                .await?;
        }
        Ok(fresh)
    }

    /// A campaign is closed for this VIN: nothing more is said of it. Where the car was here since, the work was ours.
    pub(super) async fn close_recall(
        &self,
        turn: &mut Turn<'_>,
        closed: RecallClosed,
    ) -> Result<bool, LoopError> {
        let vehicle = self.known_vehicle(&closed.vehicle).await?;
        let fresh = !vehicle.state.keys.contains(&closed.key);
        let known = vehicle.state.recalls.get(&closed.campaign);
        let stale = known.is_some_and(|known| known.since > closed.occurred_at);
        turn.push(&vehicle, Happened::RecallClosed(closed.clone()))?;
        if fresh && !stale {
            let since = known.map(|known| known.since);
            let here = since.is_some_and(|since| vehicle.state.last_visit.is_some_and(|seen| seen >= since));
            let step = if here { Step::WorkDone } else { Step::DoneElsewhere };
            for trigger in [Trigger::Recall, Trigger::RecallWithoutRemedy] {
                self.step_recalls(turn, &vehicle, &closed.campaign, trigger, &step).await?;
            }
        }
        Ok(fresh)
    }

    async fn step_recalls(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        campaign: &str,
        trigger: Trigger,
        step: &Step,
    ) -> Result<(), LoopError> {
        let of_campaign = |case: &CaseState| {
            case.opened.as_ref().is_some_and(|(_, opened)| {
                opened.words.get("recall_number").is_some_and(|number| number == campaign)
                    && self.policies.plans.plan(opened.state.plan()).is_some_and(|p| p.opened_by() == trigger)
            })
        };
        let reason = match step {
            Step::Withdrawn => "the remedy is there",
            _ => "the campaign is closed for this vehicle",
        };
        self.step_cases(turn, vehicle, step, reason, of_campaign).await
    }

    /// The customer is told of a complete inspection.
    pub(super) async fn deliver_inspection(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        completed: &InspectionCompleted,
    ) -> Result<(), LoopError> {
        let store = self.store_of(&vehicle.state).await?;
        let no_page = store.is_none_or(|store| store.inspection_url.is_none());
        let order = self.load::<RepairOrderState>(streams::ro(&completed.ro)?).await?;
        // It asks for a word on each recommendation: where none is open, there is nothing to ask.
        let over = order.state.closed.is_some();
        if no_page || over || !recommended(completed).any(|found| !answered(found, completed, &vehicle.state))
        {
            return Ok(());
        }
        let cause = of_vehicle(&completed.vehicle, completed.inspection.as_str());
        let door = Door::new("inspection_delivery", Trigger::Inspection, cause, completed.occurred_at);
        self.enter_once(turn, vehicle, door).await
    }

    /// The customer answered a line of an order, in this very batch where it is `fresh`: its inspection needs no reminder once
    /// every recommendation has an answer. Gives `fresh` back.
    pub(super) async fn answered_inspection(
        &self,
        turn: &mut Turn<'_>,
        fresh: bool,
        (vehicle, just, finding): (VehicleId, RecommendedLine, Option<String>),
    ) -> Result<bool, LoopError> {
        if !fresh {
            return Ok(false);
        }
        let vehicle = &self.known_vehicle(&vehicle).await?;
        let order = self.load::<RepairOrderState>(streams::ro(&just.ro)?).await?;
        let Some(inspected) = &order.state.inspected else { return Ok(true) };
        let just = |found: &InspectedFinding| {
            finding.as_ref() == Some(&found.id) || (found.op_code.is_some() && found.op_code == just.op_code)
        };
        if recommended(inspected).all(|found| just(found) || answered(found, inspected, &vehicle.state)) {
            let inspection = inspected.inspection.as_str();
            self.settle_inspection(turn, vehicle, inspection, &Step::Settled, "answered").await?;
        }
        Ok(true)
    }

    /// The inspection of an order is over with it.
    pub(super) async fn settle_inspection(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        inspection: &str,
        step: &Step,
        reason: &str,
    ) -> Result<(), LoopError> {
        let Some(record) = &vehicle.state.record else { return Ok(()) };
        let cause = of_vehicle(&record.vehicle, inspection);
        let cases = self.cases_of(&vehicle.state, "inspection_delivery", &cause)?;
        let Some(case) = cases.last else { return Ok(()) };
        let case = self.load::<CaseState>(streams::case(&case)?).await?;
        self.step_case(turn, &case, vehicle, step, reason).await
    }

    /// An appointment is confirmed and reminded of; one that moved, anew.
    pub(super) async fn remind_of_appointment(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        set: &AppointmentSet,
    ) -> Result<(), LoopError> {
        let (cause, starts_at) = (of_vehicle(&set.vehicle, set.appointment.as_str()), set.starts_at);
        let cases = self.cases_of(&vehicle.state, "appointment_reminder", &cause)?;
        if let Some(last) = &cases.last {
            let case = self.load::<CaseState>(streams::case(last)?).await?;
            if case.state.open().is_some() {
                let moved = Step::Booked { appointment_at: starts_at };
                return self.step_case(turn, &case, vehicle, &moved, "the appointment was moved").await;
            }
        }
        let Some(record) = vehicle.state.record.as_ref().filter(|_| self.may_speak(vehicle)) else {
            return Ok(());
        };
        if starts_at <= turn.now {
            return Ok(());
        }
        let services = match &set.touch {
            Some(touch) => self.services_booked(touch).await?,
            None => Vec::new(),
        };
        let door = Door {
            target: Some(Target::at(starts_at)),
            services,
            ..Door::new("appointment_reminder", Trigger::Appointment, cause, turn.now)
        };
        self.enter(turn, vehicle, record, cases.next, door).await
    }

    /// What an appointment is for that was booked through a touch.
    async fn services_booked(&self, touch: &fixedops_vocab::TouchKey) -> Result<Vec<ServiceId>, LoopError> {
        let case = self.load::<CaseState>(streams::case(&touch.case)?).await?;
        Ok(case.state.opened.as_ref().map(|(_, opened)| opened.services.clone()).unwrap_or_default())
    }

    /// Who did not come is asked for another day; who called off is not.
    pub(super) async fn follow_no_show(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        missed: &AppointmentMissed,
    ) -> Result<(), LoopError> {
        if missed.status != AppointmentStatus::NoShow {
            return Ok(());
        }
        let Some(record) = vehicle.state.record.as_ref().filter(|_| self.may_speak(vehicle)) else {
            return Ok(());
        };
        let cause = of_vehicle(&missed.vehicle, missed.appointment.as_str());
        let cases = self.cases_of(&vehicle.state, "no_show_follow_up", &cause)?;
        // Told twice under two keys it is one no-show; missed once more after it was set anew, it is another.
        if let Some(last) = &cases.last
            && self.load::<CaseState>(streams::case(last)?).await?.state.open().is_some()
        {
            return Ok(());
        }
        let was_open = vehicle.state.appointments.get(&missed.appointment).is_some_and(|known| known.open);
        if !was_open {
            return Ok(());
        }
        let reminded = self.cases_of(&vehicle.state, "appointment_reminder", &cause)?.last;
        let services = match reminded {
            Some(case) => self.load::<CaseState>(streams::case(&case)?).await?.state.services(),
            // Not reminded of: what the message spoke of that booked it.
            None => {
                match vehicle.state.appointments.get(&missed.appointment).and_then(|made| made.touch.as_ref())
                {
                    Some(touch) => {
                        self.load::<CaseState>(streams::case(&touch.case)?).await?.state.services()
                    }
                    None => Vec::new(),
                }
            }
        };
        let door =
            Door { services, ..Door::new("no_show_follow_up", Trigger::NoShow, cause, missed.occurred_at) };
        self.enter(turn, vehicle, record, cases.next, door).await
    }

    /// A person opened a link and did not book: a warm lead for the BDC, with what the message spoke of.
    pub(super) async fn follow_click(
        &self,
        turn: &mut Turn<'_>,
        case: &Loaded<CaseState>,
        clicked: &LinkOpened,
    ) -> Result<(), LoopError> {
        let door = self.policies.doors.click();
        // What is over, or in a person's hands, is followed up by nobody.
        let (Some(open), Some((_, opened))) = (case.state.open(), &case.state.opened) else { return Ok(()) };
        if clicked.human_percent < door.human_percent || !door.programs.contains(&opened.program) {
            return Ok(());
        }
        let vehicle = self.load::<VehicleState>(streams::vehicle(&opened.vehicle)?).await?;
        let same_owner = vehicle.state.record.as_ref().is_some_and(|record| record.span == opened.span);
        if !same_owner || vehicle.state.booked(turn.now).is_some() {
            return Ok(());
        }
        let lines = vehicle.state.lines_of(opened).into_iter();
        let declined = lines.filter(|line| open.lines().contains(&line.line)).cloned().collect();
        let door = Door {
            services: vehicle.state.services_of(opened),
            declined,
            ..Door::new("click_follow_up", Trigger::Click, opened.case.as_str(), turn.now)
        };
        self.enter_once(turn, &vehicle, door).await
    }

    /// One question, where a reading would settle whether a service is due.
    pub(super) async fn ask_for_mileage(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        record: &VehicleRecorded,
        service: &ServiceId,
    ) -> Result<(), LoopError> {
        let program = ProgramId::new("mileage_ask").map_err(LoopError::unwritable)?;
        let cause = format!("{}/{}", record.vehicle, record.span.0);
        let cases = self.cases_of(&vehicle.state, program.as_str(), &cause)?;
        if let Some(last) = &cases.last {
            let case = self.load::<CaseState>(streams::case(last)?).await?;
            let rest = TimeDelta::days(self.policies.doors.doubt().rest_days.into());
            if case.state.opened.as_ref().is_some_and(|(at, _)| turn.now < *at + rest) {
                return Ok(());
            }
        }
        let services = vec![service.clone()];
        let door = Door { services, ..Door::new("mileage_ask", Trigger::Doubt, cause, turn.now) };
        self.enter(turn, vehicle, record, cases.next, door).await
    }

    /// A reading came in: who was asked for one is not asked again.
    pub(super) async fn mileage_told(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
    ) -> Result<(), LoopError> {
        let known_since =
            |at: DateTime<Utc>| vehicle.state.readings.iter().any(|reading| reading.learned_at > at);
        let asked = |case: &CaseState| {
            case.opened
                .as_ref()
                .is_some_and(|(at, opened)| opened.program.as_str() == "mileage_ask" && known_since(*at))
        };
        self.step_cases(turn, vehicle, &Step::Settled, "a reading came in", asked).await
    }

    pub(super) async fn make_offer(&self, turn: &mut Turn<'_>, offer: OfferMade) -> Result<bool, LoopError> {
        let vehicle = self.known_vehicle(&offer.vehicle).await?;
        let fresh = !vehicle.state.keys.contains(&offer.key);
        if fresh && self.plan_behind(offer.program.as_str(), Trigger::Offer, turn.now)?.is_none() {
            return Err(LoopError::refused(format!("{} is no programme of offers", offer.program)));
        }
        turn.push(&vehicle, Happened::OfferMade(offer.clone()))?;
        let over = offer.ends_on.is_some_and(|last| last < turn.now.date_naive());
        if fresh && !over {
            let mut words = BTreeMap::from([("offer_name".to_owned(), offer.name.clone())]);
            words.extend(offer.ends_on.map(|last| ("offer_ends".to_owned(), day(last))));
            let span = vehicle.state.record.as_ref().map_or(OwnershipSpan(0), |record| record.span);
            let cause = offer.cause(span);
            let door = Door { words, ..Door::new(offer.program.as_str(), Trigger::Offer, cause, turn.now) };
            self.enter_once(turn, &vehicle, door).await?;
        }
        Ok(fresh)
    }

    pub(super) async fn note(&self, turn: &mut Turn<'_>, note: NoteTaken) -> Result<bool, LoopError> {
        let vehicle = self.known_vehicle(&note.vehicle).await?;
        if vehicle.state.keys.contains(&note.key) {
            return Ok(false);
        }
        turn.push(&vehicle, Happened::NoteTaken(note.clone()))?;
        let span = vehicle.state.record.as_ref().map(|record| record.span);
        if span != Some(vehicle.state.span_at(note.occurred_at)) {
            // It speaks of a former owner: his cases are closed.
            return Ok(true);
        }
        match &note.note {
            // He came in since: the note is of before.
            Note::Sold if vehicle.state.last_visit.is_some_and(|seen| seen > note.occurred_at) => {}
            Note::Sold => {
                self.step_cases(turn, &vehicle, &Step::Sold, "an advisor noted it", |_| true).await?;
            }
            Note::Deceased => self.end_all(turn, &vehicle, &note).await?,
            Note::HandedToHuman { why } => {
                self.person_takes_over(turn, &vehicle, *why, "an advisor took over").await?
            }
            Note::DoneElsewhere { ro, line } => {
                if let Some(case) = vehicle.state.case_of_line(ro, line) {
                    let case = self.load::<CaseState>(streams::case(case)?).await?;
                    let step = Step::ItemDoneElsewhere { line: line.clone() };
                    self.step_case(turn, &case, &vehicle, &step, "done elsewhere").await?;
                }
            }
        }
        Ok(true)
    }

    /// The owner died: every vehicle of his is told.
    async fn end_all(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        note: &NoteTaken,
    ) -> Result<(), LoopError> {
        let reason = "an advisor noted it";
        self.step_cases(turn, vehicle, &Step::Deceased, reason, |_| true).await?;
        let Some(owner) = vehicle.state.record.as_ref().and_then(|record| record.owner.as_ref()) else {
            return Ok(());
        };
        let person = self.load::<PersonState>(streams::person(owner)?).await?;
        turn.guard(&person);
        for id in person.state.vehicles.keys().filter(|id| **id != note.vehicle) {
            let other = self.load::<VehicleState>(streams::vehicle(id)?).await?;
            let his = other.state.record.as_ref().is_some_and(|record| {
                record.owner.as_ref() == Some(owner) && other.state.span_at(note.occurred_at) == record.span
            });
            if his {
                let key = format!("{}/{id}", note.key);
                let copy = NoteTaken { key, vehicle: id.clone(), ..note.clone() };
                turn.push(&other, Happened::NoteTaken(copy))?;
                self.step_cases(turn, &other, &Step::Deceased, reason, |_| true).await?;
            }
        }
        Ok(())
    }

    /// A person takes over what is open about a vehicle. A recall goes on, and so does the reminder of an appointment.
    async fn person_takes_over(
        &self,
        turn: &mut Turn<'_>,
        vehicle: &Loaded<VehicleState>,
        why: HandOver,
        reason: &str,
    ) -> Result<(), LoopError> {
        let goes = |case: &CaseState| {
            let plan = case.case.as_ref().and_then(|open| self.policies.plans.plan(open.plan()));
            plan.is_some_and(|plan| plan.tone() != Tone::Safety && plan.follows() == Follows::Nothing)
        };
        self.step_cases(turn, vehicle, &Step::HandedToHuman { why }, reason, goes).await
    }

    /// What an answer does to the sequences: a person takes over where a message cannot answer it; else they are silent for
    /// some days, and a person answers meanwhile.
    pub(super) async fn answered(
        &self,
        turn: &mut Turn<'_>,
        contact: &Loaded<ContactState>,
        reply: &ReplyReceived,
    ) -> Result<(), LoopError> {
        let why = self.policies.doors.hand_over(&reply.label);
        if why == Some(HandOver::Angry) {
            return self.angry(turn, contact).await;
        }
        let Some(key) = &reply.touch else { return Ok(()) };
        let case = self.load::<CaseState>(streams::case(&key.case)?).await?;
        let Some((_, opened)) = &case.state.opened else { return Ok(()) };
        let asked = opened.program.as_str() == "mileage_ask";
        if asked && reply.odometer.is_some() {
            return self.step_one(turn, &case, &Step::Settled, "the customer told his mileage").await;
        }
        let several = match self.policies.doors.needs_a_vehicle(&reply.label) {
            Some(days) => self.spoke_of_several(contact, TimeDelta::days(days.into()), turn.now),
            None => false,
        };
        match why.or_else(|| several.then_some(HandOver::SeveralVehicles)) {
            Some(why) => {
                let open = case.state.open().and_then(|open| self.policies.plans.plan(open.plan()));
                let goes_on = open
                    .is_some_and(|plan| plan.tone() == Tone::Safety || plan.follows() != Follows::Nothing);
                let step = if goes_on { Step::Answered } else { Step::HandedToHuman { why } };
                self.step_one(turn, &case, &step, reason_of(why)).await
            }
            None => self.step_one(turn, &case, &Step::Answered, "the customer answered").await,
        }
    }

    /// Anger is about the store: a person takes over what is open about everyone behind the contact point.
    async fn angry(&self, turn: &mut Turn<'_>, contact: &Loaded<ContactState>) -> Result<(), LoopError> {
        let mut vehicles = BTreeSet::new();
        for person in &contact.state.persons {
            let person = self.load::<PersonState>(streams::person(person)?).await?;
            turn.guard(&person);
            vehicles.extend(person.state.vehicles.keys().cloned());
        }
        for id in vehicles {
            let vehicle = self.load::<VehicleState>(streams::vehicle(&id)?).await?;
            let his = vehicle.state.record.as_ref().and_then(|record| record.owner.as_ref());
            if his.is_some_and(|owner| contact.state.persons.contains(owner)) {
                self.person_takes_over(turn, &vehicle, HandOver::Angry, "the customer is angry").await?;
            }
        }
        Ok(())
    }

    /// Whether messages about several vehicles went to a contact point of late.
    fn spoke_of_several(
        &self,
        contact: &Loaded<ContactState>,
        within: TimeDelta,
        now: DateTime<Utc>,
    ) -> bool {
        let mut of_late = contact
            .state
            .touches
            .values()
            .filter(|touch| touch.settled == Some(crate::state::Settled::Sent) && touch.at + within >= now)
            .map(|touch| &touch.cleared.vehicle);
        let first = of_late.next();
        first.is_some_and(|first| of_late.any(|vehicle| vehicle != first))
    }
}

/// What opens a case of one vehicle only: two systems may number alike.
fn of_vehicle(vehicle: &VehicleId, id: &str) -> String {
    format!("{vehicle}/{id}")
}

/// What an inspection recommends, and wants a word on.
fn recommended(inspected: &InspectionCompleted) -> impl Iterator<Item = &InspectedFinding> {
    let open = |found: &&InspectedFinding| {
        found.code != InspectionCode::Green && found.op_code.is_some() && !found.recall
    };
    inspected.findings.iter().filter(open)
}

/// Whether a recommendation has an answer.
fn answered(found: &InspectedFinding, inspected: &InspectionCompleted, vehicle: &VehicleState) -> bool {
    vehicle.answers.iter().any(|answer| {
        answer.line.ro == inspected.ro
            && (answer.finding.as_ref() == Some(&found.id)
                || (found.op_code.is_some() && found.op_code == answer.line.op_code))
    })
}

/// Why a case goes to a person, in words.
const fn reason_of(why: HandOver) -> &'static str {
    match why {
        HandOver::Angry => "the customer is angry",
        HandOver::Complex => "the answer says several things at once",
        HandOver::Price => "the customer objects to the price",
        HandOver::SeveralVehicles => "the answer may be about another of his vehicles",
        HandOver::Asked => "the customer asks for a person",
    }
}
