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

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use job_executor_service::admission::{Fact, Facts, Judgement, Query, Request, ResolvedImage, judge};
use job_executor_service::event::Event;
use job_executor_service::image::Digest;
use job_executor_service::plan::{Values, plan};
use job_executor_service::policy::{PolicySet, builtin};
use job_executor_service::report::VerdictReport;
use job_executor_service::settings::Settings;
use job_executor_service::{config, matching};
use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

const INPUTS: u64 = 100_000;
const THREADS: u64 = 4;

#[derive(Default)]
struct Reached {
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
    let policies: Vec<Arc<PolicySet>> = [builtin::STRICT, builtin::COMPATIBLE]
        .map(|text| Arc::new(PolicySet::load(&BTreeMap::from([("policy.yaml".to_owned(), text.to_owned())])).unwrap()))
        .into();
    let settings = Arc::new(Settings::chart_defaults());
    let reached = Reached::default();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (events, configs, policies, settings, reached) = (&events, &configs, &policies, &settings, &reached);
            scope.spawn(move || {
                let mut random = StdRng::seed_from_u64(seed * THREADS + thread);
                for _ in 0..INPUTS / THREADS {
                    let event = mutated(pick(events, &mut random), &mut random);
                    let config = mutated(pick(configs, &mut random), &mut random);
                    let policies = &policies[random.random_range(0..policies.len())];
                    one(&event, &config, policies, settings, reached);
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

fn one(event: &[u8], config: &[u8], policies: &Arc<PolicySet>, settings: &Arc<Settings>, reached: &Reached) {
    let config = config::parse("job/config.yaml", &String::from_utf8_lossy(config));
    if config.is_ok() {
        reached.config.fetch_add(1, Ordering::Relaxed);
    }
    let Ok(event) = Event::parse(event) else { return };
    reached.event.fetch_add(1, Ordering::Relaxed);
    let Ok(config) = config else { return };
    // Every action is planned, whether it matches or not: more of them get far.
    let _ = matching::matched(&event, &config);
    let all: Vec<usize> = config.actions.iter().map(|action| action.index).collect();
    let actions = plan(&event, &config, &all, settings, Values::OfEvent);
    if actions.is_empty() {
        return;
    }
    reached.plan.fetch_add(1, Ordering::Relaxed);
    let request = Request {
        event: Arc::new(event),
        settings: Arc::clone(settings),
        actions,
        policies: Arc::clone(policies),
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    let mut facts = Facts::default();
    for _ in 0..4 {
        match judge(&request, &facts) {
            Judgement::Done(verdicts) => {
                assert!(!VerdictReport::of(&request, &verdicts).to_json().is_empty());
                reached.verdict.fetch_add(1, Ordering::Relaxed);
                return;
            }
            Judgement::Needs(queries) => queries.iter().for_each(|query| answer(query, &mut facts)),
        }
    }
    panic!("the gate still asks after four rounds");
}

fn answer(query: &Query, facts: &mut Facts) {
    match query {
        Query::ResolveImage { reference } => facts.image(
            reference,
            Fact::Known(ResolvedImage {
                digest: Digest::of_bytes(reference.as_bytes()),
                media_type: "application/vnd.oci.image.manifest.v1+json".into(),
            }),
        ),
        Query::ForeignPolicies { namespace } => facts.foreign(namespace, Fact::Known(Vec::new())),
        Query::Files { entries } => facts.file_list(entries, Fact::Known(Vec::new())),
    }
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut texts = vec![];
    for entry in std::fs::read_dir(&root).unwrap() {
        let path = entry.unwrap().path();
        let file = if path.is_dir() { path.join(name) } else { path };
        if file.file_name().is_some_and(|file| file == name)
            && let Ok(text) = std::fs::read(&file)
        {
            texts.push(text);
        }
    }
    texts.sort();
    assert!(!texts.is_empty());
    texts
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
