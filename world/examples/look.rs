//! A store at a glance: how much of everything the world makes, and how long that takes.
//!
//! `cargo run --release -p fixedops-world --example look [VEHICLES] [DAYS] [SEED]`

#![allow(clippy::print_stdout, reason = "it is for looking")]

use std::collections::BTreeMap;
use std::time::Instant;

use fixedops_connectors_traits::DmsChange;
use fixedops_vocab::{CaseId, Channel, ProgramId, Purpose, ServiceId, TouchId, TouchKey};
use fixedops_world::{Input, Outreach, Parameters, What, World};

fn kind(input: &Input) -> &'static str {
    match &input.what {
        What::Dms(DmsChange::Customer(_)) => "customer",
        What::Dms(DmsChange::Vehicle(_)) => "vehicle",
        What::Dms(DmsChange::RepairOrder(order)) if order.closed_at.is_some() => "order closed",
        What::Dms(DmsChange::RepairOrder(_)) => "order open",
        What::Dms(DmsChange::Appointment(_)) => "appointment",
        What::Consent(_) => "consent",
        What::Device { .. } => "device odometer",
        What::Pings { .. } => "batch of fixes",
        What::Inspection(_) => "inspection",
        What::Authorization(_) => "authorization",
        What::Click { .. } => "click",
        What::Reply { .. } => "reply",
        _ => "other",
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let mut number = |usual: u32| words.next().and_then(|word| word.parse().ok()).unwrap_or(usual);
    let (vehicles, days, seed) = (number(1_200), number(180), number(1));

    let begun = Instant::now();
    let mut world = World::new(Parameters::shipped(), u64::from(seed), 0, vehicles, days);
    println!("{vehicles} vehicles settled in {:?}", begun.elapsed());
    let begun = Instant::now();
    let inputs = world.inputs()?;
    println!("{} inputs in {:?}", inputs.len(), begun.elapsed());
    let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for input in &inputs {
        *counts.entry((kind(input), input.at == world.start())).or_default() += 1;
    }
    for ((kind, import), count) in &counts {
        println!("  {count:>7} {kind}{}", if *import { " on the first day" } else { "" });
    }

    let begun = Instant::now();
    let mut fixes = 0;
    for input in &inputs {
        if let What::Pings { vehicle, batch } = &input.what {
            fixes += world.pings(vehicle, *batch).len();
        }
    }
    println!("{fixes} fixes in {:?}", begun.elapsed());

    // A text to the owner of every car as its oil falls truly due, and what comes of it.
    let truth = world.truth();
    let mut touches = Vec::new();
    for vehicle in &truth.vehicles {
        for oil in &vehicle.oil {
            let due = oil.due_on_miles.map_or(oil.due_on_months, |day| day.min(oil.due_on_months));
            let at = due.and_hms_opt(16, 0, 0).unwrap_or_default().and_utc();
            if (truth.start..truth.end).contains(&at) && oil.done.is_none_or(|done| done > at) {
                touches.push((at, vehicle.vehicle.clone()));
            }
        }
    }
    touches.sort();
    println!("{} oil crossings in the run", touches.len());
    let begun = Instant::now();
    let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, (at, vehicle)) in touches.iter().enumerate() {
        let outreach = Outreach {
            key: TouchKey { case: CaseId::new(format!("look/{number}"))?, touch: TouchId::new("day-0-sms")? },
            vehicle: vehicle.clone(),
            customer: None,
            channel: Channel::Sms,
            purpose: Purpose::Marketing,
            program: ProgramId::new("mileage_due")?,
            services: vec![ServiceId::new("oil_service")?],
            declined: Vec::new(),
            sent_at: *at,
            token: format!("token{number}"),
        };
        for input in world.react(&outreach)? {
            *answers.entry(kind(&input)).or_default() += 1;
        }
    }
    println!("answered in {:?}: {answers:?}", begun.elapsed());
    let begun = Instant::now();
    let truth = world.truth();
    let ours = truth.orders.iter().filter(|order| order.touch.is_some()).count();
    println!(
        "truth in {:?}: {} orders, {ours} of them by a touch, {} mistyped readings, {} thrown fixes, {} kB",
        begun.elapsed(),
        truth.orders.len(),
        truth.readings.len(),
        truth.thrown.iter().map(|thrown| thrown.at.len()).sum::<usize>(),
        serde_json::to_string(&truth)?.len() / 1_000
    );
    Ok(())
}
