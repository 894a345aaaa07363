use core::fmt;

use fixedops_vocab::{InspectionCode, Miles};

use crate::{Input, Points, Unit};

/// Why a finding stands where it stands. Its `Display` is a sentence a customer and an advisor can read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case", tag = "reason"))]
#[non_exhaustive]
pub enum Reason {
    /// A measurement at or past its limit.
    AtLimit {
        /// What was measured.
        name: String,
        /// Where.
        place: Option<String>,
        /// The number.
        value: String,
        /// The limit.
        limit: String,
        /// The unit of the number.
        unit: Unit,
        /// The unit of the limit.
        limit_unit: Unit,
        /// Where the limit comes from.
        source: String,
    },
    /// A measurement on its way to the limit.
    Worn {
        /// What was measured.
        name: String,
        /// Where.
        place: Option<String>,
        /// The number.
        value: String,
        /// Its unit.
        unit: Unit,
        /// 0 as new, 1 at the limit.
        wear: Points,
    },
    /// The technician's colour.
    Marked {
        /// The colour.
        code: InspectionCode,
        /// The section.
        section: String,
    },
    /// It stands above the fold because a safety limit is reached, whatever its score.
    SafetyFloor,
    /// It stands above the fold because it is red in a section whose red findings do, whatever its score.
    RedFloor {
        /// The section.
        section: String,
    },
    /// Marked green, and yet measured at or past the limit.
    GreenAtLimit,
    /// The service has been driven past, or part of the way.
    MilesSince {
        /// Miles since it was done.
        miles: Miles,
        /// Its interval.
        interval: Miles,
    },
    /// Scheduled services were missed.
    Missed {
        /// How many.
        times: u32,
    },
    /// It was declined before and is still open.
    DeclinedBefore {
        /// Days ago.
        days: u32,
    },
    /// Something was not known and was not guessed.
    NotKnown {
        /// What.
        input: Input,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |place: &Option<String>| place.as_ref().map(|p| format!(" {p}")).unwrap_or_default();
        match self {
            Self::AtLimit { name, place, value, limit, unit, limit_unit, source } => {
                let place = at(place);
                write!(
                    f,
                    "{name}{place} {value}{unit} is at or past the limit of {limit}{limit_unit} ({source})"
                )
            }
            Self::Worn { name, place, value, unit, wear } => {
                let percent = wear.get() / 100;
                write!(f, "{name}{} {value}{unit}: {percent} % of the way to the limit", at(place))
            }
            Self::Marked { code, section } => write!(f, "marked {code} in {section}"),
            Self::SafetyFloor => f.write_str("above the fold: a safety limit is reached"),
            Self::RedFloor { section } => write!(f, "above the fold: marked red in {section}"),
            Self::GreenAtLimit => f.write_str("marked green, yet measured at or past the limit: look again"),
            Self::MilesSince { miles, interval } => {
                write!(f, "{miles} miles since it was done, every {interval} is due")
            }
            Self::Missed { times } => write!(f, "missed {times} times when due"),
            Self::DeclinedBefore { days } => write!(f, "declined {days} days ago and still open"),
            Self::NotKnown { input } => write!(f, "not known: {input}"),
        }
    }
}
