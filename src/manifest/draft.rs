//! The final Job as JSON. A leaf file: only the gate makes one, only an admitted task releases it.

use serde_json::{Map, Value, json};

use super::names;
use crate::admission::PodView;
use crate::network::Fence;
use crate::plan::{Amounts, ContainerSecurity, PodSecurity, Resources, TaskPlan};
use crate::settings::Settings;

/// User of the init container when the task leaves its user to the image.
const INIT_USER: i64 = 65532;
/// Seconds beyond our own limit after which Kubernetes ends the Job should nobody else be there to do it.
const BACKSTOP_SECONDS: u32 = 120;
/// Seconds that the init container's token is good for.
const TOKEN_SECONDS: u32 = 600;

/// The Job that would run. Checks read it through [`Draft::pod`]; it becomes a Job through `Bundle` only.
#[derive(Debug)]
pub struct Draft {
    job: Value,
}

/// Whether the pod gets the account's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenMount {
    /// `automountServiceAccountToken: false`.
    Never,
    /// Left to the account.
    AsAccount,
}

impl Draft {
    /// Renders a plan. `image` is what the main container carries: a digest-pinned name once there is one.
    pub(crate) fn render(
        plan: &TaskPlan,
        image: &str,
        fence: &Fence,
        settings: &Settings,
        run: &RunIdentity<'_>,
        token: TokenMount,
    ) -> Self {
        let mut labels = plan.labels.clone();
        labels.insert(names::RUN.to_owned(), run.name.to_owned());
        let mut annotations = plan.annotations.clone();
        annotations.insert(names::IDENTITY.to_owned(), run.identity.to_owned());
        annotations.insert(
            names::TASK.to_owned(),
            json!([plan.key.action, plan.key.task]).to_string(),
        );
        let job = json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": plan.job_name,
                "namespace": plan.namespace,
                "labels": labels,
                "annotations": annotations,
            },
            "spec": {
                "backoffLimit": 0,
                "completions": 1,
                "parallelism": 1,
                "activeDeadlineSeconds": plan.limit_seconds.saturating_add(BACKSTOP_SECONDS),
                "ttlSecondsAfterFinished": plan.ttl_seconds.max(settings.outbox_ttl_seconds),
                "template": {
                    "metadata": {
                        "labels": {
                            names::MANAGED_BY: settings.deployment,
                            names::FENCE: fence.hash(),
                            names::RUN: run.name,
                        },
                        "annotations": plan.annotations,
                    },
                    "spec": pod_spec(plan, image, settings, token),
                },
            },
        });
        Self { job }
    }

    /// The pod that would run.
    #[must_use]
    pub fn pod(&self) -> PodView<'_> {
        let template = self
            .job
            .get("spec")
            .and_then(|spec| spec.get("template"))
            .unwrap_or(&Value::Null);
        PodView {
            metadata: template.get("metadata").unwrap_or(&Value::Null),
            spec: template.get("spec").unwrap_or(&Value::Null),
        }
    }

    /// Gives the Job away, for an admitted task.
    pub(super) fn into_job(self) -> Value {
        self.job
    }
}

/// Which run a Job belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunIdentity<'a> {
    /// Name of the run record.
    pub(crate) name: &'a str,
    /// Hex identity of the event.
    pub(crate) identity: &'a str,
}

fn pod_spec(plan: &TaskPlan, image: &str, settings: &Settings, token: TokenMount) -> Value {
    let mut spec = Map::new();
    spec.insert("restartPolicy".into(), json!("Never"));
    spec.insert("serviceAccountName".into(), json!(plan.service_account));
    if token == TokenMount::Never {
        spec.insert("automountServiceAccountToken".into(), json!(false));
    }
    spec.insert("securityContext".into(), json!(plan.pod_security));
    if !settings.pull_secrets.is_empty() {
        let secrets: Vec<Value> = settings
            .pull_secrets
            .iter()
            .map(|name| json!({ "name": name }))
            .collect();
        spec.insert("imagePullSecrets".into(), Value::Array(secrets));
    }
    let mut volumes = vec![json!({ "name": names::FILES_VOLUME, "emptyDir": { "sizeLimit": plan.files_volume } })];
    if !plan.files.is_empty() {
        volumes.push(json!({
            "name": names::TOKEN_VOLUME,
            "projected": { "sources": [ { "serviceAccountToken": {
                "audience": settings.files.audience,
                "expirationSeconds": TOKEN_SECONDS,
                "path": "token",
            } } ] },
        }));
        spec.insert("initContainers".into(), json!([init_container(plan, settings)]));
    }
    spec.insert("volumes".into(), Value::Array(volumes));
    spec.insert("containers".into(), json!([main_container(plan, image)]));
    Value::Object(spec)
}

