use core::fmt;
use core::str::FromStr;

/// Metres in a mile, in thousandths of a metre: 1,609.344 m (international yard and pound agreement, 1959).
const MILLIMETRES_PER_MILE: i128 = 1_609_344;

/// A distance on an odometer, in tenths of a mile, from 0 to 999,999.9.
///
/// Six digits and a tenth is as far as a dash counts, so that is as far as this type goes; arithmetic past it
/// is `None`, never a wrap. Text, and JSON, is the number with one decimal.
///
/// ```
/// use fixedops_vocab::Miles;
/// let then: Miles = "48,250".parse()?;
/// let now = Miles::from_tenths(531_004)?;
/// assert_eq!(now.to_string(), "53100.4");
/// assert_eq!(now.since(then).map(Miles::tenths), Some(48_504));
/// assert_eq!(then.since(now), None);
/// # Ok::<(), fixedops_vocab::MilesError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct Miles(u32);

impl Miles {
    /// No distance at all.
    pub const ZERO: Self = Self(0);
    /// As far as an odometer counts: 999,999.9 miles.
    pub const MAX: Self = Self(9_999_999);

    /// Miles from tenths of a mile.
    ///
    /// # Errors
    /// [`MilesError::OutOfRange`] above 9,999,999 tenths.
    pub const fn from_tenths(tenths: u32) -> Result<Self, MilesError> {
        if tenths > Self::MAX.0 { Err(MilesError::OutOfRange) } else { Ok(Self(tenths)) }
    }

    /// Whole miles.
    ///
    /// # Errors
    /// [`MilesError::OutOfRange`] above 999,999 miles.
    pub const fn from_whole(miles: u32) -> Result<Self, MilesError> {
        match miles.checked_mul(10) {
            Some(tenths) => Self::from_tenths(tenths),
            None => Err(MilesError::OutOfRange),
        }
    }

    /// The nearest tenth, held within 0 and [`Miles::MAX`]; NaN is zero. For results of arithmetic, not for input.
    #[must_use]
    pub fn clamped(miles: f64) -> Self {
        // A float-to-integer cast saturates and takes NaN to zero.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let tenths = (miles * 10.0).round() as u32;
        Self(tenths.min(Self::MAX.0))
    }

    /// Tenths of a mile.
    #[must_use]
    pub const fn tenths(self) -> u32 {
        self.0
    }

    /// Miles as a float, for arithmetic inside an estimator.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// The distance driven since `earlier`; `None` if `earlier` is the larger.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Option<Self> {
        match self.0.checked_sub(earlier.0) {
            Some(tenths) => Some(Self(tenths)),
            None => None,
        }
    }

    /// This reading plus `distance`; `None` past [`Miles::MAX`].
    #[must_use]
    pub fn checked_add(self, distance: Self) -> Option<Self> {
        self.0.checked_add(distance.0).and_then(|tenths| Self::from_tenths(tenths).ok())
    }
}

impl fmt::Display for Miles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

impl fmt::Debug for Miles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} mi")
    }
}

impl FromStr for Miles {
    type Err = MilesError;

    /// Reads `48250`, `48,250` or `48250.34` (rounded half up to the tenth).
    fn from_str(text: &str) -> Result<Self, MilesError> {
        let raw = RawOdometer::parse(&text.replace(',', ""), DistanceUnit::Miles)?;
        raw.to_miles().ok_or(MilesError::OutOfRange)
    }
}

impl TryFrom<String> for Miles {
    type Error = MilesError;
    fn try_from(text: String) -> Result<Self, MilesError> {
        text.parse()
    }
}

impl From<Miles> for String {
    fn from(miles: Miles) -> Self {
        miles.to_string()
    }
}

/// Why a mileage was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MilesError {
    /// The text is not a decimal number.
    #[error("not a decimal number")]
    NotANumber,
    /// The number is negative or more than an odometer can show.
    #[error("outside 0 to 999,999.9 miles")]
    OutOfRange,
    /// The unit is none of mi, km, m.
    #[error("unit is none of mi, km, m")]
    UnknownUnit,
}

