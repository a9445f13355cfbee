//! The pure core on one core: from bytes to a verdict, stage by stage and as a whole. See `benches/README.md`.
//!
//! Nothing here waits for anybody, so a figure is the price that each event pays in CPU time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark fails by panicking"
)]

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use job_executor_service::admission::{
    ActionPlan, ActionVerdict, Fact, Facts, Judgement, Query, Request, ResolvedImage, Verdict, judge,
};
use job_executor_service::config::{self, JobConfig};
use job_executor_service::event::Event;
use job_executor_service::image::{Digest, Reference};
use job_executor_service::matching;
use job_executor_service::plan::{Values, plan};
use job_executor_service::policy::{PolicySet, builtin};
use job_executor_service::settings::Settings;
use job_executor_service::signature::Signed;

fn main() {
    divan::main();
}

/// What an event meets.
#[derive(Clone, Copy)]
struct Shape {
    actions: usize,
    /// Of each action.
    tasks: usize,
    /// All of them match every task.
    policies: usize,
}

const ONE: Shape = Shape::new(1, 1, 1);
const SMALL: Shape = Shape::new(1, 3, 20);
const LARGE: Shape = Shape::new(1, 1000, 1);
const SHAPES: [Shape; 3] = [ONE, SMALL, LARGE];
/// A config of which an event wants one action in two hundred.
const MANY_ACTIONS: Shape = Shape::new(200, 1, 1);

impl Shape {
    const fn new(actions: usize, tasks: usize, policies: usize) -> Self {
        Self {
            actions,
            tasks,
            policies,
        }
    }

    fn config(self) -> String {
        let mut text = "apiVersion: v2\nactions:\n".to_owned();
        for action in 0..self.actions {
            text.push_str(&format!(
                "  - name: \"Action {action}\"\n    events:\n      - name: \"sh.keptn.event.work{action}.triggered\"\n        \
                 jsonpath: {{ property: \"$.data.test.teststrategy\", match: \"performance\" }}\n    tasks:\n"
            ));
            for task in 0..self.tasks {
                text.push_str(&format!(
                    "      - name: \"Task {task}\"\n        image: \"ghcr.io/acme/tool-{}:1.2.3\"\n        cmd: [ run ]\n        \
                     env: [ {{ name: HOST, value: \"$.data.deployment.deploymentURIsLocal[0]\", valueFrom: event }} ]\n",
                    task % 10
                ));
            }
        }
        text
    }

    fn policies(self) -> BTreeMap<String, String> {
        let (policy, classes) = builtin::COMPATIBLE.split_once("\n---\n").unwrap();
        let named = |number: usize| policy.replace("name: compatible", &format!("name: policy-{number:02}"));
        let mut files: BTreeMap<String, String> = (0..self.policies)
            .map(|number| (format!("policy-{number:02}.yaml"), named(number)))
            .collect();
        files.insert("classes.yaml".to_owned(), classes.to_owned());
        files
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            actions,
            tasks,
            policies,
        } = self;
        write!(f, "{actions} x {tasks} tasks, {policies} policies")
    }
}

/// An event as Keptn's shipyard controller sends it, some 900 bytes.
fn event_text(number: usize) -> String {
    serde_json::json!({
        "specversion": "1.0", "id": format!("1f2e3d4c-0000-4000-8000-{number:012}"), "source": "shipyard-controller",
        "type": "sh.keptn.event.work0.triggered", "time": "2026-01-01T00:00:00.000Z", "datacontenttype": "application/json",
        "shkeptncontext": "08735340-6f9e-4b32-97ff-3b6c292bc509", "shkeptnspecversion": "0.2.4",
        "gitcommitid": "5c2f0e6b3f2f4d0a8b3f7c1d2e4f5a6b7c8d9e0f",
        "data": {
            "project": "sockshop", "stage": "dev", "service": "carts", "labels": { "testId": "4711", "buildId": "build-17" },
            "status": "succeeded", "result": "pass", "message": "",
            "test": { "teststrategy": "performance" },
            "deployment": {
                "deploymentURIsLocal": ["http://carts.sockshop-dev"], "deploymentURIsPublic": ["http://carts.dev.example.com"],
                "deploymentNames": ["direct"], "deploymentstrategy": "direct", "gitCommit": "eb5fc3d5253b1845d3d399c880c329374bbbb30a"
            }
        }
    })
    .to_string()
}

/// All that stands before the first event comes.
struct World {
    event: Event,
    text: String,
    config: JobConfig,
    settings: Arc<Settings>,
    policies: Arc<PolicySet>,
}

impl World {
    fn of(shape: Shape) -> Self {
        let text = shape.config();
        let settings = Settings::chart_defaults();
        let policies = PolicySet::load(&shape.policies())
            .unwrap()
            .with_settings(&settings)
            .unwrap();
        Self {
            event: Event::parse(event_text(0).as_bytes()).unwrap(),
            config: config::parse("job/config.yaml", &text).unwrap(),
            text,
            settings: Arc::new(settings),
            policies: Arc::new(policies),
        }
    }

