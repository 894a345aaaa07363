//! Credits beside why each order came.

use std::collections::{BTreeMap, BTreeSet};

use fixedops_attribution::Evidence;
use fixedops_closed_loop::{CaseOpened, CreditAssigned, CreditReversed, RoClosed};
use fixedops_connectors_traits::Event;
use fixedops_vocab::{CaseId, OpCode, PayType, RoId, RoLineId, ServiceId, TouchKey};
use fixedops_world::Truth;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Programmes whose cases can earn a credit, and the one that follows their clicks up.
const EARNING: [&str; 3] = ["mileage_due", "declined_recovery", "click_follow_up"];

/// Reads a journal.
#[derive(Debug, Default)]
pub struct Credits {
    orders: BTreeMap<RoId, RoClosed>,
    /// Credits in force.
    credits: BTreeMap<(RoId, RoLineId), (Decimal, Evidence)>,
    /// What the cases speak of.
    cases: BTreeMap<CaseId, Case>,
    /// Touches whose token an appointment carries.
    tokens: BTreeSet<TouchKey>,
    twice: u64,
}

#[derive(Debug)]
struct Case {
    earning: bool,
    services: BTreeSet<ServiceId>,
    codes: BTreeSet<OpCode>,
}

/// Orders credited and orders that a touch caused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// Orders with a credit.
    pub credited: u64,
    /// Of these those that a touch caused.
    pub credited_caused: u64,
    /// Orders that a touch caused, with work on them that it spoke of and the customer paid for.
    pub caused: u64,
    /// Of these those with a credit.
    pub caused_credited: u64,
}

/// What became of the credits of a world.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Graded {
    /// Lines with a credit in force.
    pub lines: u64,
    /// Lines that had two at once.
    pub twice: u64,
    /// Orders with more dollars credited than the customer paid.
    pub overpaid: u64,
    /// Where the appointment carries the token of the touch.
    pub with_token: Matched,
    /// Where nothing does.
    pub without: Matched,
    /// By the strongest rung of their credits: orders with a credit, and of these those that a touch caused.
    pub rungs: BTreeMap<&'static str, (u64, u64)>,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    touch: Option<TouchKey>,
}

impl Credits {
    /// Takes in the next event.
    pub fn apply(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        let data = &event.data;
        match event.event_type.as_str() {
            "case_opened" => {
                let opened = CaseOpened::deserialize(data)?;
                let declined = opened.declined.iter();
                let services = opened.services.into_iter();
                let case = Case {
                    earning: EARNING.contains(&opened.program.as_str()),
                    services: services
                        .chain(declined.clone().filter_map(|line| line.service.clone()))
                        .collect(),
                    codes: declined.filter_map(|line| line.op_code.clone()).collect(),
                };
                self.cases.insert(opened.case, case);
            }
            "appointment_set" => self.tokens.extend(Told::deserialize(data)?.touch),
            "ro_closed" => {
                let closed = RoClosed::deserialize(data)?;
                self.orders.insert(closed.ro.clone(), closed);
            }
            "credit_assigned" => {
                let CreditAssigned { ro, line, money, credit, .. } = CreditAssigned::deserialize(data)?;
                let before = self.credits.insert((ro, line), (money.amount(), credit.evidence));
                self.twice += u64::from(before.is_some());
            }
            "credit_reversed" => {
                let CreditReversed { ro, line, .. } = CreditReversed::deserialize(data)?;
                self.credits.remove(&(ro, line));
            }
            _ => {}
        }
        Ok(())
    }

    /// Holds the credits in force against the truth.
    pub fn grade(self, truth: &Truth) -> Graded {
        let mut graded = Graded { twice: self.twice, ..Graded::default() };
        let caused: BTreeMap<&RoId, &TouchKey> =
            truth.orders.iter().filter_map(|order| Some((&order.ro, order.touch.as_ref()?))).collect();
        // The orders of one visit end in S or V behind the number of its first.
        let cause = |ro: &RoId| {
            let first = ro.as_str().trim_end_matches(['S', 'V']).parse::<RoId>().ok();
            caused.get(ro).or_else(|| caused.get(&first?)).copied()
        };
        let mut credited: BTreeMap<&RoId, (Decimal, Evidence)> = BTreeMap::new();
        for ((ro, _), (amount, evidence)) in &self.credits {
            graded.lines += 1;
            let known = credited.entry(ro).or_insert((Decimal::ZERO, *evidence));
            *known = (known.0.saturating_add(*amount), known.1.min(*evidence));
        }
        for (ro, (amount, evidence)) in &credited {
            let lines = self.orders.get(*ro).into_iter().flat_map(|order| &order.lines);
            let paid: Decimal = lines
                .filter(|line| line.pay_type == PayType::CustomerPay)
                .map(|line| line.money.amount())
                .sum();
            graded.overpaid += u64::from(*amount > paid);
            let right = u64::from(cause(ro).is_some());
            let by_token = *evidence == Evidence::AppointmentToken;
            let matched = if by_token { &mut graded.with_token } else { &mut graded.without };
            matched.credited += 1;
            matched.credited_caused += right;
            let rung = graded.rungs.entry(evidence.as_str()).or_default();
            *rung = (rung.0 + 1, rung.1 + right);
        }
        for (ro, order) in self.orders.iter().filter(|(_, order)| !order.voided) {
            let Some(touch) = cause(ro) else { continue };
            let Some(case) = self.cases.get(&touch.case).filter(|case| case.earning) else { continue };
            let earns = order.lines.iter().any(|line| {
                line.pay_type == PayType::CustomerPay
                    && line.money.amount() > Decimal::ZERO
                    && (line.service.as_ref().is_some_and(|service| case.services.contains(service))
                        || line.op_code.as_ref().is_some_and(|code| case.codes.contains(code)))
            });
            if !earns {
                continue;
            }
            let matched =
                if self.tokens.contains(touch) { &mut graded.with_token } else { &mut graded.without };
            matched.caused += 1;
            matched.caused_credited += u64::from(credited.contains_key(ro));
        }
        graded
    }
}

impl Matched {
    /// Both together.
    pub const fn and(self, other: Self) -> Self {
        Self {
            credited: self.credited + other.credited,
            credited_caused: self.credited_caused + other.credited_caused,
            caused: self.caused + other.caused,
            caused_credited: self.caused_credited + other.caused_credited,
        }
    }
}

impl Graded {
    /// Both together.
    pub fn and(mut self, other: &Self) -> Self {
        self.lines += other.lines;
        self.twice += other.twice;
        self.overpaid += other.overpaid;
        self.with_token = self.with_token.and(other.with_token);
        self.without = self.without.and(other.without);
        for (rung, (credited, caused)) in &other.rungs {
            let known = self.rungs.entry(rung).or_default();
            *known = (known.0 + credited, known.1 + caused);
        }
        self
    }
}
