//! Credits beside why each order came: line by line against the touch that caused the visit, and per order beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use fixedops_attribution::Evidence;
use fixedops_closed_loop::{Doors, RoClosed};
use fixedops_connectors_traits::Event;
use fixedops_vocab::{AppointmentId, CaseId, Money, OpCode, PayType, ProgramId, RoId, RoLineId, TouchKey};
use fixedops_world::OrderTruth;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Stands before the id of a case that follows another's click up: it speaks of the other's work.
const FOLLOW_UP: &str = "click_follow_up/";

static DOORS: LazyLock<Doors> = LazyLock::new(Doors::shipped);

/// Reads a journal.
#[derive(Debug, Default)]
pub struct Credits {
    orders: BTreeMap<RoId, RoClosed>,
    /// Credits in force.
    credits: BTreeMap<(RoId, RoLineId), Held>,
    /// Cases that can earn: those that a crossing or a declined line stands behind, and those of programmes that earn by themselves.
    earning: BTreeSet<CaseId>,
    /// Appointments that carry the token of a touch.
    tokens: BTreeMap<AppointmentId, CaseId>,
    twice: u64,
}

/// A credit in force.
#[derive(Debug)]
struct Held {
    case: Option<CaseId>,
    amount: Decimal,
    evidence: Evidence,
}

/// Lines credited, and lines that a touch earned.
///
/// A credit is right where a touch of that very case (programme and service) caused the visit. To be credited is a line the
/// customer paid for, of a visit that a touch caused, with work that this touch spoke of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// Lines with a credit in force.
    pub credited: u64,
    /// Of these the right ones.
    pub right: u64,
    /// Wrong: no touch caused the visit.
    pub no_touch: u64,
    /// Wrong: a touch of another case did.
    pub other_case: u64,
    /// Of the right ones those whose work the touch did not speak of, as far as the world was told: a service that joined the
    /// case later, or declined work found once more at the visit.
    pub beside: u64,
    /// Lines to be credited.
    pub earned: u64,
    /// Of these those credited to that very case.
    pub earned_right: u64,
    /// Of these those without a credit. The rest are credited to another case.
    pub not_credited: u64,
}

/// Orders credited and orders that a touch caused, whichever touch and whichever work was credited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Orders {
    /// Orders with a credit.
    pub credited: u64,
    /// Of these those that any touch caused.
    pub credited_caused: u64,
    /// Orders with a line to be credited.
    pub caused: u64,
    /// Of these those with any credit.
    pub caused_credited: u64,
}

/// What is told apart by whether the order's appointment carries a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Split<T> {
    /// It does.
    pub with_token: T,
    /// It does not, or there was none.
    pub without: T,
}

/// What became of the credits of a world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Graded {
    /// Lines that had two credits at once.
    pub twice: u64,
    /// Orders with more dollars credited than the customer paid, for them or for one of their lines.
    pub overpaid: u64,
    /// Line by line, against the very case; apart where the order's appointment carries a token of any case.
    pub lines: Split<Lines>,
    /// The same, apart where it carries a token of the case that the line is credited to, or was earned by: there the token
    /// survived on its way from the message to the order.
    pub lines_own_token: Split<Lines>,
    /// Order by order, against any touch: says less.
    pub orders_any_touch: Split<Orders>,
    /// Lines by the rung of their credit: how many, and of these the right ones.
    pub rungs: BTreeMap<&'static str, (u64, u64)>,
}

// Parts of events: what is needed of them and no more.

#[derive(Deserialize)]
struct Opened {
    case: CaseId,
    program: ProgramId,
    crossing: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Spoken {
    case: Option<CaseId>,
}

#[derive(Deserialize)]
struct Set {
    appointment: AppointmentId,
    #[serde(default)]
    touch: Option<TouchKey>,
}

#[derive(Deserialize)]
struct Assigned {
    ro: RoId,
    line: RoLineId,
    #[serde(flatten)]
    money: Money,
    credit: Credit,
}

#[derive(Deserialize)]
struct Credit {
    evidence: Evidence,
    receipt: Receipt,
}

#[derive(Deserialize)]
struct Receipt {
    body: Body,
}

#[derive(Deserialize)]
struct Body {
    trigger: Trigger,
}

#[derive(Deserialize)]
struct Trigger {
    case: Option<CaseId>,
}

#[derive(Deserialize)]
struct Reversed {
    ro: RoId,
    line: RoLineId,
}

/// Why an order came, where a touch caused it.
struct Cause<'a> {
    case: CaseId,
    spoken: &'a [OpCode],
}

