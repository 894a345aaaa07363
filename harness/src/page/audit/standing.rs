use fixedops_closed_loop::Figure as Counted;
use fixedops_closed_loop::audit::{
    Declined, DeclinedGroup, IntervalStanding, Intervals, Reach, Vehicles, Worth,
};

use super::shares;
use crate::page::chart::{Bar, Fill};
use crate::page::figure::figures;
use crate::page::words::{bars_chart, count_bar, marked, sentence, spoken};
use crate::page::{PageError, Section, Table, number};

pub(super) fn vehicles(vehicles: &Vehicles) -> Result<Section, PageError> {
    let basis = |id: &str| if id == "unknown" { Fill::Hatched } else { Fill::Solid };
    let age = |id: &str| if id == "never" { Fill::Hatched } else { Fill::Solid };
    let mut charts = Vec::new();
    charts.extend(shares("basis", "What is known of the mileage", "", &vehicles.by_basis, basis)?);
    charts.extend(shares("capture", "Age of the last reading", "", &vehicles.by_age, age)?);
    let backtest = &vehicles.backtest;
    let errors = backtest.rules.iter().filter(|rule| rule.median_miles.value.is_some());
    let bars: Vec<Bar> = errors
        .enumerate()
        .map(|(at, rule)| Bar {
            label: sentence(&rule.label),
            fill: if at == 0 { Fill::Solid } else { Fill::Hatched },
            ..crate::page::words::bar(&rule.median_miles, Fill::Solid)
        })
        .collect();
    if !bars.is_empty() {
        let caption = "Median miles off, on this store's own last readings. Shorter is better. Filled: ours.";
        charts.push(bars_chart(
            "rules",
            "Ours beside the usual rules",
            caption.to_owned(),
            bars,
            None,
            None,
        )?);
    }
    let mut tables = Vec::new();
    if let Some(first) = backtest.rules.first() {
        let columns = [&first.median_miles, &first.median_percent, &first.p90_miles];
        tables.push(Table {
            caption: "Rules side by side, on the same cars".to_owned(),
            note: format!("{} * small base.", backtest.definition),
            head: std::iter::once("Rule".to_owned())
                .chain(columns.into_iter().map(|figure| figure.label.clone()))
                .collect(),
            rows: backtest
                .rules
                .iter()
                .map(|rule| {
                    let cells = [&rule.median_miles, &rule.median_percent, &rule.p90_miles].map(marked);
                    std::iter::once(sentence(&rule.label)).chain(cells).collect()
                })
                .collect(),
            small_print: Vec::new(),
            sum: None,
            folded: false,
        });
    }
    let tested = backtest.rules.iter().flat_map(|rule| {
        figures([&rule.median_miles, &rule.median_percent, &rule.p90_miles]).into_iter().map(|figure| {
            crate::page::Figure { label: format!("{}: {}", rule.label, figure.label), ..figure }
        })
    });
    Ok(Section {
        id: "vehicles".to_owned(),
        title: "How well the mileage is known".to_owned(),
        lead: backtest.verdict.iter().cloned().collect(),
        key: figures(vehicles.figures.iter().chain(&backtest.coverage)),
        charts,
        figures: figures(vehicles.figures.iter().chain(&backtest.coverage))
            .into_iter()
            .chain(tested)
            .collect(),
        tables,
    })
}

pub(super) fn intervals(intervals: &Intervals) -> Result<Section, PageError> {
    let title = "Vehicles with something due";
    let chart = shares("any-due", title, "", &intervals.any_due, |_| Fill::Solid)?;
    let row = |standing: &IntervalStanding| {
        let counts = [standing.overdue, standing.due, standing.soon, standing.not_yet, standing.unknown];
        std::iter::once(spoken(standing.service.as_str())).chain(counts.map(number::count)).collect()
    };
    let table = (!intervals.services.is_empty()).then(|| Table {
        caption: "Service by service".to_owned(),
        note: "The five columns of a row are all vehicles in play.".to_owned(),
        head: ["Service", "Overdue", "Due", "Soon", "Not yet", "Not known"].map(str::to_owned).into(),
        rows: intervals.services.iter().map(row).collect(),
        small_print: Vec::new(),
        sum: None,
        folded: false,
    });
    Ok(Section {
        id: "intervals".to_owned(),
        title: "What is due on the last day".to_owned(),
        lead: vec![intervals.definition.clone()],
        charts: chart.into_iter().collect(),
        tables: table.into_iter().collect(),
        ..Section::default()
    })
}

pub(super) fn reach(reach: &Reach) -> Result<Section, PageError> {
    let mut charts = Vec::new();
    if reach.figures.iter().any(|figure| figure.value.is_some()) {
        let bars = reach.figures.iter().map(|figure| count_bar(figure, Fill::Solid)).collect();
        let caption = "Having a number is no permission to text it. The base of each stands below.";
        charts.push(bars_chart("reach", "Who could be written to", caption.to_owned(), bars, None, None)?);
    }
    charts.extend(shares("why-not", "Why not by text", "The first reason of each.", &reach.why_not, |_| {
        Fill::Hatched
    })?);
    Ok(Section {
        id: "reach".to_owned(),
        title: "Who could be reached, with proof".to_owned(),
        lead: reach.note.iter().cloned().collect(),
        charts,
        figures: figures(&reach.figures),
        ..Section::default()
    })
}

