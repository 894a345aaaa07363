//! Credits added up, and declined work by the order it was declined on.

use core::fmt;
use std::collections::{BTreeMap, BTreeSet};

use fixedops_attribution::{
    Evidence, Original, Outcome, ReceiptId, Recovery, UnknownClaimant, View, ViewShare, by_original,
    recovered, view,
};
use fixedops_vocab::{Currency, Money, RoId, RoLineId, SellerId};
use rust_decimal::Decimal;
use serde::Serialize;

use super::ledger::Ledger;

/// Sums, one for each currency.
type Sums = BTreeMap<Currency, Decimal>;

/// The credits in force, as a view shows them.
#[derive(Debug, Serialize)]
pub struct Account {
    seller: SellerId,
    /// The view; null: the trigger that earned each credit.
    view: Option<View>,
    /// Credits in force, and their sum.
    credits: u64,
    total: Sums,
    /// Competing claimants that no receipt holds: they stand with the one touch that their claim rests on.
    claimants_by_one_touch: u64,
    by_program: Vec<Group>,
    by_trigger: Vec<Group>,
    shares: Vec<Share>,
    originals: Vec<OfOriginal>,
}

/// What a view puts down to one trigger of one line.
#[derive(Debug, Serialize)]
struct Share {
    #[serde(flatten)]
    share: ViewShare,
    /// The rung of the credit, and its receipt.
    evidence: Evidence,
    receipt: ReceiptId,
}

/// Shares of one programme, or of one trigger.
#[derive(Debug, Serialize)]
struct Group {
    /// The programme; null where the journal tells none.
    program: Option<String>,
    /// The trigger and its case; absent for a programme as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    /// Lines of which it has a share.
    lines: u64,
    amounts: Sums,
}

/// What became of the lines declined on one order.
#[derive(Debug, Serialize)]
struct OfOriginal {
    ro: RoId,
    /// Lines that a case speaks of, and what came of them.
    #[serde(flatten)]
    original: Original,
    /// Lines declined on it that no case speaks of: nothing was done to win them back.
    without_case: u64,
    lines: Vec<Recovery>,
}

impl Account {
    /// Adds up.
    ///
    /// # Errors
    /// A claimant that is named nowhere; the ledger names all.
    pub fn of(seller: &SellerId, ledger: &Ledger, shown: Option<View>) -> Result<Self, UnknownClaimant> {
        let (mut shares, mut stood_in) = (Vec::new(), 0);
        for credit in ledger.credits.values() {
            let of_line = match shown {
                None => {
                    let (ro, line) = (credit.ro.clone(), credit.line.clone());
                    vec![ViewShare { ro, line, trigger: credit.trigger.clone(), amount: credit.amount }]
                }
                Some(shown) => {
                    let (claimants, unknown) = ledger.claimants(credit);
                    stood_in += unknown;
                    view(std::slice::from_ref(credit), &claimants, shown)?
                }
            };
            let (evidence, receipt) = (credit.evidence, credit.receipt.id);
            shares.extend(of_line.into_iter().map(|share| Share { share, evidence, receipt }));
        }
        let program =
            |trigger: &str| ledger.case_of(trigger).and_then(|(_, program)| Some(program?.to_string()));
        let by_trigger =
            grouped(&shares, |share| share.trigger.clone()).into_iter().map(|(trigger, sum)| Group {
                program: program(&trigger),
                case: ledger.case_of(&trigger).map(|(case, _)| case.to_string()),
                trigger: Some(trigger),
                ..sum
            });
        let by_program = grouped(&shares, |share| program(&share.trigger))
            .into_iter()
            .map(|(program, sum)| Group { program, ..sum });
        let credits: Vec<_> = ledger.credits.values().cloned().collect();
        Ok(Self {
            seller: seller.clone(),
            view: shown,
            credits: credits.len() as u64,
            total: sums(credits.iter().map(|credit| credit.amount)),
            claimants_by_one_touch: stood_in,
            by_program: by_program.collect(),
            by_trigger: by_trigger.collect(),
            originals: originals(ledger, &credits),
            shares,
        })
    }
}

