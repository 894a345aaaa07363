//! What a touch about declined work meets: how far the part is, and how long ago it was declined.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{AuthorizationRecord, AuthorizationStatus};
use fixedops_vocab::{Channel, RoId, RoLineId, TouchKey};
use fixedops_world::{Input, Parameters};

use crate::scene::{Scene, touch};
use crate::tally::Tally;
use crate::touches::{clicked, eager};

/// A declined line, its order's number, and what the touch about it brought.
pub(crate) struct Asked<'a> {
    pub(crate) order: String,
    pub(crate) answer: &'a AuthorizationRecord,
    pub(crate) inputs: Vec<Input>,
    pub(crate) response: f64,
}

/// One declined line of each owner, written about `after` its decline; only those whose owner neither came by himself
/// in between nor sold the car.
pub(crate) fn asked(scene: &Scene, after: TimeDelta) -> Vec<Asked<'_>> {
    let mut world = scene.world.clone();
    let owners: BTreeMap<_, _> = scene
        .vehicles()
        .into_iter()
        .filter_map(|record| Some((&record.vehicle, record.owner.as_ref()?.expose().to_owned())))
        .collect();
    let mut heard = BTreeSet::new();
    let mut brought = Vec::new();
    let answers = scene.answers();
    for (order, answer) in answers.into_iter().filter(|(_, a)| a.status == AuthorizationStatus::Declined) {
        let (declined_at, at) = (answer.answered_at, answer.answered_at + after);
        let truth = scene.truth.vehicles.iter().find(|truth| truth.vehicle == answer.vehicle).unwrap();
        let came = truth.own.iter().any(|own| own.here && own.at > declined_at && own.at < at);
        let sold = truth.sold.is_some_and(|(sold, _)| sold <= at);
        let owner = owners.get(&answer.vehicle);
        if came || sold || !owner.is_some_and(|owner| heard.insert(owner.clone())) {
            continue;
        }
        let about = about(answer, at);
        brought.push((order, answer, about.key.clone(), world.react(&about).unwrap()));
    }
    let responses: BTreeMap<TouchKey, f64> =
        world.truth().touches.into_iter().map(|touch| (touch.key, touch.response)).collect();
    let asked = brought.into_iter().map(|(order, answer, key, inputs)| {
        let response = responses[&key];
        Asked { order, answer, inputs, response }
    });
    asked.collect()
}

fn about(answer: &AuthorizationRecord, at: DateTime<Utc>) -> fixedops_world::Outreach {
    let mut about = touch(&answer.vehicle, Channel::Sms, at);
    about.services.clear();
    let line: (RoId, RoLineId) = (answer.ro.clone(), answer.line.clone());
    about.declined.push(line);
    about
}

/// Nothing is ever red, nor gone: every part found worn is at the point where it was first noticed.
fn just_noticed(p: &Parameters) -> Parameters {
    let mut made = eager(p, true);
    for law in made.operations.iter_mut().filter_map(|operation| operation.wear.as_mut()) {
        law.red = -1e12;
        law.gone = -1e12;
    }
    made
}

/// In worlds in which one of the two laws stands still, the other is counted: who clicks.
pub(crate) fn measured(made: &Parameters, p: &Parameters, seed: u64, tally: &mut Tally) {
    let friend = 1.0 - p.people.phone_of_another.value;
    let scene = Scene::new(just_noticed(made), seed);
    for asked in asked(&scene, TimeDelta::minutes(1)) {
        tally.trial("declined.noticed", p.declined.noticed.value * friend, clicked(&asked.inputs, true));
    }
    let mut forgotten = just_noticed(made);
    forgotten.declined.noticed.value = 1.0;
    forgotten.declined.half_days.value = 1.0;
    let scene = Scene::new(forgotten, seed);
    for asked in asked(&scene, TimeDelta::days(45)) {
        tally.trial(
            "declined.remembered",
            p.declined.remembered.value * friend,
            clicked(&asked.inputs, true),
        );
    }
}

/// What is left of the memory is what the law says, day by day, and a scenario multiplies all of it.
#[test]
fn half_of_what_fades_is_gone_every_so_many_days() {
    let p = Parameters::shipped();
    for times in [1.0, 2.5] {
        let mut made = just_noticed(&p);
        made.declined.noticed.value = 1.0;
        made.declined.response.value = times;
        let (stays, half) = (p.declined.remembered.value, p.declined.half_days.value);
        let scene = Scene::new(made, 3);
        for days in [0, 1, 15, 30, 60, 120, 200] {
            let left = stays + (1.0 - stays) * 0.5_f64.powf(f64::from(days) / half);
            let found = asked(&scene, TimeDelta::days(days.into()));
            assert!(found.len() > 5, "{} after {days} days", found.len());
            for asked in found {
                // It counts from the visit; the answer came some hours into it.
                assert!(
                    (asked.response - times * left).abs() < 0.01 * times,
                    "{days} days: {}",
                    asked.response
                );
            }
        }
    }
}

/// The further a part is between yellow and red, the more it says; at red, all.
#[test]
fn a_worn_part_speaks_for_itself() {
    let p = Parameters::shipped();
    let noticed = p.declined.noticed.value;
    let (mut red, mut between) = (0, 0);
    for seed in 0..20 {
        let scene = Scene::new(p.clone(), seed);
        let inspections = scene.inspections();
        for asked in asked(&scene, TimeDelta::minutes(1)) {
            let law = p
                .operations
                .iter()
                .find(|operation| Some(&operation.op_code) == asked.answer.op_code.as_ref());
            let law = law.and_then(|operation| operation.wear.as_ref()).unwrap();
            let Some((_, record)) = inspections.iter().find(|(order, _)| *order == asked.order) else {
                continue;
            };
            let finding =
                record.findings.iter().find(|finding| Some(&finding.id) == asked.answer.finding.as_ref());
            // The worst place is what was found; it is written to a tenth.
            let worst = finding.unwrap().measurements.iter().filter_map(|m| m.value.parse::<f64>().ok());
            let Some(left) = worst.reduce(f64::min) else { continue };
            let gone_on = |left: f64| ((law.yellow - left) / (law.yellow - law.red)).clamp(0.0, 1.0);
            let most = noticed + (1.0 - noticed) * gone_on(left - 0.06);
            // Where the worst place was left out, another, up to 0.8 better, is what is known.
            let least = noticed + (1.0 - noticed) * gone_on(left + 0.06);
            let places = finding.unwrap().measurements.len();
            assert!(asked.response >= least - 0.01, "{}: {left} of {law:?}", asked.response);
            if places == law.places.len().max(1) {
                assert!(asked.response <= most + 0.01, "{}: {left} of {law:?}", asked.response);
            }
            if asked.response > 0.99 { red += 1 } else { between += 1 }
        }
    }
    assert!(red > 10 && between > 10, "{red} red, {between} between");
}

/// What somebody else did in between is as irrelevant as oil just changed.
#[test]
fn a_part_that_is_gone_was_done_by_somebody_else() {
    let mut p = Parameters::shipped();
    for law in p.operations.iter_mut().filter_map(|operation| operation.wear.as_mut()) {
        // Whatever is found worn is gone the day after.
        law.per_year = 1e4;
        law.gone = law.red - 1.0;
    }
    let scene = Scene::new(p.clone(), 4);
    let found = asked(&scene, TimeDelta::days(40));
    assert!(found.len() > 5);
    for asked in found {
        assert!((asked.response - p.touches.irrelevant.value).abs() < 1e-12, "{}", asked.response);
    }
}
