//! Figures and tables in one line each.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::figure::rounded;
use crate::scorecard::facts::Facts;
use crate::scorecard::plain::PlainWords;
use crate::scorecard::policy::TargetName;
use crate::scorecard::tally::Counts;
use crate::scorecard::{Bin, CrossRow, CrossTable, Histogram, Row, Table};
use crate::{Figure, Unit};

/// As a count of a scorecard.
pub(super) fn many(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Above of below in percent, to one decimal; None of nothing.
pub(super) fn percent(above: Decimal, below: Decimal) -> Option<Decimal> {
    let share = above.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(below)?;
    Some(rounded(share, Unit::Percent))
}

/// The same of counts.
pub(super) fn percent_of(above: u64, below: u64) -> Option<Decimal> {
    percent(above.into(), below.into())
}

/// A word of the journal for a reader.
pub(super) fn spoken(word: &str) -> String {
    word.replace('_', " ")
}

/// The middle of values; of an even number the mean of the two in the middle.
pub(super) fn median(mut values: Vec<f64>) -> Option<Decimal> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = *values.get(half)?;
    let middle = if values.len().is_multiple_of(2) {
        f64::midpoint(*values.get(half.checked_sub(1)?)?, upper)
    } else {
        upper
    };
    Decimal::from_f64_retain(middle)
}

/// Counts and what they are of.
pub(super) struct Of<'a> {
    /// How many.
    pub(super) base: u64,
    /// Of what.
    pub(super) label: &'a str,
}

/// `base` of `label`.
pub(super) const fn of(base: u64, label: &str) -> Of<'_> {
    Of { base, label }
}

impl Facts<'_> {
    pub(super) fn count(&self, id: &str, label: &str, count: u64, of: &Of<'_>, definition: &str) -> Figure {
        Figure::count(id, label, count, definition).over(None, of.base, of.label, self.small)
    }

    /// A count that is its own base.
    pub(super) fn total(&self, id: &str, label: &str, count: u64, of_what: &str, definition: &str) -> Figure {
        self.count(id, label, count, &of(count, of_what), definition)
    }

    pub(super) fn rate(&self, id: &str, label: &str, count: u64, of: &Of<'_>, definition: &str) -> Figure {
        Figure::rate(id, label, count, of.base, of.label, definition, self.small)
    }

    pub(super) fn money(&self, id: &str, label: &str, sum: Decimal, of: &Of<'_>, definition: &str) -> Figure {
        let figure = Figure::new(id, label, Some(sum), Unit::Dollars, definition);
        figure.over(None, of.base, of.label, self.small)
    }

    pub(super) fn mean(&self, id: &str, label: &str, sum: Decimal, of: &Of<'_>, definition: &str) -> Figure {
        Figure::mean(id, label, sum, of.base, Unit::Dollars, of.label, definition, self.small)
    }

    pub(super) fn middle(
        &self,
        id: &str,
        label: &str,
        values: Vec<f64>,
        (unit, base_label): (Unit, &str),
        definition: &str,
    ) -> Figure {
        let base = many(values.len());
        Figure::new(id, label, median(values), unit, definition).over(None, base, base_label, self.small)
    }

    /// The figure with the policy's target, where it has one.
    pub(super) fn aimed(&self, figure: Figure, name: TargetName) -> Figure {
        match self.policy.target(name) {
            Some(target) => {
                let aimed = figure.with_sourced_target(Decimal::from(target.percent), &target.source);
                match target.within {
                    Some(tolerance) => aimed.within(Decimal::from(tolerance)),
                    None => aimed,
                }
            }
            None => figure,
        }
    }

    pub(super) fn table(
        &self,
        (id, label, row_label): (&str, &str, &str),
        rows: impl IntoIterator<Item = (String, u64, Option<Decimal>)>,
        of: &Of<'_>,
        definition: &str,
    ) -> Table {
        let rows: Vec<Row> = rows
            .into_iter()
            .map(|(key, count, amount)| Row {
                label: spoken(&key),
                rule: None,
                percent: percent_of(count, of.base),
                key,
                count,
                amount,
            })
            .collect();
        Table {
            id: id.to_owned(),
            label: label.to_owned(),
            definition: definition.to_owned(),
            row_label: row_label.to_owned(),
            base: of.base,
            base_label: of.label.to_owned(),
            adds_up: rows.iter().map(|row| row.count).sum::<u64>() == of.base,
            small_base: of.base < self.small,
            rows,
        }
    }

    /// A table whose rows are their own base, most frequent first.
    pub(super) fn counts(
        &self,
        names: (&str, &str, &str),
        counts: &Counts,
        of_what: &str,
        definition: &str,
    ) -> Table {
        let base = counts.values().sum();
        let mut rows: Vec<_> = counts.iter().map(|(word, count)| (word.clone(), *count, None)).collect();
        rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        self.table(names, rows, &of(base, of_what), definition)
    }
}