impl Credits {
    /// Takes in the next event.
    pub fn apply(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        let data = &event.data;
        match event.event_type.as_str() {
            "case_opened" => {
                let Opened { case, program, crossing } = Opened::deserialize(data)?;
                self.earning.extend((crossing.is_some() || DOORS.earns(&program)).then_some(case));
            }
            "line_declined" | "deferral_ended" => self.earning.extend(Spoken::deserialize(data)?.case),
            "appointment_set" => {
                let Set { appointment, touch } = Set::deserialize(data)?;
                self.tokens.extend(touch.map(|touch| (appointment, followed(touch.case))));
            }
            "ro_closed" => {
                let closed = RoClosed::deserialize(data)?;
                self.orders.insert(closed.ro.clone(), closed);
            }
            "credit_assigned" => {
                let Assigned { ro, line, money, credit } = Assigned::deserialize(data)?;
                let held = Held {
                    case: credit.receipt.body.trigger.case,
                    amount: money.amount(),
                    evidence: credit.evidence,
                };
                self.twice += u64::from(self.credits.insert((ro, line), held).is_some());
            }
            "credit_reversed" => {
                let Reversed { ro, line } = Reversed::deserialize(data)?;
                self.credits.remove(&(ro, line));
            }
            _ => {}
        }
        Ok(())
    }

    /// Holds the credits in force against why the orders came.
    pub fn grade(&self, truth: &[OrderTruth]) -> Graded {
        let causes: BTreeMap<&RoId, Cause<'_>> = truth.iter().filter_map(Cause::of).collect();
        let mut graded = Graded { twice: self.twice, overpaid: self.overpaid(), ..Graded::default() };
        let mut credited_orders: BTreeSet<&RoId> = BTreeSet::new();
        for ((ro, line), held) in &self.credits {
            let cause = cause_of(&causes, ro);
            let right = cause.is_some_and(|cause| held.case.as_ref() == Some(&cause.case));
            let beside = cause.is_some_and(|cause| !self.speaks_of(cause, ro, line));
            let own = held.case.as_ref().is_some_and(|case| self.carries(ro, case));
            for lines in [graded.lines.side(self.has_token(ro)), graded.lines_own_token.side(own)] {
                lines.credited += 1;
                match cause {
                    None => lines.no_touch += 1,
                    Some(_) if !right => lines.other_case += 1,
                    Some(_) => lines.beside += u64::from(beside),
                }
                lines.right += u64::from(right);
            }
            let right = u64::from(right);
            let rung = graded.rungs.entry(held.evidence.as_str()).or_default();
            *rung = (rung.0 + 1, rung.1 + right);
            if credited_orders.insert(ro) {
                let orders = graded.orders_any_touch.side(self.has_token(ro));
                orders.credited += 1;
                orders.credited_caused += u64::from(cause_of(&causes, ro).is_some());
            }
        }
        for (ro, order) in self.orders.iter().filter(|(_, order)| !order.voided) {
            let Some(cause) = cause_of(&causes, ro).filter(|cause| self.earning.contains(&cause.case)) else {
                continue;
            };
            let paid = |line: &&fixedops_closed_loop::ClosedLine| {
                line.pay_type == PayType::CustomerPay && line.money.amount() > Decimal::ZERO
            };
            let mut earned = 0;
            let own = self.carries(ro, &cause.case);
            for line in order.lines.iter().filter(paid).filter(|line| cause.names(line.op_code.as_ref())) {
                earned += 1;
                let held = self.credits.get(&(ro.clone(), line.line.clone()));
                for lines in [graded.lines.side(self.has_token(ro)), graded.lines_own_token.side(own)] {
                    lines.earned += 1;
                    match held {
                        None => lines.not_credited += 1,
                        Some(held) => {
                            lines.earned_right += u64::from(held.case.as_ref() == Some(&cause.case));
                        }
                    }
                }
            }
            if earned > 0 {
                let orders = graded.orders_any_touch.side(self.has_token(ro));
                orders.caused += 1;
                orders.caused_credited += u64::from(credited_orders.contains(ro));
            }
        }
        graded
    }

    /// Whether the appointment that the order was made from carries a token.
    fn has_token(&self, ro: &RoId) -> bool {
        let from = self.orders.get(ro).and_then(|order| order.initiated_from.as_ref());
        from.is_some_and(|appointment| self.tokens.contains_key(appointment))
    }

    /// Whether it carries a token of this very case, or of the one that follows its click up.
    fn carries(&self, ro: &RoId, case: &CaseId) -> bool {
        let from = self.orders.get(ro).and_then(|order| order.initiated_from.as_ref());
        from.and_then(|appointment| self.tokens.get(appointment)) == Some(case)
    }

    fn speaks_of(&self, cause: &Cause<'_>, ro: &RoId, line: &RoLineId) -> bool {
        let lines = self.orders.get(ro).map_or(&[][..], |order| &order.lines);
        lines.iter().any(|known| known.line == *line && cause.names(known.op_code.as_ref()))
    }

