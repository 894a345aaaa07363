//! What one run did about declined work, counted from its journal.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_closed_loop::{Happened, LoopError, RoClosed};
use fixedops_connectors_traits::Event;
use fixedops_vocab::{
    CaseId, Channel, ContactHash, CustomerId, OpCode, RoId, RoLineId, ServiceId, TouchId, VehicleId,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::simulation::DECLINED_RECOVERY;

/// Revocations that no customer said to a message of ours.
const NOT_AN_ANSWER: [&str; 5] = ["carrier", "copied", "dms_flag", "erasure", "wrong_number"];

/// What a run did about its declined lines and what came of them. Every line is looked at for the same time from its
/// decline on; lines declined too late for that are in `lines_in_run` alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Lines declined in the run.
    pub lines_in_run: u64,
    /// Of them those that could be followed to the end of their time: the base of all below.
    pub lines: u64,
    /// Of these those with a price.
    pub priced: u64,
    /// Their prices.
    pub dollars: Decimal,
    /// Lines whose case wrote or called.
    pub contacted: u64,
    /// Texts.
    pub texts: u64,
    /// E-mails.
    pub emails: u64,
    /// Calls.
    pub calls: u64,
    /// Customers who wanted to hear no more after one of these.
    pub opt_outs: u64,
    /// Lines whose case earned a credit.
    pub recovered: u64,
    /// Dollars of those credits.
    pub recovered_dollars: Decimal,
    /// Lines whose work was done here, whatever brought the car.
    pub came_back: u64,
    /// Dollars of the order lines on which it was done.
    pub came_back_dollars: Decimal,
}

impl Counted {
    /// Texts, e-mails and calls.
    pub const fn touches(&self) -> u64 {
        self.texts.saturating_add(self.emails).saturating_add(self.calls)
    }

    /// Both together.
    pub fn and(&self, other: &Self) -> Self {
        let plus = u64::saturating_add;
        let dollars = Decimal::saturating_add;
        Self {
            lines_in_run: plus(self.lines_in_run, other.lines_in_run),
            lines: plus(self.lines, other.lines),
            priced: plus(self.priced, other.priced),
            dollars: dollars(self.dollars, other.dollars),
            contacted: plus(self.contacted, other.contacted),
            texts: plus(self.texts, other.texts),
            emails: plus(self.emails, other.emails),
            calls: plus(self.calls, other.calls),
            opt_outs: plus(self.opt_outs, other.opt_outs),
            recovered: plus(self.recovered, other.recovered),
            recovered_dollars: dollars(self.recovered_dollars, other.recovered_dollars),
            came_back: plus(self.came_back, other.came_back),
            came_back_dollars: dollars(self.came_back_dollars, other.came_back_dollars),
        }
    }
}

/// A declined line.
struct Declined {
    vehicle: VehicleId,
    price: Option<Decimal>,
    op_code: Option<OpCode>,
    service: Option<ServiceId>,
    at: DateTime<Utc>,
    /// When it was last declined, and when it was approved or put off, if it was.
    last: DateTime<Utc>,
    otherwise: Option<DateTime<Utc>>,
}

impl Declined {
    /// Whether the last answer to it is no.
    fn stands(&self) -> bool {
        self.otherwise.is_none_or(|otherwise| otherwise < self.last)
    }
}

type Line = (RoId, RoLineId);

/// Reads a journal, event by event.
pub struct Counter {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    follow: TimeDelta,
    declined: BTreeMap<Line, Declined>,
    /// The line of each case of the programme.
    cases: BTreeMap<CaseId, Vec<Line>>,
    persons: BTreeMap<CaseId, CustomerId>,
    /// What went out or was to be called, first time, and how.
    touches: BTreeMap<(CaseId, TouchId), (DateTime<Utc>, Channel)>,
    person_of: BTreeMap<ContactHash, CustomerId>,
    wrote_last: BTreeMap<ContactHash, (DateTime<Utc>, CaseId)>,
    called_last: BTreeMap<CustomerId, (DateTime<Utc>, CaseId)>,
    opt_outs: BTreeMap<String, (DateTime<Utc>, CaseId)>,
    orders: BTreeMap<RoId, RoClosed>,
    credits: BTreeMap<Line, (String, Decimal)>,
}

