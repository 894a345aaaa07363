//! The same seed makes the same world, whatever is asked of it first; another seed makes another.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the way to fail")]

use std::collections::BTreeSet;

use fixedops_vocab::{CaseId, Channel, ProgramId, Purpose, ServiceId, TouchId, TouchKey};
use fixedops_world::{Input, Outreach, Parameters, World};

fn world(seed: u64) -> World {
    World::new(Parameters::shipped(), seed, 0, 80, 90)
}

/// A text about oil to the owner of every car, one an hour.
fn outreach(world: &World) -> Vec<Outreach> {
    let vehicles = world.truth().vehicles;
    (0_i64..)
        .zip(vehicles)
        .map(|(number, vehicle)| Outreach {
            key: TouchKey {
                case: CaseId::new(format!("mileage_due/{number}")).unwrap(),
                touch: TouchId::new("day-0-sms").unwrap(),
            },
            vehicle: vehicle.vehicle,
            customer: None,
            channel: Channel::Sms,
            purpose: Purpose::Marketing,
            program: ProgramId::new("mileage_due").unwrap(),
            services: vec![ServiceId::new("oil_service").unwrap()],
            declined: Vec::new(),
            sent_at: world.start() + chrono::TimeDelta::hours(24 + number),
            token: format!("t{number}"),
        })
        .collect()
}

#[test]
fn the_same_seed_makes_the_same_inputs_and_another_makes_others() {
    let inputs = world(1).inputs().unwrap();
    assert_eq!(inputs, world(1).inputs().unwrap());
    assert_ne!(inputs, world(2).inputs().unwrap());
    let elsewhere = World::new(Parameters::shipped(), 1, 1, 80, 90).inputs().unwrap();
    assert_ne!(inputs, elsewhere, "another rooftop is another store");
}

#[test]
fn inputs_do_not_depend_on_what_the_world_was_told() {
    let mut told = world(3);
    for touch in outreach(&told) {
        told.react(&touch).unwrap();
    }
    assert_eq!(told.inputs().unwrap(), world(3).inputs().unwrap());
}

#[test]
fn the_same_touches_in_order_bring_the_same_answers_and_the_same_memory() {
    let run = || {
        let mut world = world(4);
        let touches = outreach(&world);
        let answers: Vec<Vec<Input>> = touches.iter().map(|touch| world.react(touch).unwrap()).collect();
        let taken: Vec<bool> = world.inputs().unwrap().iter().map(|input| world.take(input)).collect();
        (answers, taken, world.truth())
    };
    let (answers, taken, truth) = run();
    assert_eq!((answers.clone(), taken.clone(), truth), run());
    assert!(answers.iter().any(|answer| answer.len() > 5), "somebody came");
}

#[test]
fn a_touch_is_answered_once() {
    let mut world = world(5);
    let touch = outreach(&world).remove(0);
    let (first, again) = (world.react(&touch).unwrap(), world.react(&touch).unwrap());
    assert!(!first.is_empty() && again.is_empty());
}

#[test]
fn no_two_inputs_share_instant_source_and_id() {
    for seed in 0..10 {
        let mut world = world(seed);
        let mut inputs = world.inputs().unwrap();
        assert!(inputs.is_sorted_by_key(|input| (input.at, input.source, input.id.clone())));
        for touch in outreach(&world) {
            inputs.extend(world.react(&touch).unwrap());
        }
        let names: BTreeSet<_> = inputs.iter().map(|input| (input.at, input.source, &input.id)).collect();
        assert_eq!(names.len(), inputs.len(), "seed {seed}");
    }
}
