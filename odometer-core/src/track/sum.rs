use core::ops::Add;

/// The largest whole number that every reader of JSON keeps.
const MOST: u64 = (1 << 53) - 1;

/// A sum in whole units of 1 / `PER`: the same in whatever order it was added up, and after it was written and read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sum<const PER: u32>(u64);

/// Metres, to 15 micrometres; up to 137 million kilometres.
pub(super) type Way = Sum<65_536>;
/// Square metres, to a thousandth; up to an sd of 2,900 kilometres.
pub(super) type Variance = Sum<1_024>;

impl<const PER: u32> Sum<PER> {
    /// So much more, from 0 on.
    #[inline]
    pub(super) fn adds(&mut self, more: f64) {
        // The cast saturates, and nothing below zero is added.
        #[allow(clippy::cast_possible_truncation)]
        let units = (more * f64::from(PER) + 0.5) as i64;
        *self = *self + Self(u64::try_from(units).unwrap_or(0));
    }

    pub(super) fn get(self) -> f64 {
        // Up to 2^53: exact.
        #[allow(clippy::cast_precision_loss)]
        let units = self.0 as f64;
        units / f64::from(PER)
    }

    #[cfg(feature = "serde")]
    pub(super) fn units(self) -> u64 {
        self.0
    }

    /// None where no track can have come so far.
    #[cfg(feature = "serde")]
    pub(super) fn of_units(units: u64) -> Option<Self> {
        (units <= MOST).then_some(Self(units))
    }
}

impl<const PER: u32> Add for Sum<PER> {
    type Output = Self;

    /// As much as fits.
    #[inline]
    fn add(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0).min(MOST))
    }
}