/// Whether a case is of the programme that is compared.
fn is_ours(case: &CaseId) -> bool {
    case.as_str().strip_prefix(DECLINED_RECOVERY).is_some_and(|rest| rest.starts_with('/'))
}

impl Counter {
    /// Counts lines declined from `from` on, each for `follow` from its decline; the run ends at `until`.
    pub const fn new(from: DateTime<Utc>, until: DateTime<Utc>, follow: TimeDelta) -> Self {
        Self {
            from,
            until,
            follow,
            declined: BTreeMap::new(),
            cases: BTreeMap::new(),
            persons: BTreeMap::new(),
            touches: BTreeMap::new(),
            person_of: BTreeMap::new(),
            wrote_last: BTreeMap::new(),
            called_last: BTreeMap::new(),
            opt_outs: BTreeMap::new(),
            orders: BTreeMap::new(),
            credits: BTreeMap::new(),
        }
    }

    /// Takes in the next event.
    ///
    /// # Errors
    /// Where the data of a known type does not read.
    pub fn apply(&mut self, event: &Event) -> Result<(), LoopError> {
        const COUNTED: [&str; 11] = [
            "line_declined",
            "line_approved",
            "line_deferred",
            "case_opened",
            "touch_sent",
            "call_task_opened",
            "contact_linked",
            "consent_revoked",
            "ro_closed",
            "credit_assigned",
            "credit_reversed",
        ];
        if !COUNTED.contains(&event.event_type.as_str()) {
            return Ok(());
        }
        match Happened::read(event)? {
            Some(Happened::LineDeclined(said)) => {
                let line = said.declined;
                // Lines of one order travel in one case.
                if let Some(case) = said.case.filter(is_ours) {
                    let lines = self.cases.entry(case).or_default();
                    let own = (line.ro.clone(), line.line.clone());
                    if !lines.contains(&own) {
                        lines.push(own);
                    }
                }
                let known = self.declined.entry((line.ro, line.line)).or_insert(Declined {
                    vehicle: said.vehicle,
                    price: None,
                    op_code: None,
                    service: None,
                    at: line.declined_at,
                    last: line.declined_at,
                    otherwise: None,
                });
                known.price = line.price.map(|price| price.amount()).or(known.price);
                known.op_code = line.op_code.or(known.op_code.take());
                known.service = line.service.or(known.service.take());
                known.last = known.last.max(line.declined_at);
            }
            Some(Happened::LineApproved(said)) => {
                self.otherwise(said.line.ro, said.line.line, said.occurred_at)
            }
            Some(Happened::LineDeferred(said)) => {
                self.otherwise(said.line.ro, said.line.line, said.occurred_at)
            }
            Some(Happened::CaseOpened(opened)) => {
                self.persons.insert(opened.case, opened.person);
            }
            Some(Happened::TouchSent(sent)) => {
                let about = sent.about;
                if let Some(contact) = about.contact {
                    self.wrote_last.insert(contact, (event.at, about.case.clone()));
                }
                self.touches.entry((about.case, about.touch)).or_insert((event.at, about.channel));
            }
            Some(Happened::CallTaskOpened(task)) => {
                if let Some(person) = self.persons.get(&task.case) {
                    self.called_last.insert(person.clone(), (event.at, task.case.clone()));
                }
                self.touches.entry((task.case, task.touch)).or_insert((event.at, Channel::LiveCall));
            }
            Some(Happened::ContactLinked(linked)) => {
                self.person_of.insert(linked.contact, linked.person);
            }
            Some(Happened::ConsentRevoked(revoked)) if !NOT_AN_ANSWER.contains(&revoked.source.as_str()) => {
                let wrote = self.wrote_last.get(&revoked.contact);
                let called =
                    self.person_of.get(&revoked.contact).and_then(|person| self.called_last.get(person));
                if let Some((_, case)) = wrote.max(called) {
                    self.opt_outs.entry(revoked.key).or_insert((revoked.occurred_at, case.clone()));
                }
            }
            Some(Happened::RoClosed(closed)) => {
                self.orders.insert(closed.ro.clone(), closed);
            }
            Some(Happened::CreditAssigned(credit)) => {
                self.credits.insert((credit.ro, credit.line), (credit.trigger, credit.money.amount()));
            }
            Some(Happened::CreditReversed(credit)) => {
                self.credits.remove(&(credit.ro, credit.line));
            }
            _ => {}
        }
        Ok(())
    }

