//! Weeks since the loop began, and what is asked of some of them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::pen::{of, percent_of, spoken};
use super::store::{order_lift, orders_before};
use crate::DeclineReasons;
use crate::scorecard::facts::Facts;
use crate::scorecard::policy::{MilestonePolicy, MilestoneTarget};
use crate::scorecard::tally::{Answer, CaseTally, Counts, Ended, InspectionTally, Standing, more};
use crate::scorecard::{Hint, LoopWeek, Milestone, Progress};

/// More weeks than anybody looks at.
const MOST_WEEKS: u32 = 1_040;
/// The programme that sends the link to an inspection.
const INSPECTION_DELIVERY: &str = "inspection_delivery";
/// Reasons of a decline that explain nothing.
const NO_REASON: [&str; 4] = ["", "not_told", "no_reason_given", "other"];

pub(super) fn section(facts: &Facts<'_>) -> Progress {
    let begun = facts.tally.first_at.is_some();
    let window = facts.policy.file.milestones.window_weeks;
    let weeks = (1..=MOST_WEEKS)
        .map_while(|week| Some((week, Span::weeks(facts, week, 1)?)))
        .take_while(|(_, span)| begun && span.from <= facts.as_of)
        .map(|(number, span)| week(number, &Counted::of(facts, span), span))
        .collect();
    let milestones = &facts.policy.file.milestones.at;
    Progress {
        definition: format!(
            "Weeks of seven days from the first event on. At a week that has targets the {window} weeks that end with it are looked at; declined work from the first week on, since it takes its time. Hints look at the same weeks, and only where a base is not small."
        ),
        weeks,
        milestones: milestones
            .iter()
            .filter(|_| begun)
            .filter_map(|policy| milestone(facts, policy, Span::weeks(facts, policy.week, window)?))
            .collect(),
    }
}

/// From an instant on, up to and without another.
#[derive(Clone, Copy)]
struct Span {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl Span {
    /// The `count` weeks that end with the week of this number, from 1.
    fn weeks(facts: &Facts<'_>, last: u32, count: u32) -> Option<Self> {
        let after = |weeks: u32| facts.from.checked_add_signed(TimeDelta::weeks(weeks.into()));
        Some(Self { from: after(last.saturating_sub(count))?, to: after(last)? })
    }

    fn holds(self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.to
    }
}

/// What happened in some weeks.
#[derive(Default)]
struct Counted {
    orders: u64,
    /// Each order once: its gate passed, it was exempted, held back, no inspection was sent in for it, or one was and the
    /// gate said nothing.
    passed: u64,
    exempted: u64,
    blocked: u64,
    not_inspected: u64,
    unjudged: u64,
    /// Red and yellow findings of these orders, and those with a photo.
    findings: u64,
    with_photo: u64,
    links: u64,
    in_time: u64,
    /// Inspections sent to a customer, by why no link went out.
    without_link: Counts,
    answered: u64,
    approved: u64,
    /// Lines declined in these weeks, and why.
    declined: u64,
    declined_for: Counts,
    sent: u64,
    delivered: u64,
    responded: u64,
    /// Messages sent and responded to, by channel.
    by_channel: BTreeMap<&'static str, (u64, u64)>,
    due: u64,
    shown: u64,
    missed: u64,
    no_word: u64,
    paid_orders: u64,
    paid: Decimal,
}

impl Counted {
    fn of(facts: &Facts<'_>, span: Span) -> Self {
        let mut counted = Self::default();
        counted.orders(facts, span);
        counted.cases(facts, span);
        for (ro, line) in facts.tally.answers.keys() {
            let Some(answer) = facts.tally.heard.get(ro, line).filter(|answer| span.holds(answer.at)) else {
                continue;
            };
            let said = facts.tally.answers.get(&(ro.clone(), line.clone()));
            one(&mut counted.answered, true);
            one(&mut counted.approved, said == Some(&Answer::Approved));
            if said == Some(&Answer::Declined) {
                one(&mut counted.declined, true);
                more(&mut counted.declined_for, answer.reason().unwrap_or_default());
            }
        }
        for appointment in facts.tally.appointments.values() {
            if appointment.set_at < facts.from
                || !span.holds(appointment.starts_at)
                || !facts.is_due(appointment)
            {
                continue;
            }
            one(&mut counted.due, true);
            one(&mut counted.shown, appointment.standing == Standing::Shown);
            one(&mut counted.missed, appointment.standing == Standing::NoShow);
            one(&mut counted.no_word, appointment.standing == Standing::Set);
        }
        counted
    }

