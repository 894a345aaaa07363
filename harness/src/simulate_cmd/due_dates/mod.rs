//! Due dates against the truth: in seeded worlds, at instants chosen by nothing but the seed, the range of the next oil
//! service's due date, from what was known then, beside the instant the car truly reached that mileage.

mod guess;
mod known;
mod look;
mod report;
mod tally;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use fixedops_odometer_core::{Model, Schedule};
use fixedops_world::{Parameters, World};
use indicatif::{ProgressBar, ProgressStyle};

use crate::outcome::CommandError;

pub use report::Report;

/// The worlds looked at.
#[derive(Clone, Copy, Debug)]
pub struct Worlds {
    /// The first seed.
    pub seed: u64,
    /// How many.
    pub seeds: u32,
    /// Rooftops of each seed, a world each.
    pub rooftops: u32,
    /// Cars of each world.
    pub vehicles: u32,
    /// Days over which the looks are spread.
    pub days: u32,
    /// Worlds at the same time.
    pub workers: u32,
}

/// Lives in every world and adds up, in the order of the worlds whatever the workers.
pub fn measure(worlds: Worlds, model: &Model) -> Result<Report, CommandError> {
    let schedule = oil_by_distance(&Parameters::shipped())?;
    let shapes: Vec<(u64, u32)> = (0..u64::from(worlds.seeds))
        .flat_map(|number| {
            (0..worlds.rooftops).map(move |rooftop| (worlds.seed.wrapping_add(number), rooftop))
        })
        .collect();
    let bar = ProgressBar::new(shapes.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} world {pos} of {len} {eta}") {
        bar.set_style(style);
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(shapes.len()));
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(&(seed, rooftop)) = shapes.get(number) else { return };
            let world = World::new(Parameters::shipped(), seed, rooftop, worlds.vehicles, worlds.days);
            let cars = look::of_world(&world, seed, rooftop, &schedule, model);
            bar.inc(1);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((number, cars));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..worlds.workers {
            scope.spawn(work);
        }
        work();
    });
    bar.finish_and_clear();
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    let mut cars = Vec::new();
    for (_, of_world) in done {
        cars.extend(
            of_world
                .map_err(|error| CommandError::failed(format!("the simulated world is wrong: {error}")))?,
        );
    }
    Ok(Report::of(worlds, &cars))
}

/// The oil service of the simulated world, by distance only: the months would hide what the miles say.
fn oil_by_distance(p: &Parameters) -> Result<Schedule, CommandError> {
    let text = format!(
        "version = \"schedule/simulated-oil/1\"\neffective = 2026-11-28\nsource = \"{}\"\n\n\
         [[service]]\nservice = \"oil_service\"\ndistance = {}\n",
        p.version, p.oil.miles.value
    );
    Schedule::from_toml(&text)
        .map_err(|error| CommandError::failed(format!("the oil service of the world: {error}")))
}
