//! How unevenly cars are driven: the simulated drivers, and the histories of files, measured by the same code.
//!
//! `cargo run --release -p fixedops-world --example variability [READINGS.csv ...]`
//!
//! A history (`vehicle_id,date,odometer,...`; the columns stand in this order) is thinned to visits so many days apart.
//! From one interval to the next the miles a day change by a factor: the size of its logarithm is measured, per vehicle
//! first, then over vehicles, so that a long log counts once. Beside it, how far the lifetime average up to an interval
//! is off, as a share of the vehicle's usual gain: what a forecast has to live with.

#![allow(clippy::print_stdout, reason = "it is for looking")]

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use fixedops_world::{Parameters, World};

#[path = "../tests/uneven/measure.rs"]
mod measure;

use measure::{History, Unevenness, mean, measure, quantile};

const SPACINGS: [f64; 6] = [14.0, 30.0, 60.0, 90.0, 150.0, 270.0];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    report("simulated retail cars", &simulated());
    for path in std::env::args().skip(1) {
        report(&path, &read(&path)?);
    }
    Ok(())
}

/// Six years of the retail cars of ten stores.
fn simulated() -> Vec<History> {
    let worlds = (1_000..1_010).map(|seed| World::new(Parameters::shipped(), seed, 0, 60, 2_190));
    worlds.flat_map(|world| measure::simulated(&world)).collect()
}

fn read(path: &str) -> Result<Vec<History>, Box<dyn std::error::Error>> {
    let mut all: BTreeMap<String, History> = BTreeMap::new();
    for line in std::fs::read_to_string(path)?.lines().skip(1) {
        let mut fields = line.split(',');
        let (Some(id), Some(date), Some(odometer)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        if let (Some(day), Ok(odometer)) = (day(date), odometer.parse()) {
            all.entry(id.to_owned()).or_default().push((day, odometer));
        }
    }
    let plausible = all.into_values().filter_map(|mut history| {
        history.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let run = plausible_run(&history);
        // A pool card, an hour meter: no history of one car.
        (run.len() >= 4 && run.len() * 5 >= history.len() * 4).then_some(run)
    });
    Ok(plausible.collect())
}

fn day(text: &str) -> Option<f64> {
    let text = text.trim();
    let time = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
        .map(|time| time.and_utc())
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc()))?;
    #[allow(clippy::cast_precision_loss, reason = "seconds of some centuries fit a float exactly")]
    Some(time.timestamp() as f64 / 86_400.0)
}

/// The longest run that never falls and never gains more than 40 + 450 a day; each looks back over 60.
fn plausible_run(rows: &[(f64, f64)]) -> History {
    // The length of the best run that ends at each row, and the row before it.
    let mut best: Vec<(usize, Option<usize>)> = Vec::new();
    let metres = rows.last().is_some_and(|last| last.1 > 5_000_000.0);
    let (slack, fastest) = if metres { (64_374.0, 724_205.0) } else { (40.0, 450.0) };
    for (at, (day, odometer)) in rows.iter().enumerate() {
        let earlier = rows.iter().zip(&best).enumerate().skip(at.saturating_sub(60));
        let follows = earlier.filter(|(_, ((before, shown), _))| {
            (0.0..=slack + fastest * (day - before).max(0.05)).contains(&(odometer - shown))
        });
        let longest =
            follows.map(|(place, (_, (length, _)))| (*length, place)).max_by_key(|(length, _)| *length);
        best.push(longest.map_or((1, None), |(length, place)| (length + 1, Some(place))));
    }
    let mut place = best.iter().enumerate().max_by_key(|(_, (length, _))| *length).map(|(place, _)| place);
    let mut run = Vec::new();
    while let Some((row, (_, before))) = place.and_then(|place| rows.get(place).zip(best.get(place))) {
        run.push(*row);
        place = *before;
    }
    run.reverse();
    run
}

fn report(name: &str, histories: &[History]) {
    println!("{name}: {} vehicles", histories.len());
    println!("  days  vehicles | log change: mean   p10   p50   p90 | lifetime average off: mean   p50");
    for spacing in SPACINGS {
        let measured: Vec<Unevenness> =
            histories.iter().filter_map(|history| measure(history, spacing)).collect();
        if measured.len() < 4 {
            continue;
        }
        let (changes, off): (Vec<f64>, Vec<f64>) = measured.iter().map(|of| (of.change, of.off)).unzip();
        let change = |level| quantile(changes.clone(), level);
        println!(
            "  {spacing:4}  {:8} | {:16.2}  {:.2}  {:.2}  {:.2} | {:26.2}  {:.2}",
            measured.len(),
            mean(&changes),
            change(0.1),
            change(0.5),
            change(0.9),
            mean(&off),
            quantile(off.clone(), 0.5),
        );
    }
}
