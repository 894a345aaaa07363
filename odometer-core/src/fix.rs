use core::fmt;

use chrono::{DateTime, Utc};

/// One position from a GPS receiver in the car.
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
}

impl Fix {
    /// A bare position.
    #[must_use]
    pub const fn new(at: DateTime<Utc>, lat: f64, lon: f64) -> Self {
        Self { at, lat, lon, speed_mps: None, accuracy_m: None }
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
}

impl FixFault {
    /// Every one, in the order of declaration.
    pub const ALL: &'static [Self] =
        &[Self::Invalid, Self::Repeated, Self::Late, Self::Inaccurate, Self::Thrown];

    /// The word in files and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Repeated => "repeated",
            Self::Late => "late",
            Self::Inaccurate => "inaccurate",
            Self::Thrown => "thrown",
        }
    }
}

impl fmt::Display for FixFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
