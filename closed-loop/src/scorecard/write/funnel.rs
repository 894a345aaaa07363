//! From a trigger to dollars, by programme.

use std::collections::{BTreeMap, BTreeSet};

use fixedops_vocab::CaseId;
use rust_decimal::Decimal;

use super::pen::{of, percent_of, spoken};
use crate::scorecard::facts::Facts;
use crate::scorecard::policy::TargetName;
use crate::scorecard::tally::{CaseTally, Standing};
use crate::scorecard::{Funnel, FunnelStep, Funnels};

/// The steps of a case, in order, with what each means.
const STEPS: [(&str, &str, &str); 6] = [
    ("sent", "Contacted", "Cases of which at least one message went out."),
    ("delivered", "Delivered", "Cases of which the carrier reported at least one message delivered."),
    (
        "engaged",
        "Followed or answered",
        "Cases of which a person opened a link (by the policy's degree of likeness, scanners left out) or answered without taking his consent back.",
    ),
    (
        "booked",
        "Appointment set",
        "Contacted cases an appointment followed: it carries the token of one of their messages, or it was set without a token after the case was the last to write about the vehicle, within the policy's days.",
    ),
    ("shown", "Customer came", "Cases of which at least one of those appointments was kept."),
    (
        "repair_order",
        "Customer-pay repair order",
        "Cases that earned at least one credit in force on a closed customer-pay line, with or without an appointment.",
    ),
];

/// Sums of one programme.
#[derive(Default)]
struct Sums {
    triggers: u64,
    cases: u64,
    reached: [u64; STEPS.len()],
    through: [u64; STEPS.len()],
    visits: u64,
    visit_amount: Decimal,
    credits: u64,
    credited_amount: Decimal,
    due: u64,
    shown: u64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        let plus = |a: &mut u64, b: u64| *a = a.saturating_add(b);
        plus(&mut self.triggers, other.triggers);
        plus(&mut self.cases, other.cases);
        plus(&mut self.visits, other.visits);
        plus(&mut self.credits, other.credits);
        plus(&mut self.due, other.due);
        plus(&mut self.shown, other.shown);
        for (mine, theirs) in self.reached.iter_mut().zip(other.reached) {
            plus(mine, theirs);
        }
        for (mine, theirs) in self.through.iter_mut().zip(other.through) {
            plus(mine, theirs);
        }
        self.visit_amount = self.visit_amount.saturating_add(other.visit_amount);
        self.credited_amount = self.credited_amount.saturating_add(other.credited_amount);
    }
}

pub(super) fn section(facts: &Facts<'_>) -> Funnels {
    let mut programs: BTreeMap<&str, Sums> = BTreeMap::new();
    for crossing in facts.tally.crossings.values() {
        let sums = programs.entry(facts.program_of(crossing)).or_default();
        sums.triggers = sums.triggers.saturating_add(1);
    }
    let mut declined_cases: BTreeSet<&CaseId> = BTreeSet::new();
    for declined in facts.tally.declined.values() {
        let case = declined.case.as_ref().and_then(|case| facts.tally.cases.get_key_value(case));
        if let Some((id, case)) = case {
            declined_cases.insert(id);
            let sums = programs.entry(&case.program).or_default();
            sums.triggers = sums.triggers.saturating_add(1);
        }
    }
    for (id, case) in facts.cases() {
        let sums = programs.entry(&case.program).or_default();
        sums.cases = sums.cases.saturating_add(1);
        // Of a line that was put off, and of other programmes: the case is all that is known of its trigger.
        if case.crossing.is_none() && !declined_cases.contains(id) {
            sums.triggers = sums.triggers.saturating_add(1);
        }
        walk(facts, id, case, sums);
    }
    for visit in facts.visits().values() {
        let case = visit.case.and_then(|case| facts.tally.cases.get(case));
        let sums = programs.entry(case.map_or("unknown", |case| &case.program)).or_default();
        sums.visits = sums.visits.saturating_add(1);
        sums.visit_amount = sums.visit_amount.saturating_add(visit.amount);
    }
    let mut total = Sums::default();
    for sums in programs.values() {
        total.add(sums);
    }
    Funnels {
        total: funnel(facts, "all", "All programs", &total),
        programs: programs.iter().map(|(word, sums)| funnel(facts, word, &spoken(word), sums)).collect(),
    }
}

