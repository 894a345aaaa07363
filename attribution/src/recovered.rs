use std::collections::BTreeMap;

use fixedops_vocab::{Currency, Money, RoId, RoLineId};
use rust_decimal::Decimal;

use crate::word::words;
use crate::{Credit, DeclinedLine, Trigger};

words! {
    /// What became of declined work.
    #[allow(clippy::exhaustive_enums, reason = "a report must name every one")]
    Outcome {
        /// Nothing of it was credited.
        NotRecovered = "not_recovered",
        /// Less was paid than was asked then: a part of the work, or a lower price.
        InPart = "in_part",
        /// As much was paid as was asked then, or more.
        InFull = "in_full",
        /// Something was paid; what was asked then is not known, or in another currency.
        NotPriced = "not_priced",
    }
}

/// Declined work, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Recovery {
    /// The trigger.
    pub trigger: String,
    /// Where it was declined: the order that the recovered dollars are written back to.
    pub declined: DeclinedLine,
    /// The lines that were sold for it later, with the dollars credited.
    pub sold: Vec<(RoId, RoLineId, Money)>,
    /// Their sum by currency.
    pub credited: Vec<Money>,
    /// What became of it.
    pub outcome: Outcome,
    /// Credited less asked, where both are known in one currency: below zero where a part was done or the price fell,
    /// above where it rose.
    pub difference: Option<Money>,
}

/// What became of each declined line, by trigger. A trigger that names no declined line is passed over.
#[must_use]
pub fn recovered(triggers: &[Trigger], credits: &[Credit]) -> Vec<Recovery> {
    let mut by_trigger: BTreeMap<&str, Vec<&Credit>> = BTreeMap::new();
    for credit in credits {
        by_trigger.entry(&credit.trigger).or_default().push(credit);
    }
    let once: BTreeMap<&str, (&Trigger, &DeclinedLine)> = triggers
        .iter()
        .filter_map(|trigger| Some((trigger.id.as_str(), (trigger, trigger.declined.as_ref()?))))
        .collect();
    once.into_iter()
        .map(|(id, (_, declined))| {
            let credits = by_trigger.get(id).map(Vec::as_slice).unwrap_or_default();
            Recovery::of(id, declined, credits)
        })
        .collect()
}

impl Recovery {
    fn of(trigger: &str, declined: &DeclinedLine, credits: &[&Credit]) -> Self {
        let credited = sums(credits.iter().map(|credit| credit.amount));
        let asked = declined.price.filter(|price| price.amount() > Decimal::ZERO);
        let same = asked.zip(match credited.as_slice() {
            [only] => Some(*only),
            _ => None,
        });
        let same = same.filter(|(asked, paid)| asked.currency() == paid.currency());
        let outcome = match (same, credited.is_empty()) {
            (_, true) => Outcome::NotRecovered,
            (None, _) => Outcome::NotPriced,
            (Some((asked, paid)), _) if paid.amount() < asked.amount() => Outcome::InPart,
            (Some(_), _) => Outcome::InFull,
        };
        let mut sold: Vec<(RoId, RoLineId, Money)> =
            credits.iter().map(|credit| (credit.ro.clone(), credit.line.clone(), credit.amount)).collect();
        sold.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        Self {
            trigger: trigger.to_owned(),
            declined: declined.clone(),
            sold,
            credited,
            outcome,
            difference: same
                .and_then(|(asked, paid)| Money::new(paid.amount() - asked.amount(), paid.currency()).ok()),
        }
    }
}

/// All that was declined on one order, and what of it was recovered: what is written back to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct Original {
    /// Declined lines.
    pub declined: u64,
    /// Of these, those of which something was credited.
    pub recovered: u64,
    /// Declined lines whose price is not known.
    pub not_priced: u64,
    /// What was asked, by currency.
    pub asked: Vec<Money>,
    /// What was credited, by currency.
    pub credited: Vec<Money>,
}

/// Recoveries by the order on which the work was declined.
#[must_use]
pub fn by_original(recoveries: &[Recovery]) -> BTreeMap<RoId, Original> {
    let mut orders: BTreeMap<RoId, Vec<&Recovery>> = BTreeMap::new();
    for recovery in recoveries {
        orders.entry(recovery.declined.ro.clone()).or_default().push(recovery);
    }
    let count = |recoveries: &[&Recovery], of: fn(&Recovery) -> bool| {
        recoveries.iter().filter(|recovery| of(recovery)).count() as u64
    };
    orders
        .into_iter()
        .map(|(ro, recoveries)| {
            let original = Original {
                declined: recoveries.len() as u64,
                recovered: count(&recoveries, |recovery| recovery.outcome != Outcome::NotRecovered),
                not_priced: count(&recoveries, |recovery| recovery.declined.price.is_none()),
                asked: sums(recoveries.iter().filter_map(|recovery| recovery.declined.price)),
                credited: sums(recoveries.iter().flat_map(|recovery| recovery.credited.iter().copied())),
            };
            (ro, original)
        })
        .collect()
}

/// One sum for each currency; a sum beyond what money holds is left out.
fn sums(amounts: impl Iterator<Item = Money>) -> Vec<Money> {
    let mut by_currency: BTreeMap<Currency, Decimal> = BTreeMap::new();
    for amount in amounts {
        let sum = by_currency.entry(amount.currency()).or_default();
        *sum = sum.saturating_add(amount.amount());
    }
    by_currency.into_iter().filter_map(|(currency, sum)| Money::new(sum, currency).ok()).collect()
}
