use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fixedops_vocab::{Money, RoId, RoLineId};
use rust_decimal::Decimal;

use crate::word::words;
use crate::{Claim, Credit, Rules, Tie, Trigger, judge};

words! {
    /// Another way to look at the credits in force. What is credited stays the same, to the cent; only who is named
    /// differs.
    #[allow(clippy::exhaustive_enums, reason = "a report must name every view")]
    View {
        /// All to the claimant whose touch came last before the visit, whatever the rung.
        LastTouch = "last_touch",
        /// All to the claimant whose touch came first, whatever the rung.
        FirstTouch = "first_touch",
        /// The same to each claimant; cents that do not divide go to the best claims.
        EvenSplit = "even_split",
    }
}

/// What a view puts down to one trigger of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "an answer, read field by field")]
pub struct ViewShare {
    /// The order.
    pub ro: RoId,
    /// Its line.
    pub line: RoLineId,
    /// The trigger.
    pub trigger: String,
    /// Its dollars; above zero.
    pub amount: Money,
}

/// A competing claim names a trigger that was not given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the trigger {trigger} claims a line and was not given")]
#[allow(clippy::exhaustive_structs, reason = "an error of one kind")]
pub struct UnknownClaimant {
    /// The trigger.
    pub trigger: String,
}

/// The credits as `view` shows them: for each line the claimants and their dollars, best claim first. The shares of a
/// line add up to its credit.
///
/// `triggers` must hold every competing claimant; those of the credits themselves are on their receipts.
///
/// # Errors
/// [`UnknownClaimant`].
pub fn view(credits: &[Credit], triggers: &[Trigger], view: View) -> Result<Vec<ViewShare>, UnknownClaimant> {
    let by_id: BTreeMap<&str, &Trigger> = triggers.iter().map(|t| (t.id.as_str(), t)).collect();
    let mut shares = Vec::new();
    for credit in credits {
        let claimants = claimants(credit, &by_id)?;
        let chosen = match view {
            View::LastTouch => best_by(&claimants, |a, b| b.last.cmp(&a.last)),
            View::FirstTouch => best_by(&claimants, |a, b| a.first.cmp(&b.first)),
            View::EvenSplit => claimants,
        };
        let among = i128::try_from(chosen.len()).unwrap_or(1).max(1);
        // Money is kept in cents.
        let cents = credit.amount.amount().mantissa();
        for (place, claimant) in (0_i128..).zip(&chosen) {
            let own = cents / among + i128::from(place < cents % among);
            let amount = Decimal::try_from_i128_with_scale(own, credit.amount.amount().scale());
            let amount = amount.ok().and_then(|amount| Money::new(amount, credit.amount.currency()).ok());
            if let Some(amount) = amount.filter(|amount| !amount.amount().is_zero()) {
                shares.push(ViewShare {
                    ro: credit.ro.clone(),
                    line: credit.line.clone(),
                    trigger: claimant.trigger.to_owned(),
                    amount,
                });
            }
        }
    }
    Ok(shares)
}

#[derive(Clone, Copy)]
struct Claimant<'a> {
    trigger: &'a str,
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

/// The first of the best: claimants stand best claim first, which settles a tie.
fn best_by<'a>(
    claimants: &[Claimant<'a>],
    compare: impl Fn(&Claimant<'a>, &Claimant<'a>) -> core::cmp::Ordering,
) -> Vec<Claimant<'a>> {
    claimants.iter().copied().min_by(compare).into_iter().collect()
}

/// Everyone who claimed the line, best first, with the first and the last touch behind the claim.
fn claimants<'a>(
    credit: &'a Credit,
    triggers: &BTreeMap<&str, &Trigger>,
) -> Result<Vec<Claimant<'a>>, UnknownClaimant> {
    let body = &credit.receipt.body;
    let (mut first, mut last) = (body.policy.rules().clone(), body.policy.rules().clone());
    (first.booked_tie, first.response_tie) = (Tie::FirstTouch, Tie::FirstTouch);
    (last.booked_tie, last.response_tie) = (Tie::LastTouch, Tie::LastTouch);
    let touched = |trigger: &Trigger, rules: &Rules| {
        let reach = judge::reach(trigger, &body.ro, rules).ok()?;
        reach.claim_line(trigger, rules).map(|claim| claim.touched_at)
    };
    let claimant = |id: &'a str, trigger: &Trigger, otherwise: Option<&Claim>| {
        let otherwise = otherwise.map_or(trigger.opened_at, |claim| claim.touched_at);
        Claimant {
            trigger: id,
            first: touched(trigger, &first).unwrap_or(otherwise),
            last: touched(trigger, &last).unwrap_or(otherwise),
        }
    };
    let mut claimants = vec![claimant(&credit.trigger, &body.trigger, None)];
    for claim in &credit.competing {
        let trigger = triggers
            .get(claim.trigger.as_str())
            .ok_or_else(|| UnknownClaimant { trigger: claim.trigger.clone() })?;
        claimants.push(claimant(&claim.trigger, &trigger.normalized(), Some(claim)));
    }
    Ok(claimants)
}
