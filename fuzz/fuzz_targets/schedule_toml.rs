//! A schedule file: refused, or rules that can be asked.
#![no_main]

use chrono::DateTime;
use fixedops_odometer_core::{Baseline, Schedule};
use fixedops_vocab::Miles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(schedule) = Schedule::from_toml(text) else { return };
    for rule in schedule.rules() {
        for (tenths, cycle) in [(0, 0), (412_345, 0), (412_345, 3), (9_999_999, u32::MAX)] {
            let done = Miles::from_tenths(tenths).unwrap_or(Miles::ZERO);
            let baseline = Baseline::here(DateTime::UNIX_EPOCH, Some(done), cycle);
            if let Some(due) = rule.due_miles(&baseline) {
                assert!(due > done, "{rule:?}: due at {due}, done at {done}");
            }
            let _ = rule.due_by(&baseline);
        }
    }
});
