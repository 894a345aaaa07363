use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::Purpose;

use super::case::Case;
use super::findings::Findings;
use super::opening::Gate;
use super::windows::{Free, Limit, Limits, Place, frees_at};
use crate::book::{Answer, Counts, RuleRef};
use crate::{Competing, Effect, Reached, Solicitation, VehicleFact};

/// The house's own limits: relevance, caps over all programmes, priority among waiting touches, stacking.
pub(super) fn limits<'b>(case: &Case<'_, 'b>, findings: &mut Findings<'b>, limits: &mut Limits<'b>) {
    judge_relevance(case, findings, limits);
    for cap in case.book.caps.iter().filter(|cap| cap.purposes.contains(&case.purpose)) {
        let counted =
            ours(case).filter(|sent| cap.counts == Counts::Household || sent.reached == Reached::Person);
        match frees_at(counted.map(|sent| sent.at), cap.max, cap.hours) {
            Free::Now => {}
            Free::At(time) => hold(case, limits, cap.rule, time),
            Free::Never => findings.add(cap.rule, Effect::Blocks, Some("the cap is none")),
        }
    }
    if case.request.competing.is_empty() && ours(case).next().is_none() {
        return;
    }
    let priority = &case.book.priority;
    let rank = priority.rank(case.purpose, &case.request.program);
    if priority.never_waits(rank) {
        return;
    }
    let spacing = TimeDelta::hours(i64::from(priority.spacing_hours));
    for other in case.request.competing.iter().filter(|other| other.key != case.request.key) {
        let due = other.due_at.max(case.now);
        let near = due.signed_duration_since(case.now) < spacing;
        if near
            && goes_first(case, other, rank)
            && let Some(time) = due.checked_add_signed(spacing)
        {
            hold(case, limits, priority.rule, time);
        }
    }
    // And this long after a touch that was as important, or more.
    hold_after(case, limits, priority.rule, priority.spacing_hours, |earlier| earlier <= rank);
    for rule in case.book.stacking.iter().filter(|rule| rule.hold == rank) {
        hold_after(case, limits, rule.rule, rule.hours, |earlier| rule.after.contains(&earlier));
    }
}

/// What is true of the vehicle, against the row of the programme: each fact under its own rule.
fn judge_relevance<'b>(case: &Case<'_, 'b>, findings: &mut Findings<'b>, limits: &mut Limits<'b>) {
    let facts = &case.facts.facts;
    let relevance = &case.book.relevance;
    if facts.vehicle_facts.is_empty() && facts.appointment_at.is_none() && facts.ro_open != Some(true) {
        return;
    }
    for fact in VehicleFact::ALL.iter().copied() {
        let booked_for = facts.appointment_at.filter(|at| *at > case.now && fact == VehicleFact::Booked);
        let holds = facts.vehicle_facts.contains(&fact)
            || booked_for.is_some()
            || (fact == VehicleFact::RoOpen && facts.ro_open == Some(true));
        if !holds {
            continue;
        }
        match relevance.of(&case.request.program, fact) {
            None | Some((_, Answer::Go)) => {}
            Some((rule, Answer::Skip)) => findings.add(rule, Effect::Blocks, Some(reason(fact))),
            Some((rule, Answer::Wait)) => {
                let again = case.now.checked_add_signed(TimeDelta::hours(i64::from(relevance.wait_hours)));
                if let Some(until) = booked_for.or(again) {
                    hold(case, limits, rule, until);
                }
            }
        }
    }
}

const fn reason(fact: VehicleFact) -> &'static str {
    match fact {
        VehicleFact::Booked => "an appointment lies ahead",
        VehicleFact::RecentlyServiced => "the work was done lately",
        VehicleFact::RoOpen => "a repair order is open",
        VehicleFact::VehicleSold => "the person does not own the vehicle any more",
        VehicleFact::StockUnit => "the vehicle is for sale",
        VehicleFact::LoanerUnit => "the vehicle is lent out",
        VehicleFact::FleetUnit => "a company maintains the vehicle",
        VehicleFact::EmployeeUnit => "the vehicle belongs to the staff",
    }
}

fn hold<'b>(case: &Case<'_, 'b>, limits: &mut Limits<'b>, rule: RuleRef, time: DateTime<Utc>) {
    if case.now < time {
        limits.push(Limit { rule, gate: Gate::NotBefore(time), place: Place::Nowhere });
    }
}

/// Holds back so many hours after the latest touch to this person of a class that `counts`.
fn hold_after<'b>(
    case: &Case<'_, 'b>,
    limits: &mut Limits<'b>,
    rule: RuleRef,
    hours: u32,
    counts: impl Fn(u8) -> bool,
) {
    let latest = ours(case)
        .filter(|sent| sent.reached == Reached::Person)
        .filter(|sent| {
            sent.program
                .as_ref()
                .is_some_and(|program| counts(case.book.priority.rank(Purpose::Marketing, program)))
        })
        .map(|sent| sent.at)
        .max();
    if let Some(time) = latest.and_then(|at| at.checked_add_signed(TimeDelta::hours(i64::from(hours)))) {
        hold(case, limits, rule, time);
    }
}

/// Earlier touches of our own programmes.
fn ours<'a>(case: &Case<'a, '_>) -> impl Iterator<Item = &'a Solicitation> {
    case.facts.history.iter().filter(|sent| sent.program.is_some())
}

/// Whether the other touch is more important, or as important and first in line: due already, and lower by key.
fn goes_first(case: &Case<'_, '_>, other: &Competing, rank: u8) -> bool {
    let other_rank = case.book.priority.rank(other.purpose, &other.program);
    other_rank < rank || (other_rank == rank && other.due_at <= case.now && other.key < case.request.key)
}
