//! Credits, visits, write-backs.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::pen::{TwoWords, many, of};
use crate::scorecard::Attribution;
use crate::scorecard::facts::Facts;
use crate::scorecard::plain::say;
use crate::scorecard::tally::{Counts, more};
use crate::{Figure, Unit};

const STATES: [&str; 5] = ["queued", "waiting", "confirmed", "parked", "withdrawn"];

pub(super) fn section(facts: &Facts<'_>) -> Attribution {
    let tally = facts.tally;
    let plus = |sum: Decimal, amount: Decimal| sum.saturating_add(amount);
    let (mut lines, mut credited) = (0_u64, Decimal::ZERO);
    let mut by_evidence: BTreeMap<String, (u64, Decimal)> = fixedops_attribution::Evidence::ALL
        .iter()
        .filter(|evidence| **evidence != fixedops_attribution::Evidence::VisitOnly)
        .map(|evidence| (evidence.to_string(), (0, Decimal::ZERO)))
        .collect();
    let mut by_program: BTreeMap<String, (u64, Decimal)> = BTreeMap::new();
    for credit in tally.credits.values() {
        let amount = facts.dollars(credit.money).unwrap_or_default();
        lines = lines.saturating_add(1);
        credited = plus(credited, amount);
        let case = facts.case_of_trigger(&credit.trigger).and_then(|case| tally.cases.get(case));
        let program = case.map_or_else(|| "unknown".to_owned(), |case| case.program.clone());
        for row in [by_evidence.entry(credit.evidence.clone()), by_program.entry(program)] {
            let row = row.or_default();
            *row = (row.0.saturating_add(1), plus(row.1, amount));
        }
    }
    let visits = facts.visits();
    let visit_sum = visits.values().map(|visit| visit.amount).fold(Decimal::ZERO, plus);
    let paid: Vec<_> = facts
        .orders()
        .filter_map(|(ro, order)| order.customer_pay(facts.currency).map(|amount| (ro, amount)))
        .collect();
    let others: Vec<Decimal> =
        paid.iter().filter(|(ro, _)| !visits.contains_key(ro)).map(|(_, amount)| *amount).collect();
    let paid_lines = facts.orders().flat_map(|(_, order)| &order.lines);
    let paid_lines =
        many(paid_lines.filter(|line| line.pay_type == fixedops_vocab::PayType::CustomerPay).count());
    let mut not_credited = Counts::new();
    for (ro, _) in facts.orders() {
        for reason in tally.not_credited.get(ro).into_iter().flatten() {
            more(&mut not_credited, reason);
        }
    }
    let mut reversed_by = Vec::new();
    let mut reversed = 0_u64;
    for (reason, (count, amounts)) in &tally.reversals {
        reversed = reversed.saturating_add(*count);
        let sum = amounts.iter().filter_map(|money| facts.dollars(*money)).fold(Decimal::ZERO, plus);
        reversed_by.push((reason.clone(), *count, Some(sum)));
    }
    let mut states: BTreeMap<&str, u64> = STATES.into_iter().map(|state| (state, 0)).collect();
    let mut by_kind = TwoWords::new(&STATES);
    for write_back in tally.write_backs.values() {
        let state = states.entry(write_back.state).or_default();
        *state = state.saturating_add(1);
        by_kind.more(&write_back.kind, write_back.state);
    }
    let credits = || of(lines, "credited lines");
    let visited = || of(many(visits.len()), "credited visits");
    let with_amount = |rows: BTreeMap<String, (u64, Decimal)>| {
        rows.into_iter().map(|(word, (count, sum))| (word, count, Some(sum)))
    };
    let ladder = fixedops_attribution::Evidence::ALL.iter().filter_map(|evidence| {
        let (word, (count, sum)) = by_evidence.remove_entry(evidence.as_str())?;
        Some((word, count, Some(sum)))
    });
    let ladder: Vec<_> = ladder.collect();
    let benchmark = facts.policy.benchmark().amount();
    let source = &facts.policy.file.benchmark_visit;
    let mean = visit_sum.checked_div(Decimal::from(visits.len()));
    let difference = Figure::new(
        "attribution.difference",
        "Credited visit less the benchmark",
        mean.map(|mean| mean.saturating_sub(benchmark)),
        Unit::Dollars,
        "The mean credited visit less the benchmark of a customer-pay repair order. A benchmark per order is compared with whole visits only, never with credited lines.",
    );
    Attribution {
        credited_lines: facts.count(
            "attribution.credited_lines",
            "Credited lines",
            lines,
            &of(paid_lines, "customer-pay lines of the orders closed in the period"),
            "Lines with a credit in force: each line at most one, each with a receipt that can be recomputed.",
        ),
        credited_amount: facts.money("attribution.credited_amount", "Dollars of the credited lines", credited, &credits(), "The credits in force. Never more than the customer-pay dollars of their orders."),
        credited_visits: facts.count(
            "attribution.credited_visits",
            "Credited visits",
            many(visits.len()),
            &of(many(paid.len()), "customer-pay repair orders closed in the period"),
            "Repair orders with at least one credited line.",
        ),
        visit_amount: facts.money(
            "attribution.visit_amount",
            "Customer-pay dollars of the credited visits",
            visit_sum,
            &visited(),
            "All customer-pay lines of the credited visits, other work included. Shown apart from the credited lines: not all of it was earned by the message.",
        ),
        mean_visit: facts.mean("attribution.mean_visit", "Average credited visit", visit_sum, &visited(), "Customer-pay dollars of the credited visits divided by their number."),
        benchmark: Figure::new(
            "attribution.benchmark",
            &format!("Benchmark: {} ({})", source.label, source.as_of),
            Some(benchmark),
            Unit::Dollars,
            "What others report a customer-pay repair order to be worth. It is an input, not a measurement of this store.",
        )
        .from_source(&source.source),
        difference: difference.over(None, many(visits.len()), "credited visits", facts.small).from_source(&source.source),
        mean_other_order: facts.mean(
            "attribution.mean_other_order",
            "Average of the store's other customer-pay orders",
            others.iter().copied().fold(Decimal::ZERO, plus),
            &of(many(others.len()), "customer-pay orders without a credited line"),
            "The customer-pay orders closed in the period without a credited line: the store's own yardstick.",
        ),
        by_evidence: facts.table(
            ("attribution.by_evidence", "What tied line and message", "evidence"),
            ladder,
            &credits(),
            "The strongest evidence behind each credit, strongest first: our token in the appointment; the order made from an appointment set after the message; a click, then a booking; an answer, then a booking; linked work within the window of the policy.",
        )
        .saying(|word| say(&facts.plain.evidence, word)),
        by_program: facts.table(("attribution.by_program", "Credits by program", "program"), with_amount(by_program), &credits(), "The program whose case earned the credit."),
        not_credited: facts.counts(
            ("attribution.not_credited", "Lines without credit", "reason"),
            &not_credited,
            "lines of the orders closed in the period without credit",
            "Why the lines of those orders earned no credit.",
        )
        .saying(|word| say(&facts.plain.credit, word)),
        reversed: facts.total("attribution.reversed", "Credits taken back", reversed, "credits taken back", "Credits that no longer stand: the line changed, or a better claim came."),
        reversed_by_reason: facts.table(("attribution.reversed_by_reason", "Why credits were taken back", "reason"), reversed_by, &of(reversed, "credits taken back"), "Credits taken back by reason, with the dollars taken back.").saying(|word| say(&facts.plain.credit, word)),
        write_backs: facts.table(
            ("attribution.write_backs", "Written back to the DMS", "state"),
            STATES.map(|state| (state.to_owned(), states.get(state).copied().unwrap_or_default(), None)),
            &of(many(tally.write_backs.len()), "write-backs queued"),
            "Where each write-back stands: queued; waiting after the DMS did not answer; confirmed, it was read back; parked for a person, with a reason; withdrawn, overtaken before it was written.",
        ),
        write_backs_by_kind: by_kind.table(("attribution.write_backs_by_kind", "Write-backs by kind", "kind"), true, "The same by what is written."),
    }
}
