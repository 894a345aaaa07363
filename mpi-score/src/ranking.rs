use fixedops_vocab::{InspectionId, Money, PolicyVersion};

use crate::{Contributions, Part, Points, Reason, SetAside};

/// The findings of an inspection in the order a customer should see them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain answer")]
pub struct Ranking {
    /// The inspection.
    pub inspection: InspectionId,
    /// The weights it was scored with.
    pub weights: PolicyVersion,
    /// What needs doing, most important first.
    pub findings: Vec<Ranked>,
    /// How many of them stand above the fold: the policy's number, or more where more are at a safety limit.
    pub fold: usize,
    /// Safety recalls: free remedies, listed apart.
    pub recalls: Vec<Recall>,
    /// What is in order, in the order of the form.
    pub in_order: Vec<String>,
    /// What could not be scored, and why.
    pub set_aside: Vec<SetAside>,
}

impl Ranking {
    /// The findings above the fold.
    #[must_use]
    pub fn above_fold(&self) -> &[Ranked] {
        self.findings.get(..self.fold).unwrap_or(&self.findings)
    }
}

/// A finding with its rank and the reasons for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain answer")]
pub struct Ranked {
    /// The finding.
    pub finding: String,
    /// From 1.
    pub rank: u32,
    /// Between 0 and 1.
    pub score: Points,
    /// What each part adds; they sum to `score`.
    pub contributions: Contributions,
    /// Safety.
    pub safety: Part,
    /// The vehicle's history.
    pub history: Part,
    /// The customer.
    pub fit: Part,
    /// Whether a safety limit put it above the fold.
    pub floored: bool,
    /// Whether it stands above the fold.
    pub above_fold: bool,
    /// Why it stands here.
    pub reasons: Vec<Reason>,
    /// Its price.
    pub price: Option<Money>,
}

/// A safety recall of an inspection. It has no room for a price.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[allow(clippy::exhaustive_structs, reason = "a plain answer")]
pub struct Recall {
    /// The finding.
    pub finding: String,
    /// What it is about, in words.
    pub item: String,
    /// The technician's words.
    pub note: Option<String>,
}