    /// Orders with more credited than the customer paid: for the order, discounts taken off, or for one line.
    fn overpaid(&self) -> u64 {
        let mut by_order: BTreeMap<&RoId, Vec<(&RoLineId, Decimal)>> = BTreeMap::new();
        for ((ro, line), held) in &self.credits {
            by_order.entry(ro).or_default().push((line, held.amount));
        }
        let over = by_order.iter().filter(|(ro, credits)| {
            let order = self.orders.get(**ro).filter(|order| !order.voided);
            let lines = order.map_or(&[][..], |order| &order.lines);
            let paid = |line: Option<&RoLineId>| -> Decimal {
                let lines = lines.iter().filter(|known| known.pay_type == PayType::CustomerPay);
                let lines = lines.filter(|known| line.is_none_or(|line| known.line == *line));
                lines.fold(Decimal::ZERO, |sum, known| sum.saturating_add(known.money.amount()))
            };
            let credited = credits.iter().fold(Decimal::ZERO, |sum, (_, amount)| sum.saturating_add(*amount));
            credited > paid(None) || credits.iter().any(|(line, amount)| *amount > paid(Some(line)))
        });
        over.count() as u64
    }
}

/// The orders of one visit end in S or V behind the number of its first.
fn cause_of<'a>(causes: &'a BTreeMap<&RoId, Cause<'a>>, ro: &RoId) -> Option<&'a Cause<'a>> {
    let first = || ro.as_str().trim_end_matches(['S', 'V']).parse::<RoId>().ok();
    causes.get(ro).or_else(|| causes.get(&first()?))
}

/// The case whose click a case follows up; any other is itself.
fn followed(case: CaseId) -> CaseId {
    let of = case.as_str().strip_prefix(FOLLOW_UP).and_then(|followed| followed.parse().ok());
    of.unwrap_or(case)
}

impl<'a> Cause<'a> {
    fn of(order: &'a OrderTruth) -> Option<(&'a RoId, Self)> {
        let case = followed(order.touch.as_ref()?.case.clone());
        Some((&order.ro, Self { case, spoken: &order.spoken }))
    }

    fn names(&self, op_code: Option<&OpCode>) -> bool {
        op_code.is_some_and(|code| self.spoken.contains(code))
    }
}

impl<T> Split<T> {
    const fn side(&mut self, with_token: bool) -> &mut T {
        if with_token { &mut self.with_token } else { &mut self.without }
    }
}

impl Lines {
    /// Right ones of those credited; None where nothing was.
    pub fn precision(&self) -> Option<f64> {
        share(self.right, self.credited)
    }

    /// Of those to be credited the ones credited to that very case; None where none were.
    pub fn recall(&self) -> Option<f64> {
        share(self.earned_right, self.earned)
    }

    const fn and(self, other: Self) -> Self {
        Self {
            credited: self.credited + other.credited,
            right: self.right + other.right,
            no_touch: self.no_touch + other.no_touch,
            other_case: self.other_case + other.other_case,
            beside: self.beside + other.beside,
            earned: self.earned + other.earned,
            earned_right: self.earned_right + other.earned_right,
            not_credited: self.not_credited + other.not_credited,
        }
    }
}

impl Orders {
    const fn and(self, other: Self) -> Self {
        Self {
            credited: self.credited + other.credited,
            credited_caused: self.credited_caused + other.credited_caused,
            caused: self.caused + other.caused,
            caused_credited: self.caused_credited + other.caused_credited,
        }
    }
}

/// A share of a number; None of nothing.
pub fn share(of: u64, all: u64) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "lines and orders, by the thousand")]
    let share = of as f64 / all as f64;
    (all > 0).then_some(share)
}

impl Graded {
    /// Both together.
    pub fn and(mut self, other: &Self) -> Self {
        self.twice += other.twice;
        self.overpaid += other.overpaid;
        self.lines = Split {
            with_token: self.lines.with_token.and(other.lines.with_token),
            without: self.lines.without.and(other.lines.without),
        };
        self.lines_own_token = Split {
            with_token: self.lines_own_token.with_token.and(other.lines_own_token.with_token),
            without: self.lines_own_token.without.and(other.lines_own_token.without),
        };
        let orders = (&self.orders_any_touch, &other.orders_any_touch);
        self.orders_any_touch = Split {
            with_token: orders.0.with_token.and(orders.1.with_token),
            without: orders.0.without.and(orders.1.without),
        };
        for (rung, (credited, right)) in &other.rungs {
            let known = self.rungs.entry(rung).or_default();
            *known = (known.0 + credited, known.1 + right);
        }
        self
    }
}

#[cfg(test)]
mod tests;
