//! Those nothing was said to on purpose, and what can be said of the difference.

use std::collections::BTreeMap;

use fixedops_attribution::lift::{Answer, Lack, LiftRules, Measure, Range};
use fixedops_vocab::{PolicyVersion, ProgramId, RoId};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::pen::{many, of, spoken};
use crate::CrossingOutcome;
use crate::scorecard::facts::Facts;
use crate::scorecard::{Control, Lift};
use crate::trial::{Comparison, Side, TrialPolicy, Unit, compare, compared};

pub(super) fn section(facts: &Facts<'_>, policy: &TrialPolicy, rules: &LiftRules) -> Control {
    let all = &facts.tally.crossings;
    let withheld = many(all.values().filter(|c| c.outcome == Some(CrossingOutcome::Control)).count());
    let units = facts.tally.trials.units(facts.as_of, policy);
    let placed = many(units.len());
    let left_alone = many(units.iter().filter(|unit| Side::Control.holds(unit)).count());
    let now = compared(&units).count();
    let counted: Vec<&Unit> = compared(&units).filter(|unit| unit.figures.is_some()).collect();
    // A line may stand in the days of one program and in the time before of another: it is one line.
    let other_currency: BTreeMap<&RoId, u64> =
        counted.iter().flat_map(|unit| &unit.other_currency).map(|(ro, lines)| (ro, *lines)).collect();
    let other_currency = other_currency.into_values().fold(0, u64::saturating_add);
    let lift = compare(&units, facts.as_of, policy, rules);
    let mut note = if placed == 0 && withheld == 0 && facts.tally.withheld == 0 {
        "Nothing was withheld: without a control group nobody can say how many of these visits would have come anyway.".to_owned()
    } else {
        format!(
            "Households are placed by lot, each once per program and season, and counted when their days are over. A range may be looked at every day: it holds the truth at all looks together in {} of 100 experiments ({}, {}).",
            100_u8.saturating_sub(rules.miss_percent),
            policy.version(),
            rules.version
        )
    };
    note.extend(changed_shares(&units));
    if other_currency > 0 {
        note.push_str(&of_other_currency(other_currency));
    }
    let placed_of = || of(placed, "households placed");
    Control {
        crossings: facts.count(
            "control.crossings",
            "Crossings withheld",
            withheld,
            &of(many(all.len()), "thresholds crossed"),
            "Crossings nothing is said about on purpose, so that one sees what would have come anyway.",
        ),
        touches: facts.total(
            "control.touches",
            "Messages withheld",
            facts.tally.withheld,
            "messages withheld",
            "Messages not sent because their case is in the control group.",
        ),
        placed: facts.total(
            "control.placed",
            "Households placed",
            placed,
            "households placed",
            "Households with a place in an experiment, once for each program and season: spoken to, on which plan, or left alone.",
        ),
        left_alone: facts.count(
            "control.left_alone",
            "Households left alone",
            left_alone,
            &placed_of(),
            "Households in the control group of a program and season, whether anything would have reached them or not.",
        ),
        earlier: facts.count(
            "control.earlier",
            "Households placed under earlier shares",
            many(units.len().saturating_sub(now)),
            &placed_of(),
            "Households placed under another version of the shares than their program used last. Other shares are another experiment: these are not compared.",
        ),
        counted: facts.count(
            "control.counted",
            "Households counted",
            many(counted.len()),
            &placed_of(),
            "Households placed under the shares that their program used last whose days are over, with the days in which their last orders are closed: only these are compared.",
        ),
        other_currency: facts.total(
            "control.other_currency",
            "Lines in another currency",
            other_currency,
            "customer-pay lines in another currency",
            "Customer-pay lines in another currency than that of the trial policy, opened in the days of a household counted or in the time before that stands against them, each once. They are in no dollars of the comparison.",
        ),
        lift: lift.iter().flat_map(rows).collect(),
        note,
    }
}

/// Of each program whose shares were changed: how many households are not compared any more.
fn changed_shares(units: &[Unit]) -> Vec<String> {
    let now: BTreeMap<&ProgramId, &PolicyVersion> =
        compared(units).map(|unit| (&unit.program, &unit.policy)).collect();
    let said = now.into_iter().filter_map(|(program, shares)| {
        let earlier = units.iter().filter(|unit| unit.program == *program && unit.policy != *shares).count();
        let are = match earlier {
            0 => return None,
            1 => "1 household is".to_owned(),
            earlier => format!("{earlier} households are"),
        };
        Some(format!(
            " The shares of {} were changed: of those placed under other shares than {shares}, the last, {are} not compared.",
            spoken(program.as_str())
        ))
    });
    said.collect()
}

