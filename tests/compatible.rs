//! The policy `compatible`: the configs of the original's own tests are admitted, and exactly what the original refused
//! is refused, but for what the design decides otherwise. The rows are data: `tests/data/compatible`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "support/evidence.rs"]
mod evidence;
#[path = "support/judged.rs"]
mod judged;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use evidence::Fixed;
use job_executor_service::plan::Limit;
use job_executor_service::policy::{PolicySet, builtin};
use job_executor_service::report::VerdictKind;
use job_executor_service::settings::environment::Environment;
use job_executor_service::settings::{PrivilegedJobs, Settings};
use judged::Judged;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn data(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/compatible")
        .join(path)
}

fn rows<T: DeserializeOwned>(file: &str) -> Vec<T> {
    let rows: Vec<T> = serde_yaml::from_str(&fs::read_to_string(data(file)).unwrap()).unwrap();
    assert!(!rows.is_empty());
    rows
}

/// What becomes of a row: in the original, and here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Admitted,
    Refused,
    /// The service does not start.
    Fatal,
}

/// What both kinds of rows say of the two services.
#[derive(Deserialize)]
struct Row {
    rule: String,
    original: Outcome,
    here: Outcome,
    why: Option<String>,
    finding: Option<String>,
    list: Option<String>,
    image: Option<String>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    permission: bool,
    defaults: Option<Value>,
    pod: Option<Value>,
    task: Option<Value>,
}

impl Row {
    fn settings(&self) -> Settings {
        let mut settings = json!(Settings::chart_defaults());
        for (key, changes) in [("containerSecurity", &self.defaults), ("podSecurity", &self.pod)] {
            for (name, value) in changes.iter().filter_map(Value::as_object).flatten() {
                settings[key][name] = value.clone();
            }
        }
        Settings {
            allowed_image_list: self.list.clone().unwrap_or_default(),
            privileged_jobs: if self.permission {
                PrivilegedJobs::Policy
            } else {
                PrivilegedJobs::Refused
            },
            ..serde_json::from_value(settings).unwrap()
        }
    }

    fn task(&self) -> Value {
        let mut task = self.task.clone().unwrap_or_else(|| json!({}));
        if let Some(image) = &self.image {
            task["image"] = json!(image);
            task["files"] = json!(self.files);
        }
        task
    }

    /// What becomes of it here, and which checks say so.
    async fn outcome(&self) -> (Outcome, BTreeSet<String>) {
        let Some(judged) = judge_task(self.task(), self.settings()).await else {
            return (Outcome::Fatal, BTreeSet::new());
        };
        let checks = judged.report.findings().map(|finding| finding.check.clone()).collect();
        match judged.report.verdict {
            VerdictKind::Admitted => (Outcome::Admitted, checks),
            VerdictKind::Denied => (Outcome::Refused, checks),
            VerdictKind::Undecided => panic!("{}: {checks:?}", self.rule),
        }
    }
}

/// A verdict by `compatible`; `None` where the service would not start by these settings.
async fn judge(config: &str, event: &Value, settings: Settings) -> Option<Judged> {
    let policies = PolicySet::load(&builtin::compatible())
        .unwrap()
        .with_settings(&settings)
        .ok()?;
    let request = judged::request(config, event, policies, settings)
        .unwrap_or_else(|| panic!("this is no config, or it does not match:\n{config}"));
    Some(judged::judge(&request, &Fixed(&repository())).await)
}

async fn judge_task(task: Value, settings: Settings) -> Option<Judged> {
    let mut whole = json!({ "name": "Task", "image": "alpine:3.20", "cmd": ["sh"] });
    for (key, value) in task.as_object().unwrap() {
        whole[key] = value.clone();
    }
    let mut event = event();
    event["data"]["labels"] = json!({ "evil": "$(KEPTN_PROJECT)" });
    let events = json!([{ "name": event["type"] }]);
    let config = json!({ "apiVersion": "v2", "actions": [{ "name": "Action", "events": events, "tasks": [whole] }] });
    judge(&config.to_string(), &event, settings).await
}

