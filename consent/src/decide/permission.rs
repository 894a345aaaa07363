use chrono::TimeDelta;
use fixedops_vocab::{Channel, ConsentLevel, Purpose, Scope};

use super::case::Case;
use super::findings::Findings;
use super::grant;
use crate::book::Named;
use crate::{Effect, Means};

/// Consent, and what a call with an artificial voice owes besides.
pub(super) fn judge(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    if case.offer {
        findings.named(Named::DualPurpose, Effect::Notes, "an offer inside: decided as marketing");
    }
    if case.channel == Channel::AiCall {
        findings.named(
            Named::AiVoice,
            Effect::Permits,
            "an artificial voice: consent, identification and opt-out",
        );
    }
    if case.is_artificial_voice() {
        judge_voice(case, findings);
    }
    for consent in &case.facts.consents {
        if consent.how.as_deref().is_some_and(|how| how.eq_ignore_ascii_case("start reply")) {
            findings.named(Named::CarrierOptin, Effect::Notes, "lifts the provider's block only");
        }
        if consent.sellers.len() > 1 {
            findings.named(Named::OneToOneVacated, Effect::Notes, "several sellers may be named");
        }
    }
    match case.purpose {
        Purpose::Marketing => judge_marketing(case, findings),
        Purpose::Informational | Purpose::Transactional | Purpose::Recall => judge_service(case, findings),
        Purpose::Reply => judge_reply(case, findings),
        Purpose::RevocationConfirmation => judge_confirmation(case, findings),
    }
    judge_carrier(case, findings);
}

/// 47 CFR 64.1200(b): identification always, an interactive opt-out where it markets. Unknown is no.
fn judge_voice(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    let facts = &case.facts.facts;
    let rule = Named::PrerecordedOptout;
    if facts.caller_identified != Some(true) {
        findings.named(rule, Effect::Blocks, "the caller is not named at the start");
    } else if case.is_marketing() {
        if facts.interactive_opt_out == Some(true) {
            findings.named(rule, Effect::Permits, None);
        } else {
            findings.named(rule, Effect::Blocks, "no automated interactive opt-out");
        }
    }
}

fn judge_marketing(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    if case.channel == Channel::Email {
        return;
    }
    let written = case.has_written_consent;
    if case.channel.is_text() || case.is_artificial_voice() {
        let (effect, detail) =
            if written { (Effect::Permits, None) } else { (Effect::Blocks, Some(lacking(case))) };
        findings.named(Named::WrittenConsent, effect, detail);
        if case.channel.is_text() {
            findings.named(Named::CtiaPromoWrittenConsent, effect, detail);
        }
    }
    for rule in case.place.states.iter().filter_map(|state| state.written_consent) {
        if case.binds(rule) {
            let effect = if written { Effect::Permits } else { Effect::Blocks };
            findings.add(rule, effect, None);
        }
    }
    if case.channel.is_call() {
        judge_abandonment(case, findings);
    }
}

/// Why there is no written consent: what the one that was taken as written lacks, else what the first one lacks.
fn lacking(case: &Case<'_, '_>) -> &'static str {
    let consents = &case.facts.consents;
    if consents.iter().any(|consent| case.lacks_written(consent).is_none()) {
        return "written consent was revoked after it was given";
    }
    let meant = consents.iter().find(|consent| consent.level == ConsentLevel::Pewc);
    meant.or_else(|| consents.first()).and_then(|consent| case.lacks_written(consent)).unwrap_or("no consent")
}

/// 47 CFR 64.1200(a)(7): of the calls of a campaign that a person answered, few may be abandoned.
fn judge_abandonment(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    let Some(abandoned) = case.facts.facts.abandoned_per_mille else { return };
    if abandoned <= case.book.abandonment.max_per_mille {
        findings.named(Named::Abandon, Effect::Permits, None);
    } else {
        findings.named(Named::Abandon, Effect::Blocks, "too many answered calls were abandoned");
    }
}

/// Service messages: express consent for texts, and for artificial voices to what may be a wireless number.
fn judge_service(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    if case.purpose == Purpose::Recall
        && case.channel != Channel::Email
        && case.book.strict.recalls_need_consent
    {
        findings.named(Named::Emergency, Effect::Notes, "not settled for recalls: not relied on");
    }
    let automated = case.is_artificial_voice();
    if !case.channel.is_text() && !automated {
        return;
    }
    if case.purpose == Purpose::Recall && !case.book.strict.recalls_need_consent {
        findings.named(Named::Emergency, Effect::Permits, "a recall taken as an emergency (switch)");
        return;
    }
    if case.express_consents().next().is_some() {
        findings.named(Named::ExpressConsent, Effect::Permits, None);
    } else if automated && !case.may_be_wireless() {
        findings.named(Named::ExpressConsent, Effect::Permits, "a landline, and nothing is sold");
    } else {
        findings.named(Named::ExpressConsent, Effect::Blocks, "no express consent for this channel");
    }
}