/// The unit a reading was given in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every unit")]
pub enum DistanceUnit {
    /// International miles.
    #[cfg_attr(feature = "serde", serde(rename = "mi"))]
    Miles,
    /// Kilometres.
    #[cfg_attr(feature = "serde", serde(rename = "km"))]
    Kilometres,
    /// Metres.
    #[cfg_attr(feature = "serde", serde(rename = "m"))]
    Metres,
}

impl DistanceUnit {
    /// `mi`, `km` or `m`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Miles => "mi",
            Self::Kilometres => "km",
            Self::Metres => "m",
        }
    }

    const fn millimetres(self) -> i128 {
        match self {
            Self::Miles => MILLIMETRES_PER_MILE,
            Self::Kilometres => 1_000_000,
            Self::Metres => 1_000,
        }
    }
}

impl FromStr for DistanceUnit {
    type Err = MilesError;

    /// Reads `mi`, `km` or `m`, in any case, with white space around it.
    fn from_str(text: &str) -> Result<Self, MilesError> {
        let text = text.trim();
        [Self::Miles, Self::Kilometres, Self::Metres]
            .into_iter()
            .find(|unit| unit.as_str().eq_ignore_ascii_case(text))
            .ok_or(MilesError::UnknownUnit)
    }
}

/// An odometer value as it was typed or read: a number to the thousandth, of either sign, and its unit.
///
/// Nothing is judged here: `-1`, `0` and `1999105` are raw readings like any other, so that a wrong one can be
/// kept, shown and repaired.
///
/// ```
/// use fixedops_vocab::{DistanceUnit, RawOdometer};
/// let raw = RawOdometer::parse("33895584", DistanceUnit::Metres)?;
/// assert_eq!(raw.to_miles().map(|m| m.to_string()), Some("21061.7".to_owned()));
/// assert_eq!(RawOdometer::parse("-5", DistanceUnit::Miles)?.to_miles(), None);
/// # Ok::<(), fixedops_vocab::MilesError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RawOdometer {
    thousandths: i64,
    unit: DistanceUnit,
}

impl RawOdometer {
    /// A raw value from thousandths of its unit.
    #[must_use]
    pub const fn new(thousandths: i64, unit: DistanceUnit) -> Self {
        Self { thousandths, unit }
    }

    /// Reads a decimal number (`48250`, `-3.5`, `1e5`, surrounding white space allowed), rounded to the thousandth.
    ///
    /// # Errors
    /// [`MilesError::NotANumber`] for anything else (NaN and infinities too), [`MilesError::OutOfRange`] beyond
    /// plus or minus 10^12 units.
    pub fn parse(text: &str, unit: DistanceUnit) -> Result<Self, MilesError> {
        let value: f64 = text.trim().parse().map_err(|_| MilesError::NotANumber)?;
        if !value.is_finite() {
            return Err(MilesError::NotANumber);
        }
        if value.abs() > 1e12 {
            return Err(MilesError::OutOfRange);
        }
        // In range by the check above; 10^15 thousandths are exact in a float.
        #[allow(clippy::cast_possible_truncation)]
        let thousandths = (value * 1000.0).round() as i64;
        Ok(Self { thousandths, unit })
    }

    /// The number, in thousandths of [`Self::unit`].
    #[must_use]
    pub const fn thousandths(self) -> i64 {
        self.thousandths
    }

    /// The unit it was given in.
    #[must_use]
    pub const fn unit(self) -> DistanceUnit {
        self.unit
    }

    /// The same in miles, exactly, rounded half up to the tenth; `None` if negative or past [`Miles::MAX`].
    #[must_use]
    pub fn to_miles(self) -> Option<Miles> {
        if self.thousandths < 0 {
            return None;
        }
        // thousandths of a unit times mm per unit = thousandths of a mm; a tenth of a mile is 100 mm-miles of those.
        let millionths = i128::from(self.thousandths) * self.unit.millimetres();
        let per_tenth = MILLIMETRES_PER_MILE * 100;
        let tenths = (millionths + per_tenth / 2) / per_tenth;
        u32::try_from(tenths).ok().and_then(|t| Miles::from_tenths(t).ok())
    }

