//! Every example of `tests/cases`, run on the node and observed from inside its container.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::examples::{Case, Level, Outcome, Tree, all};
use crate::world::{Policies, World, apply, kubectl, kubectl_with};

/// How many cases of one service run at the same time: two cores run them.
const AT_ONCE: usize = 8;
/// How long an event is waited for that must not come.
const SILENCE: Duration = Duration::from_secs(4);
/// How long something is waited for that must come.
const PATIENCE: Duration = Duration::from_secs(90);

// Looking at the cluster blocks too.
#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn every_feature_of_the_documents_works_on_the_node() {
    let mut groups: BTreeMap<BTreeMap<String, String>, Vec<Case>> = BTreeMap::new();
    for case in all() {
        groups.entry(case.environment.clone()).or_default().push(case);
    }
    // A thread for each: setting up a world blocks.
    let runtime = tokio::runtime::Handle::current();
    let groups = groups.into_iter().map(|shared| {
        let runtime = runtime.clone();
        tokio::task::spawn_blocking(move || runtime.block_on(group(shared)))
    });
    let faults: Vec<String> = join_all(groups).await.into_iter().flat_map(Result::unwrap).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_server_accepts_every_object_of_every_snapshot() {
    let world = World::prepare(Policies::Shipped("compatible.yaml")).await;
    let namespace = format!("  namespace: {}", world.job_namespace);
    let mut objects = String::new();
    let mut count = 0;
    for case in all() {
        let text = std::fs::read_to_string(case.folder.join("objects.yaml")).unwrap();
        for line in text.lines() {
            let ours = ["  namespace: keptn-jobs", "  namespace: carts"].contains(&line);
            objects.push_str(if ours { &namespace } else { line });
            objects.push('\n');
            count += usize::from(line.starts_with("kind: "));
        }
    }
    assert!(count > 100, "{count} objects");
    let arguments = [
        "create",
        "--dry-run=server",
        "--validate=strict",
        "-o",
        "name",
        "-f",
        "-",
    ];
    let accepted = kubectl_with(&arguments, &objects).unwrap();
    assert_eq!(accepted.lines().count(), count, "{accepted}");
}

/// Runs the cases that share an environment of the service.
async fn group((environment, cases): (BTreeMap<String, String>, Vec<Case>)) -> Vec<String> {
    let mut world = World::prepare(Policies::Shipped("compatible.yaml")).await;
    world.environment.extend(environment);
    world.start_service().await;
    let carts = world.more_jobs("carts");
    apply(&json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "task-account", "namespace": world.job_namespace } }).to_string());
    let world = Arc::new(world);
    let run = |case| {
        let (world, carts) = (Arc::clone(&world), carts.clone());
        tokio::spawn(Run { world, case, carts }.faults())
    };
    let runs = futures::stream::iter(cases).map(run).buffer_unordered(AT_ONCE);
    let faults: Vec<_> = runs.collect().await;
    faults.into_iter().filter_map(Result::unwrap).collect()
}

/// A case in a world: a project of its own, and an event of its own.
struct Run {
    world: Arc<World>,
    case: Case,
    /// The namespace that stands for `carts`.
    carts: String,
}

impl Run {
    async fn faults(self) -> Option<String> {
        let commit = self.put_files();
        self.put_secrets();
        let mut event: Value = serde_json::from_str(&self.case.event).unwrap();
        event["id"] = json!(self.id());
        event["data"]["project"] = json!(self.project());
        if event["gitcommitid"].is_string() {
            event["gitcommitid"] = json!(commit);
        }
        self.world.publish(&event).await;
        let mut faults = Vec::new();
        let text = if self.case.expect.result == Outcome::None {
            self.silence(&mut faults).await
        } else {
            self.answers(&mut faults).await
        };
        let text = text.replace(&self.project(), "sockshop");
        for (pieces, wanted) in [(&self.case.expect.contains, true), (&self.case.expect.lacks, false)] {
            for piece in pieces.iter().filter(|piece| text.contains(*piece) != wanted) {
                faults.push(format!(
                    "what came back {} {piece:?}",
                    if wanted { "lacks" } else { "contains" }
                ));
            }
        }
        self.objects(&mut faults).await;
        (!faults.is_empty()).then(|| format!("{}: {}\n{text}", self.case.name, faults.join("; ")))
    }

    fn id(&self) -> String {
        format!("case-{}", self.case.name)
    }

    fn project(&self) -> String {
        format!("sockshop-{}", self.case.number)
    }

