use chrono::Months;
use fixedops_vocab::{Channel, Purpose, Scope};
use smallvec::SmallVec;

use super::case::Case;
use super::findings::Findings;
use super::grant;
use crate::book::{Named, RuleRef};
use crate::{Effect, Means, Revocation};

/// Whether a revocation of `scope` speaks of this message.
fn covers(case: &Case<'_, '_>, revocation: &Revocation, scope: Scope) -> bool {
    let marketing = case.is_marketing();
    // Transactional and recall mail stays outside every opt-out, 15 USC 7702(17).
    let free_mail = matches!(case.purpose, Purpose::Transactional | Purpose::Recall);
    // An offer inside does not carry a message past an opt-out from what it calls itself.
    let spoken_of = |purpose| revocation.purposes.contains(&purpose);
    if !revocation.purposes.is_empty() && !spoken_of(case.purpose) && !spoken_of(case.request.purpose) {
        return false;
    }
    match scope {
        Scope::Number => true,
        Scope::Marketing => marketing,
        Scope::Sms => case.channel.is_text(),
        Scope::Calls => case.channel.is_call(),
        Scope::Email => case.channel == Channel::Email && !free_mail,
        Scope::ThisVehicle => revocation.vehicle.is_none() || revocation.vehicle == case.request.vehicle,
        // Everything that needs consent: a person who calls about the car in the shop needs none.
        Scope::All => match case.channel {
            Channel::Email => !free_mail,
            Channel::LiveCall => marketing,
            Channel::Sms | Channel::Mms | Channel::AiCall | Channel::PrerecordedCall => true,
        },
    }
}

/// The revocations that speak of this message, lifted or not.
pub(super) fn reaching<'a>(case: &Case<'a, '_>) -> SmallVec<[&'a Revocation; 2]> {
    let reaches = |revocation: &&'a Revocation| {
        revocation.scope.is_some_and(|scope| {
            covers(case, revocation, scope) || (revokes_all(case, revocation) && revoke_all_binds(case))
        })
    };
    case.facts.revocations.iter().filter(reaches).collect()
}

/// The revocations that bind this message: those that reach it and that no sufficient consent is later than. At equal
/// times the customer wins.
pub(super) fn binding<'a>(case: &Case<'a, '_>) -> SmallVec<[&'a Revocation; 2]> {
    if case.purpose == Purpose::RevocationConfirmation {
        return SmallVec::new();
    }
    case.reached_by.iter().copied().filter(|revocation| !is_lifted(case, revocation)).collect()
}

fn is_lifted(case: &Case<'_, '_>, revocation: &Revocation) -> bool {
    // A question asked after the opt-out invites its one prompt answer.
    let invited = case.purpose == Purpose::Reply
        && case.is_prompt_answer()
        && case.facts.facts.inbound_at.is_some_and(|asked| revocation.received_at < asked);
    invited
        || case.facts.consents.iter().any(|consent| {
            let enough = if case.is_phone_solicitation() {
                case.lacks_written(consent).is_none()
            } else {
                grant::is_express(consent, case.channel, case.now)
            };
            enough && revocation.received_at < consent.given_at
        })
}

/// Whether it is an opt-out whose wider reach the revoke-all rule decides: one revocation for every robocall and
/// robotext of the caller, 47 CFR 64.1200(a)(10).
fn revokes_all(case: &Case<'_, '_>, revocation: &Revocation) -> bool {
    let robot = case.channel.is_text() || case.is_artificial_voice();
    // Once the rule is in force it asks for no keyword: whoever revokes for one channel revokes for all of them. Whoever
    // names the marketing has said what he means, unless a bare keyword was only read that way.
    let wide = match revocation.scope {
        Some(Scope::Sms | Scope::Calls) => {
            case.is_per_se(revocation) || case.named_in_force(Named::RevokeAll)
        }
        Some(Scope::Marketing) => case.is_per_se(revocation),
        _ => false,
    };
    let asked = clarified(case)
        && case.facts.facts.clarification_sent_at.is_some_and(|asked| revocation.received_at <= asked);
    robot && wide && !asked
}

fn revoke_all_binds(case: &Case<'_, '_>) -> bool {
    case.book.strict.revoke_all_binds_already || case.named_in_force(Named::RevokeAll)
}

