//! Promise 4: no send without a clearance, by construction.

#![cfg(all(feature = "decide", feature = "classify"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the way to fail"
)]

#[test]
fn no_program_that_makes_copies_or_reuses_a_clearance_compiles() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
