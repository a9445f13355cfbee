//! Somebody changes Jobs or pods on their way into the cluster: such a task ends with that finding.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};

use crate::task::{job_name, jobs_of, message, sh};
use crate::world::{Policies, World, apply, kubectl_with};

/// Rules of the API server that hold for one namespace; dropping them takes them away.
struct Rules<'a> {
    world: &'a World,
    names: Vec<String>,
}

impl<'a> Rules<'a> {
    /// Changes objects whose name begins with that of an event's Job, as a JSON patch says.
    fn mutating(&mut self, id: &str, what: (&str, &str, &str), patch: &str) {
        let patches = json!([{ "patchType": "JSONPatch", "jsonPatch": { "expression": patch } }]);
        let spec = json!({ "failurePolicy": "Fail", "reinvocationPolicy": "Never", "mutations": patches });
        self.add("MutatingAdmissionPolicy", id, what, spec, json!({}));
    }

    /// Refuses them.
    fn refusing(&mut self, id: &str, what: (&str, &str, &str), words: &str) {
        let spec = json!({ "failurePolicy": "Fail", "validations": [{ "expression": "false", "message": words }] });
        self.add(
            "ValidatingAdmissionPolicy",
            id,
            what,
            spec,
            json!({ "validationActions": ["Deny"] }),
        );
    }

