use fixedops_closed_loop::scorecard::Attribution;

use super::counts::{bars_of, cross_table, in_sight, table};
use crate::page::chart::Fill;
use crate::page::figure::figures;
use crate::page::words::{self, bars_chart, spoken};
use crate::page::{PageError, Section};

pub(super) fn section(money: &Attribution) -> Result<Section, PageError> {
    let mut charts = Vec::new();
    if money.mean_visit.value.is_some() {
        let bars = vec![
            words::bar(&money.mean_visit, Fill::Solid),
            words::bar(&money.mean_other_order, Fill::Hatched),
            words::bar(&money.benchmark, Fill::Dotted),
        ];
        let source = money.benchmark.source.as_deref().unwrap_or_default();
        let caption = format!(
            "Visits only: all customer-pay lines of a repair order. {} Source of the benchmark: {source}",
            money.mean_visit.base_label.as_deref().map_or_else(String::new, |_| {
                format!("Mean of {}.", crate::page::figure::base(&money.mean_visit))
            })
        );
        charts.push(bars_chart("visit", "A visit, beside the benchmark", caption, bars, None, None)?);
    }
    charts.extend(bars_of("evidence", &money.by_evidence, 6, |_| Fill::Solid, "")?);
    let tables = [
        table(&money.by_program).map(in_sight),
        table(&money.by_evidence),
        table(&money.not_credited),
        table(&money.reversed_by_reason),
        table(&money.write_backs).map(in_sight),
        cross_table(&money.write_backs_by_kind, spoken),
    ];
    Ok(Section {
        id: "dollars".to_owned(),
        title: "What it brought in".to_owned(),
        lead: vec![
            "Two different sums, kept apart. Credited lines: the very work a message was about, each line credited at \
             most once, each with a receipt that can be computed again. Credited visits: everything the customer paid \
             for on those repair orders."
                .to_owned(),
        ],
        key: figures([
            &money.credited_lines,
            &money.credited_amount,
            &money.credited_visits,
            &money.visit_amount,
            &money.mean_visit,
            &money.difference,
        ]),
        charts,
        figures: figures([
            &money.credited_lines,
            &money.credited_amount,
            &money.credited_visits,
            &money.visit_amount,
            &money.mean_visit,
            &money.benchmark,
            &money.difference,
            &money.mean_other_order,
            &money.reversed,
        ]),
        tables: tables.into_iter().flatten().collect(),
    })
}
