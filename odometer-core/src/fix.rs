use core::fmt;

use chrono::{DateTime, Utc};

/// One position from a GPS receiver in the car.
///
/// Only time and place are needed. What the receiver says besides is used where it is given: a speed tells standing from
/// driving, an accuracy widens the circle within which a car counts as standing, a device number keeps two receivers in
/// one car apart.
///
/// ```
/// use fixedops_odometer_core::Fix;
/// let at = chrono::DateTime::from_timestamp(1_780_000_000, 0).ok_or("no time")?;
/// let fix = Fix { speed_mps: Some(13.4), device: Some(2), ..Fix::new(at, 41.88, -87.63) };
/// assert_eq!(fix.accuracy_m, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Fix {
    /// When.
    pub at: DateTime<Utc>,
    /// Latitude, degrees north, WGS 84.
    pub lat: f64,
    /// Longitude, degrees east, WGS 84.
    pub lon: f64,
    /// Ground speed, metres a second, where the receiver gives it.
    pub speed_mps: Option<f64>,
    /// Radius of the receiver's own 68 % circle, metres, where it gives it.
    pub accuracy_m: Option<f64>,
    /// Which of several receivers in the car it comes from, where there are several.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub device: Option<u8>,
}

impl Fix {
    /// A bare position.
    #[must_use]
    pub const fn new(at: DateTime<Utc>, lat: f64, lon: f64) -> Self {
        Self { at, lat, lon, speed_mps: None, accuracy_m: None, device: None }
    }
}

/// Why a fix was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FixFault {
    /// Not a number, off the globe, exactly 0/0, or dated before 1980.
    Invalid,
    /// A time already seen.
    Repeated,
    /// Older than the reorder window can still put in place.
    Late,
    /// The receiver itself says it is a guess.
    Inaccurate,
    /// Further away than any car can have come.
    Thrown,
    /// Dated after it was received, beyond what clocks differ by.
    Future,
    /// From a second receiver, while the first one still speaks: two of them a few metres apart would zigzag.
    OtherDevice,
    /// A first fix that nothing near it ever confirmed: where the receiver was made or last used.
    Unconfirmed,
}

impl FixFault {
    /// Every one, in the order of declaration.
    pub const ALL: &'static [Self] = &[
        Self::Invalid,
        Self::Repeated,
        Self::Late,
        Self::Inaccurate,
        Self::Thrown,
        Self::Future,
        Self::OtherDevice,
        Self::Unconfirmed,
    ];

    /// The word in files and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Repeated => "repeated",
            Self::Late => "late",
            Self::Inaccurate => "inaccurate",
            Self::Thrown => "thrown",
            Self::Future => "future",
            Self::OtherDevice => "other_device",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

impl fmt::Display for FixFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
