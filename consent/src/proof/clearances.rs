//! Clearances: the decision, the versions it read, the opt-outs before it, the consent it claims, what became of it.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_vocab::Purpose;

use super::account::{forbids, reaches};
use super::bundle::Bundle;
use super::retake::{confirmed_before, retake};
use super::story::{Budget, ClearedTouch, Settled, SettledKind, Story};
use super::verdict::{BreakKind, Verdict, id_word, shown};
use crate::{Effect, RuleBook};

/// How long a clearance lives.
const CLEARANCE_LIFE: TimeDelta = TimeDelta::seconds(5);

/// Every clearance in itself, and their counts.
pub(super) fn check(bundle: &Bundle, story: &Story, book: &RuleBook, verdict: &mut Verdict) {
    for cleared in &story.cleared {
        clearance(bundle, story, cleared, book, verdict);
    }
    counted(story, verdict);
}

/// One clearance: its decision, its versions, the revocations before it, the consent it claims, what became of it.
fn clearance(bundle: &Bundle, story: &Story, cleared: &ClearedTouch, book: &RuleBook, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let (own, here) = (Some(own.as_str()), Some(cleared.version));
    let data = &cleared.data;
    let sent = cleared.settled.as_ref().filter(|settled| settled.kind == SettledKind::Sent);

    let against = |effect: Effect| matches!(effect, Effect::Blocks | Effect::Defers);
    let refusing: Vec<&str> = data
        .decision
        .rules
        .iter()
        .filter(|found| against(found.finding))
        .map(|found| found.rule.as_str())
        .collect();
    if data.decision.outcome != "allow" || !refusing.is_empty() {
        let said = match data.decision.outcome.as_str() {
            known @ ("allow" | "deny" | "defer") => known,
            _ => "something else",
        };
        let what = format!("the decision is {said}, against it: {}", listed(&refusing));
        match sent {
            Some(sent) => verdict.add(BreakKind::DeniedButSent, own, Some(sent.version), what),
            None => verdict.add(BreakKind::DeniedButCleared, own, here, what),
        }
    }
    read_versions(bundle, story, cleared, verdict);
    revocations(story, cleared, sent, verdict);
    claimed_consent(story, cleared, verdict);
    if data.purpose == Purpose::RevocationConfirmation && confirmed_before(story, cleared) {
        verdict.add(BreakKind::SecondConfirmation, own, here, "this opt-out was confirmed already");
    }
    decision(story, cleared, book, verdict);
    if let Some(settled) = &cleared.settled {
        outcome(cleared, settled, own, verdict);
    }
}

/// The decision, taken again: it allows, by the same rules, at the same place.
fn decision(story: &Story, cleared: &ClearedTouch, book: &RuleBook, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let (own, here) = (Some(own.as_str()), Some(cleared.version));
    let said = &cleared.data.decision;
    let Some(again) = retake(story, cleared, book) else {
        verdict.not_retaken += 1;
        verdict.remark(format!(
            "the decision at version {} was taken under rule book {}, which is not the one at hand: it was not taken again",
            cleared.version, said.rule_book
        ));
        return;
    };
    verdict.retaken += 1;
    if let Some(rules) = again.refuses {
        let what = format!("taken again from the streams, the decision is no: {}", listed(&rules));
        verdict.add(BreakKind::RetakenDenies, own, here, what);
    }
    if !again.left_out.is_empty() || !again.invented.is_empty() {
        let what = format!(
            "taken again from the streams, the decision has other findings; left out: {}; not among them, or not with these \
             words: {}",
            listed(&again.left_out),
            listed(&again.invented)
        );
        verdict.add(BreakKind::FindingsDiffer, own, here, what);
    }
    for found in &said.rules {
        let same = book.rule(&found.rule).is_some_and(|rule| {
            rule.citation == found.citation
                && rule.effective == found.effective
                && rule.confidence == found.confidence
        });
        if !same {
            let what = format!("{} does not stand so in the rule book", id_word(&found.rule));
            verdict.add(BreakKind::FindingsDiffer, own, here, what);
        }
    }
    if said.place.as_ref().is_some_and(|place| *place != again.place) {
        let what = "where the telephone was taken to be is not what the evidence and the rule book give";
        verdict.add(BreakKind::PlaceWrong, own, here, what);
    }
}

