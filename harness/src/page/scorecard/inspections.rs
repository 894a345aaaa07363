use fixedops_closed_loop::scorecard::{Inspections, StaffRow};

use super::counts::{bars_of, table};
use crate::page::chart::Fill;
use crate::page::figure::figures;
use crate::page::words::{self, bars_chart};
use crate::page::{PageError, Section, Table, number};

pub(super) fn section(inspections: &Inspections) -> Result<Section, PageError> {
    let (id, title) = ("inspections".to_owned(), "Inspections".to_owned());
    if !inspections.told {
        let lead =
            "The journal tells of no inspections: the shop's inspection tool is not connected.".to_owned();
        return Ok(Section { id, title, lead: vec![lead], ..Section::default() });
    }
    let mut charts = Vec::new();
    let all = inspections.orders_closed.value.map(number::length).unwrap_or_default();
    if all > 0.0 {
        let bars = [
            (&inspections.orders_closed, Fill::Hatched),
            (&inspections.inspected, Fill::Solid),
            (&inspections.passed, Fill::Solid),
            (&inspections.blocked, Fill::Dotted),
            (&inspections.exempted, Fill::Dotted),
        ];
        let bars = bars.map(|(figure, fill)| words::count_bar(figure, fill)).into();
        let caption =
            "Repair orders of retail vehicles. An order let go by an exemption is never counted as complete.";
        charts.push(bars_chart("gate", "At the gate", caption.to_owned(), bars, Some(all), None)?);
    }
    charts.extend(bars_of("findings", &inspections.findings, 5, |_| Fill::Solid, "")?);
    let tables = [
        staff("By technician", "Technician", &inspections.by_technician),
        staff("By advisor", "Advisor", &inspections.by_advisor),
        table(&inspections.findings),
        table(&inspections.exemptions),
    ];
    let mut lead = vec![
        "A repair order passes the gate when its multi-point inspection is complete, with a photo of every red \
         and yellow finding."
            .to_owned(),
    ];
    lead.extend(inspections.alarms.iter().map(|alarm| format!("Too many exemptions: {alarm}.")));
    Ok(Section {
        id,
        title,
        lead,
        key: figures([&inspections.completion_rate, &inspections.photos, &inspections.acceptance]),
        charts,
        figures: figures([
            &inspections.orders_closed,
            &inspections.inspected,
            &inspections.passed,
            &inspections.blocked,
            &inspections.exempted,
            &inspections.without,
            &inspections.closed_held,
            &inspections.completion_rate,
            &inspections.completion_rate_without_exempted,
            &inspections.links,
            &inspections.links_in_time,
            &inspections.photos,
            &inspections.acceptance,
            &inspections.acceptance_above_fold,
            &inspections.acceptance_additional,
        ]),
        tables: tables.into_iter().flatten().collect(),
    })
}

fn staff(caption: &str, who: &str, rows: &[StaffRow]) -> Option<Table> {
    if rows.is_empty() {
        return None;
    }
    let row = |row: &StaffRow| {
        let mark = if row.small_base { "*" } else { "" };
        let percent = |value: Option<_>| {
            value.map_or_else(|| "–".to_owned(), |value| format!("{}{mark}", number::percent(value)))
        };
        vec![
            row.who.clone(),
            number::count(row.inspected),
            number::count(row.passed),
            percent(row.percent_passed),
            number::count(row.findings),
            number::count(row.with_photo),
            percent(row.percent_with_photo),
        ]
    };
    let head =
        [who, "Inspected", "Passed", "Passed, share", "Red and yellow", "With photo", "With photo, share"];
    Some(Table {
        caption: caption.to_owned(),
        note: "Orders inspected and whose gate passed; red and yellow findings and those with a photo. * small base."
            .to_owned(),
        head: head.map(str::to_owned).into(),
        rows: rows.iter().map(row).collect(),
        small_print: Vec::new(),
        sum: None,
        folded: rows.len() > 8,
    })
}
