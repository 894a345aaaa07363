use fixedops_vocab::{PolicyVersion, ProgramId};

use crate::{Plan, PlanError, PlanKey, Trigger};

/// The plans a store runs on: every version an open case may name, and for each programme and trigger the one new cases
/// open on.
#[derive(Clone, Debug, PartialEq)]
pub struct Plans {
    plans: Vec<Plan>,
    /// Places of the plans that were chosen, the last choice for a programme and trigger counts.
    chosen: Vec<usize>,
}

/// The shipped plans, and behind them the versions they replace, which open cases may still name.
const SHIPPED: &[&str] = &[
    include_str!("../plans/declined_recovery_30_60_90_120.toml"),
    include_str!("../plans/declined_recovery_warm.toml"),
    include_str!("../plans/wear_timed_recovery.toml"),
    include_str!("../plans/mileage_due.toml"),
    include_str!("../plans/mileage_due_calendar.toml"),
    include_str!("../plans/first_service.toml"),
    include_str!("../plans/recall.toml"),
    include_str!("../plans/recall_without_remedy.toml"),
    include_str!("../plans/inspection_delivery.toml"),
    include_str!("../plans/appointment_reminder.toml"),
    include_str!("../plans/no_show_follow_up.toml"),
    include_str!("../plans/click_follow_up.toml"),
    include_str!("../plans/mileage_ask.toml"),
    include_str!("../plans/seasonal_offer.toml"),
    include_str!("../plans/tire_offer.toml"),
    include_str!("../plans/add_on_offer.toml"),
    include_str!("../plans/deferred_work.toml"),
    include_str!("../plans/retired/declined_recovery_30_60_90_120_1.toml"),
    include_str!("../plans/retired/mileage_due_1.toml"),
];

impl Plans {
    /// The plans of this crate.
    #[must_use]
    pub fn shipped() -> Self {
        let templates = crate::Templates::shipped();
        let read = |text: &&str| {
            Plan::from_toml_with(text, &templates).expect("shipped plans are read by this crate's tests")
        };
        let plans: Vec<Plan> = SHIPPED.iter().map(read).collect();
        let chosen = plans.iter().enumerate().filter(|(_, plan)| plan.is_standard());
        let chosen = chosen.map(|(place, _)| place).collect();
        Self { plans, chosen }
    }

    /// No plan at all.
    #[must_use]
    pub const fn none() -> Self {
        Self { plans: Vec::new(), chosen: Vec::new() }
    }

    /// Adds a store's own plan. It becomes the one of its programme and trigger; earlier versions stay for their open
    /// cases.
    ///
    /// # Errors
    /// The plan is handed back where another of the same version is there and differs (a plan never changes), or where
    /// another version has the same [`PlanKey`].
    pub fn add(&mut self, plan: Plan) -> Result<(), Box<Plan>> {
        match self.plans.iter().position(|known| known.key() == plan.key()) {
            Some(place) if self.plans.get(place) == Some(&plan) => {
                self.chosen.push(place);
                Ok(())
            }
            Some(_) => Err(Box::new(plan)),
            None => {
                self.chosen.push(self.plans.len());
                self.plans.push(plan);
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

    /// Makes a plan that is there the one of its programme and trigger. `false` where none has that version.
    ///
    /// ```
    /// use fixedops_recovery::Plans;
    /// let mut plans = Plans::shipped();
    /// assert!(plans.choose(&"declined_recovery_warm/1".parse()?));
    /// let plan = plans.for_program(&"declined_recovery".parse()?).expect("it ships");
    /// assert_eq!(plan.version().as_str(), "declined_recovery_warm/1");
    /// # Ok::<(), fixedops_vocab::IdError>(())
    /// ```
    pub fn choose(&mut self, version: &PolicyVersion) -> bool {
        let place = self.plans.iter().position(|plan| plan.version() == version);
        self.chosen.extend(place);
        place.is_some()
    }

    /// The plan that a programme ships with for a trigger, whatever was chosen since: of several versions the last.
    #[must_use]
    pub fn standard(&self, program: &ProgramId, trigger: Trigger) -> Option<&Plan> {
        let of =
            |plan: &&Plan| plan.program() == program && plan.opened_by() == trigger && plan.is_standard();
        self.plans.iter().filter(of).find(|plan| self.successor(plan.version()).is_none())
    }

    /// Opens no new case of a programme from here on; its plans stay for the cases that run on them.
    ///
    /// ```
    /// use fixedops_recovery::Plans;
    /// let mut plans = Plans::shipped();
    /// plans.close(&"declined_recovery".parse()?);
    /// assert!(plans.for_program(&"declined_recovery".parse()?).is_none());
    /// assert!(plans.plan(&"declined_recovery_warm/1".parse()?).is_some());
    /// # Ok::<(), fixedops_vocab::IdError>(())
    /// ```
    pub fn close(&mut self, program: &ProgramId) {
        let Self { plans, chosen, .. } = self;
        chosen.retain(|place| plans.get(*place).is_some_and(|plan| plan.program() != program));
    }

    /// The plan of that version.
    #[must_use]
    pub fn plan(&self, version: &PolicyVersion) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.version() == version)
    }

    /// The plan of that key.
    #[must_use]
    pub fn of_key(&self, key: PlanKey) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.key() == key)
    }

    /// The plan new cases of a programme open on: the one chosen last.
    #[must_use]
    pub fn for_program(&self, program: &ProgramId) -> Option<&Plan> {
        self.chosen_plans().find(|plan| plan.program() == program)
    }

    /// The plan new cases of a programme open on for a trigger, where it has several (a recall with and without its
    /// remedy).
    #[must_use]
    pub fn for_trigger(&self, program: &ProgramId, trigger: Trigger) -> Option<&Plan> {
        self.chosen_plans().find(|plan| plan.program() == program && plan.opened_by() == trigger)
    }

    /// The plan that replaces a version, for [`Case::migrate`](crate::Case::migrate).
    #[must_use]
    pub fn successor(&self, version: &PolicyVersion) -> Option<&Plan> {
        let replaces = |plan: &&Plan| plan.replaces().is_some_and(|replaces| replaces.plan == *version);
        self.chosen_plans().find(replaces).or_else(|| self.plans.iter().rfind(replaces))
    }

    /// Whether new cases open on a plan.
    #[must_use]
    pub fn is_chosen(&self, plan: &Plan) -> bool {
        self.for_trigger(plan.program(), plan.opened_by()).is_some_and(|chosen| chosen.key() == plan.key())
    }

    /// All of them, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Plan> {
        self.plans.iter()
    }

    fn chosen_plans(&self) -> impl Iterator<Item = &Plan> {
        self.chosen.iter().rev().filter_map(|place| self.plans.get(*place))
    }
}
