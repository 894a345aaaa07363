use crate::Points;

/// An input of the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Input {
    /// A measurement the policy has a limit for.
    Measurement,
    /// Which service would put it right.
    Service,
    /// Miles since the last service, and its interval.
    MilesSinceService,
    /// Scheduled services missed.
    MissedServices,
    /// Whether it was declined before.
    DeclinedBefore,
    /// What the customer spends a year.
    AnnualSpend,
    /// How often he comes.
    Visits,
    /// Whether a warranty or contract binds the car to the shop.
    Warranty,
    /// Whether he can pay over time.
    Financing,
    /// The price, beside what he spends a year.
    Price,
}

impl core::fmt::Display for Input {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Measurement => "a measurement with a known limit",
            Self::Service => "the service that would put it right",
            Self::MilesSinceService => "miles since the last service and its interval",
            Self::MissedServices => "missed services",
            Self::DeclinedBefore => "earlier declines",
            Self::AnnualSpend => "annual spend",
            Self::Visits => "visits a year",
            Self::Warranty => "warranty",
            Self::Financing => "financing",
            Self::Price => "the price beside annual spend",
        })
    }
}

/// One of the three parts of a score.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "value, known and missing are all there is")]
pub struct Part {
    /// The part, from what is known; 0 where nothing is.
    pub value: Points,
    /// Which share of the part's inputs, by their weight, was known: the rest is the doubt.
    pub known: Points,
    /// The inputs that were not known.
    pub missing: Vec<Input>,
}

/// What each part adds to the score: they sum to it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "there are three parts")]
pub struct Contributions {
    /// From safety.
    pub safety: Points,
    /// From the vehicle's history.
    pub history: Points,
    /// From the customer.
    pub fit: Points,
}

/// The weighted mean of the inputs that are known.
pub(crate) fn mean(inputs: &[(Input, u16, Option<Points>)]) -> Part {
    let (mut sum, mut known, mut all) = (0_u64, 0_u64, 0_u64);
    let mut missing = Vec::new();
    for &(input, weight, value) in inputs {
        all += u64::from(weight);
        match value {
            Some(value) => {
                known += u64::from(weight);
                sum += u64::from(weight) * u64::from(value.get());
            }
            None => missing.push(input),
        }
    }
    let share = |part: u64, whole: u64| Points::clamped(i128::from(part.checked_div(whole).unwrap_or(0)));
    Part { value: share(sum, known), known: share(known * 10_000, all), missing }
}
