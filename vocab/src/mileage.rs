use core::fmt;

use chrono::{DateTime, Utc};

use crate::Miles;

/// Where a mileage comes from. Every mile shown anywhere says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "every reader of a mileage must say what it is")]
pub enum Basis {
    /// An accepted reading within 24 hours of the instant asked for.
    Read,
    /// The last reading plus miles tracked by GPS.
    Gps,
    /// Carried forward by the vehicle's learned habit.
    Estimated,
    /// Nothing that can be said honestly.
    Unknown,
}

impl Basis {
    /// The word in files and events: `read`, `gps`, `estimated`, `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Gps => "gps",
            Self::Estimated => "estimated",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An 80 % range with its middle: p10 <= p50 <= p90, in miles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "UncheckedRange"))]
pub struct MilesRange {
    p10: Miles,
    p50: Miles,
    p90: Miles,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct UncheckedRange {
    p10: Miles,
    p50: Miles,
    p90: Miles,
}

#[cfg(feature = "serde")]
impl TryFrom<UncheckedRange> for MilesRange {
    type Error = MileageError;
    fn try_from(r: UncheckedRange) -> Result<Self, MileageError> {
        Self::new(r.p10, r.p50, r.p90)
    }
}

impl MilesRange {
    /// A range from its three points.
    ///
    /// # Errors
    /// [`MileageError::Unordered`] unless p10 <= p50 <= p90.
    pub fn new(p10: Miles, p50: Miles, p90: Miles) -> Result<Self, MileageError> {
        if p10 <= p50 && p50 <= p90 { Ok(Self { p10, p50, p90 }) } else { Err(MileageError::Unordered) }
    }

    /// A distance that was read, with no range to speak of: all three points are one.
    ///
    /// ```
    /// use fixedops_vocab::{Miles, MilesRange};
    /// let read = MilesRange::exactly(Miles::from_whole(42_100)?);
    /// assert_eq!(read.p10(), read.p90());
    /// # Ok::<(), fixedops_vocab::MilesError>(())
    /// ```
    #[must_use]
    pub const fn exactly(miles: Miles) -> Self {
        Self { p10: miles, p50: miles, p90: miles }
    }

    /// One chance in ten that the truth is below this.
    #[must_use]
    pub const fn p10(&self) -> Miles {
        self.p10
    }
    /// The middle: as likely above as below.
    #[must_use]
    pub const fn p50(&self) -> Miles {
        self.p50
    }
    /// One chance in ten that the truth is above this.
    #[must_use]
    pub const fn p90(&self) -> Miles {
        self.p90
    }
}

/// A mileage that says what it is: its range, where it comes from, and when the odometer was last captured.
///
/// `Display` is the label that goes into messages and pages, so no mile is ever shown without its provenance.
///
/// ```
/// use fixedops_vocab::{Basis, Mileage, Miles, MilesRange};
/// let range = MilesRange::new("41,700".parse()?, "42,100".parse()?, "42,600".parse()?)?;
/// let captured = "2026-03-02T15:00:00Z".parse()?;
/// let mileage = Mileage::new(range, Basis::Estimated, Some(captured))?;
/// assert_eq!(mileage.to_string(), "about 42,100 mi (estimated, 41,700 to 42,600; last read 2026-03-02)");
/// assert_eq!(Mileage::unknown(None).to_string(), "mileage unknown");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "UncheckedMileage"))]
pub struct Mileage {
    range: Option<MilesRange>,
    basis: Basis,
    last_capture: Option<DateTime<Utc>>,
}

#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct UncheckedMileage {
    range: Option<MilesRange>,
    basis: Basis,
    last_capture: Option<DateTime<Utc>>,
}

#[cfg(feature = "serde")]
impl TryFrom<UncheckedMileage> for Mileage {
    type Error = MileageError;
    fn try_from(m: UncheckedMileage) -> Result<Self, MileageError> {
        match m.range {
            Some(range) => Self::new(range, m.basis, m.last_capture),
            None if m.basis == Basis::Unknown => Ok(Self::unknown(m.last_capture)),
            None => Err(MileageError::NoRange),
        }
    }
}

impl Mileage {
    /// A known mileage.
    ///
    /// # Errors
    /// [`MileageError::UnknownHasNoRange`] for basis unknown; [`MileageError::NoCapture`] for basis read or gps
    /// without a last capture.
    pub fn new(
        range: MilesRange,
        basis: Basis,
        last_capture: Option<DateTime<Utc>>,
    ) -> Result<Self, MileageError> {
        match basis {
            Basis::Unknown => Err(MileageError::UnknownHasNoRange),
            Basis::Read | Basis::Gps if last_capture.is_none() => Err(MileageError::NoCapture),
            _ => Ok(Self { range: Some(range), basis, last_capture }),
        }
    }