    fn orders(&mut self, facts: &Facts<'_>, span: Span) {
        for (ro, order) in
            facts.orders().filter(|(_, order)| order.closed_at.is_some_and(|at| span.holds(at)))
        {
            if let Some(paid) = order.customer_pay(facts.currency) {
                one(&mut self.paid_orders, true);
                self.paid = self.paid.saturating_add(paid);
            }
            if !facts.is_retail(order) {
                continue;
            }
            one(&mut self.orders, true);
            let none = InspectionTally::default();
            let inspection = facts.tally.inspections.get(ro).unwrap_or(&none);
            let stands = match inspection {
                found if found.exempted.is_some() => &mut self.exempted,
                found if found.passed => &mut self.passed,
                found if found.blocked => &mut self.blocked,
                found if found.inspected => &mut self.unjudged,
                _ => &mut self.not_inspected,
            };
            one(stands, true);
            for finding in inspection.findings.iter().filter(|f| matches!(f.code.as_str(), "red" | "yellow"))
            {
                one(&mut self.findings, true);
                one(&mut self.with_photo, finding.photos > 0);
            }
        }
    }

    fn cases(&mut self, facts: &Facts<'_>, span: Span) {
        let minutes = TimeDelta::minutes(i64::from(facts.policy.file.inspection_link_minutes.value));
        for (_, case) in facts.cases() {
            for touch in case.sent() {
                if !touch.sent_at.is_some_and(|at| span.holds(at)) {
                    continue;
                }
                let responded = touch.engaged(facts.human).is_some();
                one(&mut self.sent, true);
                one(&mut self.delivered, touch.delivered == Some(true));
                one(&mut self.responded, responded);
                let channel = touch.channel.map_or("unknown", fixedops_vocab::Channel::as_str);
                let channel = self.by_channel.entry(channel).or_default();
                one(&mut channel.0, true);
                one(&mut channel.1, responded);
            }
            if case.program != INSPECTION_DELIVERY || !span.holds(case.since) {
                continue;
            }
            match case.first_sent() {
                Some(sent_at) => {
                    one(&mut self.links, true);
                    one(&mut self.in_time, sent_at - case.since <= minutes);
                }
                None => more(&mut self.without_link, why_unsent(case)),
            }
        }
    }
}

/// Why no message of a case went out, as the last of them tells.
fn why_unsent(case: &CaseTally) -> &str {
    let last = case.touches.values().filter_map(|touch| touch.ended.as_ref()).next_back();
    match last {
        Some(Ended::Suppressed(reason) | Ended::Failed(reason)) => reason,
        Some(Ended::Unknown) => "outcome_unknown",
        None => "still_to_come",
    }
}

fn one(count: &mut u64, when: bool) {
    *count = count.saturating_add(u64::from(when));
}

fn week(number: u32, counted: &Counted, span: Span) -> LoopWeek {
    LoopWeek {
        week: number,
        from: span.from.date_naive(),
        orders_closed: counted.orders,
        inspections_passed: counted.passed,
        answered: counted.answered,
        approved: counted.approved,
        sent: counted.sent,
        responded: counted.responded,
        appointments_due: counted.due,
        shown: counted.shown,
        customer_pay_orders: counted.paid_orders,
        customer_pay_amount: counted.paid,
        declined: counted.declined,
    }
}

/// Declined lines from the beginning to the end of some weeks.
#[derive(Default)]
struct Recovered {
    lines: u64,
    contacted: u64,
    booked: u64,
    recovered: u64,
    without_case: u64,
    /// Why no message about them went out.
    unsent: Counts,
}

impl Recovered {
    fn of(facts: &Facts<'_>, to: DateTime<Utc>) -> Self {
        let mut found = Self::default();
        for (key, line) in &facts.tally.declined {
            let ours = line.declined_at >= facts.from && line.declined_at < to;
            if !ours || facts.tally.answers.get(key) != Some(&Answer::Declined) {
                continue;
            }
            one(&mut found.lines, true);
            let known = line.case.as_ref().and_then(|id| Some((id, facts.tally.cases.get(id)?)));
            let Some((id, case)) = known else {
                one(&mut found.without_case, true);
                continue;
            };
            match case.first_sent() {
                Some(at) => one(&mut found.contacted, at < to),
                None => more(&mut found.unsent, why_unsent(case)),
            }
            one(&mut found.booked, facts.appointments_of(id).iter().any(|set| set.set_at < to));
            let own = format!("{id}#{}", key.1);
            let credited = facts.credits_of(id).iter().any(|((ro, _), credit)| {
                let closed = facts.tally.orders.get(ro).and_then(|order| order.closed_at);
                credit.trigger == own && closed.is_some_and(|at| at < to)
            });
            one(&mut found.recovered, credited);
        }
        found
    }
}

fn milestone(facts: &Facts<'_>, policy: &MilestonePolicy, span: Span) -> Option<Milestone> {
    let counted = Counted::of(facts, span);
    let recovered = Recovered::of(facts, span.to);
    let over = span.to <= facts.as_of;
    let last = span.to.checked_sub_signed(TimeDelta::seconds(1))?.date_naive();
    let mut figures = Vec::new();
    let mut hints = Vec::new();
    for (target, asked) in &policy.targets {
        let id = |name: &str| format!("progress.week_{}.{name}", policy.week);
        let rate = |name: &str, label: &str, part, whole, base_label: &str, definition: &str| {
            facts.rate(&id(name), label, part, &of(whole, base_label), definition)
        };
        let figure = match target {
            MilestoneTarget::InspectionCompletion => rate(
                "inspection_completion",
                "MPI completion rate",
                counted.passed,
                counted.orders,
                "retail repair orders closed in these weeks",
                "Gate passed, of the retail orders closed in these weeks; exempted ones stay in the base.",
            ),
            MilestoneTarget::LinksInTime => rate(
                "links_in_time",
                "Inspection links out in time",
                counted.in_time,
                counted.links,
                "inspection links of these weeks",
                "Links that went out within the policy's minutes of the inspection's completion, of those that went out.",
            ),
            MilestoneTarget::Acceptance => rate(
                "acceptance",
                "Acceptance (closing ratio by count)",
                counted.approved,
                counted.answered,
                "recommended lines answered in these weeks",
                "Recommended lines whose last answer is yes, of those last answered in these weeks.",
            ),
            MilestoneTarget::Response => rate(
                "response",
                "Response rate",
                counted.responded,
                counted.sent,
                "messages sent in these weeks",
                "Messages sent in these weeks that a person followed or answered, then or later.",
            ),
            MilestoneTarget::ShowRate => rate(
                "show_rate",
                "Show rate",
                counted.shown,
                counted.due,
                "appointments whose day was in these weeks, those called off left out",
                "Customers who came, of the appointments set since the loop began whose day was in these weeks.",
            ),
            MilestoneTarget::Recovery => rate(
                "recovery",
                "Declined lines recovered",
                recovered.recovered,
                recovered.lines,
                "lines declined from the first week on",
                "Lines declined from the first week to the end of these that were completed with a credit by then.",
            ),
            MilestoneTarget::OrderLift => order_lift(
                facts,
                &id("order_lift"),
                "Average order: these weeks beside the time before",
                (counted.paid, counted.paid_orders),
                &orders_before(facts),
            ),
        };
        let figure = figure.with_sourced_target(Decimal::from(asked.percent), &asked.source);
        // What is not over yet misses nothing.
        if over && figure.meets_target() == Some(false) {
            let (words, rests_on) = cause(facts, *target, &counted, &recovered);
            hints.push(Hint {
                words: format!(
                    "Week {}: {} {}%, the target is {}%. {words}",
                    policy.week,
                    figure.label,
                    figure.value.unwrap_or_default(),
                    asked.percent
                ),
                figure: figure.id.clone(),
                rests_on: rests_on.iter().map(|id| (*id).to_owned()).collect(),
            });
        }
        figures.push(figure);
    }
    Some(Milestone { week: policy.week, from: span.from.date_naive(), until: last, over, figures, hints })
}

/// Where to look first when a target was missed, from the same weeks, and the figures of the page that show more of it.
fn cause(
    facts: &Facts<'_>,
    target: MilestoneTarget,
    counted: &Counted,
    recovered: &Recovered,
) -> (String, &'static [&'static str]) {
    match target {
        MilestoneTarget::InspectionCompletion => (
            gate(counted),
            &["inspections.inspected", "inspections.blocked", "inspections.exempted", "inspections.photos"],
        ),
        MilestoneTarget::LinksInTime => {
            (links(facts, counted), &["inspections.links_in_time", "messages.deferred_by_reason"])
        }
        MilestoneTarget::Acceptance => {
            (acceptance(counted), &["inspections.links_in_time", "inspections.photos", "declined.by_reason"])
        }
        MilestoneTarget::Response => {
            (response(counted), &["messages.delivered", "messages.by_channel", "messages.by_program"])
        }
        MilestoneTarget::ShowRate => (shows(counted), &["store.appointments", "store.show_rate"]),
        MilestoneTarget::Recovery => (
            recovery(facts, recovered),
            &[
                "declined.contacted",
                "declined.booked",
                "messages.suppressed_by_reason",
                "messages.call_tasks",
            ],
        ),
        MilestoneTarget::OrderLift => (
            format!(
                "An average order grows by what inspections find and customers accept: {}, {}.",
                part_of(
                    counted.passed,
                    counted.orders,
                    "orders passed the gate",
                    "no retail order was closed"
                ),
                part_of(
                    counted.approved,
                    counted.answered,
                    "lines were accepted",
                    "no recommended line was answered"
                )
            ),
            &["inspections.completion_rate", "inspections.acceptance", "store.mean_order_before"],
        ),
    }
}

