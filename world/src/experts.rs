//! Experts whose preferences are known, and stores that drift: what the score is validated, fitted and watched against.
//!
//! ```
//! use fixedops_world::experts::{ExpertKind, Experts, Quarter};
//! let experts = Experts::shipped();
//! let quarter = Quarter { seed: 1, rooftop: 0, vehicles: 40, quarter: 0 };
//! let inspections = experts.inspections(&quarter, None)?;
//! let expert = experts.expert(ExpertKind::HistoryFirst)?;
//! let first = expert.first(1, &inspections[0]);
//! assert!(first.len() <= 3);
//! assert_eq!(first, expert.first(1, &inspections[0]), "the same mood at the same seed");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use core::fmt;

use fixedops_mpi_score::{CustomerFit, PartWeights, Sheet, VehicleHistory, Weights, score};
use fixedops_vocab::IdError;
use serde::Deserialize;

use crate::draw::Draw;
use crate::parameters::{Amount, Parameters, ParametersError, Share, figure};
use crate::world::World;

/// Names the draws of moods.
const DRAWS: &str = "store-world-experts/1";

/// What an expert looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "an expert is of one of these kinds")]
pub enum ExpertKind {
    /// Thinks as the shipped weights do.
    AsShipped,
    /// What was declined and is overdue, before what is dangerous.
    HistoryFirst,
    /// What costs little first.
    CheapFirst,
    /// What leaves a car standing first.
    StrandsFirst,
}

impl ExpertKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::AsShipped, Self::HistoryFirst, Self::CheapFirst, Self::StrandsFirst];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AsShipped => "as_shipped",
            Self::HistoryFirst => "history_first",
            Self::CheapFirst => "cheap_first",
            Self::StrandsFirst => "strands_first",
        }
    }
}

impl fmt::Display for ExpertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a store has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "a store drifts in one of these ways")]
pub enum Drift {
    /// Customers approve less of what is recommended.
    MoreDeclined,
    /// Prices are higher.
    Dearer,
    /// Technicians mark less.
    FewerFlagged,
    /// Cars come later for their oil.
    ComeLater,
}

impl Drift {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::MoreDeclined, Self::Dearer, Self::FewerFlagged, Self::ComeLater];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MoreDeclined => "more_declined",
            Self::Dearer => "dearer",
            Self::FewerFlagged => "fewer_flagged",
            Self::ComeLater => "come_later",
        }
    }
}

/// What the world does not live through and an inspection needs.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::exhaustive_structs, reason = "experts.toml says what each is")]
pub struct Customers {
    /// Who can pay over time.
    pub financing: Share,
    /// Years of a car's life that a warranty binds it to the store.
    pub contract_years: Amount,
}

/// One kind of expert, as written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::exhaustive_structs, reason = "experts.toml says what each is")]
pub struct ExpertParameters {
    /// Which.
    pub kind: ExpertKind,
    /// What the three parts weigh with him.
    pub parts: PartWeights,
    /// What a decline weighs inside history, where it is not as shipped.
    #[serde(default)]
    pub declined_weight: Option<u16>,
    /// Sections that count as dangerous as can be.
    #[serde(default)]
    pub first: Vec<String>,
    /// What is left of the danger of the other sections, where it is not all.
    #[serde(default)]
    pub others: Option<Share>,
    /// The size of his moods, in hundredths of the score.
    pub mood: Amount,
    /// Where it comes from.
    pub source: String,
}

/// One kind of drift, as written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::exhaustive_structs, reason = "experts.toml says what each is")]
pub struct DriftParameters {
    /// Which.
    pub kind: Drift,
    /// What it multiplies with.
    pub factor: f64,
    /// Where it comes from.
    pub source: String,
}

/// The experts and drifts there are: every figure with its source, read from TOML and checked at the door.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::exhaustive_structs, reason = "each group says what it is")]
pub struct Experts {
    /// Name and version.
    pub version: String,
    /// What the world does not live through.
    pub customers: Customers,
    /// The experts, one of each kind.
    #[serde(rename = "expert")]
    pub experts: Vec<ExpertParameters>,
    /// The drifts, one of each kind.
    #[serde(rename = "drift")]
    pub drifts: Vec<DriftParameters>,
}

