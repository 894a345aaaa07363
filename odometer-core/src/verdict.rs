use core::fmt;

use fixedops_vocab::Miles;

/// What is thought of one reading in the light of all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// How sure we are of the verdict.
    pub confidence: Confidence,
}

/// Whether a reading counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "callers must handle every verdict")]
pub enum Verdict {
    /// It counts as it is.
    Accepted,
    /// It does not count.
    SetAside(Reason),
    /// It counts with the miles that were meant.
    Repaired {
        /// What went wrong when it was written down.
        kind: Repair,
        /// The miles that were meant.
        miles: Miles,
    },
}

impl Verdict {
    /// `accepted`, `set_aside` or `repaired`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::SetAside(_) => "set_aside",
            Self::Repaired { .. } => "repaired",
        }
    }
}

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* #[cfg_attr(feature = "serde", serde(rename = $word))] $variant,)+
        }

        impl $name {
            /// Every one, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in files and events.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

named! {
    /// Why a reading does not count.
    Reason {
        /// Below zero.
        Negative = "negative",
        /// More than 999,999.9 miles.
        BeyondOdometer = "beyond_odometer",
        /// Dated before there were such records (1980).
        BadDate = "bad_date",
        /// Dated after we learned of it: nobody can have read it yet.
        FutureDate = "future_date",
        /// Zero in the middle of a history: nobody looked.
        Zero = "zero",
        /// 111111, 123456 and the like: typed to get past the question.
        Placeholder = "placeholder",
        /// Lower than the odometer already was.
        Rollback = "rollback",
        /// Higher than the car can have driven, or than later readings allow.
        TooFast = "too_fast",
        /// The last number to the digit, though the car was surely driven since: carried over, not read.
        StaleRepeat = "stale_repeat",
        /// Agrees with others on the line of an hour meter.
        HourMeter = "hour_meter",
        /// Agrees with others on a line that is not this car's: another vehicle's odometer.
        OtherVehicle = "other_vehicle",
        /// The history holds no line that most of its readings agree on.
        NoCommonLine = "no_common_line",
    }
}

named! {
    /// What went wrong when a reading was written down, where exactly one repair fits.
    Repair {
        /// A digit was left out.
        DroppedDigit = "dropped_digit",
        /// A digit was typed too many.
        ExtraDigit = "extra_digit",
        /// Two neighbouring digits were swapped.
        SwappedDigits = "swapped_digits",
        /// One digit is wrong.
        WrongDigit = "wrong_digit",
        /// Kilometres were entered as miles (x 1.609344).
        KilometresAsMiles = "kilometres_as_miles",
        /// Miles were entered as kilometres.
        MilesAsKilometres = "miles_as_kilometres",
        /// Tenths were entered as miles (x 10).
        TenthsAsMiles = "tenths_as_miles",
        /// Metres were entered as kilometres (x 1000).
        MetresAsKilometres = "metres_as_kilometres",
        /// A five-digit odometer passed 99,999 and began again.
        Rollover = "rollover",
    }
}

/// How sure a verdict is, from 0 to 1, in thousandths.
///
/// ```
/// use fixedops_odometer_core::Confidence;
/// assert_eq!(Confidence::from_probability(0.9876).to_string(), "0.988");
/// assert_eq!(Confidence::from_probability(f64::NAN).thousandths(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "u16", into = "u16"))]
pub struct Confidence(u16);

impl Confidence {
    /// The nearest thousandth, held within 0 and 1; NaN is zero.
    #[must_use]
    pub fn from_probability(p: f64) -> Self {
        // A float-to-integer cast saturates and takes NaN to zero; the clamp keeps 1000 the most.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let thousandths = (p.clamp(0.0, 1.0) * 1000.0).round() as u16;
        Self(thousandths.min(1000))
    }

    /// Thousandths, 0 to 1000.
    #[must_use]
    pub const fn thousandths(self) -> u16 {
        self.0
    }

    /// As a probability, 0 to 1.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl From<Confidence> for u16 {
    fn from(confidence: Confidence) -> Self {
        confidence.0
    }
}

impl TryFrom<u16> for Confidence {
    type Error = ConfidenceError;
    fn try_from(thousandths: u16) -> Result<Self, ConfidenceError> {
        if thousandths <= 1000 { Ok(Self(thousandths)) } else { Err(ConfidenceError) }
    }
}

/// A confidence of more than 1000 thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a confidence is at most 1000 thousandths")]
pub struct ConfidenceError;

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}
