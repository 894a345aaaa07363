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

use chrono::{DateTime, Utc};
use fixedops_vocab::Channel;

use crate::book::Named;
use crate::{Clearance, ContactFacts, Decided, Decision, Effect, Finding, Request, RuleBook};
use case::Case;
use findings::Findings;
use opening::common_opening;
use windows::{Limits, Place};

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
/// let book = RuleBook::shipped();
/// let decided = decide(&facts, &request, "2026-11-24T17:00:00Z".parse()?, &book);
/// assert!(matches!(decided.decision, Decision::Deny));
/// assert!(decided.finding("FED-REVOKE-PERSE").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decide<'b>(
    facts: &ContactFacts,
    request: &Request,
    now: DateTime<Utc>,
    book: &'b RuleBook,
) -> Decided<'b> {
    let case = Case::new(facts, request, now, book);
    let (mut findings, mut limits) = (Findings::new(book), Limits::new());
    let earliest = judge(&case, &mut findings, &mut limits);
    let decision = if findings.blocked() {
        Decision::Deny
    } else {
        match opens(&case, &limits, earliest) {
            Some(time) if time == now => Decision::Allow(Clearance::issue(
                request.contact,
                (request.channel, request.purpose),
                request.digest,
                request.versions,
                request.key.clone(),
                now,
            )),
            Some(until) => Decision::Defer(until),
            None => {
                findings.named(Named::NoOpening, Effect::Blocks, "shut for more than a year");
                Decision::Deny
            }
        }
    };
    Decided {
        decision,
        findings: findings.finish(),
        rule_book: book.version(),
        place: case.place.taken(book),
    }
}

/// When a queued call may be dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every answer")]
pub enum Callable {
    /// Now, and until the instant at which a window shuts; `None` where no window binds, or none shuts by tomorrow.
    Now {
        /// The first instant at which it may not be dialled any more.
        until: Option<DateTime<Utc>>,
    },
    /// From this instant on, as far as is known now: ask again then.
    From(DateTime<Utc>),
    /// Not while the record is as it is.
    Never,
}

/// Whether a queued call may be dialled at `now`, for the list a person works from. It clears nothing: a call is cleared
/// by [`decide`] in the moment it is dialled. The findings are those of [`decide`]; a message on another channel is
/// judged as what it is.
///
/// ```
/// use fixedops_consent::{Callable, ContactFacts, ReadVersions, Request, RuleBook, callable};
/// # use fixedops_consent::ContentDigest;
/// # use fixedops_vocab::*;
/// let facts: ContactFacts = serde_json::from_str(
///     r#"{"recipient": {"area_code": "214", "states": ["TX"], "zip": "75201"},
///         "ebr": {"last_transaction": "2026-09-01"}}"#,
/// )?;
/// let request = Request {
///     contact: ContactHash::from_bytes([1; 32]),
///     channel: Channel::LiveCall,
///     purpose: Purpose::Marketing,
///     digest: ContentDigest::from_bytes([2; 32]),
///     versions: ReadVersions::default(),
///     key: TouchKey { case: CaseId::new("c")?, touch: TouchId::new("1")? },
///     program: ProgramId::new("declined_recovery")?,
///     subject: None,
///     vehicle: None,
///     contains_offer: false,
///     competing: vec![],
/// };
/// let book = RuleBook::shipped();
/// // A Sunday in Dallas: Texas opens at noon, and shuts at nine.
/// let (answer, _) = callable(&facts, &request, "2026-11-29T17:00:00Z".parse()?, &book);
/// assert_eq!(answer, Callable::From("2026-11-29T18:00:00Z".parse()?));
/// let (answer, _) = callable(&facts, &request, "2026-11-29T18:00:00Z".parse()?, &book);
/// assert_eq!(answer, Callable::Now { until: Some("2026-11-30T03:00:00Z".parse()?) });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn callable<'b>(
    facts: &ContactFacts,
    request: &Request,
    now: DateTime<Utc>,
    book: &'b RuleBook,
) -> (Callable, Vec<Finding<'b>>) {
    let case = Case::new(facts, request, now, book);
    let (mut findings, mut limits) = (Findings::new(book), Limits::new());
    let earliest = judge(&case, &mut findings, &mut limits);
    let answer = match opens(&case, &limits, earliest) {
        _ if findings.blocked() => Callable::Never,
        Some(time) if time == now => {
            let shuts =
                limits.iter().filter_map(|limit| limit.gate.shuts(now, &case.place, &case.book.clocks));
            Callable::Now { until: shuts.min() }
        }
        Some(time) => Callable::From(time),
        None => Callable::Never,
    };
    (answer, findings.finish())
}

/// Everything that bears on the message, into findings and limits. Where a limit is shut: the latest of the instants at which
/// those that are shut open each by itself.
fn judge<'b>(
    case: &Case<'_, 'b>,
    findings: &mut Findings<'b>,
    limits: &mut Limits<'b>,
) -> Option<DateTime<Utc>> {
    permission::judge(case, findings);
    email::judge(case, findings);
    revocation::judge(case, findings);
    registry::judge(case, findings);
    windows::limits(case, findings, limits);
    house::limits(case, findings, limits);
    name_limits(case, limits, findings)
}

/// The earliest instant at which no limit holds the message back: now, or a whole second.
fn opens(case: &Case<'_, '_>, limits: &Limits<'_>, earliest: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let Some(earliest) = earliest else { return Some(case.now) };
    // None can be open for all before each has opened for itself.
    common_opening(earliest, limits.iter().map(|limit| &limit.gate), &case.place, &case.book.clocks)
}

/// Each limit as a finding, and with them the rules on which place and time they were computed for. Returns the latest of
/// the openings of those that are shut.
fn name_limits(
    case: &Case<'_, '_>,
    limits: &Limits<'_>,
    findings: &mut Findings<'_>,
) -> Option<DateTime<Utc>> {
    let clocks = &case.book.clocks;
    let (mut local, mut state, mut latest) = (None, None, None);
    for limit in limits {
        let (effect, until) = if limit.gate.is_open(case.now, &case.place, clocks) {
            (Effect::Permits, None)
        } else {
            (Effect::Defers, limit.gate.opens(opening::whole_second(case.now), &case.place, clocks))
        };
        match (effect, until) {
            (Effect::Defers, Some(until)) => {
                latest = latest.max(Some(until));
                findings.defer(limit.rule, until);
            }
            (Effect::Defers, None) => findings.add(limit.rule, Effect::Blocks, Some("never open")),
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
    for (named, strongest, applies) in [
        (Named::Intersection, local, case.place.clocks.len() > 1),
        (Named::UnknownPlace, local, case.place.evidence.nothing),
        (Named::StrictestState, state, case.place.states.len() > 1),
        (Named::ClockChange, local, local.is_some() && phone && clock_changes(case)),
    ] {
        match strongest {
            Some((Effect::Defers, Some(until))) if applies => {
                findings.defer(case.book.named(named), until);
            }
            Some(_) if applies => findings.named(named, Effect::Permits, None),
            _ => {}
        }
    }
    latest
}

/// Whether any plausible clock is changed within a day of now.
fn clock_changes(case: &Case<'_, '_>) -> bool {
    case.place.clocks.iter().any(|local| local.zone.is_changed_near(case.now))
}

/// Every zone the telephone may be in, as a decision at `at` takes it.
#[cfg(feature = "proof")]
pub(crate) fn zones(recipient: &crate::Recipient, at: DateTime<Utc>, book: &RuleBook) -> Vec<chrono_tz::Tz> {
    location::Location::of(recipient, at, book).clocks.iter().map(|local| local.zone.tz).collect()
}
