//! What the tables of the checks need: pods as JSON, and examples as the pages of the checks hold them.
//!
//! An example is YAML with parts of a `task`, a `policy` and `settings` laid over ones that admit everything, a `pod`
//! in the place of the rendered one, and what the rim would answer (`images`, `networkPolicies`, `files`). A part that
//! is `null` is taken away.

mod signatures;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::admission::{
    Check, Fact, Facts, FileFact, Finding, FolderListing, ForeignPolicy, Judgement, Kind, PinnedImage, PlannedTask,
    PodView, Query, Raw, Request, ResolvedImage, RuleView, TaskFiles, TaskView, Verdict, judge,
};
use crate::config;
use crate::event::Event;
use crate::image::Digest;
use crate::manifest::{Draft, RunIdentity, TokenMount};
use crate::network;
use crate::plan::{TaskPlan, Values, plan};
use crate::policy::{Policy, PolicySet, PolicySpan, Profile, Ruled, Security};
use crate::settings::Settings;
use crate::yaml::Span;

/// A row of a table: what it shows, the `spec` of a pod as JSON, the findings as `field: message`.
pub(in crate::admission::checks) type PodRow<'a> = (&'a str, &'a str, &'a [&'a str]);
/// A row of a table: what it shows, an example as YAML, the findings as `field: message`.
pub(in crate::admission::checks) type TaskRow<'a> = (&'a str, &'a str, &'a [&'a str]);

const EVENT_TYPE: &str = "sh.keptn.event.example.triggered";

/// Where the rules of the pod tables stand.
pub(in crate::admission::checks) fn place() -> PolicySpan {
    PolicySpan {
        file: "policy.yaml".to_owned(),
        span: Span {
            line: 1,
            column: 1,
            length: 0,
        },
    }
}

/// A `security` rule that accepts everything, changed.
pub(in crate::admission::checks) fn security(change: impl FnOnce(&mut Security)) -> Ruled<Security> {
    let mut rule = Security::of_profile(Profile::Privileged);
    change(&mut rule);
    Ruled { rule, origin: place() }
}

/// Findings as `field: message`.
pub(in crate::admission::checks) fn texts(raws: &[Raw]) -> Vec<String> {
    raws.iter()
        .map(|raw| format!("{}: {}", raw.field, raw.message))
        .collect()
}

/// Runs a pod check over the rows; a row without a `spec` key is the spec itself.
pub(in crate::admission::checks) fn pods(
    run: fn(&PodView<'_>, &Ruled<Security>) -> Vec<Raw>,
    rule: &Ruled<Security>,
    rows: &[PodRow<'_>],
) {
    for (name, json, expected) in rows {
        let json: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{name}: {error}"));
        let raws = run(&pod_view(&json), rule);
        assert_eq!(texts(&raws), *expected, "{name}");
        assert!(
            raws.iter().all(|raw| raw.policy.as_ref() == Some(&place())),
            "{name}: a finding names no rule"
        );
    }
}

fn pod_view(json: &Value) -> PodView<'_> {
    match json.get("spec") {
        Some(spec) => PodView {
            metadata: json.get("metadata").unwrap_or(&Value::Null),
            spec,
        },
        None => PodView {
            metadata: &Value::Null,
            spec: json,
        },
    }
}

/// Runs a check over examples.
pub(in crate::admission::checks) fn tasks(check: &'static Check, rows: &[TaskRow<'_>]) {
    for (name, yaml, expected) in rows {
        let example = Example::read(yaml);
        assert_eq!(texts(&example.run(check)), *expected, "{name}");
    }
}

/// An example, read.
pub(in crate::admission::checks) struct Example {
    parts: Map<String, Value>,
}

impl Example {
    /// Reads the YAML of an example.
    pub(in crate::admission::checks) fn read(yaml: &str) -> Self {
        let known = [
            "task",
            "pod",
            "policy",
            "policies",
            "settings",
            "images",
            "signed",
            "at",
            "networkPolicies",
            "files",
            "event",
        ];
        let value: Value = serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"));
        let Value::Object(parts) = value else {
            panic!("an example is an object of {known:?}\n{yaml}")
        };
        assert!(
            parts.keys().all(|key| known.contains(&key.as_str())),
            "an example has {known:?}\n{yaml}"
        );
        Self { parts }
    }

    /// What a check finds, by calling it alone.
    pub(in crate::admission::checks) fn run(&self, check: &Check) -> Vec<Raw> {
        let request = self.request();
        let facts = self.facts(&request);
        let planned = request.actions.iter().flat_map(|action| &action.tasks).next();
        let Some(PlannedTask::Planned(plan)) = planned else {
            panic!("no plan: {planned:?}")
        };
        self.with_view(&request, &facts, plan, |view| match check.kind {
            Kind::Invariant(run) => run(&view),
            Kind::Rule(run) => view
                .policies
                .iter()
                .flat_map(|policy| run(&RuleView { task: view, policy }))
                .collect(),
            Kind::Pod(run) => view
                .policies
                .iter()
                .filter_map(|policy| policy.security.as_ref())
                .flat_map(|rule| run(&view.pod, rule))
                .collect(),
        })
    }

    /// What the whole gate says, refusing or not; an example with a `pod` of its own has no such verdict.
    pub(in crate::admission::checks) fn judged(&self) -> Vec<Finding> {
        assert!(
            !self.parts.contains_key("pod"),
            "a pod of its own cannot be judged by the gate"
        );
        let request = self.request();
        let Judgement::Done(verdicts) = judge(&request, &self.facts(&request)) else {
            panic!("facts are missing")
        };
        verdicts
            .into_iter()
            .flat_map(|verdict| match verdict.verdict {
                Verdict::Admitted(_) => verdict.notes,
                Verdict::Denied(findings) | Verdict::Undecided(findings) => {
                    [findings.as_slice(), &verdict.notes].concat()
                }
            })
            .collect()
    }

    /// The finding of a check, by the gate where it can judge the example, alone otherwise.
    pub(in crate::admission::checks) fn finds(&self, check: &Check) -> bool {
        if self.parts.contains_key("pod") {
            return !self.run(check).is_empty();
        }
        self.judged().iter().any(|finding| finding.check == check.id)
    }

    fn part(&self, key: &str) -> Value {
        self.parts.get(key).cloned().unwrap_or(Value::Null)
    }

    /// The request that the example stands for.
    pub(in crate::admission::checks) fn request(&self) -> Request {
        let data = json!({ "project": "sockshop", "stage": "dev", "service": "carts" });
        let event =
            json!({ "specversion": "1.0", "id": "example", "source": "test", "type": EVENT_TYPE, "data": data });
        let event = Event::parse(over(event, self.part("event")).to_string().as_bytes()).unwrap();
        let settings = over(json!(Settings::chart_defaults()), self.part("settings"));
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let task = over(
            json!({ "name": "example", "image": "ghcr.io/acme/app:1.0" }),
            self.part("task"),
        );
        let config = json!({ "apiVersion": "v2", "actions": [ { "name": "example", "events": [ { "name": EVENT_TYPE } ], "tasks": [task] } ] });
        let config = config::parse("job/config.yaml", &config.to_string()).unwrap();
        let actions = plan(&event, &config, &[0], &settings, Values::OfEvent);
        let policies = PolicySet::load(&self.policies()).unwrap_or_else(|problems| panic!("{problems:#?}"));
        Request {
            event: Arc::new(event),
            policies: Arc::new(policies.with_settings(&settings).unwrap()),
            settings: Arc::new(settings),
            actions,
            at: serde_json::from_value(self.part("at")).unwrap_or(jiff::Timestamp::UNIX_EPOCH),
        }
    }

    fn policies(&self) -> BTreeMap<String, String> {
        let more = self.part("policies");
        let parts = match more.as_array() {
            Some(list) => list.clone(),
            None => vec![self.part("policy")],
        };
        let mut files = signatures::authorities();
        let named = parts.into_iter().enumerate().map(|(index, part)| {
            // What has to be signed cannot be excused as well.
            let is_every = |rule: &Value| rule["images"] == json!(["**"]);
            let rules = part["signatures"].as_array().cloned().unwrap_or_default();
            let mut policy = everything();
            if rules.iter().any(is_every) {
                policy["unsigned"] = json!("deny");
            }
            let mut policy = over(policy, part);
            policy["metadata"] = json!({ "name": format!("example-{index}") });
            (format!("example-{index}.yaml"), policy.to_string())
        });
        files.extend(named);
        files
    }

    /// What the rim answers: what the example says, otherwise that all is well.
    fn facts(&self, request: &Request) -> Facts {
        let mut facts = Facts::default();
        while let Judgement::Needs(queries) = judge(request, &facts) {
            for query in queries {
                match query {
                    Query::ResolveImage { reference, .. } => {
                        let known = ResolvedImage::plain(
                            Digest::of_bytes(reference.as_bytes()),
                            "application/vnd.oci.image.manifest.v1+json",
                        );
                        let said = self.part("images").get(&reference).cloned().unwrap_or_default();
                        facts.image(&reference, unhappy(&said).unwrap_or(Fact::Known(known)));
                    }
                    Query::Signatures(query) => facts.signed(&query, signatures::said(&self.part("signed"), &query)),
                    Query::ForeignPolicies { namespace } => {
                        let said = self
                            .part("networkPolicies")
                            .get(&namespace)
                            .cloned()
                            .unwrap_or(json!([]));
                        let known = || serde_json::from_value::<Vec<ForeignPolicy>>(said.clone()).map(Fact::Known);
                        facts.foreign(&namespace, unhappy(&said).unwrap_or_else(|| known().unwrap()));
                    }
                    Query::Files { entries } => {
                        let said = self.part("files");
                        let said = said
                            .as_array()
                            .into_iter()
                            .flatten()
                            .find(|said| said["entries"] == json!(entries));
                        facts.file_list(&entries, file_fact(said.unwrap_or(&Value::Null)));
                    }
                }
            }
        }
        facts
    }

    fn with_view<T>(
        &self,
        request: &Request,
        facts: &Facts,
        plan: &TaskPlan,
        then: impl FnOnce(TaskView<'_>) -> T,
    ) -> T {
        let policies: Vec<&Policy> = request.policies.matching(&request.event, &plan.key).collect();
        let fence = network::fence(plan, &request.event, &policies, &request.policies, &request.settings);
        let run = RunIdentity {
            name: "run-example",
            identity: "example",
        };
        let fact = facts.image_of(&plan.image.to_string(), &crate::admission::signed::pull_as(plan));
        let pinned = PinnedImage::from_fact(&plan.image, fact).ok();
        let image = plan.image.to_string();
        let draft = Draft::render(plan, &image, &fence, &request.settings, &run, TokenMount::Never);
        let own = self.part("pod");
        let pod = if own.is_null() { draft.pod() } else { pod_view(&own) };
        then(TaskView {
            request,
            facts,
            plan,
            pod,
            image: pinned.as_ref(),
            fence: &fence,
            policies: &policies,
        })
    }
}

/// `{ refuted: why }` or `{ unavailable: why }`.
fn unhappy<T>(said: &Value) -> Option<Fact<T>> {
    let text = |key: &str| said.get(key).and_then(Value::as_str).map(str::to_owned);
    text("refuted")
        .map(Fact::Refuted)
        .or_else(|| text("unavailable").map(Fact::Unavailable))
}

fn file_fact(said: &Value) -> Fact<TaskFiles> {
    let file = |file: &Value| FileFact {
        path: file["path"].as_str().unwrap().to_owned(),
        size: file["size"].as_u64().unwrap(),
        digest: Digest::of_bytes(b"content"),
    };
    let version = |key: &str| {
        said.get(key)
            .map(|version| version.to_string().trim_matches('"').to_owned())
    };
    let listing = match (version("read"), version("listed")) {
        (Some(read), Some(listed)) => FolderListing::OfAnother { read, listed },
        _ => FolderListing::OfTheirVersion,
    };
    let files = || said["found"].as_array().into_iter().flatten().map(file).collect();
    unhappy(said).unwrap_or_else(|| {
        Fact::Known(TaskFiles {
            files: files(),
            listing,
        })
    })
}

/// A policy that admits everything.
fn everything() -> Value {
    json!({
        "apiVersion": "job-executor.keptn.sh/v1alpha1",
        "kind": "Policy",
        "images": { "allow": [ { "image": "**", "reason": "example" } ] },
        "unsigned": { "allow": ["**"], "reason": "example" },
        "serviceAccounts": { "allow": ["*"], "mountToken": ["*"] },
        "namespaces": { "allow": ["*"] },
        "commands": "any",
        "files": { "allow": ["**"] },
        "security": { "profile": "privileged" },
        "resources": "any",
        "secrets": { "allow": ["**"] },
        "annotations": { "allow": ["**"] },
        "deadlines": "any",
        "egress": "none",
    })
}

/// The keys of `change` laid over those of `base`; a key that is null there is taken away.
fn over(mut base: Value, change: Value) -> Value {
    let Value::Object(change) = change else { return base };
    let object = base.as_object_mut().unwrap();
    for (key, value) in change {
        if value.is_null() {
            object.remove(&key);
        } else {
            object.insert(key, value);
        }
    }
    base
}
