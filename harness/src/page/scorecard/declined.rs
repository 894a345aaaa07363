use fixedops_closed_loop::scorecard::{ByPlan, Cohort, Declined};

use super::counts::{bars_of, table};
use crate::page::chart::{Columns, Fill, Series};
use crate::page::figure::figures;
use crate::page::words::{self, bars_chart, month};
use crate::page::{Chart, PageError, Section, Table, number};

pub(super) fn section(declined: &Declined) -> Result<Section, PageError> {
    let mut charts = Vec::new();
    if declined.lines.value.is_some_and(|lines| !lines.is_zero()) {
        let bars = [
            (&declined.lines, Fill::Hatched),
            (&declined.contacted, Fill::Solid),
            (&declined.booked, Fill::Solid),
            (&declined.completed, Fill::Solid),
            (&declined.done_uncredited, Fill::Dotted),
        ];
        let bars = bars.map(|(figure, fill)| words::count_bar(figure, fill)).into();
        let caption = "Lines of repair orders. Dotted: done here later with no message of ours behind it, so nothing \
                       is credited.";
        charts.push(bars_chart("declined", "From declined to done", caption.to_owned(), bars, None, None)?);
    }
    charts.extend(by_month(&declined.cohorts)?);
    if declined.worth.iter().any(|worth| worth.value.is_some_and(|dollars| !dollars.is_zero())) {
        let own = Some(&declined.own_worth).filter(|own| own.value.is_some());
        let own = own.map(|own| words::bar(own, Fill::Solid));
        let published = declined.worth.iter().map(|figure| words::bar(figure, Fill::Hatched));
        let bars = own.into_iter().chain(published).collect();
        let caption = if declined.own_worth.value.is_some() {
            "What is still open of these lines, times the share that comes back. Filled: the store's own share so far. \
             Hatched, for comparison: published figures, which disagree by a factor of five. No promise."
        } else {
            "What is still open of these lines, if so much of it came back. Published figures disagree by a factor of \
             five: scenarios, not a promise. The store's own share rests on few lines yet."
        };
        charts.push(bars_chart(
            "worth",
            "What the open list is worth",
            caption.to_owned(),
            bars,
            None,
            None,
        )?);
    }
    charts.extend(bars_of("declined-reasons", &declined.by_reason, 7, |_| Fill::Hatched, "")?);
    let head = [
        &declined.lines,
        &declined.in_period,
        &declined.amount,
        &declined.unpriced,
        &declined.contacted,
        &declined.booked,
        &declined.completed,
        &declined.done_uncredited,
        &declined.recovered_amount,
        &declined.recovery_rate,
        &declined.recovery_rate_amount,
        &declined.deferred,
        &declined.approved,
        &declined.accepted_of_presented,
        &declined.never_answered,
        &declined.taken_over,
        &declined.taken_over_open,
    ];
    let mut tables: Vec<Table> = cohorts(&declined.cohorts).into_iter().collect();
    tables.extend(by_plan(&declined.by_plan));
    tables.extend(table(&declined.by_reason));
    Ok(Section {
        id: "declined".to_owned(),
        title: "Declined work, and what came back".to_owned(),
        lead: vec![
            "Declined, put off and never answered are three different things and are counted apart. The lines are \
             those declined in the period and the earlier ones that were followed up; older lines that only came with \
             the store's records are shown apart and are in no rate."
                .to_owned(),
        ],
        key: figures([
            &declined.lines,
            &declined.recovery_rate,
            &declined.recovered_amount,
            &declined.recovery_rate_amount,
            &declined.taken_over,
        ]),
        charts,
        figures: figures(head.into_iter().chain([&declined.own_worth]).chain(&declined.worth)),
        tables,
    })
}

/// Months in the chart: older ones stand in the table.
const MONTHS: usize = 12;

