use std::collections::BTreeMap;

use fixedops_consent::RuleBook;
use fixedops_mpi_score::{GatePolicy, WearPolicy, Weights};
use fixedops_odometer_core::{DuePolicy, Model, OpCodes, Schedule};
use fixedops_recovery::{Plans, Templates};
use fixedops_vocab::PolicyVersion;

use crate::{DeclineReasons, Dispositions, Doors};

/// Every policy the loop decides by. All are versioned data; the shipped ones are embedded.
#[derive(Debug)]
pub struct Policies {
    /// Consent.
    pub rule_book: RuleBook,
    /// Sequences.
    pub plans: Plans,
    /// Their words.
    pub templates: Templates,
    /// Intervals.
    pub schedule: Schedule,
    /// What counts as new, and what is done on one visit.
    pub due: DuePolicy,
    /// The mileage model.
    pub model: Model,
    /// Credits.
    pub attribution: fixedops_attribution::Policy,
    /// Operation codes to services.
    pub op_codes: OpCodes,
    /// What a complete inspection needs.
    pub gate: GatePolicy,
    /// What measurements mean.
    pub weights: Weights,
    /// How fast parts wear.
    pub wear: WearPolicy,
    /// Why customers decline.
    pub decline_reasons: DeclineReasons,
    /// What is written to a customer's record when a follow-up ends.
    pub dispositions: Dispositions,
    /// When programmes open besides a crossing and a decline, and when a person takes over.
    pub doors: Doors,
}

impl Policies {
    /// The shipped defaults.
    ///
    /// ```
    /// use fixedops_closed_loop::Policies;
    /// let versions = Policies::shipped().versions();
    /// assert!(versions.contains_key("rule_book") && versions.contains_key("plan/mileage_due"));
    /// ```
    #[must_use]
    pub fn shipped() -> Self {
        Self {
            rule_book: RuleBook::shipped(),
            plans: Plans::shipped(),
            templates: Templates::shipped(),
            schedule: Schedule::shipped(),
            due: DuePolicy::shipped(),
            model: Model::shipped(),
            attribution: fixedops_attribution::Policy::shipped(),
            op_codes: OpCodes::shipped(),
            gate: GatePolicy::shipped(),
            weights: Weights::shipped(),
            wear: WearPolicy::shipped(),
            decline_reasons: DeclineReasons::shipped(),
            dispositions: Dispositions::shipped(),
            doors: Doors::shipped(),
        }
    }

    /// What is in force: name to version, as `store_configured` records it.
    #[must_use]
    pub fn versions(&self) -> BTreeMap<String, PolicyVersion> {
        let mut versions = BTreeMap::from([
            ("attribution".to_owned(), self.attribution.version().clone()),
            ("decline_reasons".to_owned(), self.decline_reasons.version().clone()),
            ("dispositions".to_owned(), self.dispositions.version().clone()),
            ("doors".to_owned(), self.doors.version().clone()),
            ("due".to_owned(), self.due.version().clone()),
            ("gate".to_owned(), self.gate.version().clone()),
            ("model".to_owned(), self.model.version().clone()),
            ("op_codes".to_owned(), self.op_codes.version().clone()),
            ("rule_book".to_owned(), self.rule_book.version().clone()),
            ("wear".to_owned(), self.wear.version().clone()),
            ("weights".to_owned(), self.weights.version().clone()),
            ("schedule".to_owned(), self.schedule.version().clone()),
        ]);
        for plan in self.plans.iter().filter(|plan| self.plans.is_chosen(plan)) {
            // A recall with its remedy and one without have each their plan.
            let alone =
                self.plans.for_program(plan.program()).is_some_and(|chosen| chosen.key() == plan.key());
            let name = if alone {
                format!("plan/{}", plan.program())
            } else {
                format!("plan/{}/{}", plan.program(), plan.opened_by().as_str())
            };
            versions.insert(name, plan.version().clone());
        }
        versions
    }
}
