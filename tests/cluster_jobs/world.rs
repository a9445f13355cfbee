//! Two namespaces, a client of the service's own account, and tasks that went through the gate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use job_executor_service::admission::{Fact, Facts, ForeignPolicy, PullAs, Request, ResolvedImage, TaskFiles, Verdict};
use job_executor_service::cluster::{Attempt, Cluster, Fences};
use job_executor_service::event::Event;
use job_executor_service::gather::{Answers, Offline, Registry, SignatureQuestion, decide};
use job_executor_service::manifest::Bundle;
use job_executor_service::outcome::{Cause, TaskOutcome};
use job_executor_service::plan::{Values, plan};
use job_executor_service::policy::PolicySet;
use job_executor_service::settings::{Mirror, Settings, Transport};
use job_executor_service::signature::{Signed, Subject};
use serde_json::{Value, json};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The nonce of every run here.
pub(crate) const NONCE: &str = "nonce-of-this-run";

/// One test's world; dropping it removes its namespaces.
pub(crate) struct World {
    pub(crate) service_namespace: String,
    pub(crate) job_namespace: String,
    pub(crate) client: kube::Client,
    pub(crate) cluster: Cluster,
    settings: Settings,
    id: String,
    _folder: tempfile::TempDir,
}

impl World {
    /// A job namespace without Pod Security.
    pub(crate) async fn start() -> Self {
        Self::with_pod_security("privileged").await
    }

    /// A job namespace that enforces this level of Pod Security.
    pub(crate) async fn with_pod_security(level: &str) -> Self {
        for name in ["KUBECONFIG", "RIG_REGISTRY", "RIG_KUBECTL"] {
            assert!(
                std::env::var(name).is_ok_and(|value| !value.is_empty()),
                "{name} is not set: run `make test`, or `make up` and then `eval \"$(tests/cluster/rig env)\"`"
            );
        }
        let id = format!("{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let (service_namespace, job_namespace) = (format!("cl-svc-{id}"), format!("cl-jobs-{id}"));
        let folder = tempfile::tempdir().unwrap();
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let files = folder.path().join("files");
        let output = Command::new(root.join("tests/install"))
            .args([
                &service_namespace,
                &job_namespace,
                files.to_str().unwrap(),
                root.join("policies").to_str().unwrap(),
            ])
            .env("JOB_POD_SECURITY", level)
            // No task here has files, so the init container's image is never run.
            .env(
                "INIT_CONTAINER_IMAGE",
                format!("docker.io/keptncontrib/none@sha256:{}", "0".repeat(64)),
            )
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "tests/install failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let client = client(&files.join("kubeconfig")).await;
        let cluster = Cluster::new(client.clone(), "job-executor-service");
        let settings = Settings {
            service_namespace: service_namespace.clone(),
            job_namespace: job_namespace.clone(),
            mirrors: BTreeMap::from([(
                "docker.io".to_owned(),
                Mirror {
                    host: std::env::var("RIG_REGISTRY").unwrap(),
                    transport: Transport::Http,
                    ..Mirror::default()
                },
            )]),
            ..Settings::chart_defaults()
        };
        Self {
            service_namespace,
            job_namespace,
            client,
            cluster,
            settings,
            id,
            _folder: folder,
        }
    }

    /// An admitted task: `fields` are further lines of it in `job/config.yaml`.
    pub(crate) async fn task(&self, name: &str, fields: &str) -> Bundle {
        self.task_with(name, fields, |_| {}).await
    }

    /// The same under changed settings.
    pub(crate) async fn task_with(&self, name: &str, fields: &str, change: impl FnOnce(&mut Settings)) -> Bundle {
        let mut settings = self.settings.clone();
        change(&mut settings);
        let config = format!(
            "apiVersion: v2\nactions:\n- name: a\n  events:\n  - name: sh.keptn.event.x.triggered\n  tasks:\n  - name: {name}\n{}",
            fields.lines().map(|line| format!("    {line}\n")).collect::<String>()
        );
        let event = json!({
            "specversion": "1.0", "id": format!("{name}-{}", self.id), "source": "tests", "type": "sh.keptn.event.x.triggered",
            "shkeptncontext": "c", "data": { "project": "p", "stage": "s", "service": "v" },
        });
        let event = std::sync::Arc::new(Event::parse(event.to_string().as_bytes()).unwrap());
        let config = job_executor_service::config::parse("job/config.yaml", &config).unwrap();
        let matched = job_executor_service::matching::matched(&event, &config);
        let policy =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/compatible.yaml")).unwrap();
        let policies = PolicySet::load(&BTreeMap::from([("compatible.yaml".to_owned(), policy)])).unwrap();
        let request = Request {
            actions: plan(&event, &config, &matched, &settings, Values::OfEvent),
            event,
            policies: std::sync::Arc::new(policies),
            at: jiff::Timestamp::now(),
            settings: std::sync::Arc::new(settings.clone()),
        };
        let answers = Rig {
            registry: Registry::new(&settings).unwrap(),
            fences: self.cluster.fences().clone(),
        };
        let (mut verdicts, _) = decide(&request, Facts::default(), &answers).await;
        let verdict = verdicts.remove(0).verdict;
        let Verdict::Admitted(admitted) = verdict else {
            panic!("not admitted: {verdict:?}")
        };
        admitted.into_tasks().map(Bundle::render).next().unwrap()
    }

    /// Runs a task to its end.
    pub(crate) async fn run(&self, bundle: &Bundle) -> TaskOutcome {
        match self.cluster.start(bundle, NONCE, Attempt::First).await {
            Ok(launched) => self.cluster.finish(bundle, launched).await,
            Err(cause) => TaskOutcome::Failed {
                cause,
                logs: String::new(),
            },
        }
    }

    /// Runs a task that has to fail.
    pub(crate) async fn fails(&self, bundle: &Bundle) -> (Cause, String) {
        match self.run(bundle).await {
            TaskOutcome::Failed { cause, logs } => (cause, logs),
            TaskOutcome::Succeeded { logs } => panic!("it succeeded: {logs}"),
        }
    }

    /// An object of the job namespace.
    pub(crate) fn get(&self, kind: &str, name: &str) -> Value {
        serde_json::from_str(&kubectl(&["-n", &self.job_namespace, "get", kind, name, "-o", "json"])).unwrap()
    }

    /// All objects of a kind in the job namespace.
    pub(crate) fn list(&self, kind: &str) -> Vec<Value> {
        let list: Value =
            serde_json::from_str(&kubectl(&["-n", &self.job_namespace, "get", kind, "-o", "json"])).unwrap();
        list["items"].as_array().unwrap().clone()
    }

    /// The pod of a Job, once it is in this phase.
    pub(crate) async fn pod(&self, bundle: &Bundle, phase: &str) -> Value {
        let label = format!("job-name={}", bundle.plan().job_name);
        until(&format!("a pod {phase}"), || {
            let text = kubectl(&["-n", &self.job_namespace, "get", "pods", "-l", &label, "-o", "json"]);
            let pods: Value = serde_json::from_str(&text).unwrap();
            pods["items"]
                .as_array()?
                .iter()
                .find(|pod| pod["status"]["phase"] == phase)
                .cloned()
        })
        .await
    }

    /// `kubectl` as admin in the job namespace.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        let mut all = vec!["-n", &self.job_namespace];
        all.extend(arguments);
        kubectl(&all)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let binding = format!("job-executor-service-token-review-{}", self.service_namespace);
        for arguments in [
            &[
                "delete",
                "namespace",
                "--wait=false",
                &self.job_namespace,
                &self.service_namespace,
            ][..],
            &["delete", "clusterrolebinding", &binding],
        ] {
            let _ = Command::new(std::env::var("RIG_KUBECTL").unwrap())
                .args(arguments)
                .output();
        }
    }
}

