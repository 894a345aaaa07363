//! Promise 4: no send without a clearance, by construction.

#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the way to fail")]

#[test]
fn no_program_that_hands_a_transport_a_message_without_a_clearance_compiles() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
