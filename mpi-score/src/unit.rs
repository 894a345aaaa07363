use core::fmt;

/// The unit of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Unit {
    /// Thirty-seconds of an inch, for tread.
    #[cfg_attr(feature = "serde", serde(rename = "32nds"))]
    ThirtySeconds,
    /// Millimetres.
    #[cfg_attr(feature = "serde", serde(rename = "mm"))]
    Millimetres,
    /// Percent, as of a battery's rated capacity.
    #[cfg_attr(feature = "serde", serde(rename = "percent"))]
    Percent,
    /// Volts.
    #[cfg_attr(feature = "serde", serde(rename = "volts"))]
    Volts,
}

impl Unit {
    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ThirtySeconds => "32nds",
            Self::Millimetres => "mm",
            Self::Percent => "percent",
            Self::Volts => "volts",
        }
    }

    /// Thousandths of this unit in thousandths of `other`, rounded down; `None` where they measure different things.
    pub(crate) fn thousandths_in(self, thousandths: i64, other: Self) -> Option<i64> {
        // An inch is 25.4 mm exactly, so 160 thirty-seconds are 127 mm.
        match (self, other) {
            (from, to) if from == to => Some(thousandths),
            (Self::ThirtySeconds, Self::Millimetres) => Some(thousandths.checked_mul(127)?.div_euclid(160)),
            (Self::Millimetres, Self::ThirtySeconds) => Some(thousandths.checked_mul(160)?.div_euclid(127)),
            _ => None,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ThirtySeconds => "/32 in",
            Self::Millimetres => " mm",
            Self::Percent => " %",
            Self::Volts => " V",
        })
    }
}
