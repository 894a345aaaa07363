//! Events in, one by one; rows out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{AppointmentStatus, Event};
use fixedops_vocab::{
    AppointmentId, CaseId, ContactHash, CrossingId, CustomerId, Mileage, OwnershipSpan, PolicyVersion,
    Purpose, SellerId, TouchId, VehicleId,
};

use super::{
    CallListed, ClickAppointment, ClickReason, ClickReply, ClickReport, ClickRow, Ended, Lead, Tried,
};
use crate::fold::Fold;
use crate::state::{ContactState, Reach};
use crate::{CaseOpened, Doors, Figure, Happened, LoopError, Medium, ThresholdCrossed, VehicleRecorded};

/// A base under this is marked.
const SMALL_BASE: u64 = 30;
/// The programme that follows a click up; its cases are named after the case that was clicked in.
const FOLLOW_UP: &str = "click_follow_up";

/// Reads a partition of a journal, event by event, and keeps what a [`ClickReport`] is made of.
///
/// What it keeps grows with cases, vehicles and contact points, not with events.
///
/// ```
/// use fixedops_closed_loop::Doors;
/// use fixedops_closed_loop::clicks::ClickReportBuilder;
/// let as_of = "2026-12-01T00:00:00Z".parse()?;
/// let report = ClickReportBuilder::new("north".parse()?, as_of, &Doors::shipped()).finish();
/// assert!(report.rows.is_empty());
/// assert_eq!(report.figures[0].value.map(|value| value.to_string()), Some("0".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ClickReportBuilder {
    seller: SellerId,
    as_of: DateTime<Utc>,
    policy: PolicyVersion,
    human_percent: u8,
    events: u64,
    last_position: u64,
    cars: BTreeMap<VehicleId, Car>,
    contacts: BTreeMap<ContactHash, ContactState>,
    telephones: BTreeMap<CustomerId, BTreeSet<ContactHash>>,
    erased: BTreeSet<CustomerId>,
    crossings: BTreeMap<CrossingId, ThresholdCrossed>,
    /// The crossing a case last spoke of, where it was crossed once more.
    crossing_of: BTreeMap<CaseId, CrossingId>,
    cases: BTreeMap<CaseId, Case>,
}

#[derive(Debug, Default)]
struct Car {
    record: Option<VehicleRecorded>,
    mileage: Option<Mileage>,
    visits: Vec<DateTime<Utc>>,
    appointments: BTreeMap<AppointmentId, ClickAppointment>,
}

/// A case and what was tried in it.
#[derive(Debug)]
struct Case {
    opened: CaseOpened,
    contacts: BTreeMap<TouchId, ContactHash>,
    tried: BTreeMap<TouchId, Tried>,
    calls: BTreeMap<TouchId, CallListed>,
    openings: Vec<Opening>,
    replies: Vec<ClickReply>,
    ended: Option<Ended>,
}

#[derive(Debug)]
struct Opening {
    touch: TouchId,
    at: DateTime<Utc>,
    percent: u8,
}

impl ClickReportBuilder {
    /// A builder for the journal of `seller`, as of an instant.
    #[must_use]
    pub fn new(seller: SellerId, as_of: DateTime<Utc>, doors: &Doors) -> Self {
        Self {
            seller,
            as_of,
            policy: doors.version().clone(),
            human_percent: doors.click().human_percent,
            events: 0,
            last_position: 0,
            cars: BTreeMap::new(),
            contacts: BTreeMap::new(),
            telephones: BTreeMap::new(),
            erased: BTreeSet::new(),
            crossings: BTreeMap::new(),
            crossing_of: BTreeMap::new(),
            cases: BTreeMap::new(),
        }
    }

    /// Takes in the next event. One recorded after the instant of the report is passed over.
    ///
    /// # Errors
    /// [`LoopError`] of kind corrupt where the data of a known type does not read. The event is then not counted.
    pub fn apply(&mut self, event: &Event) -> Result<(), LoopError> {
        if event.at > self.as_of {
            return Ok(());
        }
        let happened = Happened::read(event)?;
        self.events = self.events.saturating_add(1);
        self.last_position = event.position;
        if let Some(happened) = happened {
            self.take_in(event, happened);
        }
        Ok(())
    }

    fn case(&mut self, case: &CaseId) -> Option<&mut Case> {
        self.cases.get_mut(case)
    }

    fn car(&mut self, vehicle: &VehicleId) -> &mut Car {
        self.cars.entry(vehicle.clone()).or_default()
    }

