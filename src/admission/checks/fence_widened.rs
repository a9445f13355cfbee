//! `fence-widened`: see the page below. A selector is answered with "could it?": what is not known about a pod's labels
//! counts as possible.

use super::namespace;
use super::support::{Malformed, Node, all_of, quoted};
use crate::admission::check::check;
use crate::admission::{Fact, ForeignPolicy, Raw, TaskView};
use crate::manifest::names;

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

/// Labels that Kubernetes puts on the pods of a Job, with the Job's name or with a value that is not known before.
const OF_THE_JOB: [&str; 2] = ["job-name", "batch.kubernetes.io/job-name"];
const OF_THE_CONTROLLER: [&str; 3] = [
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
];

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
        Some(Fact::Known(policies)) => policies.iter().filter_map(|policy| widens(view, policy)).collect(),
        Some(Fact::Refuted(why) | Fact::Unavailable(why)) => unknown(&format!("could not be read: {why}")),
        None if namespace::admitted(view.request, view.plan, view.policies) => unknown("have not been read"),
        // Not read because a policy refuses the namespace, or none rules it: that is the finding.
        None => Vec::new(),
    }
}

fn widens(view: &TaskView<'_>, policy: &ForeignPolicy) -> Option<Raw> {
    // Ours by name are compared with what they should be before every launch.
    if policy.name == names::BASE_FENCE || policy.name == view.fence.name() {
        return None;
    }
    let name = quoted(&policy.name);
    match opens(view, policy) {
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

/// The directions that a policy opens for the task's pod.
fn opens(view: &TaskView<'_>, policy: &ForeignPolicy) -> Result<Vec<&'static str>, Malformed> {
    let spec = Node::new("spec", &policy.spec);
    let mut open = Vec::new();
    for direction in ["ingress", "egress"] {
        if !spec.get(direction)?.items()?.is_empty() {
            open.push(direction);
        }
    }
    let pod = Labels {
        view,
        own: Node::new("metadata", view.pod.metadata).get("labels")?,
    };
    if open.is_empty() || pod.could_match(&spec.get("podSelector")?)? {
        Ok(open)
    } else {
        Ok(Vec::new())
    }
}

/// What is known of the labels that the pod will have.
struct Labels<'a> {
    view: &'a TaskView<'a>,
    own: Node<'a>,
}

/// What a label of the pod may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label<'a> {
    /// It has this value.
    Is(&'a str),
    /// It is absent or has this value.
    May(&'a str),
    /// It is absent or has any value.
    Any,
    /// It is absent.
    Absent,
}

impl Label<'_> {
    fn could_be_one_of(self, values: &[&str]) -> bool {
        match self {
            Self::Is(value) | Self::May(value) => values.contains(&value),
            Self::Any => true,
            Self::Absent => false,
        }
    }

    fn could_be_none_of(self, values: &[&str]) -> bool {
        if let Self::Is(value) = self {
            !values.contains(&value)
        } else {
            true
        }
    }
}

impl Labels<'_> {
    fn get<'k>(&'k self, key: &'k str) -> Result<Label<'k>, Malformed> {
        if let Some(value) = self.own.get(key)?.text()? {
            return Ok(Label::Is(value));
        }
        if OF_THE_JOB.contains(&key) {
            return Ok(Label::May(&self.view.plan.job_name));
        }
        Ok(if OF_THE_CONTROLLER.contains(&key) {
            Label::Any
        } else {
            Label::Absent
        })
    }

    /// Whether a selector could select the pod; one that is empty or absent selects every pod.
    fn could_match(&self, selector: &Node<'_>) -> Result<bool, Malformed> {
        for (key, value) in selector.get("matchLabels")?.entries()? {
            let wanted = value.text()?.unwrap_or_default();
            if !self.get(key)?.could_be_one_of(&[wanted]) {
                return Ok(false);
            }
        }
        for expression in selector.get("matchExpressions")?.items()? {
            let key = expression.get("key")?;
            let label = self.get(key.text()?.ok_or_else(|| key.malformed("the key of a label"))?)?;
            let mut values = Vec::new();
            for value in expression.get("values")?.items()? {
                values.push(value.text()?.unwrap_or_default());
            }
            let operator = expression.get("operator")?;
            let could = match operator.text()? {
                Some("In") => label.could_be_one_of(&values),
                Some("NotIn") => label.could_be_none_of(&values),
                Some("Exists") => label != Label::Absent,
                Some("DoesNotExist") => !matches!(label, Label::Is(_)),
                _ => return Err(operator.malformed("`In`, `NotIn`, `Exists` or `DoesNotExist`")),
            };
            if !could {
                return Ok(false);
            }
        }
        Ok(true)
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
