//! The same request and facts give the same verdict and the same Jobs, byte for byte: in whatever order the gate's
//! questions are answered and lists are given, with whatever seeds hash maps have, and in another process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/cases.rs"]
mod cases;
#[path = "support/judged.rs"]
mod judged;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use job_executor_service::admission::{
    Fact, Facts, FileFact, ForeignPolicy, Judgement, Query, Request, ResolvedImage, judge,
};
use job_executor_service::image::Digest;
use job_executor_service::policy::{PolicySet, builtin};
use job_executor_service::settings::Settings;
use job_executor_service::signature::Signed;
use serde_json::{Value, json};

/// Where another process of this test writes what it found.
const OUTPUT: &str = "DETERMINISM_OUTPUT";

/// In which order the gate's questions are answered, and lists in the answers stand.
#[derive(Clone, Copy)]
enum Order {
    /// All of a round at once.
    AllAtOnce,
    /// One a round, the last first, its lists backwards.
    LastFirst,
}

#[test]
fn the_order_of_facts_does_not_matter() {
    let (first, second) = (everything(Order::AllAtOnce), everything(Order::LastFirst));
    assert_eq!(first.len(), second.len());
    for (one, other) in first.iter().zip(&second) {
        assert_eq!(one, other);
    }
    // What is compared says something.
    let count = |verdict: &str| {
        let begins = format!("{{\"verdict\":\"{verdict}\"");
        first.iter().filter(|line| line.contains(&begins)).count()
    };
    let counts = ["admitted", "denied", "undecided"].map(count);
    assert!(counts.iter().all(|count| *count > 1), "{counts:?}");
    let text = first.join("\n");
    for finding in [
        "fence-widened",
        "files-missing",
        "image-unresolved",
        "could not be asked",
    ] {
        assert!(text.contains(finding), "nothing says {finding}");
    }
}

#[test]
fn another_process_says_the_same() {
    if let Some(path) = std::env::var_os(OUTPUT) {
        return fs::write(path, everything(Order::AllAtOnce).join("\n")).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let said: BTreeSet<Vec<u8>> = (0..2)
        .map(|number| {
            let path = folder.path().join(number.to_string());
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "another_process_says_the_same"])
                .env(OUTPUT, &path)
                .stdout(Stdio::null())
                .status()
                .unwrap();
            assert!(status.success());
            fs::read(path).unwrap()
        })
        .chain([everything(Order::AllAtOnce).join("\n").into_bytes()])
        .collect();
    assert_eq!(said.len(), 1, "three processes said {} different things", said.len());
}

/// A line for each event of the corpus under each set of policies: its verdict, then its Jobs.
fn everything(order: Order) -> Vec<String> {
    let mut lines = Vec::new();
    for (set, policies) in sets() {
        for (name, config, event) in corpus() {
            let settings = Settings::chart_defaults();
            let Some(request) = judged::request(&config, &event, policies.clone(), settings) else {
                continue;
            };
            let judged = answered(&request, order);
            let jobs: Vec<String> = judged.tasks.iter().map(|(_, job)| job.to_string()).collect();
            lines.push(format!("{set} {name}: {} {}", judged.report.to_json(), jobs.join(" ")));
        }
    }
    assert!(lines.len() > 250, "{} lines", lines.len());
    lines
}

fn answered(request: &Request, order: Order) -> judged::Judged {
    let mut facts = Facts::default();
    loop {
        match (judge(request, &facts), order) {
            (Judgement::Done(verdicts), _) => return judged::judged(request, verdicts),
            (Judgement::Needs(queries), Order::AllAtOnce) => {
                queries.iter().for_each(|query| answer(query, order, &mut facts));
            }
            (Judgement::Needs(queries), Order::LastFirst) => answer(queries.last().unwrap(), order, &mut facts),
        }
    }
}

