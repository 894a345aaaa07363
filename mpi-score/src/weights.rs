use chrono::NaiveDate;
use fixedops_vocab::{InspectionCode, PolicyVersion};

use crate::inspection::same_section;
use crate::policy::policy_doors;
use crate::{Curve, Limit, Points, PolicyError};

/// The weights and tables of the score, as written: [`Weights::new`] checks them. Shares are ten-thousandths.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct WeightsDraft {
    /// Name and version, as every ranking cites it.
    pub version: PolicyVersion,
    /// From when.
    #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::policy::date"))]
    pub effective: NaiveDate,
    /// Where the weights come from.
    pub source: String,
    /// How many findings stand above the fold, if so many were found.
    pub above_fold: u8,
    /// Whether a finding at a safety limit stands above the fold whatever its score.
    pub safety_floor: bool,
    /// What the three parts weigh; together 10,000.
    pub parts: PartWeights,
    /// How bad a colour is by itself.
    pub code: CodePoints,
    /// How much a fault of each section endangers people.
    pub section: Vec<SectionWeight>,
    /// For a section that is not in the table.
    pub other_section: u16,
    /// Whether a red finding of such a section stands above the fold whatever its score: nobody knows that it is harmless.
    #[cfg_attr(feature = "serde", serde(default))]
    pub other_floor_on_red: bool,
    /// What measurements mean.
    pub limit: Vec<Limit>,
    /// The tables of vehicle history.
    pub history: HistoryTable,
    /// The tables of customer fit.
    pub fit: FitTable,
}

/// What the three parts weigh, in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "there are three parts")]
pub struct PartWeights {
    /// Safety.
    pub safety: u16,
    /// Vehicle history.
    pub history: u16,
    /// Customer fit.
    pub fit: u16,
}

/// How bad a colour is by itself, in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "a traffic light has three colours")]
pub struct CodePoints {
    /// Green.
    pub green: u16,
    /// Yellow.
    pub yellow: u16,
    /// Red.
    pub red: u16,
}

/// How much a fault of a section endangers people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct SectionWeight {
    /// The section; compared without regard to case and to blanks around it.
    pub name: String,
    /// In ten-thousandths.
    pub danger: u16,
    /// Whether a red finding of it stands above the fold whatever its score.
    pub floor_on_red: bool,
}

/// The tables of vehicle history. The weights are relative to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct HistoryTable {
    /// Weight of the miles since the last service.
    pub miles_weight: u16,
    /// By ten-thousandths of the interval driven.
    pub miles: Curve,
    /// Weight of missed services.
    pub missed_weight: u16,
    /// By how many.
    pub missed: Curve,
    /// Weight of an earlier decline.
    pub declined_weight: u16,
    /// By how many days ago.
    pub declined: Curve,
}

/// The tables of customer fit. The weights are relative to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct FitTable {
    /// Weight of annual spend.
    pub spend_weight: u16,
    /// By cents.
    pub spend: Curve,
    /// Weight of visits.
    pub visits_weight: u16,
    /// By visits a year.
    pub visits: Curve,
    /// Weight of a warranty or contract: all of it with one, nothing without.
    pub warranty_weight: u16,
    /// Weight of financing: all of it with, nothing without.
    pub financing_weight: u16,
    /// Weight of the price.
    pub price_weight: u16,
    /// By ten-thousandths of annual spend; it falls.
    pub price: Curve,
}

/// Checked weights and tables: versioned, and every table monotone.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights(WeightsDraft);

impl Weights {
    /// Checks weights.
    ///
    /// # Errors
    /// [`PolicyError`] naming the field of the first fault.
    pub fn new(draft: WeightsDraft) -> Result<Self, PolicyError> {
        check(&draft).map(|()| Self(draft))
    }

    pub(crate) fn code(&self, code: InspectionCode) -> Points {
        Points::clamped(i128::from(match code {
            InspectionCode::Green => self.0.code.green,
            InspectionCode::Yellow => self.0.code.yellow,
            InspectionCode::Red => self.0.code.red,
        }))
    }

    pub(crate) fn section(&self, name: &str) -> Option<&SectionWeight> {
        self.0.section.iter().find(|section| same_section(&section.name, name))
    }

    /// Whether a red finding of this section stands above the fold whatever its score.
    pub(crate) fn floors_red(&self, section: Option<&SectionWeight>) -> bool {
        section.map_or(self.0.other_floor_on_red, |section| section.floor_on_red)
    }

    /// Whether something is measured in this section that has a limit.
    pub(crate) fn measures(&self, section: &str) -> bool {
        self.0.limit.iter().filter_map(|limit| limit.section.as_deref()).any(|of| same_section(of, section))
    }

    pub(crate) fn limit(&self, name: &str) -> Option<&Limit> {
        self.0.limit.iter().find(|limit| limit.name == name)
    }
}

policy_doors!(Weights(WeightsDraft) in 0, shipped "weights_40_30_30.toml");

fn check(draft: &WeightsDraft) -> Result<(), PolicyError> {
    let PartWeights { safety, history, fit } = draft.parts;
    let sum = u32::from(safety) + u32::from(history) + u32::from(fit);
    if sum != 10_000 {
        return Err(PolicyError::at("parts", format!("weights sum to {sum}, not to 10000")));
    }
    if draft.above_fold == 0 {
        return Err(PolicyError::at("above_fold", "is 0"));
    }
    let CodePoints { green, yellow, red } = draft.code;
    if !(green <= yellow && yellow <= red && red <= 10_000) {
        return Err(PolicyError::at("code", "green, yellow and red do not rise within 0 to 10000"));
    }
    for (index, section) in draft.section.iter().enumerate() {
        let at = |reason: &str| Err(PolicyError::at(format!("section[{index}] {:?}", section.name), reason));
        if section.danger > 10_000 {
            return at("danger is above 10000");
        }
        if draft.section.iter().take(index).any(|earlier| same_section(&earlier.name, &section.name)) {
            return at("is there twice");
        }
    }
    if draft.other_section > 10_000 {
        return Err(PolicyError::at("other_section", "is above 10000"));
    }
    for (index, limit) in draft.limit.iter().enumerate() {
        let at = |reason: &str| Err(PolicyError::at(format!("limit[{index}] {:?}", limit.name), reason));
        if !limit.in_order() {
            return at("fresh, caution and limit are not in order, or beyond most");
        }
        if !(-1e9..=0.0).contains(&limit.least) {
            return at("least is above 0, or no number");
        }
        if limit.source.trim().is_empty() || limit.confidence.trim().is_empty() {
            return at("has no source or no confidence");
        }
        let known = |name: &String| draft.section.iter().any(|section| same_section(&section.name, name));
        if limit.section.as_ref().is_some_and(|name| !known(name)) {
            return at("is measured in a section that is not there");
        }
        if draft.limit.iter().take(index).any(|earlier| earlier.name == limit.name) {
            return at("is there twice");
        }
    }
    let HistoryTable { miles, missed, declined, .. } = &draft.history;
    let FitTable { spend, visits, price, .. } = &draft.fit;
    for (field, curve, rises) in [
        ("history.miles", miles, true),
        ("history.missed", missed, true),
        ("history.declined", declined, true),
        ("fit.spend", spend, true),
        ("fit.visits", visits, true),
        ("fit.price", price, false),
    ] {
        if curve.rises() != rises {
            return Err(PolicyError::at(field, if rises { "does not rise" } else { "does not fall" }));
        }
    }
    Ok(())
}
