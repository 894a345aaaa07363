//! Declined work.

use std::collections::BTreeMap;

use fixedops_vocab::{Channel, PolicyVersion, RoId, RoLineId};
use rust_decimal::Decimal;

use super::pen::{many, of, percent, percent_of, spoken};
use crate::figure::rounded;
use crate::scorecard::facts::Facts;
use crate::scorecard::policy::TargetName;
use crate::scorecard::tally::{Answer, Counts, DeclinedTally, more};
use crate::scorecard::{ByPlan, Cohort, Declined, PlanRow, Table};
use crate::{DeclineReasons, Figure, Unit};

/// Sums of some declined lines.
#[derive(Clone, Default)]
struct Sums {
    lines: u64,
    priced: u64,
    amount: Decimal,
    contacted: u64,
    booked: u64,
    completed: u64,
    recovered: Decimal,
    done: u64,
    open: u64,
    open_amount: Decimal,
}

impl Sums {
    fn add(&mut self, facts: &Facts<'_>, key: &(RoId, RoLineId), line: &DeclinedTally) {
        let one = |count: &mut u64, when: bool| *count = count.saturating_add(u64::from(when));
        let price = line.price.and_then(|price| facts.dollars(price));
        let case = line.case.as_ref().filter(|case| facts.tally.cases.contains_key(case));
        // Lines that travel in one case are earned one by one.
        let own = case.map(|case| format!("{case}#{}", key.1));
        let credits = case.map_or(&[][..], |case| facts.credits_of(case)).iter();
        let credits: Vec<_> =
            credits.filter(|(_, credit)| own.as_deref().is_none_or(|own| credit.trigger == own)).collect();
        let completed = !credits.is_empty();
        let done = !completed && done_since(facts, key, line);
        one(&mut self.lines, true);
        one(&mut self.priced, price.is_some());
        self.amount = self.amount.saturating_add(price.unwrap_or_default());
        one(
            &mut self.contacted,
            case.and_then(|id| facts.tally.cases.get(id)).is_some_and(|c| c.first_sent().is_some()),
        );
        one(&mut self.booked, case.is_some_and(|case| !facts.appointments_of(case).is_empty()));
        one(&mut self.completed, completed);
        one(&mut self.done, done);
        for (_, credit) in credits {
            self.recovered = self.recovered.saturating_add(facts.dollars(credit.money).unwrap_or_default());
        }
        if !completed && !done {
            one(&mut self.open, true);
            self.open_amount = self.open_amount.saturating_add(price.unwrap_or_default());
        }
    }
}

/// Whether the vehicle had the same work done here on a later order.
fn done_since(facts: &Facts<'_>, (ro, _): &(RoId, RoLineId), declined: &DeclinedTally) -> bool {
    facts.orders_of(&declined.vehicle).iter().any(|(other, order)| {
        let later = *other != ro
            && !order.voided
            && order.closed_at.is_some()
            && order.opened_at.is_some_and(|at| at > declined.declined_at);
        later
            && order.lines.iter().any(|line| {
                let same_code = declined.op_code.is_some() && line.op_code == declined.op_code;
                let same_service = declined.service.is_some() && line.service == declined.service;
                (same_code || same_service) && line.money.amount() > Decimal::ZERO
            })
    })
}