/// A calendar quarter of a simulated store. Each is lived through by cars of its own: the fleet neither ages nor is it
/// remembered from one quarter to the next, so that a steady store stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by callers, field by field")]
pub struct Quarter {
    /// Seed of every draw.
    pub seed: u64,
    /// Which store, from 0.
    pub rooftop: u32,
    /// Cars of the store.
    pub vehicles: u32,
    /// Which quarter, from 0: the first of 2027.
    pub quarter: u32,
}

/// An inspection, with what the store knew of car and customer when it was made.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "three things the score reads")]
pub struct Inspected {
    /// The inspection.
    pub sheet: Sheet,
    /// What the store knew of the car.
    pub history: VehicleHistory,
    /// What it knew of the customer.
    pub fit: CustomerFit,
}

/// An expert: his preference, and his moods.
#[derive(Clone, Debug, PartialEq)]
pub struct Expert {
    kind: ExpertKind,
    weights: Weights,
    mood: f64,
}

impl Experts {
    /// Reads and checks experts.
    ///
    /// # Errors
    /// [`ParametersError`] names the figure or the line.
    pub fn from_toml(text: &str) -> Result<Self, ParametersError> {
        let experts: Self = toml::from_str(text).map_err(|error| ParametersError::Toml(error.to_string()))?;
        experts.check()?;
        Ok(experts)
    }

    /// The shipped ones.
    ///
    /// # Panics
    /// Never: a test reads them.
    #[must_use]
    pub fn shipped() -> Self {
        #[allow(clippy::panic, reason = "shipped with the crate and read by its tests")]
        Self::from_toml(include_str!("../experts.toml"))
            .unwrap_or_else(|error| panic!("shipped experts: {error}"))
    }

    fn check(&self) -> Result<(), ParametersError> {
        if self.experts.len() > ExpertKind::ALL.len() || self.drifts.len() > Drift::ALL.len() {
            return Err(ParametersError::OutOfRange("the number of experts or drifts".to_owned()));
        }
        figure("customers.financing", &self.customers.financing)?;
        figure("customers.contract_years", &self.customers.contract_years)?;
        for kind in ExpertKind::ALL {
            let one = self.one(kind)?;
            figure(&format!("{kind}.mood"), &one.mood)?;
            one.others.iter().try_for_each(|others| figure(&format!("{kind}.others"), others))?;
            if one.source.trim().is_empty() {
                return Err(ParametersError::NoSource(kind.to_string()));
            }
            one.preference()?;
        }
        for kind in Drift::ALL {
            let drift = self.drift(kind)?;
            if !(0.0..=10.0).contains(&drift.factor) {
                return Err(ParametersError::OutOfRange(format!("{}.factor", kind.as_str())));
            }
            if drift.source.trim().is_empty() {
                return Err(ParametersError::NoSource(kind.as_str().to_owned()));
            }
        }
        Ok(())
    }

    fn one(&self, kind: ExpertKind) -> Result<&ExpertParameters, ParametersError> {
        self.experts.iter().find(|one| one.kind == kind).ok_or(ParametersError::Empty(kind.as_str()))
    }

    fn drift(&self, kind: Drift) -> Result<&DriftParameters, ParametersError> {
        self.drifts.iter().find(|one| one.kind == kind).ok_or(ParametersError::Empty(kind.as_str()))
    }

    /// The expert of a kind.
    ///
    /// # Errors
    /// [`ParametersError`] where these are not checked and have none.
    pub fn expert(&self, kind: ExpertKind) -> Result<Expert, ParametersError> {
        let one = self.one(kind)?;
        Ok(Expert { kind, weights: one.preference()?, mood: one.mood.value })
    }

    /// The inspections completed in a quarter, in the order of time; drifted, as if the store had always been so.
    ///
    /// What is found follows from the cars' true wear. The history is what the store has seen: orders before its import
    /// and what was done elsewhere are not in it, and a service of which it knows nothing has no miles. Miles are the true
    /// ones, and spend and visits are of the car, not of all cars of its owner.
    ///
    /// # Errors
    /// [`IdError`] where an id would be too long.
    pub fn inspections(&self, quarter: &Quarter, drift: Option<Drift>) -> Result<Vec<Inspected>, IdError> {
        let mut parameters = Parameters::shipped();
        if let Some(drift) = drift.and_then(|kind| self.drift(kind).ok()) {
            drift.bring_into(&mut parameters);
        }
        World::of_quarter(parameters, quarter).inspected(&self.customers, quarter)
    }
}

