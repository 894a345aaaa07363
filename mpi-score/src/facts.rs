use fixedops_vocab::{Miles, Money, ServiceId};

/// What is known of the vehicle's service history. What is not known is left out, never guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct VehicleHistory {
    /// By service; of two entries for one service the first counts.
    pub services: Vec<ServiceHistory>,
}

impl VehicleHistory {
    /// What is known about one service.
    #[must_use]
    pub fn of(&self, service: &ServiceId) -> Option<&ServiceHistory> {
        self.services.iter().find(|history| history.service == *service)
    }
}

/// What is known about one service of the vehicle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct ServiceHistory {
    /// The service.
    pub service: ServiceId,
    /// Miles since it was last done.
    #[cfg_attr(feature = "serde", serde(default))]
    pub miles_since: Option<Miles>,
    /// Its interval in miles.
    #[cfg_attr(feature = "serde", serde(default))]
    pub interval: Option<Miles>,
    /// How many times in a row it was due and not done.
    #[cfg_attr(feature = "serde", serde(default))]
    pub missed: Option<u32>,
    /// Whether the customer declined it before.
    #[cfg_attr(feature = "serde", serde(default))]
    pub declined: Option<Declined>,
}

/// Whether a service was declined before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(clippy::exhaustive_enums, reason = "it was, or it was not")]
pub enum Declined {
    /// Never.
    Never,
    /// So many days ago, the first time it has stayed open since.
    DaysAgo(u32),
}

/// What is known of the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct CustomerFit {
    /// What he spent here in the last twelve months.
    #[cfg_attr(feature = "serde", serde(default))]
    pub annual_spend: Option<Money>,
    /// His visits in the last twelve months.
    #[cfg_attr(feature = "serde", serde(default))]
    pub visits: Option<u32>,
    /// Whether a warranty or service contract binds the car to this shop.
    #[cfg_attr(feature = "serde", serde(default))]
    pub warranty: Option<bool>,
    /// Whether he can pay over time here.
    #[cfg_attr(feature = "serde", serde(default))]
    pub financing: Option<bool>,
}