fn event() -> Value {
    serde_json::from_str(&fs::read_to_string(data("event.json")).unwrap()).unwrap()
}

/// What the original's tests upload.
fn repository() -> BTreeMap<String, Vec<u8>> {
    let files = [
        ("small.file", 1),
        ("folder/file.py", 128),
        ("folder/big.file", 767),
        ("helm/chart.archive", 1),
        ("helm/secrets.txt", 1),
        ("helm/values.yaml", 1),
        ("helm-abc", 1),
        ("helmDEFG", 1),
        ("locust/basic.py", 1),
        ("locust/locust.conf", 1),
    ];
    let files = files
        .iter()
        .map(|(path, kib)| ((*path).to_owned(), vec![7; kib * 1024]));
    files.collect()
}

#[tokio::test]
async fn every_row_of_the_allow_list_has_its_outcome() {
    every_row("allow-list.yaml", "image-not-allowed", 45).await;
}

#[tokio::test]
async fn every_row_of_the_privileged_checks_has_its_outcome() {
    every_row("privileged.yaml", "privileged-jobs", 14).await;
}

/// Refused rows are refused by exactly one check, the usual one where a row names none.
async fn every_row(file: &str, usual: &str, least: usize) {
    let rows: Vec<Row> = rows(file);
    assert!(rows.len() >= least, "{file}: {} rows", rows.len());
    let names: BTreeSet<&str> = rows.iter().map(|row| row.rule.as_str()).collect();
    assert_eq!(names.len(), rows.len(), "{file}: a rule stands twice");
    let mut faults = Vec::new();
    for row in &rows {
        let (outcome, checks) = row.outcome().await;
        let expected: BTreeSet<String> = match row.here {
            Outcome::Refused => BTreeSet::from([row.finding.clone().unwrap_or_else(|| usual.to_owned())]),
            Outcome::Admitted | Outcome::Fatal => BTreeSet::new(),
        };
        if (outcome, &checks) != (row.here, &expected) {
            faults.push(format!(
                "{}: {outcome:?} by {checks:?}, expected {:?}",
                row.rule, row.here
            ));
        }
        if (row.original != row.here) != row.why.is_some() {
            faults.push(format!(
                "{}: `why` stands where the two differ, and only there",
                row.rule
            ));
        }
    }
    assert!(faults.is_empty(), "{file}:\n{}", faults.join("\n"));
}

