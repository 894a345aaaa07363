//! `fixedops simulate --controls`: the shares of a store that has experiments switched on.

use std::path::Path;

use fixedops_attribution::Controls;
use fixedops_closed_loop::Policies;
use fixedops_vocab::PolicyVersion;
use sha2::{Digest, Sha256};

use crate::outcome::CommandError;
use crate::simulation::Trial;

/// Reads the shares, and refuses those that name a plan nobody has. What is never withheld is refused by the reading.
pub fn of_file(path: &Path) -> Result<Trial, CommandError> {
    let wrong = |error: &dyn core::fmt::Display| CommandError::usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    trial(&text).map_err(|error| wrong(&error))
}

fn trial(text: &str) -> Result<Trial, String> {
    let controls = Controls::from_toml(text).map_err(|error| error.to_string())?;
    let plans = Policies::shipped().plans;
    let programs: std::collections::BTreeSet<_> = plans.iter().map(|plan| plan.program().clone()).collect();
    for share in controls.shares() {
        if !programs.contains(share.program()) {
            return Err(format!("{}: no such program", share.program()));
        }
        for name in share.plans().keys() {
            let version = name.parse::<PolicyVersion>().ok();
            let plan = version.and_then(|version| plans.plan(&version));
            if plan.is_none_or(|plan| plan.program() != share.program()) {
                return Err(format!("{}: {name} is no plan of it", share.program()));
            }
        }
    }
    // Two files of one version that differ are two worlds.
    let digest: String = Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let named = format!("{} {digest}", controls.version());
    Ok(Trial { controls, mirrored: false, named: Some(named) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARES: &str = "version = \"controls/test\"\n[season_months]\nvalue = 12\nsource = \"test\"\n";

    fn share(program: &str, plans: &str) -> String {
        format!(
            "{SHARES}[[programme]]\nprogram = \"{program}\"\ncontrol_percent = 20\nsource = \"test\"\nplans = {{ {plans} }}\n"
        )
    }

    #[test]
    fn shares_that_cannot_be_are_refused_by_name() {
        for (case, text, says) in [
            ("a recall", share("recall", ""), "recall"),
            ("a program nobody has", share("winter_sale", ""), "winter_sale: no such program"),
            (
                "a plan of another program",
                share("mileage_due", "\"declined_recovery_warm/1\" = 100"),
                "declined_recovery_warm/1 is no plan of it",
            ),
            ("a plan nobody has", share("mileage_due", "\"mileage_due/99\" = 100"), "mileage_due/99"),
            ("weights short of all", share("mileage_due", "\"mileage_due/2\" = 90"), "do not add up"),
            ("no shares at all", "version = 1".to_owned(), "version"),
        ] {
            let refused = trial(&text).unwrap_err();
            assert!(refused.contains(says), "{case}: {refused}");
        }
    }

    #[test]
    fn shares_of_one_version_that_differ_are_two_worlds() {
        let one =
            trial(&share("mileage_due", "\"mileage_due/2\" = 50, \"mileage_due_calendar/1\" = 50")).unwrap();
        let other =
            trial(&share("mileage_due", "\"mileage_due/2\" = 60, \"mileage_due_calendar/1\" = 40")).unwrap();
        assert!(one.named.as_ref().is_some_and(|name| name.starts_with("controls/test ")), "{one:?}");
        assert_ne!(one.named, other.named);
    }
}