    #[allow(clippy::too_many_lines, reason = "one arm for each type of event")]
    fn take_in(&mut self, event: &Event, happened: Happened) {
        match happened {
            Happened::VehicleRecorded(record) => {
                let vehicle = record.vehicle.clone();
                self.car(&vehicle).record = Some(record);
            }
            Happened::VehicleAssessed(assessed) => {
                if let Ok(vehicle) = event.stream.id().parse() {
                    self.car(&vehicle).mileage = Some(assessed.mileage);
                }
            }
            Happened::ContactLinked(linked) => {
                if linked.medium == Medium::Phone {
                    self.telephones.entry(linked.person.clone()).or_default().insert(linked.contact);
                }
                let contact = self.contacts.entry(linked.contact).or_default();
                contact.apply(event, Happened::ContactLinked(linked));
            }
            Happened::ConsentGranted(granted) => {
                let contact = self.contacts.entry(granted.contact).or_default();
                contact.apply(event, Happened::ConsentGranted(granted));
            }
            Happened::ConsentRevoked(revoked) => {
                let contact = self.contacts.entry(revoked.contact).or_default();
                contact.apply(event, Happened::ConsentRevoked(revoked));
            }
            Happened::PersonErased(erased) => {
                self.erased.insert(erased.person);
            }
            Happened::ThresholdCrossed(crossed) => {
                self.crossings.insert(crossed.crossing.clone(), crossed);
            }
            Happened::CrossingResolved(resolved) => {
                if let Some(again) = resolved.again {
                    if let Some(case) = &again.case {
                        self.crossing_of.insert(case.clone(), again.crossing.clone());
                    }
                    self.crossings.insert(again.crossing.clone(), *again);
                }
            }
            Happened::CaseOpened(opened) => {
                let case = Case {
                    contacts: BTreeMap::new(),
                    tried: BTreeMap::new(),
                    calls: BTreeMap::new(),
                    openings: Vec::new(),
                    replies: Vec::new(),
                    ended: None,
                    opened,
                };
                self.cases.insert(case.opened.case.clone(), case);
            }
            Happened::TouchSent(sent) => {
                let about = sent.about;
                if let Some(case) = self.case(&about.case) {
                    if let Some(contact) = about.contact {
                        case.contacts.insert(about.touch.clone(), contact);
                    }
                    case.tried.entry(about.touch.clone()).or_insert(Tried {
                        case: about.case,
                        touch: about.touch,
                        channel: about.channel,
                        at: event.at,
                        delivered: None,
                    });
                }
            }
            Happened::DeliveryReported(report) => {
                if let Some(tried) =
                    self.case(&report.case).and_then(|case| case.tried.get_mut(&report.touch))
                {
                    tried.delivered = Some(report.delivered || tried.delivered == Some(true));
                }
            }
            Happened::CallTaskOpened(call) => {
                if let Some(case) = self.case(&call.case) {
                    case.calls.insert(
                        call.touch.clone(),
                        CallListed {
                            case: call.case,
                            touch: call.touch,
                            at: event.at,
                            slot: call.slot,
                            withdrawn: false,
                        },
                    );
                }
            }
            Happened::CallTaskWithdrawn(call) => {
                if let Some(listed) = self.case(&call.case).and_then(|case| case.calls.get_mut(&call.touch)) {
                    listed.withdrawn = true;
                }
            }
            Happened::LinkOpened(opened) => {
                if let Some(case) = self.case(&opened.case) {
                    case.openings.push(Opening {
                        touch: opened.touch,
                        at: opened.occurred_at,
                        percent: opened.human_percent,
                    });
                }
            }
            Happened::ReplyReceived(reply) => {
                if let Some(case) = reply.touch.as_ref().and_then(|key| self.cases.get_mut(&key.case)) {
                    case.replies.push(ClickReply { at: reply.occurred_at, label: reply.label });
                }
            }
            Happened::AppointmentSet(set) => {
                let appointments = &mut self.car(&set.vehicle).appointments;
                let known = appointments.entry(set.appointment.clone()).or_insert(ClickAppointment {
                    appointment: set.appointment,
                    set_at: set.occurred_at,
                    starts_at: set.starts_at,
                    standing: String::new(),
                });
                known.starts_at = set.starts_at;
                "set".clone_into(&mut known.standing);
            }
            Happened::AppointmentShown(shown) => {
                if let Some(known) = self.car(&shown.vehicle).appointments.get_mut(&shown.appointment) {
                    "shown".clone_into(&mut known.standing);
                }
            }
            Happened::AppointmentMissed(missed) => {
                if let Some(known) = self.car(&missed.vehicle).appointments.get_mut(&missed.appointment) {
                    let cancelled = missed.status == AppointmentStatus::Cancelled;
                    (if cancelled { "cancelled" } else { "no_show" }).clone_into(&mut known.standing);
                }
            }
            Happened::RoOpened(opened) => self.car(&opened.vehicle).visits.push(opened.occurred_at),
            Happened::RoClosed(closed) if !closed.voided => {
                self.car(&closed.vehicle).visits.push(closed.opened_at);
            }
            Happened::CaseClosed(closed) => {
                if let Some(case) = self.case(&closed.case) {
                    case.ended = Some(Ended { at: event.at, closure: closed.closure, reason: closed.reason });
                }
            }
            _ => {}
        }
    }