    /// No mileage can be said; when the odometer was last captured, if ever.
    #[must_use]
    pub const fn unknown(last_capture: Option<DateTime<Utc>>) -> Self {
        Self { range: None, basis: Basis::Unknown, last_capture }
    }

    /// The value: the middle of the range. `None` if unknown.
    #[must_use]
    pub fn value(&self) -> Option<Miles> {
        self.range.map(|r| r.p50)
    }
    /// p10, p50 and p90. `None` if unknown.
    #[must_use]
    pub const fn range(&self) -> Option<MilesRange> {
        self.range
    }
    /// Where it comes from.
    #[must_use]
    pub const fn basis(&self) -> Basis {
        self.basis
    }
    /// When the odometer was last captured, if ever.
    #[must_use]
    pub const fn last_capture(&self) -> Option<DateTime<Utc>> {
        self.last_capture
    }
}

impl fmt::Display for Mileage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(range) = self.range else {
            return f.write_str("mileage unknown");
        };
        let last = |f: &mut fmt::Formatter<'_>| match self.last_capture {
            Some(at) => write!(f, "; last read {})", at.format("%Y-%m-%d")),
            None => f.write_str("; never read)"),
        };
        match self.basis {
            // Within a day of a reading the value may have moved on from it: then it is no longer what was read.
            Basis::Read if range.p10 != range.p90 => {
                write!(f, "about {} mi (carried forward", Grouped(range.p50))?;
                last(f)
            }
            Basis::Read => match self.last_capture {
                Some(at) => write!(f, "{} mi (read {})", Grouped(range.p50), at.format("%Y-%m-%d")),
                None => write!(f, "{} mi (read)", Grouped(range.p50)),
            },
            Basis::Gps => {
                write!(f, "about {} mi (GPS-tracked", Grouped(range.p50))?;
                last(f)
            }
            Basis::Estimated | Basis::Unknown => {
                let (low, high) = (Grouped(range.p10), Grouped(range.p90));
                write!(f, "about {} mi (estimated, {low} to {high}", Grouped(range.p50))?;
                last(f)
            }
        }
    }
}

/// Whole miles with thousands commas.
struct Grouped(Miles);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The last half mile of the dial is not rounded past its end.
        let whole = ((self.0.tenths() + 5) / 10).min(999_999);
        if whole >= 1000 { write!(f, "{},{:03}", whole / 1000, whole % 1000) } else { write!(f, "{whole}") }
    }
}

/// Why a mileage was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MileageError {
    /// p10, p50, p90 are out of order.
    #[error("range is not in order: p10 <= p50 <= p90")]
    Unordered,
    /// Basis unknown with a range.
    #[error("an unknown mileage has no range")]
    UnknownHasNoRange,
    /// A known basis without a range.
    #[error("a known mileage needs a range")]
    NoRange,
    /// Read or tracked, but never captured.
    #[error("a read or tracked mileage needs the date of its last capture")]
    NoCapture,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn miles(whole: u32) -> Miles {
        Miles::from_whole(whole).unwrap()
    }

    #[test]
    fn p1_no_mile_is_printed_without_its_provenance() {
        let range = MilesRange::new(miles(900), miles(950), miles(1_000)).unwrap();
        let exact = MilesRange::new(miles(950), miles(950), miles(950)).unwrap();
        let at = "2026-01-05T00:00:00Z".parse().unwrap();
        for (basis, word) in
            [(Basis::Read, "read"), (Basis::Gps, "GPS-tracked"), (Basis::Estimated, "estimated")]
        {
            let text = Mileage::new(range, basis, Some(at)).unwrap().to_string();
            assert!(text.contains(word) && text.contains("2026-01-05"), "{text}");
        }
        let text = |range| Mileage::new(range, Basis::Read, Some(at)).unwrap().to_string();
        assert_eq!(text(exact), "950 mi (read 2026-01-05)");
        assert_eq!(text(range), "about 950 mi (carried forward; last read 2026-01-05)", "not what was read");
    }

    #[test]
    fn a_range_out_of_order_is_refused() {
        assert_eq!(MilesRange::new(miles(2), miles(1), miles(3)), Err(MileageError::Unordered));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn json_is_a_door_too() {
        let unordered =
            r#"{"range":{"p10":"3.0","p50":"2.0","p90":"4.0"},"basis":"estimated","last_capture":null}"#;
        assert!(serde_json::from_str::<Mileage>(unordered).unwrap_err().to_string().contains("not in order"));
        let unread = r#"{"range":{"p10":"1.0","p50":"2.0","p90":"4.0"},"basis":"read","last_capture":null}"#;
        assert!(serde_json::from_str::<Mileage>(unread).unwrap_err().to_string().contains("last capture"));
        let rangeless = r#"{"range":null,"basis":"estimated","last_capture":null}"#;
        assert!(
            serde_json::from_str::<Mileage>(rangeless).unwrap_err().to_string().contains("needs a range")
        );
    }
}