pub(super) fn declined(declined: &Declined) -> Result<Section, PageError> {
    let mut charts = Vec::new();
    if declined.worth.iter().any(|worth| !worth.by_price.is_zero()) {
        let bar = |label: String, worth: &Worth, fill: Fill| Bar {
            label,
            value: number::length(worth.by_price),
            number: number::dollars(worth.by_price),
            fill,
        };
        let own = declined.own_worth.as_ref().map(|own| {
            let [rate, low, high] = &own.at;
            let percent = number::percent(rate.percent);
            let (from, to) = (number::dollars(low.by_price), number::dollars(high.by_price));
            Bar {
                number: format!("{} ({from} to {to})", number::dollars(rate.by_price)),
                ..bar(format!("This store's own rate, {percent}"), rate, Fill::Solid)
            }
        });
        let published = declined.worth.iter().map(|worth| {
            bar(format!("{} of the list", number::percent(worth.percent)), worth, Fill::Hatched)
        });
        let bars = own.into_iter().chain(published);
        let caption = if declined.own_worth.is_some() {
            "Dollars of the items with a price, times the rate. Filled: the rate at which this store's own customers had \
             declined work done later, with its range. Hatched, for comparison: published rates, which disagree widely."
        } else {
            "Dollars of the items with a price, times the rate. Published rates disagree widely: scenarios, not a promise. \
             This store's own rate is not known, or rests on few jobs."
        };
        let title = "What the open list is worth";
        charts.push(bars_chart("worth", title, caption.to_owned(), bars.collect(), None, None)?);
    }
    let groups = |id: &str, title: &str, groups: &[DeclinedGroup]| {
        let most = groups.iter().take(8).filter(|group| !group.dollars.is_zero());
        let bars: Vec<Bar> = most
            .map(|group| Bar {
                label: sentence(&group.label),
                value: number::length(group.dollars),
                number: format!("{} ({})", number::dollars(group.dollars), number::count(group.items)),
                fill: Fill::Solid,
            })
            .collect();
        let caption = "Dollars of open items with a price; in brackets the items, with or without one.";
        if bars.is_empty() {
            Ok(None)
        } else {
            bars_chart(id, title, caption.to_owned(), bars, None, None).map(Some)
        }
    };
    charts.extend(groups("declined-age", "Open jobs by age", &declined.by_age)?);
    charts.extend(groups("declined-codes", "The dearest operation codes", &declined.by_op_code)?);
    let tables = [
        worth(declined),
        grouped("Open jobs by age", "Age", &declined.by_age),
        grouped("Open jobs by operation code", "Operation code", &declined.by_op_code),
    ];
    Ok(Section {
        id: "declined".to_owned(),
        title: "Recommended and not done".to_owned(),
        lead: std::iter::once(&declined.definition)
            .chain(declined.own_worth.as_ref().map(|own| &own.definition))
            .cloned()
            .collect(),
        key: figures(declined.figures.iter().take(4).chain(declined.own_recovery.iter().take(1))),
        charts,
        figures: figures(declined.figures.iter().chain(&declined.own_recovery)),
        tables: tables.into_iter().flatten().collect(),
    })
}

fn worth(declined: &Declined) -> Option<Table> {
    (!declined.worth.is_empty()).then(|| Table {
        caption: "What it is worth, at several rates of recovery".to_owned(),
        note: format!(
            "By visit: open tickets, times the store's own mean customer-pay visit, times the rate. By price: dollars of \
             the items with a price, times the rate.{}",
            if declined.own_worth.is_some() { " The last rows are published rates, for comparison." } else { "" }
        ),
        head: ["Recovered", "Tickets", "By visit", "By price", "Where the rate comes from"].map(str::to_owned).into(),
        rows: declined
            .own_worth
            .iter()
            .flat_map(|own| &own.at)
            .chain(&declined.worth)
            .map(|worth| {
                vec![
                    number::percent(worth.percent),
                    number::count(worth.tickets),
                    worth.by_visit.map_or_else(|| "–".to_owned(), number::dollars),
                    number::dollars(worth.by_price),
                    worth.source.clone(),
                ]
            })
            .collect(),
        small_print: Vec::new(),
        sum: None,
        folded: false,
    })
}

fn grouped(caption: &str, first: &str, groups: &[DeclinedGroup]) -> Option<Table> {
    (!groups.is_empty()).then(|| Table {
        caption: caption.to_owned(),
        note: "Items, those with a price on record, and the dollars of these.".to_owned(),
        head: [first, "Items", "With a price", "Dollars"].map(str::to_owned).into(),
        rows: groups
            .iter()
            .map(|group| {
                vec![
                    sentence(&group.label),
                    number::count(group.items),
                    number::count(group.priced),
                    number::dollars(group.dollars),
                ]
            })
            .collect(),
        small_print: Vec::new(),
        sum: None,
        folded: true,
    })
}

pub(super) fn measures(measures: &[Counted]) -> Section {
    Section {
        id: "measures".to_owned(),
        title: "Retention, repair orders, appointments".to_owned(),
        key: figures(measures),
        figures: figures(measures),
        ..Section::default()
    }
}
