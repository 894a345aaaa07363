//! The runs that are compared: each on the same seeded worlds, whichever plan follows declined work up.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use fixedops_connectors_traits::Journal as _;
use fixedops_vocab::PolicyVersion;
use fixedops_world::Parameters;
use futures_lite::future::block_on;
use serde::{Deserialize, Serialize};

use super::count::{Counted, Counter};
use crate::outcome::CommandError;
use crate::page;
use crate::simulation::{self, Faults, Files, FollowUp, Setting, Shape};

/// Events read from a store at a time.
const PAGE: usize = 1_000;
/// Days every declined line is looked at: as long as the longest plan that ships goes on.
const FOLLOW: u32 = 210;

/// A scenario and a plan; without a plan nothing is said of declined work, in any scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Percent of the scenario.
    pub scenario: Option<u32>,
    /// The plan.
    pub plan: Option<PolicyVersion>,
}

/// What every run of a comparison shares.
#[derive(Clone, Debug)]
pub struct Worlds {
    /// Cars.
    pub vehicles: u32,
    /// Days.
    pub days: u32,
    /// What goes wrong on purpose.
    pub faults: Faults,
}

/// Which run a count is of: one of another is not taken for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    program: String,
    world: String,
    parameters: String,
    response: f64,
    seed: u64,
    vehicles: u32,
    days: u32,
    faults: Vec<String>,
    arm: Arm,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    made: Made,
    counted: Counted,
}

impl Worlds {
    /// Days a declined line is looked at; in a run shorter than a year, two thirds of it at most.
    pub fn follow_days(&self) -> u32 {
        FOLLOW.min(self.days / 3 * 2)
    }

    fn shape(&self, seed: u64) -> Shape {
        let Self { vehicles, days, faults } = self.clone();
        Shape { seed, rooftop: 0, rooftops: 1, vehicles, days, faults }
    }

    fn made(&self, seed: u64, arm: &Arm, setting: &Setting) -> Made {
        Made {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            world: fixedops_world::VERSION.to_owned(),
            parameters: setting.parameters.version.clone(),
            response: setting.parameters.declined.response.value,
            seed,
            vehicles: self.vehicles,
            days: self.days,
            faults: self.faults.names(),
            arm: arm.clone(),
        }
    }

    /// Runs an arm in a world and counts it; one that is counted in `kept` already is taken from there. With `keep` its
    /// store, journal and scorecard stay.
    pub fn count(
        &self,
        seed: u64,
        arm: &Arm,
        setting: &Setting,
        kept: &Path,
        keep: bool,
    ) -> Result<Counted, CommandError> {
        let (of_seed, made) = (kept.join(format!("seed-{seed}")), self.made(seed, arm, setting));
        let (folder, count) = (of_seed.join(arm.name()), of_seed.join(format!("{}.json", arm.name())));
        if let Ok(text) = std::fs::read_to_string(&count)
            && let Ok(known) = serde_json::from_str::<Kept>(&text)
            && known.made == made
            && (!keep || folder.is_dir())
        {
            return Ok(known.counted);
        }
        // What a run that was cut short left behind: it is made again from the seed.
        if folder.is_dir() {
            remove(&folder)?;
        }
        simulation::folder(&folder)?;
        let counted = self.run(seed, setting, &folder, keep)?;
        if !keep {
            remove(&folder)?;
        }
        let text = serde_json::to_string(&Kept { made, counted: counted.clone() })
            .map_err(|error| CommandError::failed(format!("cannot write {}: {error}", count.display())))?;
        page::write(&format!("{text}\n"), &count)?;
        Ok(counted)
    }

    /// A whole run of the loop in `folder`, counted from its journal.
    pub fn run(
        &self,
        seed: u64,
        setting: &Setting,
        folder: &Path,
        keep: bool,
    ) -> Result<Counted, CommandError> {
        let shape = self.shape(seed);
        let database = folder.join("fixedops.db");
        let store = simulation::open(&database, std::slice::from_ref(&shape))?;
        let lived =
            simulation::live_in(&shape, setting, &store, folder, |_| {}).map_err(simulation::broken)?;
        simulation::tell_refused(&lived);
        let world = shape.world();
        let follow = TimeDelta::days(i64::from(self.follow_days()));
        let mut counter = Counter::new(world.start(), world.end(), follow);
        let mut after = 0;
        loop {
            let page = block_on(store.scan(&lived.seller, after, PAGE))
                .map_err(|error| CommandError::failed(error.to_string()))?;
            let Some(last) = page.last() else { break };
            after = last.position;
            for event in &page {
                counter.apply(event).map_err(|error| CommandError::failed(error.to_string()))?;
            }
        }
        if keep {
            Files::new(folder, database, store).write(&[lived])?;
        }
        Ok(counter.finish())
    }
}

impl Arm {
    /// Its name as a folder.
    fn name(&self) -> String {
        let plan =
            self.plan.as_ref().map_or_else(|| "none".to_owned(), |plan| plan.as_str().replace('/', "-"));
        self.scenario.map_or(plan.clone(), |scenario| format!("{scenario}-{plan}"))
    }

    /// Customers and plans of its runs. None where no such scenario was fitted.
    pub fn setting(&self) -> Option<Setting> {
        let parameters = match self.scenario {
            Some(percent) => Parameters::shipped().in_scenario(percent)?,
            None => Parameters::shipped(),
        };
        let follow_up = self.plan.clone().map_or(FollowUp::Never, FollowUp::On);
        Some(Setting { parameters, follow_up, ..Setting::shipped() })
    }
}

/// Does every job, `workers` at a time; the answers in the order of the jobs, the first error in that order where one
/// fails.
pub fn each<J: Sync, T: Send>(
    jobs: &[J],
    workers: u32,
    work: impl Fn(&J) -> Result<T, CommandError> + Sync,
) -> Result<Vec<T>, CommandError> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<T, CommandError>)>> = Mutex::default();
    let turn = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(number) else { return };
            let answer = work(job);
            if answer.is_err() {
                // Nobody begins what would be thrown away.
                next.store(jobs.len(), Ordering::Relaxed);
            }
            done.lock().unwrap_or_else(PoisonError::into_inner).push((number, answer));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(turn);
        }
        turn();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, answer)| answer).collect()
}

fn remove(folder: &Path) -> Result<(), CommandError> {
    std::fs::remove_dir_all(folder)
        .map_err(|error| CommandError::failed(format!("cannot remove {}: {error}", folder.display())))
}
