//! A model file: refused, or a model that can be worked with and written down.
#![no_main]

use fixedops_fuzz::check_posterior;
use fixedops_odometer_core::{Model, Posterior, Reading};
use fixedops_vocab::{DistanceUnit, RawOdometer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(model) = Model::from_toml(text) else { return };
    let stored = serde_json::to_string(&model).expect("a model is written");
    assert_eq!(serde_json::from_str::<Model>(&stored).expect("and read"), model);
    let readings: Vec<Reading> = (0..6)
        .map(|month| {
            let at =
                chrono::DateTime::from_timestamp(1_700_000_000 + month * 2_600_000, 0).unwrap_or_default();
            Reading::reported(at, RawOdometer::new((20_000 + month * 900) * 1_000, DistanceUnit::Miles))
        })
        .collect();
    let at = chrono::DateTime::from_timestamp(1_720_000_000, 0).unwrap_or_default();
    check_posterior(&Posterior::fit(&readings, &[], at, &model), at, 260_000);
});
