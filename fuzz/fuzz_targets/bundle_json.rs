//! A proof bundle: refused, or judged; and whatever is judged to hold is written and read as the same.
#![no_main]

use std::sync::LazyLock;

use fixedops_consent::RuleBook;
use fixedops_consent::proof::{Bundle, verify};
use libfuzzer_sys::fuzz_target;

static BOOK: LazyLock<RuleBook> = LazyLock::new(RuleBook::shipped);
const SAMPLE: &str = include_str!("../../harness/samples/proof_bundle.json");

fuzz_target!(|input: (&[u8], bool, Vec<(u16, u8)>)| {
    let (bytes, of_the_sample, changes) = input;
    let mut bytes = if of_the_sample { SAMPLE.as_bytes().to_vec() } else { bytes.to_vec() };
    for (place, byte) in changes {
        if let Some(there) = bytes.get_mut(usize::from(place)) {
            *there = byte;
        }
    }
    let Ok(text) = core::str::from_utf8(&bytes) else { return };
    let Ok(mut bundle) = Bundle::from_json(text) else { return };
    let verdict = verify(&bundle, &BOOK, None);
    let _ = format!("{bundle:?} {verdict:?}");
    // A forger computes the digest anew: the rest is judged all the same.
    bundle.digest = bundle.computed_digest().expect("it was read from JSON");
    let _ = verify(&bundle, &BOOK, None);
    let written = bundle.to_json().expect("it was read from JSON");
    assert!(Bundle::from_json(&written).expect("its own form") == bundle);
});