    /// Commits the files of the case and gives the commit that the event belongs to.
    fn put_files(&self) -> String {
        let (project, case) = (self.project(), &self.case);
        let place = |level| match level {
            Level::Service => format!("{project}/dev/carts"),
            Level::Stage => format!("{project}/dev"),
            Level::Project => project.clone(),
        };
        let put = |level, files: &Tree| {
            let files: Vec<(&str, Vec<u8>)> = files
                .iter()
                .map(|(path, bytes)| (path.as_str(), self.filled(bytes)))
                .collect();
            let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (*path, bytes.as_slice())).collect();
            (!files.is_empty()).then(|| self.world.standin.put(&place(level), &files))
        };
        put(case.expect.level, &case.earlier);
        let mut commit = String::new();
        for (level, files) in [
            (Level::Project, &case.project),
            (Level::Stage, &case.stage),
            (Level::Service, &case.files),
        ] {
            let mut files = files.clone();
            if let Some(config) = case.config.as_ref().filter(|_| level == case.expect.level) {
                files.insert("job/config.yaml".to_owned(), config.clone().into_bytes());
            }
            commit = put(level, &files).unwrap_or(commit);
        }
        put(case.expect.level, &case.later);
        commit
    }

    /// The namespace `carts` of the documents is one of this test.
    fn filled(&self, bytes: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(bytes) {
            Ok(text) => text
                .replace("namespace: carts", &format!("namespace: {}", self.carts))
                .into_bytes(),
            Err(_) => bytes.to_vec(),
        }
    }

    fn put_secrets(&self) {
        for (name, data) in &self.case.secrets {
            let (namespace, name) = match name.split_once('/') {
                Some((_, name)) => (self.carts.as_str(), name),
                None => (self.world.job_namespace.as_str(), name.as_str()),
            };
            apply(&json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name, "namespace": namespace }, "stringData": data }).to_string());
        }
    }

    /// The messages that come back.
    async fn answers(&self, faults: &mut Vec<String>) -> String {
        let expect = &self.case.expect;
        let finished = self.world.finished(&self.id(), expect.finished).await;
        // Of several actions one failure is a failure, as it is for the control plane.
        let failed = finished.iter().any(|event| event["data"]["result"] != "pass");
        let result = if failed { Outcome::Fail } else { Outcome::Pass };
        if result != expect.result {
            faults.push(format!("the result is {result:?}"));
        }
        for event in &finished {
            let data = &event["data"];
            if (data["status"] == "succeeded") != (data["result"] == "pass") {
                faults.push(format!("status {} with result {}", data["status"], data["result"]));
            }
            if expect.test != (data["test"]["start"].is_string() && data["test"]["end"].is_string()) {
                faults.push(format!("its test block is {}", data["test"]));
            }
        }
        for (kind, wanted) in [("started", expect.finished), ("finished", expect.finished)] {
            let count = self.world.answers(&self.id(), kind).len();
            if count != wanted {
                faults.push(format!("{count} {kind} events"));
            }
        }
        finished
            .iter()
            .filter_map(|event| event["data"]["message"].as_str())
            .collect()
    }

    /// The logs of the Jobs of an event that is not answered.
    async fn silence(&self, faults: &mut Vec<String>) -> String {
        let ended = |job: &Value| {
            let conditions = job["status"]["conditions"].as_array().cloned().unwrap_or_default();
            conditions
                .iter()
                .any(|condition| condition["type"] == "Complete" && condition["status"] == "True")
        };
        let begun = Instant::now();
        let wanted = self.case.expect.jobs.unwrap_or_default();
        while self.jobs().iter().filter(|job| ended(job)).count() < wanted && begun.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        tokio::time::sleep(SILENCE).await;
        if !self.world.answers(&self.id(), "").is_empty() {
            faults.push("it was answered, and nothing was expected".to_owned());
        }
        let logs = |job: &Value| {
            let name = format!("job/{}", job["metadata"]["name"].as_str().unwrap());
            kubectl(&["-n", job["metadata"]["namespace"].as_str().unwrap(), "logs", &name])
        };
        self.jobs().iter().map(logs).collect()
    }

    /// What stands in the cluster in the end.
    async fn objects(&self, faults: &mut Vec<String>) {
        let expect = &self.case.expect;
        let jobs = self.jobs();
        if expect.jobs.is_some_and(|wanted| wanted != jobs.len()) {
            faults.push(format!("there are {} jobs", jobs.len()));
        }
        if expect.job.is_empty() && expect.pod.is_empty() {
            return;
        }
        let Some(job) = jobs.first() else {
            return faults.push("there is no job".to_owned());
        };
        let (namespace, name) = (&job["metadata"]["namespace"], &job["metadata"]["name"]);
        let selector = format!("job-name={}", name.as_str().unwrap());
        let pods = self.world.select(namespace.as_str().unwrap(), "pods", &selector);
        let begun = Instant::now();
        // The time to live is lowered once the answer has arrived, so the first look may be too early.
        loop {
            let (job, pod) = (self.jobs().remove(0), pods.first().cloned().unwrap_or_default());
            let wrong: Vec<String> = [("job", &job, &expect.job), ("pod", &pod, &expect.pod)]
                .into_iter()
                .flat_map(|(kind, object, wanted)| {
                    wanted.iter().filter_map(move |(path, value)| {
                        let found = object.pointer(path).unwrap_or(&Value::Null);
                        (found != value).then(|| format!("{path} of the {kind} is {found}"))
                    })
                })
                .collect();
            if wrong.is_empty() {
                return;
            }
            if begun.elapsed() > Duration::from_secs(10) {
                return faults.extend(wrong);
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// The Jobs of the event, in the order of their names.
    fn jobs(&self) -> Vec<Value> {
        let selector = format!("keptn.sh/event-id={}", self.id());
        [&self.world.job_namespace, &self.carts]
            .iter()
            .flat_map(|namespace| self.world.select(namespace, "jobs", &selector))
            .collect()
    }
}
