//! Messages and answers.

use std::collections::BTreeSet;

use super::pen::{TwoWords, many, of};
use crate::Figure;
use crate::scorecard::Messages;
use crate::scorecard::facts::Facts;
use crate::scorecard::plain::say;
use crate::scorecard::policy::TargetName;
use crate::scorecard::tally::{Counts, Ended, Touch, more};

const COLUMNS: [&str; 6] = ["sent", "delivered", "not_delivered", "human_clicks", "replied", "failed"];

#[derive(Default)]
struct Sums {
    sent: u64,
    delivered: u64,
    not_delivered: u64,
    failed: u64,
    unknown: u64,
    suppressed: u64,
    deferred: u64,
    crossed_revocation: u64,
    openings: u64,
    human: u64,
    scanner: u64,
    replied: u64,
    responded: u64,
    suppressed_by: Counts,
    deferred_by: Counts,
    failed_by: Counts,
    /// Contact points written to.
    written: BTreeSet<fixedops_vocab::ContactHash>,
}

pub(super) fn section(facts: &Facts<'_>) -> Messages {
    let mut sums = Sums::default();
    let (mut by_channel, mut by_program) = (TwoWords::new(&COLUMNS), TwoWords::new(&COLUMNS));
    for (_, case) in facts.cases() {
        for touch in case.touches.values() {
            add(facts, touch, &mut sums);
            let channel = touch.channel.map_or("unknown", fixedops_vocab::Channel::as_str);
            for (table, key) in [(&mut by_channel, channel), (&mut by_program, case.program.as_str())] {
                let sent = touch.sent_at.is_some();
                let failed = !sent && matches!(touch.ended, Some(Ended::Failed(_)));
                if sent || failed {
                    table.whole(key);
                    table.mark(key, "sent", sent);
                    table.mark(key, "delivered", sent && touch.delivered == Some(true));
                    table.mark(key, "not_delivered", sent && touch.delivered == Some(false));
                    table.mark(key, "human_clicks", sent && touch.human_click(facts.human).is_some());
                    table.mark(key, "replied", sent && touch.replied);
                    table.mark(key, "failed", failed);
                }
            }
        }
    }
    let handed = sums.sent.saturating_add(sums.failed).saturating_add(sums.unknown);
    let sent = || of(sums.sent, "messages sent");
    let written = || of(many(sums.written.len()), "contact points written to");
    let opted_out = many(sums.written.intersection(&facts.tally.opted_out_by_reply).count());
    let overlapping =
        "Messages sent or failed, each once; a message that was delivered was also sent. In the row of";
    Messages {
        sent: facts.count(
            "messages.sent",
            "Messages sent",
            sums.sent,
            &of(handed, "messages handed to a carrier"),
            "Messages that went out, each (case, touch) once. Of those handed over the rest failed, or nobody can say.",
        ),
        delivered: facts.rate_count(&sums, "messages.delivered", "Delivered", sums.delivered, "Messages the carrier reported delivered."),
        not_delivered: facts.rate_count(
            &sums,
            "messages.not_delivered",
            "Reported not delivered",
            sums.not_delivered,
            "Messages that went out and that the carrier reported not delivered. Of the others nothing was reported.",
        ),
        failed: facts.count(
            "messages.failed",
            "Failed",
            sums.failed,
            &of(handed, "messages handed to a carrier"),
            "Messages the carrier refused, and that never went out.",
        ),
        outcome_unknown: facts.count(
            "messages.outcome_unknown",
            "Outcome unknown",
            sums.unknown,
            &of(handed, "messages handed to a carrier"),
            "Messages of which nobody can say whether they went out. They are not sent again.",
        ),
        suppressed: facts.total(
            "messages.suppressed",
            "Suppressed",
            sums.suppressed,
            "planned messages suppressed",
            "Planned messages that were not sent, for a reason that stands in the journal.",
        ),
        deferred: facts.total(
            "messages.deferred",
            "Put off",
            sums.deferred,
            "planned messages put off",
            "Planned messages put off at least once: quiet hours, caps, an open order. They may have gone out since.",
        ),
        crossed_revocation: facts.count(
            "messages.crossed_revocation",
            "In flight when a revocation landed",
            sums.crossed_revocation,
            &sent(),
            "Messages cleared before and gone out after a revocation of the same contact point was journalled.",
        ),
        by_channel: by_channel.table(("messages.by_channel", "Messages by channel", "channel"), false, &format!("{overlapping} their channel.")),
        by_program: by_program.table(("messages.by_program", "Messages by program", "program"), false, &format!("{overlapping} their program.")),
        suppressed_by_reason: facts.counts(
            ("messages.suppressed_by_reason", "Why messages were suppressed", "reason"),
            &sums.suppressed_by,
            "planned messages suppressed",
            "The last reason of each: a rule of the rule book, or a fact about the vehicle or its owner.",
        )
        .of_reasons(&facts.plain),
        deferred_by_reason: facts.counts(
            ("messages.deferred_by_reason", "Why messages were put off", "reason"),
            &sums.deferred_by,
            "planned messages put off",
            "The last reason of each.",
        )
        .of_reasons(&facts.plain),
        failed_by_reason: facts.counts(
            ("messages.failed_by_reason", "Why messages failed", "reason"),
            &sums.failed_by,
            "messages failed",
            "The carrier's last word for each.",
        )
        .of_reasons(&facts.plain),
        link_openings: facts.count(
            "messages.link_openings",
            "Link openings",
            sums.openings,
            &sent(),
            "How often links were opened in all, by persons, previews and scanners, several times for one message.",
        ),
        human_clicks: facts.rate_count(
            &sums,
            "messages.human_clicks",
            "Clicked by a person",
            sums.human,
            "Messages whose link was opened at least once by what is more likely a person than a machine (policy: human_click_percent).",
        ),
        scanner_clicks: facts.count(
            "messages.scanner_clicks",
            "Opened by machines only",
            sums.scanner,
            &sent(),
            "Messages whose link was opened, but never by what looks like a person. They are no response.",
        ),
        opened: Figure::new(
            "messages.opened",
            "Opened or read",
            None,
            crate::Unit::Count,
            "Not known: no door brings the read receipts of carriers, and an e-mail's picture is fetched by machines too. A click or an answer is what shows a reader.",
        ),
        replied: facts.rate_count(&sums, "messages.replied", "Replied to", sums.replied, "Messages that were answered, whatever the answer."),
        response_rate: facts.aimed(
            facts.rate(
                "messages.response_rate",
                "Response rate",
                sums.responded,
                &sent(),
                "Messages that a person followed by a click, or answered without taking his consent back, of those sent.",
            ),
            TargetName::Response,
        ),
        replies_by_label: facts.counts(
            ("messages.replies_by_label", "What customers answered", "meaning"),
            &facts.tally.replies_by_label,
            "replies received",
            "Replies by how they were read. The words themselves are not in the journal.",
        )
        .saying(|word| say(&facts.plain.reply, word)),
        opted_out: facts.count(
            "messages.opted_out",
            "Opted out by reply",
            opted_out,
            &written(),
            "Contact points written to whose owner took consent back by a reply, here or on another of his contact points.",
        ),
        opt_out_rate: facts.rate("messages.opt_out_rate", "Opt-out rate", opted_out, &written(), "The same in percent of the contact points written to."),
        opt_out_rate_per_message: facts
            .rate(
                "messages.opt_out_rate_per_message",
                "Opt-outs per message",
                opted_out,
                &sent(),
                "The same in percent of the messages sent, as the trade quotes it (0.4-0.8% in home repair).",
            )
            .from_source("TextUs, field figures of a like trade, as quoted in the project's notes"),
        revocations_by_source: facts.counts(
            ("messages.revocations_by_source", "Revocations by source", "source"),
            &facts.tally.revocations_by_source,
            "revocations, one for each contact point",
            "Where revocations came from: a reply, a flag in the dealer's system, the carrier, or copied to another contact point of the same person.",
        )
        .saying(|word| say(&facts.plain.revoked_by, word)),
        revocations_by_scope: facts.counts(
            ("messages.revocations_by_scope", "Revocations by reach", "scope"),
            &facts.tally.revocations_by_scope,
            "revocations, one for each contact point",
            "What they reach.",
        )
        .saying(|word| say(&facts.plain.scope, word)),
        call_tasks: facts.total(
            "messages.call_tasks",
            "Calls put on a list",
            facts.tally.call_tasks,
            "calls put on a list",
            "Calls an advisor was asked to make. Whether he did is not in the journal.",
        ),
    }
}