/// Known, refuted and unavailable answers, by what is asked.
fn answer(query: &Query, order: Order, facts: &mut Facts) {
    match query {
        Query::ResolveImage { reference, .. } if reference.contains("no-such-tag") => {
            facts.image(
                reference,
                Fact::Refuted("it does not exist in registry docker.io".to_owned()),
            );
        }
        Query::ResolveImage { reference, .. } if reference.contains("invalid") => {
            facts.image(
                reference,
                Fact::Unavailable("the registry could not be asked".to_owned()),
            );
        }
        Query::ResolveImage { reference, .. } => {
            let digest = Digest::of_bytes(reference.as_bytes());
            let image = ResolvedImage::plain(digest, "application/vnd.oci.image.index.v1+json");
            facts.image(reference, Fact::Known(image));
        }
        Query::Signatures(query) => facts.signed(query, Fact::Known(Signed::default())),
        Query::ForeignPolicies { namespace } if namespace.starts_with("kube-") => {
            facts.foreign(namespace, Fact::Unavailable("forbidden (403)".to_owned()));
        }
        Query::ForeignPolicies { namespace } => {
            let policies = [("b-widens", "carts"), ("a-widens", "carts"), ("c-other", "web")];
            let policy = |(name, app): (&str, &str)| ForeignPolicy {
                name: name.to_owned(),
                spec: json!({ "podSelector": { "matchExpressions": [{ "key": "app", "operator": "NotIn", "values": [app] }] },
                    "policyTypes": ["Egress"], "egress": [{}] }),
            };
            let some = if namespace == "carts" { &policies[..] } else { &[] };
            facts.foreign(namespace, Fact::Known(ordered(some.iter().copied().map(policy), order)));
        }
        Query::Files { entries } if entries.iter().any(|entry| entry.contains("no/such")) => {
            facts.file_list(
                entries,
                Fact::Refuted("could not find file or directory `no/such.txt`".to_owned()),
            );
        }
        Query::Files { entries } => {
            let file = |entry: &String| FileFact {
                path: format!("{}/x", entry.trim_end_matches('/')),
                size: 9 * 1024 * 1024,
                digest: Digest::of_bytes(entry.as_bytes()),
            };
            facts.file_list(entries, Fact::Known(ordered(entries.iter().map(file), order).into()));
        }
    }
}

fn ordered<T>(items: impl DoubleEndedIterator<Item = T>, order: Order) -> Vec<T> {
    match order {
        Order::AllAtOnce => items.collect(),
        Order::LastFirst => items.rev().collect(),
    }
}

/// The shipped policies, and those of several scopes and modes.
fn sets() -> Vec<(&'static str, PolicySet)> {
    let read = |name: &str| fs::read_to_string(root().join("tests/data/agree/policies").join(name)).unwrap();
    let mixed = ["policy.yaml", "more/policy.yaml"].map(|name| {
        (
            name.to_owned(),
            read(name).replace("${JOB_NAMESPACE}", "keptn-jobs\", \"carts"),
        )
    });
    let strict = BTreeMap::from([("strict.yaml".to_owned(), builtin::STRICT.to_owned())]);
    let sets = [
        ("strict", strict),
        ("compatible", builtin::compatible()),
        ("mixed", mixed.into()),
    ];
    let loaded = |(name, files): (&'static str, BTreeMap<String, String>)| {
        let set = PolicySet::load(&files).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        (name, set.with_settings(&Settings::chart_defaults()).unwrap())
    };
    sets.into_iter().map(loaded).collect()
}

/// Name, config and event of every example, and of every odd one.
fn corpus() -> Vec<(String, String, Value)> {
    let examples = cases::all().into_iter().filter_map(|case| {
        let event = serde_json::from_str(&case.event).unwrap();
        Some((case.name, case.config?, event))
    });
    let mut odd: Vec<PathBuf> = fs::read_dir(root().join("tests/data/agree"))
        .unwrap()
        .map(|entry| entry.unwrap().path().join("config.yaml"))
        .filter(|path| path.is_file())
        .collect();
    odd.sort();
    let event: Value =
        serde_json::from_str(&fs::read_to_string(cases::cases_folder().join("event.json")).unwrap()).unwrap();
    let odd = odd.into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (path.display().to_string(), text, event.clone())
    });
    examples.chain(odd).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
