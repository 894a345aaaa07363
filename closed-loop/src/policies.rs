use std::collections::BTreeMap;

use fixedops_consent::RuleBook;
use fixedops_mpi_score::{GatePolicy, WearPolicy, Weights};
use fixedops_odometer_core::{DuePolicy, Model, OpCodes, Schedule};
use fixedops_recovery::{Plans, Templates};
use fixedops_vocab::PolicyVersion;

use crate::trial::TrialPolicy;
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
    /// Which share of the households of a programme is left alone, and which plans are tried side by side: in force where
    /// the engine has a key to place them under ([`crate::Engine::with_control_key`]).
    pub controls: fixedops_attribution::Controls,
    /// For how long what a household does counts: so long it keeps its place.
    pub trial: TrialPolicy,
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
            controls: fixedops_attribution::Controls::shipped(),
            trial: TrialPolicy::shipped(),
            op_codes: OpCodes::shipped(),
            gate: GatePolicy::shipped(),
            weights: Weights::shipped(),
            wear: WearPolicy::shipped(),
            decline_reasons: DeclineReasons::shipped(),
            dispositions: Dispositions::shipped(),
            doors: Doors::shipped(),
        }
    }

    /// These policies with the plans chosen that `recorded` names, as `store_configured` has them: what a journal was decided
    /// by. A programme it does not name opens no case.
    ///
    /// # Errors
    /// The names and versions that are not among these policies: what was decided by them cannot be decided again.
    pub fn as_recorded(
        mut self,
        recorded: &BTreeMap<String, PolicyVersion>,
    ) -> Result<Self, Vec<(String, PolicyVersion)>> {
        let programs: Vec<_> = self.plans.iter().map(|plan| plan.program().clone()).collect();
        for program in programs {
            let (alone, beside) = (format!("plan/{program}"), format!("plan/{program}/"));
            if !recorded.keys().any(|name| *name == alone || name.starts_with(&beside)) {
                self.plans.close(&program);
            }
        }
        // The plan that stands for its programme alone is chosen behind those of its other triggers.
        let mut plans: Vec<_> = recorded.iter().filter(|(name, _)| name.starts_with("plan/")).collect();
        plans.sort_by_key(|(name, _)| core::cmp::Reverse(name.matches('/').count()));
        for (_, version) in plans {
            self.plans.choose(version);
        }
        let here = self.versions();
        let other: Vec<_> = recorded
            .iter()
            .filter(|(name, version)| here.get(*name) != Some(version))
            .map(|(name, version)| (name.clone(), version.clone()))
            .collect();
        if other.is_empty() { Ok(self) } else { Err(other) }
    }

    /// What is in force: name to version, as `store_configured` records it.
    #[must_use]
    pub fn versions(&self) -> BTreeMap<String, PolicyVersion> {
        let mut versions = BTreeMap::from([
            ("attribution".to_owned(), self.attribution.version().clone()),
            ("controls".to_owned(), self.controls.version().clone()),
            ("decline_reasons".to_owned(), self.decline_reasons.version().clone()),
            ("dispositions".to_owned(), self.dispositions.version().clone()),
            ("doors".to_owned(), self.doors.version().clone()),
            ("due".to_owned(), self.due.version().clone()),
            ("gate".to_owned(), self.gate.version().clone()),
            ("model".to_owned(), self.model.version().clone()),
            ("op_codes".to_owned(), self.op_codes.version().clone()),
            ("rule_book".to_owned(), self.rule_book.version().clone()),
            ("trial".to_owned(), self.trial.version().clone()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plans_of_a_journal_are_chosen_again_and_versions_that_are_not_here_are_named() {
        let mut used = Policies::shipped();
        assert!(used.plans.choose(&"declined_recovery_warm/1".parse().unwrap()));
        used.plans.close(&"tire_offer".parse().unwrap());
        let again = Policies::shipped().as_recorded(&used.versions()).unwrap();
        assert_eq!(again.versions(), used.versions());
        assert_ne!(again.versions(), Policies::shipped().versions());

        let mut recorded = Policies::shipped().versions();
        recorded.insert("gate".to_owned(), "mpi_gate/0".parse().unwrap());
        recorded.insert("plan/first_service".to_owned(), "first_service/0".parse().unwrap());
        let missing = Policies::shipped().as_recorded(&recorded).unwrap_err();
        let missing: Vec<_> = missing.iter().map(|(name, version)| format!("{name} {version}")).collect();
        assert_eq!(missing, ["gate mpi_gate/0", "plan/first_service first_service/0"]);
    }
}
