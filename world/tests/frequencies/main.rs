//! The world against its parameters: each frequency within its binomial range over 50 seeds, every one measured on
//! what the world does, none on how it draws.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "in a test a panic is the way to fail, and counts are small"
)]

mod declined;
mod drive_lane;
mod lives;
mod machines;
mod people;
mod scene;
mod tally;
mod touches;

use fixedops_world::Parameters;

use scene::Scene;
use tally::Tally;

const SEEDS: u64 = 50;

/// Worlds made with `made`, measured against `p`.
fn measured(made: &Parameters, p: &Parameters, seeds: core::ops::Range<u64>) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let scene = Scene::new(made.clone(), seed);
        people::measure(&scene, p, &mut tally);
        lives::measure(&scene, p, &mut tally);
        drive_lane::measure(&scene, p, &mut tally);
        touches::measure(&scene, p, &mut tally);
        machines::measure(&scene, p, &mut tally);
    }
    tally
}

#[test]
fn each_frequency_is_within_its_binomial_range_over_fifty_seeds() {
    let p = Parameters::shipped();
    let mut tally = measured(&p, &p, 0..SEEDS);
    for seed in 0..SEEDS {
        let mut more = Tally::default();
        touches::bookings(&p, seed, &mut more);
        machines::positions(&p, seed, &mut more);
        declined::measured(&p, &p, seed, &mut more);
        tally.add(&more);
    }
    let wrong: Vec<String> = p.shares().iter().filter_map(|(name, _)| tally.verdict(name).err()).collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), p.shares().len(), wrong.join("\n"));
}

#[test]
fn a_world_of_another_frequency_is_found_out() {
    type Plant = (&'static str, fn(&mut Parameters) -> &mut fixedops_world::Share, f64);
    let plants: [Plant; 10] = [
        ("people.zip_missing", |p| &mut p.people.zip_missing, 0.12),
        ("people.consent_written", |p| &mut p.people.consent_written, 0.45),
        ("vins.missing", |p| &mut p.vins.missing, 0.09),
        ("owners.loyal_here", |p| &mut p.owners.loyal_here, 0.80),
        ("visits.repair", |p| &mut p.visits.repair, 0.35),
        ("answers.yellow_few", |p| &mut p.answers.yellow_few, 0.60),
        ("orders.voided", |p| &mut p.orders.voided, 0.06),
        ("typos.transposed", |p| &mut p.typos.transposed, 0.03),
        ("touches.text_preview", |p| &mut p.touches.text_preview, 0.15),
        ("dms.outage", |p| &mut p.dms.outage, 0.06),
    ];
    let p = Parameters::shipped();
    let mut planted = p.clone();
    for (_, share, other) in plants {
        share(&mut planted).value = other;
    }
    let tally = measured(&planted, &p, 0..12);
    let mut cold = p.clone();
    cold.declined.noticed.value = 0.55;
    cold.declined.remembered.value = 0.15;
    let mut of_declined = Tally::default();
    (0..SEEDS).for_each(|seed| declined::measured(&cold, &p, seed, &mut of_declined));
    for name in ["declined.noticed", "declined.remembered"] {
        let verdict = of_declined.verdict(name);
        assert!(verdict.as_ref().is_err_and(|why| why.contains("deviations off")), "{name}: {verdict:?}");
    }
    for (name, ..) in plants {
        let verdict = tally.verdict(name);
        assert!(verdict.as_ref().is_err_and(|why| why.contains("deviations off")), "{name}: {verdict:?}");
    }
}