/// Findings of every revocation.
pub(super) fn judge(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    let held = case
        .facts
        .facts
        .held_since
        .is_some_and(|since| !case.written_consents().any(|consent| since < consent.given_at));
    if held && case.is_marketing() {
        findings.named(Named::HeldUnclear, Effect::Blocks, "an answer may be an opt-out");
    }
    if case.facts.revocations.is_empty() && case.facts.facts.clarification_sent_at.is_none() {
        return;
    }
    for revocation in case.bound_by.iter().copied() {
        for rule in rules_of(case, revocation) {
            findings.add(rule, Effect::Blocks, Some("revoked, and no sufficient consent is later"));
        }
    }
    if case.purpose == Purpose::RevocationConfirmation {
        return;
    }
    let waived = case.facts.revocations.iter().any(|revocation| {
        let direct = revocation.scope.is_some_and(|scope| covers(case, revocation, scope));
        revokes_all(case, revocation) && !direct && !revoke_all_binds(case)
    });
    if waived && case.named_in_force(Named::RevokeAllWaived) {
        findings.named(
            Named::RevokeAllWaived,
            Effect::Permits,
            "the revocation is read for its own kind of message",
        );
    }
    judge_clarification(case, findings);
}

/// The rules under which a binding revocation binds.
fn rules_of(case: &Case<'_, '_>, revocation: &Revocation) -> SmallVec<[RuleRef; 4]> {
    let mut rules: SmallVec<[RuleRef; 4]> = SmallVec::new();
    let mut name = |named| rules.push(case.book.named(named));
    match revocation.scope {
        Some(Scope::Number) => name(Named::WrongNumber),
        Some(Scope::ThisVehicle) => name(Named::ThisVehicle),
        Some(scope) if !covers(case, revocation, scope) => name(Named::RevokeAll),
        _ => {}
    }
    if !revocation.purposes.is_empty() {
        name(Named::PurposeOptout);
    }
    if case.channel == Channel::Email {
        name(Named::EmailOptout);
    }
    if case.channel != Channel::Email || revocation.channel != Means::Email {
        match revocation.channel {
            Means::Sms if case.is_per_se(revocation) => name(Named::RevokePerSe),
            Means::Sms => name(Named::RevokeReasonablePerson),
            // A designated page is conclusive, any other raises the presumption: either way it binds.
            Means::Web => {
                name(Named::RevokePerSe);
                name(Named::RevokeOtherMeans);
            }
            Means::Email | Means::InPerson | Means::Voice | Means::Other => name(Named::RevokeOtherMeans),
        }
    }
    if revocation.channel == Means::Sms && case.channel != Channel::Email {
        for (rule, years) in case.place.states.iter().filter_map(|state| state.optout_years) {
            let end = revocation.received_at.checked_add_months(Months::new(years.saturating_mul(12)));
            if end.is_some_and(|end| case.now < end) {
                rules.push(rule);
            }
        }
    }
    rules
}

/// Whether the person said that only some messages were meant; silence, a second opt-out and everything else say
/// nothing.
fn clarified(case: &Case<'_, '_>) -> bool {
    let reply = case.facts.facts.clarification_reply.as_deref();
    reply.is_some_and(|reply| case.book.clarification.narrows(reply))
}

/// An opt-out that was asked about: silence stops everything that needs consent, 47 CFR 64.1200(a)(12).
fn judge_clarification(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    let facts = &case.facts.facts;
    let Some(asked_at) = facts.clarification_sent_at else { return };
    let newer = case
        .facts
        .revocations
        .iter()
        .any(|revocation| revocation.scope.is_some() && asked_at < revocation.received_at);
    if clarified(case) && !newer {
        findings.named(Named::ConfirmClarify, Effect::Permits, "the person said which messages are meant");
        return;
    }
    let consented = case.facts.consents.iter().any(|consent| {
        let enough = if case.is_marketing() {
            case.lacks_written(consent).is_none()
        } else {
            grant::is_express(consent, case.channel, case.now)
        };
        enough && asked_at < consent.given_at
    });
    let revoked = case.facts.revocations.iter().any(|revocation| revocation.scope.is_some());
    let needs_consent = case.is_marketing() || case.channel.is_text() || case.is_artificial_voice();
    let answered = case.purpose == Purpose::Reply;
    if !consented && !answered && needs_consent && (revoked || case.is_marketing()) {
        findings.named(
            Named::ConfirmClarify,
            Effect::Blocks,
            "asked which messages are meant; no answer that says so",
        );
    }
}
