//! Where `job-lint` is run: with the service's settings and credentials, in other folders than the service's and under
//! other names.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::corpus::Case;
use crate::world::World;

/// A desk with a checkout of every case.
pub(super) struct Desk {
    folder: tempfile::TempDir,
    /// The service's own credentials: what it may not see is no evidence for the desk either. With an administrator's a
    /// namespace that the service may not look into would be decided at the desk and stay undecided in the cluster.
    kubeconfig: String,
    policies: Vec<PathBuf>,
}

impl Desk {
    /// A desk with the policies of these folders and the settings of that service.
    pub(super) fn new(world: &World, policies: &[PathBuf]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let copied = policies.iter().map(|source| {
            let copy = folder.path().join("elsewhere").join(source.file_name().unwrap());
            std::fs::create_dir_all(&copy).unwrap();
            std::fs::copy(source.join("policy.yaml"), copy.join("policy.yaml")).unwrap();
            copy
        });
        let policies = copied.collect();
        let settings = Command::new(env!("CARGO_BIN_EXE_job-executor-service"))
            .arg("--print-settings")
            .env_clear()
            .envs(&world.environment)
            .output()
            .unwrap();
        assert!(settings.status.success(), "{settings:?}");
        std::fs::write(folder.path().join("settings.json"), settings.stdout).unwrap();
        Self {
            folder,
            kubeconfig: world.environment["KUBECONFIG"].clone(),
            policies,
        }
    }

    /// Checks a case out.
    pub(super) fn put(&self, case: &Case) {
        let checkout = self.folder.path().join(&case.name);
        let config = ("job/config.yaml", case.config.as_bytes());
        let files = case.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        for (path, bytes) in files.chain([config]) {
            let path = checkout.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }

    /// Keeps the event of a case.
    pub(super) fn put_event(&self, case: &Case) {
        let path = self.folder.path().join(format!("{}.json", case.name));
        std::fs::write(path, case.event.to_string()).unwrap();
    }

    /// `job-lint plan` on a case.
    pub(super) fn lint(&self, case: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_job-lint"));
        command.args([
            "plan",
            "--format",
            "json",
            "--settings",
            "settings.json",
            "--files",
            case,
        ]);
        command.arg("--event").arg(format!("{case}.json")).args(arguments);
        for folder in &self.policies {
            command.arg("--policy").arg(folder);
        }
        command
            .arg(format!("{case}/job/config.yaml"))
            .current_dir(self.folder.path())
            .env_clear()
            .env("KUBECONFIG", &self.kubeconfig)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// How `job-lint` and the record disagree about a case, by live evidence and by the record's own.
    pub(super) fn disagrees(&self, case: &Case, run: Option<&Value>) -> Option<String> {
        let name = &case.name;
        let recorded = run
            .and_then(|run| run["status"]["verdict"].as_str())
            .unwrap_or_default();
        let Some(run) = run.filter(|_| !recorded.is_empty()) else {
            let output = self.lint(name, &["--live"]);
            let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            // Without a record nothing matched, without a verdict the config could not be read.
            let agrees = match run {
                None => report["actions"] == json!([]) || report["problems"].is_array(),
                Some(_) => output.status.code() == Some(1) && report["problems"].is_array(),
            };
            return (!agrees).then(|| format!("{name}: the service has no verdict, job-lint: {report} {output:?}"));
        };
        let at = run["spec"]["at"].as_str().unwrap();
        let facts = self.folder.path().join(format!("{name}.facts.json"));
        std::fs::write(&facts, run["spec"]["facts"].as_str().unwrap()).unwrap();
        let verdict: Value = serde_json::from_str(recorded).unwrap();
        let code = match verdict["verdict"].as_str().unwrap() {
            "admitted" => 0,
            "denied" => 1,
            _ => 2,
        };
        let live = ["--live", "--at", at];
        let replayed = ["--facts", facts.to_str().unwrap(), "--at", at];
        let both = [("live", &live[..]), ("replayed", &replayed)];
        let mut shown = both.into_iter().skip(usize::from(case.is_listed_later()));
        shown.find_map(|(how, arguments)| {
            let output = self.lint(name, arguments);
            let printed = String::from_utf8(output.stdout).unwrap();
            let agrees = printed == format!("{recorded}\n") && output.status.code() == Some(code);
            (!agrees).then(|| {
                let told = String::from_utf8_lossy(&output.stderr);
                let exit = output.status.code();
                format!("{name}, {how}, exit {exit:?}\n service: {recorded}\njob-lint: {printed}{told}")
            })
        })
    }
}
