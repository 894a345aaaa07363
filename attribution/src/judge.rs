//! The rule itself: what one trigger can claim of one repair order. Nothing here knows of any other trigger.

use core::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::{Currency, Money, PayType};
use rust_decimal::Decimal;

use crate::policy::{Initiation, Rules, Tie};
use crate::trigger::{AppointmentFact, Delivery, TouchFact};
use crate::{Evidence, Reason, RepairOrder, RoLine, Trigger};

/// What a trigger holds up for a line: its best rung, and what settles a tie.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Claim {
    /// The trigger.
    pub trigger: String,
    /// Its rung.
    pub evidence: Evidence,
    /// The touch that counts in a tie: the last or the first one behind the rung, as the policy says.
    pub touched_at: DateTime<Utc>,
    /// When the trigger arose; settles a tie of touches, the earlier one winning, then the lesser id.
    pub opened_at: DateTime<Utc>,
}

impl Claim {
    /// `Less` where this claim is the better one. Total: two claims are equal only if they are one trigger's.
    pub(crate) fn compare(&self, other: &Self, rules: &Rules) -> Ordering {
        let tie = if self.evidence.is_booked() { rules.booked_tie } else { rules.response_tie };
        let touched = match tie {
            Tie::LastTouch => other.touched_at.cmp(&self.touched_at),
            Tie::FirstTouch => self.touched_at.cmp(&other.touched_at),
        };
        self.evidence
            .cmp(&other.evidence)
            .then(touched)
            .then_with(|| self.opened_at.cmp(&other.opened_at))
            .then_with(|| self.trigger.cmp(&other.trigger))
    }
}

/// Why no line of this order can be credited, if so.
pub(crate) fn unfit(order: &RepairOrder, rules: &Rules) -> Option<Reason> {
    let mut ids: Vec<_> = order.lines.iter().map(|line| &line.line).collect();
    ids.sort();
    let lines = ids.len();
    ids.dedup();
    if ids.len() < lines {
        return Some(Reason::ConflictingRecords);
    }
    if order.voided {
        return Some(Reason::Voided);
    }
    if rules.excluded_departments.contains(&order.department) {
        return Some(Reason::ExcludedDepartment);
    }
    match order.closed_at {
        None => Some(Reason::StillOpen),
        Some(closed) if closed < order.opened_at => Some(Reason::ClosedBeforeOpened),
        Some(_) => None,
    }
}

/// Why this line of a fit order can never be credited, if so.
pub(crate) fn uncreditable(line: &RoLine) -> Option<Reason> {
    if line.pay_type != PayType::CustomerPay {
        Some(Reason::NotCustomerPay)
    } else if line.amount.amount() <= Decimal::ZERO {
        Some(Reason::NotPositive)
    } else {
        None
    }
}

/// Customer-pay dollars of an order by currency, discounts taken off.
pub(crate) fn customer_pay(order: &RepairOrder) -> BTreeMap<Currency, Decimal> {
    let mut totals = BTreeMap::new();
    for line in order.lines.iter().filter(|line| line.pay_type == PayType::CustomerPay) {
        let total = totals.entry(line.amount.currency()).or_insert(Decimal::ZERO);
        *total = total.saturating_add(line.amount.amount());
    }
    totals
}

/// The dollars of `line` that can be credited once `credited_before` is spoken for: its amount, or what the discounts
/// on the order leave of it. `None` where nothing is left.
pub(crate) fn payable(order: &RepairOrder, line: &RoLine, credited_before: Decimal) -> Option<Money> {
    let currency = line.amount.currency();
    let net = customer_pay(order).get(&currency).copied().unwrap_or(Decimal::ZERO);
    let left = net.saturating_sub(credited_before);
    let amount = line.amount.amount().min(left);
    if amount <= Decimal::ZERO { None } else { Money::new(amount, currency).ok() }
}

/// Whether the trigger names the work of this line.
pub(crate) fn linked(trigger: &Trigger, line: &RoLine, rules: &Rules) -> bool {
    let service = line.service.as_ref().is_some_and(|service| {
        trigger.service.as_ref() == Some(service) || trigger.other_services.contains(service)
    });
    let op_code = line.op_code.as_ref().is_some_and(|code| trigger.op_codes.contains(code));
    let name = || {
        let name = line.name.as_deref().map(words_of).filter(|name| !name.is_empty());
        name.is_some_and(|name| trigger.names.iter().any(|declined| words_of(declined) == name))
    };
    service || op_code || (rules.match_names && name())
}

/// A name as it is compared: letters and digits in lower case, one space between words.
pub(crate) fn words_of(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}

/// How a trigger reached a visit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    booked: Option<(Evidence, DateTime<Utc>)>,
    responded: Option<DateTime<Utc>>,
}

