//! Each file of rows that `due` reads: readings, services, operations, vehicles, countdowns. Every time it prints is one
//! that it would read.
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

/// The columns that hold times.
const TIMES: [&str; 4] = ["due_p10", "due_p50", "due_p90", "ask_from"];

fuzz_target!(|bytes: &[u8]| {
    let schedule = "--schedule sample/schedule.toml --at 2026-07-15 --out out.csv";
    let sample = "--readings sample/readings.csv --services sample/services.csv";
    let calls = [
        format!("due --readings due.csv --services sample/services.csv {schedule}"),
        format!("due --readings sample/readings.csv --services due.csv {schedule}"),
        format!(
            "due --readings sample/readings.csv --services due.csv --op-codes sample/op_codes.toml {schedule}"
        ),
        format!("due {sample} --vehicles due.csv --schedule sample/pack-crv.toml {schedule}"),
        format!("due {sample} --countdowns due.csv {schedule}"),
    ];
    let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
    for out in program::call("due.csv", bytes, &calls) {
        let mut rows = csv::Reader::from_reader(out.as_slice());
        let header = rows.byte_headers().expect("a header").clone();
        let places: Vec<usize> = TIMES
            .iter()
            .map(|name| header.iter().position(|column| column == name.as_bytes()).expect("the column"))
            .collect();
        for row in rows.byte_records() {
            let row = row.expect("a row");
            for &place in &places {
                let text = core::str::from_utf8(&row[place]).expect("text");
                assert!(text.is_empty() || table::parse_time(text).is_ok(), "{text}");
            }
        }
    }
});
