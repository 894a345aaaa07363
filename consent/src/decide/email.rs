use fixedops_vocab::{Channel, Purpose};

use super::case::Case;
use super::findings::Findings;
use crate::Effect;
use crate::book::Named;

/// CAN-SPAM, and the mailbox providers' rules for bulk senders. What is not stated is not there.
pub(super) fn judge(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    if case.channel != Channel::Email {
        return;
    }
    let facts = &case.facts.facts;
    match case.purpose {
        Purpose::Marketing => {
            findings.named(Named::EmailCanspam, Effect::Notes, "commercial mail");
            for (rule, there, lacking) in [
                (Named::EmailOptoutMechanism, facts.unsubscribe_link, "no opt-out link is stated"),
                (Named::EmailAddress, facts.postal_address, "no postal address is stated"),
            ] {
                if there == Some(true) {
                    findings.named(rule, Effect::Permits, None);
                } else {
                    findings.named(rule, Effect::Blocks, lacking);
                }
            }
            judge_bulk(case, findings);
        }
        Purpose::Informational | Purpose::Transactional | Purpose::Recall => {
            findings.named(Named::EmailTransactional, Effect::Permits, "transactional or relationship mail");
        }
        Purpose::Reply | Purpose::RevocationConfirmation => {}
    }
}

fn judge_bulk(case: &Case<'_, '_>, findings: &mut Findings<'_>) {
    let facts = &case.facts.facts;
    let bulk = facts.daily_volume.map(|volume| volume >= case.book.email.bulk_daily_volume);
    let (effect, detail) = match (facts.one_click_headers, bulk) {
        (Some(true), _) => (Effect::Permits, None),
        (_, Some(true)) => (Effect::Blocks, Some("a bulk sender without one-click headers")),
        (_, None) => (Effect::Blocks, Some("no one-click headers are stated, nor the volume")),
        (_, Some(false)) => (Effect::Notes, Some("not a bulk sender")),
    };
    findings.named(Named::EmailOneClick, effect, detail);
}
