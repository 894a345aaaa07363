use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::case::Case;
use super::findings::Findings;
use super::opening::Gate;
use crate::book::{Cap, Lift, Status as RuleStatus};
use crate::{Effect, Solicitation};

/// A gate, the rule it stands for, and whether it depends on where the telephone is.
pub(super) struct Limit<'a> {
    pub(super) rule: &'a str,
    pub(super) gate: Gate<'a>,
    pub(super) place: Place,
}

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
pub(super) fn limits<'a>(case: &Case<'a>, findings: &mut Findings<'a>) -> Vec<Limit<'a>> {
    let mut limits = vec![];
    if !case.is_phone_solicitation() {
        return limits;
    }
    let quiet = &case.book.quiet_hours;
    if case.in_force(&quiet.rule) {
        let gate = Gate::Hours {
            zones: case.place.zones.clone(),
            mon_fri: quiet.window,
            saturday: quiet.window,
            sunday: quiet.window,
        };
        limits.push(Limit { rule: &quiet.rule, gate, place: Place::Zone });
    }
    for state in &case.place.states {
        if let Some(rule) = state.emergency.as_deref()
            && case
                .facts
                .facts
                .declared_emergency
                .iter()
                .any(|code| code.trim().eq_ignore_ascii_case(&state.code))
        {
            findings.add(rule, Effect::Blocks, "until the declared emergency is over");
        }
        for hours in &state.hours {
            if !binds(case, &hours.rule, &hours.channels)
                || lifted(case, &hours.lifted_by, &hours.rule, findings)
            {
                continue;
            }
            let mut zones: Vec<Tz> = case.place.zones.clone();
            zones.extend(hours.also_zones.iter().filter(|zone| !case.place.zones.contains(zone)));
            let gate =
                Gate::Hours { zones, mon_fri: hours.mon_fri, saturday: hours.saturday, sunday: hours.sunday };
            limits.push(Limit { rule: &hours.rule, gate, place: Place::State });
        }
        for days in &state.holidays {
            if !binds(case, &days.rule, &days.channels) || lifted(case, &days.lifted_by, &days.rule, findings)
            {
                continue;
            }
            let Some(calendar) = case.book.calendar(&days.calendar) else { continue };
            let gate = Gate::Holidays { zones: case.place.zones.clone(), calendar, window: days.window };
            limits.push(Limit { rule: &days.rule, gate, place: Place::State });
        }
        for cap in &state.caps {
            if !binds(case, &cap.rule, &cap.channels) || lifted(case, &cap.lifted_by, &cap.rule, findings) {
                continue;
            }
            let counted =
                case.facts.history.iter().filter(|sent| !cap.same_subject || same_subject(case, sent));
            match frees_at(counted.map(|sent| sent.at), cap.max, cap.hours) {
                Free::At(time) => {
                    limits.push(Limit {
                        rule: &cap.rule,
                        gate: Gate::NotBefore(time),
                        place: Place::Nowhere,
                    });
                }
                Free::Now => findings.add(&cap.rule, Effect::Permits, None),
                Free::Never => findings.add(&cap.rule, Effect::Blocks, "the cap is none"),
            }
        }
    }
    limits
}

/// Whether a state rule reaches this message today.
fn binds(case: &Case<'_>, rule: &str, channels: &[fixedops_vocab::Channel]) -> bool {
    let disputed = case.book.rule(rule).is_some_and(|rule| rule.status == RuleStatus::Disputed);
    channels.contains(&case.channel)
        && case.in_force(rule)
        && (!disputed || case.book.strict.disputed_state_windows)
}

/// Whether an exemption takes the limit away; it is named, and so is the rule it takes away.
fn lifted<'a>(case: &Case<'a>, lifts: &'a [Lift], rule: &'a str, findings: &mut Findings<'a>) -> bool {
    let facts = &case.facts.facts;
    let lift = lifts.iter().find(|lift| {
        case.in_force(lift.rule())
            && match lift {
                Lift::Consent { .. } => case.express_consents().next().is_some(),
                Lift::BusinessRelationship { months: Some(months), .. } => case.transaction_within(*months),
                Lift::BusinessRelationship { months: None, .. } => {
                    case.transaction_within(case.book.relationship.transaction_months)
                        || case.inquiry_within(case.book.relationship.inquiry_months)
                }
                Lift::ItemBoughtHere { months, .. } => {
                    facts.call_about_item_purchased_here == Some(true)
                        && case.within_months(facts.item_purchased_at, *months)
                }
                Lift::DealerVehicleSale { .. } => {
                    facts.caller_licensed_ms_dealer == Some(true)
                        && facts.subject.as_deref().is_some_and(|subject| subject.contains("vehicle sale"))
                }
            }
    });
    if let Some(lift) = lift {
        findings.add(lift.rule(), Effect::Permits, "lifts a state limit");
        findings.add(rule, Effect::Notes, "lifted");
    }
    lift.is_some()
}

/// Whether an earlier solicitation was on the subject of this message; what is unknown counts.
fn same_subject(case: &Case<'_>, sent: &Solicitation) -> bool {
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
        Cap::AtMost(max) => max,
    };
    let mut newest_first: Vec<DateTime<Utc>> = sent.collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let nth = usize::try_from(max - 1).unwrap_or(usize::MAX);
    newest_first.get(nth).map_or(Free::Now, |time| {
        time.checked_add_signed(TimeDelta::hours(i64::from(hours))).map_or(Free::Never, Free::At)
    })
}
