//! `fence-widened`: see the page below. A selector is answered with "could it?": what is not known about a pod's labels
//! counts as possible.

use serde_json::Value;

use super::namespace;
use super::support::{Labels, Malformed, Node, all_of, quoted};
use crate::admission::check::check;
use crate::admission::{Fact, ForeignPolicy, Raw, TaskView};
use crate::manifest::names;
use crate::network::Fence;

check! {
    /// Tasks must not run where another NetworkPolicy opens their fence.
    ///
    /// **Field** `namespace` **Allowed** namespaces in which no NetworkPolicy of others could select the task's pod and let
    /// something through
    ///
    /// **Policy** none: it always holds
    ///
    /// ## Why
    ///
    /// NetworkPolicies add up: a policy that selects all pods of a namespace and allows everything undoes every fence in
    /// it. One that selects other pods, or that only denies, is no matter.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// task:
    ///   namespace: keptn-jobs
    /// policy:
    ///   namespaces: { allow: [keptn-jobs] }
    /// networkPolicies:
    ///   keptn-jobs: [ { name: allow-all, spec: { podSelector: {}, egress: [ {} ] } } ]
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// task:
    ///   namespace: keptn-jobs
    /// policy:
    ///   namespaces: { allow: [keptn-jobs] }
    /// networkPolicies:
    ///   keptn-jobs: [ { name: web, spec: { podSelector: { matchLabels: { app: web } }, egress: [ {} ] } } ]
    /// ```
    "fence-widened" => Invariant(run), help = "ask who owns the NetworkPolicy to let it select other pods only"
}

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    let space = &view.plan.namespace;
    let unknown =
        |why: &str| {
            let message = format!("the NetworkPolicies of namespace {} {why}", quoted(space));
            vec![Raw::undecided("namespace", message).help(
                "use a namespace that the service may look into, or send the event again when the cluster answers",
            )]
        };
    match view.facts.foreign_policies.get(space) {
        Some(Fact::Known(policies)) => {
            let pod = Target {
                job: &view.plan.job_name,
                metadata: view.pod.metadata,
                fence: &view.fence.name(),
            };
            policies.iter().filter_map(|policy| pod.widened_by(policy)).collect()
        }
        Some(Fact::Refuted(why) | Fact::Unavailable(why)) => unknown(&format!("could not be read: {why}")),
        None if namespace::admitted(view.request, view.plan, view.policies) => unknown("have not been read"),
        // Not read because a policy refuses the namespace, or none rules it: that is the finding.
        None => Vec::new(),
    }
}

/// What this check says of an admitted Job behind its fence, by the policies that stand now: asked once more before the
/// Job is created. Empty when nothing opens the fence.
#[must_use]
pub fn widened(job: &Value, fence: &Fence, policies: &[ForeignPolicy]) -> Vec<String> {
    let pod = Target {
        job: job
            .pointer("/metadata/name")
            .and_then(Value::as_str)
            .unwrap_or_default(),
        metadata: job.pointer("/spec/template/metadata").unwrap_or(&Value::Null),
        fence: &fence.name(),
    };
    let found = policies.iter().filter_map(|policy| pod.widened_by(policy));
    found
        .map(|raw| format!("{}: {}; {}", CHECK.id, raw.message, CHECK.help))
        .collect()
}

/// The pod that a policy could select.
struct Target<'a> {
    /// Name of its Job.
    job: &'a str,
    metadata: &'a Value,
    /// Name of its fence.
    fence: &'a str,
}

impl Target<'_> {
    fn widened_by(&self, policy: &ForeignPolicy) -> Option<Raw> {
        // Ours by name are compared with what they should be before every launch.
        if policy.name == names::BASE_FENCE || policy.name == self.fence {
            return None;
        }
        let name = quoted(&policy.name);
        match opens(self, policy) {
            Ok(open) if open.is_empty() => None,
            Ok(open) => {
                let what = all_of(open);
                Some(Raw::denied(
                    "namespace",
                    format!("NetworkPolicy {name} could select the task's pod and opens its {what}"),
                ))
            }
            Err(malformed) => {
                let Raw { field, message, .. } = Raw::from(malformed);
                Some(Raw::undecided(
                    "namespace",
                    format!("NetworkPolicy {name} cannot be judged: `{field}`: {message}"),
                ))
            }
        }
    }
}