/// How far one case came.
fn walk(facts: &Facts<'_>, id: &CaseId, case: &CaseTally, sums: &mut Sums) {
    let sent = case.first_sent().is_some();
    let appointments = facts.appointments_of(id);
    let credits = facts.credits_of(id);
    let steps = [
        sent,
        sent && case.sent().any(|touch| touch.delivered == Some(true)),
        sent && case.engaged(facts.human).is_some(),
        sent && !appointments.is_empty(),
        sent && appointments.iter().any(|appointment| appointment.standing == Standing::Shown),
        !credits.is_empty(),
    ];
    let mut so_far = true;
    for ((reached, through), step) in sums.reached.iter_mut().zip(&mut sums.through).zip(steps) {
        so_far &= step;
        *reached = reached.saturating_add(u64::from(step));
        *through = through.saturating_add(u64::from(so_far));
    }
    for appointment in appointments.iter().filter(|appointment| facts.is_due(appointment)) {
        sums.due = sums.due.saturating_add(1);
        sums.shown = sums.shown.saturating_add(u64::from(appointment.standing == Standing::Shown));
    }
    for (_, credit) in credits {
        sums.credits = sums.credits.saturating_add(1);
        let amount = facts.dollars(credit.money).unwrap_or_default();
        sums.credited_amount = sums.credited_amount.saturating_add(amount);
    }
}

fn funnel(facts: &Facts<'_>, program: &str, label: &str, sums: &Sums) -> Funnel {
    let id = |step: &str| format!("funnel.{program}.{step}");
    let cases = || of(sums.cases, "cases opened");
    let mut steps = vec![
        FunnelStep {
            key: "triggers".to_owned(),
            figure: facts.total(
                &id("triggers"),
                "Triggers",
                sums.triggers,
                "triggers",
                "What could open a case: thresholds crossed, declined lines of owners who may be written to, lines put off whose day came, and the cases of other programs.",
            ),
            percent_of_cases: percent_of(sums.triggers, sums.cases),
            percent_of_previous: None,
            through: sums.triggers,
        },
        FunnelStep {
            key: "cases".to_owned(),
            figure: facts.count(
                &id("cases"),
                "Cases opened",
                sums.cases,
                &of(sums.triggers, "triggers"),
                "Cases opened on a plan. A crossing bundled into another has no case of its own: it is told in the other's messages.",
            ),
            percent_of_cases: percent_of(sums.cases, sums.cases),
            percent_of_previous: percent_of(sums.cases, sums.triggers),
            through: sums.cases,
        },
    ];
    let mut previous = sums.cases;
    for (((key, label, definition), reached), through) in
        STEPS.into_iter().zip(sums.reached).zip(sums.through)
    {
        steps.push(FunnelStep {
            key: key.to_owned(),
            figure: facts.count(&id(key), label, reached, &cases(), definition),
            percent_of_cases: percent_of(reached, sums.cases),
            percent_of_previous: percent_of(reached, previous),
            through,
        });
        previous = reached;
    }
    let [sent, _, _, booked, ..] = sums.reached;
    let show_rate = facts.rate(
        &id("show_rate"),
        "Show rate",
        sums.shown,
        &of(sums.due, "appointments of these cases whose day has come, those called off left out"),
        "Customers who came, of the appointments that followed a message of these cases, whose day has come and that were not called off.",
    );
    Funnel {
        program: program.to_owned(),
        label: label.to_owned(),
        steps,
        visit_amount: facts.money(
            &id("visit_amount"),
            "Customer-pay dollars of the visits",
            sums.visit_amount,
            &of(sums.visits, "repair orders with a credited line"),
            "All customer-pay lines of the orders with a credited line, other work included. An order that several cases earned stands with the case of its first credited line.",
        ),
        credited_amount: facts.money(
            &id("credited_amount"),
            "Dollars of the credited lines",
            sums.credited_amount,
            &of(sums.credits, "credited lines"),
            "The credits in force, line by line, each with its receipt.",
        ),
        set_rate: facts.rate(
            &id("set_rate"),
            "Set rate",
            booked,
            &of(sent, "cases contacted"),
            "Cases an appointment followed, of the cases contacted.",
        ),
        show_rate: facts.aimed(show_rate, TargetName::ShowRate),
    }
}