#[test]
fn a_privileged_default_without_permission_does_not_start_and_a_root_default_is_said() {
    for (security, permission, starts, warns) in [
        (r#"{ "privileged": true }"#, "false", false, ""),
        (r#"{ "privileged": true }"#, "true", true, ""),
        (r#"{ "privileged": false }"#, "false", true, ""),
        (r#"{ "runAsNonRoot": false }"#, "false", true, "runAsNonRoot"),
    ] {
        let variables = [
            ("K8S_NAMESPACE", "keptn"),
            ("K8S_SERVICE_ACCOUNT", "job-executor-service"),
            ("JOB_NAMESPACE", "keptn-jobs"),
            (
                "INIT_CONTAINER_IMAGE",
                "docker.io/keptncontrib/init@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            ("FILES_URL", "https://job-executor-service.keptn.svc:8443"),
            ("ALLOW_PRIVILEGED_JOBS", permission),
        ];
        let environment = Environment {
            variables: variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            container_security: security.to_owned(),
            pod_security: "{}".to_owned(),
            installation: json!({ "network": Settings::chart_defaults().network }).to_string(),
            files_ca: "PEM".to_owned(),
            ..Environment::default()
        };
        match Settings::from_environment(&environment) {
            Ok(settings) => {
                let warnings = settings.warnings().join("\n");
                assert!(starts, "{security} {permission}: it starts");
                assert!(
                    warnings.contains(warns) && warnings.is_empty() == warns.is_empty(),
                    "{security}: {warnings}"
                );
            }
            Err(errors) => {
                let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
                assert!(
                    !starts && texts.len() == 1 && texts[0].contains("privileged"),
                    "{security}: {texts:?}"
                );
            }
        }
    }
}

/// A decision of the design and where it shows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    decision: String,
    says: String,
    task: Value,
    pointer: String,
    value: Value,
}

#[tokio::test]
async fn every_decision_of_the_design_shows_in_the_job() {
    let mut faults = Vec::new();
    for row in rows::<Decision>("decisions.yaml") {
        let judged = judge_task(row.task, Settings::chart_defaults()).await.unwrap();
        let found = match judged.tasks.first() {
            Some((_, job)) => job.pointer(&row.pointer).cloned().unwrap_or_default(),
            None => json!(judged.report.to_json()),
        };
        if found != row.value {
            faults.push(format!(
                "{} {}: {found}, expected {}",
                row.decision, row.says, row.value
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn a_files_entry_means_the_same_with_and_without_slashes() {
    for (entry, planned) in [
        ("helm", "helm"),
        ("/helm", "helm"),
        ("helm/", "helm/"),
        ("/helm/", "helm/"),
    ] {
        let judged = judge_task(json!({ "files": [entry] }), Settings::chart_defaults())
            .await
            .unwrap();
        assert_eq!(
            judged.report.verdict,
            VerdictKind::Admitted,
            "{entry}: {}",
            judged.report.to_json()
        );
        assert_eq!(judged.tasks[0].0.files, [planned], "{entry}");
    }
}

#[tokio::test]
async fn the_configs_of_the_original_s_own_tests_are_admitted_without_a_finding() {
    let mut configs: Vec<PathBuf> = fs::read_dir(data("e2e"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    configs.sort();
    assert_eq!(configs.len(), 11, "{configs:?}");
    for path in configs {
        let text = fs::read_to_string(&path).unwrap();
        for kind in ["deployment", "test", "release"].map(|task| format!("sh.keptn.event.{task}.triggered")) {
            if !text.contains(&kind) {
                continue;
            }
            let mut event = event();
            event["type"] = json!(kind);
            let judged = judge(&text, &event, Settings::chart_defaults()).await.unwrap();
            let clean = judged
                .report
                .actions
                .iter()
                .all(|action| action.findings.is_empty() && action.notes.is_empty());
            let (verdict, shown) = (judged.report.verdict, judged.report.to_json());
            assert!(
                verdict == VerdictKind::Admitted && clean,
                "{}, {kind}: {shown}",
                path.display()
            );
            for (plan, _) in judged.tasks {
                assert!(plan.ttl_seconds >= 60, "{}: {} s", path.display(), plan.ttl_seconds);
            }
        }
    }
}

#[tokio::test]
async fn the_deadline_of_the_installation_ends_a_task_before_its_own() {
    let text = fs::read_to_string(data("e2e/deadline.yaml")).unwrap();
    for (seconds, expected) in [
        (0, (300, Limit::MaxPollDuration)),
        (10, (10, Limit::TaskDeadline)),
        (60, (60, Limit::TaskDeadline)),
        (600, (300, Limit::MaxPollDuration)),
    ] {
        let settings = Settings {
            task_deadline_seconds: seconds,
            ..Settings::chart_defaults()
        };
        let judged = judge(&text, &event(), settings).await.unwrap();
        let plan = &judged.tasks[0].0;
        assert_eq!((plan.limit_seconds, plan.limit), expected, "{seconds}");
    }
}

#[tokio::test]
async fn a_verdict_names_the_reasons_it_rests_on() {
    let judged = judge_task(json!({}), Settings::chart_defaults()).await.unwrap();
    let accepted = &judged.report.actions[0].accepted;
    let said: Vec<(&str, &str, &[usize])> = accepted
        .iter()
        .map(|accepted| {
            (
                accepted.check.as_str(),
                accepted.reason.as_str(),
                accepted.tasks.as_slice(),
            )
        })
        .collect();
    let images = "compatible: the original judged images by jobConfig.allowedImageList alone";
    let signatures = "compatible: the original verified no signatures";
    let tasks = &[0][..];
    assert_eq!(
        said,
        [
            ("image-not-allowed", images, tasks),
            ("image-unsigned", signatures, tasks)
        ]
    );
    assert!(judged.report.to_json().contains(signatures));
}
