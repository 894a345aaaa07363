//! Every crossing in exactly one outcome.

use std::collections::BTreeMap;

use super::pen::{TwoWords, many, of};
use crate::CrossingOutcome;
use crate::scorecard::Crossings;
use crate::scorecard::facts::{DEEPEST, Facts};
use crate::scorecard::plain::say;
use crate::scorecard::tally::{Counts, Crossing, more};

/// Promise 3 counts these.
const OUTCOMES: [&str; 7] = ["sent", "waiting", "control", "suppressed", "failed", "withdrawn", "bundled"];
/// A journal that is broken: it must show, not be hidden.
const NO_OUTCOME: &str = "no_outcome";

fn outcome(crossing: &Crossing) -> &'static str {
    crossing.outcome.as_ref().map_or(NO_OUTCOME, CrossingOutcome::as_str)
}

/// Why nothing was said of a bundled crossing: what became of the one it is bundled into. None where that was sent, and
/// where a crossing is not bundled.
fn unsaid(facts: &Facts<'_>, crossing: &Crossing) -> Option<&'static str> {
    let mut leads = crossing;
    for _ in 0..DEEPEST {
        let Some(CrossingOutcome::Bundled { into }) = &leads.outcome else { break };
        let Some(other) = facts.tally.crossings.get(into) else { break };
        leads = other;
    }
    match (crossing.outcome.as_ref()?, leads.outcome.as_ref()) {
        (CrossingOutcome::Bundled { .. }, Some(CrossingOutcome::Sent)) => None,
        (CrossingOutcome::Bundled { .. }, leads) => Some(match leads {
            Some(CrossingOutcome::Waiting { .. }) => "lead_waiting",
            Some(CrossingOutcome::Control) => "lead_control",
            Some(CrossingOutcome::Suppressed { .. }) => "lead_suppressed",
            Some(CrossingOutcome::Failed { .. }) => "lead_failed",
            Some(CrossingOutcome::Withdrawn { .. }) => "lead_withdrawn",
            _ => "lead_unknown",
        }),
        _ => None,
    }
}

pub(super) fn section(facts: &Facts<'_>) -> Crossings {
    let all = &facts.tally.crossings;
    let total = many(all.len());
    let mut by_outcome: BTreeMap<&str, u64> = OUTCOMES.into_iter().map(|word| (word, 0)).collect();
    let (mut by_reason, mut by_leg, mut by_basis) = (Counts::new(), Counts::new(), Counts::new());
    let (mut by_service, mut by_month, mut by_day) =
        (TwoWords::new(&OUTCOMES), TwoWords::new(&OUTCOMES), TwoWords::new(&OUTCOMES));
    for crossing in all.values() {
        let word = outcome(crossing);
        if let Some(count) = by_outcome.get_mut(word) {
            *count = count.saturating_add(1);
        }
        if let Some(
            CrossingOutcome::Suppressed { reason }
            | CrossingOutcome::Failed { reason }
            | CrossingOutcome::Withdrawn { reason },
        ) = &crossing.outcome
        {
            more(&mut by_reason, &format!("{word}: {reason}"));
        }
        if let Some(reason) = unsaid(facts, crossing) {
            more(&mut by_reason, &format!("{word}: {reason}"));
        }
        more(&mut by_leg, crossing.crossed.leg.as_str());
        let by_distance = crossing.crossed.leg == fixedops_odometer_core::Leg::Distance;
        let basis = crossing.crossed.basis.map_or("unknown", fixedops_vocab::Basis::as_str);
        more(&mut by_basis, if by_distance { basis } else { "none: by time" });
        by_service.more(crossing.crossed.service.as_str(), word);
        by_month.more(&crossing.at.format("%Y-%m").to_string(), word);
        by_day.more(&crossing.at.format("%Y-%m-%d").to_string(), word);
    }
    let crossed = || of(total, "thresholds crossed");
    let rows =
        OUTCOMES.map(|word| (word.to_owned(), by_outcome.get(word).copied().unwrap_or_default(), None));
    let by_outcome = facts.table(
        ("crossings.by_outcome", "Crossings by outcome", "outcome"),
        rows,
        &crossed(),
        "Each crossing in the one outcome it is in now: a message went out; still to come; withheld as control group; suppressed; could not be brought out; no longer due; bundled with another service of the car, and told in its messages if any go out.",
    )
    .saying(|word| say(&facts.plain.outcome, word));
    let disjoint = "Each crossing in the one outcome it is in now, in the row of";
    let by_service = by_service.table(
        ("crossings.by_service", "Crossings by service", "service"),
        true,
        &format!("{disjoint} its service."),
    );
    let by_month = by_month.table(
        ("crossings.by_month", "Crossings by month", "month"),
        true,
        &format!("{disjoint} the month (UTC) it was journalled in."),
    );
    let by_day = by_day.table(
        ("crossings.by_day", "Crossings by day", "day"),
        true,
        &format!("{disjoint} the day (UTC) it was journalled on."),
    );
    let by_reason = facts
        .counts(
            ("crossings.by_reason", "Why nothing was said", "outcome and reason"),
            &by_reason,
            "crossings nothing was said of",
            "Crossings suppressed, failed or withdrawn, by outcome and reason; and those bundled with another service of the car that no message went out for, by what became of it.",
        )
        .of_reasons(&facts.plain);
    let by_leg = facts.counts(
        ("crossings.by_leg", "Crossings by leg", "leg"),
        &by_leg,
        "thresholds crossed",
        "Whether the miles or the months of the interval were over first.",
    );
    let by_basis = facts.counts(
        ("crossings.by_basis", "Crossings by source of the mileage", "basis"),
        &by_basis,
        "thresholds crossed",
        "Where the mileage of a crossing by distance came from: read, tracked by GPS, or estimated. The time leg has none.",
    );
    let whole = |table: &crate::scorecard::CrossTable| {
        table.adds_up == Some(true) && table.rows.iter().map(|row| row.total).sum::<u64>() == total
    };
    let adds_up = [&by_service, &by_month, &by_day].into_iter().all(whole)
        && [&by_outcome, &by_leg, &by_basis].into_iter().all(|table| table.adds_up && table.base == total);
    Crossings {
        total: facts.total(
            "crossings.total",
            "Thresholds crossed",
            total,
            "thresholds crossed",
            "Services that came due by miles or months, each (vehicle, owner, service, interval) once.",
        ),
        adds_up,
        by_outcome,
        by_reason,
        by_leg,
        by_basis,
        by_service,
        by_month,
        by_day,
    }
}
