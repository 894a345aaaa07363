//! Devices in cars, and the DMS as a machine.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Timelike};
use fixedops_connectors_traits::{PingRecord, UnitKind};
use fixedops_world::{Parameters, PingBatch, What};

use crate::scene::{DAYS, Scene};
use crate::tally::Tally;

pub(crate) fn measure(scene: &Scene, p: &Parameters, tally: &mut Tally) {
    let d = &p.devices;
    let mut odometers = BTreeSet::new();
    let mut positions = BTreeSet::new();
    for input in &scene.inputs {
        match &input.what {
            What::Device { vehicle, read_at, .. } => {
                odometers.insert(vehicle);
                if *read_at < scene.before_end(7) && !input.id.ends_with("/again") {
                    tally.trial("devices.late", d.late.value, input.at - *read_at > TimeDelta::hours(7));
                    let again = format!("{}/again", input.id);
                    let repeated = scene.inputs.iter().any(|other| other.id == again);
                    tally.trial("devices.repeated", d.repeated.value, repeated);
                }
            }
            What::Pings { vehicle, .. } => {
                positions.insert(vehicle);
            }
            _ => {}
        }
    }
    for vehicle in &scene.truth.vehicles {
        if vehicle.unit == UnitKind::Retail
            && vehicle.sold.is_none()
            && vehicle.delivered < scene.world.start()
        {
            tally.trial("devices.odometer", d.odometer.value, odometers.contains(&vehicle.vehicle));
            tally.trial("devices.gps", d.gps.value, positions.contains(&vehicle.vehicle));
        }
    }
    outages(scene, p, tally);
}

fn outages(scene: &Scene, p: &Parameters, tally: &mut Tally) {
    for day in 1..i64::from(DAYS) {
        // Each quarter of an hour from seven to seven at the store.
        let down = (0..48).any(|quarter| {
            let at = scene.world.start() + TimeDelta::days(day) + TimeDelta::minutes(15 * quarter - 120);
            scene.world.dms_up(at).is_some()
        });
        tally.trial("dms.outage", p.dms.outage.value, down);
    }
}

/// In a world where many cars report where they are.
pub(crate) fn positions(p: &Parameters, seed: u64, tally: &mut Tally) {
    let mut everywhere = p.clone();
    everywhere.devices.gps.value = 0.2;
    let scene = Scene::new(everywhere, seed);
    let d = &p.devices;
    for thrown in scene.truth.thrown.iter().take(3) {
        let Some(vehicle) = scene.truth.vehicles.iter().find(|vehicle| vehicle.vehicle == thrown.vehicle)
        else {
            continue;
        };
        let mut fixes = 0;
        for day in 0..DAYS {
            let pings = scene.world.pings(&vehicle.vehicle, PingBatch { day, part: 0 });
            fixes += pings.len();
            look(&pings, &thrown.at, p, tally);
        }
        let found = thrown.at.len();
        (0..fixes).for_each(|number| tally.trial("devices.thrown", d.thrown.value, number < found));
    }
    for vehicle in &scene.truth.vehicles {
        let reports = scene.truth.thrown.iter().any(|thrown| thrown.vehicle == vehicle.vehicle);
        let whole = vehicle.sold.is_none() && vehicle.delivered < scene.world.start();
        if !reports || !whole {
            continue;
        }
        let reported: BTreeSet<u32> = scene
            .inputs
            .iter()
            .filter_map(|input| match &input.what {
                What::Pings { vehicle: of, batch } if *of == vehicle.vehicle => Some(batch.day),
                _ => None,
            })
            .collect();
        // The last days' late batches have not come: they are not looked at.
        let last = DAYS - 5;
        let silent = (0..=last - 8).any(|day| (day..day + 8).all(|day| !reported.contains(&day)));
        // A silence that begins in the first 140 days of the year, and in sight.
        let share = d.silent.value * f64::from(last - 8) / 140.0;
        tally.trial("devices.silent", share, silent);
    }
}

/// A day of fixes: a hole on the way out, and wandering at night.
fn look(pings: &[PingRecord], thrown: &[chrono::DateTime<chrono::Utc>], p: &Parameters, tally: &mut Tally) {
    let parked: Vec<f64> = pings
        .iter()
        .filter(|ping| ping.speed == Some(0.0) && !thrown.contains(&ping.at))
        .map(|ping| ping.latitude * 111_195.0)
        .collect();
    if parked.len() > 4 {
        let mean = parked.iter().sum::<f64>() / parked.len() as f64;
        let spread = parked.iter().map(|metres| (metres - mean).powi(2)).sum::<f64>() / parked.len() as f64;
        tally.trial("devices.drift", p.devices.drift.value, spread.sqrt() > 7.0);
    }
    // From the morning leg, if that is long enough to lose two fixes in a hole.
    let out: Vec<_> = pings
        .iter()
        .filter(|ping| ping.speed.is_some_and(|speed| speed > 0.0) && ping.at.hour() < 18)
        .map(|ping| ping.at)
        .collect();
    if let (Some(first), Some(last)) = (out.first(), out.last())
        && (TimeDelta::minutes(14)..TimeDelta::hours(3)).contains(&(*last - *first))
    {
        let hole = out.windows(2).any(|pair| pair[1] - pair[0] > TimeDelta::seconds(65));
        tally.trial("devices.gap", p.devices.gap.value, hole);
    }
}
