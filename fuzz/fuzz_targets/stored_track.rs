//! A stored track: refused, or one that goes on.
#![no_main]

use fixedops_fuzz::{AnyFix, check_summary, fold};
use fixedops_odometer_core::{Model, Track};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, Vec<AnyFix>)| {
    let (text, fixes) = input;
    let Ok(mut track) = serde_json::from_str::<Track>(text) else { return };
    let model = Model::shipped();
    fold(&mut track, &fixes, &model);
    check_summary(&track.summary(&model));
    let stored = serde_json::to_string(&track).expect("a track is written");
    assert_eq!(serde_json::from_str::<Track>(&stored).expect("and read"), track);
    let _ = track.restart(&model);
});