fn listed<S: AsRef<str>>(rules: &[S]) -> String {
    let words: Vec<&str> = rules.iter().map(|rule| id_word(rule.as_ref())).collect();
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// What went out is what was cleared, in its five seconds.
fn outcome(cleared: &ClearedTouch, settled: &Settled, own: Option<&str>, verdict: &mut Verdict) {
    let (data, said) = (&cleared.data, &settled.data);
    let same = (&data.contact, data.channel, data.purpose, &data.program, &data.subject, &data.crossing)
        == (&said.contact, said.channel, said.purpose, &said.program, &said.subject, &said.crossing);
    if !same {
        let what = format!("is not the message that was cleared at version {}", cleared.version);
        verdict.add(BreakKind::SendDiffers, own, Some(settled.version), what);
    }
    if settled.kind != SettledKind::Sent || settled.at - cleared.at < CLEARANCE_LIFE {
        return;
    }
    let late = settled.at - cleared.at;
    if said.learned.is_some() {
        verdict.remark(format!(
            "the send at version {} was learned of {} s after its clearance, by asking the transport or from its report: \
             the message itself was handed over within five seconds, or the transport would have refused it",
            settled.version,
            late.num_seconds()
        ));
    } else {
        let what = format!(
            "went out {} ms after its clearance at version {}; a clearance lives five seconds",
            late.num_milliseconds(),
            cleared.version
        );
        verdict.add(BreakKind::ClearanceExpired, own, Some(settled.version), what);
    }
}

/// The clearance stands at exactly the versions it read.
fn read_versions(bundle: &Bundle, story: &Story, cleared: &ClearedTouch, verdict: &mut Verdict) {
    let data = &cleared.data;
    let contact = format!("contact/{}", story.contact);
    let here = Some(cleared.version);
    if data.read.contact >= cleared.version {
        let what =
            format!("was cleared at version {} of its own stream, which came later", data.read.contact);
        verdict.add(BreakKind::ReadVersionAbsent, Some(&contact), here, what);
    } else {
        // Decided anew "as if that clearance were not there": only clearances of the same touch may stand between.
        let between = bundle.streams.iter().filter(|record| record.stream == contact).flat_map(|r| &r.events);
        let other = between
            .filter(|event| event.version > data.read.contact && event.version < cleared.version)
            .find(|event| {
                let of = |name: &str| event.data.get(name).and_then(serde_json::Value::as_str);
                event.event_type != "touch_cleared"
                    || of("case") != Some(&data.case)
                    || of("touch") != Some(&data.touch)
            });
        if let Some(other) = other {
            let what = format!(
                "was decided at version {} of this stream, and version {} stands in between",
                data.read.contact, other.version
            );
            verdict.add(BreakKind::ReadVersionContradicts, Some(&contact), here, what);
        }
    }
    let others = [
        (format!("person/{}", data.person), data.read.person),
        (format!("household/{}", data.household), data.read.household),
    ];
    for (name, read) in others {
        let events = bundle.streams.iter().find(|record| record.stream == name).map(|record| &record.events);
        let at = |version: u64| events.into_iter().flatten().find(|event| event.version == version);
        if read > 0 && at(read).is_none() {
            let what = format!("was cleared at version {read} of {}, which is not there", shown(&name));
            verdict.add(BreakKind::ReadVersionAbsent, Some(&contact), here, what);
            continue;
        }
        if at(read).is_some_and(|event| event.at > cleared.at) {
            let what = format!("was cleared at version {read} of {}, which was recorded later", shown(&name));
            verdict.add(BreakKind::ReadVersionContradicts, Some(&contact), here, what);
        }
        if at(read.saturating_add(1)).is_some_and(|event| event.at < cleared.at)
            && !re_cleared(story, cleared)
        {
            let what = format!(
                "was cleared at version {read} of {}, and a later one stood there by then",
                shown(&name)
            );
            verdict.add(BreakKind::ReadVersionContradicts, Some(&contact), here, what);
        }
    }
}

/// Whether the same touch was cleared before and never seen by the transport: then it was decided at the old versions.
fn re_cleared(story: &Story, cleared: &ClearedTouch) -> bool {
    story.cleared.iter().any(|earlier| {
        earlier.version < cleared.version
            && earlier.data.case == cleared.data.case
            && earlier.data.touch == cleared.data.touch
            && !earlier.went_out()
    })
}

/// No revocation that forbids it stood before the clearance; one that landed after it is owned up to.
fn revocations(story: &Story, cleared: &ClearedTouch, sent: Option<&Settled>, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let data = &cleared.data;
    for revoked in story.revocations.iter().filter(|revoked| revoked.version < cleared.version) {
        let lifted = story.grants_of(&data.person, cleared.version).any(|granted| {
            granted.version > revoked.version
                && granted.data.occurred_at > revoked.data.occurred_at
                && granted.data.scope.contains(&data.channel)
        });
        if !lifted && forbids(&revoked.data, data) {
            let what = format!(
                "{} by {} was cleared after the revocation of {} at version {}",
                data.purpose, data.channel, revoked.data.scope, revoked.version
            );
            let at = sent.map_or(cleared.version, |sent| sent.version);
            verdict.add(BreakKind::SendAfterRevocation, Some(&own), Some(at), what);
        }
    }
    let Some(sent) = sent else { return };
    let crossed = story.revocations.iter().any(|revoked| {
        revoked.version > cleared.version && revoked.version < sent.version && reaches(&revoked.data, data)
    });
    if sent.data.crossed_revocation != Some(crossed) {
        let what = if crossed {
            "a revocation landed between clearance and send, and the send does not say so"
        } else {
            "says that a revocation crossed it, and none stands between clearance and send"
        };
        verdict.add(BreakKind::CrossedRevocation, Some(&own), Some(sent.version), what);
    }
}

/// The consent that the decision found is there, and is not later than the message.
fn claimed_consent(story: &Story, cleared: &ClearedTouch, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let data = &cleared.data;
    let claims = |rule: &str| {
        let found = data.decision.rules.iter().find(|found| found.rule == rule);
        // A landline that is told something needs none; the finding says so.
        found.is_some_and(|found| found.finding == Effect::Permits && found.detail.is_none())
    };
    let written = claims("FED-TCPA-PEWC");
    if !written && !claims("FED-TCPA-PEC") {
        return;
    }
    if !story.rests_on(cleared).is_empty() {
        return;
    }
    let later = story.grants.iter().any(|granted| {
        let named = granted.data.consent.channels.contains(&data.channel);
        named && (granted.version > cleared.version || granted.data.consent.given_at > cleared.at)
    });
    let (kind, what) = if later {
        (
            BreakKind::ConsentLater,
            "the only consent for this channel was given or recorded after the message was cleared",
        )
    } else {
        (BreakKind::GrantAbsent, "the decision found a consent that is not in the stream")
    };
    verdict.add(kind, Some(&own), Some(cleared.version), what);
}

/// Every clearance is counted with its person and household as what it is, and every count of this contact has a
/// clearance; what was given back did not go out.
fn counted(story: &Story, verdict: &mut Verdict) {
    let own = format!("contact/{}", story.contact);
    let counts = |used: &Budget, cleared: &ClearedTouch| {
        let (is, was) = (&used.data, &cleared.data);
        (&is.case, &is.touch, Some(is.contact)) == (&was.case, &was.touch, was.contact)
            && used.at == cleared.at
    };
    for cleared in &story.cleared {
        // Decided anew because the transport never saw it: the count of its first clearance stands.
        if decided_anew(story, cleared) {
            continue;
        }
        for (stream, read) in [
            (format!("person/{}", cleared.data.person), cleared.data.read.person),
            (format!("household/{}", cleared.data.household), cleared.data.read.household),
        ] {
            let mut used = story.budgets.get(&stream).into_iter().flatten();
            let what = match used.find(|used| counts(used, cleared)) {
                None => format!("is not counted in {}", shown(&stream)),
                Some(used) if used.version <= read => {
                    let what =
                        format!("was cleared at a version of {} that holds its own count", shown(&stream));
                    verdict.add(BreakKind::ReadVersionContradicts, Some(&own), Some(cleared.version), what);
                    continue;
                }
                Some(_) => continue,
            };
            verdict.add(BreakKind::NotCounted, Some(&own), Some(cleared.version), what);
        }
    }
    for (stream, budgets) in &story.budgets {
        for used in budgets.iter().filter(|used| used.data.contact == story.contact) {
            let here = Some(used.version);
            let Some(cleared) = story.cleared.iter().find(|cleared| counts(used, cleared)) else {
                let what = "counts a message to this contact that was not cleared then";
                verdict.add(BreakKind::NotCounted, Some(stream), here, what);
                continue;
            };
            let (is, was) = (&used.data, &cleared.data);
            let same = (is.channel, is.purpose, &is.program, &is.subject, &is.person)
                == (was.channel, was.purpose, &was.program, &was.subject, &was.person);
            let theirs = [format!("person/{}", was.person), format!("household/{}", was.household)];
            if !same || !theirs.contains(stream) || !is_near(is.occurred_at, used.at) {
                let what = format!(
                    "counts the message that was cleared at version {} of the contact as another one",
                    cleared.version
                );
                verdict.add(BreakKind::NotCounted, Some(stream), here, what);
            }
            if let Some((version, at)) = used.released_at {
                let failed = story.cleared.iter().any(|cleared| {
                    (&cleared.data.case, &cleared.data.touch) == (&is.case, &is.touch)
                        && cleared
                            .settled
                            .as_ref()
                            .is_some_and(|s| s.kind == SettledKind::Failed && s.at == at)
                });
                if !failed {
                    let what = "gives back the count of a message that is not known to have failed";
                    verdict.add(BreakKind::NotCounted, Some(stream), Some(version), what);
                }
            }
        }
    }
}

/// Events are recorded to the millisecond; what happened as they were recorded may be told more finely.
fn is_near(at: DateTime<Utc>, recorded: DateTime<Utc>) -> bool {
    at.signed_duration_since(recorded).abs() < TimeDelta::milliseconds(2)
}

/// Whether the clearance of the same touch before it was never heard of: then it was decided anew.
fn decided_anew(story: &Story, cleared: &ClearedTouch) -> bool {
    let of_touch = |earlier: &&ClearedTouch| {
        earlier.version < cleared.version
            && earlier.data.case == cleared.data.case
            && earlier.data.touch == cleared.data.touch
    };
    story.cleared.iter().rev().find(of_touch).is_some_and(|earlier| earlier.settled.is_none())
}
