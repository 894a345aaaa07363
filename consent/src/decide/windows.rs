use chrono::{DateTime, TimeDelta, Utc};
use smallvec::SmallVec;

use super::case::Case;
use super::findings::Findings;
use super::opening::Gate;
use crate::book::{Cap, ClockSet, DayWindow, Lift, LiftKind, RuleRef};
use crate::{Effect, Solicitation};

/// A gate, the rule it stands for, and whether it depends on where the telephone is.
pub(super) struct Limit<'b> {
    pub(super) rule: RuleRef,
    pub(super) gate: Gate<'b>,
    pub(super) place: Place,
}

/// The limits of one message.
pub(super) type Limits<'b> = SmallVec<[Limit<'b>; 8]>;

/// What a limit's time depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Local time.
    Zone,
    /// Local time and the law of a state.
    State,
    /// Nothing but the clock.
    Nowhere,
}

/// The hours, holidays and caps of the law. What no time can cure is put into `findings` as a block.
pub(super) fn limits<'b>(case: &Case<'_, 'b>, findings: &mut Findings<'b>, limits: &mut Limits<'b>) {
    // A call whose request bears no time keeps the hours of the day: nobody knows that it is prompt.
    let undated = case.is_undated_call();
    if !case.is_phone_solicitation() && !undated {
        return;
    }
    let strict = &case.book.strict;
    let end = |window: DayWindow| if strict.window_ends_are_shut { window } else { window.with_its_end() };
    let (quiet, window) = case.book.quiet_hours;
    if case.in_force(quiet) {
        if !strict.windows_bind_with_consent && case.has_written_consent {
            findings.add(quiet, Effect::Notes, Some("lifted by written consent (switch)"));
        } else {
            let window = end(window);
            let gate =
                Gate::Hours { mon_fri: window, saturday: window, sunday: window, also: ClockSet::default() };
            limits.push(Limit { rule: quiet, gate, place: Place::Zone });
        }
    }
    if undated {
        return;
    }
    for state in case.place.states.iter().copied() {
        if let Some(rule) = state.emergency
            && case.binds(rule)
            && case.facts.facts.declared_emergency.iter().any(|name| {
                // A name that cannot be read may mean any state.
                let declared = case.book.state_named(name).and_then(|place| case.book.state_at(place));
                declared.is_none_or(|declared| declared.code == state.code)
            })
        {
            findings.add(rule, Effect::Blocks, Some("until the declared emergency is over"));
        }
        for hours in state.hours.iter().filter(|hours| hours.channels.holds(case.channel)) {
            if !case.binds(hours.rule) || lifted(case, &hours.lifted_by, hours.rule, findings) {
                continue;
            }
            let gate = Gate::Hours {
                mon_fri: end(hours.mon_fri),
                saturday: end(hours.saturday),
                sunday: end(hours.sunday),
                also: hours.also,
            };
            limits.push(Limit { rule: hours.rule, gate, place: Place::State });
        }
        for days in state.holidays.iter().filter(|days| days.channels.holds(case.channel)) {
            if !case.binds(days.rule) || lifted(case, &days.lifted_by, days.rule, findings) {
                continue;
            }
            let gate = Gate::Holidays { dates: &days.dates, window: days.window.map(end) };
            limits.push(Limit { rule: days.rule, gate, place: Place::State });
        }
        for cap in state.caps.iter().filter(|cap| cap.channels.holds(case.channel)) {
            if !case.binds(cap.rule) || lifted(case, &cap.lifted_by, cap.rule, findings) {
                continue;
            }
            let counted =
                case.facts.history.iter().filter(|sent| !cap.same_subject || same_subject(case, sent));
            match frees_at(counted.map(|sent| sent.at), cap.max, cap.hours) {
                Free::At(time) => {
                    limits.push(Limit { rule: cap.rule, gate: Gate::NotBefore(time), place: Place::Nowhere });
                }
                Free::Now => findings.add(cap.rule, Effect::Permits, None),
                Free::Never => findings.add(cap.rule, Effect::Blocks, Some("the cap is none")),
            }
        }
    }
}

/// Whether an exemption takes the limit away; it is named, and so is the rule it takes away.
fn lifted(case: &Case<'_, '_>, lifts: &[Lift], rule: RuleRef, findings: &mut Findings<'_>) -> bool {
    let facts = &case.facts.facts;
    let lift = lifts.iter().find(|lift| {
        case.in_force(lift.rule)
            && match lift.kind {
                LiftKind::Consent => case.express_consents().next().is_some(),
                LiftKind::BusinessRelationship(Some(months)) => case.transaction_within(months),
                LiftKind::BusinessRelationship(None) => {
                    case.transaction_within(case.book.relationship.transaction_months)
                        || case.inquiry_within(case.book.relationship.inquiry_months)
                }
                LiftKind::ItemBoughtHere(months) => {
                    facts.call_about_item_purchased_here == Some(true)
                        && case.within_months(facts.item_purchased_at, months)
                }
                LiftKind::DealerVehicleSale => {
                    facts.caller_licensed_ms_dealer == Some(true)
                        && facts.subject.as_deref().is_some_and(|subject| subject.contains("vehicle sale"))
                }
            }
    });
    if let Some(lift) = lift {
        findings.add(lift.rule, Effect::Permits, Some("lifts a state limit"));
        findings.add(rule, Effect::Notes, Some("lifted"));
    }
    lift.is_some()
}

/// Whether an earlier solicitation was on the subject of this message; what is unknown counts.
fn same_subject(case: &Case<'_, '_>, sent: &Solicitation) -> bool {
    match (&sent.subject, &case.request.subject) {
        (Some(earlier), Some(this)) => earlier == this,
        _ => case.facts.facts.same_subject != Some(false),
    }
}

/// When a rolling window has room.
pub(super) enum Free {
    Now,
    At(DateTime<Utc>),
    Never,
}

/// The instant at which fewer than `max` of `sent` lie in the last `hours` hours: when the `max`-th newest leaves.
pub(super) fn frees_at(sent: impl Iterator<Item = DateTime<Utc>>, max: Cap, hours: u32) -> Free {
    let max = match max {
        Cap::Unlimited => return Free::Now,
        Cap::AtMost(0) => return Free::Never,
        Cap::AtMost(max) => usize::try_from(max).unwrap_or(usize::MAX),
    };
    let mut newest_first: SmallVec<[DateTime<Utc>; 8]> = sent.collect();
    if newest_first.len() < max {
        return Free::Now;
    }
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    newest_first.get(max - 1).map_or(Free::Now, |time| {
        time.checked_add_signed(TimeDelta::hours(i64::from(hours))).map_or(Free::Never, Free::At)
    })
}
