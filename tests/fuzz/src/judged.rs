//! An event and a config, parted by a NUL, from bytes to a verdict. `tests/fuzz/run` says how to start it.
#![no_main]

#[path = "../../support/pipeline.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; the corpus is laid out by the script"
)]
mod pipeline;

use std::sync::LazyLock;

static PIPELINE: LazyLock<pipeline::Pipeline> = LazyLock::new(pipeline::Pipeline::new);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let (event, config) = match input.iter().position(|byte| *byte == 0) {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &[][..]),
    };
    PIPELINE.run(event, config, input.len());
});
