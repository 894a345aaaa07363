use fixedops_closed_loop::scorecard::{Control, Crossings, Funnel, Funnels};

use super::counts::{bars_of, cross_table, table};
use crate::page::chart::{Bar, Fill};
use crate::page::figure::figures;
use crate::page::words::{self, bars_chart, month, sentence, spoken};
use crate::page::{PageError, Section, Table, number};

pub(super) fn came_due(crossings: &Crossings, control: &Control) -> Result<Section, PageError> {
    let sums = if crossings.adds_up {
        "Every crossing stands in exactly one row, and every table adds up to the total."
    } else {
        "The tables do not add up to the total: a fault in the journal or in this program."
    };
    let fill = |outcome: &str| match outcome {
        "sent" => Fill::Solid,
        "bundled" => Fill::Dotted,
        _ => Fill::Hatched,
    };
    let legend =
        " Filled: a message went out. Dotted: told in the message about another. Hatched: nothing was said.";
    let mut charts = Vec::new();
    charts.extend(bars_of("outcomes", &crossings.by_outcome, 8, fill, legend)?);
    charts.extend(bars_of("reasons", &crossings.by_reason, 7, |_| Fill::Hatched, "")?);
    let tables = [
        cross_table(&crossings.by_service, spoken),
        cross_table(&crossings.by_month, month),
        table(&crossings.by_outcome),
        table(&crossings.by_reason),
        table(&crossings.by_leg),
        table(&crossings.by_basis),
    ];
    Ok(Section {
        id: "came-due".to_owned(),
        title: "What came due, and what became of it".to_owned(),
        lead: vec![
            format!(
                "A crossing is one service of one car reaching the mile or the date at which it is due. {sums}"
            ),
            control.note.clone(),
        ],
        key: Vec::new(),
        charts,
        figures: figures([
            &crossings.total,
            &control.crossings,
            &control.touches,
            &control.placed,
            &control.left_alone,
            &control.earlier,
            &control.counted,
            &control.other_currency,
        ]),
        tables: tables.into_iter().flatten().chain(lift(control)).collect(),
    })
}

/// What would have come anyway, in sentences.
fn lift(control: &Control) -> Option<Table> {
    if control.lift.is_empty() {
        return None;
    }
    let row = |lift: &fixedops_closed_loop::scorecard::Lift| {
        let [one, other] = lift.counted;
        vec![sentence(&lift.says), format!("{one} and {other}"), lift.outcome_days.to_string()]
    };
    Some(Table {
        caption: "Would it have come anyway?".to_owned(),
        note: "The one group's figure less the other's, with the range.".to_owned(),
        head: ["Difference", "Households counted", "Days"].map(str::to_owned).to_vec(),
        rows: control.lift.iter().map(row).collect(),
        small_print: Vec::new(),
        sum: None,
        folded: false,
    })
}

pub(super) fn funnel(funnels: &Funnels) -> Result<Section, PageError> {
    let total = &funnels.total;
    let bars = total.steps.iter().enumerate().map(|(at, step)| {
        let count = step.figure.value.map(number::length).unwrap_or_default();
        let share = step.percent_of_cases.filter(|_| at > 1);
        let share = share.map(|share| format!(" ({})", number::percent(share))).unwrap_or_default();
        Bar {
            label: step.figure.label.clone(),
            value: count,
            number: format!("{}{share}", words::plain(&step.figure)),
            fill: if at < 2 { Fill::Hatched } else { Fill::Solid },
        }
    });
    let bars: Vec<Bar> = bars.collect();
    let mut charts = Vec::new();
    if bars.iter().any(|bar| bar.value > 0.0) {
        let caption =
            "All programs. In brackets: of the cases opened, in percent. Hatched: before anything was said.";
        charts.push(bars_chart("funnel", "From due to repair order", caption.to_owned(), bars, None, None)?);
    }
    let dollars: Vec<Bar> = [&total.credited_amount, &total.visit_amount]
        .into_iter()
        .zip([Fill::Solid, Fill::Hatched])
        .map(|(figure, fill)| words::bar(figure, fill))
        .collect();
    if dollars.iter().any(|bar| bar.value > 0.0) {
        let caption = "Credited lines are the work a message was about; visits are all customer-pay lines of the \
                       same repair orders. Never add the two: the first is part of the second.";
        charts.push(bars_chart(
            "funnel-dollars",
            "Dollars at the end",
            caption.to_owned(),
            dollars,
            None,
            None,
        )?);
    }
    let steps = total.steps.iter().map(|step| &step.figure);
    let ends = [&total.credited_amount, &total.visit_amount, &total.set_rate, &total.show_rate];
    Ok(Section {
        id: "funnel".to_owned(),
        title: "From a car that came due to dollars".to_owned(),
        lead: vec![
            "A case is one car and one reason to write: everything said about it counts as one. Each step counts the \
             cases that reached it."
                .to_owned(),
        ],
        key: figures([&total.set_rate, &total.show_rate]),
        charts,
        figures: figures(steps.chain(ends)),
        tables: by_program(funnels).into_iter().collect(),
    })
}

/// Steps down, programs across.
fn by_program(funnels: &Funnels) -> Option<Table> {
    if funnels.programs.is_empty() {
        return None;
    }
    let all: Vec<&Funnel> = funnels.programs.iter().chain([&funnels.total]).collect();
    let row = |name: &str, cell: &dyn Fn(&Funnel) -> String| -> Vec<String> {
        std::iter::once(name.to_owned()).chain(all.iter().map(|funnel| cell(funnel))).collect()
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for step in &funnels.total.steps {
        rows.push(row(&step.figure.label, &|funnel| {
            let of = funnel.steps.iter().find(|its| its.key == step.key);
            of.map_or_else(|| "–".to_owned(), |its| words::plain(&its.figure))
        }));
    }
    rows.push(row(&funnels.total.set_rate.label, &|funnel| words::marked(&funnel.set_rate)));
    rows.push(row(&funnels.total.show_rate.label, &|funnel| words::marked(&funnel.show_rate)));
    rows.push(row(&funnels.total.credited_amount.label, &|funnel| words::plain(&funnel.credited_amount)));
    rows.push(row(&funnels.total.visit_amount.label, &|funnel| words::plain(&funnel.visit_amount)));
    let head = std::iter::once("Step".to_owned()).chain(all.iter().map(|funnel| sentence(&funnel.label)));
    Some(Table {
        caption: "The same, program by program".to_owned(),
        note: "Counts of cases; the definitions stand above. * marks a share over a small base.".to_owned(),
        head: head.collect(),
        rows,
        small_print: Vec::new(),
        sum: None,
        folded: false,
    })
}
