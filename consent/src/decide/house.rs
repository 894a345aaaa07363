use chrono::TimeDelta;

use super::case::Case;
use super::findings::Findings;
use super::opening::Gate;
use super::windows::{Free, Limit, Place, frees_at};
use crate::book::Counts;
use crate::{Competing, Effect, Reached, Solicitation};

/// The house's own limits: caps over all programmes, priority among waiting touches, stacking.
pub(super) fn limits<'a>(case: &Case<'a>, findings: &mut Findings<'a>) -> Vec<Limit<'a>> {
    let mut limits = vec![];
    let mut hold =
        |rule, time| limits.push(Limit { rule, gate: Gate::NotBefore(time), place: Place::Nowhere });
    for cap in case.book.caps.iter().filter(|cap| cap.purposes.contains(&case.purpose)) {
        let counted =
            ours(case).filter(|sent| cap.counts == Counts::Household || sent.reached == Reached::Person);
        match frees_at(counted.map(|sent| sent.at), cap.max, cap.hours) {
            Free::Now => {}
            Free::At(time) if time <= case.now => {}
            Free::At(time) => hold(&cap.rule, time),
            Free::Never => findings.add(&cap.rule, Effect::Blocks, "the cap is none"),
        }
    }
    let priority = &case.book.priority;
    let (rank, class) = priority.class_of(case.purpose, &case.request.program);
    if priority.never_wait.iter().any(|name| name == class) {
        return limits;
    }
    let spacing = TimeDelta::hours(i64::from(priority.spacing_hours));
    for other in case.request.competing.iter().filter(|other| other.key != case.request.key) {
        let due = other.due_at.max(case.now);
        let near = due.signed_duration_since(case.now) < spacing;
        if near
            && goes_first(case, other, rank)
            && let Some(time) = due.checked_add_signed(spacing)
        {
            hold(&priority.rule, time);
        }
    }
    // And this long after a touch that was as important, or more.
    let latest = ours(case)
        .filter(|sent| sent.reached == Reached::Person)
        .filter(|sent| {
            sent.program.as_ref().is_some_and(|program| {
                priority.class_of(fixedops_vocab::Purpose::Marketing, program).0 <= rank
            })
        })
        .map(|sent| sent.at)
        .max();
    let free = latest.and_then(|at| at.checked_add_signed(spacing)).filter(|time| case.now < *time);
    if let Some(time) = free {
        hold(&priority.rule, time);
    }
    for rule in case.book.stacking.iter().filter(|rule| rule.hold == class) {
        let latest = ours(case)
            .filter(|sent| sent.reached == Reached::Person)
            .filter(|sent| {
                sent.program.as_ref().is_some_and(|program| {
                    let (_, earlier) = priority.class_of(fixedops_vocab::Purpose::Marketing, program);
                    rule.after.iter().any(|name| name == earlier)
                })
            })
            .map(|sent| sent.at)
            .max();
        let free = latest.and_then(|at| at.checked_add_signed(TimeDelta::hours(i64::from(rule.hours))));
        if let Some(time) = free.filter(|time| case.now < *time) {
            hold(&rule.rule, time);
        }
    }
    limits
}

/// Earlier touches of our own programmes.
fn ours<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Solicitation> {
    case.facts.history.iter().filter(|sent| sent.program.is_some())
}

/// Whether the other touch is more important, or as important and first in line: due already, and lower by key.
fn goes_first(case: &Case<'_>, other: &Competing, rank: usize) -> bool {
    let (other_rank, _) = case.book.priority.class_of(other.purpose, &other.program);
    other_rank < rank || (other_rank == rank && other.due_at <= case.now && other.key < case.request.key)
}
