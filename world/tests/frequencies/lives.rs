//! How cars are driven and what owners do by themselves.

use chrono::{DateTime, TimeDelta, Utc};
use fixedops_connectors_traits::UnitKind;
use fixedops_world::{Change, Habit, Parameters, Typo, VehicleTruth, Why};

use crate::scene::{DAYS, Scene};
use crate::tally::Tally;

fn year(of: &VehicleTruth, number: i32) -> DateTime<Utc> {
    // The world's year.
    of.delivered + TimeDelta::seconds(31_557_600 * i64::from(number))
}

pub(crate) fn measure(scene: &Scene, p: &Parameters, tally: &mut Tally) {
    for vehicle in &scene.truth.vehicles {
        changes(scene, p, vehicle, tally);
        if vehicle.unit == UnitKind::Retail {
            owner(scene, p, vehicle, tally);
        }
        own_visits(scene, p, vehicle, tally);
    }
    let own = scene.truth.vehicles.iter().flat_map(|vehicle| &vehicle.own);
    let written = own.filter(|own| own.here && own.at < scene.world.end()).count();
    for (name, share, typo) in [
        ("typos.dropped_digit", &p.typos.dropped_digit, Typo::DroppedDigit),
        ("typos.extra_digit", &p.typos.extra_digit, Typo::ExtraDigit),
        ("typos.transposed", &p.typos.transposed, Typo::Transposed),
        ("typos.zero", &p.typos.zero, Typo::Zero),
        ("typos.kilometres", &p.typos.kilometres, Typo::Kilometres),
        ("typos.other_car", &p.typos.other_car, Typo::OtherCar),
    ] {
        let found = scene.truth.readings.iter().filter(|reading| reading.typo == typo).count();
        (0..written).for_each(|number| tally.trial(name, share.value, number < found));
    }
}

fn changes(scene: &Scene, p: &Parameters, vehicle: &VehicleTruth, tally: &mut Tally) {
    for (name, share, change) in [
        ("driving.new_habit", &p.driving.new_habit, Change::NewHabit),
        ("driving.new_driver", &p.driving.new_driver, Change::NewDriver),
        ("driving.idle", &p.driving.idle, Change::Idle),
    ] {
        for number in (0..).take_while(|number| year(vehicle, *number) < scene.world.end()) {
            let in_it = year(vehicle, number)..year(vehicle, number + 1);
            let happened =
                vehicle.changes.iter().any(|known| known.change == change && in_it.contains(&known.at));
            tally.trial(name, share.value, happened);
        }
    }
}

fn owner(scene: &Scene, p: &Parameters, vehicle: &VehicleTruth, tally: &mut Tally) {
    for (name, share, habit) in [
        ("owners.loyal", &p.owners.loyal, Habit::Loyal),
        ("owners.late", &p.owners.late, Habit::Late),
        ("owners.elsewhere", &p.owners.elsewhere, Habit::Elsewhere),
    ] {
        tally.trial(name, share.value, vehicle.habit == habit);
    }
    let (name, share) = match vehicle.habit {
        Habit::Loyal => ("owners.loyal_here", &p.owners.loyal_here),
        Habit::Late => ("owners.late_here", &p.owners.late_here),
        Habit::Elsewhere => ("owners.elsewhere_here", &p.owners.elsewhere_here),
        Habit::Never => ("owners.never_here", &p.owners.never_here),
    };
    for own in vehicle.own.iter().filter(|own| own.why == Why::Oil) {
        tally.trial(name, share.value, own.here);
    }
    if vehicle.delivered < scene.world.start() - TimeDelta::days(61) {
        let share = p.owners.sold.value * f64::from(DAYS) / 365.25;
        tally.trial("owners.sold", share, vehicle.sold.is_some());
    }
    if let Some((_, traded)) = vehicle.sold {
        tally.trial("owners.traded_in", p.owners.traded_in.value, traded);
    }
}

fn own_visits(scene: &Scene, p: &Parameters, vehicle: &VehicleTruth, tally: &mut Tally) {
    let known = vehicle.own.iter().map(|own| own.at).min();
    let (Some(known), false) = (known, matches!(vehicle.unit, UnitKind::Stock | UnitKind::Loaner)) else {
        return;
    };
    let here = vehicle.own.iter().filter(|own| own.here && own.why != Why::Comeback);
    for own in here.clone() {
        tally.trial("owners.booked_first", p.owners.booked_first.value, own.booked.is_some());
    }
    let before = here.filter(|own| own.at < scene.before_end(5)).count();
    let ends = scene.world.end();
    let comebacks = vehicle.own.iter().filter(|own| own.why == Why::Comeback && own.at < ends).count();
    (0..before)
        .for_each(|number| tally.trial("visits.comeback", p.visits.comeback.value, number < comebacks));
    // Whole years of the car's life that the import and the half year after the run cover.
    let until = vehicle.sold.map_or(ends + TimeDelta::days(200), |(sold, _)| sold);
    let years =
        (0..40).filter(|number| year(vehicle, *number) >= known && year(vehicle, number + 1) <= until);
    for number in years {
        let in_it = year(vehicle, number)..year(vehicle, number + 1);
        for (name, share, why) in [
            ("visits.repair", &p.visits.repair, Why::Repair),
            ("visits.warranty", &p.visits.warranty, Why::Warranty),
            ("visits.recall", &p.visits.recall, Why::Recall),
        ] {
            if why == Why::Warranty && number > 2 {
                continue;
            }
            let came = vehicle.own.iter().any(|own| own.why == why && in_it.contains(&own.at));
            tally.trial(name, share.value, came);
        }
    }
}