impl ExpertParameters {
    /// The shipped weights, with his own in their place.
    fn preference(&self) -> Result<Weights, ParametersError> {
        let mut draft = Weights::shipped().table().clone();
        draft.parts = self.parts;
        draft.history.declined_weight = self.declined_weight.unwrap_or(draft.history.declined_weight);
        if let Some(name) =
            self.first.iter().find(|name| !draft.section.iter().any(|section| section.name == **name))
        {
            return Err(ParametersError::OutOfRange(format!("{}.first: section {name:?}", self.kind)));
        }
        let others = self.others.as_ref().map_or(1.0, |others| others.value);
        for section in &mut draft.section {
            if self.first.contains(&section.name) {
                section.danger = 10_000;
            } else {
                // A share of at most 10,000.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let danger = (f64::from(section.danger) * others) as u16;
                section.danger = danger;
            }
        }
        Weights::new(draft).map_err(|error| ParametersError::OutOfRange(format!("{}: {error}", self.kind)))
    }
}

impl DriftParameters {
    fn bring_into(&self, p: &mut Parameters) {
        let by = |value: &mut f64| *value *= self.factor;
        let answers = &mut p.answers;
        match self.kind {
            Drift::MoreDeclined => [
                &mut answers.red_few,
                &mut answers.red_some,
                &mut answers.red_many,
                &mut answers.yellow_few,
                &mut answers.yellow_some,
                &mut answers.yellow_many,
            ]
            .into_iter()
            .for_each(|share| by(&mut share.value)),
            Drift::Dearer => p.operations.iter_mut().for_each(|operation| {
                // A price is far inside the range.
                #[allow(clippy::cast_possible_truncation)]
                let cents = (f64::from(operation.cents) * self.factor).round() as i32;
                operation.cents = cents;
            }),
            Drift::FewerFlagged => {
                for law in p.operations.iter_mut().filter_map(|operation| operation.wear.as_mut()) {
                    law.yellow = law.red + (law.yellow - law.red) * self.factor;
                }
            }
            Drift::ComeLater => {
                by(&mut p.oil.miles.value);
                by(&mut p.oil.months.value);
            }
        }
    }
}

impl Expert {
    /// What he would rank by without a mood.
    #[must_use]
    pub const fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The same expert with moods of another size, in hundredths of the score.
    #[must_use]
    pub fn with_mood(mut self, hundredths: f64) -> Self {
        self.mood = hundredths;
        self
    }

    /// The findings he would show first, at most three. His mood at each finding is a draw named by seed, kind, inspection
    /// and finding.
    #[must_use]
    pub fn first(&self, seed: u64, inspected: &Inspected) -> Vec<String> {
        let Inspected { sheet, history, fit } = inspected;
        let draw = Draw::new(DRAWS, seed, 0)
            .under(self.kind.as_str(), 0)
            .under(sheet.inspection.inspection.as_str(), 0);
        let ranking = score(&sheet.inspection, history, fit, &self.weights);
        let mut liked: Vec<(bool, f64, String)> = ranking
            .findings
            .into_iter()
            .map(|ranked| {
                let mood = gumbel(draw.unit(&ranked.finding, 0));
                (
                    ranked.floored,
                    f64::from(ranked.score.get()) / 1e4 + self.mood / 100.0 * mood,
                    ranked.finding,
                )
            })
            .collect();
        liked.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)));
        liked.truncate(3);
        liked.into_iter().map(|(.., finding)| finding).collect()
    }
}

/// A draw of the standard Gumbel distribution: with it in every score, the order chosen is that of a Plackett-Luce model.
fn gumbel(unit: f64) -> f64 {
    -libm::log(-libm::log(unit.clamp(1e-12, 1.0 - 1e-12)))
}
