//! What API server, controllers and the kubelet add to a Job or pod by themselves. Anything else is a change.
//!
//! Each entry is one field with the values that a default can have. A field that could widen what a task may do is
//! here only with the value that does not.

use serde_json::Value;

use crate::manifest::names;

/// What is compared, and what of it the admitted Job left to the account.
pub(super) struct Scope {
    what: What,
    token: Token,
    account: String,
    pull_secrets: PullSecrets,
}

#[derive(PartialEq)]
enum What {
    Job,
    Pod,
}

/// Whether the admitted Job leaves the account's token to the account.
#[derive(PartialEq)]
enum Token {
    Never,
    AsAccount,
}

/// Whether the admitted Job names pull secrets; if not, the account's are added to the pod.
#[derive(PartialEq)]
enum PullSecrets {
    Ours,
    OfAccount,
}

impl Scope {
    pub(super) fn job(admitted: &Value) -> Self {
        Self::of(admitted, What::Job)
    }

    pub(super) fn pod(admitted: &Value) -> Self {
        Self::of(admitted, What::Pod)
    }

    fn of(admitted: &Value, what: What) -> Self {
        let spec = admitted.pointer("/spec/template/spec").unwrap_or(&Value::Null);
        let never = spec.get("automountServiceAccountToken") == Some(&Value::Bool(false));
        Self {
            what,
            token: if never { Token::Never } else { Token::AsAccount },
            account: spec
                .get("serviceAccountName")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            pull_secrets: if spec.get("imagePullSecrets").is_some() {
                PullSecrets::Ours
            } else {
                PullSecrets::OfAccount
            },
        }
    }
}

