//! A schedule file: refused, or rules that can be asked.
#![no_main]

use fixedops_odometer_core::Schedule;
use fixedops_vocab::Miles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(schedule) = Schedule::from_toml(text) else { return };
    for rule in schedule.rules() {
        for (tenths, cycle) in [(0, 0), (412_345, 0), (412_345, 3), (9_999_999, u32::MAX)] {
            let done = Miles::from_tenths(tenths).unwrap_or(Miles::ZERO);
            if let Some(due) = rule.due_after(done, cycle) {
                assert!(due > done, "{rule:?}: due at {due}, done at {done}");
            }
            let _ = rule.months_after(cycle);
        }
    }
});
