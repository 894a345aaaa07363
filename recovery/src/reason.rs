use core::fmt;

/// Why a customer declined, as an advisor's list has it.
///
/// Done elsewhere and does own service are DealerMine's refusal states; the others are the ones a customer gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a plan must answer every one")]
pub enum DeclineReason {
    /// Had it done elsewhere.
    DoneElsewhere,
    /// Does this work himself.
    DoesOwnService,
    /// Too expensive.
    Price,
    /// No time today.
    Time,
    /// Does not believe that it is needed.
    Trust,
    /// Parts were not there.
    Parts,
    /// Is about to sell or trade in the vehicle.
    SellingVehicle,
    /// Gave no reason.
    NoReasonGiven,
    /// Another reason.
    Other,
    /// The record does not say: nobody knows whether he was asked.
    NotTold,
}

impl DeclineReason {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::DoneElsewhere,
        Self::DoesOwnService,
        Self::Price,
        Self::Time,
        Self::Trust,
        Self::Parts,
        Self::SellingVehicle,
        Self::NoReasonGiven,
        Self::Other,
        Self::NotTold,
    ];

    /// The word in files and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DoneElsewhere => "done_elsewhere",
            Self::DoesOwnService => "does_own_service",
            Self::Price => "price",
            Self::Time => "time",
            Self::Trust => "trust",
            Self::Parts => "parts",
            Self::SellingVehicle => "selling_vehicle",
            Self::NoReasonGiven => "no_reason_given",
            Self::Other => "other",
            Self::NotTold => "not_told",
        }
    }

    /// The reason of a store's code; [`DeclineReason::Other`] for a code of its own.
    ///
    /// ```
    /// use fixedops_recovery::DeclineReason;
    /// assert_eq!(DeclineReason::of_code("price"), DeclineReason::Price);
    /// assert_eq!(DeclineReason::of_code("moving_abroad"), DeclineReason::Other);
    /// ```
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        Self::ALL.iter().copied().find(|reason| reason.as_str() == code).unwrap_or(Self::Other)
    }
}

impl fmt::Display for DeclineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a reason does to a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "the machine answers every one")]
pub enum ReasonAnswer {
    /// Nothing: the plan goes on.
    #[default]
    GoOn,
    /// The work is known to be done elsewhere: the case closes.
    DoneElsewhere,
    /// A person of the dealership takes over.
    HandOver,
    /// The next touch waits [`Reasons::wait_days`] from now.
    Wait,
}

/// What each reason to decline does to a case of a plan. A reason without an answer of its own does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields, default)
)]
#[allow(clippy::exhaustive_structs, reason = "a new reason needs a decision in every plan")]
pub struct Reasons {
    /// Had it done elsewhere.
    pub done_elsewhere: ReasonAnswer,
    /// Does this work himself.
    pub does_own_service: ReasonAnswer,
    /// Too expensive.
    pub price: ReasonAnswer,
    /// No time today.
    pub time: ReasonAnswer,
    /// Does not believe that it is needed.
    pub trust: ReasonAnswer,
    /// Parts were not there.
    pub parts: ReasonAnswer,
    /// Is about to sell or trade in the vehicle.
    pub selling_vehicle: ReasonAnswer,
    /// How long [`ReasonAnswer::Wait`] waits, in days, 0 to 365; 0 where nothing waits.
    pub wait_days: u32,
}

impl Reasons {
    /// What `reason` does.
    #[must_use]
    pub const fn answer(&self, reason: DeclineReason) -> ReasonAnswer {
        match reason {
            DeclineReason::DoneElsewhere => self.done_elsewhere,
            DeclineReason::DoesOwnService => self.does_own_service,
            DeclineReason::Price => self.price,
            DeclineReason::Time => self.time,
            DeclineReason::Trust => self.trust,
            DeclineReason::Parts => self.parts,
            DeclineReason::SellingVehicle => self.selling_vehicle,
            DeclineReason::NoReasonGiven | DeclineReason::Other | DeclineReason::NotTold => {
                ReasonAnswer::GoOn
            }
        }
    }

    /// Whether any reason waits.
    #[must_use]
    pub fn waits(&self) -> bool {
        DeclineReason::ALL.iter().any(|reason| self.answer(*reason) == ReasonAnswer::Wait)
    }
}

/// Why a case goes to a person of the dealership.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "a scorecard counts every one")]
pub enum HandOver {
    /// The customer is angry.
    Angry,
    /// The question is more than a message can answer.
    Complex,
    /// He objects to the price.
    Price,
    /// He spoke of several vehicles.
    SeveralVehicles,
    /// He asked for a person, or a person took the case.
    #[default]
    Asked,
}

impl HandOver {
    /// Every one.
    pub const ALL: &'static [Self] =
        &[Self::Angry, Self::Complex, Self::Price, Self::SeveralVehicles, Self::Asked];

    /// The word in files and events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Angry => "angry",
            Self::Complex => "complex",
            Self::Price => "price",
            Self::SeveralVehicles => "several_vehicles",
            Self::Asked => "asked",
        }
    }
}
