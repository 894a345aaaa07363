//! A readings file, through `clean` and `estimate`. Of the other commands that read one, `due_csv` calls `due`.
#![no_main]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "the program's own modules, as they stand")]

#[macro_use]
#[path = "../../harness/src/say.rs"]
mod say;
#[path = "../../harness/src/odometer_cmd/mod.rs"]
mod odometer_cmd;
#[path = "../../harness/src/outcome.rs"]
mod outcome;
mod program;
#[path = "../../harness/src/table/mod.rs"]
mod table;
#[path = "../../harness/src/whole_file.rs"]
mod whole_file;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    program::call(
        "readings.csv",
        bytes,
        &[
            "clean --readings readings.csv --out out.csv",
            "estimate --readings readings.csv --queries sample/queries.csv --out out.csv",
        ],
    );
});
