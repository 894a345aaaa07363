//! Simulated drivers are as uneven as measured ones: from one interval between visits to the next, and between cars.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the way to fail")]

mod measure;

use fixedops_world::{Parameters, World};

/// Days between visits, and between which bounds the median car's median |log change| lies.
///
/// Measured by `cargo run --release -p fixedops-world --example variability` on hand-kept logs of private cars and on
/// a city fleet's fuel cards: 0.25 and 0.27 at 30 days, 0.27 and 0.27 at 60, 0.23 at 90, 0.35 at 150 (few cars).
const MEASURED: [(f64, core::ops::Range<f64>); 3] =
    [(30.0, 0.20..0.32), (60.0, 0.20..0.32), (150.0, 0.20..0.40)];

/// By how much p90 of the cars is above p10: 2.8 to 4.1 measured at 30 days, on fewer and shorter histories.
const CARS_DIFFER: core::ops::Range<f64> = 2.0..4.5;

/// The first spacing at which the drivers of `parameters` are not as measured.
fn off(parameters: &Parameters) -> Result<(), String> {
    let worlds = (0..6).map(|seed| World::new(parameters.clone(), seed, 0, 60, 1_460));
    let histories: Vec<_> = worlds.flat_map(|world| measure::simulated(&world)).collect();
    for (days, bounds) in MEASURED {
        let medians: Vec<f64> = histories
            .iter()
            .filter_map(|history| measure::measure(history, days))
            .map(|[median, ..]| median)
            .collect();
        let [p10, p50, p90] = [0.1, 0.5, 0.9].map(|level| measure::quantile(medians.clone(), level));
        if !bounds.contains(&p50) {
            return Err(format!("{days} days: {p50:.2} is outside {bounds:?}"));
        }
        if !CARS_DIFFER.contains(&(p90 / p10)) {
            return Err(format!("{days} days: cars differ by {:.2}, outside {CARS_DIFFER:?}", p90 / p10));
        }
    }
    Ok(())
}

#[test]
fn simulated_drivers_are_as_uneven_as_measured_ones() {
    off(&Parameters::shipped()).unwrap();
}

#[test]
fn drivers_too_regular_too_wild_or_all_alike_are_found_out() {
    for (case, uneven, spread) in
        [("too regular", 0.2, 0.45), ("too wild", 0.55, 0.45), ("all alike", 0.36, 0.05)]
    {
        let mut p = Parameters::shipped();
        (p.driving.uneven.value, p.driving.uneven_spread.value) = (uneven, spread);
        assert!(off(&p).is_err(), "{case}");
    }
}
