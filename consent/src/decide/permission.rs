use chrono::TimeDelta;
use fixedops_vocab::{Channel, Purpose};

use super::case::Case;
use super::findings::Findings;
use super::grant;
use crate::Effect;

/// Consent, and what a call with an artificial voice owes besides.
pub(super) fn judge<'a>(case: &Case<'a>, findings: &mut Findings<'a>) {
    if case.offer {
        findings.add("FED-DUAL-PURPOSE", Effect::Notes, "an offer inside: decided as marketing");
    }
    if case.channel == Channel::AiCall {
        findings.add(
            "FED-AI-VOICE",
            Effect::Permits,
            "an artificial voice: consent, identification and opt-out",
        );
    }
    if case.is_artificial_voice() {
        judge_voice(case, findings);
    }
    for consent in &case.facts.consents {
        if consent.how.as_deref().is_some_and(|how| how.eq_ignore_ascii_case("start reply")) {
            findings.add("CARRIER-OPTIN", Effect::Notes, "lifts the provider's block only");
        }
        if consent.sellers.len() > 1 {
            findings.add("FED-ONE-TO-ONE-VACATED", Effect::Notes, "several sellers may be named");
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
fn judge_voice(case: &Case<'_>, findings: &mut Findings<'_>) {
    let facts = &case.facts.facts;
    let rule = "FED-PRERECORDED-OPTOUT";
    if facts.caller_identified == Some(false) || (case.is_marketing() && facts.caller_identified.is_none()) {
        findings.add(rule, Effect::Blocks, "the caller is not named at the start");
    } else if case.is_marketing() {
        if facts.interactive_opt_out == Some(true) {
            findings.add(rule, Effect::Permits, None);
        } else {
            findings.add(rule, Effect::Blocks, "no automated interactive opt-out");
        }
    }
}

fn judge_marketing<'a>(case: &Case<'a>, findings: &mut Findings<'a>) {
    let written = case.written_consents().next().is_some();
    let lacking = || {
        let mut lacks =
            case.facts.consents.iter().map(|consent| grant::lacks_written(consent, case.channel, case.now));
        if lacks.clone().any(|lack| lack.is_none()) {
            return "written consent was revoked after it was given";
        }
        let written = case.facts.consents.iter().find(|c| c.level == fixedops_vocab::ConsentLevel::Pewc);
        written
            .and_then(|consent| grant::lacks_written(consent, case.channel, case.now))
            .or_else(|| lacks.next().flatten())
            .unwrap_or("no consent")
    };
    if case.channel.is_text() || case.is_artificial_voice() {
        let (effect, detail) =
            if written { (Effect::Permits, None) } else { (Effect::Blocks, Some(lacking())) };
        findings.add("FED-TCPA-PEWC", effect, detail);
        if case.channel.is_text() {
            findings.add("CTIA-PROMO-WRITTEN-CONSENT", effect, detail);
        }
    }
    if case.channel == Channel::Email {
        return;
    }
    for rule in case.place.states.iter().filter_map(|state| state.written_consent.as_deref()) {
        if case.in_force(rule) {
            let effect = if written { Effect::Permits } else { Effect::Blocks };
            findings.add(rule, effect, None);
        }
    }
}

/// Service messages: express consent for texts, and for artificial voices to what may be a wireless number.
fn judge_service(case: &Case<'_>, findings: &mut Findings<'_>) {
    if case.purpose == Purpose::Recall && case.channel != Channel::Email {
        findings.add("FED-EMERGENCY", Effect::Notes, "not settled for recalls: not relied on");
    }
    let automated = case.is_artificial_voice();
    if !case.channel.is_text() && !automated {
        return;
    }
    if case.express_consents().next().is_some() {
        findings.add("FED-TCPA-PEC", Effect::Permits, None);
    } else if automated && !case.may_be_wireless() {
        findings.add("FED-TCPA-PEC", Effect::Permits, "a landline, and nothing is sold");
    } else {
        findings.add("FED-TCPA-PEC", Effect::Blocks, "no express consent for this channel");
    }
}

/// One prompt answer to what the person asked; without a question on record it is a service message.
fn judge_reply(case: &Case<'_>, findings: &mut Findings<'_>) {
    let facts = &case.facts.facts;
    let opts_out = case.opts_out(facts.inbound_text.as_deref());
    if opts_out {
        findings.add("FED-REVOKE-PERSE", Effect::Blocks, "what it answers is an opt-out");
    }
    // A call that was asked for may come the next morning; a text without its time is no prompt answer.
    let undated_call = case.channel == Channel::LiveCall
        && facts.inbound_at.is_none()
        && facts.inbound_text.is_some()
        && !opts_out;
    let answers = case.is_prompt_answer() || undated_call;
    if answers {
        findings.add("FED-INVITED-REPLY", Effect::Permits, "answers what the person asked");
    }
    match case.channel {
        Channel::Sms | Channel::Mms if answers => {
            findings.add("CTIA-CONVERSATIONAL", Effect::Permits, "one prompt answer");
        }
        Channel::Sms | Channel::Mms if case.express_consents().next().is_some() => {
            findings.add("FED-TCPA-PEC", Effect::Permits, None);
        }
        Channel::Sms | Channel::Mms => {
            findings.add(
                "CTIA-CONVERSATIONAL",
                Effect::Blocks,
                "answers no recent message, or not as the first",
            );
        }
        Channel::AiCall | Channel::PrerecordedCall => judge_service(case, findings),
        Channel::LiveCall if !answers => {
            findings.add("FED-INVITED-REPLY", Effect::Blocks, "no request to be called is on record");
        }
        Channel::LiveCall | Channel::Email => {}
    }
}

/// 47 CFR 64.1200(a)(12): one text, within five minutes, no marketing. It goes out although the number is suppressed.
fn judge_confirmation(case: &Case<'_>, findings: &mut Findings<'_>) {
    let latest = case
        .facts
        .revocations
        .iter()
        .filter(|revocation| revocation.scope.is_some())
        .map(|revocation| revocation.received_at)
        .max();
    let limit = TimeDelta::seconds(i64::from(case.book.confirmation.within_seconds));
    match latest {
        Some(at) if at <= case.now && case.now - at <= limit => {
            findings.add("FED-REVOKE-CONFIRM-5MIN", Effect::Permits, None);
        }
        Some(_) => findings.add(
            "FED-REVOKE-CONFIRM-5MIN",
            Effect::Blocks,
            "more than five minutes after the opt-out",
        ),
        None => findings.add("FED-REVOKE-CONFIRM-5MIN", Effect::Blocks, "there is no opt-out to confirm"),
    }
    if !(case.channel.is_text() || case.channel == Channel::Email) {
        findings.add("FED-REVOKE-CONFIRM-5MIN", Effect::Blocks, "a confirmation is a text");
    }
    if case.facts.facts.confirmation_already_sent == Some(true) {
        findings.add("FED-REVOKE-CONFIRM-ONE", Effect::Blocks, "confirmed already");
    }
    if case.offer {
        findings.add(
            "FED-REVOKE-CONFIRM-NO-MARKETING",
            Effect::Blocks,
            "the confirmation promotes something",
        );
    }
}

/// The provider refuses the number, whatever we think the opt-out meant.
fn judge_carrier(case: &Case<'_>, findings: &mut Findings<'_>) {
    if case.channel.is_text() && case.facts.facts.carrier_block.is_some() {
        findings.add("CARRIER-STOP-BLOCK", Effect::Blocks, "the provider blocks this number");
    }
}