fn init_container(plan: &TaskPlan, settings: &Settings) -> Value {
    let user = plan
        .security
        .run_as_user
        .or(plan.pod_security.run_as_user)
        .filter(|user| *user > 0)
        .unwrap_or(INIT_USER);
    let group = plan
        .security
        .run_as_group
        .or(plan.pod_security.run_as_group)
        .filter(|group| *group > 0)
        .unwrap_or(user);
    json!({
        "name": format!("init-{}", plan.job_name),
        "image": settings.files.init_image,
        "imagePullPolicy": "IfNotPresent",
        "env": [
            { "name": "FILES_URL", "value": settings.files.url },
            { "name": "FILES_CA", "value": settings.files.ca },
            { "name": "FILES_JOB", "value": plan.job_name },
            { "name": "FILES_TOKEN_FILE", "value": format!("{}/token", names::TOKEN_PATH) },
            { "name": "FILES_DIR", "value": names::FILES_PATH },
        ],
        "resources": resources(&settings.default_resources),
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "capabilities": { "drop": ["ALL"] },
            "privileged": false,
            "readOnlyRootFilesystem": true,
            "runAsGroup": group,
            "runAsNonRoot": true,
            "runAsUser": user,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
        "volumeMounts": [
            { "name": names::FILES_VOLUME, "mountPath": names::FILES_PATH },
            { "name": names::TOKEN_VOLUME, "mountPath": names::TOKEN_PATH, "readOnly": true },
        ],
    })
}

fn main_container(plan: &TaskPlan, image: &str) -> Value {
    let mut container = Map::new();
    container.insert("name".into(), json!(plan.job_name));
    container.insert("image".into(), json!(image));
    container.insert("imagePullPolicy".into(), json!(plan.pull_policy.as_str()));
    for (key, list) in [("command", &plan.command), ("args", &plan.args)] {
        if !list.is_empty() {
            container.insert(key.into(), json!(list));
        }
    }
    if !plan.working_dir.is_empty() {
        container.insert("workingDir".into(), json!(plan.working_dir));
    }
    if !plan.secrets.is_empty() {
        let sources: Vec<Value> = plan
            .secrets
            .iter()
            .map(|secret| json!({ "secretRef": { "name": secret.name } }))
            .collect();
        container.insert("envFrom".into(), Value::Array(sources));
    }
    container.insert("env".into(), json!(plan.env));
    container.insert("resources".into(), resources(&plan.resources));
    container.insert(
        "securityContext".into(),
        container_security(&plan.security, &plan.pod_security),
    );
    container.insert(
        "volumeMounts".into(),
        json!([{ "name": names::FILES_VOLUME, "mountPath": names::FILES_PATH }]),
    );
    Value::Object(container)
}

fn resources(resources: &Resources) -> Value {
    let mut rendered = Map::new();
    for (key, amounts) in [("limits", &resources.limits), ("requests", &resources.requests)] {
        if *amounts != Amounts::default() {
            rendered.insert(key.into(), json!(amounts));
        }
    }
    Value::Object(rendered)
}

/// What is unset is rendered as Kubernetes would take it (the pod's value, then its default), so that the stored Job says it.
fn container_security(security: &ContainerSecurity, pod: &PodSecurity) -> Value {
    let mut rendered = Map::new();
    let privileged = security.privileged.unwrap_or(false);
    rendered.insert("privileged".into(), json!(privileged));
    rendered.insert(
        "allowPrivilegeEscalation".into(),
        json!(security.allow_privilege_escalation.unwrap_or(true)),
    );
    rendered.insert(
        "readOnlyRootFilesystem".into(),
        json!(security.read_only_root_filesystem.unwrap_or(false)),
    );
    rendered.insert(
        "runAsNonRoot".into(),
        json!(security.run_as_non_root.or(pod.run_as_non_root).unwrap_or(false)),
    );
    for (key, id) in [
        ("runAsUser", security.run_as_user),
        ("runAsGroup", security.run_as_group),
    ] {
        if let Some(id) = id {
            rendered.insert(key.into(), json!(id));
        }
    }
    if security.capabilities != crate::plan::Capabilities::default() {
        rendered.insert("capabilities".into(), json!(security.capabilities));
    }
    if let Some(mount) = &security.proc_mount {
        rendered.insert("procMount".into(), json!(mount));
    }
    if let Some(profile) = &security.seccomp_profile {
        rendered.insert("seccompProfile".into(), json!(profile));
    }
    Value::Object(rendered)
}
