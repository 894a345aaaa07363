use core::fmt;

use rust_decimal::Decimal;

/// A share between 0 and 1, exact to a ten-thousandth. Written as decimal text: `"0.8125"`.
///
/// ```
/// use fixedops_mpi_score::Points;
/// let half = Points::new(5_000)?;
/// assert_eq!(half.to_string(), "0.5000");
/// assert!(Points::new(10_001).is_err());
/// # Ok::<(), fixedops_mpi_score::PointsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Decimal", into = "Decimal")
)]
pub struct Points(u16);

/// Why a share was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PointsError {
    /// Below 0 or above 1.
    #[error("a share lies between 0 and 1")]
    OutOfRange,
    /// A fifth decimal place.
    #[error("a share has at most four decimal places")]
    TooFine,
}

impl Points {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const ONE: Self = Self(10_000);

    /// So many ten-thousandths.
    ///
    /// # Errors
    /// [`PointsError::OutOfRange`] above 10,000.
    pub const fn new(ten_thousandths: u16) -> Result<Self, PointsError> {
        if ten_thousandths <= 10_000 { Ok(Self(ten_thousandths)) } else { Err(PointsError::OutOfRange) }
    }

    /// So many ten-thousandths, put back into 0 to 10,000.
    pub(crate) fn clamped(ten_thousandths: i128) -> Self {
        Self(u16::try_from(ten_thousandths.clamp(0, 10_000)).unwrap_or(10_000))
    }

    /// The ten-thousandths.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// This share of that share, rounded down to a ten-thousandth.
    #[must_use]
    pub const fn of(self, other: Self) -> Self {
        // Both are at most 10,000, and so is the quotient.
        Self((self.0 as u32 * other.0 as u32 / 10_000) as u16)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:04}", self.0 / 10_000, self.0 % 10_000)
    }
}

impl From<Points> for Decimal {
    fn from(points: Points) -> Self {
        Self::new(i64::from(points.0), 4)
    }
}

impl TryFrom<Decimal> for Points {
    type Error = PointsError;
    fn try_from(share: Decimal) -> Result<Self, PointsError> {
        if share < Decimal::ZERO || share > Decimal::ONE {
            return Err(PointsError::OutOfRange);
        }
        let mut scaled = share.normalize();
        if scaled.scale() > 4 {
            return Err(PointsError::TooFine);
        }
        scaled.rescale(4);
        u16::try_from(scaled.mantissa()).map(Self).map_err(|_| PointsError::OutOfRange)
    }
}
