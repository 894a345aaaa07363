//! A stored factor: refused, or one that learns on.
#![no_main]

use fixedops_odometer_core::{Model, Scale};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, f64, f64, f64)| {
    let (text, dash, gps, sd) = input;
    let model = Model::shipped();
    let mut scale = serde_json::from_str::<Scale>(text).unwrap_or_else(|_| Scale::prior(&model));
    scale.learn(dash, gps, sd, &model);
    scale.learn(100.0, 100.0, 1.0, &model);
    assert!(scale.factor().is_finite() && scale.factor() > 0.0, "{scale:?}");
    assert!(scale.sd().is_finite() && scale.sd() >= 0.0, "{scale:?}");
    let stored = serde_json::to_string(&scale).expect("a factor is written");
    serde_json::from_str::<Scale>(&stored).expect("and read");
});