/// What became of declined work, by the order it was declined on.
fn originals(ledger: &Ledger, credits: &[fixedops_attribution::Credit]) -> Vec<OfOriginal> {
    let triggers: Vec<_> = ledger.declined.values().cloned().collect();
    let recoveries = recovered(&triggers, credits);
    let mut by_ro = by_original(&recoveries);
    let mut lines: BTreeMap<RoId, Vec<Recovery>> = BTreeMap::new();
    let mut spoken: BTreeSet<(RoId, RoLineId)> = BTreeSet::new();
    for recovery in recoveries {
        spoken.insert((recovery.declined.ro.clone(), recovery.declined.line.clone()));
        lines.entry(recovery.declined.ro.clone()).or_default().push(recovery);
    }
    let orders: BTreeSet<RoId> =
        ledger.lines.iter().map(|(ro, _)| ro.clone()).chain(by_ro.keys().cloned()).collect();
    let of = |ro: RoId| {
        let declined = ledger.lines.iter().filter(|(of, _)| *of == ro);
        OfOriginal {
            original: by_ro.remove(&ro).unwrap_or_default(),
            without_case: declined.filter(|line| !spoken.contains(line)).count() as u64,
            lines: lines.remove(&ro).unwrap_or_default(),
            ro,
        }
    };
    orders.into_iter().map(of).collect()
}

/// Shares by a word, with their lines and dollars.
fn grouped<K: Ord>(shares: &[Share], by: impl Fn(&ViewShare) -> K) -> BTreeMap<K, Group> {
    let mut groups: BTreeMap<K, Vec<&ViewShare>> = BTreeMap::new();
    for share in shares {
        groups.entry(by(&share.share)).or_default().push(&share.share);
    }
    let group = |shares: Vec<&ViewShare>| {
        let lines: BTreeSet<_> = shares.iter().map(|share| (&share.ro, &share.line)).collect();
        Group {
            program: None,
            trigger: None,
            case: None,
            lines: lines.len() as u64,
            amounts: sums(shares.iter().map(|share| share.amount)),
        }
    };
    groups.into_iter().map(|(key, shares)| (key, group(shares))).collect()
}

fn sums(amounts: impl Iterator<Item = Money>) -> Sums {
    let mut sums = Sums::new();
    for amount in amounts {
        let sum = sums.entry(amount.currency()).or_default();
        *sum = sum.saturating_add(amount.amount());
    }
    sums
}

/// Sums in words.
fn dollars(sums: &Sums) -> String {
    let each: Vec<String> = sums.iter().map(|(currency, sum)| format!("{sum:.2} {currency}")).collect();
    if each.is_empty() { "nothing".to_owned() } else { each.join(" and ") }
}

const fn named(view: Option<View>) -> &'static str {
    match view {
        None => "each with the trigger that earned it",
        Some(View::LastTouch) => "each with the claimant whose touch came last",
        Some(View::FirstTouch) => "each with the claimant whose touch came first",
        Some(View::EvenSplit) => "each divided evenly among its claimants",
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seller, credits, total, .. } = self;
        let credited = counted(*credits, "line");
        writeln!(f, "{seller}: {credited} credited, {}; {}", dollars(total), named(self.view))?;
        if self.claimants_by_one_touch > 0 {
            writeln!(
                f,
                "{} by triggers that no receipt holds: they stand with the one touch that is known of them",
                counted(self.claimants_by_one_touch, "competing claim")
            )?;
        }
        writeln!(f, "by program:")?;
        for group in &self.by_program {
            let program = group.program.as_deref().unwrap_or("not told");
            writeln!(f, "  {program}: {}, {}", counted(group.lines, "line"), dollars(&group.amounts))?;
        }
        writeln!(f, "by trigger:")?;
        for group in &self.by_trigger {
            let trigger = group.trigger.as_deref().unwrap_or_default();
            writeln!(f, "  {trigger}: {}, {}", counted(group.lines, "line"), dollars(&group.amounts))?;
        }
        writeln!(f, "declined work, by the order it was declined on:")?;
        self.originals.iter().try_for_each(|original| writeln!(f, "  {original}"))
    }
}

impl fmt::Display for OfOriginal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let without = counted(self.without_case, "line");
        let Original { declined, recovered, not_priced, asked, credited } = &self.original;
        if *declined == 0 {
            return write!(f, "{}: {without} that no case speaks of", self.ro);
        }
        let [asked, credited] = [asked, credited].map(|sum| dollars(&sums(sum.iter().copied())));
        let parts = self.lines.iter().filter(|line| line.outcome == Outcome::InPart).count();
        let of = counted(*declined, "line");
        write!(
            f,
            "{}: {recovered} of {of} recovered ({parts} in part), {credited} of {asked} asked",
            self.ro
        )?;
        if *not_priced > 0 {
            write!(f, "; {} without a price", counted(*not_priced, "line"))?;
        }
        if self.without_case > 0 {
            write!(f, "; {without} more that no case speaks of")?;
        }
        Ok(())
    }
}

/// A number of things, in words.
fn counted(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
