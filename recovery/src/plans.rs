use fixedops_vocab::{PolicyVersion, ProgramId};

use crate::{Plan, PlanError, PlanKey, Trigger};

/// The plans a store runs on: every version an open case may name, and for each programme the one new cases open on.
#[derive(Clone, Debug, PartialEq)]
pub struct Plans(Vec<Plan>);

impl Plans {
    /// The plans of this crate.
    #[must_use]
    pub fn shipped() -> Self {
        let read = |text| Plan::from_toml(text).expect("shipped plans are read by this crate's tests");
        Self(vec![
            read(include_str!("../plans/mileage_due.toml")),
            read(include_str!("../plans/declined_recovery_30_60_90_120.toml")),
        ])
    }

    /// No plan at all.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Adds a store's own plan. It becomes the one of its programme; earlier versions stay for their open cases.
    ///
    /// # Errors
    /// The plan is handed back where another of the same version is there and differs: a plan never changes.
    pub fn add(&mut self, plan: Plan) -> Result<(), Box<Plan>> {
        match self.plan(plan.version()) {
            Some(known) if *known == plan => Ok(()),
            Some(_) => Err(Box::new(plan)),
            None => {
                self.0.push(plan);
                Ok(())
            }
        }
    }

    /// Reads and adds a store's own plan.
    ///
    /// # Errors
    /// [`PlanError`] where the text is no plan, or another plan has its version.
    pub fn add_toml(&mut self, text: &str) -> Result<(), PlanError> {
        let plan = Plan::from_toml(text)?;
        self.add(plan).map_err(|plan| PlanError {
            place: crate::Place { touch: None, field: "version", line: None },
            fault: crate::PlanFault::Unreadable(format!("another plan has the version {}", plan.version())),
        })
    }

    /// The plan of that version.
    #[must_use]
    pub fn plan(&self, version: &PolicyVersion) -> Option<&Plan> {
        self.0.iter().find(|plan| plan.version() == version)
    }

    /// The plan new cases of a programme open on: the last one added.
    #[must_use]
    pub fn for_program(&self, program: &ProgramId) -> Option<&Plan> {
        self.0.iter().rfind(|plan| plan.program() == program)
    }

    /// All of them, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Plan> {
        self.0.iter()
    }
}
