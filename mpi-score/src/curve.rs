use crate::Points;

/// A table with straight lines between its rows: a number in, a share out. Below the first and above the last row the
/// share stays as it is there. It never turns: it only rises, or only falls.
///
/// ```
/// use fixedops_mpi_score::{Curve, Points};
/// let missed = Curve::new(vec![(0, Points::ZERO), (2, Points::ONE)]).expect("it rises");
/// assert_eq!(missed.at(1), Points::new(5_000)?);
/// assert_eq!(missed.at(9), Points::ONE);
/// # Ok::<(), fixedops_mpi_score::PointsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(try_from = "Vec<(i64, u16)>"))]
pub struct Curve {
    rows: Vec<(i64, Points)>,
    rises: bool,
}

/// Why a table was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CurveFault {
    /// No row.
    #[error("table has no row")]
    Empty,
    /// Two rows out of order.
    #[error("rows are not in rising order")]
    Order,
    /// It rises and falls.
    #[error("table both rises and falls")]
    Turns,
    /// A share above 10,000.
    #[error("share is above 10000")]
    OutOfRange,
}

impl Curve {
    /// Checks a table.
    ///
    /// # Errors
    /// [`CurveFault`] with the first fault.
    pub fn new(rows: Vec<(i64, Points)>) -> Result<Self, CurveFault> {
        let (Some(&(_, first)), Some(&(_, last))) = (rows.first(), rows.last()) else {
            return Err(CurveFault::Empty);
        };
        if !rows.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(CurveFault::Order);
        }
        let rises = first <= last;
        let steady =
            if rises { rows.is_sorted_by(|a, b| a.1 <= b.1) } else { rows.is_sorted_by(|a, b| a.1 >= b.1) };
        if steady { Ok(Self { rows, rises }) } else { Err(CurveFault::Turns) }
    }

    /// The share at `x`, rounded towards the share of the row below.
    #[must_use]
    pub fn at(&self, x: i64) -> Points {
        let above = self.rows.partition_point(|&(row, _)| row <= x);
        let right = self.rows.get(above);
        let left = above.checked_sub(1).and_then(|below| self.rows.get(below));
        match (left, right) {
            (Some(&(x0, y0)), Some(&(x1, y1))) => {
                let (from, climb) = (i64::from(y0.get()), i64::from(y1.get()) - i64::from(y0.get()));
                // Tables are narrow; only one as wide as half of all numbers needs the longer sum.
                let run = x.checked_sub(x0).and_then(|run| run.checked_mul(climb));
                let (run, width) = match (run, x1.checked_sub(x0)) {
                    (Some(run), Some(width)) => return Points::clamped(i128::from(from + run / width)),
                    _ => (i128::from(x) - i128::from(x0), i128::from(x1) - i128::from(x0)),
                };
                Points::clamped(i128::from(from) + i128::from(climb) * run / width)
            }
            (Some(&(_, y)), None) | (None, Some(&(_, y))) => y,
            (None, None) => Points::ZERO,
        }
    }

    /// Its rows.
    #[must_use]
    pub fn rows(&self) -> &[(i64, Points)] {
        &self.rows
    }

    /// Whether it rises (or is level).
    #[must_use]
    pub const fn rises(&self) -> bool {
        self.rises
    }
}

impl TryFrom<Vec<(i64, u16)>> for Curve {
    type Error = CurveFault;
    fn try_from(rows: Vec<(i64, u16)>) -> Result<Self, CurveFault> {
        let rows = rows.into_iter().map(|(x, y)| Points::new(y).map(|y| (x, y)));
        Self::new(rows.collect::<Result<_, _>>().map_err(|_| CurveFault::OutOfRange)?)
    }
}
