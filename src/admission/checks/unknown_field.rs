//! `unknown-field`: see the page below. The list is what this version renders and what checks look at, nothing else:
//! it must never grow by "Kubernetes knows it".

use super::support::{Malformed, Node};
use crate::admission::check::check;
use crate::admission::{Raw, TaskView};

check! {
    /// Pods with a field that no check knows are not decided.
    ///
    /// **Field** any of the rendered pod **Allowed** the fields that a check judges or that this service fills itself
    ///
    /// **Policy** none: it always holds
    ///
    /// ## Why
    ///
    /// Lists of what is forbidden are passed by the field they forgot. The pod is judged as it will be sent, and a
    /// field that nobody judges must not slip through beside those that are. No `job/config.yaml` leads here: the
    /// finding says that this service renders something its checks do not know, and who finds it should report it.
    ///
    /// ## Denied
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     shareProcessNamespace: true
    ///     containers: [ { name: main } ]
    /// ```
    ///
    /// ## Admitted
    ///
    /// ```yaml
    /// pod:
    ///   spec:
    ///     restartPolicy: Never
    ///     containers: [ { name: main } ]
    /// ```
    "unknown-field" => Invariant(run), help = "report this as a fault of the service"
}

/// What may stand at a place.
enum Shape {
    /// A text, number or boolean, or a list of them.
    Plain,
    /// An object of texts under free keys.
    Texts,
    /// A list of one shape.
    List(&'static Shape),
    /// An object with these keys.
    Keys(&'static [(&'static str, &'static Shape)]),
}

use Shape::{Keys, List, Plain, Texts};

static METADATA: Shape = Keys(&[("annotations", &Texts), ("labels", &Texts)]);

static SPEC: Shape = Keys(&[
    ("automountServiceAccountToken", &Plain),
    ("containers", &List(&CONTAINER)),
    ("enableServiceLinks", &Plain),
    ("hostIPC", &Plain),
    ("hostNetwork", &Plain),
    ("hostPID", &Plain),
    ("imagePullSecrets", &List(&Keys(&[("name", &Plain)]))),
    ("initContainers", &List(&CONTAINER)),
    ("os", &Keys(&[("name", &Plain)])),
    ("restartPolicy", &Plain),
    ("securityContext", &POD_SECURITY),
    ("serviceAccountName", &Plain),
    ("terminationGracePeriodSeconds", &Plain),
    ("volumes", &List(&VOLUME)),
]);

static POD_SECURITY: Shape = Keys(&[
    ("appArmorProfile", &PROFILE),
    ("fsGroup", &Plain),
    ("runAsGroup", &Plain),
    ("runAsNonRoot", &Plain),
    ("runAsUser", &Plain),
    ("seLinuxOptions", &SE_LINUX),
    ("seccompProfile", &PROFILE),
    ("supplementalGroups", &Plain),
    ("sysctls", &List(&Keys(&[("name", &Plain), ("value", &Plain)]))),
]);

static CONTAINER: Shape = Keys(&[
    ("args", &Plain),
    ("command", &Plain),
    // By value only: a reference to a Secret or to the pod would be judged by nobody.
    ("env", &List(&Keys(&[("name", &Plain), ("value", &Plain)]))),
    ("envFrom", &List(&Keys(&[("secretRef", &Keys(&[("name", &Plain)]))]))),
    ("image", &Plain),
    ("imagePullPolicy", &Plain),
    ("name", &Plain),
    (
        "ports",
        &List(&Keys(&[
            ("containerPort", &Plain),
            ("hostPort", &Plain),
            ("protocol", &Plain),
        ])),
    ),
    ("resources", &Keys(&[("limits", &AMOUNTS), ("requests", &AMOUNTS)])),
    ("securityContext", &CONTAINER_SECURITY),
    ("terminationMessagePolicy", &Plain),
    (
        "volumeMounts",
        &List(&Keys(&[("mountPath", &Plain), ("name", &Plain), ("readOnly", &Plain)])),
    ),
    ("workingDir", &Plain),
]);

static CONTAINER_SECURITY: Shape = Keys(&[
    ("allowPrivilegeEscalation", &Plain),
    ("appArmorProfile", &PROFILE),
    ("capabilities", &Keys(&[("add", &Plain), ("drop", &Plain)])),
    ("privileged", &Plain),
    ("procMount", &Plain),
    ("readOnlyRootFilesystem", &Plain),
    ("runAsGroup", &Plain),
    ("runAsNonRoot", &Plain),
    ("runAsUser", &Plain),
    ("seLinuxOptions", &SE_LINUX),
    ("seccompProfile", &PROFILE),
]);

static VOLUME: Shape = Keys(&[
    ("emptyDir", &Keys(&[("sizeLimit", &Plain)])),
    ("name", &Plain),
    ("projected", &Keys(&[("sources", &List(&TOKEN))])),
]);

static TOKEN: Shape = Keys(&[(
    "serviceAccountToken",
    &Keys(&[("audience", &Plain), ("expirationSeconds", &Plain), ("path", &Plain)]),
)]);
static AMOUNTS: Shape = Keys(&[("cpu", &Plain), ("memory", &Plain)]);
static PROFILE: Shape = Keys(&[("localhostProfile", &Plain), ("type", &Plain)]);
static SE_LINUX: Shape = Keys(&[("level", &Plain), ("role", &Plain), ("type", &Plain), ("user", &Plain)]);

fn run(view: &TaskView<'_>) -> Vec<Raw> {
    let mut raws = Vec::new();
    walk(&Node::new("metadata", view.pod.metadata), &METADATA, &mut raws);
    walk(&Node::new("spec", view.pod.spec), &SPEC, &mut raws);
    raws
}

fn walk(node: &Node<'_>, shape: &Shape, raws: &mut Vec<Raw>) {
    if let Err(malformed) = step(node, shape, raws) {
        let Raw { field, message, .. } = Raw::from(malformed);
        raws.push(Raw::undecided(field, message));
    }
}

fn step(node: &Node<'_>, shape: &Shape, raws: &mut Vec<Raw>) -> Result<(), Malformed> {
    match shape {
        Plain => node.plain(),
        Texts => node.entries()?.iter().try_for_each(|(_, node)| node.text().map(drop)),
        List(shape) => {
            node.items()?.iter().for_each(|node| walk(node, shape, raws));
            Ok(())
        }
        Keys(known) => {
            for (key, node) in node.entries()? {
                match known.iter().find(|(name, _)| *name == key) {
                    Some((_, shape)) => walk(&node, shape, raws),
                    None => raws.push(Raw::undecided(
                        node.path(),
                        "the pod has a field here that no check knows, so nobody has judged it",
                    )),
                }
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::testing::tasks;
    use super::*;

    #[test]
    fn every_field_that_nobody_judges_is_found() {
        tasks(
            &CHECK,
            &[
                (
                    "all that is rendered",
                    "task: { files: [a], annotations: { a: b }, workingDir: /tmp, cmd: [a], args: [b], env: [ { name: A, value: b, valueFrom: string }, { name: s, valueFrom: secret } ], securityContext: { procMount: Default, seccompProfile: { type: Localhost, localhostProfile: a } } }\nsettings: { pullSecrets: [a] }\nfiles: [ { entries: [a], found: [ { path: a, size: 1 } ] } ]",
                    &[],
                ),
                (
                    "of the pod",
                    "pod: { spec: { containers: [], shareProcessNamespace: true, Containers: [] } }",
                    &[
                        "spec.Containers: the pod has a field here that no check knows, so nobody has judged it",
                        "spec.shareProcessNamespace: the pod has a field here that no check knows, so nobody has judged it",
                    ],
                ),
                ("null is unset", "pod: { containers: [], hostUsers: null }", &[]),
                (
                    "of its metadata",
                    "pod: { metadata: { finalizers: [a], labels: { a: b } }, spec: {} }",
                    &["metadata.finalizers: the pod has a field here that no check knows, so nobody has judged it"],
                ),
                (
                    "of containers",
                    "pod: { containers: [ { lifecycle: {} } ], initContainers: [ { livenessProbe: {} } ] }",
                    &[
                        "spec.containers[0].lifecycle: the pod has a field here that no check knows, so nobody has judged it",
                        "spec.initContainers[0].livenessProbe: the pod has a field here that no check knows, so nobody has judged it",
                    ],
                ),
                (
                    "a variable by reference",
                    "pod: { containers: [ { env: [ { name: a, valueFrom: { secretKeyRef: {} } } ] } ] }",
                    &[
                        "spec.containers[0].env[0].valueFrom: the pod has a field here that no check knows, so nobody has judged it",
                    ],
                ),
                (
                    "all keys of a ConfigMap",
                    "pod: { containers: [ { envFrom: [ { configMapRef: { name: a } } ] } ] }",
                    &[
                        "spec.containers[0].envFrom[0].configMapRef: the pod has a field here that no check knows, so nobody has judged it",
                    ],
                ),
                (
                    "part of a volume",
                    "pod: { containers: [ { volumeMounts: [ { name: a, mountPath: /a, subPathExpr: a } ] } ] }",
                    &[
                        "spec.containers[0].volumeMounts[0].subPathExpr: the pod has a field here that no check knows, so nobody has judged it",
                    ],
                ),
                (
                    "another volume",
                    "pod: { volumes: [ { name: a, secret: { secretName: b } } ] }",
                    &["spec.volumes[0].secret: the pod has a field here that no check knows, so nobody has judged it"],
                ),
                (
                    "ephemeral containers",
                    "pod: { ephemeralContainers: [] }",
                    &[
                        "spec.ephemeralContainers: the pod has a field here that no check knows, so nobody has judged it",
                    ],
                ),
                (
                    "an object in the place of a text",
                    "pod: { serviceAccountName: { a: b } }",
                    &[
                        "spec.serviceAccountName: `serviceAccountName` is an object, which cannot be judged; accepted: a plain value",
                    ],
                ),
            ],
        );
    }
}
