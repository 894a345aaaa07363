//! The registry's text: every line is a number, blank, or named.
#![no_main]

use fixedops_consent::list::{Nanp, numbers, read_number};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let lines = 1 + text.iter().filter(|byte| **byte == b'\n').count() as u64;
    for line in numbers(text) {
        match line {
            Ok(number) => assert_eq!(Nanp::from_digits(number.expose()), Ok(number)),
            Err(bad) => assert!((1..=lines).contains(&bad.line)),
        }
    }
    // One line at a time gives the same.
    let one_by_one = text.split(|byte| *byte == b'\n').filter_map(|line| read_number(line).transpose());
    assert!(numbers(text).map(|line| line.map_err(|bad| bad.reason)).eq(one_by_one));
});
