//! Text for an odometer, in every unit.
#![no_main]

use fixedops_vocab::{DistanceUnit, Miles, RawOdometer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for unit in [DistanceUnit::Miles, DistanceUnit::Kilometres, DistanceUnit::Metres] {
        if let Ok(raw) = RawOdometer::parse(text, unit) {
            assert!(raw.miles_f64().is_finite());
            if let Some(miles) = raw.to_miles() {
                assert!((miles.as_f64() - raw.miles_f64()).abs() < 0.11, "{raw:?} {miles}");
            }
        }
    }
    let _ = text.parse::<DistanceUnit>();
    if let Ok(miles) = text.parse::<Miles>() {
        assert_eq!(miles.to_string().parse::<Miles>(), Ok(miles));
    }
});
