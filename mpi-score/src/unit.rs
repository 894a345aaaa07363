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
    /// Thousandths of an inch, as dial gauges show them.
    #[cfg_attr(feature = "serde", serde(rename = "thousandths_inch"))]
    ThousandthsInch,
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
            Self::ThousandthsInch => "thousandths_inch",
            Self::Percent => "percent",
            Self::Volts => "volts",
        }
    }

    /// How many make five inches, where it is a length: five inches are 127 mm exactly.
    const fn in_an_inch(self) -> Option<i64> {
        match self {
            Self::ThirtySeconds => Some(32 * 5),
            Self::Millimetres => Some(127),
            Self::ThousandthsInch => Some(1_000 * 5),
            Self::Percent | Self::Volts => None,
        }
    }

    /// Thousandths of this unit in thousandths of `other`, rounded down; `None` where they measure different things.
    pub(crate) fn thousandths_in(self, thousandths: i64, other: Self) -> Option<i64> {
        if self == other {
            return Some(thousandths);
        }
        let (from, to) = (self.in_an_inch()?, other.in_an_inch()?);
        Some(thousandths.checked_mul(to)?.div_euclid(from))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ThirtySeconds => "/32 in",
            Self::Millimetres => " mm",
            Self::ThousandthsInch => "/1000 in",
            Self::Percent => " %",
            Self::Volts => " V",
        })
    }
}
