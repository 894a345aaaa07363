use std::collections::BTreeMap;

use core::fmt;

use fixedops_vocab::{Money, RoId, RoLineId};

use crate::{Assignment, Credit, Evidence, Reason, ReceiptId};

/// One step from the credits in force to those wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a step left out would be a credit lost or doubled")]
pub enum Change {
    /// Put the credit in force.
    Assign(Credit),
    /// Take a credit out of force.
    Reverse(Reversal),
}

/// A credit taken back, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reversal {
    /// The order.
    pub ro: RoId,
    /// Its line.
    pub line: RoLineId,
    /// The dollars taken back: all that the receipt had credited.
    pub amount: Money,
    /// The receipt that is no longer in force.
    pub receipt: ReceiptId,
    /// Why.
    pub reason: ReversalReason,
}

/// Why a credit was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ReversalReason {
    /// The line earns no credit any more.
    NotCredited(Reason),
    /// Another trigger has the better claim.
    BetterClaim,
    /// The same trigger, another amount.
    AmountChanged,
    /// The same trigger and amount, other evidence.
    EvidenceChanged,
    /// The line is no longer there.
    LineGone,
    /// The line had more than one credit in force.
    CreditedTwice,
}

impl fmt::Display for ReversalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotCredited(reason) => reason.as_str(),
            Self::BetterClaim => "better_claim",
            Self::AmountChanged => "amount_changed",
            Self::EvidenceChanged => "evidence_changed",
            Self::LineGone => "line_gone",
            Self::CreditedTwice => "credited_twice",
        })
    }
}

/// The changes that lead from `in_force` to `wanted`, by order and line, each reversal before the credit that
/// replaces it. Append them in one batch.
///
/// A credit stays in force, under the receipt it has, while trigger, amount and evidence are those wanted; so a
/// competing claim or another policy version that changes nothing rewrites nothing. `in_force` and `wanted` must speak
/// of the same orders: a credit of an order that `wanted` does not know is reversed as gone.
#[must_use]
pub fn reconcile(in_force: &[Credit], wanted: &Assignment) -> Vec<Change> {
    let mut lines: BTreeMap<(&RoId, &RoLineId), Line<'_>> = BTreeMap::new();
    for credit in in_force {
        lines.entry((&credit.ro, &credit.line)).or_default().in_force.push(credit);
    }
    for credit in &wanted.credits {
        lines.entry((&credit.ro, &credit.line)).or_default().wanted = Some(credit);
    }
    for line in &wanted.not_credited {
        if let Some(known) = lines.get_mut(&(&line.ro, &line.line)) {
            known.reason = Some(line.reason);
        }
    }
    lines.into_values().flat_map(Line::changes).collect()
}

/// What is known of one line.
#[derive(Default)]
struct Line<'a> {
    in_force: Vec<&'a Credit>,
    wanted: Option<&'a Credit>,
    reason: Option<Reason>,
}

impl Line<'_> {
    fn changes(mut self) -> Vec<Change> {
        self.in_force.sort_by_key(|credit| credit.receipt.id);
        let kept =
            self.in_force.iter().position(|credit| self.wanted.is_some_and(|wanted| same(credit, wanted)));
        let reversals =
            self.in_force.iter().enumerate().filter(|&(place, _)| Some(place) != kept).map(|(_, credit)| {
                Change::Reverse(Reversal {
                    ro: credit.ro.clone(),
                    line: credit.line.clone(),
                    amount: credit.amount,
                    receipt: credit.receipt.id,
                    reason: self.why(credit),
                })
            });
        let assigned = self.wanted.filter(|_| kept.is_none()).cloned().map(Change::Assign);
        reversals.chain(assigned).collect()
    }

    fn why(&self, credit: &Credit) -> ReversalReason {
        ReversalReason::between(substance(credit), self.wanted.map(substance), self.reason)
    }
}

fn same(a: &Credit, b: &Credit) -> bool {
    substance(a) == substance(b)
}

/// What keeps a credit in force: trigger, dollars and evidence.
pub(crate) type Substance<'a> = (&'a str, Money, Evidence);

fn substance(credit: &Credit) -> Substance<'_> {
    (&credit.trigger, credit.amount, credit.evidence)
}

impl ReversalReason {
    /// Why a credit gives way to the one wanted, or to none.
    pub(crate) fn between(old: Substance<'_>, wanted: Option<Substance<'_>>, reason: Option<Reason>) -> Self {
        match (wanted, reason) {
            (None, None) => Self::LineGone,
            (None, Some(reason)) => Self::NotCredited(reason),
            (Some(wanted), _) if wanted.0 != old.0 => Self::BetterClaim,
            (Some(wanted), _) if wanted.1 != old.1 => Self::AmountChanged,
            (Some(wanted), _) if wanted.2 != old.2 => Self::EvidenceChanged,
            (Some(_), _) => Self::CreditedTwice,
        }
    }
}

/// The same changes with the receipts of new credits chained behind `head`, and the new head.
#[must_use]
pub fn chain(changes: Vec<Change>, head: Option<ReceiptId>) -> (Vec<Change>, Option<ReceiptId>) {
    let mut head = head;
    let chained = changes
        .into_iter()
        .map(|change| match change {
            Change::Assign(mut credit) => {
                credit.receipt = credit.receipt.after(head);
                head = Some(credit.receipt.id);
                Change::Assign(credit)
            }
            reverse @ Change::Reverse(_) => reverse,
        })
        .collect();
    (chained, head)
}
