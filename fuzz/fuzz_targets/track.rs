//! Any fixes folded, stored half way, and two tracks merged.
#![no_main]

use fixedops_fuzz::{AnyFix, check_summary, fold};
use fixedops_odometer_core::{Model, Track};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<AnyFix>, Vec<AnyFix>)| {
    let (first, second) = input;
    let model = Model::shipped();
    let mut whole = Track::new();
    fold(&mut whole, &first, &model);
    let half = whole.clone();
    check_summary(&half.summary(&model));
    let stored = serde_json::to_string(&half).expect("a track is written");
    let mut again: Track = serde_json::from_str(&stored).expect("and read");
    fold(&mut whole, &second, &model);
    fold(&mut again, &second, &model);
    assert_eq!(again, whole, "a stored track goes on as if it had not been stored");
    check_summary(&whole.summary(&model));
    let mut other = Track::new();
    fold(&mut other, &second, &model);
    if let Ok(merged) = half.merge(&other, &model) {
        check_summary(&merged.summary(&model));
    }
    check_summary(&whole.restart(&model).summary(&model));
});
