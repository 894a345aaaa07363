//! What must follow from what: an opt-out that was heard or acted on stands in the stream; nothing is recorded before it
//! happened.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::Scope;

use super::bundle::Bundle;
use super::story::{AppliedData, Of, Story};
use super::verdict::{BreakKind, Verdict};
use crate::ReplyLabel;

/// How far the clocks of those who report to the store may differ from its own.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);

/// Every opt-out that was heard, and every one that a person's cases were told of, stands in the contact's stream.
pub(super) fn check(story: &Story, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    for reply in &story.replies {
        let data = &reply.data;
        let here = Some(reply.version);
        match data.scope.as_str() {
            "none" | "clarify" => {
                let opts_out = [ReplyLabel::OptOutKeyword, ReplyLabel::OptOutFreetext]
                    .iter()
                    .any(|label| label.as_str() == data.label);
                if opts_out && data.scope == "none" {
                    let what = "the answer is read as an opt-out, and is said to revoke nothing";
                    verdict.add(BreakKind::RevocationAbsent, Some(&own), here, what);
                }
            }
            scope => {
                let key = format!("{}/revoked", data.key);
                let follows = story.revocations.iter().any(|revoked| {
                    revoked.version > reply.version
                        && revoked.data.key == key
                        && scope.parse() == Ok(revoked.data.scope)
                        && revoked.data.occurred_at == data.occurred_at
                        && revoked.at == reply.at
                        && revoked.data.source == "reply"
                        && revoked
                            .data
                            .per_se
                            .is_none_or(|per_se| per_se == (data.label == ReplyLabel::OptOutKeyword.as_str()))
                });
                if !follows {
                    let what = "the answer revokes, and no revocation by it follows in the stream";
                    verdict.add(BreakKind::RevocationAbsent, Some(&own), here, what);
                }
            }
        }
    }
    let mut untold: Vec<(&str, &AppliedData)> = Vec::new();
    for Of { stream, told } in &story.applied {
        let data = &told.data;
        if data.wake_at.is_some() {
            untold.push((stream, data));
            acted_on(story, stream, (told.version, told.at, data), verdict);
            continue;
        }
        let last = untold.iter().rev().find(|(of, _)| of == stream);
        let same = last.is_some_and(|(_, last)| last.scope == data.scope && last.vehicle == data.vehicle);
        if !same {
            let what = "his cases were told of a revocation that does not stand before it";
            verdict.add(BreakKind::RevocationAbsent, Some(stream), Some(told.version), what);
        }
        untold.retain(|(of, _)| of != stream);
    }
}

/// A person's cases are to be told of a revocation: it stands in the stream of the contact, recorded with it.
fn acted_on(
    story: &Story,
    stream: &str,
    (version, at, data): (u64, DateTime<Utc>, &AppliedData),
    verdict: &mut Verdict,
) {
    let before =
        |added: &&Of<super::story::AddedData>| added.stream == stream && added.told.version < version;
    let contacts: Vec<_> = story.added.iter().filter(before).map(|added| added.told.data.contact).collect();
    if !contacts.contains(&story.contact) {
        return;
    }
    let stands = story.revocations.iter().any(|revoked| {
        revoked.at == at && revoked.data.scope == data.scope && revoked.data.vehicle == data.vehicle
    });
    if stands {
        return;
    }
    // A wrong number is one number; everything else goes to every contact point of the person.
    if data.scope == Scope::Number && contacts.iter().any(|contact| *contact != story.contact) {
        verdict.remark(format!(
            "at version {version} of a person behind it a wrong number was acted on, which is not this one by its stream"
        ));
        return;
    }
    let what =
        format!("a revocation of {} was acted on, and is not in the stream of the contact", data.scope);
    verdict.add(BreakKind::RevocationAbsent, Some(stream), Some(version), what);
}

/// Nothing is recorded before it happened, no message is reported on before it was cleared, and the bundle is not older
/// than what is in it.
pub(super) fn times(bundle: &Bundle, story: &Story, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let happened = (story
        .grants
        .iter()
        .map(|granted| (granted.version, granted.data.occurred_at, granted.at)))
    .chain(story.grants.iter().map(|granted| (granted.version, granted.data.consent.given_at, granted.at)))
    .chain(story.revocations.iter().map(|revoked| (revoked.version, revoked.data.occurred_at, revoked.at)))
    .chain(story.replies.iter().map(|reply| (reply.version, reply.data.occurred_at, reply.at)));
    for (version, at, recorded) in happened {
        if at.signed_duration_since(recorded) > CLOCKS_DIFFER {
            let what = "happened after it was recorded";
            verdict.add(BreakKind::TimeImpossible, Some(&own), Some(version), what);
        }
    }
    for cleared in &story.cleared {
        for report in &cleared.deliveries {
            let at = report.data.occurred_at;
            let what = if cleared.at.signed_duration_since(at) > CLOCKS_DIFFER {
                "reports on a message before it was cleared"
            } else if at.signed_duration_since(report.at) > CLOCKS_DIFFER {
                "happened after it was recorded"
            } else {
                continue;
            };
            verdict.add(BreakKind::TimeImpossible, Some(&own), Some(report.version), what);
        }
    }
    for record in &bundle.streams {
        if let Some(later) = record.events.iter().find(|event| event.at > bundle.made_at) {
            let what = "was recorded after the bundle was made";
            verdict.add(BreakKind::TimeImpossible, Some(&record.stream), Some(later.version), what);
        }
    }
}