fn of_other_currency(lines: u64) -> String {
    let stand = if lines == 1 {
        "1 customer-pay line in another currency stands"
    } else {
        &format!("{lines} customer-pay lines in another currency stand")
    };
    format!(" {stand} in no dollars of the comparison.")
}

/// A row for each measure.
fn rows(comparison: &Comparison) -> impl Iterator<Item = Lift> {
    comparison.answers.iter().map(|(measure, answer)| {
        let range = match answer {
            Answer::CannotSayYet { .. } => None,
            Answer::NoDifferenceYet { range, .. } | Answer::Differs(range) => Some(range),
        };
        let shown = |pick: fn(&Range) -> f64| range.and_then(|range| figure(*measure, pick(range)));
        Lift {
            program: comparison.program.to_string(),
            one: named(&comparison.one),
            other: named(&comparison.other),
            measure: measure.as_str().to_owned(),
            outcome_days: comparison.outcome_days,
            shares: comparison.policy.to_string(),
            earlier: comparison.earlier,
            placed: [comparison.placed.0, comparison.placed.1],
            counted: [comparison.counted.0, comparison.counted.1],
            low: shown(|range| range.low),
            estimate: shown(|range| range.estimate),
            high: shown(|range| range.high),
            says: says(comparison, *measure, answer),
        }
    })
}

fn named(side: &Side) -> String {
    match side {
        Side::Treated => "those written to".to_owned(),
        Side::Plan(plan) => format!("those on {plan}"),
        Side::Control => "those left alone".to_owned(),
    }
}

/// In the unit a reader is shown: visits and opt-outs for 100 households, dollars for one.
fn figure(measure: Measure, value: f64) -> Option<Decimal> {
    let (scaled, digits) = match measure {
        Measure::Visits | Measure::OptOuts => (value * 100.0, 1),
        Measure::CustomerPay => (value / 100.0, 2),
    };
    let mut value = Decimal::from_f64(scaled)?.round_dp(digits);
    // Never -0.0.
    value.set_sign_negative(value.is_sign_negative() && !value.is_zero());
    value.rescale(digits);
    Some(value)
}

const fn unit(measure: Measure) -> &'static str {
    match measure {
        Measure::Visits => "visits for 100 households",
        Measure::CustomerPay => "customer-pay dollars for each household",
        Measure::OptOuts => "opt-outs for 100 households",
    }
}

/// The word for a difference below nothing.
const fn fewer(measure: Measure) -> &'static str {
    match measure {
        Measure::Visits | Measure::OptOuts => "fewer",
        Measure::CustomerPay => "less",
    }
}

