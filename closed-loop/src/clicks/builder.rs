//! Events in, one by one; rows out.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixedops_connectors_traits::Event;
use fixedops_consent::ReplyLabel;
use fixedops_recovery::Closure;
use fixedops_vocab::{
    CaseId, ContactHash, CrossingId, CustomerId, OwnershipSpan, PolicyVersion, ProgramId, Purpose, SellerId,
    TouchId, VehicleId,
};

use super::car::{Car, Orders, Visits};
use super::lead::{Lead, Since};
use super::{CallListed, ClickReason, ClickReply, ClickReport, ClickRow, Ended, OtherClicks, Tried};
use crate::fold::Fold;
use crate::scorecard::NOT_AN_ANSWER;
use crate::state::{ContactState, Reach};
use crate::{
    CaseOpened, ConsentRevoked, Doors, Figure, Happened, LoopError, Medium, ThresholdCrossed, VehicleRecorded,
};

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
    programs: BTreeSet<ProgramId>,
    events: u64,
    last_position: u64,
    cars: BTreeMap<VehicleId, Car>,
    orders: Orders,
    contacts: BTreeMap<ContactHash, ContactState>,
    points: BTreeMap<CustomerId, BTreeMap<ContactHash, Medium>>,
    /// When a customer himself said on a contact point that he wants no more.
    said_no_more: BTreeMap<ContactHash, BTreeSet<DateTime<Utc>>>,
    /// Answers that the number is another's: what they take back is taken back by nobody who was written to.
    wrong_numbers: BTreeSet<(ContactHash, DateTime<Utc>)>,
    erased: BTreeSet<CustomerId>,
    crossings: BTreeMap<CrossingId, ThresholdCrossed>,
    /// The crossing a case last spoke of, where it was crossed once more.
    crossing_of: BTreeMap<CaseId, CrossingId>,
    cases: BTreeMap<CaseId, Case>,
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
            programs: doors.click().programs.clone(),
            events: 0,
            last_position: 0,
            cars: BTreeMap::new(),
            orders: Orders::default(),
            contacts: BTreeMap::new(),
            points: BTreeMap::new(),
            said_no_more: BTreeMap::new(),
            wrong_numbers: BTreeSet::new(),
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

    /// Whether a customer himself took consent back, on this contact point: no list, no carrier, no stranger.
    fn is_his_word(&self, revoked: &ConsentRevoked) -> bool {
        let wrong_number = self.wrong_numbers.contains(&(revoked.contact, revoked.occurred_at));
        !wrong_number && !NOT_AN_ANSWER.contains(&revoked.source.as_str())
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
                self.points.entry(linked.person.clone()).or_default().insert(linked.contact, linked.medium);
                let contact = self.contacts.entry(linked.contact).or_default();
                contact.apply(event, Happened::ContactLinked(linked));
            }
            Happened::ConsentGranted(granted) => {
                let contact = self.contacts.entry(granted.contact).or_default();
                contact.apply(event, Happened::ConsentGranted(granted));
            }
            Happened::ConsentRevoked(revoked) => {
                if self.is_his_word(&revoked) {
                    self.said_no_more.entry(revoked.contact).or_default().insert(revoked.occurred_at);
                }
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
            Happened::ReplyReceived(reply) if reply.label == ReplyLabel::WrongNumber.as_str() => {
                self.wrong_numbers.insert((reply.contact, reply.occurred_at));
            }
            Happened::ReplyReceived(reply) => {
                if let Some(case) = reply.touch.as_ref().and_then(|key| self.cases.get_mut(&key.case)) {
                    case.replies.push(ClickReply { at: reply.occurred_at, label: reply.label });
                }
            }
            Happened::AppointmentSet(set) => self.car(&set.vehicle).set(&set),
            Happened::AppointmentShown(shown) => self.car(&shown.vehicle).shown(&shown),
            Happened::AppointmentMissed(missed) => self.car(&missed.vehicle).missed(&missed),
            Happened::RoOpened(opened) => {
                let record = self.cars.get(&opened.vehicle).and_then(|car| car.record.as_ref());
                self.orders.opened(&opened, record.map(|record| record.span));
            }
            Happened::RoClosed(closed) => self.orders.closed(&closed),
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
        let visits = self.orders.visits();
        let mut rows: Vec<ClickRow> = Vec::new();
        let mut others: BTreeMap<&ProgramId, u64> = BTreeMap::new();
        let mut machines = 0_u64;
        for (id, case) in &self.cases {
            // A click in the text that follows a click up is the same lead: it stands in the row of the first.
            if self.erased.contains(&case.opened.person) || self.followed_up(id).is_some() {
                continue;
            }
            let follow_up = self.follow_up(id);
            let mut openings = core::iter::once(case).chain(follow_up).flat_map(|case| &case.openings);
            if openings.clone().next().is_none() {
                continue;
            }
            if !openings.any(|opening| opening.percent >= self.human_percent) {
                machines += 1;
            } else if !self.programs.contains(&case.opened.program) {
                *others.entry(&case.opened.program).or_default() += 1;
            } else {
                rows.extend(self.row(id, case, follow_up, &visits));
            }
        }
        rows.sort_by(|a, b| {
            let key = |row: &ClickRow| (!row.standing.waits(), row.standing, row.clicked_at);
            key(a).cmp(&key(b)).then_with(|| a.case.cmp(&b.case))
        });
        let figures = figures(&rows, others.values().sum(), machines);
        let others =
            others.into_iter().map(|(program, cases)| OtherClicks { program: program.clone(), cases });
        ClickReport {
            format: "clicks/2".to_owned(),
            others: others.collect(),
            seller: self.seller,
            until: self.as_of,
            events: self.events,
            last_position: self.last_position,
            policy: self.policy,
            human_percent: self.human_percent,
            programs: self.programs,
            figures,
            rows,
        }
    }

    /// The case whose click this one follows up.
    fn followed_up(&self, case: &CaseId) -> Option<&CaseId> {
        let first = case.as_str().strip_prefix(FOLLOW_UP)?.strip_prefix('/')?;
        self.cases.get_key_value(&first.parse::<CaseId>().ok()?).map(|(first, _)| first)
    }

    /// The case that follows up the click in this one.
    fn follow_up(&self, case: &CaseId) -> Option<&Case> {
        self.cases.get(&CaseId::new(format!("{FOLLOW_UP}/{case}")).ok()?)
    }

    /// The row of a case that a person clicked in, with the case that follows the click up.
    fn row(
        &self,
        id: &CaseId,
        case: &Case,
        follow_up: Option<&Case>,
        visits: &Visits<'_>,
    ) -> Option<ClickRow> {
        let both = || core::iter::once(case).chain(follow_up);
        let openings = both().flat_map(|case| case.openings.iter().map(move |opening| (case, opening)));
        let clicks: Vec<(&Case, &Opening)> =
            openings.filter(|(_, opening)| opening.percent >= self.human_percent).collect();
        let (clicked_in, first) = clicks.iter().min_by_key(|(_, click)| click.at)?;
        let clicked_at = first.at;
        let mut tried: Vec<Tried> = both().flat_map(|case| case.tried.values().cloned()).collect();
        tried.sort_by(|a, b| (a.at, &a.case, &a.touch).cmp(&(b.at, &b.case, &b.touch)));
        let mut calls: Vec<CallListed> = both().flat_map(|case| case.calls.values().cloned()).collect();
        calls.sort_by(|a, b| (a.at, &a.case, &a.touch).cmp(&(b.at, &b.case, &b.touch)));
        let none = Car::default();
        let opened = &case.opened;
        let car = self.cars.get(&opened.vehicle).unwrap_or(&none);
        let booked = car.booked_after(clicked_at, opened.span);
        let visited = visits.after(&opened.vehicle, clicked_at, opened.span);
        let came_at = visited.into_iter().chain(booked.kept_at).min();
        let replies = both().flat_map(|case| &case.replies).filter(|reply| reply.at > clicked_at);
        let reply = replies.max_by_key(|reply| reply.at).cloned();
        let his = car.record.as_ref().is_some_and(|record| is_his(record, opened.span, &opened.person));
        let silenced =
            both().filter_map(|case| case.ended.as_ref()).any(|ended| ended.closure == Closure::OptedOut);
        let since = Since {
            came: came_at.is_some(),
            said_no_more: silenced && self.said_no_more_after(&opened.person, clicked_at),
            leave_alone: silenced || !his,
            appointment: booked.stands,
            replied_at: reply.as_ref().map(|reply| reply.at),
            fell_away_at: booked.fell_away_at,
            over: both().all(|case| case.ended.is_some()),
            call_listed: calls.iter().any(|call| !call.withdrawn && call.at > clicked_at),
        };
        let standing = since.stands();
        Some(ClickRow {
            standing,
            answered: standing.is_answer(),
            person: opened.person.clone(),
            contact: clicked_in.contacts.get(&first.touch).copied(),
            vehicle: opened.vehicle.clone(),
            vehicle_name: car.record.as_ref().map(|record| record.name.clone()).unwrap_or_default(),
            reason: self.reason(id, opened, car),
            clicked_at,
            last_click_at: clicks.iter().map(|(_, click)| click.at).max().unwrap_or(clicked_at),
            clicks: u64::try_from(clicks.len()).unwrap_or(u64::MAX),
            human_percent: clicks.iter().map(|(_, click)| click.percent).max().unwrap_or_default(),
            tried,
            calls,
            appointment: booked.appointment,
            came_at,
            reply,
            not_by_telephone: self.not_by_telephone(opened),
            case: id.clone(),
            ended: case.ended.clone(),
        })
    }

    /// Whether a customer said after a click, on any of his contact points, that he wants no more.
    fn said_no_more_after(&self, person: &CustomerId, click: DateTime<Utc>) -> bool {
        let points = self.points.get(person).into_iter().flat_map(BTreeMap::keys);
        points.filter_map(|point| self.said_no_more.get(point)).flatten().any(|at| *at > click)
    }

    /// Whether a revocation in force stands against calls on every telephone of his that is known, or none is known.
    fn not_by_telephone(&self, opened: &CaseOpened) -> bool {
        let points = self.points.get(&opened.person).into_iter().flatten();
        let mut telephones = points.filter(|(_, medium)| **medium == Medium::Phone);
        telephones.all(|(point, _)| {
            self.contacts
                .get(point)
                .is_none_or(|contact| contact.binds_now(Purpose::Marketing, &opened.vehicle, Reach::Call))
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

/// What the rows come to.
fn figures(rows: &[ClickRow], others: u64, machines: u64) -> Vec<Figure> {
    const OPENED: &str = "cases in which a link was opened";
    let count = |of: fn(Lead) -> bool| {
        u64::try_from(rows.iter().filter(|row| of(row.standing)).count()).unwrap_or(u64::MAX)
    };
    let clicked = count(|_| true);
    let opened = clicked.saturating_add(others).saturating_add(machines);
    vec![
        Figure::count(
            "clicks.clicked",
            "Clicked by a person",
            clicked,
            "Cases in which a person opened the link of a message, of the programs whose click says that somebody wants to book. These are the leads; a click in the text that follows a click up belongs to the first.",
        )
        .over(None, opened, OPENED, SMALL_BASE),
        Figure::count(
            "clicks.other_programs",
            "Clicked by a person in other messages",
            others,
            "Cases of other programs in which a person opened a link: an inspection, an appointment or a question has its own answer. They are no leads, and stand in no row.",
        )
        .over(None, opened, OPENED, SMALL_BASE),
        Figure::count(
            "clicks.machines_only",
            "Opened by machines only",
            machines,
            "Cases in which links were opened, but never by what looks like a person: scanners and previews. They are no leads.",
        )
        .over(None, opened, OPENED, SMALL_BASE),
        Figure::rate(
            "clicks.answered",
            "Answered",
            count(Lead::is_answer),
            clicked,
            "leads",
            "After the click the car came in, has an appointment that stands, the customer answered and has missed or called off no appointment since, or he said himself that he wants no more.",
            SMALL_BASE,
        ),
        Figure::count(
            "clicks.waiting",
            "Waiting",
            count(Lead::waits),
            "None of that, and the case is not over: nothing came after the click, or what came fell away.",
        )
        .over(None, clicked, "leads", SMALL_BASE),
        Figure::count(
            "clicks.call_listed",
            "Of them with a call on an advisor's list",
            count(|lead| lead == Lead::CallListed),
            "Whether he called is not in the journal.",
        )
        .over(None, count(Lead::waits), "leads that wait", SMALL_BASE),
    ]
}

fn is_his(record: &VehicleRecorded, span: OwnershipSpan, person: &CustomerId) -> bool {
    record.span == span && record.owner.as_ref() == Some(person)
}