    fn otherwise(&mut self, ro: RoId, line: RoLineId, at: DateTime<Utc>) {
        if let Some(known) = self.declined.get_mut(&(ro, line)) {
            known.otherwise = known.otherwise.max(Some(at));
        }
    }

    /// What it all came to.
    pub fn finish(&self) -> Counted {
        let mut counted = Counted::default();
        let mut base: BTreeMap<&Line, DateTime<Utc>> = BTreeMap::new();
        let one = |count: &mut u64, when: bool| *count = count.saturating_add(u64::from(when));
        for (line, declined) in self.declined.iter().filter(|(_, line)| line.stands() && line.at >= self.from)
        {
            one(&mut counted.lines_in_run, true);
            let Some(end) = declined.at.checked_add_signed(self.follow).filter(|end| *end <= self.until)
            else {
                continue;
            };
            base.insert(line, end);
            one(&mut counted.lines, true);
            one(&mut counted.priced, declined.price.is_some());
            counted.dollars = counted.dollars.saturating_add(declined.price.unwrap_or_default());
        }
        // The lines of a case, as long as they are looked at.
        let of = |case: &CaseId, at: DateTime<Utc>| {
            let lines = self.cases.get(case).map(Vec::as_slice).unwrap_or_default();
            let looked_at = lines.iter().filter(|line| base.get(line).is_some_and(|end| at <= *end));
            looked_at.collect::<Vec<&Line>>()
        };
        let mut contacted = BTreeSet::new();
        for ((case, _), (at, channel)) in &self.touches {
            // One message speaks of every line of its case.
            let lines = of(case, *at);
            if lines.is_empty() {
                continue;
            }
            contacted.extend(lines);
            one(&mut counted.texts, matches!(channel, Channel::Sms | Channel::Mms));
            one(&mut counted.emails, *channel == Channel::Email);
            one(&mut counted.calls, !matches!(channel, Channel::Sms | Channel::Mms | Channel::Email));
        }
        counted.contacted = many(contacted.len());
        counted.opt_outs =
            many(self.opt_outs.values().filter(|(at, case)| !of(case, *at).is_empty()).count());
        let mut recovered = BTreeSet::new();
        for ((ro, _), (trigger, amount)) in &self.credits {
            let Some(order) = self.orders.get(ro) else { continue };
            // A declined line is named behind the case in which it travels.
            let Some((case, number)) = trigger.rsplit_once('#') else { continue };
            let Ok(case) = case.parse::<CaseId>() else { continue };
            let lines = of(&case, order.occurred_at);
            let Some(line) = lines.into_iter().find(|line| line.1.as_str() == number) else { continue };
            recovered.insert(line);
            counted.recovered_dollars = counted.recovered_dollars.saturating_add(*amount);
        }
        counted.recovered = many(recovered.len());
        self.came_back(&base, &mut counted);
        counted
    }

    /// Lines whose work stands on a later order of the vehicle; an order line on which several of them were done counts
    /// once in dollars.
    fn came_back(&self, base: &BTreeMap<&Line, DateTime<Utc>>, counted: &mut Counted) {
        let mut orders: BTreeMap<&VehicleId, Vec<&RoClosed>> = BTreeMap::new();
        for order in self.orders.values().filter(|order| !order.voided) {
            orders.entry(&order.vehicle).or_default().push(order);
        }
        let mut done: BTreeMap<(&RoId, &RoLineId), Decimal> = BTreeMap::new();
        for (line, end) in base {
            let Some(declined) = self.declined.get(*line) else { continue };
            let later = orders.get(&declined.vehicle).into_iter().flatten().filter(|order| {
                order.ro != line.0 && order.opened_at > declined.at && order.occurred_at <= *end
            });
            let mut back = false;
            for order in later {
                for work in &order.lines {
                    let same_code = declined.op_code.is_some() && work.op_code == declined.op_code;
                    let same_service = declined.service.is_some() && work.service == declined.service;
                    if (same_code || same_service) && work.money.amount() > Decimal::ZERO {
                        back = true;
                        done.insert((&order.ro, &work.line), work.money.amount());
                    }
                }
            }
            counted.came_back = counted.came_back.saturating_add(u64::from(back));
        }
        counted.came_back_dollars = done.values().copied().fold(Decimal::ZERO, Decimal::saturating_add);
    }
}

fn many(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