impl Reach {
    /// The rung for a line that is linked, or not.
    fn rung(&self, linked: bool, rules: &Rules) -> Option<(Evidence, DateTime<Utc>)> {
        let answer = if linked { Evidence::OpCodeGroupInWindow } else { Evidence::VisitOnly };
        self.booked.or_else(|| {
            self.responded.filter(|_| rules.rungs.contains(&answer)).map(|touched_at| (answer, touched_at))
        })
    }

    /// What `trigger` claims of a linked line.
    pub(crate) fn claim_line(&self, trigger: &Trigger, rules: &Rules) -> Option<Claim> {
        self.rung(true, rules).map(|rung| claim(trigger, rung))
    }

    /// What `trigger` claims of the visit as such.
    pub(crate) fn claim_visit(&self, trigger: &Trigger, any_line: bool, rules: &Rules) -> Option<Claim> {
        self.rung(any_line, rules).map(|rung| claim(trigger, rung))
    }
}

fn claim(trigger: &Trigger, (evidence, touched_at): (Evidence, DateTime<Utc>)) -> Claim {
    Claim { trigger: trigger.id.clone(), evidence, touched_at, opened_at: trigger.opened_at }
}

/// Whether and how `trigger` reached the visit of `order`.
pub(crate) fn reach(trigger: &Trigger, order: &RepairOrder, rules: &Rules) -> Result<Reach, Reason> {
    if trigger.vehicle != order.vehicle {
        return Err(Reason::NoTrigger);
    }
    if trigger.owner_span != order.owner_span {
        return Err(Reason::OtherOwner);
    }
    let arrived = || {
        trigger
            .touches
            .iter()
            .filter(|touch| touch.delivery != Delivery::Failed && touch.sent_at >= trigger.opened_at)
    };
    let counted: Vec<&TouchFact> = arrived().filter(|touch| touch.sent_at < order.opened_at).collect();
    if counted.is_empty() {
        return Err(if arrived().next().is_some() { Reason::TouchedAfterOpening } else { Reason::NoTouch });
    }

    // The strongest rung of any appointment; where two reach it, the touch that counts in a tie.
    let booked = trigger.appointments().filter_map(|appointment| booked(&counted, appointment, order, rules));
    let booked = booked.min_by(|(rung, at), (other_rung, other_at)| {
        let touched = match rules.booked_tie {
            Tie::LastTouch => other_at.cmp(at),
            Tie::FirstTouch => at.cmp(other_at),
        };
        rung.cmp(other_rung).then(touched)
    });
    let window = TimeDelta::days(rules.response_days.into());
    let in_window = counted.iter().filter(|touch| order.opened_at - touch.sent_at <= window);
    let responded = settle(in_window.map(|touch| touch.sent_at), rules.response_tie);
    if booked.is_none() && responded.is_none() {
        return Err(Reason::OutOfWindow);
    }
    Ok(Reach { booked, responded })
}

/// The strongest rung with an appointment behind it, and its touch.
fn booked(
    counted: &[&TouchFact],
    appointment: &AppointmentFact,
    order: &RepairOrder,
    rules: &Rules,
) -> Option<(Evidence, DateTime<Utc>)> {
    let stated = order.initiated_from.as_ref() == Some(&appointment.id);
    let another = order.initiated_from.is_some() && !stated;
    let near = (order.opened_at - appointment.at).abs() <= TimeDelta::days(rules.appointment_days.into());
    if another || appointment.set_at >= order.opened_at || !(stated || near) {
        return None;
    }

    let initiated = stated || rules.initiation == Initiation::ByWindow;
    let within = |since: DateTime<Utc>, days: u16| {
        since <= appointment.set_at && appointment.set_at - since <= TimeDelta::days(days.into())
    };
    let behind = |touch: &TouchFact, rung: Evidence| match rung {
        Evidence::AppointmentToken => touch.token.is_some() && touch.token == appointment.token,
        Evidence::InitiatedFromAppointment => initiated && within(touch.sent_at, rules.response_days),
        Evidence::ClickThenBooking => {
            let human = touch.human_click.is_some_and(|percent| percent >= rules.human_click_percent);
            let clicked = touch.clicked_at.filter(|&at| human && at >= touch.sent_at);
            clicked.is_some_and(|at| within(at, rules.booking_days))
        }
        Evidence::ReplyThenBooking => touch
            .replied_at
            .filter(|&at| at >= touch.sent_at)
            .is_some_and(|at| within(at, rules.booking_days)),
        Evidence::OpCodeGroupInWindow | Evidence::VisitOnly => false,
    };
    rules.rungs.iter().find_map(|&rung| {
        let touches =
            counted.iter().filter(|touch| touch.sent_at < appointment.set_at && behind(touch, rung));
        settle(touches.map(|touch| touch.sent_at), rules.booked_tie).map(|touched_at| (rung, touched_at))
    })
}

fn settle(touches: impl Iterator<Item = DateTime<Utc>>, tie: Tie) -> Option<DateTime<Utc>> {
    match tie {
        Tie::LastTouch => touches.max(),
        Tie::FirstTouch => touches.min(),
    }
}
