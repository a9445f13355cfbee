//! One gate, many callers: judging the same events by the same policies and the same live evidence, what `job-lint`
//! prints is, byte for byte, what the running service keeps in its run record.
//!
//! The corpus is every example of `tests/cases` and the odd ones of `tests/data/agree`. A quota keeps the Jobs from
//! being created: verdicts are what is compared here, and hundreds of pods would only take time.

mod corpus;
mod desk;
mod sets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use job_executor_service::yaml::Problem;
use serde_json::{Value, json};

use crate::world::{Policies, World, apply};
use corpus::{Case, corpus};
use desk::Desk;
use sets::{PolicySet, sets};

/// `job-lint` processes at a time.
const AT_ONCE: usize = 3;
/// How long the verdicts of a whole corpus may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// What a corpus came to under one set.
#[derive(Default)]
struct Seen {
    /// How many verdicts there were of each kind.
    verdicts: BTreeMap<String, usize>,
    /// The checks that found something.
    checks: BTreeSet<String>,
    faults: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lint_and_service_agree() {
    let mut checks = BTreeSet::new();
    let mut faults = Vec::new();
    for set in sets() {
        let seen = set.compare().await;
        println!("{}: {:?}", set.name, seen.verdicts);
        for verdict in ["admitted", "denied", "undecided"] {
            if !seen.verdicts.contains_key(verdict) {
                faults.push(format!("{}: nothing is {verdict}: {:?}", set.name, seen.verdicts));
            }
        }
        checks.extend(seen.checks);
        faults.extend(seen.faults.into_iter().map(|fault| format!("{}, {fault}", set.name)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    let tame = checks.len() < 30 || !checks.contains("folder-version");
    assert!(!tame, "the corpus has become tame: {checks:?}");
}

impl PolicySet {
    /// Runs a service by these policies and `job-lint` beside it.
    async fn compare(&self) -> Seen {
        let (world, desk, cases) = self.start().await;
        for case in &cases {
            world.publish(&case.event).await;
        }
        let runs = runs(&world, &cases).await;
        let desk = Arc::new(desk);
        let compared = futures::stream::iter(cases).map(|case| {
            let (desk, run) = (Arc::clone(&desk), runs.get(case.id()).cloned());
            tokio::task::spawn_blocking(move || (desk.disagrees(&case, run.as_ref()), run))
        });
        let compared: Vec<_> = compared.buffer_unordered(AT_ONCE).collect().await;
        let mut seen = Seen::default();
        for (fault, run) in compared.into_iter().map(Result::unwrap) {
            seen.faults.extend(fault);
            seen.count(run.as_ref());
        }
        seen.faults.extend(unnamed_mistakes(&world, &desk).await);
        seen
    }

    async fn start(&self) -> (World, Desk, Vec<Case>) {
        let mut world = World::prepare(Policies::Text(&self.folders[0])).await;
        let mut folders = vec![world.folder.path().join("policies")];
        for (index, text) in self.folders.iter().enumerate().skip(1) {
            let folder = world.folder.path().join(format!("more-{index}"));
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("policy.yaml"), text).unwrap();
            folders.push(folder);
        }
        let names: Vec<&str> = folders.iter().map(|folder| folder.to_str().unwrap()).collect();
        let variables = [
            ("POLICY_DIR", names.join(",")),
            // What stays undecided is not looked at a second time.
            ("ADMISSION_DEADLINE_SECONDS", "1".to_owned()),
        ];
        let own = self.variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
        for (name, value) in variables.into_iter().chain(own) {
            world.environment.insert(name.to_owned(), value);
        }
        forbid_jobs(&world);
        world.start_service().await;
        let mut cases = corpus(&world.job_namespace);
        let desk = Desk::new(&world, &folders);
        for case in &mut cases {
            desk.put(case);
            case.commit(&world.standin);
            // Its event may name the commit by now.
            desk.put_event(case);
        }
        corpus::widen_a_fence(&world, &cases);
        (world, desk, cases)
    }
}

impl Seen {
    fn count(&mut self, run: Option<&Value>) {
        let verdict = run
            .and_then(|run| run["status"]["verdict"].as_str())
            .unwrap_or_default();
        let Ok(verdict) = serde_json::from_str::<Value>(verdict) else {
            return;
        };
        let kind = verdict["verdict"].as_str().unwrap().to_owned();
        *self.verdicts.entry(kind).or_insert(0) += 1;
        let actions = verdict["actions"].as_array().into_iter().flatten();
        let found = actions.flat_map(|action| [&action["findings"], &action["notes"]]);
        let found = found.filter_map(Value::as_array).flatten();
        self.checks
            .extend(found.map(|finding| finding["check"].as_str().unwrap().to_owned()));
    }
}

/// No Job can be created here; what was admitted fails at once, after its verdict.
fn forbid_jobs(world: &World) {
    let metadata = json!({ "name": "no-jobs", "namespace": world.job_namespace });
    let spec = json!({ "hard": { "count/jobs.batch": "0" } });
    apply(&json!({ "apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": spec }).to_string());
}

/// The run records by event id, once every event that makes one has it with a verdict or an answer.
async fn runs(world: &World, cases: &[Case]) -> BTreeMap<String, Value> {
    let begun = Instant::now();
    loop {
        let runs = world.list(&world.service_namespace, "runs").into_iter();
        let begun_runs = runs.filter(|run| {
            run["status"]["actions"]
                .as_array()
                .is_some_and(|actions| !actions.is_empty())
        });
        let by_id = begun_runs.map(|run| {
            let event: Value = serde_json::from_str(run["spec"]["event"].as_str().unwrap()).unwrap();
            (event["id"].as_str().unwrap().to_owned(), run)
        });
        // Patterns such as `sample` wait for our own answers too, as they always did.
        let found: BTreeMap<String, Value> = by_id.filter(|(id, _)| id.starts_with(corpus::ID)).collect();
        let missing = || {
            cases
                .iter()
                .filter(|case| case.makes_a_run() && !found.contains_key(case.id()))
        };
        if missing().next().is_none() {
            return found;
        }
        let names: Vec<&str> = missing().map(Case::id).collect();
        assert!(begun.elapsed() < PATIENCE, "no runs of {names:?}\n{}", world.log());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// A config that cannot be read has no verdict: its answer names the mistakes that the desk names.
async fn unnamed_mistakes(world: &World, desk: &Desk) -> Vec<String> {
    let finished = world.finished(&format!("{}a20-broken", corpus::ID), 1).await.remove(0);
    let message = finished["data"]["message"].as_str().unwrap();
    let line: Value = serde_json::from_slice(&desk.lint("a20-broken", &["--live"]).stdout).unwrap();
    let problems: Vec<Problem> = serde_json::from_value(line["problems"].clone()).unwrap();
    assert!(problems.len() > 2, "{line}");
    let texts = problems.iter().map(|problem| problem.in_file("job/config.yaml"));
    texts
        .filter(|text| !message.contains(text))
        .map(|text| format!("the answer lacks `{text}`: {message}"))
        .collect()
}
