//! Counts by one word or by two, and for drawings.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::Unit;

/// Counts by a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The name of the table, stable.
    pub id: String,
    /// Its heading.
    pub label: String,
    /// What is counted, in words.
    pub definition: String,
    /// What a row is: `outcome`, `reason`.
    pub row_label: String,
    /// The sum the rows must make.
    pub base: u64,
    /// What the base is.
    pub base_label: String,
    /// Whether the rows add up to the base.
    pub adds_up: bool,
    /// Whether the base is small.
    pub small_base: bool,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row of a [`Table`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The word, as the journal has it.
    pub key: String,
    /// The word for a reader.
    pub label: String,
    /// What stands behind the words, for who wants to look it up: the id of a rule, with its citation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How many.
    pub count: u64,
    /// Of the base, in percent; null where the base is 0.
    pub percent: Option<Decimal>,
    /// The money that belongs to it, where there is any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
}

/// Counts by two words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossTable {
    /// The name of the table, stable.
    pub id: String,
    /// Its heading.
    pub label: String,
    /// What is counted, in words.
    pub definition: String,
    /// What a row is.
    pub row_label: String,
    /// What stands above each column, as the journal has it.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<CrossRow>,
    /// The sums of the columns.
    pub totals: Vec<u64>,
    /// Whether the columns of each row add up to its total; null where they are not meant to (a message that was
    /// delivered was also sent).
    pub adds_up: Option<bool>,
}

/// One row of a [`CrossTable`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossRow {
    /// The word of the row, as the journal has it; a date as `YYYY-MM-DD`, a month as `YYYY-MM`.
    pub key: String,
    /// The word for a reader.
    pub label: String,
    /// One count for each column.
    pub counts: Vec<u64>,
    /// What the row counts in all.
    pub total: u64,
}

/// How many fell where: for a drawing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// What the bins are measured in.
    pub unit: Unit,
    /// The bins in order, without a gap.
    pub bins: Vec<Bin>,
}

/// One bin of a [`Histogram`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bin {
    /// From here on, included; null for the first: anything below.
    pub from: Option<i64>,
    /// Up to here, not included; null for the last: anything above.
    pub to: Option<i64>,
    /// How many.
    pub count: u64,
}