fn says(comparison: &Comparison, measure: Measure, answer: &Answer) -> String {
    let (one, other) = (named(&comparison.one), named(&comparison.other));
    let about = format!("{}, {one} and {other}, {}", spoken(comparison.program.as_str()), unit(measure));
    let shown = |value: f64| figure(measure, value).map_or_else(|| "?".to_owned(), |value| value.to_string());
    let in_weeks = |weeks: Option<u32>| match weeks {
        Some(1) => "at this rate in 1 week".to_owned(),
        Some(weeks) => format!("at this rate in {weeks} weeks"),
        None => "at this rate not within the time we would promise".to_owned(),
    };
    match answer {
        Answer::CannotSayYet { lack, .. } if comparison.counted.0.min(comparison.counted.1) == 0 => {
            let (Lack::Households { need, .. } | Lack::Responding { need, .. }) = lack;
            format!(
                "{about}: cannot say yet; in one group no household is counted so far, and {need} are needed in each."
            )
        }
        Answer::CannotSayYet { lack: Lack::Households { have, need }, weeks } => format!(
            "{about}: cannot say yet; the smaller group has {have} of the {need} households it needs, {}.",
            in_weeks(*weeks)
        ),
        Answer::CannotSayYet { lack: Lack::Responding { have, need }, weeks } => {
            let who = match measure {
                Measure::Visits => "households that came",
                Measure::CustomerPay => "households that paid",
                Measure::OptOuts => "households that opted out",
            };
            format!(
                "{about}: cannot say yet; there are {have} of the {need} {who} it needs, {}.",
                in_weeks(*weeks)
            )
        }
        Answer::NoDifferenceYet { range, weeks } => format!(
            "{about}: no difference shown yet, from {} to {}; one of {} would show {}.",
            shown(range.low),
            shown(range.high),
            shown(range.estimate),
            in_weeks(*weeks)
        ),
        // All of the range lies on one side of nothing: said without a sign.
        Answer::Differs(range) if range.high <= 0.0 => format!(
            "{about}: {} {}, from {} to {}.",
            shown(range.estimate.abs()),
            fewer(measure),
            shown(range.high.abs()),
            shown(range.low.abs())
        ),
        Answer::Differs(range) => format!(
            "{about}: {} more, from {} to {}.",
            shown(range.estimate),
            shown(range.low),
            shown(range.high)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(measure: Measure, counted: (u64, u64), answer: Answer) -> String {
        let comparison = Comparison {
            program: "mileage_due".parse().unwrap(),
            one: Side::Treated,
            other: Side::Control,
            policy: "control/test".parse().unwrap(),
            earlier: 0,
            placed: (900, 100),
            counted,
            outcome_days: 90,
            answers: vec![(measure, answer)],
        };
        rows(&comparison).next().unwrap().says
    }

    #[test]
    fn what_can_be_said_is_said_and_what_cannot_is_not_a_number() {
        let range = |low, estimate, high| Range { estimate, low, high, standard_error: 0.01, taken_out: 0.1 };
        let about = "mileage due, those written to and those left alone, ";
        for (case, said, expected) in [
            (
                "nobody is counted",
                told(
                    Measure::Visits,
                    (12, 0),
                    Answer::CannotSayYet { lack: Lack::Households { have: 0, need: 100 }, weeks: None },
                ),
                "visits for 100 households: cannot say yet; in one group no household is counted so far, and 100 are needed in each.",
            ),
            (
                "too few",
                told(
                    Measure::Visits,
                    (400, 50),
                    Answer::CannotSayYet { lack: Lack::Households { have: 50, need: 100 }, weeks: Some(4) },
                ),
                "visits for 100 households: cannot say yet; the smaller group has 50 of the 100 households it needs, at this rate in 4 weeks.",
            ),
            (
                "too few that paid",
                told(
                    Measure::CustomerPay,
                    (400, 150),
                    Answer::CannotSayYet { lack: Lack::Responding { have: 9, need: 30 }, weeks: None },
                ),
                "customer-pay dollars for each household: cannot say yet; there are 9 of the 30 households that paid it needs, at this rate not within the time we would promise.",
            ),
            (
                "nothing yet",
                told(
                    Measure::CustomerPay,
                    (400, 150),
                    Answer::NoDifferenceYet { range: range(-210.0, 1_234.0, 2_678.4), weeks: Some(1) },
                ),
                "customer-pay dollars for each household: no difference shown yet, from -2.10 to 26.78; one of 12.34 would show at this rate in 1 week.",
            ),
            (
                "a difference",
                told(Measure::Visits, (900, 500), Answer::Differs(range(0.021, 0.0533, 0.0857))),
                "visits for 100 households: 5.3 more, from 2.1 to 8.6.",
            ),
            (
                "a difference the other way",
                told(Measure::Visits, (900, 500), Answer::Differs(range(-0.0857, -0.0533, -0.021))),
                "visits for 100 households: 5.3 fewer, from 2.1 to 8.6.",
            ),
            (
                "opt-outs the other way",
                told(Measure::OptOuts, (900, 500), Answer::Differs(range(-0.04, -0.03, -0.02))),
                "opt-outs for 100 households: 3.0 fewer, from 2.0 to 4.0.",
            ),
            (
                "dollars the other way",
                told(Measure::CustomerPay, (900, 500), Answer::Differs(range(-2_678.4, -1_234.0, -210.0))),
                "customer-pay dollars for each household: 12.34 less, from 2.10 to 26.78.",
            ),
        ] {
            assert_eq!(said, format!("{about}{expected}"), "{case}");
        }
    }
}