fn by_month(cohorts: &[Cohort]) -> Result<Option<Chart>, PageError> {
    let cohorts = cohorts.get(cohorts.len().saturating_sub(MONTHS)..).unwrap_or(cohorts);
    if cohorts.is_empty() {
        return Ok(None);
    }
    let of = |value: fn(&Cohort) -> Option<rust_decimal::Decimal>| {
        cohorts.iter().map(|cohort| value(cohort).map(number::length)).collect()
    };
    let marked = |cohort: &Cohort| if cohort.small_base { "*" } else { "" };
    let said = cohorts.iter().map(|cohort| {
        let percent = |value: Option<_>| value.map_or_else(|| "none yet".to_owned(), number::percent);
        let (lines, dollars) = (percent(cohort.percent_lines), percent(cohort.percent_amount));
        format!("{}: {lines} of lines, {dollars} of dollars", month(&cohort.month))
    });
    let title = "Recovered, by month of the decline";
    let svg = Columns {
        id: "recovery".to_owned(),
        title: title.to_owned(),
        description: format!("{}.", said.collect::<Vec<_>>().join("; ")),
        labels: cohorts
            .iter()
            .map(|cohort| {
                format!("{}{}", month(&cohort.month).chars().take(3).collect::<String>(), marked(cohort))
            })
            .collect(),
        bounds: false,
        mark: None,
        under: "month in which it was declined".to_owned(),
        series: vec![
            Series { name: "of lines".to_owned(), values: of(|c| c.percent_lines), fill: Fill::Solid },
            Series { name: "of dollars".to_owned(), values: of(|c| c.percent_amount), fill: Fill::Hatched },
        ],
        number: number::percent_tick,
    }
    .draw()?;
    let caption = "Completed with a credit, of the lines of that month: of months before the period only those followed up. The \
                   last twelve months with a line. Late months have had less time. * small base; the counts stand in the table.";
    Ok(Some(Chart { svg, title: title.to_owned(), caption: caption.to_owned() }))
}

fn cohorts(cohorts: &[Cohort]) -> Option<Table> {
    if cohorts.is_empty() {
        return None;
    }
    let percent = |value: Option<_>, small: bool| {
        let mark = if small { "*" } else { "" };
        value.map_or_else(|| "–".to_owned(), |value| format!("{}{mark}", number::percent(value)))
    };
    let head = [
        "Month",
        "Declined",
        "Dollars",
        "Contacted",
        "Booked",
        "Done",
        "Recovered",
        "Of lines",
        "Of dollars",
    ];
    let row = |cohort: &Cohort| {
        vec![
            month(&cohort.month),
            number::count(cohort.lines),
            number::dollars(cohort.amount),
            number::count(cohort.contacted),
            number::count(cohort.booked),
            number::count(cohort.completed),
            number::dollars(cohort.recovered_amount),
            percent(cohort.percent_lines, cohort.small_base),
            percent(cohort.percent_amount, cohort.small_base),
        ]
    };
    Some(Table {
        caption: "Month by month".to_owned(),
        note: "Lines by the month in which they were declined (UTC), whenever they came back; of months before the period only \
               those that were followed up. * small base: the \
               percentages of that month say little."
            .to_owned(),
        head: head.map(str::to_owned).into(),
        rows: cohorts.iter().map(row).collect(),
        small_print: Vec::new(),
        sum: None,
        folded: cohorts.len() > MONTHS,
    })
}

/// The plans a store ran on, side by side.
fn by_plan(plans: &ByPlan) -> Option<Table> {
    if plans.rows.is_empty() {
        return None;
    }
    let head = [
        "Plan",
        "Cases",
        "Contacted",
        "Texts",
        "E-mails",
        "Calls",
        "Opt-outs",
        "For 1,000 touches",
        "Recovered",
        "Of cases",
        "Dollars",
        "Touches for each",
    ];
    let rows = plans.rows.iter().map(|plan| {
        let mark = if plan.small_base { "*" } else { "" };
        let each = |value: Option<rust_decimal::Decimal>| {
            value.map_or_else(|| "–".to_owned(), |value| format!("{}{mark}", number::decimal(value, 1)))
        };
        let percent = plan.percent_recovered;
        let percent =
            percent.map_or_else(|| "–".to_owned(), |value| format!("{}{mark}", number::percent(value)));
        vec![
            plan.plan.to_string(),
            number::count(plan.cases),
            number::count(plan.contacted),
            number::count(plan.texts),
            number::count(plan.emails),
            number::count(plan.calls),
            number::count(plan.opt_outs),
            each(plan.opt_outs_per_1000),
            number::count(plan.recovered),
            percent,
            number::dollars(plan.recovered_amount),
            each(plan.touches_per_recovered),
        ]
    });
    Some(Table {
        caption: "Plan by plan".to_owned(),
        note: format!("{} * small base: the rates of that plan say little.", plans.definition),
        head: head.map(str::to_owned).into(),
        rows: rows.collect(),
        small_print: Vec::new(),
        sum: None,
        folded: false,
    })
}
