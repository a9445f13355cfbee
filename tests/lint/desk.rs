//! A desk: a folder with some files, in which `job-lint` is run.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A config that the policy of [`POLICY`] admits once its image is known.
pub(crate) const GOOD: &str = r#"apiVersion: v2
actions:
  - name: "Greet"
    events: [ { name: "sh.keptn.event.sample.triggered" } ]
    tasks:
      - name: "Say hello"
        image: "alpine:3.20"
        cmd: [ echo, hello ]
"#;

/// A config that many checks refuse.
pub(crate) const BAD: &str = r#"apiVersion: v2
actions:
  - name: "Take over"
    events: [ { name: "sh.keptn.event.sample.triggered" } ]
    tasks:
      - name: "Harmless"
        image: "alpine:3.20"
      - name: "Mine"
        image: "evil.example/miner"
        serviceAccount: "cluster-admin"
        securityContext:
          privileged: true
          capabilities: { add: [ SYS_ADMIN ] }
"#;

/// A config with a privileged task and nothing else to complain about.
pub(crate) const PRIVILEGED: &str = r#"apiVersion: v2
actions:
  - name: "a"
    events: [ { name: "x" } ]
    tasks: [ { name: "t", image: "alpine", securityContext: { privileged: true } } ]
"#;

/// A text that is no config, for three reasons.
pub(crate) const BROKEN: &str = r#"apiVersion: v2
actions:
  - name: "a"
    event: x
    tasks:
      - image: [1]
        maxPollDuration: soon
"#;

/// One policy that enforces, and one of each softer mode.
pub(crate) const POLICY: &str = r#"apiVersion: job-executor.keptn.sh/v1alpha1
kind: Policy
metadata: { name: team }
images: { allow: [ { image: "docker.io/library/*" } ] }
unsigned: { allow: ["**"], reason: "a test" }
serviceAccounts: { allow: ["*default-job-account"] }
namespaces: { allow: [keptn-jobs] }
commands: any
files: { allow: ["**"] }
security: { profile: baseline }
resources: any
secrets: { allow: ["task-*"] }
deadlines: any
egress: [dns]
---
apiVersion: job-executor.keptn.sh/v1alpha1
kind: Policy
metadata: { name: soon }
mode: warn
images: { allow: [ { image: "docker.io/library/*" } ], forbidTags: ["3.20"] }
---
apiVersion: job-executor.keptn.sh/v1alpha1
kind: Policy
metadata: { name: some-day }
mode: audit
resources: { require: [limits.cpu], max: { cpu: 500m } }
"#;

/// What a registry and a cluster would have answered.
pub(crate) const FACTS: &str = r#"{
  "images": { "docker.io/library/alpine:3.20": { "known": {
    "digest": "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
    "mediaType": "application/vnd.oci.image.index.v1+json" } } },
  "foreignPolicies": { "keptn-jobs": { "known": [] } }
}"#;

/// A folder with the files above under the names that the tests use.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

/// What a run printed and ended with.
#[derive(Debug)]
pub(crate) struct Run {
    arguments: String,
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let event = include_str!("../cases/event.json");
        for (path, text) in [
            ("good/job/config.yaml", GOOD),
            ("bad/job/config.yaml", BAD),
            ("broken.yaml", BROKEN),
            ("privileged.yaml", PRIVILEGED),
            ("policies/team.yaml", POLICY),
            ("facts.json", FACTS),
            ("event.json", event),
        ] {
            desk.write(path, text);
        }
        desk
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn folder(&self, path: &str) {
        std::fs::create_dir_all(self.path(path)).unwrap();
    }

    /// A command that knows nothing of the machine it runs on.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_job-lint"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", Path::new("/nonexistent"))
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, b"")
    }

    /// Runs with something on standard input.
    pub(crate) fn run_with(&self, arguments: &[impl AsRef<OsStr>], input: &[u8]) -> Run {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads no input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        let shown: Vec<_> = arguments
            .iter()
            .map(|argument| argument.as_ref().to_string_lossy())
            .collect();
        let run = Run {
            arguments: shown.join(" "),
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!run.err.contains("panicked"), "{run}");
        assert!(run.code.is_some_and(|code| (0..=2).contains(&code)), "{run}");
        run
    }
}

/// As a terminal would have shown it, standard error first.
impl fmt::Display for Run {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "$ job-lint {}", self.arguments)?;
        for line in self.err.lines() {
            writeln!(formatter, "{}", format!("2> {line}").trim_end())?;
        }
        write!(formatter, "{}", self.out)?;
        write!(formatter, "[exit {}]", self.code.unwrap_or(-1))
    }
}
