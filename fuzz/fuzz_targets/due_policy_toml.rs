//! Numbers for visits, asks and countdowns: refused, or ones that can be worked with.
#![no_main]

use chrono::{DateTime, TimeDelta};
use fixedops_odometer_core::{
    Assessment, Baseline, Countdown, DuePoint, DuePolicy, Model, Posterior, Reading, Schedule, ask,
    assess_due, bundle,
};
use fixedops_vocab::{DistanceUnit, Miles, RawOdometer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(policy) = DuePolicy::from_toml(text) else { return };
    assert!(!policy.source().trim().is_empty(), "it says where it comes from");
    let day =
        |day: i64| DateTime::from_timestamp(1_700_000_000, 0).unwrap_or_default() + TimeDelta::days(day);
    let readings: Vec<Reading> = (0..6)
        .map(|month| {
            let raw = RawOdometer::new((20_000 + month * 900) * 1_000, DistanceUnit::Miles);
            Reading::reported(day(month * 30), raw)
        })
        .collect();
    let at = day(200);
    let posterior = Posterior::fit(&readings, &[], at, &Model::shipped());
    let bought = Baseline::delivered(day(0), Miles::from_whole(20_000).ok(), &policy);
    let schedule = Schedule::shipped();
    let all: Vec<Assessment> = schedule
        .rules()
        .iter()
        .map(|rule| {
            let left = RawOdometer::new(2_000_000, DistanceUnit::Miles);
            let said = Countdown::read(rule.service.clone(), day(60)).with_distance(left).with_days(90);
            let due = DuePoint::of(rule, &bought);
            let due = due.with_countdowns(rule, &bought, &[said], &posterior, at, policy.countdown());
            assess_due(rule, &bought, &due, &posterior, at, 0.5)
        })
        .collect();
    let mut bundled = 0;
    for visit in bundle(&all, &posterior.mileage_at(at), at, policy.visit()) {
        assert!(visit.services.contains(&visit.lead), "{visit:?}");
        bundled += visit.services.len();
    }
    assert!(bundled <= all.len(), "no service is on two visits");
    for assessment in &all {
        if let Some(ask) = ask(assessment, &posterior, at, policy.ask()) {
            assert!(ask.p_due.is_none_or(|p| (0.0..=1.0).contains(&p)), "{ask:?}");
        }
    }
});