/// Which part of the orders without a complete inspection is the largest.
fn gate(counted: &Counted) -> String {
    let photos = if counted.with_photo < counted.findings {
        format!(
            " {} of {} red and yellow findings have no photo.",
            counted.findings.saturating_sub(counted.with_photo),
            counted.findings
        )
    } else {
        String::new()
    };
    let parts = [counted.not_inspected, counted.blocked, counted.exempted, counted.unjudged];
    let (orders, most) = (counted.orders, parts.into_iter().max().unwrap_or(0));
    let first = match () {
        () if most == 0 => format!("The gate passed all of {orders} orders."),
        () if most == counted.not_inspected => {
            format!("{most} of {orders} orders had no inspection: the cars are not looked at.")
        }
        () if most == counted.blocked => format!(
            "The gate held back {most} of {orders} orders that were closed without being completed: look at what it lacked."
        ),
        () if most == counted.exempted => {
            format!("{most} of {orders} orders were let go by an exemption: look at its codes.")
        }
        () => format!(
            "{most} of {orders} orders were inspected, and the gate has not said that they are complete."
        ),
    };
    format!("{first}{photos}")
}

/// A part of a whole; where there is none, that.
fn part_of(part: u64, whole: u64, what: &str, none: &str) -> String {
    match (part, whole) {
        (_, 0) => none.to_owned(),
        (0, _) => format!("none of {whole} {what}"),
        _ => format!("{part} of {whole} {what}"),
    }
}