/// One prompt answer to what the person asked; without a question on record it is a service message.
fn judge_reply(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    let facts = &case.facts.facts;
    if case.opts_out(facts.inbound_text.as_deref()) {
        findings.named(Named::RevokePerSe, Effect::Blocks, "what it answers is an opt-out");
    } else if case.asks_to_stop(facts.inbound_text.as_deref()) {
        findings.named(Named::RevokeReasonablePerson, Effect::Blocks, "what it answers is an opt-out");
    }
    // A call that was asked for may come the next morning; a text without its time is no prompt answer.
    let answers = case.is_prompt_answer() || case.is_undated_call();
    if answers {
        findings.named(Named::InvitedReply, Effect::Permits, "answers what the person asked");
    }
    match case.channel {
        Channel::Sms | Channel::Mms if answers => {
            findings.named(Named::CtiaConversational, Effect::Permits, "one prompt answer");
        }
        Channel::Sms | Channel::Mms if case.express_consents().next().is_some() => {
            findings.named(Named::ExpressConsent, Effect::Permits, None);
        }
        Channel::Sms | Channel::Mms => {
            findings.named(
                Named::CtiaConversational,
                Effect::Blocks,
                "answers no recent message, or not as the first",
            );
        }
        Channel::AiCall | Channel::PrerecordedCall => judge_service(case, findings),
        Channel::LiveCall if !answers => {
            findings.named(Named::InvitedReply, Effect::Blocks, "no request to be called is on record");
        }
        Channel::LiveCall | Channel::Email => {}
    }
}

/// 47 CFR 64.1200(a)(12): one text, within five minutes, no marketing. It goes out although the number is suppressed.
fn judge_confirmation(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    let latest = case
        .facts
        .revocations
        .iter()
        .filter(|revocation| is_confirmed_here(case, revocation))
        .map(|revocation| revocation.received_at)
        .max();
    let limit = TimeDelta::seconds(i64::from(case.book.confirmation.within_seconds));
    match latest {
        Some(at) if at <= case.now && case.now - at <= limit => {
            findings.named(Named::ConfirmInTime, Effect::Permits, None);
        }
        Some(_) => {
            findings.named(Named::ConfirmInTime, Effect::Blocks, "more than five minutes after the opt-out")
        }
        None => findings.named(Named::ConfirmInTime, Effect::Blocks, "there is no opt-out to confirm"),
    }
    if !(case.channel.is_text() || case.channel == Channel::Email) {
        findings.named(Named::ConfirmInTime, Effect::Blocks, "a confirmation is a text");
    }
    if case.facts.facts.confirmation_already_sent == Some(true) {
        findings.named(Named::ConfirmOne, Effect::Blocks, "confirmed already");
    }
    if case.offer {
        findings.named(Named::ConfirmNoMarketing, Effect::Blocks, "the confirmation promotes something");
    }
}

/// Whether an opt-out is one that a message of this channel may confirm: it was for this channel, and whoever sent it had
/// agreed to hear from us there or wrote from there. A stranger at a wrong number gets no more texts.
fn is_confirmed_here(case: &Case<'_, '_>, revocation: &crate::Revocation) -> bool {
    let here = match revocation.scope {
        None | Some(Scope::Number) => false,
        Some(Scope::All | Scope::Marketing | Scope::ThisVehicle) => true,
        Some(Scope::Sms) => case.channel.is_text(),
        Some(Scope::Calls) => case.channel.is_call() || revocation.channel == Means::Sms,
        Some(Scope::Email) => case.channel == Channel::Email,
    };
    let known = case.channel == Channel::Email
        || revocation.channel == Means::Sms
        || case.facts.consents.iter().any(|consent| grant::is_express(consent, case.channel, case.now));
    here && known
}

/// The provider refuses the number, whatever we think the opt-out meant.
fn judge_carrier(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    if case.channel.is_text() && case.facts.facts.carrier_block.is_some() {
        findings.named(Named::CarrierStopBlock, Effect::Blocks, "the provider blocks this number");
    }
}