    /// The report of what was taken in.
    #[must_use]
    pub fn finish(self) -> ClickReport {
        let mut rows: Vec<ClickRow> = Vec::new();
        let (mut opened, mut machines) = (0_u64, 0_u64);
        for (id, case) in &self.cases {
            if case.openings.is_empty() || self.erased.contains(&case.opened.person) {
                continue;
            }
            opened += 1;
            // A click in the text that follows a click up is the same lead: it stands in the row of the first.
            if self.followed_up(id).is_some_and(|first| self.row(first).is_some()) {
                continue;
            }
            match self.row(id) {
                Some(row) => rows.push(row),
                None => machines += 1,
            }
        }
        let open = |row: &ClickRow| matches!(row.standing, Lead::Waiting | Lead::CallListed);
        rows.sort_by(|a, b| {
            (!open(a), a.standing, a.clicked_at, &a.case).cmp(&(!open(b), b.standing, b.clicked_at, &b.case))
        });
        let count = |of: &dyn Fn(&ClickRow) -> bool| {
            u64::try_from(rows.iter().filter(|row| of(row)).count()).unwrap_or(u64::MAX)
        };
        let clicked = count(&|_| true);
        let figures = vec![
            Figure::count(
                "clicks.clicked",
                "Clicked by a person",
                clicked,
                "Cases in which a person opened the link of a message; a click in the text that follows a click up belongs to the first.",
            )
            .over(None, opened, "cases in which a link was opened", SMALL_BASE),
            Figure::count(
                "clicks.machines_only",
                "Opened by machines only",
                machines,
                "Cases in which links were opened, but never by what looks like a person: scanners and previews. They are no leads.",
            )
            .over(None, opened, "cases in which a link was opened", SMALL_BASE),
            Figure::rate(
                "clicks.answered",
                "Answered",
                count(&|row| row.answered),
                clicked,
                "cases a person clicked in",
                "The car had an appointment still to come or got one after the click, it came in, the customer answered, or he said that he wants no more.",
                SMALL_BASE,
            ),
            Figure::count(
                "clicks.waiting",
                "Waiting",
                count(&|row| open(row)),
                "Nothing came after the click yet, and the case is not over.",
            )
            .over(None, clicked, "cases a person clicked in", SMALL_BASE),
            Figure::count(
                "clicks.call_listed",
                "Of them with a call on an advisor's list",
                count(&|row| row.standing == Lead::CallListed),
                "Whether he called is not in the journal.",
            )
            .over(None, count(&|row| open(row)), "leads that wait", SMALL_BASE),
        ];
        ClickReport {
            format: "clicks/1".to_owned(),
            seller: self.seller,
            until: self.as_of,
            events: self.events,
            last_position: self.last_position,
            policy: self.policy,
            human_percent: self.human_percent,
            figures,
            rows,
        }
    }

    /// The case whose click this one follows up.
    fn followed_up(&self, case: &CaseId) -> Option<&CaseId> {
        let first = case.as_str().strip_prefix(FOLLOW_UP)?.strip_prefix('/')?;
        self.cases.get_key_value(&first.parse::<CaseId>().ok()?).map(|(first, _)| first)
    }

