//! What holds in every world.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::{AuthorizationStatus, DmsChange, UnitKind};
use fixedops_vocab::{CaseId, Channel, ProgramId, Purpose, ServiceId, TouchId, TouchKey, VehicleId};
use fixedops_world::{
    GateBlocked, OrderTruth, Outreach, Parameters, ParametersError, PingBatch, What, World,
};

fn world(seed: u64, vehicles: u32, days: u32) -> World {
    World::new(Parameters::shipped(), seed, 0, vehicles, days)
}

fn outreach(vehicle: &VehicleId, at: DateTime<Utc>) -> Outreach {
    Outreach {
        key: TouchKey {
            case: CaseId::new(format!("mileage_due/{vehicle}/{}", at.timestamp())).unwrap(),
            touch: TouchId::new("day-0-sms").unwrap(),
        },
        vehicle: vehicle.clone(),
        customer: None,
        channel: Channel::Sms,
        purpose: Purpose::Marketing,
        program: ProgramId::new("mileage_due").unwrap(),
        services: vec![ServiceId::new("oil_service").unwrap()],
        declined: Vec::new(),
        sent_at: at,
        token: "token".to_owned(),
    }
}

/// Everybody clicks and books.
fn eager() -> Parameters {
    let mut p = Parameters::shipped();
    p.touches.text_clicked.value = 1.0;
    p.touches.text_opted_out.value = 0.0;
    p.touches.click_books.value = 1.0;
    p.touches.irrelevant.value = 1.0;
    p.appointments.shown.value = 1.0;
    p.appointments.cancelled.value = 0.0;
    p
}

#[test]
fn every_number_is_kept_for_fiction_and_every_mailbox_is_an_example() {
    for rooftop in 0..7 {
        let world = World::new(Parameters::shipped(), 1, rooftop, 1_200, 10);
        assert!(world.store().dealer_phone.ends_with("-555-0199"));
        let mut numbers = BTreeMap::<String, u32>::new();
        let mut customers = 0;
        for input in world.inputs().unwrap() {
            let What::Dms(DmsChange::Customer(record)) = &input.what else { continue };
            customers += 1;
            if let Some(mail) = record.email.as_ref().filter(|mail| mail.contains('@')) {
                assert!(mail.ends_with("@mail.example"), "{mail}");
            }
            let typed: String =
                record.phone.iter().flat_map(|phone| phone.chars()).filter(char::is_ascii_digit).collect();
            let ten = typed.trim_start_matches('1');
            if ten.len() == 10 && !ten.starts_with("000") {
                assert_eq!(ten.get(3..8), Some("55501"), "{typed}");
                *numbers.entry(ten.to_owned()).or_default() += 1;
            }
        }
        // Those who share share on purpose: one in twenty.
        let shared = numbers.values().filter(|count| **count > 1).count();
        assert!(customers > 900 && shared * 12 < customers, "{shared} of {customers} numbers are shared");
    }
}

#[test]
fn true_odometers_never_fall_and_devices_read_them() {
    for seed in 0..5 {
        let world = world(seed, 200, 120);
        for vehicle in world.truth().vehicles {
            assert!(vehicle.odometer.is_sorted_by_key(|(_, tenths)| *tenths), "{}", vehicle.vehicle);
        }
        let mut last: BTreeMap<VehicleId, (DateTime<Utc>, f64)> = BTreeMap::new();
        let mut readings: Vec<_> = world
            .inputs()
            .unwrap()
            .into_iter()
            .filter_map(|input| match input.what {
                What::Device { vehicle, odometer, read_at } => Some((read_at, vehicle, odometer)),
                _ => None,
            })
            .collect();
        readings.sort_by_key(|(read_at, vehicle, _)| (*read_at, vehicle.clone()));
        assert!(!readings.is_empty());
        for (read_at, vehicle, odometer) in readings {
            let miles = odometer.miles_f64();
            let before = last.insert(vehicle, (read_at, miles));
            assert!(before.is_none_or(|(_, before)| before <= miles + 0.01));
        }
    }
}

