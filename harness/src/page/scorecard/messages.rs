use fixedops_closed_loop::scorecard::Messages;

use super::counts::{bars_of, cross_table, table};
use crate::page::chart::Fill;
use crate::page::figure::figures;
use crate::page::words::{self, bars_chart, spoken};
use crate::page::{PageError, Section};

pub(super) fn section(messages: &Messages) -> Result<Section, PageError> {
    let mut charts = Vec::new();
    if messages.sent.value.is_some_and(|sent| !sent.is_zero()) {
        let bars = [&messages.sent, &messages.delivered, &messages.human_clicks, &messages.replied]
            .map(|figure| words::count_bar(figure, Fill::Solid))
            .into_iter()
            .chain([words::count_bar(&messages.scanner_clicks, Fill::Hatched)]);
        let caption = "Messages, not cases: one case may get several. Hatched: links opened by machines only \
                       (spam filters, previews), which say nothing about a person.";
        charts.push(bars_chart(
            "messages",
            "Messages and answers",
            caption.to_owned(),
            bars.collect(),
            None,
            None,
        )?);
    }
    charts.extend(bars_of("replies", &messages.replies_by_label, 8, |_| Fill::Solid, "")?);
    charts.extend(bars_of("suppressed", &messages.suppressed_by_reason, 7, |_| Fill::Hatched, "")?);
    let tables = [
        cross_table(&messages.by_channel, spoken),
        cross_table(&messages.by_program, spoken),
        table(&messages.replies_by_label),
        table(&messages.suppressed_by_reason),
        table(&messages.deferred_by_reason),
        table(&messages.failed_by_reason),
        table(&messages.revocations_by_source),
        table(&messages.revocations_by_scope),
    ];
    Ok(Section {
        id: "messages".to_owned(),
        title: "Messages, answers and opt-outs".to_owned(),
        lead: vec!["An opt-out is in force before the next message goes: what was in flight at that moment is counted below.".to_owned()],
        key: figures([&messages.response_rate, &messages.opt_out_rate, &messages.crossed_revocation, &messages.call_tasks]),
        charts,
        figures: figures([
            &messages.sent,
            &messages.delivered,
            &messages.not_delivered,
            &messages.failed,
            &messages.outcome_unknown,
            &messages.suppressed,
            &messages.deferred,
            &messages.link_openings,
            &messages.human_clicks,
            &messages.scanner_clicks,
            &messages.opened,
            &messages.replied,
            &messages.response_rate,
            &messages.opted_out,
            &messages.opt_out_rate,
            &messages.opt_out_rate_per_message,
            &messages.crossed_revocation,
            &messages.call_tasks,
        ]),
        tables: tables.into_iter().flatten().collect(),
    })
}