    /// The row of a case that a person clicked in.
    fn row(&self, id: &CaseId) -> Option<ClickRow> {
        let case = self.cases.get(id)?;
        let human = |opening: &&Opening| opening.percent >= self.human_percent;
        let mut clicks: Vec<&Opening> = case.openings.iter().filter(human).collect();
        let (first_touch, clicked_at) =
            clicks.iter().min_by_key(|click| click.at).map(|click| (click.touch.clone(), click.at))?;
        let follow_up = CaseId::new(format!("{FOLLOW_UP}/{id}")).ok();
        let follow_up = follow_up.and_then(|follow_up| self.cases.get(&follow_up));
        clicks.extend(follow_up.iter().flat_map(|case| case.openings.iter().filter(human)));
        let both = || std::iter::once(case).chain(follow_up);
        let mut tried: Vec<Tried> = both().flat_map(|case| case.tried.values().cloned()).collect();
        tried.sort_by(|a, b| (a.at, &a.case, &a.touch).cmp(&(b.at, &b.case, &b.touch)));
        let mut calls: Vec<CallListed> = both().flat_map(|case| case.calls.values().cloned()).collect();
        calls.sort_by(|a, b| (a.at, &a.case, &a.touch).cmp(&(b.at, &b.case, &b.touch)));
        let after = |at: &DateTime<Utc>| *at > clicked_at;
        let none = Car::default();
        let opened = &case.opened;
        let car = self.cars.get(&opened.vehicle).unwrap_or(&none);
        // Who had one before, and still has it, has an answer already.
        let set = car
            .appointments
            .values()
            .filter(|set| after(&set.set_at) || (after(&set.starts_at) && set.standing != "cancelled"));
        let appointment = set.min_by_key(|set| (set.set_at, &set.appointment)).cloned();
        let came_at = car.visits.iter().filter(|at| after(at)).min().copied();
        let replies = both().flat_map(|case| &case.replies).filter(|reply| after(&reply.at));
        let reply = replies.max_by_key(|reply| reply.at).cloned();
        let same_owner =
            car.record.as_ref().is_some_and(|record| is_his(record, opened.span, &opened.person));
        let no_more =
            case.ended.as_ref().is_some_and(|ended| ended.closure == fixedops_recovery::Closure::OptedOut);
        let booked = appointment.as_ref().is_some_and(|set| set.standing == "set");
        let over = case.ended.is_some() && follow_up.is_none_or(|case| case.ended.is_some());
        let standing = match () {
            () if !same_owner || no_more => Lead::LeaveAlone,
            () if came_at.is_some() => Lead::Came,
            () if booked => Lead::Booked,
            () if reply.is_some() => Lead::Replied,
            () if over => Lead::Over,
            () if calls.iter().any(|call| !call.withdrawn && after(&call.at)) => Lead::CallListed,
            () => Lead::Waiting,
        };
        let telephones = self.telephones.get(&opened.person);
        let bound = |contact: &ContactHash| {
            self.contacts
                .get(contact)
                .is_none_or(|contact| contact.binds_now(Purpose::Marketing, &opened.vehicle, Reach::Call))
        };
        Some(ClickRow {
            standing,
            answered: appointment.is_some() || came_at.is_some() || reply.is_some() || no_more,
            person: opened.person.clone(),
            contact: case.contacts.get(&first_touch).copied(),
            vehicle: opened.vehicle.clone(),
            vehicle_name: car.record.as_ref().map(|record| record.name.clone()).unwrap_or_default(),
            reason: self.reason(id, opened, car),
            clicked_at,
            last_click_at: clicks.iter().map(|click| click.at).max().unwrap_or(clicked_at),
            clicks: u64::try_from(clicks.len()).unwrap_or(u64::MAX),
            human_percent: clicks.iter().map(|click| click.percent).max().unwrap_or_default(),
            tried,
            calls,
            appointment,
            came_at,
            reply,
            not_by_telephone: telephones.is_none_or(|telephones| telephones.iter().all(bound)),
            case: id.clone(),
            ended: case.ended.clone(),
        })
    }

    fn reason(&self, id: &CaseId, opened: &CaseOpened, car: &Car) -> ClickReason {
        let crossing = self.crossing_of.get(id).or(opened.crossing.as_ref());
        let crossed = crossing.and_then(|crossing| self.crossings.get(crossing));
        let declined: Vec<String> = opened.declined.iter().map(|line| line.name.clone()).collect();
        let words = match (crossed, declined.is_empty()) {
            (Some(crossed), _) => crossed.reason.clone(),
            (None, false) => format!("declined earlier: {}", declined.join(", ")),
            (None, true) => opened.program.as_str().replace('_', " "),
        };
        ClickReason {
            program: opened.program.clone(),
            services: opened.services.clone(),
            declined,
            due_miles: crossed.and_then(|crossed| crossed.due_miles),
            due_on: crossed.and_then(|crossed| crossed.due_on),
            mileage: crossed.and_then(|crossed| crossed.mileage),
            mileage_now: car.mileage,
            words,
        }
    }
}

fn is_his(record: &VehicleRecorded, span: OwnershipSpan, person: &CustomerId) -> bool {
    record.span == span && record.owner.as_ref() == Some(person)
}