#[test]
fn the_fixes_of_a_car_are_as_long_as_its_dash_counts_give_or_take_its_scale() {
    let mut p = Parameters::shipped();
    for share in [&mut p.devices.gps, &mut p.devices.gap, &mut p.devices.drift, &mut p.devices.thrown] {
        share.value = 0.0;
    }
    p.devices.gps.value = 1.0;
    let world = World::new(p, 4, 0, 30, 180);
    // Long enough that the hours of the first and the last day that only one of both counts do not matter.
    let mut looked = 0;
    for vehicle in world.truth().vehicles {
        let (first, last) = (vehicle.odometer[0], vehicle.odometer[vehicle.odometer.len() - 1]);
        assert_eq!((first.0, last.0), (0, 180));
        let driven = f64::from(i32::try_from(last.1 - first.1).unwrap()) / 10.0;
        if vehicle.unit != UnitKind::Retail || vehicle.delivered > world.start() || driven < 1_500.0 {
            continue;
        }
        let mut metres = 0.0;
        for day in 0..180 {
            let pings = world.pings(&vehicle.vehicle, PingBatch { day, part: 0 });
            let moving: Vec<_> = pings.iter().filter(|ping| ping.speed > Some(0.0)).collect();
            for pair in moving.windows(2).filter(|pair| pair[1].at - pair[0].at < TimeDelta::minutes(5)) {
                let north = (pair[1].latitude - pair[0].latitude) * 111_195.0;
                let narrow = pair[0].latitude.to_radians().cos();
                let east = (pair[1].longitude - pair[0].longitude) * 111_195.0 * narrow;
                metres += north.hypot(east);
            }
        }
        let ratio = driven * 1_609.344 / metres;
        assert!((0.93..1.07).contains(&ratio), "{}: {driven} miles, ratio {ratio}", vehicle.vehicle);
        looked += 1;
    }
    assert!(looked > 15, "{looked}");
}

#[test]
fn a_visit_we_cause_takes_the_place_of_the_owners_own() {
    let mut moot = 0;
    for seed in 0..4 {
        let mut world = World::new(eager(), seed, 0, 150, 150);
        let vehicles: Vec<_> = world.truth().vehicles.into_iter().map(|vehicle| vehicle.vehicle).collect();
        for vehicle in vehicles {
            let touch = outreach(&vehicle, world.start() + TimeDelta::days(20));
            world.react(&touch).unwrap();
        }
        let inputs = world.inputs().unwrap();
        let dropped: Vec<_> = inputs.iter().filter(|input| !world.take(input)).collect();
        // Whole visits are dropped, never a closing without its opening.
        let opened = dropped.iter().filter(|input| input.id.ends_with("/opened")).count();
        let closed =
            dropped.iter().filter(|input| input.id.ends_with("/closed") && !input.id.contains('S')).count();
        assert!(closed <= opened, "{closed} {opened}");
        let truth = world.truth();
        let replaced = truth.orders.iter().filter(|order| order.touch.is_some() && order.otherwise.is_some());
        assert!(replaced.count() >= opened.min(1), "the truth says what he would have done");
        moot += opened;
    }
    assert!(moot > 20, "{moot}");
}

#[test]
fn the_truth_says_what_work_the_touch_behind_an_order_spoke_of() {
    let mut world = World::new(eager(), 3, 0, 120, 120);
    let vehicles: Vec<_> = world.truth().vehicles.into_iter().map(|vehicle| vehicle.vehicle).collect();
    for vehicle in vehicles {
        let mut touch = outreach(&vehicle, world.start() + TimeDelta::days(20));
        touch.services = vec![ServiceId::new("tire_rotation").unwrap()];
        world.react(&touch).unwrap();
    }
    let orders = world.truth().orders;
    let (ours, own): (Vec<_>, Vec<_>) = orders.iter().partition(|order| order.touch.is_some());
    assert!(ours.len() > 50 && own.len() > 10, "{} {}", ours.len(), own.len());
    let spoken = |order: &OrderTruth| order.spoken.iter().map(ToString::to_string).collect::<Vec<_>>();
    // Oil that was nearly due and was booked with it was not spoken of.
    assert!(ours.iter().all(|order| spoken(order) == ["ROT"]));
    assert!(own.iter().all(|order| order.spoken.is_empty()));
}

#[test]
fn nothing_of_the_dms_comes_in_while_it_is_down() {
    let mut world = World::new(eager(), 6, 0, 300, 120);
    let mut inputs = world.inputs().unwrap();
    let vehicles: Vec<_> = world.truth().vehicles.into_iter().map(|vehicle| vehicle.vehicle).collect();
    for vehicle in vehicles {
        let touch = outreach(&vehicle, world.start() + TimeDelta::days(20));
        inputs.extend(world.react(&touch).unwrap());
    }
    let start = world.start();
    let orders = inputs.iter().filter(|input| input.source == "d-dms-orders" && input.at > start);
    assert!(orders.clone().count() > 500);
    for input in orders {
        assert_eq!(world.dms_up(input.at), None, "{} at {}", input.id, input.at);
    }
    let night = "2027-01-12T07:30:00Z".parse().unwrap();
    let until: DateTime<Utc> = "2027-01-12T09:30:00Z".parse().unwrap();
    assert_eq!(world.dms_up(night), Some(until), "half past two in Atlanta");
    assert_eq!(world.dms_up(until), None);
}

