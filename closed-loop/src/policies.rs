use std::collections::BTreeMap;

use fixedops_consent::RuleBook;
use fixedops_mpi_score::GatePolicy;
use fixedops_odometer_core::{Model, Schedule};
use fixedops_recovery::{Plans, Templates};
use fixedops_vocab::{OpCode, PolicyVersion, ServiceId};
use serde::Deserialize;

use crate::{DeclineReasons, Dispositions};

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
    /// The mileage model.
    pub model: Model,
    /// Credits.
    pub attribution: fixedops_attribution::Policy,
    /// Operation codes to services.
    pub op_codes: OpCodes,
    /// What a complete inspection needs.
    pub gate: GatePolicy,
    /// Why customers decline.
    pub decline_reasons: DeclineReasons,
    /// What is written to a customer's record when a follow-up ends.
    pub dispositions: Dispositions,
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
            model: Model::shipped(),
            attribution: fixedops_attribution::Policy::shipped(),
            op_codes: OpCodes::shipped(),
            gate: GatePolicy::shipped(),
            decline_reasons: DeclineReasons::shipped(),
            dispositions: Dispositions::shipped(),
        }
    }

    /// What is in force: name to version, as `store_configured` records it.
    #[must_use]
    pub fn versions(&self) -> BTreeMap<String, PolicyVersion> {
        let mut versions = BTreeMap::from([
            ("attribution".to_owned(), self.attribution.version().clone()),
            ("decline_reasons".to_owned(), self.decline_reasons.version().clone()),
            ("dispositions".to_owned(), self.dispositions.version().clone()),
            ("gate".to_owned(), self.gate.version().clone()),
            ("model".to_owned(), self.model.version().clone()),
            ("op_codes".to_owned(), self.op_codes.version.clone()),
            ("rule_book".to_owned(), self.rule_book.version().clone()),
            ("schedule".to_owned(), self.schedule.version().clone()),
        ]);
        for plan in self.plans.iter() {
            versions.insert(format!("plan/{}", plan.program()), plan.version().clone());
        }
        versions
    }
}

/// Which service of the schedule an operation code stands for. Codes differ by dealer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpCodes {
    version: PolicyVersion,
    #[serde(rename = "effective")]
    _effective: toml::value::Datetime,
    #[serde(rename = "source")]
    _source: String,
    codes: BTreeMap<OpCode, ServiceId>,
}

impl OpCodes {
    /// The sample map.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the embedded file is read by a test")]
    pub fn shipped() -> Self {
        Self::from_toml(include_str!("../policies/op_codes.toml"))
            .expect("the embedded map is read by a test")
    }

    /// A store's own map.
    ///
    /// # Errors
    /// The reader's own words, with line and reason.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> &PolicyVersion {
        &self.version
    }

    /// The service `code` stands for.
    #[must_use]
    pub fn service(&self, code: &OpCode) -> Option<&ServiceId> {
        self.codes.get(code)
    }

    /// Codes that stand for `service`.
    pub fn codes_of<'a>(&'a self, service: &'a ServiceId) -> impl Iterator<Item = &'a OpCode> {
        self.codes.iter().filter(move |(_, known)| *known == service).map(|(code, _)| code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_map_reads_and_names_services_of_the_shipped_schedule() {
        let (codes, schedule) = (OpCodes::shipped(), Schedule::shipped());
        for (code, service) in &codes.codes {
            assert!(
                schedule.rule(service).is_some(),
                "{code} stands for {service}, which the schedule does not know"
            );
        }
    }

    #[test]
    fn a_map_with_a_wrong_service_is_refused_with_its_line() {
        let error = OpCodes::from_toml(
            "version = \"v\"\neffective = 2026-01-01\nsource = \"s\"\n[codes]\nLOF = \"Oil Service\"\n",
        )
        .unwrap_err();
        assert!(error.to_string().contains("line 5"), "{error}");
    }
}
