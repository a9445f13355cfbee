//! Mutated events and configs, 100,000 of them, from parsing to verdict: none may panic, and many have to get far.
//!
//! Mutations keep most of the text intact, so that the later stages are reached as well; the shares are printed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

#[path = "support/pipeline.rs"]
mod pipeline;

use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

use pipeline::{Pipeline, corpus};

const INPUTS: u64 = 100_000;
const THREADS: u64 = 4;

#[derive(Default)]
struct Counts {
    event: AtomicU64,
    config: AtomicU64,
    plan: AtomicU64,
    verdict: AtomicU64,
}

#[test]
fn no_mutated_input_panics_and_enough_of_them_reach_a_verdict() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    let (events, configs) = (corpus("event.json"), corpus("config.yaml"));
    let pipeline = Pipeline::new();
    let reached = Counts::default();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (events, configs, pipeline, reached) = (&events, &configs, &pipeline, &reached);
            scope.spawn(move || {
                let mut random = StdRng::seed_from_u64(seed * THREADS + thread);
                for _ in 0..INPUTS / THREADS {
                    let event = mutated(pick(events, &mut random), &mut random);
                    let config = mutated(pick(configs, &mut random), &mut random);
                    let got = pipeline.run(&event, &config, random.random_range(0..2));
                    for (count, got) in [
                        (&reached.event, got.event),
                        (&reached.config, got.config),
                        (&reached.plan, got.plan),
                        (&reached.verdict, got.verdict),
                    ] {
                        count.fetch_add(u64::from(got), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let share = |count: &AtomicU64| count.load(Ordering::Relaxed) as f64 * 100.0 / INPUTS as f64;
    println!(
        "seed {seed}: {INPUTS} inputs; events read {:.1} %, configs read {:.1} %, planned {:.1} %, judged {:.1} %",
        share(&reached.event),
        share(&reached.config),
        share(&reached.plan),
        share(&reached.verdict)
    );
    assert!(
        share(&reached.verdict) > 10.0,
        "mutations that never get far test only the parsers"
    );
}

fn pick<'a>(texts: &'a [Vec<u8>], random: &mut StdRng) -> &'a [u8] {
    &texts[random.random_range(0..texts.len())]
}

/// None to four small changes: a bit, a byte, a piece left out, doubled, swapped, or replaced by something nasty.
fn mutated(text: &[u8], random: &mut StdRng) -> Vec<u8> {
    const NASTY: [&str; 22] = [
        "\u{0}",
        "\u{202e}",
        "'",
        "\"",
        "{",
        "}",
        "[",
        "]",
        ": ",
        "- ",
        "&a ",
        "*a",
        "<<: ",
        "-1",
        "99999999999999999999",
        "1e999",
        "null",
        "~",
        "../../../etc/passwd",
        "$(HOME)",
        "ghcr.io/../x@sha256:00",
        "*",
    ];
    let mut text = text.to_vec();
    for _ in 0..random.random_range(0..=2) {
        if text.is_empty() {
            break;
        }
        let at = random.random_range(0..text.len());
        let length = random.random_range(1..=8).min(text.len() - at);
        match random.random_range(0..6) {
            0 => text[at] ^= 1 << random.random_range(0..8),
            1 => text[at] = (random.next_u32() & 0x7f) as u8,
            2 => {
                text.drain(at..at + length);
            }
            3 => {
                let piece = text[at..at + length].to_vec();
                text.splice(at..at, piece);
            }
            4 => {
                let to = random.random_range(0..text.len());
                text.swap(at, to);
            }
            _ => {
                let nasty = NASTY[random.random_range(0..NASTY.len())];
                text.splice(at..at, nasty.bytes());
            }
        }
    }
    text
}
