//! There is one way to a Job: each of these ways around it does not compile.

#[test]
fn ways_around_the_gate_do_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}