/// What kept customers from coming, as far as it is known.
fn shows(counted: &Counted) -> String {
    let missed = (counted.missed > 0).then(|| format!("{} customers did not come", counted.missed));
    let no_word =
        (counted.no_word > 0).then(|| format!("of {} nobody said what became of them", counted.no_word));
    let why: Vec<String> = missed.into_iter().chain(no_word).collect();
    format!("Of {} appointments {}.", counted.due, why.join(", and "))
}

fn links(facts: &Facts<'_>, counted: &Counted) -> String {
    let late = counted.links.saturating_sub(counted.in_time);
    let minutes = facts.policy.file.inspection_link_minutes.value;
    let unsent: u64 = counted.without_link.values().sum();
    let why = largest(&counted.without_link, &[]).map_or_else(String::new, |(reason, count)| {
        format!(" Of {unsent} more no link went out, most often: {} ({count}).", facts.plain.reason(reason))
    });
    format!(
        "{late} of {} links went out later than {minutes} minutes after the inspection: look at when the gate was passed, and at quiet hours.{why}",
        counted.links
    )
}

fn acceptance(counted: &Counted) -> String {
    let reason = largest(&counted.declined_for, &NO_REASON).map_or_else(
        || "nobody noted why".to_owned(),
        |(code, count)| {
            let known = DeclineReasons::shipped();
            let words = known.find(code).map_or_else(|| spoken(code), |reason| reason.means.clone());
            format!("the reason noted most often: {words} ({count})")
        },
    );
    let late = percent_of(counted.links.saturating_sub(counted.in_time), counted.links);
    let late = late.filter(|late| !late.is_zero()).map_or_else(String::new, |late| {
        format!(" {late}% of the links came late, when the customer may have decided already.")
    });
    if counted.declined == 0 {
        return format!("No line was declined: those not accepted were put off to later.{late}");
    }
    format!("Of {} lines declined, {reason}.{late}", counted.declined)
}

