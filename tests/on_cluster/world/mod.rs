//! One test's world on the cluster: two namespaces, a service of this checkout, a NATS server and a control plane's stand-in.
//!
//! The service runs under its own account with the Roles that the chart ships, never as admin.

mod kubectl;
mod nats;

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::standin::Standin;
use kubectl::kubectl_path;
#[allow(unused_imports, reason = "the benches arrange less than the tests do")]
pub(crate) use kubectl::kubectl_with;
pub(crate) use kubectl::{apply, kubectl};
use nats::start_nats;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A world; dropping it ends its processes and removes its namespaces.
pub(crate) struct World {
    pub(crate) standin: Standin,
    pub(crate) service_namespace: String,
    pub(crate) job_namespace: String,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) environment: BTreeMap<String, String>,
    more_namespaces: Vec<String>,
    nats: Child,
    nats_url: String,
    service: Option<Child>,
}

/// Which policies the service is started with.
pub(crate) enum Policies<'a> {
    /// A file of `policies/`.
    Shipped(&'a str),
    /// Text of its own.
    Text(&'a str),
}

impl World {
    /// Installs and starts a service. Panics with what is missing when the rig is not up.
    pub(crate) async fn start(policies: Policies<'_>) -> Self {
        let mut world = Self::prepare(policies).await;
        world.start_service().await;
        world
    }

    /// Everything but the service.
    pub(crate) async fn prepare(policies: Policies<'_>) -> Self {
        for name in [
            "KUBECONFIG",
            "RIG_REGISTRY",
            "RIG_KUBECTL",
            "RIG_BIN",
            "INIT_CONTAINER_IMAGE",
        ] {
            assert!(
                std::env::var(name).is_ok_and(|value| !value.is_empty()),
                "{name} is not set: run `make test`, or `eval \"$(tests/cluster/rig env)\"` and `eval \"$(tests/images)\"` after `make up`"
            );
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-{number}", std::process::id());
        let folder = tempfile::tempdir().unwrap();
        let policy_folder = folder.path().join("policies");
        std::fs::create_dir_all(&policy_folder).unwrap();
        let text = match policies {
            Policies::Shipped(name) => std::fs::read_to_string(root().join("policies").join(name)).unwrap(),
            Policies::Text(text) => text.to_owned(),
        };
        let (service_namespace, job_namespace) = (format!("jes-{id}"), format!("jobs-{id}"));
        std::fs::write(
            policy_folder.join("policy.yaml"),
            text.replace("${JOB_NAMESPACE}", &job_namespace),
        )
        .unwrap();
        let (nats, nats_url) = start_nats(folder.path());
        let mut standin = Standin::start().await.unwrap();
        retry("nats-server", Duration::from_secs(10), async || {
            standin_listen(&nats_url).await
        })
        .await;
        standin.listen_to(&nats_url).await.unwrap();
        let files = folder.path().join("service");
        let output = Command::new(root().join("tests/install"))
            .args([
                &service_namespace,
                &job_namespace,
                files.to_str().unwrap(),
                policy_folder.to_str().unwrap(),
            ])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "tests/install failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let mut environment: BTreeMap<String, String> = std::fs::read_to_string(files.join("service.env"))
            .unwrap()
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        environment.insert("EVENTBROKER".into(), nats_url.clone());
        environment.insert("RESOURCE_SERVICE_URL".into(), standin.url());
        environment.insert("SHIPYARD_CONTROLLER_URL".into(), standin.url());
        environment.insert("LOG_LEVEL".into(), "info".into());
        Self {
            standin,
            service_namespace,
            job_namespace,
            folder,
            environment,
            more_namespaces: Vec::new(),
            nats,
            nats_url,
            service: None,
        }
    }

    /// Makes another namespace in which the service may run jobs, as an operator would, and gives its name.
    pub(crate) fn more_jobs(&mut self, suffix: &str) -> String {
        let namespace = format!("{}-{suffix}", self.job_namespace);
        let labels = serde_json::json!({ "pod-security.kubernetes.io/enforce": "privileged" });
        let metadata = serde_json::json!({ "name": namespace, "labels": labels });
        apply(&serde_json::json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": metadata }).to_string());
        let account =
            serde_json::json!({ "name": self.environment["DEFAULT_JOB_SERVICE_ACCOUNT"], "namespace": namespace });
        let account = serde_json::json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": account, "automountServiceAccountToken": false
        });
        apply(&account.to_string());
        let role = root().join("charts/job-executor-service/files/rbac-job-namespace.yaml");
        let role = std::fs::read_to_string(role)
            .unwrap()
            .replace("${JOB_NAMESPACE}", &namespace)
            .replace("${SERVICE_NAMESPACE}", &self.service_namespace)
            .replace("${SERVICE_ACCOUNT}", &self.environment["K8S_SERVICE_ACCOUNT"]);
        apply(&role);
        self.more_namespaces.push(namespace.clone());
        namespace
    }

    /// Starts the service and waits until it is ready.
    pub(crate) async fn start_service(&mut self) {
        self.spawn_service();
        let url = format!("http://127.0.0.1:{}/readyz", self.environment["HEALTH_ENDPOINT_PORT"]);
        let begun = Instant::now();
        loop {
            if let Ok(response) = reqwest::get(&url).await
                && response.status().is_success()
            {
                return;
            }
            if let Some(status) = self.service.as_mut().and_then(|child| child.try_wait().unwrap()) {
                panic!("the service ended with {status}:\n{}", self.log());
            }
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "the service is not ready after 30 s:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Starts the service without waiting.
    pub(crate) fn spawn_service(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("service.log"))
            .unwrap();
        let child = Command::new(binary())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.service = Some(child);
    }

    /// `kill -9`.
    pub(crate) fn kill_service(&mut self) {
        if let Some(mut child) = self.service.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// How a service ends that is not expected to become ready.
    pub(crate) async fn await_exit(&mut self) -> std::process::ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.service.as_mut().unwrap().try_wait().unwrap() {
                return status;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "the service still runs:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Log lines of the service so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("service.log")).unwrap_or_default()
    }

    /// Publishes an event on the subject of its type.
    pub(crate) async fn publish(&self, event: &Value) {
        self.publish_bytes(event["type"].as_str().unwrap(), event.to_string().into_bytes())
            .await;
    }

    /// Publishes any bytes.
    pub(crate) async fn publish_bytes(&self, subject: &str, bytes: Vec<u8>) {
        let client = async_nats::connect(&self.nats_url).await.unwrap();
        client.publish(subject.to_owned(), bytes.into()).await.unwrap();
        client.flush().await.unwrap();
    }

    /// The finished events for an event, once there are `count`.
    pub(crate) async fn finished(&self, id: &str, count: usize) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let finished = self.answers(id, "finished");
            if finished.len() >= count {
                return finished;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(90),
                "{} of {count} finished events for {id} after 90 s; events: {:#?}\n{}",
                finished.len(),
                self.standin.events(None),
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Answers of one kind to an event so far.
    pub(crate) fn answers(&self, id: &str, kind: &str) -> Vec<Value> {
        let matches = |event: &Value| {
            event["triggeredid"] == id && event["type"].as_str().is_some_and(|name| name.ends_with(kind))
        };
        self.standin.events(None).into_iter().filter(matches).collect()
    }

    /// Objects of a kind in a namespace.
    pub(crate) fn list(&self, namespace: &str, kind: &str) -> Vec<Value> {
        let text = kubectl(&["-n", namespace, "get", kind, "-o", "json"]);
        let list: Value = serde_json::from_str(&text).unwrap();
        list["items"].as_array().unwrap().clone()
    }

    /// Objects of a kind with a label.
    pub(crate) fn select(&self, namespace: &str, kind: &str, selector: &str) -> Vec<Value> {
        let text = kubectl(&["-n", namespace, "get", kind, "-l", selector, "-o", "json"]);
        let list: Value = serde_json::from_str(&text).unwrap();
        list["items"].as_array().unwrap().clone()
    }

    /// Process id of the service, while it runs.
    pub(crate) fn pid(&mut self) -> Option<u32> {
        let service = self.service.as_mut()?;
        service.try_wait().unwrap().is_none().then(|| service.id())
    }

    /// How many events were received so far, by what became of them.
    pub(crate) async fn received(&self) -> BTreeMap<String, u64> {
        const METRIC: &str = "job_executor_events_received_total{result=\"";
        let url = format!("http://127.0.0.1:{}/metrics", self.environment["HEALTH_ENDPOINT_PORT"]);
        let text = reqwest::get(&url).await.unwrap().text().await.unwrap();
        text.lines()
            .filter_map(|line| line.strip_prefix(METRIC)?.split_once("\"} "))
            .map(|(result, count)| (result.to_owned(), count.parse().unwrap()))
            .collect()
    }

    /// Waits for one run record in a phase.
    pub(crate) async fn run_in_phase(&self, phase: &str) -> Value {
        let begun = Instant::now();
        loop {
            let runs = self.list(&self.service_namespace, "runs");
            if let Some(run) = runs.iter().find(|run| run["status"]["phase"] == phase) {
                return run.clone();
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "no run is {phase}: {runs:#?}\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for child in self.service.iter_mut().chain(std::iter::once(&mut self.nats)) {
            let _ = child.kill();
            let _ = child.wait();
        }
        // Records carry a finalizer that only the service removes; a namespace would wait for it for ever.
        let runs = Command::new(kubectl_path())
            .args(["-n", &self.service_namespace, "get", "runs", "-o", "name"])
            .output();
        for run in String::from_utf8_lossy(&runs.map(|output| output.stdout).unwrap_or_default()).lines() {
            let released = r#"{"metadata":{"finalizers":null}}"#;
            let _ = Command::new(kubectl_path())
                .args([
                    "-n",
                    &self.service_namespace,
                    "patch",
                    run,
                    "--type=merge",
                    "-p",
                    released,
                ])
                .output();
        }
        let _ = Command::new(kubectl_path())
            .args([
                "delete",
                "namespace",
                &self.service_namespace,
                &self.job_namespace,
                "--wait=false",
            ])
            .args(&self.more_namespaces)
            .output();
        if std::thread::panicking() {
            eprintln!("--- log of the service\n{}", self.log());
        }
    }
}

/// The build of this test, or another one: `SERVICE_BINARY`.
fn binary() -> String {
    std::env::var("SERVICE_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_job-executor-service").to_owned())
}

/// The checkout.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

async fn standin_listen(url: &str) -> bool {
    async_nats::connect(url).await.is_ok()
}

async fn retry(what: &str, within: Duration, attempt: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !attempt().await {
        assert!(begun.elapsed() < within, "{what} is not there after {within:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A port of loopback that is free right now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
