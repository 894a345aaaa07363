//! The decision: a function of facts, request, time and rule book.

mod case;
mod email;
mod findings;
pub(crate) mod grant;
mod house;
mod location;
mod opening;
mod permission;
mod registry;
mod revocation;
mod windows;

use chrono::{DateTime, Offset, TimeDelta, Utc};

use crate::{Clearance, ContactFacts, Decided, Decision, Effect, Request, RuleBook};
use case::Case;
use findings::Findings;
use fixedops_vocab::Channel;
use opening::common_opening;
use windows::{Limit, Place};

/// Decides whether the message may go out at `now`.
///
/// Every rule that applies is among the findings. Any block denies; else, if a window, a holiday or a cap is shut, the
/// answer is the earliest whole second at which all of them are open; else the message is cleared. The function reads
/// no clock and keeps nothing: the same arguments give the same answer.
///
/// ```
/// use fixedops_consent::{ContactFacts, Decision, ReadVersions, Request, RuleBook, decide};
/// # use fixedops_consent::ContentDigest;
/// # use fixedops_vocab::*;
/// let facts: ContactFacts = serde_json::from_str(
///     r#"{"recipient": {"area_code": "614", "states": ["OH"], "candidate_zones": ["America/New_York"]},
///         "revocations": [{"received_at": "2026-11-24T16:59:59Z", "channel": "sms", "text": "STOP", "scope": "all"}]}"#,
/// )?;
/// let request = Request {
///     contact: ContactHash::from_bytes([1; 32]),
///     channel: Channel::Sms,
///     purpose: Purpose::Marketing,
///     digest: ContentDigest::from_bytes([2; 32]),
///     versions: ReadVersions::default(),
///     key: TouchKey { case: CaseId::new("c")?, touch: TouchId::new("1")? },
///     program: ProgramId::new("mileage_due")?,
///     subject: None,
///     vehicle: None,
///     contains_offer: false,
///     competing: vec![],
/// };
/// let decided = decide(&facts, &request, "2026-11-24T17:00:00Z".parse()?, &RuleBook::shipped());
/// assert!(matches!(decided.decision, Decision::Deny));
/// assert!(decided.finding("FED-REVOKE-PERSE").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decide(facts: &ContactFacts, request: &Request, now: DateTime<Utc>, book: &RuleBook) -> Decided {
    let case = Case::new(facts, request, now, book);
    let mut findings = Findings::new(book);

    permission::judge(&case, &mut findings);
    email::judge(&case, &mut findings);
    revocation::judge(&case, &mut findings);
    registry::judge(&case, &mut findings);
    let mut limits = windows::limits(&case, &mut findings);
    limits.extend(house::limits(&case, &mut findings));
    name_limits(&case, &limits, &mut findings);

    let decision = if findings.blocked() {
        Decision::Deny
    } else if limits.iter().all(|limit| limit.gate.is_open(now)) {
        Decision::Allow(Clearance::issue(
            request.contact,
            (request.channel, request.purpose),
            request.digest,
            request.versions,
            request.key.clone(),
            now,
        ))
    } else if let Some(until) =
        common_opening(opening::whole_second(now), limits.iter().map(|limit| &limit.gate))
    {
        Decision::Defer(until)
    } else {
        findings.add("ENG-NO-OPENING", Effect::Blocks, "shut for more than a year");
        Decision::Deny
    };
    Decided { decision, findings: findings.finish(), rule_book: book.version().clone() }
}

/// Each limit as a finding, and with them the rules on which place and time they were computed for.
fn name_limits<'a>(case: &Case<'a>, limits: &[Limit<'a>], findings: &mut Findings<'a>) {
    let (mut local, mut state) = (None, None);
    for limit in limits {
        let (effect, until) = if limit.gate.is_open(case.now) {
            (Effect::Permits, None)
        } else {
            (Effect::Defers, limit.gate.opens(opening::whole_second(case.now)))
        };
        match (effect, until) {
            (Effect::Defers, Some(until)) => findings.defer(limit.rule, until, None),
            (Effect::Defers, None) => findings.add(limit.rule, Effect::Blocks, "never open"),
            _ => findings.add(limit.rule, effect, None),
        }
        if limit.place != Place::Nowhere {
            local = local.max(Some((effect, until)));
        }
        if limit.place == Place::State {
            state = state.max(Some((effect, until)));
        }
    }
    let phone = case.channel != Channel::Email;
    for (rule, applies, strongest) in [
        ("TZ-INTERSECTION", case.place.zones.len() > 1, local),
        ("TZ-UNKNOWN-ALL-ZONES", case.place.unknown, local),
        ("TZ-DST", phone && clock_changes(case), local),
        ("ST-STRICTEST", case.place.states.len() > 1, state),
    ] {
        match strongest {
            Some((Effect::Defers, Some(until))) if applies => findings.defer(rule, until, None),
            Some(_) if applies => findings.add(rule, Effect::Permits, None),
            _ => {}
        }
    }
}

/// Whether the clock of any plausible zone is changed within a day of now.
fn clock_changes(case: &Case<'_>) -> bool {
    case.place.zones.iter().any(|zone| {
        let offset = |hours| {
            case.now
                .checked_add_signed(TimeDelta::hours(hours))
                .map(|time| time.with_timezone(zone).offset().fix())
        };
        offset(-24) != offset(24)
    })
}

/// Every zone the telephone may be in, as a decision at `at` takes it.
#[cfg(feature = "proof")]
pub(crate) fn zones(recipient: &crate::Recipient, at: DateTime<Utc>, book: &RuleBook) -> Vec<chrono_tz::Tz> {
    location::Location::of(recipient, at, book).zones
}
