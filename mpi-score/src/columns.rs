use crate::{Points, Ranking, Weights};

/// Findings of many inspections as columns: one row a finding, the rows of an inspection one after another.
///
/// Each column is a part of the score in ten-thousandths, as [`score`](crate::score) makes them; what is in order, a recall
/// or set aside has no row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "columns, filled in by callers")]
pub struct Columns {
    /// Safety.
    pub safety: Vec<u16>,
    /// The vehicle's history.
    pub history: Vec<u16>,
    /// The customer.
    pub fit: Vec<u16>,
    /// 1 where the safety floor puts the finding first, else 0; it does nothing where the weights have no safety floor.
    pub floored: Vec<u8>,
    /// For every inspection, how many rows there are up to its end.
    pub ends: Vec<u32>,
}

/// Why columns were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnsError {
    /// Columns of different length, or ends that fall, or do not end at the last row.
    #[error("columns do not fit together")]
    Shape,
    /// A part above 10,000, or `floored` above 1.
    #[error("a value is out of range")]
    OutOfRange,
    /// More than 65,536 findings in one inspection.
    #[error("an inspection has more than 65536 findings")]
    TooMany,
}

/// The first three of one inspection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a plain row")]
pub struct TopThree {
    /// How many there are, up to 3.
    pub count: u8,
    /// Their rows within the inspection, from 0; the most important first.
    pub rows: [u16; 3],
    /// Their scores.
    pub scores: [Points; 3],
}

impl Columns {
    /// Appends a scored inspection: its findings in the order of the form.
    pub fn push(&mut self, ranking: &Ranking, order: impl Fn(&str) -> usize) {
        let mut findings: Vec<_> = ranking.findings.iter().collect();
        findings.sort_by_key(|ranked| order(&ranked.finding));
        for ranked in findings {
            self.safety.push(ranked.safety.value.get());
            self.history.push(ranked.history.value.get());
            self.fit.push(ranked.fit.value.get());
            self.floored.push(u8::from(ranked.floored));
        }
        self.ends.push(u32::try_from(self.safety.len()).unwrap_or(u32::MAX));
    }

    /// Checks that columns fit together and every value is in range.
    fn check(&self) -> Result<(), ColumnsError> {
        let rows = self.safety.len();
        let lengths = [self.history.len(), self.fit.len(), self.floored.len()];
        let last = self.ends.last().map_or(0, |&end| end as usize);
        if lengths != [rows; 3] || last != rows || !self.ends.is_sorted() {
            return Err(ColumnsError::Shape);
        }
        // One pass without a branch, so that it runs at the speed of memory.
        let most = |column: &[u16]| column.iter().fold(0, |most: u16, &value| most.max(value));
        let floored = self.floored.iter().fold(0, |most: u8, &value| most.max(value));
        if most(&self.safety).max(most(&self.history)).max(most(&self.fit)) > 10_000 || floored > 1 {
            return Err(ColumnsError::OutOfRange);
        }
        Ok(())
    }
}

/// The score and the first three of every inspection, without words: for a year of inspections at once.
///
/// Ranks and scores are those of [`score`](crate::score) to the last digit: the floor first, then the score, ties by the
/// order of the rows. `scores` gets a score for every row where it is given.
///
/// ```
/// use fixedops_mpi_score::{Columns, Weights, score_columns};
/// let columns = Columns {
///     safety: vec![2_000, 10_000, 4_000, 6_000],
///     history: vec![9_000, 0, 5_000, 0],
///     fit: vec![9_000, 0, 5_000, 0],
///     floored: vec![0, 1, 0, 0],
///     ends: vec![4],
/// };
/// let first = score_columns(&columns, &Weights::shipped(), None)?;
/// assert_eq!((first[0].count, first[0].rows), (3, [1, 0, 2]));
/// assert_eq!(first[0].scores[1].to_string(), "0.6200");
/// # Ok::<(), fixedops_mpi_score::ColumnsError>(())
/// ```
///
/// # Errors
/// [`ColumnsError`] where columns do not fit together or hold what no score can be.
pub fn score_columns(
    columns: &Columns,
    weights: &Weights,
    scores: Option<&mut Vec<Points>>,
) -> Result<Vec<TopThree>, ColumnsError> {
    columns.check()?;
    let parts = weights.table().parts;
    let [safety, history, fit] = [parts.safety, parts.history, parts.fit].map(u32::from);
    let floor = u32::from(weights.table().safety_floor);
    // Each contribution is rounded down, as `Points::of` does it.
    let sum = |s: u16, h: u16, f: u16| {
        safety * u32::from(s) / 10_000 + history * u32::from(h) / 10_000 + fit * u32::from(f) / 10_000
    };
    let mut all = Vec::with_capacity(columns.ends.len());
    let mut begin = 0_usize;
    for &end in &columns.ends {
        let end = end as usize;
        let rows = (
            columns.safety.get(begin..end),
            columns.history.get(begin..end),
            columns.fit.get(begin..end),
            columns.floored.get(begin..end),
        );
        let (Some(s), Some(h), Some(f), Some(floored)) = rows else { return Err(ColumnsError::Shape) };
        if s.len() > 65_536 {
            return Err(ColumnsError::TooMany);
        }
        // Floor, score and order in one number: 1, 14 and 16 bits, and one more that says there is something.
        let (mut first, mut second, mut third) = (0_u32, 0_u32, 0_u32);
        let mut order = 0xffff_u32;
        for (((&s, &h), &f), &floored) in s.iter().zip(h).zip(f).zip(floored) {
            let key = 1 << 31 | (u32::from(floored) & floor) << 30 | sum(s, h, f) << 16 | order;
            order = order.wrapping_sub(1);
            let (down, key) = (first.min(key), first.max(key));
            first = key;
            let (down, key) = (second.min(down), second.max(down));
            second = key;
            third = third.max(down);
        }
        all.push(top_three([first, second, third]));
        begin = end;
    }
    if let Some(scores) = scores {
        scores.clear();
        let rows = columns.safety.iter().zip(&columns.history).zip(&columns.fit);
        scores.extend(rows.map(|((&s, &h), &f)| Points::clamped(i128::from(sum(s, h, f)))));
    }
    Ok(all)
}

#[allow(clippy::cast_possible_truncation, reason = "fourteen and sixteen bits")]
fn top_three(keys: [u32; 3]) -> TopThree {
    TopThree {
        count: keys.iter().map(|key| (key >> 31) as u8).sum(),
        rows: keys.map(|key| if key == 0 { 0 } else { 0xffff - (key & 0xffff) as u16 }),
        scores: keys.map(|key| Points::clamped(i128::from(key >> 16 & 0x3fff))),
    }
}