fn response(counted: &Counted) -> String {
    let undelivered = counted.sent.saturating_sub(counted.delivered);
    let worst = counted.by_channel.iter().filter(|(_, (sent, _))| *sent > 0);
    let worst = worst.min_by(|(_, one), (_, other)| {
        // a/b against c/d without a division; of equals the first by name.
        (u128::from(one.1) * u128::from(other.0)).cmp(&(u128::from(other.1) * u128::from(one.0)))
    });
    let channel = worst.map_or_else(String::new, |(channel, (sent, responded))| {
        format!(" Lowest by channel: {} with {responded} of {sent}.", spoken(channel))
    });
    if undelivered == 0 {
        return format!("All {} messages were reported delivered.{channel}", counted.sent);
    }
    format!("{undelivered} of {} messages were not reported delivered.{channel}", counted.sent)
}

fn recovery(facts: &Facts<'_>, recovered: &Recovered) -> String {
    let why = largest(&recovered.unsent, &["still_to_come"]).map_or_else(String::new, |(reason, count)| {
        format!(", most often because: {} ({count})", facts.plain.reason(reason))
    });
    let not = recovered.lines.saturating_sub(recovered.contacted);
    let not = if not == 0 { String::new() } else { format!("; {not} were not{why}") };
    let without_case = match recovered.without_case {
        0 => String::new(),
        without => format!("; {without} opened no case"),
    };
    format!(
        "{}{not}{without_case}. {}.{}",
        capital(&part_of(
            recovered.contacted,
            recovered.lines,
            "declined lines were contacted",
            "no line was declined"
        )),
        capital(&part_of(
            recovered.booked,
            recovered.lines,
            "were followed by an appointment",
            "nothing could follow"
        )),
        if facts.tally.call_tasks > 0 {
            " Calls were put on a list; whether they are made is not in the journal: ask the BDC."
        } else {
            ""
        }
    )
}

/// The first letter of a sentence is a capital.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The word that counts most, of equals the first, some left out.
fn largest<'a>(counts: &'a Counts, but: &[&str]) -> Option<(&'a str, u64)> {
    let telling = counts.iter().filter(|(word, count)| **count > 0 && !but.contains(&word.as_str()));
    telling.rev().max_by_key(|(_, count)| **count).map(|(word, count)| (word.as_str(), *count))
}
