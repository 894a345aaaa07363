//! Promise 4: no send without a clearance, by construction.

#[test]
fn no_program_that_makes_copies_or_reuses_a_clearance_compiles() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