impl Table {
    /// The same with each row's word in plain words.
    pub(super) fn saying(mut self, words: impl Fn(&str) -> String) -> Self {
        for row in &mut self.rows {
            row.label = words(&row.key);
        }
        self
    }

    /// The same with reasons in plain words; behind those of a rule stands its id.
    pub(super) fn of_reasons(mut self, plain: &PlainWords) -> Self {
        for row in &mut self.rows {
            let (outcome, reason) =
                row.key.split_once(": ").map_or((None, row.key.as_str()), |(o, r)| (Some(o), r));
            let words = plain.reason(reason);
            row.rule = plain.is_rule(reason).then(|| reason.to_owned());
            row.label = outcome.map_or(words.clone(), |outcome| format!("{}: {words}", spoken(outcome)));
        }
        self
    }
}

/// Counts by two words, while they are counted.
pub(super) struct TwoWords<'a> {
    columns: &'a [&'a str],
    rows: BTreeMap<String, (Vec<u64>, u64)>,
}

impl<'a> TwoWords<'a> {
    pub(super) const fn new(columns: &'a [&'a str]) -> Self {
        Self { columns, rows: BTreeMap::new() }
    }

    /// The row of a word, so that it stands there even with nothing in it.
    pub(super) fn row(&mut self, key: &str) -> &mut (Vec<u64>, u64) {
        let width = self.columns.len();
        self.rows.entry(key.to_owned()).or_insert_with(|| (vec![0; width], 0))
    }

    /// One more in a row and a column; a column nobody foresaw counts in the total alone.
    pub(super) fn more(&mut self, key: &str, column: &str) {
        let place = self.columns.iter().position(|known| *known == column);
        let row = self.row(key);
        row.1 = row.1.saturating_add(1);
        if let Some(count) = place.and_then(|place| row.0.get_mut(place)) {
            *count = count.saturating_add(1);
        }
    }

    /// One more in a column, without counting in the total: columns that overlap.
    pub(super) fn mark(&mut self, key: &str, column: &str, when: bool) {
        let place = self.columns.iter().position(|known| *known == column).filter(|_| when);
        if let Some(count) = place.and_then(|place| self.row(key).0.get_mut(place)) {
            *count = count.saturating_add(1);
        }
    }

    /// Counts in the total of a row.
    pub(super) fn whole(&mut self, key: &str) {
        let row = self.row(key);
        row.1 = row.1.saturating_add(1);
    }

    /// Done. `disjoint`: each thing is in one column.
    pub(super) fn table(
        self,
        (id, label, row_label): (&str, &str, &str),
        disjoint: bool,
        definition: &str,
    ) -> CrossTable {
        let mut totals = vec![0_u64; self.columns.len()];
        for (counts, _) in self.rows.values() {
            for (total, count) in totals.iter_mut().zip(counts) {
                *total = total.saturating_add(*count);
            }
        }
        let adds_up = self.rows.values().all(|(counts, total)| counts.iter().sum::<u64>() == *total);
        let rows = self
            .rows
            .into_iter()
            .map(|(key, (counts, total))| CrossRow { label: spoken(&key), key, counts, total })
            .collect();
        CrossTable {
            id: id.to_owned(),
            label: label.to_owned(),
            definition: definition.to_owned(),
            row_label: row_label.to_owned(),
            columns: self.columns.iter().map(|&column| column.to_owned()).collect(),
            rows,
            totals,
            adds_up: disjoint.then_some(adds_up),
        }
    }
}

/// How many values fall between each pair of edges, below the first and above the last.
pub(super) fn histogram(unit: Unit, edges: &[i64], values: &[f64]) -> Histogram {
    let lower = std::iter::once(None).chain(edges.iter().copied().map(Some));
    let upper = edges.iter().copied().map(Some).chain(std::iter::once(None));
    let bins = lower
        .zip(upper)
        .map(|(from, to)| {
            let inside = |value: &&f64| {
                from.and_then(|from| from.to_f64()).is_none_or(|from| **value >= from)
                    && to.and_then(|to| to.to_f64()).is_none_or(|to| **value < to)
            };
            Bin { from, to, count: many(values.iter().filter(inside).count()) }
        })
        .collect();
    Histogram { unit, bins }
}
