//! Tables and bars out of the scorecard's counts.

use fixedops_closed_loop::scorecard::{self, Row};

use crate::page::chart::{Bar, Fill};
use crate::page::words::{bars_chart, sentence, spoken};
use crate::page::{Chart, PageError, Table, number};

/// A table of counts, folded away: the largest stand in a chart. Nothing where there are no rows.
pub fn table(counts: &scorecard::Table) -> Option<Table> {
    if counts.rows.is_empty() {
        return None;
    }
    let priced = counts.rows.iter().any(|row| row.amount.is_some());
    let mut head = vec![spoken(&counts.row_label), "Count".to_owned(), "Share".to_owned()];
    head.extend(priced.then(|| "Dollars".to_owned()));
    let row = |row: &Row| {
        let share = row.percent.map_or_else(|| "–".to_owned(), number::percent);
        let mut cells = vec![sentence(&row.label), number::count(row.count), share];
        cells.extend(priced.then(|| row.amount.map_or_else(|| "–".to_owned(), number::dollars)));
        cells
    };
    let base = format!("{} {}", number::count(counts.base), counts.base_label);
    let mut sum =
        vec!["In all".to_owned(), number::count(number::sum(counts.rows.iter().map(|row| row.count)))];
    sum.push(if counts.adds_up { number::percent(100.into()) } else { "–".to_owned() });
    let amounts = number::sum_of_dollars(counts.rows.iter().filter_map(|row| row.amount));
    sum.extend(priced.then(|| number::dollars(amounts)));
    let mut note = format!("Of {base}. {}", counts.definition);
    if !counts.adds_up {
        note.push_str(" The rows do not add up to the base.");
    }
    if counts.small_base {
        note.push_str(&format!(" Small base: {}.", number::count(counts.base)));
    }
    Some(Table {
        caption: counts.label.clone(),
        note,
        head,
        rows: counts.rows.iter().map(row).collect(),
        small_print: if counts.rows.iter().any(|row| row.rule.is_some()) {
            counts.rows.iter().map(|row| row.rule.clone().unwrap_or_default()).collect()
        } else {
            Vec::new()
        },
        sum: Some(sum),
        folded: true,
    })
}

/// The same table, in sight.
pub fn in_sight(table: Table) -> Table {
    Table { folded: false, ..table }
}

/// A table of counts by two words, without the columns in which nothing stands; nothing where there are no rows.
pub fn cross_table(counts: &scorecard::CrossTable, name: fn(&str) -> String) -> Option<Table> {
    if counts.rows.is_empty() {
        return None;
    }
    let used: Vec<bool> = counts.totals.iter().map(|total| *total > 0).collect();
    let kept = |cells: Vec<String>| -> Vec<String> {
        cells.into_iter().zip(&used).filter_map(|(cell, used)| used.then_some(cell)).collect()
    };
    let line = |first: String, cells: Vec<String>, last: Option<String>| -> Vec<String> {
        std::iter::once(first).chain(kept(cells)).chain(last).collect()
    };
    let numbers = |counts: &[u64]| counts.iter().copied().map(number::count).collect::<Vec<_>>();
    // Columns that are parts of each other (sent, delivered) have no sum.
    let sums = counts.adds_up.is_some();
    let in_all = |n: u64| sums.then(|| number::count(n));
    let rows = counts.rows.iter().map(|row| {
        let label = if row.label == row.key { name(&row.key) } else { sentence(&row.label) };
        line(label, numbers(&row.counts), in_all(row.total))
    });
    let fault =
        if counts.adds_up == Some(false) { " The columns do not add up to the last one." } else { "" };
    Some(Table {
        caption: counts.label.clone(),
        note: format!("{}{fault}", counts.definition),
        head: line(
            spoken(&counts.row_label),
            counts.columns.iter().map(|column| spoken(column)).collect(),
            sums.then(|| "In all".to_owned()),
        ),
        rows: rows.collect(),
        small_print: Vec::new(),
        sum: Some(line(
            "In all".to_owned(),
            numbers(&counts.totals),
            in_all(number::sum(counts.rows.iter().map(|row| row.total))),
        )),
        folded: counts.rows.len() > 12,
    })
}

/// Bars of the rows of a table, at most `most` of them: the largest, what is left out in one bar.
/// `legend` says what the fills mean, where they differ.
pub fn bars_of(
    id: &str,
    counts: &scorecard::Table,
    most: usize,
    fill: fn(&str) -> Fill,
    legend: &str,
) -> Result<Option<Chart>, PageError> {
    if counts.rows.iter().all(|row| row.count == 0) {
        return Ok(None);
    }
    let mut rows: Vec<&Row> = counts.rows.iter().filter(|row| row.count > 0).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    let bar = |label: String, count: u64, percent: Option<rust_decimal::Decimal>, fill| Bar {
        label,
        value: count as f64,
        number: match percent {
            Some(percent) => format!("{} ({})", number::count(count), number::percent(percent)),
            None => number::count(count),
        },
        fill,
    };
    let shown = rows.iter().take(most);
    let mut bars: Vec<Bar> =
        shown.map(|row| bar(sentence(&row.label), row.count, row.percent, fill(&row.key))).collect();
    let rest = number::sum(rows.iter().skip(most).map(|row| row.count));
    if rest > 0 {
        bars.push(bar(format!("{} more", rows.len().saturating_sub(most)), rest, None, Fill::Dotted));
    }
    let small = if counts.small_base { " Small base." } else { "" };
    let caption = format!(
        "Of {} {}.{small} {}{legend}",
        number::count(counts.base),
        counts.base_label,
        counts.definition
    );
    Ok(Some(bars_chart(id, &counts.label, caption, bars, None, None)?))
}
