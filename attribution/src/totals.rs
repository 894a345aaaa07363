use std::collections::BTreeMap;

use fixedops_vocab::{Currency, PayType, RoId, RoLineId};
use rust_decimal::Decimal;

use crate::assign::one_by_id;
use crate::{Assignment, Evidence, Reason, RepairOrder};

/// All dollars that were looked at, and where each of them went: nothing is left out unsaid.
///
/// In each currency, the lines by pay type are the credited lines and those not credited, by reason; and their dollars
/// are the credited dollars, what discounts took from credited lines, and the dollars not credited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Totals {
    /// By currency; currencies are never added together.
    pub by_currency: BTreeMap<Currency, Sums>,
    /// Triggers left out because two records of one id differ.
    pub conflicting_triggers: u64,
}

/// Lines, and their dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct LinesAndDollars {
    /// How many lines.
    pub lines: u64,
    /// Their amounts, added up; discounts and returns are below zero.
    pub dollars: Decimal,
}

impl LinesAndDollars {
    fn add(&mut self, dollars: Decimal) {
        self.lines += 1;
        self.dollars = self.dollars.saturating_add(dollars);
    }
}

/// One currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Sums {
    /// All lines, by who pays: warranty and internal apart from the customer's money.
    pub by_pay_type: BTreeMap<PayType, LinesAndDollars>,
    /// The credits, by rung.
    pub credited: BTreeMap<Evidence, LinesAndDollars>,
    /// What discounts on their orders took from credited lines.
    pub discounted: Decimal,
    /// Lines without credit, by reason.
    pub not_credited: BTreeMap<Reason, LinesAndDollars>,
}

impl Totals {
    /// The totals of an assignment over the orders it was made from.
    ///
    /// Equal records count once. The lines of records that contradict each other count once for each record, under
    /// [`Reason::ConflictingRecords`].
    #[must_use]
    pub fn of(assignment: &Assignment, ros: &[RepairOrder]) -> Self {
        let credited: BTreeMap<(&RoId, &RoLineId), (Evidence, Decimal)> = assignment
            .credits
            .iter()
            .map(|credit| ((&credit.ro, &credit.line), (credit.evidence, credit.amount.amount())))
            .collect();
        let reasons: BTreeMap<(&RoId, &RoLineId), Reason> =
            assignment.not_credited.iter().map(|line| ((&line.ro, &line.line), line.reason)).collect();

        let mut totals =
            Self { conflicting_triggers: assignment.conflicting_triggers.len() as u64, ..Self::default() };
        let (orders, conflicting) = one_by_id(ros.iter().map(RepairOrder::normalized), |ro| ro.ro.clone());
        let records = orders.iter().chain(conflicting.iter().flat_map(|(_, records)| records));
        for (order, line) in records.flat_map(|order| order.lines.iter().map(move |line| (order, line))) {
            let dollars = line.amount.amount();
            let sums = totals.by_currency.entry(line.amount.currency()).or_default();
            sums.by_pay_type.entry(line.pay_type).or_default().add(dollars);
            let place = (&order.ro, &line.line);
            match (credited.get(&place), reasons.get(&place)) {
                (Some((evidence, amount)), _) => {
                    sums.credited.entry(*evidence).or_default().add(*amount);
                    sums.discounted = sums.discounted.saturating_add(dollars.saturating_sub(*amount));
                }
                (None, reason) => {
                    let reason = reason.copied().unwrap_or(Reason::NoTrigger);
                    sums.not_credited.entry(reason).or_default().add(dollars);
                }
            }
        }
        totals
    }
}