    fn add(
        &mut self,
        kind: &str,
        id: &str,
        (group, resource, prefix): (&str, &str, &str),
        mut spec: Value,
        mut bound: Value,
    ) {
        let name = format!("{}-{id}", self.world.job_namespace);
        let name_of = "(has(object.metadata.generateName) ? object.metadata.generateName : object.metadata.name)";
        let begins = format!("{name_of}.startsWith('{prefix}')");
        spec["matchConditions"] = json!([{ "name": "ours", "expression": begins }]);
        spec["matchConstraints"] = json!({
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": self.world.job_namespace } },
            "resourceRules": [{ "apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource] }],
        });
        bound["policyName"] = json!(name);
        let version = "admissionregistration.k8s.io/v1";
        for (kind, spec) in [(kind.to_owned(), spec), (format!("{kind}Binding"), bound)] {
            apply(
                &json!({ "apiVersion": version, "kind": kind, "metadata": { "name": name }, "spec": spec }).to_string(),
            );
            self.names.push(format!("{kind}/{name}"));
        }
    }

    /// Waits until the API server goes by the rule for a kind of object, tried without making one.
    async fn hold(&self, id: &str, resource: &str, in_force: impl Fn(&Result<String, String>) -> bool) {
        let object = self.lookalike(id, resource).to_string();
        let begun = Instant::now();
        loop {
            let tried = kubectl_with(&["create", "--dry-run=server", "-o", "json", "-f", "-"], &object);
            if in_force(&tried) {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{id}: the rule is not in force: {tried:?}"
            );
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// An object of the name that the rule is about, with all that it changes.
    fn lookalike(&self, id: &str, resource: &str) -> Value {
        let metadata = json!({ "name": format!("{}-x", job_name(id)), "namespace": self.world.job_namespace });
        let spec = json!({
            "restartPolicy": "Never", "automountServiceAccountToken": false,
            "containers": [{ "name": "main", "image": "alpine:3.20", "env": [{ "name": "A", "value": "b" }] }],
            "volumes": [{ "name": "v", "emptyDir": {} }],
        });
        if resource == "pods" {
            return json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec });
        }
        let mut template = json!({ "metadata": { "labels": { "job-executor.keptn.sh/fence": "x" } }, "spec": spec });
        template["spec"]["serviceAccountName"] = json!("somebody");
        json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": { "template": template } })
    }
}

impl Drop for Rules<'_> {
    fn drop(&mut self) {
        let mut arguments = vec!["delete", "--ignore-not-found"];
        arguments.extend(self.names.iter().map(String::as_str));
        let path = std::env::var("RIG_KUBECTL").unwrap_or_else(|_| "kubectl".to_owned());
        let _ = std::process::Command::new(path).args(arguments).output();
    }
}

/// A rule: the event it is for, what it changes, the JSON patch, a word by which its work is seen, and the finding.
const CHANGES: [(&str, &str, &str, &str, &str); 6] = [
    (
        "jobenv",
        "jobs",
        r#"[JSONPatch{op: "add", path: "/spec/template/spec/containers/0/env/-", value: {"name": "INJECTED", "value": "hidden words"}}]"#,
        "hidden words",
        "].env[4]: added",
    ),
    (
        "jobimage",
        "jobs",
        r#"[JSONPatch{op: "replace", path: "/spec/template/spec/containers/0/image", value: "evil.example/miner:1"}]"#,
        "evil.example/miner:1",
        "].image: changed to `evil.example/miner:1`",
    ),
    (
        "jobaccount",
        "jobs",
        r#"[JSONPatch{op: "replace", path: "/spec/template/spec/serviceAccountName", value: "default"}]"#,
        "\"serviceAccountName\": \"default\"",
        "spec.template.spec.serviceAccountName: changed to `default`",
    ),
    (
        "joblabel",
        "jobs",
        r#"[JSONPatch{op: "replace", path: "/spec/template/metadata/labels/job-executor.keptn.sh~1fence", value: "open"}]"#,
        "\"open\"",
        "job-executor.keptn.sh/fence: changed to `open`",
    ),
    (
        "podbeside",
        "pods",
        r#"[JSONPatch{op: "add", path: "/spec/containers/-", value: Object.spec.containers{name: "beside", image: "alpine:3.20", command: ["sleep", "60"]}}]"#,
        "beside\"",
        "pod.spec.containers[beside]: added",
    ),
    (
        "podvolume",
        "pods",
        r#"[JSONPatch{op: "add", path: "/spec/volumes/-", value: Object.spec.volumes{name: "host", hostPath: Object.spec.volumes.hostPath{path: "/"}}}]"#,
        "hostPath",
        "pod.spec.volumes[host]: added",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_on_its_way_in_ends_its_task_with_that_finding() {
    let world = World::start(Policies::Shipped("compatible.yaml")).await;
    let mut rules = Rules {
        world: &world,
        names: Vec::new(),
    };
    for (id, resource, patch, ..) in CHANGES {
        let group = if resource == "jobs" { "batch" } else { "" };
        rules.mutating(id, (group, resource, &job_name(id)), patch);
    }
    rules.refusing("refused", ("batch", "jobs", &job_name("refused")), "not on a Friday");
    // A rule takes some seconds until it is in force.
    for (id, resource, _, word, _) in CHANGES {
        let seen = |tried: &Result<String, String>| tried.as_ref().is_ok_and(|text| text.contains(word));
        rules.hold(id, resource, seen).await;
    }
    rules.hold("refused", "jobs", Result::is_err).await;

    let one = async |(id, says): (&'static str, &'static str)| {
        let begun = Instant::now();
        let finished = world.try_task(id, sh("echo it ran; sleep 30")).await;
        let text = message(&finished);
        println!("{id:12} {:6.1} s", begun.elapsed().as_secs_f64());
        let altered = id == "refused" || text.contains("is not what was admitted and has been ended");
        let mut faults = Vec::new();
        if !altered || !text.contains(says) || text.contains("hidden words") || finished["data"]["result"] != "fail" {
            faults.push(format!("{id}: does not say `{says}`:\n{text}"));
        }
        faults
    };
    let mut cases: Vec<(&str, &str)> = CHANGES.iter().map(|(id, _, _, _, says)| (*id, *says)).collect();
    cases.push(("refused", "not on a Friday"));
    let faults = join_all(cases.into_iter().map(one)).await.concat();
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    // None of them runs on.
    let begun = Instant::now();
    while world
        .list(&world.job_namespace, "pods")
        .iter()
        .any(|pod| pod["status"]["phase"] == "Running")
    {
        assert!(begun.elapsed() < Duration::from_secs(60), "a pod runs on");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(jobs_of(&world, "refused").is_empty());
    for (id, ..) in CHANGES {
        let job = jobs_of(&world, id).remove(0);
        assert!(
            job["metadata"]["annotations"]["job-executor.keptn.sh/ended"].is_string(),
            "{id}: {job:#}"
        );
    }
    // A task that nobody changed is none of their business.
    let finished = world.try_task("untouched", sh("echo ran")).await;
    assert_eq!(finished["data"]["result"], "pass", "{finished:#}");
}
