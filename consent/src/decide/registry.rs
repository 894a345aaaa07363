use super::case::Case;
use super::findings::Findings;
use crate::book::Named;
use crate::{Effect, RndAnswer};
use fixedops_vocab::{Channel, Purpose};

/// Do-not-call lists and the Reassigned Numbers Database.
pub(super) fn judge(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    if case.channel == Channel::Email {
        return;
    }
    if case.facts.recipient.nanp == Some(false) {
        findings.named(Named::NotNanp, Effect::Blocks, "US rules cannot be read for this number");
    } else if !case.place.evidence.area_code
        && case.facts.recipient.area_code.as_deref().is_some_and(|code| case.book.is_abroad(code))
    {
        findings.named(Named::NotNanp, Effect::Blocks, "the area code is that of another country");
    }
    if case.purpose == Purpose::RevocationConfirmation {
        return;
    }
    judge_reassigned(case, findings);
    if case.channel.is_text() && !case.book.strict.texts_are_calls {
        return;
    }
    if case.is_marketing() {
        judge_internal(case, findings);
        judge_national(case, findings);
        judge_states(case, findings);
    } else if case.facts.dnc.national == Some(true) && case.purpose != Purpose::Reply {
        findings.named(Named::DncNotSolicitation, Effect::Permits, "nothing is sold");
    }
}

fn judge_internal(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    if !case.on_our_list() {
        return;
    }
    let asked_on = case.facts.dnc.internal_on;
    let lifted = asked_on
        .is_some_and(|asked_on| case.written_consents().any(|consent| asked_on < case.given_on(consent)));
    if lifted {
        findings.named(Named::DncInternal, Effect::Permits, "written consent is later than the request");
    } else {
        findings.named(Named::DncInternal, Effect::Blocks, "the person asked us not to call");
    }
}

fn judge_national(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    let dnc = &case.facts.dnc;
    let scrub_age = dnc.scrubbed_at.map(|scrubbed| case.today.signed_duration_since(scrubbed).num_days());
    let fresh = dnc.looked_up != Some(false)
        && scrub_age
            .is_none_or(|days| (0..=i64::from(case.book.registry.max_scrub_age_days)).contains(&days));
    let listed = dnc.national == Some(true);
    if !listed && fresh {
        if scrub_age.is_some() {
            findings.named(Named::DncScrub, Effect::Permits, None);
        }
        return;
    }
    let terms = case.book.relationship;
    let lifts = [
        (Named::DncWrittenPermission, case.has_written_consent),
        (Named::DncEbr18, case.transaction_within(terms.transaction_months)),
        (Named::DncEbr3, case.inquiry_within(terms.inquiry_months)),
    ];
    let mut lifted = false;
    for (rule, _) in lifts.into_iter().filter(|(_, holds)| *holds) {
        findings.named(rule, Effect::Permits, "lifts the registry");
        lifted = true;
    }
    let effect = if lifted { Effect::Notes } else { Effect::Blocks };
    if listed {
        findings.named(Named::DncNational, effect, "on the national registry");
    }
    if dnc.looked_up == Some(false) {
        findings.named(Named::DncScrub, effect, "no registry was looked at: scrub first");
    } else if !fresh {
        findings.named(Named::DncScrub, effect, "the registry version is too old: scrub again first");
    }
}

/// A state's registry is lifted by written permission only: some states know no relationship exemption.
fn judge_states(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    let dnc = &case.facts.dnc;
    let effect = if case.has_written_consent { Effect::Permits } else { Effect::Blocks };
    if dnc.state == Some(true) {
        findings.named(Named::StateRegistry, effect, "on a state registry");
    }
    if case.channel.is_text() && (dnc.state == Some(true) || dnc.national == Some(true)) {
        for rule in case.place.states.iter().filter_map(|state| state.registry_reaches_texts) {
            if case.binds(rule) {
                findings.add(rule, effect, Some("the registry reaches texts"));
            }
        }
    }
}

/// 47 CFR 64.1200(m): whether somebody else may hold the number now.
fn judge_reassigned(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    let Some(answer) = &case.facts.facts.rnd else { return };
    if case.purpose == Purpose::Reply {
        return;
    }
    let given =
        |after: chrono::NaiveDate| case.express_consents().any(|consent| after < case.given_on(consent));
    if answer.checked_at.is_some_and(given) {
        findings.named(Named::Reassigned, Effect::Notes, "a consent is later than the answer");
        return;
    }
    // An answer helps if it is of the newest data and asks about no later day than that of the consent it is to protect.
    let stale = answer.checked_at.is_some_and(|checked| {
        let age = case.today.signed_duration_since(checked).num_days();
        !(0..=i64::from(case.book.registry.max_reassigned_age_days)).contains(&age)
    });
    let asked_too_late = answer.since.is_some_and(|since| {
        let mut consents = case.express_consents().peekable();
        consents.peek().is_some() && consents.all(|consent| case.given_on(consent) < since)
    });
    let result = match answer.result {
        RndAnswer::No if stale || asked_too_late => RndAnswer::NoData,
        result => result,
    };
    match result {
        RndAnswer::Yes => {
            findings.named(Named::Reassigned, Effect::Blocks, "disconnected since the date asked about")
        }
        RndAnswer::No => {
            findings.named(Named::Reassigned, Effect::Permits, "not disconnected since the date asked about")
        }
        RndAnswer::NoData if case.book.strict.reassigned_no_data_blocks => {
            findings.named(Named::Reassigned, Effect::Blocks, "no data: no safe harbour");
        }
        RndAnswer::NoData => findings.named(Named::Reassigned, Effect::Notes, "no data: no safe harbour"),
    }
}