    fn request(&self, event: &Arc<Event>, actions: Vec<ActionPlan>) -> Request {
        Request {
            event: Arc::clone(event),
            settings: Arc::clone(&self.settings),
            actions,
            policies: Arc::clone(&self.policies),
            at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    fn planned(&self) -> Request {
        let matched = matching::matched(&self.event, &self.config);
        let actions = plan(&self.event, &self.config, &matched, &self.settings, Values::OfEvent);
        self.request(&Arc::new(self.event.clone()), actions)
    }
}

/// The gate asks, is answered, and is asked again, as in the service.
fn decide(request: &Request) -> (Vec<ActionVerdict>, Facts) {
    let mut facts = Facts::default();
    for _ in 0..4 {
        match judge(request, &facts) {
            Judgement::Done(verdicts) => return (verdicts, facts),
            Judgement::Needs(queries) => queries.iter().for_each(|query| answer(query, &mut facts)),
        }
    }
    panic!("the gate still asks after four rounds");
}

fn answer(query: &Query, facts: &mut Facts) {
    match query {
        Query::ResolveImage { reference, .. } => facts.image(
            reference,
            Fact::Known(ResolvedImage::plain(
                Digest::of_bytes(b"a manifest"),
                "application/vnd.oci.image.manifest.v1+json",
            )),
        ),
        Query::Signatures(query) => facts.signed(query, Fact::Known(Signed::default())),
        Query::ForeignPolicies { namespace } => facts.foreign(namespace, Fact::Known(Vec::new())),
        Query::Files { entries } => facts.file_list(entries, Fact::Known(Vec::new().into())),
    }
}

fn admitted(verdicts: &[ActionVerdict]) -> usize {
    let tasks = |verdict: &ActionVerdict| match &verdict.verdict {
        Verdict::Admitted(admitted) => admitted.len(),
        Verdict::Denied(findings) => panic!("denied: {:?}", findings.as_slice()),
        Verdict::Undecided(findings) => panic!("undecided: {:?}", findings.as_slice()),
    };
    verdicts.iter().map(tasks).sum()
}

#[divan::bench]
fn event_parse(bencher: Bencher<'_, '_>) {
    let text = event_text(0);
    bencher
        .counter(ItemsCount::new(1usize))
        .counter(BytesCount::of_str(&text))
        .bench(|| Event::parse(divan::black_box(text.as_bytes())).unwrap());
}

#[divan::bench(args = [ONE, SMALL, MANY_ACTIONS, LARGE])]
fn config_parse(bencher: Bencher<'_, '_>, shape: Shape) {
    let text = shape.config();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| config::parse("job/config.yaml", divan::black_box(&text)).unwrap());
}

#[divan::bench(args = [ONE, MANY_ACTIONS])]
fn match_event(bencher: Bencher<'_, '_>, shape: Shape) {
    let world = World::of(shape);
    assert_eq!(matching::matched(&world.event, &world.config), [0]);
    bencher
        .counter(ItemsCount::new(1usize))
        .bench(|| matching::matched(&world.event, &world.config));
}

#[divan::bench(args = SHAPES)]
fn plan_event(bencher: Bencher<'_, '_>, shape: Shape) {
    let world = World::of(shape);
    bencher
        .counter(ItemsCount::new(1usize))
        .bench(|| plan(&world.event, &world.config, &[0], &world.settings, Values::OfEvent));
}

#[divan::bench(args = SHAPES)]
fn judge_planned(bencher: Bencher<'_, '_>, shape: Shape) {
    let request = World::of(shape).planned();
    let (verdicts, facts) = decide(&request);
    assert_eq!(admitted(&verdicts), shape.tasks);
    bencher
        .counter(ItemsCount::new(1usize))
        .bench(|| judge(&request, &facts));
}

/// Bytes of an event in, verdict out: matched, planned, judged until decided. The config is known.
#[divan::bench(args = SHAPES)]
fn event_to_verdict(bencher: Bencher<'_, '_>, shape: Shape) {
    let world = World::of(shape);
    let text = event_text(1);
    bencher.counter(ItemsCount::new(1usize)).bench(|| {
        let event = Arc::new(Event::parse(text.as_bytes()).unwrap());
        let matched = matching::matched(&event, &world.config);
        let actions = plan(&event, &world.config, &matched, &world.settings, Values::OfEvent);
        let (verdicts, _) = decide(&world.request(&event, actions));
        assert_eq!(admitted(&verdicts), shape.tasks);
    });
}

/// The same with a config that is read anew.
#[divan::bench(args = SHAPES)]
fn event_and_new_config_to_verdict(bencher: Bencher<'_, '_>, shape: Shape) {
    let world = World::of(shape);
    let text = event_text(1);
    bencher.counter(ItemsCount::new(1usize)).bench(|| {
        let event = Arc::new(Event::parse(text.as_bytes()).unwrap());
        let config = config::parse("job/config.yaml", &world.text).unwrap();
        let matched = matching::matched(&event, &config);
        let actions = plan(&event, &config, &matched, &world.settings, Values::OfEvent);
        let (verdicts, _) = decide(&world.request(&event, actions));
        assert_eq!(admitted(&verdicts), shape.tasks);
    });
}

#[divan::bench(args = [ONE, SMALL])]
fn policy_load(bencher: Bencher<'_, '_>, shape: Shape) {
    let files = shape.policies();
    let bytes: usize = files.values().map(String::len).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .bench(|| PolicySet::load(divan::black_box(&files)).unwrap());
}

#[divan::bench(args = [
    "alpine",
    "ghcr.io/acme/team/tool:1.2.3",
    "registry.example.com:5000/a/b/c/d@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
])]
fn image_reference_parse(bencher: Bencher<'_, '_>, text: &str) {
    bencher
        .counter(ItemsCount::new(1usize))
        .bench(|| Reference::parse(divan::black_box(text)).unwrap());
}