impl Facts<'_> {
    /// A share of the messages sent.
    fn rate_count(&self, sums: &Sums, id: &str, label: &str, count: u64, definition: &str) -> Figure {
        self.count(id, label, count, &of(sums.sent, "messages sent"), definition)
    }
}

fn add(facts: &Facts<'_>, touch: &Touch, sums: &mut Sums) {
    let one = |count: &mut u64, when: bool| *count = count.saturating_add(u64::from(when));
    if let Some(reason) = &touch.deferred {
        one(&mut sums.deferred, true);
        more(&mut sums.deferred_by, reason);
    }
    if touch.sent_at.is_none() {
        match &touch.ended {
            Some(Ended::Suppressed(reason)) => {
                one(&mut sums.suppressed, true);
                more(&mut sums.suppressed_by, reason);
            }
            Some(Ended::Failed(reason)) => {
                one(&mut sums.failed, true);
                more(&mut sums.failed_by, reason);
            }
            Some(Ended::Unknown) => one(&mut sums.unknown, true),
            None => {}
        }
        return;
    }
    one(&mut sums.sent, true);
    sums.written.extend(touch.contact);
    let human = touch.human_click(facts.human).is_some();
    one(&mut sums.delivered, touch.delivered == Some(true));
    one(&mut sums.not_delivered, touch.delivered == Some(false));
    one(&mut sums.crossed_revocation, touch.crossed_revocation);
    one(&mut sums.human, human);
    one(&mut sums.scanner, touch.openings > 0 && !human);
    one(&mut sums.replied, touch.replied);
    one(&mut sums.responded, touch.engaged(facts.human).is_some());
    sums.openings = sums.openings.saturating_add(touch.openings);
}