/// The directions that a policy opens for the task's pod.
fn opens(target: &Target<'_>, policy: &ForeignPolicy) -> Result<Vec<&'static str>, Malformed> {
    let spec = Node::new("spec", &policy.spec);
    let mut open = Vec::new();
    for direction in ["ingress", "egress"] {
        if !spec.get(direction)?.items()?.is_empty() {
            open.push(direction);
        }
    }
    let pod = Labels {
        job: target.job,
        own: Node::new("metadata", target.metadata).get("labels")?,
    };
    if open.is_empty() || pod.could_match(&spec.get("podSelector")?)? {
        Ok(open)
    } else {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::{Example, tasks};
    use super::*;

    #[test]
    fn only_policies_that_open_are_findings() {
        tasks(
            &CHECK,
            &[
                (
                    "none",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: [] }",
                    &[],
                ),
                (
                    "it only denies",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: [ { name: other, spec: { podSelector: {}, policyTypes: [Ingress, Egress] } } ] }",
                    &[],
                ),
                (
                    "empty lists",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: [ { name: other, spec: { podSelector: {}, ingress: [], egress: [] } } ] }",
                    &[],
                ),
                (
                    "everybody may come in",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: [ { name: other, spec: { podSelector: {}, ingress: [ {} ] } } ] }",
                    &["namespace: NetworkPolicy `other` could select the task's pod and opens its `ingress`"],
                ),
                (
                    "both",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: [ { name: other, spec: { podSelector: {}, ingress: [ {} ], egress: [ {} ] } } ] }",
                    &[
                        "namespace: NetworkPolicy `other` could select the task's pod and opens its `ingress` and `egress`",
                    ],
                ),
                (
                    "no selector selects all",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: [ { name: other, spec: { egress: [ {} ] } } ] }",
                    &["namespace: NetworkPolicy `other` could select the task's pod and opens its `egress`"],
                ),
                (
                    "ours",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: [ { name: job-executor-service-base, spec: { egress: [ {} ] } } ] }",
                    &[],
                ),
                (
                    "the fence of another task",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: [ { name: fence-x, spec: { podSelector: { matchLabels: { job-executor.keptn.sh/fence: x } }, egress: [ {} ] } } ] }",
                    &[],
                ),
                (
                    "one that takes such a name",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: [ { name: fence-x, spec: { podSelector: {}, egress: [ {} ] } } ] }",
                    &["namespace: NetworkPolicy `fence-x` could select the task's pod and opens its `egress`"],
                ),
                (
                    "one cannot be read",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: [ { name: other, spec: { egress: {} } } ] }",
                    &[
                        "namespace: NetworkPolicy `other` cannot be judged: `spec.egress`: `egress` is an object, which cannot be judged; accepted: a list",
                    ],
                ),
                (
                    "the cluster does not answer",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: { unavailable: timeout } }",
                    &["namespace: the NetworkPolicies of namespace `jobs` could not be read: timeout"],
                ),
                (
                    "the cluster says no",
                    "policy: { namespaces: { allow: [jobs] } }\ntask: { namespace: jobs }\nnetworkPolicies: { jobs: { refuted: forbidden } }",
                    &["namespace: the NetworkPolicies of namespace `jobs` could not be read: forbidden"],
                ),
                (
                    "the namespace is refused",
                    "task: { namespace: jobs }\npolicy: { namespaces: { allow: [other] } }",
                    &[],
                ),
            ],
        );
    }

    #[test]
    fn a_selector_that_could_select_the_pod_counts() {
        for (selector, expected) in [
            ("{}", true),
            ("{ matchLabels: {} }", true),
            (
                "{ matchLabels: { app.kubernetes.io/managed-by: job-executor-service } }",
                true,
            ),
            ("{ matchLabels: { app.kubernetes.io/managed-by: helm } }", false),
            ("{ matchLabels: { app: web } }", false),
            (
                "{ matchLabels: { app.kubernetes.io/managed-by: job-executor-service, app: web } }",
                false,
            ),
            ("{ matchLabels: { job-name: other } }", false),
            ("{ matchLabels: { controller-uid: whatever } }", true),
            ("{ matchExpressions: [ { key: app, operator: Exists } ] }", false),
            ("{ matchExpressions: [ { key: app, operator: DoesNotExist } ] }", true),
            (
                "{ matchExpressions: [ { key: app, operator: NotIn, values: [web] } ] }",
                true,
            ),
            (
                "{ matchExpressions: [ { key: app, operator: In, values: [web] } ] }",
                false,
            ),
            (
                "{ matchExpressions: [ { key: job-executor.keptn.sh/fence, operator: Exists } ] }",
                true,
            ),
            (
                "{ matchExpressions: [ { key: job-executor.keptn.sh/fence, operator: DoesNotExist } ] }",
                false,
            ),
            (
                "{ matchExpressions: [ { key: app.kubernetes.io/managed-by, operator: In, values: [a, job-executor-service] } ] }",
                true,
            ),
            (
                "{ matchExpressions: [ { key: app.kubernetes.io/managed-by, operator: NotIn, values: [job-executor-service] } ] }",
                false,
            ),
            ("{ matchExpressions: [ { key: job-name, operator: Exists } ] }", true),
            (
                "{ matchExpressions: [ { key: batch.kubernetes.io/job-name, operator: DoesNotExist } ] }",
                true,
            ),
            (
                "{ matchExpressions: [ { key: job-name, operator: In, values: [other] } ] }",
                false,
            ),
            (
                "{ matchExpressions: [ { key: batch.kubernetes.io/controller-uid, operator: In, values: [u] } ] }",
                true,
            ),
        ] {
            let policy = format!("{{ name: other, spec: {{ podSelector: {selector}, egress: [ {{}} ] }} }}");
            let raws = Example::read(&format!("networkPolicies: {{ keptn-jobs: [ {policy} ] }}")).run(&CHECK);
            assert_eq!(!raws.is_empty(), expected, "{selector}: {raws:?}");
            assert!(
                raws.iter().all(|raw| raw.class == crate::admission::Class::Denied),
                "{raws:?}"
            );
        }
    }

    #[test]
    fn a_selector_that_cannot_be_read_leaves_it_open() {
        for selector in [
            "[]",
            "{ matchLabels: [] }",
            "{ matchLabels: { app: 1 } }",
            "{ matchExpressions: {} }",
            "{ matchExpressions: [ { operator: Exists } ] }",
            "{ matchExpressions: [ { key: app } ] }",
            "{ matchExpressions: [ { key: app, operator: Matches } ] }",
        ] {
            let policy = format!("{{ name: other, spec: {{ podSelector: {selector}, egress: [ {{}} ] }} }}");
            let raws = Example::read(&format!("networkPolicies: {{ keptn-jobs: [ {policy} ] }}")).run(&CHECK);
            let classes: Vec<crate::admission::Class> = raws.iter().map(|raw| raw.class).collect();
            assert_eq!(classes, [crate::admission::Class::Undecided], "{selector}: {raws:?}");
        }
    }
}