pub(super) fn section(facts: &Facts<'_>) -> Declined {
    let tally = facts.tally;
    let (mut all, mut older) = (Sums::default(), Sums::default());
    let mut in_period = 0_u64;
    let mut cohorts: BTreeMap<String, Sums> = BTreeMap::new();
    let mut by_reason = Counts::new();
    for (key, line) in &tally.declined {
        // Approved or put off after all: another state.
        if tally.answers.get(key) != Some(&Answer::Declined) {
            continue;
        }
        if !facts.is_ours(line) {
            older.add(facts, key, line);
            continue;
        }
        in_period = in_period.saturating_add(u64::from(line.declined_at >= facts.from));
        all.add(facts, key, line);
        cohorts.entry(line.declined_at.format("%Y-%m").to_string()).or_default().add(facts, key, line);
        more(&mut by_reason, if line.reason.is_empty() { "not_told" } else { &line.reason });
    }
    let (mut recommended, mut silent, mut accepted) = (0_u64, 0_u64, 0_u64);
    for (ro, inspection) in &tally.inspections {
        for finding in inspection.findings.iter().filter(|finding| finding.priced && finding.code != "green")
        {
            recommended = recommended.saturating_add(1);
            let line = tally.findings_answered.get(&(ro.clone(), finding.id.clone()));
            silent = silent.saturating_add(u64::from(line.is_none()));
            let answer = line.and_then(|line| tally.answers.get(&(ro.clone(), line.clone())));
            accepted = accepted.saturating_add(u64::from(answer == Some(&Answer::Approved)));
        }
    }
    let lines = || of(all.lines, "lines declined");
    let all_answers = facts.all_answered();
    let worth =
        facts.policy.file.recovery_scenarios.percent.iter().map(|rate| worth(facts, &all, *rate)).collect();
    Declined {
        lines: facts.count(
            "declined.lines",
            "Lines declined",
            all.lines,
            &of(all_answers, "recommended lines answered"),
            "Recommended lines whose last answer is no, each (order, line) once: declined in the period, or declined before it and followed up by a case of ours. Older lines that were only taken over stand apart.",
        ),
        in_period: facts.count("declined.in_period", "Declined in the period", in_period, &lines(), "Of those, the lines declined since the journal began. The others were declined before, and a case was opened for them."),
        taken_over: facts.total(
            "declined.taken_over",
            "Older declined lines taken over",
            older.lines,
            "older declined lines taken over",
            "Lines declined before the journal began for which no case was opened: history that came with the store's records. They are in no rate of this page.",
        ),
        taken_over_open: facts.money(
            "declined.taken_over_open",
            "Dollars of the older lines, not done here since",
            older.open_amount,
            &of(older.open, "older declined lines not done here since"),
            "Their prices, as quoted when they were declined. How much of it is still wanted, nobody knows.",
        ),
        amount: facts.money("declined.amount", "Dollars declined", all.amount, &of(all.priced, "declined lines with a price"), "Their prices, as quoted when they were declined."),
        unpriced: facts.count("declined.unpriced", "Without a price", all.lines.saturating_sub(all.priced), &lines(), "Declined lines of which no price is known: they count as lines and as no dollars."),
        contacted: facts.count("declined.contacted", "Contacted", all.contacted, &lines(), "Declined lines of which at least one message went out."),
        booked: facts.count("declined.booked", "Booked", all.booked, &lines(), "Declined lines an appointment followed, as in the funnel."),
        completed: facts.count("declined.completed", "Completed, credited", all.completed, &lines(), "Declined lines that earned a credit in force; lines that travel in one case are counted one by one."),
        done_uncredited: facts.count(
            "declined.done_uncredited",
            "Done here without credit",
            all.done,
            &lines(),
            "Declined lines whose work (same op code, or same service) stands on a later order of the vehicle, without a credit: the customer came by himself, or nothing was sent.",
        ),
        recovered_amount: facts.money("declined.recovered_amount", "Dollars recovered", all.recovered, &of(all.completed, "declined lines completed with a credit"), "Credits in force of those lines."),
        recovery_rate: facts.aimed(
            facts.rate("declined.recovery_rate", "Declined lines recovered", all.completed, &lines(), "Lines completed with a credit, of all lines declined, contacted or not."),
            TargetName::Recovery,
        ),
        recovery_rate_amount: Figure::share(
            "declined.recovery_rate_amount",
            "Declined dollars recovered",
            all.recovered,
            all.amount,
            all.priced,
            "declined lines with a price",
            "Dollars recovered, of all dollars declined.",
            facts.small,
        ),
        by_reason: reasons(facts.counts(("declined.by_reason", "Why work was declined", "reason"), &by_reason, "lines declined", "The reason as it was told.")),
        by_plan: by_plan(facts),
        cohorts: cohorts.into_iter().map(|(month, sums)| cohort(facts, month, &sums)).collect(),
        deferred: facts.count(
            "declined.deferred",
            "Put off by the customer",
            facts.answered(Answer::Deferred),
            &of(all_answers, "recommended lines answered"),
            "Lines whose last answer is not now, but later: not declined.",
        ),
        approved: facts.count("declined.approved", "Approved", facts.answered(Answer::Approved), &of(all_answers, "recommended lines answered"), "Lines whose last answer is yes."),
        accepted_of_presented: facts.rate(
            "declined.accepted_of_presented",
            "Acceptance of the work presented",
            accepted,
            &of(recommended, "red and yellow findings with a price"),
            "Findings presented at a price whose last answer is yes; those never answered stay in the base. Beside it stands the acceptance of the lines answered.",
        ),
        never_answered: facts.count(
            "declined.never_answered",
            "Never answered",
            silent,
            &of(recommended, "red and yellow findings with a price"),
            "Findings offered at a price of which no answer stands in the journal: neither yes, no nor later.",
        ),
        own_worth: own_worth(facts, &all),
        worth,
    }
}

/// The reasons in the words of the shipped list; a store's own as the journal has them.
fn reasons(table: Table) -> Table {
    let known = DeclineReasons::shipped();
    table.saying(|code| known.find(code).map_or_else(|| spoken(code), |reason| reason.means.clone()))
}

