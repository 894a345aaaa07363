//! What of a run is not as it ships: how customers respond, and how declined work is followed up.

use std::sync::Arc;

use fixedops_attribution::{Arm, ControlKey, Controls, Placement, Season, Withholdable};
use fixedops_closed_loop::{Placing, Policies};
use fixedops_vocab::{HouseholdId, PolicyVersion, ProgramId, SellerId};
use fixedops_world::{Parameters, World};

use super::run::Shape;

/// The programme whose plans are compared.
pub const DECLINED_RECOVERY: &str = "declined_recovery";

/// How declined work is followed up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FollowUp {
    /// On the plan that ships as the standard.
    #[default]
    Standard,
    /// On another plan that ships.
    On(PolicyVersion),
    /// Not at all: there is no plan, so no case opens.
    Never,
}

/// Customers and plans of a run.
#[derive(Clone, Debug)]
pub struct Setting {
    /// How the store behaves.
    pub parameters: Parameters,
    /// How declined work is followed up.
    pub follow_up: FollowUp,
    /// Whether some households are left alone.
    pub trial: Option<Trial>,
}

/// Some households are left alone in a programme, to see what comes anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// The shares.
    pub controls: Controls,
    /// Whether those are left alone that would be spoken to, and the other way round: the same world as it would have been.
    pub mirrored: bool,
    /// How the shares are told apart from others of the same version: what the run is named by. Where nothing is kept of it
    /// there is no name.
    pub named: Option<String>,
}

/// Places households under a key, or the other way round.
struct Mirror {
    key: ControlKey,
    mirrored: bool,
}

impl Placing for Mirror {
    fn place(
        &self,
        controls: &Controls,
        seller: &SellerId,
        household: &HouseholdId,
        programme: &Withholdable,
        season: Season,
    ) -> Placement {
        let placement = self.key.place(controls, seller, household, programme, season);
        let arm = match placement.arm {
            arm if !self.mirrored => arm,
            Arm::Treated => Arm::Control,
            Arm::Control => Arm::Treated,
        };
        Placement { arm, ..placement }
    }
}

impl Setting {
    /// Everything as it ships.
    pub fn shipped() -> Self {
        Self { parameters: Parameters::shipped(), follow_up: FollowUp::Standard, trial: None }
    }

    /// The world of a run.
    pub fn world(&self, shape: &Shape) -> World {
        World::new(self.parameters.clone(), shape.seed, shape.rooftop, shape.vehicles, shape.days)
    }

    /// How the world is named in the journal: one whose customers respond otherwise is another world, and so is one in which
    /// others are left alone.
    pub fn world_name(&self) -> String {
        let mut name = fixedops_world::VERSION.to_owned();
        let response = self.parameters.declined.response.value;
        if response.to_bits() != Parameters::shipped().declined.response.value.to_bits() {
            name.push_str(&format!(", declined.response {response}"));
        }
        if let Some(named) = self.trial.as_ref().and_then(|trial| trial.named.as_ref()) {
            name.push_str(&format!(", controls {named}"));
        }
        name
    }

    /// How households of a run are placed, where some are left alone; the key follows from the seed.
    pub fn placing(&self, shape: &Shape) -> Option<Arc<dyn Placing>> {
        let trial = self.trial.as_ref()?;
        let key = ControlKey::new(shape.draw().secret("control key"));
        Some(Arc::new(Mirror { key, mirrored: trial.mirrored }))
    }

    /// The policies of the loop. A plan that does not ship changes nothing.
    pub fn policies(&self) -> Policies {
        let mut policies = Policies::shipped();
        if let Some(trial) = &self.trial {
            policies.controls = trial.controls.clone();
        }
        match &self.follow_up {
            FollowUp::Standard => {}
            FollowUp::On(version) => {
                policies.plans.choose(version);
            }
            FollowUp::Never => {
                if let Ok(program) = ProgramId::new(DECLINED_RECOVERY) {
                    policies.plans.close(&program);
                }
            }
        }
        policies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan_of(setting: &Setting, program: &str) -> Option<String> {
        let policies = setting.policies();
        policies.plans.for_program(&program.parse().unwrap()).map(|plan| plan.version().to_string())
    }

    #[test]
    fn a_setting_changes_the_plan_of_declined_work_and_no_other() {
        let shipped = Setting::shipped();
        let of = |follow_up| Setting { follow_up, ..Setting::shipped() };
        let warm = of(FollowUp::On("declined_recovery_warm/1".parse().unwrap()));
        let never = of(FollowUp::Never);
        assert_eq!(plan_of(&shipped, DECLINED_RECOVERY).unwrap(), "declined_recovery_30_60_90_120/2");
        assert_eq!(plan_of(&warm, DECLINED_RECOVERY).unwrap(), "declined_recovery_warm/1");
        assert_eq!(plan_of(&never, DECLINED_RECOVERY), None);
        let rest = |setting: &Setting| {
            let mut versions = setting.policies().versions();
            versions.retain(|name, _| !name.starts_with("plan/declined_recovery"));
            versions
        };
        assert!(rest(&shipped).len() > 15);
        assert_eq!(rest(&shipped), rest(&warm));
        assert_eq!(rest(&shipped), rest(&never));
    }

    #[test]
    fn a_world_in_which_customers_respond_otherwise_has_another_name() {
        let shipped = Setting::shipped();
        let parameters = Parameters::shipped().in_scenario(20).unwrap();
        let other = Setting { parameters, ..Setting::shipped() };
        assert_eq!(shipped.world_name(), fixedops_world::VERSION);
        assert_ne!(shipped.world_name(), other.world_name());
    }
}