#[test]
fn a_technician_who_is_sent_back_goes_once() {
    let mut world = world(8, 300, 120);
    let inspections: Vec<_> = world
        .inputs()
        .unwrap()
        .into_iter()
        .filter_map(|input| match input.what {
            What::Inspection(record) => Some(record),
            _ => None,
        })
        .collect();
    let mut back = 0;
    for record in inspections {
        let mut gate = GateBlocked {
            ro: record.ro.clone(),
            inspection: record.inspection.clone(),
            at: record.changed_at,
            missing: vec!["photo".to_owned()],
        };
        let Some(input) = world.blocked(&gate).pop() else { continue };
        assert!(input.at > gate.at);
        let What::Inspection(second) = &input.what else { panic!("{input:?}") };
        assert_eq!((&second.inspection, &second.ro), (&record.inspection, &record.ro));
        if second.exemption.is_none() {
            let faults = second.findings.iter().filter(|finding| finding.op_code.is_some());
            assert!(faults.clone().all(|finding| !finding.photos.is_empty()));
        }
        gate.at = input.at;
        assert_eq!(world.blocked(&gate), []);
        back += 1;
    }
    assert!(back > 50, "{back}");
}

#[test]
fn a_store_of_1200_cars_lives_a_half_year_that_is_worth_looking_at() {
    let mut world = world(1, 1_200, 180);
    let inputs = world.inputs().unwrap();
    let (mut imported, mut closed, mut declined) = (0, BTreeSet::new(), 0);
    for input in &inputs {
        match &input.what {
            What::Dms(DmsChange::RepairOrder(record)) if input.at == world.start() => {
                imported += 1;
                assert!(record.opened_at <= world.start());
            }
            What::Dms(DmsChange::RepairOrder(record)) if record.closed_at.is_some() => {
                closed.insert(record.ro.clone());
            }
            What::Authorization(answer) if answer.status == AuthorizationStatus::Declined => declined += 1,
            _ => {}
        }
    }
    assert!((3_500..6_500).contains(&imported), "{imported} imported");
    assert!((600..1_100).contains(&closed.len()), "{} closed", closed.len());
    assert!(declined > 300, "{declined} declined");
    let truth = world.truth();
    let mut due: Vec<(DateTime<Utc>, VehicleId)> = Vec::new();
    for vehicle in truth.vehicles.iter().filter(|vehicle| vehicle.unit == UnitKind::Retail) {
        for oil in &vehicle.oil {
            let day = oil.due_on_miles.map_or(oil.due_on_months, |day| day.min(oil.due_on_months));
            let at = day.and_hms_opt(16, 0, 0).unwrap().and_utc();
            if (truth.start..truth.end).contains(&at) && oil.done.is_none_or(|done| done > at) {
                due.push((at, vehicle.vehicle.clone()));
            }
        }
    }
    due.sort();
    assert!(due.len() > 400, "{} crossings", due.len());
    let (mut replies, mut bookings) = (0, 0);
    for (at, vehicle) in due {
        for input in world.react(&outreach(&vehicle, at)).unwrap() {
            replies += u32::from(matches!(input.what, What::Reply { .. }));
            bookings += u32::from(input.id.ends_with("/set"));
        }
    }
    assert!(replies >= 20 && bookings >= 20, "{replies} replies, {bookings} bookings");
}

#[test]
fn what_is_wrong_with_parameters_is_named() {
    let shipped = include_str!("../parameters.toml");
    let with = |from: &str, to: &str| Parameters::from_toml(&shipped.replacen(from, to, 1)).unwrap_err();
    assert_eq!(
        with("shown = { value = 0.82", "shown = { value = 1.82"),
        ParametersError::OutOfRange("appointments.shown".to_owned())
    );
    assert_eq!(
        with("loaner = { value = 0.02, source = \"Our choice.\"", "loaner = { value = 0.02, source = \" \""),
        ParametersError::NoSource("units.loaner".to_owned())
    );
    assert_eq!(
        with("stock = { value = 0.04", "stock = { value = 0.97"),
        ParametersError::MoreThanAll("units")
    );
    assert_eq!(with("op_code = \"LOF\"", "op_code = \"LOFX\""), ParametersError::NoOperation("LOF"));
    let unknown = with("[units]", "[units]\nspaceship = 3");
    assert!(unknown.to_string().contains("spaceship"), "{unknown}");
    let zone = with("America/New_York", "America/Atlantis");
    assert!(zone.to_string().contains("Atlantis"), "{zone}");
    assert!(matches!(with("value = 0.82", "value = nan"), ParametersError::OutOfRange(_)));
}