/// Waits for something, but not for ever.
pub(crate) async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "no {what} after 60 s");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// `kubectl` as admin; the test fails when it does.
pub(crate) fn kubectl(arguments: &[&str]) -> String {
    let output = Command::new(std::env::var("RIG_KUBECTL").unwrap())
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "kubectl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// `kubectl apply` of a manifest.
pub(crate) fn apply(manifest: &Value) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), manifest.to_string()).unwrap();
    kubectl(&["apply", "-f", file.path().to_str().unwrap()]);
}

async fn client(kubeconfig: &Path) -> kube::Client {
    let file = kube::config::Kubeconfig::read_from(kubeconfig).unwrap();
    let mut config = kube::Config::from_custom_kubeconfig(file, &kube::config::KubeConfigOptions::default())
        .await
        .unwrap();
    config.default_retry = false;
    kube::Client::try_from(config).unwrap()
}

/// The gate's questions, answered by the rig's registry and cluster.
struct Rig {
    registry: Registry,
    fences: Fences,
}

#[async_trait]
impl Answers for Rig {
    async fn resolve_image(&self, reference: &str, _pull_as: &PullAs) -> Fact<ResolvedImage> {
        self.registry.resolve(reference).await
    }

    async fn signatures(
        &self,
        subject: &Subject,
        pull_as: &PullAs,
        questions: &[SignatureQuestion<'_>],
    ) -> Vec<Fact<Signed>> {
        Offline.signatures(subject, pull_as, questions).await
    }

    async fn foreign_policies(&self, namespace: &str) -> Fact<Vec<ForeignPolicy>> {
        self.fences.foreign(namespace).await
    }

    async fn files(&self, _entries: &[String]) -> Fact<TaskFiles> {
        Fact::Known(TaskFiles::default())
    }
}