/// The open list at the share of declined lines that came back so far.
fn own_worth(facts: &Facts<'_>, all: &Sums) -> Figure {
    let rate = Decimal::from(all.completed).checked_div(Decimal::from(all.lines));
    let amount = rate.filter(|_| all.lines >= facts.small).and_then(|rate| all.open_amount.checked_mul(rate));
    Figure::new(
        "declined.own_worth",
        "Worth of the open list at the store's own recovery",
        amount,
        Unit::Dollars,
        "Dollars of the declined lines that are still open, times the share of all declined lines that came back with a credit so far; none while few were declined. Recent lines had little time: the share may still rise.",
    )
    .over(Some(all.open_amount), all.open, "declined lines still open", facts.small)
}

fn worth(facts: &Facts<'_>, all: &Sums, rate: u32) -> Figure {
    let amount = all.open_amount.checked_mul(Decimal::new(i64::from(rate), 2)).unwrap_or_default();
    Figure::new(
        &format!("declined.worth_{rate}"),
        &format!("Worth of the open list at {rate}% recovery"),
        Some(amount),
        Unit::Dollars,
        "Dollars of the declined lines that are still open, times the rate. A scenario, not a promise.",
    )
    .over(Some(all.open_amount), all.open, "declined lines still open", facts.small)
    .from_source(&facts.policy.file.recovery_scenarios.source)
}

fn cohort(facts: &Facts<'_>, month: String, sums: &Sums) -> Cohort {
    Cohort {
        month,
        lines: sums.lines,
        amount: sums.amount,
        contacted: sums.contacted,
        booked: sums.booked,
        completed: sums.completed,
        recovered_amount: sums.recovered,
        percent_lines: percent_of(sums.completed, sums.lines),
        percent_amount: percent(sums.recovered, sums.amount),
        small_base: sums.lines < facts.small,
    }
}

/// The programme of declined work.
const DECLINED_RECOVERY: &str = "declined_recovery";

/// Sums of the cases of one plan.
#[derive(Default)]
struct OfPlan {
    cases: u64,
    contacted: u64,
    texts: u64,
    emails: u64,
    calls: u64,
    opt_outs: u64,
    recovered: u64,
    amount: Decimal,
}

fn by_plan(facts: &Facts<'_>) -> ByPlan {
    let mut plans: BTreeMap<&PolicyVersion, OfPlan> = BTreeMap::new();
    let one = |count: &mut u64, when: bool| *count = count.saturating_add(u64::from(when));
    for (id, case) in facts.cases().filter(|(_, case)| case.program == DECLINED_RECOVERY) {
        let plan = plans.entry(&case.plan).or_default();
        one(&mut plan.cases, true);
        one(&mut plan.contacted, case.first_sent().is_some() || !case.calls.is_empty());
        for touch in case.sent() {
            one(&mut plan.texts, matches!(touch.channel, Some(Channel::Sms | Channel::Mms)));
            one(&mut plan.emails, touch.channel == Some(Channel::Email));
        }
        plan.calls = plan.calls.saturating_add(many(case.calls.len()));
        let credits = facts.credits_of(id);
        one(&mut plan.recovered, !credits.is_empty());
        for (_, credit) in credits {
            plan.amount = plan.amount.saturating_add(facts.dollars(credit.money).unwrap_or_default());
        }
    }
    for case in facts.tally.opt_outs.values().filter_map(|case| facts.tally.cases.get(case)) {
        if let Some(plan) = plans.get_mut(&case.plan).filter(|_| case.program == DECLINED_RECOVERY) {
            one(&mut plan.opt_outs, true);
        }
    }
    ByPlan {
        definition: "Cases of the declined-work program by the version of the plan they were opened on: the declined lines of one order travel in one. Contacted: at least one text or e-mail went out, or a call was put on an advisor's list. An opt-out belongs to the case that wrote to the contact point last, or was last to call its owner; what the DMS, a carrier or a wrong number took back is none. Recovered: the case earned a credit in force. Plans that ran at different times, or for different customers, are shown side by side here and not compared: who would have come anyway is not known.".to_owned(),
        rows: plans.into_iter().map(|(plan, sums)| plan_row(facts, plan, &sums)).collect(),
    }
}

fn plan_row(facts: &Facts<'_>, plan: &PolicyVersion, sums: &OfPlan) -> PlanRow {
    let touches = sums.texts.saturating_add(sums.emails).saturating_add(sums.calls);
    let each = |above: Decimal, below: u64| {
        above.checked_div(Decimal::from(below)).map(|value| rounded(value, Unit::Each))
    };
    PlanRow {
        plan: plan.clone(),
        cases: sums.cases,
        contacted: sums.contacted,
        texts: sums.texts,
        emails: sums.emails,
        calls: sums.calls,
        opt_outs: sums.opt_outs,
        opt_outs_per_1000: each(Decimal::from(sums.opt_outs).saturating_mul(Decimal::ONE_THOUSAND), touches),
        recovered: sums.recovered,
        recovered_amount: sums.amount,
        percent_recovered: percent_of(sums.recovered, sums.cases),
        touches_per_recovered: each(touches.into(), sums.recovered),
        small_base: sums.cases < facts.small,
    }
}