/// Values that a field may have though we did not set it.
enum Given {
    Any,
    Text(&'static str),
    Number(i64),
    Bool(bool),
}
use Given::{Any, Bool, Number, Text};

/// Fields of a Job outside its pod template.
const JOB: [(&str, Given); 9] = [
    ("spec.selector", Any),
    ("spec.manualSelector", Bool(false)),
    ("spec.completionMode", Text("NonIndexed")),
    // A suspended Job runs nothing; the watch reports it in its own words.
    ("spec.suspend", Any),
    ("spec.podReplacementPolicy", Text("TerminatingOrFailed")),
    ("spec.podReplacementPolicy", Text("Failed")),
    ("spec.managedBy", Text("kubernetes.io/job-controller")),
    ("metadata.labels.", Any),
    ("metadata.annotations.", Any),
];

/// Fields of a pod template and of a pod.
const POD: [(&str, Given); 12] = [
    ("spec.terminationGracePeriodSeconds", Number(30)),
    ("spec.dnsPolicy", Text("ClusterFirst")),
    ("spec.schedulerName", Text("default-scheduler")),
    ("spec.enableServiceLinks", Bool(true)),
    ("spec.containers[].terminationMessagePath", Text("/dev/termination-log")),
    ("spec.containers[].terminationMessagePolicy", Text("File")),
    ("spec.containers[].securityContext.procMount", Text("Default")),
    (
        "spec.initContainers[].terminationMessagePath",
        Text("/dev/termination-log"),
    ),
    ("spec.initContainers[].terminationMessagePolicy", Text("File")),
    ("spec.initContainers[].securityContext.procMount", Text("Default")),
    ("spec.volumes[].projected.defaultMode", Number(420)),
    ("spec.hostNetwork", Bool(false)),
];

/// Fields of a pod that scheduler and admission set.
const PLACED: [(&str, Given); 4] = [
    ("spec.nodeName", Any),
    ("spec.priority", Any),
    ("spec.priorityClassName", Any),
    ("spec.preemptionPolicy", Any),
];

/// Labels that the Job controller and the scheduler put on pods.
const POD_LABELS: [&str; 6] = [
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// Annotations that once switched security profiles; nobody may add one.
const PROFILE_ANNOTATIONS: [&str; 3] = [
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "seccomp.security.alpha.kubernetes.io/",
];

/// Whether a field or element that we did not set, at this rule path, is one that the cluster adds by itself.
pub(super) fn is_harmless(scope: &Scope, rule: &str, value: &Value) -> bool {
    if super::is_empty(value) {
        return true;
    }
    let (pod_rule, in_pod) = match (&scope.what, rule.strip_prefix("spec.template.")) {
        (What::Pod, _) => (rule, true),
        (What::Job, Some(rest)) => (rest, true),
        (What::Job, None) => (rule, false),
    };
    if !in_pod {
        return listed(&JOB, rule, value);
    }
    if let Some(key) = pod_rule.strip_prefix("metadata.labels.") {
        return POD_LABELS.contains(&key);
    }
    if let Some(key) = pod_rule.strip_prefix("metadata.annotations.") {
        return !key.starts_with(names::PREFIX) && !PROFILE_ANNOTATIONS.iter().any(|prefix| key.starts_with(prefix));
    }
    match pod_rule {
        "spec.serviceAccount" => value.as_str() == Some(&scope.account),
        _ if listed(&POD, pod_rule, value) => true,
        _ => scope.what == What::Pod && placed(scope, pod_rule, value),
    }
}

/// What only a pod gets, on its way to a node.
fn placed(scope: &Scope, rule: &str, value: &Value) -> bool {
    match rule {
        "spec.tolerations[]" => value
            .get("key")
            .and_then(Value::as_str)
            .is_some_and(|key| key.starts_with("node.kubernetes.io/")),
        "spec.imagePullSecrets[]" => scope.pull_secrets == PullSecrets::OfAccount,
        "spec.volumes[]" => scope.token == Token::AsAccount && is_token_volume(value),
        "spec.containers[].volumeMounts[]" | "spec.initContainers[].volumeMounts[]" => {
            scope.token == Token::AsAccount && is_token_mount(value)
        }
        _ => listed(&PLACED, rule, value) || is_amount(rule),
    }
}

/// What a LimitRange fills in. Any other resource, such as a device of the node, is given and not limited.
const LIMITED: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];

/// Kubernetes takes absent requests from the limits, and a LimitRange fills in what is absent: both only narrow.
fn is_amount(rule: &str) -> bool {
    ["spec.containers[].resources.", "spec.initContainers[].resources."]
        .iter()
        .filter_map(|prefix| rule.strip_prefix(prefix))
        .filter_map(|rest| rest.strip_prefix("limits.").or_else(|| rest.strip_prefix("requests.")))
        .any(|resource| LIMITED.contains(&resource))
}

/// What the admission plugin AlwaysPullImages changes in every pod: the image is named by digest, so what runs stays
/// the same. Worth a remark, and no tampering.
pub(super) fn is_pulled_anew(scope: &Scope, rule: &str, value: &Value) -> bool {
    let policy = [
        "spec.containers[].imagePullPolicy",
        "spec.initContainers[].imagePullPolicy",
    ];
    scope.what == What::Pod && policy.contains(&rule) && value.as_str() == Some("Always")
}

/// The volume of the account's token, as the ServiceAccount plugin makes it.
fn is_token_volume(value: &Value) -> bool {
    let named = value
        .get("name")
        .and_then(Value::as_str)
        .is_some_and(|name| name.starts_with("kube-api-access-"));
    let sources = value.pointer("/projected/sources").and_then(Value::as_array);
    let expected = |source: &Value| {
        source
            .get("serviceAccountToken")
            .is_some_and(|token| token.get("audience").is_none())
            || source.pointer("/configMap/name").and_then(Value::as_str) == Some("kube-root-ca.crt")
            || source.get("downwardAPI").is_some()
    };
    named && sources.is_some_and(|sources| sources.iter().all(expected))
}

fn is_token_mount(value: &Value) -> bool {
    value
        .get("name")
        .and_then(Value::as_str)
        .is_some_and(|name| name.starts_with("kube-api-access-"))
        && value.get("mountPath").and_then(Value::as_str) == Some("/var/run/secrets/kubernetes.io/serviceaccount")
}

/// Whether a field is on a list; an entry that ends in a dot stands for every key below it.
fn listed(list: &[(&str, Given)], rule: &str, value: &Value) -> bool {
    list.iter().any(|(field, allowed)| {
        let here = *field == rule || (field.ends_with('.') && rule.starts_with(field));
        here && match allowed {
            Any => true,
            Text(text) => value.as_str() == Some(text),
            Number(number) => value.as_i64() == Some(*number),
            Bool(truth) => value.as_bool() == Some(*truth),
        }
    })
}
