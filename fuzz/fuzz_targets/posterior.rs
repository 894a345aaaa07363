//! Any readings, with tracks: judged, foretold, assessed.
#![no_main]

use fixedops_fuzz::{AnyFix, AnyReading, AnyTime, check_posterior, fold};
use fixedops_odometer_core::{Baseline, Model, Posterior, Reading, Schedule, Track, assess, judge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<AnyReading>, Vec<AnyFix>, AnyTime, AnyTime, u32)| {
    let (readings, fixes, as_of, at, miles) = input;
    let (as_of, at) = (as_of.instant(), at.instant());
    let model = Model::shipped();
    let readings: Vec<Reading> = readings.into_iter().map(AnyReading::reading).collect();
    assert_eq!(judge(&readings, &model).len(), readings.len(), "a verdict for every reading");
    let mut track = Track::new();
    fold(&mut track, &fixes, &model);
    let tracks = [track.summary(&model)];
    for tracks in [&[][..], &tracks[..]] {
        let posterior = Posterior::fit(&readings, tracks, as_of, &model);
        let known = readings.iter().filter(|reading| reading.known_at(as_of)).count();
        assert_eq!(posterior.readings_used() + posterior.readings_set_aside(), known);
        check_posterior(&posterior, at, miles);
        check_posterior(&posterior, as_of, miles);
        if let Some(last) = posterior.last_reading() {
            let base = Baseline::here(as_of, Some(last), miles % 3);
            for rule in Schedule::shipped().rules() {
                let found = assess(rule, &base, &posterior, at, 0.5);
                if let (Some(p10), Some(p50)) = (found.due_p10, found.due_p50) {
                    assert!(p10 <= p50, "{found:?}");
                }
                if let (Some(p50), Some(p90)) = (found.due_p50, found.due_p90) {
                    assert!(p50 <= p90, "{found:?}");
                }
            }
        }
    }
});