    /// Whether an odometer can show it: 0 up to [`Miles::MAX`], rounded to the tenth. The same as
    /// `to_miles().is_some()`, without the division.
    #[must_use]
    pub const fn fits_an_odometer(self) -> bool {
        if self.thousandths < 0 {
            return false;
        }
        let per_tenth = MILLIMETRES_PER_MILE * 100;
        let millionths = self.thousandths as i128 * self.unit.millimetres();
        millionths + per_tenth / 2 < (Miles::MAX.tenths() as i128 + 1) * per_tenth
    }

    /// The number as a float in its own unit, whatever it is.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        // 10^15 fits a float exactly.
        #[allow(clippy::cast_precision_loss)]
        let thousandths = self.thousandths as f64;
        thousandths / 1000.0
    }

    /// The number in miles as a float, whatever it is: negative and huge values too.
    #[must_use]
    pub fn miles_f64(self) -> f64 {
        let metres_per_unit = match self.unit {
            DistanceUnit::Miles => return self.as_f64(),
            DistanceUnit::Kilometres => 1_000.0,
            DistanceUnit::Metres => 1.0,
        };
        self.as_f64() * metres_per_unit / 1_609.344
    }
}

impl fmt::Display for RawOdometer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.thousandths < 0 { "-" } else { "" };
        let whole = self.thousandths.unsigned_abs() / 1000;
        let rest = self.thousandths.unsigned_abs() % 1000;
        if rest == 0 {
            write!(f, "{sign}{whole} {}", self.unit.as_str())
        } else {
            let digits = format!("{rest:03}");
            write!(f, "{sign}{whole}.{} {}", digits.trim_end_matches('0'), self.unit.as_str())
        }
    }
}

impl fmt::Debug for RawOdometer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_mileage_is_refused_with_its_reason() {
        for (case, text, expected) in [
            ("words", "about 40k", MilesError::NotANumber),
            ("nothing", "", MilesError::NotANumber),
            ("not a number", "NaN", MilesError::NotANumber),
            ("endless", "inf", MilesError::NotANumber),
            ("below zero", "-1", MilesError::OutOfRange),
            ("seven digits", "1000000", MilesError::OutOfRange),
            ("rounds past the end", "999999.96", MilesError::OutOfRange),
        ] {
            assert_eq!(text.parse::<Miles>(), Err(expected), "{case}");
        }
    }

    #[test]
    fn kilometres_and_metres_agree_to_the_tenth() {
        let km = RawOdometer::parse("100000", DistanceUnit::Kilometres).unwrap();
        let m = RawOdometer::parse("100000000", DistanceUnit::Metres).unwrap();
        assert_eq!(km.to_miles(), m.to_miles());
        assert_eq!(km.to_miles().unwrap().to_string(), "62137.1");
    }

    proptest! {
        #[test]
        fn text_round_trips(tenths in 0..=9_999_999_u32) {
            let miles = Miles::from_tenths(tenths).unwrap();
            prop_assert_eq!(miles.to_string().parse::<Miles>().unwrap(), miles);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _: Result<Miles, _> = text.parse();
            for unit in [DistanceUnit::Miles, DistanceUnit::Kilometres, DistanceUnit::Metres] {
                if let Ok(raw) = RawOdometer::parse(&text, unit) {
                    let _ = (raw.to_miles(), raw.to_string(), raw.miles_f64());
                }
            }
        }

        #[test]
        fn a_raw_value_in_miles_is_within_half_a_tenth(thousandths in 0..999_999_000_i64) {
            let raw = RawOdometer::new(thousandths, DistanceUnit::Miles);
            let miles = raw.to_miles().unwrap();
            prop_assert!((miles.as_f64() - raw.as_f64()).abs() <= 0.05 + 1e-9);
        }
    }
}
