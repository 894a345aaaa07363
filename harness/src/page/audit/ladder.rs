use fixedops_closed_loop::audit::{Ladder, LadderRow};

use crate::page::chart::{Bar, Fill};
use crate::page::figure::figures;
use crate::page::words::{bars_chart, marked, sentence};
use crate::page::{PageError, Section, Table, number};

pub(super) fn section(ladder: &Ladder) -> Result<Section, PageError> {
    let day = |day: chrono::NaiveDate| day.format("%B %-d, %Y").to_string();
    let mut lead: Vec<String> = ladder.note.iter().cloned().collect();
    if let (Some(from), Some(until)) = (ladder.from, ladder.until) {
        lead.push(format!("From {} to {}.", day(from), day(until)));
        lead.push(ladder.definition.clone());
    }
    lead.extend(ladder.caveats.iter().cloned());
    let mut charts = Vec::new();
    if let Some(all) = ladder.all.as_ref().filter(|all| all.orders > 0) {
        let rungs = all.by_rung.iter().filter(|rung| rung.orders > 0).map(|rung| Bar {
            label: sentence(&rung.label),
            value: rung.orders as f64,
            number: format!("{} ({})", number::count(rung.orders), number::dollars(rung.dollars)),
            fill: Fill::Solid,
        });
        let other = (all.other_work > 0).then(|| Bar {
            label: "Not: came after a touch, for other work".to_owned(),
            value: all.other_work as f64,
            number: format!(
                "{} ({})",
                number::count(all.other_work),
                number::dollars(all.other_work_dollars)
            ),
            fill: Fill::Hatched,
        });
        let not = all.not_tied.iter().map(|share| Bar {
            label: format!("Not: {}", share.label),
            value: share.count as f64,
            number: number::count(share.count),
            fill: Fill::Hatched,
        });
        let caption = format!(
            "Of {} customer-pay repair orders, each once, by the strongest evidence; in brackets the dollars of the whole \
             orders. Hatched: not tied back, and why.",
            number::count(all.orders)
        );
        let bars = rungs.chain(other).chain(not).collect();
        charts.push(bars_chart("ladder", "What ties the orders back", caption, bars, None, None)?);
    }
    let tied = ladder.intervals.iter().chain(&ladder.all).map(|row| &row.tied);
    Ok(Section {
        id: "ladder".to_owned(),
        title: "Which repair orders followed a message".to_owned(),
        lead,
        key: figures(&ladder.figures),
        charts,
        figures: figures(ladder.figures.iter().chain(tied)),
        tables: [by_interval(ladder), why_not(ladder), lines(ladder)].into_iter().flatten().collect(),
    })
}

fn by_interval(ladder: &Ladder) -> Option<Table> {
    let all = ladder.all.as_ref()?;
    // A rung that no row stands on says nothing.
    let used: Vec<usize> = (0..all.by_rung.len())
        .filter(|place| {
            let any = |row: &LadderRow| row.by_rung.get(*place).is_some_and(|rung| rung.orders > 0);
            any(all) || ladder.intervals.iter().any(any)
        })
        .collect();
    let rung = |row: &LadderRow, place: &usize| row.by_rung.get(*place).map_or(0, |rung| rung.orders);
    let cells = |row: &LadderRow| -> Vec<String> {
        let orders = [sentence(&row.label), number::count(row.triggers), number::count(row.orders)];
        let rungs = used.iter().map(|place| number::count(rung(row, place)));
        let other = number::count(row.other_work);
        let rest = [marked(&row.tied), other, number::dollars(row.dollars), number::dollars(row.credited)];
        orders.into_iter().chain(rungs).chain(rest).collect()
    };
    let label =
        |place: &usize| all.by_rung.get(*place).map_or_else(String::new, |rung| sentence(&rung.label));
    Some(Table {
        caption: "Interval by interval".to_owned(),
        note: "Reasons to write: the car, the service and the interval in which something was sent about it. Dollars: of \
               a service its own customer-pay lines, else the whole order. An order with two services stands in two rows; \
               the last row has each once. Came for other work: after a touch, with no line that a touch was about; not tied \
               back. * small base."
            .to_owned(),
        head: ["Interval", "Reasons to write", "Customer-pay orders"]
            .map(str::to_owned)
            .into_iter()
            .chain(used.iter().map(label))
            .chain(["Tied back", "Came for other work", "Dollars", "Credited"].map(str::to_owned))
            .collect(),
        rows: ladder.intervals.iter().chain([all]).map(cells).collect(),
        small_print: Vec::new(),
        sum: None,
        folded: false,
    })
}

fn why_not(ladder: &Ladder) -> Option<Table> {
    let reasons = |row: &LadderRow| {
        let name = sentence(&row.label);
        let each = row.not_tied.iter();
        each.map(|share| vec![name.clone(), share.label.clone(), number::count(share.count)])
            .collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = ladder.intervals.iter().chain(&ladder.all).flat_map(reasons).collect();
    (!rows.is_empty()).then(|| Table {
        caption: "Why the others are not tied back".to_owned(),
        note: "Customer-pay repair orders, the reason that came nearest.".to_owned(),
        head: ["Interval", "Reason", "Orders"].map(str::to_owned).into(),
        rows,
        small_print: Vec::new(),
        sum: None,
        folded: true,
    })
}

fn lines(ladder: &Ladder) -> Option<Table> {
    (!ladder.lines.is_empty()).then(|| Table {
        caption: "Where every line went".to_owned(),
        note: if ladder.adds_up {
            "All lines of the orders of the window, warranty and internal too; lines and dollars add up."
                .to_owned()
        } else {
            "These do not add up: a mistake of the program.".to_owned()
        },
        head: ["Lines that are", "Lines", "Dollars"].map(str::to_owned).into(),
        rows: ladder
            .lines
            .iter()
            .map(|line| vec![sentence(&line.label), number::count(line.lines), number::dollars(line.dollars)])
            .collect(),
        small_print: Vec::new(),
        sum: None,
        folded: true,
    })
}
