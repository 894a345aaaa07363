use fixedops_vocab::{Channel, Purpose};

use super::case::Case;
use super::findings::Findings;
use crate::Effect;

/// CAN-SPAM, and the mailbox providers' rules for bulk senders. What is not stated is not there.
pub(super) fn judge(case: &Case<'_>, findings: &mut Findings<'_>) {
    if case.channel != Channel::Email {
        return;
    }
    let facts = &case.facts.facts;
    match case.purpose {
        Purpose::Marketing => {
            findings.add("EMAIL-CANSPAM", Effect::Notes, "commercial mail");
            for (rule, there, lacking) in [
                ("EMAIL-CANSPAM-OPTOUT-MECH", facts.unsubscribe_link, "no opt-out link is stated"),
                ("EMAIL-CANSPAM-ADDRESS", facts.postal_address, "no postal address is stated"),
            ] {
                if there == Some(true) {
                    findings.add(rule, Effect::Permits, None);
                } else {
                    findings.add(rule, Effect::Blocks, lacking);
                }
            }
            judge_bulk(case, findings);
        }
        Purpose::Informational | Purpose::Transactional | Purpose::Recall => {
            findings.add("EMAIL-TRANSACTIONAL", Effect::Permits, "transactional or relationship mail");
        }
        Purpose::Reply | Purpose::RevocationConfirmation => {}
    }
}

fn judge_bulk(case: &Case<'_>, findings: &mut Findings<'_>) {
    let facts = &case.facts.facts;
    let bulk = facts.daily_volume.map(|volume| volume >= case.book.email.bulk_daily_volume);
    match (facts.one_click_headers, bulk) {
        (Some(true), _) => findings.add("EMAIL-RFC8058", Effect::Permits, None),
        (_, Some(true)) => {
            findings.add("EMAIL-RFC8058", Effect::Blocks, "a bulk sender without one-click headers")
        }
        (Some(false), None) => {
            findings.add(
                "EMAIL-RFC8058",
                Effect::Blocks,
                "no one-click headers, and the volume is not stated",
            );
        }
        (_, Some(false)) | (None, None) => findings.add("EMAIL-RFC8058", Effect::Notes, "not a bulk sender"),
    }
}
